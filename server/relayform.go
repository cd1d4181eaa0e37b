package server

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/pins"
)

// credential recognises questions that no server may ask in a form (2025-11-25,
// client/elicitation: servers must not request sensitive information so).
var credential = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)pass ?-?_?(word|phrase|code)|\bpasswd|\bpwd\b|secret|api[ _-]?key|(access|auth|bearer|refresh|session|personal|security)[ _-]?token|\btoken\b|credential|private[ _-]?key|\bpin\b|\botp\b|one[ -]time code|2fa|mfa|\bcvv\b|\bcvc\b|card number|\bssn\b|social security`)
})

// Bounds of a question, in bytes and fields.
const (
	maxMessage = 2000
	maxFields  = 20
)

// form is a question as the person sees it: cleared, and with who asks. It is
// not ok where it asks for a credential or is none that can be shown. ours is
// the key that the server gave it, empty where that is no name or would have to
// be redacted.
func (e *exchange) form(ctx context.Context, key string, p *mcp.ElicitParams) (out *mcp.ElicitParams, ours string, ok bool, err error) {
	doc, err := encode(map[string]any{"key": key, "message": clipText(p.Message, maxMessage), "schema": p.RequestedSchema})
	if err != nil {
		return nil, "", false, nil
	}
	// As a reader takes it: letters of other scripts, and what nobody sees, do not
	// help.
	if credential().MatchString(pins.Plain(string(doc))) {
		return nil, "", false, nil
	}
	if doc, err = e.back(ctx, doc); err != nil {
		return nil, "", false, err
	}
	var clean struct {
		Key     string         `json:"key"`
		Message string         `json:"message"`
		Schema  map[string]any `json:"schema"`
	}
	if json.Unmarshal(doc, &clean) != nil {
		return nil, "", false, nil
	}
	schema, ok := flatForm(clean.Schema)
	if !ok {
		return nil, "", false, nil
	}
	if clean.Key == key && isID(key) {
		ours = key
	}
	return &mcp.ElicitParams{
		Mode: "form", RequestedSchema: schema,
		Message: fmt.Sprintf("The MCP server %s asks, in the course of %s (its words, not those of tftsr; type no secrets):\n\n%s", e.t.server.Name, e.t.pin.Alias, clean.Message),
	}, ours, true, nil
}

// flatForm keeps of a schema what a form may have: fields of strings, numbers,
// booleans and lists of choices (2025-11-25, client/elicitation).
func flatForm(schema map[string]any) (map[string]any, bool) {
	out := map[string]any{"type": "object", "properties": map[string]any{}}
	if schema == nil {
		return out, true
	}
	props, ok := schema["properties"].(map[string]any)
	if !ok && schema["properties"] != nil || len(props) > maxFields {
		return nil, false
	}
	fields := map[string]any{}
	for name, v := range props {
		field, _ := v.(map[string]any)
		kept, ok := flatField(field)
		if !ok || !isID(name) {
			return nil, false
		}
		fields[name] = kept
	}
	out["properties"] = fields
	if required, ok := schema["required"].([]any); ok {
		list := []any{}
		for _, n := range required {
			if name, _ := n.(string); fields[name] != nil {
				list = append(list, name)
			}
		}
		out["required"] = list
	}
	return out, true
}

// flatField is a field of a form, whole and in the form of the specification:
// hosts and the SDK turn the others away, in part only when the person has
// answered.
func flatField(field map[string]any) (map[string]any, bool) {
	out := map[string]any{"type": field["type"]}
	for _, word := range []string{"title", "description"} {
		if s, ok := field[word].(string); ok {
			out[word] = s
		}
	}
	fallback := field["default"]
	fits := fallback == nil
	switch field["type"] {
	case "string":
		_, isText := fallback.(string)
		fits = fits || isText
		if one, given := field["oneOf"]; given {
			list, ok := titled(one)
			if !ok {
				return nil, false
			}
			out["oneOf"] = list
			break
		}
		if enum, given := field["enum"]; given {
			list, ok := texts(enum)
			if !ok {
				return nil, false
			}
			out["enum"] = list
			if names, ok := texts(field["enumNames"]); ok && len(names) == len(list) {
				out["enumNames"] = names
			}
			break
		}
		if f, ok := field["format"].(string); ok && slices.Contains([]string{"email", "uri", "date", "date-time"}, f) {
			out["format"] = f
		}
		if !bounds(out, field, "minLength", "maxLength", true) {
			return nil, false
		}
	case "number", "integer":
		_, isNumber := fallback.(float64)
		fits = fits || isNumber
		if !bounds(out, field, "minimum", "maximum", false) {
			return nil, false
		}
	case "boolean":
		_, isBool := fallback.(bool)
		fits = fits || isBool
	case "array":
		_, isList := texts(fallback)
		fits = fits || isList
		items, _ := field["items"].(map[string]any)
		if list, ok := titled(items["anyOf"]); ok {
			out["items"] = map[string]any{"anyOf": list}
		} else if list, ok := texts(items["enum"]); ok {
			out["items"] = map[string]any{"type": "string", "enum": list}
		} else {
			return nil, false
		}
		if !bounds(out, field, "minItems", "maxItems", true) {
			return nil, false
		}
	default:
		return nil, false
	}
	if fallback != nil {
		out["default"] = fallback
	}
	return out, fits
}

// texts are the values of a list of texts that has some.
func texts(v any) ([]any, bool) {
	list, ok := v.([]any)
	return list, ok && len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { _, text := e.(string); return !text })
}

// titled are choices with what they are called.
func titled(v any) ([]any, bool) {
	list, ok := v.([]any)
	out := []any{}
	for _, e := range list {
		choice, _ := e.(map[string]any)
		value, title := str(choice, "const"), str(choice, "title")
		if value == "" || title == "" {
			return nil, false
		}
		out = append(out, map[string]any{"const": value, "title": title})
	}
	return out, ok && len(out) > 0
}

// bounds copies two bounds. They are good where they leave something between
// them, and as counts are none below zero.
func bounds(out, field map[string]any, low, high string, count bool) bool {
	l, hasLow := field[low].(float64)
	h, hasHigh := field[high].(float64)
	if hasLow {
		out[low] = l
	}
	if hasHigh {
		out[high] = h
	}
	whole := func(n float64) bool { return n >= 0 && n <= 1<<31 && n == float64(int64(n)) }
	if count && (hasLow && !whole(l) || hasHigh && !whole(h)) {
		return false
	}
	return !hasLow || !hasHigh || l <= h
}
