package pii

import (
	"bytes"
	"sync"
)

const (
	maxDepth    = 2       // Encodings inside one another that are undone.
	minEncoded  = 16      // Shortest run of base64 that is decoded.
	pctAhead    = 4 << 10 // How far a run of percent-encoding or escapes is read.
	pctBehind   = 512
	base64Tail  = 768 // Decoded bytes that are looked at again with the next piece of a long run.
	base64Lines = 60  // Shortest line of base64 that may go on in the next (RFC 2045: 76; RFC 7468: 64).
)

// decoder holds what undoing an encoding needs, so that no run allocates.
type decoder struct {
	text  []byte
	off   []int32 // For each byte of text, and its end: offset in the run.
	found []Finding
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decodeRun undoes an encoding of b[start:end], scans what comes out, and reports what is found there in its encoded
// form. undo appends the decoded text and its offsets to d.
func (e *engine) decodeRun(start, end int, undo func(d *decoder, b []byte)) {
	if e.depth >= maxDepth {
		return
	}
	d := decoders.Get().(*decoder) //nolint:forcetypeassert // It holds nothing else.
	defer decoders.Put(d)
	d.text, d.off = d.text[:0], d.off[:0]
	undo(d, e.b[start:end])
	d.off = append(d.off, int32(end-start)) //nolint:gosec // At most a few KiB.
	d.found = e.s.scanDepth(d.found[:0], d.text, e.mode, maxDepth, nil)
	for _, f := range d.found {
		if f.Level == LevelRedact {
			from, to := d.off[f.Start], d.off[f.End]
			e.add(start+int(from), start+int(to), f.Type, ruleEncoded, Reason{Bits: f.Reason.Bits | ReasonDecoded, Key: f.Reason.Key}, f.Confidence)
		}
	}
}

// undoKind is a way to undo an encoding that can be repeated, for a second reading.
type undoKind uint8

const (
	undoPercentAt  undoKind = 1 + iota // See percentRun.
	undoEscapeAt                       // See escapeRun.
	undoBase64At                       // See base64.
	undoBase64More                     // See resumeBase64.
)

// undoing is a place where an encoding was undone.
type undoing struct {
	kind undoKind
	at   int
}

// undo notes that an encoding is undone at a place.
func (e *engine) undo(kind undoKind, at int) {
	if e.noting {
		e.undone = append(e.undone, undoing{kind, at})
	}
}

// undoAgain does what was noted.
func (e *engine) undoAgain(kind undoKind, at int) {
	switch kind {
	case undoPercentAt:
		e.percentRun(at)
	case undoEscapeAt:
		e.escapeRun(at)
	case undoBase64At:
		e.base64(at)
	case undoBase64More:
		e.resumeBase64(at)
	}
	e.conts = e.conts[:0] // What goes on was noted too.
}

// percentRun is called at a '%' whose encoding is nothing that a program needs to write so: a letter or digit, a '%'
// that begins a further encoding, or "://". It undoes the run that it stands in, twice if need be.
func (e *engine) percentRun(i int) {
	if i < e.pctEnd {
		return
	}
	e.undo(undoPercentAt, i)
	b := e.b
	start, end := i, i
	for start > 0 && start > i-pctBehind && !pctStop(b[start-1]) {
		start--
	}
	for end < len(b) && end < i+pctAhead && !pctStop(b[end]) {
		end++
	}
	e.pctEnd = end
	e.decodeRun(start, end, undoPercent)
}

// pctStop reports whether a byte ends a run of percent-encoding.
func pctStop(c byte) bool {
	return isSpace(c) || c == '"' || c == '\'' || c == '<' || c == '>' || c < 0x20
}

// undoPercent undoes percent-encoding (RFC 3986, section 2.1), twice where it is double.
func undoPercent(d *decoder, b []byte) {
	for i := 0; i < len(b); {
		c, n := b[i], 1
		for depth := 0; c == '%' && depth < maxDepth; depth++ {
			v, ok := hex2(b, i+n)
			if !ok {
				break
			}
			c = v
			n += 2
			if c == 0x25 {
				continue
			}
			break
		}
		d.text = append(d.text, c)
		d.off = append(d.off, int32(i)) //nolint:gosec // At most a few KiB.
		i += n
	}
}

// escapeRun is called at a `\u` escape of a letter or digit, or at `:\/\/`: something that a string of JSON or C says in
// an unusual way. It undoes such escapes on the line around.
func (e *engine) escapeRun(i int) {
	if i < e.uniEnd {
		return
	}
	e.undo(undoEscapeAt, i)
	b := e.b
	start := max(0, i-pctBehind)
	if k := bytes.LastIndexByte(b[start:i], '\n'); k >= 0 {
		start += k + 1
	}
	end := min(len(b), i+pctAhead)
	if k := bytes.IndexByte(b[i:end], '\n'); k >= 0 {
		end = i + k
	}
	e.uniEnd = end
	e.decodeRun(start, end, undoEscapes)
}

// undoEscapes undoes `\u` escapes of printable characters in ASCII, with any number of backslashes, and `\/`. Escapes
// that structure the text stay.
func undoEscapes(d *decoder, b []byte) {
	for i := 0; i < len(b); {
		c, n := b[i], 1
		if c == '\\' {
			j := i
			for j < len(b) && b[j] == '\\' {
				j++
			}
			switch {
			case j < len(b) && b[j] == '/':
				c, n = '/', j+1-i
			case j < len(b) && b[j] == 'u':
				v, quoted := hex4(b, j+1), false
				switch {
				case v == '\n' || v == '\r': // The end of a line, in the form that ends a value.
					c, n, quoted = 'n', j+5-i, true
				case v > 0x20 && v < 0x7f && v != '\\':
					c, n, quoted = byte(v), j+5-i, v == '"' // A quote of a string inside a string ends none around it.
				}
				if quoted {
					d.text = append(d.text, '\\')
					d.off = append(d.off, int32(i)) //nolint:gosec // At most a few KiB.
				}
			}
		}
		d.text = append(d.text, c)
		d.off = append(d.off, int32(i)) //nolint:gosec // At most a few KiB.
		i += n
	}
}
