package pii

// symbol is called at a byte of class chSymbol and returns where to go on. At ':', '.', '-', '=', '(' and '+' it is
// called only where sieve sees that one of the detectors named here can find something: who adds one there adds to the
// sieve. Other symbols always come here.
func (e *engine) symbol(c byte, i int) int {
	b := e.b
	switch c {
	case '&':
		return e.entity(i)
	case 0xef:
		return e.fullWidth(i)
	case ':':
		if i+2 < len(b) && b[i+1] == '/' && b[i+2] == '/' {
			e.url(i)
			return i + 1
		}
		if i > 8 && i+36 <= len(b) && b[i+1] == 'A' && b[i+2] == 'A' && isDigit(b[i-1]) {
			e.infixToken(i)
		}
		e.colonHex(i)
		if i+1 < len(b) && (b[i+1] == '*' || i+5 < len(b) && isDigit(b[i+1]) && isDigit(b[i+4])) {
			e.pgpass(i)
		}
		e.assign(i, 1)
	case '=':
		e.distinguishedName(i)
		e.assign(i, 1)
	case '.':
		e.dot(i)
	case '|', '~':
		e.infixToken(i)
	case '$':
		e.dollar(i)
	case '@':
		if i != e.urlAt {
			e.email(i, 1)
		}
		if i+6 <= len(b) && (string(b[i:i+5]) == "@tcp(" || string(b[i:i+6]) == "@unix(") {
			e.goDSN(i)
		}
	case '-':
		return e.dash(i)
	case '+':
		e.phonePlus(i, 1)
	case '(':
		if i+1 < len(b) && isQuote(b[i+1]) {
			e.argument(i)
			e.call(i)
		}
		e.phoneParen(i)
		e.parenUser(i)
	case '>':
		e.xmlElement(i)
	case '[':
		if e.mode != ModeRaw {
			if _, n, ok := ParseToken(b[i:min(len(b), i+maxTokenLen)]); ok {
				return i + n
			}
		}
		e.accessUser(i)
	case '%':
		return e.percent(i)
	case '\\':
		return e.backslash(i)
	case 0x1b:
		return e.csi(i, i+1)
	case 0xc3, 0xc4, 0xc5:
		e.latinLetter(i)
	}
	return i + 1
}

// startsAt reports whether a word can start at i: what stands before it is no part of a word, or of an escape.
func (e *engine) startsAt(i int) bool {
	return i <= 0 || !isWord(e.b[i-1]) || i == e.fresh || escapedBefore(e.b, i)
}

// escapedBefore reports whether the letter before i belongs to an escape such as \n.
func escapedBefore(b []byte, i int) bool {
	return i >= 2 && b[i-2] == '\\' && (b[i-1] == 'n' || b[i-1] == 'r' || b[i-1] == 't')
}

// percent handles a percent-encoded byte: it may stand for a separator, and a word starts after it.
func (e *engine) percent(i int) int {
	b := e.b
	c, ok := hex2(b, i+1)
	if !ok {
		return i + 1
	}
	switch c {
	case '@':
		e.email(i, 3)
	case '+':
		e.phonePlus(i, 3)
	case '=', ':':
		e.assign(i, 3)
		if c == ':' && hasPrefixFold(b[i+3:], "%2f%2f") {
			e.percentRun(i)
		}
	case '%':
		if _, ok := hex2(b, i+3); ok {
			e.percentRun(i)
		}
	default:
		if is(c, chDigit|chUpper|chLower) {
			e.percentRun(i)
		}
	}
	e.fresh = i + 3
	return i + 3
}

// backslash handles the escapes of JSON and C strings: a word starts after one, and `\u0040` is an '@'.
func (e *engine) backslash(i int) int {
	b := e.b
	if i+1 >= len(b) {
		return i + 1
	}
	if i > 1 && is(b[i-1], chUpper|chDigit) {
		e.domainUser(i)
	}
	switch b[i+1] {
	case 'n', 'r', 't', '"', '\'', '/':
		if b[i+1] == '/' && i > 0 && b[i-1] == ':' && i+3 < len(b) && b[i+2] == '\\' && b[i+3] == '/' {
			e.escapeRun(i)
		}
		e.fresh = i + 2
		return i + 2
	case '\\':
		if i+2 < len(b) && b[i+2] == 'u' {
			if v := hex4(b, i+3); v >= 0 && v < 0x80 && is(byte(v), chDigit|chUpper|chLower) {
				e.escapeRun(i)
			}
		}
		return i + 2
	case 'u':
		v := hex4(b, i+2)
		if v >= 0 && v < 0x80 && is(byte(v), chDigit|chUpper|chLower) {
			e.escapeRun(i)
		}
		switch {
		case v < 0:
			return i + 1
		case v == '@':
			e.email(i, 6)
		case v == '+':
			e.phonePlus(i, 6)
		case v == '=' || v == ':':
			e.assign(i, 6)
		case v == 0x1b:
			return e.csi(i, i+6)
		}
		e.fresh = i + 6
		return i + 6
	case 'x':
		if i+3 < len(b) && hexVal(b[i+2]) == 1 && b[i+3]|0x20 == 'b' {
			return e.csi(i, i+4)
		}
	}
	return i + 1
}

// hex4 returns the value of four hexadecimal digits at i, or -1.
func hex4(b []byte, i int) int {
	if i+4 > len(b) {
		return -1
	}
	v := 0
	for _, c := range b[i : i+4] {
		d := hexVal(c)
		if d < 0 {
			return -1
		}
		v = v<<4 | d
	}
	return v
}

// csi skips a terminal control sequence whose introducer ends at j, so that `ESC[31m` does not hide the start of the
// word behind it.
func (e *engine) csi(i, j int) int {
	b := e.b
	if j >= len(b) || b[j] != '[' {
		return i + 1
	}
	k := j + 1
	for k < len(b) && k < j+32 && (isDigit(b[k]) || b[k] == ';') {
		k++
	}
	if k < len(b) && isLetter(b[k]) {
		e.fresh = k + 1
		return k + 1
	}
	return i + 1
}
