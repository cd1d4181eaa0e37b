package triage

import (
	"slices"
	"testing"
)

func TestTimesInTheWordsOfClaimsMustBeInOrder(t *testing.T) {
	for _, c := range []struct {
		effect, cause, when string
		found               bool
	}{
		{"The pool was exhausted at 2026-03-01T04:09:30Z", "The export job started at 2026-03-01T04:12:00Z", "", true},
		{"The pool was exhausted at 2026-03-01T04:12:00Z", "The export job started at 2026-03-01T04:09:30Z", "", false},
		{"The pool was exhausted at 2026-03-01T04:09:30Z", "The export job started at 2026-03-01T05:05:00+01:00", "", false},
		{"The pool was exhausted at 2026-03-01T04:09:30Z", "The export job started at 2026-03-01T05:12:00+01:00", "", true},
		{"The pool was exhausted at 10:42 UTC", "The export job started at 10:55 UTC", "2026-03-01, for an hour", true},
		{"The pool was exhausted at 10:42 UTC", "The export job started at 10:55 UTC", "", false}, // of another day, perhaps
		{"On 2026-03-01 the pool was exhausted at 10:42", "The export job of 2026-03-01 started at 11:05", "", true},
		{"On 2026-03-02 the pool was exhausted at 10:42", "The export job of 2026-03-01 started at 11:05", "", false},
		{"The pool was exhausted at 10:42 UTC", "The export job started at 11:55 CET", "2026-03-01", true},
		{"The pool was exhausted at 10:42 UTC", "The export job started at 11:40 CET", "2026-03-01", false},
		{"The pool was exhausted at 10:42 UTC", "The export job started at 10:55", "2026-03-01", false}, // whose clock?
		{"The pool was exhausted at 9:15", "The export job started at 09:20", "2026-03-01", true},
		{"The pool was exhausted at 9:15 am", "The export job started at 1:20 pm", "2026-03-01", true},
		{"The pool was exhausted at 09:15", "The export job started at 09:15:40", "2026-03-01", false}, // within the minute
		{"The pool was exhausted at 09:15", "The export job runs daily at 10:00", "2026-03-01", false},
		{"The pool was exhausted at 09:15", "The export job ran from 09:00 to 10:00", "2026-03-01", false},
		{"The pool was exhausted at 09:15", "The export job ran until 10:00", "2026-03-01", false},
		{"The pool was exhausted at 09:15", "The export job kept 10:30 as its ratio", "2026-03-01", false},
		{"The pool was exhausted at 09:15", "The export job started at 10:00", "2026-03-01 to 2026-03-02", false},
	} {
		r, err := CheckFile(t.Context(), &File{
			Problem: ProblemInput{What: "Orders answered 500", When: c.when},
			Nodes: []FileNode{
				{NodeInput: NodeInput{ID: "effect", Claim: c.effect}},
				{NodeInput: NodeInput{ID: "cause", Claim: c.cause, Parents: []string{"effect"}}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Lint == LintOrder && f.Node == "cause" })
		if found != c.found {
			t.Errorf("%q <- %q on %q: found is %v", c.effect, c.cause, c.when, found)
		}
	}
}

// What one does in a field outranks what one writes.
func TestTheFieldOfAClaimDatesItBeforeItsWords(t *testing.T) {
	n := &Node{Claim: "The job started at 2026-03-01T05:00:00Z", At: "2026-03-01T04:00:00Z"}
	at := momentOf(n, saidAt(n.Claim, words(n.Claim)), "")
	if got := at.at.Format("15:04"); got != "04:00" {
		t.Errorf("dated %s", got)
	}
}
