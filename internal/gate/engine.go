package gate

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
)

const (
	// refreshEvery is how old the knowledge of releases and known values may
	// be when text is cleared.
	refreshEvery = 500 * time.Millisecond
	// staleAfter is the age at which a call waits for a refresh that another
	// one is making.
	staleAfter = time.Second
)

// engine is the scanner as the gate uses it.
type engine interface {
	ScanMode(dst []pii.Finding, b []byte, m pii.Mode) []pii.Finding
	Redact(a pii.Allocator, m pii.Mode, text []byte) ([]byte, pii.Counts, error)
	RedactJSON(a pii.Allocator, m pii.Mode, doc []byte, opts ...pii.JSONOption) ([]byte, pii.Counts, error)
	Stream(a pii.Allocator, m pii.Mode, w io.Writer, fn func(pii.Finding, pii.Token)) io.WriteCloser
}

// scanner is the engine of package pii.
type scanner struct{ *pii.Scanner }

func (s scanner) Stream(a pii.Allocator, m pii.Mode, w io.Writer, fn func(pii.Finding, pii.Token)) io.WriteCloser {
	r := pii.NewRedactor(s.Scanner, a, m, w)
	// The known values of the vault learn of a value when it is handed over,
	// which is too late for the rest of the block that it stands in.
	r.Harvest = pii.NewHarvest()
	r.OnFinding = fn
	return r
}

// clearState is what the clearer knows of the store at a moment.
type clearState struct {
	engine     engine
	plain      *memo // what this engine found nothing in
	generation int64
	checked    time.Time
}

// startLoading sees whether the store can be read and loads the state beside: the known
// values of a large workspace take a tenth of a second, which the start of a
// server does not have. Whatever needs the state waits for it; where loading
// failed, the call that needs it tries again and reports the error.
func (c *clearer) startLoading(ctx context.Context) error {
	if _, err := c.store.Generation(ctx); err != nil {
		return fmt.Errorf("see whether releases changed: %w", err)
	}
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx)) // It outlives the call that starts the server.
	c.loading = make(chan struct{})
	c.refreshing.Lock()
	go func() {
		defer close(c.loading)
		defer c.refreshing.Unlock()
		if err := c.reload(ctx); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "load what is known to be sensitive", "error", err)
		}
	}()
	return nil
}

// stopLoading stops loading and waits for it, so that the store can be closed.
func (c *clearer) stopLoading() {
	c.stop()
	<-c.loading
}

// Refresh makes what people released and what other processes found known to
// this one. Clearing text does so by itself twice a second; whoever has just
// changed something calls Refresh to see it at once.
func (c *clearer) Refresh(ctx context.Context) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	return c.reload(ctx)
}

// current returns the engine to scan with.
func (c *clearer) current(ctx context.Context) (engine, error) {
	st, err := c.upToDate(ctx)
	if err != nil {
		return nil, err
	}
	return st.engine, nil
}

// upToDate returns the state, read anew if it is too old.
func (c *clearer) upToDate(ctx context.Context) (*clearState, error) {
	st := c.state.Load()
	if st != nil {
		age := c.now().Sub(st.checked)
		if age >= 0 && age < refreshEvery {
			return st, nil
		}
		if !c.refreshing.TryLock() {
			if age >= 0 && age < staleAfter {
				return st, nil
			}
			c.refreshing.Lock()
		}
	} else {
		c.refreshing.Lock()
	}
	defer c.refreshing.Unlock()
	if now := c.state.Load(); now != st {
		return now, nil // Another call has done it while this one waited.
	}
	if err := c.reload(ctx); err != nil {
		return nil, err
	}
	return c.state.Load(), nil
}

// reload brings the state up to date. The caller holds refreshing.
func (c *clearer) reload(ctx context.Context) error {
	st := c.state.Load()
	now := c.now()
	generation, err := c.store.Generation(ctx)
	if err != nil {
		return fmt.Errorf("see whether releases changed: %w", err)
	}
	next := &clearState{generation: generation, checked: now}
	if st != nil && st.generation == generation {
		next.engine, next.plain = st.engine, st.plain
	} else {
		if next.engine, err = c.loadEngine(ctx); err != nil {
			return err
		}
		next.plain = &memo{}
	}
	if err := c.vault.refresh(ctx); err != nil {
		return err
	}
	c.state.Store(next)
	return nil
}

// loadEngine makes an engine that honours the releases of the store.
func (c *clearer) loadEngine(ctx context.Context) (engine, error) {
	rows, err := c.store.ListReleases(ctx)
	if err != nil {
		return nil, fmt.Errorf("load releases: %w", err)
	}
	o := c.detect
	o.AllowTypes = slices.Clone(o.AllowTypes)
	o.Known = c.vault.known
	values := map[spelling]bool{}
	for _, r := range rows {
		t, ok := pii.ParseType(r.Type)
		switch {
		case !ok:
			// A type of another version: there is nothing here to release.
			c.log.WarnContext(ctx, "release names an unknown type", "release", r.ID)
		case r.Spelling != [16]byte{}:
			values[spelling{t, r.Spelling}] = true
		case t.Class() == pii.ClassSecret:
			c.log.WarnContext(ctx, "release of a whole type of secret is ignored", "release", r.ID, "type", t.String())
		default:
			o.AllowTypes = append(o.AllowTypes, t)
		}
	}
	if len(values) > 0 {
		o.Allow = func(t pii.Type, value []byte) bool { return values[c.vault.spell(t, value)] }
	}
	e, err := c.newEngine(o)
	if err != nil {
		return nil, fmt.Errorf("make the scanner: %w", err)
	}
	return e, nil
}
