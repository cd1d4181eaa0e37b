package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// nonsense are results that no server should send.
var nonsense = []string{
	`null`, `[]`, `"x"`, `1`, `{}`, `{"tools":null}`, `{"tools":[null]}`, `{"tools":[{}]}`, `{"tools":{"a":1}}`, `{"tools":[{"name":null,"inputSchema":null}]}`,
	`{"tools":[{"name":"a","inputSchema":[]}]}`, `{"tools":[{"name":"a","inputSchema":{"properties":{"x":null,"y":[],"z":{"x-mcp-header":7}}}}]}`,
	`{"tools":[{"name":"a","inputSchema":{"type":"object"},"annotations":null,"icons":[null]}],"nextCursor":null}`,
	`{"resources":[null],"resourceTemplates":[null],"prompts":[null]}`, `{"prompts":[{"name":"a","arguments":[null]}]}`,
	`{"content":null}`, `{"content":[null]}`, `{"content":[{}]}`, `{"content":[{"type":null}]}`, `{"content":[{"type":"text"}]}`, `{"content":[{"type":"resource"}]}`,
	`{"content":[{"type":"resource","resource":null}]}`, `{"content":[{"type":"image","data":"!!"}]}`, `{"content":[],"structuredContent":null,"_meta":null}`,
	`{"content":[],"_meta":[]}`, `{"contents":[null]}`, `{"contents":[{}]}`, `{"messages":[null]}`, `{"messages":[{}]}`, `{"messages":[{"content":null}]}`,
	`{"completion":null}`, `{"completion":{"values":null}}`, `{"inputRequests":null}`, `{"inputRequests":{}}`, `{"inputRequests":{"a":null}}`, `{"inputRequests":{"a":{}}}`,
	`{"inputRequests":{"a":{"method":"elicitation/create","params":null}}}`, `{"inputRequests":{"a":{"method":"elicitation/create","params":{"message":7}}}}`,
	`{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"message":"?","requestedSchema":[]}}}}`,
	`{"ttlMs":-1,"cacheScope":7,"tools":[]}`, `{"tools":[],"ttlMs":1e300}`, `{"resultType":"task"}`,
}

// tryNonsense asks a server, of which every result is the same nonsense once it is attached, everything that can be asked.
func tryNonsense(t *testing.T, modern bool, result string) {
	t.Helper()
	caps := `"capabilities":{"tools":{},"resources":{},"prompts":{},"completions":{}}`
	c := far(t, HTTP, rawHTTP(func(w http.ResponseWriter, _ *http.Request, m peeked) bool {
		switch m.Method {
		case "initialize":
			sayJSON(w, m, `{"protocolVersion":"2025-11-25","serverInfo":{"name":"x","version":"1"},`+caps+`}`)
		case "server/discover":
			if !modern {
				return false
			}
			sayJSON(w, m, `{"supportedVersions":["2026-07-28"],`+caps+`,"resultType":"complete"}`)
		case "tools/list", "resources/list", "resources/templates/list", "prompts/list", "tools/call", "resources/read", "prompts/get", "completion/complete":
			sayJSON(w, m, result)
		default:
			return false
		}
		return true
	}))
	c.Timeouts.Attach = 10 * time.Millisecond
	s := newSet(t, Options{}, c)
	settled(t, s, "bad")
	// It may not be attached, for its lists are nonsense, too; the calls are tried all the same.
	sess := s.server("bad").session
	if sess == nil {
		return
	}
	_, err := callTool(t, s, "echo")
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%s: %v", result, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _ = s.GetPrompt(ctx, PromptCall{Call: Call{Server: "bad", Owner: "me"}, Prompt: "p"})
	_, _ = s.Complete(ctx, CompleteCall{Call: Call{Server: "bad", Owner: "me"}})
	_, _ = s.do(ctx, Call{Server: "bad", Owner: "me"}, func(ctx context.Context, sess *session, _ round) (Reply, error) {
		res, err := uncached(ctx, func(ctx context.Context) (*mcp.ReadResourceResult, error) {
			return sess.cs.ReadResource(ctx, &mcp.ReadResourceParams{URI: "x://y"})
		})
		return Reply{Resource: res}, err
	})
}

func TestNonsenseBreaksNothing(t *testing.T) {
	for _, modern := range []bool{false, true} {
		for i, result := range nonsense {
			t.Run(fmt.Sprint(modern, i), func(t *testing.T) {
				t.Parallel()
				tryNonsense(t, modern, result)
			})
		}
	}
}

func FuzzNonsenseBreaksNothing(f *testing.F) {
	for _, result := range nonsense {
		f.Add(result, true)
	}
	f.Fuzz(func(t *testing.T, result string, modern bool) { tryNonsense(t, modern, result) })
}
