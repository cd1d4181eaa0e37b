//go:build linux || darwin

package sqlite

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// rangeLocks are locks of ranges of a file that belong to its descriptor, so
// that they hold between connections of one process as between processes, and
// end with it.
type rangeLocks struct{ file descriptor }

func (l rangeLocks) lock(off, size int64, alone bool) error {
	kind := int16(unix.F_RDLCK)
	if alone {
		kind = unix.F_WRLCK
	}
	return l.set(ofdWait, kind, off, size)
}

func (l rangeLocks) unlock(off, size int64) error { return l.set(ofdSet, unix.F_UNLCK, off, size) }

func (l rangeLocks) set(cmd int, kind int16, off, size int64) error {
	for {
		err := unix.FcntlFlock(l.file.Fd(), cmd, &unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: off, Len: size})
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
