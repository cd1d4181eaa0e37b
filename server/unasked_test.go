package server

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestNobodyIsToldOfChangesBeforeItIsInitialized: the first message of a session
// is the answer to its first request.
func TestNobodyIsToldOfChangesBeforeItIsInitialized(t *testing.T) {
	s := &Server{}
	srv := mcp.NewServer(&mcp.Implementation{Name: "x", Version: "1"}, &mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{ListChanged: true}}})
	passed := make(chan string, 10)
	srv.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == "notifications/initialized" {
				s.initialized(req)
			}
			return next(ctx, method, req)
		}
	})
	srv.AddSendingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		gated := s.send(func(context.Context, string, mcp.Request) (mcp.Result, error) { return nil, nil }) //nolint:nilnil // Nothing is sent.
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if !s.unasked(req) {
				passed <- method
				return next(ctx, method, req)
			}
			return gated(ctx, method, req)
		}
	})
	ours, theirs := mcp.NewInMemoryTransports()
	if _, err := srv.Connect(t.Context(), ours, nil); err != nil {
		t.Fatal(err)
	}
	add := func(name string) {
		srv.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(`{"type":"object"}`)}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{}, nil
		})
	}
	add("before")
	select {
	case method := <-passed:
		t.Fatalf("%s was sent before initialize", method)
	case <-time.After(300 * time.Millisecond):
	}
	told := make(chan struct{}, 1)
	c := mcp.NewClient(&mcp.Implementation{Name: "c", Version: "1"}, &mcp.ClientOptions{ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { told <- struct{}{} }})
	if _, err := c.Connect(t.Context(), theirs, &mcp.ClientSessionOptions{ProtocolVersion: newestLegacy}); err != nil {
		t.Fatal(err)
	}
	add("after")
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Fatal("a session that was initialized is not told")
	}
}
