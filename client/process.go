package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// process is the process of a stdio server, and all that it started.
type process struct {
	cmd    *exec.Cmd
	stdin  *os.File
	stdout *os.File
	ring   *ring
	tree   tree

	exited  chan struct{} // closed when the process has ended
	drained chan struct{} // closed when its stderr has
	stops   sync.Once
}

// tree is what the system needs to end a process with all that it started.
type tree interface {
	// terminate asks it to end.
	terminate()
	// kill ends it, and everything that it started.
	kill()
	// over frees what the tree holds, once the process has ended.
	over()
}

// How much of stderr is taken, in bytes; a server that writes more waits.
const (
	stderrRate  = 4 << 20 // a second
	stderrBurst = 1 << 20
)

// startProcess starts the program of a stdio server. Its errors are sentences for the owner, without values of its environment.
func startProcess(c Config, ring *ring) (*process, error) {
	if err := c.CheckProgram(); err != nil {
		return nil, err
	}
	// The ends of the program's streams and ours; read and write ends of its input, its output and its errors.
	var in, out, errs [2]*os.File
	for _, ends := range []*[2]*os.File{&in, &out, &errs} {
		var err error
		if ends[0], ends[1], err = os.Pipe(); err != nil {
			closeFiles(in[0], in[1], out[0], out[1])
			return nil, fmt.Errorf("the command cannot be started: %w", err)
		}
	}
	cmd := &exec.Cmd{Env: c.environ(), Dir: c.dir(), Stdin: in[0], Stdout: out[1], Stderr: errs[1]}
	t, err := startTree(cmd, c)
	closeFiles(in[0], out[1], errs[1])
	if err != nil {
		closeFiles(in[1], out[0], errs[0])
		return nil, fmt.Errorf("the command %s cannot be started: %w", c.Command, pathless(err))
	}
	p := &process{cmd: cmd, stdin: in[1], stdout: out[0], ring: ring, tree: t, exited: make(chan struct{}), drained: make(chan struct{})}
	go p.drain(errs[0])
	go p.wait()
	return p, nil
}

func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// pathless takes the path off an error of the system, which names the program that starts others rather than the one that is meant.
func pathless(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// drain reads stderr.
func (p *process) drain(r *os.File) {
	defer close(p.drained)
	defer r.Close()
	limit := rate.NewLimiter(stderrRate, stderrBurst)
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		_, _ = p.ring.Write(buf[:n]) // It never fails.
		if err != nil {
			return
		}
		_ = limit.WaitN(context.Background(), n) // n is less than the burst.
	}
}

func (p *process) wait() {
	_ = p.cmd.Wait() // What it came to is in ProcessState.
	p.tree.over()
	select {
	case <-p.drained:
	case <-time.After(200 * time.Millisecond): // Somebody else holds stderr.
	}
	close(p.exited)
	// What was written before is still read; who holds stdout now is not one of ours.
	time.AfterFunc(time.Second, func() { _ = p.stdout.Close() })
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process as the protocol says: its input is closed; then it is told to terminate, each with a time of grace; then it and
// all that it started are killed.
func (p *process) stop(grace time.Duration) {
	p.stops.Do(func() {
		_ = p.stdin.Close()
		for _, next := range []func(){p.tree.terminate, p.tree.kill} {
			select {
			case <-p.exited:
			case <-time.After(grace):
				next()
			}
		}
	})
	p.kill()
}

// kill ends the process and all that it started.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		p.tree.kill()
	}
	_ = p.stdin.Close()
	select {
	case <-p.exited:
	case <-time.After(killTime):
	}
	_ = p.stdout.Close()
}

// killTime is how long the system may take to end what was killed.
const killTime = 10 * time.Second

// ending describes how the process ended; it is empty while it runs.
func (p *process) ending() string {
	select {
	case <-p.exited:
	default:
		return ""
	}
	code := p.cmd.ProcessState.ExitCode()
	switch {
	case code == startFailed:
		return "it could not be started"
	case code > 128 && code < 128+65:
		return fmt.Sprintf("it was killed by signal %d", code-128)
	case code < 0:
		return "it was killed (" + p.cmd.ProcessState.String() + ")"
	}
	return fmt.Sprintf("it exited with status %d", code)
}

// explain says what an error that ended a session with a process means.
func (p *pipe) explain(err error) *attachError {
	a := &attachError{status: Unreachable, err: err, said: p.proc.ring.telling(10)}
	p.mu.Lock()
	spoke, garbage := p.answered, p.garbage
	p.mu.Unlock()
	ending := p.proc.ending()
	var banner string
	if garbage > 0 {
		banner = "; it wrote text to stdout, where only messages of the protocol belong"
	}
	switch {
	case errors.Is(err, errGarbage):
		a.status, a.sentence, a.again = Failed, "it writes text to stdout, where only messages of the protocol belong: is it an MCP server, and does it log to stderr?", !spoke
	case errors.Is(err, errFlood):
		a.status, a.sentence = Failed, "it sent a message without end"
	case errors.Is(err, errHung):
		a.sentence = "it stopped answering and was started anew"
	case errors.Is(err, errClosing):
		a.sentence = "it was ended by tftsr"
	case ending != "" && !spoke:
		a.sentence, a.again = ending+" before it answered"+banner+"; its last lines on stderr may say why", true
	case ending != "":
		a.sentence = ending + banner
	case errors.Is(err, context.DeadlineExceeded) && !spoke:
		a.again = true
		a.sentence = fmt.Sprintf("it runs but has not answered within %s%s: a first start may have to fetch packages; start it once by hand, or allow it more time", p.sess.srv.cfg.Timeouts.Start, banner)
	case errors.Is(err, context.DeadlineExceeded):
		a.sentence, a.again = "it stopped answering while it was being attached", true
	case errors.Is(err, io.EOF):
		a.sentence, a.again = "it closed its output"+banner, !spoke
	default:
		if e := rpcError(err); e != nil {
			a.status, a.again = Failed, true
			a.sentence, a.said = fmt.Sprintf("it refused the handshake (code %d)", e.Code), e.Reason
			return a
		}
		a.status, a.sentence = Failed, "it does not speak the protocol"
		if strings.Contains(err.Error(), "unsupported protocol version") {
			a.sentence, a.again = "it speaks a revision of the protocol that tftsr does not know", true
		}
	}
	return a
}

// callError leaves errors of calls to the caller: nothing can go wrong on the way that is not an error of the session.
func (p *pipe) callError(finding, error) *Error { return nil }
