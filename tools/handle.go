package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// handle wraps a handler for the SDK. It does what the SDK's typed form does,
// but reads the schema at the first call and not at the start, which hosts
// wait for, and leaves the validation of answers to the tests.
func handle[In, Out any](d *Deps, def *mcp.Tool, h handler[In, Out]) mcp.ToolHandler {
	schema := sync.OnceValues(func() (*jsonschema.Resolved, error) { return resolve(def.InputSchema) })
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		caller, ok := gate.CallerFrom(ctx)
		if !ok {
			return nil, internal(gate.ErrNoCaller)
		}
		s, err := schema()
		if err != nil {
			return nil, internal(err)
		}
		var in In
		if err := decode(s, req.Params.Arguments, &in); err != nil {
			return failure(err), nil
		}
		out, err := h(ctx, &call{Deps: d, req: req, caller: caller, to: gate.Host}, in)
		var next *interrupt
		var rpc *jsonrpc.Error
		switch {
		case err == nil:
		case errors.As(err, &next):
			return next.result, nil
		default:
			said := answer(err)
			if !errors.As(said, &rpc) {
				return failure(said), nil
			}
			if d.Log != nil {
				d.Log.ErrorContext(ctx, "a tool failed", "tool", def.Name, "error", err)
			}
			return nil, rpc
		}
		b, err := json.Marshal(out)
		if err != nil {
			return nil, internal(err)
		}
		// Some hosts pass a model only the structure, some only the text.
		return &mcp.CallToolResult{
			StructuredContent: json.RawMessage(b),
			Content:           []mcp.Content{&mcp.TextContent{Text: string(b)}},
		}, nil
	}
}

// answerTo makes [Tool.answerTo] of a handler.
func answerTo[In, Out any](def *mcp.Tool, h handler[In, Out]) func(context.Context, *Deps, gate.Destination, json.RawMessage) (json.RawMessage, error) {
	return func(ctx context.Context, d *Deps, to gate.Destination, args json.RawMessage) (json.RawMessage, error) {
		caller, ok := gate.CallerFrom(ctx)
		if !ok {
			return nil, gate.ErrNoCaller
		}
		s, err := resolve(def.InputSchema)
		if err != nil {
			return nil, err
		}
		var in In
		if err := decode(s, args, &in); err != nil {
			return nil, err
		}
		out, err := h(ctx, &call{Deps: d, caller: caller, to: to}, in)
		if err != nil {
			return nil, answer(err)
		}
		return json.Marshal(out)
	}
}

// maxSchemaError bounds what is said of arguments that do not fit, in bytes.
const maxSchemaError = 400

func resolve(schema any) (*jsonschema.Resolved, error) {
	raw, ok := schema.(json.RawMessage)
	if !ok {
		return nil, fmt.Errorf("schema is a %T", schema)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return s.Resolve(nil)
}

// decode checks arguments against the schema and reads them into in. Its
// errors are for the model: they name what does not fit.
func decode(s *jsonschema.Resolved, args json.RawMessage, in any) error {
	if trimmed := bytes.TrimSpace(args); len(trimmed) == 0 || string(trimmed) == "null" {
		args = json.RawMessage("{}")
	}
	var v any
	if err := json.Unmarshal(args, &v); err != nil {
		return usage("the arguments are not a JSON object")
	}
	if err := s.Validate(v); err != nil {
		// The validator repeats the value that does not fit, whole.
		return usage("the arguments do not fit the schema of this tool: %s", clip(strings.TrimPrefix(err.Error(), "validating root: "), maxSchemaError))
	}
	if err := json.Unmarshal(args, in); err != nil {
		return usage("the arguments do not fit the schema of this tool: %v", err)
	}
	return nil
}

func failure(err error) *mcp.CallToolResult {
	var res mcp.CallToolResult
	res.SetError(err)
	return &res
}

// mustJSON marshals what this package itself built.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("tools: %v", err))
	}
	return b
}
