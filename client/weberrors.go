package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/tftsr/tftsr/internal/egress"
)

// notSent reports whether an error says that a request did not leave.
func notSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	return errors.As(err, &dns) || errors.As(err, &cert) || errors.As(err, &op) && op.Op == "dial"
}

// reason words an error of the network without the URL or anything that the server said.
func reason(err error) string {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, egress.ErrRefused), errors.Is(err, egress.ErrTooLarge):
		return egress.SafeError(err).Error()
	case errors.As(err, &dns):
		return "the name of its host has no address"
	case errors.As(err, &unknown):
		return "its certificate is not trusted: if your network has its own authority, name its file in egress.ca_file"
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &cert):
		return "its certificate is not valid"
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at its address"
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case notSent(err):
		return "no connection could be made"
	}
	return "the connection broke"
}

// errUnauthorized ends the session of a server that does not accept the credential any more.
var errUnauthorized = errors.New("the credential is not accepted")

// explain says what an error that ended a session by HTTP means.
func (w *web) explain(err error) *attachError {
	w.mu.Lock()
	f := w.last
	w.mu.Unlock()
	a := &attachError{status: Unreachable, said: f.said, err: err}
	rpc := rpcError(err)
	switch {
	case errors.Is(err, errStale), errors.Is(err, mcp.ErrSessionMissing):
		a.sentence, a.err = "it has forgotten the session", errStale
	case errors.Is(err, errClosing):
		a.sentence = "it was ended by tftsr"
	case errors.Is(err, egress.ErrRefused):
		a.status, a.sentence = Failed, reason(err)
	case f.status == http.StatusForbidden:
		a.status, a.sentence = NeedsAuth, sentences[KindNeedsAuth]+": "+w.forbidden(f.scopes)
	case f.kind == KindNeedsAuth, errors.Is(err, ErrLoginNeeded), errors.Is(err, errUnauthorized):
		a.status, a.sentence = NeedsAuth, sentences[KindNeedsAuth]+": "+w.login()
	case errors.Is(err, context.DeadlineExceeded) && f.status < 300 && f.kind == "": // It may have begun to answer.
		a.sentence, a.again = "it did not answer within "+w.sess.srv.cfg.Timeouts.Start.String(), true
	case f.kind == KindRefused:
		a.status, a.sentence = Failed, f.detail
	case f.kind == KindTooLarge:
		a.status, a.sentence = Failed, fmt.Sprintf("it sent a message of more than %d bytes", w.sess.srv.cfg.Limits.MessageBytes)
	case f.status >= 500, f.status == http.StatusTooManyRequests:
		a.sentence = fmt.Sprintf("it answered with HTTP status %d", f.status)
	case f.status >= 400 && f.kind != "":
		a.status, a.sentence, a.again = Failed, fmt.Sprintf("it answered with HTTP status %d: check its URL", f.status), true
	case f.kind == "" && rpc != nil:
		a.status, a.sentence, a.said, a.again = Failed, fmt.Sprintf("it refused the handshake (code %d)", rpc.Code), rpc.Reason, true
	case f.kind == KindNotConnected, f.kind == KindDied, f.kind == KindTimeout:
		a.sentence = f.detail
	case w.sess.cs == nil:
		a.status, a.sentence, a.again = Failed, "what answers at its URL does not speak the protocol", true
	default:
		a.sentence = "the connection broke"
	}
	return a
}

func (w *web) login() string {
	return "its owner runs `tftsr server login " + w.sess.srv.cfg.Name + "`"
}

// forbidden says what a credential lacks.
func (w *web) forbidden(scopes []string) string {
	text := "the one that it has may not do this (HTTP status 403)"
	if w.sess.srv.cfg.OAuth == nil {
		return text
	}
	command := "tftsr server login " + w.sess.srv.cfg.Name
	for _, scope := range scopes {
		command += " --scope " + scope
	}
	return text + "; for more rights its owner runs `" + command + "`"
}

var scopeName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/*-]{0,99}$`) })

// missingScopes are the scopes that a refusal asks for (RFC 6750, section 3.1): a server writes them, and a person is told to type them, so that
// only names of a harmless form are taken.
func missingScopes(h http.Header) []string {
	challenges, err := oauthex.ParseWWWAuthenticate(h.Values("WWW-Authenticate"))
	if err != nil {
		return nil
	}
	for _, c := range challenges {
		if !strings.EqualFold(c.Scheme, "bearer") || c.Params["error"] != "insufficient_scope" {
			continue
		}
		scopes := strings.Fields(c.Params["scope"])
		if len(scopes) > maxScopes || slices.ContainsFunc(scopes, func(s string) bool { return !scopeName().MatchString(s) }) {
			return nil
		}
		return scopes
	}
	return nil
}

const maxScopes = 20

// callError says what became of the request of a call. It ends sessions that cannot go on.
func (w *web) callError(f finding, err error) *Error {
	switch {
	case errors.Is(err, egress.ErrRefused):
		return &Error{Kind: KindRefused, Detail: reason(err)}
	case errors.Is(err, errForbidden):
		// For more rights (RFC 6750, section 3.1, insufficient_scope) it takes a new login.
		return &Error{Kind: KindNeedsAuth, Detail: w.forbidden(f.scopes), Reason: f.said}
	case errors.Is(err, ErrLoginNeeded):
		w.sess.end(ErrLoginNeeded)
		return &Error{Kind: KindNeedsAuth, Detail: w.login(), Reason: f.said}
	case f.kind == "":
		return nil
	case f.kind == KindNeedsAuth && f.status == http.StatusForbidden:
		f.detail = w.forbidden(f.scopes)
	case f.kind == KindNeedsAuth && f.detail == "":
		f.detail = w.login()
	case f.kind == KindNotConnected:
		w.sess.end(err)
	}
	return &Error{Kind: f.kind, Detail: f.detail, Reason: f.said, Lost: f.lost}
}
