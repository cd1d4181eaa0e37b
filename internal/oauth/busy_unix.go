//go:build unix

package oauth

import (
	"errors"
	"syscall"
)

func busy(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
