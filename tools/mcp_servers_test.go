package tools

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// mcpServer registers another MCP server, which the bench is connected to.
func (b *bench) mcpServer(name string) {
	b.t.Helper()
	down := mcp.NewServer(&mcp.Implementation{Name: "runbooks", Version: "1"}, &mcp.ServerOptions{Instructions: "Ask jane.roe@acme-widgets.com."})
	down.AddTool(&mcp.Tool{Name: "find", Description: "Finds.", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{}, nil
	})
	srv := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return down }, nil))
	b.t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	keys, err := secrets.NewKeys([32]byte{2}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		b.t.Fatal(err)
	}
	vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.deps.Store})
	if err != nil {
		b.t.Fatal(err)
	}
	r := registry.New(registry.Options{Store: b.deps.Store, Secrets: vault, Config: b.deps.Config, Gate: b.gate})
	at := time.Now().UTC().Truncate(time.Microsecond)
	s := &store.MCPServer{
		ID: "0195f000-0000-7000-8000-000000000001", Name: name, Owner: "ops", Enabled: true, Transport: store.TransportHTTP, URL: srv.URL, PrivateNetwork: true,
		CreatedAt: at, UpdatedAt: at,
	}
	if err := registry.Check(s, nil); err != nil {
		b.t.Fatal(err)
	}
	if err := b.deps.Store.SaveServer(b.t.Context(), s); err != nil {
		b.t.Fatal(err)
	}
	hub := r.NewHub(nil)
	b.t.Cleanup(func() { _ = hub.Close(context.Background()) })
	hub.Sync(b.t.Context(), []store.MCPServer{*s})
	hub.Start()
	if _, err := hub.Live(b.t.Context(), name); err != nil {
		b.t.Fatal(err)
	}
	b.deps.Gateway = hub
}

func TestAgentsSeeServersAndChangeNothing(t *testing.T) {
	b := newBench(t, setup{})
	b.mcpServer("runbooks")
	list := b.call("list_mcp_servers", map[string]any{})
	one := list["servers"].([]any)[0].(map[string]any)
	if one["name"] != "runbooks" || one["status"] != "pending" || one["tools"] != 0.0 || one["waiting"] != 2.0 || one["instructions"] != nil {
		t.Errorf("%v", one)
	}
	status := b.call("discover_mcp_server", map[string]any{"server": "runbooks"})
	if status["next"] != "tftsr server approve runbooks" || status["tools"].([]any)[0].(map[string]any)["state"] != "pending" {
		t.Errorf("%v", status)
	}
	for _, tool := range []string{"mcp_server_status", "discover_mcp_server"} {
		if _, said := b.try(tool, map[string]any{"server": "other"}); !strings.Contains(said, "list_mcp_servers") || !strings.Contains(said, "tftsr server add") {
			t.Errorf("%s: %s", tool, said)
		}
	}
}
