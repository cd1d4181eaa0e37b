package triage

import (
	"fmt"
	"strings"
	"testing"
)

// The answer to a step draws what matters now, whatever the analysis has grown
// to.
func TestTheTreeOfAStepIsBounded(t *testing.T) {
	const most = 12
	in := StepInput{Problem: &ProblemInput{What: "Requests timed out"}}
	var a *Analysis
	for i := range 120 {
		n := NodeInput{ID: fmt.Sprintf("w%d", i), Claim: fmt.Sprintf("Worker %d kept its connection", i)}
		if i >= 3 {
			n.Parents = []string{fmt.Sprintf("w%d", i/3)}
		}
		if in.Nodes = append(in.Nodes, n); len(in.Nodes) < 40 {
			continue
		}
		res, err := Engine{}.Step(t.Context(), a, in, memory{})
		if err != nil {
			t.Fatal(err)
		}
		a = &res.Analysis
		in = StepInput{Revision: a.Revision}
	}
	res, err := Engine{}.Step(t.Context(), a, StepInput{Revision: a.Revision, Nodes: []NodeInput{{ID: "new", Claim: "The job has no limit of workers", Parents: []string{"w119"}}}}, memory{})
	if err != nil {
		t.Fatal(err)
	}
	got := res.Tree(most)
	drawn, left := strings.Count(got, "(hypothesis"), 0
	for line := range strings.Lines(got) {
		if _, more, ok := strings.Cut(line, "└─ … "); ok {
			n := 0
			if _, err := fmt.Sscanf(more, "%d more", &n); err != nil {
				t.Errorf("%q: %v", line, err)
			}
			left += n
		}
	}
	if drawn == 0 || drawn > most/2 || left == 0 {
		t.Errorf("%d claims are drawn, %d left out:\n%s", drawn, left, got)
	}
	for _, want := range []string{"new The job has no limit", "w119 ", "w39 ", "w13 ", "w4 ", "w1 ", "of the 121 claims"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	// Of the branches, the one that the step is about is told, and how many are not.
	if b := res.Branches; len(b) != maxListedBranches || b[0].Node != "new" || len(b)+res.Coverage.MoreBranches != res.Coverage.Open {
		t.Errorf("of %d branches there are %+v and %d more", res.Coverage.Open, b, res.Coverage.MoreBranches)
	}
	if whole, err := Tree(&res.Analysis); err != nil || res.Tree(121) != whole || strings.Contains(whole, "more\n") {
		t.Errorf("the whole tree is\n%s\n%v", res.Tree(121), err)
	}
}
