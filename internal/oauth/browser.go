package oauth

import (
	"os/exec"
	"runtime"
)

// OpenBrowser opens an address in the person's browser, and reports whether a
// program for that could be started at all: whether the person sees it is
// theirs to say. Nothing that it prints goes anywhere, since stdout may belong
// to a protocol, and it gets no stdin. It outlives us.
func OpenBrowser(address string) error {
	if _, err := webAddress(address); err != nil {
		return err
	}
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // No shell, and the address begins with a scheme; it must not end with a command.
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // Nobody waits for a browser.
	return nil
}
