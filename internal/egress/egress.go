// Package egress is the only place that builds an http.Client. Its clients speak HTTPS, or plain HTTP to this very machine; call hosts on an
// allow list only; follow redirects on one host only; bound time and size; keep no cookies; and take no proxy from the environment.
//
// Certificate verification cannot be switched off: there is no option for it, and the transport is out of reach. An owner whose network has
// its own certificate authority names its file. The package decides nothing about what may be sent; that is the gate's.
package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Errors that callers test for with [errors.Is].
var (
	// ErrRefused: the request was not sent, because its scheme, host or redirect is not allowed.
	ErrRefused = errors.New("request refused")
	// ErrTooLarge: the answer is larger than Options.MaxResponseBytes.
	ErrTooLarge = errors.New("answer too large")
)

// The defaults of [Options].
const (
	DefaultTimeout          = 2 * time.Minute
	DefaultDialTimeout      = 10 * time.Second
	DefaultMaxResponseBytes = 32 << 20
)

const (
	maxRedirects      = 5
	maxResponseHeader = 256 << 10
	maxCAFile         = 4 << 20
	handshakeTimeout  = 10 * time.Second
	idleTimeout       = 90 * time.Second
	maxIdlePerHost    = 4
)

// Options configures a client.
type Options struct {
	// AllowedHosts are the hosts that may be called: a name or address for the scheme's own port, or name:port for exactly that one. There are
	// no wildcards. An empty list allows nothing.
	AllowedHosts []string
	// CAFile is a PEM file of certificate authorities to trust besides the system's.
	CAFile string
	// Timeout bounds a whole exchange, the reading of the body included; zero means [DefaultTimeout].
	Timeout time.Duration
	// DialTimeout bounds the making of a connection; zero means [DefaultDialTimeout].
	DialTimeout time.Duration
	// MaxResponseBytes bounds the body of an answer after decompression; zero means [DefaultMaxResponseBytes].
	MaxResponseBytes int64
	// Proxy returns the proxy for a URL, as the configuration says; nil means direct connections. This machine is never reached by proxy.
	Proxy func(*url.URL) (*url.URL, error)
	// PublicOnly refuses addresses that are not on the internet: of this machine, of private networks, link-local and reserved ones. It is
	// decided when a connection is made, by the address, so that no name leads there. Behind a proxy, which resolves the names, only
	// addresses written in a URL can be told.
	PublicOnly bool
	// AnyHost allows every host, for protocols in which one service names another, such as the discovery of an authorization server. It
	// needs PublicOnly and an empty AllowedHosts.
	AnyHost bool
	// Streams lets answers of type text/event-stream last and grow without bound: whoever reads them bounds each event, and ends them by
	// the context of the request. Timeout then bounds the wait for the header of an answer and, for other types, nothing else.
	Streams bool
}

// New returns a client that keeps the rules of this package. It is safe for concurrent use.
func New(o Options) (*http.Client, error) {
	if o.Timeout < 0 || o.DialTimeout < 0 || o.MaxResponseBytes < 0 {
		return nil, errors.New("egress: time-outs and sizes must not be negative")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = DefaultDialTimeout
	}
	if o.MaxResponseBytes == 0 {
		o.MaxResponseBytes = DefaultMaxResponseBytes
	}
	if o.AnyHost && (!o.PublicOnly || len(o.AllowedHosts) > 0) {
		return nil, errors.New("egress: any host can be allowed only if it is public, and without a list of hosts")
	}
	allowed := make(map[string]bool, len(o.AllowedHosts))
	for _, entry := range o.AllowedHosts {
		host, port, err := splitEntry(entry)
		if err != nil {
			return nil, err
		}
		if port != "" {
			allowed[net.JoinHostPort(host, port)] = true
			continue
		}
		allowed[net.JoinHostPort(host, "443")] = true
		if isLoopback(host) {
			allowed[net.JoinHostPort(host, "80")] = true
		}
	}
	roots, err := loadRoots(o.CAFile)
	if err != nil {
		return nil, err
	}

	secure := newTransport(o, roots)
	if o.PublicOnly && o.Proxy == nil {
		secure.DialContext = (&net.Dialer{Timeout: o.DialTimeout, Control: onlyPublic}).DialContext
	}
	if o.Proxy != nil {
		secure.Proxy = func(r *http.Request) (*url.URL, error) {
			if isLoopback(r.URL.Hostname()) {
				var direct *url.URL
				return direct, nil
			}
			return o.Proxy(r.URL)
		}
	}
	plain := newTransport(o, roots)
	// The name localhost is what the resolver makes of it; what is dialled decides.
	plain.DialContext = (&net.Dialer{Timeout: o.DialTimeout, Control: onlyLoopback}).DialContext

	c := &http.Client{
		Transport: &guard{
			allowed: allowed, anyHost: o.AnyHost, publicOnly: o.PublicOnly, streams: o.Streams,
			max: o.MaxResponseBytes, secure: secure, plain: plain,
		},
		CheckRedirect: checkRedirect,
		Timeout:       o.Timeout,
	}
	if o.Streams {
		c.Timeout = 0
	}
	return c, nil
}

func newTransport(o Options, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: o.DialTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  o.Timeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxResponseHeader,
		ForceAttemptHTTP2:      true,
	}
}

// guard checks every request, those of redirects too, and bounds every answer.
type guard struct {
	allowed       map[string]bool
	anyHost       bool
	publicOnly    bool
	streams       bool
	max           int64
	secure, plain *http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	t, err := g.check(r)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // the contract of RoundTripper, errors included
		}
		return nil, err
	}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch {
	case g.streams && isEventStream(resp):
		return resp, nil
	case resp.StatusCode == http.StatusSwitchingProtocols:
		// The body of such an answer is the bare connection, which nothing here bounds.
		_ = resp.Body.Close()
		return nil, fmt.Errorf("%w: %s wants to switch protocols", ErrRefused, r.URL.Host)
	case resp.ContentLength > g.max:
		_ = resp.Body.Close()
		return nil, fmt.Errorf("%w: %s announces %d bytes, at most %d are read", ErrTooLarge, r.URL.Host, resp.ContentLength, g.max)
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, host: r.URL.Host, max: g.max, left: g.max}
	return resp, nil
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transports.
func (g *guard) CloseIdleConnections() {
	g.secure.CloseIdleConnections()
	g.plain.CloseIdleConnections()
}

// check chooses the transport for a request, or refuses it. Errors name the host and never the path or query, which may hold secrets.
func (g *guard) check(r *http.Request) (*http.Transport, error) {
	u := r.URL
	if u == nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%w: the URL names no host", ErrRefused)
	}
	host := strings.ToLower(u.Hostname())
	transport, port := g.secure, "443"
	switch u.Scheme {
	case "https":
	case "http":
		if !isLoopback(host) {
			return nil, fmt.Errorf("%w: %s would be called without encryption; use https (plain http is for this machine only)", ErrRefused, u.Host)
		}
		transport, port = g.plain, "80"
	default:
		return nil, fmt.Errorf("%w: scheme %q is not http or https", ErrRefused, u.Scheme)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("%w: the URL for %s holds a user or password; keep it with `tftsr secret set`", ErrRefused, u.Host)
	case r.Host != "" && r.Host != u.Host:
		return nil, fmt.Errorf("%w: the Host header differs from %s", ErrRefused, u.Host)
	case g.publicOnly && PrivateHost(host):
		return nil, fmt.Errorf("%w: %s is an address of this machine or of a private network", ErrRefused, u.Host)
	case !g.anyHost && !g.allowed[net.JoinHostPort(host, port)]:
		return nil, fmt.Errorf("%w: %s is not on the list of allowed hosts; add it to egress.allowed_hosts", ErrRefused, net.JoinHostPort(host, port))
	}
	return transport, nil
}

// isEventStream reports whether an answer is a successful stream of events.
func isEventStream(r *http.Response) bool {
	m, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && m == "text/event-stream" && r.StatusCode == http.StatusOK
}

// checkRedirect follows a redirect only to the very same scheme, host and port: headers that hold credentials go with it.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) == 0 {
		return nil
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrRefused, maxRedirects)
	}
	first := via[0].URL
	if r.URL.Scheme != first.Scheme || !strings.EqualFold(r.URL.Host, first.Host) {
		return fmt.Errorf("%w: %s redirects to another host, %s", ErrRefused, first.Host, r.URL.Host)
	}
	return nil
}

// boundedBody ends a body that is too large with an error rather than with io.EOF, so that half an answer is never taken for a whole one.
type boundedBody struct {
	io.ReadCloser
	host      string
	max, left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge()
	}
	// One byte more than is left tells a body of exactly the limit from a larger one.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, b.tooLarge()
	}
	return n, err
}

func (b *boundedBody) tooLarge() error {
	return fmt.Errorf("%w: %s sent more than %d bytes", ErrTooLarge, b.host, b.max)
}

// SafeError returns err in a form without the URL that net/http puts into its errors, whose path and query may hold secrets. The host stays,
// and errors.Is and errors.As see through it.
func SafeError(err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	host := "the server"
	if u, parseErr := url.Parse(ue.URL); parseErr == nil && u.Host != "" {
		host = u.Host
	}
	return fmt.Errorf("%s %s: %w", strings.ToLower(ue.Op), host, ue.Err)
}

// splitEntry splits an entry of the allow list.
func splitEntry(entry string) (host, port string, err error) {
	bad := fmt.Errorf("egress: %q is not a host: write name or name:port, without scheme, path or wildcard", entry)
	host = strings.ToLower(entry)
	if h, p, splitErr := net.SplitHostPort(host); splitErr == nil {
		if n, parseErr := strconv.ParseUint(p, 10, 16); parseErr != nil || n == 0 {
			return "", "", bad
		}
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if _, addrErr := netip.ParseAddr(host); addrErr == nil {
		return host, port, nil
	}
	if host == "" || len(host) > 253 || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" {
		return "", "", bad
	}
	return host, port, nil
}

// Loopback reports whether a host of a URL is this machine, by its form. Plain HTTP goes nowhere else.
func Loopback(host string) bool { return isLoopback(host) }

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// onlyLoopback refuses, before a connection is made, an address that is not of this machine.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !ap.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("%w: plain http to %s, which is not this machine", ErrRefused, address)
	}
	return nil
}

// loadRoots returns the system's certificate authorities and those of a PEM file. Without a file it returns nil, by which crypto/tls
// understands the system's.
func loadRoots(file string) (roots *x509.CertPool, err error) {
	if file == "" {
		return roots, nil
	}
	roots, err = x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("system certificate authorities: %w", err)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("egress.ca_file: %w", err)
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	if err != nil {
		return nil, fmt.Errorf("egress.ca_file: %w", err)
	}
	if len(pem) > maxCAFile || !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("egress.ca_file %s holds no certificates in PEM form, or is too large", file)
	}
	return roots, nil
}
