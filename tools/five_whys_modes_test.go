package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// answers connects a host whose person answers the questions in turn; each
// answer sees the question.
func (b *bench) answers(era string, list ...func(question string) *mcp.ElicitResult) *[]string {
	b.t.Helper()
	asked := new([]string)
	b.connectWith(setup{era: era}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			n := len(*asked)
			*asked = append(*asked, r.Params.Message)
			if n >= len(list) {
				return &mcp.ElicitResult{Action: "accept", Content: map[string]any{}}, nil
			}
			return list[n](r.Params.Message), nil
		},
	})
	return asked
}

func form(pairs ...string) func(string) *mcp.ElicitResult {
	content := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		content[pairs[i]] = pairs[i+1]
	}
	return func(string) *mcp.ElicitResult { return &mcp.ElicitResult{Action: "accept", Content: content} }
}

func dismiss(action string) func(string) *mcp.ElicitResult {
	return func(string) *mcp.ElicitResult { return &mcp.ElicitResult{Action: action} }
}

var bothEras = []string{"2025-11-25", "2026-07-28"}

// A person is asked round after round, in both eras: the chain of whys, a
// rival, a countermeasure, the other lanes. What they know is testimony, and
// testimony confirms nothing.
func TestAPersonIsAskedOverManyRounds(t *testing.T) {
	for _, era := range bothEras {
		b := newBench(t, setup{})
		asked := b.answers(era,
			form("what", "Checkout answered 502", "where", "shop", "is_not", "the catalogue"),
			form("because", "The pods of checkout failed their readiness probe", "how_known", "I saw it in the console"),
			form("because", "The probe of checkout times out after 1 s", "how_known", "it is in values.yaml"),
			form("end", "actionable", "end_why", "with 5 s the pods would have stayed ready", "who", "jane.roe@acme-widgets.com"),
			form("claim", "The database refused connections", "against", "the database answered me"),
			form("text", "Raise the timeout of the probe to 5 s", "type", "prevent", "owner", "platform", "due", "2026-13-45"),
			form("text", "Raise the timeout of the probe to 5 s", "type", "prevent", "owner", "platform", "due", "2026-05-01"),
			form("because", "The alert for 502 goes to a mailbox"),
		)
		out := b.call("five_whys_step", map[string]any{"issue_id": b.issue(), "mode": "person"})
		view := at[map[string]any](t, out, "asked")
		if era == bothEras[0] && view["ended"] != "done" {
			t.Errorf("%s: asking ended with %v after %d questions: %q", era, view, len(*asked), *asked)
		}
		if era == bothEras[1] && (view["ended"] != "more" || !strings.Contains(fmt.Sprint(view["next"]), "call again")) {
			t.Errorf("%s: asking ended with %v after %d questions: %q", era, view, len(*asked), *asked)
		}
		questions := strings.Join(*asked, "\n")
		for _, want := range []string{
			"State the problem", "Why did this happen: Checkout answered 502?", "Why: The pods of checkout failed their readiness probe?",
			"What else could explain", "What will be done", "That could not be taken: countermeasures[0].due is not a date", "Why was it not noticed sooner?",
		} {
			if !strings.Contains(questions, want) {
				t.Errorf("%s: nobody asked %q:\n%s", era, want, questions)
			}
		}
		tree := at[string](t, out, "tree")
		for _, want := range []string{"The probe of checkout times out after 1 s (hypothesis, e2) ROOT CAUSE, INCONCLUSIVE", "or else a1: The database refused connections (hypothesis)", "The alert for 502 goes to a mailbox"} {
			if !strings.Contains(tree, want) {
				t.Errorf("%s: the tree lacks %q:\n%s", era, want, tree)
			}
		}
		if out["verdict"] != "INCONCLUSIVE" {
			t.Errorf("%s: on a person's word alone the verdict is %v", era, out["verdict"])
		}
		id := at[string](t, out, "analysis_id")
		a, err := b.deps.Store.Analysis(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(a.State), "jane.roe@acme-widgets.com") || !strings.Contains(string(a.State), "[Email_") {
			t.Errorf("%s: what the person typed was not redacted: %s", era, a.State)
		}
		if _, err := b.deps.Store.AnalysisAt(t.Context(), id, 2); err != nil {
			t.Errorf("%s: the steps between are not kept: %v", era, err)
		}
		// Going on asks what is left, and then nothing.
		for range 3 {
			out = b.call("five_whys_step", map[string]any{"analysis_id": id, "revision": out["revision"], "mode": "person"})
		}
		if at[string](t, out, "asked", "ended") != "done" {
			t.Errorf("%s: asked to the end, it ends with %v", era, out["asked"])
		}
	}
}

// No, not now, and nobody there are three different answers, and what was
// answered before them is kept.
func TestDeclinedCancelledAndNotCapableAreDifferent(t *testing.T) {
	for _, era := range bothEras {
		for action, ended := range map[string]string{"decline": "declined", "cancel": "cancelled"} {
			b := newBench(t, setup{})
			b.answers(era, form("because", "The pool of checkout was used up"), dismiss(action))
			out := b.call("five_whys_step", map[string]any{"issue_id": b.issue(), "mode": "person", "problem": map[string]any{"what": "Checkout answered 502"}})
			if got := at[map[string]any](t, out, "asked"); got["ended"] != ended || got["answered"] != float64(1) {
				t.Errorf("%s %s: %v", era, action, got)
			}
			if !strings.Contains(at[string](t, out, "tree"), "The pool of checkout was used up") {
				t.Errorf("%s %s: what was answered before is lost:\n%v", era, action, out["tree"])
			}
			// At the first question nothing is begun.
			b.answers(era, dismiss(action))
			issue := b.issue()
			_, said := b.try("five_whys_step", map[string]any{"issue_id": issue, "mode": "person"})
			if !strings.Contains(said, "nothing was begun") {
				t.Errorf("%s %s at once: %q", era, action, said)
			}
			if list, err := b.deps.Store.AnalysesOf(t.Context(), issue); err != nil || len(list) > 0 {
				t.Errorf("%s %s at once: %d analyses, %v", era, action, len(list), err)
			}
		}
		b := newBench(t, setup{era: era}) // a host that cannot ask
		_, said := b.try("five_whys_step", map[string]any{"issue_id": b.issue(), "mode": "person", "problem": map[string]any{"what": "Checkout answered 502"}})
		if !strings.Contains(said, "cannot be asked") || !strings.Contains(said, "mode agent") {
			t.Errorf("%s: a host that cannot ask is answered %q", era, said)
		}
	}
}

func TestModesTakeOnlyWhatIsTheirs(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	out := b.call("five_whys_step", map[string]any{"issue_id": issue, "problem": map[string]any{"what": "Checkout answered 502"}})
	id := out["analysis_id"]
	for _, c := range []struct {
		args map[string]any
		says string
	}{
		{map[string]any{"analysis_id": id, "revision": 1, "mode": "person", "finish": true}, "the person proposes"},
		{map[string]any{"analysis_id": id, "revision": 7, "mode": "person"}, "at revision 1, not 7"},
		{map[string]any{"analysis_id": id, "revision": 1, "mode": "person", "problem": map[string]any{"what": "x"}}, "already stated"},
		{map[string]any{"analysis_id": id, "revision": 1, "mode": "provider"}, "this installation has none"},
		{map[string]any{"analysis_id": id, "revision": 1, "mode": "provider", "finish": true}, "the provider proposes"},
		{map[string]any{"analysis_id": id, "revision": 1, "provider": "x"}, "is for mode provider"},
		{map[string]any{"analysis_id": id, "revision": 1, "mode": "oracle"}, "schema"},
	} {
		if _, said := b.try("five_whys_step", c.args); !strings.Contains(said, c.says) {
			t.Errorf("%v: %q, want an answer that says %q", c.args, said, c.says)
		}
	}
}

// puppet is a provider that answers as it is told.
type puppet struct {
	replies []string
	err     error
	briefs  []string
}

func (p *puppet) Names() (provider, model string) { return "puppet", "strings" }

func (p *puppet) Destination() gate.Destination { return "ai:provider/puppet" }

func (p *puppet) Propose(_ context.Context, _ string, brief gate.Cleared) (string, error) {
	text, err := brief.Text(p.Destination())
	if err != nil {
		return "", err
	}
	p.briefs = append(p.briefs, text)
	if p.err != nil {
		return "", p.err
	}
	return p.replies[min(len(p.briefs), len(p.replies))-1], nil
}

// What a provider proposes is judged as anybody's: it can claim, and not
// decide.
func TestTheEngineJudgesWhatAProviderProposes(t *testing.T) {
	loop := `{"nodes":[{"id":"a","claim":"Pool one was used up","parents":["b"]},{"id":"b","claim":"Pool two was used up","parents":["a"]}]}`
	for _, c := range []struct {
		name    string
		replies []string
		err     error
		says    string // of the error; empty when the step is taken
		tree    string
	}{
		{"a claim", []string{"Sure! ```json\n{\"nodes\":[{\"id\":\"pool\",\"claim\":\"The pool of checkout was used up\"}]}\n```"}, nil, "", "pool The pool of checkout was used up (hypothesis)"},
		{
			"a forged excerpt",
			[]string{`{"nodes":[{"id":"pool","claim":"The pool of checkout was used up"}],"evidence":[{"on":"pool","type":"log_excerpt","ref":"log:app#L1-L1@0123456789abcdef","text":"pool exhausted: 50 of 50"}]}`},
			nil, "", "pool The pool of checkout was used up (hypothesis, e1)",
		},
		{"status and verdict", []string{`{"nodes":[{"id":"a","claim":"x","status":"supported"}],"verdict":"CONFIRMED"}`}, nil, "unknown field", ""},
		{"no JSON", []string{"I cannot help with that."}, nil, "no JSON object", ""},
		{"a loop", []string{loop}, nil, "cause of itself", ""},
		{"a loop, then sense", []string{loop, `{"nodes":[{"id":"pool","claim":"The pool of checkout was used up"}]}`}, nil, "", "pool The pool of checkout was used up"},
		{"unknown ids", []string{`{"nodes":[{"claim":"x","parents":["nobody"]}]}`}, nil, "does not exist", ""},
		{"another problem", []string{`{"problem":{"what":"Something else"}}`}, nil, "already stated", ""},
		{"nothing", []string{`{}`}, nil, "changes nothing", ""},
		{"too much", []string{`{"nodes":[{"claim":"` + strings.Repeat("x", maxProposal) + `"}]}`}, nil, "more than", ""},
		{"a wrong revision", []string{`{"revision":99,"nodes":[{"id":"pool","claim":"The pool of checkout was used up"}]}`}, nil, "", "pool The pool"},
		{"an original", []string{`{"nodes":[{"id":"n","claim":"The mailbox jane.roe@acme-widgets.com was full"}]}`}, nil, "", "The mailbox [Email_"},
		{"prose for an id", []string{`{"nodes":[{"id":"jane.roe@acme-widgets.com","claim":"x"}]}`}, nil, "", ""},
		{"silence", nil, errors.New("429 Too Many Requests"), "429 Too Many Requests", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, setup{})
			p := &puppet{replies: c.replies, err: c.err}
			b.deps.Proposers = func(name string) (Proposer, error) {
				if name != "" {
					return nil, fmt.Errorf("there is no provider %q; there is: puppet", name)
				}
				return p, nil
			}
			issue := b.issue()
			begun := b.call("five_whys_step", map[string]any{"issue_id": issue, "problem": map[string]any{"what": "Checkout answered 502"}})
			args := map[string]any{"analysis_id": begun["analysis_id"], "revision": 1, "mode": "provider"}
			out, said := b.try("five_whys_step", args)
			switch {
			case c.says != "" && !strings.Contains(said, c.says):
				t.Errorf("the answer is %q, want one that says %q", said, c.says)
			case c.says == "" && c.tree != "" && (said != "" || !strings.Contains(at[string](t, out, "tree"), c.tree)):
				t.Errorf("%q, %v; want a tree with %q", said, out["tree"], c.tree)
			}
			if said == "" && out["verdict"] == "CONFIRMED" {
				t.Error("a provider's word confirmed a cause")
			}
			if said != "" {
				a, err := b.deps.Store.Analysis(t.Context(), at[string](t, begun, "analysis_id"))
				if err != nil || a.Revision != 1 {
					t.Errorf("a refused proposal left revision %d, %v", a.Revision, err)
				}
			}
			sends, err := b.deps.Store.ListEntries(t.Context(), storeSends)
			if err != nil || len(sends) != 2*len(p.briefs) {
				t.Errorf("%d entries for %d briefs, %v", len(sends), len(p.briefs), err)
			}
			for i, brief := range p.briefs {
				if !strings.Contains(brief, "Checkout answered 502") || i > 0 && !strings.Contains(brief, "was refused") {
					t.Errorf("brief %d:\n%s", i, brief)
				}
			}
			if _, said := b.try("five_whys_step", map[string]any{"analysis_id": begun["analysis_id"], "mode": "provider", "provider": "other"}); !strings.Contains(said, "there is: puppet") {
				t.Errorf("an unknown provider: %q", said)
			}
		})
	}
}

var storeSends = store.EntryFilter{Action: "ai_send"}

// A drawing goes through the gate as everything does, and is whole after it.
// An analysis may have hundreds of claims. What a step answers stays readable,
// and the rest is a call away.
func TestTheAnswerToAStepStaysShort(t *testing.T) {
	b := newBench(t, setup{})
	args := map[string]any{"issue_id": b.issue(), "problem": map[string]any{"what": "Checkout answered 502"}}
	var out map[string]any
	for from := 0; from < 240; from += 40 {
		var nodes []any
		for i := from; i < from+40; i++ {
			n := map[string]any{"id": fmt.Sprintf("w%d", i), "claim": fmt.Sprintf("Worker %d of the export job kept its connection while %d others waited for theirs in the queue of the pool", i, i)}
			if i > 3 {
				n["parents"] = []any{fmt.Sprintf("w%d", i/4)}
			}
			nodes = append(nodes, n)
		}
		args["nodes"] = nodes
		out = b.call("five_whys_step", args)
		args = map[string]any{"analysis_id": out["analysis_id"], "revision": out["revision"]}
	}
	args["nodes"] = []any{map[string]any{"id": "limit", "claim": "The export job has no limit of workers", "parents": []any{"w239"}}}
	out = b.call("five_whys_step", args)
	if tree := at[string](t, out, "tree"); len(tree) > 10_000 || len(mustJSON(out)) > 30_000 || !strings.Contains(tree, "limit The export job") {
		t.Errorf("the answer has %d bytes, its tree %d:\n%s", len(mustJSON(out)), len(tree), tree)
	}
	whole := at[string](t, b.call("get_five_whys", map[string]any{"analysis_id": out["analysis_id"]}), "content")
	if n := strings.Count(whole, "Worker "); n != 240 {
		t.Errorf("get_five_whys draws %d claims", n)
	}
}

func TestAnAnalysisIsDrawnInEveryForm(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	log := b.log(issue, "04:09 ERROR pool exhausted: 50 of 50 in use\n")
	out := b.call("five_whys_step", map[string]any{
		"issue_id": issue, "problem": map[string]any{"what": "Checkout answered 502"},
		"nodes":    []any{map[string]any{"id": "pool", "claim": "All 50 connections of the pool were in use"}},
		"evidence": []any{map[string]any{"on": "pool", "type": "log_excerpt", "ref": b.refs(log)[0], "text": "pool exhausted: 50 of 50 in use"}},
	})
	for format, want := range map[string]string{
		"": "pool All 50 connections", "tree": "(supported, e1) OPEN", "mermaid": "graph TD", "svg": "<svg xmlns", "json": `"text":"pool exhausted: 50 of 50 in use"`,
	} {
		args := map[string]any{"analysis_id": out["analysis_id"]}
		if format != "" {
			args["format"] = format
		}
		got := b.call("get_five_whys", args)
		content := at[string](t, got, "content")
		if !strings.Contains(content, want) || got["verdict"] != out["verdict"] {
			t.Errorf("%q: %v, %s", format, got["verdict"], content)
		}
		if format != "json" {
			continue
		}
		f, err := triage.ParseFile(strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r, err := triage.CheckFile(t.Context(), f)
		if err != nil || r.Coverage.Supported != 1 {
			t.Errorf("kept as JSON it is judged %+v, %v", r, err)
		}
	}
	if _, said := b.try("get_five_whys", map[string]any{"analysis_id": "0197a1f1-9f02-7a10-8d3b-54c0d1f0aa10"}); !strings.Contains(said, "no analysis") {
		t.Errorf("an unknown analysis: %q", said)
	}
}
