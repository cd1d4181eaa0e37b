package sqlite

import (
	"encoding/binary"

	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// checksumBytes is what each page of a database with checksums has left free
// at its end (https://sqlite.org/cksumvfs.html).
const checksumBytes = 8

// pageSum is the checksum of a page: two running sums over 32-bit words.
func pageSum(page []byte) (sum [checksumBytes]byte) {
	var s1, s2 uint32
	for body := page[:pageSize-checksumBytes]; len(body) >= 8; body = body[8:] {
		s1 += binary.LittleEndian.Uint32(body) + s2
		s2 += binary.LittleEndian.Uint32(body[4:]) + s1
	}
	binary.LittleEndian.PutUint32(sum[:], s1)
	binary.LittleEndian.PutUint32(sum[4:], s2)
	return sum
}

// sumVFS gives the pages of databases their checksums.
type sumVFS struct{ vfs.VFS }

// OpenFilename implements [vfs.VFSFilename].
func (v sumVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(v.VFS, name, flags)
	switch {
	case err != nil:
	case flags&vfs.OPEN_MAIN_DB != 0:
		f = sumFile{f}
	case flags&vfs.OPEN_WAL != 0:
		if log, ok := vfsutil.UnwrapFile[*logFile](f); ok {
			f = &gatherFile{File: f, log: log}
		}
	}
	return f, flags, err
}

// sumFile is a database whose pages get their checksums whatever wrote them.
// The engine computes them only once a connection has seen in the file that
// the database has them. Until then it would write pages without: a connection
// that has the first page from the write-ahead log, when it copies others of
// the log into the file, and VACUUM INTO, which writes the first page last. For
// everybody else such a page is damaged.
type sumFile struct{ vfs.File }

func (f sumFile) WriteAt(p []byte, off int64) (int, error) {
	// The first page says whether pages have room for a checksum. All databases
	// of this package have, from their first page on.
	if len(p) == pageSize && off%pageSize == 0 && (off > 0 || p[reservedAt] == checksumBytes) {
		sum := pageSum(p)
		copy(p[pageSize-checksumBytes:], sum[:])
	}
	return f.File.WriteAt(p, off)
}

// reservedAt is where the header of a database says how many bytes at the end
// of each page are free (https://sqlite.org/fileformat.html#the_database_header).
const reservedAt = 20

func (f sumFile) Pragma(name, value string) (string, error) {
	return vfsutil.WrapPragma(f.File, name, value)
}
func (f sumFile) SizeHint(size int64) error      { return vfsutil.WrapSizeHint(f.File, size) }
func (f sumFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f sumFile) LockState() vfs.LockLevel       { return vfsutil.WrapLockState(f.File) }
func (f sumFile) HasMoved() (bool, error)        { return vfsutil.WrapHasMoved(f.File) }
func (f sumFile) Unwrap() vfs.File               { return f.File }
