package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// FuzzSearch: no query is an error.
func FuzzSearch(f *testing.F) {
	db, err := Open(f.Context(), Options{Path: filepath.Join(f.TempDir(), "tftsr.db"), Key: testKey})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	if err := db.CreateIssue(f.Context(), &triage.Issue{ID: "1", Title: "alpha beta", Description: "gamma"}); err != nil {
		f.Fatal(err)
	}
	w, err := db.NewLog(f.Context(), "l")
	if err == nil {
		_, err = w.Write([]byte("delta epsilon [Email_3] 502 café"))
	}
	if err == nil {
		err = w.Commit(f.Context(), &triage.Log{ID: "l", IssueID: "1"}, nil)
	}
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{"alpha", "delta", "[Email_3]", "alpha delt", "12345678", `"`, "a AND (", "NEAR(a b)", "title:x", "\x00", "*", "é\xff"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if _, err := db.SearchIssues(t.Context(), q, store.IssueFilter{}); err != nil {
			t.Fatalf("%q: %v", q, err)
		}
	})
}

// FuzzDecodeSpans: whatever is in a block, decoding ends and either gives the
// number of spans that the row names or says that it is damaged.
func FuzzDecodeSpans(f *testing.F) {
	w := &logWriter{line: 1}
	for i := range 5 {
		w.appendSpan(store.LogSpan{Start: int64(i * 10), End: int64(i*10 + 3), Type: []string{"Email", "IPv4"}[i%2]})
	}
	w.cutSpans()
	f.Add(w.spanBlocks[0].data, 5)
	f.Add([]byte{}, 0)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 1)
	f.Fuzz(func(t *testing.T, data []byte, count int) {
		n := 0
		err := decodeSpans(data, count, func(store.LogSpan) error { n++; return nil })
		if err == nil && n != max(count, 0) || err != nil && !errors.Is(err, store.ErrDamaged) {
			t.Fatalf("%d of %d spans: %v", n, count, err)
		}
	})
}

// FuzzTags: tags come back as they were.
func FuzzTags(f *testing.F) {
	f.Add("a", "b")
	f.Add("\n", `\`)
	f.Add(`\n`, "\\\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := splitTags(joinTags([]string{a, b}))
		if len(got) != 2 || got[0] != a || got[1] != b {
			t.Fatalf("%q", got)
		}
	})
}
