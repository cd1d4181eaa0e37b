package server

import (
	"bufio"
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
	"fmt"
	"io"
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
	"github.com/tftsr/tftsr/store"
)

// serve starts the real server on a free port and returns its address.
func (f *fixture) serve(t *testing.T) (addr string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	f.config.HTTP.Addr = "127.0.0.1:0"
	go func() { done <- f.server.ListenAndServe(ctx, func(url string) { ready <- url }) }()
	select {
	case url := <-ready:
		stop := func() error { cancel(); err := <-done; done <- err; return err }
		t.Cleanup(func() { stop() })
		return strings.TrimPrefix(strings.TrimPrefix(url, "http://"), "https://"), stop
	case err := <-done:
		cancel()
		t.Fatal(err)
		return "", nil
	}
}

const ping = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func do(t *testing.T, r *http.Request) answer {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}

func get(t *testing.T, url, host string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	return do(t, r)
}

// post makes a request that is right in every way; change makes it wrong.
func post(t *testing.T, addr, token, body string, change func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+PathMCP, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Protocol-Version", modern)
	r.Header.Set("Mcp-Method", "tools/list")
	r.Header.Set("Authorization", "Bearer "+token)
	if change != nil {
		change(r)
	}
	return do(t, r)
}

func TestHTTPTurnsAwayWhateverIsNotRight(t *testing.T) {
	f := newFixture(t, func(c *config.Config, _ *Options) {
		c.Limits.MaxBodyBytes, c.Limits.MaxHeaderBytes = 64<<10, 8<<10
		c.HTTP.AllowedHosts = []string{"tftsr.example.org"}
		c.HTTP.AllowedOrigins = []string{"https://app.example.org"}
	})
	counter(f, "in", "done")
	addr, _ := f.serve(t)
	token := f.bearer(t, "agent", false)
	gone := f.bearer(t, "gone", false)
	if err := f.store.RevokeToken(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	old := "tftsr_expired"
	if err := f.store.CreateToken(t.Context(), store.Token{Name: "old", Owner: "x", Hash: sha(old), CreatedAt: time.Now().Add(-time.Hour), ExpiresAt: time.Now().Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	set := func(key, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(key, value) }
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		reason string
	}{
		"right":                    {status: 200},
		"right host":               {change: func(r *http.Request) { r.Host = "localhost:1" }, status: 200},
		"allowed host":             {change: func(r *http.Request) { r.Host = "tftsr.example.org" }, status: 200},
		"allowed origin":           {change: set("Origin", "https://app.example.org"), status: 200},
		"no token":                 {change: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, reason: "token"},
		"wrong token":              {change: set("Authorization", "Bearer tftsr_guess"), status: 401, reason: "token"},
		"basic instead":            {change: set("Authorization", "Basic "+token), status: 401, reason: "token"},
		"revoked token":            {change: set("Authorization", "Bearer "+gone), status: 401, reason: "token"},
		"expired token":            {change: set("Authorization", "Bearer "+old), status: 401, reason: "token"},
		"wrong host":               {change: func(r *http.Request) { r.Host = "attacker.example.com" }, status: 403, reason: "host"},
		"wrong host with the port": {change: func(r *http.Request) { r.Host = "attacker.example.com:" + addr[strings.LastIndexByte(addr, ':')+1:] }, status: 403, reason: "host"},
		"foreign origin":           {change: set("Origin", "https://attacker.example.com"), status: 403, reason: "origin"},
		"null origin":              {change: set("Origin", "null"), status: 403, reason: "origin"},
		"cross-site by a browser":  {change: set("Sec-Fetch-Site", "cross-site"), status: 403, reason: "origin"},
		"large body":               {body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","x":"` + strings.Repeat("x", 70<<10) + `"}`, status: 413, reason: "body"},
		"large header":             {change: set("X-Large", strings.Repeat("x", 16<<10)), status: 431},
		"no body":                  {body: " ", status: 400, reason: "body"},
		"malformed":                {body: `{"note":"` + email, status: 400, reason: "malformed JSON"},
		"batch":                    {body: "[" + ping + "]", status: 400, reason: "batch"},
		"unknown method":           {body: strings.Replace(ping, "tools/list", email, 1), status: 404, reason: "unknown method"},
		"wrong media type":         {change: set("Content-Type", "text/plain"), status: 415, reason: "protocol"},
		"wrong Mcp-Method":         {change: set("Mcp-Method", email), status: 400, reason: "protocol"},
		"unknown revision":         {change: set("Mcp-Protocol-Version", "1999-01-01"), status: 400, reason: "protocol"},
		"another's session": {change: func(r *http.Request) {
			r.Header.Set("Mcp-Protocol-Version", newestLegacy)
			r.Header.Set("Mcp-Session-Id", "nothing")
		}, status: 404, reason: "protocol"},
		"a frame key of its own": {change: set(frameHeader, "stdio/1"), status: 200},
		"PUT":                    {change: func(r *http.Request) { r.Method = http.MethodPut }, status: 405, reason: "protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.body == "" {
				c.body = ping
			}
			res := post(t, addr, token, c.body, c.change)
			b := res.body
			if res.status != c.status {
				t.Fatalf("status %d, want %d: %s", res.status, c.status, b)
			}
			challenge := res.header.Get("WWW-Authenticate")
			if (c.status == 401) != strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			if l := leaks(b); l != nil {
				t.Errorf("the answer repeats %v: %s", l, b)
			}
			if c.reason != "" && !f.refused(t, c.reason) {
				t.Errorf("no refusal for the reason %q is on the record", c.reason)
			}
			if c.status == 200 && !bytes.Contains(b, []byte(`"tools"`)) {
				t.Errorf("answer: %s", b)
			}
		})
	}
	f.nothingLeaked(t)
	if b := f.log.Bytes(); bytes.Contains(b, []byte(token)) {
		t.Error("the token is in the log")
	}
}

func TestHealthNeedsNoTokenAndSaysLittle(t *testing.T) {
	f := newFixture(t, nil)
	addr, _ := f.serve(t)
	url := "http://" + addr + PathHealth
	if a := get(t, url, ""); a.status != http.StatusOK || strings.TrimSpace(string(a.body)) != `{"status":"ok","version":"v0.0.0-test"}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := get(t, url, "attacker.example.com"); a.status != http.StatusForbidden {
		t.Errorf("with another Host: %d", a.status)
	}
	if a := get(t, "http://"+addr+"/other", ""); a.status != http.StatusNotFound {
		t.Errorf("another path: %d", a.status)
	}
}

func TestATokenThatCannotBeCheckedIsNoToken(t *testing.T) {
	f := newFixture(t, nil)
	addr, _ := f.serve(t)
	token := f.bearer(t, "agent", false)
	f.store.tokenFailed.Store(true)
	res := post(t, addr, token, ping, nil)
	b := res.body
	if res.status != http.StatusInternalServerError || !bytes.Contains(b, []byte("cannot be checked")) {
		t.Errorf("%d %s", res.status, b)
	}
}

func TestASlowHeaderIsNotWaitedFor(t *testing.T) {
	f := newFixture(t, nil)
	f.server.readHeaderTimeout = 200 * time.Millisecond
	addr, _ := f.serve(t)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\n")
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	start := time.Now()
	_, err = io.ReadAll(bufio.NewReader(c))
	if err != nil || time.Since(start) > 3*time.Second {
		t.Errorf("the connection is open after %s: %v", time.Since(start), err)
	}
}

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

func TestASessionBelongsToOneToken(t *testing.T) {
	f := newFixture(t, nil)
	addr, _ := f.serve(t)
	mine, yours := f.bearer(t, "mine", false), f.bearer(t, "yours", false)
	legacy := func(r *http.Request) { r.Header.Set("Mcp-Protocol-Version", newestLegacy) }
	res := post(t, addr, mine, initialize, legacy)
	session := res.header.Get("Mcp-Session-Id")
	if session == "" {
		t.Fatal("no session")
	}
	use := func(token string) int {
		return post(t, addr, token, `{"jsonrpc":"2.0","id":2,"method":"ping"}`, func(r *http.Request) { legacy(r); r.Header.Set("Mcp-Session-Id", session) }).status
	}
	if s := use(yours); s != 403 {
		t.Errorf("another token uses the session: %d", s)
	}
	if s := use(mine); s != 200 {
		t.Errorf("its own token does not: %d", s)
	}
	if err := f.store.RevokeToken(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	if s := use(mine); s != 401 {
		t.Errorf("a revoked token uses its session: %d", s)
	}
}

func TestAnOpenStreamShowsItsTokenAgain(t *testing.T) {
	f := newFixture(t, nil)
	f.server.streamTime = 200 * time.Millisecond
	addr, _ := f.serve(t)
	token := f.bearer(t, "agent", false)
	res := post(t, addr, token, initialize, func(r *http.Request) { r.Header.Set("Mcp-Protocol-Version", newestLegacy) })
	stream := func(r *http.Request) {
		r.Method, r.Body = http.MethodGet, nil
		r.Header.Set("Mcp-Protocol-Version", newestLegacy)
		r.Header.Set("Mcp-Session-Id", res.header.Get("Mcp-Session-Id"))
	}
	start := time.Now()
	if a := post(t, addr, token, "", stream); a.status != http.StatusOK || a.header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if d := time.Since(start); d < 150*time.Millisecond || d > 10*time.Second {
		t.Errorf("the stream was open for %s", d)
	}
	if err := f.store.RevokeToken(t.Context(), "agent"); err != nil {
		t.Fatal(err)
	}
	if a := post(t, addr, token, "", stream); a.status != http.StatusUnauthorized {
		t.Errorf("a revoked token opens a stream: %d", a.status)
	}
}

func TestTheRecordNamesTheToken(t *testing.T) {
	f := newFixture(t, nil)
	cs := f.connectHTTP(t, "modern")
	counter(f, "in", "done")
	if got := call(t, cs, &mcp.CallToolParams{Name: "in"}); !strings.Contains(got, "done") {
		t.Fatal(got)
	}
	e, d, ok := f.lastOf(t, "tool_call", "intent")
	if !ok || e.UserID != "agent" || d["channel"] != "http" || d["client"] != "test-host/1.2.3" || e.EntityID != "in" || d["protocol"] != modern {
		t.Errorf("intent: %+v %v", e, d)
	}
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

func TestABrowserOfAnAllowedOriginCanCall(t *testing.T) {
	f := newFixture(t, func(c *config.Config, _ *Options) { c.HTTP.AllowedOrigins = []string{"https://app.example.org"} })
	addr, _ := f.serve(t)
	preflight := func(r *http.Request) {
		r.Method = http.MethodOptions
		r.Header.Del("Authorization")
		r.Header.Set("Origin", "https://app.example.org")
		r.Header.Set("Access-Control-Request-Method", "POST")
	}
	res := post(t, addr, "", "", preflight)
	if res.status != http.StatusNoContent || res.header.Get("Access-Control-Allow-Origin") != "https://app.example.org" || !strings.Contains(res.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", res.status, res.header)
	}
	res = post(t, addr, "", "", func(r *http.Request) { preflight(r); r.Header.Set("Origin", "https://other.example.org") })
	if res.status != http.StatusForbidden || res.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight of another origin: %d %v", res.status, res.header)
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

// selfSigned makes a certificate for this machine.
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
