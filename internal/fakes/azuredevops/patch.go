package azuredevops

import (
	"encoding/json"
	"fmt"
	"strings"
)

// operation is one of a JSON Patch (RFC 6902).
type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
	From  string          `json:"from"`
}

// patch is what a JSON Patch of a work item says, after it was read.
type patch struct {
	test    *int           // the revision that must be there
	fields  map[string]any // by reference name, as spelled
	formats map[string]string
}

// patchError is an error of a patch, with the key of the service.
type patchError struct{ key, text string }

func (e *patchError) Error() string { return e.text }

func badPatch(format string, args ...any) error {
	return &patchError{"VssPropertyValidationException", fmt.Sprintf(format, args...)}
}

// pointer splits a JSON Pointer (RFC 6901) into its reference tokens.
func pointer(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] != '/' {
		return nil, badPatch("The path %q does not begin with a slash.", text)
	}
	parts := strings.Split(text[1:], "/")
	for i, p := range parts {
		var b strings.Builder
		for j := 0; j < len(p); j++ {
			switch {
			case p[j] != '~':
				b.WriteByte(p[j])
				continue
			case j+1 < len(p) && p[j+1] == '0':
				b.WriteByte('~')
			case j+1 < len(p) && p[j+1] == '1':
				b.WriteByte('/')
			default:
				return nil, badPatch("The path %q has a tilde that escapes nothing.", text)
			}
			j++
		}
		parts[i] = b.String()
	}
	return parts, nil
}

// readPatch reads the operations on a work item.
func readPatch(ops []operation) (*patch, error) {
	if len(ops) == 0 || len(ops) > 100 {
		return nil, badPatch("You must pass a valid patch document in the body of the request.")
	}
	p := &patch{fields: map[string]any{}, formats: map[string]string{}}
	for i, o := range ops {
		at, err := pointer(o.Path)
		if err != nil {
			return nil, err
		}
		if o.From != "" || len(o.Value) == 0 {
			return nil, badPatch("An operation needs a value and, in this place, no from.")
		}
		var value any
		dec := json.NewDecoder(strings.NewReader(string(o.Value)))
		dec.UseNumber()
		if err := dec.Decode(&value); err != nil {
			return nil, badPatch("The value of %s cannot be read.", o.Path)
		}
		switch {
		case o.Op == "test" && len(at) == 1 && at[0] == "rev":
			n, ok := value.(json.Number)
			rev, err := n.Int64()
			if !ok || err != nil || i != 0 {
				return nil, badPatch("The test of the revision comes first and names a number.")
			}
			r := int(rev)
			p.test = &r
		case o.Op == "add" && len(at) == 2 && at[0] == "fields":
			if p.fields[at[1]], err = fieldValue(value); err != nil {
				return nil, err
			}
		case o.Op == "add" && len(at) == 2 && at[0] == "multilineFieldsFormat":
			text, ok := value.(string)
			if !ok || !strings.EqualFold(text, "Markdown") && !strings.EqualFold(text, "Html") {
				return nil, badPatch("The format of %s is Markdown or Html.", at[1])
			}
			p.formats[at[1]] = strings.ToLower(text)
		case o.Op == "add" || o.Op == "test":
			return nil, &patchError{"InvalidPatchFieldNameException", "The path " + o.Path + " names nothing that can be patched."}
		default:
			return nil, badPatch("The operation %q is not supported here.", o.Op)
		}
	}
	return p, nil
}

func fieldValue(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if len(v) > 1_000_000 {
			return nil, badPatch("A value is larger than a field can be.")
		}
		return v, nil
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return nil, badPatch("A number is none of a whole one.")
		}
		return int(n), nil
	}
	return nil, badPatch("A value is neither text nor a number.")
}
