package oauth

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

func busy(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }

// detach keeps an interrupt at the terminal from a browser.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}
