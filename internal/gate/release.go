package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

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
