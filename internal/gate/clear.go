package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// ErrScan is returned when text could not be scanned: the scanner failed, took
// longer than the time-out, or still found something in its own output. No
// text leaves.
var ErrScan = errors.New("text could not be scanned, so nothing was sent")

// Counts is a number of redactions by name of the type.
type Counts map[string]int

// Total returns the sum over all types.
func (c Counts) Total() int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

func (c Counts) add(o *pii.Counts) {
	o.Each(func(t pii.Type, n int64) { c[t.String()] += int(n) })
}

const (
	// refreshEvery is how old the knowledge of releases and known values may
	// be when text is cleared.
	refreshEvery = 500 * time.Millisecond
	// staleAfter is the age at which a call waits for a refresh that another
	// one is making.
	staleAfter = time.Second
	// maxStuck is how many scans may outlive their time-out. They cannot be
	// stopped; with so many, further scans are refused at once.
	maxStuck = 16
	// maxRounds is how often output is redacted again until nothing is found
	// in it: what stood beside a redacted value can look like one afterwards.
	maxRounds = 4
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
	r.OnFinding = fn
	return r
}

// clearer redacts. It is safe for concurrent use.
type clearer struct {
	store  store.Store
	keys   *secrets.Keys
	config *config.Config
	now    func() time.Time
	log    *slog.Logger
	vault  *vault
	preset pii.Preset
	allow  []pii.Type // Released by the configuration.
	limits *limiter

	// newEngine makes the engine; tests put a failing one in its place.
	newEngine func(pii.Options) (engine, error)

	stuck atomic.Int32 // Scans that outlived their time-out and still run.

	refreshing sync.Mutex // Held by whoever reloads.
	state      atomic.Pointer[clearState]
}

// clearState is what the clearer knows of the store at a moment.
type clearState struct {
	engine     engine
	generation int64
	checked    time.Time
}

func newClearer(ctx context.Context, o Options) (*clearer, error) {
	if o.Store == nil || o.Keys == nil || o.Config == nil {
		return nil, errors.New("the gate needs a store, keys and a configuration")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &clearer{
		store:  o.Store,
		keys:   o.Keys,
		config: o.Config,
		now:    o.Now,
		log:    o.Logger,
		vault:  newVault(o.Store, o.Keys.FingerprintKey()),
		limits: newLimiter(o.Config.Limits, o.Now),
		newEngine: func(po pii.Options) (engine, error) {
			s, err := pii.NewScanner(po)
			return scanner{s}, err
		},
	}
	if name := o.Config.PII.Preset; name != "" && name != "default" {
		p, ok := pii.ParsePreset(name)
		if !ok {
			return nil, fmt.Errorf("pii.preset %q: use balanced, strict or secrets-only", name)
		}
		c.preset = p
	}
	for _, name := range o.Config.PII.AllowTypes {
		t, ok := pii.ParseType(name)
		if !ok {
			return nil, fmt.Errorf("pii.allow_types: there is no type %q", name)
		}
		if t.Class() == pii.ClassSecret {
			return nil, fmt.Errorf("pii.allow_types: %s is a type of secret and cannot be let through", t)
		}
		c.allow = append(c.allow, t)
	}
	return c, c.Refresh(ctx)
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
	st := c.state.Load()
	if st != nil {
		age := c.now().Sub(st.checked)
		if age >= 0 && age < refreshEvery {
			return st.engine, nil
		}
		if !c.refreshing.TryLock() {
			if age >= 0 && age < staleAfter {
				return st.engine, nil
			}
			c.refreshing.Lock()
		}
	} else {
		c.refreshing.Lock()
	}
	defer c.refreshing.Unlock()
	if now := c.state.Load(); now != st {
		return now.engine, nil // Another call has done it while this one waited.
	}
	if err := c.reload(ctx); err != nil {
		return nil, err
	}
	return c.state.Load().engine, nil
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
		next.engine = st.engine
	} else if next.engine, err = c.loadEngine(ctx); err != nil {
		return err
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
	o := pii.Options{Preset: c.preset, AllowTypes: append([]pii.Type(nil), c.allow...), Known: c.vault.known}
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
	go func() {
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
	}()
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

// Clear redacts text of an agent and binds it to the destination d.
func (c *clearer) Clear(ctx context.Context, d Destination, text string) (Cleared, error) {
	if d == "" {
		return Cleared{}, errors.New("clear text: no destination named")
	}
	out, counts, err := c.RedactText(ctx, pii.ModeAgent, text)
	if err != nil {
		return Cleared{}, err
	}
	return newCleared(d, out, counts), nil
}

// RedactText replaces every detected value in text by its token. m says what
// tokens in text are.
func (c *clearer) RedactText(ctx context.Context, m pii.Mode, text string) (string, Counts, error) {
	e, err := c.current(ctx)
	if err != nil {
		return "", nil, err
	}
	return redacted[string](guarded(ctx, c, func(ctx context.Context) (job, error) {
		j := c.newJob(ctx, e)
		var err error
		j.out, err = j.text(m, []byte(text))
		return *j, err
	}))
}

// RedactJSON replaces every detected value in the strings and numbers of a
// JSON document by its token; a number that must go becomes a string.
func (c *clearer) RedactJSON(ctx context.Context, m pii.Mode, doc []byte) ([]byte, Counts, error) {
	e, err := c.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	return redacted[[]byte](guarded(ctx, c, func(ctx context.Context) (job, error) {
		j := c.newJob(ctx, e)
		var err error
		j.out, err = j.json(m, doc)
		return *j, err
	}))
}

// redacted unpacks the result of a job.
func redacted[T string | []byte](j job, err error) (T, Counts, error) {
	if err != nil {
		var none T
		return none, nil, err
	}
	return T(j.out), j.counts, nil
}

// Check scans text that was redacted before and reports whether nothing is
// found in it, with what is found by type.
func (c *clearer) Check(ctx context.Context, text []byte) (clean bool, counts Counts, err error) {
	e, err := c.current(ctx)
	if err != nil {
		return false, nil, err
	}
	counts, err = guarded(ctx, c, func(context.Context) (Counts, error) {
		found := Counts{}
		for _, f := range e.ScanMode(nil, text, pii.ModeCleared) {
			if f.Level == pii.LevelRedact {
				found[f.Type.String()]++
			}
		}
		return found, nil
	})
	if err != nil {
		return false, nil, err
	}
	return len(counts) == 0, counts, nil
}

// QuotePattern returns an RE2 pattern in which tokens are literals: see
// [pii.QuoteTokens].
func (c *clearer) QuotePattern(pattern string) string { return pii.QuoteTokens(pattern) }

// job is one redaction under guard.
type job struct {
	ctx    context.Context //nolint:containedctx // A job lives as long as one call.
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

// settle applies redact to b, and to its output as text that was redacted
// before, until nothing is found. Text in which nothing was found and nothing
// was changed is not scanned twice.
func (j *job) settle(m pii.Mode, b []byte, redact func(pii.Mode, []byte) ([]byte, pii.Counts, error)) ([]byte, error) {
	for range maxRounds {
		out, found, err := redact(m, b)
		if err == nil && !j.pass.complete() {
			if err = j.pass.fill(j.ctx); err == nil {
				out, found, err = redact(m, b)
			}
		}
		if err != nil {
			return nil, err
		}
		if !j.pass.complete() {
			return nil, fmt.Errorf("%w: two scans of one text differ", ErrScan)
		}
		j.counts.add(&found)
		if found.Total() == 0 && bytes.Equal(out, b) {
			return out, nil
		}
		m, b = pii.ModeCleared, out
	}
	return nil, fmt.Errorf("%w: values are still found in its output", ErrScan)
}
