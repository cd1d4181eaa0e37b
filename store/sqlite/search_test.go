package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// A word that is in nearly every issue ranks nothing. The newest issues come
// first then, those with the word in their titles before them, and whatever a
// filter leaves; beside a rare word it only narrows.
func TestCommonWordsFindTheNewestIssues(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "tftsr.db"))
	const issues = maxRanked + 100
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := db.write(t.Context(), func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		for i := range issues {
			title, status := fmt.Sprint("only", i), "open"
			if i == 7 || i == issues-50 {
				title += " error"
			}
			if i == 3 {
				status = "closed"
			}
			at := start.Add(time.Duration(i) * time.Minute)
			if _, err := c.exec(`INSERT INTO issues (id, owner, title, description, severity, status, category, root_cause, tags, created_at, updated_at, revision)
				VALUES (?, '', ?, 'an error occurred', 'low', ?, '', '', '', ?, ?, 1)`, fmt.Sprint(i), title, status, at, at); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query  string
		filter store.IssueFilter
		want   []int
	}{
		{"error", store.IssueFilter{Limit: 4}, []int{issues - 50, 7, issues - 1, issues - 2}},
		{"occu", store.IssueFilter{Limit: 2}, []int{issues - 1, issues - 2}}, // the beginning of a word
		{"error occurred", store.IssueFilter{Limit: 2}, []int{issues - 1, issues - 2}},
		{"error", store.IssueFilter{Status: triage.StatusClosed}, []int{3}},
		{"error", store.IssueFilter{Until: start.Add(3 * time.Minute)}, []int{2, 1, 0}},
		{"error", store.IssueFilter{Since: start.Add((issues - 2) * time.Minute)}, []int{issues - 1, issues - 2}},
		{"error", store.IssueFilter{Until: start}, nil},
		{"error only77", store.IssueFilter{}, []int{77}},
		{"error nowhere", store.IssueFilter{Limit: 1}, []int{issues - 50}},
	} {
		hits, err := db.SearchIssues(t.Context(), c.query, c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, h.Issue.ID)
			if h.Snippet == "" {
				t.Errorf("%q %+v: issue %s has no snippet", c.query, c.filter, h.Issue.ID)
			}
		}
		var want []string
		for _, n := range c.want {
			want = append(want, fmt.Sprint(n))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q %+v found %v, want %v", c.query, c.filter, got, want)
		}
	}
}

// What is indexed of a log is bounded, whatever is in it, and what has no
// digits is not crowded out by what has.
func TestTheWordsOfALogAreBounded(t *testing.T) {
	var w logWords
	for i := range 3 * maxDigitWords {
		w.add(fmt.Appendf(nil, "request id%x took %d ms\n", i*7919, i*1_000_003))
	}
	w.add([]byte("postgres FATAL"))
	if w.digits != maxDigitWords || len(w.seen) != maxDigitWords+w.plain {
		t.Errorf("%d words with digits, %d in all", w.digits, len(w.seen))
	}
	for _, word := range []string{"request", "took", "postgres", "fatal"} {
		if _, ok := w.seen[word]; !ok {
			t.Errorf("%s is not indexed", word)
		}
	}
}
