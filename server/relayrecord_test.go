package server

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// A relayed read is on the record, as what came in and as what goes out, when
// the other server gets it, and as what came of both when the host is answered.
// Where the record cannot be written, the server gets nothing; where the
// outcome cannot, the host is told that it may have happened.
func TestARelayedReadIsOnTheRecordBeforeTheServerGetsIt(t *testing.T) {
	var f *fixture
	var calls atomic.Int32
	onRecord := func() (list []string) {
		if err := f.store.Entries(context.Background(), 1, 0, func(e audit.Entry) error {
			if e.EntityID == "mcp_notes_text" {
				phase := "outcome"
				if strings.Contains(string(e.Details), `"phase":"intent"`) {
					phase = "intent"
				}
				list = append(list, string(e.Action)+" "+phase)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		return list
	}
	const intents = "tool_call intent,mcp_tool_call intent"
	down := downstream()
	down.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if p, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok && p.Name == "text" {
				calls.Add(1)
				if got := strings.Join(onRecord(), ","); !strings.HasSuffix(got, intents) {
					t.Errorf("when the server is called the record has %s", got)
				}
			}
			return next(ctx, method, req)
		}
	})
	f = gateway(t, overHTTP(t, down, true), nil)
	cs := f.connectStdio(t, "legacy")
	call := func() (*mcp.CallToolResult, error) {
		return cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mcp_notes_text"})
	}
	var appended atomic.Int32
	count := func([]audit.Draft) error { appended.Add(1); return nil }
	f.store.appending.Store(&count)
	if res, err := call(); err != nil || res.IsError {
		t.Fatal(err, textOf(res))
	}
	if got := strings.Join(onRecord(), ","); got != intents+",mcp_tool_call outcome,tool_call outcome" {
		t.Errorf("when the host is answered the record has %s", got)
	}
	appended.Store(0)
	if _, err := call(); err != nil {
		t.Fatal(err)
	}
	if n := appended.Load(); n != 2 {
		t.Errorf("a call takes %d transactions", n)
	}

	before := calls.Load()
	full := func([]audit.Draft) error { return store.ErrFull }
	f.store.appending.Store(&full)
	if _, err := call(); err == nil || !strings.Contains(err.Error(), "did not run") {
		t.Errorf("without a record the host is told %v", err)
	}
	if calls.Load() != before {
		t.Error("the server was called without a record")
	}
	var nth atomic.Int32
	once := func([]audit.Draft) error {
		if nth.Add(1) > 1 {
			return store.ErrFull
		}
		return nil
	}
	f.store.appending.Store(&once)
	if _, err := call(); err == nil || !strings.Contains(err.Error(), "may have happened") {
		t.Errorf("without an outcome the host is told %v", err)
	}
	f.store.appending.Store(nil)
}
