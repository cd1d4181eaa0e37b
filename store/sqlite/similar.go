package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// Bounds of a comparison. Each word costs a look at up to maxLikeIssues entries
// of the index, and each of the rarest another one for the ranking.
const (
	maxLikeWords  = 96
	maxLikeIssues = 1000 // what is in more is common and finds nothing
	maxLikeTerms  = 12
	maxLikeLogs   = 200 // issues whose logs have the words, of each word
	likeFromLogs  = 10  // at most, behind the others
)

// IssuesLike implements [store.Issues].
func (db *DB) IssuesLike(ctx context.Context, text string, limit int) (*store.LikeIssues, error) {
	out := &store.LikeIssues{Words: map[string]int{}}
	err := db.readLong(ctx, func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		return c.snapshot(func() error {
			if _, err := c.queryRow("SELECT coalesce(max(n), 0) FROM issues", nil, func(r row) error { out.Total = r.int(0); return nil }); err != nil {
				return err
			}
			rare, err := rarest(c, text, out.Words)
			if err != nil || len(rare) == 0 {
				return err
			}
			match := strings.Join(rare, " OR ")
			// Words of titles and causes are more telling than those of descriptions.
			if err := c.query(`SELECT `+issueColumns+` FROM (SELECT rowid AS n, bm25(issues_fts, 4, 1, 3, 2) AS score FROM issues_fts WHERE issues_fts MATCH ? ORDER BY score LIMIT ?) f
				CROSS JOIN issues i ON i.n = f.n ORDER BY f.score, i.n DESC`, []any{match, limit}, func(r row) error {
				out.Issues = append(out.Issues, scanIssue(r))
				return nil
			}); err != nil {
				return err
			}
			return likeLogs(c, rare, limit, out)
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// rarest returns the rarest words of a text that are in any issue, as strings
// of FTS5, and notes how many issues each word is in.
func rarest(c *conn, text string, counts map[string]int) ([]string, error) {
	type term struct {
		word  string
		count int
	}
	var terms []term
	for _, w := range distinctWords(text) {
		quoted := `"` + w + `"`
		n := 0
		if _, err := c.queryRow("SELECT count(*) FROM (SELECT 1 FROM issues_fts WHERE issues_fts MATCH ? LIMIT ?)", []any{quoted, maxLikeIssues}, func(r row) error {
			n = r.int(0)
			return nil
		}); err != nil {
			return nil, err
		}
		counts[w] = n
		if n < maxLikeIssues {
			terms = append(terms, term{quoted, n})
		}
	}
	slices.SortStableFunc(terms, func(a, b term) int { return cmp.Compare(a.count, b.count) })
	var out []string
	for _, t := range terms[:min(len(terms), maxLikeTerms)] {
		out = append(out, t.word)
	}
	return out, nil
}

// distinctWords returns the words of a text in lower case, each once.
func distinctWords(text string) (out []string) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' }) {
		if utf8.RuneCountInString(w) < 3 || len(w) > maxWordBytes || slices.Contains(out, w) {
			continue
		}
		if out = append(out, w); len(out) == maxLikeWords {
			break
		}
	}
	return out
}

// likeLogs adds issues of the newest logs that have at least two of the words,
// behind those that have them in their own texts.
func likeLogs(c *conn, rare []string, limit int, out *store.LikeIssues) error {
	limit = min(limit, len(out.Issues))
	have := map[string]int{}
	var found []string
	for _, w := range rare {
		if err := c.query(`SELECT DISTINCT l.issue_id FROM (SELECT rowid AS n FROM logs_fts WHERE logs_fts MATCH ? ORDER BY rowid DESC LIMIT ?) m CROSS JOIN logs l ON l.n = m.n
			WHERE l.staged_by IS NULL`, []any{w, maxLikeLogs}, func(r row) error {
			id := r.text(0)
			if have[id]++; have[id] == 2 {
				found = append(found, id)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return have[b] - have[a] })
	// These have places of their own, so that they are not crowded out.
	for _, id := range found {
		if len(out.Issues) >= limit+likeFromLogs {
			break
		}
		if slices.ContainsFunc(out.Issues, func(i triage.Issue) bool { return i.ID == id }) {
			continue
		}
		i, err := readIssue(c, id)
		if err != nil {
			return err
		}
		out.Issues = append(out.Issues, *i)
	}
	return nil
}
