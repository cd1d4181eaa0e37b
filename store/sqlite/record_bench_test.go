package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
)

// benchGate opens a gate on a database of its own.
func benchGate(b *testing.B, dir string) (*gate.Gate, context.Context) {
	b.Helper()
	keys, err := secrets.NewKeys([32]byte{1}, "bench")
	if err != nil {
		b.Fatal(err)
	}
	skey, _, err := note.GenerateKey(rand.Reader, "tftsr-bench")
	if err != nil {
		b.Fatal(err)
	}
	ctx := gate.WithCaller(context.Background(), gate.Caller{ID: "ada", Channel: gate.ChannelStdio})
	g, err := gate.New(ctx, gate.Options{Store: openAt(b, filepath.Join(dir, "tftsr.db")), Keys: keys, Config: config.Default(), SignKey: skey, HeadFile: filepath.Join(dir, "audit.head")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := g.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	return g, ctx
}

// BenchmarkRecord prints what tree and checkpoints cost: durable, encrypted
// entries a second with the chain alone and with all of it, in turn in one
// run, and the ratio. The chain alone is this package; all of it is the gate,
// as calls use it: it makes the details, scans them, writes the tree, signs
// the head of each group and keeps it, and hands on checkpoints.
func BenchmarkRecord(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			db := benchDB(b)
			db.chainOnly = true
			g, ctx := benchGate(b, b.TempDir())
			draft := []audit.Draft{{
				Timestamp: time.Now(), Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue", UserID: "ada",
				Details: []byte(`{"bytes":1234,"channel":"stdio","client":"","phase":"event","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}`), Phase: audit.PhaseEvent,
			}}
			in := gate.Intent{
				Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue",
				Details: map[string]any{"bytes": 1234, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
			}
			chain := func() error { _, err := db.Append(ctx, draft); return err }
			whole := func() error { return g.Note(ctx, in) }
			var alone, all, ratio []float64
			for i := range max(b.N, 15) {
				c, w := rate(b, callers, chain), rate(b, callers, whole)
				if i > 0 { // The first is a warm-up.
					alone, all, ratio = append(alone, c), append(all, w), append(ratio, w/c)
				}
			}
			for _, list := range [][]float64{alone, all, ratio} {
				slices.Sort(list)
			}
			b.ReportMetric(alone[len(alone)/2], "entries/s-chain")
			b.ReportMetric(all[len(all)/2], "entries/s")
			b.ReportMetric(ratio[len(ratio)/2], "ratio")
			b.ReportMetric(ratio[0], "ratio-min")
			b.ReportMetric(ratio[len(ratio)-1], "ratio-max")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// rate is how often a second f runs, by so many at once.
func rate(b *testing.B, callers int, f func() error) float64 {
	b.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(start) < 300*time.Millisecond {
				if err := f(); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// filledRecord is a record of n entries as calls write them.
func filledRecord(b *testing.B, n int) (*DB, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "tftsr.db")
	db := openAt(b, path)
	for done := 0; done < n; {
		group := make([]audit.Draft, 0, 4096)
		for len(group) < cap(group) && done < n {
			details := fmt.Appendf(nil, `{"args":"%064x","args_bytes":52,"channel":"stdio","client":"bench/1","phase":"event","protocol":"2026-07-28"}`, done)
			group = append(group, audit.Draft{Timestamp: time.Now(), Action: audit.ActionToolCall, EntityType: "tool", EntityID: "get_issue", UserID: "ada", Details: details})
			done++
		}
		if _, err := db.Append(b.Context(), group); err != nil {
			b.Fatal(err)
		}
	}
	return db, path
}

// BenchmarkProof prints the time to make the proof of one entry of 100,000.
func BenchmarkProof(b *testing.B) {
	const n = 100_000
	db, _ := filledRecord(b, n)
	read := func(x []int64) ([]audit.Hash, error) { return db.TreeNodes(b.Context(), x) }
	tree, err := audit.LoadTree(n, read)
	if err != nil {
		b.Fatal(err)
	}
	head := audit.Head{Origin: "bench", Size: n, Root: tree.Root()}
	var times []time.Duration
	for i := int64(0); b.Loop(); i++ {
		start := time.Now()
		seq := i*7919%n + 1
		err := db.Entries(b.Context(), seq, seq, func(e audit.Entry) error {
			_, err := audit.Prove(e, head, nil, read)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "us-p50")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "us-p99")
}

// BenchmarkMillion prints, for a record of a million entries, what a start
// checks of it, what the whole verification takes, and how large it is.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	db, path := filledRecord(b, n)
	if err := db.write(b.Context(), func(*conn) error { return nil }); err != nil {
		b.Fatal(err)
	}
	keys, err := secrets.NewKeys([32]byte{1}, "bench")
	if err != nil {
		b.Fatal(err)
	}
	skey, _, err := note.GenerateKey(rand.Reader, "tftsr-bench")
	if err != nil {
		b.Fatal(err)
	}
	ctx := gate.WithCaller(context.Background(), gate.Caller{ID: "ada", Channel: gate.ChannelStdio})
	o := gate.Options{Store: db, Keys: keys, Config: config.Default(), SignKey: skey, HeadFile: filepath.Join(b.TempDir(), "audit.head")}
	open := func() time.Duration {
		start := time.Now()
		g, err := gate.New(ctx, o)
		took := time.Since(start)
		if err == nil {
			err = g.Close(ctx)
		}
		if err != nil {
			b.Fatal(err)
		}
		return took
	}
	open() // The first one signs what is there.
	b.Run("check", func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			start := time.Now()
			if err := gate.CheckStart(ctx, o); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-p50")
	})
	b.Run("start", func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			times = append(times, open())
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-p50")
	})
	b.Run("verify", func(b *testing.B) {
		var entries int64
		for b.Loop() {
			r, err := gate.VerifyRecord(ctx, o)
			if err != nil || !r.OK() && r.FirstBad < n { // The first start had no head.
				b.Fatal(err, r.Findings)
			}
			entries += r.Entries
		}
		b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
	})
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/n, "B/entry")
}
