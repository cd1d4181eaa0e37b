package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
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

// selfSigned makes a certificate for this machine.
