package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// envVar is a variable that is not a setting: it has no flag and no place in the file.
type envVar struct {
	name   string
	secret bool
	doc    string
	// foreign marks variables that belong to the platform; they are read, not listed.
	foreign bool
}

var envOnly = []envVar{
	{name: "TFTSR_CONFIG", doc: `Path of the configuration file; "none" reads no file.`},
	{name: "TFTSR_DB_KEY", secret: true, doc: "The data key: base64 of 32 random bytes, as `openssl rand -base64 32` prints."},
	{name: "TFTSR_DB_KEY_FILE", doc: "Path of a file that holds the data key, readable by its owner only."},
	{name: "TFTSR_ENCRYPTION_KEY", secret: true, doc: "Overrides the key that seals stored secrets: base64 of 32 random bytes."},
	{name: "TFTSR_PASSPHRASE_FILE", doc: "Path of a file that holds the passphrase of a passphrase-sealed data key."},
	{name: "CREDENTIALS_DIRECTORY", doc: "Set by systemd for a unit with LoadCredentialEncrypted=; the credential tftsr-key is the data key."},
	{name: "DBUS_SESSION_BUS_ADDRESS", foreign: true},
	{name: "HTTPS_PROXY", foreign: true, secret: true},
	{name: "https_proxy", foreign: true, secret: true},
	{name: "NO_PROXY", foreign: true},
	{name: "no_proxy", foreign: true},
	{name: "DISPLAY", foreign: true},
	{name: "WAYLAND_DISPLAY", foreign: true},
	{name: "SSH_CONNECTION", foreign: true},
}

// Env holds what arrived in the environment and is not a setting. It prints as a placeholder in every form that fmt, log/slog and
// encoding/json know. Copies share their content. The zero value is empty.
type Env struct{ box *envBox }

type envBox struct{ vars map[string]string }

func (e Env) get(name string) string {
	if e.box == nil {
		return ""
	}
	return e.box.vars[name]
}

// NewEnv makes an Env from NAME=VALUE pairs, for programs that do not take it from [Load].
func NewEnv(environ []string) Env {
	vars := environMap(environ)
	kept := map[string]string{}
	for _, v := range envOnly {
		if text, ok := vars[v.name]; ok {
			kept[v.name] = text
		}
	}
	return Env{&envBox{kept}}
}

// DBKey is the text of TFTSR_DB_KEY: a secret.
func (e Env) DBKey() string { return e.get("TFTSR_DB_KEY") }

// DBKeyFile is the path in TFTSR_DB_KEY_FILE.
func (e Env) DBKeyFile() string { return e.get("TFTSR_DB_KEY_FILE") }

// EncryptionKey is the text of TFTSR_ENCRYPTION_KEY: a secret.
func (e Env) EncryptionKey() string { return e.get("TFTSR_ENCRYPTION_KEY") }

// PassphraseFile is the path in TFTSR_PASSPHRASE_FILE.
func (e Env) PassphraseFile() string { return e.get("TFTSR_PASSPHRASE_FILE") }

// CredentialsDirectory is the folder in which systemd placed this unit's credentials.
func (e Env) CredentialsDirectory() string { return e.get("CREDENTIALS_DIRECTORY") }

// BusAddress is the D-Bus session bus address, empty when the environment names none.
func (e Env) BusAddress() string { return e.get("DBUS_SESSION_BUS_ADDRESS") }

// Headless reports whether this machine has no screen before the person: a browser that is opened here is seen by nobody.
func (e Env) Headless() bool { return e.headless(runtime.GOOS) }

func (e Env) headless(goos string) bool {
	if goos == "darwin" || goos == "windows" {
		return e.get("SSH_CONNECTION") != ""
	}
	return e.get("DISPLAY") == "" && e.get("WAYLAND_DISPLAY") == ""
}

// Forget drops the secrets, which the caller has by then turned into keys. Go strings cannot be overwritten; dropping them lets the
// collector reuse their memory.
func (e Env) Forget() {
	if e.box != nil {
		maps.DeleteFunc(e.box.vars, func(name, _ string) bool { return isSecretVar(name) })
	}
}

// String returns a placeholder.
func (e Env) String() string { return "config.Env(redacted)" }

// Format prints the placeholder whatever the verb.
func (e Env) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.String())) }

// MarshalText returns the placeholder; encoding/json uses it too.
func (e Env) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// LogValue returns the placeholder.
func (e Env) LogValue() slog.Value { return slog.StringValue(e.String()) }

// display returns what a listing may show of v, and whether v belongs in it.
func (e Env) display(v envVar) (string, bool) {
	if v.foreign {
		return "", false
	}
	text := e.get(v.name)
	switch {
	case text == "":
		return "", false
	case v.secret:
		return "(set)", true
	}
	return text, true
}

func isSecretVar(name string) bool {
	return slices.ContainsFunc(envOnly, func(v envVar) bool { return v.name == name && v.secret })
}

// ProxyFunc returns how package egress finds the proxy for a URL; for a direct connection it returns no URL.
func (c *Config) ProxyFunc() (func(*url.URL) (*url.URL, error), error) {
	var p httpproxy.Config
	switch c.Egress.Proxy {
	case "", "none":
	case "environment":
		p.HTTPSProxy = cmp.Or(c.Env.get("HTTPS_PROXY"), c.Env.get("https_proxy"))
		p.NoProxy = cmp.Or(c.Env.get("NO_PROXY"), c.Env.get("no_proxy"))
	default:
		u, err := parseProxy(c.Egress.Proxy)
		if err != nil {
			return nil, err
		}
		p.HTTPSProxy = u.String()
	}
	return p.ProxyFunc(), nil
}

// environMap turns NAME=VALUE pairs into a map; like the shell, the last of two equal names wins.
func environMap(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
			vars[name] = value
		}
	}
	return vars
}

// unsetSecrets removes secrets from the process environment, so that child processes (downstream servers above all) do not inherit them.
// On Linux /proc/PID/environ still shows to the same user what the process was started with; a key file or the keyring has no such copy.
func unsetSecrets() {
	for _, v := range envOnly {
		if v.secret && !v.foreign {
			_ = os.Unsetenv(v.name)
		}
	}
}

// Inherited returns the named variables of this process that are set, for a program that it starts. No setting is among them.
func Inherited(names []string) map[string]string {
	out := make(map[string]string, len(names))
	for _, name := range names {
		if v, ok := os.LookupEnv(name); ok {
			out[name] = v
		}
	}
	return out
}
