package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		key, file                string
		env, flag                string
		byDefault, byFile        string
		byEnvironment, byTheFlag string
	}{
		{"review", `review = "required"`, "auto", "ask", "ask", "required", "auto", "ask"},
		{"read_only", "read_only = true", "false", "true", "false", "true", "false", "true"},
		{"toolsets", `toolsets = ["issues", "logs"]`, "triage", "audit, documents", "", "issues,logs", "triage", "audit,documents"},
		{"tools", `tools = ["a"]`, "", "b", "", "a", "", "b"},
		{"limits.burst", "[limits]\nburst = 7", "8", "9", "100", "7", "8", "9"},
		{"limits.calls_per_second", "[limits]\ncalls_per_second = 0.5", "1", "2.25", "50", "0.5", "1", "2.25"},
		{"limits.scan_timeout", "limits.scan_timeout = '3s'", "4s", "1m", "10s", "3s", "4s", "1m0s"},
		{"limits.max_result_bytes", "limits.max_result_bytes = 10000", "20KB", "32KiB", "65536", "10000", "20000", "32768"},
		{"limits.max_body_bytes", "limits.max_body_bytes = '1 MiB'", "2MiB", "3m", "4194304", "1048576", "2097152", "3145728"},
		{"data_dir", fmt.Sprintf("data_dir = %q", dir+"/f"), dir + "/e", dir + "/x", "", dir + "/f", dir + "/e", dir + "/x"},
		{"writes.default", "[writes]\ndefault = 'deny'", "allow", "confirm", "confirm", "deny", "allow", "confirm"},
		{"writes.tools", "[writes.tools]\nb = 'deny'\na = 'allow'", "c=confirm", "d=deny, e=allow", "", "a=allow,b=deny", "c=confirm", "d=deny,e=allow"},
		{"http.trusted_proxy", "http.trusted_proxy = ['10.1.2.3/8']", "192.0.2.7", "fd00::/8", "", "10.0.0.0/8", "192.0.2.7/32", "fd00::/8"},
		{"log.level", "log = {level = 'debug'}", "warn", "error", "info", "debug", "warn", "error"},
	} {
		t.Run(tt.key, func(t *testing.T) {
			path, env := file(t, tt.file), findKey(tt.key).Env+"="+tt.env
			flags := map[string]string{tt.key: tt.flag}
			label := "flag --" + findKey(tt.key).Flag
			if findKey(tt.key).Flag == "" {
				label = "flag --set " + tt.key
			}
			for _, step := range []struct {
				o            Options
				environ      []string
				want, origin string
			}{
				{Options{}, nil, tt.byDefault, "default"},
				{Options{File: path}, nil, tt.byFile, "file " + path + ":"},
				{Options{File: path}, []string{env}, tt.byEnvironment, "env " + findKey(tt.key).Env},
				{Options{File: path, Flags: flags}, []string{env}, tt.byTheFlag, label},
				{Options{Flags: flags}, nil, tt.byTheFlag, label},
			} {
				c := mustLoad(t, step.o, step.environ...)
				var got Value
				for _, v := range c.Values() {
					if v.Key == tt.key {
						got = v
					}
				}
				if tt.key == "data_dir" && step.want == "" {
					step.want = c.DataDir
				}
				if got.Value != step.want || !strings.HasPrefix(got.Origin, step.origin) || got.Secret {
					t.Errorf("got %+v, want %q from %q", got, step.want, step.origin)
				}
			}
		})
	}
}

func TestEveryKeyCanBeSetEverywhereAndShowsWhereItCameFrom(t *testing.T) {
	abs := t.TempDir()
	samples := map[string]string{
		typeString: "x", typePath: abs, typeBool: "true", typeInteger: "3", typeNumber: "3", typeSize: "1048576", typeDuration: "2m0s", typeList: "aaa", typeTable: "a=deny",
	}
	special := map[string]string{
		"key_source": "file", "review": "auto", "writes.default": "deny", "allowed_folders": abs, "http.addr": "localhost:1", "http.trusted_proxy": "10.0.0.0/8",
		"http.allowed_origins": "https://a.example", "pii.preset": "strict", "log.level": "debug", "log.format": "json", "egress.proxy": "http://proxy:3128", "exclude_tools": "bbb",
		"limits.max_header_bytes": "16384", "vault.retention": "90d", "audit.anchor_command": filepath.Join(abs, "program"), "ollama.host": "https://models.example.org:8443",
	}
	for _, d := range Keys() {
		if d.Type == typeRules {
			continue // See TestRulesAreReadFromTheFile.
		}
		t.Run(d.Key, func(t *testing.T) {
			value, ok := special[d.Key]
			if !ok {
				value = samples[d.Type]
			}
			literal := fmt.Sprintf("%q", value)
			switch d.Type {
			case typeBool, typeInteger, typeNumber, typeSize:
				literal = value
			case typeList:
				literal = fmt.Sprintf("[%q]", value)
			case typeTable:
				literal = `{a = "deny"}`
			}
			text, flags := d.Key+" = "+literal+"\n", map[string]string{d.Key: value}
			extra := []string{}
			switch d.Key { // the two go together
			case "http.tls_cert":
				text, extra, flags["http.tls_key"] = "http.tls_key = '/k'\n"+text, []string{"TFTSR_HTTP_TLS_KEY=/k"}, "/k"
			case "http.tls_key":
				text, extra, flags["http.tls_cert"] = "http.tls_cert = '/c'\n"+text, []string{"TFTSR_HTTP_TLS_CERT=/c"}, "/c"
			}
			for origin, c := range map[string]*Config{
				"file": mustLoad(t, Options{File: file(t, text)}),
				"env":  mustLoad(t, Options{}, append(extra, d.Env+"="+value)...),
				"flag": mustLoad(t, Options{Flags: flags}),
			} {
				if got := findKey(d.Key).get(c); got != value || !strings.HasPrefix(c.Origin(d.Key), origin+" ") {
					t.Errorf("from %s: %q, origin %q", origin, got, c.Origin(d.Key))
				}
			}
			if d.Doc == "" || d.Env == "" || !strings.HasSuffix(d.Doc, ".") {
				t.Errorf("undocumented: %+v", d)
			}
		})
	}
}

func TestAnAnchorIsOutsideTheDataFolderAndItsProgramIsNamedInFull(t *testing.T) {
	dir := t.TempDir()
	for _, program := range []string{"anchor", "./anchor", "sh -c true"} {
		if _, err := Load(Options{File: "none", Home: dir, Environ: []string{"TFTSR_AUDIT_ANCHOR_COMMAND=" + program}}); err == nil || !strings.Contains(err.Error(), "absolute path") {
			t.Errorf("%q: %v", program, err)
		}
	}
	program := filepath.Join(dir, "anchor")
	c := mustLoad(t, Options{File: file(t, fmt.Sprintf("audit.anchor_command = [%q, \"a b, c\", \"--flag\"]\n", program))})
	if got := c.Audit.AnchorCommand; len(got) != 3 || got[0] != program || got[1] != "a b, c" {
		t.Errorf("the command is %q", got)
	}
	for path, warned := range map[string]bool{filepath.Join(dir, "data", "anchor.log"): true, filepath.Join(dir, "elsewhere", "anchor.log"): false} {
		c := mustLoad(t, Options{}, "TFTSR_DATA_DIR="+filepath.Join(dir, "data"), "TFTSR_AUDIT_ANCHOR_FILE="+path)
		if got := slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, "audit.anchor_file") }); got != warned {
			t.Errorf("%s: warnings %q", path, c.Warnings)
		}
	}
}

// TestEveryFieldHasAKey holds the struct and the list of keys together.
func TestEveryFieldHasAKey(t *testing.T) {
	var fields int
	var count func(reflect.Type)
	count = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !f.IsExported() || f.Name == "File" || f.Name == "Env" || f.Name == "Warnings" {
				continue
			}
			if f.Type.Kind() == reflect.Struct {
				count(f.Type)
				continue
			}
			fields++
		}
	}
	count(reflect.TypeFor[Config]())
	if fields != len(keys) {
		t.Errorf("%d settings in Config, %d keys", fields, len(keys))
	}
	seen := map[string]bool{}
	for _, d := range Keys() {
		for _, name := range []string{d.Key, d.Env, "--" + d.Flag} {
			if name != "--" && seen[name] {
				t.Errorf("%s is used twice", name)
			}
			seen[name] = true
		}
	}
}

func TestDefaultsAreTheSafeOnes(t *testing.T) {
	c := mustLoad(t, Options{})
	if c.Review != ReviewAsk || c.Writes.For("anything") != WriteConfirm || c.HTTP.Addr != "127.0.0.1:7337" || len(c.AllowedFolders) != 0 ||
		len(c.Egress.AllowedHosts) != 0 || len(c.PII.AllowTypes) != 0 || c.Limits.MaxResultBytes != 65536 {
		t.Errorf("defaults: %+v", c.Values())
	}
	if (Writes{}).For("x") != WriteConfirm {
		t.Error("the zero policy allows writes")
	}
	if w := (Writes{Default: WriteAllow, Tools: map[string]WritePolicy{"a": WriteDeny}}); w.For("a") != WriteDeny || w.For("b") != WriteAllow {
		t.Error("a tool's own policy does not win")
	}
	c.Writes.Default = WriteDeny
	if Default().Writes.Default != WriteConfirm {
		t.Error("defaults are shared")
	}
}

func TestBadValuesAreRefusedWithWhatToWrite(t *testing.T) {
	for _, tt := range []struct{ key, value, want string }{
		{"review", "never", `"ask", "required", "auto"`},
		{"review", "Ask", `"ask"`},
		{"writes.default", "yes", `"confirm", "allow", "deny"`},
		{"writes.tools", "a", "tool=confirm|allow|deny"},
		{"writes.tools", "a=maybe", `"confirm"`},
		{"writes.tools", "a=deny,a=allow", "twice"},
		{"writes.tools", "A b=deny", "form"},
		{"key_source", "kms", `"keyring"`},
		{"read_only", "maybe", "true nor false"},
		{"toolsets", "Issues", "lower-case"},
		{"limits.burst", "0", "from 1"},
		{"limits.burst", "1.5", "whole number"},
		{"limits.calls_per_second", "NaN", "from 0.01"},
		{"limits.calls_per_second", "Inf", "to 1e+06"},
		{"limits.calls_per_second", "-1", "from 0.01"},
		{"limits.scan_timeout", "10", "30s"},
		{"limits.scan_timeout", "0s", "at least"},
		{"limits.call_timeout", "48h", "at most"},
		{"limits.max_result_bytes", "12 parsecs", "KiB"},
		{"limits.max_result_bytes", "-1", "KiB"},
		{"limits.max_result_bytes", "1", "at least"},
		{"limits.max_body_bytes", "9999999999999999999GiB", "KiB"},
		{"limits.max_body_bytes", "9999999999GiB", "KiB"},
		{"approval_ttl", "1s", "at least"},
		{"http.addr", "7337", "host:port"},
		{"http.addr", "127.0.0.1:http", "port"},
		{"http.addr", "127.0.0.1:70000", "port"},
		{"http.addr", "0.0.0.0:7337", "http.tls_cert"},
		{"http.addr", ":7337", "http.trusted_proxy"},
		{"http.addr", "192.0.2.1:7337", "in the clear"},
		{"http.addr", "example.com:7337", "in the clear"},
		{"http.tls_cert", "/x", "both"},
		{"http.tls_key", "/x", "both"},
		{"http.trusted_proxy", "proxy", "10.0.0.0/8"},
		{"http.trusted_proxy", "0.0.0.0/0", "whole Internet"},
		{"http.trusted_proxy", "::/0", "whole Internet"},
		{"http.allowed_origins", "*", "scheme://host"},
		{"http.allowed_origins", "https://a.example/x", "scheme://host"},
		{"http.allowed_hosts", "a b", "name:port"},
		{"egress.allowed_hosts", "https://a.example", "without scheme"},
		{"egress.allowed_hosts", "*.example", "wildcard"},
		{"egress.proxy", "proxy:3128", "http://host:port"},
		{"egress.proxy", "http://me:hunter2@proxy:3128", "HTTPS_PROXY"},
		{"ollama.host", "127.0.0.1:11434", DefaultOllamaHost},
		{"ollama.host", "http://models.example.org:11434", "use https"},
		{"ollama.host", "http://0.0.0.0:11434", "use https"},
		{"ollama.host", "https://me:hunter2@models.example.org", "must not hold"},
		{"ollama.host", "https://models.example.org/v1", "end with the host"},
		{"ollama.host", "ftp://127.0.0.1", DefaultOllamaHost},
		{"ollama.registries", "https://hf.co", "name:port"},
		{"ollama.registries", "hf.co/library", "name:port"},
		{"ollama.registries", "http://registry.example.org:5000", "without encryption"},
		{"pii.preset", "default", "balanced"},
		{"pii.allow_types", "Host name", "finding type"},
		{"log.level", "trace", `"debug"`},
		{"vault.retention", "90", "90d"},
		{"vault.retention", "-90d", "90d"},
		{"vault.retention", "1m", "at least"},
		{"vault.retention", "60000d", "at most"},
		{"vault.retention", "1e3d", "90d"},
		{"data_dir", "", "empty"},
	} {
		t.Run(tt.key+"="+tt.value, func(t *testing.T) {
			errs := map[string]error{}
			_, errs["flag"] = load(t, Options{Flags: map[string]string{tt.key: tt.value}})
			if tt.value != "" {
				_, errs["env"] = load(t, Options{}, findKey(tt.key).Env+"="+tt.value)
			}
			for from, err := range errs {
				if err == nil {
					t.Errorf("%s: accepted", from)
					continue
				}
				if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%s: %q lacks %q", from, err, tt.want)
				}
				place := findKey(tt.key).Env
				if from == "flag" {
					place = "--"
				}
				if !strings.Contains(err.Error(), place) {
					t.Errorf("%s: %q does not say where", from, err)
				}
			}
		})
	}
	if _, err := load(t, Options{Flags: map[string]string{"tools": "a", "exclude_tools": "a"}}); err == nil {
		t.Error("a tool was both asked for and excluded")
	}
	if _, err := load(t, Options{Flags: map[string]string{"reviev": "auto"}}); err == nil || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("unknown setting: %v", err)
	}
}

func TestDurationsShowAsTheyAreRead(t *testing.T) {
	c := mustLoad(t, Options{Flags: map[string]string{"approval_ttl": "90m"}})
	if c.ApprovalTTL != 90*time.Minute {
		t.Errorf("got %s", c.ApprovalTTL)
	}
}
