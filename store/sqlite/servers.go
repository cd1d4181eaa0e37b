package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/store"
)

const serverColumns = "id, name, owner, enabled, transport, command, dir, url, auth, auth_header, client_id, scopes, env, secret_env, headers, secret_headers, " +
	"trust, on_sensitive, private_network, connect_timeout, call_timeout, max_bytes, max_calls, created_at, updated_at"

const healthColumns = "status, last_error, protocol, discovered_at, status_at"

func scanServer(r row) (store.MCPServer, error) {
	s := store.MCPServer{
		ID: r.text(0), Name: r.text(1), Owner: r.text(2), Enabled: r.bool(3), Transport: r.text(4), Dir: r.text(6), URL: r.text(7),
		Auth: r.text(8), AuthHeader: r.text(9), ClientID: r.text(10), OnSensitive: r.text(17), PrivateNetwork: r.bool(18),
		ConnectTimeout: time.Duration(r.int64(19)) * time.Millisecond, CallTimeout: time.Duration(r.int64(20)) * time.Millisecond,
		MaxBytes: r.int64(21), MaxCalls: int(r.int64(22)), CreatedAt: r.time(23), UpdatedAt: r.time(24),
		Health: store.ServerHealth{Status: store.ServerStatus(r.text(25)), LastError: r.text(26), Protocol: r.text(27), DiscoveredAt: r.time(28), At: r.time(29)},
	}
	for n, into := range map[int]any{
		5: &s.Command, 11: &s.Scopes, 12: &s.Env, 13: &s.SecretEnv, 14: &s.Headers, 15: &s.SecretHeaders, 16: &s.Trust,
	} {
		if err := json.Unmarshal([]byte(r.text(n)), into); err != nil {
			return s, fmt.Errorf("%w: MCP server %s", store.ErrDamaged, s.Name)
		}
	}
	return s, nil
}

// SaveServer implements [store.Servers].
func (db *DB) SaveServer(ctx context.Context, s *store.MCPServer) error {
	args := []any{
		s.ID, s.Name, s.Owner, s.Enabled, s.Transport, s.Command, s.Dir, s.URL, s.Auth, s.AuthHeader, s.ClientID, s.Scopes, s.Env, s.SecretEnv, s.Headers,
		s.SecretHeaders, s.Trust, s.OnSensitive, s.PrivateNetwork, s.ConnectTimeout.Milliseconds(), s.CallTimeout.Milliseconds(), s.MaxBytes, int64(s.MaxCalls),
		s.CreatedAt, s.UpdatedAt,
	}
	for n, v := range args {
		if kind := reflect.TypeOf(v).Kind(); kind != reflect.Slice && kind != reflect.Map {
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("save MCP server: %w", err)
		}
		args[n] = string(b)
	}
	var set []string
	for _, name := range strings.Split(serverColumns, ", ")[1:] {
		set = append(set, name+" = excluded."+name)
	}
	err := db.write(ctx, func(c *conn) error {
		// A server that is changed keeps its row, on which its pins depend.
		if _, err := c.exec("INSERT INTO mcp_servers ("+serverColumns+", "+healthColumns+") VALUES (?"+strings.Repeat(", ?", len(args)-1)+
			", 'pending', '', '', NULL, NULL) ON CONFLICT (id) DO UPDATE SET "+strings.Join(set, ", "), args...); err != nil {
			return constraint(err, "MCP server "+s.Name)
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("save MCP server: %w", err)
	}
	return nil
}

// Server implements [store.Servers].
func (db *DB) Server(ctx context.Context, name string) (*store.MCPServer, error) {
	list, err := db.servers(ctx, "WHERE name = ?", name)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("MCP server " + name)
	}
	return &list[0], nil
}

// ListServers implements [store.Servers].
func (db *DB) ListServers(ctx context.Context) ([]store.MCPServer, error) { return db.servers(ctx, "") }

func (db *DB) servers(ctx context.Context, where string, args ...any) ([]store.MCPServer, error) {
	var list []store.MCPServer
	err := db.read(ctx, func(c *conn) error {
		list = nil
		return c.query("SELECT "+serverColumns+", "+healthColumns+" FROM mcp_servers "+where+" ORDER BY name", args, func(r row) error {
			s, err := scanServer(r)
			list = append(list, s)
			return err
		})
	})
	return list, err
}

// DeleteServer implements [store.Servers].
func (db *DB) DeleteServer(ctx context.Context, id string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM mcp_servers WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("MCP server " + id)
		}
		return bump(c)
	})
}

// NoteHealth implements [store.Servers].
func (db *DB) NoteHealth(ctx context.Context, id string, h store.ServerHealth) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("UPDATE mcp_servers SET status = ?, last_error = ?, protocol = ?, discovered_at = ?, status_at = ? WHERE id = ?",
			string(h.Status), h.LastError, h.Protocol, optTime(h.DiscoveredAt), optTime(h.At), id)
		if err == nil && n == 0 {
			return notFound("MCP server " + id)
		}
		return err
	})
}

const pinColumns = "name, alias, state, approved, approved_digest, approved_check, seen, seen_digest, approved_by, approved_at, first_seen, last_seen"

func scanPin(r row) store.Pin {
	return store.Pin{
		Kind: store.PinKind(r.text(1)), Policy: store.ToolPolicy(r.text(2)), Name: r.text(3), Alias: r.text(4), State: store.PinState(r.text(5)),
		Approved: r.blob(6), ApprovedDigest: r.text(7), ApprovedCheck: r.text(8), Seen: r.blob(9), SeenDigest: r.text(10), ApprovedBy: r.text(11),
		ApprovedAt: r.time(12), FirstSeen: r.time(13), LastSeen: r.time(14),
	}
}

func pinsIn(c *conn, id string) (map[string][]store.Pin, error) {
	out := map[string][]store.Pin{}
	err := c.query("SELECT server_id, 'tool' AS kind, policy, "+pinColumns+" FROM mcp_tools WHERE ?1 = '' OR server_id = ?1"+
		" UNION ALL SELECT server_id, kind, '', "+pinColumns+" FROM mcp_resources WHERE ?1 = '' OR server_id = ?1 ORDER BY 1, 2, 4", []any{id}, func(r row) error {
		out[r.text(0)] = append(out[r.text(0)], scanPin(r))
		return nil
	})
	return out, err
}

// Pins implements [store.Servers].
func (db *DB) Pins(ctx context.Context, id string) (pins map[string][]store.Pin, err error) {
	err = db.read(ctx, func(c *conn) error {
		pins, err = pinsIn(c, id)
		return err
	})
	return pins, err
}

// UpdatePins implements [store.Servers].
func (db *DB) UpdatePins(ctx context.Context, id string, change func([]store.Pin) ([]store.Pin, error)) error {
	err := db.write(ctx, func(c *conn) error {
		before, err := pinsIn(c, id)
		if err != nil {
			return err
		}
		after, err := change(slices.Clone(before[id]))
		if err != nil || reflect.DeepEqual(before[id], after) {
			return err
		}
		for _, table := range []string{"mcp_tools", "mcp_resources"} {
			if _, err := c.exec("DELETE FROM "+table+" WHERE server_id = ?", id); err != nil {
				return err
			}
		}
		for i := range after {
			if err := insertPin(c, id, &after[i]); err != nil {
				return err
			}
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("pins: %w", err)
	}
	return nil
}

func insertPin(c *conn, id string, p *store.Pin) error {
	values := []any{p.Name, p.Alias, string(p.State), optBlob(p.Approved), p.ApprovedDigest, p.ApprovedCheck, optBlob(p.Seen), p.SeenDigest, p.ApprovedBy, optTime(p.ApprovedAt), p.FirstSeen, p.LastSeen}
	table, column, key := "mcp_resources", "kind", string(p.Kind)
	if p.Kind == store.PinTool {
		table, column, key = "mcp_tools", "policy", string(p.Policy)
	}
	_, err := c.exec("INSERT INTO "+table+" (owner, server_id, "+column+", "+pinColumns+") VALUES (coalesce((SELECT owner FROM mcp_servers WHERE id = ?1), ''), ?1, ?"+
		strings.Repeat(", ?", len(values))+")", append([]any{id, key}, values...)...)
	return constraint(err, string(p.Kind)+" "+p.Alias)
}

// optBlob is b, or NULL where there is none.
func optBlob(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
