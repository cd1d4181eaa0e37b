package gate

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// folder is a data folder of a test, which gates can be opened on.
type folder struct {
	t    *testing.T
	dir  string
	skey string
	keys *secrets.Keys
	conf *config.Config
	now  func() time.Time
	logs bytes.Buffer
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir(), conf: config.Default(), now: time.Now}
	var err error
	if f.skey, _, err = note.GenerateKey(rand.Reader, "tftsr-test"); err != nil {
		t.Fatal(err)
	}
	if f.keys, err = secrets.NewKeys([32]byte{1, 2, 3}, "test"); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) store() *sqlite.DB {
	f.t.Helper()
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(f.dir, "test.db"), Key: [32]byte{7}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = db.Close() }) // Often closed already.
	return db
}

func (f *folder) headFile() string { return filepath.Join(f.dir, "audit.head") }

func (f *folder) options(s store.Store) Options {
	return Options{
		Store: s, Keys: f.keys, Config: f.conf, SignKey: f.skey, HeadFile: f.headFile(), Now: f.now,
		Logger: slog.New(slog.NewTextHandler(&f.logs, nil)),
	}
}

// recorder opens a recorder that the test closes by itself, or never, as a
// process that is killed.
func (f *folder) recorder(s store.Store) *recorder {
	f.t.Helper()
	r, err := newRecorder(context.Background(), f.options(s))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { r.batch.stop(); <-r.batch.ended })
	return r
}

func (f *folder) verify(s store.Store) audit.Report {
	f.t.Helper()
	r, err := VerifyRecord(context.Background(), f.options(s))
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func ana(ctx context.Context) context.Context {
	return WithCaller(ctx, Caller{ID: "ana", Channel: ChannelStdio, Client: "host 1.0"})
}

func allEntries(t *testing.T, s store.Record) []audit.Entry {
	t.Helper()
	var out []audit.Entry
	if err := s.Entries(context.Background(), 1, 0, func(e audit.Entry) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func details(t *testing.T, e audit.Entry) map[string]any {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(e.Details, &d); err != nil {
		t.Fatalf("entry %d: %v", e.Seq, err)
	}
	return d
}

func actions(entries []audit.Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, string(e.Action))
	}
	return strings.Join(out, " ")
}

// tap is a store whose Append can be made to fail or to wait.
type tap struct {
	store.Store
	mu     sync.Mutex
	fail   error
	gate   chan struct{} // Append waits for it when set.
	groups []int
	busy   atomic.Int32
}

func (s *tap) Append(ctx context.Context, d []audit.Draft) ([]audit.Entry, error) {
	s.busy.Add(1)
	defer s.busy.Add(-1)
	s.mu.Lock()
	fail, gate := s.fail, s.gate
	s.groups = append(s.groups, len(d))
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if fail != nil {
		return nil, fail
	}
	return s.Store.Append(ctx, d)
}

func (s *tap) set(fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// hold makes Append wait until release, which the end of the test calls too.
func (s *tap) hold(t *testing.T) (release func()) {
	gate := make(chan struct{})
	s.mu.Lock()
	s.gate = gate
	s.mu.Unlock()
	release = sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
	t.Cleanup(release)
	return release
}

func TestIntentAndOutcomeAreOnTheRecordWhenTheCallsReturn(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue", Details: map[string]any{"b": 1, "a": "x", "phase": "forged"}})
	if err != nil {
		t.Fatal(err)
	}
	entries := allEntries(t, db)
	intent := entries[len(entries)-1]
	if intent.Seq != call.Seq() || intent.Action != audit.ActionToolCall || intent.EntityID != "get_issue" || intent.UserID != "ana" {
		t.Errorf("intent %+v", intent)
	}
	if want := `{"a":"x","b":1,"channel":"stdio","client":"host 1.0","phase":"intent"}`; string(intent.Details) != want {
		t.Errorf("details %s, want %s", intent.Details, want)
	}
	if err := call.End(ctx, Outcome{Status: "ok", Details: map[string]any{"bytes": 3, "intent": 99, "status": "forged"}}); err != nil {
		t.Fatal(err)
	}
	entries = allEntries(t, db)
	d := details(t, entries[len(entries)-1])
	if d["phase"] != "outcome" || d["intent"] != float64(call.Seq()) || d["status"] != "ok" || d["bytes"] != 3.0 || d["channel"] != "stdio" {
		t.Errorf("outcome %v", d)
	}
	if _, ok := d["duration_us"].(float64); !ok {
		t.Errorf("no duration in %v", d)
	}
	if err := r.close(ctx); err != nil {
		t.Fatal(err)
	}
	entries = allEntries(t, db)
	if got := actions(entries); got != "start tool_call tool_call stop" {
		t.Errorf("entries: %s", got)
	}
	if rep := f.verify(db); !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("%+v", rep.Findings)
	}
}

func TestAnOutcomeIsConcludedWhenItIsDurable(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	in := Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue"}
	first, err := r.begin(ctx, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	release := db.hold(t)
	durable := first.Conclude(ctx, Outcome{Status: "ok"})
	got := make(chan error, 1)
	go func() { got <- durable() }()
	select {
	case err := <-got:
		t.Fatalf("it is said to be durable while it is being written: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	release()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	entries := allEntries(t, db)
	if d := details(t, entries[len(entries)-1]); d["phase"] != "outcome" || d["intent"] != float64(first.Seq()) {
		t.Errorf("the last entry is %v", d)
	}
	if err := first.Conclude(ctx, Outcome{Status: "ok"})(); !errors.Is(err, ErrOutcome) {
		t.Errorf("a second outcome: %v", err)
	}

	second, err := r.begin(ctx, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	db.set(store.ErrFull)
	if err := second.Conclude(ctx, Outcome{Status: "ok"})(); !errors.Is(err, ErrOutcome) || !errors.Is(err, store.ErrFull) {
		t.Errorf("an outcome that cannot be written: %v", err)
	}
	db.set(nil)
}

func TestWhatIsWithdrawnHoldsNothingUp(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	in := Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue"}
	outer, err := r.announce(ctx, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	release := db.hold(t)
	busy := make(chan error, 1) // While it is being written, everything else waits in the queue.
	go func() {
		_, err := r.begin(ctx, nil, in)
		busy <- err
	}()
	for db.busy.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	short, cancel := context.WithTimeout(outer.Context(ctx), 20*time.Millisecond)
	defer cancel()
	if _, err := r.begin(short, nil, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("an intent that waited too long: %v", err)
	}
	release()
	if err := <-busy; err != nil {
		t.Fatal(err)
	}
	if err := outer.End(ctx, Outcome{Status: "cancelled"}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range allEntries(t, db) {
		kinds = append(kinds, fmt.Sprint(details(t, e)["phase"]))
	}
	if got := strings.Join(kinds, " "); got != "event intent intent outcome" {
		t.Errorf("entries: %s", got)
	}
}

func TestNothingIsRecordedWithoutACaller(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	if _, err := r.begin(context.Background(), nil, Intent{Action: audit.ActionToolCall}); !errors.Is(err, ErrNoCaller) {
		t.Errorf("begin: %v", err)
	}
	if err := r.note(WithCaller(context.Background(), Caller{Channel: ChannelHTTP}), nil, Intent{}); !errors.Is(err, ErrNoCaller) {
		t.Errorf("note: %v", err)
	}
	if got := actions(allEntries(t, db)); got != "start" {
		t.Errorf("entries: %s", got)
	}
}

func TestOutcomeIsWrittenOnceAndAfterCancellation(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx, cancel := context.WithCancel(ana(context.Background()))
	call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := call.End(ctx, Outcome{Status: "cancelled"}); err != nil {
		t.Errorf("end after cancellation: %v", err)
	}
	if err := call.End(ctx, Outcome{Status: "ok"}); !errors.Is(err, ErrOutcome) {
		t.Errorf("second end: %v", err)
	}
	if got := actions(allEntries(t, db)); got != "start tool_call tool_call" {
		t.Errorf("entries: %s", got)
	}
}

func TestCallsAreCommittedInGroups(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	release := db.hold(t)
	const callers = 64
	var wg sync.WaitGroup
	var failures atomic.Int32
	for i := range callers {
		wg.Go(func() {
			ctx := ana(context.Background())
			call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall, EntityID: fmt.Sprint(i)})
			if err == nil {
				err = call.End(ctx, Outcome{Status: "ok"})
			}
			if err != nil {
				failures.Add(1)
			}
		})
	}
	waitFor(t, func() bool { return db.busy.Load() == 1 && r.queued()+db.last() == callers })
	release()
	wg.Wait()
	if failures.Load() != 0 {
		t.Errorf("%d calls failed", failures.Load())
	}
	db.mu.Lock()
	groups := slices.Clone(db.groups)
	db.mu.Unlock()
	if len(groups) > callers {
		t.Errorf("%d entries in %d transactions: %v", 2*callers, len(groups), groups)
	}
	if slices.Max(groups) < callers/2 {
		t.Errorf("what waited was not written together: %v", groups)
	}
	if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() || len(rep.Findings) != 0 || rep.Entries != 1+2*callers {
		t.Errorf("%+v, %v", rep, err)
	}
}

// last is the size of the newest group.
func (s *tap) last() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.groups[len(s.groups)-1]
}

func (r *recorder) queued() int {
	r.batch.mu.Lock()
	defer r.batch.mu.Unlock()
	return len(r.batch.queue)
}

func waitFor(t *testing.T, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

func TestUnwritableRecordFailsEveryCallOfTheGroup(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	running, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	for _, fail := range []error{store.ErrFull, store.ErrLocked, store.ErrReadOnly, errors.New("disk on fire")} {
		db.set(fail)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall}); !errors.Is(err, ErrRecord) || !errors.Is(err, fail) {
					t.Errorf("begin: %v", err)
				}
				if err := r.note(ctx, nil, Intent{Action: audit.ActionReveal}); !errors.Is(err, ErrRecord) || !errors.Is(err, fail) {
					t.Errorf("note: %v", err)
				}
			})
		}
		wg.Wait()
	}
	if err := running.End(ctx, Outcome{Status: "ok"}); !errors.Is(err, ErrOutcome) {
		t.Errorf("end: %v", err)
	}
	db.set(nil)
	if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
		t.Errorf("after the disk was mended: %v", err)
	}
	if got := actions(allEntries(t, db)); got != "start tool_call config_change" {
		t.Errorf("entries: %s", got)
	}
}

func TestOneBadOutcomeDoesNotFailItsNeighbours(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	ctx := ana(context.Background())
	a, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else has closed a.
	if _, err := db.Append(ctx, []audit.Draft{{Timestamp: time.Now(), Phase: audit.PhaseOutcome, Intent: a.Seq(), Details: fmt.Appendf(nil, `{"phase":"outcome","intent":%d}`, a.Seq())}}); err != nil {
		t.Fatal(err)
	}
	release := db.hold(t)
	var first, second, third error
	var wg sync.WaitGroup
	wg.Go(func() { first = r.note(ctx, nil, Intent{Action: audit.ActionConfig}) })
	waitFor(t, func() bool { return db.busy.Load() == 1 })
	wg.Go(func() { second = a.End(ctx, Outcome{Status: "ok"}) })
	wg.Go(func() { third = b.End(ctx, Outcome{Status: "ok"}) })
	waitFor(t, func() bool { return r.queued() == 2 })
	release()
	wg.Wait()
	if first != nil || !errors.Is(second, ErrOutcome) || !errors.Is(second, store.ErrConflict) || third != nil {
		t.Errorf("%v; %v; %v", first, second, third)
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestCancelledBeforeTakenIsNotWritten(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	release := db.hold(t)
	ctx := ana(context.Background())
	done := make(chan error, 2)
	taken, cancelTaken := context.WithCancel(ctx)
	go func() { done <- r.note(taken, nil, Intent{Action: audit.ActionConfig, EntityID: "taken"}) }()
	waitFor(t, func() bool { return db.busy.Load() == 1 })
	waiting, cancelWaiting := context.WithCancel(ctx)
	refused := make(chan error)
	go func() { refused <- r.note(waiting, nil, Intent{Action: audit.ActionConfig, EntityID: "waiting"}) }()
	waitFor(t, func() bool { return r.queued() == 1 })
	cancelWaiting()
	if err := <-refused; !errors.Is(err, context.Canceled) {
		t.Errorf("withdrawn: %v", err)
	}
	cancelTaken()
	select {
	case err := <-done:
		t.Errorf("a draft that was taken was given up: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	release()
	if err := <-done; err != nil {
		t.Errorf("taken: %v", err)
	}
	if err := r.note(waiting, nil, Intent{Action: audit.ActionConfig, EntityID: "late"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	entries := allEntries(t, db)
	if got := actions(entries); got != "start config_change" || entries[1].EntityID != "taken" {
		t.Errorf("entries: %s", got)
	}
}

func TestClosedRecorderRefuses(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.close(ctx); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall}); !errors.Is(err, ErrRecord) {
		t.Errorf("begin: %v", err)
	}
	if err := call.End(ctx, Outcome{}); !errors.Is(err, ErrOutcome) {
		t.Errorf("end: %v", err)
	}
}

func TestQueueIsBounded(t *testing.T) {
	f := newFolder(t)
	db := &tap{Store: f.store()}
	r := f.recorder(db)
	release := db.hold(t)
	var wg sync.WaitGroup
	var full atomic.Int32
	for range maxQueued + maxBatch + 100 {
		wg.Go(func() {
			if err := r.note(ana(context.Background()), nil, Intent{Action: audit.ActionConfig}); errors.Is(err, ErrRecord) {
				full.Add(1)
			}
		})
	}
	waitFor(t, func() bool { return full.Load() > 0 })
	release()
	wg.Wait()
	if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestCrashLeavesNoIntentOpen(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := ana(context.Background())
	var open []int64
	for i := range 300 {
		call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "redact_log"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 7 {
			if err := call.End(ctx, Outcome{Status: "ok"}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		open = append(open, call.Seq())
	}
	// The process dies: its store lets go of its instance, nothing is stopped.
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = f.store()
	r = f.recorder(db)
	var closed []int64
	entries := allEntries(t, db)
	for _, e := range entries {
		if e.Action != audit.ActionInterrupted {
			continue
		}
		d := details(t, e)
		if e.UserID != "ana" || e.EntityID != "redact_log" || d["phase"] != "outcome" || d["status"] != "interrupted" || d["action"] != "tool_call" {
			t.Fatalf("%+v %v", e, d)
		}
		closed = append(closed, int64(d["intent"].(float64)))
	}
	if !slices.Equal(open, closed) {
		t.Errorf("%d intents were open, %d were closed", len(open), len(closed))
	}
	if d := details(t, entries[len(entries)-1]); d["interrupted"] != 299.0 {
		t.Errorf("start says %v", d)
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestTwoRecordersShareOneRecordAndItsHeadNeverGoesBack(t *testing.T) {
	f := newFolder(t)
	a, b := f.recorder(f.store()), f.recorder(f.store())
	watch := newHeadFile(f.headFile(), a.VerifierKey(), a.trust.origin)
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		var last int64
		for {
			head, err := watch.read()
			if err != nil || head.Size < last {
				t.Errorf("head %d after %d: %v", head.Size, last, err)
				return
			}
			last = head.Size
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	var wg sync.WaitGroup
	for _, r := range []*recorder{a, b, a, b} {
		wg.Go(func() {
			ctx := ana(context.Background())
			for range 50 {
				call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall})
				if err == nil {
					err = call.End(ctx, Outcome{Status: "ok"})
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	watching.Wait()
	for _, r := range []*recorder{a, b} {
		if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() || len(rep.Findings) != 0 || rep.Entries != 402 || rep.Signed.Size != 402 {
			t.Errorf("%+v, %v", rep, err)
		}
	}
}

func TestExportVerifiesOffline(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	g := &Gate{recorder: f.recorder(db), opts: f.options(db)}
	ctx := ana(context.Background())
	for range 20 {
		call, err := g.Begin(ctx, Intent{Action: audit.ActionToolCall, Details: map[string]any{"n": 1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := call.End(ctx, Outcome{Status: "ok"}); err != nil {
			t.Fatal(err)
		}
	}
	var doc bytes.Buffer
	if err := g.ExportRecord(ctx, &doc); err != nil {
		t.Fatal(err)
	}
	rep, err := audit.VerifyExport(bytes.NewReader(doc.Bytes()), g.VerifierKey())
	if err != nil || !rep.OK() || len(rep.Findings) != 0 || rep.Entries != 42 {
		t.Errorf("%+v, %v", rep, err)
	}
	if got := actions(allEntries(t, db)[41:]); got != "export" {
		t.Errorf("the export is not on the record: %s", got)
	}
	lines := bytes.SplitAfter(doc.Bytes(), []byte("\n"))
	cut := bytes.Join(append(slices.Clone(lines[:40]), lines[42]), nil)
	if rep, err := audit.VerifyExport(bytes.NewReader(cut), g.VerifierKey()); err != nil || rep.OK() {
		t.Errorf("cut off: %+v, %v", rep, err)
	}
	if err := g.ExportRecord(context.Background(), io.Discard); !errors.Is(err, ErrNoCaller) {
		t.Errorf("without a caller: %v", err)
	}
}

func TestRefusalsUnderFloodAreCounted(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	r.refusals.window = 50 * time.Millisecond
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			ctx := WithCaller(context.Background(), Caller{ID: fmt.Sprint("u", i%4), Channel: ChannelHTTP})
			for range 25 {
				r.refuse(ctx, nil, "limit", Intent{Action: audit.ActionToolCall, EntityType: "mcp_method", EntityID: "tools/call"})
			}
		})
	}
	wg.Wait()
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	listed, counted, many := 0, 0.0, 0
	for _, e := range allEntries(t, db) {
		d := details(t, e)
		switch e.Action {
		case audit.ActionRefused:
			listed++
			if d["reason"] != "limit" || d["action"] != "tool_call" || d["status"] != "refused" {
				t.Errorf("%s", e.Details)
			}
		case audit.ActionRefusedMany:
			many++
			counted += d["count"].(float64)
		}
	}
	if float64(listed)+counted != 1000 || listed > refusalsListed*(many+1) || listed < refusalsListed || many == 0 {
		t.Errorf("%d listed, %v counted in %d entries", listed, counted, many)
	}
}

func TestInventedReasonsShareOneWindow(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	r.refusals.window = time.Minute
	for i := range 2 * maxReasons {
		r.refuse(context.Background(), nil, fmt.Sprint("reason ", i), Intent{})
	}
	if n := len(allEntries(t, db)); n > 1+maxReasons+refusalsListed+1 {
		t.Errorf("%d entries for invented reasons", n)
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// finder finds the word "ana@example.com" and nothing else.
type finder struct{ err error }

func (f finder) Check(_ context.Context, text []byte) (bool, Counts, error) {
	return !bytes.Contains(text, []byte("ana@example.com")), nil, f.err
}

func TestNoOriginalGetsIntoTheRecord(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	ctx := WithCaller(context.Background(), Caller{ID: "ana", Channel: ChannelStdio, Client: "host of ana@example.com"})
	call, err := r.begin(ctx, finder{}, Intent{
		Action: audit.ActionToolCall, EntityType: "tool", EntityID: "ana@example.com",
		Details: map[string]any{
			"args": "ana@example.com", "sha256": "abc", "n": 7,
			"list": []string{"ok", "to ana@example.com"}, "deep": map[string]int{"ana@example.com": 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.End(ctx, Outcome{Status: "ok", Details: map[string]any{"x": "ana@example.com"}}); err != nil {
		t.Fatal(err)
	}
	r.refuse(ctx, finder{}, "limit", Intent{EntityID: "ana@example.com"})
	entries := allEntries(t, db)
	for _, e := range entries {
		if b := audit.AppendCanonical(nil, e); bytes.Contains(b, []byte("ana@example.com")) {
			t.Errorf("entry %d holds an original: %s", e.Seq, e.Details)
		}
	}
	if want := `{"args":"[withheld]","channel":"stdio","client":"[withheld]","deep":{"[withheld]":1},"list":["ok","[withheld]"],"n":7,"phase":"intent","sha256":"abc"}`; string(entries[1].Details) != want {
		t.Errorf("%s\nwant %s", entries[1].Details, want)
	}
	broken := errors.New("scanner broke")
	if _, err := r.begin(ctx, finder{broken}, Intent{EntityID: "x"}); !errors.Is(err, broken) {
		t.Errorf("scanner error: %v", err)
	}
}

func TestDetailsAreBounded(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	long := strings.Repeat("é", 10_000)
	ctx := WithCaller(context.Background(), Caller{ID: long, Channel: ChannelStdio, Client: long})
	call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall, EntityType: long, EntityID: long, Details: map[string]any{"x": long}})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.End(ctx, Outcome{Status: long, Details: map[string]any{"x": long}}); err != nil {
		t.Fatal(err)
	}
	for _, e := range allEntries(t, db)[1:] {
		if len(e.Details) > maxDetails || len(e.EntityID) > maxField || len(e.UserID) > maxField || len(e.EntityType) > maxField {
			t.Errorf("entry %d: details %d, id %d, user %d, type %d bytes", e.Seq, len(e.Details), len(e.EntityID), len(e.UserID), len(e.EntityType))
		}
		if d := details(t, e); d["omitted_bytes"] == nil || d["phase"] == nil {
			t.Errorf("%s", e.Details)
		}
	}
	if _, err := r.begin(ctx, nil, Intent{Details: map[string]any{"x": func() {}}}); err == nil {
		t.Error("details that are no JSON were accepted")
	}
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() {
		t.Errorf("%+v, %v", rep.Findings, err)
	}
}

func TestRecorderNeedsKeyAndHeadFile(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	for name, change := range map[string]func(*Options){
		"key": func(o *Options) { o.SignKey = "" }, "head file": func(o *Options) { o.HeadFile = "" },
		"store": func(o *Options) { o.Store = nil }, "damaged key": func(o *Options) { o.SignKey = "PRIVATE+KEY+x" },
	} {
		o := f.options(db)
		change(&o)
		if _, err := newRecorder(context.Background(), o); err == nil {
			t.Errorf("started without its %s", name)
		}
	}
	if _, err := os.Stat(f.headFile()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused start left a head file: %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	t := &testing.T{}
	f := &folder{t: t, dir: b.TempDir(), conf: config.Default(), now: time.Now}
	var err error
	if f.skey, _, err = note.GenerateKey(rand.Reader, "tftsr-test"); err != nil {
		b.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(f.dir, "test.db"), Key: [32]byte{7}})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	r, err := newRecorder(context.Background(), f.options(db))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.close(context.Background()) }()
	ctx := ana(context.Background())
	one := func(b *testing.B) time.Duration {
		start := time.Now()
		call, err := r.begin(ctx, nil, Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue", Details: map[string]any{"args": strings.Repeat("a", 64)}})
		if err == nil {
			err = call.End(ctx, Outcome{Status: "ok", Details: map[string]any{"bytes": 1000}})
		}
		if err != nil {
			b.Error(err)
		}
		return time.Since(start)
	}
	b.Run("alone", func(b *testing.B) {
		var all []time.Duration
		for b.Loop() {
			all = append(all, one(b))
		}
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
	})
	b.Run("16 callers", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one(b)
			}
		})
	})
}

func TestAChangeOfPolicyShowsAtTheNextStart(t *testing.T) {
	start := func(change func(*config.Config)) map[string]any {
		t.Helper()
		cfg := config.Default()
		change(cfg)
		return policyOf(cfg)
	}
	before := start(func(*config.Config) {})
	same := start(func(*config.Config) {})
	after := start(func(c *config.Config) {
		c.Writes.Tools = map[string]config.WritePolicy{"delete_issue": config.WriteAllow}
	})
	if before["config_sha256"] != same["config_sha256"] || before["config_sha256"] == after["config_sha256"] || before["writes"] != "confirm" {
		t.Errorf("before %v, after %v", before, after)
	}
}
