package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// patience is how long tests wait for what must come, on a machine that does other things too. Nothing is measured by it.
const patience = 2 * time.Minute

// heard is what a host is told.
type heard struct {
	asked    chan string
	tools    chan struct{}
	updated  chan string
	progress chan mcp.ProgressNotificationParams
}

func (h *heard) client() *mcp.Client {
	*h = heard{make(chan string, 100), make(chan struct{}, 100), make(chan string, 100), make(chan mcp.ProgressNotificationParams, 100)}
	return mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			h.asked <- r.Params.Message
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"which": "the blue one"}}, nil
		},
		ToolListChangedHandler:      func(context.Context, *mcp.ToolListChangedRequest) { h.tools <- struct{}{} },
		ResourceUpdatedHandler:      func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { h.updated <- r.Params.URI },
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) { h.progress <- *r.Params },
	})
}

// hostOf starts the program with its data in dir and connects a host to it.
func hostOf(t *testing.T, dir, transport, era string, h *heard) *mcp.ClientSession {
	t.Helper()
	opts := &mcp.ClientSessionOptions{ProtocolVersion: eras[era]}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stderr lockedBuffer
	var tr mcp.Transport
	var end func() error
	if transport == "http" {
		token := strings.TrimSpace(string(output(t, dir, "token", "create", fmt.Sprintf("host-%d", time.Now().UnixNano()), "--attended")))
		cmd := lasting(t, dir, "http", "--addr", "127.0.0.1:0")
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		end = func() error { return errors.Join(interrupt(cmd.Process), cmd.Wait()) }
		url := ""
		for ctx.Err() == nil && url == "" {
			if _, rest, ok := strings.Cut(stderr.String(), "serving MCP on "); ok && strings.Contains(rest, "\n") {
				url, _, _ = strings.Cut(rest, "\n")
			}
			time.Sleep(10 * time.Millisecond)
		}
		tr = &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearer(token)}, MaxRetries: -1}
	} else {
		cmd := lasting(t, dir, "stdio")
		cmd.Stderr = &stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		tr = &mcp.IOTransport{Reader: out, Writer: in}
		end = func() error { in.Close(); return cmd.Wait() }
	}
	cs, err := h.client().Connect(ctx, tr, opts)
	if err != nil {
		t.Fatalf("connect: %v\n%s", errors.Join(err, end()), stderr.String())
	}
	t.Cleanup(func() {
		cs.Close()
		if err := end(); err != nil {
			t.Errorf("the program: %v", err)
		}
		if t.Failed() {
			t.Logf("stderr:\n%s", stderr.String())
		}
	})
	return cs
}

// lasting is a child that outlives the context of the test, to be ended in good order.
func lasting(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	c := child(t, dir, args...)
	cmd := exec.Command(c.Path, args...)
	cmd.Env = c.Env
	return cmd
}

// next waits for something that a host is told.
func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("the host is not told %s", what)
		panic("unreachable")
	}
}

// Whatever a server can do beside answering calls works through the program, by every transport and in both eras on either side: questions in
// all that may ask, progress, cancellation, completion, changes of lists and resources. What is not offered to servers is refused.
func TestEverythingAServerDoesWorksThroughTheProgram(t *testing.T) {
	for name, how := range kindServers {
		for _, host := range []string{"stdio/legacy", "stdio/modern", "http/legacy", "http/modern"} {
			if testing.Short() && !map[string]bool{"stdio stdio/legacy": true, "http-legacy http/modern": true, "http-modern stdio/modern": true, "sse http/legacy": true}[name+" "+host] {
				continue
			}
			t.Run(name+" behind "+host, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				register(t, dir, "kind", how(t))
				transport, era, _ := strings.Cut(host, "/")
				var h heard
				everything(t, hostOf(t, dir, transport, era, &h), &h)
				output(t, dir, "audit", "verify")
			})
		}
	}
}

func everything(t *testing.T, cs *mcp.ClientSession, h *heard) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	call := func(name string) string {
		t.Helper()
		res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "mcp_kind_" + name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return said(res)
	}
	addresses := map[string]string{}
	for r, err := range cs.Resources(ctx, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(r.URI, "tftsr://mcp/kind/") {
			addresses[r.Name] = r.URI
		}
	}
	template := ""
	for r, err := range cs.ResourceTemplates(ctx, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(r.URITemplate, "tftsr://mcp/kind/") {
			template = r.URITemplate
		}
	}

	// Questions.
	const answer = "accept map[which:the blue one]"
	if text := call("ask"); !strings.Contains(text, answer) {
		t.Errorf("tools/call: %s", text)
	}
	p, err := cs.GetPrompt(ctx, &mcp.GetPromptParams{Name: "mcp_kind_ask", Arguments: map[string]string{"who": "you"}})
	if err != nil || len(p.Messages) != 1 || p.Messages[0].Content.(*mcp.TextContent).Text != answer {
		t.Errorf("prompts/get: %+v, %v", p, err)
	}
	r, err := cs.ReadResource(ctx, &mcp.ReadResourceParams{URI: addresses["ask"]})
	if err != nil || len(r.Contents) != 1 || r.Contents[0].Text != answer {
		t.Errorf("resources/read: %+v, %v", r, err)
	}
	for range 3 {
		if q := next(t, "of the question", h.asked); !strings.Contains(q, "The MCP server kind asks") || !strings.Contains(q, "Which one?") {
			t.Errorf("asked %q", q)
		}
	}

	// What servers are not offered.
	for _, name := range []string{"sample", "roots"} {
		if text := call(name); strings.Contains(text, "sampled") || strings.Contains(text, "has roots") || !strings.Contains(text, "refused") && !strings.Contains(text, "not offered") {
			t.Errorf("%s: %s", name, text)
		}
	}

	// Completion, of prompts and templates.
	c, err := cs.Complete(ctx, &mcp.CompleteParams{
		Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "mcp_kind_ask"}, Argument: mcp.CompleteParamsArgument{Name: "who", Value: "ad"},
		Context: &mcp.CompleteContext{Arguments: map[string]string{"team": "red"}},
	})
	if err != nil || len(c.Completion.Values) != 1 || c.Completion.Values[0] != "ask ad…map[team:red]" {
		t.Errorf("completion: %+v, %v", c, err)
	}
	c, err = cs.Complete(ctx, &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/resource", URI: template}, Argument: mcp.CompleteParamsArgument{Name: "day", Value: "mon"}})
	if err != nil || len(c.Completion.Values) != 1 || !strings.Contains(c.Completion.Values[0], " mon…") {
		t.Errorf("completion: %+v, %v", c, err)
	}
	base, _, _ := strings.Cut(template, "{")
	if r, err = cs.ReadResource(ctx, &mcp.ReadResourceParams{URI: base + "?day=monday"}); err != nil || r.Contents[0].Text != "read kind://notes/monday" {
		t.Errorf("template %s: %+v, %v", template, r, err)
	}

	// Progress, redacted, to its end.
	steps := &mcp.CallToolParams{Name: "mcp_kind_steps"}
	steps.SetProgressToken("p")
	if res, err := cs.CallTool(ctx, steps); err != nil || !strings.Contains(said(res), "done") {
		t.Errorf("steps: %s, %v", said(res), err)
	}
	for at := 0.0; at != 5; {
		n := next(t, "of the progress", h.progress)
		if n.ProgressToken != "p" || n.Progress <= at || n.Total != 5 || !strings.HasPrefix(n.Message, "step for [Email_") {
			t.Fatalf("progress %+v after %v", n, at)
		}
		at = n.Progress
	}

	// Cancellation reaches the server.
	waiting, giveUp := context.WithCancel(ctx)
	gone := make(chan error, 1)
	go func() {
		_, err := cs.CallTool(waiting, &mcp.CallToolParams{Name: "mcp_kind_wait"})
		gone <- err
	}()
	time.Sleep(500 * time.Millisecond) // Until it is there, mostly: else it is never sent, and asked for again below.
	giveUp()
	if err := next(t, "that its call ended", gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
	until(t, "the server is told that a call was given up", func() bool { return strings.Contains(call("cancelled"), "cancelled: 1") })

	// A resource changes, and then nobody wants to know any more.
	if err := cs.Subscribe(ctx, &mcp.SubscribeParams{URI: addresses["note"]}); err != nil {
		t.Fatal(err)
	}
	until(t, "the host is told of the change of a resource", func() bool {
		call("touch")
		select {
		case uri := <-h.updated:
			return uri == addresses["note"]
		case <-time.After(time.Second):
			return false
		}
	})
	if err := cs.Unsubscribe(ctx, &mcp.UnsubscribeParams{URI: addresses["note"]}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	for len(h.updated) > 0 {
		<-h.updated
	}
	call("touch")
	select {
	case uri := <-h.updated:
		t.Errorf("told of %s after it was unsubscribed from", uri)
	case <-time.After(500 * time.Millisecond):
	}

	// A tool goes.
	for len(h.tools) > 0 {
		<-h.tools
	}
	call("forget")
	next(t, "that the list of tools changed", h.tools)
	until(t, "a tool that is gone is not listed", func() bool {
		for tool, err := range cs.Tools(ctx, nil) {
			if err != nil || tool.Name == "mcp_kind_spare" {
				return false
			}
		}
		return true
	})
	res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "mcp_kind_spare"})
	if err != nil || !res.IsError || strings.Contains(said(res), "here") {
		t.Errorf("a tool that is gone: %s, %v", said(res), err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}
