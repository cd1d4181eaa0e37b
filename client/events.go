package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/internal/wire"
)

// events reads a stream of server-sent events and hands on those that the SDK can take: at one that is too long or no message it would end
// the session. In the stream that answers a call, such an event becomes the failure of that call.
type events struct {
	body  io.ReadCloser
	r     *bufio.Reader
	ctx   context.Context
	limit *rate.Limiter
	max   int64
	call  json.RawMessage // id of the call that the stream answers; nil for none
	spoil func(Kind)      // told why an event was not handed on
	// answered is told of a response, which ends the stream when it returns true and is not handed on then; nil for nothing.
	answered func(*jsonrpc.Response) bool
	spoke    func()              // told of each message; nil for nothing
	passes   func(method string) // told of each request and notification that is handed on; nil for nothing

	raw bool      // of the older transport, whose first event is an address, and whose one stream has the answers to all calls
	ids idScanner // of the event that is read; raw only
	out []byte
	err error
}

func newEvents(ctx context.Context, body io.ReadCloser, max int64, call json.RawMessage, raw bool, spoil func(Kind)) *events {
	return &events{
		body: body, r: bufio.NewReaderSize(body, 32<<10), ctx: ctx, limit: rate.NewLimiter(unasked, unaskedBurst),
		max: max, call: call, raw: raw, spoil: spoil,
	}
}

func (e *events) Close() error { return e.body.Close() }

// Read implements [io.Reader].
func (e *events) Read(p []byte) (int, error) {
	for len(e.out) == 0 {
		if e.err != nil {
			return 0, e.err
		}
		e.next()
	}
	n := copy(p, e.out)
	e.out = e.out[n:]
	return n, nil
}

// next takes one event.
func (e *events) next() {
	var event, data []byte
	var kind string
	size, fields := int64(0), 0
	e.ids = idScanner{}
	for {
		line, err := e.line(&size)
		if err != nil {
			e.err = err
		}
		text := bytes.TrimRight(line, "\r\n")
		name, value, ok := bytes.Cut(text, []byte{':'})
		switch {
		case len(text) == 0 || size > e.max:
		case !ok || len(name) == 0:
			// A field without a value, or a comment: the SDK takes the one for damage and needs the other not.
		default:
			fields++
			event = append(append(event, text...), '\n')
			switch string(name) {
			case "data":
				data = append(append(data, bytes.TrimPrefix(value, []byte{' '})...), '\n')
			case "event":
				kind = string(bytes.TrimSpace(value))
			}
		}
		if len(text) == 0 && (fields > 0 || size > e.max) || err != nil {
			break
		}
	}
	if fields == 0 && size <= e.max {
		return
	}
	if e.limit.WaitN(e.ctx, min(1+int(size)/unaskedUnit, unaskedBurst)) != nil && e.err == nil {
		e.err = e.ctx.Err()
	}
	switch {
	case size > e.max:
		e.replace(KindTooLarge)
	case e.raw && kind == "endpoint", len(bytes.TrimSpace(data)) == 0, kind != "" && kind != "message":
		e.out = append(event, '\n')
	default:
		msg, err := wire.Decode(bytes.TrimSpace(data))
		if err != nil {
			e.replace(KindProtocol)
			return
		}
		if e.spoke != nil {
			e.spoke()
		}
		if r, ok := msg.(*jsonrpc.Response); ok && e.answered != nil && e.answered(r) {
			e.err = io.EOF
			return
		}
		if r, ok := msg.(*jsonrpc.Request); ok && e.passes != nil {
			e.passes(r.Method)
		}
		e.out = append(event, '\n')
	}
}

// line returns the next line. Once an event has more bytes than allowed, its lines are skipped; size counts on.
func (e *events) line(size *int64) ([]byte, error) {
	var b []byte
	first, isData := true, false
	for {
		part, err := e.r.ReadSlice('\n')
		*size += int64(len(part))
		if e.raw {
			text := part
			if first {
				text, isData = bytes.CutPrefix(part, []byte("data:"))
			}
			if first = false; isData {
				e.ids.write(text)
			}
		}
		switch {
		case *size > e.max*drainFactor:
			return nil, fmt.Errorf("%w: more than %d bytes", errFlood, *size)
		case *size <= e.max:
			b = append(b, part...)
		case len(bytes.TrimRight(part, "\r\n")) == 0 && len(b) == 0:
			// The empty line that ends an event which is skipped.
		default:
			b = append(b[:0], 'x') // Not empty.
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b, err
		}
	}
}

// replace puts the failure of the call in the place of an event. On the stream of the older transport it is the call that the
// event says it answers.
func (e *events) replace(k Kind) {
	if e.spoil != nil {
		e.spoil(k)
	}
	call := e.call
	if e.raw {
		call = nil
		if id := e.ids.value(); id != nil {
			call, _ = json.Marshal(id)
		}
	}
	if call == nil {
		return
	}
	body, err := json.Marshal(syntheticBody(call, "the answer cannot be used", k))
	if err != nil {
		return
	}
	e.out = fmt.Appendf(nil, "event: message\ndata: %s\n\n", body)
}
