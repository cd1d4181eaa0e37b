package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// spoiltPages returns the numbers of the pages of a database file whose
// checksums do not hold. The file must be as the last checkpoint left it.
func spoiltPages(t *testing.T, path string) (spoilt []int, pages int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := newProber(testKey)
	for off := 0; off+pageSize <= len(b); off += pageSize {
		if !p.checksummed(b[off:off+pageSize], int64(off)) {
			spoilt = append(spoilt, off/pageSize+1)
		}
	}
	return spoilt, len(b) / pageSize
}

// A connection that is opened while the first page is in the log only, and
// later copies pages of the log into the file, gives them their checksums. It
// once did not: the database was damaged then, for everybody, for good.
func TestPagesGetTheirChecksumsWhoeverCopiesThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	one := openAt(t, path)
	// The file grows, which changes the first page, in the log.
	if err := one.write(t.Context(), func(c *conn) error {
		_, err := c.exec("INSERT INTO meta (key, value) VALUES ('test', ?)", strings.Repeat("x", 10*pageSize))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	two := openAt(t, path)
	if err := two.write(t.Context(), func(c *conn) error {
		// This leaves the first page as it is.
		if _, err := c.exec("UPDATE meta SET value = value + 1 WHERE key = 'generation'"); err != nil {
			return err
		}
		if err := one.alone(t.Context(), func(c *conn) error { return c.Exec("PRAGMA wal_checkpoint(PASSIVE)") }); err != nil {
			return err
		}
		return c.Exec("COMMIT; PRAGMA wal_checkpoint(PASSIVE); BEGIN")
	}); err != nil {
		t.Fatal(err)
	}
	if spoilt, pages := spoiltPages(t, path); len(spoilt) > 0 || pages < 20 {
		t.Errorf("of %d pages these have no checksum: %v", pages, spoilt)
	}
}

// halving is a VFS whose writes to the log come in two halves with a pause
// between them, as they can for whoever reads meanwhile.
type halving struct{ vfs.VFS }

func (h halving) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(h.VFS, name, flags)
	if err != nil || flags&vfs.OPEN_WAL == 0 {
		return f, flags, err
	}
	return halvingFile{f}, flags, nil
}

type halvingFile struct{ vfs.File }

func (f halvingFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p[:len(p)/2], off)
	if err != nil {
		return n, err
	}
	time.Sleep(50 * time.Microsecond)
	m, err := f.File.WriteAt(p[len(p)/2:], off+int64(len(p)/2))
	return n + m, err
}

func (f halvingFile) Unwrap() vfs.File { return f.File }

// Who reads the newest entries while further ones are appended reads what was
// committed, though the block of the log that they share is written again.
func TestBlocksOfTheLogAreWholeForReaders(t *testing.T) {
	vfs.Register("halving", encrypted(halving{vfs.Find("")}))
	t.Cleanup(func() { vfs.Unregister("halving") }) // After the databases are closed.
	path := filepath.Join(t.TempDir(), "tftsr.db")
	open := func() *DB {
		db, err := Open(t.Context(), Options{Path: path, Key: testKey, vfs: "halving"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	writer, reader := open(), open()
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(ended)
		for n := range 60 {
			if err := writer.write(t.Context(), func(c *conn) error {
				_, err := c.exec("INSERT OR REPLACE INTO meta (key, value) VALUES ('test', ?)", strings.Repeat(fmt.Sprint(n%10), 3*pageSize))
				return err
			}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	reads := 0
	for done := false; !done && !t.Failed(); reads++ {
		select {
		case <-ended:
			done = true
		default:
		}
		if err := reader.readLong(t.Context(), func(c *conn) error {
			_, err := c.queryRow("SELECT value FROM meta WHERE key = 'test'", nil, func(r row) error {
				if v := r.text(0); strings.Trim(v, v[:1]) != "" {
					t.Errorf("read %d: the value is none that was ever written", reads)
				}
				return nil
			})
			return err
		}); err != nil {
			t.Errorf("read %d: %v", reads, err)
		}
	}
	wg.Wait()
	if reads < 100 {
		t.Fatalf("%d reads: the test tested nothing", reads)
	}
}
