package integrations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

const (
	callTimeout = 30 * time.Second
	maxAnswer   = 4 << 20 // bytes
	// A read is tried so often; the wait before each further try is drawn from 0
	// to a bound that doubles ("full jitter", AWS Architecture Blog 2015).
	maxTries  = 4
	firstWait = 400 * time.Millisecond
	// maxWait is the longest Retry-After that a read waits for.
	maxWait = 5 * time.Second
)

// Authorizer puts the credential into a request.
type Authorizer interface {
	// Authorize sets headers. refused is the Authorization header that the service
	// did not accept before, which must not be sent again; it may be empty.
	Authorize(ctx context.Context, r *http.Request, refused string) error
	// Renewable reports whether there can be another.
	Renewable() bool
}

// Client calls one instance. It is safe for concurrent use.
type Client struct {
	Instance *store.Integration
	service  Service
	base     *url.URL
	dest     gate.Destination
	http     http.Client
	auth     Authorizer
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error

	mu    sync.Mutex
	after time.Time // when the service wants the next call
}

// Destination is what text for this client is cleared for.
func (c *Client) Destination() gate.Destination { return c.dest }

// Service is the service of the instance.
func (c *Client) Service() Service { return c.service }

// Request is one call. Its path and query hold what the package of the
// service built; prose goes there and into the body only as [gate.Cleared].
type Request struct {
	Method string
	Path   string // below the base URL; each segment escaped
	Query  url.Values
	Header http.Header
	Body   *gate.Cleared // nil for none
	Type   string        // media type of the body; empty means application/json
	// Reads says that a request changes nothing although it is no GET, such as a
	// query that is posted: it is repeated as a GET is.
	Reads bool
	// Anonymous sends it without the credential: to an address that says who a
	// site is, before anybody has logged in there.
	Anonymous bool
}

func (r Request) reads() bool { return r.Reads || r.Method == http.MethodGet }

// Response is an answer that can be used.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

func (r *Response) media() string {
	m, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return m
}

func (r *Response) isJSON() bool {
	m := r.media()
	return m == "application/json" || strings.HasSuffix(m, "+json")
}

func (r *Response) isHTML() bool { return r.media() == "text/html" }

// Do makes a call. What reads is repeated, after a while, where that may help;
// what writes is sent once. An error is an [*Error], or that of ctx.
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	read := req.reads()
	sent, refused := "", ""
	for try := 1; ; try++ {
		resp, err := c.once(ctx, req, &sent, refused)
		var e *Error
		if err == nil || !errors.As(err, &e) {
			return resp, err
		}
		switch {
		case !read:
			// What answered 5xx, or did not answer, may have done it.
			e.Lost = !e.unsent && (e.Kind == KindTimeout || e.Kind == KindUnreachable || e.Kind == KindServer || e.Kind == KindTooLarge || e.Kind == KindProtocol)
			return nil, e
		case (e.Kind == KindLogin || e.Kind == KindSignIn) && e.Status != 0 && c.auth.Renewable() && refused == "":
			refused = sent
			continue
		}
		wait, again := c.again(e, try)
		if !again {
			return nil, e
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// again says whether a read that failed is tried once more, and when.
func (c *Client) again(e *Error, try int) (time.Duration, bool) {
	if try >= maxTries || e.RetryAfter > maxWait {
		return 0, false
	}
	switch {
	case e.Kind == KindLimited, e.Kind == KindUnreachable:
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter, true
	}
	return rand.N(firstWait << (try - 1)), true //nolint:gosec // Jitter needs no secret.
}

func (c *Client) once(ctx context.Context, req Request, sent *string, refused string) (*Response, error) {
	// Some slow down whom they will refuse soon, and say so on their answers.
	c.mu.Lock()
	wait := c.after.Sub(c.now())
	c.mu.Unlock()
	if wait > 0 {
		if err := c.sleep(ctx, min(wait, maxWait)); err != nil {
			return nil, err
		}
	}
	u := c.base.JoinPath(req.Path)
	u.RawQuery = req.Query.Encode()
	var body io.Reader
	if req.Body != nil {
		text, err := req.Body.Text(c.dest)
		if err != nil {
			return nil, err
		}
		body = strings.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, req.Method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: the request cannot be made", c.dest) // err would repeat the URL.
	}
	for name, values := range req.Header {
		r.Header[name] = values
	}
	r.Header.Set("Accept", "application/json")
	if req.Body != nil {
		r.Header.Set("Content-Type", "application/json")
		if req.Type != "" {
			r.Header.Set("Content-Type", req.Type)
		}
	}
	if !req.Anonymous {
		if err := c.auth.Authorize(ctx, r, refused); err != nil {
			return nil, c.notLoggedIn(err)
		}
	}
	*sent = r.Header.Get("Authorization")
	resp, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) && req.reads() {
			return nil, ctx.Err()
		}
		return nil, c.failed(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.failed(err)
	}
	answer := &Response{resp.StatusCode, resp.Header, b}
	if !blocked(resp.StatusCode) {
		c.mu.Lock()
		c.after = c.now().Add(retryAfter(resp.Header.Get("Retry-After"), c.now()))
		c.mu.Unlock()
	}
	if e := c.refusal(answer); e != nil {
		return nil, e
	}
	return answer, nil
}

// blocked reports whether a call was not carried out but may be later: then
// Retry-After is about this call, and else about the next one.
func blocked(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

// retryAfter reads the header of that name: seconds or a date (RFC 9110,
// section 10.2.3); 0 when it says nothing.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return min(time.Duration(n), 24*60*60) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), 24*time.Hour)
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
