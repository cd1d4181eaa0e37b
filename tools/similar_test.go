package tools

import (
	"fmt"
	"strings"
	"testing"
)

func TestSimilarIssuesAreFoundWithWhy(t *testing.T) {
	b := newBench(t, setup{})
	create := func(title, description, category string) string {
		return at[string](t, b.call("create_issue", map[string]any{"title": title, "description": description, "severity": "high", "category": category}), "issue", "id")
	}
	old := create("Orders API answers 500", "sorry, too many clients already, from the pool of [Email_1]", "databases")
	b.call("update_issue", map[string]any{"issue_id": old, "revision": 1, "root_cause": "The export job kept every connection of the pool"})
	create("Portal does not load", "the certificate has expired", "security")
	for n := range 5 {
		create(fmt.Sprintf("Printer %d is out of paper", n), "somebody should fill it", "hardware")
	}
	now := create("Basket is slow", "FATAL: too many clients already; clients wait for [Email_1]", "databases")

	out := b.call("find_similar_issues", map[string]any{"issue_id": now})
	hits := at[[]any](t, out, "hits")
	if len(hits) != 1 || at[string](t, out, "hits", 0, "issue_id") != old || at[bool](t, out, "hits", 0, "same_category") != true {
		t.Fatalf("like %v", out)
	}
	terms := fmt.Sprint(at[[]any](t, out, "hits", 0, "terms"))
	if !strings.Contains(terms, "clients") || !strings.Contains(terms, "[Email_1]") {
		t.Errorf("because of %s", terms)
	}
	if cause := at[string](t, out, "hits", 0, "cause"); !strings.Contains(cause, "export job") || at[bool](t, out, "hits", 0, "cause_recurs") {
		t.Errorf("cause %q of %v", cause, out)
	}
	b.call("update_issue", map[string]any{"issue_id": now, "revision": 1, "root_cause": "An export job kept all connections of the pool again"})
	if out := b.call("find_similar_issues", map[string]any{"issue_id": now}); !at[bool](t, out, "hits", 0, "cause_recurs") {
		t.Errorf("the cause does not recur: %v", out)
	}
	if out := b.call("find_similar_issues", map[string]any{"text": "certificate of the portal", "limit": 1}); at[string](t, out, "hits", 0, "title") != "Portal does not load" {
		t.Errorf("like the text: %v", out)
	}
	if out := b.call("find_similar_issues", map[string]any{"text": "xylophone"}); len(at[[]any](t, out, "hits")) != 0 {
		t.Errorf("like nothing: %v", out)
	}
	for problem, args := range map[string]map[string]any{
		"one of them":     {},
		"give issue_id":   {"issue_id": now, "text": "x"},
		"no issue":        {"issue_id": "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"},
		"do not fit":      {"text": "x", "limit": 21},
		"not fit the sch": {"text": strings.Repeat("x", 5001)},
	} {
		if _, got := b.try("find_similar_issues", args); !strings.Contains(got, problem) {
			t.Errorf("%v is answered %q", problem, got)
		}
	}
}
