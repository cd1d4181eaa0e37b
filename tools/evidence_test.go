package tools

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

// record notes a call of a tool, as the chain of the server does, and returns
// the sequence numbers of its intent and its outcome.
func (b *bench) record(user, status string) (intent, outcome int64) {
	b.t.Helper()
	ctx := gate.WithCaller(b.t.Context(), gate.Caller{ID: user, Channel: gate.ChannelStdio})
	call, err := b.gate.Begin(ctx, gate.Intent{Action: audit.ActionMCPToolCall, EntityType: "mcp_tool", EntityID: "prom_query"})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := call.End(ctx, gate.Outcome{Status: status}); err != nil {
		b.t.Fatal(err)
	}
	head, _, err := b.deps.Store.RecordHead(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return head - 1, head
}

// A cited call must be on the record, have been made by whoever cites it, and
// not have failed.
func TestACitedToolCallMustBeOnTheRecord(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	intent, outcome := b.record("agent", "ok")
	failedIntent, failedOutcome := b.record("agent", "error")
	otherIntent, otherOutcome := b.record("somebody", "ok")
	if err := b.gate.Note(b.person(), gate.Intent{Action: audit.ActionReview, EntityType: "log", EntityID: "x"}); err != nil {
		t.Fatal(err)
	}
	note, _, err := b.deps.Store.RecordHead(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	analysis := at[string](t, b.call("five_whys_step", map[string]any{"issue_id": issue, "problem": map[string]any{"what": "Logins failed"}}), "analysis_id")
	for i, c := range []struct {
		name string
		seq  int64
		ok   bool
	}{
		{"intent", intent, true},
		{"outcome", outcome, true},
		{"intent of a failed call", failedIntent, false},
		{"outcome of a failed call", failedOutcome, false},
		{"another's intent", otherIntent, false},
		{"another's outcome", otherOutcome, false},
		{"no call", note, false},
		{"nothing", note + 1000, false},
	} {
		id := fmt.Sprintf("n%d", i+1)
		out := b.call("five_whys_step", map[string]any{
			"analysis_id": analysis, "revision": i + 1,
			"nodes":    []any{map[string]any{"id": id, "claim": fmt.Sprintf("Pool %d of sso was used up", i)}},
			"evidence": []any{map[string]any{"on": id, "type": "tool_call", "ref": fmt.Sprintf("audit:%d", c.seq), "text": "pool_in_use 50"}},
		})
		missing := false
		for _, f := range at[[]any](t, out, "findings") {
			missing = missing || at[string](t, f, "lint") == "record-missing" && at[string](t, f, "node") == id
		}
		if missing == c.ok {
			t.Errorf("%s: record-missing is %v", c.name, missing)
		}
	}
	_, said := b.try("five_whys_step", map[string]any{
		"analysis_id": analysis, "revision": 9,
		"evidence": []any{map[string]any{"on": "n1", "type": "tool_call", "ref": "CHG-12", "text": "x"}},
	})
	if !strings.Contains(said, "audit:SEQ") {
		t.Errorf("a call cited by another id: %q", said)
	}
}

// A root cause that was found before says so when the analysis is finished.
func TestARootCauseThatWasFoundBeforeSaysSo(t *testing.T) {
	b := newBench(t, setup{})
	for i, want := range []bool{false, true, true} {
		if i == 2 { // Among more than are looked through, the words find it.
			for range maxPastIssues + 1 {
				b.issue()
			}
		}
		issue := b.issue()
		log := b.log(issue, fmt.Sprintf("04:0%d ERROR renewal of certificate for payments skipped, hook missing\n04:05 INFO clock offset 2 ms\n", i))
		refs := b.refs(log)
		out := b.call("five_whys_step", map[string]any{
			"issue_id": issue, "problem": map[string]any{"what": "Payments refused TLS handshakes"},
			"nodes": []any{
				map[string]any{"id": "hook", "claim": "The renewal of the certificate for payments was skipped for want of its hook", "stop": "actionable", "actionable_by": "platform", "why": "renewed, it would have been valid"},
				map[string]any{"id": "clock", "rival_of": "hook", "claim": "The clock of payments was off by hours"},
			},
			"evidence": []any{
				map[string]any{"on": "hook", "type": "log_excerpt", "ref": refs[0], "text": "renewal of certificate for payments skipped"},
				map[string]any{"on": "clock", "type": "log_excerpt", "ref": refs[1], "text": "clock offset 2 ms", "effect": "refutes"},
			},
			"countermeasures": []any{map[string]any{"node": "hook", "text": "Renew by ACME", "type": "prevent"}},
			"finish":          true,
		})
		found := false
		for _, f := range at[[]any](t, out, "findings") {
			found = found || at[string](t, f, "lint") == "recurrence"
		}
		if found != want {
			t.Errorf("incident %d: recurrence is %v: %v", i, found, out["findings"])
		}
	}
}

// refs returns a reference to each line of a log.
func (b *bench) refs(log string) []string {
	b.t.Helper()
	var out []string
	l, err := b.deps.Store.Log(b.t.Context(), log)
	if err != nil {
		b.t.Fatal(err)
	}
	for n := range l.Lines {
		out = append(out, at[string](b.t, b.call("read_log", map[string]any{"log_id": log, "from": n + 1, "to": n + 1}), "ref"))
	}
	return out
}
