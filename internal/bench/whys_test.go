package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// BenchmarkFiveWhysStep prints what a step of an analysis of 200 claims costs
// from outside, over stdio: the whole call, with its record, its scan and what
// is kept. A step adds a claim below another with a piece of evidence, and has
// the whole graph judged; the analysis grows from 176 claims to 225 meanwhile.
// get_issue stands beside it as the price of a call that does next to nothing.
func BenchmarkFiveWhysStep(b *testing.B) {
	session, cmd := connect(b, binary(b), []string{"stdio"}, environ(b, b.TempDir()))
	var step, plain []time.Duration
	var stepCPU, plainCPU time.Duration
	round := func(times *[]time.Duration, cpu *time.Duration, call func()) {
		before := cpuTime(b, cmd.Process.Pid)
		for range 50 {
			start := time.Now()
			call()
			*times = append(*times, time.Since(start))
		}
		*cpu += cpuTime(b, cmd.Process.Pid) - before
	}
	var answer int
	for range max(b.N, 5) {
		id := issue(b, session)
		w := whys{b: b, session: session}
		w.begin(id)
		for w.claims < 175 {
			w.step(5)
		}
		round(&step, &stepCPU, func() { w.step(1) })
		round(&plain, &plainCPU, func() {
			if err := get(b.Context(), session, id); err != nil {
				b.Fatal(err)
			}
		})
		answer = w.answer
	}
	b.ReportMetric(ms(stepCPU)/float64(len(step)), "ms-cpu-step")
	b.ReportMetric(ms(plainCPU)/float64(len(plain)), "ms-cpu-get_issue")
	slices.Sort(step)
	slices.Sort(plain)
	b.ReportMetric(ms(quantile(step, 0.5)), "ms-step-p50")
	b.ReportMetric(ms(quantile(step, 0.95)), "ms-step-p95")
	b.ReportMetric(ms(quantile(plain, 0.5)), "ms-get_issue-p50")
	b.ReportMetric(float64(answer), "B-answer")
	b.ReportMetric(0, "ns/op")
}

// whys is a dialogue with five_whys_step.
type whys struct {
	b        *testing.B
	session  *mcp.ClientSession
	analysis string
	revision int64
	claims   int
	answer   int // bytes of the last answer's text
}

func (w *whys) call(args map[string]any) {
	w.b.Helper()
	res, err := w.session.CallTool(w.b.Context(), &mcp.CallToolParams{Name: "five_whys_step", Arguments: args})
	if err != nil {
		w.b.Fatal(err)
	}
	if res.IsError {
		w.b.Fatal(res.Content[0].(*mcp.TextContent).Text)
	}
	out := res.StructuredContent.(map[string]any)
	w.analysis = out["analysis_id"].(string)
	w.revision = int64(out["revision"].(float64))
	w.answer = 0
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			w.answer += len(t.Text)
		}
	}
}

func (w *whys) begin(issue string) {
	w.call(map[string]any{"issue_id": issue, "problem": map[string]any{
		"what": "checkout answered 502 to one order in five", "when": "2026-11-26T14:05:00Z", "where": "region west", "expected": "each order is answered in a second",
	}})
}

// claim is the next claim, in the words of no other.
func (w *whys) claim() (id, claim string) {
	w.claims++
	parts := []string{"pool", "worker", "listener", "replica", "volume", "queue", "router", "cache", "gateway", "scheduler"}
	did := []string{"held %d connections open", "refused request %d", "waited %d ms for a lock", "wrote %d rows twice", "dropped packet %d", "used %d MB of its heap", "missed heartbeat %d"}
	return fmt.Sprintf("n%d", w.claims), fmt.Sprintf("The %s %d "+did[w.claims%len(did)], parts[w.claims%len(parts)], w.claims/10, 100+w.claims)
}

// step adds claims, each below one that is there: three below each, so that
// the graph has branches.
func (w *whys) step(n int) {
	w.b.Helper()
	var nodes []map[string]any
	var evidence []map[string]any
	for range n {
		id, claim := w.claim()
		node := map[string]any{"id": id, "claim": claim}
		if w.claims > 1 {
			node["parents"] = []string{fmt.Sprintf("n%d", (w.claims+1)/3)}
		}
		nodes = append(nodes, node)
		evidence = append(evidence, w.evidence(id))
	}
	w.call(map[string]any{"analysis_id": w.analysis, "revision": w.revision, "nodes": nodes, "evidence": evidence})
}

func (w *whys) evidence(id string) map[string]any {
	return map[string]any{"on": id, "type": "metric", "ref": fmt.Sprintf("panel-%d", w.claims), "text": fmt.Sprintf("the panel shows %d of it from 14:05 on", w.claims)}
}
