package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/mcp"

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

// explain says what an error that ended a session by HTTP means.
func (w *web) explain(err error) *attachError {
	w.mu.Lock()
	kind, detail, status, said := w.last.kind, w.last.detail, w.last.status, w.last.said
	w.mu.Unlock()
	a := &attachError{status: Unreachable, err: err}
	var own *attachError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, errStale), errors.Is(err, mcp.ErrSessionMissing):
		a.sentence, a.err = "it has forgotten the session", errStale
	case errors.Is(err, errClosing):
		a.sentence = "it was ended by tftsr"
	case status == http.StatusUnauthorized, errors.Is(err, ErrLoginNeeded):
		a.status, a.said = NeedsAuth, said
		a.sentence = "it needs a login: its owner runs `tftsr server login " + w.sess.srv.cfg.Name + "`"
	case status == http.StatusForbidden:
		a.status, a.said = NeedsAuth, said
		a.sentence = "it does not let this login in (HTTP status 403)"
	case kind == KindRefused:
		a.status, a.sentence = Failed, detail
	case status >= 400:
		a.status, a.said = Failed, said
		if status >= 500 || status == http.StatusTooManyRequests {
			a.status = Unreachable
		}
		a.sentence = fmt.Sprintf("it answered with HTTP status %d: check its URL", status)
		a.again = status < 500
	case errors.Is(err, context.DeadlineExceeded):
		a.sentence, a.again = fmt.Sprintf("it did not answer within %s", w.sess.srv.cfg.Timeouts.Start), true
	case detail != "":
		a.sentence = detail
	default:
		if e := rpcError(err); e != nil {
			a.status, a.sentence, a.said, a.again = Failed, fmt.Sprintf("it refused the handshake (code %d)", e.Code), e.Reason, true
			return a
		}
		a.sentence = "the connection broke"
		if w.sess.cs == nil {
			a.status, a.sentence, a.again = Failed, "what answers at its URL does not speak the protocol", true
		}
	}
	return a
}

// callError says what became of the request of a call.
func (w *web) callError(ctx context.Context, err error) *Error {
	if errors.Is(err, ErrLoginNeeded) {
		return &Error{Kind: KindNeedsAuth, Detail: "its owner runs `tftsr server login " + w.sess.srv.cfg.Name + "`"}
	}
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.kind {
	case "":
		if t.status >= 500 {
			return &Error{Kind: KindDied, Detail: fmt.Sprintf("HTTP status %d", t.status), Reason: t.said, Lost: true}
		}
		return nil
	case KindNeedsAuth:
		return &Error{Kind: t.kind, Reason: t.said, Detail: "its owner runs `tftsr server login " + w.sess.srv.cfg.Name + "`"}
	case KindNotConnected, KindRefused, KindLimited:
		return &Error{Kind: t.kind, Detail: t.detail, Reason: t.said}
	}
	return &Error{Kind: t.kind, Detail: t.detail, Reason: t.said, Lost: t.sent}
}
