package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/tftsr/tftsr/store"
)

// quota is a VFS under the encrypting one that has no space left once left is
// used up.
type quota struct {
	vfs.VFS
	left atomic.Int64
}

func (q *quota) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(q.VFS, name, flags)
	if err != nil {
		return nil, flags, err
	}
	return &quotaFile{f, q}, flags, nil
}

type quotaFile struct {
	vfs.File
	q *quota
}

func (f *quotaFile) WriteAt(p []byte, off int64) (int, error) {
	if f.q.left.Add(-int64(len(p))) < 0 {
		return 0, &fs.PathError{Op: "write", Path: "quota", Err: syscall.ENOSPC} // as os.File says it
	}
	return f.File.WriteAt(p, off)
}

func (f *quotaFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f *quotaFile) Unwrap() vfs.File               { return f.File }

func TestAFullDiskIsAnErrorAndLosesNothing(t *testing.T) {
	q := &quota{VFS: vfs.Find("")}
	vfs.Register("quota", encrypted(q))
	defer vfs.Unregister("quota")
	q.left.Store(4 << 20)
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "tftsr.db"), Key: testKey, vfs: "quota"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fillUp(t, db, func() { q.left.Store(1 << 30) })
}

// fillUp writes until the disk is full, checks what is then still true, makes
// space and checks that all goes on.
func fillUp(t *testing.T, db *DB, makeSpace func()) {
	t.Helper()
	var acknowledged int64
	var err error
	for range 100_000 {
		entries, appendErr := db.Append(t.Context(), drafts(8))
		if appendErr != nil {
			err = appendErr
			break
		}
		acknowledged = entries[len(entries)-1].Seq
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("error of a full disk is %v", err)
	}
	if acknowledged == 0 {
		t.Fatal("nothing was written before the disk was full")
	}
	verifyRecord(t, db, acknowledged)
	if _, err := db.Append(t.Context(), drafts(8)); err != nil && !errors.Is(err, store.ErrFull) {
		t.Fatalf("second error of a full disk is %v", err)
	}
	makeSpace()
	entries, err := db.Append(t.Context(), drafts(8))
	if err != nil {
		t.Fatalf("with space again: %v", err)
	}
	verifyRecord(t, db, entries[7].Seq)
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseThatMayNotGrowIsFull(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	if err := db.writer.Exec("PRAGMA max_page_count = 120"); err != nil {
		t.Fatal(err)
	}
	fillUp(t, db, func() {
		if err := db.writer.Exec("PRAGMA max_page_count = 1000000"); err != nil {
			t.Fatal(err)
		}
	})
}
