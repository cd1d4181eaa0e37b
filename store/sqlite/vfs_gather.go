package sqlite

import (
	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

const (
	// maxGather bounds what a [gatherFile] keeps back, in bytes.
	maxGather = 64 << 10
	// The write-ahead log is a header and frames, each with a header of its own
	// and a page (https://sqlite.org/fileformat.html#the_write_ahead_log).
	logHeader = 32
	logFrame  = 24 + pageSize
)

// gatherFile is the write-ahead log above the encryption. The engine writes a
// frame of it in two pieces, and a frame lies in two blocks of the cipher: a
// commit encrypted and wrote some blocks three times, and read them as often.
// While a transaction is being committed, what is written frame after frame is
// kept here until the engine wants it to be durable, or anything else, and goes
// down in one.
//
// Nobody misses it before that: a frame concerns others when the engine has put
// it into the index of the log, which it does after it made the log durable, with
// the synchronous=FULL that every connection has ([DB.setUp]). Of the frames with which
// the engine fills up the last sector it wants only the beginning to be
// durable; what is left of one is not kept back. Outside of a commit nothing is:
// frames of a transaction too large for the memory, which is then given
// up, would be written when they belong to nobody any more.
type gatherFile struct {
	vfs.File            // the cipher
	log        *logFile // the same file, under the cipher
	committing bool
	pending    []byte // What is to be written at off.
	off        int64
}

// commit runs fn, which commits a transaction.
func (f *gatherFile) commit(fn func() error) error {
	f.committing = true
	defer func() {
		f.committing = false
		f.pending = f.pending[:0] // Of a commit that failed.
	}()
	return fn()
}

func (f *gatherFile) WriteAt(p []byte, off int64) (int, error) {
	if len(f.pending) > 0 && (off != f.off+int64(len(f.pending)) || len(f.pending)+len(p) > maxGather) {
		if err := f.flush(); err != nil {
			return 0, err
		}
	}
	if len(f.pending) == 0 {
		if !f.committing || off < logHeader || (off-logHeader)%logFrame != 0 {
			if err := f.put(p, off); err != nil {
				return 0, err
			}
			return len(p), nil
		}
		f.off = off
	}
	f.pending = append(f.pending, p...)
	return len(p), nil
}

// flush writes what was kept back.
func (f *gatherFile) flush() error {
	if len(f.pending) == 0 {
		return nil
	}
	p := f.pending
	f.pending = f.pending[:0]
	return f.put(p, f.off)
}

func (f *gatherFile) put(p []byte, off int64) error {
	return f.log.together(func() error {
		_, err := f.File.WriteAt(p, off)
		return err
	})
}

func (f *gatherFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *gatherFile) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

func (f *gatherFile) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

func (f *gatherFile) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *gatherFile) Unwrap() vfs.File               { return f.File }
func (f *gatherFile) SizeHint(size int64) error      { return vfsutil.WrapSizeHint(f.File, size) }
func (f *gatherFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }

// commit ends the transaction of the connection.
func (c *conn) commit() error {
	if c.log == nil {
		// It is open: the transaction began to read in it.
		file, err := c.FileControl("main", sqlite3.FCNTL_JOURNAL_POINTER)
		if err != nil {
			return err
		}
		log, ok := file.(*gatherFile)
		if !ok {
			log = &gatherFile{} // Another file system of a test.
		}
		c.log = log
	}
	return c.log.commit(func() error {
		_, err := c.exec("COMMIT")
		return err
	})
}
