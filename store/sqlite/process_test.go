package sqlite

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// Tests of several processes run this binary again, with these in its
// environment.
const (
	childRole = "TFTSR_TEST_SQLITE_CHILD"
	childPath = "TFTSR_TEST_SQLITE_PATH"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		if err := child(role, os.Getenv(childPath)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func startChild(t testing.TB, role, path string) (*exec.Cmd, io.ReadCloser) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childRole+"="+role, childPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// child is the other process. It prints what it was told is durable.
func child(role, path string) error {
	ctx := context.Background()
	db, err := Open(ctx, Options{Path: path, Key: testKey})
	if err != nil {
		return err
	}
	switch role {
	case "origin":
		origin, err := db.Origin(ctx)
		if err != nil {
			return err
		}
		fmt.Println(origin)
	case "append":
		for range 100 {
			if _, err := db.Append(ctx, drafts(1)); err != nil {
				return err
			}
		}
	case "allocate":
		for i := range 200 {
			tokens, err := db.Allocate(ctx, []store.VaultValue{mail(i)})
			if err != nil {
				return err
			}
			fmt.Println(i, tokens[0])
		}
	case "write":
		return writeUntilKilled(ctx, db)
	}
	return db.Close()
}

func mail(i int) store.VaultValue {
	v := store.VaultValue{Type: pii.Email, Label: "Email", Value: fmt.Append(nil, i, "@example.com"), Length: 1, Recoverable: true}
	copy(v.Identity[:], fmt.Sprintf("identity %d", i))
	copy(v.Spelling[:], fmt.Sprintf("spelling %d", i))
	return v
}

// writeUntilKilled does everything that writes, from several goroutines.
func writeUntilKilled(ctx context.Context, db *DB) error {
	var mu sync.Mutex // lines of output must not mix
	acknowledge := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	failed := make(chan error)
	for range 4 {
		go func() {
			for {
				d := drafts(1 + rand.IntN(3))
				d[0].Phase = audit.PhaseIntent
				entries, err := db.Append(ctx, d)
				if err != nil {
					failed <- err
					return
				}
				for _, e := range entries {
					acknowledge("entry %d %x", e.Seq, e.EntryHash)
				}
			}
		}()
	}
	go func() {
		for {
			id := fmt.Sprintf("issue-%x", rand.Uint64())
			if err := db.CreateIssue(ctx, &triage.Issue{ID: id, Title: "killed", CreatedAt: time.Now()}); err != nil {
				failed <- err
				return
			}
			acknowledge("issue %s", id)
			w, err := db.NewLog(ctx, "log-"+id)
			if err == nil {
				_, err = io.WriteString(w, strings.Repeat(id+"\n", 5000))
			}
			if err == nil {
				err = w.Commit(ctx, &triage.Log{ID: "log-" + id, IssueID: id}, nil)
			}
			if err != nil {
				failed <- err
				return
			}
			acknowledge("log %s", "log-"+id)
		}
	}()
	go func() {
		for i := 0; ; i++ {
			tokens, err := db.Allocate(ctx, []store.VaultValue{mail(i)})
			if err != nil {
				failed <- err
				return
			}
			acknowledge("token %d %s", i, tokens[0])
		}
	}()
	return <-failed
}

func TestManyFirstStartsMakeOneDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "tftsr.db")
	type proc struct {
		cmd *exec.Cmd
		out io.ReadCloser
	}
	var procs []proc
	for range 6 {
		cmd, out := startChild(t, "origin", path)
		procs = append(procs, proc{cmd, out})
	}
	origins := make(map[string]int)
	for _, p := range procs {
		b, err := io.ReadAll(p.out)
		if err = errors.Join(err, p.cmd.Wait()); err != nil {
			t.Fatal(err)
		}
		origins[string(b)]++
	}
	if len(origins) != 1 {
		t.Fatalf("origins %v", origins)
	}
	if err := openAt(t, path).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTwoProcessesWriteOneRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	first, _ := startChild(t, "append", path)
	second, _ := startChild(t, "append", path)
	for range 100 {
		appendSome(t, db, 1)
	}
	if err := errors.Join(first.Wait(), second.Wait()); err != nil {
		t.Fatal(err)
	}
	verifyRecord(t, db, 300)
}

func TestTwoProcessesGiveTheSameTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	openAt(t, path)
	first, out1 := startChild(t, "allocate", path)
	second, out2 := startChild(t, "allocate", path)
	var text2 []byte
	var err2 error
	done := make(chan struct{})
	go func() { defer close(done); text2, err2 = io.ReadAll(out2) }()
	text1, err1 := io.ReadAll(out1)
	<-done
	if err := errors.Join(err1, err2, first.Wait(), second.Wait()); err != nil {
		t.Fatal(err)
	}
	if string(text1) != string(text2) || len(strings.Split(string(text1), "\n")) != 201 {
		t.Fatalf("one process gave\n%.200s…\nthe other\n%.200s…", text1, text2)
	}
}

func TestAWaitingWriterIsToldThatTheDatabaseIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	holder := openAt(t, path)
	db, err := Open(t.Context(), Options{Path: path, Key: testKey, BusyTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	hold, held := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- holder.write(context.Background(), func(*conn) error { close(held); <-hold; return nil })
	}()
	<-held
	if err := db.Bump(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("error of a locked database is %v", err)
	}
	if _, err := db.Append(t.Context(), drafts(1)); !errors.Is(err, store.ErrLocked) {
		t.Errorf("error of a locked record is %v", err)
	}
	if _, err := db.Generation(t.Context()); err != nil {
		t.Errorf("reading fails beside a writer: %v", err)
	}
	close(hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := db.Bump(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestKill9LosesNothingAcknowledged kills a writing process at random
// moments. TFTSR_TEST_KILLS sets how often; 20 by default.
func TestKill9LosesNothingAcknowledged(t *testing.T) {
	kills := 20
	if s := os.Getenv("TFTSR_TEST_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("TFTSR_TEST_KILLS is %q, want a number from 1", s)
		}
		kills = n
	}
	path := filepath.Join(t.TempDir(), "tftsr.db")
	acked := 0
	var from int64 = 1
	var prev audit.Hash
	for range kills {
		cmd, out := startChild(t, "write", path)
		lines := bufio.NewReader(out)
		first, err := lines.ReadString('\n') // It writes.
		if err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(120))*time.Millisecond, func() { cmd.Process.Kill() })
		rest, err := io.ReadAll(lines)
		timer.Stop()
		cmd.Wait() // Its error is that it was killed.
		if err != nil {
			t.Fatal(err)
		}
		entries := make(map[int64]string)
		db := openAt(t, path)
		open := make(map[int64]bool)
		list, err := db.OpenIntents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			open[e.Seq] = true
		}
		text := first + string(rest)
		text = text[:strings.LastIndexByte(text, '\n')] // The last line may be cut.
		for line := range strings.SplitSeq(text, "\n") {
			acked++
			f := strings.Fields(line)
			switch f[0] {
			case "entry":
				seq, err := strconv.ParseInt(f[1], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				entries[seq] = f[2]
			case "issue":
				if _, err := db.Issue(t.Context(), f[1]); err != nil {
					t.Errorf("an acknowledged issue: %v", err)
				}
			case "log":
				n := 0
				if err := db.Lines(t.Context(), f[1], 1, 0, func(int64, []byte) error { n++; return nil }); err != nil || n != 5000 {
					t.Errorf("an acknowledged log has %d lines: %v", n, err)
				}
			case "token":
				i, err := strconv.Atoi(f[1])
				if err != nil {
					t.Fatal(err)
				}
				tokens, err := db.Allocate(t.Context(), []store.VaultValue{mail(i)})
				if err != nil || tokens[0].String() != f[2] {
					t.Errorf("token %s was acknowledged and is %v now: %v", f[2], tokens, err)
				}
			}
		}
		// The chain is whole, and everything that was acknowledged is in it.
		if err := db.Entries(t.Context(), from, 0, func(e audit.Entry) error {
			if e.Seq != from || e.PrevHash != prev || audit.HashOf(e) != e.EntryHash {
				t.Fatalf("entry %d does not follow", from)
			}
			if want, ok := entries[e.Seq]; ok {
				if want != hex.EncodeToString(e.EntryHash[:]) {
					t.Errorf("entry %d is not the one that was acknowledged", e.Seq)
				}
				delete(entries, e.Seq)
			}
			from, prev = e.Seq+1, e.EntryHash
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(entries) != 0 {
			t.Errorf("%d acknowledged entries are lost", len(entries))
		}
		if len(open) == 0 {
			t.Error("the intents of the killed process are not open")
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db := openAt(t, path)
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d kills, %d acknowledgements, %d entries", kills, acked, from-1)
	if acked < 2*kills {
		t.Errorf("only %d acknowledgements in %d runs: the test shows nothing", acked, kills)
	}
	// What the dead were writing is dropped by the next who writes a log.
	w, err := db.NewLog(t.Context(), "last")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateIssue(t.Context(), &triage.Issue{ID: "last"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), &triage.Log{ID: "last", IssueID: "last"}, nil); err != nil {
		t.Fatal(err)
	}
	left := 0
	if _, err := db.writer.queryRow("SELECT count(*) FROM logs WHERE staged_by IS NOT NULL", nil, func(r row) error { left = r.int(0); return nil }); err != nil {
		t.Fatal(err)
	}
	if left != 0 {
		t.Errorf("%d logs of dead processes are left", left)
	}
	locks, err := filepath.Glob(filepath.Join(filepath.Dir(path), "run", "*"+lockSuffix))
	if err != nil || len(locks) > 3 { // ours, that of migrations, and the one that all share
		t.Errorf("lock files are left: %v", locks)
	}
}
