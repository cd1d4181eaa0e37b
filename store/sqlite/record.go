package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

const (
	entryBatch   = 256
	maxGroup     = 512 // drafts of one transaction, unless one call brings more
	defaultPage  = 50
	maxPage      = 500
	entryColumns = "seq, timestamp, action, entity_type, entity_id, user_id, details, prev_hash, entry_hash"
)

// appendRequest is one call of Append, waiting for its transaction.
type appendRequest struct {
	drafts  []audit.Draft
	entries []audit.Entry
	err     error
	done    chan struct{}
}

// appendQueue gathers calls of Append. A flush of the disk costs as much for
// one entry as for many, so whoever comes to write takes all who wait along.
type appendQueue struct {
	mu       sync.Mutex
	requests []*appendRequest
}

func (q *appendQueue) push(r *appendRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.requests = append(q.requests, r)
}

// take removes the oldest requests, at least one and up to maxGroup drafts.
func (q *appendQueue) take() []*appendRequest {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, drafts := 0, 0
	for n < len(q.requests) && (n == 0 || drafts+len(q.requests[n].drafts) <= maxGroup) {
		drafts += len(q.requests[n].drafts)
		n++
	}
	group := q.requests[:n:n]
	q.requests = append([]*appendRequest(nil), q.requests[n:]...)
	return group
}

// withdraw removes r and reports whether it was still waiting.
func (q *appendQueue) withdraw(r *appendRequest) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, other := range q.requests {
		if other == r {
			q.requests = append(q.requests[:i], q.requests[i+1:]...)
			return true
		}
	}
	return false
}

// Append implements [store.Record]. Calls that wait at the same time share a
// transaction; each is still whole or absent. Naming an intent that is not
// open is [store.ErrConflict].
//
// Once the transaction of a call has begun, the call sees it through even when
// ctx ends: what it returns is what happened.
func (db *DB) Append(ctx context.Context, drafts []audit.Draft) ([]audit.Entry, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	release, err := db.use()
	if err != nil {
		return nil, err
	}
	defer release()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	r := &appendRequest{drafts: drafts, done: make(chan struct{})}
	db.queue.push(r)
	for {
		select {
		case <-r.done:
			return r.result()
		case <-ctx.Done():
			if db.queue.withdraw(r) {
				return nil, context.Cause(ctx)
			}
			<-r.done
			return r.result()
		case db.writing <- struct{}{}:
			db.appendGroup()
		}
	}
}

func (r *appendRequest) result() ([]audit.Entry, error) {
	if r.err != nil {
		return nil, fmt.Errorf("append to the record: %w", r.err)
	}
	return r.entries, nil
}

// appendGroup writes the next group and lets go of db.writing.
func (db *DB) appendGroup() {
	defer func() { <-db.writing }()
	group := db.queue.take()
	if len(group) == 0 {
		return
	}
	// Should the engine panic, nobody is left waiting.
	err := errors.New("the transaction was given up")
	defer func() {
		for _, r := range group {
			if r.err == nil && err != nil {
				r.entries, r.err = nil, err
			}
			close(r.done)
		}
	}()
	// Of several callers none may undo the work of the others by giving up.
	ctx := context.Background()
	err = db.fault(ctx, db.transact(ctx, func(c *conn) error {
		seq, head, err := recordHead(c)
		if err != nil {
			return err
		}
		from := seq
		for _, r := range group {
			// A refusal concerns this call only: nothing of it is written yet.
			if r.err = checkIntents(c, r.drafts); r.err != nil {
				if !errors.Is(r.err, store.ErrConflict) {
					return r.err
				}
				continue
			}
			r.entries = make([]audit.Entry, len(r.drafts))
			for i, d := range r.drafts {
				if d.Within != nil {
					if i == 0 {
						return errors.New("a draft that is within another stands first")
					}
					d.Details = d.Within(seq)
				}
				e := audit.Link(head, seq+1, d)
				if err := db.insertEntry(c, e, d); err != nil {
					return err
				}
				r.entries[i], seq, head = e, e.Seq, e.EntryHash
			}
		}
		if from/audit.BlockSize != seq/audit.BlockSize && !db.chainOnly {
			return growTree(c, seq)
		}
		return nil
	}))
}

func recordHead(c *conn) (seq int64, head audit.Hash, err error) {
	_, err = c.queryRow("SELECT seq, entry_hash FROM audit_log ORDER BY seq DESC LIMIT 1", nil, func(r row) error {
		seq = r.int64(0)
		copy(head[:], r.raw(1))
		return nil
	})
	return seq, head, err
}

// checkIntents makes sure that every intent that drafts close is open, and is
// closed once.
func checkIntents(c *conn, drafts []audit.Draft) error {
	var closing map[int64]bool
	for _, d := range drafts {
		if d.Intent == 0 {
			continue
		}
		open, err := c.queryRow("SELECT 1 FROM open_intents WHERE seq = ?", []any{d.Intent}, func(row) error { return nil })
		if err != nil {
			return err
		}
		if !open || closing[d.Intent] {
			return fmt.Errorf("entry %d is not an open intent: %w", d.Intent, store.ErrConflict)
		}
		if closing == nil {
			closing = make(map[int64]bool)
		}
		closing[d.Intent] = true
	}
	return nil
}

func (db *DB) insertEntry(c *conn, e audit.Entry, d audit.Draft) error {
	if _, err := c.exec("INSERT INTO audit_log (owner, "+entryColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.UserID, e.Seq, e.Timestamp, string(e.Action), e.EntityType, e.EntityID, e.UserID, rawText(e.Details), e.PrevHash[:], e.EntryHash[:]); err != nil {
		return err
	}
	if d.Intent != 0 {
		if _, err := c.exec("DELETE FROM open_intents WHERE seq = ?", d.Intent); err != nil {
			return err
		}
	}
	if d.Phase == audit.PhaseIntent {
		if _, err := c.exec("INSERT INTO open_intents (seq, owner, instance) VALUES (?, ?, ?)", e.Seq, e.UserID, db.instance.id); err != nil {
			return err
		}
	}
	return nil
}

func scanEntry(r row) audit.Entry {
	e := audit.Entry{
		Seq: r.int64(0), Timestamp: r.time(1), Action: audit.Action(r.text(2)),
		EntityType: r.text(3), EntityID: r.text(4), UserID: r.text(5), Details: []byte(r.text(6)),
	}
	copy(e.PrevHash[:], r.raw(7))
	copy(e.EntryHash[:], r.raw(8))
	return e
}

// Entries implements [store.Record]. No connection is held while fn runs. From
// the first entry on means from whatever is there: a row that somebody put in
// front of it must not stay unseen.
func (db *DB) Entries(ctx context.Context, from, to int64, fn func(audit.Entry) error) error {
	batch := make([]audit.Entry, 0, entryBatch)
	if from <= 1 {
		from = math.MinInt64
	}
	for to == 0 || from <= to {
		batch = batch[:0]
		limit := int64(entryBatch)
		if to != 0 && from > 0 {
			limit = min(limit, to-from+1)
		}
		err := db.read(ctx, func(c *conn) error {
			return c.query("SELECT "+entryColumns+" FROM audit_log WHERE seq >= ? ORDER BY seq LIMIT ?", []any{from, limit}, func(r row) error {
				// A row beyond the range would be one that a gap lets in.
				if e := scanEntry(r); to == 0 || e.Seq <= to {
					batch = append(batch, e)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		for _, e := range batch {
			if err := fn(e); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
			from = e.Seq + 1
		}
		if len(batch) < entryBatch {
			return nil
		}
	}
	return nil
}

// ListEntries implements [store.Record]. Since is inclusive, Until is not.
func (db *DB) ListEntries(ctx context.Context, f store.EntryFilter) ([]audit.Entry, error) {
	where, args := []string{"TRUE"}, []any(nil)
	add := func(cond string, arg any) {
		where, args = append(where, cond), append(args, arg)
	}
	if f.Action != "" {
		add("action = ?", string(f.Action))
	}
	if f.EntityType != "" {
		add("entity_type = ?", f.EntityType)
	}
	if f.EntityID != "" {
		add("entity_id = ?", f.EntityID)
	}
	if f.UserID != "" {
		add("user_id = ?", f.UserID)
	}
	if f.Outcome != "" {
		add("CASE WHEN json_valid(details) THEN json_extract(details, '$.status') END = ?", f.Outcome)
	}
	if !f.Since.IsZero() {
		add("timestamp >= ?", f.Since)
	}
	if !f.Until.IsZero() {
		add("timestamp < ?", f.Until)
	}
	if f.Before > 0 {
		add("seq < ?", f.Before)
	}
	limit := min(f.Limit, maxPage)
	if limit <= 0 {
		limit = defaultPage
	}
	args = append(args, limit)
	var list []audit.Entry
	err := db.readLong(ctx, func(c *conn) error {
		return c.query("SELECT "+entryColumns+" FROM audit_log WHERE "+strings.Join(where, " AND ")+" ORDER BY seq DESC LIMIT ?", args, func(r row) error {
			list = append(list, scanEntry(r))
			return nil
		})
	})
	return list, err
}

// RecordHead implements [store.Record].
func (db *DB) RecordHead(ctx context.Context) (seq int64, head audit.Hash, err error) {
	err = db.read(ctx, func(c *conn) (err error) {
		seq, head, err = recordHead(c)
		return err
	})
	return seq, head, err
}

// OpenIntents implements [store.Record]. Intents of this instance and of any
// other that is alive are theirs to finish, and are not listed.
func (db *DB) OpenIntents(ctx context.Context) ([]audit.Entry, error) {
	var list []audit.Entry
	err := db.read(ctx, func(c *conn) error {
		alive := make(map[string]bool)
		return c.query("SELECT "+entryColumns+", instance FROM open_intents JOIN audit_log USING (seq) WHERE instance <> ? ORDER BY seq", []any{db.instance.id}, func(r row) error {
			id := r.text(9)
			if _, asked := alive[id]; !asked {
				alive[id] = db.instance.alive(id)
			}
			if !alive[id] {
				list = append(list, scanEntry(r))
			}
			return nil
		})
	})
	return list, err
}
