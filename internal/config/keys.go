package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KeyDoc describes one setting, for the reference in docs and for the flags of the command line.
type KeyDoc struct {
	// Key is the dotted name in the configuration file.
	Key string `json:"key"`
	// Env is the environment variable.
	Env string `json:"env"`
	// Flag is the command-line flag without its dashes, or empty when there is none.
	Flag string `json:"flag,omitempty"`
	// Type is string, path, bool, integer, number, size, duration, list, table or rules.
	Type string `json:"type"`
	// Default is the text form of the default.
	Default string `json:"default"`
	// Doc is one sentence.
	Doc string `json:"doc"`
}

// The types of values. A size is an integer or a string with a unit (64KiB); a list is an array of strings, comma-separated text outside the
// file; a table maps names to strings, name=value pairs outside the file; rules are an array of tables and stand in the file only.
const (
	typeString   = "string"
	typePath     = "path"
	typeBool     = "bool"
	typeInteger  = "integer"
	typeNumber   = "number"
	typeSize     = "size"
	typeDuration = "duration"
	typeList     = "list"
	typeTable    = "table"
	typeRules    = "rules"
)

// key is a setting: how it is described, written and read.
type key struct {
	KeyDoc
	// set takes text; a list arrives as its items, everything else as one item.
	set func(c *Config, items []string) error
	get func(c *Config) string
}

// keys is the one list of settings; its order is the order of every listing.
var keys = []key{
	pathKey("data_dir", "data-dir", func(c *Config) *string { return &c.DataDir }, "Folder for the database, its key record and exports."),
	enumKey("key_source", "key-source", func(c *Config) *string { return &c.KeySource },
		"Where the data key comes from. Empty: as remembered from the first start.", "", "keyring", "systemd", "file", "env", "passphrase"),
	namesKey("toolsets", "toolsets", func(c *Config) *[]string { return &c.Toolsets }, "Tool sets to offer. Empty: the default sets."),
	namesKey("tools", "tools", func(c *Config) *[]string { return &c.Tools }, "Single tools to offer besides the tool sets."),
	namesKey("exclude_tools", "exclude-tools", func(c *Config) *[]string { return &c.ExcludeTools }, "Tools that are never offered."),
	boolKey("read_only", "read-only", func(c *Config) *bool { return &c.ReadOnly }, "Offer only tools that change nothing."),
	enumKey("review", "review", func(c *Config) *ReviewPolicy { return &c.Review },
		"When a log's text waits for a person: before it goes to a provider (ask), to anybody (required), never (auto).", ReviewAsk, ReviewRequired, ReviewAuto),
	enumKey("writes.default", "writes", func(c *Config) *WritePolicy { return &c.Writes.Default },
		"What happens to calls that change the outside world.", WriteConfirm, WriteAllow, WriteDeny),
	writeToolsKey(),
	pathsKey("allowed_folders", "allow-folder", func(c *Config) *[]string { return &c.AllowedFolders },
		"Folders below which tools may read logs, besides the roots that the host offers."),
	durationKey("approval_ttl", func(c *Config) *time.Duration { return &c.ApprovalTTL }, time.Minute, 24*time.Hour, "How long a pending approval can be answered."),

	pathKey("audit.anchor_file", "", func(c *Config) *string { return &c.Audit.AnchorFile },
		"File, best on another volume, to which checkpoints of the record are appended. Empty: none."),
	listKey("audit.anchor_command", "", func(c *Config) *[]string { return &c.Audit.AnchorCommand },
		"Program, by its absolute path, and its arguments, that gets each checkpoint on stdin. No shell. Empty: none."),
	durationKey("audit.anchor_timeout", func(c *Config) *time.Duration { return &c.Audit.AnchorTimeout }, 100*time.Millisecond, 5*time.Minute,
		"Time for one run of that program."),

	sizeKey("limits.max_result_bytes", func(c *Config) *int64 { return &c.Limits.MaxResultBytes }, 4<<10, 16<<20, "Largest tool result that is sent."),
	sizeKey("limits.max_body_bytes", func(c *Config) *int64 { return &c.Limits.MaxBodyBytes }, 64<<10, 256<<20, "Largest HTTP request body or stdio frame."),
	sizeKey("limits.max_header_bytes", func(c *Config) *int64 { return &c.Limits.MaxHeaderBytes }, 4<<10, 1<<20, "Largest HTTP request header."),
	sizeKey("limits.max_redact_bytes", func(c *Config) *int64 { return &c.Limits.MaxRedactBytes }, 1<<20, 1<<40, "Largest log that is taken in, after decompression."),
	durationKey("limits.scan_timeout", func(c *Config) *time.Duration { return &c.Limits.ScanTimeout }, 100*time.Millisecond, 10*time.Minute,
		"Time for one scan of a message; when it passes, nothing leaves."),
	durationKey("limits.call_timeout", func(c *Config) *time.Duration { return &c.Limits.CallTimeout }, time.Second, time.Hour, "Time for one tool call."),
	numberKey("limits.calls_per_second", func(c *Config) *float64 { return &c.Limits.CallsPerSecond }, 0.01, 1e6, "Sustained rate of calls of one identity."),
	integerKey("limits.burst", func(c *Config) *int { return &c.Limits.Burst }, 1, 1e6, "Calls that one identity may make at once above that rate."),
	integerKey("limits.max_concurrent", func(c *Config) *int { return &c.Limits.MaxConcurrent }, 1, 10_000, "Calls that run at the same time."),

	stringKey("http.addr", "addr", func(c *Config) *string { return &c.HTTP.Addr }, "host:port to listen on. Other than loopback it needs TLS or a trusted proxy."),
	pathKey("http.tls_cert", "tls-cert", func(c *Config) *string { return &c.HTTP.TLSCert }, "PEM file with the server's certificate chain."),
	pathKey("http.tls_key", "tls-key", func(c *Config) *string { return &c.HTTP.TLSKey }, "PEM file with the certificate's key."),
	prefixesKey("http.trusted_proxy", "trusted-proxy", func(c *Config) *[]netip.Prefix { return &c.HTTP.TrustedProxy },
		"Networks (CIDR) of the reverse proxy that ends TLS in front of this server."),
	listKey("http.allowed_hosts", "", func(c *Config) *[]string { return &c.HTTP.AllowedHosts }, "Accepted values of the Host header besides the listening address."),
	listKey("http.allowed_origins", "", func(c *Config) *[]string { return &c.HTTP.AllowedOrigins }, "Accepted values of the Origin header."),

	enumKey("pii.preset", "", func(c *Config) *string { return &c.PII.Preset },
		"How readily something counts as sensitive.", "strict", "balanced", "secrets-only"),
	listKey("pii.allow_types", "", func(c *Config) *[]string { return &c.PII.AllowTypes }, "Finding types that stay in the text."),
	listKey("pii.allow_values", "", func(c *Config) *[]string { return &c.PII.AllowValues },
		"Values that stay in the text, other spellings of an address, number or name included. Not for secrets that are in use: this file is not encrypted."),
	pathKey("pii.roster", "", func(c *Config) *string { return &c.PII.Roster },
		"File of persons who are found wherever they stand: a name on each line, or the CSV export of a directory. Empty: none."),
	rulesKey(),

	boolKey("vault.originals", "", func(c *Config) *bool { return &c.Vault.Originals },
		"Keep the originals of pseudonyms, so that you can restore them. Off: placeholders only; the same value is still the same token."),
	daysKey("vault.retention", func(c *Config) *time.Duration { return &c.Vault.Retention }, time.Hour, 100*365*day,
		"Forget originals that were not seen for so long, while a server runs; a number of days (90d) or a duration. 0 keeps them."),

	pathKey("documents.templates", "", func(c *Config) *string { return &c.Documents.Templates },
		"Folder of templates (NAME.md.tmpl) that replace or join those of the program: see docs/documents.md. Empty: none."),
	pathKey("documents.font", "", func(c *Config) *string { return &c.Documents.Font },
		"TrueType font (.ttf) for characters that the built-in fonts of a PDF lack: all scripts but the Latin ones. Empty: none."),

	enumKey("log.level", "log-level", func(c *Config) *string { return &c.Log.Level }, "What the process logs to stderr.", "debug", "info", "warn", "error"),
	enumKey("log.format", "log-format", func(c *Config) *string { return &c.Log.Format }, "Form of the log.", "text", "json"),

	listKey("egress.allowed_hosts", "", func(c *Config) *[]string { return &c.Egress.AllowedHosts },
		"Hosts (host or host:port) that may be called besides those of configured providers and integrations."),
	pathKey("egress.ca_file", "", func(c *Config) *string { return &c.Egress.CAFile }, "PEM file of certificate authorities to trust besides the system's."),
	stringKey("egress.proxy", "", func(c *Config) *string { return &c.Egress.Proxy },
		`Proxy for outgoing connections: "none", "environment" (HTTPS_PROXY, NO_PROXY) or a URL.`),

	flagged("port", integerKey("login.port", func(c *Config) *int { return &c.Login.Port }, 1, 65535,
		"Port of this machine that services send you back to after a login, as registered there.")),

	stringKey("ollama.host", "", func(c *Config) *string { return &c.Ollama.Host },
		"Base URL of an Ollama server, https or on this machine. Set, its tools are offered; empty, they use "+DefaultOllamaHost+" when asked for."),
	listKey("ollama.registries", "", func(c *Config) *[]string { return &c.Ollama.Registries },
		"Hosts, besides Ollama's own registry, that models may be pulled from (host or host:port)."),
}

// flagged gives a setting a flag.
func flagged(flag string, k key) key {
	k.Flag = flag
	return k
}

func init() {
	d := Default()
	for i := range keys {
		keys[i].Env = "TFTSR_" + strings.ToUpper(strings.ReplaceAll(keys[i].Key, ".", "_"))
		keys[i].Default = keys[i].get(d)
	}
	// The default data folder depends on the machine; the reference must not.
	keys[0].Default = "$XDG_DATA_HOME/tftsr or ~/.local/share/tftsr; ~/Library/Application Support/tftsr; %LOCALAPPDATA%\\tftsr"
}

// Keys describes every setting in the order of listings.
func Keys() []KeyDoc {
	docs := make([]KeyDoc, len(keys))
	for i := range keys {
		docs[i] = keys[i].KeyDoc
	}
	return docs
}

// EnvDocs describes the variables that are not settings, in the form of [Keys] with an empty Key.
func EnvDocs() []KeyDoc {
	var docs []KeyDoc
	for _, v := range envOnly {
		if !v.foreign {
			docs = append(docs, KeyDoc{Env: v.name, Type: typeString, Doc: v.doc})
		}
	}
	return docs
}

func one(f func(c *Config, text string) error) func(*Config, []string) error {
	return func(c *Config, items []string) error { return f(c, items[0]) }
}

func doc(name, flag, typ, text string) KeyDoc {
	return KeyDoc{Key: name, Flag: flag, Type: typ, Doc: text}
}

func stringKey(name, flag string, at func(*Config) *string, text string) key {
	return key{
		doc(name, flag, typeString, text),
		one(func(c *Config, s string) error { *at(c) = s; return nil }), func(c *Config) string { return *at(c) },
	}
}

// pathKey is a string that [Load] makes absolute.
func pathKey(name, flag string, at func(*Config) *string, text string) key {
	k := stringKey(name, flag, at, text)
	k.Type = typePath
	return k
}

func enumKey[T ~string](name, flag string, at func(*Config) *T, text string, choices ...T) key {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = strconv.Quote(string(c))
	}
	return key{
		doc(name, flag, typeString, text+" One of "+strings.Join(names, ", ")+"."),
		one(func(c *Config, s string) error {
			if !slices.Contains(choices, T(s)) {
				return fmt.Errorf("%q is none of %s", s, strings.Join(names, ", "))
			}
			*at(c) = T(s)
			return nil
		}), func(c *Config) string { return string(*at(c)) },
	}
}

func boolKey(name, flag string, at func(*Config) *bool, text string) key {
	return key{
		doc(name, flag, typeBool, text),
		one(func(c *Config, s string) error {
			switch strings.ToLower(s) {
			case "true", "1", "yes", "on":
				*at(c) = true
			case "false", "0", "no", "off":
				*at(c) = false
			default:
				return fmt.Errorf("%q is neither true nor false", s)
			}
			return nil
		}), func(c *Config) string { return strconv.FormatBool(*at(c)) },
	}
}

func integerKey(name string, at func(*Config) *int, lo, hi int, text string) key {
	return key{
		doc(name, "", typeInteger, text),
		one(func(c *Config, s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < lo || n > hi {
				return fmt.Errorf("%q is not a whole number from %d to %d", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.Itoa(*at(c)) },
	}
}

func numberKey(name string, at func(*Config) *float64, lo, hi float64, text string) key {
	return key{
		doc(name, "", typeNumber, text),
		one(func(c *Config, s string) error {
			n, err := strconv.ParseFloat(s, 64)
			// The comparison is written so that NaN fails it.
			if err != nil || !(n >= lo && n <= hi) {
				return fmt.Errorf("%q is not a number from %g to %g", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.FormatFloat(*at(c), 'g', -1, 64) },
	}
}

func durationKey(name string, at func(*Config) *time.Duration, lo, hi time.Duration, text string) key {
	return key{
		doc(name, "", typeDuration, text),
		one(func(c *Config, s string) error {
			d, err := time.ParseDuration(s)
			if err != nil {
				return fmt.Errorf("%q is not a duration: write a number with a unit, as in 30s, 5m or 2h", s)
			}
			if d < lo || d > hi {
				return fmt.Errorf("%q is out of range: at least %s, at most %s", s, lo, hi)
			}
			*at(c) = d
			return nil
		}), func(c *Config) string { return at(c).String() },
	}
}

const day = 24 * time.Hour

// ParseDays reads a duration that may be given in days, as 90d.
func ParseDays(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.ParseUint(n, 10, 16)
		if err == nil {
			return time.Duration(days) * day, nil //nolint:gosec // at most 65535
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("%q is not a time span: write days, as in 90d, or a number with a unit, as in 36h", s)
}

// daysKey is a duration that is usually given in days; 0 is no limit.
func daysKey(name string, at func(*Config) *time.Duration, lo, hi time.Duration, text string) key {
	return key{
		doc(name, "", typeDuration, text),
		one(func(c *Config, s string) error {
			d, err := ParseDays(s)
			if err != nil {
				return err
			}
			if d != 0 && (d < lo || d > hi) {
				return fmt.Errorf("%q is out of range: 0, or at least %s and at most %dd", s, lo, hi/day)
			}
			*at(c) = d
			return nil
		}), func(c *Config) string {
			if d := *at(c); d%day == 0 {
				if d == 0 {
					return "0"
				}
				return fmt.Sprintf("%dd", d/day)
			}
			return at(c).String()
		},
	}
}

func sizeKey(name string, at func(*Config) *int64, lo, hi int64, text string) key {
	return key{
		doc(name, "", typeSize, text),
		one(func(c *Config, s string) error {
			n, err := parseSize(s)
			if err != nil {
				return err
			}
			if n < lo || n > hi {
				return fmt.Errorf("%q is out of range: at least %d bytes, at most %d", s, lo, hi)
			}
			*at(c) = n
			return nil
		}), func(c *Config) string { return strconv.FormatInt(*at(c), 10) },
	}
}

func listKey(name, flag string, at func(*Config) *[]string, text string) key {
	return key{
		doc(name, flag, typeList, text),
		func(c *Config, items []string) error {
			// A default list is replaced, not appended to: what a person writes is what holds.
			*at(c) = slices.Clone(items)
			return nil
		}, func(c *Config) string { return joinList(*at(c)) },
	}
}

// namesKey is a list of tool or tool set names.
func namesKey(name, flag string, at func(*Config) *[]string, text string) key {
	k := listKey(name, flag, at, text)
	inner := k.set
	k.set = func(c *Config, items []string) error {
		for _, item := range items {
			if !isName(item) {
				return fmt.Errorf("%q is not a name of lower-case letters, digits and underscores", item)
			}
		}
		return inner(c, items)
	}
	return k
}

// pathsKey is a list of paths that [Load] makes absolute.
func pathsKey(name, flag string, at func(*Config) *[]string, text string) key {
	return listKey(name, flag, at, text)
}

func prefixesKey(name, flag string, at func(*Config) *[]netip.Prefix, text string) key {
	return key{
		doc(name, flag, typeList, text),
		func(c *Config, items []string) error {
			prefixes := make([]netip.Prefix, 0, len(items))
			for _, item := range items {
				p, err := netip.ParsePrefix(item)
				if err != nil {
					a, errAddr := netip.ParseAddr(item)
					if errAddr != nil {
						return fmt.Errorf("%q is not a network: write it as 10.0.0.0/8 or 192.0.2.7", item)
					}
					p = netip.PrefixFrom(a, a.BitLen())
				}
				if p.Bits() == 0 {
					return fmt.Errorf("%q trusts the whole Internet: name the network of your proxy", item)
				}
				prefixes = append(prefixes, p.Masked())
			}
			*at(c) = prefixes
			return nil
		}, func(c *Config) string {
			var items []string
			for _, p := range *at(c) {
				items = append(items, p.String())
			}
			return joinList(items)
		},
	}
}

// writeToolsKey is the table of policies per tool.
func writeToolsKey() key {
	return key{
		doc("writes.tools", "", typeTable, "Policy of single tools, by tool name."),
		func(c *Config, items []string) error {
			tools := make(map[string]WritePolicy, len(items))
			for _, item := range items {
				tool, policy, ok := strings.Cut(item, "=")
				if !ok || !isName(tool) {
					return fmt.Errorf("%q is not of the form tool=confirm|allow|deny", item)
				}
				p := WritePolicy(policy)
				if p != WriteConfirm && p != WriteAllow && p != WriteDeny {
					return fmt.Errorf("tool %s: %q is none of \"confirm\", \"allow\", \"deny\"", tool, policy)
				}
				if _, twice := tools[tool]; twice {
					return fmt.Errorf("tool %s is named twice", tool)
				}
				tools[tool] = p
			}
			c.Writes.Tools = tools
			return nil
		}, func(c *Config) string {
			var items []string
			for _, tool := range slices.Sorted(maps.Keys(c.Writes.Tools)) {
				items = append(items, tool+"="+string(c.Writes.Tools[tool]))
			}
			return joinList(items)
		},
	}
}
