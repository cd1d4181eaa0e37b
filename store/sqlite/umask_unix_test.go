//go:build unix

package sqlite

import "syscall"

func umask(mask int) int { return syscall.Umask(mask) }
