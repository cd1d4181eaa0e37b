package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type tests = map[string]func(*testing.T, func(*testing.T) store.Store)

var issueTests = tests{
	"CreatedIssueIsReadBackWhole": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n, tags := range [][]string{nil, {""}, {"a"}, {"a", "a b", `back\slash`, "line\nfeed", `\n`, "", "ünï"}} {
			want := addIssue(t, s, n, func(i *triage.Issue) {
				i.RootCause, i.Tags = "leaked connections", tags
				i.ResolvedAt = t0.Add(time.Hour)
			})
			if want.Revision != 1 {
				t.Fatalf("revision of a new issue is %d", want.Revision)
			}
			same(t, "issue", must(s.Issue(ctx, want.ID))(t), want)
		}
		_, err := s.Issue(ctx, id(99))
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.CreateIssue(ctx, &triage.Issue{ID: id(0)}), store.ErrConflict)
	},
	"UpdateReadsAndWritesInOneStep": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		addIssue(t, a, 1)
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				s := []store.Store{a, b}[n%2]
				if _, err := s.UpdateIssue(ctx, id(1), 0, func(i *triage.Issue) error {
					i.Tags = append(i.Tags, fmt.Sprint("t", n))
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		i := must(b.Issue(ctx, id(1)))(t)
		if len(i.Tags) != 21 || i.Revision != 21 {
			t.Fatalf("%d tags at revision %d after 20 updates: some were lost", len(i.Tags), i.Revision)
		}
	},
	"UpdateOfAnOldRevisionIsAConflict": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		set := func(status triage.Status) func(*triage.Issue) error {
			return func(i *triage.Issue) error { i.Status = status; return nil }
		}
		i := must(s.UpdateIssue(ctx, id(1), 1, set(triage.StatusResolved)))(t)
		if i.Revision != 2 {
			t.Fatalf("revision %d after the first update", i.Revision)
		}
		_, err := s.UpdateIssue(ctx, id(1), 1, set(triage.StatusClosed))
		wantErr(t, err, store.ErrConflict)
		_, err = s.UpdateIssue(ctx, id(2), 0, set(triage.StatusClosed))
		wantErr(t, err, store.ErrNotFound)
		same(t, "issue", must(s.Issue(ctx, id(1)))(t), i)
	},
	"UpdateThatFailsChangesNothing": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		want := addIssue(t, s, 1)
		refused := errors.New("refused")
		_, err := s.UpdateIssue(ctx, id(1), 0, func(i *triage.Issue) error { i.Title = "changed"; return refused })
		wantErr(t, err, refused)
		same(t, "issue", must(s.Issue(ctx, id(1)))(t), want)
	},
	"ListingPagesThroughAllNewestFirst": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n := range 25 {
			addIssue(t, s, n, func(i *triage.Issue) { i.CreatedAt = t0.Add(time.Duration(n/4) * time.Second) }) // some at the same time
		}
		var got []string
		cursor := ""
		for pages := 0; ; pages++ {
			list, next, err := s.ListIssues(ctx, store.IssueFilter{Limit: 10, Cursor: cursor})
			ok(t, err)
			if len(list) > 10 || pages > 3 {
				t.Fatalf("page %d has %d issues", pages, len(list))
			}
			for _, i := range list {
				got = append(got, i.ID)
			}
			if pages == 0 {
				addIssue(t, s, 1000) // A new one neither repeats nor hides another.
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		var want []string
		for n := 24; n >= 0; n-- {
			want = append(want, id(n))
		}
		same(t, "order", got, want)
		list, _, err := s.ListIssues(ctx, store.IssueFilter{})
		ok(t, err)
		if len(list) != 20 {
			t.Fatalf("a page has %d issues by default", len(list))
		}
		for _, c := range []string{"x", "!!", "AAAA", "AAAAAAAAAAA", strings.Repeat("A", 5000)} {
			if _, _, err := s.ListIssues(ctx, store.IssueFilter{Cursor: c}); err == nil && len(c) < 11 {
				t.Fatalf("cursor %q was taken", c)
			}
		}
	},
	"FiltersNarrow": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2, func(i *triage.Issue) { i.Status = triage.StatusClosed })
		addIssue(t, s, 3, func(i *triage.Issue) { i.Severity = triage.SeverityLow })
		addIssue(t, s, 4, func(i *triage.Issue) { i.Category = "Network" })
		for name, c := range map[string]struct {
			f    store.IssueFilter
			want []string
		}{
			"status":   {store.IssueFilter{Status: triage.StatusClosed}, []string{id(2)}},
			"severity": {store.IssueFilter{Severity: triage.SeverityLow}, []string{id(3)}},
			"category": {store.IssueFilter{Category: "Network"}, []string{id(4)}},
			"since":    {store.IssueFilter{Since: t0.Add(3 * time.Second)}, []string{id(4), id(3)}},
			"until":    {store.IssueFilter{Until: t0.Add(3 * time.Second)}, []string{id(2), id(1)}},
			"both":     {store.IssueFilter{Status: triage.StatusOpen, Severity: triage.SeverityHigh}, []string{id(4), id(1)}},
			"nothing":  {store.IssueFilter{Category: "x' OR '1'='1"}, nil},
		} {
			list, cursor, err := s.ListIssues(ctx, c.f)
			ok(t, err)
			var got []string
			for _, i := range list {
				got = append(got, i.ID)
			}
			same(t, name, got, c.want)
			same(t, name+" cursor", cursor, "")
		}
	},
	"SaltsAreMadeOnceAndGoWithTheIssue": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		addIssue(t, a, 1)
		given := [32]byte{1, 2, 3}
		ok(t, a.CreateIssueWithSalt(ctx, &triage.Issue{ID: id(2), CreatedAt: t0, UpdatedAt: t0}, given))
		salts := must(a.IssueSalts(ctx, []string{id(1), id(2), id(3), "no id", "'", ""}))(t)
		if len(salts) != 2 || len(salts[id(1)]) != 32 || string(salts[id(2)]) != string(given[:]) || string(salts[id(1)]) == string(given[:]) {
			t.Fatalf("%d salts, of %d and %d bytes, or not the given one", len(salts), len(salts[id(1)]), len(salts[id(2)]))
		}
		must(a.UpdateIssue(ctx, id(1), 0, func(i *triage.Issue) error { i.Title = "x"; return nil }))(t)
		same(t, "salts", must(b.IssueSalts(ctx, []string{id(2), id(1), id(1)}))(t), salts)
		ok(t, b.DeleteIssue(ctx, id(1)))
		same(t, "salts of one that is deleted", len(must(a.IssueSalts(ctx, []string{id(1)}))(t)), 0)
		same(t, "salts of none", len(must(a.IssueSalts(ctx, nil))(t)), 0)
	},
	"WhateverBelongsToAnIssueNamesItsSalt": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		Fill(t, s)
		addIssue(t, s, 100)
		own, other := must(s.IssueSalts(ctx, []string{id(1)}))(t), must(s.IssueSalts(ctx, []string{id(100)}))(t)
		for n, what := range map[int]string{1: "issue", 2: "event", 3: "log", 4: "analysis", 5: "document", 6: "approval"} {
			same(t, what, must(s.IssueSalts(ctx, []string{id(n)}))(t), own)
		}
		both := must(s.IssueSalts(ctx, []string{id(3), id(100), id(5)}))(t)
		if len(both) != 2 || string(both[id(1)]) != string(own[id(1)]) || string(both[id(100)]) != string(other[id(100)]) {
			t.Errorf("ids of two issues have %d salts, or others", len(both))
		}
	},
	"DeletingAnIssueTakesAllThatBelongsToIt": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n := 1; n <= 2; n++ {
			addIssue(t, s, n)
			ok(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: id(10 + n), IssueID: id(n), At: t0, CreatedAt: t0}))
			addLog(t, s, id(20+n), id(n), "one\ntwo\n")
			a := &triage.Analysis{ID: id(30 + n), IssueID: id(n), State: []byte("{}")}
			ok(t, s.CreateAnalysis(ctx, a))
			a.Revision = 2
			ok(t, s.SaveAnalysis(ctx, a))
			d := &triage.Document{ID: id(40 + n), IssueID: id(n)}
			ok(t, s.CreateDocument(ctx, d))
			d.Version = 2
			ok(t, s.SaveDocument(ctx, d))
			ok(t, s.CreateApproval(ctx, &store.Approval{ID: id(50 + n), IssueID: id(n), CreatedAt: t0, ExpiresAt: t0.Add(time.Hour)}))
		}
		draft := event("issue", id(1))
		must(s.Append(ctx, drafts(draft)))(t)

		ok(t, s.DeleteIssue(ctx, id(1)))
		wantErr(t, s.DeleteIssue(ctx, id(1)), store.ErrNotFound)
		for n, read := range map[int]func(string) error{
			10: func(string) error {
				if len(must(s.Events(ctx, id(1)))(t)) != 0 {
					t.Error("events are left")
				}
				return store.ErrNotFound
			},
			20: func(id string) error { _, err := s.Log(ctx, id); return err },
			30: func(id string) error { _, err := s.Analysis(ctx, id); return err },
			40: func(id string) error { _, err := s.Document(ctx, id); return err },
			50: func(id string) error { _, err := s.Approval(ctx, id, t0); return err },
		} {
			wantErr(t, read(id(n+1)), store.ErrNotFound)
			if n != 10 {
				ok(t, read(id(n+2)))
			}
		}
		if _, err := s.AnalysisAt(ctx, id(31), 1); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("history of an analysis is left: %v", err)
		}
		ok(t, s.Dump(ctx, func(table, column string, value []byte) error {
			if table != "audit_log" && strings.Contains(string(value), id(1)) {
				t.Errorf("%s.%s still names the issue", table, column)
			}
			return nil
		}))
		if len(must(s.Events(ctx, id(2)))(t)) != 1 || len(must(s.SearchIssues(ctx, "issue", store.IssueFilter{}))(t)) != 1 {
			t.Fatal("the other issue lost something")
		}
		if list := must(s.ListEntries(ctx, store.EntryFilter{EntityID: id(1)}))(t); len(list) != 1 {
			t.Fatalf("the record of the issue has %d entries", len(list))
		}
		ok(t, s.Check(ctx))
	},
}

var searchTests = tests{
	"FindsWordsInEveryFieldAndMarksThem": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1, func(i *triage.Issue) { i.Title = "checkout is down" })
		addIssue(t, s, 2, func(i *triage.Issue) { i.Description = "the payment gateway\n\tresets connections" })
		addIssue(t, s, 3, func(i *triage.Issue) { i.RootCause = "the certificate of [Hostname_4] expired" })
		addIssue(t, s, 4, func(i *triage.Issue) { i.Tags = []string{"black friday", "nginx"} })
		for query, want := range map[string]struct{ id, mark string }{
			"checkout":             {id(1), "«checkout»"},
			"DOWN checkout":        {id(1), "«checkout»"},
			"gatew":                {id(2), "«gateway»"}, // a beginning
			"connection":           {id(2), "gateway resets «connections»"},
			"[Hostname_4]":         {id(3), "«Hostname_4»"},
			"friday":               {id(4), "black «friday» nginx"},
			"certificate zzzzzzzz": {id(3), "«certificate»"}, // not all words, but one
		} {
			hits := must(s.SearchIssues(ctx, query, store.IssueFilter{}))(t)
			if len(hits) != 1 || hits[0].Issue.ID != want.id || !strings.Contains(hits[0].Snippet, want.mark) {
				t.Errorf("%q found %+v, want %s with %s", query, hits, want.id, want.mark)
			}
		}
		must(s.UpdateIssue(ctx, id(1), 0, func(i *triage.Issue) error { i.Title = "basket is down"; return nil }))(t)
		if hits := must(s.SearchIssues(ctx, "checkout", store.IssueFilter{}))(t); len(hits) != 0 {
			t.Errorf("a word that is gone is still found: %+v", hits)
		}
		if hits := must(s.SearchIssues(ctx, "basket", store.IssueFilter{}))(t); len(hits) != 1 {
			t.Errorf("a changed issue is not found: %+v", hits)
		}
	},
	"RanksTheTitleAboveTheDescription": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1, func(i *triage.Issue) { i.Title = "redis is full" })
		addIssue(t, s, 2, func(i *triage.Issue) {
			i.Description = "redis mentioned once among many other words of little interest"
		})
		hits := must(s.SearchIssues(ctx, "redis", store.IssueFilter{}))(t)
		if len(hits) != 2 || hits[0].Issue.ID != id(1) || hits[0].Score < hits[1].Score {
			t.Fatalf("hits %+v", hits)
		}
	},
	"HonoursTheFilter": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n := range 30 {
			addIssue(t, s, n, func(i *triage.Issue) {
				if n%3 == 0 {
					i.Status = triage.StatusClosed
				}
			})
		}
		if hits := must(s.SearchIssues(ctx, "issue", store.IssueFilter{Status: triage.StatusClosed, Limit: 7}))(t); len(hits) != 7 {
			t.Fatalf("%d hits", len(hits))
		} else {
			for _, h := range hits {
				same(t, "status", h.Issue.Status, triage.StatusClosed)
			}
		}
	},
	"FindsWhatIsInLogs": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n := range 3 {
			addIssue(t, s, n)
		}
		put := func(name, issue, text string) {
			w := must(s.NewLog(ctx, name))(t)
			must(w.Write([]byte(text)))(t)
			ok(t, w.Commit(ctx, &triage.Log{ID: name, IssueID: issue, CreatedAt: t0}, nil))
		}
		put("l1", id(1), "start\nFATAL: sorry, too many clients already from [PrivateIPv4_7]\nend\n")
		put("l2", id(2), strings.Repeat("quiet\n", 1000)+"error 502 by Zürich upstream\n")
		w := must(s.NewLog(ctx, "aborted"))(t)
		must(w.Write([]byte("phantom")))(t)
		ok(t, w.Abort())
		for query, want := range map[string]struct{ id, mark, log string }{
			"too many clients":  {id(1), "sorry, «too» «many» «clients» already from [PrivateIPv4_7]", "l1"},
			"CLIENTS fatal":     {id(1), "«clients»", "l1"},
			"[PrivateIPv4_7]":   {id(1), "«[PrivateIPv4_7]»", "l1"},
			"[PrivateIPv4_7.2]": {id(1), "«[PrivateIPv4_7]»", "l1"},
			"502 upstream":      {id(2), "«502» by Zürich «upstream»", "l2"},
			"zürich":            {id(2), "", "l2"},
			"upstre":            {id(2), "", "l2"}, // the beginning of a word
		} {
			hits := must(s.SearchIssues(ctx, query, store.IssueFilter{}))(t)
			if len(hits) != 1 || hits[0].Issue.ID != want.id || hits[0].LogID != want.log || !strings.Contains(hits[0].Snippet, want.mark) {
				t.Errorf("%q found %+v, want %+v", query, hits, want)
			}
		}
		if hits := must(s.SearchIssues(ctx, "phantom", store.IssueFilter{}))(t); len(hits) != 0 {
			t.Errorf("a log that was given up is found: %+v", hits)
		}
		if hits := must(s.SearchIssues(ctx, "clients", store.IssueFilter{Status: triage.StatusClosed}))(t); len(hits) != 0 {
			t.Errorf("the filter does not hold for logs: %+v", hits)
		}
		must(s.UpdateIssue(ctx, id(0), 0, func(i *triage.Issue) error { i.Title = "clients"; return nil }))(t)
		if hits := must(s.SearchIssues(ctx, "clients", store.IssueFilter{}))(t); len(hits) != 2 || hits[0].Issue.ID != id(0) || hits[0].LogID != "" {
			t.Errorf("the title does not come first: %+v", hits)
		}
		ok(t, s.DeleteIssue(ctx, id(1)))
		if hits := must(s.SearchIssues(ctx, "too many clients already", store.IssueFilter{}))(t); len(hits) != 1 || hits[0].Issue.ID != id(0) {
			t.Errorf("the log of a deleted issue is found: %+v", hits)
		}
	},
	"NoInputIsASyntaxError": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		pieces := []string{
			`"`, `""`, `'`, "*", "(", ")", "^", "+", "-", ":", ".", "{", "}", "NEAR", "AND", "OR", "NOT", "NEAR(", "title:", "a", "issue", " ", "\t",
			"\x00", "\xff\xfe", "é", "日本", "\u200b", "[Email_3]", "--", ";", "/*", "\\", "%", "_", "😀", "\u0301",
		}
		for i, a := range pieces {
			for j, b := range pieces {
				for _, q := range []string{a + b, a + " " + b, a + b + a} {
					if _, err := s.SearchIssues(ctx, q, store.IssueFilter{}); err != nil {
						t.Fatalf("%q (%d, %d): %v", q, i, j, err)
					}
				}
			}
		}
		for _, q := range []string{"", strings.Repeat("word ", 10000), strings.Repeat("x", 1<<20), strings.Repeat(`"`, 5000), strings.Repeat("é", 3000)} {
			if _, err := s.SearchIssues(ctx, q, store.IssueFilter{}); err != nil {
				t.Fatalf("%.20q…: %v", q, err)
			}
		}
	},
	"IssuesLikeATextShareItsRareWords": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for n, text := range []string{
			"checkout answers 502", "checkout is slow", "certificate of the balancer expired", "too many clients already", "checkout lost its colours", "nothing to see",
		} {
			ok(t, s.CreateIssue(ctx, &triage.Issue{
				ID: id(n), Title: text, Severity: "low", Status: "open", Category: "linux", CreatedAt: t0.Add(time.Duration(n) * time.Minute), UpdatedAt: t0,
			}))
		}
		w := must(s.NewLog(ctx, "l1"))(t)
		must(w.Write([]byte("FATAL: sorry, too many clients already\n")))(t)
		ok(t, w.Commit(ctx, &triage.Log{ID: "l1", IssueID: id(5), Name: "db.log", Lines: 1, CreatedAt: t0}, nil))

		like := must(s.IssuesLike(ctx, "the certificate on the balancer; checkout", 10))(t)
		var got []string
		for _, i := range like.Issues {
			got = append(got, i.ID)
		}
		if len(got) != 4 || got[0] != id(2) {
			t.Errorf("found %v, want the one with two rare words first and the three with checkout", got)
		}
		if like.Words["checkout"] != 3 || like.Words["certificate"] != 1 || like.Total != 6 {
			t.Errorf("words %v of %d issues", like.Words, like.Total)
		}
		if like := must(s.IssuesLike(ctx, "checkout", 2))(t); len(like.Issues) != 2 {
			t.Errorf("%d issues, want 2", len(like.Issues))
		}
		// What only a log has comes behind.
		like = must(s.IssuesLike(ctx, "sorry: too many CLIENTS", 10))(t)
		if len(like.Issues) != 2 || like.Issues[0].ID != id(3) || like.Issues[1].ID != id(5) {
			t.Errorf("found %+v", like.Issues)
		}
		for _, hostile := range []string{"", "   ", "a b", `" OR *`, "NEAR(x", "\x00\xff", strings.Repeat("word ", 100_000), strings.Repeat("x", 100_000), "((((", "-", "🙂🙂🙂"} {
			if like, err := s.IssuesLike(ctx, hostile, 10); err != nil || len(like.Issues) != 0 {
				t.Errorf("%.20q: %v, %v", hostile, like, err)
			}
		}
	},
}

var timelineTests = tests{
	"EventsComeInTheOrderInWhichTheyHappened": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2)
		at := []int{3, 1, 2, 1}
		for n, a := range at {
			ok(t, s.AddEvent(ctx, &triage.TimelineEvent{
				ID: id(10 + n), Owner: "ada", IssueID: id(1), At: t0.Add(time.Duration(a) * time.Minute),
				Type: triage.EventFree, Text: "text", Source: "log", CausedBy: id(9), ZoneAssumed: true, CreatedAt: t0,
			}))
		}
		ok(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: id(20), IssueID: id(2), At: t0, CreatedAt: t0}))
		list := must(s.Events(ctx, id(1)))(t)
		var got []string
		for _, e := range list {
			got = append(got, e.ID)
		}
		same(t, "order", got, []string{id(11), id(13), id(12), id(10)})
		same(t, "event", list[3], triage.TimelineEvent{
			ID: id(10), Owner: "ada", IssueID: id(1), At: t0.Add(3 * time.Minute), Type: triage.EventFree, Text: "text", Source: "log",
			CausedBy: id(9), ZoneAssumed: true, CreatedAt: t0,
		})
		wantErr(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: id(30), IssueID: id(3)}), store.ErrNotFound)
		wantErr(t, s.AddEvent(ctx, &triage.TimelineEvent{ID: id(10), IssueID: id(1)}), store.ErrConflict)
	},
}
