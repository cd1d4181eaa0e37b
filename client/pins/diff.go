package pins

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Change is one field that differs. A field that is new, or gone, has no
// Before, or no After.
type Change struct {
	Path          string // "inputSchema.properties.host.description"
	Before, After *string
}

// Diff compares two definitions field by field. Values are shown with
// [Visible]. Where two definitions of different digests show no difference, it
// is within what was redacted.
func Diff(before, after []byte) []Change {
	was, is := fieldsOf(before), fieldsOf(after)
	var paths []string
	for p := range was {
		paths = append(paths, p)
	}
	for p := range is {
		if _, ok := was[p]; !ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	var out []Change
	for _, p := range paths {
		b, hadIt := was[p]
		a, hasIt := is[p]
		if hadIt && hasIt && a == b {
			continue
		}
		c := Change{Path: Visible(p)}
		if hadIt {
			s := Visible(b)
			c.Before = &s
		}
		if hasIt {
			s := Visible(a)
			c.After = &s
		}
		out = append(out, c)
	}
	return out
}

// fieldsOf returns the values of a definition by their paths: texts as they
// are, everything else as JSON.
func fieldsOf(doc []byte) map[string]string {
	out := map[string]string{}
	if len(doc) == 0 {
		return out
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if dec.Decode(&tree) != nil {
		return map[string]string{"": "what cannot be read"}
	}
	flatten(out, "", tree)
	return out
}

func flatten(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			out[path] = "{}"
		}
		for name, e := range v {
			at := name
			if path != "" {
				at = path + "." + name
			}
			flatten(out, at, e)
		}
	case []any:
		if len(v) == 0 {
			out[path] = "[]"
		}
		for i, e := range v {
			flatten(out, path+"["+strconv.Itoa(i)+"]", e)
		}
	case string:
		out[path] = v
	default:
		out[path] = fmt.Sprint(v)
	}
}
