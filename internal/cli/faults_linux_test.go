package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// run runs a command that may fail, without the rights of a superuser over
// files, and returns its exit code and stderr. A server finds stdin closed.
func run(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	started := make(chan error)
	go func() {
		// What is taken from this thread is taken from the child, and the
		// thread ends with the goroutine, which never lets go of it.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			for _, c := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_FOWNER} {
				if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
					started <- err
					return
				}
			}
		}
		started <- cmd.Start()
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// commandsOverData are some that read and some that write.
var commandsOverData = [][]string{
	{"stdio"},
	{"audit", "list"},
	{"audit", "verify"},
	{"review"},
	{"token", "create", "agent"},
}

func TestReadOnlyDataFolderIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	output(t, dir, "audit", "verify")
	data := filepath.Join(dir, "data")
	chmod := func(folder, files os.FileMode) {
		entries, err := os.ReadDir(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := os.Chmod(filepath.Join(data, e.Name()), files); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(data, folder); err != nil {
			t.Fatal(err)
		}
	}
	chmod(0o500, 0o400)
	t.Cleanup(func() { chmod(0o700, 0o600) })
	for _, args := range commandsOverData {
		code, stdout, stderr := run(t, child(t, dir, args...))
		if code != exitFailure || stdout != "" || !strings.Contains(stderr, "read-only") || !strings.Contains(stderr, "hint: make the data folder writable") {
			t.Errorf("tftsr %s: exit code %d, stdout %q, stderr %q", strings.Join(args, " "), code, stdout, stderr)
		}
	}
	// Doctor says it, and the text commands need no data folder.
	code, stdout, stderr := run(t, child(t, dir, "doctor"))
	if code != exitFindings || !strings.Contains(stdout, "problem") || !strings.Contains(stdout, "make the data folder writable") {
		t.Errorf("doctor: exit code %d, %s%s", code, stdout, stderr)
	}
	scan := child(t, dir, "scan")
	scan.Stdin = strings.NewReader("mail alice@corp-mail.com")
	if code, stdout, stderr := run(t, scan); code != exitOK || !strings.Contains(stdout, "Email") {
		t.Errorf("scan: exit code %d, %s%s", code, stdout, stderr)
	}
}

// A first start where nothing may be made.
func TestDataFolderThatCannotBeMadeIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	for _, args := range commandsOverData {
		code, stdout, stderr := run(t, child(t, dir, args...))
		if code != exitFailure || stdout != "" || !strings.Contains(stderr, filepath.Join(dir, "data")) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("tftsr %s: exit code %d, stdout %q, stderr %q", strings.Join(args, " "), code, stdout, stderr)
		}
	}
}

// A full disk. It needs the right to mount; where there is none the tests of
// package sqlite with a failing file system have to do.
func TestFullDiskIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("NOT RUN: no tmpfs can be mounted here (%v); run as root", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	output(t, dir, "audit", "verify")
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = ballast.Write(make([]byte, 512))
	}
	if cerr := ballast.Close(); !errors.Is(err, syscall.ENOSPC) || cerr != nil {
		t.Fatal(err, cerr)
	}
	for _, args := range [][]string{{"stdio"}, {"review"}, {"token", "create", "agent"}} {
		code, stdout, stderr := run(t, child(t, dir, args...))
		if code != exitFailure || stdout != "" || !strings.Contains(stderr, "no space left") || !strings.Contains(stderr, "hint: free some space") {
			t.Errorf("tftsr %s: exit code %d, stdout %q, stderr %q", strings.Join(args, " "), code, stdout, stderr)
		}
	}
	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	output(t, dir, "token", "create", "agent")
	output(t, dir, "audit", "verify")
}
