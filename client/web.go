package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"

	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/wire"
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
	last finding // of the last request

	order *order
	gets  *rate.Limiter // requests that only listen
	spoke atomic.Int64  // when the server last said something, in nanoseconds since 1970
}

// Bounds of what the SDK would read without any.
const (
	maxRefusal   = 64 << 10 // bytes of the text of an answer that is an error
	headerTime   = 5 * time.Second
	listens      = 1  // requests a second that only listen, and
	listensBurst = 10 // at once
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
			host = net.JoinHostPort(host, "80")
		}
	}
	base, err := egress.New(egress.Options{
		AllowedHosts: []string{host}, CAFile: c.CAFile, Proxy: c.Proxy, PublicOnly: !c.TrustPrivate, Streams: true,
		// Calls and handshakes have bounds of their own; this is the sum of what one may take, a person's answer included.
		Timeout: c.Timeouts.Call + c.Timeouts.Start + c.Timeouts.Park, MaxResponseBytes: c.Limits.MessageBytes,
	})
	if err != nil {
		return nil, &attachError{status: Failed, sentence: err.Error(), err: err}
	}
	w := &web{sess: sess, next: base.Transport, order: newOrder(), gets: rate.NewLimiter(listens, listensBurst)}
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
	t := traceOf(r.Context())
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
	// The SDK waits, without a bound of its own, for the header of a stream that only listens; servers exist that send none before the first
	// event. Without that stream they are attached all the same.
	listen := msg.Method == "subscriptions/listen" || r.Method == http.MethodGet && w.sess.srv.cfg.Transport == HTTP && r.Header.Get("Last-Event-Id") == ""
	switch patience := w.patience(listen, msg.Method); {
	case patience == 0:
	case listen:
		t := time.AfterFunc(patience, func() { cancel(errSilent) })
		defer t.Stop()
	default: // The answer is read within that time, too.
		t := time.AfterFunc(patience, func() { cancel(errSilent) })
		release = func() { t.Stop(); stop(); cancel(nil) }
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		silent := errors.Is(context.Cause(ctx), errSilent)
		release()
		switch {
		case silent && r.Method == http.MethodGet:
			return synthetic(r, nil, http.StatusMethodNotAllowed, "no answer in time"), nil
		case silent:
			return synthetic(r, msg.ID, http.StatusOK, "no answer in time"), nil
		}
		w.failed(r, t, err)
		return nil, err
	}
	body := &tail{ReadCloser: resp.Body, end: release}
	resp.Body = body
	if msg.Method == "subscriptions/listen" {
		if l := w.changes(r, resp, body); l != nil {
			return l, nil
		}
	}
	return w.examine(r, resp, msg, t), nil
}

// patience is how long an answer is waited for that the SDK would wait for without end; 0 means no bound of this kind.
func (w *web) patience(listen bool, method string) time.Duration {
	switch {
	case listen:
		return headerTime
	case method == "server/discover":
		return w.sess.srv.cfg.Timeouts.Discover
	}
	return 0
}

// errSilent ends the wait for an answer that some servers never give.
var errSilent = errors.New("no answer in time")

// examine looks at an answer before the SDK does.
func (w *web) examine(r *http.Request, resp *http.Response, msg peeked, t *trace) *http.Response {
	m, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	switch {
	case ok && m == "text/event-stream":
		e := newEvents(r.Context(), resp.Body, w.sess.srv.cfg.Limits.MessageBytes, msg.ID, w.sess.srv.cfg.Transport == SSE, func(k Kind) { w.note(r, t, finding{kind: k, status: resp.StatusCode, lost: true}) })
		e.spoke, e.passes = w.heard, w.order.pass
		resp.Body = e
		w.note(r, t, finding{status: resp.StatusCode, lost: true})
		return resp
	case ok && (len(msg.ID) == 0 || m != "application/json"):
		w.note(r, t, finding{status: resp.StatusCode, lost: true})
		return resp
	case ok:
		return w.examineJSON(r, resp, msg, t)
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(b))
	f := finding{status: resp.StatusCode, said: strings.ToValidUTF8(string(b), "\uFFFD")}
	status, client := resp.StatusCode, resp.StatusCode < 500
	rpc, _ := wire.Decode(b)
	answer, _ := rpc.(*jsonrpc.Response)
	isRPC := answer != nil && answer.Error != nil
	switch {
	case r.Header.Get("Mcp-Session-Id") != "" && r.Method != http.MethodDelete && forgotten(status, b):
		f.stale = true
		w.sess.end(errStale)
	case status == http.StatusUnauthorized:
		f.kind = KindNeedsAuth
		if w.sess.srv.cfg.OAuth == nil {
			defer w.sess.end(errUnauthorized)
		}
	case status == http.StatusForbidden:
		f.kind, f.scopes = KindNeedsAuth, missingScopes(resp.Header)
	case status == http.StatusTooManyRequests:
		f.kind = KindLimited
	case status >= 300 && status < 400, isRPC:
	case client:
		f.kind, f.detail = KindProtocol, fmt.Sprintf("HTTP status %d", status)
	default:
		f.kind, f.detail, f.lost = KindDied, fmt.Sprintf("HTTP status %d", status), true
	}
	w.note(r, t, f)
	authorises := w.sess.srv.cfg.OAuth != nil && (status == http.StatusUnauthorized || status == http.StatusForbidden)
	if len(msg.ID) > 0 && !isRPC && status >= 400 && !authorises && w.sess.srv.cfg.Transport == HTTP {
		// The SDK ends the session at a refusal that is no message of the protocol.
		return synthetic(r, msg.ID, status, http.StatusText(status))
	}
	return resp
}

// examineJSON reads a body that answers a call: the SDK ends the session when it cannot read one whole.
func (w *web) examineJSON(r *http.Request, resp *http.Response, msg peeked, t *trace) *http.Response {
	b, err := io.ReadAll(resp.Body)
	late := r.Context().Err() != nil // Before the body is closed, which ends the context.
	resp.Body.Close()
	f := finding{status: resp.StatusCode, lost: true}
	text := ""
	switch {
	case err != nil && late:
		text = "no answer in time"
	case errors.Is(err, egress.ErrTooLarge):
		f.kind, text = KindTooLarge, "the answer is too large"
	case err != nil:
		f.kind, f.detail, text = KindDied, "the answer broke off", "the answer broke off"
	default:
		if _, err := wire.Decode(b); err != nil {
			f.kind, text = KindProtocol, "the answer is no message"
			break
		}
		w.heard()
	}
	w.note(r, t, f)
	if text != "" {
		return synthetic(r, msg.ID, http.StatusOK, text)
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp
}

// note keeps what became of a request, for its call and for whoever explains the end of the session.
func (w *web) note(r *http.Request, t *trace, f finding) {
	t.set(f)
	if r.Method == http.MethodPost || w.sess.srv.cfg.Transport == SSE {
		w.mu.Lock()
		w.last = f
		w.mu.Unlock()
	}
}

// forgotten reports whether an answer says that the server does not know the session: 404 by the specification, and 400 with words to that
// effect by servers made with the TypeScript SDK's examples.
func forgotten(status int, body []byte) bool {
	return status == http.StatusNotFound || status == http.StatusBadRequest && bytes.Contains(bytes.ToLower(body), []byte("session"))
}

// failed notes that a request got no answer.
func (w *web) failed(r *http.Request, t *trace, err error) {
	f := finding{detail: reason(err)}
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(err, egress.ErrRefused):
		f.kind = KindRefused
	case errors.Is(err, egress.ErrTooLarge):
		f.kind, f.detail, f.lost = KindTooLarge, "", true
	case notSent(err):
		f.kind = KindNotConnected
	case errors.As(err, &late) && late.Timeout():
		f.kind, f.lost = KindTimeout, true
	default:
		f.kind, f.lost = KindDied, true
	}
	w.note(r, t, f)
}

// synthetic is an answer that this side makes up in the place of one that would end the session.
func synthetic(r *http.Request, id json.RawMessage, status int, text string) *http.Response {
	body, err := json.Marshal(syntheticBody(id, text, ""))
	if err != nil {
		body = nil
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// syntheticBody is the message of one. kind is what became of the call, where no trace of its request says so; empty for none.
func syntheticBody(id json.RawMessage, text string, kind Kind) any {
	e := map[string]any{"code": codeSynthetic, "message": text}
	if kind != "" {
		e["data"] = syntheticMark() + string(kind)
	}
	return map[string]any{"jsonrpc": "2.0", "id": id, "error": e}
}

// syntheticMark tells errors that this side made up from those of servers, which never see it.
var syntheticMark = sync.OnceValue(rand.Text)

// syntheticKind returns what became of a call that was answered in this side's words; empty for the words of a server.
func syntheticKind(e *jsonrpc.Error) Kind {
	var text string
	if e.Code != codeSynthetic || json.Unmarshal(e.Data, &text) != nil {
		return ""
	}
	kind, ok := strings.CutPrefix(text, syntheticMark())
	if !ok {
		return ""
	}
	return Kind(kind)
}

// codeSynthetic is the code of an error that this side makes up.
const codeSynthetic = jsonrpc.CodeInternalError

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

func (w *web) pid() int { return 0 }

func (w *web) notes() []string { return nil }

// settled waits until progress that came before an answer is handled.
func (w *web) settled(ctx context.Context) { w.order.wait(ctx.Done()) }

func (w *web) handled(method string) { w.order.handled(method) }

// hung: a session of which nothing is heard any more is made anew; the server may be well.
func (w *web) hung(since time.Time) bool { return w.spoke.Load() < since.UnixNano() }

// heard notes that the server said something that is a message.
func (w *web) heard() { w.spoke.Store(time.Now().UnixNano()) }

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
