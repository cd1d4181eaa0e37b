package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// serveMCP takes one HTTP request with a valid token to the SDK: its body is
// read and checked here, and everything that the SDK answers passes a
// [checkedWriter].
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request, era http.Handler) {
	info := auth.TokenInfoFromContext(r.Context())
	if info == nil { // The token middleware stands before this handler.
		s.forbid(w, r, "no identity", "no identity")
		return
	}
	attended, _ := info.Extra[tokenAttended].(bool)
	ctx := gate.WithCaller(r.Context(), gate.Caller{ID: info.UserID, Channel: gate.ChannelHTTP, Attended: attended})
	r = r.WithContext(ctx)
	r.Header.Del(frameHeader)

	var f *frame
	key := ""
	if r.Method == http.MethodPost {
		body, status := s.readBody(w, r)
		if status != 0 {
			s.gate.Refuse(ctx, "body", intentOf("", nil))
			http.Error(w, http.StatusText(status), status)
			return
		}
		msg, rejected := parseFrame(body)
		if rejected != nil {
			s.gate.Refuse(ctx, rejected.reason, intentOf(rejected.method, nil))
			status := http.StatusBadRequest
			if rejected.err.Code == jsonrpc.CodeMethodNotFound && rejected.id.IsValid() {
				status = http.StatusNotFound // As SEP-2575 wants it.
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write(errorFrame(rejected.id, rejected.err)) // The peer may be gone.
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if req, ok := msg.(*jsonrpc.Request); ok && req.IsCall() {
			f = &frame{method: req.Method}
			key = s.frames.add("http", f)
			defer s.frames.drop(key)
			r.Header.Set(frameHeader, key)
		}
	}
	if r.Method == http.MethodGet {
		// A stream that a client holds open outlives its token no longer than
		// this: whoever comes back shows it again.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.streamTime)
		defer cancel()
		r = r.WithContext(ctx)
	}
	cw := &checkedWriter{server: s, w: w, r: r}
	era.ServeHTTP(cw, r)
	cw.finish()
	switch {
	case f != nil && !f.seen.Load() && ctx.Err() == nil:
		s.gate.Refuse(ctx, "protocol", intentOf(f.method, nil))
	case f == nil && cw.status >= http.StatusBadRequest:
		s.gate.Refuse(ctx, "protocol", intentOf("", nil))
	}
}

// readBody reads a body within limits.max_body_bytes and bodyTimeout, or
// returns the status of the refusal.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, int) {
	rc := http.NewResponseController(w)
	// Not every writer knows deadlines; those of net/http do.
	_ = rc.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.config.Limits.MaxBodyBytes))
	_ = rc.SetReadDeadline(time.Time{})
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil, len(bytes.TrimSpace(body)) == 0:
		return nil, http.StatusBadRequest
	}
	return body, 0
}

// checkedWriter holds back what the SDK writes until it is checked: a whole
// body, or one event of a stream.
type checkedWriter struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request

	status int // 0 until the header is decided
	stream bool
	buf    bytes.Buffer
	failed bool
}

// maxHeld bounds what is held back.
const maxHeld = maxFrame + 1<<20

func (c *checkedWriter) Header() http.Header { return c.w.Header() }

func (c *checkedWriter) WriteHeader(status int) {
	if c.status != 0 {
		return
	}
	c.status = status
	c.w.Header().Del("Content-Length")
	if mediaType(c.w.Header()) == "text/event-stream" {
		c.stream = true
		c.w.WriteHeader(status)
	}
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if c.failed || c.buf.Len()+len(p) > maxHeld {
		c.failed = true
		return 0, errFrame
	}
	c.buf.Write(p)
	if !c.stream {
		return len(p), nil
	}
	for {
		i := bytes.Index(c.buf.Bytes(), []byte("\n\n"))
		if i < 0 {
			return len(p), nil
		}
		event, err := c.event(c.buf.Next(i + 2))
		if err != nil {
			// Nothing of this event leaves. Where an answer was due, the
			// client sees the stream end without it.
			c.failed = true
			return 0, err
		}
		if _, err := c.w.Write(event); err != nil {
			return 0, err
		}
	}
}

// event checks the data of one server-sent event. The SDK writes it as one
// line; other fields hold nothing of a message.
func (c *checkedWriter) event(event []byte) ([]byte, error) {
	var out bytes.Buffer
	for l := range bytes.Lines(bytes.TrimSuffix(event, []byte("\n"))) {
		data, ok := bytes.CutPrefix(l, []byte("data: "))
		if data = bytes.TrimSpace(data); !ok || len(data) == 0 {
			if !ok && !eventField(l) {
				return nil, errFrame
			}
			out.Write(l)
			continue
		}
		clean, err := c.server.recheck(c.r.Context(), data)
		if err != nil {
			return nil, err
		}
		out.WriteString("data: ")
		out.Write(clean)
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// eventField reports whether a line of an event is one that the SDK itself
// makes up: a name, an id, a delay, or the comment that opens a stream on which
// nothing has happened yet.
func eventField(l []byte) bool {
	if string(bytes.TrimSpace(l)) == ": ok" {
		return true
	}
	for _, prefix := range []string{"event: ", "id: ", "retry: "} {
		if v, ok := bytes.CutPrefix(l, []byte(prefix)); ok {
			return isSealed(string(bytes.TrimSpace(v)))
		}
	}
	return len(bytes.TrimSpace(l)) == 0
}

// FlushError sends what is checked.
func (c *checkedWriter) FlushError() error {
	if !c.stream {
		if c.status != 0 || mediaType(c.w.Header()) != "text/event-stream" {
			return nil // A body leaves as a whole.
		}
		c.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(c.w).Flush()
}

// finish checks and sends a body that was held back.
func (c *checkedWriter) finish() {
	if c.stream {
		return // What is left is no complete event.
	}
	status, body := c.status, c.buf.Bytes()
	if status == 0 {
		status = http.StatusOK
	}
	switch {
	case c.failed:
		status, body = http.StatusInternalServerError, nil
	case len(body) == 0:
	case mediaType(c.w.Header()) == "application/json":
		clean, err := c.server.recheck(c.r.Context(), body)
		if err != nil {
			status = http.StatusInternalServerError
			clean = errorFrame(jsonrpc.ID{}, failure(&withheldError{gate.ErrScan}))
		}
		body = clean
	default:
		// A line of the SDK about a request that it cannot serve. It can quote
		// headers.
		text, _, err := c.server.gate.RedactText(c.r.Context(), pii.ModeRaw, string(body))
		if err != nil {
			text = http.StatusText(status) + "\n"
		}
		body = []byte(text)
	}
	c.status = status
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // The peer may be gone.
}

func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
