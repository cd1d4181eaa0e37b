package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/internal/egress"
)

// web is the connection to a server reached by HTTP. As an [http.RoundTripper] it stands between the SDK and the client of egress: it adds
// the headers of the owner and no others, bounds what the SDK reads whole, ends every request with the session, and remembers of every call
// what became of its request, which the errors of the SDK do not say.
type web struct {
	sess *session
	http *http.Client
	next http.RoundTripper

	mu   sync.Mutex
	conn mcp.Connection
	last trace // what went wrong last
	odd  []string

	gets *rate.Limiter // requests that only listen
}

// trace is what became of the request of a call.
type trace struct {
	mu     sync.Mutex
	status int
	sent   bool   // an answer, or a part of one, came; or the request may have arrived
	kind   Kind   // what this side made of it; empty for nothing
	detail string // for kind
	said   string // by the server
	stale  bool   // the server does not know the session
}

type traceKey struct{}

// Bounds of what the SDK would read without any.
const (
	maxRefusal    = 64 << 10 // bytes of the text of an answer that is an error
	headerTime    = 5 * time.Second
	listens       = 1  // requests a second that only listen, and
	listensBurst  = 10 // at once
	eventsUnasked = 2000
	eventsBurst   = 8000
)

func newWeb(sess *session) (*web, error) {
	c := sess.srv.cfg
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, &attachError{status: Failed, sentence: "its URL cannot be read", err: err}
	}
	host := u.Host
	if u.Port() == "" {
		host = u.Hostname()
		if u.Scheme == "http" {
			host += ":80"
		}
	}
	base, err := egress.New(egress.Options{
		AllowedHosts: []string{host}, CAFile: c.CAFile, Proxy: c.Proxy, PublicOnly: !c.TrustPrivate, Streams: true,
		Timeout: max(c.Timeouts.Call, c.Timeouts.Start) + 10*time.Second, MaxResponseBytes: c.Limits.MessageBytes,
	})
	if err != nil {
		return nil, &attachError{status: Failed, sentence: err.Error(), err: err}
	}
	w := &web{sess: sess, next: base.Transport, gets: rate.NewLimiter(listens, listensBurst)}
	base.Transport = w
	w.http = base
	return w, nil
}

func (w *web) connect(ctx context.Context) (mcp.Connection, error) {
	c := w.sess.srv.cfg
	var t mcp.Transport = &mcp.StreamableClientTransport{
		Endpoint: c.URL, HTTPClient: w.http, MaxEventSize: int(min(c.Limits.MessageBytes, 1<<30)), OAuthHandler: c.OAuth,
	}
	if c.Transport == SSE {
		t = &mcp.SSEClientTransport{Endpoint: c.URL, HTTPClient: w.http, MaxEventSize: int(min(c.Limits.MessageBytes, 1<<30))}
	}
	conn, err := t.Connect(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.conn = conn
	w.mu.Unlock()
	return conn, nil
}

// peeked is what of a message decides how its request is treated.
type peeked struct {
	Method string          `json:"method"`
	ID     json.RawMessage `json:"id"`
}

// RoundTrip implements [http.RoundTripper].
func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	t, ok := r.Context().Value(traceKey{}).(*trace)
	if !ok {
		t = &trace{}
	}
	var msg peeked
	if r.Method == http.MethodPost && r.GetBody != nil {
		if b, err := r.GetBody(); err == nil {
			_ = json.NewDecoder(b).Decode(&msg) // Nothing is known then.
			b.Close()
		}
	}
	if r.Method == http.MethodGet && w.gets.Wait(r.Context()) != nil {
		return nil, r.Context().Err()
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	stop := context.AfterFunc(w.sess.ctx, func() { cancel(errClosing) })
	release := func() { stop(); cancel(nil) }
	r = r.Clone(ctx)
	for name, value := range w.sess.srv.cfg.Headers {
		r.Header.Set(name, value)
	}
	var patience *time.Timer
	switch msg.Method {
	case "server/discover":
		patience = time.AfterFunc(w.sess.srv.cfg.Timeouts.Discover, func() { cancel(errSilent) })
	case "subscriptions/listen":
		patience = time.AfterFunc(headerTime, func() { cancel(errSilent) })
	}
	resp, err := w.next.RoundTrip(r)
	if patience != nil {
		// The answer to discover is read within its time, too.
		if msg.Method == "subscriptions/listen" {
			patience.Stop()
		} else {
			stopOld := release
			release = func() { patience.Stop(); stopOld() }
		}
	}
	if err != nil {
		silent := errors.Is(context.Cause(ctx), errSilent)
		release()
		if silent {
			return synthetic(r, msg.ID, http.StatusOK, "no answer in time"), nil
		}
		w.failed(t, err)
		return nil, err
	}
	resp.Body = &tail{ReadCloser: resp.Body, end: release}
	return w.examine(r, resp, msg, t), nil
}

// errSilent ends the wait for an answer that some servers never give.
var errSilent = errors.New("no answer in time")

// examine looks at an answer before the SDK does.
func (w *web) examine(r *http.Request, resp *http.Response, msg peeked, t *trace) *http.Response {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status, t.sent = resp.StatusCode, true
	m, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300 && m == "text/event-stream":
		resp.Body = &paced{ReadCloser: resp.Body, ctx: r.Context(), limit: rate.NewLimiter(eventsUnasked, eventsBurst)}
		return resp
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		if len(msg.ID) == 0 || m != "application/json" {
			return resp
		}
		// The SDK ends the session when it cannot read a body whole.
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			if r.Context().Err() != nil {
				resp.Body = io.NopCloser(failing{err})
				if errors.Is(context.Cause(r.Context()), errSilent) {
					return synthetic(r, msg.ID, http.StatusOK, "no answer in time")
				}
				return resp
			}
			t.kind, t.detail = KindDied, "the answer broke off"
			if errors.Is(err, egress.ErrTooLarge) {
				t.kind, t.detail = KindTooLarge, ""
			}
			return synthetic(r, msg.ID, http.StatusOK, "the answer could not be read")
		}
		if _, err := jsonrpc.DecodeMessage(b); err != nil {
			t.kind = KindProtocol
			return synthetic(r, msg.ID, http.StatusOK, "the answer is no message")
		}
		resp.Body = io.NopCloser(bytes.NewReader(b))
		return resp
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(b))
	t.said = strings.ToValidUTF8(string(b), "\uFFFD")
	rpc, _ := jsonrpc.DecodeMessage(b)
	answer, isRPC := rpc.(*jsonrpc.Response)
	isRPC = isRPC && answer.Error != nil
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		t.kind = KindNeedsAuth
	case resp.StatusCode == http.StatusTooManyRequests:
		t.kind = KindLimited
	case r.Header.Get("Mcp-Session-Id") != "" && r.Method != http.MethodDelete && forgotten(resp.StatusCode, b):
		t.stale = true
		w.sess.end(errStale)
	}
	w.mu.Lock()
	w.last.status, w.last.said, w.last.kind = resp.StatusCode, t.said, t.kind
	w.mu.Unlock()
	if len(msg.ID) > 0 && !isRPC && resp.StatusCode >= 400 && resp.StatusCode < 500 && w.sess.srv.cfg.Transport == HTTP &&
		resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		// The SDK ends the session at a refusal that is no message of the protocol.
		if t.kind == "" {
			t.kind, t.detail = KindProtocol, fmt.Sprintf("HTTP status %d", resp.StatusCode)
		}
		return synthetic(r, msg.ID, resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return resp
}

// forgotten reports whether an answer says that the server does not know the session: 404 by the specification, and 400 with words to that
// effect by servers made with the TypeScript SDK's examples.
func forgotten(status int, body []byte) bool {
	return status == http.StatusNotFound || status == http.StatusBadRequest && bytes.Contains(bytes.ToLower(body), []byte("session"))
}

// failed notes that a request got no answer.
func (w *web) failed(t *trace, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var dial interface{ Timeout() bool }
	switch {
	case errors.Is(err, egress.ErrRefused):
		t.kind = KindRefused
	case notSent(err):
		t.kind = KindNotConnected
	case errors.As(err, &dial) && dial.Timeout():
		t.kind, t.sent = KindTimeout, true
	default:
		t.kind, t.sent = KindDied, true
	}
	t.detail = reason(err)
	w.mu.Lock()
	w.last.kind, w.last.detail, w.last.status, w.last.said = t.kind, t.detail, 0, ""
	w.mu.Unlock()
}

// synthetic is an answer that this side makes up in the place of one that would end the session.
func synthetic(r *http.Request, id json.RawMessage, status int, text string) *http.Response {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": codeSynthetic, "message": text}})
	if err != nil {
		body = nil
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// codeSynthetic is the code of an error that this side makes up.
const codeSynthetic = jsonrpc.CodeInternalError

// failing is a body that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// tail calls end when a body is closed.
type tail struct {
	io.ReadCloser
	once sync.Once
	end  func()
}

func (t *tail) Close() error {
	err := t.ReadCloser.Close()
	t.once.Do(t.end)
	return err
}

// paced bounds how many lines a second are read of a stream of events. A server that sends more waits.
type paced struct {
	io.ReadCloser
	ctx   context.Context
	limit *rate.Limiter
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if lines := min(bytes.Count(b[:n], []byte{'\n'}), eventsBurst); lines > 0 {
		if e := p.limit.WaitN(p.ctx, lines); e != nil && err == nil {
			err = p.ctx.Err()
		}
	}
	return n, err
}

func (w *web) pid() int { return 0 }

func (w *web) notes() []string { return nil }

// settled gives progress that came before an answer the time to be handled: the SDK does both at once.
func (w *web) settled(context.Context) { time.Sleep(settleTime) }

const settleTime = 2 * time.Millisecond

func (w *web) handled(string) {}

func (w *web) close() {
	w.mu.Lock()
	conn := w.conn
	w.mu.Unlock()
	if conn != nil && !errors.Is(w.sess.cause, errStale) {
		_ = conn.Close() // Tells the server; bounded by the SDK.
	}
	w.http.CloseIdleConnections()
}

func (w *web) kill() {
	w.mu.Lock()
	conn := w.conn
	w.mu.Unlock()
	w.sess.cancel()
	if conn != nil {
		_ = conn.Close()
	}
	w.http.CloseIdleConnections()
}
