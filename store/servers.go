package store

import (
	"context"
	"time"
)

// MCPServer is another MCP server whose tools are offered through this one, as
// its owner registered it. It holds no credential: SecretEnv and SecretHeaders
// name what is in package secrets.
type MCPServer struct {
	ID        string // UUIDv7; another server of the same name later has another
	Name      string // "grafana"; unique
	Owner     string
	Enabled   bool
	Transport string   // [TransportStdio], [TransportHTTP] or [TransportSSE]
	Command   []string // of stdio: an absolute path and its arguments
	Dir       string   // working folder of the command; empty for one of its own
	URL       string   // of http and sse

	Auth       string   // [AuthNone] and so on
	AuthHeader string   // the header of an api_key
	ClientID   string   // of oauth2; empty to register by metadata
	Scopes     []string // of oauth2

	Env           map[string]string
	SecretEnv     []string // names, sorted
	Headers       map[string]string
	SecretHeaders []string // names, sorted

	Trust       []TrustRule
	OnSensitive string // [SensitiveRedact] or [SensitiveRefuse]
	// PrivateNetwork allows private and link-local addresses.
	PrivateNetwork bool

	// Bounds; zero means the default of package client.
	ConnectTimeout time.Duration
	CallTimeout    time.Duration
	MaxBytes       int64 // of one message of the server
	MaxCalls       int   // at a time

	Health    ServerHealth
	CreatedAt time.Time
	UpdatedAt time.Time
}

// The transports.
const (
	TransportStdio = "stdio"
	TransportHTTP  = "http" // Streamable HTTP
	TransportSSE   = "sse"  // HTTP with server-sent events, before 2025-03-26
)

// The ways in which a server knows us.
const (
	AuthNone   = "none"
	AuthKey    = "api_key" // a secret in a header
	AuthBearer = "bearer"
	AuthOAuth  = "oauth2"
)

// What happens to sensitive values in arguments of a tool, where the server is
// not trusted with them.
const (
	SensitiveRedact = "redact" // their tokens go
	SensitiveRefuse = "refuse" // nothing goes
)

// TrustRule lets a server have the originals of one type, where they stand in
// one place.
type TrustRule struct {
	Tool string `json:"tool,omitempty"` // as the server names it; empty is any
	Type string `json:"type"`           // name of a pii type; "*" is all but secrets
	Path string `json:"path"`           // "query", "filter.host"; lists have no name; "*" is all
}

// ServerStatus is how a server was when it was last seen.
type ServerStatus string

// The states of a server.
const (
	ServerPending     ServerStatus = "pending"     // never connected, or nothing of it approved yet
	ServerConnected   ServerStatus = "connected"   // it answered
	ServerUnreachable ServerStatus = "unreachable" // it does not start, or cannot be reached
	ServerError       ServerStatus = "error"       // it answered nonsense, or failed
	ServerBlocked     ServerStatus = "blocked"     // what was approved of it has changed
	ServerNeedsAuth   ServerStatus = "needs_auth"  // it asks for a login: tftsr server login
)

// ServerHealth is what running processes note of a server.
type ServerHealth struct {
	Status       ServerStatus
	LastError    string // redacted, for people; empty while it is well
	Protocol     string // revision of MCP that it spoke last; empty before
	DiscoveredAt time.Time
	At           time.Time
}

// PinKind is what a pin is of.
type PinKind string

// The kinds of pins.
const (
	PinTool         PinKind = "tool"
	PinResource     PinKind = "resource"
	PinTemplate     PinKind = "template"
	PinPrompt       PinKind = "prompt"
	PinInstructions PinKind = "instructions" // of the server as a whole; its name is empty
)

// PinState says whether a thing of a server may be used.
type PinState string

// The states of a pin. Only what is approved is offered.
const (
	PinPending  PinState = "pending"  // nobody has approved it yet
	PinApproved PinState = "approved" // it is what a person approved
	PinChanged  PinState = "changed"  // it was not, at least once, since a person approved it
	PinRemoved  PinState = "removed"  // it was approved, and the server has it no more
)

// ToolPolicy says what a call of a relayed tool needs.
type ToolPolicy string

// The policies of a tool.
const (
	ToolOff     ToolPolicy = "off"     // it is not offered
	ToolRead    ToolPolicy = "read"    // it only reads, says a person: no question
	ToolConfirm ToolPolicy = "confirm" // a person approves each call
)

// Pin is one thing that a server offers to models, with what a person approved
// of it and what the server says now. Definitions are kept redacted; their
// digests are of what the server sent.
type Pin struct {
	Kind   PinKind
	Name   string     // as the server gives it, redacted
	Alias  string     // as hosts see it; empty when it can have none
	Policy ToolPolicy // of tools
	State  PinState

	Approved       []byte // canonical JSON; nil before the first approval
	ApprovedDigest string // hex
	ApprovedCheck  string // hex, over both: package client/pins makes and checks it
	Seen           []byte // canonical JSON of the newest definition
	SeenDigest     string
	ApprovedBy     string
	ApprovedAt     time.Time
	FirstSeen      time.Time
	LastSeen       time.Time
}

// Servers keeps the registry of other MCP servers.
type Servers interface {
	// SaveServer stores a server under its ID, but for its Health, which is
	// pending at first. [ErrConflict] when another has the name.
	SaveServer(ctx context.Context, s *MCPServer) error
	// Server finds a server by its name.
	Server(ctx context.Context, name string) (*MCPServer, error)
	// ListServers returns all, by name.
	ListServers(ctx context.Context) ([]MCPServer, error)
	// DeleteServer removes a server by its ID, with its pins.
	DeleteServer(ctx context.Context, id string) error
	// NoteHealth stores how a server is. It does not advance the generation.
	NoteHealth(ctx context.Context, id string, h ServerHealth) error
	// Pins returns the pins of a server, or of all by their server when id is
	// empty, ordered by kind and name.
	Pins(ctx context.Context, id string) (map[string][]Pin, error)
	// UpdatePins changes the pins of a server in one transaction: it reads them,
	// calls change, which must not call the store, and stores what it returns in
	// their place. [ErrConflict] when an alias is taken by another server.
	UpdatePins(ctx context.Context, id string, change func([]Pin) ([]Pin, error)) error
}
