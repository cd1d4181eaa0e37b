package gate

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// ArgKind says what the string of an argument is, and so what the gate does
// with it before a handler sees it.
type ArgKind uint8

// The kinds, with the values of the struct tag `gate`.
const (
	KindText    ArgKind = iota + 1 // "text": prose of an agent; redacted, tokens in it refer to values.
	KindRaw                        // "raw": text from outside; the handler gets it as it is and redacts it with [Gate.RedactLog].
	KindPath                       // "path": a real path for the handler; never in the record, never echoed.
	KindID                         // "id": letters, digits and -+_.:#@~ (times have a plus), at most 200; anything else is refused.
	KindEnum                       // "enum": a word of a fixed list; anything that cannot be one is refused.
	KindPattern                    // "pattern": RE2; tokens in it are literals, originals become their tokens.
)

var argKinds = map[string]ArgKind{
	"text": KindText, "raw": KindRaw, "path": KindPath, "id": KindID, "enum": KindEnum, "pattern": KindPattern,
}

// ArgSpec says what the arguments of a tool are. It is immutable and safe for
// concurrent use; [ArgsOf] makes it. The zero value knows no argument, so that
// all are treated as text.
type ArgSpec struct{ root *argNode }

// argNode describes a value. A nil node is one that nobody described: text.
type argNode struct {
	shape  argShape
	kind   ArgKind             // Of strings, for shapeString and shapeAny.
	fields map[string]*argNode // Of shapeObject, by name on the wire.
	folded map[string]string   // Lower-case names of fields to their names.
	elem   *argNode            // Of shapeArray and shapeMap.
}

type argShape uint8

const (
	shapeString argShape = iota + 1
	shapeScalar          // Number or bool.
	shapeObject
	shapeArray
	shapeMap
	shapeAny
)

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// ArgsOf reads the kinds of the arguments of a tool from the tags of its
// argument struct t: `gate:"text"` and so on, see [ArgKind]. The tag of a
// slice, map or pointer is that of the strings in it. Numbers and bools need
// none. Whatever is or may hold a string needs one: strings, types that
// unmarshal themselves, [json.RawMessage], any; to leave one out is an error.
func ArgsOf(t reflect.Type) (ArgSpec, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ArgSpec{}, fmt.Errorf("arguments are described by a struct, not by %s", t)
	}
	b := argBuilder{seen: map[argKey]*argNode{}}
	n, err := b.node(t, 0)
	if err != nil {
		return ArgSpec{}, fmt.Errorf("arguments of %s: %w", t, err)
	}
	return ArgSpec{root: n}, nil
}

type argKey struct {
	t    reflect.Type
	kind ArgKind
}

// argBuilder remembers the types it has been through: they may be recursive.
type argBuilder struct{ seen map[argKey]*argNode }

// node describes a value of type t under a tag; kind 0 is no tag.
func (b *argBuilder) node(t reflect.Type, kind ArgKind) (*argNode, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	key := argKey{t, kind}
	if n, ok := b.seen[key]; ok {
		return n, nil
	}
	n := &argNode{kind: kind}
	b.seen[key] = n
	return n, b.fill(n, t)
}

func (b *argBuilder) fill(n *argNode, t reflect.Type) (err error) {
	ptr := reflect.PointerTo(t)
	switch k := t.Kind(); {
	case ptr.Implements(textUnmarshaler): // Before the next: [time.Time] is both, and a string.
		n.shape = shapeString
	case ptr.Implements(jsonUnmarshaler):
		n.shape = shapeAny
	case k == reflect.String, k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		n.shape = shapeString
	case k == reflect.Interface:
		n.shape = shapeAny
	case k == reflect.Bool, reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr:
		n.shape = shapeScalar
		return nil
	case k == reflect.Slice, k == reflect.Array:
		n.shape = shapeArray
		n.elem, err = b.node(t.Elem(), n.kind)
		return err
	case k == reflect.Map:
		n.shape = shapeMap
		n.elem, err = b.node(t.Elem(), n.kind)
		return err
	case k == reflect.Struct:
		n.shape = shapeObject
		n.fields, n.folded = map[string]*argNode{}, map[string]string{}
		return b.object(n, t)
	default:
		return fmt.Errorf("%s has no form in JSON", t)
	}
	if n.kind == 0 {
		return fmt.Errorf("%s may hold a string and needs a tag: gate:\"text|raw|path|id|enum|pattern\"", t)
	}
	if n.shape == shapeAny && n.kind != KindText && n.kind != KindRaw {
		return fmt.Errorf("%s can hold anything, so its tag is text or raw", t)
	}
	return nil
}

// object describes the fields of a struct as encoding/json names them.
func (b *argBuilder) object(n *argNode, t reflect.Type) error {
	for f := range t.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" && opts == "" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && name == "" {
			e := f.Type
			for e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			if e.Kind() == reflect.Struct {
				if err := b.object(n, e); err != nil {
					return err
				}
				continue
			}
		}
		if name == "" {
			name = f.Name
		}
		kind, err := kindOf(f)
		if err != nil {
			return err
		}
		if strings.Contains(","+opts+",", ",string,") {
			return fmt.Errorf("field %s: the option string of the json tag hides what the value is", f.Name)
		}
		child, err := b.node(f.Type, kind)
		if err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		fold := strings.ToLower(name)
		if n.folded[fold] != "" {
			return fmt.Errorf("field %s: the name %q is there twice", f.Name, name)
		}
		n.fields[name] = child
		n.folded[fold] = name
	}
	return nil
}

func kindOf(f reflect.StructField) (ArgKind, error) {
	tag, ok := f.Tag.Lookup("gate")
	if !ok {
		return 0, nil
	}
	k, ok := argKinds[tag]
	if !ok {
		return 0, fmt.Errorf("field %s: no kind %q; use text, raw, path, id, enum or pattern", f.Name, tag)
	}
	return k, nil
}
