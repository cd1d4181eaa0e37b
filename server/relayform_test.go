package server

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// What a form may have reaches the host in the form of the specification; what
// hosts, or the SDK after the person has answered, would turn away is not shown.
func TestFormsAreOfTheSpecificationOrNotShown(t *testing.T) {
	field := func(s string) string { return `{"type":"object","properties":{"f":` + s + `}}` }
	for _, tt := range []struct{ what, in, want string }{
		{"nothing", `{"type":"object"}`, `{"properties":{},"type":"object"}`},
		{"a text", field(`{"type":"string","title":"T","minLength":1,"maxLength":3,"default":"a","pattern":"(a+)+$","$ref":"https://example.com/"}`), field(`{"type":"string","title":"T","minLength":1,"maxLength":3,"default":"a"}`)},
		{"a format of theirs", field(`{"type":"string","format":"password-of-yours"}`), field(`{"type":"string"}`)},
		{"a format", field(`{"type":"string","format":"date-time"}`), field(`{"type":"string","format":"date-time"}`)},
		{"choices with names of old", field(`{"type":"string","enum":["a","b"],"enumNames":["A","B"]}`), field(`{"type":"string","enum":["a","b"],"enumNames":["A","B"]}`)},
		{"too few names", field(`{"type":"string","enum":["a","b"],"enumNames":["A"]}`), field(`{"type":"string","enum":["a","b"]}`)},
		{"choices with titles", field(`{"type":"string","oneOf":[{"const":"a","title":"A","description":"x"}]}`), field(`{"type":"string","oneOf":[{"const":"a","title":"A"}]}`)},
		{"several of choices with titles", field(`{"type":"array","minItems":1,"items":{"type":"string","anyOf":[{"const":"a","title":"A"}]}}`), field(`{"type":"array","minItems":1,"items":{"anyOf":[{"const":"a","title":"A"}]}}`)},
		{"several of choices", field(`{"type":"array","items":{"type":"string","enum":["a"]},"default":["a"]}`), field(`{"type":"array","items":{"type":"string","enum":["a"]},"default":["a"]}`)},
		{"a number", field(`{"type":"integer","minimum":-3,"maximum":3,"default":2}`), field(`{"type":"integer","minimum":-3,"maximum":3,"default":2}`)},
		{"a switch", field(`{"type":"boolean","default":true}`), field(`{"type":"boolean","default":true}`)},
		{"a switch that is a text", field(`{"type":"boolean","default":"yes"}`), ""},
		{"a number that is none", field(`{"type":"number","default":"2"}`), ""},
		{"bounds without room", field(`{"type":"number","minimum":2,"maximum":1}`), ""},
		{"half a letter", field(`{"type":"string","minLength":0.5}`), ""},
		{"less than nothing", field(`{"type":"array","minItems":-1,"items":{"type":"string","enum":["a"]}}`), ""},
		{"a choice without a title", field(`{"type":"string","oneOf":[{"const":"a"}]}`), ""},
		{"no choice", field(`{"type":"string","enum":[]}`), ""},
		{"a choice of numbers", field(`{"type":"string","enum":[1]}`), ""},
		{"a list of anything", field(`{"type":"array"}`), ""},
		{"a list of texts", field(`{"type":"array","items":{"type":"string"}}`), ""},
		{"a field within a field", field(`{"type":"object","properties":{"g":{"type":"string"}}}`), ""},
		{"two types", field(`{"type":["string","null"]}`), ""},
		{"no type", field(`{}`), ""},
		{"no field", field(`7`), ""},
		{"a name that is none", `{"properties":{"say \u201cyes\u201d":{"type":"string"}}}`, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			var in, want map[string]any
			if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
				t.Fatal(err)
			}
			got, ok := flatForm(in)
			if ok != (tt.want != "") {
				t.Fatalf("shown %v: %v", ok, got)
			}
			if !ok {
				return
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(got)
			var round map[string]any
			if err := json.Unmarshal(b, &round); err != nil || !reflect.DeepEqual(round, want) {
				t.Errorf("%s\nwant %s", b, tt.want)
			}
		})
	}
}

// asks is a server with a tool, a prompt and a resource that ask a person, under
// a key of the server's own where its era has keys.
func asks(schema map[string]any, got func(any)) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "asks", Version: "1"}, nil)
	p := &mcp.ElicitParams{Mode: "form", Message: "Tell us.", RequestedSchema: schema}
	// put returns nil when the question is to be asked by a result.
	put := func(ctx context.Context, ss *mcp.ServerSession, version string, answers mcp.InputResponseMap) (*mcp.ElicitResult, error) {
		if version < modern {
			return ss.Elicit(ctx, p)
		}
		a, _ := answers["their_key"].(*mcp.ElicitResult)
		return a, nil
	}
	questions := mcp.InputRequestMap{"their_key": p}
	say := func(a *mcp.ElicitResult) string {
		got(a.Content)
		return fmt.Sprintf("%s: %v", a.Action, a.Content)
	}
	s.AddTool(&mcp.Tool{Name: "ask", InputSchema: json.RawMessage(objectSchema)}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.CallToolResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: say(a)}}}, nil
	})
	s.AddPrompt(&mcp.Prompt{Name: "ask"}, func(ctx context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.GetPromptResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: say(a)}}}}, nil
	})
	s.AddResource(&mcp.Resource{URI: "ask://me", Name: "ask"}, func(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		a, err := put(ctx, r.Session, r.ProtocolVersion(), r.Params.InputResponses)
		if err != nil || a == nil {
			return &mcp.ReadResourceResult{InputRequests: questions, RequestState: "theirs"}, err
		}
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: say(a)}}}, nil
	})
	return s
}

// A person answers, in whatever a server asks it, with values of every type, some
// of which are redacted: the server gets each in its type.
func TestAnswersOfEveryTypeReachTheServer(t *testing.T) {
	schema := map[string]any{"type": "object", "required": []string{"mail", "age"}, "properties": map[string]any{
		"mail": map[string]any{"type": "string", "format": "email"}, "age": map[string]any{"type": "integer"}, "score": map[string]any{"type": "number"},
		"sure": map[string]any{"type": "boolean"}, "level": map[string]any{"type": "string", "enum": []string{"low", "high"}, "default": "low"},
		"teams": map[string]any{"type": "array", "items": map[string]any{"anyOf": []any{map[string]any{"const": "a", "title": "Team A"}, map[string]any{"const": "b", "title": "Team B"}}}},
	}}
	want := map[string]any{"mail": "[Email_1]", "age": 25.0, "score": 1.5, "sure": true, "level": "low", "teams": []any{"a", "b"}}
	for _, stateless := range []bool{false, true} {
		for era := range eras {
			t.Run(fmt.Sprintf("%s behind %s", map[bool]string{false: "legacy", true: "modern"}[stateless], era), func(t *testing.T) {
				var got any
				f := gateway(t, overHTTP(t, asks(schema, func(v any) { got = v }), stateless), nil)
				f.elicit = func(r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
					if !strings.Contains(r.Params.Message, "The MCP server notes asks") {
						t.Errorf("who asks is not said: %s", r.Params.Message)
					}
					return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"mail": email, "age": 25, "score": 1.5, "sure": true, "teams": []any{"a", "b"}}}, nil
				}
				cs := f.connectStdio(t, era)
				resources, err := cs.ListResources(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				var address string
				for _, r := range resources.Resources {
					if strings.HasPrefix(r.URI, relayedPrefix) {
						address = r.URI
					}
				}
				for what, ask := range map[string]func() (any, error){
					"tools/call":     func() (any, error) { return cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_ask"}) },
					"prompts/get":    func() (any, error) { return cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "mcp_notes_ask"}) },
					"resources/read": func() (any, error) { return cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: address}) },
				} {
					got = nil
					res, err := ask()
					b, _ := json.Marshal(res)
					if err != nil || !strings.Contains(string(b), "accept: ") || !reflect.DeepEqual(got, want) {
						t.Errorf("%s: %v %s\ngot  %v\nwant %v", what, err, b, got, want)
					}
					if l := leaks(b); l != nil {
						t.Errorf("%s: %v leak: %s", what, l, b)
					}
				}
				f.nothingLeaked(t)
				f.paired(t)
			})
		}
	}
}

// A key that a server of the modern era gave its question is the host's too,
// where it is a name and holds nothing sensitive.
func TestQuestionsKeepTheirKeysWhereTheyAreNames(t *testing.T) {
	form := &mcp.ElicitParams{Mode: "form", Message: "Tell us.", RequestedSchema: map[string]any{"type": "object"}}
	down := mcp.NewServer(&mcp.Implementation{Name: "asks", Version: "1"}, nil)
	down.AddTool(&mcp.Tool{Name: "ask", InputSchema: json.RawMessage(objectSchema)}, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if n := len(r.Params.InputResponses); n > 0 {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprint(n, " answers, ", r.Params.InputResponses[email] != nil)}}}, nil
		}
		return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"user_name": form, email: form, "two words": form, "mcp_2": form}, RequestState: "theirs"}, nil
	})
	f := gateway(t, overHTTP(t, down, true), nil)
	in, out, _ := f.stdio(t)
	cs, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{}}, MultiRoundTrip: &mcp.MultiRoundTripOptions{Disabled: true},
	}).Connect(t.Context(), &mcp.IOTransport{Reader: out, Writer: in}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cs.Close() })
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_ask"})
	if err != nil || len(res.InputRequests) != 4 || res.InputRequests["user_name"] == nil || res.InputRequests["mcp_2"] == nil {
		t.Fatalf("%v %s", err, textOf(res))
	}
	answers := mcp.InputResponseMap{}
	for key := range res.InputRequests {
		if l := leaks([]byte(key)); l != nil || !isID(key) {
			t.Errorf("the key %q", key)
		}
		answers[key] = &mcp.ElicitResult{Action: "accept"}
	}
	if res, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_ask", InputResponses: answers, RequestState: res.RequestState}); err != nil || !strings.Contains(textOf(res), "4 answers, true") {
		t.Errorf("%v %s", err, textOf(res))
	}
}

// Nobody is told of every step of a thousand, and everybody of the first and the
// last.
func TestProgressIsThinnedOutAndItsEndIsTold(t *testing.T) {
	const steps = 1000
	down := mcp.NewServer(&mcp.Implementation{Name: "busy", Version: "1"}, nil)
	down.AddTool(&mcp.Tool{Name: "work", InputSchema: json.RawMessage(objectSchema)}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := 1; i <= steps; i++ {
			if err := r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: float64(i), Total: steps}); err != nil {
				return nil, err
			}
		}
		return &mcp.CallToolResult{}, nil
	})
	f := gateway(t, overHTTP(t, down, false), nil)
	told := make(chan float64, steps)
	o := f.clientOptions()
	o.ProgressNotificationHandler = func(_ context.Context, r *mcp.ProgressNotificationClientRequest) { told <- r.Params.Progress }
	in, out, _ := f.stdio(t)
	cs, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, o).Connect(t.Context(), &mcp.IOTransport{Reader: out, Writer: in}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cs.Close() })
	p := &mcp.CallToolParams{Name: "mcp_notes_work"}
	p.SetProgressToken("p")
	if res, err := cs.CallTool(t.Context(), p); err != nil || res.IsError {
		t.Fatalf("%v %s", err, textOf(res))
	}
	var got []float64
	for len(got) == 0 || got[len(got)-1] != steps {
		got = append(got, <-told)
	}
	if len(got) < progressBurst || len(got) > steps/2 || got[0] != 1 {
		t.Errorf("%d times, first %v", len(got), got[0])
	}
}
