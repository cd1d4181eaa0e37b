package gate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// fit checks the content of a form against its flat schema and returns it
// with the defaults filled in. The SDK checks answers only in legacy
// sessions. Errors name fields, never values.
func fit(schema, content map[string]any) (map[string]any, error) {
	out := map[string]any{}
	properties, _ := plain(schema["properties"]).(map[string]any)
	for name, v := range content {
		p, ok := properties[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%w: the form has no such field", ErrAnswer)
		}
		if !fits(p, v) {
			return nil, fmt.Errorf("%w: field %s", ErrAnswer, name)
		}
		out[name] = v
	}
	for name, p := range properties {
		p, _ := p.(map[string]any)
		if d, ok := p["default"]; ok {
			if _, given := out[name]; !given {
				out[name] = d
			}
		}
	}
	required, _ := plain(schema["required"]).([]any)
	for _, r := range required {
		name, _ := r.(string)
		if _, ok := out[name]; !ok {
			return nil, fmt.Errorf("%w: field %s is missing", ErrAnswer, name)
		}
	}
	return out, nil
}

func property(schema map[string]any, name string) map[string]any {
	properties, _ := plain(schema["properties"]).(map[string]any)
	p, _ := properties[name].(map[string]any)
	return p
}

// plain turns a part of a schema that was written with Go types, such as
// []string, into what JSON has.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(b, &out) != nil {
		return nil
	}
	return out
}

// choices returns the values of an enum, in any of the spellings that MCP
// knows: enum, or oneOf and anyOf with const.
func choices(p map[string]any) []any {
	if list, ok := p["enum"].([]any); ok {
		return list
	}
	var out []any
	for _, key := range []string{"oneOf", "anyOf"} {
		list, _ := p[key].([]any)
		for _, o := range list {
			if o, ok := o.(map[string]any); ok && o["const"] != nil {
				out = append(out, o["const"])
			}
		}
	}
	return out
}

func fits(p map[string]any, v any) bool {
	if allowed := choices(p); len(allowed) > 0 && p["type"] != "array" && !slices.Contains(allowed, v) {
		return false
	}
	switch p["type"] {
	case "string":
		s, ok := v.(string)
		return ok && within(p, "minLength", "maxLength", float64(utf8.RuneCountInString(s)))
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "number", "integer":
		n, ok := v.(float64)
		if !ok || p["type"] == "integer" && n != math.Trunc(n) {
			return false
		}
		return within(p, "minimum", "maximum", n)
	case "array":
		list, ok := v.([]any)
		items, _ := p["items"].(map[string]any)
		if !ok || !within(p, "minItems", "maxItems", float64(len(list))) {
			return false
		}
		allowed := choices(items)
		return !slices.ContainsFunc(list, func(e any) bool { s, ok := e.(string); return !ok || !slices.Contains(allowed, any(s)) })
	}
	return false
}

func within(p map[string]any, low, high string, n float64) bool {
	if l, ok := p[low].(float64); ok && n < l {
		return false
	}
	h, ok := p[high].(float64)
	return !ok || n <= h
}
