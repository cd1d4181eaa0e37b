//go:build unix

package oauth

import (
	"errors"
	"os/exec"
	"syscall"
)

func busy(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// detach keeps an interrupt at the terminal from a browser.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
