//lint:file-ignore SA1019 Servers ask for sampling and roots as long as the protocol has them.

//nolint:staticcheck // SA1019, as above.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const anyObject = `{"type":"object"}`

// kindServer is a server behind the gateway in which nothing is wrong, with everything that a server can do.
func kindServer() *mcp.Server {
	var cancelled atomic.Int32
	s := mcp.NewServer(&mcp.Implementation{Name: "kind", Version: "1"}, &mcp.ServerOptions{
		CompletionHandler: func(_ context.Context, r *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			known := ""
			if r.Params.Context != nil {
				known = fmt.Sprint(r.Params.Context.Arguments)
			}
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{r.Params.Ref.Name + r.Params.Ref.URI + " " + r.Params.Argument.Value + "…" + known}}}, nil
		},
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
	})
	tool := func(name string, h mcp.ToolHandler) {
		s.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(anyObject), Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}}, h)
	}
	say := func(format string, args ...any) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(format, args...)}}}, nil
	}
	form := &mcp.ElicitParams{Mode: "form", Message: "Which one?", RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{"which": map[string]any{"type": "string"}},
	}}
	// put asks in the era of the session; nil is a question that goes as a result.
	put := func(ctx context.Context, ss *mcp.ServerSession, version string, answers mcp.InputResponseMap) (*mcp.ElicitResult, error) {
		if version < eras["modern"] {
			return ss.Elicit(ctx, form)
		}
		a, _ := answers["which"].(*mcp.ElicitResult)
		return a, nil
	}
	questions := mcp.InputRequestMap{"which": form}
	tool("ask", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.CallToolResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return say("%s %v", a.Action, a.Content)
	})
	s.AddPrompt(&mcp.Prompt{Name: "ask", Arguments: []*mcp.PromptArgument{{Name: "who"}, {Name: "team"}}}, func(ctx context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.GetPromptResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: fmt.Sprintf("%s %v", a.Action, a.Content)}}}}, nil
	})
	s.AddResource(&mcp.Resource{URI: "kind://ask", Name: "ask"}, func(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.ReadResourceResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{Text: fmt.Sprintf("%s %v", a.Action, a.Content)}}}, nil
	})
	note := func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{Text: "read " + r.Params.URI}}}, nil
	}
	s.AddResource(&mcp.Resource{URI: "kind://note", Name: "note"}, note)
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "kind://notes/{day}", Name: "notes"}, note)
	tool("touch", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if err := s.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: "kind://note"}); err != nil {
			return nil, err
		}
		return say("touched")
	})
	tool("forget", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.RemoveTools("spare")
		return say("forgotten")
	})
	tool("spare", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return say("here") })
	tool("sample", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.ProtocolVersion() >= eras["modern"] {
			if len(r.Params.InputResponses) > 0 {
				return say("sampled")
			}
			return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"s": &mcp.CreateMessageParams{MaxTokens: 10, Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "hi"}}}}}}, nil
		}
		if _, err := r.Session.CreateMessage(ctx, &mcp.CreateMessageParams{MaxTokens: 10, Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "hi"}}}}); err != nil {
			return say("refused: %v", err)
		}
		return say("sampled")
	})
	tool("roots", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.ProtocolVersion() >= eras["modern"] {
			if len(r.Params.InputResponses) > 0 {
				return say("has roots")
			}
			return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"r": &mcp.ListRootsParams{}}}, nil
		}
		if _, err := r.Session.ListRoots(ctx, nil); err != nil {
			return say("refused: %v", err)
		}
		return say("has roots")
	})
	tool("steps", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := 1; i <= 5; i++ {
			if err := r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: float64(i), Total: 5, Message: "step for ada.byron@acme-industries.com"}); err != nil {
				return nil, err
			}
		}
		return say("done")
	})
	tool("wait", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		<-ctx.Done()
		cancelled.Add(1)
		return say("given up")
	})
	tool("cancelled", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return say("cancelled: %d", cancelled.Load())
	})
	return s
}

// kindServers are the ways to reach one: what is added to `server add NAME`.
var kindServers = map[string]func(t *testing.T) []string{
	"stdio": func(t *testing.T) []string { return append([]string{"--"}, program(t, "kind")) },
	"http-legacy": func(t *testing.T) []string {
		s := kindServer()
		return overHTTP(t, mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil))
	},
	"http-modern": func(t *testing.T) []string {
		s := kindServer()
		return overHTTP(t, mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: true, PropagateRequestCancellation: true}))
	},
	"sse": func(t *testing.T) []string {
		s := kindServer()
		return append(overHTTP(t, mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return s }, nil)), "--transport", "sse")
	},
}

func overHTTP(t *testing.T, h http.Handler) []string {
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return []string{"--private-network", "--url", srv.URL}
}

// program is the path of a command of the tests.
func program(t *testing.T, name string) string {
	t.Helper()
	exe, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// register registers a server whose things are all approved, and whose tools only read.
func register(t *testing.T, dir, name string, how []string) {
	t.Helper()
	output(t, dir, append([]string{"server", "add", name}, how...)...)
	output(t, dir, "server", "approve", name, "--yes", "--despite-signs")
	output(t, dir, "server", "edit", name, "--policy", "*=read")
}

func said(res *mcp.CallToolResult) string {
	if res == nil {
		return ""
	}
	var out strings.Builder
	for _, c := range res.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			out.WriteString(text.Text + "\n")
		}
	}
	return out.String()
}
