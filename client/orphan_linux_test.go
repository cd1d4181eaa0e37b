package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tftsr/tftsr/client/shim"
)

// asHolder makes the test binary a program that holds a server with offspring, for being killed.
const asHolder = "hold"

func holder() int {
	exe, err := os.Executable()
	if err != nil {
		return 1
	}
	s := NewSet(Options{})
	if err := s.Add(Config{Name: "bad", Transport: Stdio, Command: exe, Args: []string{asHostile, "stubborn"}}); err != nil {
		fmt.Println(err)
		return 1
	}
	s.Start()
	r, err := s.CallTool(context.Background(), ToolCall{Call: Call{Server: "bad", Owner: "me"}, Tool: "offspring"})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	st, _ := s.State("bad")
	b, err := r.Tool.Content[0].MarshalJSON()
	if err != nil {
		return 1
	}
	for _, f := range strings.FieldsFunc(string(b), func(r rune) bool { return r < '0' || r > '9' }) {
		fmt.Println(f)
	}
	fmt.Println(st.PID)
	fmt.Println("end")
	select {}
}

// alive reports whether a process runs; one that nobody has collected does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	rest := b[bytes.LastIndexByte(b, ')')+1:]
	return !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("Z"))
}

// below returns the processes below one, as the process table has them.
func below(pid int) []int {
	children := map[int][]int{}
	shim.EachProcess(func(p, parent, _ int) { children[parent] = append(children[parent], p) })
	var out []int
	for todo := []int{pid}; len(todo) > 0; todo = todo[1:] {
		out = append(out, children[todo[0]]...)
		todo = append(todo, children[todo[0]]...)
	}
	return out
}

func wantGone(t *testing.T, pids []int) {
	t.Helper()
	if len(pids) == 0 {
		t.Fatal("no process to look for")
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var left []int
		for _, pid := range pids {
			if alive(pid) {
				left = append(left, pid)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			for _, pid := range left {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
				t.Errorf("still there: %s", b)
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			return
		}
	}
}

// breed lets the server start processes that try to outlive it, and returns the ids of all that belongs to it.
func breed(t *testing.T, s *Set) []int {
	t.Helper()
	st := connected(t, s, "bad")
	r, err := callTool(t, s, "offspring")
	if err != nil {
		t.Fatal(err)
	}
	pids := append(below(st.PID), st.PID)
	told := strings.Fields(text(t, r))
	for _, f := range told {
		pid, err := strconv.Atoi(f)
		if err != nil || !alive(pid) {
			t.Fatalf("offspring %q: %v", f, err)
		}
		pids = append(pids, pid)
	}
	if len(told) != 4 || len(below(st.PID)) < 5 {
		t.Fatalf("offspring %v, below the shim %v", told, below(st.PID))
	}
	return pids
}

func TestNothingOutlivesAServer(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *Set){
		"removed": func(t *testing.T, s *Set) {
			if err := s.Remove("bad"); err != nil {
				t.Error(err)
			}
		},
		"replaced": func(t *testing.T, s *Set) {
			if err := s.Replace(bad(t)); err != nil {
				t.Error(err)
			}
		},
		"closed": func(t *testing.T, s *Set) { _ = s.Close(t.Context()) },
		"hurried": func(_ *testing.T, s *Set) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.Close(ctx)
		},
		"died": func(t *testing.T, s *Set) { _, err := callTool(t, s, "die"); wantKind(t, err, KindDied, true) },
		"its program was killed": func(t *testing.T, s *Set) {
			st, _ := s.State("bad")
			for _, pid := range below(st.PID)[:1] {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		},
	} {
		for _, tricks := range []string{"", "stubborn"} {
			t.Run(strings.TrimSpace(name+" "+tricks), func(t *testing.T) {
				t.Parallel()
				s := newSet(t, Options{}, bad(t, strings.Fields(tricks)...))
				pids := breed(t, s)
				end(t, s)
				wantGone(t, pids)
			})
		}
	}
}

// When the shim itself is killed, what stayed in its session is ended; a
// process that left it before is out of reach, which docs/gateway.md says.
func TestServerWhoseShimIsKilledIsEnded(t *testing.T) {
	s := newSet(t, Options{}, bad(t, "stubborn"))
	st := connected(t, s, "bad")
	pids := append(below(st.PID), st.PID)
	_ = syscall.Kill(st.PID, syscall.SIGKILL)
	wantGone(t, pids)
	_, err := callTool(t, s, "echo")
	if e := (*Error)(nil); errors.As(err, &e) && e.Kind == KindDied { // Its processes are gone before its session is.
		_, err = callTool(t, s, "echo")
	}
	if err != nil {
		t.Errorf("it was not started again: %v", err)
	}
}

func TestNothingOutlivesUsWhenWeAreKilled(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, asHolder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "end" {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("%q", lines.Text())
		}
		if !alive(pid) {
			t.Errorf("%d does not run", pid)
		}
		pids = append(pids, pid)
	}
	pids = append(pids, below(cmd.Process.Pid)...)
	if len(pids) < 8 {
		t.Errorf("only %v", pids)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	wantGone(t, pids)
}

func TestWrapperIsEndedWithWhatItWraps(t *testing.T) {
	c := bad(t)
	// As npx and its kind do: a shell that starts the server and waits for it.
	c.Args = []string{"-c", "'" + c.Command + "' " + asHostile + "; exit $?"}
	c.Command = "/bin/sh"
	s := newSet(t, Options{}, c)
	pids := breed(t, s)
	if len(pids) < 7 {
		t.Fatalf("shim, shell, server and four more: %v", pids)
	}
	if err := s.Remove("bad"); err != nil {
		t.Fatal(err)
	}
	wantGone(t, pids)
}

func TestServerHasTheDescriptorsOfItsStreamsOnly(t *testing.T) {
	// One that the program of ours was started with, and that is not closed on exec.
	fd, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	s := newSet(t, Options{}, bad(t))
	st := connected(t, s, "bad")
	pids := below(st.PID)
	if len(pids) != 1 {
		t.Fatalf("below the shim: %v", pids)
	}
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pids[0])); err != nil || cwd != "/" {
		t.Errorf("it works in %s, %v: anybody might write there what it loads", cwd, err)
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pids[0], fd.Name()))
		// The Go runtime of the server opens an event poll of its own.
		if n, _ := strconv.Atoi(fd.Name()); n > 2 && strings.HasPrefix(target, "pipe:") || target == "/dev/null" {
			t.Errorf("descriptor %s: %s", fd.Name(), target)
		}
	}
}
