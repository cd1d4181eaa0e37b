//go:build !unix

package sqlite

import (
	"errors"
	"syscall"
)

// Windows has codes of its own for a full disk (winerror.h:
// ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL).
func isQuota(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}
