package pii

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
		start := runBack(b, i, max(i-128, e.encSeen), chB64)
		same := start == e.encSeen
		e.encSeen = i
		if same {
			return
		}
		if start >= e.encEnd && start > e.encTried && (start == 0 || base64Tab[b[start-1]] == 0xff) {
			e.encTried = start
			if textStarts(b, start) {
				e.base64(start)
			}
		}
	}
}

// maxStray is the number of bytes beyond ASCII, of the first twelve of a decoded run, that need not be of UTF-8: letters of
// an older character set.
const maxStray = 2

// textStarts reports whether the first 16 digits of base64 at i are of text, be it in UTF-16 (PowerShell's encoded
// commands).
func textStarts(b []byte, i int) bool {
	if i+minEncoded > len(b) {
		return false
	}
	s := (*[minEncoded]byte)(b[i:])
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
		if d[1] != 0 && (!isText(d[3*k]) || !isText(d[3*k+1]) || !isText(d[3*k+2])) {
			return false
		}
	}
	if d[1] == 0 {
		return d[3] == 0 && d[5] == 0 && d[7] == 0 && d[9] == 0 && d[11] == 0 && isText(d[0]) && isText(d[2])
	}
	return !stray(d[:])
}

// stray reports whether more than maxStray bytes beyond ASCII are of no letter in UTF-8. A letter may go on behind the end.
func stray(d []byte) bool {
	n := 0
	for i := 0; i < len(d); i++ {
		if d[i] < 0x80 {
			continue
		}
		size := 0
		switch c := d[i]; {
		case c >= 0xc2 && c < 0xe0:
			size = 1
		case c >= 0xe0 && c < 0xf0:
			size = 2
		case c >= 0xf0 && c < 0xf5:
			size = 3
		}
		k := i + 1
		for k < len(d) && k <= i+size && d[k]&0xc0 == 0x80 {
			k++
		}
		if size > 0 && (k == len(d) || k == i+size+1) {
			i = k - 1
		} else if n++; n > maxStray {
			return true
		}
	}
	return false
}

// base64 decodes the run at start and reports it as a whole if what is inside is to be redacted.
func (e *engine) base64(start int) {
	b := e.b
	if end := run(b, start, start+maxValue, chURL); end < len(b) && b[end] == '.' && jwtHeader(b[start:end]) {
		return // A JSON Web Token, which has a detector of its own.
	}
	e.undo(undoBase64At, start)
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
	e.undo(undoBase64More, at)
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
