package sqlite

import (
	"context"
	"strings"
	"unicode"

	"github.com/tftsr/tftsr/store"
)

// Bounds of a query. Only so many candidates, the newest, are ranked: a word
// that is in most issues ranks them all alike, and must not cost more the
// more there are.
const (
	maxQueryBytes = 2048
	maxWords      = 32
	maxCandidates = 2000
	snippetTokens = 16
)

// SearchIssues implements [store.Issues]. An issue is found when it has all
// words of the query. If no issue has, the last word is taken as the beginning
// of a word, and if that finds none either, any of the words is enough.
// Beginnings come second because they cost much more: the index merges all
// words that begin so. The filter's cursor has no meaning here.
func (db *DB) SearchIssues(ctx context.Context, query string, f store.IssueFilter) ([]store.IssueHit, error) {
	words := searchWords(query)
	if len(words) == 0 {
		return nil, nil
	}
	var hits []store.IssueHit
	err := db.readLong(ctx, func(c *conn) (err error) {
		if err := c.fullText(); err != nil {
			return err
		}
		all, anyOf := strings.Join(words, " "), strings.Join(words, " OR ")
		return c.snapshot(func() error {
			for _, match := range [...]string{all, all + "*", anyOf + "*"} {
				if hits, err = searchIssues(c, match, f); err != nil || len(hits) > 0 {
					return err
				}
			}
			return nil
		})
	})
	return hits, err
}

func searchIssues(c *conn, match string, f store.IssueFilter) ([]store.IssueHit, error) {
	type found struct {
		n     int64
		score float64
	}
	var best []found
	where, filter := filterIssues(f)
	args := append([]any{match}, filter...)
	args = append(args, maxCandidates, pageSizeOf(f.Limit))
	// rank is negative, and the smaller the better.
	err := c.query(`SELECT n, score FROM (
			SELECT i.n AS n, issues_fts.rank AS score, i.created_at AS at
			FROM issues_fts JOIN issues i ON i.n = issues_fts.rowid
			WHERE issues_fts MATCH ? AND `+where+`
			ORDER BY issues_fts.rowid DESC LIMIT ?)
		ORDER BY score, at DESC LIMIT ?`, args, func(r row) error {
		best = append(best, found{r.int64(0), -r.float(1)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	hits := make([]store.IssueHit, 0, len(best))
	for _, b := range best {
		_, err := c.queryRow(`SELECT `+issueColumns+`, snippet(issues_fts, -1, '«', '»', '…', ?)
			FROM issues_fts JOIN issues i ON i.n = issues_fts.rowid
			WHERE issues_fts MATCH ? AND issues_fts.rowid = ?`,
			[]any{snippetTokens, match, b.n}, func(r row) error {
				hits = append(hits, store.IssueHit{Issue: scanIssue(r), Snippet: oneLine(r.text(13)), Score: b.score})
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return hits, nil
}

// searchWords returns the words of a query, each as an FTS5 string: within
// double quotes nothing is an operator (https://sqlite.org/fts5.html#fts5_strings).
func searchWords(query string) []string {
	if len(query) > maxQueryBytes {
		query = query[:maxQueryBytes]
	}
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToValidUTF8(query, " "), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		// A word without anything that the tokenizer keeps would match nothing,
		// and with it the whole query.
		if !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r) }) {
			continue
		}
		words = append(words, `"`+strings.ReplaceAll(w, `"`, `""`)+`"`)
		if len(words) == maxWords {
			break
		}
	}
	return words
}

// oneLine puts a single space where there is white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
