package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// Call is a call that is on the record. [Call.End] must be called once.
type Call struct {
	rec    *recorder
	chk    checker
	caller Caller
	in     Intent
	seq    atomic.Int64 // 0 while the intent is put off.
	began  time.Time
	ended  atomic.Bool

	mu   sync.Mutex // Held while what was put off is being written.
	late []*pending // What was put off: the intent, or outcomes of what ran within the call.
}

// Seq is the sequence of the intent in the record; 0 while that is put off, see
// [Gate.Announce].
func (c *Call) Seq() int64 { return c.seq.Load() }

// written notes that what was put off is durable.
func (c *Call) written() {
	if c.Seq() == 0 {
		c.seq.Store(c.late[0].entry.Seq)
	}
	c.late = nil
}

type callKey struct{}

// Context returns a context for what runs within the call: the intents and
// events that it records name the call.
func (c *Call) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf returns the call that ctx is within; nil for none.
func callOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Begin records that something is about to happen, for the caller of ctx. It
// returns when that is durable; an error means that it must not happen.
func (g *Gate) Begin(ctx context.Context, in Intent) (*Call, error) {
	return g.begin(ctx, g.checker(), in)
}

// Announce is [Gate.Begin] for a call that does nothing but what it records
// itself, within [Call.Context]: the intent is made durable together with the
// first thing that is recorded there, before it, and at the latest before the
// outcome. So a call to another server is on the record, as what came in and as
// what goes out, before anything goes out, and the disk is waited for once.
func (g *Gate) Announce(ctx context.Context, in Intent) (*Call, error) {
	return g.announce(ctx, g.checker(), in)
}

func (r *recorder) announce(ctx context.Context, chk checker, in Intent) (*Call, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	began := time.Now()
	d, err := draft(ctx, chk, caller, in, audit.PhaseIntent, nil)
	if err != nil {
		return nil, err
	}
	if d.Within != nil {
		return nil, errors.New("a call within one that was announced is not announced")
	}
	in.Details = nil
	return &Call{rec: r, chk: chk, caller: caller, in: in, began: began, late: []*pending{{draft: d}}}, nil
}

func (r *recorder) begin(ctx context.Context, chk checker, in Intent) (*Call, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, ErrNoCaller
	}
	began := time.Now()
	e, err := r.write(ctx, chk, caller, in, audit.PhaseIntent, nil)
	if err != nil {
		return nil, err
	}
	in.Details = nil
	c := &Call{rec: r, chk: chk, caller: caller, in: in, began: began}
	c.seq.Store(e.Seq)
	return c, nil
}

// End records the outcome, also when ctx has ended. It returns when that is
// durable; every error wraps [ErrOutcome], or [ErrRecord] alone where the call
// was announced and not even its intent could be written.
func (c *Call) End(ctx context.Context, out Outcome) error {
	return c.Conclude(ctx, out)()
}

// Conclude is [Call.End] for a caller that has something to do while the outcome
// is written: durable returns when [Call.End] would, with what it would. Nobody
// may be told what became of the call before that; an answer can be encoded and
// must be held back.
func (c *Call) Conclude(ctx context.Context, out Outcome) (durable func() error) {
	ctx = context.WithoutCancel(ctx)
	p, err := c.end(ctx, out, false)
	return func() error {
		if err == nil {
			_, err = c.rec.batch.wait(ctx, p)
		}
		return c.ending(err)
	}
}

// EndWithin is [Call.End] for what ran within the call of ctx and concerns
// nobody before the answer to that: the outcome is made durable with that of
// the call, or before, with what is recorded next within it. Who is answered
// nothing until [Call.End] of the call returned learns of nothing that is not on
// the record.
func (c *Call) EndWithin(ctx context.Context, out Outcome) error {
	ctx = context.WithoutCancel(ctx)
	p, err := c.end(ctx, out, true)
	if err == nil && p != nil {
		_, err = c.rec.batch.wait(ctx, p)
	}
	return c.ending(err)
}

// ending makes an error of the end of a call what its caller is told.
func (c *Call) ending(err error) error {
	if err == nil || c.Seq() == 0 || errors.Is(err, ErrOutcome) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOutcome, err)
}

// end hands the outcome over to be written; it is nil where that is put off.
func (c *Call) end(ctx context.Context, out Outcome, late bool) (*pending, error) {
	if c.ended.Swap(true) {
		return nil, fmt.Errorf("%w: entry %d has its outcome already", ErrOutcome, c.Seq())
	}
	took := time.Since(c.began)
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	in := c.in
	in.Details = out.Details
	fixed := map[string]any{"intent": c.Seq(), "status": clip(out.Status), "duration_us": took.Microseconds()}
	d, err := draft(ctx, c.chk, c.caller, in, audit.PhaseOutcome, fixed)
	if err != nil {
		return nil, err
	}
	d.Intent = c.Seq()
	outer := callOf(ctx)
	if outer == nil || outer == c {
		return c.rec.start(ctx, c, d)
	}
	if late && outer.take(&pending{draft: d}) {
		return nil, nil //nolint:nilnil // As the comment says.
	}
	return c.rec.start(ctx, outer, d)
}

// open writes the intent if it is put off still: nothing was recorded within
// the call.
func (c *Call) open(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Seq() != 0 {
		return nil
	}
	if err := c.rec.batch.submit(ctx, c.late[0]); err != nil {
		return err
	}
	c.written()
	return nil
}

// take puts an outcome off until something is recorded in the call, and reports
// whether something will be.
func (c *Call) take(p *pending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Seq() == 0 || c.ended.Load() {
		return false
	}
	c.late = append(c.late, p)
	return true
}
