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

// base64Tab holds the values of the digits of base64 and base64url (RFC 4648), and 0xff for other bytes.
var base64Tab = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	for i := range 26 {
		t['A'+i], t['a'+i] = uint8(i), uint8(26+i) //nolint:gosec // Under 64.
	}
	for i := range 10 {
		t['0'+i] = uint8(52 + i) //nolint:gosec // Under 64.
	}
	t['+'], t['-'], t['/'], t['_'] = 62, 62, 63, 63
	return t
}()

// isText reports whether a decoded byte is of text.
func isText(c byte) bool {
	return c >= 0x20 && c != 0x7f || c == '\n' || c == '\r' || c == '\t'
}

// longWord is called at a word of at least minEncoded bytes with letters of both cases: it may begin a run of base64.
func (e *engine) longWord(i int) {
	b := e.b
	if i < e.encEnd || e.depth >= maxDepth {
		return
	}
	if i > 0 && b[i-1] == '.' && i < e.jwtEnd { // A later segment of a JSON Web Token.
		return
	}
	if textStarts(b, i) {
		e.base64(i)
		return
	}
	if i > 0 && base64Tab[b[i-1]] != 0xff { // The word may be in the middle of a run.
		start := runBack(b, i, i-128, chB64)
		if start >= e.encEnd && start > e.encTried && (start == 0 || base64Tab[b[start-1]] == 0xff) {
			e.encTried = start
			if textStarts(b, start) {
				e.base64(start)
			}
		}
	}
}

// textStarts reports whether the first 16 digits of base64 at i are of text, be it in UTF-16 (PowerShell's encoded
// commands).
func textStarts(b []byte, i int) bool {
	if i+minEncoded > len(b) {
		return false
	}
	s := b[i : i+minEncoded]
	if c := base64Tab[s[0]]; c < 8 && c != 2 || c > 63 { // The upper bits of the first byte: most words end here.
		return false
	}
	var d [12]byte
	for k := range 4 {
		w0, w1, w2, w3 := base64Tab[s[4*k]], base64Tab[s[4*k+1]], base64Tab[s[4*k+2]], base64Tab[s[4*k+3]]
		if w0|w1|w2|w3 > 63 {
			return false
		}
		d[3*k], d[3*k+1], d[3*k+2] = w0<<2|w1>>4, w1<<4|w2>>2, w2<<6|w3
		if !isText(d[3*k]) && d[3*k] != 0 {
			return false
		}
	}
	if d[1] == 0 {
		return d[3] == 0 && d[5] == 0 && d[7] == 0 && d[9] == 0 && d[11] == 0 && isText(d[0]) && isText(d[2])
	}
	for _, c := range d {
		if !isText(c) {
			return false
		}
	}
	return true
}

// base64 decodes the run at start and reports it as a whole if what is inside is to be redacted.
func (e *engine) base64(start int) {
	b := e.b
	if end := run(b, start, start+maxValue, chURL); end < len(b) && b[end] == '.' && jwtHeader(b[start:end]) {
		return // A JSON Web Token, which has a detector of its own.
	}
	d := decoders.Get().(*decoder) //nolint:forcetypeassert // It holds nothing else.
	defer decoders.Put(d)
	d.text = d.text[:0]
	e.base64Piece(d, start)
}

// base64Piece decodes a piece of a run behind what is in d.text, which is the end of the piece before it.
func (e *engine) base64Piece(d *decoder, start int) {
	b := e.b
	tail := len(d.text)
	end, more := decodeBase64(d, b, start, min(len(b), start+maxValue))
	e.encEnd = max(e.encEnd, end)
	if end-start < minEncoded && tail == 0 {
		return
	}
	if more {
		e.tail = append(e.tail[:0], d.text[max(0, len(d.text)-base64Tail):]...)
	}
	text := d.text
	if len(text) > 3 && text[1] == 0 && text[3] == 0 {
		n := 0
		for k := 0; k < len(text); k += 2 {
			text[n] = text[k]
			n++
		}
		text = text[:n]
	}
	best, ok := e.inside(d, text)
	pad := end
	for range 2 {
		switch {
		case pad < len(b) && b[pad] == '=':
			pad++
		case pad+2 < len(b) && b[pad] == '%' && b[pad+1] == '3' && b[pad+2]|0x20 == 'd':
			pad += 3
		}
	}
	if more {
		e.dropConts(contBase64)
		e.goOn(continuation{kind: contBase64, at: end})
	} else {
		end = pad
	}
	if ok {
		from := start
		if best.Start < int64(tail) { // It began in the piece before.
			from = max(0, start-lookBehind)
		}
		e.add(from, end, best.Type, ruleEncoded, Reason{Bits: best.Reason.Bits | ReasonDecoded, Key: best.Reason.Key}, best.Confidence)
	}
}

// resumeBase64 goes on with a run that is longer than one piece.
func (e *engine) resumeBase64(at int) {
	d := decoders.Get().(*decoder) //nolint:forcetypeassert // It holds nothing else.
	defer decoders.Put(d)
	d.text = append(d.text[:0], e.tail...)
	e.base64Piece(d, at)
}

// decodeBase64 decodes b from i on, at most to hi, behind d.text, and returns where it stopped and whether the run goes
// on there. Lines of base64 are one run. It stops at what is no text.
func decodeBase64(d *decoder, b []byte, i, hi int) (end int, more bool) {
	line, bad := i, 0
	for {
		for i+4 <= hi {
			w0, w1, w2, w3 := base64Tab[b[i]], base64Tab[b[i+1]], base64Tab[b[i+2]], base64Tab[b[i+3]]
			if w0|w1|w2|w3 > 63 {
				break
			}
			c0, c1, c2 := w0<<2|w1>>4, w1<<4|w2>>2, w2<<6|w3
			d.text = append(d.text, c0, c1, c2)
			i += 4
			if !isText(c0) && c0 != 0 {
				bad++
			}
			if !isText(c1) && c1 != 0 {
				bad++
			}
			if !isText(c2) && c2 != 0 {
				bad++
			}
			if bad > 8 && bad > len(d.text)/8 {
				return i, false
			}
		}
		end = i
		if i+4 > hi && hi < len(b) {
			return end, true
		}
		// What is left of the last four digits.
		n := 0
		var w [4]uint8
		for n < 3 && i+n < len(b) && base64Tab[b[i+n]] <= 63 {
			w[n] = base64Tab[b[i+n]]
			n++
		}
		if n >= 2 {
			d.text = append(d.text, w[0]<<2|w[1]>>4)
		}
		if n == 3 {
			d.text = append(d.text, w[1]<<4|w[2]>>2)
		}
		end = i + n
		if n > 0 || i-line < base64Lines {
			return end, false
		}
		// The run may go on in the next line, be it written as an escape.
		j := i
		if j+1 < len(b) && b[j] == '\\' && b[j+1] == 'r' {
			j += 2
		}
		if j < len(b) && b[j] == '\r' {
			j++
		}
		switch {
		case j < len(b) && b[j] == '\n':
			j = run(b, j+1, j+33, chSpace)
		case j+1 < len(b) && b[j] == '\\' && b[j+1] == 'n':
			j += 2
		default:
			return end, false
		}
		if j+4 > hi || run(b, j, j+8, chB64) < j+4 {
			return end, false
		}
		i, line = j, j
	}
}

// inside scans decoded text and returns the finding that says what the run is: a secret before others, then the
// highest rank.
func (e *engine) inside(d *decoder, text []byte) (best Finding, ok bool) {
	d.found = e.s.scanDepth(d.found[:0], text, ModeRaw, e.depth+1, nil)
	for _, f := range d.found {
		if f.Level != LevelRedact {
			continue
		}
		secret, was := f.Type.Class() == ClassSecret, best.Type.Class() == ClassSecret
		if !ok || secret && !was || secret == was && better(f, best) {
			start := best.Start
			best = f
			if ok {
				best.Start = min(start, f.Start)
			}
			ok = true
		}
	}
	return best, ok
}

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

// percentRun is called at a '%' whose encoding is nothing that a program needs to write so: a letter or digit, a '%'
// that begins a further encoding, or "://". It undoes the run that it stands in, twice if need be.
func (e *engine) percentRun(i int) {
	if i < e.pctEnd {
		return
	}
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
				if v := hex4(b, j+1); v > 0x20 && v < 0x7f && v != '\\' {
					c, n = byte(v), j+5-i
				}
				if c == '"' { // One of a string inside a string: it ends none around it.
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
