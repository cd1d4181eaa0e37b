package tools

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	fake "github.com/tftsr/tftsr/internal/fakes/ollama"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/store"
)

func TestAPullWaitsForAPersonAndIsOnTheRecord(t *testing.T) {
	b, f := modelsBench(t, setup{}, fake.Options{Speed: 1e13})
	_, text := b.try("pull_ollama_model", map[string]any{"model": "qwen3:8b"})
	if !strings.Contains(text, "tftsr approvals approve") || f.Calls("POST /api/pull") != 0 {
		t.Fatalf("%q, %d pulls", text, f.Calls("POST /api/pull"))
	}
	list, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	a := list[0]
	if !strings.HasPrefix(a.Destination, "ollama:127.0.0.1:") || !strings.HasSuffix(a.Destination, "/qwen3:8b") || !strings.Contains(a.Preview, "registry.ollama.ai") || !strings.Contains(a.Preview, "about 4.9 GiB") {
		t.Errorf("%+v", a)
	}
	if _, err := b.gate.AnswerApproval(b.person(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	// It is of this model only.
	if _, text := b.try("pull_ollama_model", map[string]any{"model": "llama3.2:3b", "approval_id": a.ID}); !strings.Contains(text, "something else") || f.Calls("POST /api/pull") != 0 {
		t.Fatalf("%q", text)
	}
	out := b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b", "approval_id": a.ID})
	if out["state"] != "done" || out["percent"] != 100.0 || !f.Has("qwen3:8b") {
		t.Fatalf("%v", out)
	}
	got := b.entries(audit.ActionExternalWrite)
	if len(got) != 2 || got[0].EntityID != "qwen3:8b" {
		t.Fatalf("%+v", got)
	}
	// It holds once.
	if _, text := b.try("pull_ollama_model", map[string]any{"model": "qwen3:8b", "approval_id": a.ID}); !strings.Contains(text, "used already") {
		t.Errorf("%q", text)
	}
}

// TestAPullOutlivesItsCall holds that nobody is asked twice for one pull,
// however many calls follow it.
func TestAPullOutlivesItsCall(t *testing.T) {
	short := func(c *config.Config) {
		c.Writes.Default, c.Limits.CallTimeout = config.WriteConfirm, 200*time.Millisecond
	}
	b, f := modelsBench(t, setup{config: short, answer: "accept"}, fake.Options{Speed: 1e9})
	out := b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"})
	if out["state"] != "pulling" || out["percent"].(float64) > 90 || f.Has("qwen3:8b") {
		t.Fatalf("%v", out)
	}
	approvals := len(b.entries(audit.ActionApprovalNew))
	f.Set(func(o *fake.Options) { o.Speed = 0 })
	for range 50 {
		if out = b.call("pull_ollama_model", map[string]any{"model": "QWEN3:8b"}); out["state"] == "done" {
			break
		}
	}
	if out["state"] != "done" || !f.Has("qwen3:8b") || f.Calls("POST /api/pull") != 1 || len(b.entries(audit.ActionApprovalNew)) != approvals {
		t.Errorf("%v, %d pulls", out, f.Calls("POST /api/pull"))
	}
}

func TestAPullThatEndsWhileNobodyWaitsIsToldOnce(t *testing.T) {
	b, f := modelsBench(t, setup{config: func(c *config.Config) {
		c.Writes.Default, c.Limits.CallTimeout = config.WriteAllow, 20*time.Millisecond
	}}, fake.Options{Speed: 1e9})
	b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"})
	f.Set(func(o *fake.Options) { o.Free = 1 })
	n, _ := ollama.ParseName("qwen3:8b")
	q := b.deps.Ollama.Pulls.Find(n)
	if over, err := q.Wait(t.Context(), 10*time.Second, time.Millisecond, func(ollama.Progress) {}); !over || ollama.KindOf(err) != ollama.KindDiskFull {
		t.Fatal(over, err)
	}
	if _, text := b.try("pull_ollama_model", map[string]any{"model": "qwen3:8b"}); !strings.Contains(text, "no space is left") || f.Calls("POST /api/pull") != 1 {
		t.Errorf("%q", text)
	}
	f.Set(func(o *fake.Options) { o.Free, o.Speed = 0, 0 })
	for range 50 {
		if b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"})["state"] == "done" {
			break
		}
	}
	if !f.Has("qwen3:8b") || f.Calls("POST /api/pull") != 2 {
		t.Errorf("%d pulls", f.Calls("POST /api/pull"))
	}
}

func TestAHostIsToldHowFarAPullIs(t *testing.T) {
	b, _ := modelsBench(t, allow, fake.Options{Speed: 2e9})
	var mu sync.Mutex
	var seen []mcp.ProgressNotificationParams
	b.connectWith(allow, &mcp.ClientOptions{ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, *r.Params)
	}})
	p := &mcp.CallToolParams{Name: "pull_ollama_model", Arguments: map[string]any{"model": "qwen3:8b"}}
	p.SetProgressToken("follow")
	res, err := b.session.CallTool(t.Context(), p)
	if err != nil || res.IsError {
		t.Fatal(res, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) < 2 {
		t.Fatalf("%d notifications", len(seen))
	}
	for i, n := range seen {
		if n.ProgressToken != "follow" || n.Message == "" || i > 0 && n.Progress <= seen[i-1].Progress || n.Progress > n.Total {
			t.Errorf("%d: %+v", i, n)
		}
	}
}

func TestACallThatIsCancelledStopsItsPull(t *testing.T) {
	b, f := modelsBench(t, allow, fake.Options{Speed: 1e8})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for f.Kept("qwen3:8b") < 1e6 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := b.session.CallTool(ctx, &mcp.CallToolParams{Name: "pull_ollama_model", Arguments: map[string]any{"model": "qwen3:8b"}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	n, _ := ollama.ParseName("qwen3:8b")
	if q := b.deps.Ollama.Pulls.Find(n); q != nil {
		if over, err := q.Wait(t.Context(), 10*time.Second, time.Millisecond, func(ollama.Progress) {}); !over || !errors.Is(err, context.Canceled) {
			t.Fatal(over, err)
		}
	}
	kept := f.Kept("qwen3:8b")
	if f.Has("qwen3:8b") || kept == 0 {
		t.Fatal("it was not stopped")
	}
	// What it left is told, and the next pull goes on from there.
	if out := b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"}); out["state"] != "stopped" || !strings.Contains(out["note"].(string), "goes on from there") {
		t.Errorf("%v", out)
	}
	f.Set(func(o *fake.Options) { o.Speed = 0 })
	if out := b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"}); out["state"] != "done" {
		t.Errorf("%v", out)
	}
	statuses := ""
	for _, e := range b.entries(audit.ActionExternalWrite) {
		statuses += string(e.Details)
	}
	if !strings.Contains(statuses, `"status":"cancelled"`) || !strings.Contains(statuses, `"status":"ok"`) {
		t.Errorf("the record has %s", statuses)
	}
}

func TestAPullIsStoppedByItsOwner(t *testing.T) {
	b, f := modelsBench(t, setup{config: func(c *config.Config) {
		c.Writes.Default, c.Limits.CallTimeout = config.WriteAllow, 100*time.Millisecond
	}}, fake.Options{Speed: 1e6})
	if _, text := b.try("pull_ollama_model", map[string]any{"model": "qwen3:8b", "stop": true}); !strings.Contains(text, "no pull of qwen3:8b runs") {
		t.Error(text)
	}
	b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b"})
	if out := b.call("pull_ollama_model", map[string]any{"model": "qwen3:8b", "stop": true}); out["state"] != "stopped" || f.Has("qwen3:8b") {
		t.Errorf("%v", out)
	}
	n, _ := ollama.ParseName("llama3.2:3b")
	if _, _, err := b.deps.Ollama.Pulls.Start("somebody", n, func(ctx context.Context, _ func(ollama.Progress)) error { <-ctx.Done(); return ctx.Err() }); err != nil {
		t.Fatal(err)
	}
	if _, text := b.try("pull_ollama_model", map[string]any{"model": "llama3.2:3b", "stop": true}); !strings.Contains(text, "somebody else's") {
		t.Error(text)
	}
}
