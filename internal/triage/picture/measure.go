package picture

import (
	"strings"
	"unicode"
)

// The advance widths of Helvetica and Helvetica-Bold for the printable
// characters of ASCII, in thousandths of the font size (Adobe's Core 14 AFM
// files). Arial and Liberation Sans have the same, and other sans serif fonts
// come close.
var (
	regular = [95]uint16{
		278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
		556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
		667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
		556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
	}
	bold = [95]uint16{
		278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
		556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
		975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
		667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
		333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
		611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
	}
)

// What other characters are taken to be wide, in thousandths.
const (
	otherLower = 600
	otherUpper = 750
	wide       = 1000 // an ideograph fills its square
	emoji      = 1250
)

// Width returns how wide a line of text is in pixels at a font size. For
// ASCII it is exact in Helvetica; for other scripts an estimate on the safe
// side.
func Width(s string, size float64, heavy bool) float64 {
	n := 0
	for _, r := range s {
		n += advance(r, heavy)
	}
	return float64(n) * size / 1000
}

func advance(r rune, heavy bool) int {
	switch {
	case r >= ' ' && r <= '~':
		if heavy {
			return int(bold[r-' '])
		}
		return int(regular[r-' '])
	case Joins(r), r < ' ', r == 0x7f:
		return 0
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x2600 && r <= 0x27bf:
		return emoji
	case IsWide(r):
		return wide
	case unicode.IsUpper(r):
		return otherUpper
	}
	return otherLower
}

// Joins reports whether r is drawn as part of the character before it.
func Joins(r rune) bool { return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) }

// IsWide reports whether r is of a script whose characters fill a square
// (the ranges W and F of UAX #11, without emoji).
func IsWide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xa960 && r <= 0xa97f ||
		r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f ||
		r >= 0xff01 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x17000 && r <= 0x18cff || r >= 0x20000 && r <= 0x3fffd)
}

// Wrap breaks text into lines no wider than width, at spaces, between
// ideographs, and inside a word only when it is wider than a line. It returns
// at most limit lines (0 means any number); when text is left over, the last
// one ends in "…". White space is folded.
func Wrap(s string, size float64, heavy bool, width float64, limit int) []string {
	w := wrapper{size: size, heavy: heavy, width: width}
	for word := range strings.FieldsSeq(s) {
		w.word(word)
		if limit > 0 && len(w.lines) > limit {
			break
		}
	}
	w.flush()
	if limit > 0 && len(w.lines) > limit {
		w.lines = w.lines[:limit]
		w.lines[limit-1] = clip(w.lines[limit-1], size, heavy, width)
	}
	return w.lines
}

type wrapper struct {
	size, width float64
	heavy       bool
	lines       []string
	line        []byte
	used        float64 // width of line
}

func (w *wrapper) flush() {
	if len(w.line) > 0 {
		w.lines = append(w.lines, string(w.line))
		w.line, w.used = w.line[:0], 0
	}
}

func (w *wrapper) word(s string) {
	wordWidth := Width(s, w.size, w.heavy)
	if len(w.line) > 0 {
		gap := Width(" ", w.size, w.heavy)
		if w.used+gap+wordWidth <= w.width {
			w.line, w.used = append(w.line, ' '), w.used+gap
		} else if first, _ := nextPiece(s); w.used+gap+Width(first, w.size, w.heavy) > w.width || len(first) == len(s) || !IsWide([]rune(first)[0]) {
			w.flush()
		} else {
			w.line, w.used = append(w.line, ' '), w.used+gap
		}
	}
	if w.used+wordWidth <= w.width {
		w.line, w.used = append(w.line, s...), w.used+wordWidth
		return
	}
	for len(s) > 0 {
		piece, rest := nextPiece(s)
		if n := Width(piece, w.size, w.heavy); w.used+n > w.width && len(w.line) > 0 {
			w.flush()
		}
		w.line, w.used = append(w.line, piece...), w.used+Width(piece, w.size, w.heavy)
		s = rest
	}
}

// nextPiece cuts off one character with what joins it.
func nextPiece(s string) (piece, rest string) {
	joined := true // The first is taken whatever it is.
	for i, r := range s {
		if !joined && !Joins(r) {
			return s[:i], s[i:]
		}
		joined = r == '\u200d' // what follows a joiner belongs to it
	}
	return s, ""
}

func clip(s string, size float64, heavy bool, width float64) string {
	const more = "…"
	room := width - Width(more, size, heavy)
	end, used := 0, 0.0
	for rest := s; rest != ""; {
		var piece string
		piece, rest = nextPiece(rest)
		if used += Width(piece, size, heavy); used > room {
			break
		}
		end += len(piece)
	}
	return strings.TrimRight(s[:end], " ") + more
}
