package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

var otherKey = [32]byte{31: 9}

// A copy is whole, under its own key only, checked like any database, and the
// source goes on.
func TestACopyIsADatabaseOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "tftsr.db"))
	appendSome(t, db, 20)
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := db.Append(t.Context(), drafts(3)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	path := filepath.Join(dir, "copy.db")
	err := db.CopyTo(t.Context(), path, otherKey)
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the copy: %v, %v", info.Mode(), err)
	}
	if err := openErr(t, Options{Path: path, Key: testKey}); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("with the key of the source: %v", err)
	}
	copied, err := Open(t.Context(), Options{Path: path, Key: otherKey, Dir: filepath.Join(dir, "run")})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	size, _, err := copied.RecordHead(t.Context())
	if err != nil || size < 20 {
		t.Fatalf("%d entries, %v", size, err)
	}
	verifyRecord(t, copied, size)
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	var mode string
	if _, err := copied.writer.queryRow("PRAGMA journal_mode", nil, func(r row) error { mode = r.text(0); return nil }); err != nil || mode != "wal" {
		t.Errorf("journal mode of the copy is %q, %v", mode, err)
	}
	appendSome(t, copied, 1)
	if err := db.CopyTo(t.Context(), path, otherKey); err == nil {
		t.Error("a copy overwrote a file")
	}
}

// While anybody has the database open it cannot be claimed; while it is
// claimed nobody else can open it.
func TestAClaimIsForOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	db := openAt(t, path)
	if _, err := ClaimFile(t.Context(), path, "", 20*time.Millisecond); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("claim of an open database: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	claim, err := ClaimFile(t.Context(), path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := openErr(t, Options{Path: path, Key: testKey, BusyTimeout: 20 * time.Millisecond}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("open of a claimed database: %v", err)
	}
	if _, err := ClaimFile(t.Context(), path, "", 20*time.Millisecond); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second claim: %v", err)
	}
	if err := claim.Release(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
}

func TestReplacingGoesOnWithTheNewFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tftsr.db")
	claim, err := ClaimFile(t.Context(), path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer claim.Release()
	db, err := Open(t.Context(), Options{Path: path, Key: testKey, Claim: claim})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	appendSome(t, db, 10)
	if err := db.CreateIssue(t.Context(), &triage.Issue{ID: "one", Title: "kept"}); err != nil {
		t.Fatal(err)
	}
	if err := db.CopyTo(t.Context(), NewPath(path), otherKey); err != nil {
		t.Fatal(err)
	}
	if err := db.Replace(t.Context(), NewPath(path), otherKey); err != nil {
		t.Fatal(err)
	}
	if i, err := db.Issue(t.Context(), "one"); err != nil || i.Title != "kept" {
		t.Errorf("%v, %v", i, err)
	}
	appendSome(t, db, 5)
	verifyRecord(t, db, 15)
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := checkKey(path, testKey); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("the old key: %v", err)
	}
	if isNew, err := checkKey(path, otherKey); isNew || err != nil {
		t.Errorf("the new key: %v, %v", isNew, err)
	}
}

// What a process that died was making goes with the next open.
func TestLeftoversOfADeadClaimGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	if err := openAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.WriteFile(NewPath(path)+suffix, bytes.Repeat([]byte{7}, 8192), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openAt(t, path)
	left, err := filepath.Glob(NewPath(path) + "*")
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// The log of the file that was replaced is under another key: the new file
// does not take it for its own, even if it could not be removed in time.
func TestAForeignLogIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tftsr.db")
	db := openAt(t, path)
	appendSome(t, db, 7)
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "copy.db"), otherKey); err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil || len(wal) == 0 {
		t.Fatalf("the test needs a log: %d bytes, %v", len(wal), err)
	}
	moved := filepath.Join(dir, "new", "tftsr.db")
	if err := os.Mkdir(filepath.Dir(moved), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(filepath.Join(dir, "copy.db"), moved), os.WriteFile(moved+"-wal", wal, 0o600)); err != nil {
		t.Fatal(err)
	}
	replaced, err := Open(t.Context(), Options{Path: moved, Key: otherKey})
	if err != nil {
		t.Fatal(err)
	}
	defer replaced.Close()
	verifyRecord(t, replaced, 7)
	appendSome(t, replaced, 3)
	verifyRecord(t, replaced, 10)
	if err := replaced.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A copy that is larger than the cache of the connection is written in parts,
// the first page last. Each of its pages has a checksum.
func TestEveryPageOfALargeCopyHasItsChecksum(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "tftsr.db"))
	if err := db.write(t.Context(), func(c *conn) error {
		for i := range 4 {
			if _, err := c.exec("INSERT INTO meta (key, value) VALUES (?, ?)", fmt.Sprint("test", i), make([]byte, 1<<20)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dir, "copy.db")
	if err := db.CopyTo(t.Context(), made, testKey); err != nil {
		t.Fatal(err)
	}
	if spoilt, pages := spoiltPages(t, made); len(spoilt) > 0 || pages < 1000 {
		t.Errorf("%d of %d pages have no checksum", len(spoilt), pages)
	}
	if err := openAt(t, made).Check(t.Context()); err != nil {
		t.Error(err)
	}
}
