// Package config is the one place that reads the environment. It merges, for every setting, a command-line flag, an environment variable, the
// configuration file and a default, in that order of precedence, and remembers where each value came from.
//
// The configuration file is one TOML file: the one named by --config or TFTSR_CONFIG, otherwise tftsr/config.toml in the user's configuration
// folder (~/.config, or XDG_CONFIG_HOME, on Linux; ~/Library/Application Support on macOS; %APPDATA% on Windows). No other place is looked at,
// the data folder included: whoever can write data must not thereby change policy. The name "none" means that no file is read.
//
// The package never holds a secret in a setting, never prints one, and never opens anything but the configuration file. Secrets that arrive
// in the environment are handed on in an opaque [Env] and removed from the process environment.
package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Config holds every setting of a tftsr process after precedence was applied. It is read-only after [Load] and then safe for concurrent use.
type Config struct {
	// File is the configuration file that was read, or empty when there is none.
	File string
	// DataDir is the absolute path of the data folder.
	DataDir string
	// KeySource names where the data key comes from: keyring, systemd, file, env or passphrase. Empty means: as remembered, else the order
	// that package secrets documents.
	KeySource string

	// Toolsets are the tool sets to offer; empty means the default sets and those of whatever is configured.
	Toolsets []string
	// Tools are single tools to offer in addition to Toolsets.
	Tools []string
	// ExcludeTools are never offered, whatever else says so.
	ExcludeTools []string
	// ReadOnly leaves out every tool that changes anything.
	ReadOnly bool

	// Review says when a log's text waits for a person's approval.
	Review ReviewPolicy
	// Writes says what happens to calls that change the outside world.
	Writes Writes
	// AllowedFolders are absolute paths below which tools may read logs, in addition to the roots that a host offers.
	AllowedFolders []string
	// ApprovalTTL is how long a pending approval can be answered.
	ApprovalTTL time.Duration

	Audit     Audit
	Limits    Limits
	HTTP      HTTP
	PII       PII
	Vault     Vault
	Documents Documents
	Log       Log
	Egress    Egress
	Login     Login
	Ollama    Ollama

	// Env holds what arrived in the environment and is not a setting: secrets, paths of secrets, the session bus, proxies.
	Env Env

	// Warnings are findings that do not stop the start, each a line for stderr.
	Warnings []string

	origins map[string]string
}

// ReviewPolicy says when the text of a log waits for a person's approval of its findings.
type ReviewPolicy string

const (
	// ReviewAsk lets a log wait before it goes to a provider; the host's own model sees it redacted and marked unreviewed. The default.
	ReviewAsk ReviewPolicy = "ask"
	// ReviewRequired lets a log wait before it goes to anybody.
	ReviewRequired ReviewPolicy = "required"
	// ReviewAuto lets nothing wait; everything is redacted all the same.
	ReviewAuto ReviewPolicy = "auto"
)

// WritePolicy says what happens to a call that changes the outside world.
type WritePolicy string

const (
	// WriteConfirm asks a person for each call. The default.
	WriteConfirm WritePolicy = "confirm"
	// WriteAllow makes the call without asking.
	WriteAllow WritePolicy = "allow"
	// WriteDeny refuses the call.
	WriteDeny WritePolicy = "deny"
)

// Writes is the policy for calls that change the outside world.
type Writes struct {
	// Default holds for every tool that Tools does not name.
	Default WritePolicy
	// Tools maps a tool name to its own policy.
	Tools map[string]WritePolicy
}

// For returns the policy of a tool.
func (w Writes) For(tool string) WritePolicy {
	if p, ok := w.Tools[tool]; ok {
		return p
	}
	if w.Default == "" {
		return WriteConfirm
	}
	return w.Default
}

// Audit says where checkpoints of the record go besides the data folder and the keyring.
type Audit struct {
	// AnchorFile is an absolute path, best on another volume, to which a line is appended for each checkpoint. Empty: none.
	AnchorFile string
	// AnchorCommand is a program, by its absolute path, and its arguments. It gets each checkpoint on stdin. Empty: none.
	AnchorCommand []string
	// AnchorTimeout bounds one run of AnchorCommand.
	AnchorTimeout time.Duration
}

// Limits bound what one caller can make the process do. Sizes are in bytes.
type Limits struct {
	// MaxResultBytes is the largest tool result that is sent; what is larger becomes an error with a link.
	MaxResultBytes int64
	// MaxBodyBytes is the largest HTTP request body and the largest stdio frame that is read.
	MaxBodyBytes int64
	// MaxHeaderBytes is the largest HTTP request header.
	MaxHeaderBytes int64
	// MaxRedactBytes is the largest log that redact_log takes in, after decompression.
	MaxRedactBytes int64
	// ScanTimeout bounds one scan of a message; when it passes, nothing leaves.
	ScanTimeout time.Duration
	// CallTimeout bounds one tool call.
	CallTimeout time.Duration
	// CallsPerSecond is the sustained rate of calls of one identity.
	CallsPerSecond float64
	// Burst is how many calls one identity may make at once above that rate.
	Burst int
	// MaxConcurrent is how many calls run at the same time in the process.
	MaxConcurrent int
}

// HTTP configures the Streamable HTTP transport.
type HTTP struct {
	// Addr is host:port to listen on.
	Addr string
	// TLSCert and TLSKey are PEM files; both or neither.
	TLSCert string
	TLSKey  string
	// TrustedProxy are the networks of reverse proxies that end TLS in front of this server.
	TrustedProxy []netip.Prefix
	// AllowedHosts are the values accepted in the Host header besides Addr and loopback names.
	AllowedHosts []string
	// AllowedOrigins are the values accepted in the Origin header; a request without the header is not from a browser and passes.
	AllowedOrigins []string
}

// PII configures detection.
type PII struct {
	// Preset is strict, balanced or secrets-only, as package pii names them.
	Preset string
	// AllowTypes are finding types that are left in place. Types of class secret are refused by the scanner.
	AllowTypes []string
	// AllowValues are values that are left in place, however they are spelt.
	AllowValues []string
	// Roster is a file of persons who are found wherever they stand: a name on each line, or the export of a directory. Empty: none.
	Roster string
	// Rules are the owner's own, in the order of the file.
	Rules []PIIRule
}

// PIIRule is a rule of the owner's as it stands in the file: a pattern that is looked for near a word. Package pii says what its fields mean.
type PIIRule struct {
	Name    string
	Keyword string
	Window  int // In bytes; 0 if the file does not say.
	Pattern string
	// Type is Custom or CustomSecret.
	Type string
	// Mode is enforce, shadow or off.
	Mode string
	// Origin is the file and line, for errors.
	Origin string
}

// Vault configures what is kept of detected values.
type Vault struct {
	// Originals says that they are kept, so that people can restore them. Secrets never are.
	Originals bool
	// Retention is after how long without being seen an original is forgotten; 0 means never.
	Retention time.Duration
}

// Documents configures how documents are written.
type Documents struct {
	// Templates is a folder of templates that replace or join those of the program. Empty: none.
	Templates string
	// Font is a TrueType font for the characters that the built-in fonts of a PDF lack. Empty: none.
	Font string
}

// Log configures the process's own log, which goes to stderr.
type Log struct {
	// Level is debug, info, warn or error.
	Level string
	// Format is text or json.
	Format string
}

// Egress configures outgoing connections.
type Egress struct {
	// AllowedHosts are hosts, with an optional port, that may be called besides those of configured providers and integrations.
	AllowedHosts []string
	// CAFile is a PEM file of certificate authorities that are trusted in addition to the system's.
	CAFile string
	// Proxy is "none", "environment" (HTTPS_PROXY and NO_PROXY, read once at start) or the URL of a proxy.
	Proxy string
}

// Login configures how a person logs in to outside services.
type Login struct {
	// Port of this machine is where a service sends the person back to.
	Port int
}

// Ollama says where local models are served and where they may come from.
type Ollama struct {
	// Host is the base URL of the Ollama server: https, or http on this machine. Empty: none is configured, and [DefaultOllamaHost] is what is
	// used when its tools are asked for all the same.
	Host string
	// Registries are the hosts, besides Ollama's own registry, that a model may be pulled from: host or host:port, and http://host:port for one
	// on the loopback address of the machine that Ollama runs on.
	Registries []string
}

// DefaultOllamaHost is where Ollama listens unless it is told otherwise (docs.ollama.com, "Base URL").
const DefaultOllamaHost = "http://127.0.0.1:11434"

// Default returns the settings that hold when nothing is configured, without a data folder, which depends on the platform.
func Default() *Config {
	return &Config{
		Review:      ReviewAsk,
		Writes:      Writes{Default: WriteConfirm},
		ApprovalTTL: 30 * time.Minute,
		Audit:       Audit{AnchorTimeout: 10 * time.Second},
		Limits: Limits{
			MaxResultBytes: 64 << 10,
			MaxBodyBytes:   4 << 20,
			MaxHeaderBytes: 32 << 10,
			MaxRedactBytes: 2 << 30,
			ScanTimeout:    10 * time.Second,
			CallTimeout:    2 * time.Minute,
			CallsPerSecond: 50,
			Burst:          100,
			MaxConcurrent:  32,
		},
		HTTP:    HTTP{Addr: "127.0.0.1:7337"},
		PII:     PII{Preset: "balanced"},
		Vault:   Vault{Originals: true},
		Log:     Log{Level: "info", Format: "text"},
		Egress:  Egress{Proxy: "none"},
		Login:   Login{Port: 8765},
		origins: map[string]string{},
	}
}

// Value is one setting as it holds, for display.
type Value struct {
	// Key is the dotted name in the configuration file, or the name of an environment variable for what can only come from there.
	Key string `json:"key"`
	// Value is the text form. For a secret it says only whether one is there.
	Value string `json:"value"`
	// Origin is "default", "file PATH:LINE", "env NAME" or "flag --NAME".
	Origin string `json:"origin"`
	// Secret marks a value that is never shown.
	Secret bool `json:"secret"`
}

// Values lists every setting in documented order, then what only the environment can hold, with the origin of each.
func (c *Config) Values() []Value {
	values := make([]Value, 0, len(keys)+len(envOnly))
	for i := range keys {
		k := &keys[i]
		values = append(values, Value{Key: k.Key, Value: k.get(c), Origin: c.Origin(k.Key)})
	}
	for _, v := range envOnly {
		if text, ok := c.Env.display(v); ok {
			values = append(values, Value{Key: v.name, Value: text, Origin: "env " + v.name, Secret: v.secret})
		}
	}
	return values
}

// Origin says where the value of a key came from, in the form of [Value].Origin.
func (c *Config) Origin(key string) string {
	if o, ok := c.origins[key]; ok {
		return o
	}
	return "default"
}

// String names the file and the data folder and nothing else, so that a stray print of the settings stays harmless.
func (c *Config) String() string {
	file := c.File
	if file == "" {
		file = "no file"
	}
	return fmt.Sprintf("config(%s, data in %s)", file, c.DataDir)
}

// joinList is the text form of a list, the one that the environment and flags use.
func joinList(items []string) string { return strings.Join(items, ",") }
