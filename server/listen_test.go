package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/config"
)

func TestListeningOutsideNeedsEncryption(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		addr string
		http config.HTTP
		ok   bool
	}{
		"loopback":        {"127.0.0.1:7337", config.HTTP{}, true},
		"loopback 6":      {"[::1]:7337", config.HTTP{}, true},
		"localhost":       {"localhost:7337", config.HTTP{}, true},
		"everywhere":      {"0.0.0.0:7337", config.HTTP{}, false},
		"no host":         {":7337", config.HTTP{}, false},
		"address":         {"192.0.2.7:7337", config.HTTP{}, false},
		"name":            {"tftsr.example.org:7337", config.HTTP{}, false},
		"with TLS":        {"0.0.0.0:7337", config.HTTP{TLSCert: "c.pem", TLSKey: "k.pem"}, true},
		"with a proxy":    {"0.0.0.0:7337", config.HTTP{TrustedProxy: proxy}, true},
		"cert alone":      {"127.0.0.1:7337", config.HTTP{TLSCert: "c.pem"}, false},
		"mapped loopback": {"[::ffff:127.0.0.1]:7337", config.HTTP{}, true},
		"no port":         {"127.0.0.1", config.HTTP{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckListen(c.addr, c.http)
			if (err == nil) != c.ok {
				t.Errorf("CheckListen: %v", err)
			}
			if errors.Is(err, ErrOpenListen) && (!strings.Contains(err.Error(), "--tls-cert") || !strings.Contains(err.Error(), "--trusted-proxy")) {
				t.Errorf("the reason does not say what to do: %v", err)
			}
		})
	}
	// The listener itself is checked too, whatever the configuration says.
	f := newFixture(t, nil)
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skipf("no listener: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := f.server.ServeHTTP(ctx, ln); !errors.Is(err, ErrOpenListen) {
		t.Errorf("ServeHTTP on all addresses: %v", err)
	}
}

func TestOnlyTheTrustedProxyIsServed(t *testing.T) {
	f := newFixture(t, func(c *config.Config, _ *Options) {
		c.HTTP.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.0/8")}
		c.HTTP.AllowedHosts = []string{"tftsr.example.org"}
	})
	h, err := f.server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer, proto, forwarded string
		ok                     bool
	}{
		"the proxy":                {"10.1.2.3:4", "https", "192.0.2.1", true},
		"the proxy, mapped":        {"[::ffff:10.1.2.3]:4", "https", "192.0.2.1", true},
		"the proxy without TLS":    {"10.1.2.3:4", "http", "192.0.2.1", false},
		"somebody else":            {"10.2.0.1:4", "https", "", false},
		"somebody who claims it":   {"192.0.2.9:4", "https", "10.1.2.3", false},
		"this machine":             {"127.0.0.1:4", "", "", true},
		"a proxy on this machine":  {"127.0.0.1:4", "https", "192.0.2.1", true},
		"without TLS to the proxy": {"127.0.0.1:4", "http", "192.0.2.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequest(http.MethodGet, "http://tftsr.example.org"+PathHealth, nil)
			r.RemoteAddr = c.peer
			if c.proto != "" {
				r.Header.Set("X-Forwarded-Proto", c.proto)
			}
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			w := &recorder{header: http.Header{}}
			h.ServeHTTP(w, r)
			if (w.status == 200) != c.ok {
				t.Errorf("status %d", w.status)
			}
		})
	}
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(s int)   { r.status = s }
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = 200
	}
	return len(p), nil
}

func TestTheServerSpeaksTLSAndEndsOrderly(t *testing.T) {
	cert, key := selfSigned(t)
	f := newFixture(t, func(c *config.Config, _ *Options) { c.HTTP.TLSCert, c.HTTP.TLSKey = cert, key })
	addr, stop := f.serve(t)
	get := func(maxVersion uint16) error {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: maxVersion, MinVersion: tls.VersionTLS10}}} //nolint:gosec // The certificate is of this test.
		defer c.CloseIdleConnections()
		res, err := c.Get("https://" + addr + PathHealth)
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	if err := get(0); err != nil {
		t.Errorf("TLS: %v", err)
	}
	if err := get(tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is served")
	}
	if err := stop(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestTheEndOfTheServerEndsEventStreams(t *testing.T) {
	f := newFixture(t, nil)
	addr, stop := f.serve(t)
	token := f.bearer(t, "agent", true)
	cs := f.connect(t, "legacy", &mcp.StreamableClientTransport{Endpoint: "http://" + addr + PathMCP, HTTPClient: &http.Client{Transport: bearerTransport{token}}, MaxRetries: -1})
	defer cs.Close()
	counter(f, "in", "done")
	if got := call(t, cs, &mcp.CallToolParams{Name: "in"}); !strings.Contains(got, "done") {
		t.Fatal(got)
	}
	start := time.Now()
	if err := stop(); err != nil {
		t.Errorf("the end: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("the end took %s", d)
	}
}

func TestEveryBodyAndEventIsCheckedWhateverMadeIt(t *testing.T) {
	f := newFixture(t, nil)
	text, _ := json.Marshal(planted)
	result := `{"jsonrpc":"2.0","id":5,"result":{"text":` + string(text) + `}}`
	for name, c := range map[string]struct{ media, body, want string }{
		"event":           {"text/event-stream", "event: message\nid: s_1\ndata: " + result + "\n\n", "[Email_"},
		"events":          {"text/event-stream", "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\nevent: message\ndata: " + result + "\n\n", "[Email_"},
		"body":            {"application/json", result, "[Email_"},
		"text":            {"text/plain; charset=utf-8", "Bad Request: " + planted, "[Email_"},
		"no media type":   {"", planted, "[Email_"},
		"cut event":       {"text/event-stream", "data: " + result, ""},
		"opening":         {"text/event-stream", ": ok\n\nevent: message\ndata: " + result + "\n\n", "[Email_"},
		"foreign field":   {"text/event-stream", ": " + planted + "\ndata: {}\n\n", ""},
		"no JSON":         {"application/json", planted, "withheld"},
		"event, no JSON":  {"text/event-stream", "data: " + email + "\n\n", ""},
		"list of answers": {"application/json", "[" + result + "]", "withheld"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost", nil)
			w := &bodyRecorder{recorder: recorder{header: http.Header{}}}
			cw := &checkedWriter{server: f.server, w: w, r: r}
			if c.media != "" {
				cw.Header().Set("Content-Type", c.media)
			}
			for _, piece := range []string{c.body[:len(c.body)/2], c.body[len(c.body)/2:]} {
				if _, err := cw.Write([]byte(piece)); err != nil {
					break
				}
				_ = cw.FlushError() // The recorder cannot flush.
			}
			cw.finish()
			if l := leaks(w.body.Bytes()); l != nil {
				t.Errorf("%v in %s", l, w.body.Bytes())
			}
			if !strings.Contains(w.body.String(), c.want) || c.want == "" && strings.Contains(w.body.String(), "data") {
				t.Errorf("got %q, want %q in it", w.body.String(), c.want)
			}
		})
	}
}

type bodyRecorder struct {
	recorder
	body bytes.Buffer
}

func (r *bodyRecorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kb, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, typ string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", kb)
}
