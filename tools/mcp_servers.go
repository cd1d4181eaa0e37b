package tools

import (
	"context"
	"errors"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/store"
)

// mcpServerView is another MCP server in a list.
type mcpServerView struct {
	Name         string `json:"name" jsonschema:"example=grafana"`
	Transport    string `json:"transport"`
	Status       string `json:"status" jsonschema_description:"pending, connected, unreachable, error, blocked, needs_auth or disabled"`
	LastError    string `json:"last_error,omitempty"`
	Tools        int    `json:"tools" jsonschema_description:"offered as mcp_<server>_<tool>"`
	Waiting      int    `json:"waiting" jsonschema_description:"things that its owner has not approved"`
	Instructions string `json:"instructions,omitempty" jsonschema_description:"words of the server, approved, not of tftsr"`
}

type listMCPServersOut struct {
	Servers []mcpServerView `json:"servers"`
}

func listMCPServers() Tool {
	return define(spec{
		name: "list_mcp_servers", title: "List other MCP servers", toolset: SetGateway, readOnly: true,
		description: "List the MCP servers whose tools are offered through this one, with their status.",
	}, func(ctx context.Context, c *call, _ struct{}) (listMCPServersOut, error) {
		out := listMCPServersOut{Servers: []mcpServerView{}}
		if c.Gateway == nil {
			return out, nil
		}
		servers, err := c.Store.ListServers(ctx)
		if err != nil {
			return out, err
		}
		all, err := c.Store.Pins(ctx, "")
		if err != nil {
			return out, err
		}
		for i := range servers {
			s := &servers[i]
			health := c.Gateway.Health(ctx, s)
			v := mcpServerView{Name: s.Name, Transport: s.Transport, Status: mcpStatusWord(s, health), LastError: pins.Clean(health.LastError)}
			for j := range all[s.ID] {
				p := &all[s.ID][j]
				switch {
				case p.State == store.PinPending || p.State == store.PinChanged:
					v.Waiting++
				case p.Kind == store.PinTool && pins.Usable(p):
					v.Tools++
				case p.Kind == store.PinInstructions && pins.Usable(p):
					v.Instructions = registry.Instructions(p)
				}
			}
			out.Servers = append(out.Servers, v)
		}
		return out, nil
	})
}

func mcpStatusWord(s *store.MCPServer, h store.ServerHealth) string {
	if !s.Enabled {
		return "disabled"
	}
	return string(h.Status)
}

type mcpServerIn struct {
	Server string `json:"server" gate:"id" jsonschema:"example=grafana"`
}

// maxStatusTools bounds the tools in one answer.
const maxStatusTools = 200

type mcpToolView struct {
	Name   string `json:"name" jsonschema_description:"as it is called here"`
	Tool   string `json:"tool" jsonschema_description:"as the server names it"`
	State  string `json:"state" jsonschema_description:"approved, pending, changed or removed; only approved ones are offered"`
	Policy string `json:"policy" jsonschema_description:"off, read or confirm: a person approves each call"`
}

type mcpServerStatusOut struct {
	Server       string        `json:"server" jsonschema:"example=grafana"`
	Status       string        `json:"status"`
	LastError    string        `json:"last_error,omitempty"`
	Protocol     string        `json:"protocol,omitempty"`
	DiscoveredAt string        `json:"discovered_at,omitempty"`
	Tools        []mcpToolView `json:"tools"`
	Omitted      int           `json:"omitted,omitempty"`
	Log          []string      `json:"log,omitempty" jsonschema_description:"last lines that the server wrote, newest last"`
	Next         string        `json:"next,omitempty" jsonschema_description:"what its owner can do"`
}

func mcpServerStatus() Tool {
	return define(spec{
		name: "mcp_server_status", title: "Status of another MCP server", toolset: SetGateway, readOnly: true,
		description: "Show how an MCP server is, why it cannot be used, and its tools with their state.",
	}, func(ctx context.Context, c *call, in mcpServerIn) (mcpServerStatusOut, error) {
		s, err := c.mcpServer(ctx, in.Server)
		if err != nil {
			return mcpServerStatusOut{}, err
		}
		return c.mcpStatus(ctx, s)
	})
}

func discoverMCPServer() Tool {
	return define(spec{
		name: "discover_mcp_server", title: "Ask an MCP server anew", toolset: SetGateway, idempotent: true, openWorld: true,
		description: "Connect to an MCP server again and see what it offers; what is new waits for its owner's approval.",
	}, func(ctx context.Context, c *call, in mcpServerIn) (mcpServerStatusOut, error) {
		s, err := c.mcpServer(ctx, in.Server)
		if err != nil {
			return mcpServerStatusOut{}, err
		}
		if !s.Enabled {
			return mcpServerStatusOut{}, usage("%s is disabled; its owner enables it with `tftsr server enable %s`", s.Name, s.Name)
		}
		var down *registry.StateError
		if _, err := c.Gateway.Discover(ctx, s.Name); errors.As(err, &down) {
			return mcpServerStatusOut{}, usage("%v", down)
		} else if err != nil {
			return mcpServerStatusOut{}, err
		}
		if s, err = c.mcpServer(ctx, in.Server); err != nil {
			return mcpServerStatusOut{}, err
		}
		return c.mcpStatus(ctx, s)
	})
}

// mcpServer finds a registered server.
func (c *call) mcpServer(ctx context.Context, name string) (*store.MCPServer, error) {
	s, err := c.Store.Server(ctx, name)
	if errors.Is(err, store.ErrNotFound) || c.Gateway == nil {
		return nil, usage("there is no MCP server of that name; list_mcp_servers shows them, and their owner adds one with `tftsr server add`")
	}
	return s, err
}

func (c *call) mcpStatus(ctx context.Context, s *store.MCPServer) (mcpServerStatusOut, error) {
	all, err := c.Store.Pins(ctx, s.ID)
	if err != nil {
		return mcpServerStatusOut{}, err
	}
	health := c.Gateway.Health(ctx, s)
	out := mcpServerStatusOut{Server: s.Name, Status: mcpStatusWord(s, health), LastError: pins.Clean(health.LastError), Protocol: health.Protocol, Tools: []mcpToolView{}}
	if !health.DiscoveredAt.IsZero() {
		out.DiscoveredAt = timestamp(health.DiscoveredAt)
	}
	waiting := 0
	for i := range all[s.ID] {
		p := &all[s.ID][i]
		if p.State == store.PinPending || p.State == store.PinChanged {
			waiting++
		}
		if p.Kind != store.PinTool {
			continue
		}
		if len(out.Tools) == maxStatusTools {
			out.Omitted++
			continue
		}
		out.Tools = append(out.Tools, mcpToolView{p.Alias, pins.Clean(p.Name), string(p.State), string(p.Policy)})
	}
	switch {
	case !s.Enabled:
		out.Next = "tftsr server enable " + s.Name
	case health.Status == store.ServerNeedsAuth:
		out.Next = "tftsr server login " + s.Name
	case waiting > 0:
		out.Next = "tftsr server approve " + s.Name
	}
	out.Log, err = c.Gateway.Log(ctx, s.Name)
	return out, err
}
