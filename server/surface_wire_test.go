//lint:file-ignore SA1019 The server scans what hosts still use, deprecated or not.

//nolint:staticcheck // SA1019, as above.
package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
)

// surfaceCase makes the planted values cross one surface. It returns what the
// other side saw of them, as text that must hold tokens, or "" where nothing
// may arrive.
type surfaceCase struct {
	name string
	run  func(t *testing.T, f *fixture, cs *mcp.ClientSession) string
	none bool // nothing arrives: the message is withheld or refused
}

// surfaceServer is a server with a feature for each surface.
func surfaceServer(t *testing.T) *fixture {
	t.Helper()
	var f *fixture
	f = newFixture(t, func(c *config.Config, o *Options) {
		offerAll(c, o)
		o.more = func(m *mcp.ServerOptions) {
			ours := m.CompletionHandler
			m.CompletionHandler = func(ctx context.Context, r *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
				if r.Params.Ref.Name != "planted" {
					return ours(ctx, r)
				}
				f.intentFirst(ctx, audit.ActionComplete)
				if r.Params.Argument.Value == "fail" {
					return nil, errors.New("no values for " + planted)
				}
				return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{planted, "seen: " + r.Params.Argument.Value}}}, nil
			}
			m.Capabilities.Logging = &mcp.LoggingCapabilities{}
		}
	})
	text := func(s string) []mcp.Content { return []mcp.Content{&mcp.TextContent{Text: s}} }
	results := map[string]func() (*mcp.CallToolResult, error){
		"text": func() (*mcp.CallToolResult, error) { return &mcp.CallToolResult{Content: text(planted)}, nil },
		"structured": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: text("done"), StructuredContent: map[string]any{
				"deep": []any{map[string]any{"note": planted}}, "password": password, "count": 3,
			}}, nil
		},
		"embedded_text": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "tftsr://log/1", Text: planted}}}}, nil
		},
		"embedded_blob": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "tftsr://log/1", Blob: []byte(planted)}}}}, nil
		},
		"image": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.ImageContent{MIMEType: "image/png", Data: []byte("\x89PNG\r\n" + planted)}}}, nil
		},
		"link": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.ResourceLink{
				URI: "mailto:" + email, Name: planted, Title: planted, Description: planted, MIMEType: "text/plain; owner=" + email,
				Icons: []mcp.Icon{{Source: "https://example.com/?user=" + email}},
			}}}, nil
		},
		"meta": func() (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Meta: mcp.Meta{"note": planted, email: "as a key"}, Content: []mcp.Content{&mcp.TextContent{Text: "done", Meta: mcp.Meta{"note": planted}}}}, nil
		},
		"user_error": func() (*mcp.CallToolResult, error) {
			r := &mcp.CallToolResult{}
			r.SetError(errors.New("cannot use " + planted))
			return r, nil
		},
		"protocol_error": func() (*mcp.CallToolResult, error) {
			data, _ := json.Marshal(map[string]string{"input": planted})
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "bad: " + planted, Data: data}
		},
		"plain_error": func() (*mcp.CallToolResult, error) { return nil, fmt.Errorf("open: %w", errors.New(planted)) },
		"panic":       func() (*mcp.CallToolResult, error) { panic(planted) },
	}
	for name, make := range results {
		f.tool(name, func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			f.intentFirst(ctx, audit.ActionToolCall)
			return make()
		})
	}
	f.tool("echo", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if l := leaks(r.Params.Arguments); l != nil {
			f.t.Errorf("the handler saw %v", l)
		}
		b, _ := json.Marshal(r.Params.Meta)
		if l := leaks(b); l != nil {
			f.t.Errorf("the handler saw in _meta %v", l)
		}
		return &mcp.CallToolResult{Content: text(string(r.Params.Arguments))}, nil
	})
	f.tool("notify", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: 1, Message: planted})
		if err != nil {
			return nil, err
		}
		return &mcp.CallToolResult{Content: text("done")}, r.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "error", Logger: "x " + email, Data: map[string]any{"line": planted}})
	})
	f.tool("ask", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		q := func(key string) mcp.InputRequestMap {
			return mcp.InputRequestMap{key: &mcp.ElicitParams{
				Mode: "form", Message: "Is this right? " + planted,
				RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{"answer": map[string]any{"type": "string", "description": planted}}},
			}}
		}
		var got []string
		for _, key := range []string{"first", "second", "third"} {
			if a, ok := r.Params.InputResponses[key].(*mcp.ElicitResult); ok {
				b, _ := json.Marshal(a.Content)
				if l := leaks(b); l != nil {
					f.t.Errorf("the handler saw in an answer %v", l)
				}
				got = append(got, key+string(b))
			}
		}
		switch r.Params.RequestState { // One question a round, over three rounds.
		case "":
			return &mcp.CallToolResult{InputRequests: q("first"), RequestState: "round-1"}, nil
		case "round-1":
			return &mcp.CallToolResult{InputRequests: q("second"), RequestState: "round-2"}, nil
		case "round-2":
			return &mcp.CallToolResult{InputRequests: q("third"), RequestState: "round-3"}, nil
		}
		return &mcp.CallToolResult{Content: text("answers: " + strings.Join(got, " "))}, nil
	})
	f.server.mcp.AddResource(&mcp.Resource{URI: "tftsr://planted/text", Name: "of " + email, Description: planted, MIMEType: "text/plain"},
		func(ctx context.Context, _ *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			f.intentFirst(ctx, audit.ActionResourceRead)
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: "tftsr://planted/text", Text: planted}}}, nil
		})
	f.server.mcp.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "tftsr://planted/{kind}", Name: "planted", Description: planted},
		func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			switch r.Params.URI {
			case "tftsr://planted/blob":
				return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{Blob: []byte(planted)}}}, nil
			case "tftsr://planted/error":
				return nil, errors.New("cannot read " + planted)
			}
			return nil, mcp.ResourceNotFoundError(r.Params.URI)
		})
	f.server.mcp.AddPrompt(&mcp.Prompt{Name: "planted", Title: email, Description: planted, Arguments: []*mcp.PromptArgument{{Name: "who", Description: planted}}},
		func(ctx context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			f.intentFirst(ctx, audit.ActionPromptGet)
			if l := leaks([]byte(r.Params.Arguments["who"])); l != nil {
				f.t.Errorf("the prompt saw %v", l)
			}
			return &mcp.GetPromptResult{Description: planted, Messages: []*mcp.PromptMessage{
				{Role: "user", Content: &mcp.TextContent{Text: planted + " seen: " + r.Params.Arguments["who"]}},
				{Role: "assistant", Content: &mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "tftsr://x", Text: planted}}},
			}}, nil
		})
	return f
}

// intentFirst checks, from within a handler, that the intent of this very
// call is on the record, and its outcome is not.
func (f *fixture) intentFirst(_ context.Context, a audit.Action) {
	e, _, ok := f.lastOf(f.t, a, audit.PhaseIntent)
	if !ok {
		f.t.Errorf("the handler runs and %s has no intent", a)
		return
	}
	if _, d, ok := f.lastOf(f.t, a, audit.PhaseOutcome); ok && d["intent"] == float64(e.Seq) {
		f.t.Errorf("the handler runs and %s has its outcome", a)
	}
}

func call(t *testing.T, cs *mcp.ClientSession, p *mcp.CallToolParams) string {
	t.Helper()
	res, err := cs.CallTool(t.Context(), p)
	return seen(t, res, err)
}

// seen is all that a client got: the result, or the error with its data.
func seen(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		text := err.Error()
		var rpc *jsonrpc.Error
		if errors.As(err, &rpc) {
			text += string(rpc.Data)
		}
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func surfaceCases() []surfaceCase {
	tool := func(name string) surfaceCase {
		return surfaceCase{name: "out/" + name, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: name})
		}}
	}
	withheld := func(c surfaceCase) surfaceCase { c.none = true; return c }
	notice := func(f *fixture) string {
		select {
		case n := <-f.notices:
			return n
		case <-time.After(5 * time.Second):
			return "nothing arrived"
		}
	}
	return []surfaceCase{
		tool("text"), tool("structured"), tool("embedded_text"), tool("link"), tool("meta"),
		tool("user_error"), tool("protocol_error"), tool("plain_error"),
		withheld(tool("embedded_blob")), withheld(tool("image")), withheld(tool("panic")),
		{name: "out/resource", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://planted/text"})
			return seen(t, res, err)
		}},
		{name: "out/resource_blob", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://planted/blob"})
			return seen(t, res, err)
		}},
		{name: "out/resource_error", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://planted/error"})
			return seen(t, res, err)
		}},
		{name: "out/resources_list", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ListResources(t.Context(), nil)
			return seen(t, res, err)
		}},
		{name: "out/templates_list", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ListResourceTemplates(t.Context(), nil)
			return seen(t, res, err)
		}},
		{name: "out/prompts_list", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ListPrompts(t.Context(), nil)
			return seen(t, res, err)
		}},
		{name: "out/prompt", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "planted"})
			return seen(t, res, err)
		}},
		{name: "out/completion", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.Complete(t.Context(), complete("x"))
			return seen(t, res, err)
		}},
		{name: "out/completion_error", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.Complete(t.Context(), complete("fail"))
			return seen(t, res, err)
		}},
		{name: "out/progress_and_log", run: func(t *testing.T, f *fixture, cs *mcp.ClientSession) string {
			p := &mcp.CallToolParams{Name: "notify", Meta: mcp.Meta{mcp.MetaKeyLogLevel: "debug"}}
			p.SetProgressToken("progress-1")
			if cs.InitializeResult().ProtocolVersion < modern {
				if err := cs.SetLoggingLevel(t.Context(), &mcp.SetLoggingLevelParams{Level: "debug"}); err != nil {
					t.Fatal(err)
				}
			}
			if got := call(t, cs, p); !strings.Contains(got, "done") {
				t.Fatal(got)
			}
			return notice(f) + notice(f)
		}},
		{name: "both/questions_and_answers", run: func(t *testing.T, f *fixture, cs *mcp.ClientSession) string {
			var asked []string
			f.elicit = func(r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
				asked = append(asked, seen(t, r.Params, nil))
				return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"answer": planted}}, nil
			}
			got := call(t, cs, &mcp.CallToolParams{Name: "ask"})
			if len(asked) != 3 || !strings.Contains(got, "third") {
				t.Errorf("asked %d times, not 3: %s", len(asked), got)
			}
			return strings.Join(asked, "") + got
		}},
		{name: "in/arguments", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{"text": planted, "list": []string{planted}}})
		}},
		{name: "in/argument_names", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{email: planted}})
		}},
		{name: "in/meta", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: "echo", Meta: mcp.Meta{"note": planted}, Arguments: map[string]any{"text": planted}})
		}},
		{name: "in/tool_name", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: email})
		}},
		{name: "in/tool_arguments_of_another_shape", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			return call(t, cs, &mcp.CallToolParams{Name: "echo", Arguments: planted})
		}},
		{name: "in/prompt_arguments", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "planted", Arguments: map[string]string{"who": planted}})
			return seen(t, res, err)
		}},
		{name: "in/prompt_name", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: email})
			return seen(t, res, err)
		}},
		{name: "in/completion", run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.Complete(t.Context(), complete(planted))
			return seen(t, res, err)
		}},
		{name: "in/resource_uri", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://user/" + email})
			return seen(t, res, err)
		}},
		{name: "in/progress", none: true, run: func(t *testing.T, _ *fixture, cs *mcp.ClientSession) string {
			err := cs.NotifyProgress(t.Context(), &mcp.ProgressNotificationParams{ProgressToken: "x", Message: planted})
			return seen(t, "sent", err)
		}},
	}
}

func complete(value string) *mcp.CompleteParams {
	return &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "planted"}, Argument: mcp.CompleteParamsArgument{Name: "who", Value: value}}
}

// TestNothingPlantedCrossesAnySurface is the table of surfaces, directions,
// transports and eras: whatever crosses, neither the wire nor the record nor
// the log ever holds a planted value, and what arrives holds tokens instead.
func TestNothingPlantedCrossesAnySurface(t *testing.T) {
	transports := map[string]func(*fixture, testing.TB, string) *mcp.ClientSession{
		"stdio": (*fixture).connectStdio, "http": (*fixture).connectHTTP,
	}
	for transport, connect := range transports {
		for era, version := range eras {
			t.Run(transport+"/"+era, func(t *testing.T) {
				f := surfaceServer(t)
				cs := connect(f, t, era)
				if got := cs.InitializeResult().ProtocolVersion; got != version {
					t.Fatalf("negotiated %s, not %s", got, version)
				}
				for _, c := range surfaceCases() {
					t.Run(c.name, func(t *testing.T) {
						f.t = t
						got := c.run(t, f, cs)
						if l := leaks([]byte(got)); l != nil {
							t.Errorf("the client saw %v", l)
						}
						if c.none {
							if strings.Contains(got, "[Email_") {
								t.Errorf("something arrived: %s", got)
							}
						} else if !strings.Contains(got, "[Email_") {
							t.Errorf("no token arrived: %s", got)
						}
						if l := leaks(f.wire.Bytes()); l != nil {
							t.Errorf("on the wire: %v\n%s", l, lastLines(f.wire.Bytes()))
						}
					})
				}
				f.t = t
				f.nothingLeaked(t)
				f.paired(t)
				if bytes.Contains(f.log.Bytes(), []byte("middleware had left in")) {
					t.Errorf("the wrapper had to do what the middleware should have done:\n%s", f.log.Bytes())
				}
				if era == "legacy" && bytes.Contains(f.wire.Bytes(), []byte(`"inputRequests"`)) {
					t.Error("a legacy host got a question in a result, which it does not know")
				}
				if rep, err := f.gate.Verify(t.Context()); err != nil {
					t.Errorf("verify the record: %v %+v", err, rep)
				}
			})
		}
	}
}

func lastLines(b []byte) []byte {
	lines := bytes.Split(b, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-6):], []byte("\n"))
}
