package pii

// entity is called at an '&' and returns where to go on. A reference to a character (HTML, section 13.5) may stand for
// a separator: &#64; and &commat; for '@'.
func (e *engine) entity(i int) int {
	b := e.b
	n, c := 0, rune(0)
	if q := quoteEntity(b, i); q > 0 { // &quot;password&quot;:&quot;x&quot;
		if sep := blanks(b, i+q); sep < len(b) && (b[sep] == ':' || b[sep] == '=') {
			e.assign(sep, 1)
		}
		e.fresh = i + q
		return i + q
	}
	switch {
	case i+2 >= len(b):
		return i + 1
	case b[i+1] == '#':
		j, base := i+2, rune(10)
		if b[j]|0x20 == 'x' {
			j, base = j+1, 16
		}
		for j < len(b) && j < i+8 && hexVal(b[j]) >= 0 && rune(hexTab[b[j]]) < base {
			c = c*base + rune(hexTab[b[j]])
			j++
		}
		n = j + 1 - i
	case hasPrefixFold(b[i:], "&commat;"):
		n, c = len("&commat;"), '@'
	case hasPrefixFold(b[i:], "&colon;"):
		n, c = len("&colon;"), ':'
	case hasPrefixFold(b[i:], "&equals;"):
		n, c = len("&equals;"), '='
	}
	if n == 0 || i+n > len(b) || b[i+n-1] != ';' {
		return i + 1
	}
	switch c {
	case '@':
		e.email(i, n)
	case '=', ':':
		e.assign(i, n)
	}
	e.fresh = i + n
	return i + n
}

// quoteEntities stand for quotes in HTML and XML.
var quoteEntities = [...]string{"&quot;", "&#34;", "&#39;", "&apos;", "&#x27;", "&#x22;"}

// quoteEntity returns the length of an entity for a quote at i, or 0.
func quoteEntity(b []byte, i int) int {
	if i < len(b) && b[i] == '&' {
		for _, q := range quoteEntities {
			if hasPrefixFold(b[i:], q) {
				return len(q)
			}
		}
	}
	return 0
}

// quoteEntityBefore returns the length of an entity for a quote that ends before i, or 0.
func quoteEntityBefore(b []byte, i int) int {
	if i > 4 && b[i-1] == ';' {
		for _, q := range quoteEntities {
			if hasSuffixFold(b[max(0, i-len(q)):i], q) {
				return len(q)
			}
		}
	}
	return 0
}

// fullWidth is called at the byte 0xef, with which the full-width forms of ASCII begin in UTF-8 (U+FF01 to U+FF5E), and
// returns where to go on.
func (e *engine) fullWidth(i int) int {
	b := e.b
	if i+2 >= len(b) || b[i+1] != 0xbc {
		return i + 1
	}
	switch b[i+2] {
	case 0xa0: // U+FF20, a full-width '@'.
		e.email(i, 3)
	case 0x9d, 0x9a: // U+FF1D, '=', and U+FF1A, ':'
		e.assign(i, 3)
	default:
		return i + 1
	}
	e.fresh = i + 3
	return i + 3
}
