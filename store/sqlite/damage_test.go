package sqlite

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	sqlite3 "github.com/ncruces/go-sqlite3"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/storetest"
)

// filled makes a database with something in every table, closes it and
// returns its path.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	storetest.Fill(t, db)
	for range 30 {
		appendSome(t, db, 20)
	}
	if err := db.writer.Exec("VACUUM"); err != nil { // leaves no free pages
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func drafts(n int) []audit.Draft {
	list := make([]audit.Draft, n)
	for i := range list {
		list[i] = audit.Draft{
			Timestamp: time.Now(), Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue", UserID: "ada",
			Details: []byte(`{"phase":"event","sha256":"` + strings.Repeat("0", 64) + `"}`), Phase: audit.PhaseEvent,
		}
	}
	return list
}

func appendSome(t testing.TB, s store.Store, n int) []audit.Entry {
	t.Helper()
	entries, err := s.Append(t.Context(), drafts(n))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// verifyRecord checks that the record is one chain that ends at want, or
// goes at least that far when want is negative.
func verifyRecord(t testing.TB, s store.Store, want int64) {
	t.Helper()
	var last audit.Entry
	if err := s.Entries(t.Context(), 1, 0, func(e audit.Entry) error {
		if e.Seq != last.Seq+1 || e.PrevHash != last.EntryHash || audit.HashOf(e) != e.EntryHash {
			t.Fatalf("entry %d does not follow entry %d", e.Seq, last.Seq)
		}
		last = e
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want >= 0 && last.Seq != want || want < 0 && last.Seq < -want {
		t.Fatalf("the record ends at %d, want %d", last.Seq, want)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// openErr opens a database that must not open.
func openErr(t *testing.T, o Options) error {
	t.Helper()
	db, err := Open(t.Context(), o)
	if err == nil {
		db.Close()
		t.Fatal("the database opens")
	}
	if s := err.Error(); strings.Contains(s, "74657374") {
		t.Fatalf("the error holds the key: %s", s)
	}
	return err
}

func TestWrongKeyIsRefusedAndTouchesNothing(t *testing.T) {
	// A database whose last writes are still in the log, as after a crash.
	from := filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, from)
	entries := appendSome(t, db, 10)
	to := filepath.Join(t.TempDir(), "b.db")
	for _, suffix := range []string{"", "-wal"} {
		copyFile(t, from+suffix, to+suffix)
	}
	before := snapshot(t, to)
	wrong := testKey
	wrong[31] ^= 1
	for _, key := range [][32]byte{wrong, {}} {
		if err := openErr(t, Options{Path: to, Key: key}); !errors.Is(err, store.ErrWrongKey) {
			t.Errorf("error is %v", err)
		}
	}
	if after := snapshot(t, to); !bytes.Equal(before, after) {
		t.Error("a wrong key changed the files")
	}
	if head, _, err := openAt(t, to).RecordHead(t.Context()); err != nil || head != entries[9].Seq {
		t.Errorf("head %d (%v) after a wrong key, want %d", head, err, entries[9].Seq)
	}
}

func snapshot(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

func TestWhatIsNoDatabaseOfOursIsRefused(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.db")
	c, err := sqlite3.Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Exec("CREATE TABLE t (x)"), c.Close()); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 3*pageSize)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	orphan := write("orphan.db-wal", noise)
	for path, want := range map[string]error{
		plain:                              store.ErrWrongKey,
		write("noise.db", noise):           store.ErrWrongKey,
		write("short.db", noise[:100]):     store.ErrDamaged,
		strings.TrimSuffix(orphan, "-wal"): store.ErrDamaged,
		dir:                                store.ErrWrongKey,
	} {
		if err := openErr(t, Options{Path: path, Key: testKey}); !errors.Is(err, want) {
			t.Errorf("%s: error is %v, want %v", filepath.Base(path), err, want)
		}
	}
	if _, err := os.Stat(orphan); err != nil {
		t.Errorf("the log without a database is gone: %v", err)
	}
}

func TestAFlippedByteInAnyPageIsNeverSilent(t *testing.T) {
	path := filled(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole)%pageSize != 0 || len(whole) < 40*pageSize {
		t.Fatalf("the database has %d bytes", len(whole))
	}
	dir := t.TempDir()
	for page := range len(whole) / pageSize {
		damaged := bytes.Clone(whole)
		damaged[page*pageSize+rand.IntN(pageSize)] ^= byte(1 + rand.IntN(255))
		path := filepath.Join(dir, "damaged.db")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		err := func() error {
			db, err := Open(t.Context(), Options{Path: path, Key: testKey})
			if err != nil {
				return err
			}
			defer db.Close()
			return db.Check(t.Context())
		}()
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("page %d: error is %v", page+1, err)
		}
		for _, suffix := range []string{"-wal", "-shm"} {
			os.Remove(path + suffix)
		}
	}
}

func TestACutDatabaseIsDamaged(t *testing.T) {
	path := filled(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{info.Size() - pageSize, info.Size() / 2, pageSize + 1, pageSize, 1} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), Options{Path: path, Key: testKey})
		if err == nil {
			err = db.Check(t.Context())
			db.Close()
		}
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("cut to %d bytes: error is %v", size, err)
		}
	}
}

func TestADatabaseThatWasRemovedDoesNotComeBackEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db, err := Open(t.Context(), Options{Path: path, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	appendSome(t, db, 1)
	if err := os.Remove(path); err != nil {
		if runtime.GOOS == "windows" { // keeps files that are open
			db.Close()
			return
		}
		t.Fatal(err)
	}
	if _, err := db.openConn(t.Context()); err == nil {
		t.Error("a new connection opens")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is back: %v", err)
	}
	db.Close()
}

func TestNothingIsWrittenInTheClear(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "tftsr.db"))
	storetest.Fill(t, db)
	files := 0
	look := func() {
		t.Helper()
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if runtime.GOOS == "windows" && (strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, lockSuffix)) {
				return nil // What is locked cannot be read there; neither holds text.
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			for _, plain := range []string{"SQLite format", "CREATE TABLE", "audit_log", "title-1", "text-1", "details-1", "vault-original", "example.com"} {
				if bytes.Contains(b, []byte(plain)) {
					t.Errorf("%s holds %q", filepath.Base(path), plain)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	look() // with the log
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	look() // without
	if files < 3 {
		t.Fatalf("only %d files were there to look at", files)
	}
}

func TestDeletedTextLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	storetest.Fill(t, db)
	id := issueID(t, db)
	if err := db.DeleteIssue(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// Every page of the file, free ones too, in the clear.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := newProber(testKey)
	for off := 0; off < len(b); off += pageSize {
		page := p.decrypt(b[off:off+pageSize], int64(off))
		for _, gone := range []string{"title-1", "description-1", "markdown-2", "state-1", "preview-1"} {
			if bytes.Contains(page, []byte(gone)) {
				t.Errorf("page %d still holds %q", off/pageSize+1, gone)
			}
		}
	}
}

func issueID(t *testing.T, db *DB) string {
	t.Helper()
	list, _, err := db.ListIssues(t.Context(), store.IssueFilter{})
	if err != nil || len(list) == 0 {
		t.Fatal("no issue", err)
	}
	return list[0].ID
}
