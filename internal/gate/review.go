package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
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
	err = g.Note(ctx, Intent{
		Action: audit.ActionReview, EntityType: "log", EntityID: l.ID,
		Details: map[string]any{"state": string(state), "before": string(l.Review), "sha256": l.RedactedSHA256},
	})
	if err != nil {
		return fmt.Errorf("review log %s: nothing was changed: %w", l.ID, err)
	}
	if err := g.opts.Store.SetReview(ctx, l.ID, state, caller.ID, g.opts.Now().UTC()); err != nil {
		return fmt.Errorf("review log %s: %w", l.ID, err)
	}
	return nil
}

// ReleaseRequest names what is harmless: one value by its token, or all values
// of a type.
type ReleaseRequest struct {
	Token string // "[Email_3]"
	Type  string // "Hostname"; types of class secret cannot be released.
}

// Release makes a value or a type go unredacted from now on, in every process
// within a second. Text that was redacted before keeps its tokens. The caller
// must be at a terminal. The release is on the record before it takes effect.
func (g *Gate) Release(ctx context.Context, req ReleaseRequest) (*store.Release, error) {
	caller, err := terminal(ctx)
	if err != nil {
		return nil, err
	}
	if (req.Token == "") == (req.Type == "") {
		return nil, errors.New("release: name either a token or a type")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("release: make an id: %w", err)
	}
	r := &store.Release{ID: id.String(), Owner: caller.ID, CreatedAt: g.opts.Now().UTC()}
	if req.Token != "" {
		err = g.releaseValue(ctx, r, req.Token)
	} else {
		err = releaseType(r, req.Type)
	}
	if err != nil {
		return nil, err
	}
	err = g.Note(ctx, Intent{
		Action: audit.ActionRelease, EntityType: "release", EntityID: r.ID,
		Details: map[string]any{"what": r.Note, "type": r.Type, "change": "added"},
	})
	if err != nil {
		return nil, fmt.Errorf("release %s: nothing was released: %w", r.Note, err)
	}
	if err := g.opts.Store.AddRelease(ctx, *r); err != nil {
		return nil, fmt.Errorf("release %s: %w", r.Note, err)
	}
	return r, g.see(ctx)
}

func (g *Gate) releaseValue(ctx context.Context, r *store.Release, token string) error {
	tok, n, ok := pii.ParseToken([]byte(token))
	if !ok || n != len(token) {
		return errors.New("release: not a token; tokens have the form [Email_3]")
	}
	spelling, err := g.opts.Store.Spelling(ctx, tok)
	if err != nil {
		return fmt.Errorf("release %s: %w", tok, err)
	}
	r.Type, r.Spelling, r.Note = tok.Type().String(), spelling, tok.String()
	return nil
}

func releaseType(r *store.Release, name string) error {
	t, ok := pii.ParseType(name)
	if !ok {
		return errors.New("release: there is no such type; tftsr scan --help lists them")
	}
	if t.Class() == pii.ClassSecret {
		return fmt.Errorf("release: %s is a type of secret, of which only single values can be released", t)
	}
	r.Type, r.Note = t.String(), t.String()
	return nil
}

// Unrelease takes a release back. The caller must be at a terminal.
func (g *Gate) Unrelease(ctx context.Context, id string) error {
	if _, err := terminal(ctx); err != nil {
		return err
	}
	rows, err := g.opts.Store.ListReleases(ctx)
	if err != nil {
		return fmt.Errorf("take a release back: %w", err)
	}
	for _, r := range rows {
		if r.ID != id {
			continue
		}
		err := g.Note(ctx, Intent{
			Action: audit.ActionRelease, EntityType: "release", EntityID: r.ID,
			Details: map[string]any{"what": r.Note, "type": r.Type, "change": "removed"},
		})
		if err != nil {
			return fmt.Errorf("take release %s back: nothing was changed: %w", id, err)
		}
		if err := g.opts.Store.RemoveRelease(ctx, id); err != nil {
			return fmt.Errorf("take release %s back: %w", id, err)
		}
		return g.see(ctx)
	}
	return fmt.Errorf("take release %q back: %w", id, store.ErrNotFound)
}

// see makes a change of the releases take effect here at once. Other processes
// notice that the generation of the store has moved on.
func (g *Gate) see(ctx context.Context) error {
	if err := g.Refresh(ctx); err != nil {
		return fmt.Errorf("done, but not in effect here yet: %w", err)
	}
	return nil
}
