package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/wire"
)

// A frame is one JSON-RPC message as it is on the wire. This file holds what
// both transports do to frames, before the SDK sees one and after it made
// one; the middleware cannot: the SDK answers much by itself, and quotes the
// request when it does.

// methodInfo is what is known of a method before the SDK looks at it.
type methodInfo struct {
	params       func() any // a value to decode the parameters into
	optional     bool       // parameters may be missing
	notification bool
}

func into[T any]() any { return new(T) }

// levelParams are the parameters of logging/setLevel, whose type in the SDK is
// deprecated.
type levelParams struct {
	Level string `json:"level"`
}

// methods are those that the SDK serves. Any other is turned away here, so
// that what a stranger sends as a name reaches neither record nor log.
var methods = map[string]methodInfo{
	"completion/complete":      {params: into[mcp.CompleteParams]},
	"initialize":               {params: into[mcp.InitializeParams]},
	"logging/setLevel":         {params: into[levelParams]},
	"ping":                     {params: into[mcp.PingParams], optional: true},
	"prompts/get":              {params: into[mcp.GetPromptParams]},
	"prompts/list":             {params: into[mcp.ListPromptsParams], optional: true},
	"resources/list":           {params: into[mcp.ListResourcesParams], optional: true},
	"resources/read":           {params: into[mcp.ReadResourceParams]},
	"resources/subscribe":      {params: into[mcp.SubscribeParams]},
	"resources/templates/list": {params: into[mcp.ListResourceTemplatesParams], optional: true},
	"resources/unsubscribe":    {params: into[mcp.UnsubscribeParams]},
	"server/discover":          {params: into[mcp.DiscoverParams], optional: true},
	"subscriptions/listen":     {params: into[mcp.SubscriptionsListenParams]},
	"tools/call":               {params: into[mcp.CallToolParamsRaw]},
	"tools/list":               {params: into[mcp.ListToolsParams], optional: true},

	"notifications/cancelled":          {params: into[mcp.CancelledParams], optional: true, notification: true},
	"notifications/initialized":        {params: into[mcp.InitializedParams], optional: true, notification: true},
	"notifications/progress":           {params: into[mcp.ProgressNotificationParams], notification: true},
	"notifications/roots/list_changed": {params: into[mcp.InitializedParams], optional: true, notification: true},
}

// maxDepth bounds the nesting of a message, as the SDK does.
const maxDepth = 500

// rejection is why a frame is turned away before the SDK sees it.
type rejection struct {
	quiet  bool   // a notification, which is never answered (JSON-RPC 2.0, section 4.1)
	reason string // for the record
	method string // a method that exists, or empty
	id     jsonrpc.ID
	err    *jsonrpc.Error
}

func reject(reason string, code int64, text string) *rejection {
	return &rejection{reason: reason, err: &jsonrpc.Error{Code: code, Message: text}}
}

// parseFrame decodes and checks a frame that came in. No error repeats any of
// its content.
func parseFrame(b []byte) (jsonrpc.Message, *rejection) {
	b = bytes.TrimSpace(b)
	switch {
	case !json.Valid(b):
		return nil, reject("malformed JSON", jsonrpc.CodeParseError, "the message is not valid JSON")
	case b[0] == '[':
		return nil, reject("batch", jsonrpc.CodeInvalidRequest, "batches are not served: send one message at a time")
	case tooDeep(b):
		return nil, reject("nesting", jsonrpc.CodeInvalidRequest, fmt.Sprintf("the message is nested deeper than %d", maxDepth))
	}
	msg, err := wire.Decode(b)
	if err != nil {
		return nil, reject("not JSON-RPC", jsonrpc.CodeInvalidRequest, "the message is not a JSON-RPC 2.0 request, notification or response")
	}
	if req, ok := msg.(*jsonrpc.Request); ok {
		if r := checkRequest(req); r != nil {
			r.id, r.quiet = req.ID, !req.IsCall()
			return nil, r
		}
	}
	return msg, nil
}

func checkRequest(req *jsonrpc.Request) *rejection {
	m, known := methods[req.Method]
	if !known {
		return reject("unknown method", jsonrpc.CodeMethodNotFound, "method not found")
	}
	shape := func(code int64, text string) *rejection {
		r := reject("shape", code, text)
		r.method = req.Method
		return r
	}
	params := req.Params
	if string(params) == "null" {
		params = nil
	}
	switch {
	case m.notification && req.IsCall():
		return shape(jsonrpc.CodeInvalidRequest, req.Method+" is a notification and takes no id")
	case !m.notification && !req.IsCall():
		return shape(jsonrpc.CodeInvalidRequest, req.Method+" needs an id")
	case len(params) == 0 && !m.optional:
		return shape(jsonrpc.CodeInvalidParams, req.Method+" needs params")
	case len(params) > 0 && json.Unmarshal(params, m.params()) != nil:
		return shape(jsonrpc.CodeInvalidParams, "the params of "+req.Method+" are not of the form that the protocol gives them")
	}
	return nil
}

func tooDeep(b []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// errorFrame encodes an error answer. JSON-RPC wants a null id where the id of
// the request is not known.
func errorFrame(id jsonrpc.ID, e *jsonrpc.Error) []byte {
	b, err := encode(struct {
		Version string         `json:"jsonrpc"`
		ID      any            `json:"id"`
		Error   *jsonrpc.Error `json:"error"`
	}{"2.0", id.Raw(), e})
	if err != nil {
		return []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}`)
	}
	return b
}

// errFrame means that a frame must not be sent.
var errFrame = errors.New("a frame could not be checked for sensitive values and was not sent")

// maxFrame bounds a frame that leaves. Results are bounded long before it by
// limits.max_result_bytes.
const maxFrame = 32 << 20

// recheck scans a frame on its way out, whatever made it. What the middleware
// left in is redacted here; what cannot be scanned becomes an error without a
// value, or [errFrame] where there is nothing to answer.
func (s *Server) recheck(ctx context.Context, b []byte) ([]byte, error) {
	ctx = context.WithoutCancel(ctx)
	if len(b) > maxFrame {
		return nil, errFrame
	}
	if plainFrame(b) {
		// Most frames have nothing to take out and nothing to find: they need
		// not be taken apart.
		if _, counts, err := s.gate.RedactJSON(ctx, pii.ModeCleared, b); err == nil && counts.Total() == 0 {
			return b, nil
		}
	}
	var f map[string]any
	if decode(b, &f) != nil {
		return nil, errFrame
	}
	if withoutEcho(f) {
		if b, err := encode(f); err == nil {
			return s.recheck(ctx, b)
		}
	}
	x := &exempter{}
	x.envelope(f)
	doc, err := encode(f)
	if err != nil {
		return nil, errFrame
	}
	clean, counts, err := s.gate.RedactJSON(ctx, pii.ModeCleared, doc)
	switch {
	case err == nil && counts.Total() == 0:
		return b, nil
	case err == nil:
		var out map[string]any
		if decode(clean, &out) == nil && x.restore(out) {
			s.log.Error("a frame held what the middleware had left in; it was redacted", "redacted", counts)
			if b, err = encode(out); err == nil {
				return b, nil
			}
		}
	}
	s.log.Error("a frame could not be checked and was not sent")
	raw, isCall := x.id, x.method
	if raw == nil || isCall {
		return nil, errFrame
	}
	id, err := jsonrpc.MakeID(plain(raw))
	if err != nil {
		return nil, errFrame
	}
	return errorFrame(id, failure(&withheldError{gate.ErrScan})), nil
}

// plainFrame reports whether b has no member that is binary or sealed, which
// must not be scanned as text, and no error of the SDK that quotes the request.
func plainFrame(b []byte) bool {
	for _, key := range []string{`"data"`, `"blob"`, `"requestState"`, `"nextCursor"`, `unmarshaling `} {
		if bytes.Contains(b, []byte(key)) {
			return false
		}
	}
	return len(b) > 0 && b[0] == '{'
}

// plain turns the number of an id into what [jsonrpc.MakeID] takes.
func plain(id any) any {
	if n, ok := id.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return id
}

// exempter takes out of a frame what belongs to the protocol and must arrive
// as it is, and puts it back. Everything else is text.
type exempter struct {
	id     any
	method bool
	taken  []taken
}

type taken struct {
	path  []any // keys and indexes from the root
	value any
}

// sealedKeys are the members of params and results that go back to where they
// came from. wordKeys hold words of the protocol.
var (
	sealedKeys = map[string]bool{"nextCursor": true, "requestState": true, "requestId": true, "elicitationId": true, "progressToken": true}
	wordKeys   = map[string]bool{"protocolVersion": true, "resultType": true, "cacheScope": true, "level": true, "mode": true, "action": true}
)

func (x *exempter) envelope(f map[string]any) {
	x.id = f["id"]
	_, x.method = f["method"]
	x.take(f, nil, "id", isSealed)
	x.take(f, nil, "method", isWord)
	for _, part := range []string{"params", "result"} {
		m, ok := f[part].(map[string]any)
		if !ok {
			continue
		}
		for k := range sealedKeys {
			x.take(m, []any{part}, k, isSealed)
		}
		for k := range wordKeys {
			x.take(m, []any{part}, k, isWord)
		}
		if meta, ok := m["_meta"].(map[string]any); ok {
			for k := range meta {
				// The name of this server may be redacted no more than that of
				// a method.
				if k == mcp.MetaKeyServerInfo || k == mcp.MetaKeySubscriptionID || k == "progressToken" {
					x.take(meta, []any{part, "_meta"}, k, isSealed)
				}
			}
		}
		x.binary(m["content"], []any{part, "content"}, "data")
		x.binary(m["contents"], []any{part, "contents"}, "blob")
	}
}

// binary takes base64 out of a list of contents: the middleware has scanned
// what it encodes, and the encoding of harmless bytes can look like a secret.
func (x *exempter) binary(list any, path []any, key string) {
	items, _ := list.([]any)
	for i, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			continue
		}
		x.take(m, append(path[:len(path):len(path)], i), key, isBase64)
		if r, ok := m["resource"].(map[string]any); ok {
			x.take(r, append(path[:len(path):len(path)], i, "resource"), "blob", isBase64)
		}
	}
}

func isBase64(v string) bool {
	_, err := base64.StdEncoding.DecodeString(v)
	return err == nil
}

// take removes m[key] if it is no string or one that ok accepts.
func (x *exempter) take(m map[string]any, path []any, key string, ok func(string) bool) {
	v, there := m[key]
	if str, isStr := v.(string); !there || isStr && !ok(str) {
		return
	}
	switch v.(type) {
	case map[string]any, []any:
		return
	}
	delete(m, key)
	x.taken = append(x.taken, taken{append(path[:len(path):len(path)], key), v})
}

// restore puts everything back, and reports whether the frame still has the
// places for it.
func (x *exempter) restore(f map[string]any) bool {
	for _, t := range x.taken {
		var at any = f
		for _, step := range t.path[:len(t.path)-1] {
			switch n := step.(type) {
			case string:
				m, _ := at.(map[string]any)
				at = m[n]
			case int:
				l, _ := at.([]any)
				if n >= len(l) {
					return false
				}
				at = l[n]
			}
		}
		m, ok := at.(map[string]any)
		if !ok {
			return false
		}
		m[t.path[len(t.path)-1].(string)] = t.value
	}
	return true
}

// withoutEcho cuts the request out of an error text of the SDK, which quotes
// parameters that it cannot decode.
func withoutEcho(f map[string]any) bool {
	e, _ := f["error"].(map[string]any)
	text, _ := e["message"].(string)
	i := strings.Index(text, "unmarshaling ")
	if i < 0 || !strings.HasPrefix(text, "handling '") {
		return false
	}
	e["message"] = text[:i] + "the params are not of the form that the protocol gives them"
	return true
}
