package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

// scripted gives the bench a provider "scripted", which is the default, and
// another one.
func (b *bench) scripted(s script.Script) *script.Provider {
	p := &script.Provider{Title: "scripted", Script: s, Able: providers.Traits{Tools: true, ContextTokens: 32_000, MaxTokens: 1000, Priced: true}}
	other := &script.Provider{Title: "other", Able: providers.Traits{ContextTokens: 32_000, MaxTokens: 1000, Priced: true}}
	b.deps.Providers = &providers.Sender{
		Gate: b.gate, Store: b.deps.Store, Now: time.Now,
		Open: func(_ context.Context, name string) (providers.Provider, error) {
			switch name {
			case "", "scripted":
				return p, nil
			case "other":
				return other, nil
			}
			return nil, fmt.Errorf("%w: there are: [other scripted]", providers.ErrProvider)
		},
	}
	b.deps.Proposers = ProposersOf(b.deps.Providers)
	return p
}

func (b *bench) approved(issue, text string) string {
	b.t.Helper()
	log := b.log(issue, text)
	if err := b.gate.ApproveLog(b.person(), log); err != nil {
		b.t.Fatal(err)
	}
	return log
}

// recorded returns the details of the entries with an action, oldest first.
func (b *bench) recorded(a audit.Action) (list []map[string]any) {
	b.t.Helper()
	if err := b.deps.Store.Entries(b.t.Context(), 1, 0, func(e audit.Entry) error {
		if e.Action != a {
			return nil
		}
		var d map[string]any
		err := json.Unmarshal(e.Details, &d)
		list = append(list, d)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return list
}

const outage = "2026-03-01T14:05:01Z INFO checkout started for jane.roe@acme-widgets.com\n" +
	"2026-03-01T14:05:02Z ERROR connection pool exhausted: 50 of 50 in use\n" +
	"2026-03-01T14:05:03Z ERROR upstream timed out after 30s\n"

func TestAnAnalysisKeepsTheClaimsWhoseLinesHold(t *testing.T) {
	b := newBench(t, setup{})
	p := b.scripted(func(script.Turn) script.Answer {
		return script.Answer{Text: "Here it is:\n```json\n" + `{"summary":"s","claims":[
			{"statement":"The pool was used up.","line":2,"quote":"connection pool exhausted: 50 of 50","confidence":"high"},
			{"statement":"The pool was used up.","line":2,"quote":"connection pool exhausted: 50 of 50","confidence":"high"},
			{"statement":"A disk was full.","line":3,"quote":"no space left on device","confidence":"high"},
			{"statement":"It was Jane.","line":77,"quote":"connection pool exhausted","confidence":"high"},
			{"statement":"Time-outs followed.","line":3,"quote":"ERROR","confidence":"certain"},
			{"statement":"Time-outs followed for jane.roe@acme-widgets.com.","line":3,"quote":"upstream  timed out after 30s","confidence":"certain"},
			"nonsense"]}` + "\n```"}
	})
	issue := b.issue()
	log := b.approved(issue, outage)
	out := b.call("analyze_log", map[string]any{"log_id": log, "question": "Why 502? Ask ada.king@acme-widgets.com"})
	claims := out["claims"].([]any)
	if len(claims) != 2 || out["provider"] != "scripted" || out["lines_sent"] != float64(3) {
		t.Fatalf("%v", out)
	}
	first, second := claims[0].(map[string]any), claims[1].(map[string]any)
	if first["line"] != float64(2) || !strings.HasPrefix(first["ref"].(string), "log:"+log+"#L2-L2@") || first["confidence"] != "high" {
		t.Errorf("%v", first)
	}
	if second["quote"] != "upstream timed out after 30s" || second["confidence"] != nil || strings.Contains(second["statement"].(string), "jane.roe") {
		t.Errorf("%v", second)
	}
	if d := out["dropped"].(map[string]any); d["claims"] != float64(5) || d["line_not_shown"] != float64(2) || d["quote_not_in_line"] != float64(2) || d["repeated"] != float64(1) {
		t.Errorf("dropped: %v", d)
	}
	// A ref that is given can be cited.
	step := b.call("five_whys_step", map[string]any{"issue_id": issue, "problem": map[string]any{"what": "Checkout answered 502"}})
	b.call("five_whys_step", map[string]any{
		"analysis_id": step["analysis_id"], "revision": step["revision"], "nodes": []any{map[string]any{"id": "pool", "claim": "The pool of checkout was used up"}},
		"evidence": []any{map[string]any{"on": "pool", "type": "log_excerpt", "ref": first["ref"], "text": "connection pool exhausted: 50 of 50"}},
	})
	sent := p.Sent()[0]
	if text := sent.Last("user"); strings.Contains(text, "jane.roe") || strings.Contains(text, "ada.king") || !strings.Contains(text, "L2|2026-03-01T14:05:02Z ERROR connection pool exhausted") || !strings.Contains(text, `"templates"`) {
		t.Errorf("sent: %s", text)
	}
	ai := b.recorded(audit.ActionAISend)
	if len(ai) != 2 || ai[0]["provider"] != "scripted" || ai[0]["logs"].([]any)[0] != log || len(ai[0]["sha256"].([]any)) != 2 {
		t.Errorf("the record has %v", ai)
	}
}

func TestALongLogIsReadInPiecesAndPutTogether(t *testing.T) {
	b := newBench(t, setup{})
	p := b.scripted(nil)
	p.Able.ContextTokens = 6_000
	var text strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&text, "2026-03-01T14:%02d:%02dZ INFO request served in time by worker number %d\n", i/60%60, i%60, i%7)
		if i%900 == 899 {
			fmt.Fprintf(&text, "2026-03-01T14:%02d:%02dZ ERROR connection pool %c exhausted, request refused\n", i/60%60, i%60, 'a'+rune(i/900))
		}
	}
	issue := b.issue()
	log := b.approved(issue, text.String())
	out := b.call("analyze_log", map[string]any{"log_id": log})
	pieces := int(out["pieces"].(float64))
	if len(p.Sent()) > maxPieces+1 || len(out["claims"].([]any)) == 0 || !strings.Contains(out["note"].(string), "only the lines around") {
		t.Fatalf("%d requests, %v", len(p.Sent()), out)
	}
	if sent := out["lines_sent"].(float64); sent >= 4000 || sent < 10 || pieces < 1 {
		t.Errorf("%v lines in %d pieces", sent, pieces)
	}
	for _, turn := range p.Sent() {
		if n := len(turn.Last("user")); n > 6_000*3 {
			t.Errorf("a request has %d bytes", n)
		}
	}
	// A log of middling length goes whole, in several pieces.
	whole := b.approved(issue, strings.Repeat("2026-03-01T14:05:02Z ERROR connection pool exhausted: 50 of 50 in use\n", 100))
	out = b.call("analyze_log", map[string]any{"log_id": whole})
	if out["lines_sent"] != float64(100) || out["pieces"].(float64) < 2 || out["note"] != nil {
		t.Errorf("%v", out)
	}
}

func TestALogWaitsForItsReviewBeforeAProviderReadsIt(t *testing.T) {
	b := newBench(t, setup{})
	p := b.scripted(nil)
	issue := b.issue()
	log := b.log(issue, outage)
	for tool, args := range map[string]map[string]any{
		"analyze_log": {"log_id": log}, "triage_chat": {"issue_id": issue, "message": "Why?", "log_ids": []any{log}},
	} {
		_, problem := b.try(tool, args)
		if !strings.Contains(problem, "waits for a person's approval") || !strings.Contains(problem, "tftsr review "+log) || !strings.Contains(problem, "ai:provider/scripted") {
			t.Errorf("%s: %q", tool, problem)
		}
	}
	if len(p.Sent()) != 0 {
		t.Fatalf("sent: %v", p.Sent())
	}
	// Its tools do not give it to the provider either, and the answer says how.
	out := b.call("triage_chat", map[string]any{"issue_id": issue, "message": "Why?"})
	if waiting, ok := out["waiting"].([]any); !ok || len(waiting) != 1 || !strings.Contains(waiting[0].(string), "tftsr review "+log) {
		t.Errorf("%v", out)
	}
	for _, turn := range p.Sent() {
		for _, m := range turn.Messages {
			if strings.Contains(m.Text, "pool exhausted") {
				t.Errorf("the provider read %q", m.Text)
			}
		}
	}
	// Where the host can ask, the person there may approve.
	asking := newBench(t, setup{answer: "accept"})
	asking.scripted(nil)
	issue = asking.issue()
	log = asking.log(issue, outage)
	if out := asking.call("analyze_log", map[string]any{"log_id": log}); len(out["claims"].([]any)) != 2 {
		t.Errorf("%v", out)
	}
	declining := newBench(t, setup{answer: "decline"})
	q := declining.scripted(nil)
	issue = declining.issue()
	log = declining.log(issue, outage)
	if _, problem := declining.try("analyze_log", map[string]any{"log_id": log}); problem == "" || len(q.Sent()) != 0 {
		t.Errorf("declined: %q", problem)
	}
	auto := newBench(t, setup{config: func(c *config.Config) { c.Review = config.ReviewAuto }})
	auto.scripted(nil)
	auto.call("analyze_log", map[string]any{"log_id": auto.log(auto.issue(), outage)})
}

func TestAConversationIsKeptSearchedAndGivenBack(t *testing.T) {
	b := newBench(t, setup{})
	turns := 0
	p := b.scripted(func(turn script.Turn) script.Answer {
		turns++
		return script.Answer{Text: fmt.Sprintf("Why %d: the scheduler of tenant mail jane.roe@acme-widgets.com stalled.", turns)}
	})
	issue := b.issue()
	out := b.call("triage_chat", map[string]any{"issue_id": issue, "message": "Mails to jane.roe@acme-widgets.com stall."})
	id := out["conversation_id"].(string)
	if out["why_level"] != float64(1) || strings.Contains(out["answer"].(string), "jane.roe") {
		t.Errorf("%v", out)
	}
	b.call("triage_chat", map[string]any{"conversation_id": id, "message": "And before that?"})
	sent := p.Sent()[1].Messages
	var roles, texts []string
	for _, m := range sent {
		roles, texts = append(roles, m.Role), append(texts, m.Text)
	}
	if strings.Join(roles, " ") != "system system user assistant user" || !strings.HasPrefix(texts[0], "# Triage: ") || !strings.Contains(texts[2], "[Email_1] stall") || !strings.Contains(texts[3], "Why 1: ") {
		t.Errorf("roles %v, texts %q", roles, texts)
	}
	if strings.Contains(strings.Join(texts, ""), "jane.roe") {
		t.Errorf("sent: %q", texts)
	}
	found := b.call("triage_chat", map[string]any{"issue_id": issue, "search": "scheduler stalled"})["found"].([]any)
	if len(found) != 2 || found[0].(map[string]any)["conversation_id"] != id {
		t.Errorf("found: %v", found)
	}
	kept, err := b.deps.Store.Messages(t.Context(), id, 0)
	if err != nil || len(kept) != 4 || strings.Contains(fmt.Sprint(kept), "jane.roe") {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	events := fmt.Sprint(b.call("list_timeline_events", map[string]any{"issue_id": issue}))
	if strings.Count(events, "was reached in a conversation with scripted") != 2 {
		t.Errorf("the timeline has %s", events)
	}
	// Another provider goes on with it.
	set := b.call("set_provider", map[string]any{"conversation_id": id, "provider": "other"})
	if !strings.Contains(set["note"].(string), "the conversation so far") {
		t.Errorf("%v", set)
	}
	if out := b.call("triage_chat", map[string]any{"conversation_id": id, "message": "Go on."}); out["provider"] != "other" {
		t.Errorf("%v", out)
	}
	for _, wrong := range []map[string]any{
		{"message": "x"},
		{"issue_id": issue},
		{"conversation_id": id, "message": "x", "provider": "scripted"},
		{"conversation_id": "0195f000-0000-7000-8000-000000000001", "message": "x"},
		{"issue_id": issue, "message": "x", "provider": "nobody"},
		{"issue_id": issue, "message": "x", "search": "y"},
	} {
		if _, problem := b.try("triage_chat", wrong); problem == "" {
			t.Errorf("%v is taken", wrong)
		}
	}
}

func TestAProviderReadsWithToolsAndNothingOfAnotherIssue(t *testing.T) {
	b := newBench(t, setup{})
	issue, other := b.issue(), b.issue()
	log, foreign := b.approved(issue, outage), b.approved(other, "2026-03-01T14:05:02Z ERROR of another issue\n")
	calls := []script.Call{
		{Name: "search_log", Arguments: `{"log_id":"` + log + `","text":"exhausted"}`},
		{Name: "read_log", Arguments: `{"log_id":"` + foreign + `"}`},
		{Name: "digest_log", Arguments: `{"log_id":"` + log + `","compare_to":"` + foreign + `"}`},
		{Name: "list_logs", Arguments: `{"issue_id":"` + other + `"}`},
		{Name: "delete_issue", Arguments: `{"issue_id":"` + issue + `"}`},
		{Name: "read_log", Arguments: `{"log_id":"` + log + `","from":"jane.roe@acme-widgets.com"}`},
		{Name: "read_log", Arguments: `{`},
		{Name: "read_log", Arguments: `{"log_id":7}`},
	}
	p := b.scripted(func(turn script.Turn) script.Answer {
		if turn.Last("tool") == "" {
			return script.Answer{Text: "I look.", Calls: calls}
		}
		return script.Answer{Text: "The pool was used up."}
	})
	out := b.call("triage_chat", map[string]any{"issue_id": issue, "message": "Look."})
	if out["answer"] != "The pool was used up." || fmt.Sprint(out["tools_called"]) != "[search_log list_logs read_log]" {
		t.Errorf("%v", out)
	}
	second := p.Sent()[1]
	var results []string
	for _, m := range second.Messages {
		if m.Role == "tool" {
			results = append(results, m.Text)
		}
	}
	if len(results) != len(calls) {
		t.Fatalf("%d results: %q", len(results), results)
	}
	for i, want := range []string{"connection pool exhausted", "of another issue", "of another issue", `"logs"`, "no tool of this name", "do not fit", "do not fit", ""} {
		if !strings.Contains(results[i], want) {
			t.Errorf("the result of %v is %q", calls[i], results[i])
		}
	}
	if all := strings.Join(results, ""); strings.Contains(all, "ERROR of another issue") || strings.Contains(results[3], foreign) || strings.Contains(all, "jane.roe") {
		t.Errorf("results: %s", all)
	}
	if _, err := b.deps.Store.Issue(t.Context(), issue); err != nil {
		t.Error("the provider deleted the issue")
	}
	reads := 0
	for _, d := range b.recorded(audit.ActionToolCall) {
		if d["for"] == "ai:provider/scripted" {
			reads++
		}
	}
	if reads != 3 {
		t.Errorf("%d calls of the provider are on the record", reads)
	}
}

func TestRoundsOfAProviderAreBounded(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	p := b.scripted(func(script.Turn) script.Answer {
		return script.Answer{Calls: []script.Call{{Name: "list_logs", Arguments: `{}`}, {Name: "list_logs", Arguments: `{}`}, {Name: "list_logs", Arguments: `{}`}}}
	})
	_, problem := b.try("triage_chat", map[string]any{"issue_id": issue, "message": "Look."})
	if !strings.Contains(problem, "more calls of tools than a turn allows") || len(p.Sent()) != maxRounds {
		t.Errorf("%q after %d requests", problem, len(p.Sent()))
	}
	if last := p.Sent()[maxRounds-1]; !strings.Contains(last.Last("tool"), "answer now") {
		t.Errorf("it was not told: %q", last.Last("tool"))
	}
	if list, err := b.deps.Store.ConversationsOf(t.Context(), issue); err != nil || len(list) != 0 {
		t.Errorf("a turn without an answer is kept: %v, %v", list, err)
	}
}

func TestABudgetStopsATurnAndTheAnswerSaysSo(t *testing.T) {
	b := newBench(t, setup{})
	p := b.scripted(nil)
	if err := b.deps.Store.SetBudget(t.Context(), store.Budget{Scope: store.BudgetIssue, Owner: "ops", Tokens: 10}); err != nil {
		t.Fatal(err)
	}
	issue := b.issue()
	for tool, args := range map[string]map[string]any{
		"triage_chat": {"issue_id": issue, "message": "Why?"}, "draft_section": {"issue_id": issue, "section": "Impact"},
		"analyze_log":    {"log_id": b.approved(issue, outage)},
		"five_whys_step": {"issue_id": issue, "mode": "provider", "problem": map[string]any{"what": "Checkout answered 502"}},
	} {
		if _, problem := b.try(tool, args); !strings.Contains(problem, "budget of the issue does not allow this call") || !strings.Contains(problem, "tftsr provider budget") {
			t.Errorf("%s: %q", tool, problem)
		}
	}
	if len(p.Sent()) != 0 {
		t.Errorf("sent: %v", p.Sent())
	}
}

func TestAProviderProposesCausesAndDraftsSections(t *testing.T) {
	b := newBench(t, setup{})
	p := b.scripted(func(turn script.Turn) script.Answer {
		if turn.Schema == "draft_section" {
			return script.Answer{Text: `{"markdown":"Users such as jane.roe@acme-widgets.com saw 502."}`}
		}
		return script.Answer{Text: `{"nodes":[{"id":"pool","claim":"The pool of checkout was used up"}]}`}
	})
	issue := b.issue()
	step := b.call("five_whys_step", map[string]any{"issue_id": issue, "mode": "provider", "provider": "scripted", "problem": map[string]any{"what": "Checkout answered 502"}})
	if !strings.Contains(step["tree"].(string), "The pool of checkout was used up (hypothesis)") {
		t.Errorf("%v", step)
	}
	if ai := b.recorded(audit.ActionAISend); len(ai) != 2 || ai[0]["destination"] != "ai:provider/scripted" || ai[0]["provider"] != "scripted" || ai[0]["model"] != "scripted" || ai[0]["issue"] != issue || len(ai[0]["sha256"].([]any)) != 1 {
		t.Errorf("the record has %v", ai)
	}
	draft := b.call("draft_section", map[string]any{"issue_id": issue, "section": "Impact"})
	if draft["markdown"] != "Users such as [Email_1] saw 502." {
		t.Errorf("%v", draft)
	}
	if text := p.Sent()[1].Last("user"); !strings.Contains(text, "The pool of checkout was used up") || !strings.Contains(text, "Write the section: Impact") {
		t.Errorf("sent: %s", text)
	}
	if _, problem := b.try("five_whys_step", map[string]any{"issue_id": issue, "mode": "provider", "provider": "nobody", "problem": map[string]any{"what": "x y z"}}); !strings.Contains(problem, "no such provider") {
		t.Errorf("%q", problem)
	}
}

func TestATurnAtTheTerminalNeedsAPersonThere(t *testing.T) {
	b := newBench(t, setup{})
	b.scripted(nil)
	issue := b.issue()
	said := ""
	out, err := Talk(b.person(), b.deps, TalkIn{IssueID: issue, Message: "Why?", OnText: func(p string) { said += p }})
	if err != nil || out.Answer == "" || said != out.Answer {
		t.Errorf("%+v, %v, %q", out, err, said)
	}
	agent := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
	if _, err := Talk(agent, b.deps, TalkIn{IssueID: issue, Message: "Why?"}); !errors.Is(err, gate.ErrTerminalOnly) {
		t.Errorf("an agent: %v", err)
	}
}
