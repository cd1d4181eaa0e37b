package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// trust is what is known of a record from outside the database: its newest
// signed head, and the places that checkpoints were handed to.
type trust struct {
	record store.Record
	vkey   string
	origin string
	head   *headFile
	log    *logPlace
	places []place
}

// logName is the name of the log of checkpoints, beside the head file.
const logName = "checkpoints.log"

func trustOf(o Options, vkey, origin string) *trust {
	t := &trust{record: o.Store, vkey: vkey, origin: origin, head: newHeadFile(o.HeadFile, vkey, origin)}
	t.log = &logPlace{what: placeLog, path: filepath.Join(filepath.Dir(o.HeadFile), logName)}
	t.places = append(t.places, t.log)
	if o.Keyring != nil {
		t.places = append(t.places, &keyringPlace{o.Keyring})
	}
	if o.Config != nil {
		if path := o.Config.Audit.AnchorFile; path != "" {
			t.places = append(t.places, &logPlace{what: placeFile, path: path, outside: true})
		}
		if argv := o.Config.Audit.AnchorCommand; len(argv) > 0 {
			t.places = append(t.places, &commandPlace{argv: argv, dir: filepath.Dir(o.HeadFile), timeout: o.Config.Audit.AnchorTimeout})
		}
	}
	return t
}

// nodes reads the stored tree.
func (t *trust) nodes(ctx context.Context) func([]int64) ([]audit.Hash, error) {
	return func(indexes []int64) ([]audit.Hash, error) { return t.record.TreeNodes(ctx, indexes) }
}

// start returns the record as it is now, after checking that it extends
// every signed head that is known: the one in the head file and the newest
// that each place holds. It reads the newest entries and a few nodes of the
// tree, whatever the size of the record. found is false when the record has
// entries and there is no head file: the first one is lost in a crash before
// it is written, but somebody may also have taken it away. unsigned is the
// number of entries after the newest head, as a crash leaves them.
func (t *trust) start(ctx context.Context, log *slog.Logger) (x extent, found bool, unsigned int64, err error) {
	// Heads first: the record is never behind a head that was read before.
	head, err := t.firstHead(ctx)
	found = err == nil
	if err != nil && !errors.Is(err, errNoHead) {
		return x, false, 0, fmt.Errorf("%w: %s: %w", ErrTampered, t.head.path, err)
	}
	var anchors []audit.Anchor
	if found {
		anchors = append(anchors, audit.Anchor{Head: head, From: filepath.Base(t.head.path), Current: true})
	}
	for _, p := range t.places {
		last, err := p.last(ctx, t)
		switch {
		case err != nil:
			log.Warn("a place of checkpoints cannot be read", "place", p.name(), "error", err)
		case last.Size > 0:
			anchors = append(anchors, audit.Anchor{Head: last.Head, From: p.name()})
		}
	}
	size, _, err := t.record.RecordHead(ctx)
	if err != nil {
		return x, false, 0, fmt.Errorf("newest entry of the record: %w", err)
	}
	best := audit.Head{}
	for _, a := range anchors {
		if err := t.holds(ctx, a, size); err != nil {
			return x, false, 0, fmt.Errorf("check the record against its signed heads: %w", err)
		}
		if a.Size > best.Size && a.Size <= size {
			best = a.Head
		}
	}
	if x, err = t.load(ctx, best); err == nil {
		x, err = extend(ctx, t.record, x)
	}
	if err != nil {
		return x, false, 0, fmt.Errorf("check the record against its signed heads: %w", err)
	}
	return x, found || size == 0, x.size() - best.Size, nil
}

// firstHead reads the head file. Another process that starts for the first
// time at this moment may have written its entry and be about to write the
// head of it.
func (t *trust) firstHead(ctx context.Context) (audit.Head, error) {
	head, err := t.head.read()
	for end := time.Now().Add(firstHeadWait); errors.Is(err, errNoHead) && time.Now().Before(end); head, err = t.head.read() {
		if size, _, sizeErr := t.record.RecordHead(ctx); sizeErr != nil || size == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return audit.Head{}, context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return head, err
}

// holds checks that the record, of the given size, extends an anchor.
func (t *trust) holds(ctx context.Context, a audit.Anchor, size int64) error {
	var err error
	switch {
	case a.Size > size:
		err = fmt.Errorf("%w: truncated: it has %d entries, %s says %d", ErrTampered, size, a.From, a.Size)
	case a.Chain():
		return nil // load compares its entry.
	default:
		var tree audit.Tree
		if tree, err = audit.LoadTree(a.Size, t.nodes(ctx)); err != nil {
			return err
		}
		if tree.Root() == a.Root {
			return nil
		}
		err = fmt.Errorf("%w: rewritten: the first %d entries are not those that %s was signed for", ErrTampered, a.Size, a.From)
	}
	if a.Current {
		return err
	}
	// Unless the database was put back, and a signed entry gives this head up.
	head, headErr := t.head.read()
	if headErr != nil || head.Size > size {
		return err
	}
	for before := head.Size + 1; ; {
		page, listErr := t.record.ListEntries(ctx, store.EntryFilter{Action: audit.ActionGivenUp, Before: before, Limit: givenUpPage})
		if listErr != nil {
			return listErr
		}
		for _, e := range page {
			if audit.GivenUp(e, a.Head) {
				return nil
			}
			before = e.Seq
		}
		if len(page) < givenUpPage {
			return err
		}
	}
}

// givenUpPage is how many entries that name heads are looked at at once.
const givenUpPage = 100

// load returns the record up to a head that holds. That its newest entry is
// what the tree says is proven, not believed.
func (t *trust) load(ctx context.Context, h audit.Head) (x extent, err error) {
	if h.Size == 0 {
		return x, nil
	}
	var last audit.Entry
	if err := t.record.Entries(ctx, h.Size, h.Size, func(e audit.Entry) error { last = e; return nil }); err != nil {
		return x, err
	}
	if x.tree, err = audit.LoadTree(h.Size, t.nodes(ctx)); err != nil {
		return x, err
	}
	switch {
	case last.Seq != h.Size:
		return x, fmt.Errorf("%w: entry %d is not there", ErrTampered, h.Size)
	case h.Chain() && (last.EntryHash != h.Newest || audit.HashOf(last) != last.EntryHash):
		return x, fmt.Errorf("%w: rewritten: entry %d has another hash than the signed head", ErrTampered, h.Size)
	}
	x.newest = last.EntryHash
	h.Root = x.tree.Root()
	h.Newest = audit.Hash{}
	if _, err := audit.Prove(last, h, nil, t.nodes(ctx)); err != nil {
		return x, fmt.Errorf("%w: rewritten: %w", ErrTampered, err)
	}
	return x, nil
}
