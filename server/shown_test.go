package server

import (
	"context"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/pii"
)

// What an answer shows a caller is remembered before it leaves: no other token
// is ever restored for a destination on its behalf.
func TestTokensOfAnAnswerAreNotedForItsCallerOnly(t *testing.T) {
	f := newFixture(t, nil)
	f.tool("say_something", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "mail from jane.roe@acme-widgets.com"}}}, nil
	})
	cs := f.connectStdio(t, "legacy")
	if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "say_something"}); err != nil {
		t.Fatal(err)
	}
	tok := []pii.Token{{Label: "Email", Ordinal: 1}}
	for caller, want := range map[string]int{"stdio:tester": 1, "http:tester": 0, "stdio:other": 0} {
		got, err := f.store.WereShown(t.Context(), caller, tok)
		if err != nil || len(got) != want {
			t.Errorf("%s was shown %v, %v", caller, got, err)
		}
	}
}
