package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestListeningElsewhereIsAllowedBehindTLSOrATrustedProxy(t *testing.T) {
	for _, flags := range []map[string]string{
		{"http.addr": "0.0.0.0:443", "http.tls_cert": "/c", "http.tls_key": "/k"},
		{"http.addr": ":8080", "http.trusted_proxy": "10.0.0.0/8"},
		{"http.addr": "[::1]:0"},
		{"http.addr": "localhost:80"},
		{"http.addr": "127.9.9.9:80"},
		{"http.addr": "[::ffff:127.0.0.1]:80"},
	} {
		if _, err := load(t, Options{Flags: flags}); err != nil {
			t.Errorf("%v: %v", flags, err)
		}
	}
	c := mustLoad(t, Options{Flags: map[string]string{"http.trusted_proxy": "10.1.2.3/8,192.0.2.1"}})
	if want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}; !slices.Equal(c.HTTP.TrustedProxy, want) {
		t.Errorf("got %v, want %v", c.HTTP.TrustedProxy, want)
	}
}

func TestMisspeltVariablesAreRefusedAndStrangersOnlyNamed(t *testing.T) {
	_, err := load(t, Options{}, "TFTSR_REVIEWS=required")
	if err == nil || !strings.Contains(err.Error(), "did you mean TFTSR_REVIEW?") {
		t.Errorf("misspelt: %v", err)
	}
	_, err = load(t, Options{}, "TFTSR_DBKEY=hunter2")
	if err == nil || !strings.Contains(err.Error(), "TFTSR_DB_KEY") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("misspelt secret: %v", err)
	}
	c := mustLoad(t, Options{}, "TFTSR_SERVICE_HOST=10.0.0.1", "TFTSR_TEST_KEYRING=1", "OTHER=1")
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "TFTSR_SERVICE_HOST") {
		t.Errorf("warnings %q", c.Warnings)
	}
	// An empty variable is as good as unset, but for lists, which it empties.
	c = mustLoad(t, Options{File: file(t, "review = 'auto'\ntools = ['a']\n")}, "TFTSR_REVIEW=", "TFTSR_TOOLS=")
	if c.Review != ReviewAuto || len(c.Tools) != 0 {
		t.Errorf("review %q, tools %q", c.Review, c.Tools)
	}
}

func TestSecretsAreHandedOnAndNeverPrinted(t *testing.T) {
	secrets := []string{"hunter2-db", "hunter2-seal", "hunter2-proxy"}
	c := mustLoad(t, Options{}, "TFTSR_DB_KEY="+secrets[0], "TFTSR_ENCRYPTION_KEY="+secrets[1], "HTTPS_PROXY=http://u:"+secrets[2]+"@proxy:1",
		"TFTSR_DB_KEY_FILE=/k", "TFTSR_PASSPHRASE_FILE=/p", "CREDENTIALS_DIRECTORY=/c", "DBUS_SESSION_BUS_ADDRESS=unix:path=/b")
	e := c.Env
	for got, want := range map[string]string{
		e.DBKey(): secrets[0], e.EncryptionKey(): secrets[1], e.DBKeyFile(): "/k", e.PassphraseFile(): "/p", e.CredentialsDirectory(): "/c", e.BusAddress(): "unix:path=/b",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "env", c.Env, "config", c)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "env", c.Env, "config", *c)
	for _, v := range []any{c, *c, c.Env, &c.Env, c.Values(), []Env{c.Env}} {
		js, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(js)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), strings.ToUpper(fmt.Sprintf("%x", secret))} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s is printed", secret)
			}
		}
	}
	var shown int
	for _, v := range c.Values() {
		if v.Key == "TFTSR_DB_KEY" || v.Key == "TFTSR_ENCRYPTION_KEY" {
			shown++
			if !v.Secret || v.Value != "(set)" || v.Origin != "env "+v.Key {
				t.Errorf("%+v", v)
			}
		}
	}
	if shown != 2 {
		t.Errorf("%d secrets are listed as set, want 2", shown)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, c.Env); got != "config.Env(redacted)" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	c.Env.Forget()
	if e.DBKey() != "" || e.EncryptionKey() != "" || e.DBKeyFile() != "/k" {
		t.Error("Forget kept a secret, or dropped a path")
	}
	if (Env{}).DBKey() != "" || (Env{}).String() == "" {
		t.Error("the zero Env does not work")
	}
	(Env{}).Forget()
}

func TestProcessEnvironmentLosesItsSecrets(t *testing.T) {
	t.Setenv("TFTSR_DB_KEY", "hunter2")
	t.Setenv("TFTSR_ENCRYPTION_KEY", "hunter3")
	t.Setenv("TFTSR_REVIEW", "required")
	t.Setenv("TFTSR_DATA_DIR", t.TempDir())
	c, err := Load(Options{File: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Env.DBKey() != "hunter2" || c.Review != ReviewRequired {
		t.Errorf("key read %v, review %q", c.Env.DBKey() == "hunter2", c.Review)
	}
	for _, name := range []string{"TFTSR_DB_KEY", "TFTSR_ENCRYPTION_KEY"} {
		if _, ok := os.LookupEnv(name); ok {
			t.Errorf("%s is still in the environment", name)
		}
	}
	if os.Getenv("TFTSR_REVIEW") == "" {
		t.Error("a setting was taken out of the environment")
	}
	// A start that fails leaves none behind either.
	t.Setenv("TFTSR_DB_KEY", "hunter2")
	t.Setenv("TFTSR_REVIEW", "nonsense")
	if _, err := Load(Options{File: "none"}); err == nil {
		t.Error("accepted")
	}
	if _, ok := os.LookupEnv("TFTSR_DB_KEY"); ok {
		t.Error("TFTSR_DB_KEY is still in the environment after a failed start")
	}
}

func TestProxyIsUsedOnlyWhenConfigured(t *testing.T) {
	target := "https://service.example.com/"
	excluded := "https://internal.example.com/"
	environ := []string{"HTTPS_PROXY=http://u:p@proxy.example:3128", "NO_PROXY=internal.example.com"}
	for _, tt := range []struct{ setting, want, wantExcluded string }{
		{"none", "", ""},
		{"environment", "http://u:p@proxy.example:3128", ""},
		{"http://other:8080", "http://other:8080", "http://other:8080"},
	} {
		c := mustLoad(t, Options{Flags: map[string]string{"egress.proxy": tt.setting}}, environ...)
		f, err := c.ProxyFunc()
		if err != nil {
			t.Fatal(err)
		}
		for u, want := range map[string]string{target: tt.want, excluded: tt.wantExcluded} {
			if got := proxyOf(t, f, u); got != want {
				t.Errorf("%s, %s: %q, want %q", tt.setting, u, got, want)
			}
		}
	}
}
