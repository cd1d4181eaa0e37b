package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

var (
	// ErrReview is what every [*ReviewError] matches.
	ErrReview = errors.New("a person has not approved this log")
	// ErrTerminalOnly is returned to a caller that is not a person at a
	// terminal.
	ErrTerminalOnly = errors.New("only a person at a terminal can do this: run tftsr in a shell")
)

// ReviewError says why a log's text does not go to a destination.
type ReviewError struct {
	LogID       string
	State       triage.ReviewState
	Destination Destination
}

// Error says what a person can do.
func (e *ReviewError) Error() string {
	if e.State == triage.Rejected {
		return fmt.Sprintf("log %s was rejected by its reviewer and goes nowhere: tftsr review %s shows it", e.LogID, e.LogID)
	}
	return fmt.Sprintf("log %s waits for a person's approval of its findings before it goes to %s: tftsr review %s", e.LogID, e.Destination, e.LogID)
}

// Is makes every ReviewError match [ErrReview].
func (e *ReviewError) Is(target error) bool { return target == ErrReview }

// MayRead reports whether the redacted text of a log may go to d, or the
// [*ReviewError] that says what it waits for. A person at the terminal may
// always read. Under the policy "required" an unreviewed log waits before
// every other destination, under "ask" before all but the host's own model,
// under "auto" before none. A rejected log goes nowhere.
func (c *clearer) MayRead(l *triage.Log, d Destination) error {
	switch {
	case d == Terminal, l.Review == triage.Approved:
		return nil
	case l.Review == triage.Rejected:
	case c.config.Review == config.ReviewAuto:
		return nil
	case c.config.Review == config.ReviewRequired:
	case d == Host:
		return nil
	}
	return &ReviewError{LogID: l.ID, State: l.Review, Destination: d}
}

// ReviewNote returns the sentence that goes with the text of a log, or "" for
// a log that needs none.
func (c *clearer) ReviewNote(l *triage.Log) string {
	switch {
	case l.Review == triage.Approved:
		return ""
	case l.Review == triage.Rejected:
		return "rejected: a person has looked at the findings of this log and rejected it"
	case c.config.Review == config.ReviewAuto:
		return ""
	}
	return "unreviewed: redacted automatically; no person has looked at the findings of this log yet"
}

// terminal returns the caller of ctx if it is a person at a terminal. It says
// so by the channel, which the transport sets: no argument of a call can.
func terminal(ctx context.Context) (Caller, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return Caller{}, ErrNoCaller
	}
	if caller.Channel != ChannelTerminal {
		return Caller{}, ErrTerminalOnly
	}
	return caller, nil
}

// ApproveLog notes that a person has looked at the findings of a log and lets
// its redacted text go. The caller must be at a terminal. The decision is on
// the record before it takes effect.
func (g *Gate) ApproveLog(ctx context.Context, id string) error {
	return g.reviewLog(ctx, id, triage.Approved)
}

// RejectLog keeps the text of a log from every destination but a terminal. The
// caller must be at a terminal.
func (g *Gate) RejectLog(ctx context.Context, id string) error {
	return g.reviewLog(ctx, id, triage.Rejected)
}

func (g *Gate) reviewLog(ctx context.Context, id string, state triage.ReviewState) error {
	caller, err := terminal(ctx)
	if err != nil {
		return err
	}
	l, err := g.opts.Store.Log(ctx, id)
	if err != nil {
		return fmt.Errorf("review log %q: %w", id, err)
	}
	return g.setReview(ctx, caller, l, state, ChannelTerminal)
}

// setReview puts a decision on the record and then makes it hold. how is the
// way by which the person was reached.
func (g *Gate) setReview(ctx context.Context, caller Caller, l *triage.Log, state triage.ReviewState, how string) error {
	err := g.Note(ctx, Intent{
		Action: audit.ActionReview, EntityType: "log", EntityID: l.ID,
		Details: map[string]any{"state": string(state), "before": string(l.Review), "answered": how, "sha256": l.RedactedSHA256},
	})
	if err != nil {
		return fmt.Errorf("review log %s: nothing was changed: %w", l.ID, err)
	}
	now := g.opts.Now().UTC()
	if err := g.opts.Store.SetReview(ctx, l.ID, state, caller.ID, now); err != nil {
		return fmt.Errorf("review log %s: %w", l.ID, err)
	}
	l.Review, l.ReviewedBy, l.ReviewedAt = state, caller.ID, now
	return nil
}

// maxAsked is how many values a question about a log lists.
const maxAsked = 12

// AskReview is [Gate.MayRead] for a handler that can ask: where the log has to
// wait before it goes to d, the person at the host is asked to approve its
// findings. With next, the handler returns that at once and runs again, as
// with [Gate.Ask]. nil, nil means that the text may go. [ErrDeclined] means
// that the person said no, which does not reject the log for good; a
// [*ReviewError] that nobody could be asked or nobody answered.
func (g *Gate) AskReview(ctx context.Context, req *mcp.CallToolRequest, l *triage.Log, findings []store.LogFinding, d Destination) (next *mcp.CallToolResult, err error) {
	wait := g.MayRead(l, d)
	if wait == nil || l.Review == triage.Rejected {
		return nil, wait
	}
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	ans, next, err := g.Ask(ctx, req, Question{
		// The digest makes an answer hold for the text that it was given for.
		Key:     "review:" + l.ID + ":" + cutText(l.RedactedSHA256, 16),
		Title:   "Review of a log",
		Message: reviewQuestion(l, findings, d),
	})
	switch {
	case errors.Is(err, ErrCannotAsk):
		return nil, wait
	case err != nil || next != nil:
		return next, err
	case ans.Action == Decline:
		return nil, fmt.Errorf("log %s for %s: %w", l.ID, d, ErrDeclined)
	case ans.Action != Accept:
		return nil, wait
	}
	return nil, g.setReview(ctx, caller, l, triage.Approved, approvedThere)
}

// reviewQuestion describes a log by its tokens.
func reviewQuestion(l *triage.Log, findings []store.LogFinding, d Destination) string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "May the redacted text of log %s (%d lines) go to %s?\n", l.Name, l.Lines, d)
	if len(findings) == 0 {
		sb.WriteString("Nothing was found in it.\n")
	}
	for i, f := range findings {
		if i == maxAsked {
			fmt.Fprintf(&sb, "and %d more\n", len(findings)-i)
			break
		}
		fmt.Fprintf(&sb, "%s, %d in all, first in line %d\n", f.Token, f.Count, f.FirstLine)
	}
	fmt.Fprintf(&sb, "All of these are replaced. `tftsr review %s` shows them.", l.ID)
	return sb.String()
}
