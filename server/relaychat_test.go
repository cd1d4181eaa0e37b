package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// talking is a gateway whose host can talk to a scripted provider.
func talking(t *testing.T, say script.Script) (*fixture, *script.Provider, *mcp.ClientSession) {
	t.Helper()
	p := &script.Provider{Title: "scripted", Script: say, Able: providers.Traits{Tools: true, ContextTokens: 64_000, MaxTokens: 1000, Priced: true}}
	deps := &tools.Deps{Now: time.Now}
	f := newFixture(t, func(c *config.Config, o *Options) {
		deps.Config = c
		o.Gateway, o.Deps = &registry.Registry{}, deps
		for _, tool := range tools.All() {
			if tool.Name == "create_issue" || tool.Name == "triage_chat" {
				o.Tools = append(o.Tools, tool)
			}
		}
	})
	deps.Gate, deps.Store = f.gate, f.store
	deps.Providers = &providers.Sender{Gate: f.gate, Store: f.store, Now: time.Now, Open: func(context.Context, string) (providers.Provider, error) { return p, nil }}
	f.add(t, "notes", overHTTP(t, downstream(), true))
	f.approve(t, "notes")
	f.policy(t, "notes", map[string]store.ToolPolicy{"*": store.ToolOff, "text": store.ToolRead, "user_error": store.ToolRead, "ask": store.ToolRead, "echo": store.ToolConfirm})
	return f, p, f.connectBy(t, "stdio", "modern")
}

func callFor(t *testing.T, s *mcp.ClientSession, tool string, args map[string]any) (map[string]any, string) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	if res.IsError {
		return nil, textOf(res)
	}
	b, _ := json.Marshal(res.StructuredContent)
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out, ""
}

// The tools of other servers are called in conversations as hosts call them: what
// a person lets read runs, the rest waits, what is off is not there, and nothing
// of it crosses uncleared in either direction.
func TestAProviderCallsToolsOfOtherServersAsAHostDoes(t *testing.T) {
	host := "10.77.1.2"
	f, p, s := talking(t, func(turn script.Turn) script.Answer {
		if turn.Messages[len(turn.Messages)-1].Role == "tool" {
			return script.Answer{Text: "Seen."}
		}
		return script.Answer{Text: "I look.", Calls: []script.Call{
			{Name: "mcp_notes_text", Arguments: `{"host":"` + host + `"}`},
			{Name: "mcp_notes_user_error", Arguments: `{}`},
			{Name: "mcp_notes_ask", Arguments: `{}`},
			{Name: "mcp_notes_structured", Arguments: `{}`},
			{Name: "mcp_notes_text", Arguments: `[1`},
			{Name: "mcp_notes_echo", Arguments: `{"host":"` + host + `","approval_id":"0197a1f2-1d0b-7c11-b1e5-2b7f5a90cc03"}`},
		}}
	})
	made, _ := callFor(t, s, "create_issue", map[string]any{"title": "Down", "severity": "high", "category": "databases"})
	issue := made["issue"].(map[string]any)["id"].(string)
	out, problem := callFor(t, s, "triage_chat", map[string]any{"issue_id": issue, "message": "Look."})
	if problem != "" || out["waiting"] == nil {
		t.Fatalf("%v %s\n%s", out, problem, f.log.Bytes())
	}
	offered := p.Sent()[0].Tools
	if !slices.Contains(offered, "mcp_notes_text") || !slices.Contains(offered, "mcp_notes_echo") || slices.Contains(offered, "mcp_notes_structured") || slices.Contains(offered, "mcp_notes_steal") {
		t.Errorf("offered: %v", offered)
	}
	list, err := f.store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 || list[0].Tool != "mcp_notes_echo" || list[0].Owner != "conversation:"+out["conversation_id"].(string) || strings.Contains(list[0].Preview, host) || strings.Contains(list[0].Preview, "approval_id") {
		t.Fatalf("%+v, %v", list, err)
	}
	person := gate.WithCaller(t.Context(), gate.Caller{ID: "tester", Channel: gate.ChannelTerminal, Attended: true})
	if _, err := f.gate.AnswerApproval(person, list[0].ID, true); err != nil {
		t.Fatal(err)
	}
	out, problem = callFor(t, s, "triage_chat", map[string]any{"conversation_id": out["conversation_id"]})
	if problem != "" || out["answer"] != "Seen." || out["waiting"] != nil {
		t.Fatalf("%v %s", out, problem)
	}
	var results []string
	for _, m := range p.Sent()[1].Messages {
		if m.Role == "tool" {
			results = append(results, m.Text)
		}
	}
	for i, want := range []string{`"text":`, `"failed":true`, "nobody could be asked", "no tool of this name", "do not fit", `args {\"host\":\"[`} {
		if !strings.Contains(results[i], want) {
			t.Errorf("result %d is %s, not %q", i, results[i], want)
		}
	}
	for _, turn := range p.Sent() {
		if text := fmt.Sprint(turn); strings.Contains(text, email) || strings.Contains(text, password) || strings.Contains(text, host) {
			t.Errorf("the provider was sent %s", text)
		}
	}
	calls := 0
	if err := f.store.Entries(t.Context(), 1, 0, func(e audit.Entry) error {
		if e.Action == audit.ActionMCPToolCall && strings.Contains(string(e.Details), `"intent"`) && strings.Contains(string(e.Details), `"channel":"conversation"`) {
			calls++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if calls < 4 {
		t.Errorf("%d calls that left are on the record as the conversation's", calls)
	}
	// What changes is offered to no provider until a person has seen it.
	if err := f.store.DeleteServer(t.Context(), f.get(t, "notes").ID); err != nil {
		t.Fatal(err)
	}
	callFor(t, s, "triage_chat", map[string]any{"conversation_id": out["conversation_id"], "message": "Again."})
	last := p.Sent()[len(p.Sent())-1]
	if slices.Contains(last.Tools, "mcp_notes_text") || !strings.Contains(last.Last("tool"), "no tool of this name") {
		t.Errorf("it is still offered: %v", last.Tools)
	}
}
