package client

import (
	"context"
	"sync"
)

// trace is what became of the message of a call, which the errors of the SDK do not say.
type trace struct {
	mu   sync.Mutex
	left bool // it was handed to what carries it
	finding
}

// finding is what was seen of a message.
type finding struct {
	status int      // of HTTP; 0 without an answer
	kind   Kind     // empty: nothing is wrong with it
	detail string   // for kind
	said   string   // by the server
	scopes []string // that the credential lacks
	stale  bool     // the server does not know the session
	lost   bool     // the server may have done what it says
}

type traceKey struct{}

// traceOf returns the trace of a call, or one that nobody looks at.
func traceOf(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

func (t *trace) set(f finding) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left, t.finding = true, f
}

func (t *trace) get() (f finding, left bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.finding, t.left
}
