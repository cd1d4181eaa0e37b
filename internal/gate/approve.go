package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/store"
)

// Why a write does not happen. Each is an answer that a caller can act on.
var (
	// ErrPending is what every [*PendingError] matches.
	ErrPending = errors.New("a person has not answered yet")
	// ErrDeclined: a person said no.
	ErrDeclined = errors.New("a person declined it: do not try again unless they ask for it")
	// ErrDenied: the policy refuses the tool's writes without asking anybody.
	ErrDenied = errors.New("the policy of this installation denies it; nobody was asked (writes in the configuration)")
	// ErrExpired: the approval was not used in time.
	ErrExpired = errors.New("the approval has expired: call again without approval_id to ask anew")
	// ErrUsed: the approval was spent; it held for one write.
	ErrUsed = errors.New("the approval was used already, for one write: call again without approval_id to ask anew")
	// ErrNoApproval: there is no such approval of this caller.
	ErrNoApproval = errors.New("there is no such approval of yours: call again without approval_id to ask anew")
	// ErrMismatch: the approval was given for other bytes, another tool or
	// another destination.
	ErrMismatch = errors.New("the approval was given for something else, or what it was given for has changed: call again without approval_id to ask anew")
)

// Local is the destination of a write that leaves nothing: a deletion here.
const Local Destination = "local"

// maxPending bounds the approvals of one caller that wait at the same time.
const maxPending = 50

// approvedThere is the channel of an approval that was answered in the host.
const approvedThere = "elicitation"

// PendingError says that a write waits for a person.
type PendingError struct {
	ID        string    // of the approval
	Reason    string    // why it was not answered here
	ExpiresAt time.Time // the end of the wait
}

// Error says what the person and the caller can do.
func (e *PendingError) Error() string {
	return fmt.Sprintf("it waits for a person until %s (%s): they run `tftsr approvals approve %s` in a terminal, then call again with approval_id %q",
		e.ExpiresAt.UTC().Format(time.RFC3339), e.Reason, e.ID, e.ID)
}

// Is makes every PendingError match [ErrPending].
func (e *PendingError) Is(target error) bool { return target == ErrPending }

// Write is something that changes the outside world or deletes, and that
// must not happen unless a person wants it.
type Write struct {
	Tool        string
	Destination Destination
	IssueID     string // may be empty
	Payload     []byte // the exact bytes that would leave, or canonical JSON of what would be deleted
	Keyed       string // their digest under the key of the issue, where they hold originals: see [Outgoing]; else empty
	Preview     string // what the person sees; cleared again here
	ApprovalID  string // from the argument approval_id; may be empty
}

func (w Write) digest() string {
	if w.Keyed != "" {
		return w.Keyed
	}
	sum := sha256.Sum256(w.Payload)
	return hex.EncodeToString(sum[:])
}

// key names the question about w. It says which write is meant, so that an
// answer never counts for one that has become another since.
func (w Write) key() string {
	var b []byte
	for _, s := range []string{w.Tool, string(w.Destination), w.IssueID, w.digest()} {
		b = fmt.Appendf(b, "%d:%s", len(s), s)
	}
	sum := sha256.Sum256(b)
	return "approve_" + hex.EncodeToString(sum[:8])
}

func (w Write) details(more map[string]any) map[string]any {
	name := "sha256"
	if w.Keyed != "" {
		name = "hmac"
	}
	d := map[string]any{"tool": w.Tool, "destination": string(w.Destination), name: w.digest()}
	if w.IssueID != "" {
		d["issue"] = w.IssueID
	}
	for k, v := range more {
		d[k] = v
	}
	return d
}

// Actionable reports whether the text of err is for the caller: it says what
// was decided, or what to do, and holds nothing that was not cleared.
func Actionable(err error) bool {
	for _, known := range []error{
		ErrPending, ErrDeclined, ErrDenied, ErrExpired, ErrUsed, ErrNoApproval, ErrMismatch,
		ErrCannotAsk, ErrAnswer, ErrState, ErrReview, ErrLimit, ErrTerminalOnly, ErrOutcome,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// Authorize decides whether a write may happen now. With nil, nil it may,
// once: the policy allows it, or an approval was spent for it; both are on
// the record. With next, the handler returns that at once and runs again when
// the person has answered; see [Gate.Ask]. Else the error says why not: a
// [*PendingError] when a person can still approve in a terminal, ErrDeclined,
// ErrDenied, ErrExpired, ErrUsed, ErrNoApproval or ErrMismatch.
func (g *Gate) Authorize(ctx context.Context, req *mcp.CallToolRequest, w Write) (next *mcp.CallToolResult, err error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	if w.Tool == "" || w.Destination == "" || len(w.Payload) == 0 {
		return nil, errIncomplete
	}
	switch g.policy(caller, w) {
	case config.WriteAllow:
		return nil, g.Note(ctx, Intent{
			Action: audit.ActionApprovalUse, EntityType: "policy", EntityID: string(config.WriteAllow), Details: w.details(nil),
		})
	case config.WriteConfirm:
	default:
		g.Refuse(ctx, "write policy", Intent{Action: audit.ActionApprovalUse, EntityType: "policy", EntityID: string(config.WriteDeny), Details: w.details(nil)})
		return nil, ErrDenied
	}
	if w.ApprovalID != "" {
		return nil, g.spend(ctx, caller, w, w.ApprovalID)
	}
	return g.confirm(ctx, caller, req, w)
}

// policy is what holds for a write of a caller. That nobody need be asked was
// said of the agents of people, not of what a model of a provider makes of a log.
func (g *Gate) policy(caller Caller, w Write) config.WritePolicy {
	p := g.opts.Config.Writes.For(w.Tool)
	if p == config.WriteAllow && caller.Channel == ChannelConversation {
		return config.WriteConfirm
	}
	return p
}

// confirm asks, and leaves an approval that waits when nobody answers.
func (g *Gate) confirm(ctx context.Context, caller Caller, req *mcp.CallToolRequest, w Write) (*mcp.CallToolResult, error) {
	preview, err := g.clearPreview(ctx, w.Preview)
	if err != nil {
		return nil, err
	}
	q := Question{
		Key:     w.key(),
		Title:   "Allow this, once?",
		Message: fmt.Sprintf("%s\n\nTool: %s\nDestination: %s", preview, w.Tool, w.Destination),
	}
	// The approval is made before the question leaves: it is what an answer is
	// an answer to, and it can be used once, however often the answer comes.
	ans, id, next, err := g.ask(ctx, req, q, func() (string, error) {
		a, err := g.newApproval(ctx, caller, w, preview, nil)
		if err != nil {
			return "", err
		}
		return a.ID, nil
	})
	switch {
	case next != nil:
		return next, err
	case errors.Is(err, ErrCannotAsk) && id == "":
		return nil, g.wait(ctx, caller, w, preview, err)
	case errors.Is(err, ErrCannotAsk):
		return nil, g.pending(ctx, id, err.Error())
	case err != nil:
		return nil, err
	}
	switch ans.Action {
	case Accept:
		if err := g.answer(ctx, caller, id, true, approvedThere); err != nil {
			return nil, err
		}
		return nil, g.spend(ctx, caller, w, id)
	case Decline:
		if err := g.answer(ctx, caller, id, false, approvedThere); err != nil {
			return nil, err
		}
		return nil, ErrDeclined
	}
	return nil, g.pending(ctx, id, "the question was dismissed without an answer")
}

func (g *Gate) clearPreview(ctx context.Context, preview string) (string, error) {
	cleared, err := g.texter().Clear(ctx, Host, preview)
	if err != nil {
		return "", fmt.Errorf("preview of a write: %w", err)
	}
	return cleared.Text(Host)
}

// newApproval makes an approval that waits. It is on the record first.
func (g *Gate) newApproval(ctx context.Context, caller Caller, w Write, preview string, details map[string]any) (*store.Approval, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("approval: make an id: %w", err)
	}
	now := g.opts.Now().UTC()
	a := &store.Approval{
		ID: id.String(), Owner: callerOf(caller), IssueID: w.IssueID, Tool: w.Tool, Destination: string(w.Destination),
		PayloadSHA256: w.digest(), Preview: preview, Status: store.ApprovalPending, CreatedAt: now, ExpiresAt: now.Add(g.ttl),
	}
	waiting, err := g.approvals.ListApprovals(ctx, store.ApprovalPending, now)
	if err != nil {
		return nil, fmt.Errorf("approvals that wait: %w", err)
	}
	n := 0
	for i := range waiting {
		if waiting[i].Owner == a.Owner {
			n++
		}
	}
	if n >= maxPending {
		return nil, &LimitError{Limit: fmt.Sprintf("%d approvals wait already", n), RetryAfter: time.Minute}
	}
	err = g.Note(ctx, Intent{Action: audit.ActionApprovalNew, EntityType: "approval", EntityID: a.ID, Details: w.details(details)})
	if err != nil {
		return nil, err
	}
	if err := g.approvals.CreateApproval(ctx, a); err != nil {
		return nil, fmt.Errorf("approval: %w", err)
	}
	return a, nil
}

// wait leaves an approval for the terminal. A call that is repeated finds the
// one that it left before.
func (g *Gate) wait(ctx context.Context, caller Caller, w Write, preview string, why error) error {
	a, err := g.waiting(ctx, caller, w)
	if err == nil && a == nil {
		a, err = g.newApproval(ctx, caller, w, preview, nil)
	}
	if err != nil {
		return err
	}
	return &PendingError{ID: a.ID, Reason: why.Error(), ExpiresAt: a.ExpiresAt}
}

// waiting returns the approval that waits for w already and has half of its
// time left at least, or nil.
func (g *Gate) waiting(ctx context.Context, caller Caller, w Write) (*store.Approval, error) {
	now := g.opts.Now()
	list, err := g.approvals.ListApprovals(ctx, store.ApprovalPending, now)
	if err != nil {
		return nil, fmt.Errorf("approvals that wait: %w", err)
	}
	for i := range list {
		if a := &list[i]; a.IssueID == w.IssueID && bound(a, caller, w) && a.ExpiresAt.Sub(now) > g.ttl/2 {
			return a, nil
		}
	}
	return nil, nil //nolint:nilnil // None waits, which is no error.
}

// errIncomplete is a fault of ours.
var errIncomplete = errors.New("a write needs a tool, a destination and the bytes that it is about")

// bound reports whether a is an approval of this caller for this write.
func bound(a *store.Approval, caller Caller, w Write) bool {
	return a.Owner == callerOf(caller) && a.Tool == w.Tool && a.Destination == string(w.Destination) && a.PayloadSHA256 == w.digest()
}

// pending is the error for an approval that was made and not answered.
func (g *Gate) pending(ctx context.Context, id, reason string) error {
	// The wait may have taken the rest of the caller's time.
	a, err := g.approvals.Approval(context.WithoutCancel(ctx), id, g.opts.Now())
	if err != nil {
		return fmt.Errorf("approval %s: %w", id, err)
	}
	if err := unusable(a); !errors.Is(err, ErrPending) {
		return err // It was answered in a terminal meanwhile, or has expired.
	}
	return &PendingError{ID: id, Reason: reason, ExpiresAt: a.ExpiresAt}
}

// unusable says why an approval cannot be spent. An approved one can.
func unusable(a *store.Approval) error {
	switch a.Status {
	case store.ApprovalApproved:
		return nil
	case store.ApprovalPending:
		return &PendingError{ID: a.ID, Reason: "it was not answered yet", ExpiresAt: a.ExpiresAt}
	case store.ApprovalDeclined:
		return ErrDeclined
	case store.ApprovalExpired:
		return ErrExpired
	}
	return ErrUsed
}

// spend uses an approval for w, once.
func (g *Gate) spend(ctx context.Context, caller Caller, w Write, id string) error {
	a, err := g.approvals.Approval(ctx, id, g.opts.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return g.refuseUse(ctx, w, ErrNoApproval)
	case err != nil:
		return fmt.Errorf("approval: %w", err)
	case a.Owner != callerOf(caller):
		return g.refuseUse(ctx, w, ErrNoApproval) // Others' approvals are none of its business.
	case !bound(a, caller, w):
		return g.refuseUse(ctx, w, ErrMismatch)
	}
	if err := unusable(a); errors.Is(err, ErrPending) {
		return err
	} else if err != nil {
		return g.refuseUse(ctx, w, err)
	}
	in := Intent{Action: audit.ActionApprovalUse, EntityType: "approval", EntityID: a.ID, Details: w.details(map[string]any{"answered_in": a.Channel})}
	return g.recorded(ctx, in, func() error {
		err := g.approvals.UseApproval(ctx, store.Approval{
			ID: a.ID, Owner: callerOf(caller), Tool: w.Tool, Destination: string(w.Destination), PayloadSHA256: w.digest(),
		}, g.opts.Now())
		switch {
		case errors.Is(err, store.ErrSpent): // Another call was faster.
			return ErrUsed
		case errors.Is(err, store.ErrConflict):
			return ErrMismatch
		}
		return err
	})
}

// refuseUse records that an approval was shown that does not hold.
func (g *Gate) refuseUse(ctx context.Context, w Write, err error) error {
	g.Refuse(ctx, "approval", Intent{Action: audit.ActionApprovalUse, EntityType: "tool", EntityID: w.Tool, Details: w.details(nil)})
	return err
}

// answer notes what a person said in the host. An answer that comes a second
// time changes nothing; whether the approval can be spent is seen then.
func (g *Gate) answer(ctx context.Context, caller Caller, id string, approve bool, channel string) error {
	_, err := g.answerAs(ctx, caller, id, approve, channel)
	if errors.Is(err, store.ErrSpent) {
		a, readErr := g.approvals.Approval(ctx, id, g.opts.Now())
		if readErr != nil {
			return fmt.Errorf("approval %s: %w", id, readErr)
		}
		return unusable(a)
	}
	return err
}

func (g *Gate) answerAs(ctx context.Context, caller Caller, id string, approve bool, channel string) (*store.Approval, error) {
	return g.settle(ctx, id, map[string]any{"approved": approve, "answered_in": channel}, func() (*store.Approval, error) {
		return g.approvals.AnswerApproval(ctx, id, approve, caller.ID, channel, g.opts.Now())
	})
}

// settle records what a person says to an approval, and does it.
func (g *Gate) settle(ctx context.Context, id string, details map[string]any, do func() (*store.Approval, error)) (a *store.Approval, err error) {
	in := Intent{Action: audit.ActionApprovalAnswer, EntityType: "approval", EntityID: id, Details: details}
	err = g.recorded(ctx, in, func() error {
		a, err = do()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer approval %s: %w", id, err)
	}
	return a, nil
}

// recorded does something between a durable intent and its outcome.
func (g *Gate) recorded(ctx context.Context, in Intent, do func() error) error {
	call, err := g.Begin(ctx, in)
	if err != nil {
		return err
	}
	doErr := do()
	out := Outcome{Status: "ok"}
	if doErr != nil {
		out.Status = "error"
	}
	return errors.Join(doErr, call.End(ctx, out))
}
