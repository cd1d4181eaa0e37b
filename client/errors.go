package client

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind says what went wrong with a call, for programs.
type Kind string

// The kinds.
const (
	KindUnknown      Kind = "unknown-server" // no server of that name
	KindNotConnected Kind = "not-connected"  // not attached: nothing was sent
	KindBlocked      Kind = "blocked"        // the owner has to decide first: nothing was sent
	KindNeedsAuth    Kind = "needs-auth"     // it wants a login
	KindBreaker      Kind = "breaker"        // it failed too often: not tried again before [Error.Until]
	KindChanged      Kind = "changed"        // it offers something else than the caller knew: nothing was sent
	KindBusy         Kind = "busy"           // too many calls of this server wait: nothing was sent
	KindTimeout      Kind = "timeout"        // no answer in time
	KindDied         Kind = "died"           // the server or the connection ended in the middle of the call
	KindTooLarge     Kind = "too-large"      // the answer is beyond [Limits.MessageBytes]
	KindProtocol     Kind = "protocol"       // the answer is none of the protocol
	KindRefused      Kind = "refused"        // egress does not allow the request: nothing was sent
	KindRPC          Kind = "rpc"            // the server answered with an error, see [Error.Code] and [Error.Reason]
	KindExpired      Kind = "expired"        // the parked call is not there: answered, timed out, or another caller's
	KindLimited      Kind = "rate-limited"   // HTTP 429
)

// Error is a call that failed.
type Error struct {
	Kind   Kind
	Server string
	Detail string // ours: a sentence without text of the server; may be empty
	// Reason is what the server says. NOT cleared, and no part of Error.
	Reason string
	// Code and Data are those of a [KindRPC] error. Data is NOT cleared.
	Code int64
	Data json.RawMessage
	// Until is when a [KindBreaker] or [KindNotConnected] server is tried again; zero when nothing is known.
	Until time.Time
	// Lost: the call was sent and what became of it is not known. It may have happened and must not be repeated blindly.
	Lost bool

	err error
}

var sentences = map[Kind]string{
	KindUnknown:      "no server of that name is registered",
	KindNotConnected: "it is not attached",
	KindBlocked:      "it is blocked until its owner approves it",
	KindNeedsAuth:    "it needs a login",
	KindBreaker:      "it failed too often and is left alone for a while",
	KindChanged:      "what it offers has changed meanwhile: look at it again",
	KindBusy:         "too many calls wait for it",
	KindTimeout:      "it did not answer in time",
	KindDied:         "it ended in the middle of the call",
	KindTooLarge:     "its answer is too large: ask for less",
	KindProtocol:     "its answer is not one of the protocol",
	KindRefused:      "the request is not allowed",
	KindRPC:          "it answered with an error",
	KindExpired:      "the question that this answers is not open any more",
	KindLimited:      "it is called too often: wait a while",
}

// Error is a sentence that holds no text of the server.
func (e *Error) Error() string {
	s := fmt.Sprintf("server %s: %s", e.Server, sentences[e.Kind])
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Kind == KindRPC {
		s += fmt.Sprintf(" (code %d)", e.Code)
	}
	if e.Lost {
		s += "; the call may have happened, do not repeat it"
	}
	return s
}

// Unwrap returns the cause, which may hold text of the server.
func (e *Error) Unwrap() error { return e.err }
