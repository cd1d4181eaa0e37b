package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// conversations offers the relayed tools to AI providers: what they call goes
// the way of a host's calls, with nobody to ask at its end.
type conversations struct{ r *relay }

// Offered implements [tools.Relayed].
func (c conversations) Offered(ctx context.Context) ([]tools.RelayedTool, error) {
	c.r.start()
	if err := c.r.fresh(ctx); err != nil {
		return nil, err
	}
	c.r.mu.RLock()
	offered := maps.Clone(c.r.offered)
	c.r.mu.RUnlock()
	var out []tools.RelayedTool
	for _, k := range slices.Sorted(maps.Keys(offered)) {
		t := offered[k]
		if t.pin.Kind != store.PinTool {
			continue
		}
		def, approval, err := t.tool()
		if err != nil {
			continue // No host is offered it either.
		}
		schema, ok := def.InputSchema.(json.RawMessage)
		if !ok {
			continue
		}
		if schema, err = without(schema, approval); err != nil {
			continue
		}
		out = append(out, tools.RelayedTool{Name: t.pin.Alias, Description: def.Description, Schema: schema, Confirm: t.pin.Policy != store.ToolRead})
	}
	return out, nil
}

// without takes a property out of a schema.
func without(schema json.RawMessage, property string) (json.RawMessage, error) {
	if property == "" {
		return schema, nil
	}
	var doc map[string]any
	if err := decode(schema, &doc); err != nil {
		return nil, err
	}
	if props, ok := doc["properties"].(map[string]any); ok {
		delete(props, property)
	}
	return encode(doc)
}

// Call implements [tools.Relayed].
func (c conversations) Call(ctx context.Context, name string, args json.RawMessage, approval string) (*mcp.CallToolResult, error) {
	if err := c.r.fresh(ctx); err != nil {
		return nil, err
	}
	t, err := c.r.find(store.PinTool, name)
	if err != nil {
		return said(err.Error()), nil
	}
	// Only what a person approved may carry an approval, never what a model wrote.
	if args, err = t.approvedBy(args, approval); err != nil {
		return said(err.Error()), nil
	}
	res, err := c.r.tool(ctx, &mcp.CallToolRequest{Params: &mcp.CallToolParamsRaw{Name: name, Arguments: args}})
	var wrong *mistake
	switch {
	case errors.As(err, &wrong) && wrong.cause != nil:
		return nil, wrong.cause
	case errors.As(err, &wrong):
		return said(wrong.text), nil
	case err == nil && (res == nil || res.NeedsInput()):
		return nil, gate.ErrCannotAsk
	}
	return res, err
}

// approvedBy puts an approval into arguments, and whatever stands in its place
// out of them.
func (t *relayed) approvedBy(args json.RawMessage, approval string) (json.RawMessage, error) {
	_, name, err := t.tool()
	if err != nil || name == "" {
		return args, err
	}
	m := map[string]any{}
	if b := bytes.TrimSpace(args); len(b) > 0 && decode(args, &m) != nil || m == nil {
		return nil, errors.New("the arguments are not a JSON object")
	}
	delete(m, name)
	if approval != "" {
		m[name] = approval
	}
	return encode(m)
}

func said(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}
