package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
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
)

// Login lets a person log in.
type Login struct {
	Source *Source
	Port   int // of the loopback redirect; 0 means [Port]
	// Show gives the person the address to open.
	Show func(address string) error
	// Paste, if not nil, returns the address that the person's browser ended at,
	// where it runs on another machine; nothing listens then.
	Paste func(ctx context.Context) (string, error)

	timeout time.Duration // for tests
}

// Run logs in and keeps the tokens.
func (l *Login) Run(ctx context.Context) error {
	limit := l.timeout
	if limit == 0 {
		limit = loginTime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimedOut)
	defer cancel()
	port, host := cmp.Or(l.Port, Port), cmp.Or(l.Source.Endpoint.RedirectHost, "127.0.0.1")
	conf := l.Source.client("http://" + net.JoinHostPort(host, strconv.Itoa(port)) + callback)
	f := &flow{state: random(), verifier: oauth2.GenerateVerifier(), host: host, port: port, got: make(chan result, 1)}
	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(f.verifier)}
	for name, value := range l.Source.Endpoint.Params {
		opts = append(opts, oauth2.SetAuthURLParam(name, value))
	}
	address := conf.AuthCodeURL(f.state, opts...)

	var r result
	if l.Paste != nil {
		if err := l.Show(address); err != nil {
			return err
		}
		text, err := l.Paste(ctx)
		if err != nil {
			return err
		}
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil || u.Path != callback {
			return fmt.Errorf("what was pasted is not the address that the browser ended at, which begins with %s", conf.RedirectURL)
		}
		r = f.take(u.Query())
	} else {
		stop, err := f.listen(ctx)
		if err != nil {
			return err
		}
		defer stop()
		if err := l.Show(address); err != nil {
			return err
		}
		select {
		case r = <-f.got:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if r.err != nil {
		return r.err
	}
	t, err := conf.Exchange(l.Source.context(ctx), r.code, oauth2.VerifierOption(f.verifier))
	if err != nil {
		return refused(err)
	}
	_, err = l.Source.save(ctx, t, "")
	return err
}

type result struct {
	code string
	err  error
}

// flow is one login: a state and a verifier that are used once.
type flow struct {
	state, verifier string
	host            string
	port            int
	used            atomic.Bool
	got             chan result
}

// listen serves the redirect on both loopback addresses. At least one must be
// free; if the other is held by somebody else, the browser could end there.
func (f *flow) listen(ctx context.Context) (stop func(), err error) {
	srv := &http.Server{Handler: f, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
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
			return nil, fmt.Errorf("port %d of this machine is taken by another program, and the service redirects to no other: end that program, or configure another port here and at the service (--port): %w", f.port, err)
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
	name, _, err := net.SplitHostPort(r.Host)
	switch {
	case r.URL.Path != callback:
		page(http.StatusNotFound, "There is nothing here.")
		return
	case r.Method != http.MethodGet:
		h.Set("Allow", http.MethodGet)
		page(http.StatusMethodNotAllowed, "There is nothing here.")
		return
	case err != nil || name != f.host:
		// A page of somebody else's that has pointed its own name here.
		page(http.StatusForbidden, "There is nothing here.")
		return
	case !f.mine(r.URL.Query()):
		page(http.StatusBadRequest, "This answer belongs to another login. Start again in the terminal.")
		return
	}
	res := f.take(r.URL.Query())
	if res.err != nil {
		page(http.StatusOK, "The login did not succeed. The terminal says why; you can close this page.")
	} else {
		page(http.StatusOK, "You are logged in. You can close this page.")
	}
	select {
	case f.got <- res:
	default:
	}
}

func (f *flow) mine(q url.Values) bool {
	return subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.state)) == 1 && !f.used.Load()
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
		return result{err: &Error{Code: plain(code), Description: q.Get("error_description")}}
	case q.Get("code") == "":
		return result{err: &Error{Code: "no code in the answer"}}
	}
	return result{code: q.Get("code")}
}

// plain keeps of a code what RFC 6749 allows in one that is a word.
func plain(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, code[:min(len(code), 60)])
}

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (c Config) scopes() []string { return strings.Fields(cmp.Or(c.Scope, c.Endpoint.Scope)) }
