package sqlite

import (
	"errors"
	"syscall"

	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// vfsName is the VFS of all databases: Adiantum over the one of the system.
const vfsName = "tftsr"

func init() { vfs.Register(vfsName, encrypted(vfs.Find(""))) }

// encrypted wraps base. Under the encryption goes a layer that keeps a full
// disk what it is: on its way to us the engine turns the error of a write
// into "disk I/O error", and calls that follow wipe out its cause.
func encrypted(base vfs.VFS) vfs.VFS { return adiantum.Wrap(exactVFS{base}, nil) }

type exactVFS struct{ vfs.VFS }

// OpenFilename implements [vfs.VFSFilename].
func (v exactVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	if err != nil {
		return nil, flags, exact(err)
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
