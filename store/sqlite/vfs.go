package sqlite

import (
	"crypto/rand"
	"errors"
	"sync"
	"syscall"

	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
	cipher "lukechampine.com/adiantum"
	"lukechampine.com/adiantum/hbsh"
)

// vfsName is the VFS of all databases: Adiantum over the one of the system.
const vfsName = "tftsr"

func init() { vfs.Register(vfsName, encrypted(vfs.Find(""))) }

// encrypted wraps base. Under the encryption goes a layer that keeps a full
// disk what it is: on its way to us the engine turns the error of a write
// into "disk I/O error", and calls that follow wipe out its cause. The same
// layer keeps blocks of the write-ahead log whole: see [logFile]. Above the
// encryption go the checksums of pages: see [sumFile]; and what gathers the
// writes to that log: see [gatherFile].
func encrypted(base vfs.VFS) vfs.VFS {
	return sumVFS{adiantum.Wrap(exactVFS{base}, keyCreator{})}
}

// handedKeys are the keys of connections that are being opened, by a random
// name that stands for the key in the URI.
//
// The engine must have the key when it opens the file. It reads the header
// then, and what it finds there decides whether the connection compares the
// checksums of the pages that it reads. Given the key later, by PRAGMA hexkey, it
// takes the file for an empty one, and compares none until it happens to read
// page 1 from the file and not from the write-ahead log.
var handedKeys sync.Map

// handKey returns the parameter of a URI that stands for key, and what to call
// when the connection is open.
func handKey(key [32]byte) (parameter string, forget func()) {
	name := rand.Text()
	handedKeys.Store(name, key)
	return "&textkey=" + name, func() { handedKeys.Delete(name) }
}

// keyCreator gives the VFS its ciphers.
type keyCreator struct{}

// KDF returns the key that a name stands for, a random one for a temporary
// file, and nil, which opens nothing, for anything else.
func (keyCreator) KDF(name string) []byte {
	if name == "" {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails, says crypto/rand
		return key
	}
	if key, ok := handedKeys.Load(name); ok {
		b := key.([32]byte)
		return b[:]
	}
	return nil
}

// HBSH returns the cipher of a key, nil when it is none.
func (keyCreator) HBSH(key []byte) *hbsh.HBSH {
	if len(key) != 32 {
		return nil
	}
	return cipher.New(key)
}

type exactVFS struct{ vfs.VFS }

// OpenFilename implements [vfs.VFSFilename].
func (v exactVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil {
		return nil, flags, exact(err)
	}
	if flags&vfs.OPEN_WAL != 0 {
		return newLogFile(exactFile{f}), flags, nil
	}
	return exactFile{f}, flags, nil
}

// exact gives the errors of a full disk the code that SQLite has for them.
func exact(err error) error {
	if err != nil && (errors.Is(err, syscall.ENOSPC) || isQuota(err)) {
		return vfs.SystemError(err, sqlite3.FULL)
	}
	return err
}

// exactFile forwards what the file of the system can do.
type exactFile struct{ vfs.File }

func (f exactFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, exact(err)
}

func (f exactFile) Sync(flags vfs.SyncFlag) error  { return exact(f.File.Sync(flags)) }
func (f exactFile) Truncate(size int64) error      { return exact(f.File.Truncate(size)) }
func (f exactFile) SizeHint(size int64) error      { return exact(vfsutil.WrapSizeHint(f.File, size)) }
func (f exactFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f exactFile) LockState() vfs.LockLevel       { return vfsutil.WrapLockState(f.File) }
func (f exactFile) HasMoved() (bool, error)        { return vfsutil.WrapHasMoved(f.File) }
func (f exactFile) Unwrap() vfs.File               { return f.File }

// DeviceCharacteristics leaves out atomic batches, which the encryption would
// break up anyway.
func (f exactFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() &^ vfs.IOCAP_BATCH_ATOMIC
}
