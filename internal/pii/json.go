package pii

import (
	"errors"
	"fmt"
	"strings"
)

// maxJSONDepth is the deepest nesting of arrays and objects that RedactJSON accepts.
const maxJSONDepth = 512

// ErrJSONDepth is returned for a document that is nested too deeply.
var ErrJSONDepth = errors.New("json is nested deeper than 512 levels")

// JSONOption configures [Scanner.RedactJSON].
type JSONOption func(*jsonOptions)

type jsonOptions struct{ exempt [][]string }

// ExemptPaths leaves the values at the given paths as they are, whatever they are and contain. A path is a JSON Pointer
// (RFC 6901), such as "/result/id"; a part "*" stands for any key or index. It is for identifiers that the caller made,
// never for text from outside.
func ExemptPaths(paths ...string) JSONOption {
	return func(o *jsonOptions) {
		for _, p := range paths {
			parts := strings.Split(strings.TrimPrefix(p, "/"), "/")
			for i, s := range parts {
				parts[i] = strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
			}
			o.exempt = append(o.exempt, parts)
		}
	}
}

// RedactJSON redacts one JSON value of any kind. Strings are scanned in their decoded form, each knowing the key that it
// stands under: a string or number under a key such as "password", "token" or "authorization" goes whatever it looks
// like, and so do those in an array under it. A number with a finding becomes a string. Keys are scanned as text. What
// has no finding keeps its bytes, white space and duplicate keys included; the result is valid JSON if doc is. After an
// error it returns nothing; errors do not quote the document.
func (s *Scanner) RedactJSON(a Allocator, m Mode, doc []byte, opts ...JSONOption) ([]byte, Counts, error) {
	prepare()
	var o jsonOptions
	for _, opt := range opts {
		opt(&o)
	}
	out, counts, err := s.redactJSON(a, m, doc, o)
	for n, pass := counts.Total(), 1; err == nil && n > 0; pass++ { // As in Redact.
		if pass > maxPasses {
			err = ErrUnsettled
			break
		}
		var more Counts
		out, more, err = s.redactJSON(a, ModeCleared, out, o)
		counts.Add(&more)
		n = more.Total()
	}
	if err != nil {
		return nil, Counts{}, fmt.Errorf("redact json: %w", err)
	}
	return out, counts, nil
}

func (s *Scanner) redactJSON(a Allocator, m Mode, doc []byte, o jsonOptions) ([]byte, Counts, error) {
	w := jsonWalker{s: s, a: a, m: m, b: doc, opt: o, out: make([]byte, 0, len(doc)+64)}
	w.space()
	err := w.value(0, 0)
	if err == nil {
		w.space()
		if w.i < len(w.b) {
			err = w.bad("more than one value")
		}
	}
	if err != nil {
		return nil, Counts{}, err
	}
	return append(w.out, w.b[w.done:]...), w.counts, nil
}
