package sqlite

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/store"
)

// Bounds of a query. bm25 counts all texts that a word is in before it ranks
// the first, so that a word that is in most issues would cost the more the more
// there are, and it ranks them all alike. Words that are in maxRanked issues or
// more take no part in the ranking; where a query has no other, the newest come
// first, those with the words in their titles before the others.
const (
	maxRanked = 4000
	// maxExamined is how many of the newest matches of common words are compared
	// with a filter.
	maxExamined = 10_000
	// maxLogs is how many logs, the newest, count for a query, and as many
	// messages of conversations.
	maxLogs = 500
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
	said  int64 // message of which the words are, by the query match
	match string
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
	if err == nil {
		err = s.logs(logMatch)
	}
	if err != nil {
		return err
	}
	return s.said(s.match)
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
	if err == nil {
		err = s.logs(logMatch)
	}
	if err != nil {
		return err
	}
	return s.said(strings.Join(parts, " OR "))
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
	few := maxExamined
	if len(filter) == 0 {
		few = limit
	}
	for score, index := range []string{"issues_fts", "titles_fts"} {
		args := append(append([]any{match, from, to, few}, filter...), limit)
		if err := s.c.query(`SELECT i.n, i.created_at FROM (SELECT rowid AS n FROM `+index+` WHERE `+index+` MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?) f
			CROSS JOIN issues i ON i.n = f.n WHERE `+where+` ORDER BY f.n DESC LIMIT ?`, args, func(r row) error {
			s.found[r.int64(0)] = &candidate{n: r.int64(0), score: float64(score) + 1, at: r.time(1)}
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
		CROSS JOIN logs l ON l.n = m.n CROSS JOIN issues i ON i.id = l.issue_id WHERE l.review <> 'rejected' AND `+where, args, func(r row) error {
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

// said takes the issues that the newest matching messages are about, which
// were found in nothing else.
func (s *search) said(match string) error {
	where, filter := filterIssues(s.f)
	args := append([]any{match, maxLogs}, filter...)
	return s.c.query(`SELECT i.n, m.n, i.created_at FROM (SELECT rowid AS n FROM messages_fts WHERE messages_fts MATCH ? ORDER BY rowid DESC LIMIT ?) f
		CROSS JOIN messages m ON m.n = f.n CROSS JOIN conversations v ON v.id = m.conversation_id CROSS JOIN issues i ON i.id = v.issue_id
		WHERE `+released+` AND `+where, args, func(r row) error {
		if n := r.int64(0); s.found[n] == nil {
			s.found[n] = &candidate{n: n, score: 0.25, at: r.time(2), said: r.int64(1), match: match}
		}
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
