package sqlite

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

func benchDB(b *testing.B) *DB {
	b.Helper()
	return openAt(b, filepath.Join(b.TempDir(), "tftsr.db"))
}

// BenchmarkOpen is the start on a database that is there.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "tftsr.db")
	if err := openAt(b, path).Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := Open(b.Context(), Options{Path: path, Key: testKey})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint("rows=", n), func(b *testing.B) {
			db := benchDB(b)
			d := drafts(n)
			for b.Loop() {
				if _, err := db.Append(b.Context(), d); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	b.Run("callers=16", func(b *testing.B) {
		db := benchDB(b)
		d := drafts(1)
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := db.Append(b.Context(), d); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func BenchmarkAllocate(b *testing.B) {
	batch := func(from int) []store.VaultValue {
		list := make([]store.VaultValue, 1000)
		for i := range list {
			list[i] = mail(from + i)
		}
		return list
	}
	b.Run("new=1000", func(b *testing.B) {
		db := benchDB(b)
		from := 0
		for b.Loop() {
			if _, err := db.Allocate(b.Context(), batch(from)); err != nil {
				b.Fatal(err)
			}
			from += 1000
		}
	})
	b.Run("known=1000", func(b *testing.B) {
		db := benchDB(b)
		for b.Loop() {
			if _, err := db.Allocate(b.Context(), batch(0)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("known=1", func(b *testing.B) {
		db := benchDB(b)
		one := []store.VaultValue{mail(1)}
		for b.Loop() {
			if _, err := db.Allocate(b.Context(), one); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLog(b *testing.B) {
	const line = "2026-03-04T05:06:07Z app[123]: request 0000 from [PrivateIPv4_12] took 345 ms, user [Email_3]\n"
	text := strings.Repeat(line, 100_000)
	db := benchDB(b)
	if err := db.CreateIssue(b.Context(), &triage.Issue{ID: "i"}); err != nil {
		b.Fatal(err)
	}
	n := 0
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			n++
			w, err := db.NewLog(b.Context(), fmt.Sprint(n))
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err == nil {
				err = w.Commit(b.Context(), &triage.Log{ID: fmt.Sprint(n), IssueID: "i"}, nil)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, r := range map[string][2]int64{"lines=10": {50_000, 50_009}, "lines=all": {1, 0}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := db.Lines(b.Context(), "1", r[0], r[1], func(int64, []byte) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSearch searches 100,000 issues of 50 words, and the logs of 20,000
// of them, for words that are in few and in most, and with filters. The median
// and the 99th percentile are printed too.
func BenchmarkSearch(b *testing.B) {
	db := benchDB(b)
	const issues, logs = 100_000, 20_000
	r := rand.New(rand.NewPCG(1, 2))
	words := func(n int) string {
		var text strings.Builder
		for range n {
			// Of 20,000 words the first are in most texts, as in a language.
			fmt.Fprintf(&text, "w%d ", int(math.Exp(r.Float64()*math.Log(20_000))))
		}
		return text.String()
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := db.write(b.Context(), func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		for i := range issues {
			at := start.Add(time.Duration(i) * time.Minute)
			if _, err := c.exec(`INSERT INTO issues (n, id, owner, title, description, severity, status, category, root_cause, tags, created_at, updated_at, revision)
				VALUES (?, ?, '', ?, ?, ?, ?, ?, '', '', ?, ?, 1)`,
				i+1, fmt.Sprint(i), words(8)+fmt.Sprintf("service only%d", i), words(40)+"error", []string{"low", "high", "critical"}[i%3],
				[]string{"open", "closed"}[min(1, i%100)], fmt.Sprint("c", i%20), at, at); err != nil {
				return err
			}
		}
		for i := range logs {
			if _, err := c.exec(`INSERT INTO logs (n, id, owner, issue_id, name, original_sha256, redacted_sha256, original_bytes, redacted_bytes, lines, compressed,
				counts, review, reviewed_by, created_at) VALUES (?, ?, '', ?, '', '', '', 0, 0, 0, 0, '', '', '', 0)`, i+1, fmt.Sprint("l", i), fmt.Sprint(i*5)); err != nil {
				return err
			}
			if _, err := c.exec("INSERT INTO logs_fts (rowid, words) VALUES (?, ?)", i+1, words(300)+fmt.Sprintf("inlog%d error", i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name, query string
		filter      store.IssueFilter
	}{
		{"rare", "only4711", store.IssueFilter{}},
		{"rare-in-log", "inlog4711", store.IssueFilter{}},
		{"two-words", "w30 w50", store.IssueFilter{}},
		{"common", "error", store.IssueFilter{}},
		{"common-two", "error service", store.IssueFilter{}},
		{"common-prefix", "erro", store.IssueFilter{}},
		{"common-one-percent-open", "error", store.IssueFilter{Status: triage.StatusOpen}},
		{"common-critical-of-category", "error", store.IssueFilter{Severity: triage.SeverityCritical, Category: "c7"}},
		{"common-of-last-week", "error", store.IssueFilter{Since: start.Add((issues - 7*24*60) * time.Minute)}},
		{"common-of-first-week", "error", store.IssueFilter{Until: start.Add(7 * 24 * time.Hour)}},
		{"nothing", "nowhere", store.IssueFilter{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := db.SearchIssues(b.Context(), c.query, c.filter); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
	for name, text := range likeQueries(words) {
		b.Run("like-"+name, func(b *testing.B) {
			var took []time.Duration
			found := 0
			for b.Loop() {
				began := time.Now()
				like, err := db.IssuesLike(b.Context(), text, 50)
				if err != nil {
					b.Fatal(err)
				}
				found = len(like.Issues)
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(found), "issues")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// likeQueries are texts to compare with the issues of [BenchmarkSearch].
func likeQueries(words func(int) string) map[string]string {
	return map[string]string{
		"rare":   "service only4711 does not answer since only99",
		"issue":  words(8) + words(40) + "error",
		"long":   words(2000),
		"common": "error service w1 w2 w3",
	}
}

// BenchmarkRead is the price of the smallest read.
func BenchmarkRead(b *testing.B) {
	db := benchDB(b)
	var failed atomic.Bool
	b.Run("generation", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Generation(b.Context()); err != nil {
				failed.Store(true)
			}
		}
	})
	b.Run("original", func(b *testing.B) {
		tokens, err := db.Allocate(b.Context(), []store.VaultValue{mail(1)})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := db.Original(b.Context(), pii.Token{Label: tokens[0].Label, Ordinal: tokens[0].Ordinal}); err != nil {
				failed.Store(true)
			}
		}
	})
	if failed.Load() {
		b.Fatal("a read failed")
	}
}

// BenchmarkIssueSalts is what each call that names an issue asks.
func BenchmarkIssueSalts(b *testing.B) {
	db := benchDB(b)
	i := &triage.Issue{ID: "01990000-0000-7000-8000-000000000001", Title: "t"}
	if err := db.CreateIssue(b.Context(), i); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if salts, err := db.IssueSalts(b.Context(), []string{i.ID}); err != nil || len(salts) != 1 {
			b.Fatal(len(salts), err)
		}
	}
}
