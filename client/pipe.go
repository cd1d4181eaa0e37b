package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/internal/wire"
)

// pipe is the connection to the process of a stdio server. It does its own framing: the SDK ends a session at the first line that is not
// JSON and at the first one that is too long, waits without end for a server that does not read, and for one that does not answer the
// question for its era.
type pipe struct {
	sess *session
	proc *process

	in     chan jsonrpc.Message // what the server says
	faults chan error           // why it says nothing any more; one
	out    chan []byte          // what is written to it
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	calls    map[jsonrpc.ID]bool // without an answer
	answered bool                // it has said something that is of the protocol
	heard    time.Time           // when it did, the last time
	garbage  int                 // lines that are not, since it did
	rubbish  int                 // bytes of them
	odd      []string

	order *order
}

const (
	// What a server may write to stdout, between two messages, that is none.
	maxGarbageLines = 200
	maxGarbageBytes = 256 << 10
	// How much a server may say that nobody asked for: messages a second, and how many at once. A long one counts as several.
	unasked      = 1000
	unaskedBurst = 4000
	unaskedUnit  = 4 << 10 // bytes
)

func newPipe(sess *session) (*pipe, error) {
	proc, err := startProcess(sess.srv.cfg, sess.srv.ring)
	if err != nil {
		return nil, &attachError{status: Unreachable, sentence: err.Error(), err: err}
	}
	return &pipe{
		sess: sess, proc: proc,
		in: make(chan jsonrpc.Message), faults: make(chan error, 1), out: make(chan []byte, 16), closed: make(chan struct{}),
		calls: map[jsonrpc.ID]bool{}, order: newOrder(),
	}, nil
}

func (p *pipe) connect(context.Context) (mcp.Connection, error) {
	go p.read()
	go p.write()
	return p, nil
}

// SessionID is empty: a stdio session has no name.
func (p *pipe) SessionID() string { return "" }

// read hands on what the server says, until it ends.
func (p *pipe) read() {
	limit := rate.NewLimiter(unasked, unaskedBurst)
	fr := newFrames(p.proc.stdout, p.sess.srv.cfg.Limits.MessageBytes)
	for {
		f, err := fr.next()
		if err != nil {
			p.fault(err)
			return
		}
		msgs, ok := p.parse(f)
		if !ok {
			if p.noise(f.data) {
				p.fault(errGarbage)
				return
			}
			continue
		}
		for _, m := range msgs {
			if !p.expected(m) && limit.WaitN(p.sess.ctx, min(1+len(f.data)/unaskedUnit, unaskedBurst)) != nil {
				return
			}
			select {
			case p.in <- m:
			case <-p.closed:
				return
			}
		}
	}
}

func (p *pipe) fault(err error) {
	select {
	case p.faults <- err:
	default:
	}
}

// parse returns the messages of a line. A line that is too long becomes the failure of the call that it answers.
func (p *pipe) parse(f frame) ([]jsonrpc.Message, bool) {
	if f.oversize {
		id, err := jsonrpc.MakeID(f.id)
		p.mu.Lock()
		known := err == nil && f.id != nil && p.calls[id]
		p.mu.Unlock()
		p.odds(fmt.Sprintf("it sent a message of more than %d bytes, which was not read", p.sess.srv.cfg.Limits.MessageBytes))
		if !known {
			return nil, true
		}
		return []jsonrpc.Message{&jsonrpc.Response{ID: id, Error: &Error{Kind: KindTooLarge, Lost: true}}}, true
	}
	if len(f.data) == 0 {
		return nil, true
	}
	if f.data[0] == '[' {
		// A batch, which revision 2025-03-26 had.
		var parts []json.RawMessage
		if json.Unmarshal(f.data, &parts) != nil {
			return nil, false
		}
		var out []jsonrpc.Message
		for _, part := range parts {
			m, err := wire.Decode(part)
			if err != nil {
				return nil, false
			}
			out = append(out, m)
		}
		return out, true
	}
	m, err := wire.Decode(f.data)
	if err != nil {
		return nil, false
	}
	return []jsonrpc.Message{m}, true
}

// expected notes a message, and reports whether it answers a call of ours.
func (p *pipe) expected(m jsonrpc.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered, p.heard, p.garbage, p.rubbish = true, time.Now(), 0, 0
	r, ok := m.(*jsonrpc.Response)
	return ok && p.calls[r.ID]
}

// noise notes a line that is no message, and reports whether it is one too many.
func (p *pipe) noise(line []byte) bool {
	p.sess.srv.ring.add("stdout: " + string(line[:min(len(line), ringLine)]))
	p.odds("it writes lines to stdout that are not messages of the protocol; they belong on stderr, see its log")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.garbage++
	p.rubbish += len(line)
	return p.garbage > maxGarbageLines || p.rubbish > maxGarbageBytes
}

func (p *pipe) odds(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.odd {
		if o == s {
			return
		}
	}
	p.odd = append(p.odd, s)
}

// Read implements [mcp.Connection].
func (p *pipe) Read(ctx context.Context) (jsonrpc.Message, error) {
	select {
	case m := <-p.in:
		switch m := m.(type) {
		case *jsonrpc.Response:
			p.mu.Lock()
			delete(p.calls, m.ID)
			p.mu.Unlock()
			p.order.wait(p.closed)
		case *jsonrpc.Request:
			p.order.pass(m.Method)
		}
		return m, nil
	case err := <-p.faults:
		return nil, p.finished(err)
	case <-p.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// finished waits a moment for the process to be over, so that its end can be told, and gives the reason to the session.
func (p *pipe) finished(err error) error {
	if errors.Is(err, io.EOF) {
		select {
		case <-p.proc.exited:
		case <-time.After(time.Second):
		case <-p.closed:
		}
	}
	p.sess.end(err)
	return err
}

func (p *pipe) handled(method string) { p.order.handled(method) }

func (p *pipe) hung(since time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard.Before(since)
}

func (p *pipe) settled(context.Context) {}

// Write implements [mcp.Connection]. It waits no longer than ctx for a server that does not read.
func (p *pipe) Write(ctx context.Context, m jsonrpc.Message) error {
	b, err := jsonrpc.EncodeMessage(m)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	if req, ok := m.(*jsonrpc.Request); ok {
		p.track(req)
	}
	select {
	case p.out <- append(b, '\n'):
		traceOf(ctx).set(finding{lost: true})
		return nil
	case <-p.closed:
		return io.EOF
	case <-ctx.Done():
		return ctx.Err()
	}
}

// track keeps the calls that have no answer.
func (p *pipe) track(req *jsonrpc.Request) {
	if req.IsCall() {
		p.mu.Lock()
		p.calls[req.ID] = true
		p.mu.Unlock()
		if req.Method == "server/discover" {
			p.boundDiscover(req.ID)
		}
		return
	}
	if req.Method == "notifications/cancelled" {
		var c mcp.CancelledParams
		if json.Unmarshal(req.Params, &c) == nil {
			if id, err := jsonrpc.MakeID(c.RequestID); err == nil {
				p.mu.Lock()
				delete(p.calls, id)
				p.mu.Unlock()
			}
		}
	}
}

// boundDiscover answers for a server that does not know the question for its era and says nothing, so that the SDK goes on to initialize.
func (p *pipe) boundDiscover(id jsonrpc.ID) {
	d := p.sess.srv.cfg.Timeouts.Discover
	t := time.AfterFunc(d, func() {
		p.mu.Lock()
		open := p.calls[id]
		p.mu.Unlock()
		if !open {
			return
		}
		select {
		case p.in <- &jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "no answer within " + d.String()}}:
		case <-p.closed:
		}
	})
	context.AfterFunc(p.sess.ctx, func() { t.Stop() })
}

// write feeds the process.
func (p *pipe) write() {
	for {
		select {
		case b := <-p.out:
			if _, err := p.proc.stdin.Write(b); err != nil {
				return // Its end shows on the other side.
			}
		case <-p.closed:
			return
		}
	}
}

// Close implements [mcp.Connection].
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipe) close() {
	_ = p.Close()
	p.proc.stop(p.sess.srv.cfg.Timeouts.Stop)
}

func (p *pipe) kill() {
	_ = p.Close()
	p.proc.kill()
}

func (p *pipe) pid() int { return p.proc.pid() }

func (p *pipe) notes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.odd
}
