package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Catalog is what a server offers, as received: bounded, in the server's order, and NOT cleared. It is never changed; a new one
// takes its place.
type Catalog struct {
	Server       string
	Info         *mcp.Implementation // nil when it gives none
	Instructions string
	Capabilities *mcp.ServerCapabilities // never nil
	Version      string                  // of the protocol, as agreed
	Tools        []*mcp.Tool
	Resources    []*mcp.Resource
	Templates    []*mcp.ResourceTemplate
	Prompts      []*mcp.Prompt
	// Cut says what was left out because of a limit, in sentences without text of the server.
	Cut []string
}

// Tool returns the tool of a name, as the server spells it.
func (c *Catalog) Tool(name string) (*mcp.Tool, bool) {
	i := slices.IndexFunc(c.Tools, func(t *mcp.Tool) bool { return t.Name == name })
	if i < 0 {
		return nil, false
	}
	return c.Tools[i], true
}

// list fetches the whole catalog, within the limits.
func (sess *session) list(ctx context.Context) (*Catalog, error) {
	l := sess.srv.cfg.Limits
	c := &Catalog{Server: sess.srv.cfg.Name, Capabilities: &mcp.ServerCapabilities{}}
	if r := sess.cs.InitializeResult(); r != nil {
		c.Info, c.Instructions, c.Version = r.ServerInfo, r.Instructions, r.ProtocolVersion
		if r.Capabilities != nil {
			c.Capabilities = r.Capabilities
		}
	}
	room := l.CatalogBytes
	if len(c.Instructions) > maxInstructions {
		c.Instructions = strings.ToValidUTF8(c.Instructions[:maxInstructions], "")
		c.Cut = append(c.Cut, fmt.Sprintf("its instructions were cut at %d bytes", maxInstructions))
	}
	var err error
	if c.Capabilities.Tools != nil {
		c.Tools, err = collect(ctx, c, &room, "tools", l.Tools, l.Pages, func(ctx context.Context, cursor string) ([]*mcp.Tool, string, error) {
			r, err := uncached(ctx, func(ctx context.Context) (*mcp.ListToolsResult, error) {
				return sess.cs.ListTools(ctx, &mcp.ListToolsParams{Cursor: cursor})
			})
			if err != nil {
				return nil, "", err
			}
			return r.Tools, r.NextCursor, nil
		})
	}
	if err == nil && c.Capabilities.Resources != nil {
		c.Resources, err = collect(ctx, c, &room, "resources", l.Resources, l.Pages, func(ctx context.Context, cursor string) ([]*mcp.Resource, string, error) {
			r, err := uncached(ctx, func(ctx context.Context) (*mcp.ListResourcesResult, error) {
				return sess.cs.ListResources(ctx, &mcp.ListResourcesParams{Cursor: cursor})
			})
			if err != nil {
				return nil, "", err
			}
			return r.Resources, r.NextCursor, nil
		})
	}
	if err == nil && c.Capabilities.Resources != nil {
		c.Templates, err = collect(ctx, c, &room, "resource templates", l.Templates, l.Pages, func(ctx context.Context, cursor string) ([]*mcp.ResourceTemplate, string, error) {
			r, err := uncached(ctx, func(ctx context.Context) (*mcp.ListResourceTemplatesResult, error) {
				return sess.cs.ListResourceTemplates(ctx, &mcp.ListResourceTemplatesParams{Cursor: cursor})
			})
			if err != nil {
				return nil, "", err
			}
			return r.ResourceTemplates, r.NextCursor, nil
		})
		if noSuchMethod(err) {
			err = nil // Many servers have resources and no templates, and do not say so.
		}
	}
	if err == nil && c.Capabilities.Prompts != nil {
		c.Prompts, err = collect(ctx, c, &room, "prompts", l.Prompts, l.Pages, func(ctx context.Context, cursor string) ([]*mcp.Prompt, string, error) {
			r, err := uncached(ctx, func(ctx context.Context) (*mcp.ListPromptsResult, error) {
				return sess.cs.ListPrompts(ctx, &mcp.ListPromptsParams{Cursor: cursor})
			})
			if err != nil {
				return nil, "", err
			}
			return r.Prompts, r.NextCursor, nil
		})
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

const (
	maxInstructions = 32 << 10
	maxCursor       = 64 << 10
)

func noSuchMethod(err error) bool {
	var rpc *jsonrpc.Error
	return errors.As(err, &rpc) && rpc.Code == jsonrpc.CodeMethodNotFound
}

// collect fetches the pages of one listing. What is beyond a limit is left out and named in c.Cut.
func collect[T any](ctx context.Context, c *Catalog, room *int, what string, limit, pages int, page func(context.Context, string) ([]*T, string, error)) ([]*T, error) {
	var all []*T
	cut := func(format string, a ...any) ([]*T, error) {
		c.Cut = append(c.Cut, fmt.Sprintf("only the first %d %s are used: ", len(all), what)+fmt.Sprintf(format, a...))
		return all, nil
	}
	seen := map[string]bool{}
	cursor := ""
	for n := 1; ; n++ {
		items, next, err := page(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if item == nil {
				continue
			}
			b, err := json.Marshal(item)
			if err != nil {
				continue
			}
			switch {
			case len(all) == limit:
				return cut("at most %d are allowed", limit)
			case len(b) > *room:
				return cut("the catalog is larger than allowed")
			}
			*room -= len(b)
			all = append(all, item)
		}
		switch {
		case next == "":
			return all, nil
		case len(next) > maxCursor || seen[next]:
			return cut("the list repeats itself")
		case n == pages:
			return cut("it has more than %d pages", pages)
		}
		seen[next] = true
		cursor = next
	}
}

// same reports whether two catalogs offer the same.
func (c *Catalog) same(o *Catalog) bool {
	a, errA := json.Marshal(c)
	b, errB := json.Marshal(o)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
