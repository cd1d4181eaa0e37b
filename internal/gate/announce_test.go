package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

func (s *tap) commits() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.groups...)
}

// A call to another server is on the record as what came in and as what goes
// out before Begin of the latter returns, and its answer as both before End
// returns: two transactions, where each entry by itself took four.
func TestAnAnnouncedCallIsDurableWithWhatItRecords(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	before := len(db.commits())
	call, err := r.announce(ctx, nil, Intent{Action: audit.ActionToolCall, EntityID: "mcp_echo_echo"})
	if err != nil {
		t.Fatal(err)
	}
	if got := actions(allEntries(t, db)); got != "start" {
		t.Fatalf("entries before anything happens: %s", got)
	}
	ctx = call.Context(ctx)
	inner, err := r.begin(ctx, nil, Intent{Action: audit.ActionMCPToolCall, EntityID: "mcp_echo_echo", Details: map[string]any{"a": 1, "z": 2}})
	if err != nil {
		t.Fatal(err)
	}
	entries := allEntries(t, db)
	if got := actions(entries); got != "start tool_call mcp_tool_call" {
		t.Fatalf("entries before anything leaves: %s", got)
	}
	if call.Seq() != 2 || inner.Seq() != 3 || details(t, entries[2])["call"] != 2.0 {
		t.Errorf("call %d, within it %d: %s", call.Seq(), inner.Seq(), entries[2].Details)
	}
	if want := `{"a":1,"call":2,"channel":"stdio","client":"host 1.0","phase":"intent","z":2}`; string(entries[2].Details) != want {
		t.Errorf("details %s, want %s", entries[2].Details, want)
	}
	if err := inner.EndWithin(ctx, Outcome{Status: "error"}); err != nil {
		t.Fatal(err)
	}
	if err := call.End(ctx, Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	entries = allEntries(t, db)
	if got := actions(entries); got != "start tool_call mcp_tool_call mcp_tool_call tool_call" {
		t.Fatalf("entries: %s", got)
	}
	for i, want := range map[int][2]any{3: {3.0, "error"}, 4: {2.0, "ok"}} {
		if d := details(t, entries[i]); d["intent"] != want[0] || d["status"] != want[1] || d["phase"] != "outcome" {
			t.Errorf("entry %d: %v", i+1, d)
		}
	}
	if groups := db.commits()[before:]; fmt.Sprint(groups) != "[2 2]" {
		t.Errorf("transactions of %v entries", groups)
	}
	if open, err := db.OpenIntents(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("open: %v %v", open, err)
	}
	if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// What is put off is written before whatever is recorded next, and never lost:
// not without anything within the call, and not where something else is
// recorded after it.
func TestWhatWasPutOffPrecedesWhatFollows(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	alone, err := r.announce(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := alone.End(alone.Context(ctx), Outcome{Status: "error"}); err != nil {
		t.Fatal(err)
	}
	call, err := r.announce(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	within := call.Context(ctx)
	if err := r.note(within, nil, Intent{Action: audit.ActionReveal}); err != nil {
		t.Fatal(err)
	}
	inner, err := r.begin(within, nil, Intent{Action: audit.ActionMCPToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.EndWithin(within, Outcome{Status: "input_required"}); err != nil {
		t.Fatal(err)
	}
	if err := r.note(within, nil, Intent{Action: audit.ActionElicit}); err != nil {
		t.Fatal(err)
	}
	if err := call.End(within, Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	late, err := r.begin(within, nil, Intent{Action: audit.ActionMCPToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := late.EndWithin(within, Outcome{Status: "ok"}); err != nil { // The call has ended.
		t.Fatal(err)
	}
	if got := actions(allEntries(t, db)); got != "start tool_call tool_call tool_call reveal mcp_tool_call mcp_tool_call elicit tool_call mcp_tool_call mcp_tool_call" {
		t.Errorf("entries: %s", got)
	}
	if open, err := db.OpenIntents(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("open: %v %v", open, err)
	}
}

func TestOfAnAnnouncedCallNothingHappensWithoutARecord(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	call, err := r.announce(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	within := call.Context(ctx)
	db.set(store.ErrFull)
	if _, err := r.begin(within, nil, Intent{Action: audit.ActionMCPToolCall}); !errors.Is(err, ErrRecord) {
		t.Errorf("begin: %v", err)
	}
	if err := call.End(within, Outcome{Status: "error"}); !errors.Is(err, ErrRecord) || errors.Is(err, ErrOutcome) {
		t.Errorf("end of what did not happen: %v", err)
	}

	db.set(nil)
	if call, err = r.announce(ctx, nil, Intent{Action: audit.ActionToolCall}); err != nil {
		t.Fatal(err)
	}
	within = call.Context(ctx)
	cancelled, cancel := context.WithCancel(within)
	cancel()
	if _, err := r.begin(cancelled, nil, Intent{Action: audit.ActionMCPToolCall}); !errors.Is(err, context.Canceled) {
		t.Errorf("begin: %v", err)
	}
	inner, err := r.begin(within, nil, Intent{Action: audit.ActionMCPToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.EndWithin(within, Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	db.set(store.ErrFull)
	// What it did is not known to anybody, so its answer is withheld.
	if err := call.End(within, Outcome{Status: "ok"}); !errors.Is(err, ErrOutcome) {
		t.Errorf("end: %v", err)
	}
	db.set(nil)
	if got := actions(allEntries(t, db)); got != "start tool_call mcp_tool_call" {
		t.Errorf("entries: %s", got)
	}
}

// However many things a call does at once, each names its intent, which stands
// before it.
func TestWhateverIsWithinAnAnnouncedCallNamesIt(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	var wg sync.WaitGroup
	for range 8 {
		call, err := r.announce(ana(context.Background()), nil, Intent{Action: audit.ActionToolCall})
		if err != nil {
			t.Fatal(err)
		}
		ctx := call.Context(ana(context.Background()))
		wg.Go(func() {
			var in sync.WaitGroup
			for range 8 {
				in.Go(func() {
					inner, err := r.begin(ctx, nil, Intent{Action: audit.ActionMCPToolCall, EntityID: fmt.Sprintf("%p", call)})
					if err == nil {
						err = inner.EndWithin(ctx, Outcome{Status: "ok"})
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			in.Wait()
			if err := call.End(ctx, Outcome{Status: "ok", Details: map[string]any{"is": fmt.Sprintf("%p", call)}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	calls, named := map[string]float64{}, map[string]map[float64]int{}
	intents, outcomes := 0, 0
	for _, e := range allEntries(t, db) {
		var d struct {
			Phase  string
			Is     string
			Call   float64
			Intent float64
		}
		if err := json.Unmarshal(e.Details, &d); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Action == audit.ActionToolCall && d.Phase == "outcome":
			calls[d.Is] = d.Intent
			outcomes++
		case e.Action == audit.ActionMCPToolCall && d.Phase == "intent":
			if named[e.EntityID] == nil {
				named[e.EntityID] = map[float64]int{}
			}
			named[e.EntityID][d.Call]++
			intents++
			if d.Call >= float64(e.Seq) || d.Call == 0 {
				t.Errorf("entry %d is within %v", e.Seq, d.Call)
			}
		}
	}
	if intents != 64 || outcomes != 8 {
		t.Errorf("%d intents within %d calls", intents, outcomes)
	}
	for is, seqs := range named {
		if len(seqs) != 1 || seqs[calls[is]] != 8 {
			t.Errorf("of the call %v are %v", calls[is], seqs)
		}
	}
}

// A process that ends in between leaves both calls open, and the next start
// closes both.
func TestACrashLeavesNothingOfAnAnnouncedCallOpen(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	call, err := r.announce(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	within := call.Context(ctx)
	inner, err := r.begin(within, nil, Intent{Action: audit.ActionMCPToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.EndWithin(within, Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	orphans := &orphaned{db}
	if _, err := newRecorder(context.Background(), f.options(orphans)); err != nil {
		t.Fatal(err)
	}
	if got := actions(allEntries(t, db)); got != "start tool_call mcp_tool_call interrupted interrupted start" {
		t.Errorf("entries: %s", got)
	}
}

// orphaned takes every open intent for one of a process that is gone.
type orphaned struct{ store.Store }

func (s *orphaned) OpenIntents(ctx context.Context) ([]audit.Entry, error) {
	open := map[int64]audit.Entry{}
	var order []int64
	err := s.Entries(ctx, 1, 0, func(e audit.Entry) error {
		var d struct {
			Phase  audit.Phase
			Intent int64
		}
		if err := json.Unmarshal(e.Details, &d); err != nil {
			return err
		}
		if d.Phase == audit.PhaseIntent {
			open[e.Seq], order = e, append(order, e.Seq)
		}
		delete(open, d.Intent)
		return nil
	})
	var list []audit.Entry
	for _, seq := range order {
		if e, ok := open[seq]; ok {
			list = append(list, e)
		}
	}
	return list, err
}

// What a caller waits for does not wait for the time between two heads, and
// without anybody who waits the newest entry has its head soon.
func TestHeadsThatNobodyWaitsForAreTakenTogether(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	size := func() int64 {
		h, err := newHeadFile(f.headFile(), r.VerifierKey(), r.batch.heads.file.origin).read()
		if err != nil {
			t.Fatal(err)
		}
		return h.Size
	}
	var head audit.Checkpoint
	for range 20 {
		if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
			t.Fatal(err)
		}
		p := &pending{barrier: true}
		if err := r.batch.submit(ctx, p); err != nil {
			t.Fatal(err)
		}
		head = p.head
		if n := int64(len(allEntries(t, db))); head.Size != n || size() != n {
			t.Fatalf("of %d entries the head covers %d", n, head.Size)
		}
	}
	if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return size() == head.Size+1 })
}
