package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/tftsr/tftsr/store"
)

func aServer(n int, name string) *store.MCPServer {
	return &store.MCPServer{
		ID: id(n), Name: name, Owner: "ada", Enabled: true, Transport: store.TransportStdio, Command: []string{"/usr/bin/mcp-grafana", "--read-only"}, Dir: "/srv",
		Auth: store.AuthNone, Env: map[string]string{"GRAFANA_URL": "https://grafana.example.com"}, SecretEnv: []string{"GRAFANA_TOKEN"},
		Headers: map[string]string{}, Trust: []store.TrustRule{{Tool: "query", Type: "Hostname", Path: "expr"}}, OnSensitive: store.SensitiveRedact,
		ConnectTimeout: 5 * time.Second, CallTimeout: 1500 * time.Millisecond, MaxBytes: 1 << 20, MaxCalls: 4,
		Health: store.ServerHealth{Status: store.ServerPending}, CreatedAt: t0, UpdatedAt: t0,
	}
}

func aPin(kind store.PinKind, name, alias string) store.Pin {
	p := store.Pin{
		Kind: kind, Name: name, Alias: alias, State: store.PinApproved, Approved: []byte(`{"name":"x"}`), ApprovedDigest: "ab", ApprovedCheck: "cd",
		Seen: []byte(`{"name":"y"}`), SeenDigest: "ef", ApprovedBy: "ada", ApprovedAt: t0, FirstSeen: t0, LastSeen: t0.Add(time.Hour),
	}
	if kind == store.PinTool {
		p.Policy = store.ToolConfirm
	}
	return p
}

var serverTests = tests{
	"AServerIsKeptAsItWasRegistered": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		before := must(s.Generation(ctx))(t)
		a, b := aServer(1, "grafana"), aServer(2, "github")
		b.Transport, b.Command, b.Dir, b.URL, b.Auth, b.AuthHeader = store.TransportHTTP, nil, "", "https://mcp.example.com/mcp", store.AuthKey, "X-Key"
		b.Enabled, b.PrivateNetwork, b.OnSensitive, b.Scopes, b.ClientID = false, true, store.SensitiveRefuse, []string{"read"}, "client"
		b.SecretHeaders, b.Trust = []string{"X-Org"}, nil
		ok(t, s.SaveServer(ctx, a))
		ok(t, s.SaveServer(ctx, b))
		same(t, "one", must(open(t).Server(ctx, "grafana"))(t), a)
		same(t, "all", must(s.ListServers(ctx))(t), []store.MCPServer{*b, *a})
		if must(s.Generation(ctx))(t) <= before {
			t.Error("a running server does not see it")
		}
		wantErr(t, s.SaveServer(ctx, aServer(3, "github")), store.ErrConflict)
		a.Name, a.Command = "metrics", []string{"/bin/true"}
		ok(t, s.SaveServer(ctx, a))
		same(t, "changed", must(s.Server(ctx, "metrics"))(t), a)
		_, err := s.Server(ctx, "grafana")
		wantErr(t, err, store.ErrNotFound)
	},
	"WhatNoServerCanBeIsRefused": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		for what, change := range map[string]func(*store.MCPServer){
			"transport":            func(m *store.MCPServer) { m.Transport = "carrier pigeon" },
			"auth":                 func(m *store.MCPServer) { m.Auth = "trust me" },
			"what is sensitive":    func(m *store.MCPServer) { m.OnSensitive = "send" },
			"a command with a URL": func(m *store.MCPServer) { m.URL = "https://example.com" },
			"a command with auth":  func(m *store.MCPServer) { m.Auth = store.AuthBearer },
			"http without a URL":   func(m *store.MCPServer) { m.Transport = store.TransportHTTP },
			"a negative bound":     func(m *store.MCPServer) { m.MaxCalls = -1 },
		} {
			m := aServer(1, "grafana")
			change(m)
			if err := s.SaveServer(ctx, m); err == nil {
				t.Errorf("%s: stored", what)
			}
		}
		ok(t, s.SaveServer(ctx, aServer(1, "grafana")))
		if err := s.NoteHealth(ctx, id(1), store.ServerHealth{Status: "fine"}); err == nil {
			t.Error("a status that there is not is stored")
		}
		for what, change := range map[string]func(*store.Pin){
			"state":                     func(p *store.Pin) { p.State = "trusted" },
			"policy":                    func(p *store.Pin) { p.Policy = "always" },
			"approved without anything": func(p *store.Pin) { p.Approved = nil },
			"kind":                      func(p *store.Pin) { p.Kind = "sampling" },
		} {
			p := aPin(store.PinTool, "query", "mcp_grafana_query")
			change(&p)
			if err := s.UpdatePins(ctx, id(1), func([]store.Pin) ([]store.Pin, error) { return []store.Pin{p}, nil }); err == nil {
				t.Errorf("%s: stored", what)
			}
		}
	},
	"HealthIsNotedWithoutAlarm": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		m := aServer(1, "grafana")
		ok(t, s.SaveServer(ctx, m))
		before := must(s.Generation(ctx))(t)
		m.Health = store.ServerHealth{Status: store.ServerNeedsAuth, LastError: "log in", Protocol: "2025-11-25", DiscoveredAt: t0, At: t0.Add(time.Second)}
		ok(t, s.NoteHealth(ctx, m.ID, m.Health))
		same(t, "health", must(s.Server(ctx, "grafana"))(t), m)
		same(t, "generation", must(s.Generation(ctx))(t), before)
		wantErr(t, s.NoteHealth(ctx, id(9), m.Health), store.ErrNotFound)
		m.CallTimeout = time.Minute
		m.Health.Status = store.ServerConnected // An edit does not say how it is.
		ok(t, s.SaveServer(ctx, m))
		same(t, "health after an edit", must(s.Server(ctx, "grafana"))(t).Health.Status, store.ServerNeedsAuth)
	},
	"PinsGoWithTheirServer": func(t *testing.T, open func(*testing.T) store.Store) {
		s := open(t)
		ok(t, s.SaveServer(ctx, aServer(1, "grafana")))
		ok(t, s.SaveServer(ctx, aServer(2, "github")))
		fresh := store.Pin{Kind: store.PinPrompt, Name: "triage", Alias: "mcp_grafana_triage", State: store.PinPending, Seen: []byte(`{}`), SeenDigest: "1", FirstSeen: t0, LastSeen: t0}
		want := []store.Pin{aPin(store.PinInstructions, "", ""), fresh, aPin(store.PinResource, "x://a", ""), aPin(store.PinTool, "query", "mcp_grafana_query")}
		ok(t, s.UpdatePins(ctx, id(1), func(had []store.Pin) ([]store.Pin, error) {
			same(t, "before", len(had), 0)
			return want, nil
		}))
		same(t, "of one", must(open(t).Pins(ctx, id(1)))(t), map[string][]store.Pin{id(1): want})
		taken := func([]store.Pin) ([]store.Pin, error) {
			return []store.Pin{aPin(store.PinTool, "Query", "mcp_grafana_query")}, nil
		}
		wantErr(t, s.UpdatePins(ctx, id(2), taken), store.ErrConflict)
		before := must(s.Generation(ctx))(t)
		ok(t, s.UpdatePins(ctx, id(1), func(had []store.Pin) ([]store.Pin, error) { return had, nil }))
		same(t, "generation when nothing changed", must(s.Generation(ctx))(t), before)
		no := errors.New("no")
		wantErr(t, s.UpdatePins(ctx, id(1), func([]store.Pin) ([]store.Pin, error) { return nil, no }), no)
		same(t, "after an error", must(s.Pins(ctx, ""))(t), map[string][]store.Pin{id(1): want})
		ok(t, s.DeleteServer(ctx, id(1)))
		wantErr(t, s.DeleteServer(ctx, id(1)), store.ErrNotFound)
		same(t, "after the server", len(must(s.Pins(ctx, ""))(t)), 0)
		wantErr(t, s.UpdatePins(ctx, id(1), taken), store.ErrNotFound)
		ok(t, s.UpdatePins(ctx, id(2), taken)) // The name is free again.
	},
}

// fillServers writes a server and what is pinned of it.
func fillServers(t testing.TB, s store.Store) {
	t.Helper()
	m := aServer(90, "server-1")
	m.Env = map[string]string{"NAME": "environment-1"}
	ok(t, s.SaveServer(ctx, m))
	ok(t, s.UpdatePins(ctx, m.ID, func([]store.Pin) ([]store.Pin, error) {
		tool, prompt := aPin(store.PinTool, "tool-1", "mcp_server_tool"), aPin(store.PinPrompt, "prompt-1", "mcp_server_prompt")
		tool.Seen = []byte(`{"name":"definition-1"}`)
		return []store.Pin{tool, prompt}, nil
	}))
}
