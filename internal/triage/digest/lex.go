package digest

import "bytes"

// A message is lexed into words, values and delimiters. A value is what no
// template should hold: a number, an address, a path, an id. A mixed word has
// digits in it and may be a name (eth0, ssh2) or an id: it is compared without
// its digits.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // letters
	tokMixed            // a word with digits
	tokValue            // masked
	tokDelim            // one byte that parts words
	tokSymbol           // marks without a letter or digit: "-", "****"
)

// Classes of bytes.
const (
	cSpace  = 1 << iota // parts words and is no token
	cDelim              // parts words and is one
	cLetter             // also every byte of UTF-8 beyond ASCII
	cDigit
	cMark    // belongs to a word: . - _ / and so on
	cHex     // a to f, beside cLetter
	cLower   // beside cLetter
	cUnusual // of marks: / \ @
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b <= ' ' || b == 0x7f:
			t[c] = cSpace
		case b >= 'a' && b <= 'z':
			t[c] = cLetter | cLower
		case b >= 'A' && b <= 'Z' || b >= 0x80:
			t[c] = cLetter
		case isDigit(b):
			t[c] = cDigit
		case b == '/' || b == '\\' || b == '@':
			t[c] = cMark | cUnusual
		default:
			t[c] = cMark
		}
	}
	for _, c := range []byte("abcdefABCDEF") {
		t[c] |= cHex
	}
	for _, c := range []byte(",;:=()[]{}<>\"'|`") {
		t[c] = cDelim
	}
	return t
}()

// counts holds what a byte adds to the counts of a word, all in one number:
// digits in the lowest 13 bits, enough for the longest message, letters in the
// next, then hexadecimal letters, unusual marks and marks. It is 0 for what
// ends a word.
var counts = func() (t [256]uint64) {
	for c, cl := range class {
		for bit, n := range map[uint8]uint64{cDigit: countDigit, cLetter: countLetter, cHex: countHex, cUnusual: countUnusual, cMark: countMark} {
			if cl&bit != 0 {
				t[c] += n
			}
		}
	}
	return t
}()

const (
	countDigit   = 1
	countLetter  = 1 << 13
	countHex     = 1 << 26
	countUnusual = 1 << 39
	countMark    = 1 << 52
)

// joins marks the delimiters over which values run together: a list of values
// is one value, however long it is.
var joins = func() (t [256]bool) {
	for _, c := range []byte(",;:=|") {
		t[c] = true
	}
	return t
}()

type lexer struct {
	b      []byte
	i      int
	start  int  // of the token that next returned; it ends at i
	last   byte // the delimiter before, or one of the marks below
	list   int  // where a list ends that begins at i, or 0
	served bool // the status of a request stands before
	shut   int  // where the quotes close that were opened last behind it
}

// What came before, where it was no delimiter.
const (
	lastNone   = 0
	lastWord   = 'w'
	lastValue  = 'v'
	lastSwitch = 's' // on, off
)

// next returns the kind of the next token.
func (l *lexer) next() tokenKind {
	kind := l.token()
	switch kind {
	case tokDelim:
		l.last = l.b[l.start]
	case tokValue:
		if l.last != lastSwitch || l.i-l.start > 3 {
			l.last = lastValue
		}
	default:
		l.last = lastWord
	}
	return kind
}

// token finds the next token. What it looks at is bounded by the token's own
// length and a constant.
func (l *lexer) token() tokenKind {
	b, i := l.b, l.i
	for i < len(b) && class[b[i]]&cSpace != 0 {
		i++
	}
	if i == len(b) {
		l.start, l.i = i, i
		return tokEnd
	}
	l.start = i
	if l.list > 0 {
		l.i, l.list = l.list, 0
		return tokValue
	}
	if class[b[i]]&cDelim != 0 {
		return l.delim()
	}
	if b[i] == '\\' && octal(b, i) { // \042 is a quote
		l.i = i + 4
		return tokSymbol
	}
	// One pass over the word: what it is made of.
	var sum uint64
	for ; i < len(b); i++ {
		v := counts[b[i]]
		if v == 0 {
			break
		}
		sum += v
		if v < countMark {
			continue
		}
		if b[i] == '\\' && i > l.start && octal(b, i) {
			break
		}
		// Three marks of one kind in a row are a rule or a leader, as in "update......0".
		if i+2 < len(b) && b[i+1] == b[i] && b[i+2] == b[i] {
			if i > l.start {
				sum -= v
				break
			}
			for i < len(b) && b[i] == b[l.start] {
				i++
			}
			l.i = i
			return tokSymbol
		}
	}
	digitCount, letterCount := int(sum%countLetter), int(sum/countLetter%(countHex/countLetter))
	hexCount, unusual := int(sum/countHex%(countUnusual/countHex)), int(sum/countUnusual%(countMark/countUnusual))
	l.i = i
	n := i - l.start
	if i < len(b) && b[i] == '(' && (b[i-1] == '+' || b[l.start] == '+' && n > 1) {
		// Text with + for spaces, as W3C logs have it; flags such as +E(0)K.
		l.i = word(b, i)
		return tokValue
	}
	if n <= 4 && i+1 < len(b) && b[i] == ':' && hexCount+digitCount == n {
		if e := colonHex(b, l.start); e > 0 {
			l.i = e
			return tokValue
		}
	}
	if i+1 < len(b) && b[i] == ':' {
		switch c := b[i+1]; {
		case c == '/' && at(b, i+2) == '/' && letterCount > 0:
			l.i = urlEnd(b, i+3)
			return tokValue
		case isDigit(c) && n > 2:
			if e := hostPort(b, l.start, i); e > 0 {
				l.i = e
				return tokValue
			}
		}
	}
	var kind tokenKind
	if digitCount == 0 {
		kind = l.kindOfLetters(letterCount, hexCount, unusual)
	} else {
		kind = l.kindWithDigits(digitCount, letterCount, hexCount, unusual)
	}
	if kind == tokValue {
		if unusual > 0 && i < len(b) && class[b[i]]&cDelim != 0 && bytes.IndexByte(b[l.start:i], '?') > 0 {
			l.i = urlEnd(b, i) // the query of a request
		}
	}
	return kind
}

// delim handles what begins with a delimiter: mostly the byte itself.
func (l *lexer) delim() tokenKind {
	b, i := l.b, l.start
	l.i = i + 1
	switch b[i] {
	case '[':
		// A token of tftsr's: [PrivateIPv4_12], [Email_3.2].
		if e := pseudonym(b, i); e > 0 {
			l.i = e
			return tokValue
		}
		if l.last == '=' {
			l.list = fieldEnd(b, i+1)
		} else {
			l.list = listEnd(b, i+1, ']')
		}
	case '(':
		l.list = listEnd(b, i+1, ')')
	case '"':
		// Behind the status of a request stand the words of the client: where it
		// comes from, what it calls itself.
		if l.served && i != l.shut {
			if n := bytes.IndexByte(b[i+1:min(len(b), i+1+maxQuoted)], '"'); n > 0 {
				l.list, l.shut = i+1+n, i+1+n
			}
		}
	case ':':
		// An IPv6 address that begins with ::
		if at(b, i+1) == ':' && class[at(b, i+2)]&(cDigit|cHex) != 0 {
			if e := colonHex(b, i); e > 0 {
				l.i = e
				return tokValue
			}
		}
	case '<':
		// "<1 sec" is a duration.
		j := i + 1
		for j < len(b) && isDigit(b[j]) && j-i < 8 {
			j++
		}
		if j > i+1 && at(b, j) == ' ' {
			e := j + 1
			for e < len(b) && isLetter(b[e]) && e-j < 10 {
				e++
			}
			if isUnit(b[j+1 : e]) {
				l.i = j
				return tokValue
			}
		}
	}
	return tokDelim
}

// maxQuoted bounds how far the end of what a client says is looked for, in bytes.
const maxQuoted = 512
