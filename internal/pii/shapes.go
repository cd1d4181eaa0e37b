package pii

import (
	"encoding/binary"
	"slices"
	"strings"
)

// numberShape is a way to write a number of a scheme in digits only.
type numberShape struct {
	scheme uint8
	groups uint8
	seps   [maxGroups]byte // What stands behind each group but the last; '~' is one of space, dash and dot.
}

// wordShape is a way to write an identifier that has letters.
type wordShape struct {
	scheme uint8
	single bool // It is one word.
	anchor uint8
	n      uint8
	text   [32]byte
	digit  uint32 // Places in the anchor word that must be a digit.
	letter uint32 // Places that must not.
}

// maxGroups is the greatest number of groups of digits in a sequence.
const maxGroups = 8

// shapeIndex finds shapes by what is seen first of them.
var shapeIndex shapeSet

// shapeSet is all shapes, by what is seen first of them.
type shapeSet struct {
	run    [20][]numberShape        // One group, by its length.
	groups map[uint64][]numberShape // Several, by groupKey.
	digits [20][]wordShape          // The first word with a digit is a number of this length.
	mixed  [24][]wordShape          // It has letters too.
}

func makeShapeIndex() (x shapeSet) {
	x.groups = map[uint64][]numberShape{}
	for i := range schemeTable {
		s := &schemeTable[i]
		shapes := s.shapes
		for _, sh := range strings.Split(shapes, " ") {
			if sh == "" {
				continue
			}
			if strings.ContainsAny(sh, "AX") || isLetter(sh[0]) {
				w := newWordShape(uint8(i), sh) //nolint:gosec // The table is short: TestSchemesAreSound.
				n, digits := w.anchorLen(), true
				for _, c := range w.text[w.anchor : int(w.anchor)+n] {
					digits = digits && c == '9'
				}
				if digits {
					x.digits[n] = append(x.digits[n], w)
				} else {
					x.mixed[n] = append(x.mixed[n], w)
				}
				continue
			}
			ns := numberShape{scheme: uint8(i)} //nolint:gosec // As above.
			var lens [maxGroups]uint8
			for k := range len(sh) {
				if sh[k] == '9' {
					lens[ns.groups]++
				} else {
					ns.seps[ns.groups] = sh[k]
					ns.groups++
				}
			}
			ns.groups++
			if ns.groups == 1 {
				x.run[lens[0]] = append(x.run[lens[0]], ns)
			} else {
				k := groupKey(lens[:ns.groups])
				x.groups[k] = append(x.groups[k], ns)
			}
		}
	}
	return x
}

// groupKey packs lengths of groups.
func groupKey(lens []uint8) uint64 {
	k := uint64(0)
	for _, n := range lens {
		k = k<<5 | uint64(n&31)
	}
	return k
}

// newWordShape reads a shape with letters. Its anchor is the first word that has a digit, or may have one.
func newWordShape(scheme uint8, sh string) wordShape {
	w := wordShape{scheme: scheme, n: uint8(len(sh)), single: true} //nolint:gosec // Shapes are short.
	copy(w.text[:], sh)
	word := 0
	found := false
	for k := 0; k <= len(sh); k++ {
		if k < len(sh) && isWord(sh[k]) {
			continue
		}
		if k < len(sh) {
			w.single = false
		}
		if !found && strings.ContainsAny(sh[word:k], "9X") {
			w.anchor = uint8(word) //nolint:gosec // As above.
			found = true
		}
		word = k + 1
	}
	for k := range w.anchorLen() {
		switch c := w.text[int(w.anchor)+k]; {
		case c == '9':
			w.digit |= 1 << k
		case c != 'X':
			w.letter |= 1 << k
		}
	}
	return w
}

func (w *wordShape) anchorLen() int {
	k := int(w.anchor)
	for k < int(w.n) && isWord(w.text[k]) {
		k++
	}
	return k - int(w.anchor)
}

// match compares the shape with the text around its anchor at i and returns the span, or an end of 0. Letters in the
// text may be of either case; lower says that there are some in lower case.
func (w *wordShape) match(b []byte, i int) (start, end int, lowerCase bool) {
	start = i - int(w.anchor)
	end = start + int(w.n)
	if start < 0 || end > len(b) {
		return 0, 0, false
	}
	gap := byte(0)
	for k := range int(w.n) {
		c := b[start+k]
		ok := false
		switch t := w.text[k]; t {
		case '9':
			ok = isDigit(c)
		case 'A':
			ok = isLetter(c)
			lowerCase = lowerCase || c >= 'a'
		case 'X':
			ok = isLetter(c) || isDigit(c)
			lowerCase = lowerCase || c >= 'a'
		case '~':
			ok = (c == ' ' || c == '-' || c == '.') && (gap == 0 || gap == c)
			gap = c
		default:
			ok = c == t
		}
		if !ok {
			return 0, 0, false
		}
	}
	return start, end, lowerCase
}

// shapeMask is what is seen at once of the anchor of shapes with letters.
type shapeMask struct {
	digit, letter uint32 // As those of wordShape.
	text, mask    uint32 // The letters among its first four bytes that are always the same, and where they are.
	inside        bool   // Another word stands before it, and a space, a dash or a dot.
	behind        byte   // What stands behind it, as in wordShape, or 0 if nothing need.
}

// shapeMasks are those of shapeIndex.mixed, by the length of the anchor.
var shapeMasks [len(shapeIndex.mixed)][]shapeMask

func makeShapeMasks() (t [len(shapeIndex.mixed)][]shapeMask) {
	for n, shapes := range shapeIndex.mixed {
		for i := range shapes {
			w := &shapes[i]
			m := shapeMask{digit: w.digit, letter: w.letter, inside: w.anchor > 0}
			if end := int(w.anchor) + n; end < int(w.n) {
				m.behind = w.text[end]
			}
			for k := range min(n, 4) {
				if c := w.text[int(w.anchor)+k]; c != 'A' && c != 'X' && c != '9' && c != '_' {
					m.text |= uint32(c) << (8 * k)
					m.mask |= 0xff << (8 * k)
				}
			}
			if !slices.Contains(t[n], m) {
				t[n] = append(t[n], m)
			}
		}
	}
	return t
}

// fitsShape reports whether the word of n bytes at i, four at least, may be the anchor of a shape. The digits among them
// are those whose bits are set.
func fitsShape(b []byte, i, n int, digits uint64) bool {
	if n >= len(shapeMasks) {
		return false
	}
	text, behind := binary.LittleEndian.Uint32(b[i:]), byte(0)
	if i+n < len(b) {
		behind = b[i+n]
	}
	for k := range shapeMasks[n] {
		m := &shapeMasks[n][k]
		if uint32(digits)&(m.digit|m.letter) == m.digit && text&m.mask == m.text && (!m.inside || i > 1 && joins(b[i-1]) && isLetter(b[i-2])) && //nolint:gosec // Of fewer than 24 bytes.
			(m.behind == 0 || m.behind == behind || m.behind == '~' && joins(behind)) {
			return true
		}
	}
	return false
}
