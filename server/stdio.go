package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// ErrFrameTooLarge is returned by [Server.RunStdio] when a host sent a message
// beyond limits.max_body_bytes. Where the next one begins is not known then.
var ErrFrameTooLarge = errors.New("the host sent a message larger than limits.max_body_bytes")

// drainTime is how long the answers of running calls may take after the host
// closed its end.
const drainTime = 5 * time.Second

// RunStdio serves one host over in and out, one message a line, until in ends
// or ctx does. It closes both. It returns nil when the host hung up.
func (s *Server) RunStdio(ctx context.Context, in io.ReadCloser, out io.WriteCloser) error {
	c := &stdioConn{
		server: s, in: in, out: out,
		caller:  gate.Caller{ID: s.user, Channel: gate.ChannelStdio, Attended: true},
		lines:   make(chan line),
		ended:   make(chan struct{}),
		closed:  make(chan struct{}),
		pending: make(map[jsonrpc.ID]string),
		idle:    make(chan struct{}, 1),
	}
	// The first answer comes first: attaching servers takes all processors.
	c.attach = sync.OnceFunc(s.startRelay)
	defer time.AfterFunc(attachAfter, c.attach).Stop()
	go c.readLines(s.config.Limits.MaxBodyBytes)
	session, err := s.mcp.Connect(context.WithoutCancel(ctx), c, nil)
	if err != nil {
		return fmt.Errorf("start the session: %w", err)
	}
	stop := context.AfterFunc(ctx, c.hangUp)
	defer stop()
	err = session.Wait()
	c.settleAll()
	s.notes.flush()
	switch {
	case c.tooLarge():
		return ErrFrameTooLarge
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

type line struct {
	data []byte
	err  error
}

// stdioConn is the connection to the host at stdin and stdout. It does its
// own framing, because the SDK ends the session at the first line that is not
// JSON and loses the answers of running calls when the host hangs up.
type stdioConn struct {
	server *Server
	caller gate.Caller
	in     io.ReadCloser
	out    io.WriteCloser
	attach func() // begins to attach other servers; may be called again

	lines  chan line
	ended  chan struct{} // closed to end the session from this side
	endOne sync.Once
	closed chan struct{}
	closeO sync.Once

	mu      sync.Mutex // guards what follows and writing
	pending map[jsonrpc.ID]string
	asking  int // questions to the host without an answer
	big     bool
	idle    chan struct{} // tells the drain that a call was answered
}

// Connect makes the connection its own transport.
func (c *stdioConn) Connect(context.Context) (mcp.Connection, error) { return c, nil }

// SessionID is empty: a stdio session has no name.
func (c *stdioConn) SessionID() string { return "" }

func (c *stdioConn) readLines(limit int64) {
	r := bufio.NewReaderSize(c.in, 64<<10)
	for {
		data, err := readLine(r, limit)
		select {
		case c.lines <- line{data, err}:
		case <-c.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

// readLine reads a line of at most limit bytes. A last line without an end
// counts.
func readLine(r *bufio.Reader, limit int64) ([]byte, error) {
	var b []byte
	for {
		part, err := r.ReadSlice('\n')
		if int64(len(b)+len(part)) > limit {
			return nil, ErrFrameTooLarge
		}
		b = append(b, part...)
		switch {
		case err == nil:
			return b, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(b)) > 0:
			return b, nil
		default:
			return nil, err
		}
	}
}

// Read returns the next message that the SDK can serve. It answers the others
// itself.
func (c *stdioConn) Read(ctx context.Context) (jsonrpc.Message, error) {
	for {
		var l line
		select {
		case l = <-c.lines:
		case <-c.ended:
			return nil, io.EOF
		case <-c.closed:
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.err != nil {
			return nil, c.end(l.err)
		}
		if len(bytes.TrimSpace(l.data)) == 0 {
			continue
		}
		msg, rejected := parseFrame(l.data)
		if rejected == nil {
			rejected = c.accept(msg)
		}
		if rejected == nil {
			return msg, nil
		}
		c.server.gate.Refuse(gate.WithCaller(ctx, c.caller), rejected.reason, intentOf(rejected.method, nil))
		if !rejected.quiet && (rejected.id.IsValid() || rejected.method == "") {
			if err := c.write(errorFrame(rejected.id, rejected.err)); err != nil {
				return nil, err
			}
		}
	}
}

// accept marks a message for the middleware.
func (c *stdioConn) accept(msg jsonrpc.Message) *rejection {
	c.mu.Lock()
	defer c.mu.Unlock()
	req, ok := msg.(*jsonrpc.Request)
	switch {
	case !ok:
		c.asking = max(0, c.asking-1)
	case !req.IsCall():
		req.Extra = header(stdioFrame)
	default:
		if _, twice := c.pending[req.ID]; twice {
			r := reject("duplicate id", jsonrpc.CodeInvalidRequest, "a request with this id is being served")
			r.method = req.Method
			return r
		}
		key := c.server.frames.add(stdioFrame, &frame{method: req.Method, waits: true})
		c.pending[req.ID] = key
		req.Extra = header(key)
	}
	return nil
}

// end decides what the end of the input means. After a hang-up, the calls
// that run may still answer: a host, or a person with a pipe, closes its end
// when it has said everything.
func (c *stdioConn) end(err error) error {
	if errors.Is(err, ErrFrameTooLarge) {
		c.mu.Lock()
		c.big = true
		c.mu.Unlock()
		ctx := gate.WithCaller(context.Background(), c.caller)
		c.server.gate.Refuse(ctx, "frame too large", intentOf("", nil))
		_ = c.write(errorFrame(jsonrpc.ID{}, &jsonrpc.Error{
			Code:    jsonrpc.CodeInvalidRequest,
			Message: fmt.Sprintf("the message is larger than %d bytes (limits.max_body_bytes); the session ends", c.server.config.Limits.MaxBodyBytes),
		})) // The session ends in any case.
		return io.EOF
	}
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	for {
		c.mu.Lock()
		done := len(c.pending) == 0 || c.asking > 0
		c.mu.Unlock()
		if done {
			return err
		}
		select {
		case <-c.idle:
		case <-limit.C:
			return err
		case <-c.ended:
			return err
		case <-c.closed:
			return err
		}
	}
}

func (c *stdioConn) tooLarge() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.big
}

// Write sends a message of the SDK, checked once more.
func (c *stdioConn) Write(ctx context.Context, msg jsonrpc.Message) error {
	if resp, ok := msg.(*jsonrpc.Response); ok {
		defer c.answered(resp.ID)
		if resp.Error != nil {
			msg = c.settle(ctx, resp)
		}
	}
	b, err := c.encode(ctx, msg)
	if resp, ok := msg.(*jsonrpc.Response); ok {
		// Only now, after what takes as long: the answer leaves when it is on the
		// record what became of the call.
		if failed := c.durable(resp.ID); failed != nil {
			b, err = c.encode(ctx, &jsonrpc.Response{ID: resp.ID, Error: failed})
		}
	}
	if err != nil {
		return err
	}
	if req, ok := msg.(*jsonrpc.Request); ok && req.IsCall() {
		c.mu.Lock()
		c.asking++
		c.mu.Unlock()
	}
	defer c.attach()
	return c.write(b)
}

// encode makes a checked frame of a message.
func (c *stdioConn) encode(ctx context.Context, msg jsonrpc.Message) ([]byte, error) {
	b, err := jsonrpc.EncodeMessage(msg)
	if err != nil {
		return nil, fmt.Errorf("encode a message: %w", err)
	}
	if b, err = c.server.recheck(ctx, b); err != nil {
		// This code tells the SDK that the message was refused and the
		// connection is sound.
		return nil, &jsonrpc.Error{Code: codeRejected, Message: err.Error()}
	}
	return b, nil
}

// durable waits until the outcome of a call is on the record, and returns what
// is to be answered if it cannot be.
func (c *stdioConn) durable(id jsonrpc.ID) *jsonrpc.Error {
	c.mu.Lock()
	key := c.pending[id]
	c.mu.Unlock()
	if f, _ := c.server.frames.get(key); f != nil && f.durable != nil {
		return f.durable()
	}
	return nil
}

// settleAll waits for the outcomes of calls that ended with the session: nobody
// was left to answer, and they are on the record all the same.
func (c *stdioConn) settleAll() {
	c.mu.Lock()
	left := slices.Collect(maps.Keys(c.pending))
	c.mu.Unlock()
	for _, id := range left {
		_ = c.durable(id) // It is logged.
	}
}

// codeRejected is what the SDK's transports answer for a message that they
// refuse (ErrRejected of its internal/jsonrpc2).
const codeRejected = -32005

// settle records a call that the SDK turned away by itself.
func (c *stdioConn) settle(ctx context.Context, resp *jsonrpc.Response) *jsonrpc.Response {
	c.mu.Lock()
	key := c.pending[resp.ID]
	c.mu.Unlock()
	f, seen := c.server.frames.get(key)
	if f == nil || seen {
		return resp
	}
	c.server.gate.Refuse(gate.WithCaller(ctx, c.caller), "protocol", intentOf(f.method, nil))
	var wire *jsonrpc.Error
	if errors.As(resp.Error, &wire) {
		return resp
	}
	// The SDK gives such an answer the code 0, which says nothing.
	return &jsonrpc.Response{ID: resp.ID, Error: &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: resp.Error.Error()}}
}

// answered forgets a call.
func (c *stdioConn) answered(id jsonrpc.ID) {
	c.mu.Lock()
	c.server.frames.drop(c.pending[id])
	delete(c.pending, id)
	c.mu.Unlock()
	select {
	case c.idle <- struct{}{}:
	default:
	}
}

func (c *stdioConn) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.out.Write(append(b, '\n'))
	return err
}

// hangUp ends the session as if the host had: calls that run are cancelled.
func (c *stdioConn) hangUp() { c.endOne.Do(func() { close(c.ended) }) }

// Close closes both ends.
func (c *stdioConn) Close() error {
	var err error
	c.closeO.Do(func() {
		close(c.closed)
		err = errors.Join(c.in.Close(), c.out.Close())
	})
	return err
}
