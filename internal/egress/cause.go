package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
)

// Cause is why a request brought no answer.
type Cause int

const (
	CauseUnreachable Cause = iota // no connection, or one that broke
	CauseRefused                  // by this package: [ErrRefused]
	CauseTooLarge                 // an answer beyond the bound: [ErrTooLarge]
	CauseTLS                      // no trusted certificate, or no TLS at all
	CauseDNS                      // the name of the host has no address
	CauseTimeout
)

// CauseOf sorts what net/http returns instead of an answer.
func CauseOf(err error) Cause {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, ErrTooLarge):
		return CauseTooLarge
	case errors.Is(err, ErrRefused):
		return CauseRefused
	case errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &record):
		return CauseTLS
	case errors.As(err, &dns) && !dns.IsTimeout:
		return CauseDNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return CauseTimeout
	}
	return CauseUnreachable
}
