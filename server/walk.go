package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
)

// notAllowedError is a string of a request that its place does not allow. It
// names the field, never the value.
type notAllowedError struct{ field, why string }

func (e *notAllowedError) Error() string { return fmt.Sprintf("%s %s", e.field, e.why) }

// walker visits the strings of one message twice in the same order: first it
// collects them, then it puts the redacted ones in their places. Between the
// two passes they are scanned as one JSON array, so that a message costs one
// scan and one transaction of the vault, however many strings it has.
//
// The second pass copies what it changes and nothing else: results of list
// methods point into the server's own definitions.
type walker struct {
	inbound bool
	leaves  []json.RawMessage
	docs    []json.RawMessage // the redacted leaves; nil in the first pass
	next    int
	bytes   [][]byte // binary leaves, to be checked as a whole
	err     error
}

// clearValue redacts the strings of v, a pointer to a message, as the table
// of surfaces says, and returns a copy when anything changed. Inbound, a
// field that must not be rewritten and would have to be makes an
// [notAllowedError].
func (s *Server) clearValue(ctx context.Context, mode pii.Mode, inbound bool, v any) (any, gate.Counts, error) {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return v, nil, nil
	}
	w := &walker{inbound: inbound}
	w.value(rv, treatText, rv.Type().String())
	if w.err != nil {
		return nil, nil, w.err
	}
	for _, b := range w.bytes {
		clean, counts, err := s.gate.Check(ctx, b)
		if err != nil {
			return nil, nil, err
		}
		if !clean {
			return nil, counts, errBytes
		}
	}
	if len(w.leaves) == 0 {
		return v, nil, nil
	}
	docs, counts, err := s.redactLeaves(ctx, mode, w.leaves)
	if err != nil || counts.Total() == 0 {
		return v, counts, err
	}
	w.docs = docs
	out, _ := w.value(rv, treatText, rv.Type().String())
	if w.err != nil {
		return nil, counts, w.err
	}
	return out.Interface(), counts, nil
}

// redactLeaves scans all leaves at once.
func (s *Server) redactLeaves(ctx context.Context, mode pii.Mode, leaves []json.RawMessage) ([]json.RawMessage, gate.Counts, error) {
	size := 2
	for _, l := range leaves {
		size += len(l) + 1
	}
	doc := make([]byte, 0, size)
	doc = append(doc, '[')
	for i, l := range leaves {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(doc, l...)
	}
	doc = append(doc, ']')
	out, counts, err := s.gate.RedactJSON(ctx, mode, doc)
	if err != nil || counts.Total() == 0 {
		return nil, counts, err
	}
	var docs []json.RawMessage
	if err := json.Unmarshal(out, &docs); err != nil || len(docs) != len(leaves) {
		return nil, counts, errShape
	}
	return docs, counts, nil
}

// value visits v, whose strings are treated as t, and returns what stands in
// its place and whether that differs.
func (w *walker) value(v reflect.Value, t treatment, field string) (reflect.Value, bool) {
	if w.err != nil || !v.IsValid() {
		return v, false
	}
	if v.Type() == metaType {
		return w.meta(v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		if t == treatJSON {
			return w.document(v, field)
		}
		e, changed := w.value(v.Elem(), t, field)
		if !changed {
			return v, false
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(e)
		return p, true
	case reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		if v.NumMethod() == 0 && t != treatSealed {
			return w.document(v, field)
		}
		e, changed := w.value(v.Elem(), t, field)
		if !changed {
			return v, false
		}
		i := reflect.New(v.Type()).Elem()
		i.Set(e)
		return i, true
	case reflect.Struct:
		if t == treatJSON {
			return w.document(v, field)
		}
		return w.structure(v)
	case reflect.Map:
		if v.IsNil() {
			return v, false
		}
		if e := v.Type().Elem(); t == treatJSON || e.Kind() == reflect.Interface && e.NumMethod() == 0 {
			return w.document(v, field)
		}
		return w.entries(v, t, field)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return w.raw(v, t, field)
		}
		return w.elements(v, t, field)
	case reflect.String:
		return w.text(v, t, field)
	}
	return v, false
}

// structure visits the exported fields. An embedded struct lends its fields
// under its own name.
func (w *walker) structure(v reflect.Value) (reflect.Value, bool) {
	out, changed := v, false
	typ := v.Type()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() {
			continue
		}
		name := typ.Name() + "." + f.Name
		n, other := w.value(v.Field(i), surfaces[name], name)
		if !other {
			continue
		}
		if !changed {
			out, changed = reflect.New(typ).Elem(), true
			out.Set(v)
		}
		out.Field(i).Set(n)
	}
	return out, changed
}

func (w *walker) elements(v reflect.Value, t treatment, field string) (reflect.Value, bool) {
	out, changed := v, false
	for i := range v.Len() {
		n, other := w.value(v.Index(i), t, field)
		if !other {
			continue
		}
		if !changed {
			out, changed = reflect.MakeSlice(v.Type(), v.Len(), v.Len()), true
			reflect.Copy(out, v)
		}
		out.Index(i).Set(n)
	}
	return out, changed
}

// entries visits a map with string keys in the order of the keys. A key is an
// identifier.
func (w *walker) entries(v reflect.Value, t treatment, field string) (reflect.Value, bool) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	out, changed := reflect.MakeMapWithSize(v.Type(), len(keys)), false
	for _, k := range keys {
		nk, otherKey := w.text(k, treatID, field+" key")
		n, other := w.value(v.MapIndex(k), t, field)
		changed = changed || otherKey || other
		out.SetMapIndex(nk, n)
	}
	if !changed {
		return v, false
	}
	return out, true
}

// meta visits a _meta object: all of it but what belongs to the protocol.
func (w *walker) meta(v reflect.Value) (reflect.Value, bool) {
	all := v.Interface().(mcp.Meta)
	rest := make(map[string]any, len(all))
	kept := make(map[string]any)
	for k, e := range all {
		if protocolMeta(k) {
			kept[k] = e
		} else {
			rest[k] = e
		}
	}
	if len(rest) == 0 {
		return v, false
	}
	doc, changed := w.leaf(rest, "_meta")
	if !changed {
		return v, false
	}
	var clean map[string]any
	if w.err = decode(doc, &clean); w.err != nil {
		return v, false
	}
	maps.Copy(clean, kept)
	return reflect.ValueOf(mcp.Meta(clean)), true
}

// document treats v as JSON of any shape.
func (w *walker) document(v reflect.Value, field string) (reflect.Value, bool) {
	doc, changed := w.leaf(v.Interface(), field)
	if !changed {
		return v, false
	}
	n := reflect.New(v.Type())
	if v.Kind() == reflect.Interface {
		n.Elem().Set(reflect.ValueOf(doc))
	} else if json.Unmarshal(doc, n.Interface()) != nil { // Numbers as the SDK reads them: it checks the answers of people after us.
		w.err = errShape
		return v, false
	}
	return n.Elem(), true
}

// raw visits bytes: a document, or binary.
func (w *walker) raw(v reflect.Value, t treatment, field string) (reflect.Value, bool) {
	b := v.Bytes()
	switch {
	case len(b) == 0 || t == treatArgs:
	case t == treatJSON:
		return w.document(v, field)
	case w.docs == nil:
		w.bytes = append(w.bytes, b)
	}
	return v, false
}

func (w *walker) text(v reflect.Value, t treatment, field string) (reflect.Value, bool) {
	str := v.String()
	switch {
	case str == "":
		return v, false
	case t == treatSealed && isSealed(str):
		return v, false
	case t == treatPath && w.inbound:
		return v, false
	case t == treatID && w.inbound && !isID(str):
		w.err = &notAllowedError{field, "must be a name of letters, digits and _ . : # -, at most 200"}
		return v, false
	}
	doc, changed := w.leaf(str, field)
	if !changed {
		return v, false
	}
	var clean string
	if w.err = decode(doc, &clean); w.err != nil || clean == str {
		return v, false
	}
	if w.inbound && (t == treatURI || t == treatID) {
		w.err = &notAllowedError{field, "holds what looks like a sensitive value; use names and ids as they were given to you"}
		return v, false
	}
	n := reflect.New(v.Type()).Elem()
	n.SetString(clean)
	return n, true
}

// leaf hands over a value in the first pass, and takes its replacement in the
// second. It reports whether there is one.
func (w *walker) leaf(v any, field string) (json.RawMessage, bool) {
	if w.docs != nil {
		old, now := w.leaves[w.next], w.docs[w.next]
		w.next++
		return now, !bytes.Equal(old, now)
	}
	doc, err := encode(v)
	if err != nil {
		w.err = fmt.Errorf("%w: %s cannot be encoded", gate.ErrScan, field)
		return nil, false
	}
	w.leaves = append(w.leaves, doc)
	return nil, false
}

// encode marshals as the SDK does: without escaping for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

var errShape = fmt.Errorf("%w: the redacted message has another shape", gate.ErrScan)

// decode keeps numbers as they are written.
func decode(doc []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if d.Decode(into) != nil {
		return errShape
	}
	return nil
}
