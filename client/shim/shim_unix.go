//go:build unix

package shim

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// Name is the name under which a program starts itself as a shim. Its arguments are the program to start, with its own; descriptor 3 is what
// ends with the process that started it.
const Name = "tftsr-mcp-shim"

// Failed is the status of a shim that cannot start its program; shells use the same.
const Failed = 127

// A process that is started by this name is a shim and nothing else, in every program that holds this package: so there is no way to
// start a server without its shim, and none to run a program by mistake where a shim was meant.
func init() {
	if len(os.Args) > 1 && os.Args[0] == Name {
		os.Exit(runShim(os.Args[1:]))
	}
}

// lifeline is the descriptor that ends when the process which started the shim does.
const lifeline = 3

// runShim starts a program, waits for it, and sees to it that nothing which the program started outlives the program, or the process that
// started the shim, however that ends. Killing a process group from outside would not do: when we are killed nobody is left to do it, and a
// grandchild can leave the group. On Linux the shim inherits every orphan below it; elsewhere it kills the group.
//
// It runs before main, on the main thread, which lives as long as the shim: the kernel sends the signal of Pdeathsig when the thread that
// forked ends, not the process.
func runShim(args []string) int {
	keepFrom()
	adopt()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{Env: syscall.Environ(), Files: []uintptr{0, 1, 2}, Sys: childAttr()}) //nolint:gosec // To run what its owner registered is what it is for.
	if err != nil {
		fmt.Fprintf(os.Stderr, "tftsr: %s cannot be started: %v\n", args[0], err)
		return Failed
	}
	// Only the program holds its streams, so that their ends are its own.
	os.Stdin.Close()
	os.Stdout.Close()
	os.Stderr.Close()
	go func() {
		var b [1]byte
		_, _ = syscall.Read(lifeline, b[:]) // Nothing is ever written: it returns at the end.
		sweep(pid)
	}()
	go func() {
		for range signals {
			_ = syscall.Kill(-pid, syscall.SIGTERM)
		}
	}()
	code := reap(pid)
	sweep(pid)
	return code
}

// keepFrom keeps every descriptor but the streams from the program: the lifeline, and what whoever started us left open.
func keepFrom() {
	syscall.CloseOnExec(lifeline)
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// reap waits for the program, and for orphans meanwhile, and returns its status as a shell would.
func reap(pid int) int {
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return 128 + int(syscall.SIGKILL) // Another sweep has collected it.
		case got != pid:
			continue
		case ws.Signaled():
			return 128 + int(ws.Signal())
		}
		return ws.ExitStatus()
	}
}

// sweepTime is how long a sweep goes on against a program that starts processes as fast as they are killed.
const sweepTime = 5 * time.Second

// sweep kills the group of the program and everything below the shim, until there is nothing.
func sweep(pid int) {
	for end := time.Now().Add(sweepTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		for _, p := range descendants() {
			_ = syscall.Kill(p, syscall.SIGKILL)
		}
		if reapAll() {
			return
		}
	}
}

// reapAll collects what has ended, and reports whether no child is left.
func reapAll() bool {
	for {
		got, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR), got > 0:
			continue
		case errors.Is(err, syscall.ECHILD):
			return true
		}
		return false
	}
}
