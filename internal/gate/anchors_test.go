package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

func (f *folder) log() string { return filepath.Join(f.dir, logName) }

// calls makes calls until the record has grown by n entries or more.
func calls(t *testing.T, r *recorder, n int) {
	t.Helper()
	ctx := ana(context.Background())
	for range n {
		if err := r.note(ctx, nil, Intent{Action: audit.ActionConfig}); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *folder) checkpoints(t *testing.T, path string) []audit.Checkpoint {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := audit.NewHeadSigner(f.skey)
	if err != nil {
		t.Fatal(err)
	}
	list, bad, err := audit.ReadCheckpoints(bytes.NewReader(text), signer.VerifierKey(), "", "log")
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	return list
}

func kindsOf(r audit.Report) string {
	var out []string
	for _, f := range r.Findings {
		s := string(f.Kind)
		if f.Warning {
			s = "(" + s + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// memory is a keyring of a test.
type memory struct {
	mu   sync.Mutex
	note []byte
	fail error
}

func (m *memory) LoadHead(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.note, m.fail
}

func (m *memory) SaveHead(_ context.Context, note []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.note = bytes.Clone(note)
	}
	return m.fail
}

func (m *memory) set(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func TestCheckpointsAreDueByNumberAndAtTheEnd(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	ring := &memory{}
	o := f.options(db)
	o.Keyring = ring
	o.Config.Audit.AnchorFile = filepath.Join(t.TempDir(), "elsewhere", "anchor.log")
	if err := os.Mkdir(filepath.Dir(o.Config.Audit.AnchorFile), 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := newRecorder(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	calls(t, r, 3*audit.CheckpointEvery)
	if err := r.close(ana(context.Background())); err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, c := range f.checkpoints(t, f.log()) {
		sizes = append(sizes, c.Size)
	}
	const (
		end = 3*audit.CheckpointEvery + 2 // and start and stop
		// A head is signed beside the commits: those that come meanwhile are in it too.
		most = audit.CheckpointEvery + audit.CheckpointEvery/4
	)
	if len(sizes) < 3 || sizes[len(sizes)-1] != end || !slices.IsSorted(sizes) {
		t.Errorf("checkpoints at %v, want three and the end", sizes)
	}
	for i := 1; i < len(sizes); i++ {
		if sizes[i]-sizes[i-1] > most {
			t.Errorf("checkpoints at %v are further apart than %d", sizes, most)
		}
	}
	outside := f.checkpoints(t, o.Config.Audit.AnchorFile)
	if last := outside[len(outside)-1]; last.Size != end {
		t.Errorf("the anchor file ends at %d", last.Size)
	}
	if kept := f.checkpoints(t, f.headFile()); !bytes.Equal(kept[0].Note, ring.note) && !bytes.Equal(kept[1].Note, ring.note) {
		t.Errorf("the keyring has %s", ring.note)
	}
	if rep, err := VerifyRecord(context.Background(), o); err != nil || len(rep.Findings) != 0 {
		t.Errorf("%s, %v", kindsOf(rep), err)
	}
}

// What each place alone says about an older or another database is said at
// the start, and by name in a verification.
func TestEveryAnchorHoldsByItself(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	ring := &memory{}
	o := f.options(db)
	o.Keyring, o.Config.Audit.AnchorFile = ring, filepath.Join(t.TempDir(), "anchor.log")
	var atTen []byte
	for i := range 2 {
		r, err := newRecorder(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		calls(t, r, 8)
		if err := r.close(ana(context.Background())); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if atTen, err = os.ReadFile(f.headFile()); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries := allEntries(t, db)
	bob := func(e *audit.Entry) { e.UserID = "bob" }
	for place, keep := range map[string]func(*Options){
		"checkpoint log": func(o *Options) { o.Keyring, o.Config.Audit.AnchorFile = nil, "" },
		"keyring":        func(o *Options) { o.HeadFile, o.Config.Audit.AnchorFile = filepath.Join(t.TempDir(), "audit.head"), "" },
		"anchor file":    func(o *Options) { o.HeadFile, o.Keyring = filepath.Join(t.TempDir(), "audit.head"), nil },
	} {
		t.Run(place, func(t *testing.T) {
			o, cfg := o, *o.Config
			o.Config = &cfg
			keep(&o)
			// The head file is that of yesterday, as the database is.
			if err := os.WriteFile(o.HeadFile, atTen, 0o600); err != nil {
				t.Fatal(err)
			}
			for name, c := range map[string]struct {
				entries []audit.Entry
				want    string
			}{
				"yesterday's":   {slices.Clone(entries[:10]), "truncated"},
				"one cut off":   {slices.Clone(entries[:19]), "truncated"},
				"rewritten end": {rewritten(slices.Clone(entries), bob, 15), "rewritten"},
			} {
				o.Store = &older{db, c.entries}
				if _, err := newRecorder(context.Background(), o); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), place) {
					t.Errorf("%s: start: %v", name, err)
				}
				rep, err := VerifyRecord(context.Background(), o)
				if err != nil || rep.OK() || !strings.Contains(kindsOf(rep), c.want) {
					t.Errorf("%s: %s, %v", name, kindsOf(rep), err)
				}
			}
			o.Store = &older{db, slices.Clone(entries)}
			if rep, err := VerifyRecord(context.Background(), o); err != nil || !rep.OK() {
				t.Errorf("what it was: %s, %v", kindsOf(rep), err)
			}
		})
	}
}

func TestForgedCheckpointsAreNamed(t *testing.T) {
	f, db := filled(t)
	other, _ := filled(t) // has another key
	forged, err := os.ReadFile(other.log())
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(f.log(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = log.Write(forged)
	if err = errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	if rep := f.verify(db); rep.OK() || kindsOf(rep) != "checkpoint_invalid" {
		t.Errorf("in the log: %s", kindsOf(rep))
	}
	if err := os.Remove(f.log()); err != nil {
		t.Fatal(err)
	}
	o := f.options(db)
	o.Keyring = &memory{note: f.checkpoints(t, f.headFile())[0].Note}
	if rep, err := VerifyRecord(context.Background(), o); err != nil || !rep.OK() {
		t.Errorf("%s, %v", kindsOf(rep), err)
	}
	o.Keyring = &memory{note: other.checkpoints(t, other.headFile())[0].Note}
	if rep, err := VerifyRecord(context.Background(), o); err != nil || rep.OK() || kindsOf(rep) != "checkpoint_invalid" {
		t.Errorf("in the keyring: %s, %v", kindsOf(rep), err)
	}
}

func TestAnAnchorThatFailsIsOnTheRecordAndStopsNothing(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	ring := &memory{fail: errors.New("a text of the platform with hunter2")}
	o := f.options(db)
	o.Keyring = ring
	r, err := newRecorder(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{recorder: r, opts: o}
	ctx := ana(context.Background())
	_, reached, failed, err := g.Checkpoint(ctx)
	if err != nil || !slices.Equal(reached, []string{"checkpoint log"}) || failed["keyring"] == nil {
		t.Fatalf("%v, %v, %v", reached, failed, err)
	}
	anchor := func(state string) bool {
		for _, e := range allEntries(t, db) {
			d := details(t, e)
			if bytes.Contains(e.Details, []byte("hunter2")) {
				t.Fatalf("the record holds the platform's text: %s", e.Details)
			}
			if e.Action == audit.ActionAnchor && d["anchor"] == "keyring" && d["state"] == state {
				return true
			}
		}
		return false
	}
	waitFor(t, func() bool { return anchor("failed") })
	calls(t, r, 3) // Nothing is held up.
	if rep, err := r.Verify(ctx); err != nil || !rep.OK() || !strings.Contains(kindsOf(rep), "(anchor_failed)") {
		t.Errorf("%s, %v", kindsOf(rep), err)
	}
	ring.set(nil)
	time.Sleep(anchorPause) // It rests between two tries.
	if _, reached, failed, err := g.Checkpoint(ctx); err != nil || len(reached) != 2 || len(failed) != 0 {
		t.Fatalf("%v, %v, %v", reached, failed, err)
	}
	waitFor(t, func() bool { return anchor("reached") })
	if rep, err := r.Verify(ctx); err != nil || len(rep.Findings) != 0 {
		t.Errorf("%s, %v", kindsOf(rep), err)
	}
	if err := r.close(ctx); err != nil {
		t.Fatal(err)
	}
}

// script writes a program for an anchor command.
func script(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	path := filepath.Join(t.TempDir(), "anchor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheOwnersCommandGetsTheCheckpoint(t *testing.T) {
	f := newFolder(t)
	out := filepath.Join(t.TempDir(), "out")
	f.conf.Audit.AnchorCommand = []string{script(t, `printf '%s %s\n' "$#" "$1" > "$2.args"; cat > "$2"`), "an argument; with $(shell) *", out}
	r := f.recorder(f.store())
	if err := r.close(ana(context.Background())); err != nil {
		t.Fatal(err)
	}
	if list := f.checkpoints(t, out); len(list) != 1 || list[0].Size != 2 {
		t.Errorf("%+v", list)
	}
	if args, err := os.ReadFile(out + ".args"); err != nil || string(args) != "2 an argument; with $(shell) *\n" {
		t.Errorf("arguments %q, %v", args, err)
	}
}

func TestAnOwnersCommandThatHangsOrFailsHarmsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		command string
		reason  string
	}{
		"hangs": {script(t, "sleep 60"), "took too long"},
		"fails": {script(t, "echo hunter2 >&2; exit 7"), "exit status 7"},
		"gone":  {"/nowhere/at/all", "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.conf.Audit.AnchorCommand, f.conf.Audit.AnchorTimeout = []string{c.command}, 200*time.Millisecond
			db := f.store()
			r := f.recorder(db)
			start := time.Now()
			calls(t, r, 300)
			if err := r.close(ana(context.Background())); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("the end took %s", took)
			}
			var reasons []string
			for _, e := range allEntries(t, db) {
				if e.Action == audit.ActionAnchor {
					reasons = append(reasons, fmt.Sprint(details(t, e)["reason"]))
				}
			}
			if !slices.Equal(reasons, []string{c.reason}) {
				t.Errorf("on the record: %q, want once %q", reasons, c.reason)
			}
			if rep := f.verify(db); !rep.OK() || kindsOf(rep) != "(anchor_failed)" {
				t.Errorf("%s", kindsOf(rep))
			}
		})
	}
}

func TestADataFolderOfTheFirstVersionGoesOn(t *testing.T) {
	f, db := filled(t)
	// Its head named the newest entry, and there was no log of checkpoints.
	entries := allEntries(t, db)
	last := entries[len(entries)-1]
	if err := os.Remove(f.log()); err != nil {
		t.Fatal(err)
	}
	old := func(h audit.Head) {
		if err := os.WriteFile(f.headFile(), f.firstVersion(t, h), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	origin, err := db.Origin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h := audit.Head{Origin: origin, Size: last.Seq, Newest: last.EntryHash}
	old(h)
	if rep := f.verify(db); !rep.OK() || len(rep.Findings) != 0 {
		t.Errorf("before the first start: %s", kindsOf(rep))
	}
	for name, s := range map[string]store.Store{
		"truncated": &older{db, allEntries(t, db)[:9]},
		"rewritten": &older{db, rewritten(allEntries(t, db), func(e *audit.Entry) { e.UserID = "bob" }, 3)},
	} {
		if _, err := newRecorder(context.Background(), f.options(s)); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if rep := f.verify(s); !strings.Contains(kindsOf(rep), name) {
			t.Errorf("%s: %s", name, kindsOf(rep))
		}
	}
	r := f.recorder(db)
	calls(t, r, 3)
	if err := r.close(ana(context.Background())); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.checkpoints(t, f.headFile()) {
		if c.Chain() && c.Size > h.Size {
			t.Errorf("a new head of the old form: %+v", c.Head)
		}
	}
	if rep := f.verify(db); len(rep.Findings) != 0 || rep.Signed.Chain() || rep.Signed.Size != h.Size+5 {
		t.Errorf("%s, %+v", kindsOf(rep), rep.Signed)
	}
}

func TestARestoreIsRecordedAndTheRecordGoesOn(t *testing.T) {
	f, db := filled(t)
	ring := &memory{}
	before := allEntries(t, db)
	options := func(s store.Store) Options {
		o := f.options(s)
		o.Keyring = ring
		return o
	}
	r, err := newRecorder(context.Background(), options(db))
	if err != nil {
		t.Fatal(err)
	}
	calls(t, r, 20)
	if err := r.close(ana(context.Background())); err != nil {
		t.Fatal(err)
	}
	size := int64(len(allEntries(t, db)))

	back := &older{db, before}
	if _, err := newRecorder(context.Background(), options(back)); !errors.Is(err, ErrTampered) {
		t.Fatalf("a rollback: %v", err)
	}
	if _, err := NoteRestore(ana(context.Background()), options(back)); !errors.Is(err, ErrTerminalOnly) {
		t.Fatalf("by an agent: %v", err)
	}
	person := WithCaller(context.Background(), Caller{ID: "ada", Channel: ChannelTerminal})
	head, err := NoteRestore(person, options(back))
	if err != nil || head.Size != int64(len(before))+2 {
		t.Fatalf("%+v, %v", head, err)
	}
	e := back.entries[len(before)]
	if d := details(t, e); e.Action != audit.ActionRestored || e.UserID != "ada" || d["old_size"] != float64(size) || d["size"] != float64(len(before)) {
		t.Errorf("%+v %v", e, d)
	}
	if e := back.entries[len(before)+1]; e.Action != audit.ActionGivenUp || !strings.Contains(string(e.Details), fmt.Sprintf(`"%d `, size)) {
		t.Errorf("the head of %d entries is not given up: %s %s", size, e.Action, e.Details)
	}
	for range 2 {
		r, err := newRecorder(context.Background(), options(back))
		if err != nil {
			t.Fatal(err)
		}
		calls(t, r, 3)
		if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() || kindsOf(rep) != "(restored)" {
			t.Errorf("%s, %v", kindsOf(rep), err)
		}
		if err := r.close(person); err != nil {
			t.Fatal(err)
		}
	}
	// A rollback after that is one.
	if _, err := newRecorder(context.Background(), options(&older{db, before})); !errors.Is(err, ErrTampered) {
		t.Errorf("a rollback after a restore: %v", err)
	}
	for _, after := range []int{1, 2, 5} {
		if _, err := newRecorder(context.Background(), options(&older{db, slices.Clone(back.entries[:len(before)+after])})); !errors.Is(err, ErrTampered) {
			t.Errorf("a rollback to %d entries after the restore: %v", after, err)
		}
	}
}

func TestAPersonGetsAProofOfEachEntry(t *testing.T) {
	f := newFolder(t)
	r := f.recorder(f.store())
	calls(t, r, 600)
	for _, seq := range []int64{1, 255, 256, 257, 512, 513, 601} {
		p, err := r.ProveEntry(context.Background(), seq)
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, head, err := audit.CheckProof(b, r.VerifierKey()); err != nil || got.Seq != seq || head.Size != 601 {
			t.Errorf("entry %d: %+v, %v", seq, head, err)
		}
	}
	for _, seq := range []int64{-1, 0, 602, 1 << 50} {
		if _, err := r.ProveEntry(context.Background(), seq); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("entry %d: %v", seq, err)
		}
	}
}

func TestARecordOfAnyLengthIsGoneOnWith(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	long := make([]audit.Draft, 3*maxUnsigned)
	for i := range long {
		long[i] = audit.Draft{Timestamp: time.Now(), Action: audit.ActionConfig, Details: []byte("{}")}
	}
	for i := range 3 {
		r := f.recorder(db)
		calls(t, r, 2)
		if err := r.close(ana(context.Background())); err != nil {
			t.Fatal(err)
		}
		if rep := f.verify(db); !rep.OK() || len(rep.Findings) != 0 {
			t.Errorf("%s", kindsOf(rep))
		}
		if i == 1 { // As a process leaves them that is killed.
			if _, err := db.Append(context.Background(), long); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A process that dies between the commit of entries and their checkpoint
// leaves no alarm behind, whichever of the places it had reached.
func TestACrashBeforeTheCheckpointIsNoAlarm(t *testing.T) {
	f := newFolder(t)
	db := f.store()
	r := f.recorder(db)
	calls(t, r, 700)
	r.anchors.wait(context.Background())
	heads, err := os.ReadFile(f.headFile())
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(f.log())
	if err != nil {
		t.Fatal(err)
	}
	calls(t, r, 100)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, lost := range map[string]func() error{
		"the log is older":           func() error { return os.WriteFile(f.log(), log, 0o600) },
		"half a line was written":    func() error { return os.WriteFile(f.log(), log[:len(log)-40], 0o600) },
		"the head is older":          func() error { return os.WriteFile(f.headFile(), heads, 0o600) },
		"the log was not begun":      func() error { return os.Remove(f.log()) },
		"nothing but the head is":    func() error { return nil },
		"the head is older than all": func() error { return os.WriteFile(f.headFile(), heads, 0o600) },
	} {
		if err := lost(); err != nil {
			t.Fatal(err)
		}
		db := f.store()
		if rep := f.verify(db); !rep.OK() {
			t.Errorf("%s: %s", name, kindsOf(rep))
		}
		r, err := newRecorder(context.Background(), f.options(db))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() || len(rep.Findings) != 0 && kindsOf(rep) != "(malformed)" {
			t.Errorf("%s: %s, %v", name, kindsOf(rep), err)
		}
		if err := r.close(ana(context.Background())); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
