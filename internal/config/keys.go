package config

import (
	"net/netip"
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
