package sqlite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

const (
	snippetTokens = 16
	// snippetPieces is how much of a log is read for the line that shows a match.
	snippetPieces = 8
	snippetRunes  = 160
)

// describe reads the issues and makes their snippets.
func describe(c *conn, best []candidate, match string, terms []string) ([]store.IssueHit, error) {
	hits := make([]store.IssueHit, 0, len(best))
	for _, b := range best {
		h := store.IssueHit{Score: b.score}
		var err error
		switch {
		case b.said != 0:
			_, err = c.queryRow(`SELECT `+issueColumns+`, v.id, m.logs, snippet(messages_fts, 0, '«', '»', '…', ?)
				FROM messages_fts JOIN messages m ON m.n = messages_fts.rowid JOIN conversations v ON v.id = m.conversation_id JOIN issues i ON i.id = v.issue_id
				WHERE messages_fts MATCH ? AND messages_fts.rowid = ?`,
				[]any{snippetTokens, b.match, b.said}, func(r row) error {
					h.Issue, h.ConversationID, h.Snippet = scanIssue(r), r.text(13), oneLine(r.text(15))
					return json.Unmarshal(r.raw(14), &h.Logs)
				})
		case b.log == 0:
			_, err = c.queryRow(`SELECT `+issueColumns+`, snippet(issues_fts, -1, '«', '»', '…', ?)
				FROM issues_fts JOIN issues i ON i.n = issues_fts.rowid WHERE issues_fts MATCH ? AND issues_fts.rowid = ?`,
				[]any{snippetTokens, match, b.n}, func(r row) error {
					h.Issue, h.Snippet = scanIssue(r), oneLine(r.text(13))
					return nil
				})
		default:
			if _, err = c.queryRow("SELECT "+issueColumns+", l.id FROM issues i JOIN logs l ON l.issue_id = i.id WHERE l.n = ?", []any{b.log}, func(r row) error {
				h.Issue, h.LogID = scanIssue(r), r.text(13)
				return nil
			}); err == nil {
				h.Snippet, err = logSnippet(c, b.log, terms)
			}
		}
		if err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, nil
}

// logSnippet returns the line near the beginning of a log that has most of the
// terms, with them marked, empty when none is near it.
func logSnippet(c *conn, n int64, terms []string) (string, error) {
	want := map[string]bool{}
	for _, t := range terms {
		want[strings.Trim(t, `"`)] = true
	}
	var best string
	most := 0
	x := inflaters.Get().(*inflater)
	defer inflaters.Put(x)
	err := c.query("SELECT data, size FROM log_chunks WHERE log_n = ? ORDER BY seq LIMIT ?", []any{n, snippetPieces}, func(r row) error {
		text, err := x.inflate(r.raw(0), r.int64(1))
		if err != nil {
			return err
		}
		for line := range bytes.Lines(text) {
			if marked, found := markTerms(line, want); found > most {
				most, best = found, marked
			}
			if most == len(want) {
				return errStop
			}
		}
		return nil
	})
	return best, err
}

// markTerms sets the terms of a line in « and », and returns how many different
// ones it has.
func markTerms(line []byte, want map[string]bool) (string, int) {
	var w logWords
	first, found := -1, map[string]bool{}
	var out strings.Builder
	for i := 0; i < len(line); {
		n := wordAt(line[i:])
		word := line[i : i+max(n, 1)]
		i += len(word)
		if n > 0 {
			w.seen, w.plain, w.digits = nil, 0, 0
			w.text.Reset()
			w.add(word)
			if key := strings.TrimSuffix(w.text.String(), " "); key != "" && want[key] {
				if first < 0 {
					first = out.Len()
				}
				found[key] = true
				fmt.Fprintf(&out, "«%s»", word)
				continue
			}
		}
		out.Write(word)
	}
	if first < 0 {
		return "", 0
	}
	return oneLine(around(out.String(), first)), len(found)
}

// wordAt returns the length of the word, or the pseudonym, at the start of b.
func wordAt(b []byte) int {
	if b[0] == '[' {
		_, n, _ := pii.ParseToken(b)
		return n
	}
	n := 0
	for n < len(b) && isWordByte(b[n]) {
		n++
	}
	return n
}

// around cuts a line to what is about a place in it.
func around(line string, at int) string {
	line = strings.ToValidUTF8(line, "\uFFFD")
	at = min(at, len(line))
	start := at
	for n := 0; start > 0 && n < snippetRunes/3; n++ {
		_, size := utf8.DecodeLastRuneInString(line[:start])
		start -= size
	}
	end := start
	for n := 0; end < len(line) && n < snippetRunes; n++ {
		_, size := utf8.DecodeRuneInString(line[end:])
		end += size
	}
	out := line[start:end]
	if start > 0 {
		out = "…" + out
	}
	if end < len(line) {
		out += "…"
	}
	return out
}
