package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/store"
)

var (
	// ErrRecord is returned when the record cannot be written. Whatever was
	// to be recorded did not happen, and must not.
	ErrRecord = errors.New("the record cannot be written, so nothing was done")
	// ErrOutcome is returned when something was done and its outcome could not
	// be recorded.
	ErrOutcome = errors.New("the outcome could not be recorded: it may have happened, do not repeat it")
	// ErrTampered is returned when the record is not an extension of its
	// newest signed head: it was cut off or rewritten.
	ErrTampered = errors.New("the record is not what was signed: run `tftsr audit verify`")
)

// system is the caller of what nobody called: starting, stopping, counting.
var system = Caller{ID: "tftsr", Channel: "process"}

// Intent is what is about to happen. Details hold digests, counts and names
// of types, never text of a caller; whatever the scanner finds in them is
// withheld.
type Intent struct {
	Action     audit.Action
	EntityType string
	EntityID   string
	Details    map[string]any
}

// Outcome is what became of an [Intent].
type Outcome struct {
	Status  string // "ok", "error", "refused", "input_required" or "cancelled"
	Details map[string]any
}

// recorder writes the record. It is safe for concurrent use.
type recorder struct {
	batch    *batcher
	signer   *audit.HeadSigner
	anchors  *anchors
	trust    *trust
	refusals *refusals
	stopOnce sync.Once
	stopErr  error
}

// newRecorder checks the newest signed head against the record, closes what a
// crash left open, and notes the start.
func newRecorder(ctx context.Context, o Options) (*recorder, error) {
	if o.Store == nil || o.SignKey == "" || o.HeadFile == "" {
		return nil, errors.New("the gate needs a store, the signing key of the record and a file for its head")
	}
	signer, err := audit.NewHeadSigner(o.SignKey)
	if err != nil {
		return nil, err
	}
	origin, err := o.Store.Origin(ctx)
	if err != nil {
		return nil, fmt.Errorf("name of the record: %w", err)
	}
	t := trustOf(o, signer.VerifierKey(), origin)
	failed := func(err error) { o.Logger.Error("the signed head cannot follow the record", "error", err) }
	r := &recorder{trust: t}
	r.anchors = newAnchors(t.places, r.anchored(o))
	r.signer = signer
	b := &batcher{
		record: o.Store, now: o.Now, failed: failed, heads: newHeads(signer, t.head, r.anchors, failed),
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	r.batch = b
	r.refusals = &refusals{window: time.Second, record: r.refused, failed: func(err error) {
		o.Logger.Error("a refusal could not be recorded", "error", err)
	}}
	var found bool
	var unsigned int64
	if b.known, found, unsigned, err = t.start(ctx, o.Logger); err != nil {
		return nil, err
	}
	b.heads.signed.Size = b.known.size() // What a start finds counts as signed: its first head covers it.
	if !found {
		o.Logger.Warn("the record has entries and there is no signed head: whether its end was cut off cannot be told", "file", o.HeadFile)
	}
	if err := r.open(ctx, found, unsigned, o.Config); err != nil {
		return nil, err
	}
	r.anchors.run()
	go b.heads.run() //nolint:gosec // Both outlive the call that starts them.
	go b.run()
	return r, nil
}

// open writes the first entries of this process: the ends of calls that died
// with another one, and its own start.
func (r *recorder) open(ctx context.Context, headFound bool, unsigned int64, cfg *config.Config) error {
	b := r.batch
	caller, ok := CallerFrom(ctx)
	if !ok {
		caller = system
	}
	// Another process that starts now may be faster to close an orphan: then
	// there is a conflict, and it is listed no more.
	closed := 0
	for range 3 {
		orphans, err := b.record.OpenIntents(ctx)
		if err != nil {
			return fmt.Errorf("calls that a crash left open: %w", err)
		}
		if len(orphans) == 0 {
			break
		}
		for group := range slices.Chunk(orphans, maxBatch) {
			batch := make([]*pending, len(group))
			for i, e := range group {
				batch[i] = &pending{draft: interrupted(e)}
			}
			entries := b.append(ctx, batch)
			closed += len(entries)
			if err := b.opened(ctx, batch, entries); err != nil && !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
	}
	details := policyOf(cfg)
	details["interrupted"] = closed
	if unsigned > 0 {
		details["unsigned"] = unsigned // From here on they are signed: that they were not is kept.
	}
	if !headFound {
		details["head"] = audit.HeadWasMissing
	}
	in := Intent{Action: audit.ActionStart, EntityType: "process", EntityID: "gate", Details: details}
	d, err := draft(ctx, nil, caller, in, audit.PhaseEvent, nil)
	if err != nil {
		return err
	}
	batch := []*pending{{draft: d}}
	return b.opened(ctx, batch, b.append(ctx, batch))
}

// policyOf describes the settings that a process starts with: what decides
// over reviews and writes, and a digest of all of them. They live in a file
// that people edit, so that a change shows on the record at the next start.
func policyOf(cfg *config.Config) map[string]any {
	if cfg == nil {
		return map[string]any{}
	}
	var text []byte
	for _, v := range cfg.Values() {
		text = fmt.Appendf(text, "%s=%s\n", v.Key, v.Value)
	}
	sum := sha256.Sum256(text)
	return map[string]any{
		"review": string(cfg.Review), "writes": string(cfg.Writes.Default), "config_sha256": hex.EncodeToString(sum[:]),
	}
}

// opened signs what was written at the start and returns the first error.
func (b *batcher) opened(ctx context.Context, batch []*pending, entries []audit.Entry) error {
	if len(entries) > 0 {
		if err := b.follow(ctx, entries); err != nil {
			return err
		}
	}
	for _, p := range batch {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// close writes the last entry and its signed head. What is recorded
// afterwards fails.
func (r *recorder) close(ctx context.Context) error {
	r.stopOnce.Do(func() {
		r.refusals.flush()
		caller, ok := CallerFrom(ctx)
		if !ok {
			caller = system
		}
		in := Intent{Action: audit.ActionStop, EntityType: "process", EntityID: "gate"}
		d, err := draft(ctx, nil, caller, in, audit.PhaseEvent, nil)
		if err == nil {
			err = r.batch.submit(ctx, &pending{draft: d})
		}
		if err == nil {
			err = r.batch.submit(ctx, &pending{barrier: true, mark: true})
		}
		r.anchors.close(ctx) // What fails is recorded, so it ends before the record does.
		r.batch.stop()
		select {
		case <-r.batch.ended:
			err = errors.Join(err, r.trust.head.sync())
		case <-ctx.Done():
			err = errors.Join(err, fmt.Errorf("the record is still being written: %w", ctx.Err()))
		}
		r.stopErr = err
	})
	return r.stopErr
}

// write makes one entry durable, and before it what was put off in the call
// that it is within.
func (r *recorder) write(ctx context.Context, chk checker, c Caller, in Intent, p audit.Phase, fixed map[string]any) (audit.Entry, error) {
	d, err := draft(ctx, chk, c, in, p, fixed)
	if err != nil {
		return audit.Entry{}, err
	}
	return r.submit(ctx, callOf(ctx), d)
}

func (r *recorder) submit(ctx context.Context, within *Call, d audit.Draft) (audit.Entry, error) {
	p, err := r.start(ctx, within, d)
	if err != nil {
		return audit.Entry{}, err
	}
	return r.batch.wait(ctx, p)
}

// start hands over what submit writes.
func (r *recorder) start(ctx context.Context, within *Call, d audit.Draft) (*pending, error) {
	p := &pending{draft: d}
	if within == nil {
		return p, r.batch.enqueue(ctx, p)
	}
	within.mu.Lock()
	if seq := within.Seq(); d.Within != nil && seq != 0 { // Its intent was written meanwhile.
		p.draft.Details, p.draft.Within = d.Within(seq), nil
	}
	if len(within.late) == 0 {
		within.mu.Unlock()
		return p, r.batch.enqueue(ctx, p)
	}
	// Whatever else is recorded within the call waits: it names an intent that is
	// there.
	p.before = within.late
	p.then = func() {
		if p.err == nil {
			within.written()
		}
		within.mu.Unlock()
	}
	err := r.batch.enqueue(ctx, p)
	if err != nil {
		within.mu.Unlock()
	}
	return p, err
}

// Note records an event of the caller of ctx: something that has no outcome
// of its own. It returns when that is durable.
func (g *Gate) Note(ctx context.Context, in Intent) error {
	return g.note(ctx, g.checker(), in)
}

func (r *recorder) note(ctx context.Context, chk checker, in Intent) error {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return ErrNoCaller
	}
	_, err := r.write(ctx, chk, caller, in, audit.PhaseEvent, nil)
	return err
}
