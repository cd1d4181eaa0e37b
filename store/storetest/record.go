package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

func drafts(d ...audit.Draft) []audit.Draft { return d }

func event(entityType, entityID string) audit.Draft {
	return audit.Draft{
		Timestamp: t0, Action: audit.ActionToolCall, EntityType: entityType, EntityID: entityID, UserID: "ada",
		Details: []byte(`{"phase":"event"}`), Phase: audit.PhaseEvent,
	}
}

func intent() audit.Draft {
	d := event("tool", "get_issue")
	d.Phase, d.Details = audit.PhaseIntent, []byte(`{"phase":"intent"}`)
	return d
}

func outcome(seq int64) audit.Draft {
	d := event("tool", "get_issue")
	d.Phase, d.Intent, d.Details = audit.PhaseOutcome, seq, []byte(`{"phase":"outcome"}`)
	return d
}

// verify checks that the record is one chain of n entries.
func verify(t testing.TB, s store.Store, n int64) {
	t.Helper()
	var prev audit.Hash
	var seq int64
	ok(t, s.Entries(ctx, 1, 0, func(e audit.Entry) error {
		seq++
		if e.Seq != seq || e.PrevHash != prev || e.EntryHash != audit.HashOf(e) {
			t.Fatalf("entry %d breaks the chain", seq)
		}
		prev = e.EntryHash
		return nil
	}))
	head, hash, err := s.RecordHead(ctx)
	ok(t, err)
	if seq != n || head != n || hash != prev {
		t.Fatalf("%d entries and head %d, want %d", seq, head, n)
	}
}

var recordTests = tests{
	"EntriesAreLinkedAndReadBackByteForByte": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		verify(t, s, 0)
		odd := event("issue", "x\x00y\xff")
		odd.Details, odd.UserID, odd.Timestamp = []byte("{\"a\":\"é\x00\"} "), "", t0.Add(time.Nanosecond).In(time.FixedZone("X", 3600))
		none := event("", "")
		none.Details = nil
		first := must(s.Append(ctx, drafts(event("issue", id(1)), odd, none)))(t)
		second := must(s.Append(ctx, drafts(event("issue", id(2)))))(t)
		want := append(first, second...)
		verify(t, s, 4)
		var got []audit.Entry
		ok(t, s.Entries(ctx, 0, 0, func(e audit.Entry) error { got = append(got, e); return nil }))
		for i := range want {
			if len(want[i].Details) == 0 {
				want[i].Details, got[i].Details = nil, nil
			}
		}
		same(t, "entries", got, want)
		if entries := must(s.Append(ctx, nil))(t); len(entries) != 0 {
			t.Fatal("entries for nothing")
		}
	},
	"ADraftWithinAnotherNamesTheEntryBeforeIt": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		within := event("mcp_tool", "within")
		within.Within = func(intent int64) []byte { return fmt.Appendf(nil, `{"call":%d}`, intent) }
		for n := range 3 {
			must(b.Append(ctx, drafts(event("tool", "of another process"))))(t)
			got := must(a.Append(ctx, drafts(event("tool", "x"), intent(), within)))(t)
			same(t, "details", string(got[2].Details), fmt.Sprintf(`{"call":%d}`, got[1].Seq))
			same(t, "sequence", got[2].Seq, int64(4*n+4))
		}
		if _, err := a.Append(ctx, drafts(within)); err == nil {
			t.Error("a draft is within nothing")
		}
		verify(t, a, 12)
	},
	"SixteenWritersOnTwoHandlesMakeOneChain": func(t *testing.T, open func(*testing.T) store.Store) {
		stores := []store.Store{open(t), open(t)}
		var wg sync.WaitGroup
		const each = 25
		var mu sync.Mutex
		got := make(map[int64]string)
		for g := range 16 {
			wg.Go(func() {
				for i := range each {
					who := fmt.Sprint(g, "/", i)
					entries, err := stores[g%2].Append(ctx, drafts(event("issue", who), event("issue", who)))
					if err != nil {
						t.Error(err)
						return
					}
					if entries[1].Seq != entries[0].Seq+1 || entries[0].EntityID != who {
						t.Errorf("entries %d and %d of one call", entries[0].Seq, entries[1].Seq)
					}
					mu.Lock()
					got[entries[0].Seq], got[entries[1].Seq] = who, who
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		verify(t, stores[0], 16*each*2)
		ok(t, stores[1].Entries(ctx, 1, 0, func(e audit.Entry) error {
			if got[e.Seq] != e.EntityID {
				t.Errorf("entry %d is of %s, and its writer was told %s", e.Seq, e.EntityID, got[e.Seq])
			}
			return nil
		}))
	},
	"RangesAndStops": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		const n = 600
		batch := make([]audit.Draft, n)
		for i := range batch {
			batch[i] = event("issue", id(i))
		}
		must(s.Append(ctx, batch))(t)
		for _, r := range [][4]int64{{0, 0, 1, n}, {1, n, 1, n}, {256, 257, 256, 257}, {257, 512, 257, 512}, {5, 5, 5, 5}, {n, n + 50, n, n}, {n + 1, 0, 1, 0}, {7, 6, 1, 0}} {
			var got []int64
			ok(t, s.Entries(ctx, r[0], r[1], func(e audit.Entry) error { got = append(got, e.Seq); return nil }))
			if int64(len(got)) != r[3]-r[2]+1 || len(got) > 0 && (got[0] != r[2] || got[len(got)-1] != r[3]) {
				t.Fatalf("range %v gave %d entries", r, len(got))
			}
		}
		calls := 0
		ok(t, s.Entries(ctx, 1, 0, func(audit.Entry) error { calls++; return io.EOF }))
		same(t, "calls before io.EOF", calls, 1)
		failed := errors.New("failed")
		wantErr(t, s.Entries(ctx, 1, 0, func(audit.Entry) error { return failed }), failed)
	},
	"ListingIsNewestFirstAndFiltered": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for i := range 60 {
			d := event("issue", id(i%2))
			d.Timestamp = t0.Add(time.Duration(i) * time.Second)
			if i == 7 {
				d.Action, d.EntityType, d.UserID = audit.ActionReview, "log", "bob"
			}
			switch {
			case i == 9:
				d.Details = []byte("not JSON")
			case i%20 == 0:
				d.Details = []byte(`{"phase":"outcome","status":"error"}`)
			}
			must(s.Append(ctx, drafts(d)))(t)
		}
		for name, c := range map[string]struct {
			f     store.EntryFilter
			n     int
			first int64
		}{
			"default": {store.EntryFilter{}, 50, 60},
			"limit":   {store.EntryFilter{Limit: 5}, 5, 60},
			"before":  {store.EntryFilter{Before: 11}, 10, 10},
			"action":  {store.EntryFilter{Action: audit.ActionReview}, 1, 8},
			"type":    {store.EntryFilter{EntityType: "log"}, 1, 8},
			"id":      {store.EntryFilter{EntityID: id(1)}, 30, 60},
			"user":    {store.EntryFilter{UserID: "bob"}, 1, 8},
			"outcome": {store.EntryFilter{Outcome: "error"}, 3, 41},
			"status":  {store.EntryFilter{Outcome: "%"}, 0, 0},
			"since":   {store.EntryFilter{Since: t0.Add(58 * time.Second)}, 2, 60},
			"until":   {store.EntryFilter{Until: t0.Add(2 * time.Second)}, 2, 2},
			"none":    {store.EntryFilter{UserID: "' OR 1=1 --"}, 0, 0},
		} {
			list := must(s.ListEntries(ctx, c.f))(t)
			if len(list) != c.n || c.n > 0 && list[0].Seq != c.first {
				t.Errorf("%s: %d entries, want %d from %d", name, len(list), c.n, c.first)
			}
			for i := 1; i < len(list); i++ {
				if list[i].Seq >= list[i-1].Seq {
					t.Errorf("%s: entry %d after %d", name, list[i].Seq, list[i-1].Seq)
				}
			}
		}
	},
	"AnIntentHasOneOutcome": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		one := must(a.Append(ctx, drafts(intent())))(t)[0]
		two := must(b.Append(ctx, drafts(intent())))(t)[0]
		for _, s := range []store.Store{a, b} {
			if open := must(s.OpenIntents(ctx))(t); len(open) != 0 {
				t.Fatalf("intents of living handles are listed: %+v", open)
			}
		}
		must(a.Append(ctx, drafts(outcome(one.Seq))))(t)
		for _, seq := range []int64{one.Seq, 3, 99} { // closed, no intent, not there
			_, err := a.Append(ctx, drafts(event("issue", "x"), outcome(seq)))
			wantErr(t, err, store.ErrConflict)
		}
		_, err := b.Append(ctx, drafts(outcome(two.Seq), outcome(two.Seq)))
		wantErr(t, err, store.ErrConflict)
		verify(t, a, 3) // What was refused left nothing.
		must(b.Append(ctx, drafts(outcome(two.Seq))))(t)
		verify(t, a, 4)
	},
	"IntentsOfTheDeadAreListedAndThoseOfTheLivingAreNot": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b, c := open(t), open(t), open(t)
		dead := must(a.Append(ctx, drafts(intent(), intent())))(t)
		must(b.Append(ctx, drafts(intent())))(t)
		must(a.Append(ctx, drafts(outcome(dead[0].Seq))))(t)
		ok(t, a.Close())
		list := must(c.OpenIntents(ctx))(t)
		same(t, "open intents", list, dead[1:])
		interrupted := outcome(dead[1].Seq)
		interrupted.Action = audit.ActionInterrupted
		must(c.Append(ctx, drafts(interrupted)))(t)
		if list := must(c.OpenIntents(ctx))(t); len(list) != 0 {
			t.Fatalf("open intents after they were closed: %+v", list)
		}
	},
	"AnEndedContextAppendsNothing": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := s.Append(ended, drafts(event("issue", "x")))
		wantErr(t, err, context.Canceled)
		verify(t, s, 0)
	},
	"WhatACallReturnsIsWhatHappened": func(t *testing.T, open func(*testing.T) store.Store) {
		// Contexts that end at any moment: an error means that the entry is not
		// there, and no error that it is.
		s := open(t)
		var mu sync.Mutex
		acknowledged := make(map[string]bool)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 40 {
					who := fmt.Sprint(g, "/", i)
					short, cancel := context.WithTimeout(ctx, time.Duration(i*g%7)*50*time.Microsecond)
					_, err := s.Append(short, drafts(event("issue", who)))
					cancel()
					mu.Lock()
					acknowledged[who] = err == nil
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		var n int64
		ok(t, s.Entries(ctx, 1, 0, func(e audit.Entry) error {
			n++
			if !acknowledged[e.EntityID] {
				t.Errorf("%s was refused and is there", e.EntityID)
			}
			delete(acknowledged, e.EntityID)
			return nil
		}))
		for who, acked := range acknowledged {
			if acked {
				t.Errorf("%s was acknowledged and is not there", who)
			}
		}
		verify(t, s, n)
	},
	"TheTreeIsThatOfTheEntriesAtEverySize": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		_, err := a.TreeNodes(ctx, []int64{0})
		wantErr(t, err, store.ErrNotFound)
		var tree audit.Tree
		for i := 0; tree.Size() < 1100; i++ {
			s := []store.Store{a, b}[i%2]
			batch := make([]audit.Draft, 1+i*37%90)
			for j := range batch {
				batch[j] = event("issue", id(i))
			}
			for _, e := range must(s.Append(ctx, batch))(t) {
				tree.Add(e.EntryHash)
			}
			for _, s := range []store.Store{a, b} {
				loaded := must(audit.LoadTree(tree.Size(), func(x []int64) ([]audit.Hash, error) { return s.TreeNodes(ctx, x) }))(t)
				same(t, "root", loaded.Root(), tree.Root())
			}
		}
		// Every entry can be proven under the newest root.
		head := audit.Head{Origin: "test", Size: tree.Size(), Root: tree.Root()}
		ok(t, a.Entries(ctx, 1, 0, func(e audit.Entry) error {
			if e.Seq%7 == 0 || e.Seq%audit.BlockSize < 2 || e.Seq == head.Size {
				must(audit.Prove(e, head, nil, func(x []int64) ([]audit.Hash, error) { return b.TreeNodes(ctx, x) }))(t)
			}
			return nil
		}))
		for _, x := range []int64{-1, 1 << 40} {
			_, err := a.TreeNodes(ctx, []int64{0, x})
			wantErr(t, err, store.ErrNotFound)
		}
		ok(t, a.Check(ctx))
	},
	"OriginIsMadeOnce": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		origin := must(a.Origin(ctx))(t)
		if len(origin) < 16 {
			t.Fatalf("origin is %q", origin)
		}
		same(t, "origin", must(b.Origin(ctx))(t), origin)
	},
}
