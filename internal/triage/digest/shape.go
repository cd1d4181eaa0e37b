package digest

import (
	"encoding/binary"
	"math/bits"
)

const (
	maxElems   = 160  // of one message that its template is made of; what follows is not compared
	maxMessage = 4096 // bytes of a message that are lexed
)

// elem is one part of a message, values that run together being one.
type elem struct {
	kind       tokenKind
	delim      byte
	start, end int32 // in the message
}

const (
	mul1 = 0x9E3779B97F4A7C15
	mul2 = 0xD6E8FEB86659FD93
)

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v^mul1, mul2)
	return hi ^ lo
}

// hashBytes adds a word to h, eight bytes at a time.
func hashBytes(h uint64, w []byte) uint64 {
	h ^= uint64(len(w)) * mul1
	for len(w) >= 8 {
		h = mix(h, binary.LittleEndian.Uint64(w))
		w = w[8:]
	}
	if len(w) >= 4 {
		return mix(h, uint64(binary.LittleEndian.Uint32(w))|uint64(binary.LittleEndian.Uint32(w[len(w)-4:]))<<32)
	}
	if len(w) > 0 {
		return mix(h, uint64(w[0])|uint64(w[len(w)/2])<<8|uint64(w[len(w)-1])<<16)
	}
	return h
}

// hashMixed adds a word without its digits.
func hashMixed(h uint64, w []byte) uint64 {
	for i, c := range w {
		if !isDigit(c) {
			h = mix(h, uint64(c))
		} else if i == 0 || !isDigit(w[i-1]) {
			h = mix(h, '0')
		}
	}
	return h
}

const (
	valueMark  = 0x56
	symbolMark = 0x5300
	delimMark  = 0x4400
)

// shapeHash is the hash of a message without its values. Messages of one
// template mostly have one shape, so that a look-up by it finds the template
// of all but a few lines.
func shapeHash(msg []byte) uint64 {
	l := lexer{b: msg[:min(len(msg), maxMessage)]}
	h, run := uint64(mul2), uint64(0)
	inRun, value := false, false
	var before uint64 // the hash before the last mixed word
	mixed := 0        // 1 behind a mixed word, 2 behind the comma that follows it
	for range maxElems {
		kind := l.next()
		switch kind {
		case tokEnd:
			return h
		case tokValue:
			if inRun {
				h = run
			} else {
				h = mix(h, valueMark)
			}
			run, inRun, value, mixed = h, true, true, 0
			continue
		case tokDelim:
			c := l.b[l.start]
			h = mix(h, delimMark|uint64(c))
			inRun = inRun && joins[c]
			if c == ',' && mixed == 1 {
				mixed = 2
			} else {
				mixed = 0
			}
		case tokSymbol:
			h = mix(h, symbolMark|uint64(l.b[l.start])) // how often it is repeated does not matter
			mixed = 0
		case tokWord:
			w := l.b[l.start:l.i]
			if value && isUnit(w) {
				continue
			}
			h = hashBytes(h, w)
			inRun, mixed = false, 0
		case tokMixed:
			switch {
			case mixed == 2: // a list: eth0, eth1
				h = mix(before, valueMark)
				run, inRun, value, mixed = h, true, true, 0
				continue
			case inRun && l.comma():
				h = run
				value = true
				continue
			}
			before = h
			h = hashMixed(h, l.b[l.start:l.i])
			inRun, mixed = false, 1
		}
		value = false
	}
	return h
}

// comma reports whether a comma stands before the token.
func (l *lexer) comma() bool {
	i := l.start
	for i > 0 && l.b[i-1] == ' ' {
		i--
	}
	return i > 0 && l.b[i-1] == ','
}

// elems appends the parts of a message to dst: those that shapeHash hashes, in
// the same way.
func elems(dst []elem, msg []byte) []elem {
	l := lexer{b: msg[:min(len(msg), maxMessage)]}
	inRun, value := false, false
	mixed := 0
	run := 0 // number of elements up to the value that the run began with
	for range maxElems {
		kind := l.next()
		e := elem{kind: kind, start: int32(l.start), end: int32(l.i)}
		switch kind {
		case tokEnd:
			return dst
		case tokValue:
			if inRun {
				dst = dst[:run]
				dst[run-1].end = e.end
			} else {
				dst = append(dst, e)
			}
			run, inRun, value, mixed = len(dst), true, true, 0
			continue
		case tokDelim:
			e.delim = l.b[l.start]
			inRun = inRun && joins[e.delim]
			if e.delim == ',' && mixed == 1 {
				mixed = 2
			} else {
				mixed = 0
			}
		case tokSymbol:
			e.delim = l.b[l.start]
			mixed = 0
		case tokWord:
			if value && isUnit(l.b[l.start:l.i]) {
				dst[len(dst)-1].end = e.end
				continue
			}
			inRun, mixed = false, 0
		case tokMixed:
			switch {
			case mixed == 2:
				dst = dst[:len(dst)-1]
				run = len(dst)
				dst[run-1].kind, dst[run-1].end = tokValue, e.end
				inRun, value, mixed = true, true, 0
				continue
			case inRun && l.comma():
				dst = dst[:run]
				dst[run-1].end = e.end
				value = true
				continue
			}
			inRun, mixed = false, 1
		}
		dst = append(dst, e)
		value = false
	}
	return dst
}
