package pii

import (
	"fmt"
	"strconv"
)

type jsonWalker struct {
	s      *Scanner
	a      Allocator
	m      Mode
	opt    jsonOptions
	b      []byte
	i      int
	done   int // Everything of b before it is in out.
	out    []byte
	path   []string
	counts Counts
	data   int // One more than the depth of an object whose values are those of a Secret of Kubernetes.

	text    []byte // Decoded text of the current string.
	start   int    // Offset in b of its first byte.
	plain   bool   // It has no escapes.
	buf     []byte // Holds text if it has escapes.
	offsets []int  // If it has escapes: the offset in b of each byte of text, and of the end.
	found   []Finding
	scratch []byte
	around  topicSet // What the key says that the current value is.
}

func (w *jsonWalker) bad(what string) error { return fmt.Errorf("byte %d: %s", w.i, what) }

func (w *jsonWalker) space() {
	for w.i < len(w.b) && (w.b[w.i] == ' ' || w.b[w.i] == '\n' || w.b[w.i] == '\r' || w.b[w.i] == '\t') {
		w.i++
	}
}

// value walks the value at i. key is the class of the key that it stands under.
func (w *jsonWalker) value(depth int, key KeyID) error {
	if depth > maxJSONDepth {
		return ErrJSONDepth
	}
	if w.i >= len(w.b) {
		return w.bad("unexpected end")
	}
	switch c := w.b[w.i]; {
	case c == '{':
		return w.object(depth, key)
	case c == '[':
		return w.array(depth, key)
	case c == '"':
		if err := w.str(); err != nil {
			return err
		}
		if w.exempted() {
			return nil
		}
		return w.redactString(key)
	case c == '-' || isDigit(c):
		start := w.i
		if err := w.number(); err != nil {
			return err
		}
		if w.exempted() {
			return nil
		}
		return w.redactNumber(start, key)
	}
	for _, lit := range [...]string{"true", "false", "null"} {
		if end := w.i + len(lit); end <= len(w.b) && string(w.b[w.i:end]) == lit {
			w.i = end
			return nil
		}
	}
	return w.bad("invalid value")
}

func (w *jsonWalker) object(depth int, outer KeyID) error {
	w.i++
	w.space()
	if w.i < len(w.b) && w.b[w.i] == '}' {
		w.i++
		return nil
	}
	w.path = append(w.path, "")
	isData := w.data == depth+1
	w.data = 0
	var named KeyID // What the member "name" or "key" of this object says that "value" is.
	for {
		if w.i >= len(w.b) || w.b[w.i] != '"' {
			return w.bad("expected a key")
		}
		if err := w.str(); err != nil {
			return err
		}
		key := classifyKey(w.text)
		if len(w.text) > maxKey {
			key = 0
		}
		around := w.around
		if !valueKeys[string(lowerAll(w.text))] {
			w.around = topicSet{}
			collectTopics(&w.around, w.text[:min(len(w.text), maxKey)])
		}
		isName := equalFold(w.text, "name") || equalFold(w.text, "key")
		if keyTable[key].kind == keyPaired {
			key = 0
			if equalFold(w.text, "value") {
				key = named
			}
		}
		if key == 0 && outer != 0 && valueKeys[string(lowerAll(w.text))] {
			key = outer
		}
		if isData {
			key = secretDataKey
		}
		holdsData := (string(w.text) == "data" || string(w.text) == "stringData") && secretAround(w.b, w.i)
		name := ""
		if len(w.opt.exempt) > 0 || w.s.custom != nil {
			name = string(w.text)
		}
		w.path[len(w.path)-1] = "" // The name itself is under the names before it only.
		if err := w.redactString(0); err != nil {
			return err
		}
		w.space()
		if w.i >= len(w.b) || w.b[w.i] != ':' {
			return w.bad("expected ':'")
		}
		w.i++
		w.space()
		isName = isName && w.i < len(w.b) && w.b[w.i] == '"'
		w.path[len(w.path)-1] = name
		if holdsData && w.i < len(w.b) && w.b[w.i] == '{' {
			w.data = depth + 2
		}
		if err := w.value(depth+1, key); err != nil {
			return err
		}
		w.around = around
		if isName && len(w.text) <= maxKey {
			if named = classifyKey(w.text); keyTable[named].kind == keyPaired {
				named = 0
			}
		}
		w.space()
		if w.i < len(w.b) && w.b[w.i] == ',' {
			w.i++
			w.space()
			continue
		}
		if w.i < len(w.b) && w.b[w.i] == '}' {
			w.i++
			w.path = w.path[:len(w.path)-1]
			return nil
		}
		return w.bad("expected ',' or '}'")
	}
}

// valueKeys are keys of an object that stands for a single value: {"password": {"value": "x"}}.
var valueKeys = map[string]bool{
	"value": true, "val": true, "data": true, "plain": true, "plaintext": true, "raw": true, "current": true, "old": true,
	"new": true, "previous": true, "next": true, "text": true, "content": true, "stringvalue": true, "#text": true,
}

func (w *jsonWalker) array(depth int, key KeyID) error {
	w.i++
	w.space()
	if w.i < len(w.b) && w.b[w.i] == ']' {
		w.i++
		return nil
	}
	w.path = append(w.path, "")
	for n := 0; ; n++ {
		if len(w.opt.exempt) > 0 {
			w.path[len(w.path)-1] = strconv.Itoa(n)
		}
		if err := w.value(depth+1, key); err != nil {
			return err
		}
		w.space()
		if w.i < len(w.b) && w.b[w.i] == ',' {
			w.i++
			w.space()
			continue
		}
		if w.i < len(w.b) && w.b[w.i] == ']' {
			w.i++
			w.path = w.path[:len(w.path)-1]
			return nil
		}
		return w.bad("expected ',' or ']'")
	}
}

// exempted reports whether the current path is exempt.
func (w *jsonWalker) exempted() bool {
next:
	for _, p := range w.opt.exempt {
		if len(p) != len(w.path) {
			continue
		}
		for i, part := range p {
			if part != "*" && part != w.path[i] {
				continue next
			}
		}
		return true
	}
	return false
}

// redactString replaces what is found in the string just read.
func (w *jsonWalker) redactString(key KeyID) error {
	w.scanLeaf(w.text, key)
	pos := 0
	// Text between findings keeps its spelling; an escape of a look-alike goes before the byte that it is put before.
	gap := func(end int) {
		if w.m != ModeRaw {
			return
		}
		for p := pos; p < end; p++ {
			if w.text[p] != '[' {
				continue
			}
			q := p + 1
			for q < end && w.text[q] == '=' {
				q++
			}
			if _, _, ok := parseTokenBody(w.text[q:end]); ok {
				w.copyTo(w.offset(q))
				w.out = append(w.out, '=')
			}
		}
	}
	for _, f := range w.found {
		if f.Level != LevelRedact {
			continue
		}
		gap(int(f.Start))
		tok, err := w.token(f.Type, w.text[f.Start:f.End:f.End])
		if err != nil {
			return err
		}
		w.copyTo(w.offset(int(f.Start)))
		w.out = AppendToken(w.out, tok)
		w.done = w.endOf(int(f.End))
		pos = int(f.End)
	}
	gap(len(w.text))
	return nil
}

// endOf returns the offset in b behind text[:end]: an encoded character goes as a whole.
func (w *jsonWalker) endOf(end int) int {
	o := w.offset(end)
	for end < len(w.text) && o == w.offset(end-1) {
		end++
		o = w.offset(end)
	}
	return o
}

// offset returns the offset in b of text[i].
func (w *jsonWalker) offset(i int) int {
	if w.plain {
		return w.start + i
	}
	return w.offsets[i]
}

// copyTo copies b up to offset o, unless it is behind what has been replaced.
func (w *jsonWalker) copyTo(o int) {
	if o > w.done {
		w.out = append(w.out, w.b[w.done:o]...)
		w.done = o
	}
}

func (w *jsonWalker) token(t Type, value []byte) (Token, error) {
	tok, err := w.a.Token(t, value)
	if err == nil && !tok.Valid() {
		err = ErrToken
	}
	if err == nil {
		w.counts[t]++
	}
	return tok, err
}

// redactNumber makes a string of the number just read if anything is found in it.
func (w *jsonWalker) redactNumber(start int, key KeyID) error {
	text := w.b[start:w.i]
	w.scanLeaf(text, key)
	pos := -1
	for _, f := range w.found {
		if f.Level != LevelRedact {
			continue
		}
		if pos < 0 {
			w.copyTo(start)
			w.out = append(w.out, '"')
			pos = 0
		}
		tok, err := w.token(f.Type, text[f.Start:f.End:f.End])
		if err != nil {
			return err
		}
		w.out = append(w.out, text[pos:f.Start]...)
		w.out = AppendToken(w.out, tok)
		pos = int(f.End)
	}
	if pos >= 0 {
		w.out = append(w.out, text[pos:]...)
		w.out = append(w.out, '"')
		w.done = w.i
	}
	return nil
}

// scanLeaf finds what is in a value that stands under a key.
func (w *jsonWalker) scanLeaf(text []byte, key KeyID) {
	row := keyTable[key]
	w.found = w.found[:0]
	switch row.kind {
	case keyNone, keyNot:
		w.found = w.s.scanDepth(w.found, text, w.m, 0, func(e *engine) {
			e.leaf, e.around = true, w.around
			e.customUnder(w.path, 0)
		})
	case keyStrong, keyWeak:
		whole := !isPlaceholder(text)
		if row.kind == keyWeak && (row.whole || key >= firstCode && key < endVague) {
			whole, _ = weakSecret(key, text)
			whole = whole && !isPlaceholder(text)
		}
		w.found = w.s.scanDepth(w.found, text, w.m, 0, func(e *engine) {
			if whole {
				e.add(0, len(text), row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: key}, 95)
			}
			e.customUnder(w.path, 0)
		})
	default: // The detector of the key judges the value as it would in a line of text.
		w.scratch = append(append(append(w.scratch[:0], row.word...), '='), text...)
		n := int64(len(row.word) + 1)
		for _, f := range w.s.scanDepth(nil, w.scratch, w.m, 0, func(e *engine) { e.customUnder(w.path, int(n)) }) {
			if f.Start, f.End = max(f.Start-n, 0), f.End-n; f.End > f.Start {
				w.found = append(w.found, f)
			}
		}
	}
}
