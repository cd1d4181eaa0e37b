package triage

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// standing is what an analysis says now: everything but its history.
func standing(t *testing.T, a *Analysis) string {
	t.Helper()
	f, err := FileOf(t.Context(), a, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Undoing the last step gives what stood before it, undoing that undo gives
// the step back, and nothing ever leaves the state.
func TestUndoingAStepAndUndoingTheUndo(t *testing.T) {
	undone := 0
	for _, tr := range transcripts(t) {
		var a *Analysis
		for i, in := range tr.steps {
			before := a
			res, err := Engine{}.Step(t.Context(), a, in, tr.logs)
			if err != nil || res.Replayed {
				continue
			}
			a = &res.Analysis
			if before == nil || len(in.Nodes)+len(in.Evidence)+len(in.Countermeasures)+len(in.Withdraw) == 0 {
				continue
			}
			undo, err := Engine{}.Step(t.Context(), a, StepInput{Revision: a.Revision, Undo: "last"}, tr.logs)
			if err != nil {
				t.Fatalf("%s step %s: %v", tr.path, tr.names[i], err)
			}
			if got, want := standing(t, &undo.Analysis), standing(t, before); got != want {
				t.Errorf("%s step %s: undone it leaves\n%s\nnot\n%s", tr.path, tr.names[i], got, want)
			}
			redo, err := Engine{}.Step(t.Context(), &undo.Analysis, StepInput{Revision: undo.Revision, Undo: "last"}, tr.logs)
			if err != nil {
				t.Fatalf("%s step %s: %v", tr.path, tr.names[i], err)
			}
			if got, want := standing(t, &redo.Analysis), standing(t, a); got != want {
				t.Errorf("%s step %s: the undo undone leaves\n%s\nnot\n%s", tr.path, tr.names[i], got, want)
			}
			g, err := LoadGraph(redo.Analysis.State)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range in.Nodes {
				if n.Claim != "" && n.RivalOf == "" && !bytes.Contains(undo.Analysis.State, []byte(tidy(n.Claim))) {
					t.Errorf("%s step %s: the undone claim %q is gone from the state", tr.path, tr.names[i], n.Claim)
				}
			}
			if len(g.Steps) < 3 {
				t.Errorf("%s: %d steps are noted", tr.path, len(g.Steps))
			}
			undone++
		}
	}
	if undone < 20 {
		t.Errorf("only %d steps were undone", undone)
	}
}

func TestUndoOfANamedStep(t *testing.T) {
	logs := memory{"app": {"04:00 disk /var is full: 100 % of 20 GiB in use"}}
	var a *Analysis
	step := func(in StepInput) error {
		t.Helper()
		if a != nil {
			in.Revision = a.Revision
		}
		res, err := Engine{}.Step(t.Context(), a, in, logs)
		if err == nil {
			a = &res.Analysis
		}
		return err
	}
	for _, in := range []StepInput{
		{StepID: "begin", Problem: &ProblemInput{What: "Logins failed"}},
		{StepID: "full", Nodes: []NodeInput{{ID: "full", Claim: "The disk /var was full"}}},
		{StepID: "shown", Evidence: []EvidenceInput{{On: "full", Type: "log_excerpt", Ref: NewLogRef("app", 1, logs["app"]).String(), Text: "disk /var is full"}}},
		{StepID: "other", Nodes: []NodeInput{{ID: "other", Claim: "The volume /var had no free inodes", Replaces: "full"}}},
		{StepID: "gate", Nodes: []NodeInput{{ID: "other", Gate: "OR"}}},
	} {
		if err := step(in); err != nil {
			t.Fatal(err)
		}
	}
	if err := step(StepInput{Undo: "other"}); err != nil {
		t.Fatal(err)
	}
	g, err := LoadGraph(a.State)
	if err != nil {
		t.Fatal(err)
	}
	if n := g.Node("full"); n.SupersededBy != "" || n.Status != Supported {
		t.Errorf("after undoing its replacement the claim is %q, superseded by %q", n.Status, n.SupersededBy)
	}
	if g.Node("other").SupersededBy != withdrawn {
		t.Error("the replacement still stands")
	}
	for _, c := range []struct{ undo, says string }{
		{"nonsense", "names no step"}, {"begin", "stated the problem"}, {"1", "stated the problem"}, {"99", "names no step"},
	} {
		var ie *InputError
		if err := step(StepInput{Undo: c.undo}); !errors.As(err, &ie) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("undo %q: %v, want an input error that says %q", c.undo, err, c.says)
		}
	}
	// By revision: the evidence came with revision 3.
	if err := step(StepInput{Undo: "3"}); err != nil {
		t.Fatal(err)
	}
	if g, _ = LoadGraph(a.State); g.Node("full").Status != Hypothesis {
		t.Errorf("without its evidence the claim is %q", g.Node("full").Status)
	}
}

func TestUndoRefusesWhatLaterStepsBuiltUpon(t *testing.T) {
	var a *Analysis
	step := func(in StepInput) error {
		if a != nil {
			in.Revision = a.Revision
		}
		res, err := Engine{}.Step(t.Context(), a, in, nil)
		if err == nil {
			a = &res.Analysis
		}
		return err
	}
	for _, in := range []StepInput{
		{Problem: &ProblemInput{What: "Logins failed"}, Nodes: []NodeInput{{ID: "a", Claim: "Node sso-1 had no memory left"}, {ID: "b", Claim: "The heap of sso grew by 40 MB an hour"}}},
		{StepID: "stop", Nodes: []NodeInput{{ID: "a", Stop: "unknowable", Why: "rotated away"}}},
		{StepID: "stop2", Nodes: []NodeInput{{ID: "a", Stop: "external", Why: "the vendor's"}}},
		{StepID: "link", Nodes: []NodeInput{{ID: "b", Parents: []string{"a"}}}},
		{StepID: "unlink", Undo: "link"},
		{StepID: "back", Nodes: []NodeInput{{ID: "a", Parents: []string{"b"}}}},
	} {
		if err := step(in); err != nil {
			t.Fatalf("%s: %v", in.StepID, err)
		}
	}
	before := string(a.State)
	for undo, says := range map[string]string{"stop": "was changed since", "unlink": "a cause of itself"} {
		if err := step(StepInput{Undo: undo}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("undo %s: %v, want an error that says %q", undo, err, says)
		}
	}
	if string(a.State) != before {
		t.Error("a refused undo changed the state")
	}
}
