package gate

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
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

// List returns the counts, sorted, in a form in which the name of a type does
// not look like a key with a value: `{"Password":1}` would be withheld from the
// record as a password.
func (c Counts) List() []string {
	out := make([]string, 0, len(c))
	for _, name := range slices.Sorted(maps.Keys(c)) {
		out = append(out, strconv.Itoa(c[name])+" "+name)
	}
	return out
}

func (c Counts) add(o *pii.Counts) {
	o.Each(func(t pii.Type, n int64) { c[t.String()] += int(n) })
}

// clearer redacts. It is safe for concurrent use.
type clearer struct {
	store  store.Store
	keys   *secrets.Keys
	config *config.Config
	now    func() time.Time
	log    *slog.Logger
	vault  *vault
	detect pii.Options // Of the configuration.
	limits *limiter

	// newEngine makes the engine; tests put a failing one in its place.
	newEngine func(pii.Options) (engine, error)

	spare spare
	stuck atomic.Int32 // Scans that outlived their time-out and still run.

	refreshing sync.Mutex         // Held by whoever reloads.
	loading    chan struct{}      // Closed when the known values have been loaded, or could not be.
	stop       context.CancelFunc // Ends the loading.
	state      atomic.Pointer[clearState]
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
	if o.Config.Limits.ScanTimeout <= 0 {
		return nil, errors.New("limits.scan_timeout is not set: without it no text can be scanned")
	}
	c := &clearer{
		store:  o.Store,
		keys:   o.Keys,
		config: o.Config,
		now:    o.Now,
		log:    o.Logger,
		vault:  newVault(o.Store, o.Keys.FingerprintKey(), o.Config.Vault.Originals, o.Now),
		spare:  spare{make(chan func())},
		limits: newLimiter(o.Config.Limits, o.Now),
		newEngine: func(po pii.Options) (engine, error) {
			s, err := pii.NewScanner(po)
			return scanner{s}, err
		},
	}
	var err error
	if c.detect, err = DetectOptions(o.Config.PII); err != nil {
		return nil, err
	}
	return c, c.startLoading(ctx)
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
	out, counts, err := c.redact(ctx, m, []byte(text), false)
	return string(out), counts, err
}

// RedactJSON replaces every detected value in the strings and numbers of a
// JSON document by its token; a number that must go becomes a string.
func (c *clearer) RedactJSON(ctx context.Context, m pii.Mode, doc []byte) ([]byte, Counts, error) {
	return c.redact(ctx, m, doc, true)
}

func (c *clearer) redact(ctx context.Context, m pii.Mode, text []byte, json bool) ([]byte, Counts, error) {
	st, err := c.upToDate(ctx)
	if err != nil {
		return nil, nil, err
	}
	known := c.vault.known.Version()
	if st.plain.has(known, m, json, text) {
		return text, Counts{}, nil
	}
	j, err := guarded(ctx, c, func(ctx context.Context) (job, error) {
		j := c.newJob(ctx, st.engine)
		var err error
		if json {
			j.out, err = j.json(m, text)
		} else {
			j.out, err = j.text(m, text)
		}
		return *j, err
	})
	if err != nil {
		return nil, nil, err
	}
	if j.counts.Total() == 0 && bytes.Equal(j.out, text) {
		st.plain.add(known, m, json, text)
	}
	return j.out, j.counts, nil
}

// Check scans text that was redacted before and reports whether nothing is
// found in it, with what is found by type.
func (c *clearer) Check(ctx context.Context, text []byte) (clean bool, counts Counts, err error) {
	st, err := c.upToDate(ctx)
	if err != nil {
		return false, nil, err
	}
	known := c.vault.known.Version()
	if st.plain.has(known, pii.ModeCleared, false, text) {
		return true, Counts{}, nil
	}
	counts, err = guarded(ctx, c, func(context.Context) (Counts, error) {
		found := Counts{}
		for _, f := range st.engine.ScanMode(nil, text, pii.ModeCleared) {
			if f.Level == pii.LevelRedact {
				found[f.Type.String()]++
			}
		}
		return found, nil
	})
	if err != nil {
		return false, nil, err
	}
	if len(counts) == 0 {
		st.plain.add(known, pii.ModeCleared, false, text)
	}
	return len(counts) == 0, counts, nil
}

// QuotePattern returns an RE2 pattern in which tokens are literals: see
// [pii.QuoteTokens].
func (c *clearer) QuotePattern(pattern string) string { return pii.QuoteTokens(pattern) }
