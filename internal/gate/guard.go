package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
)

const (
	// maxStuck is how many scans may outlive their time-out. They cannot be
	// stopped; with so many, further scans are refused at once.
	maxStuck = 16
	// maxRounds is how often a text is scanned until all values in it have
	// tokens, and how often output is redacted again until nothing is found in
	// it: what stood beside a redacted value can look like one afterwards.
	maxRounds = 5
)

// guarded runs fn within the scan time-out and turns its panics into errors.
// When the time-out or ctx ends first, fn is left behind: its result, which it
// hands over as a whole, is dropped.
func guarded[T any](ctx context.Context, c *clearer, fn func(context.Context) (T, error)) (T, error) {
	var none T
	if c.stuck.Load() >= maxStuck {
		return none, fmt.Errorf("%w: %d scans are stuck; restart tftsr", ErrScan, maxStuck)
	}
	limit := c.config.Limits.ScanTimeout
	scan, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	var left atomic.Bool // Set once, by whichever of the two sides comes first.
	c.spare.do(func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				// What a panic says may quote the text.
				c.log.Error("the scanner panicked", "at", panicSite())
				r = result{err: fmt.Errorf("%w: the scanner panicked; the log names the place", ErrScan)}
			}
			done <- r
			if !left.CompareAndSwap(false, true) {
				c.stuck.Add(-1)
			}
		}()
		r.value, r.err = fn(scan)
	})
	select {
	case r := <-done:
		if r.err == nil {
			return r.value, nil
		}
		if scan.Err() == nil {
			if !errors.Is(r.err, ErrScan) && !errors.Is(r.err, ErrArgument) {
				r.err = fmt.Errorf("%w: %w", ErrScan, r.err)
			}
			return none, r.err
		}
	case <-scan.Done():
		if left.CompareAndSwap(false, true) {
			c.stuck.Add(1)
		}
	}
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("scan stopped: %w", err)
	}
	return none, fmt.Errorf("%w: the scan took longer than %s (limits.scan_timeout)", ErrScan, limit)
}

// spareIdle is how long a goroutine waits for the next scan before it ends.
const spareIdle = 5 * time.Second

// spare runs scans on goroutines that have run some before: a new one grows
// its stack step by step, which costs more than scanning a short text. A scan
// never waits for another one.
type spare struct{ next chan func() }

func (s spare) do(f func()) {
	select {
	case s.next <- f:
	default:
		go s.work(f)
	}
}

func (s spare) work(f func()) {
	idle := time.NewTimer(spareIdle)
	defer idle.Stop()
	for {
		f()
		idle.Reset(spareIdle)
		select {
		case f = <-s.next:
		case <-idle.C:
			return
		}
	}
}

// panicSite names the innermost functions of a panic, without arguments.
func panicSite() string {
	pcs := make([]uintptr, 8)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var b []byte
	for {
		f, more := frames.Next()
		if len(b) > 0 {
			b = append(b, " < "...)
		}
		b = append(b, f.Function...)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(f.Line), 10)
		if !more {
			return string(b)
		}
	}
}

// job is one redaction under guard.
type job struct {
	ctx    context.Context
	engine engine
	pass   *pass
	counts Counts
	out    []byte
}

func (c *clearer) newJob(ctx context.Context, e engine) *job {
	return &job{ctx: ctx, engine: e, pass: c.vault.newPass(), counts: Counts{}}
}

// text redacts b until nothing is found in it.
func (j *job) text(m pii.Mode, b []byte) ([]byte, error) {
	return j.settle(m, b, func(m pii.Mode, b []byte) ([]byte, pii.Counts, error) { return j.engine.Redact(j.pass, m, b) })
}

// json redacts the document b until nothing is found in it.
func (j *job) json(m pii.Mode, b []byte) ([]byte, error) {
	return j.settle(m, b, func(m pii.Mode, b []byte) ([]byte, pii.Counts, error) { return j.engine.RedactJSON(j.pass, m, b) })
}

// complete runs redact, which takes tokens from the pass, until it was given no
// stand-in. Two runs are the rule. A value that has just become known can be
// found in further places of the same text and, with what stands there, be a
// new one.
func (j *job) complete(redact func() error) error {
	for range maxRounds {
		if err := redact(); err != nil {
			return err
		}
		if j.pass.complete() {
			return nil
		}
		if err := j.pass.fill(j.ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: every scan of one text finds other values", ErrScan)
}

// settle applies redact to b, and to its output as text that was redacted
// before, until nothing is found. Text in which nothing was found and nothing
// was changed is not scanned twice.
func (j *job) settle(m pii.Mode, b []byte, redact func(pii.Mode, []byte) ([]byte, pii.Counts, error)) ([]byte, error) {
	for range maxRounds {
		var out []byte
		var found pii.Counts
		err := j.complete(func() (err error) {
			out, found, err = redact(m, b)
			return err
		})
		if err != nil {
			return nil, err
		}
		j.counts.add(&found)
		if found.Total() == 0 && bytes.Equal(out, b) {
			return out, nil
		}
		m, b = pii.ModeCleared, out
	}
	return nil, fmt.Errorf("%w: values are still found in its output", ErrScan)
}
