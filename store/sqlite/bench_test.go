package sqlite

import (
	"fmt"
	"io"
	"path/filepath"
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

// BenchmarkSearch searches 10,000 issues for a word that is in
// one, and for one that is in all.
func BenchmarkSearch(b *testing.B) {
	db := benchDB(b)
	const issues = 10_000
	now := time.Now()
	if err := db.write(b.Context(), func(c *conn) error {
		if err := c.fullText(); err != nil {
			return err
		}
		for i := range issues {
			if _, err := c.exec(`INSERT INTO issues (id, owner, title, description, severity, status, category, root_cause, tags, created_at, updated_at, revision)
				VALUES (?, '', ?, ?, 'low', 'open', '', '', '', ?, ?, 1)`,
				fmt.Sprint(i), fmt.Sprintf("issue w%d of service s%d", i, i%50), strings.Repeat("common words of a description ", 8), now, now); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]string{"rare": "w4711", "common": "description"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				hits, err := db.SearchIssues(b.Context(), q, store.IssueFilter{})
				if err != nil || len(hits) == 0 {
					b.Fatal(len(hits), err)
				}
			}
		})
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
