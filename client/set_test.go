package client

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func self(t *testing.T, args ...string) Config {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{Name: "self", Transport: Stdio, Command: exe, Args: args}
}

func newSet(t *testing.T, o Options, cs ...Config) *Set {
	t.Helper()
	s := NewSet(o)
	for _, c := range cs {
		if err := s.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // No measure: what hangs is found.
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func settled(t *testing.T, s *Set, name string) State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	st, err := s.Settle(ctx, name)
	if err != nil {
		t.Fatalf("%v; state %+v; log %q", err, st, s.Log(name))
	}
	return st
}

func connected(t *testing.T, s *Set, name string) State {
	t.Helper()
	st := settled(t, s, name)
	if st.Status != Connected {
		t.Fatalf("state %+v; log %q", st, s.Log(name))
	}
	return st
}

func text(t *testing.T, r Reply) string {
	t.Helper()
	if r.Tool == nil || len(r.Tool.Content) == 0 {
		t.Fatalf("reply %+v", r)
	}
	c, ok := r.Tool.Content[0].(*mcp.TextContent)
	if !ok {
		t.Fatalf("content %T", r.Tool.Content[0])
	}
	return c.Text
}

func TestServerIsAttachedAndCalled(t *testing.T) {
	s := newSet(t, Options{}, self(t, asServer))
	st := connected(t, s, "self")
	if st.Era != Modern || st.PID == 0 {
		t.Errorf("state %+v", st)
	}
	c, ok := s.Catalog("self")
	if !ok || len(c.Tools) != 1 || c.Tools[0].Name != "echo" || c.Instructions != "be kind" || c.Info.Name != "fine" {
		t.Fatalf("catalog %+v", c)
	}
	r, err := s.CallTool(t.Context(), ToolCall{Call: Call{Server: "self", Owner: "me"}, Tool: "echo"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Tool == nil || !r.Tool.IsError {
		t.Errorf("a call without its argument: %+v", r.Tool)
	}
}
