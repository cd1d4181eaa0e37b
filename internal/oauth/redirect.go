package oauth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Port is where the redirect arrives unless it is configured otherwise.
// Services compare the whole address, so that no other is tried.
const Port = 8765

// callback is the path of the redirect.
const callback = "/callback"

// loginTime bounds a login: state and verifier are good for no longer.
const loginTime = 5 * time.Minute

// Why a login fails.
var (
	ErrDenied   = errors.New("the login was declined at the service")
	ErrState    = errors.New("the answer belongs to another login, or to one that is over: start again")
	ErrTimedOut = errors.New("nobody logged in within five minutes: start again")
	ErrIssuer   = errors.New("the answer names another service as the one that gave it (iss), so that the code is not sent to anybody: start again, and log in where the address leads")
)

// Redirect brings a person to a service's page and back to this machine: over
// a loopback address (RFC 8252, section 7.3), or by an address that they paste.
// It is used by [Login], and by whoever builds the authorization request by
// other means.
type Redirect struct {
	Host string // as it is spelt in the redirect; "" means 127.0.0.1
	Port int    // 0 means [Port]
	// Show gives the person the address to open.
	Show func(ctx context.Context, address string) error
	// Paste, if not nil, returns the address that the person's browser ended at,
	// where it runs on another machine; nothing listens then.
	Paste func(ctx context.Context) (string, error)

	timeout time.Duration // for tests
}

// Answer is what a service sent the person back with.
type Answer struct {
	Code   string
	State  string
	Issuer string // RFC 9207; empty if the answer names none. Not checked by [Redirect].
}

// URL is the redirect URI to register and to ask for.
func (r Redirect) URL() string {
	return "http://" + net.JoinHostPort(r.host(), strconv.Itoa(r.port())) + callback
}

func (r Redirect) host() string { return cmp.Or(r.Host, "127.0.0.1") }
func (r Redirect) port() int    { return cmp.Or(r.Port, Port) }

// Fetch shows the address of an authorization request and returns the answer
// that carries the state of that request, once: [ErrDenied], [ErrTimedOut] and
// [ErrState] say why there is none, an [*Error] what else the service answered.
// Whatever else is sent to the loopback address changes nothing.
func (r Redirect) Fetch(ctx context.Context, address string) (Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(r.timeout, loginTime), ErrTimedOut)
	defer cancel()
	u, err := webAddress(address)
	if err != nil {
		return Answer{}, err
	}
	f := &flow{state: u.Query().Get("state"), host: r.host(), port: r.port(), got: make(chan result, 1)}
	if f.state == "" {
		return Answer{}, errors.New("a login needs a state")
	}
	if r.Paste != nil {
		return r.paste(ctx, f, address)
	}
	stop, err := f.listen(ctx)
	if err != nil {
		return Answer{}, err
	}
	defer stop()
	if err := r.Show(ctx, address); err != nil {
		return Answer{}, err
	}
	select {
	case res := <-f.got:
		return res.answer, res.err
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

func (r Redirect) paste(ctx context.Context, f *flow, address string) (Answer, error) {
	if err := r.Show(ctx, address); err != nil {
		return Answer{}, err
	}
	text, err := r.Paste(ctx)
	if err != nil {
		return Answer{}, err
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Path != callback || u.RawQuery == "" {
		// What was pasted may hold the code.
		return Answer{}, fmt.Errorf("what was pasted is not the address that the browser ended at, which begins with %s?", r.URL())
	}
	res := f.take(u.Query())
	return res.answer, res.err
}

// webAddress refuses what no browser should be given: an address may come from
// a service's metadata.
func webAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("the address to log in at is none")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("the address to log in at must begin with https://")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

type result struct {
	answer Answer
	err    error
}

// flow waits for one answer. Its state counts once.
type flow struct {
	state string
	host  string
	port  int
	used  atomic.Bool
	got   chan result
}

// listen serves the redirect on both loopback addresses: a browser may try
// either for the name localhost. If one is held by somebody else, it could end
// there.
func (f *flow) listen(ctx context.Context) (stop func(), err error) {
	srv := &http.Server{
		Handler: f, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10, // Codes of Entra have some kilobytes.
		ErrorLog: log.New(io.Discard, "", 0), // It would quote what strangers send.
	}
	srv.SetKeepAlivesEnabled(false)
	var lc net.ListenConfig
	var listeners []net.Listener
	for _, addr := range []string{"127.0.0.1", "::1"} {
		l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(addr, strconv.Itoa(f.port)))
		if err != nil && addr == "::1" && !busy(err) {
			continue // A machine without IPv6.
		}
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			if !busy(err) {
				return nil, fmt.Errorf("listen on port %d of this machine: %w", f.port, err)
			}
			return nil, fmt.Errorf("port %d of this machine is taken by another program, and the service redirects to no other: end that program, or configure another port here (--port, login.port) and at the service: %w", f.port, err)
		}
		listeners = append(listeners, l)
	}
	for _, l := range listeners {
		go func() { _ = srv.Serve(l) }() // It ends with Close.
	}
	return func() {
		// The page that says what happened is still on its way.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close()
		}
	}, nil
}

// ServeHTTP takes the redirect, once. What is not it changes nothing.
func (f *flow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/html; charset=utf-8")
	page := func(status int, text string) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!doctype html><title>tftsr</title><p>%s</p>", text) // The browser may be gone.
	}
	switch {
	case r.Host != net.JoinHostPort(f.host, strconv.Itoa(f.port)):
		// A page of somebody else's that has pointed its own name here.
		page(http.StatusForbidden, "There is nothing here.")
		return
	case r.URL.Path != callback:
		page(http.StatusNotFound, "There is nothing here.")
		return
	case r.Method != http.MethodGet:
		h.Set("Allow", http.MethodGet)
		page(http.StatusMethodNotAllowed, "There is nothing here.")
		return
	case !f.mine(r.URL.Query()):
		page(http.StatusBadRequest, "This answer belongs to another login, or to one that is over. Start again in the terminal.")
		return
	}
	res := f.take(r.URL.Query())
	switch {
	case errors.Is(res.err, ErrState): // Another request was faster.
		page(http.StatusBadRequest, "This answer was used already.")
		return
	case res.err != nil:
		page(http.StatusOK, "The login did not succeed. The terminal says why; you can close this page.")
	default:
		page(http.StatusOK, "The answer has arrived. The terminal says whether you are logged in; you can close this page.")
	}
	f.got <- res // There is room: the state counts once.
}

func (f *flow) mine(q url.Values) bool {
	return len(q["state"]) == 1 && subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.state)) == 1 && !f.used.Load()
}

// take reads a redirect and spends the state.
func (f *flow) take(q url.Values) result {
	if !f.mine(q) || f.used.Swap(true) {
		return result{err: ErrState}
	}
	switch code := q.Get("error"); {
	case code == "access_denied":
		return result{err: ErrDenied}
	case code != "":
		return result{err: &Error{Code: plain(code), Description: clip(q.Get("error_description"))}}
	case q.Get("code") == "":
		return result{err: &Error{Code: "no_code"}}
	}
	return result{answer: Answer{Code: q.Get("code"), State: f.state, Issuer: q.Get("iss")}}
}
