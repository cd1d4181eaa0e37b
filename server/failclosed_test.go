package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Allocate lets a test break or hold up the scan of a text that holds a new
// value: it is where the scanner waits for the vault.
func (h *hookStore) Allocate(ctx context.Context, values []store.VaultValue) ([]pii.Token, error) {
	if f := h.allocating.Load(); f != nil {
		if err := (*f)(); err != nil {
			return nil, err
		}
	}
	return h.Store.Allocate(ctx, values)
}

// counter is a tool that says how often it ran.
func counter(f *fixture, name, text string) *atomic.Int32 {
	var n atomic.Int32
	f.tool(name, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		n.Add(1)
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
	})
	return &n
}

// bothTransports runs a test over each transport.
func bothTransports(t *testing.T, change func(*config.Config, *Options), run func(*testing.T, *fixture, *mcp.ClientSession)) {
	for name, connect := range map[string]func(*fixture, testing.TB, string) *mcp.ClientSession{"stdio": (*fixture).connectStdio, "http": (*fixture).connectHTTP} {
		for era := range eras {
			t.Run(name+"/"+era, func(t *testing.T) {
				f := newFixture(t, change)
				run(t, f, connect(f, t, era))
				f.store.appending.Store(nil)
				f.store.allocating.Store(nil)
				f.nothingLeaked(t)
			})
		}
	}
}

// fails calls a tool and returns the protocol error that must come back.
func fails(t *testing.T, cs *mcp.ClientSession, p *mcp.CallToolParams) *jsonrpc.Error {
	t.Helper()
	res, err := cs.CallTool(t.Context(), p)
	var rpc *jsonrpc.Error
	if !errors.As(err, &rpc) {
		t.Fatalf("got %s, %v; want a protocol error", seen(t, res, nil), err)
	}
	return rpc
}

func TestNoTextLeavesWhenTheScannerFails(t *testing.T) {
	bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		in, out := counter(f, "in", "done"), counter(f, "out", planted)
		broken := func() error { return errors.New("the vault is broken: " + email) }
		f.store.allocating.Store(&broken)
		if e := fails(t, cs, &mcp.CallToolParams{Name: "in", Arguments: map[string]any{"text": planted}}); !strings.Contains(e.Message, "nothing ran") {
			t.Errorf("inbound: %s", e.Message)
		}
		if in.Load() != 0 {
			t.Error("the handler ran although its arguments could not be scanned")
		}
		if e := fails(t, cs, &mcp.CallToolParams{Name: "out"}); !strings.Contains(e.Message, "withheld") {
			t.Errorf("outbound: %s", e.Message)
		}
		if out.Load() != 1 {
			t.Errorf("the handler ran %d times, not once", out.Load())
		}
		f.store.allocating.Store(nil)
		if _, d, ok := f.lastOf(t, audit.ActionToolCall, audit.PhaseOutcome); !ok || d["withheld"] != true || d["status"] != "error" {
			t.Errorf("outcome of the withheld answer: %v", d)
		}
		f.paired(t)
	})
}

func TestNoTextLeavesWhenTheScannerTakesTooLong(t *testing.T) {
	quick := func(c *config.Config, _ *Options) { c.Limits.ScanTimeout = 150 * time.Millisecond }
	bothTransports(t, quick, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		in := counter(f, "in", "done")
		counter(f, "out", planted)
		hold := make(chan struct{})
		defer close(hold)
		slow := func() error { <-hold; return nil }
		f.store.allocating.Store(&slow)
		start := time.Now()
		if e := fails(t, cs, &mcp.CallToolParams{Name: "in", Arguments: map[string]any{"text": planted}}); !strings.Contains(e.Message, "nothing ran") {
			t.Errorf("inbound: %s", e.Message)
		}
		if in.Load() != 0 {
			t.Error("the handler ran although its arguments were not scanned in time")
		}
		if e := fails(t, cs, &mcp.CallToolParams{Name: "out"}); !strings.Contains(e.Message, "withheld") {
			t.Errorf("outbound: %s", e.Message)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("the answers took %s", d)
		}
		f.store.allocating.Store(nil)
	})
}

func TestNothingRunsWhenTheRecordCannotBeWritten(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"disk full": {store.ErrFull, "no space"},
		"locked":    {store.ErrLocked, "another process"},
		"read-only": {store.ErrReadOnly, "read-only"},
		"other":     {errors.New("at /home/" + email), "could not be put on the record"},
	} {
		t.Run(name, func(t *testing.T) {
			bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
				ran := counter(f, "in", "done")
				broken := func([]audit.Draft) error { return c.err }
				f.store.appending.Store(&broken)
				e := fails(t, cs, &mcp.CallToolParams{Name: "in"})
				if !strings.Contains(e.Message, "did not run") || !strings.Contains(e.Message, c.says) {
					t.Errorf("the caller is told: %s", e.Message)
				}
				if ran.Load() != 0 {
					t.Error("the handler ran without a record")
				}
				f.store.appending.Store(nil)
				if got := call(t, cs, &mcp.CallToolParams{Name: "in"}); !strings.Contains(got, "done") {
					t.Errorf("after the fault: %s", got)
				}
			})
		})
	}
}

func TestALockedDatabaseStopsTheCallAndNotTheServer(t *testing.T) {
	f := newFixture(t, nil)
	cs := f.connectStdio(t, "modern")
	ran := counter(f, "in", "done")
	if got := call(t, cs, &mcp.CallToolParams{Name: "in"}); !strings.Contains(got, "done") {
		t.Fatal(got)
	}
	free := f.lockDatabase(t)
	e := fails(t, cs, &mcp.CallToolParams{Name: "in"})
	if !strings.Contains(e.Message, "another process") || ran.Load() != 1 {
		t.Errorf("ran %d times; the caller is told: %s", ran.Load(), e.Message)
	}
	free()
	if got := call(t, cs, &mcp.CallToolParams{Name: "in"}); !strings.Contains(got, "done") {
		t.Errorf("after the lock: %s", got)
	}
	f.paired(t)
}

func TestAnOutcomeThatCannotBeRecordedIsNoAnswer(t *testing.T) {
	bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		ran := counter(f, "change", "changed")
		broken := func(ds []audit.Draft) error {
			for _, d := range ds {
				if d.Phase == audit.PhaseOutcome {
					return store.ErrFull
				}
			}
			return nil
		}
		f.store.appending.Store(&broken)
		e := fails(t, cs, &mcp.CallToolParams{Name: "change"})
		if !strings.Contains(e.Message, "may have happened") || !strings.Contains(e.Message, "Do not repeat") {
			t.Errorf("the caller is told: %s", e.Message)
		}
		if ran.Load() != 1 {
			t.Errorf("the handler ran %d times, not once", ran.Load())
		}
	})
}

func TestNoByteOfAnAnswerLeavesBeforeItsOutcomeIsDurable(t *testing.T) {
	bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		counter(f, "in", "the-answer")
		var outcomes, early atomic.Int32
		look := func(drafts []audit.Draft) error {
			for _, d := range drafts {
				if d.Phase == audit.PhaseOutcome && d.EntityID == "in" {
					outcomes.Add(1)
					time.Sleep(50 * time.Millisecond) // More than an answer takes that waits for nothing.
					if bytes.Contains(f.wire.Bytes(), []byte("the-answer")) {
						early.Add(1)
					}
				}
			}
			return nil
		}
		f.store.appending.Store(&look)
		got := call(t, cs, &mcp.CallToolParams{Name: "in"})
		if !strings.Contains(got, "the-answer") || outcomes.Load() != 1 || early.Load() != 0 {
			t.Errorf("answered %s; %d outcomes were written, and the answer had left before %d", got, outcomes.Load(), early.Load())
		}
	})
}

func TestAPanicPrintsNoValueAndHasAnOutcome(t *testing.T) {
	bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.tool("boom", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic(errors.New(planted)) })
		e := fails(t, cs, &mcp.CallToolParams{Name: "boom"})
		if !strings.Contains(e.Message, "unforeseen") {
			t.Errorf("the caller is told: %s", e.Message)
		}
		if _, d, ok := f.lastOf(t, audit.ActionToolCall, audit.PhaseOutcome); !ok || d["status"] != "error" {
			t.Errorf("outcome: %v", d)
		}
		if !strings.Contains(string(f.log.Bytes()), "*errors.errorString") {
			t.Error("the log does not say what kind of panic it was")
		}
		counter(f, "next", "done")
		if got := call(t, cs, &mcp.CallToolParams{Name: "next"}); !strings.Contains(got, "done") {
			t.Errorf("after the panic: %s", got)
		}
	})
}

func TestALargeResultIsKeptAndNotSent(t *testing.T) {
	small := func(c *config.Config, _ *Options) { c.Limits.MaxResultBytes = 4 << 10 }
	bothTransports(t, small, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		counter(f, "large", strings.Repeat("a line of a log\n", 1000)+planted)
		res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "large"})
		if err != nil {
			t.Fatal(err)
		}
		if !res.IsError {
			t.Error("the answer is no error")
		}
		b, _ := json.Marshal(res.StructuredContent)
		var kept tooLargeAnswer
		if err := json.Unmarshal(b, &kept); err != nil || kept.ResultID == "" || kept.TotalBytes < 16000 || kept.MaxBytes != 4<<10 || kept.ReadWith != "read_result" {
			t.Errorf("structured content: %s", b)
		}
		if text := res.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, kept.ResultID) || !strings.Contains(text, "read_result") {
			t.Errorf("the text says: %s", text)
		}
		if w := f.wire.Bytes(); len(w) > 8<<10 {
			t.Errorf("%d bytes went over the wire", len(w))
		}
		if _, d, ok := f.lastOf(t, audit.ActionToolCall, audit.PhaseOutcome); !ok || d["kept"] != true {
			t.Errorf("outcome: %v", d)
		}
	})
}

func TestALargeResourceIsAnError(t *testing.T) {
	small := func(c *config.Config, _ *Options) { c.Limits.MaxResultBytes = 4 << 10 }
	bothTransports(t, small, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.server.mcp.AddResource(&mcp.Resource{URI: "tftsr://large", Name: "large"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{Text: strings.Repeat("a line of a log\n", 1000)}}}, nil
		})
		res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://large"})
		if err == nil || !strings.Contains(err.Error(), "more than the 4096") {
			t.Errorf("got %s, %v", seen(t, res, nil), err)
		}
	})
}

func TestCallsWithoutIdentityAreRefused(t *testing.T) {
	f := newFixture(t, nil)
	ran := counter(f, "in", "done")
	clientEnd, serverEnd := mcp.NewInMemoryTransports() // Around the wrappers of the connections.
	if _, err := f.server.mcp.Connect(t.Context(), serverEnd, nil); err != nil {
		t.Fatal(err)
	}
	c := mcp.NewClient(&mcp.Implementation{Name: "stranger", Version: "1"}, nil)
	if cs, err := c.Connect(t.Context(), clientEnd, nil); err == nil {
		cs.Close()
		t.Error("a connection without identity was served")
	}
	if ran.Load() != 0 {
		t.Error("the handler ran")
	}
	if !f.refused(t, "no identity") {
		t.Error("the refusal is not on the record")
	}
}

func TestACallThatTakesTooLongEnds(t *testing.T) {
	quick := func(c *config.Config, _ *Options) { c.Limits.CallTimeout = 100 * time.Millisecond }
	f := newFixture(t, quick)
	cs := f.connectStdio(t, "legacy")
	f.tool("slow", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	if e := fails(t, cs, &mcp.CallToolParams{Name: "slow"}); !strings.Contains(e.Message, "limits.call_timeout") {
		t.Errorf("the caller is told: %s", e.Message)
	}
	// The time of a person does not count.
	f.elicit = func(*mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		time.Sleep(300 * time.Millisecond)
		return &mcp.ElicitResult{Action: "decline"}, nil
	}
	f.tool("asks", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if _, err := r.Session.Elicit(ctx, &mcp.ElicitParams{Message: "Yes?", RequestedSchema: map[string]any{"type": "object"}}); err != nil {
			return nil, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "done"}}}, ctx.Err()
	})
	if got := call(t, cs, &mcp.CallToolParams{Name: "asks"}); !strings.Contains(got, "done") {
		t.Errorf("a call that asked a slow person: %s", got)
	}
	if _, d, ok := f.lastOf(t, audit.ActionElicit, audit.PhaseOutcome); !ok || d["answer"] != "decline" {
		t.Errorf("outcome of the question: %v", d)
	}
}

func TestACancelledCallHasAnOutcome(t *testing.T) {
	bothTransports(t, nil, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		started := make(chan struct{})
		f.tool("wait", func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-started; cancel() }()
		if _, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "wait"}); err == nil {
			t.Error("a cancelled call gave a result")
		}
		for range 300 {
			if _, d, ok := f.lastOf(t, audit.ActionToolCall, audit.PhaseOutcome); ok {
				if d["status"] != "cancelled" {
					t.Errorf("outcome: %v", d)
				}
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("a cancelled call has no outcome")
	})
}

func TestTooManyCallsAreTurnedAway(t *testing.T) {
	few := func(c *config.Config, _ *Options) { c.Limits.CallsPerSecond, c.Limits.Burst = 0.01, 8 }
	f := newFixture(t, few)
	cs := f.connectStdio(t, "modern")
	counter(f, "in", "done")
	var limited *jsonrpc.Error
	for range 10 {
		if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "in"}); errors.As(err, &limited) {
			break
		}
	}
	if limited == nil || limited.Code != codeLimit || !strings.Contains(string(limited.Data), "retry_after_ms") {
		t.Errorf("the caller is told: %+v", limited)
	}
	if !f.refused(t, "limit") {
		t.Error("the refusal is not on the record")
	}
}
