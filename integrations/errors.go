package integrations

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
)

// Kind says what went wrong with a call, for programs.
type Kind string

// The kinds. Each has its own sentence, which says what mends it.
const (
	KindDNS         Kind = "dns"          // the host has no address
	KindTLS         Kind = "tls"          // its certificate is not trusted
	KindTimeout     Kind = "timeout"      // no answer in time
	KindUnreachable Kind = "unreachable"  // no connection
	KindRefused     Kind = "refused"      // egress does not allow the call
	KindRedirect    Kind = "redirect"     // it redirects to another host
	KindSignIn      Kind = "sign-in"      // a page to sign in on, instead of an answer
	KindAnonymous   Kind = "anonymous"    // it answers as if nobody had logged in
	KindHibernating Kind = "hibernating"  // the instance sleeps
	KindProtocol    Kind = "protocol"     // an answer that is none of its interface
	KindTooLarge    Kind = "too-large"    // an answer beyond the bound
	KindLogin       Kind = "login"        // 401, or no valid token
	KindForbidden   Kind = "forbidden"    // 403
	KindNotFound    Kind = "not-found"    // 404: missing, or hidden from this account
	KindGone        Kind = "gone"         // 410: the call was withdrawn from the interface
	KindInvalid     Kind = "invalid"      // other 4xx: what was sent does not fit
	KindConflict    Kind = "conflict"     // 409, 412: changed meanwhile
	KindLimited     Kind = "rate-limited" // 429
	KindServer      Kind = "server"       // 5xx
)

var sentences = map[Kind]string{
	KindDNS:         "the name of the host has no address: check the base URL and the network",
	KindTLS:         "its certificate is not trusted: if your network has its own authority, name its file in egress.ca_file",
	KindTimeout:     "it did not answer in time",
	KindUnreachable: "no connection could be made",
	KindRefused:     "the call is not allowed",
	KindRedirect:    "it redirects to another host, so that the base URL is not the one of its interface",
	KindSignIn:      "it answered with a page to sign in on: the credential is not accepted there, or single sign-on stands before the interface",
	KindAnonymous:   "it answered as to somebody who has not logged in: the credential is not accepted",
	KindHibernating: "the instance hibernates: wake it up by signing in at developer.servicenow.com, and call again",
	KindProtocol:    "it answered with something that is none of its interface: check the base URL",
	KindTooLarge:    "its answer is too large: ask for less",
	KindLogin:       "it does not accept the credential: the owner renews it with `tftsr integration add` or `tftsr login`",
	KindForbidden:   "it does not allow this to the account",
	KindNotFound:    "there is no such thing there, or the account may not see it",
	KindGone:        "it has withdrawn this call from its interface",
	KindInvalid:     "it refuses what was sent",
	KindConflict:    "it was changed there meanwhile: read it and repeat",
	KindLimited:     "too many calls",
	KindServer:      "it has a fault of its own",
}

// Error is a failed call of a service.
type Error struct {
	Kind        Kind
	Destination gate.Destination
	Status      int    // of HTTP; 0 without an answer
	Detail      string // ours: names a host, never text of the service
	// Reason is what the service says. It is text from outside, not cleared: it is
	// not part of Error.
	Reason string
	// RetryAfter is when a call may work again; 0 when nothing is known.
	RetryAfter time.Duration
	// Lost: a write was sent and what became of it is not known.
	Lost bool

	unsent bool // it failed before anything was sent to the service
	err    error
}

// Error says what happened and what mends it, without the service's own words.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Destination, sentences[e.Kind])
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if e.Status != 0 {
		text += fmt.Sprintf("; HTTP %d", e.Status)
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf("; try again in %s", e.RetryAfter.Round(time.Second))
	}
	if e.Lost {
		text += "; the write may have been done all the same"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// KindOf returns the kind of a failed call, or "" for another error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// failed sorts what net/http returns instead of an answer.
func (c *Client) failed(err error) *Error {
	e := &Error{Destination: c.dest, Kind: KindUnreachable, err: egress.SafeError(err)}
	switch egress.CauseOf(err) {
	case egress.CauseTooLarge:
		e.Kind = KindTooLarge
	case egress.CauseRefused:
		e.Kind, e.Detail = KindRefused, e.err.Error()
	case egress.CauseTLS:
		e.Kind = KindTLS
	case egress.CauseDNS:
		e.Kind, e.Detail = KindDNS, c.base.Hostname()
	case egress.CauseTimeout:
		e.Kind = KindTimeout
	case egress.CauseUnreachable:
	}
	return e
}

// refusal sorts an answer that is none, or that says no; nil for one to use.
func (c *Client) refusal(r *Response) *Error {
	if c.service.Recognise != nil {
		if e := c.service.Recognise(r); e != nil {
			e.Destination, e.Status = c.dest, r.Status
			return e
		}
	}
	e := &Error{Destination: c.dest, Status: r.Status}
	isJSON := r.isJSON()
	switch {
	case r.Status/100 == 3:
		e.Kind = KindSignIn
		if to, err := url.Parse(r.Header.Get("Location")); err == nil && to.Host != "" && to.Host != c.base.Host {
			e.Kind, e.Detail = KindRedirect, "to "+to.Host
		}
		return e
	case r.Status == http.StatusNonAuthoritativeInfo, r.Status/100 == 2 && r.isHTML():
		e.Kind = KindSignIn
		return e
	case r.Status == http.StatusNoContent:
		return nil
	case r.Status/100 == 2 && isJSON:
		return nil
	case r.Status/100 == 2:
		e.Kind = KindProtocol
		return e
	}
	switch r.Status {
	case http.StatusUnauthorized:
		e.Kind = KindLogin
	case http.StatusForbidden:
		e.Kind = KindForbidden
	case http.StatusNotFound:
		e.Kind = KindNotFound
		if !isJSON {
			e.Kind = KindProtocol
		}
	case http.StatusGone:
		e.Kind = KindGone
	case http.StatusConflict, http.StatusPreconditionFailed:
		e.Kind = KindConflict
	case http.StatusTooManyRequests:
		e.Kind = KindLimited
	default:
		e.Kind = KindInvalid
		if r.Status >= 500 {
			e.Kind = KindServer
		}
	}
	if isJSON && c.service.Reason != nil {
		e.Reason = c.service.Reason(r.Body)
	}
	if blocked(r.Status) {
		e.RetryAfter = retryAfter(r.Header.Get("Retry-After"), c.now())
	}
	return e
}
