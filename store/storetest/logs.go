package storetest

import (
	"bytes"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

func aLog(logID, issueID string) *triage.Log {
	return &triage.Log{
		ID: logID, Owner: "ada", IssueID: issueID, Name: "app.log", OriginalSHA256: "aa", RedactedSHA256: "bb", OriginalBytes: 10, RedactedBytes: 12,
		Lines: 2, Compressed: true, Counts: map[string]int{"Email": 2}, Review: triage.Unreviewed, CreatedAt: t0,
	}
}

func addLog(t testing.TB, s store.Store, logID, issueID, text string) *triage.Log {
	t.Helper()
	w := must(s.NewLog(ctx, logID))(t)
	must(io.WriteString(w, text))(t)
	l := aLog(logID, issueID)
	ok(t, w.Commit(ctx, l, nil))
	return l
}

// lines reads a range as Lines gives it.
func lines(t testing.TB, s store.Store, logID string, from, to int64) []string {
	t.Helper()
	var got []string
	next := max(from, 1)
	ok(t, s.Lines(ctx, logID, from, to, func(n int64, line []byte) error {
		if n != next {
			t.Fatalf("line %d comes as number %d", next, n)
		}
		next++
		got = append(got, string(line))
		return nil
	}))
	return got
}

var logTests = tests{
	"CommittedLogIsReadBackWhole": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		w := must(s.NewLog(ctx, id(2)))(t)
		must(io.WriteString(w, "one\r\ntwo"))(t)
		spans := []store.LogSpan{{Start: 0, End: 3, Type: "Email"}, {Start: 3, End: 3, Type: "IPv4"}, {Start: 3, End: 1 << 40, Type: "Email"}}
		for _, sp := range spans {
			ok(t, w.Span(sp))
		}
		//nolint:gosec // Tokens of this kind stand for values; they open nothing.
		findings := []store.LogFinding{
			{Token: "[Email_3]", Type: "Email", Class: "personal", Rule: "email", Reason: "looks like one", Confidence: 97, Count: 2, FirstLine: 1},
			{Token: "[Email_1]", Type: "Email", Class: "personal", Rule: "email", Reason: "looks like one", Confidence: 50, Count: 1, FirstLine: 2},
		}
		want := aLog(id(2), id(1))
		ok(t, w.Commit(ctx, want, findings))
		same(t, "log", must(s.Log(ctx, id(2)))(t), want)
		same(t, "findings", must(s.Findings(ctx, id(2)))(t), findings)
		same(t, "spans", must(s.Spans(ctx, id(2)))(t), spans)
		same(t, "lines", lines(t, s, id(2), 1, 0), []string{"one\r", "two"})

		if err := w.Commit(ctx, want, nil); err == nil {
			t.Error("a log was committed twice")
		}
		if _, err := io.WriteString(w, "more"); err == nil {
			t.Error("text was taken after the commit")
		}
		ok(t, w.Abort())
		same(t, "log", must(s.Log(ctx, id(2)))(t), want)
	},
	"NothingIsVisibleBeforeCommitOrAfterAbort": func(t *testing.T, open func(*testing.T) store.Store) {
		a, b := open(t), open(t)
		addIssue(t, a, 1)
		random := noise(1 << 20) // does not compress, so that it is flushed early
		w := must(a.NewLog(ctx, id(2)))(t)
		for range 3 {
			must(w.Write(random))(t)
		}
		unseen := func() {
			t.Helper()
			for _, s := range []store.Store{a, b} {
				_, err := s.Log(ctx, id(2))
				wantErr(t, err, store.ErrNotFound)
				_, err = s.Findings(ctx, id(2))
				wantErr(t, err, store.ErrNotFound)
				_, err = s.Spans(ctx, id(2))
				wantErr(t, err, store.ErrNotFound)
				wantErr(t, s.Lines(ctx, id(2), 1, 0, func(int64, []byte) error { return nil }), store.ErrNotFound)
				wantErr(t, s.SetReview(ctx, id(2), triage.Approved, "ada", t0), store.ErrNotFound)
				if n := len(must(s.LogsOf(ctx, ""))(t)); n != 0 {
					t.Fatalf("%d logs are listed", n)
				}
			}
		}
		unseen()
		ok(t, w.Abort())
		unseen()
		chunks := 0
		ok(t, a.Dump(ctx, func(table, _ string, _ []byte) error {
			if strings.HasPrefix(table, "log_") {
				chunks++
			}
			return nil
		}))
		if chunks != 0 {
			t.Fatalf("%d values of an aborted log are left", chunks)
		}
		addLog(t, b, id(2), id(1), "now") // The id is free again.
	},
	"LinesOfAnyRangeAreThoseOfTheText": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		rnd := rand.New(rand.NewPCG(1, 2))                //nolint:gosec // the same text in every run
		long := strings.Repeat("0123456789abcdef", 20000) // 320 kB in one line
		for n, text := range []string{
			"", "\n", "\n\n", "a", "a\n", "a\nb", strings.Repeat("\n", 200000), long, long + "\n", long + "\nx\n" + long + "\n\n" + long[:65536] + "\n" + long[:65535] + "\nend",
			func() string {
				var b strings.Builder
				for i := range 30000 {
					fmt.Fprintf(&b, "%d %s\n", i, strings.Repeat("x", rnd.IntN(60)))
					if i%7000 == 6999 {
						b.WriteString(long)
					}
				}
				return b.String()
			}(),
		} {
			logID := id(100 + n)
			w := must(s.NewLog(ctx, logID))(t)
			for rest := text; rest != ""; { // in pieces of any size
				k := min(len(rest), 1+rnd.IntN(100000))
				must(io.WriteString(w, rest[:k]))(t)
				rest = rest[k:]
			}
			ok(t, w.Commit(ctx, aLog(logID, id(1)), nil))
			var want []string
			if text != "" {
				want = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			}
			if got := lines(t, s, logID, 1, 0); !equal(got, want) {
				t.Fatalf("text %d comes back otherwise: %d lines, want %d", n, len(got), len(want))
			}
			for range 40 {
				from := 1 + rnd.IntN(len(want)+2)
				to := from + rnd.IntN(20)
				if rnd.IntN(4) == 0 && len(want) > 0 {
					from = max(1, len(want)-rnd.IntN(5))
				}
				lo, hi := min(from-1, len(want)), min(to, len(want))
				if got := lines(t, s, logID, int64(from), int64(to)); !equal(got, want[lo:max(lo, hi)]) {
					t.Fatalf("text %d, lines %d..%d: %d lines, want %d", n, from, to, len(got), max(0, hi-lo))
				}
			}
		}
		stopped := 0
		ok(t, s.Lines(ctx, id(106), 5, 0, func(int64, []byte) error { stopped++; return io.EOF }))
		same(t, "calls before io.EOF", stopped, 1)
		failed := errors.New("failed")
		wantErr(t, s.Lines(ctx, id(106), 5, 0, func(int64, []byte) error { return failed }), failed)
		ok(t, s.Lines(ctx, id(106), 5, 4, func(int64, []byte) error { return failed }))
	},
	"ManySpansKeepTheirOrder": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		w := must(s.NewLog(ctx, id(2)))(t)
		var want []store.LogSpan
		for i := range 10000 {
			sp := store.LogSpan{Start: int64(i) * 7, End: int64(i)*7 + int64(i%9), Type: []string{"Email", "IPv4", "Hostname"}[i%3]}
			want = append(want, sp)
			ok(t, w.Span(sp))
		}
		ok(t, w.Commit(ctx, aLog(id(2), id(1)), nil))
		same(t, "spans", must(s.Spans(ctx, id(2)))(t), want)

		w = must(s.NewLog(ctx, id(3)))(t)
		ok(t, w.Span(store.LogSpan{Start: 5, End: 6, Type: "Email"}))
		if err := w.Span(store.LogSpan{Start: 4, End: 6, Type: "Email"}); err == nil {
			t.Error("a span out of order was taken")
		}
		if err := w.Commit(ctx, aLog(id(3), id(1)), nil); err == nil {
			t.Error("a log was committed after an error")
		}
		ok(t, w.Abort())
	},
	"LogsAreListedOldestFirst": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		addIssue(t, s, 2)
		for n, issue := range []int{1, 2, 1} {
			w := must(s.NewLog(ctx, id(10+n)))(t)
			l := aLog(id(10+n), id(issue))
			l.CreatedAt = t0.Add(-time.Duration(n) * time.Second)
			ok(t, w.Commit(ctx, l, nil))
		}
		for issue, want := range map[string][]string{id(1): {id(12), id(10)}, "": {id(12), id(11), id(10)}, id(9): nil} {
			var got []string
			for _, l := range must(s.LogsOf(ctx, issue))(t) {
				got = append(got, l.ID)
			}
			same(t, "logs of "+issue, got, want)
		}
	},
	"ALogNeedsAnIssueAndAnIDOfItsOwn": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		w := must(s.NewLog(ctx, id(2)))(t)
		wantErr(t, w.Commit(ctx, aLog(id(2), id(9)), nil), store.ErrNotFound)
		ok(t, w.Abort())
		addLog(t, s, id(3), id(1), "x")
		w = must(s.NewLog(ctx, id(3)))(t)
		wantErr(t, w.Commit(ctx, aLog(id(3), id(1)), nil), store.ErrConflict)
		w = must(s.NewLog(ctx, id(4)))(t)
		if err := w.Commit(ctx, aLog(id(5), id(1)), nil); err == nil {
			t.Error("a log was committed under another id")
		}
		same(t, "lines", lines(t, s, id(3), 1, 0), []string{"x"})
	},
	"AFailedWriterDoesNotDisturbAnother": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		failing, other := must(s.NewLog(ctx, id(2)))(t), must(s.NewLog(ctx, id(3)))(t)
		wantErr(t, failing.Commit(ctx, aLog(id(2), id(9)), nil), store.ErrNotFound)
		random := noise(2 << 20) // is flushed before its commit
		must(other.Write(random))(t)
		ok(t, failing.Abort())
		ok(t, other.Commit(ctx, aLog(id(3), id(1)), nil))
		n := 0
		ok(t, s.Lines(ctx, id(3), 1, 0, func(_ int64, line []byte) error { n += len(line) + 1; return nil }))
		if n < len(random) {
			t.Fatalf("%d of %d bytes are there", n, len(random))
		}
	},
	"ReviewIsKept": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		want := addLog(t, s, id(2), id(1), "x")
		ok(t, s.SetReview(ctx, id(2), triage.Approved, "bob", t0))
		want.Review, want.ReviewedBy, want.ReviewedAt = triage.Approved, "bob", t0
		same(t, "log", must(s.Log(ctx, id(2)))(t), want)
		wantErr(t, s.SetReview(ctx, id(9), triage.Approved, "bob", t0), store.ErrNotFound)
	},
	"DumpShowsTheTextThatIsStored": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		addIssue(t, s, 1)
		// The needle lies across the place where a long line is cut.
		const needle = "needle-in-the-haystack"
		var text bytes.Buffer
		for text.Len() < 400<<10 {
			text.WriteString(needle)
		}
		addLog(t, s, id(2), id(1), text.String())
		found := 0
		ok(t, s.Dump(ctx, func(table, column string, value []byte) error {
			if strings.HasPrefix(table, "vault_") {
				t.Errorf("a table of the vault is dumped: %s", table)
			}
			if table == "log_chunks" && column == "data" {
				found += bytes.Count(value, []byte(needle))
			}
			return nil
		}))
		if want := text.Len() / len(needle); found < want {
			t.Fatalf("the dump shows %d of %d needles", found, want)
		}
	},
}

// noise returns bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	cryptorand.Read(b) //nolint:errcheck // never fails
	return b
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
