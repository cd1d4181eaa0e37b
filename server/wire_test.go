package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// section is one part of a transcript in the form of txtar: what the client
// sends or what the server must answer, one message a line. In what the
// server answers, "$STATE" stands for a sealed state, which the client can
// send back by the same name.
// TestTheWireIsAsItWas runs the transcripts over stdio, byte for byte but for
// what is sealed.
// unseal takes the state out of an answer.
// rawStdio sends lines and returns the answers to them, one for each but for
// notifications.
func rawStdio(t *testing.T, f *fixture, lines ...string) []map[string]any {
	t.Helper()
	in, out, _ := f.stdio(t)
	r := bufio.NewReader(out)
	var answers []map[string]any
	for _, l := range lines {
		if _, err := io.WriteString(in, l+"\n"); err != nil {
			t.Fatal(err)
		}
		if l == "" || strings.Contains(l, `"method":"notifications/`) && !strings.Contains(l, `"id"`) {
			continue
		}
		b, err := r.ReadBytes('\n')
		if err != nil {
			t.Fatalf("after %s: %v", l, err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("not JSON: %s", b)
		}
		answers = append(answers, m)
	}
	return answers
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`

func TestWhatTheSDKRejectsIsRecordedAndNotRepeated(t *testing.T) {
	leaky, _ := json.Marshal(planted)
	cases := map[string]struct {
		line   string
		code   float64
		reason string
	}{
		"malformed":        {`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":` + string(leaky), -32700, "malformed JSON"},
		"batch":            {`[{"jsonrpc":"2.0","id":2,"method":"ping"}]`, -32600, "batch"},
		"no version":       {`{"id":2,"method":"ping","note":` + string(leaky) + `}`, -32600, "not JSON-RPC"},
		"unknown method":   {`{"jsonrpc":"2.0","id":2,"method":"secrets/` + email + `","params":{}}`, -32601, "unknown method"},
		"wrong params":     {`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":` + string(leaky) + `}`, -32602, "shape"},
		"wrong name":       {`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":{"x":` + string(leaky) + `}}}`, -32602, "shape"},
		"no params":        {`{"jsonrpc":"2.0","id":2,"method":"tools/call"}`, -32602, "shape"},
		"notification id":  {`{"jsonrpc":"2.0","id":2,"method":"notifications/progress","params":{}}`, -32600, "shape"},
		"deep":             {`{"jsonrpc":"2.0","id":2,"method":"ping","params":{"_meta":{"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}}}`, -32600, "nesting"},
		"initialize twice": {initialize, -32603, ""}, // The middleware sees it, so it has an intent and an outcome.
		"unknown tool":     {`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"nothing"}}`, -32602, "policy"},
		"name of a person": {`{"jsonrpc":"2.0","id":2,"method":"prompts/get","params":{"name":"` + email + `"}}`, -32602, "argument"},
		"unknown revision": {`{"jsonrpc":"2.0","id":2,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}`, -32022, "protocol"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			answers := rawStdio(t, f, initialize, c.line)
			last := answers[len(answers)-1]
			e, _ := last["error"].(map[string]any)
			if e == nil || e["code"] != c.code {
				t.Fatalf("answer: %v", last)
			}
			if c.reason != "" && !f.refused(t, c.reason) {
				t.Errorf("no refusal for the reason %q is on the record", c.reason)
			}
			f.nothingLeaked(t)
		})
	}
}

func TestTheSessionGoesOnAfterABadFrame(t *testing.T) {
	f := newFixture(t, nil)
	answers := rawStdio(t, f, initialize, `not json`, "", `{"jsonrpc":"2.0","id":7,"method":"ping"}`)
	if len(answers) != 3 || answers[2]["id"] != float64(7) || answers[2]["result"] == nil {
		t.Errorf("answers: %v", answers)
	}
}

func TestAFrameBeyondTheLimitEndsTheSessionCleanly(t *testing.T) {
	f := newFixture(t, nil)
	f.config.Limits.MaxBodyBytes = 64 << 10
	in, out, done := f.stdio(t)
	r := bufio.NewReader(out)
	if _, err := fmt.Fprintf(in, "%s\n", initialize); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadBytes('\n'); err != nil {
		t.Fatal(err)
	}
	go fmt.Fprintf(in, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x","arguments":{"text":"%s"}}}`+"\n", strings.Repeat("x", 100<<10))
	b, err := r.ReadBytes('\n')
	if err != nil || !bytes.Contains(b, []byte("limits.max_body_bytes")) || !bytes.Contains(b, []byte(`"id":null`)) {
		t.Errorf("answer: %s, %v", b, err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, ErrFrameTooLarge) {
			t.Errorf("RunStdio returned %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the session does not end")
	}
	if !f.refused(t, "frame too large") {
		t.Error("the refusal is not on the record")
	}
}

func TestAnswersOfRunningCallsOutliveTheHostsEnd(t *testing.T) {
	f := newFixture(t, nil)
	f.tool("slow", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, nil
	})
	in, out, done := f.stdio(t)
	go func() {
		fmt.Fprintf(in, "%s\n%s\n", initialize, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"slow"}}`)
		in.Close()
	}()
	b, err := io.ReadAll(out)
	if err != nil || !bytes.Contains(b, []byte(`"text":"done"`)) {
		t.Errorf("answers: %s, %v", b, err)
	}
	if err := <-done; err != nil {
		t.Errorf("RunStdio returned %v", err)
	}
	f.paired(t)
}

func TestTheEndOfTheContextEndsTheSessionAndItsCalls(t *testing.T) {
	f := newFixture(t, nil)
	started := make(chan struct{})
	f.tool("wait", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	serverRead, hostWrite := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- f.server.RunStdio(ctx, serverRead, pipeEnd{Writer: io.Discard, close: func() error { return nil }})
	}()
	fmt.Fprintf(hostWrite, "%s\n%s\n", initialize, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-started
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("RunStdio returned %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the session does not end")
	}
	f.paired(t)
}

func TestAnInitializeOfTheModernRevisionMakesALegacySession(t *testing.T) {
	f := newFixture(t, nil)
	f.tool("era", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: r.ProtocolVersion()}}}, nil
	})
	answers := rawStdio(t, f, strings.Replace(initialize, newestLegacy, modern, 1),
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"era"}}`)
	for i, want := range []string{`"protocolVersion":"2025-11-25"`, `"text":"2025-11-25"`} {
		if b, _ := json.Marshal(answers[i]); !bytes.Contains(b, []byte(want)) {
			t.Errorf("answer %d is %s, without %s", i, b, want)
		}
	}
}

func TestNotificationsAreRecordedInGroups(t *testing.T) {
	f := newFixture(t, nil)
	lines := []string{initialize, `{"jsonrpc":"2.0","method":"notifications/initialized"}`}
	for range 50 {
		lines = append(lines, `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"message":"of `+email+`"}}`)
	}
	rawStdio(t, f, append(lines, `{"jsonrpc":"2.0","id":2,"method":"ping"}`)...)
	f.server.notes.flush()
	counts := map[string]float64{}
	for _, e := range f.entries(t) {
		if e.EntityType == "mcp_notification" {
			n, _ := detail(t, e)["count"].(float64)
			counts[e.EntityID] += n
		}
	}
	if counts["notifications/progress"] != 50 || counts["notifications/initialized"] != 1 {
		t.Errorf("recorded: %v", counts)
	}
	f.nothingLeaked(t)
}

func TestAFrameIsCheckedWhateverMadeIt(t *testing.T) {
	f := newFixture(t, nil)
	ctx := t.Context()
	text, _ := json.Marshal(planted)
	for name, frame := range map[string]string{
		"result":        `{"jsonrpc":"2.0","id":5,"result":{"content":[{"type":"text","text":` + string(text) + `}],"nextCursor":"abc="}}`,
		"error":         `{"jsonrpc":"2.0","id":5,"error":{"code":-32602,"message":` + string(text) + `,"data":{"x":` + string(text) + `}}}`,
		"notification":  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":` + string(text) + `}}`,
		"request":       `{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"mode":"form","message":` + string(text) + `}}`,
		"sealed place":  `{"jsonrpc":"2.0","id":5,"result":{"nextCursor":` + string(text) + `,"requestState":"mail ` + email + `"}}`,
		"unknown place": `{"jsonrpc":"2.0","id":5,"result":{},"extra":{"` + email + `":` + string(text) + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			out, err := f.server.recheck(ctx, []byte(frame))
			if err != nil {
				t.Fatal(err)
			}
			if l := leaks(out); l != nil {
				t.Errorf("%v in %s", l, out)
			}
			if !bytes.Contains(out, []byte("[Email_")) {
				t.Errorf("no token in %s", out)
			}
			var before, after map[string]any
			if json.Unmarshal([]byte(frame), &before) != nil || json.Unmarshal(out, &after) != nil || before["id"] != after["id"] || before["method"] != after["method"] {
				t.Errorf("the frame is another one: %s", out)
			}
		})
	}
	clean := `{"jsonrpc":"2.0","id":"a-b","result":{"content":[{"type":"text","text":"[Email_1] did it"}]}}`
	if out, err := f.server.recheck(ctx, []byte(clean)); err != nil || string(out) != clean {
		t.Errorf("a clean frame became %s, %v", out, err)
	}
	broken := func() error { return io.ErrUnexpectedEOF }
	f.store.allocating.Store(&broken)
	fresh := `{"jsonrpc":"2.0","id":9,"result":{"text":"new.person@acme-industries.com"}}`
	if out, err := f.server.recheck(ctx, []byte(fresh)); err != nil || bytes.Contains(out, []byte("new.person")) || !bytes.Contains(out, []byte(`"id":9,"error"`)) {
		t.Errorf("a result that cannot be scanned became %s, %v", out, err)
	}
	fresh = `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"new.person@acme-industries.com"}}`
	if out, err := f.server.recheck(ctx, []byte(fresh)); err == nil {
		t.Errorf("a notification that cannot be scanned became %s", out)
	}
}

// TestServerAnswersTheFirstMessageQuickly holds the promise that hosts which
// give up after half a second are answered, with much room for a loaded
// machine.
func TestServerAnswersTheFirstMessageQuickly(t *testing.T) {
	for era, line := range map[string]string{
		"legacy": initialize,
		"modern": `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
	} {
		t.Run(era, func(t *testing.T) {
			var took []time.Duration
			for range 5 {
				f := newFixture(t, nil)
				start := time.Now()
				if a := rawStdio(t, f, line); a[0]["result"] == nil {
					t.Fatal(a)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			if took[2] > 250*time.Millisecond {
				t.Errorf("the first answer takes %v", took)
			}
		})
	}
}

// FuzzInboundFrame holds that no frame makes the server fail, answer twice,
// or repeat what it was sent.
func FuzzInboundFrame(f *testing.F) {
	for _, s := range []string{
		initialize, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, `[]`, `{}`, `null`, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x","arguments":{"a":1}}}`, `{"jsonrpc":"2.0","id":1,"result":{}}`, "\xff\xfe", `{"jsonrpc":"2.0","id":1e400,"method":"ping"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		msg, rejected := parseFrame(b)
		if (msg == nil) == (rejected == nil) {
			t.Fatalf("%v and %v", msg, rejected)
		}
		if rejected == nil {
			return
		}
		if _, known := methods[rejected.method]; rejected.method != "" && !known {
			t.Errorf("a stranger's method reaches the record: %q", rejected.method)
		}
		out := errorFrame(rejected.id, rejected.err)
		if !json.Valid(out) {
			t.Errorf("the answer is not JSON: %s", out)
		}
	})
}
