package pii

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// randomSecrets are the forms in which programs make secrets.
func randomSecrets(r *rand.Rand) []string {
	raw := make([]byte, 16+r.Intn(17))
	r.Read(raw)
	of := func(alphabet string, n int) string {
		var sb strings.Builder
		for range n {
			sb.WriteByte(alphabet[r.Intn(len(alphabet))])
		}
		return sb.String()
	}
	const lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	return []string{
		hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		of(lower+digits, 16+r.Intn(25)), of(lower+strings.ToUpper(lower)+digits, 16+r.Intn(33)), of(strings.ToUpper(lower)+"234567", 16+r.Intn(17)),
		"ab_" + of(lower+strings.ToUpper(lower)+digits, 20+r.Intn(13)), of(lower+strings.ToUpper(lower)+digits, 8) + "." + of(lower+digits, 24),
		of(lower+strings.ToUpper(lower), 24+r.Intn(17)), of(strings.ToUpper(lower)+digits, 5) + "-" + of(strings.ToUpper(lower)+digits, 5) + "-" + of(strings.ToUpper(lower)+digits, 5) + "-" + of(strings.ToUpper(lower)+digits, 5),
	}
}

// plainValues stand behind the names of keys too and are no secrets: names of things, places, versions, times, numbers.
func plainValues(r *rand.Rand) []string {
	w := func() string { return seedWords[r.Intn(len(seedWords))] }
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return []string{
		w() + "-" + w(), w() + "_" + w() + "_" + w(), w() + title(w()) + title(w()), "com." + w() + "." + w() + "." + title(w()) + title(w()),
		"/etc/" + w() + "/" + w() + ".pem", "./" + w() + "/" + w() + ".json", w() + "-" + w() + ".yaml", "https://" + w() + ".example.com/" + w(),
		fmt.Sprintf("v%d.%d.%d", r.Intn(9), r.Intn(30), r.Intn(30)), fmt.Sprintf("%s-%d", w(), r.Intn(100)), fmt.Sprintf("%s%02d", w(), r.Intn(100)),
		fmt.Sprintf("2024-%02d-%02dT10:%02d:00Z", 1+r.Intn(12), 1+r.Intn(28), r.Intn(60)), fmt.Sprint(r.Intn(100000)), strings.ToUpper(w()) + "_" + strings.ToUpper(w()),
		"arn:aws:iam::123456789012:role/" + w() + "-" + w(), "${" + strings.ToUpper(w()) + "}", "os.environ['" + strings.ToUpper(w()) + "']", "get" + title(w()) + "(" + w() + ")",
		w() + " " + w() + " " + w(), w() + "@" + w(), "<" + w() + ">", w() + ":" + w(), fmt.Sprintf("%s-%s-%d", w(), w(), r.Intn(10)), w() + "/" + w() + "/" + w(),
		"config." + w() + "." + w(), fmt.Sprintf("us-%s-%d", w(), r.Intn(4)), "sha256:" + hex.EncodeToString([]byte(w()+w()+w()+w())), "your-" + w() + "-here",
	}
}

func TestSecretsOfUnknownVendorsAreToldFromNames(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	judge := func(v []byte) bool {
		secret, _ := looksSecret(v)
		return secret && !isPlaceholder(v)
	}
	secrets, found, plain, hit := 0, 0, 0, 0
	for range 400 {
		for _, v := range randomSecrets(r) {
			secrets++
			if judge([]byte(v)) {
				found++
			}
		}
		for _, v := range plainValues(r) {
			plain++
			if judge([]byte(v)) {
				if hit++; hit < 10 {
					t.Logf("taken for a secret: %q", v)
				}
			}
		}
	}
	f, h := 100*float64(found)/float64(secrets), 100*float64(hit)/float64(plain)
	t.Logf("%.1f %% of %d secrets found, %.1f %% of %d other values hit", f, secrets, h, plain)
	if f < 97 || h > 1 {
		t.Errorf("%.1f %% found, want 97; %.1f %% hit, want at most 1", f, h)
	}
}

func TestValuesAreJudgedByTheirKeys(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []string{
		"keys AKIAJ5XQZK3LMNOPQRST / «ApiKey|wJalrXUtnFEMI+K7MDENG+bPxRfiCYzXAMPLEKEy»", "pin: «Password|4711»", `"cvv": "«Password|123»"`,
		"recovery code: «Password|9f3k-22xq-8811»", "license_key: «ApiKey|ABCD-1234-EFGH-5678-IJKL»", "API key: «ApiKey|a8f5f167f44f4964e6c998de»",
		"snmp-server community «Password|s3cr3tRO» RO", "senha=«Password|abacaxi»", "wachtwoord: «Password|Kaas»", `#define DB_PASSWORD "«Password|hunter2»"`,
		`set apiToken "«ApiKey|dafa7817e24648f391a7»"`, "maps_key = «ApiKey|Qm7Zt2pL9sXv4Kd8Rw1Ny6Bc3Hf5Jg0T»", "api-token|«ApiKey|dafa7817e24648f391a7»",
		"AccountName=foo;AccountKey=«ApiKey|Zk3xP9qLw2Vn8Rt5Yb1Mc7Hd4Jf6Gs0AuEoIiQeWaKxCzTvBnNmLpSrUyHgZk3xP9qLw2Vn8Rt5Yb1Mc7Hd4Jf6Gs0A==»;EndpointSuffix",
		"<apiToken>\n  «ApiKey|dafa7817e24648f391a7»\n</apiToken>",
		"Private-Lines: 1\n«PrivateKey|AAAAIQDZk3xP9qLw2Vn8Rt5Yb1Mc7Hd4Jf6Gs0AuEoIiQeWaKx==»\nPrivate-MAC: 00",
	} {
		if strings.HasPrefix(c, "keys AKIA") {
			c = strings.Replace(c, "AKIAJ5XQZK3LMNOPQRST", "«ApiKey|AKIAJ5XQZK3LMNOPQRST»", 1)
		}
		checkMarked(t, s, c)
	}
	for _, c := range []string{
		"pin=13", "code: 200", "key: value", "cache_key=5d41402abc4b2a76b9719d911017c592", "key=org.apache.kafka.StringSerializer", "primary key: a8f5f167f44f4964e6c998dea8f5f167",
		"secret = config.get(x)", "password = getPassword(user)", "password=self.password", "show_password=on", "password='ENC[AES256_GCM,data:x]'", "api_key = your_api_key",
		"token: user.settings.title", "publicToken = 9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit", "token=sha256:5d41402abc4b2a76b9719d911017c592", "token=req-550e8400-e29b-41d4-a716-446655440000",
		"license: MIT", "recovery code: none", "name|token", "password | the password of the user", "#define KEY_PASSWORD 4", "set token ring", "snmp-server community", "Private-Lines: 0",
		"security code: invalid", "status code: 404", "version key: 1.2.3-rc4", "token = var.api_token", "token: token=abcd1234efgh...", "api_key: AIzaSyD3asb-2pEZVqMkmL6M9N6nHZRR_znhrh0",
	} {
		checkMarked(t, s, c)
	}
}
