package export

import "unicode"

// high are the characters of Windows-1252 from 0x80 to 0x9f (Unicode's mapping
// CP1252.TXT); five places are empty.
var high = [32]rune{
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
}

var byRune = func() map[rune]byte {
	m := make(map[rune]byte, len(high))
	for i, r := range high {
		if r != 0 {
			m[r] = byte(0x80 + i)
		}
	}
	return m
}()

// encode returns the byte of a character in Windows-1252, which is what the
// standard fonts of PDF are encoded in here.
func encode(r rune) (byte, bool) {
	switch {
	case r == '\t', r >= ' ' && r < 0x7f, r >= 0xa0 && r <= 0xff && r != 0xad:
		return byte(r), true
	}
	b, ok := byRune[r]
	return b, ok
}

// ignorable reports whether a character shows nothing by itself.
func ignorable(r rune) bool {
	return r == 0xad || r == 0xfeff || r >= 0xfe00 && r <= 0xfe0f || unicode.Is(unicode.Cf, r) || unicode.IsControl(r)
}

// alike are signs that ASCII has look-alikes for.
var alike = map[rune]string{
	'→': "->", '←': "<-", '↔': "<->", '⇒': "=>", '⇐': "<=", '↑': "^", '↓': "v", '↳': "->",
	'≥': ">=", '≤': "<=", '≠': "!=", '≈': "~", '−': "-", '∗': "*", '∕': "/", '∙': "·", '⋅': "·", '⁄': "/",
	'‐': "-", '‑': "-", '‒': "-", '―': "—", '′': "'", '″': `"`, 'ʼ': "'", 'ʹ': "'",
	'\u2002': " ", '\u2003': " ", '\u2007': " ", '\u2008': " ", '\u2009': " ", '\u200a': " ", '\u202f': " ", '\u3000': " ",
	'─': "-", '━': "-", '│': "|", '┃': "|", '┌': "+", '┐': "+", '└': "+", '┘': "+", '├': "+", '┤': "+", '┬': "+", '┴': "+", '┼': "+",
	'═': "=", '║': "|", '╔': "+", '╗': "+", '╚': "+", '╝': "+", '╠': "+", '╣': "+", '╭': "+", '╮': "+", '╰': "+", '╯': "+",
	'▪': "•", '●': "•", '◦': "o", '‣': "•", '■': "#", '█': "#", '✓': "v", '✔': "v", '✗': "x", '✘': "x",
}
