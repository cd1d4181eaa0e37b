package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
)

func TestWhatBroughtNoAnswerHasACause(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Cause
	}{
		{fmt.Errorf("post: %w", ErrRefused), CauseRefused},
		{ErrTooLarge, CauseTooLarge},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, CauseTLS},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, CauseTLS},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", IsNotFound: true}}, CauseDNS},
		{&net.DNSError{Name: "nowhere.example", IsTimeout: true}, CauseTimeout},
		{context.DeadlineExceeded, CauseTimeout},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, CauseTimeout},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, CauseUnreachable},
		{io.ErrUnexpectedEOF, CauseUnreachable},
		{errors.New("what nobody knows"), CauseUnreachable},
	} {
		for _, err := range []error{c.err, &url.Error{Op: "Get", URL: "https://a.example/?q=secret", Err: c.err}} {
			if got := CauseOf(err); got != c.want {
				t.Errorf("%v: cause %d, want %d", err, got, c.want)
			}
			if got := CauseOf(SafeError(err)); got != c.want {
				t.Errorf("%v without its URL: cause %d, want %d", err, got, c.want)
			}
		}
	}
}
