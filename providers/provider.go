package providers

import (
	"context"
	"encoding/json"

	"github.com/tftsr/tftsr/internal/gate"
)

// Provider answers turns of conversations. It is safe for concurrent use.
type Provider interface {
	// Name is what its owner calls it.
	Name() string
	// Destination is what text for it is cleared for.
	Destination() gate.Destination
	// Model is the one that answers where a request names none.
	Model() string
	// Traits say what it can do.
	Traits() Traits
	// Chat answers a request. An error is an [*Error], one of the gate's, or that
	// of ctx. Text is never taken for another destination.
	Chat(ctx context.Context, r *Request) (*Reply, error)
}

// Traits say what a provider can do.
type Traits struct {
	// Tools: it can call tools.
	Tools bool
	// KeepsHistory: it keeps the conversation itself under a session, and is sent
	// the newest message only.
	KeepsHistory bool
	// ContextTokens is how much it reads and writes in one turn, as far as is
	// known.
	ContextTokens int
	// Price of a million tokens, in millionths of a dollar; Priced says whether
	// it is known.
	InputPrice, OutputPrice int64
	Priced                  bool
	// MaxTokens bounds an answer where a request does not.
	MaxTokens int
	// Session is what new conversations begin with; mostly empty.
	Session string
	// Fallback names the providers to ask when this one cannot answer.
	Fallback []string
}

// Role says who speaks in a message.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool" // the result of a call
)

// Message is one message of a conversation.
type Message struct {
	Role   Role
	Text   gate.Cleared // the zero value for none
	Calls  []Call       // of an assistant
	CallID string       // of a tool: the call that it is the result of
}

// Call is a tool call that an assistant made before, as it is told again.
type Call struct {
	ID        string // see [CallID]
	Name      string
	Arguments gate.Cleared // a JSON object
	// Signature is what the provider wants back with the call, unread.
	Signature string
}

// Tool is a tool that a provider may call.
type Tool struct {
	Name        string // letters, digits, - and _, at most 64
	Description gate.Cleared
	Parameters  gate.Cleared // a JSON schema of an object
}

// Schema is the form that an answer has to have. It is a constant of the
// program, not text of anybody.
type Schema struct {
	Name string
	JSON json.RawMessage // portable: no $ref, closed objects, every property required
}

// Request is one turn.
type Request struct {
	Model     string // empty for the provider's own
	Messages  []Message
	Tools     []Tool
	Schema    *Schema // nil for prose
	MaxTokens int     // of the answer; 0 for the provider's own limit
	// Session names the conversation to a provider that keeps its history; empty
	// at its first turn.
	Session string
	// OnText, if not nil, is called with the pieces of the answer as they
	// arrive. They are text from outside, and more may follow when an error is
	// returned.
	OnText func(piece string)
	// Trace, if not nil, is filled as the request is sent.
	Trace *Trace
}

// Trace is what was sent, for the record. It is read after the call.
type Trace struct {
	Attempts int
	// Bodies are the hex SHA-256 of the exact bytes of each attempt.
	Bodies []string

	answered bool  // the last attempt got an answer that looked like one
	microUSD int64 // what a gateway says that the last attempt cost
}

// Stop says why an answer ended.
type Stop string

// The reasons.
const (
	StopEnd    Stop = "end"
	StopLength Stop = "length" // it was cut at the limit
	StopTools  Stop = "tools"  // it waits for the results of its calls
)

// Reply is the answer to a request. All its texts are from outside.
type Reply struct {
	Text    string
	Calls   []ReplyCall
	Stop    Stop
	Model   string // as the provider names it
	Session string // see [Request.Session]
	Usage   Usage
}

// ReplyCall is a tool call that an answer asks for.
type ReplyCall struct {
	Name      string
	Arguments string // JSON, as the model wrote it
	Signature string
}

// Usage is what an answer took.
type Usage struct {
	Input, Output int64 // tokens; Known says whether the provider told
	Known         bool
	MicroUSD      int64 // millionths of a dollar; Priced says whether it is known
	Priced        bool
}

// Add sums up.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Input: u.Input + v.Input, Output: u.Output + v.Output, Known: u.Known && v.Known,
		MicroUSD: u.MicroUSD + v.MicroUSD, Priced: u.Priced && v.Priced,
	}
}
