package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/pii"
)

// ErrArgument is what every [*ArgError] matches.
var ErrArgument = errors.New("argument refused")

// ArgError says which argument the gate refused and why. It never holds the
// value.
type ArgError struct {
	Arg    string // "issue_id", "events[2].kind"; empty for the arguments as a whole.
	Reason string
}

// Error names the argument and the reason.
func (e *ArgError) Error() string {
	if e.Arg == "" {
		return "arguments refused: " + e.Reason
	}
	return fmt.Sprintf("argument %s refused: %s", e.Arg, e.Reason)
}

// Is makes every ArgError match [ErrArgument].
func (e *ArgError) Is(target error) bool { return target == ErrArgument }

// maxArgDepth bounds how deeply arguments are nested.
const maxArgDepth = 32

var (
	idForm   = lazyRegexp(`^[A-Za-z0-9_.:#@+~-]{0,200}$`)
	enumForm = lazyRegexp(`^[A-Za-z0-9_.,:/&()+ -]{0,64}$`)
)

// ClearArgs prepares the arguments of a call for its handler: text and
// patterns are redacted, ids and enums are checked, raw text and paths are
// handed on. What spec does not describe is treated as text, names included;
// a value of another type than described is, too. The order of members and the
// spelling of what did not change stay as they were.
//
// ids are those that the arguments name, for [Gate.KeyFor]: the ids among them,
// and whatever UUID is in their text. An [*ArgError] says what a caller can mend.
func (c *clearer) ClearArgs(ctx context.Context, spec ArgSpec, args json.RawMessage) (out json.RawMessage, ids []string, counts Counts, err error) {
	if limit := c.config.Limits.MaxBodyBytes; limit > 0 && int64(len(args)) > limit {
		return nil, nil, nil, &ArgError{Reason: fmt.Sprintf("%d bytes are more than limits.max_body_bytes (%d)", len(args), limit)}
	}
	// A call without arguments is sent as nothing, as null, or as {}.
	if trimmed := bytes.TrimSpace(args); len(trimmed) == 0 || string(trimmed) == "null" {
		args = json.RawMessage("{}")
	}
	if err := inspectArgs(args); err != nil {
		return nil, nil, nil, err
	}
	e, err := c.current(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	type result struct {
		job
		ids []string
	}
	r, err := guarded(ctx, c, func(ctx context.Context) (result, error) {
		w := argWalk{job: c.newJob(ctx, e), in: args}
		// Most arguments hold nothing: they are scanned once. Otherwise the
		// second walk finds every token ready.
		err := w.walk(spec)
		if err == nil && w.dirty {
			if err = w.pass.fill(ctx); err == nil {
				w = argWalk{job: w.job, in: args, settle: true}
				err = w.walk(spec)
			}
		}
		w.job.out = w.out
		w.named.find(args)
		return result{*w.job, w.named.ids}, err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	return r.out, r.ids, r.counts, nil
}

// argWalk copies arguments from in to out and clears them on the way. in has
// passed inspectArgs, so that its syntax is not checked again.
type argWalk struct {
	*job
	in     []byte
	pos    int
	out    []byte
	settle bool // Redact until nothing is found; all tokens are known.
	dirty  bool // Something was found.
	named  idFinder
}

func (w *argWalk) walk(spec ArgSpec) error {
	root := spec.root
	if root == nil {
		root = &argNode{shape: shapeObject}
	}
	w.space()
	if err := w.value(root, ""); err != nil {
		return err
	}
	w.space()
	return nil
}

// space copies white space.
func (w *argWalk) space() {
	i := w.pos
	for i < len(w.in) && strings.IndexByte(" \t\r\n", w.in[i]) >= 0 {
		i++
	}
	w.copyTo(i)
}

func (w *argWalk) copyTo(i int) {
	w.out = append(w.out, w.in[w.pos:i]...)
	w.pos = i
}

// value clears the value at pos, which n describes.
func (w *argWalk) value(n *argNode, path string) error {
	first := w.in[w.pos]
	switch {
	case first == 'n': // null is the absence of any value.
		w.copyTo(skipValue(w.in, w.pos))
		return nil
	case n == nil, n.shape == shapeAny && n.kind != KindRaw:
		return w.anyText(nil)
	case n.shape == shapeAny:
		w.copyTo(skipValue(w.in, w.pos))
		return nil
	case n.shape == shapeObject && first == '{':
		return w.members(path, func(name string) (*argNode, string, error) {
			if child, ok := n.fields[name]; ok {
				return child, join(path, name), nil
			}
			if known, ok := n.folded[strings.ToLower(name)]; ok {
				return nil, "", &ArgError{join(path, known), "its name is spelled with other capitals"}
			}
			return nil, "", nil
		})
	case n.shape == shapeMap && first == '{':
		return w.members(path, func(string) (*argNode, string, error) { return n.elem, "", nil })
	case n.shape == shapeArray && first == '[':
		return w.elements(n.elem, path)
	case n.shape == shapeString && first == '"':
		return w.str(n.kind, path)
	case n.shape == shapeScalar && first != '"' && first != '{' && first != '[':
		w.copyTo(skipValue(w.in, w.pos))
		return nil
	}
	return w.anyText(nil)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// members clears an object. find returns the node of a member; an empty path
// means that the name is the caller's and is cleared with the value.
func (w *argWalk) members(path string, find func(name string) (*argNode, string, error)) error {
	w.copyTo(w.pos + 1)
	for {
		w.space()
		switch w.in[w.pos] {
		case '}':
			w.copyTo(w.pos + 1)
			return nil
		case ',':
			w.copyTo(w.pos + 1)
			continue
		}
		start := w.pos
		end := skipString(w.in, start)
		name := w.in[start:end]
		child, at, err := find(unquote(name))
		if err != nil {
			return err
		}
		if at == "" && child == nil {
			w.pos = skipSpace(w.in, end)
			w.pos = skipSpace(w.in, w.pos+1)
			if err := w.anyText(name); err != nil {
				return err
			}
			continue
		}
		if at == "" {
			if err := w.str(KindText, ""); err != nil {
				return err
			}
			at = join(path, "*")
		} else {
			w.copyTo(end)
		}
		w.space()
		w.copyTo(w.pos + 1)
		w.space()
		if err := w.value(child, at); err != nil {
			return err
		}
	}
}

func (w *argWalk) elements(n *argNode, path string) error {
	w.copyTo(w.pos + 1)
	for i := 0; ; {
		w.space()
		switch w.in[w.pos] {
		case ']':
			w.copyTo(w.pos + 1)
			return nil
		case ',':
			w.copyTo(w.pos + 1)
			i++
			continue
		}
		if err := w.value(n, path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
}

// anyText clears the value at pos, whatever it is, as text. name, if not nil,
// is the literal of its name, which is cleared with it: a name says what a
// value is.
func (w *argWalk) anyText(name []byte) error {
	end := skipValue(w.in, w.pos)
	doc := w.in[w.pos:end]
	w.pos = end
	if name != nil {
		doc = bytes.Join([][]byte{[]byte("{"), name, []byte(":"), doc, []byte("}")}, nil)
	}
	out, err := w.redact(doc, w.json, w.engine.RedactJSON)
	if err != nil {
		return err
	}
	if name != nil {
		out = bytes.TrimSpace(out)
		if len(out) < 2 || out[0] != '{' || out[len(out)-1] != '}' {
			return fmt.Errorf("%w: an object is none any more", ErrScan)
		}
		out = out[1 : len(out)-1]
	}
	w.out = append(w.out, out...)
	return nil
}

// redact clears b: in the first walk with whatever tokens are there, in the
// second for good.
func (w *argWalk) redact(
	b []byte,
	settle func(pii.Mode, []byte) ([]byte, error),
	once func(pii.Allocator, pii.Mode, []byte, ...pii.JSONOption) ([]byte, pii.Counts, error),
) ([]byte, error) {
	if w.settle {
		return settle(pii.ModeAgent, b)
	}
	out, found, err := once(w.pass, pii.ModeAgent, b)
	if err != nil {
		return nil, err
	}
	w.dirty = w.dirty || found.Total() > 0
	return out, nil
}

// str clears the string at pos.
func (w *argWalk) str(kind ArgKind, path string) error {
	end := skipString(w.in, w.pos)
	lit := w.in[w.pos:end]
	var out []byte
	text := []byte(unquote(lit))
	switch kind {
	case KindRaw:
		w.copyTo(end)
		return nil
	case KindPath:
		if bytes.IndexByte(text, 0) >= 0 {
			return &ArgError{path, "a path holds no NUL"}
		}
		w.copyTo(end)
		return nil
	case KindID:
		if !idForm().Match(text) {
			return &ArgError{path, "an id or a time has letters, digits and -+_.:#@~ only, at most 200: 2026-03-01T14:05:00Z"}
		}
		if err := w.harmless(text, path); err != nil {
			return err
		}
		if len(text) > 0 {
			w.named.add(string(text))
		}
		w.copyTo(end)
		return nil
	case KindEnum:
		if !enumForm().Match(text) {
			return &ArgError{path, "it is not one of the listed values"}
		}
		if err := w.harmless(text, path); err != nil {
			return err
		}
		w.copyTo(end)
		return nil
	case KindPattern:
		var err error
		if out, err = w.pattern(text); err != nil {
			return err
		}
	default:
		var err error
		out, err = w.redact(text, w.text,
			func(a pii.Allocator, m pii.Mode, b []byte, _ ...pii.JSONOption) ([]byte, pii.Counts, error) {
				return w.engine.Redact(a, m, b)
			})
		if err != nil {
			return err
		}
	}
	if bytes.Equal(out, text) {
		w.copyTo(end)
		return nil
	}
	w.pos = end
	w.out = appendQuoted(w.out, out)
	return nil
}

// harmless refuses an id or enum in which the scanner finds something: such
// values are in the record and in errors as they are. UUIDs are ours.
func (w *argWalk) harmless(text []byte, path string) error {
	if len(text) == 36 && uuid.Validate(string(text)) == nil {
		return nil
	}
	for _, f := range w.engine.ScanMode(nil, text, pii.ModeAgent) {
		if f.Level == pii.LevelRedact {
			return &ArgError{path, "it holds a value of type " + f.Type.String() + ", which no id or word of a list does"}
		}
	}
	return nil
}
