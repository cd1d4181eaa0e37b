package sqlite

import (
	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// logFile is the write-ahead log under the encryption. A frame of it has 4,120
// bytes and a block of the cipher 4,096, so that the end of each frame shares
// a block with the beginning of the next. Who appends a frame writes that
// block again, as the same text in its first part and another ciphertext in all
// of it, while others read it: the frame in it was committed before. Without
// encryption a read that falls into the middle of such a write finds the same
// bytes before and after. Here it would decrypt to noise, which a reader takes
// for what is stored, and which a checkpoint copies into the database for good.
//
// The kernels of Linux (ext4, btrfs, tmpfs) and macOS do not keep reads and
// writes of one page apart, so each block is read and written under a lock of
// its bytes, which other connections and other processes see. Windows does it
// by itself.
//
// What [gatherFile] hands down at once is written at once: see together.
type logFile struct {
	exactFile
	locks  *rangeLocks // nil in memory, for one process
	joined bool
	blocks []byte // What is to be written at off.
	off    int64
}

// descriptor is a file of the system.
type descriptor interface {
	vfs.File
	Fd() uintptr
}

func newLogFile(f exactFile) *logFile {
	l := &logFile{exactFile: f}
	if d, ok := vfsutil.UnwrapFile[descriptor](f.File); ok {
		l.locks = &rangeLocks{d}
	}
	return l
}

func (f *logFile) ReadAt(p []byte, off int64) (int, error) {
	// Who writes reads the blocks that it changes in part. Nobody else writes
	// meanwhile: the engine has one writer at a time.
	if f.locks == nil || f.joined {
		return f.exactFile.ReadAt(p, off)
	}
	if err := f.locks.lock(off, int64(len(p)), false); err != nil {
		return 0, vfs.SystemError(err, sqlite3.IOERR_RDLOCK)
	}
	n, err := f.exactFile.ReadAt(p, off)
	if unlock := f.locks.unlock(off, int64(len(p))); unlock != nil && err == nil {
		err = vfs.SystemError(unlock, sqlite3.IOERR_UNLOCK)
	}
	return n, err
}

func (f *logFile) WriteAt(p []byte, off int64) (int, error) {
	if !f.joined {
		return f.put(p, off)
	}
	if len(f.blocks) > 0 && off != f.off+int64(len(f.blocks)) {
		if _, err := f.put(f.blocks, f.off); err != nil {
			return 0, err
		}
		f.blocks = f.blocks[:0]
	}
	if len(f.blocks) == 0 {
		f.off = off
	}
	f.blocks = append(f.blocks, p...)
	return len(p), nil
}

// together runs write, and then writes to the file what it wrote here, in one
// piece under one lock.
func (f *logFile) together(write func() error) error {
	f.joined = true
	err := write()
	f.joined = false
	if err == nil && len(f.blocks) > 0 {
		_, err = f.put(f.blocks, f.off)
	}
	f.blocks = f.blocks[:0]
	return err
}

func (f *logFile) put(p []byte, off int64) (int, error) {
	if f.locks == nil {
		return f.exactFile.WriteAt(p, off)
	}
	if err := f.locks.lock(off, int64(len(p)), true); err != nil {
		return 0, vfs.SystemError(err, sqlite3.IOERR_LOCK)
	}
	n, err := f.exactFile.WriteAt(p, off)
	if unlock := f.locks.unlock(off, int64(len(p))); unlock != nil && err == nil {
		err = vfs.SystemError(unlock, sqlite3.IOERR_UNLOCK)
	}
	return n, err
}
