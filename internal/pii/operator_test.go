package pii

import "testing"

func TestScanReadsTheAssignmentsOfManyLanguages(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []string{
		`api_token ::= «ApiKey|dafa7817e24648f391a7»`,
		`API_TOKEN :::= "«ApiKey|dafa7817e24648f391a7»"`,
		`API_TOKEN ?= «ApiKey|dafa7817e24648f391a7»`,
		`API_TOKEN := «ApiKey|dafa7817e24648f391a7»`,
		`$apiToken .= "«ApiKey|dafa7817e24648f391a7»";`,
		`token ||= "«BearerToken|dafa7817e24648f391a7»"`,
		`token ??= "«BearerToken|dafa7817e24648f391a7»"`,
		`password += "«Password|hunter2»"`,
		`var apiToken string = "«ApiKey|dafa7817e24648f391a7»"`,
		`val password: String = "«Password|hunter2»"`,
		`let password: &str = "«Password|hunter2»";`,
		`password: str = "«Password|hunter2»"`,
		`let password: string | null = "«Password|hunter2»"`,
		`static const char password[] = "«Password|hunter2»";`,
		`char password[32] = "«Password|hunter2»";`,
		`const char *password = "«Password|hunter2»";`,
		`String apiToken = "«ApiKey|dafa7817e24648f391a7»";`,
		`System.setProperty("API_TOKEN", "«ApiKey|dafa7817e24648f391a7»")`,
		`os.Setenv("API_TOKEN", '«ApiKey|dafa7817e24648f391a7»')`,
		`define('API_TOKEN', '«ApiKey|dafa7817e24648f391a7»');`,
	} {
		checkMarked(t, s, c)
	}
	for _, c := range []string{
		`password != "x"`, `if token == nil {`, `password <= 8`, `name string = "hunter2"`, `x.password ? y : z`, `getString("token", "default")`,
		`func("api_token", "the name of it")`, `f("token",`, `f("api_token", token)`, `char name[32] = "x"`, `string = "hunter2"`, `: string = "hunter2"`,
		`password: string,`, `password: str`, `String password;`, `password: String? = nil`,
	} {
		checkMarked(t, s, c)
	}
}
