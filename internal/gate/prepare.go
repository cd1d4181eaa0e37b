package gate

import (
	"context"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/store"
)

// Prepare leaves an approval for a write that nobody has asked for yet. It
// waits for a person as those of [Gate.Authorize] do, and is spent by the call
// that makes the same write with its id; nothing is sent, and nobody is asked
// here. It is nil where the policy lets the write happen without one; where the
// policy denies the write, the error is [ErrDenied].
func (g *Gate) Prepare(ctx context.Context, w Write) (*store.Approval, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	if w.Tool == "" || w.Destination == "" || len(w.Payload) == 0 {
		return nil, errIncomplete
	}
	switch g.opts.Config.Writes.For(w.Tool) {
	case config.WriteAllow:
		return nil, nil //nolint:nilnil // There is nothing to approve.
	case config.WriteConfirm:
	default:
		return nil, ErrDenied
	}
	if a, err := g.waiting(ctx, caller, w); err != nil || a != nil {
		return a, err
	}
	preview, err := g.clearPreview(ctx, w.Preview)
	if err != nil {
		return nil, err
	}
	return g.newApproval(ctx, caller, w, preview, map[string]any{"prepared": true})
}

// RevokeApproval takes back an approval that was given and not used yet, or
// refuses one that waits. The caller must be at a terminal. An error that wraps
// [store.ErrNotFound] or [store.ErrSpent] says that there is nothing to take
// back.
func (g *Gate) RevokeApproval(ctx context.Context, id string) (*store.Approval, error) {
	caller, err := terminal(ctx)
	if err != nil {
		return nil, err
	}
	return g.settle(ctx, id, map[string]any{"approved": false, "revoked": true, "answered_in": ChannelTerminal}, func() (*store.Approval, error) {
		return g.approvals.RevokeApproval(ctx, id, caller.ID, ChannelTerminal, g.opts.Now())
	})
}

// AnswerApproval approves or declines what waits. The caller must be at a
// terminal: an agent can never answer. An error that wraps
// [store.ErrNotFound] or [store.ErrSpent] says that nothing waits under id.
func (g *Gate) AnswerApproval(ctx context.Context, id string, approve bool) (*store.Approval, error) {
	caller, err := terminal(ctx)
	if err != nil {
		return nil, err
	}
	return g.answerAs(ctx, caller, id, approve, ChannelTerminal)
}
