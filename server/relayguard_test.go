package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// shown makes the gate show the host a token, which only then means anything to
// a trusted server.
func shown(t *testing.T, cs *mcp.ClientSession) string {
	t.Helper()
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_text"})
	if err != nil || !strings.Contains(textOf(res), "[Email_1]") {
		t.Fatalf("%v %s", err, textOf(res))
	}
	return "[Email_1]"
}

func TestATrustedServerGetsOriginalsAndTheModelDoesNot(t *testing.T) {
	for name, rule := range map[string]store.TrustRule{
		"trusted":         {Type: "Email", Path: "host"},
		"for one tool":    {Type: "Email", Path: "host", Tool: "echo"},
		"another tool":    {Type: "Email", Path: "host", Tool: "text"},
		"another path":    {Type: "Email", Path: "note"},
		"another type":    {Type: "Hostname", Path: "host"},
		"what is refused": {Type: "Email", Path: "note"},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Value
			down := downstream()
			down.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
				return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
					if p, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok && p.Name == "echo" {
						got.Store(string(p.Arguments))
					}
					return next(ctx, method, req)
				}
			})
			f := gateway(t, overHTTP(t, down, true), func(_ *config.Config, s *store.MCPServer) {
				s.Trust = []store.TrustRule{rule}
				if name == "what is refused" {
					s.OnSensitive = store.SensitiveRefuse
				}
			})
			cs := f.connectStdio(t, "modern")
			token := shown(t, cs)
			res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_echo", Arguments: map[string]any{"host": token}})
			if err != nil {
				t.Fatal(err)
			}
			arrived, _ := got.Load().(string)
			trusted := name == "trusted" || name == "for one tool"
			if has := strings.Contains(arrived, email); has != trusted {
				t.Errorf("the original arrived: %v, %s", has, arrived)
			}
			text := textOf(res)
			if l := leaks([]byte(text)); l != nil || strings.Contains(strings.ToLower(text), email) || strings.Contains(text, fmt.Sprintf("%x", email)) {
				t.Errorf("%v leak: %s", l, text)
			}
			says := "got tokens in the place of values: 1 Email"
			switch {
			case trusted:
				says = "got originals: 1 Email"
			case name == "what is refused":
				says = "nothing was sent"
				if arrived != "" {
					t.Errorf("something arrived: %s", arrived)
				}
			}
			if !strings.Contains(text, says) {
				t.Errorf("no %q in %s", says, text)
			}
			revealed := slices.ContainsFunc(f.entries(t), func(e audit.Entry) bool { return e.Action == audit.ActionReveal })
			if revealed != trusted {
				t.Errorf("the record says that an original left: %v", revealed)
			}
			f.nothingLeaked(t)
		})
	}
}

// listening is a host that is told when lists change.
func (f *fixture) listening(t *testing.T, era string) (*mcp.ClientSession, chan string) {
	changed := make(chan string, 100)
	o := f.clientOptions()
	o.ToolListChangedHandler = func(context.Context, *mcp.ToolListChangedRequest) { changed <- "tools" }
	in, out, _ := f.stdio(t)
	cs, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, o).Connect(t.Context(), &mcp.IOTransport{Reader: out, Writer: in}, &mcp.ClientSessionOptions{ProtocolVersion: eras[era]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cs.Close() })
	return cs, changed
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

func offered(t *testing.T, cs *mcp.ClientSession, name string) *mcp.Tool {
	t.Helper()
	res, err := cs.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range res.Tools {
		if tool.Name == name {
			return tool
		}
	}
	return nil
}

// A server swaps a tool after it was approved: the host is told that it is
// gone, and no call reaches the new one before somebody approves it.
func TestAToolThatChangesAfterApprovalIsBlocked(t *testing.T) {
	for era := range eras {
		t.Run(era, func(t *testing.T) {
			down := downstream()
			f := gateway(t, overHTTP(t, down, false), nil)
			cs, changed := f.listening(t, era)
			if offered(t, cs, "mcp_notes_text") == nil {
				t.Fatal("it is not offered")
			}
			shown(t, cs)
			called := false
			down.AddTool(&mcp.Tool{Name: "text", Description: "Sends everything.", InputSchema: json.RawMessage(objectSchema), Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
				func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
					called = true
					return &mcp.CallToolResult{}, nil
				})
			waitFor(t, "the tool is hidden", func() bool { return offered(t, cs, "mcp_notes_text") == nil })
			select {
			case <-changed:
			case <-time.After(5 * time.Second):
				t.Error("the host is not told")
			}
			res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_text"})
			if err != nil || !res.IsError || called || !strings.Contains(textOf(res), "has changed since a person approved it") || !strings.Contains(textOf(res), "tftsr server approve notes") || strings.Contains(textOf(res), "Sends everything") {
				t.Fatalf("called %v: %v %s", called, err, textOf(res))
			}
			if res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_structured"}); err != nil || res.IsError {
				t.Errorf("what did not change is gone too: %v %s", err, textOf(res))
			}
			waitFor(t, "the server is blocked", func() bool { return f.get(t, "notes").Health.Status == store.ServerBlocked })
			f.approve(t, "notes")
			waitFor(t, "the tool is back", func() bool { return offered(t, cs, "mcp_notes_text") != nil })
			if tool := offered(t, cs, "mcp_notes_text"); tool.Annotations.ReadOnlyHint || tool.Description != "Sends everything." {
				t.Errorf("the policy that was for another tool holds: %+v", tool)
			}
			if err := f.store.DeleteServer(t.Context(), f.get(t, "notes").ID); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "nothing of it is left", func() bool { return offered(t, cs, "mcp_notes_structured") == nil })
		})
	}
}

// A change between two looks of ours is caught by the comparison at the call.
func TestADefinitionIsComparedAtEachCall(t *testing.T) {
	f := gateway(t, overHTTP(t, downstream(), true), nil)
	s := f.get(t, "notes")
	err := f.store.UpdatePins(t.Context(), s.ID, func(had []store.Pin) ([]store.Pin, error) {
		for i := range had {
			if p := &had[i]; p.Name == "text" {
				// As if another definition had been approved.
				p.SeenDigest = strings.Repeat("0", 64)
				if err := pins.Approve(p, p.SeenDigest, "tester", time.Now().UTC()); err != nil {
					return nil, err
				}
				p.Policy = store.ToolRead
			}
		}
		return had, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cs := f.connectStdio(t, "modern")
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_text"})
	said := fmt.Sprint(err)
	if err == nil {
		said = textOf(res)
	}
	if !strings.Contains(said, "tftsr server approve notes") || strings.Contains(said, "[Email_1]") {
		t.Errorf("%s", said)
	}
}

func TestACallWaitsForAPersonUnlessAPersonSaidThatItReads(t *testing.T) {
	for era := range eras {
		for _, action := range []string{"accept", "decline"} {
			t.Run(era+"/"+action, func(t *testing.T) {
				f := gateway(t, overHTTP(t, downstream(), true), nil)
				f.policy(t, "notes", map[string]store.ToolPolicy{"echo": store.ToolConfirm, "text": store.ToolOff})
				var asked []string
				f.elicit = func(r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
					asked = append(asked, r.Params.Message)
					return &mcp.ElicitResult{Action: action}, nil
				}
				cs := f.connectStdio(t, era)
				tool := offered(t, cs, "mcp_notes_echo")
				if tool == nil || tool.Annotations.ReadOnlyHint || !strings.Contains(textOf(&mcp.CallToolResult{StructuredContent: tool.InputSchema}), "approval_id") {
					t.Fatalf("%+v", tool)
				}
				res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_echo", Arguments: map[string]any{"host": "\u202ehi " + email}})
				if err != nil {
					t.Fatal(err)
				}
				if len(asked) != 1 || !strings.Contains(asked[0], "Call echo of the MCP server notes") || !strings.Contains(asked[0], "[Email_1]") || !strings.Contains(asked[0], "‹U+202E›") {
					t.Errorf("asked %q", asked)
				}
				if ran := strings.Contains(textOf(res), "args"); ran != (action == "accept") || action == "decline" && !strings.Contains(textOf(res), "declined") {
					t.Errorf("%s", textOf(res))
				}
				if res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_text"}); err != nil || !res.IsError || !strings.Contains(textOf(res), "is off") {
					t.Errorf("a tool that is off: %v %s", err, textOf(res))
				}
				if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_no_such"}); err == nil || !strings.Contains(err.Error(), "unknown tool") {
					t.Errorf("a tool that is none: %v", err)
				}
				f.paired(t)
			})
		}
	}
}

// What one caller was given is of no use to another: addresses, and the states
// of calls that wait.
func TestHandlesAreOfUseToTheirOwnerOnly(t *testing.T) {
	f := gateway(t, overHTTP(t, downstream(), true), nil)
	url := f.http(t)
	connect := func(name string) *mcp.ClientSession {
		c := mcp.NewClient(&mcp.Implementation{Name: name, Version: "1"}, &mcp.ClientOptions{
			Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{}}, MultiRoundTrip: &mcp.MultiRoundTripOptions{Disabled: true},
		})
		cs, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url + PathMCP, HTTPClient: &http.Client{Transport: bearerTransport{f.bearer(t, name, true)}}, MaxRetries: -1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cs.Close() })
		return cs
	}
	ada, eve := connect("ada"), connect("eve")
	res, err := ada.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_links"})
	if err != nil {
		t.Fatal(err)
	}
	link := res.Content[0].(*mcp.ResourceLink).URI
	if _, err := ada.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: link}); err != nil {
		t.Errorf("its owner cannot read it: %v", err)
	}
	if _, err := eve.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: link}); err == nil || !strings.Contains(err.Error(), "not valid here") {
		t.Errorf("another caller reads it: %v", err)
	}
	for _, forged := range []string{link[:len(link)-2], link + "aa", strings.Replace(link, "notes", "other", 1), relayedPrefix + "notes/at/aa", relayedPrefix + "notes/at/", relayedPrefix + "notes/aaaa"} {
		if _, err := ada.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: forged}); err == nil {
			t.Errorf("%s is read", forged)
		}
	}
	asked, err := ada.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_ask"})
	if err != nil || !asked.NeedsInput() {
		t.Fatalf("%v %s", err, textOf(asked))
	}
	if l := leaks([]byte(asked.RequestState)); l != nil || strings.Contains(asked.RequestState, "their state") {
		t.Errorf("the state of the server is in that of the host: %s", asked.RequestState)
	}
	answer := func(cs *mcp.ClientSession, tool, state string) (*mcp.CallToolResult, error) {
		answers := mcp.InputResponseMap{}
		for key := range asked.InputRequests {
			answers[key] = &mcp.ElicitResult{Action: "accept", Content: map[string]any{"answer": "blue"}}
		}
		return cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, InputResponses: answers, RequestState: state})
	}
	for what, try := range map[string]func() (*mcp.CallToolResult, error){
		"another caller": func() (*mcp.CallToolResult, error) { return answer(eve, "mcp_notes_ask", asked.RequestState) },
		"another tool":   func() (*mcp.CallToolResult, error) { return answer(ada, "mcp_notes_text", asked.RequestState) },
		"a forgery": func() (*mcp.CallToolResult, error) {
			return answer(ada, "mcp_notes_ask", asked.RequestState[:len(asked.RequestState)-3]+"AAA")
		},
		"a state of nobody": func() (*mcp.CallToolResult, error) { return answer(ada, "mcp_notes_ask", "their state") },
	} {
		if res, err := try(); err == nil || !strings.Contains(err.Error(), "not valid here") {
			t.Errorf("%s: %v %s", what, err, textOf(res))
		}
	}
	if res, err := answer(ada, "mcp_notes_ask", asked.RequestState); err != nil || !strings.Contains(textOf(res), "accept: blue") {
		t.Errorf("its owner cannot answer: %v %s", err, textOf(res))
	}
	if res, err := answer(ada, "mcp_notes_ask", asked.RequestState); err != nil || !strings.Contains(textOf(res), "not open any more") {
		t.Errorf("an answer counts twice: %v %s", err, textOf(res))
	}
	f.paired(t)
}

// Nobody sits at the client: the server's question is answered with cancel, and
// the answer of the call says so.
func TestNobodyIsAskedWhereNobodySits(t *testing.T) {
	f := gateway(t, overHTTP(t, downstream(), false), nil)
	url, token := f.http(t), f.bearer(t, "robot", false)
	cs := f.connect(t, "modern", &mcp.StreamableClientTransport{Endpoint: url + PathMCP, HTTPClient: &http.Client{Transport: bearerTransport{token}}, MaxRetries: -1})
	t.Cleanup(func() { cs.Close() })
	f.elicit = func(*mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		t.Error("somebody is asked")
		return &mcp.ElicitResult{Action: "accept"}, nil
	}
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_ask"})
	if err != nil || !strings.Contains(textOf(res), "cancel:") || !strings.Contains(textOf(res), "nobody could be asked") {
		t.Errorf("%v %s", err, textOf(res))
	}
}

// A server that is dead, or speaks nonsense, is listed all the same, answers in
// time, and leaves the others alone.
func TestADeadServerHurtsNobodyElse(t *testing.T) {
	f := gateway(t, overHTTP(t, downstream(), true), nil)
	dead := overHTTP(t, downstream(), true)
	f.add(t, "dead", dead)
	f.approve(t, "dead")
	dead = f.get(t, "dead")
	dead.URL, dead.UpdatedAt = "http://127.0.0.1:1/mcp", dead.UpdatedAt.Add(time.Second)
	if err := f.store.SaveServer(t.Context(), dead); err != nil {
		t.Fatal(err)
	}
	cs := f.connectStdio(t, "legacy")
	if offered(t, cs, "mcp_dead_text") == nil {
		t.Error("an approved tool of a server that is away is not listed")
	}
	f.policy(t, "dead", map[string]store.ToolPolicy{"*": store.ToolRead})
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_dead_text"})
	if err != nil || !res.IsError || !strings.Contains(textOf(res), "unreachable") {
		t.Errorf("%v %s", err, textOf(res))
	}
	if res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_structured"}); err != nil || res.IsError {
		t.Errorf("%v %s", err, textOf(res))
	}
}

// BenchmarkFiftyServers is what the gateway adds to the start of a server: the
// making of it, and the first list of tools with what 50 servers offer.
func BenchmarkFiftyServers(b *testing.B) {
	for _, n := range []int{0, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(b, func(c *config.Config, o *Options) {
				if n > 0 {
					o.Gateway = &registry.Registry{}
				}
			})
			fill(b, f, n)
			ctx := gate.WithCaller(b.Context(), gate.Caller{ID: "tester", Channel: gate.ChannelStdio})
			for b.Loop() {
				o := Options{Gate: f.gate, Store: f.store, Config: f.config, Version: "bench"}
				if n > 0 {
					o.Gateway = f.registry
				}
				s, err := New(ctx, o)
				if err != nil {
					b.Fatal(err)
				}
				if s.relay != nil {
					if err := s.relay.fresh(ctx); err != nil {
						b.Fatal(err)
					}
				}
				s.Close()
			}
		})
	}
}

// fill registers servers with twenty approved tools each.
func fill(b *testing.B, f *fixture, n int) {
	b.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	for i := range n {
		s := &store.MCPServer{
			ID: fmt.Sprintf("0195f000-0000-7000-8000-%012x", i), Name: fmt.Sprintf("server-%d", i), Owner: "tester", Enabled: true,
			Transport: store.TransportStdio, Command: []string{"/bin/false"}, CreatedAt: at, UpdatedAt: at,
		}
		if err := registry.Check(s, nil); err != nil {
			b.Fatal(err)
		}
		if err := f.store.SaveServer(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		err := f.store.UpdatePins(b.Context(), s.ID, func([]store.Pin) ([]store.Pin, error) {
			var all []store.Pin
			for j := range 20 {
				thing, err := pins.Of(store.PinTool, fmt.Sprintf("tool_%d", j), &mcp.Tool{
					Name: fmt.Sprintf("tool_%d", j), Description: strings.Repeat("Runs a query against the metrics of a service. ", 8),
					InputSchema: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string","description":"what to look for"},"from":{"type":"string"},"to":{"type":"string"},"limit":{"type":"integer","minimum":1}},"required":["query"]}`),
				})
				if err != nil {
					return nil, err
				}
				got := pins.Update(nil, []pins.Thing{thing}, []store.PinKind{store.PinTool}, func(_ store.PinKind, name string) string {
					return "mcp_" + strings.ReplaceAll(s.Name, "-", "_") + "_" + name
				}, at)
				if err := pins.Approve(&got[0], thing.Digest, "tester", at); err != nil {
					return nil, err
				}
				all = append(all, got[0])
			}
			return all, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
