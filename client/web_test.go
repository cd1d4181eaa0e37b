package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"
)

// far is a server reached by HTTP on this machine, with short time-outs.
func far(t *testing.T, tr Transport, h http.Handler) Config {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return Config{
		Name: "bad", Transport: tr, URL: srv.URL + "/mcp", TrustPrivate: true,
		Timeouts: Timeouts{Discover: 300 * time.Millisecond, Start: 3 * time.Second, List: 3 * time.Second, Call: 2 * time.Second, Attach: 3 * time.Second},
	}
}

func streamable(s *mcp.Server, stateless bool) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: stateless})
}

// rawHTTP answers every POST by a function of the method; nil falls back to a sound legacy server with one tool.
func rawHTTP(f func(w http.ResponseWriter, r *http.Request, m peeked) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			if !f(w, r, peeked{}) {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return
		}
		var m peeked
		if json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case f(w, r, m):
		case m.ID == nil:
			w.WriteHeader(http.StatusAccepted)
		case m.Method == "initialize":
			sayJSON(w, m, `{"protocolVersion":"2025-11-25","serverInfo":{"name":"raw","version":"1"},"capabilities":{"tools":{}}}`)
		case m.Method == "tools/list":
			sayJSON(w, m, `{"tools":[{"name":"echo","inputSchema":{"type":"object"}}]}`)
		case m.Method == "tools/call":
			sayJSON(w, m, `{"content":[{"type":"text","text":"fine"}]}`)
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, m.ID)
		}
	})
}

func sayJSON(w http.ResponseWriter, m peeked, result string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result)
}

func TestServersByHTTPOfBothErasAreAttached(t *testing.T) {
	sse := mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return sdkServer() }, nil)
	for name, tt := range map[string]struct {
		transport Transport
		handler   http.Handler
		era       Era
	}{
		"modern": {HTTP, streamable(sdkServer(), true), Modern},
		"legacy": {HTTP, streamable(sdkServer(), false), Legacy},
		"sse":    {SSE, sse, Legacy},
		"plain":  {HTTP, rawHTTP(func(http.ResponseWriter, *http.Request, peeked) bool { return false }), Legacy},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSet(t, Options{}, far(t, tt.transport, tt.handler))
			if st := connected(t, s, "bad"); st.Era != tt.era {
				t.Errorf("era %s, want %s", st.Era, tt.era)
			}
			for range 3 {
				if _, err := callTool(t, s, "echo"); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestEraIsRememberedAndReported(t *testing.T) {
	var discovers atomic.Int32
	count := func(h http.Handler) http.Handler {
		return rawHTTP(func(w http.ResponseWriter, r *http.Request, m peeked) bool {
			if m.Method == "server/discover" {
				discovers.Add(1)
			}
			return false
		})
	}
	found := make(chan Era, 1)
	c := far(t, HTTP, count(nil))
	s := newSet(t, Options{EraFound: func(_ string, e Era) { found <- e }}, c)
	connected(t, s, "bad")
	select {
	case e := <-found:
		if e != Legacy {
			t.Errorf("era %s", e)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the era was not reported")
	}
	asked := discovers.Load()
	if asked == 0 {
		t.Error("an unknown server was not asked for the modern era")
	}
	c.Era = Legacy
	if err := s.Replace(c); err != nil {
		t.Fatal(err)
	}
	connected(t, s, "bad")
	if discovers.Load() != asked {
		t.Error("a server that is remembered as legacy was asked again")
	}
}

func TestHTTPCallsEndWithAnErrorThatSaysWhatBecameOfThem(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	stream := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
		_ = http.NewResponseController(w).Flush()
	}
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, m peeked)
		kind   Kind
		lost   bool
	}{
		"huge body": {func(w http.ResponseWriter, _ *http.Request, m peeked) {
			sayJSON(w, m, `"`+strings.Repeat("z", 3<<20)+`"`)
		}, KindTooLarge, true},
		"announced huge": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			w.Header().Set("Content-Length", "900000000")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusOK)
		}, KindTooLarge, true},
		"huge event": {func(w http.ResponseWriter, _ *http.Request, m peeked) {
			stream(w, `data: {"jsonrpc":"2.0","id":`+string(m.ID)+`,"result":{"content":[{"type":"text","text":"`+strings.Repeat("z", 3<<20)+"\"}]}}\n\n")
		}, KindTooLarge, true},
		"event without end": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			w.Header().Set("Content-Type", "text/event-stream")
			for {
				if _, err := fmt.Fprint(w, "data: ", strings.Repeat("z", 1<<20)); err != nil {
					return
				}
			}
		}, KindTooLarge, true},
		"damaged event":    {func(w http.ResponseWriter, _ *http.Request, _ peeked) { stream(w, "data: {no message}\n\n") }, KindProtocol, true},
		"line of no field": {func(w http.ResponseWriter, _ *http.Request, m peeked) { stream(w, "nonsense\ndata: [1]\n\n") }, KindProtocol, true},
		"ended stream":     {func(w http.ResponseWriter, _ *http.Request, _ peeked) { stream(w, ": hello\n\n") }, KindDied, true},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "<html>")
		}, KindProtocol, true},
		"other type": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}, KindProtocol, true},
		"text and 400": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			http.Error(w, "hunter2", http.StatusBadRequest)
		}, KindProtocol, false},
		"text and 404": {func(w http.ResponseWriter, _ *http.Request, _ peeked) { http.Error(w, "hunter2", http.StatusNotFound) }, KindProtocol, false},
		"text and 500": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			http.Error(w, "hunter2", http.StatusInternalServerError)
		}, KindDied, true},
		"text and 501": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			http.Error(w, "hunter2", http.StatusNotImplemented)
		}, KindDied, true},
		"429": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			http.Error(w, "hunter2", http.StatusTooManyRequests)
		}, KindLimited, false},
		"401": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			http.Error(w, "hunter2", http.StatusUnauthorized)
		}, KindNeedsAuth, false},
		"403": {func(w http.ResponseWriter, _ *http.Request, _ peeked) { http.Error(w, "hunter2", http.StatusForbidden) }, KindNeedsAuth, false},
		"redirect": {func(w http.ResponseWriter, r *http.Request, _ peeked) {
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusTemporaryRedirect)
		}, KindRefused, false},
		"redirect outwards": {func(w http.ResponseWriter, r *http.Request, _ peeked) {
			http.Redirect(w, r, "https://example.com/", http.StatusTemporaryRedirect)
		}, KindRefused, false},
		"no answer": {func(_ http.ResponseWriter, r *http.Request, _ peeked) { wait(r, hold) }, KindTimeout, true},
		"half an answer": {func(w http.ResponseWriter, r *http.Request, m peeked) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,`, m.ID)
			_ = http.NewResponseController(w).Flush()
			wait(r, hold)
		}, KindTimeout, true},
		"hung up": {func(w http.ResponseWriter, _ *http.Request, _ peeked) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				c.Close()
			}
		}, KindDied, true},
		"hung up in the middle": {func(w http.ResponseWriter, _ *http.Request, m peeked) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,`, m.ID)
		}, KindDied, true},
		"an error": {func(w http.ResponseWriter, _ *http.Request, m peeked) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"hunter2"}}`, m.ID)
		}, KindRPC, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c := far(t, HTTP, rawHTTP(func(w http.ResponseWriter, r *http.Request, m peeked) bool {
				if m.Method != "tools/call" || calls.Add(1) > 1 {
					return false
				}
				tt.answer(w, r, m)
				return true
			}))
			c.Limits.MessageBytes = 1 << 20
			if strings.Contains(name, "without end") {
				c.Timeouts.Call = 20 * time.Second
			}
			s := newSet(t, Options{}, c)
			connected(t, s, "bad")
			_, err := callTool(t, s, "echo")
			e := wantKind(t, err, tt.kind, tt.lost)
			if strings.Contains(e.Error(), "hunter2") {
				t.Errorf("the error holds text of the server: %v", e)
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("the call was sent %d times", n)
			}
			if name == "401" {
				for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
					st, _ := s.State("bad")
					if st.Status == NeedsAuth {
						break
					}
					if time.Now().After(end) {
						t.Fatalf("state %+v", st)
					}
				}
				return
			}
			// Whatever else it was, the next call works.
			if _, err := callTool(t, s, "echo"); err != nil {
				st, _ := s.State("bad")
				t.Errorf("the next call: %v; state %+v", err, st)
			}
		})
	}
}

// wait returns when the request or the test has ended.
func wait(r *http.Request, hold chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-hold:
	}
}

func TestServersByHTTPThatCannotBeAttachedAreExplained(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	always := func(f http.HandlerFunc) http.Handler { return f }
	for name, tt := range map[string]struct {
		handler http.Handler
		status  Status
		says    string
	}{
		"401": {always(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hunter2", http.StatusUnauthorized) }), NeedsAuth, "tftsr server login bad"},
		"403": {always(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hunter2", http.StatusForbidden) }), NeedsAuth, "403"},
		"404": {always(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hunter2", http.StatusNotFound) }), Failed, "HTTP status 404"},
		"503": {always(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hunter2", http.StatusServiceUnavailable) }), Unreachable, "HTTP status 503"},
		"a web page": {always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>hunter2")
		}), Failed, "does not speak the protocol"},
		"other JSON": {always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"hunter":2}`)
		}), Failed, "does not speak the protocol"},
		"silence": {always(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); wait(r, hold) }), Unreachable, "did not answer within"},
		"redirect": {always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com", http.StatusTemporaryRedirect)
		}), Failed, "redirects to another host"},
		"nobody":       {nil, Unreachable, "nothing listens"},
		"private name": {nil, Failed, "of this machine or of a private network"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := tt.handler
			if h == nil {
				h = http.NotFoundHandler()
			}
			c := far(t, HTTP, h)
			switch name {
			case "nobody":
				c.URL = "http://127.0.0.1:9/mcp"
			case "private name":
				// As a name that leads to this machine: the form of the URL is checked elsewhere.
				c.TrustPrivate = false
				c.URL = "https://" + loopbackName(t) + "/mcp"
			}
			s := newSet(t, Options{}, c)
			st := settled(t, s, "bad")
			if st.Status != tt.status || !strings.Contains(st.Err, tt.says) || strings.Contains(st.Err, "hunter2") {
				t.Errorf("state %+v, want %s and %q", st, tt.status, tt.says)
			}
		})
	}
}

// loopbackName is a name that resolves to this machine without being localhost by its form.
func loopbackName(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"ip6-localhost", "ip6-loopback", "localhost.localdomain"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		addrs, err := resolve(ctx, name)
		cancel()
		if err == nil && len(addrs) > 0 {
			return name
		}
	}
	t.Log("no name leads to this machine; its host name is taken")
	return hostname(t)
}

func TestServersThatSendNoHeaderOfAStreamAreAttached(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	c := far(t, HTTP, rawHTTP(func(_ http.ResponseWriter, r *http.Request, _ peeked) bool {
		if r.Method != http.MethodGet {
			return false
		}
		wait(r, hold)
		return true
	}))
	c.Timeouts.Start = 2 * headerTime
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Error(err)
	}
}

func TestForgottenSessionsAreMadeAnewAndTheCallIsSentAgain(t *testing.T) {
	for name, forget := range map[string]func(http.ResponseWriter){
		"404": func(w http.ResponseWriter) { http.Error(w, "session not found", http.StatusNotFound) },
		"404 as JSON": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}`)
		},
		"400 as JSON": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}`)
		},
		"400 as text": func(w http.ResponseWriter) { http.Error(w, "Invalid or missing session ID", http.StatusBadRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			var session atomic.Int32
			session.Store(1)
			var did atomic.Int32
			c := far(t, HTTP, rawHTTP(func(w http.ResponseWriter, r *http.Request, m peeked) bool {
				id := fmt.Sprint("s", session.Load())
				switch {
				case m.Method == "initialize":
					w.Header().Set("Mcp-Session-Id", id)
				case r.Header.Get("Mcp-Session-Id") != id && m.Method != "server/discover":
					forget(w)
					return true
				case m.Method == "tools/call":
					did.Add(1)
				}
				return false
			}))
			s := newSet(t, Options{}, c)
			connected(t, s, "bad")
			for i := range 3 {
				if _, err := callTool(t, s, "echo"); err != nil {
					t.Fatalf("call %d: %v", i, err)
				}
				session.Add(1) // As a restart would.
			}
			if did.Load() != 3 {
				t.Errorf("3 calls were done %d times", did.Load())
			}
			if st, _ := s.State("bad"); st.Failures != 0 {
				t.Errorf("it counts as a failure: %+v", st)
			}
		})
	}
}

func TestHeadersOfTheOwnerAndNoOthersAreSent(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	c := far(t, HTTP, rawHTTP(func(_ http.ResponseWriter, r *http.Request, _ peeked) bool {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer mine" {
			t.Errorf("%s without the credential", r.Method)
		}
		for name := range r.Header {
			seen[name] = true
		}
		return false
	}))
	c.Headers = map[string]string{"Authorization": "Bearer mine"}
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Fatal(err)
	}
	for name := range seen {
		switch name {
		case "Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "User-Agent":
		default:
			if !strings.HasPrefix(name, "Mcp-") {
				t.Errorf("header %s was sent", name)
			}
		}
	}
}

func TestServerThatWantsALoginIsNotAskedAgainByItself(t *testing.T) {
	var calls atomic.Int32
	var forbid atomic.Bool
	c := far(t, HTTP, rawHTTP(func(w http.ResponseWriter, r *http.Request, _ peeked) bool {
		calls.Add(1)
		if forbid.Load() {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		if r.Header.Get("Authorization") == "Bearer good" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}))
	var token atomic.Value
	token.Store("stale")
	c.OAuth = StoredToken(tokenFunc(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: token.Load().(string)}, nil }))
	s := newSet(t, Options{}, c)
	if st := settled(t, s, "bad"); st.Status != NeedsAuth || !st.NextTry.IsZero() {
		t.Fatalf("state %+v", st)
	}
	n := calls.Load()
	time.Sleep(700 * time.Millisecond)
	if calls.Load() != n {
		t.Error("it was tried again without a login")
	}
	_, err := callTool(t, s, "echo")
	wantKind(t, err, KindNeedsAuth, false)
	token.Store("good")
	if err := s.Retry("bad"); err != nil {
		t.Fatal(err)
	}
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Error(err)
	}
	// What the login may not do is an error of the call.
	forbid.Store(true)
	_, err = callTool(t, s, "echo")
	wantKind(t, err, KindNeedsAuth, false)
	if st, _ := s.State("bad"); st.Status != Connected {
		t.Errorf("state %+v", st)
	}
	forbid.Store(false)
	// When the token is taken away in the middle, the server needs a login again.
	token.Store("stale")
	_, err = callTool(t, s, "echo")
	wantKind(t, err, KindNeedsAuth, false)
}

type tokenFunc func() (*oauth2.Token, error)

func (f tokenFunc) Token() (*oauth2.Token, error) { return f() }

func TestOldTransportSendsNothingToAnotherHost(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was called") }))
	defer elsewhere.Close()
	c := far(t, SSE, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "event: endpoint\ndata: %s/messages\n\n", elsewhere.URL)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	c.Headers = map[string]string{"Authorization": "Bearer mine"}
	s := newSet(t, Options{}, c)
	if st := settled(t, s, "bad"); st.Status == Connected || !strings.Contains(st.Err, "not on the list") {
		t.Errorf("state %+v", st)
	}
}

func TestEventsArriveAsTheyWereSentButForThoseThatCannotBeUsed(t *testing.T) {
	big := strings.Repeat("z", 2000)
	ok := `{"jsonrpc":"2.0","id":1,"result":{}}`
	for name, tt := range map[string]struct{ in, out string }{
		"one":               {"data: " + ok + "\n\n", "data: " + ok + "\n\n"},
		"primed":            {"id: 7\ndata: \n\nevent: message\nid: 8\ndata: " + ok + "\n\n", "id: 7\ndata: \n\nevent: message\nid: 8\ndata: " + ok + "\n\n"},
		"other ends":        {"id: 7\r\ndata: " + ok + "\r\n\r\n", "id: 7\ndata: " + ok + "\n\n"},
		"comments":          {": hello\n\n:\n\ndata: " + ok + "\n\n", "data: " + ok + "\n\n"},
		"two lines":         {"data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{}}\n\n", "data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{}}\n\n"},
		"no empty line":     {"data: " + ok, "data: " + ok + "\n\n"},
		"nameless":          {"nonsense\ndata: " + ok + "\n\n", "data: " + ok + "\n\n"},
		"another kind":      {"event: ping\ndata: x\n\n", "event: ping\ndata: x\n\n"},
		"too long, skipped": {"data: " + big + "\ndata: more\n\ndata: " + ok + "\n\n", "data: " + ok + "\n\n"},
		"no message":        {"data: {\n\ndata: " + ok + "\n\n", "data: " + ok + "\n\n"},
	} {
		e := newEvents(t.Context(), io.NopCloser(strings.NewReader(tt.in)), 1000, nil, false, nil)
		got, err := io.ReadAll(e)
		if err != nil || string(got) != tt.out {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.out)
		}
	}
}

// On the one stream of the older transport no trace of a request says what became of its call: that it cannot be used is not put into the
// mouth of the server.
func TestAnAnswerOfTheOlderTransportThatCannotBeUsedIsNotSaidByTheServer(t *testing.T) {
	srv := mcp.NewServer(&mcp.Implementation{Name: "big", Version: "1"}, nil)
	srv.AddTool(&mcp.Tool{Name: "big", InputSchema: map[string]any{"type": "object"}}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Repeat("z", 2_000_000)}}}, nil
	})
	cfg := far(t, SSE, mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return srv }, nil))
	cfg.Limits.MessageBytes = 1_000_000
	cfg.Timeouts.Call = time.Minute
	s := newSet(t, Options{}, cfg)
	connected(t, s, cfg.Name)
	for range 5 {
		_, err := s.CallTool(t.Context(), ToolCall{Call: Call{Server: cfg.Name, Owner: "me"}, Tool: "big"})
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindTooLarge || e.Reason != "" || !e.Lost {
			t.Fatalf("%v: %+v", err, e)
		}
	}
	if kind := syntheticKind(&jsonrpc.Error{Code: codeSynthetic, Data: json.RawMessage(`"too_large"`)}); kind != "" {
		t.Errorf("a server can say %s", kind)
	}
}

func FuzzEventsNeverFailOrGrow(f *testing.F) {
	f.Add("id: 7\ndata: \n\nevent: message\ndata: {}\n\n")
	f.Add(strings.Repeat("data: x\n", 300) + "\n\n\r\n:")
	f.Fuzz(func(t *testing.T, in string) {
		e := newEvents(t.Context(), io.NopCloser(strings.NewReader(in)), 100, json.RawMessage("1"), false, nil)
		if _, err := io.ReadAll(e); err != nil && !errors.Is(err, errFlood) {
			t.Error(err)
		}
	})
}

func TestListeningIsNotRepeatedWithoutEnd(t *testing.T) {
	var gets atomic.Int32
	c := far(t, HTTP, rawHTTP(func(w http.ResponseWriter, r *http.Request, _ peeked) bool {
		if r.Method != http.MethodGet {
			return false
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "id: %d\nretry: 1\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":1}}\n\n", gets.Add(1))
		return true
	}))
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	time.Sleep(1500 * time.Millisecond)
	if n := gets.Load(); n > listensBurst+4 {
		t.Errorf("%d requests in a second and a half", n)
	}
}

func TestWhatCannotBeReachedWasNotSent(t *testing.T) {
	h := rawHTTP(func(http.ResponseWriter, *http.Request, peeked) bool { return false })
	srv := httptest.NewServer(h)
	c := far(t, HTTP, h)
	c.URL = srv.URL
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	srv.CloseClientConnections()
	srv.Close()
	time.Sleep(100 * time.Millisecond) // Until this side knows it.
	_, err := callTool(t, s, "echo")
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindNotConnected || e.Lost {
		t.Errorf("error %+v", err)
	}
}
