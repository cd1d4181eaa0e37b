package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// pair is the gated server and the bare one, each a child process with a
// database of its own that holds one issue.
type pair struct {
	gated, bare           *mcp.ClientSession
	gatedIssue, bareIssue string
	gatedPID, barePID     int
}

func newPair(b *testing.B) *pair {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := &pair{}
	gated, cmd := connect(b, binary(b), []string{"stdio"}, environ(b, b.TempDir()))
	p.gated, p.gatedPID = gated, cmd.Process.Pid
	bare, cmd := connect(b, self, nil, []string{bareEnv + "=" + b.TempDir()})
	p.bare, p.barePID = bare, cmd.Process.Pid
	p.gatedIssue, p.bareIssue = issue(b, p.gated), issue(b, p.bare)
	return p
}

func issue(b *testing.B, s *mcp.ClientSession) string {
	b.Helper()
	res, err := s.CallTool(b.Context(), &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
		"title": "Checkout answers 502 since 14:05 UTC", "severity": "high", "category": "databases",
	}})
	if err != nil || res.IsError {
		b.Fatalf("create_issue: %v %v", err, res)
	}
	out := res.StructuredContent.(map[string]any)
	return out["issue"].(map[string]any)["id"].(string)
}

func get(ctx context.Context, s *mcp.ClientSession, id string) error {
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "get_issue", Arguments: map[string]any{"issue_id": id}})
	if err == nil && res.IsError {
		err = res.GetError()
	}
	return err
}

// BenchmarkGatedCall prints what the gate adds to a call: get_issue on the
// gated server and on the bare one, turn by turn, with the time that the disk
// takes to make 4 KiB durable. A gated call is durable twice.
func BenchmarkGatedCall(b *testing.B) {
	p := newPair(b)
	sync := fsyncTime(b, b.TempDir())
	timed := func(s *mcp.ClientSession, id string) time.Duration {
		start := time.Now()
		if err := get(b.Context(), s, id); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var gated, bare, added []time.Duration
	var gatedCPU, bareCPU time.Duration
	for i := range max(b.N, 1500) {
		if i == 100 {
			gatedCPU, bareCPU = cpuTime(b, p.gatedPID), cpuTime(b, p.barePID)
		}
		g, r := timed(p.gated, p.gatedIssue), timed(p.bare, p.bareIssue)
		if i < 100 {
			continue // warm-up
		}
		gated, bare, added = append(gated, g), append(bare, r), append(added, g-r)
	}
	slices.Sort(gated)
	slices.Sort(bare)
	slices.Sort(added)
	b.ReportMetric(ms(quantile(gated, 0.5)), "ms-gated-p50")
	b.ReportMetric(ms(quantile(gated, 0.99)), "ms-gated-p99")
	b.ReportMetric(ms(quantile(bare, 0.5)), "ms-bare-p50")
	b.ReportMetric(ms(quantile(bare, 0.99)), "ms-bare-p99")
	b.ReportMetric(ms(quantile(added, 0.25)), "ms-added-p25")
	b.ReportMetric(ms(quantile(added, 0.5)), "ms-added-p50")
	b.ReportMetric(ms(quantile(added, 0.75)), "ms-added-p75")
	reportCPU(b, p.gatedPID, gatedCPU, len(gated), "ms-cpu-gated")
	reportCPU(b, p.barePID, bareCPU, len(bare), "ms-cpu-bare")
	b.ReportMetric(ms(sync), "ms-fsync-p50")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkThroughput16 prints the calls per second of 16 callers, gated and
// bare in turn, and their ratio.
func BenchmarkThroughput16(b *testing.B) {
	p := newPair(b)
	const window = time.Second
	rate := func(s *mcp.ClientSession, id string) float64 {
		ctx, cancel := context.WithTimeout(b.Context(), window)
		defer cancel()
		var done atomic.Int64
		var wg sync.WaitGroup
		start := time.Now()
		for range 16 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if err := get(b.Context(), s, id); err != nil {
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
	var gated, bare, ratio []float64
	for i := range max(b.N, 8) {
		g, r := rate(p.gated, p.gatedIssue), rate(p.bare, p.bareIssue)
		if i == 0 {
			continue // warm-up
		}
		gated, bare, ratio = append(gated, g), append(bare, r), append(ratio, g/r)
	}
	for _, list := range [][]float64{gated, bare, ratio} {
		slices.Sort(list)
	}
	b.ReportMetric(gated[len(gated)/2], "calls/s-gated")
	b.ReportMetric(bare[len(bare)/2], "calls/s-bare")
	b.ReportMetric(ratio[len(ratio)/2], "ratio")
	b.ReportMetric(ratio[0], "ratio-min")
	b.ReportMetric(ratio[len(ratio)-1], "ratio-max")
	b.ReportMetric(0, "ns/op")
}

// fsyncTime is the median time to append 4 KiB and make it durable.
func fsyncTime(b *testing.B, dir string) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	var times []time.Duration
	for range 200 {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return quantile(times, 0.5)
}
