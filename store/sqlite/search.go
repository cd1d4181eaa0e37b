package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Bounds of a query. bm25 counts all texts that a word is in before it ranks
// the first, so that a word that is in most issues would cost the more the more
// there are, and it ranks them all alike. Words that are in maxRanked issues or
// more take no part in the ranking; where a query has no other, the newest come
// first, those with the words in their titles before the others.
const (
	maxQueryBytes = 2048
	maxWords      = 32
	maxRanked     = 4000
	// maxExamined is how many of the newest matches of common words are compared
	// with a filter.
	maxExamined = 10_000
	// maxLogs is how many logs, the newest, count for a query.
	maxLogs = 500
	// maxEndings is how many words with the same beginning are looked for.
	maxEndings    = 16
	snippetTokens = 16
	// snippetPieces is how much of a log is read for the line that shows a match.
	snippetPieces = 8
	snippetRunes  = 160
)

// SearchIssues implements [store.Issues]. An issue is found when it has all
// words of the query, or one of its logs has. If none has, the last word is
// taken as the beginning of a word, and if that finds none either, any of the
// words is enough. The filter's cursor has no meaning here.
func (db *DB) SearchIssues(ctx context.Context, query string, f store.IssueFilter) ([]store.IssueHit, error) {
	query = cutQuery(query)
	words := searchWords(query)
	if len(words) == 0 {
		return nil, nil
	}
	terms, inLogs := logTerms(query)
	if err := db.indexOldLogs(ctx); err != nil {
		return nil, err
	}
	var hits []store.IssueHit
	err := db.readLong(ctx, func(c *conn) (err error) {
		if err := c.fullText(); err != nil {
			return err
		}
		return c.snapshot(func() error {
			s := &search{c: c, f: f, found: map[int64]*candidate{}}
			if err := s.words(words, terms, inLogs); err != nil {
				return err
			}
			hits, err = describe(c, s.best(), s.match, terms)
			return err
		})
	})
	return hits, err
}

// search is a search under way.
type search struct {
	c     *conn
	f     store.IssueFilter
	match string // the query of the index of issues that found something
	found map[int64]*candidate
}

// candidate is an issue that was found.
type candidate struct {
	n     int64
	score float64
	at    time.Time
	log   int64 // of which the words are, 0 for the issue itself
}

// words tries one form of the query after the other.
func (s *search) words(words, terms []string, inLogs bool) error {
	logMatch := ""
	if inLogs {
		logMatch = strings.Join(terms, " ")
	}
	if err := s.all(words, logMatch); err != nil || len(s.found) > 0 {
		return err
	}
	last := words[len(words)-1]
	endings, err := s.endings(last, "issues_terms")
	if err != nil {
		return err
	}
	if inLogs {
		more, err := s.endings(terms[len(terms)-1], "logs_terms")
		if err != nil {
			return err
		}
		if logMatch = ""; more != "" {
			logMatch = strings.Join(append(slices.Clone(terms[:len(terms)-1]), "("+more+")"), " AND ")
		}
	}
	if endings != "" || logMatch != "" {
		begun := slices.Clone(words[:len(words)-1])
		if endings != "" {
			begun = append(begun, "("+endings+")")
		} else {
			begun = append(begun, last)
		}
		if err := s.all(begun, logMatch); err != nil || len(s.found) > 0 {
			return err
		}
	}
	if endings != "" {
		words = append(slices.Clone(words[:len(words)-1]), last, "("+endings+")")
	}
	return s.any(words, strings.Join(terms, " OR "))
}

// endings returns a query for the words that begin as a word does, empty when
// there are none. They come from the list of words: that the index merges all
// of them costs more than searching.
func (s *search) endings(word, list string) (string, error) {
	begin := strings.ToLower(strings.Trim(word, `"`))
	if len(begin) < 2 || strings.ContainsFunc(begin, func(r rune) bool { return r >= 0x80 || !isWordByte(byte(r)) }) { //nolint:gosec // below 0x80
		return "", nil
	}
	var terms []string
	err := s.c.query("SELECT term FROM "+list+" WHERE term >= ? AND term < ? LIMIT ?", []any{begin, begin + "\U0010FFFF", maxEndings}, func(r row) error {
		terms = append(terms, `"`+strings.ReplaceAll(r.text(0), `"`, `""`)+`"`)
		return nil
	})
	return strings.Join(terms, " OR "), err
}

// common reports whether a part of a query is in so many issues that it does
// not take part in the ranking.
func (s *search) common(part string) (bool, error) {
	n := 0
	_, err := s.c.queryRow("SELECT count(*) FROM (SELECT 1 FROM issues_fts WHERE issues_fts MATCH ? LIMIT ?)", []any{part, maxRanked}, func(r row) error {
		n = r.int(0)
		return nil
	})
	return n >= maxRanked, err
}

// all finds the issues that have all parts.
func (s *search) all(parts []string, logMatch string) error {
	var rare, often []string
	for _, p := range parts {
		often1, err := s.common(p)
		if err != nil {
			return err
		}
		if often1 {
			often = append(often, p)
		} else {
			rare = append(rare, p)
		}
	}
	s.match = strings.Join(parts, " AND ")
	var err error
	switch {
	case len(rare) == 0:
		err = s.newest(s.match)
	case len(often) == 0:
		err = s.ranked(s.match, "")
	default:
		err = s.ranked(strings.Join(rare, " AND "), s.match)
	}
	if err != nil {
		return err
	}
	return s.logs(logMatch)
}

// any finds the issues that have one of the parts, common ones only where there
// is no other.
func (s *search) any(parts []string, logMatch string) error {
	var rare []string
	for _, p := range parts {
		often, err := s.common(p)
		if err != nil {
			return err
		}
		if !often {
			rare = append(rare, p)
		}
	}
	var err error
	if len(rare) > 0 {
		s.match = strings.Join(rare, " OR ")
		err = s.ranked(s.match, "")
	}
	if err == nil && len(s.found) == 0 && len(rare) < len(parts) {
		s.match = strings.Join(parts, " OR ")
		err = s.newest(s.match)
	}
	if err != nil {
		return err
	}
	return s.logs(logMatch)
}

// ranked takes the issues that match, by bm25, those that do not match also
// left out if there is one.
func (s *search) ranked(match, also string) error {
	where, filter := filterIssues(s.f)
	sql := `SELECT i.n, f.score, i.created_at FROM (SELECT rowid AS n, rank AS score FROM issues_fts WHERE issues_fts MATCH ?`
	args := []any{match}
	if also != "" {
		sql += " AND rowid IN (SELECT rowid FROM issues_fts WHERE issues_fts MATCH ?)"
		args = append(args, also)
	}
	// rank is negative, and the smaller the better.
	sql += `) f CROSS JOIN issues i ON i.n = f.n WHERE ` + where + ` ORDER BY f.score, i.created_at DESC LIMIT ?`
	args = append(append(args, filter...), pageSizeOf(s.f.Limit))
	return s.c.query(sql, args, func(r row) error {
		s.found[r.int64(0)] = &candidate{n: r.int64(0), score: 2 - r.float(1), at: r.time(2)}
		return nil
	})
}

// newest takes the newest issues that match, first those that do in their
// titles.
func (s *search) newest(match string) error {
	where, filter := filterIssues(s.f)
	limit := pageSizeOf(s.f.Limit)
	// What a time leaves out is not looked at.
	from, to := int64(0), int64(math.MaxInt64)
	if within := (store.IssueFilter{Since: s.f.Since, Until: s.f.Until}); within != (store.IssueFilter{}) {
		cond, args := filterIssues(within)
		if _, err := s.c.queryRow("SELECT coalesce(min(i.n), 1), coalesce(max(i.n), 0) FROM issues i WHERE "+cond, args, func(r row) error {
			from, to = r.int64(0), r.int64(1)
			return nil
		}); err != nil {
			return err
		}
	}
	if _, err := s.c.queryRow("SELECT min(n) FROM (SELECT rowid AS n FROM issues_fts WHERE issues_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?)",
		[]any{match, from, to, maxExamined}, func(r row) error { from = max(from, r.int64(0)); return nil }); err != nil {
		return err
	}
	for score, m := range []string{match, "{title} : (" + match + ")"} {
		few := maxExamined
		if len(filter) == 0 {
			few = limit
		}
		args := append([]any{m, from, to, few}, filter...)
		if err := s.c.query(`SELECT i.n, i.created_at FROM (SELECT rowid AS n FROM issues_fts WHERE issues_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?) f
			CROSS JOIN issues i ON i.n = f.n WHERE `+where+` ORDER BY f.n DESC LIMIT ?`, append(args, limit), func(r row) error {
			n := r.int64(0)
			if c := s.found[n]; c == nil || c.score < float64(score)+1 {
				s.found[n] = &candidate{n: n, score: float64(score) + 1, at: r.time(1)}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// logs takes the issues of the newest logs that match. Whatever was found in
// the issue itself comes before what only a log has, and counts more with it.
func (s *search) logs(match string) error {
	if match == "" {
		return nil
	}
	where, filter := filterIssues(s.f)
	counted := map[int64]bool{}
	args := append([]any{match, maxLogs}, filter...)
	return s.c.query(`SELECT i.n, l.n, i.created_at FROM (SELECT rowid AS n FROM logs_fts WHERE logs_fts MATCH ? ORDER BY rowid DESC LIMIT ?) m
		CROSS JOIN logs l ON l.n = m.n CROSS JOIN issues i ON i.id = l.issue_id WHERE `+where, args, func(r row) error {
		n := r.int64(0)
		if c := s.found[n]; c == nil {
			s.found[n] = &candidate{n: n, score: 0.5, at: r.time(2), log: r.int64(1)}
		} else if !counted[n] {
			c.score += 0.5
		}
		counted[n] = true
		return nil
	})
}

// best returns a page of what was found.
func (s *search) best() []candidate {
	best := make([]candidate, 0, len(s.found))
	for _, c := range s.found {
		best = append(best, *c)
	}
	slices.SortFunc(best, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), b.at.Compare(a.at), cmp.Compare(b.n, a.n))
	})
	return best[:min(len(best), pageSizeOf(s.f.Limit))]
}

// describe reads the issues and makes their snippets.
func describe(c *conn, best []candidate, match string, terms []string) ([]store.IssueHit, error) {
	hits := make([]store.IssueHit, 0, len(best))
	for _, b := range best {
		h := store.IssueHit{Score: b.score}
		var err error
		if b.log == 0 {
			_, err = c.queryRow(`SELECT `+issueColumns+`, snippet(issues_fts, -1, '«', '»', '…', ?)
				FROM issues_fts JOIN issues i ON i.n = issues_fts.rowid WHERE issues_fts MATCH ? AND issues_fts.rowid = ?`,
				[]any{snippetTokens, match, b.n}, func(r row) error {
					h.Issue, h.Snippet = scanIssue(r), oneLine(r.text(13))
					return nil
				})
		} else if _, err = c.queryRow("SELECT "+issueColumns+", l.id FROM issues i JOIN logs l ON l.issue_id = i.id WHERE l.n = ?", []any{b.log}, func(r row) error {
			h.Issue, h.LogID = scanIssue(r), r.text(13)
			return nil
		}); err == nil {
			h.Snippet, err = logSnippet(c, b.log, terms)
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

func cutQuery(query string) string {
	if len(query) > maxQueryBytes {
		query = query[:maxQueryBytes]
	}
	return strings.ToValidUTF8(query, " ")
}

// searchWords returns the words of a query, each as an FTS5 string: within
// double quotes nothing is an operator (https://sqlite.org/fts5.html#fts5_strings).
func searchWords(query string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(query, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
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

// indexOldLogs indexes the logs from before there was an index of them, each in
// a transaction of its own that notes how far it has come: a process that dies
// over it leaves the rest to the next.
func (db *DB) indexOldLogs(ctx context.Context) error {
	for !db.indexed.Load() {
		var id string
		var n int64
		if err := db.read(ctx, func(c *conn) error {
			_, err := c.queryRow(`SELECT id, n FROM logs WHERE n <= (SELECT value FROM meta WHERE key = 'logs_to_index') AND staged_by IS NULL
				ORDER BY n DESC LIMIT 1`, nil, func(r row) error { id, n = r.text(0), r.int64(1); return nil })
			return err
		}); err != nil {
			return err
		}
		if id == "" {
			db.indexed.Store(true)
			return nil
		}
		var w logWords
		err := db.Lines(ctx, id, 1, 0, func(_ int64, line []byte) error {
			w.add(line)
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := db.write(ctx, func(c *conn) error {
			if err := c.fullText(); err != nil {
				return err
			}
			// Another process may have been faster, and the log may be gone.
			mine, err := c.exec("UPDATE meta SET value = ? WHERE key = 'logs_to_index' AND value >= ?", n-1, n)
			if err != nil || mine == 0 {
				return err
			}
			_, err = c.exec("INSERT INTO logs_fts (rowid, words) SELECT n, ? FROM logs WHERE n = ?", w.text.String(), n)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
