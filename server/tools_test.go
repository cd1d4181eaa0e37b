package server

import (
	"context"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

func TestTheToolsOfTheProgramWorkThroughTheChain(t *testing.T) {
	all := func(_ *config.Config, o *Options) { o.Tools = tools.All() }
	bothTransports(t, all, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		list, err := cs.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range tools.All() {
			if i >= len(list.Tools) || list.Tools[i].Name != want.Name {
				t.Fatalf("tool %d is not %s: the order is another one", i, want.Name)
			}
		}
		// The definitions of the server pass the scanner like everything else:
		// an example in one must not look like a value.
		if _, d, ok := f.lastOf(t, audit.ActionProtocol, audit.PhaseOutcome); !ok || d["redacted_out"] != nil {
			t.Errorf("the list of tools was redacted: %v", d)
		}
		got := call(t, cs, &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
			"title": "Login fails for " + email, "severity": "high", "category": "databases", "description": planted,
		}})
		if !strings.Contains(got, "[Email_1]") {
			t.Errorf("create_issue: %s", got)
		}
		if l := leaks([]byte(got)); l != nil {
			t.Errorf("create_issue shows %v", l)
		}
	})
}

func TestAReadOnlyServerChangesNothing(t *testing.T) {
	f := newFixture(t, func(c *config.Config, o *Options) {
		c.ReadOnly = true
		o.Tools = tools.All() // As if the selection had a hole.
	})
	cs := f.connectStdio(t, "modern")
	e := fails(t, cs, &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{"title": "x"}})
	if !strings.Contains(e.Message, "read-only") {
		t.Errorf("the caller is told: %s", e.Message)
	}
	if issues, _, err := f.store.ListIssues(context.Background(), store.IssueFilter{}); err != nil || len(issues) != 0 {
		t.Errorf("%d issues, %v", len(issues), err)
	}
	if !f.refused(t, "policy") {
		t.Error("the refusal is not on the record")
	}
	if got := call(t, cs, &mcp.CallToolParams{Name: "list_issues"}); strings.Contains(got, `"isError":true`) {
		t.Errorf("list_issues: %s", got)
	}
}
