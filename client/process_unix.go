//go:build unix

package client

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"github.com/tftsr/tftsr/client/shim"
)

// startFailed is the status of what could not be started.
const startFailed = shim.Failed

// shimTree is a process under a shim.
type shimTree struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	line *os.File // the shim kills everything when this is closed, by us or by our end
}

// startTree starts the program of c under a shim. cmd has everything but the program.
func startTree(cmd *exec.Cmd, c Config) (tree, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if cmd.Path, err = selfPath(); err != nil {
		w.Close()
		return nil, err
	}
	cmd.Args = append([]string{shim.Name, c.Command}, c.Args...)
	cmd.ExtraFiles = []*os.File{r}
	// A session of its own: signals of our terminal do not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return &shimTree{cmd: cmd, line: w}, nil
}

// selfPath is this program, even when its file was replaced meanwhile.
func selfPath() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

func (t *shimTree) terminate() { _ = t.cmd.Process.Signal(syscall.SIGTERM) }

func (t *shimTree) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = t.line.Close()
}

// over also ends what is left when the shim itself was killed.
func (t *shimTree) over() {
	t.kill()
	shim.KillSession(t.cmd.Process.Pid)
}
