package providers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/tftsr/tftsr/internal/egress"
	"github.com/tftsr/tftsr/internal/gate"
)

// Kind says what went wrong with a call, for programs.
type Kind string

// The kinds. Each has its own sentence, which says what mends it.
const (
	KindAuth        Kind = "auth"           // the key is missing, wrong or expired
	KindForbidden   Kind = "forbidden"      // the key may not do this
	KindBudget      Kind = "budget"         // credit or quota is used up
	KindLimited     Kind = "rate-limited"   // too many calls; RetryAfter says more
	KindContext     Kind = "context"        // more text than the model reads
	KindModel       Kind = "model"          // no such model
	KindRefused     Kind = "refused"        // the content is refused
	KindOverloaded  Kind = "overloaded"     // no capacity at the moment
	KindTruncated   Kind = "truncated"      // the answer broke off
	KindEmpty       Kind = "empty"          // an answer without content
	KindInvalid     Kind = "invalid"        // what was sent does not fit
	KindNotFound    Kind = "not-found"      // no interface at this address
	KindTimeout     Kind = "timeout"        // no answer in time
	KindUnreachable Kind = "unreachable"    // no connection
	KindDNS         Kind = "dns"            // the host has no address
	KindTLS         Kind = "tls"            // its certificate is not trusted
	KindEgress      Kind = "egress-refused" // egress does not allow the call
	KindRedirect    Kind = "redirect"       // it redirects
	KindProtocol    Kind = "protocol"       // an answer that is none of its interface
	KindTooLarge    Kind = "too-large"      // beyond the bound, there or back
	KindServer      Kind = "server"         // 5xx
)

var sentences = map[Kind]string{
	KindAuth:        "it does not accept the key: the owner renews it with `tftsr provider add --replace`",
	KindForbidden:   "it does not allow this to the key: its permissions, its region or the address that it is called from",
	KindBudget:      "credit or quota is used up there: the owner raises it at the vendor, or names another provider",
	KindLimited:     "too many calls",
	KindContext:     "this is more text than the model reads: send less, or use a model with a larger context",
	KindModel:       "it has no such model, or the key may not use it: `tftsr provider test` lists what it offers",
	KindRefused:     "it refuses to answer this",
	KindOverloaded:  "it has no capacity at the moment",
	KindTruncated:   "the answer broke off before its end: what came is incomplete and was not used",
	KindEmpty:       "it answered with nothing",
	KindInvalid:     "it does not take what was sent",
	KindNotFound:    "there is no interface at this address: check the base URL and custom_endpoint_path",
	KindTimeout:     "it did not answer in time",
	KindUnreachable: "no connection could be made",
	KindDNS:         "the name of the host has no address: check the base URL and the network",
	KindTLS:         "its certificate is not trusted: if your network has its own authority, name its file in egress.ca_file",
	KindEgress:      "the call is not allowed",
	KindRedirect:    "it redirects elsewhere: the base URL is not the one of its interface",
	KindProtocol:    "it answered with something that is none of its interface: check the base URL and the kind",
	KindTooLarge:    "this is too large to be sent or read",
	KindServer:      "it has a fault of its own",
}

// Error is a failed call of a provider.
type Error struct {
	Kind        Kind
	Destination gate.Destination
	Status      int    // of HTTP; 0 without an answer
	Detail      string // ours, never text of the provider
	// Code and Reason are what the provider says. They are text from outside, not
	// cleared, and no part of Error.
	Code, Reason string
	// RetryAfter is when a call may work again; 0 when nothing is known.
	RetryAfter time.Duration

	// sent says that the request may have been worked on.
	sent bool
	err  error
}

// Error says what happened and what mends it, without the provider's words.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Destination, sentences[e.Kind])
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if e.Status != 0 {
		text += fmt.Sprintf("; HTTP %d", e.Status)
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf("; try again in %s", max(e.RetryAfter.Round(time.Second), time.Second))
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

// failed sorts what net/http and the vendors' libraries return instead of an
// answer. began says that the answer had begun.
func failed(d gate.Destination, err error, began bool) *Error {
	var known *Error
	if errors.As(err, &known) {
		known.Destination = d
		return known
	}
	e := &Error{Destination: d, Kind: KindUnreachable, err: egress.SafeError(err), sent: began}
	var op *net.OpError
	switch egress.CauseOf(err) {
	case egress.CauseTooLarge:
		e.Kind, e.sent = KindTooLarge, true
	case egress.CauseRefused:
		e.Kind, e.Detail = KindEgress, e.err.Error()
	case egress.CauseTLS:
		e.Kind = KindTLS
	case egress.CauseDNS:
		e.Kind = KindDNS
		var dns *net.DNSError
		if errors.As(err, &dns) {
			e.Detail = dns.Name
		}
	case egress.CauseTimeout:
		e.Kind, e.sent = KindTimeout, true
	case egress.CauseUnreachable:
		switch {
		case errors.As(err, &op) && op.Op == "dial":
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), began:
			e.Kind, e.sent = KindTruncated, true
		default:
			e.sent = true // It is not known how far it came.
		}
	}
	return e
}
