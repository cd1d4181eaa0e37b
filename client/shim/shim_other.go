//go:build unix && !linux

package shim

import "syscall"

// adopt does nothing: other systems give orphans to process 1.
func adopt() {}

// childAttr puts the program into a group of its own.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// descendants finds none: what left the group of the program is not found here.
func descendants() []int { return nil }

// KillSession does nothing: only the shim knows the group, and it ended it.
func KillSession(int) {}
