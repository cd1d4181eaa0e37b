package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// bad is a hostile server with short time-outs.
func bad(t *testing.T, tricks ...string) Config {
	t.Helper()
	c := self(t, append([]string{asHostile}, tricks...)...)
	c.Name = "bad"
	c.Timeouts = Timeouts{Discover: 300 * time.Millisecond, Start: 3 * time.Second, List: 5 * time.Second, Call: 2 * time.Second, Attach: 3 * time.Second, Stop: 200 * time.Millisecond}
	return c
}

func callTool(t *testing.T, s *Set, tool string) (Reply, error) {
	t.Helper()
	return s.CallTool(t.Context(), ToolCall{Call: Call{Server: "bad", Owner: "me"}, Tool: tool})
}

func wantKind(t *testing.T, err error, k Kind, lost bool) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *Error of kind %s", err, k)
	}
	if e.Kind != k || e.Lost != lost {
		t.Errorf("error %v (kind %s, lost %v), want %s, %v", e, e.Kind, e.Lost, k, lost)
	}
	return e
}

func TestServersOfEveryKindOfStartAreAttachedOrExplained(t *testing.T) {
	for _, tt := range []struct {
		tricks string
		status Status
		says   string // in Err, or in Notes when connected
		said   string // in Said
	}{
		{"", Connected, "", ""},
		{"silent-discover", Connected, "", ""},
		{"exit-discover", Connected, "", ""},
		{"mute-discover", Connected, "", ""},
		{"banner", Connected, "writes lines to stdout", ""},
		{"slow-start", Connected, "", ""},
		{"noise", Connected, "", ""},
		{"wants", Connected, "", ""},
		{"poison", Connected, "", ""},
		{"many-tools", Connected, "only the first 500 tools are used", ""},
		{"one-page", Connected, "only the first 500 tools are used", ""},
		{"endless-pages", Connected, "more than 100 pages", ""},
		{"same-cursor", Connected, "repeats itself", ""},
		{"flood", Connected, "", ""},
		{"responses", Connected, "", ""},
		{"questions", Connected, "", ""},
		{"exit", Unreachable, "exited with status 7 before it answered", "TOKEN is not set"},
		{"garbage", Failed, "writes text to stdout", "INFO all is well"},
		{"silent", Unreachable, "has not answered within 3s", ""},
		{"huge-list", Failed, "a page of more than", ""},
		{"no-lists", Failed, "refuses to list", "hunter2"},
	} {
		t.Run(tt.tricks, func(t *testing.T) {
			t.Parallel()
			c := bad(t, strings.Fields(tt.tricks)...)
			switch tt.tricks {
			case "flood", "responses", "questions":
				// An answer comes after what was sent before it.
				c.Timeouts.Start, c.Timeouts.List, c.Timeouts.Call, c.Timeouts.Attach = 30*time.Second, 30*time.Second, 30*time.Second, 30*time.Second
			}
			s := newSet(t, Options{}, c)
			st := settled(t, s, "bad")
			if st.Status != tt.status {
				t.Fatalf("status %s, want %s: %+v; log %.300q", st.Status, tt.status, st, s.Log("bad"))
			}
			if all := st.Err + strings.Join(st.Notes, "; "); !strings.Contains(all, tt.says) {
				t.Errorf("it says %q, want %q in it", all, tt.says)
			}
			if !strings.Contains(st.Said, tt.said) {
				t.Errorf("the server said %q, want %q in it", st.Said, tt.said)
			}
			if strings.Contains(st.Err, "hunter2") || strings.Contains(st.Err, "TOKEN") {
				t.Errorf("the sentence holds text of the server: %s", st.Err)
			}
			if st.Status != Connected {
				_, err := callTool(t, s, "echo")
				var e *Error
				if !errors.As(err, &e) || e.Lost {
					t.Errorf("a call: %v", err)
				}
				return
			}
			if st.Era != Legacy {
				t.Errorf("era %q", st.Era)
			}
			r, err := callTool(t, s, "echo")
			for end := time.Now().Add(10 * time.Second); tt.tricks == "questions" && err == nil && r.Parked != nil && time.Now().Before(end); {
				r, err = s.Resume(t.Context(), Call{Server: "bad", Owner: "me"}, r.Parked.ID, nil)
			}
			if err != nil || text(t, r) != "{}" {
				t.Errorf("a call: %+v, %v", r.Tool, err)
			}
		})
	}
}

func TestOneByteAtATimeIsRead(t *testing.T) {
	s := newSet(t, Options{}, bad(t, "drip"))
	if st := settled(t, s, "bad"); st.Status != Connected && !strings.Contains(st.Err, "did not list") && !strings.Contains(st.Err, "answer") {
		t.Errorf("state %+v", st)
	}
}

func TestCallsEndWithAnErrorThatSaysWhatBecameOfThem(t *testing.T) {
	for _, tt := range []struct {
		tool  string
		kind  Kind
		lost  bool
		lives bool // the process survives it
	}{
		{"huge", KindTooLarge, true, true},
		{"endless", KindDied, true, false},
		{"die", KindDied, true, false},
		{"hang", KindTimeout, true, true},
		{"odd-content", KindProtocol, true, true},
		{"not-a-result", KindProtocol, true, true},
		{"flat", KindProtocol, true, true},
		{"refuse", KindRPC, false, true},
		{"no-such-tool", KindRPC, false, true},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			t.Parallel()
			c := bad(t)
			c.Limits.MessageBytes = 4 << 20
			if tt.tool == "endless" {
				c.Timeouts.Call = 20 * time.Second
			}
			s := newSet(t, Options{}, c)
			pid := connected(t, s, "bad").PID
			_, err := callTool(t, s, tt.tool)
			e := wantKind(t, err, tt.kind, tt.lost)
			if strings.Contains(e.Error(), "hunter2") || strings.Contains(e.Error(), "ghp_") {
				t.Errorf("the error holds text of the server: %v", e)
			}
			if tt.tool == "refuse" && (e.Code != -32000 || !strings.Contains(e.Reason, "hunter2")) {
				t.Errorf("code %d, reason %q", e.Code, e.Reason)
			}
			if tt.tool == "die" && (!strings.Contains(e.Detail, "exited with status 5") || !strings.Contains(e.Reason, "ghp_")) {
				t.Errorf("detail %q, reason %q", e.Detail, e.Reason)
			}
			// Whatever it was, the next call works: at the same process, or at one that was started in its place.
			r, err := callTool(t, s, "echo")
			if err != nil || text(t, r) != "{}" {
				t.Fatalf("the next call: %+v, %v", r.Tool, err)
			}
			if st, _ := s.State("bad"); (st.PID == pid) != tt.lives {
				t.Errorf("process %d before and %d after", pid, st.PID)
			}
		})
	}
}

func TestCallsOfAServerThatReadsNothingEndInTime(t *testing.T) {
	c := bad(t, "deaf")
	c.Timeouts.List = time.Second
	s := newSet(t, Options{}, c)
	st := settled(t, s, "bad")
	if st.Status == Connected || !strings.Contains(st.Err, "did not list") {
		t.Errorf("state %+v", st)
	}
}

func TestEnvironmentHoldsWhatWasGivenAndTheBasicsOnly(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("NODE_OPTIONS", "--require=/tmp/evil.js")
	t.Setenv("LD_LIBRARY_PATH", "/tmp/evil")
	c := bad(t)
	c.Env = map[string]string{"API_KEY": "given", "LANG": "C.UTF-8"}
	s := newSet(t, Options{}, c)
	connected(t, s, "bad")
	r, err := callTool(t, s, "env")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"API_KEY": true}
	for _, name := range BaseEnv() {
		allowed[name] = true
	}
	got := text(t, r)
	for line := range strings.Lines(got) {
		if name, _, _ := strings.Cut(line, "="); !allowed[name] && name != "PWD" {
			t.Errorf("it was given %s", name)
		}
	}
	for _, want := range []string{"API_KEY=given", "LANG=C.UTF-8", "PATH="} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %q", want, got)
		}
	}
}

func TestConfigurationsThatCannotBeMeantAreRefused(t *testing.T) {
	ok := self(t)
	for name, change := range map[string]func(*Config){
		"no name":           func(c *Config) { c.Name = "" },
		"capital":           func(c *Config) { c.Name = "GitHub" },
		"bare command":      func(c *Config) { c.Command = "npx" },
		"relative command":  func(c *Config) { c.Command = "./server" },
		"no command":        func(c *Config) { c.Command = "" },
		"relative folder":   func(c *Config) { c.Dir = "work" },
		"zero byte":         func(c *Config) { c.Args = []string{"a\x00b"} },
		"preload":           func(c *Config) { c.Env = map[string]string{"LD_PRELOAD": "/x.so"} },
		"small preload":     func(c *Config) { c.Env = map[string]string{"ld_preload": "/x.so"} },
		"audit":             func(c *Config) { c.Env = map[string]string{"LD_AUDIT": "/x.so"} },
		"insert libraries":  func(c *Config) { c.Env = map[string]string{"DYLD_INSERT_LIBRARIES": "/x.dylib"} },
		"tunables":          func(c *Config) { c.Env = map[string]string{"GLIBC_TUNABLES": "x"} },
		"equals":            func(c *Config) { c.Env = map[string]string{"A=B": "x"} },
		"URL too":           func(c *Config) { c.URL = "https://example.com/mcp" },
		"headers too":       func(c *Config) { c.Headers = map[string]string{"A": "b"} },
		"unknown transport": func(c *Config) { c.Transport = "carrier-pigeon" },
		"unknown era":       func(c *Config) { c.Era = "stone" },
		"negative limit":    func(c *Config) { c.Limits.Tools = -1 },
		"negative time":     func(c *Config) { c.Timeouts.Call = -1 },
		"plain http":        func(c *Config) { *c = Config{Name: "x", Transport: HTTP, URL: "http://example.com/mcp"} },
		"user in URL":       func(c *Config) { *c = Config{Name: "x", Transport: HTTP, URL: "https://u:hunter2@example.com/mcp"} },
		"no host":           func(c *Config) { *c = Config{Name: "x", Transport: HTTP, URL: "https:///mcp"} },
		"metadata service":  func(c *Config) { *c = Config{Name: "x", Transport: HTTP, URL: "https://169.254.169.254/mcp"} },
		"this machine":      func(c *Config) { *c = Config{Name: "x", Transport: HTTP, URL: "http://127.0.0.1:80/mcp"} },
		"command too":       func(c *Config) { c.Transport, c.URL = HTTP, "https://example.com/mcp" },
		"header of two lines": func(c *Config) {
			*c = Config{Name: "x", Transport: HTTP, URL: "https://example.com/mcp", Headers: map[string]string{"A": "hunter2\r\nB: c"}}
		},
		"header of the protocol": func(c *Config) {
			*c = Config{Name: "x", Transport: HTTP, URL: "https://example.com/mcp", Headers: map[string]string{"MCP-Session-ID": "hunter2"}}
		},
	} {
		c := ok
		change(&c)
		err := NewSet(Options{}).Add(c)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error holds a secret: %v", name, err)
		}
	}
	for name, c := range map[string]Config{
		"stdio":   ok,
		"https":   {Name: "x", Transport: HTTP, URL: "https://example.com/mcp", Headers: map[string]string{"Authorization": "Bearer x"}},
		"trusted": {Name: "x", Transport: SSE, URL: "http://localhost:8080/sse", TrustPrivate: true},
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProgramsThatCannotRunAreExplained(t *testing.T) {
	dir := t.TempDir()
	plain := dir + "/plain"
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := dir + "/script"
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		command, dir, want string
	}{
		"missing":     {dir + "/none", "", "does not exist"},
		"folder":      {dir, "", "is a folder"},
		"not for us":  {plain, "", "is not executable"},
		"no folder":   {script, dir + "/none", "working folder"},
		"interpreter": {script, "", "could not be started"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSet(t, Options{}, Config{Name: "bad", Transport: Stdio, Command: tt.command, Dir: tt.dir})
			if st := settled(t, s, "bad"); st.Status != Unreachable || !strings.Contains(st.Err, tt.want) {
				t.Errorf("state %+v, want %q", st, tt.want)
			}
		})
	}
}

func TestWhatWasNotClearedForTheServerIsNotSent(t *testing.T) {
	s := newSet(t, Options{}, bad(t))
	connected(t, s, "bad")
	if _, err := s.ReadResource(t.Context(), ResourceCall{Call: Call{Server: "bad"}}); !errors.Is(err, gate.ErrNotCleared) {
		t.Errorf("a resource without a cleared URI: %v", err)
	}
}

func TestProgressComesInOrderAndBeforeTheAnswer(t *testing.T) {
	steps := mcp.NewServer(&mcp.Implementation{Name: "steps", Version: "1"}, nil)
	steps.AddTool(&mcp.Tool{Name: "progress", InputSchema: map[string]any{"type": "object"}}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 5 {
			p := &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: float64(i + 1), Total: 5, Message: fmt.Sprint("step ", i+1)}
			if err := r.Session.NotifyProgress(ctx, p); err != nil {
				return nil, err
			}
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
	})
	for by, cfg := range map[string]Config{
		"stdio": bad(t), "http": far(t, HTTP, streamable(steps, false)), "stateless": far(t, HTTP, streamable(steps, true)),
		"sse": far(t, SSE, mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return steps }, nil)),
	} {
		t.Run(by, func(t *testing.T) {
			s := newSet(t, Options{}, cfg)
			connected(t, s, cfg.Name)
			for range 20 {
				var got []string
				r, err := s.CallTool(t.Context(), ToolCall{Call: Call{Server: cfg.Name, Owner: "me", Progress: func(p Progress) {
					got = append(got, fmt.Sprint(p.Progress, "/", p.Total, " ", p.Message))
				}}, Tool: "progress"})
				if err != nil || text(t, r) != "done" {
					t.Fatalf("%+v, %v", r.Tool, err)
				}
				want := []string{"1/5 step 1", "2/5 step 2", "3/5 step 3", "4/5 step 4", "5/5 step 5"}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("progress %q", got)
				}
			}
		})
	}
}

func TestCancelledCallEndsAtOnceAndTheServerGoesOn(t *testing.T) {
	s := newSet(t, Options{}, bad(t))
	pid := connected(t, s, "bad").PID
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := s.CallTool(ctx, ToolCall{Call: Call{Server: "bad", Owner: "me"}, Tool: "hang"})
	if !errors.Is(err, context.Canceled) { // And not that it did not answer in time.
		t.Error(err)
	}
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Error(err)
	}
	if st, _ := s.State("bad"); st.PID != pid {
		t.Error("the process is another one")
	}
}

func TestCatalogFollowsTheServer(t *testing.T) {
	changes := make(chan Change, 100)
	s := newSet(t, Options{Changed: func(c Change) { changes <- c }}, bad(t, "swap"))
	connected(t, s, "bad")
	before, _ := s.Catalog("bad")
	if _, err := callTool(t, s, "echo"); err != nil {
		t.Fatal(err)
	}
	limit := time.After(10 * time.Second)
	for {
		if c, _ := s.Catalog("bad"); c != before {
			tool, _ := c.Tool("echo")
			if !strings.Contains(tool.Description, "id_ed25519") {
				t.Errorf("description %q", tool.Description)
			}
			break
		}
		select {
		case <-changes:
		case <-limit:
			t.Fatal("the new list did not come")
		}
	}
	if old, _ := before.Tool("echo"); strings.Contains(old.Description, "id_ed25519") {
		t.Error("a catalog that was handed out has changed")
	}
}

func TestAnswerOfAToolTellsWhichCallItBelongsTo(t *testing.T) {
	// The text of an answer may hold what looks like another answer's id.
	for _, tt := range []struct {
		in   string
		want any
	}{
		{`{"jsonrpc":"2.0","id":7,"result":{"id":1}}`, 7.0},
		{`{"result":{"id":1,"a":["id",{"id":2}],"b":"\"id\":3"},"jsonrpc":"2.0","id":8}`, 8.0},
		{`{"result":"}\\\"],\"id\":3","id" : "x\"y" }`, `x"y`},
		{`{"id":9,"method":"ping"}`, nil},
		{`{"method":"ping","id":9}`, nil},
		{`{"result":{},"id":null}`, nil},
		{`{"result":{}}`, nil},
		{`{"a":"id","id":5}`, 5.0},
		{`{"id":"` + strings.Repeat("x", 500) + `"}`, nil},
	} {
		var s idScanner
		for i := range len(tt.in) {
			s.write([]byte(tt.in[i : i+1]))
		}
		if got := s.value(); got != tt.want {
			t.Errorf("%s: id %v, want %v", tt.in, got, tt.want)
		}
	}
}

func FuzzIDScannerAgreesWithTheDecoder(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","id":7,"result":{"id":1}}`)
	f.Add(`{"result":"}\\\"]","id" : "x\"y" }`)
	f.Fuzz(func(t *testing.T, in string) {
		var all map[string]json.RawMessage
		var s idScanner
		s.write([]byte(in))
		got := s.value() // must not panic
		if json.Unmarshal([]byte(in), &all) != nil || strings.Count(in, "id") > 1 || strings.Contains(in, `\u`) {
			return
		}
		var want any
		if json.Unmarshal(all["id"], &want) != nil || all["method"] != nil || strings.Contains(in, "method") {
			return
		}
		switch want.(type) {
		case float64, string:
			if len(all["id"]) < maxID/2 && got != want {
				t.Errorf("%q: %v, want %v", in, got, want)
			}
		}
	})
}
