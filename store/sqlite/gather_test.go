package sqlite

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// counting is a VFS that counts what is done to the write-ahead log, under the
// encryption.
type counting struct {
	vfs.VFS
	mu    sync.Mutex
	reads int
	ops   []string // "write OFFSET LENGTH" and "sync"
}

func (v *counting) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil || flags&vfs.OPEN_WAL == 0 {
		return f, flags, err
	}
	return &countingFile{f, v}, flags, nil
}

type countingFile struct {
	vfs.File
	v *counting
}

func (f *countingFile) note(format string, args ...any) {
	f.v.mu.Lock()
	defer f.v.mu.Unlock()
	f.v.ops = append(f.v.ops, fmt.Sprintf(format, args...))
}

func (f *countingFile) ReadAt(p []byte, off int64) (int, error) {
	f.v.mu.Lock()
	f.v.reads++
	f.v.mu.Unlock()
	return f.File.ReadAt(p, off)
}

func (f *countingFile) WriteAt(p []byte, off int64) (int, error) {
	f.note("write %d %d", off, len(p))
	return f.File.WriteAt(p, off)
}

func (f *countingFile) Sync(flags vfs.SyncFlag) error {
	f.note("sync")
	return f.File.Sync(flags)
}

func (f *countingFile) Unwrap() vfs.File { return f.File }

func (v *counting) take() (reads int, ops []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	reads, ops = v.reads, v.ops
	v.reads, v.ops = 0, nil
	return reads, ops
}

// A commit writes its frames in one piece, is durable then, and writes what is
// left of the sector before it says so to others. Of the blocks that are there
// it reads those that it changes in part.
func TestACommitWritesTheLogOnce(t *testing.T) {
	v := &counting{VFS: vfs.Find("")}
	vfs.Register("counting", encrypted(v))
	t.Cleanup(func() { vfs.Unregister("counting") })
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "tftsr.db"), Key: testKey, vfs: "counting"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Append(t.Context(), drafts(1)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		v.take()
		if _, err := db.Append(t.Context(), drafts(1)); err != nil {
			t.Fatal(err)
		}
		reads, ops := v.take()
		if len(ops) != 3 || ops[1] != "sync" || !strings.HasPrefix(ops[0], "write") || reads > 3 {
			t.Fatalf("a commit does %q and reads %d blocks", ops, reads)
		}
		var first, n, second int64
		_, err := fmt.Sscanf(ops[0], "write %d %d", &first, &n)
		if _, err2 := fmt.Sscanf(ops[2], "write %d", &second); err != nil || err2 != nil || first+n != second {
			t.Fatalf("a commit writes from %d, %d bytes, and then from %d", first, n, second)
		}
	}
}

// Two processes write, read what the other wrote, and give up transactions
// that were too large for the memory, so that frames of them are in the log.
// What was committed is what both read.
func TestWhatWasGivenUpIsNeverWrittenOverWhatWasCommitted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	dbs := []*DB{openAt(t, path), openAt(t, path)}
	for _, db := range dbs {
		if err := db.alone(t.Context(), func(c *conn) error { return c.Exec("PRAGMA cache_size = 5") }); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	want := map[string]string{}
	put := func(c *conn, key, value string) error {
		_, err := c.exec("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value)
		return err
	}
	giveUp := errors.New("given up")
	for n := range 300 {
		db := dbs[r.IntN(2)]
		key := fmt.Sprint("test ", r.IntN(8))
		value := strings.Repeat(string(rune('a'+n%26)), 1+r.IntN(3*pageSize))
		spoil := r.IntN(2) == 0
		err := db.write(t.Context(), func(c *conn) error {
			if spoil {
				for i := range 30 {
					if err := put(c, fmt.Sprint("spoilt ", i), strings.Repeat("x", 2*pageSize)); err != nil {
						return err
					}
				}
				return giveUp
			}
			return put(c, key, value)
		})
		switch {
		case spoil && errors.Is(err, giveUp):
		case err != nil:
			t.Fatal(err)
		default:
			want[key] = value
		}
		got := map[string]string{}
		if err := dbs[r.IntN(2)].read(t.Context(), func(c *conn) error {
			return c.query("SELECT key, value FROM meta WHERE key LIKE 'test %' OR key LIKE 'spoilt %'", nil, func(r row) error {
				got[r.text(0)] = r.text(1)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("after %d transactions the database holds something else", n+1)
		}
	}
	for _, db := range dbs {
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
