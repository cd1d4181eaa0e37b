package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

const (
	// maxBatch is how many drafts are committed together at most, and
	// maxQueued how many may wait for that.
	maxBatch  = 256
	maxQueued = 4096
	// maxUnsigned is how many entries may be without a signed head while
	// others are written: some groups, when another process holds the file.
	maxUnsigned = 4 * maxBatch
	// appendTimeout bounds one commit of the record. It is longer than a
	// database waits for the lock of another process.
	appendTimeout = 30 * time.Second
)

// pending is a draft that waits to be written.
type pending struct {
	draft   audit.Draft
	before  []*pending // Written with it, before it, or not at all.
	barrier bool       // Nothing to write: done when all before it is, the head too.
	mark    bool       // A barrier that also hands the head to the anchors.
	taken   bool       // The batcher has it, and it can no longer be withdrawn.
	then    func()     // Called before done is closed; may be nil.
	entry   audit.Entry
	head    audit.Checkpoint // Of a barrier: the newest signed head.
	err     error
	done    chan struct{}
}

// finish tells whoever waits that entry or err is there.
func (p *pending) finish() {
	if p.then != nil {
		p.then()
	}
	close(p.done)
}

// batcher writes drafts to the record in groups: what arrives while a group
// is being committed forms the next one. It waits for no timer, so a lone
// draft is written at once. After each group it has the new head signed.
type batcher struct {
	record store.Record
	heads  *heads
	now    func() time.Time
	failed func(err error) // Told of what no caller is told of.

	mu     sync.Mutex
	queue  []*pending
	closed bool
	wake   chan struct{}
	ended  chan struct{}

	// Of the goroutine alone.
	known  extent // The last one of which it is known that it extends all before. It is never changed, only replaced.
	last   time.Time
	behind bool        // known could not be brought up to date.
	beat   *time.Timer // Due after a day without entries.
}

// extent is a record as far as it is known.
type extent struct {
	tree   audit.Tree
	newest audit.Hash // hash of the newest entry
}

func (x extent) size() int64 { return x.tree.Size() }

// follows adds e and reports whether it is the entry after x. That its content
// has its hash is not looked at.
func (x *extent) follows(e audit.Entry) bool {
	if e.Seq != x.size()+1 || e.PrevHash != x.newest {
		return false
	}
	x.tree.Add(e.EntryHash)
	x.newest = e.EntryHash
	return true
}

func (x extent) clone() extent { return extent{x.tree.Clone(), x.newest} }

// submit writes a draft and returns when it is durable, see wait.
func (b *batcher) submit(ctx context.Context, p *pending) error {
	if err := b.enqueue(ctx, p); err != nil {
		return err
	}
	_, err := b.wait(ctx, p)
	return err
}

// enqueue hands a draft over to be written. An error means that it was not.
func (b *batcher) enqueue(ctx context.Context, p *pending) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.done = make(chan struct{})
	b.mu.Lock()
	switch {
	case b.closed:
		b.mu.Unlock()
		return fmt.Errorf("%w: it is closed", ErrRecord)
	case len(b.queue) >= maxQueued:
		b.mu.Unlock()
		return fmt.Errorf("%w: %d entries wait already", ErrRecord, maxQueued)
	}
	b.queue = append(b.queue, p)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// wait returns the entry of a draft when it is durable. A context that ends
// before the draft was taken withdraws it; after that, wait waits for the
// result, since the entry may exist.
func (b *batcher) wait(ctx context.Context, p *pending) (audit.Entry, error) {
	select {
	case <-p.done:
		return p.entry, p.err
	case <-ctx.Done():
	}
	if b.withdraw(p) {
		p.err = ctx.Err()
		p.finish()
		return audit.Entry{}, p.err
	}
	<-p.done
	return p.entry, p.err
}

// withdraw takes a draft out of the queue, if it is still there.
func (b *batcher) withdraw(p *pending) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.taken {
		return false
	}
	for i, q := range b.queue {
		if q == p {
			b.queue = append(b.queue[:i], b.queue[i+1:]...)
			break
		}
	}
	return true
}

// take returns the next group, nil when there is none, and whether the end
// has come.
func (b *batcher) take() ([]*pending, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), maxBatch)
	batch := append([]*pending(nil), b.queue[:n]...)
	for _, p := range batch {
		p.taken = true
	}
	b.queue = append(b.queue[:0], b.queue[n:]...)
	clear(b.queue[len(b.queue):cap(b.queue)])
	return batch, b.closed
}

// run is the goroutine. It ends after stop, when nothing is left.
func (b *batcher) run() {
	defer close(b.ended)
	defer b.heads.stop()
	b.beat = time.NewTimer(audit.Heartbeat)
	defer b.beat.Stop()
	for {
		batch, closed := b.take()
		switch {
		case len(batch) > 0:
			b.commit(batch)
		case closed:
			return
		default:
			select {
			case <-b.wake:
			case <-b.beat.C:
				b.heartbeat()
			}
		}
	}
}

// heartbeat records that this process is there, so that a silence is told from
// a record that somebody keeps from being written.
func (b *batcher) heartbeat() {
	in := Intent{Action: audit.ActionCheckpoint, EntityType: "record", EntityID: b.heads.file.origin, Details: map[string]any{"reason": "heartbeat"}}
	d, err := draft(context.Background(), nil, system, in, audit.PhaseEvent, nil)
	if err != nil {
		b.failed(err)
		return
	}
	p := &pending{draft: d, done: make(chan struct{})}
	b.commit([]*pending{p, {barrier: true, mark: true, done: make(chan struct{})}})
	if p.err != nil {
		b.failed(p.err)
	}
}

// stop lets run end. What is queued is still written.
func (b *batcher) stop() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *batcher) commit(batch []*pending) {
	ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
	defer cancel()
	entries := b.append(ctx, batch)
	var barriers []*pending
	for _, p := range batch {
		if p.barrier {
			barriers = append(barriers, p)
		} else {
			p.finish()
		}
	}
	runtime.Gosched() // They go on at once, and not when this goroutine waits for the next group.
	if len(entries) == 0 && len(barriers) == 0 {
		return
	}
	// The callers have what they waited for; the head follows the record.
	b.beat.Reset(audit.Heartbeat)
	err := b.advance(ctx, entries)
	if err == nil {
		b.heads.push(b.known, barriers)
		return
	}
	b.failed(err)
	for _, p := range barriers {
		p.err = err
		close(p.done)
	}
}

// append writes a group and gives each draft its entry or its error. It
// refuses while the head cannot follow, and waits for one that is late, so
// that few entries are ever without a signed head.
func (b *batcher) append(ctx context.Context, batch []*pending) []audit.Entry {
	var err error
	if b.behind {
		err = b.advance(ctx, nil)
	}
	if late, failed := b.heads.lag(b.known); err == nil && (failed || late > maxUnsigned) {
		err = b.heads.settle(b.known)
	}
	now := b.now()
	if now.Before(b.last) && b.last.Sub(now) < time.Second {
		now = b.last // Entries of one process never run backwards by a hair.
	}
	b.last = now
	units := make([][]*pending, 0, len(batch))
	for _, p := range batch {
		if !p.barrier {
			units = append(units, append(slices.Clip(p.before), p))
		}
	}
	drafts := slices.Concat(units...)
	if len(drafts) == 0 {
		return nil
	}
	for _, p := range drafts {
		p.draft.Timestamp = now
	}
	if err != nil {
		fail(drafts, err)
		return nil
	}
	entries, err := b.put(ctx, drafts)
	if err == nil || len(units) == 1 || !errors.Is(err, store.ErrConflict) {
		return entries
	}
	// One of them ends a call that has its end: the others are not to blame.
	entries = nil
	for _, unit := range units {
		e, _ := b.put(ctx, unit) // The drafts keep the error.
		entries = append(entries, e...)
	}
	return entries
}

// put writes drafts in one transaction.
func (b *batcher) put(ctx context.Context, drafts []*pending) ([]audit.Entry, error) {
	list := make([]audit.Draft, len(drafts))
	for i, p := range drafts {
		list[i] = p.draft
	}
	entries, err := b.record.Append(ctx, list)
	if err == nil && len(entries) != len(drafts) {
		err = fmt.Errorf("%d of %d entries were written", len(entries), len(drafts))
	}
	if err != nil {
		fail(drafts, err)
		return nil, err
	}
	for i, p := range drafts {
		p.entry, p.err = entries[i], nil
	}
	return entries, nil
}

func fail(drafts []*pending, err error) {
	for _, p := range drafts {
		p.err = fmt.Errorf("%w: %w", ErrRecord, err)
	}
}

// follow is advance, and waits for the head.
func (b *batcher) follow(ctx context.Context, entries []audit.Entry) error {
	err := b.advance(ctx, entries)
	if err == nil {
		err = b.heads.sign(ctx, b.known)
	}
	return err
}

// advance takes the entries just written, and those of other processes before
// them, and checks that they extend what is known. So nothing is ever signed
// that replaces what was signed before.
func (b *batcher) advance(ctx context.Context, entries []audit.Entry) error {
	x, ok := b.known.clone(), len(entries) > 0
	for _, e := range entries {
		ok = ok && x.follows(e)
	}
	var err error
	if !ok {
		x, err = extend(ctx, b.record, b.known)
	}
	if b.behind = err != nil; !b.behind {
		b.known = x
	}
	return err
}

// extend returns the record as it is after checking that it is an extension
// of from: the same entry at its size, and every later one linked.
func extend(ctx context.Context, record store.Record, from extent) (extent, error) {
	to, met := from.clone(), from.size() == 0
	err := record.Entries(ctx, max(from.size(), 1), 0, func(e audit.Entry) error {
		switch {
		case !met && e.Seq == from.size():
			if met = true; e.EntryHash != from.newest {
				return fmt.Errorf("%w: rewritten: entry %d has another hash than the one that was signed", ErrTampered, e.Seq)
			}
		case !met || audit.HashOf(e) != e.EntryHash || !to.follows(e):
			return fmt.Errorf("%w: entry %d does not follow entry %d", ErrTampered, e.Seq, to.size())
		}
		return nil
	})
	if err == nil && !met {
		err = fmt.Errorf("%w: truncated: it ends before entry %d, which the signed head covers", ErrTampered, from.size())
	}
	if err != nil {
		return extent{}, err
	}
	return to, nil
}
