// Package gate is the one corridor between what tftsr knows and everything
// else. Text leaves only as a [Cleared] value that this package made, every
// call is on the record before it runs, and a write to the outside waits for
// a person. Each of the three fails closed: an error means that nothing left
// and nothing ran.
//
// The gate never opens a connection, never decides what a tool does, and never
// puts an original into an error, a log line or the record.
package gate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// Caller is who makes a call, as far as the transport can tell.
type Caller struct {
	ID       string // OS user on stdio and at the command line, name of the token over HTTP, a conversation of an AI provider
	Channel  string // ChannelStdio, ChannelHTTP, ChannelTerminal or ChannelConversation
	Client   string // name and version that the host gave of itself, redacted
	Attended bool   // elicitation answers of this caller come from a person
}

// The channels of a [Caller].
const (
	ChannelStdio    = "stdio"
	ChannelHTTP     = "http"
	ChannelTerminal = "terminal"
	// ChannelConversation is that of an AI provider which calls tools in a
	// conversation. Nobody can be asked through it, and a person approves each of its
	// writes, also where the policy lets others write without one.
	ChannelConversation = "conversation"
)

type callerKey struct{}

// WithCaller returns a context that carries c.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns the caller of ctx. Without one it reports false, and the
// gate refuses to act.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok && c.ID != ""
}

// ErrNoCaller is returned for a call that carries no identity.
var ErrNoCaller = errors.New("call has no identity")

// Destination names where text goes: "ai:host" for the model behind the MCP
// host, "ai:provider/NAME", "person:terminal", "servicenow:INSTANCE".
type Destination string

// The destinations that always exist.
const (
	Host     Destination = "ai:host"
	Terminal Destination = "person:terminal"
)

// Options configures a [Gate]. Store, Keys and Config are required.
type Options struct {
	Store    store.Store
	Keys     *secrets.Keys
	Config   *config.Config
	SignKey  string           // note signer key of the record, from [secrets.AuditKey]
	HeadFile string           // where the signed head is kept, outside the database; the log of checkpoints is beside it
	Keyring  HeadKeeper       // where the newest checkpoint is kept too; nil where there is no keyring
	Now      func() time.Time // nil means time.Now
	Logger   *slog.Logger     // nil discards
}

// Gate is safe for concurrent use.
type Gate struct {
	*clearer
	*recorder
	*asker
	opts  Options
	shown shownCache
}

// New makes the gate of a data folder: it loads what people released, closes
// intents that a crash left open, and checks the newest signed head against
// the record.
func New(ctx context.Context, o Options) (*Gate, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	rec, err := newRecorder(ctx, o)
	if err != nil {
		return nil, err
	}
	clr, err := newClearer(ctx, o)
	if err != nil {
		return nil, errors.Join(err, rec.close(ctx))
	}
	ask, err := newAsker(o, rec)
	if err != nil {
		clr.stopLoading()
		return nil, errors.Join(err, rec.close(ctx))
	}
	return &Gate{clearer: clr, recorder: rec, asker: ask, opts: o}, nil
}

// Close writes what is pending, signs the last head and stops the gate. Calls
// after it fail.
func (g *Gate) Close(ctx context.Context) error {
	g.stopLoading()
	return g.close(ctx)
}
