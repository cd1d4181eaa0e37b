package sqlite

import "golang.org/x/sys/unix"

const (
	ofdSet  = unix.F_OFD_SETLK
	ofdWait = unix.F_OFD_SETLKW
)
