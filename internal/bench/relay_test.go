package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// relayedArg makes the test binary the MCP server that is called directly and through tftsr. An argument, because a server that tftsr starts
// has no more of the environment than it was given.
const relayedArg = "serve-relayed"

type relayedIn struct {
	Text string `json:"text"`
}

func serveRelayed() error {
	s := mcp.NewServer(&mcp.Implementation{Name: "echo", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "echo", Description: "Says what it is told.", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(_ context.Context, _ *mcp.CallToolRequest, in relayedIn) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text}}}, nil, nil
		})
	return s.Run(context.Background(), &mcp.StdioTransport{})
}

// tftsr runs a command of the program.
func tftsr(b *testing.B, env []string, args ...string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary(b), args...)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("tftsr %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// relayPair is one server, called through tftsr and directly.
type relayPair struct {
	through, direct *mcp.ClientSession
	pid             int // of tftsr
}

func newRelayPair(b *testing.B) *relayPair {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	env := environ(b, b.TempDir())
	tftsr(b, env, "server", "add", "echo", "--", self, relayedArg)
	tftsr(b, env, "server", "approve", "echo", "--yes", "--read", "echo")
	through, cmd := connect(b, binary(b), []string{"stdio"}, env)
	p := &relayPair{through: through, pid: cmd.Process.Pid}
	p.direct, _ = connect(b, self, []string{relayedArg}, nil)
	for _, c := range []func(context.Context) error{p.relayed, p.straight} {
		if err := c(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

func say(ctx context.Context, s *mcp.ClientSession, tool string) error {
	const text = "checkout answers 502 since 14:05, and the pool is used up"
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"text": text}})
	switch {
	case err != nil:
		return err
	case res.IsError:
		return res.GetError()
	}
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok && strings.Contains(t.Text, text) {
			return nil
		}
	}
	return fmt.Errorf("the answer does not say it: %v", res.Content)
}

func (p *relayPair) relayed(ctx context.Context) error { return say(ctx, p.through, "mcp_echo_echo") }

func (p *relayPair) straight(ctx context.Context) error { return say(ctx, p.direct, "echo") }

// BenchmarkRelayedCall prints what going through tftsr adds to a call of another server: relayed and direct calls turn by turn. A relayed one
// is scanned on both ways and durable on the record before it is sent and before it is answered.
func BenchmarkRelayedCall(b *testing.B) {
	p := newRelayPair(b)
	sync := fsyncTime(b, b.TempDir())
	timed := func(f func(context.Context) error) time.Duration {
		start := time.Now()
		if err := f(b.Context()); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var relayed, direct, added []time.Duration
	var before time.Duration
	for i := range max(b.N, 1500) {
		if i == 100 {
			before = cpuTime(b, p.pid)
		}
		r, d := timed(p.relayed), timed(p.straight)
		if i < 100 {
			continue // warm-up
		}
		relayed, direct, added = append(relayed, r), append(direct, d), append(added, r-d)
	}
	slices.Sort(relayed)
	slices.Sort(direct)
	slices.Sort(added)
	b.ReportMetric(ms(quantile(relayed, 0.5)), "ms-relayed-p50")
	b.ReportMetric(ms(quantile(relayed, 0.99)), "ms-relayed-p99")
	b.ReportMetric(ms(quantile(direct, 0.5)), "ms-direct-p50")
	b.ReportMetric(ms(quantile(added, 0.25)), "ms-added-p25")
	b.ReportMetric(ms(quantile(added, 0.5)), "ms-added-p50")
	b.ReportMetric(ms(quantile(added, 0.75)), "ms-added-p75")
	reportCPU(b, p.pid, before, len(relayed), "ms-cpu-tftsr")
	b.ReportMetric(ms(sync), "ms-fsync-p50")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRelayedThroughput16 prints the calls per second of 16 callers, relayed and direct in turn, and their ratio.
func BenchmarkRelayedThroughput16(b *testing.B) {
	p := newRelayPair(b)
	const window = time.Second
	rate := func(f func(context.Context) error) float64 {
		ctx, cancel := context.WithTimeout(b.Context(), window)
		defer cancel()
		var done atomic.Int64
		var wg sync.WaitGroup
		start := time.Now()
		for range 16 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if err := f(b.Context()); err != nil {
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
	var relayed, direct, ratio []float64
	for i := range max(b.N, 8) {
		r, d := rate(p.relayed), rate(p.straight)
		if i == 0 {
			continue // warm-up
		}
		relayed, direct, ratio = append(relayed, r), append(direct, d), append(ratio, r/d)
	}
	for _, list := range [][]float64{relayed, direct, ratio} {
		slices.Sort(list)
	}
	b.ReportMetric(relayed[len(relayed)/2], "calls/s-relayed")
	b.ReportMetric(direct[len(direct)/2], "calls/s-direct")
	b.ReportMetric(ratio[len(ratio)/2], "ratio")
	b.ReportMetric(ratio[0], "ratio-min")
	b.ReportMetric(ratio[len(ratio)-1], "ratio-max")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkColdStartWithServers prints the time to the first answer with 50 servers registered and approved, which are attached meanwhile.
func BenchmarkColdStartWithServers(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	env := environ(b, b.TempDir())
	for i := range 50 {
		name := fmt.Sprintf("s%02d", i)
		tftsr(b, env, "server", "add", name, "--", self, relayedArg)
		tftsr(b, env, "server", "approve", name, "--yes", "--despite-signs", "--read", "echo") // Fifty have a tool of one name, which is a sign.
	}
	var times []time.Duration
	for range max(b.N, 15) {
		times = append(times, firstAnswer(b, binary(b), env, initialize))
	}
	report(b, times)
}
