package egress

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// secure starts a TLS server and returns it with the file of the authority that signed its certificate.
func secure(t *testing.T, h http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = quiet()
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, caFile(t, srv)
}

func caFile(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func hostOf(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func mustNew(t *testing.T, o Options) *http.Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func get(t *testing.T, c *http.Client, target string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(c, req)
}

func do(c *http.Client, req *http.Request) (string, error) {
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello over "+r.Proto) }

func TestAllowedHostWithTrustedCertificateIsReached(t *testing.T) {
	srv, ca := secure(t, hello)
	body, err := get(t, mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca}), srv.URL)
	if err != nil || body != "hello over HTTP/2.0" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestUntrustedCertificateIsRefused(t *testing.T) {
	var called atomic.Bool
	srv, ca := secure(t, func(http.ResponseWriter, *http.Request) { called.Store(true) })
	_, err := get(t, mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}}), srv.URL)
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("without the CA file: %v, want an unknown authority", err)
	}
	// The certificate is good for example.com and 127.0.0.1, not for localhost.
	_, port, _ := net.SplitHostPort(hostOf(t, srv))
	name := net.JoinHostPort("localhost", port)
	_, err = get(t, mustNew(t, Options{AllowedHosts: []string{name}, CAFile: ca}), "https://"+name)
	var wrongName x509.HostnameError
	if !errors.As(err, &wrongName) {
		t.Errorf("certificate of another name: %v, want a host name error", err)
	}
	if called.Load() {
		t.Error("a request reached a server that was not verified")
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	srv.Config.ErrorLog = quiet()
	srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	srv.StartTLS()
	defer srv.Close()
	if body, err := get(t, mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: caFile(t, srv)}), srv.URL); err == nil {
		t.Errorf("TLS 1.1 was accepted: %q", body)
	}
}

func TestRequestsOutsideTheRulesAreNeverSent(t *testing.T) {
	var called atomic.Int32
	srv, ca := secure(t, func(http.ResponseWriter, *http.Request) { called.Add(1) })
	host := hostOf(t, srv)
	_, port, _ := net.SplitHostPort(host)
	dialled := func(*url.URL) (*url.URL, error) { t.Error("a connection was made"); return nil, errors.New("no") }
	for _, tt := range []struct {
		name    string
		allowed []string
		target  string
	}{
		{"empty list", nil, srv.URL},
		{"other host", []string{"example.com"}, srv.URL},
		{"other port", []string{"127.0.0.1:1"}, srv.URL},
		{"own port only", []string{"127.0.0.1"}, srv.URL},
		{"suffix", []string{"ample.com"}, "https://example.com/"},
		{"subdomain", []string{"example.com"}, "https://sub.example.com/"},
		{"trailing dot", []string{"example.com"}, "https://example.com./"},
		{"other name of the same machine", []string{host}, "https://127.1:" + port + "/"},
		{"plain http elsewhere", []string{"example.com", "example.com:80"}, "http://example.com/"},
		{"plain http to a private address", []string{"10.0.0.1:80"}, "http://10.0.0.1/"},
		{"plain http to what looks like loopback", []string{"127.0.0.1.example.com:80"}, "http://127.0.0.1.example.com/"},
		{"other scheme", []string{host}, "ftp://" + host + "/"},
		{"file", []string{host}, "file:///etc/passwd"},
		{"user in the URL", []string{host}, "https://user:hunter2@" + host + "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := get(t, mustNew(t, Options{AllowedHosts: tt.allowed, CAFile: ca, Proxy: dialled}), tt.target+"?token=hunter2")
			if !errors.Is(err, ErrRefused) {
				t.Fatalf("error %v, want ErrRefused", err)
			}
			if strings.Contains(SafeError(err).Error(), "hunter2") {
				t.Errorf("the error holds a secret: %v", SafeError(err))
			}
		})
	}
	t.Run("foreign Host header", func(t *testing.T) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		req.RequestURI = ""
		req.Host = "other.example.com"
		if _, err := do(mustNew(t, Options{AllowedHosts: []string{host}, CAFile: ca}), req); !errors.Is(err, ErrRefused) {
			t.Errorf("error %v, want ErrRefused", err)
		}
	})
	if n := called.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestRefusedRequestHasItsBodyClosed(t *testing.T) {
	body := &closeRecorder{Reader: strings.NewReader("x")}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do(mustNew(t, Options{}), req); !errors.Is(err, ErrRefused) || !body.closed {
		t.Errorf("error %v, closed %v", err, body.closed)
	}
}

type closeRecorder struct {
	io.Reader
	closed bool
}

func (c *closeRecorder) Close() error { c.closed = true; return nil }

func TestPlainHTTPReachesThisMachineOnly(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(hello))
	defer srv.Close()
	host := hostOf(t, srv)
	_, port, _ := net.SplitHostPort(host)
	for _, h := range []string{host, "localhost:" + port, "LocalHost:" + port} {
		body, err := get(t, mustNew(t, Options{AllowedHosts: []string{h}}), "http://"+h)
		if err != nil || !strings.HasPrefix(body, "hello") {
			t.Errorf("%s: %q, %v", h, body, err)
		}
	}
	// A name that is called loopback and resolves to something else is stopped when it is dialled.
	for address, want := range map[string]bool{"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true, "10.0.0.1:80": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "": false} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != want {
			t.Errorf("%q: %v, want allowed %v", address, err, want)
		}
	}
	plain := mustNew(t, Options{}).Transport.(*guard).plain
	if conn, err := plain.DialContext(t.Context(), "tcp", "192.0.2.1:80"); !errors.Is(err, ErrRefused) {
		t.Errorf("dialled %v, %v; want ErrRefused", conn, err)
	}
}

func TestRedirectsStayOnTheirHost(t *testing.T) {
	var leaked atomic.Bool
	other, otherCA := secure(t, func(http.ResponseWriter, *http.Request) { leaked.Store(true) })
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Store(true) }))
	defer plain.Close()
	var target string
	var loops atomic.Int32
	srv, ca := secure(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/start":
			http.Redirect(w, r, target, http.StatusTemporaryRedirect)
		case "/loop":
			loops.Add(1)
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			fmt.Fprint(w, "arrived with "+r.Header.Get("Authorization"))
		}
	})
	both := filepath.Join(t.TempDir(), "both.pem")
	var text []byte
	for _, f := range []string{ca, otherCA} {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	if err := os.WriteFile(both, text, 0o600); err != nil {
		t.Fatal(err)
	}
	// All hosts are allowed here: it is the redirect that is refused.
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv), hostOf(t, other), hostOf(t, plain)}, CAFile: both})
	start := func(path string) (string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "token")
		return do(c, req)
	}
	target = "/end"
	if body, err := start("/start"); err != nil || body != "arrived with token" {
		t.Errorf("same host: %q, %v", body, err)
	}
	for _, to := range []string{other.URL + "/", plain.URL + "/", strings.Replace(srv.URL, "https", "http", 1) + "/end", "https://example.com/?x=hunter2"} {
		target = to
		body, err := start("/start")
		if !errors.Is(err, ErrRefused) {
			t.Errorf("to %s: %q, %v; want ErrRefused", to, body, err)
		} else if strings.Contains(SafeError(err).Error(), "hunter2") {
			t.Errorf("the error holds the query: %v", SafeError(err))
		}
	}
	if _, err := start("/loop"); !errors.Is(err, ErrRefused) {
		t.Errorf("loop: %v, want ErrRefused", err)
	}
	if n := loops.Load(); n != maxRedirects+1 {
		t.Errorf("loop: %d requests, want %d", n, maxRedirects+1)
	}
	if leaked.Load() {
		t.Error("a redirect reached another host")
	}
	// Somebody who replaces the client's rule for redirects still cannot leave the allow list.
	c.CheckRedirect = nil
	target = "https://example.com/"
	if _, err := start("/start"); !errors.Is(err, ErrRefused) {
		t.Errorf("without CheckRedirect: %v, want ErrRefused", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(bytes.Repeat([]byte("x"), 1_000_000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	srv, ca := secure(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			fmt.Fprint(w, strings.Repeat("x", 1000))
		case "/one-more":
			fmt.Fprint(w, strings.Repeat("x", 1001))
		case "/streamed":
			for range 20 {
				fmt.Fprint(w, strings.Repeat("x", 100))
				w.(http.Flusher).Flush()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped.Bytes()[:min(zipped.Len(), 1<<20)])
		case "/headers":
			w.Header().Set("X", strings.Repeat("x", 2*maxResponseHeader))
		}
	})
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, MaxResponseBytes: 1000})
	if body, err := get(t, c, srv.URL+"/exact"); err != nil || len(body) != 1000 {
		t.Errorf("exactly the limit: %d bytes, %v", len(body), err)
	}
	for _, path := range []string{"/one-more", "/streamed"} {
		if body, err := get(t, c, srv.URL+path); !errors.Is(err, ErrTooLarge) || len(body) > 1000 {
			t.Errorf("%s: %d bytes, %v; want ErrTooLarge", path, len(body), err)
		}
	}
	// An announced length is believed at once, before anything is read.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/one-more", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := c.Do(req); !errors.Is(err, ErrTooLarge) {
		t.Errorf("announced: %v, want ErrTooLarge", err)
		if err == nil {
			resp.Body.Close()
		}
	}
	big := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, MaxResponseBytes: 100_000})
	if body, err := get(t, big, srv.URL+"/bomb"); !errors.Is(err, ErrTooLarge) || len(body) > 100_000 {
		t.Errorf("bomb: %d bytes, %v; want ErrTooLarge", len(body), err)
	}
	if _, err := get(t, c, srv.URL+"/headers"); err == nil {
		t.Error("a huge header was accepted")
	}
}

func TestBoundHoldsForEveryWayOfReading(t *testing.T) {
	for size := range 40 {
		for step := 1; step <= 12; step++ {
			b := &boundedBody{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), max: 20, left: 20}
			var got int
			var err error
			for buf := make([]byte, step); err == nil; {
				var n int
				n, err = b.Read(buf)
				if n < 0 || n > step {
					t.Fatalf("size %d, step %d: read %d", size, step, n)
				}
				got += n
			}
			if want := min(size, 20); got != want || errors.Is(err, ErrTooLarge) != (size > 20) {
				t.Fatalf("size %d, step %d: %d bytes, %v; want %d", size, step, got, err, want)
			}
			if n, again := b.Read(make([]byte, 5)); n != 0 || again == nil {
				t.Fatalf("size %d, step %d: after the end %d, %v", size, step, n, again)
			}
		}
	}
}

func TestSlowServersTimeOut(t *testing.T) {
	release := make(chan struct{})
	srv, ca := secure(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, Timeout: 100 * time.Millisecond})
	for _, path := range []string{"/header", "/body"} {
		start := time.Now()
		_, err := get(t, c, srv.URL+path)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %s, want a time-out", path, err, time.Since(start))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do(c, req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSwitchingProtocolsIsRefused(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "other")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}))
	defer srv.Close()
	if _, err := get(t, mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}}), srv.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v, want ErrRefused", err)
	}
}

func TestNoCookiesAreKept(t *testing.T) {
	srv, ca := secure(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		fmt.Fprint(w, len(r.Cookies()))
	})
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca})
	for range 2 {
		if body, err := get(t, c, srv.URL); err != nil || body != "0" {
			t.Errorf("%q cookies, %v", body, err)
		}
	}
}

func TestProxyComesFromOptionsOnly(t *testing.T) {
	var proxied atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect && r.Host == "service.example.com:443" {
			proxied.Add(1)
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://service.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"service.example.com"}
	if _, err := do(mustNew(t, Options{AllowedHosts: allowed}), req); err == nil || proxied.Load() != 0 {
		t.Errorf("environment: %v, %d requests by proxy", err, proxied.Load())
	}
	// net/http reads the environment once a process, so that the request above alone does not show everything.
	if g := mustNew(t, Options{}).Transport.(*guard); g.secure.Proxy != nil || g.plain.Proxy != nil {
		t.Error("a transport has a proxy function that nobody gave it")
	}
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := mustNew(t, Options{AllowedHosts: allowed, Proxy: func(*url.URL) (*url.URL, error) { return u, nil }})
	if _, err := get(t, c, "https://service.example.com/"); err == nil || proxied.Load() != 1 {
		t.Errorf("option: %v, %d requests by proxy, want 1", err, proxied.Load())
	}
	// This machine is reached directly, whatever the proxy function says.
	srv, ca := secure(t, hello)
	c = mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, Proxy: func(*url.URL) (*url.URL, error) { return u, nil }})
	if body, err := get(t, c, srv.URL); err != nil {
		t.Errorf("loopback: %q, %v", body, err)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"missing CA file":  {CAFile: filepath.Join(t.TempDir(), "missing")},
		"CA file without":  {CAFile: empty},
		"wildcard":         {AllowedHosts: []string{"*.example.com"}},
		"scheme":           {AllowedHosts: []string{"https://example.com"}},
		"path":             {AllowedHosts: []string{"example.com/x"}},
		"no host":          {AllowedHosts: []string{""}},
		"no name":          {AllowedHosts: []string{":443"}},
		"port zero":        {AllowedHosts: []string{"example.com:0"}},
		"port name":        {AllowedHosts: []string{"example.com:https"}},
		"port too large":   {AllowedHosts: []string{"example.com:65536"}},
		"not ASCII":        {AllowedHosts: []string{"exämple.com"}},
		"negative timeout": {Timeout: -1},
		"negative dial":    {DialTimeout: -1},
		"negative size":    {MaxResponseBytes: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, host := range []string{"example.com", "EXAMPLE.com:8443", "10.0.0.1", "::1", "[::1]:8080", "2001:db8::1"} {
		if _, err := New(Options{AllowedHosts: []string{host}}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestSafeErrorKeepsTheCauseAndDropsTheURL(t *testing.T) {
	err := fmt.Errorf("call: %w", &url.Error{Op: "Get", URL: "https://example.com/secret/path?key=hunter2", Err: io.ErrUnexpectedEOF})
	safe := SafeError(err)
	if !errors.Is(safe, io.ErrUnexpectedEOF) || safe.Error() != "get example.com: unexpected EOF" {
		t.Errorf("got %q", safe)
	}
	if other := errors.New("x"); !errors.Is(SafeError(other), other) || SafeError(nil) != nil {
		t.Error("other errors changed")
	}
}
