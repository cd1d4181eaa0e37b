package pii

import (
	"unicode/utf16"
	"unicode/utf8"
)

// number skips the number at i.
func (w *jsonWalker) number() error {
	start := w.i
	if w.b[w.i] == '-' {
		w.i++
	}
	digits := func() bool {
		s := w.i
		w.i = run(w.b, w.i, len(w.b), chDigit)
		return w.i > s
	}
	zero := w.i < len(w.b) && w.b[w.i] == '0'
	first := w.i
	if !digits() || zero && w.i > first+1 {
		w.i = start
		return w.bad("invalid number")
	}
	if w.i < len(w.b) && w.b[w.i] == '.' {
		w.i++
		if !digits() {
			return w.bad("invalid number")
		}
	}
	if w.i < len(w.b) && w.b[w.i]|0x20 == 'e' {
		w.i++
		if w.i < len(w.b) && (w.b[w.i] == '+' || w.b[w.i] == '-') {
			w.i++
		}
		if !digits() {
			return w.bad("invalid number")
		}
	}
	return nil
}

// str reads the string at i into text. Without an escape in it text is a part of b.
func (w *jsonWalker) str() error {
	b := w.b
	i := w.i + 1
	w.start = i
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 {
		i++
	}
	if i < len(b) && b[i] == '"' {
		w.text, w.plain = b[w.start:i:i], true
		w.i = i + 1
		return nil
	}
	i = w.start
	w.plain = false
	w.buf, w.offsets = w.buf[:0], w.offsets[:0]
	for {
		if i >= len(b) {
			return w.bad("string without an end")
		}
		c := b[i]
		switch {
		case c == '"':
			w.offsets = append(w.offsets, i)
			w.text = w.buf
			w.i = i + 1
			return nil
		case c < 0x20:
			return w.bad("control character in a string")
		case c != '\\':
			w.buf = append(w.buf, c)
			w.offsets = append(w.offsets, i)
			i++
			continue
		}
		if i+1 >= len(b) {
			return w.bad("string without an end")
		}
		n := 2
		var r rune
		switch b[i+1] {
		case '"', '\\', '/':
			r = rune(b[i+1])
		case 'b':
			r = '\b'
		case 'f':
			r = '\f'
		case 'n':
			r = '\n'
		case 'r':
			r = '\r'
		case 't':
			r = '\t'
		case 'u':
			v := hex4(b, i+2)
			if v < 0 {
				return w.bad("invalid escape in a string")
			}
			r, n = rune(v), 6 //nolint:gosec // Four digits.
			if utf16.IsSurrogate(r) && i+7 < len(b) && b[i+6] == '\\' && b[i+7] == 'u' {
				if l := utf16.DecodeRune(r, rune(hex4(b, i+8))); l != utf8.RuneError { //nolint:gosec // Four digits or -1.
					r, n = l, 12
				}
			}
		default:
			return w.bad("invalid escape in a string")
		}
		from := len(w.buf)
		w.buf = utf8.AppendRune(w.buf, r)
		for range len(w.buf) - from {
			w.offsets = append(w.offsets, i)
		}
		i += n
	}
}
