package providers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
)

const (
	maxRequest  = 8 << 20 // bytes of a body
	maxResponse = 8 << 20
	maxRefusal  = 64 << 10 // bytes of an error that are read
	// idleTimeout is how long a stream may be silent. Models that think say
	// nothing for a while; all vendors send something to keep the line open.
	idleTimeout = 2 * time.Minute
	userAgent   = "tftsr"
)

// wire is the one way by which requests reach the network. The vendors'
// libraries hand it a body; address and headers are made here, so that nothing
// else of a library leaves: no telemetry, no header of the environment.
type wire struct {
	dest     gate.Destination
	endpoint *url.URL
	header   http.Header // beside those below
	key      string      // whole value of the key's header; empty for none
	keyName  string
	next     http.RoundTripper
	now      func() time.Time
	idle     time.Duration
}

// String keeps the key out of whatever prints a wire.
func (w *wire) String() string { return "wire to " + string(w.dest) }

// GoString is [wire.String].
func (w *wire) GoString() string { return w.String() }

type traceKey struct{}

// notStreamError is an answer in one piece to a request for a stream.
type notStreamError struct{ body []byte }

func (*notStreamError) Error() string { return "the answer is no stream" }

// RoundTrip implements [http.RoundTripper]. What is no success becomes an
// [*Error].
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if len(body) > maxRequest {
		return nil, &Error{Kind: KindTooLarge, Detail: fmt.Sprintf("a request has at most %d bytes", maxRequest)}
	}
	stream := r.Header.Get("Accept") == "text/event-stream" || bytes.Contains(body, []byte(`"stream":true`))
	ctx, cancel := context.WithCancelCause(r.Context())
	out, err := http.NewRequestWithContext(ctx, r.Method, w.endpoint.String(), bytes.NewReader(body)) //nolint:gosec // The owner's own address, and egress lets nothing else pass.
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("%s: the request cannot be made", w.dest) // err would repeat the address.
	}
	if len(body) == 0 {
		out.Body, out.ContentLength = http.NoBody, 0
	} else {
		out.Header.Set("Content-Type", "application/json")
	}
	trace, ok := ctx.Value(traceKey{}).(*Trace)
	if !ok {
		trace = new(Trace) // Nobody asks.
	}
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		trace.Bodies = append(trace.Bodies, hex.EncodeToString(sum[:]))
	}
	trace.answered, trace.microUSD = false, 0
	out.Header.Set("Accept", "application/json")
	if stream {
		out.Header.Set("Accept", "text/event-stream, application/x-ndjson, application/json")
	}
	out.Header.Set("User-Agent", userAgent)
	for name, values := range w.header {
		out.Header[name] = values
	}
	if w.key != "" {
		out.Header.Set(w.keyName, w.key)
	}
	resp, err := w.next.RoundTrip(out)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	resp.Body = newIdleBody(resp.Body, w.idle, cancel, ctx)
	if e := w.look(resp, stream); e != nil {
		_ = resp.Body.Close()
		return nil, e
	}
	trace.answered = true
	// docs.litellm.ai/docs/proxy/cost_tracking
	if f, err := strconv.ParseFloat(resp.Header.Get("X-Litellm-Response-Cost"), 64); err == nil && f > 0 && f < 1e6 {
		trace.microUSD = int64(f*1e6 + 0.5)
	}
	return resp, nil
}

// look turns what is no answer of the interface into an error.
func (w *wire) look(resp *http.Response, stream bool) error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // Without one it is "".
	isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
	switch {
	case resp.StatusCode/100 == 3:
		e := &Error{Kind: KindRedirect, Status: resp.StatusCode}
		if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
			e.Detail = "to " + to.Host
		}
		return e
	case resp.StatusCode/100 != 2:
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
		if err != nil && len(body) == 0 {
			return err
		}
		return refusal(resp.StatusCode, resp.Header, body, w.now())
	case media == "text/html", resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNonAuthoritativeInfo:
		return &Error{Kind: KindProtocol, Status: resp.StatusCode, Detail: "a page or nothing, where JSON is expected", sent: true}
	case stream && isJSON:
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		return &notStreamError{body}
	case !stream && !isJSON:
		return &Error{Kind: KindProtocol, Status: resp.StatusCode, Detail: "no JSON", sent: true}
	}
	return nil
}

// idleBody ends a body that is silent for too long.
type idleBody struct {
	io.ReadCloser
	timer  *time.Timer
	wait   time.Duration
	fired  atomic.Bool
	cancel context.CancelCauseFunc
	ctx    context.Context //nolint:containedctx // It ends with the body.
}

func newIdleBody(b io.ReadCloser, wait time.Duration, cancel context.CancelCauseFunc, ctx context.Context) *idleBody { //nolint:revive // cancel is of ctx.
	i := &idleBody{ReadCloser: b, wait: wait, cancel: cancel, ctx: ctx}
	i.timer = time.AfterFunc(wait, func() {
		i.fired.Store(true)
		cancel(errIdle)
	})
	return i
}

var errIdle = errors.New("silent for too long")

// Read implements [io.Reader].
func (i *idleBody) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	if i.fired.Load() {
		return n, &Error{Kind: KindTimeout, Detail: fmt.Sprintf("nothing came for %s", i.wait), sent: true}
	}
	i.timer.Reset(i.wait)
	return n, err
}

// Close implements [io.Closer].
func (i *idleBody) Close() error {
	i.timer.Stop()
	err := i.ReadCloser.Close()
	i.cancel(nil)
	return err
}
