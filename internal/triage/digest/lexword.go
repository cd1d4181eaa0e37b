package digest

import "bytes"

// What a word is by its look: a constant of a statement, or a value.

func (l *lexer) kindOfLetters(letters, hex, unusual int) tokenKind {
	w := l.b[l.start:l.i]
	n := len(w)
	switch {
	case letters == 0:
		if n == 1 && w[0] == '-' && l.last == lastValue && l.among() {
			return tokValue
		}
		return tokSymbol
	case w[0] == '+' && n <= 4: // +S, beside +E(0)
		return tokValue
	case n <= 2 && letters == 1:
		// X, Y+: an axis, a port, a drive. "A" and "I" are words.
		if c := w[0]; c >= 'A' && c <= 'Z' && (n == 2 && (w[1] == '+' || w[1] == '-') || n == 1 && c != 'A' && c != 'I') {
			return tokValue
		}
	case n == 3 && (monthAt(w, 0) > 0 || weekdayAt(w, 0)):
		return tokValue
	case letters == n && hex == n && n >= 8:
		return tokValue
	case n == 4 && (string(w) == "true" || string(w) == "True" || string(w) == "TRUE"),
		n == 5 && (string(w) == "false" || string(w) == "False" || string(w) == "FALSE"):
		return tokValue
	case n <= 4 && l.isSwitch(w):
		l.last = lastSwitch
		return tokValue
	case unusual > 0 && isPath(w, unusual):
		return tokValue
	}
	return tokWord
}

// among reports whether a value follows the mark at l.start, which then stands
// for one that is missing.
func (l *lexer) among() bool {
	b := l.b
	i := skipSpaces(b, l.i)
	if i == l.i {
		return false
	}
	if c := at(b, i); isDigit(c) || c == '/' || c == '-' && (i+1 == len(b) || b[i+1] == ' ') {
		return true
	}
	return bytes.Contains(b[i:min(len(b), i+12)], []byte("://"))
}

// isSwitch reports whether on, off, yes or no stand as a value: behind an
// equals sign or an opening bracket, or behind another one.
func (l *lexer) isSwitch(w []byte) bool {
	switch l.last {
	case '=', '(', '[', lastSwitch:
	default:
		return false
	}
	switch string(w) {
	case "on", "off", "yes", "no", "On", "Off", "Yes", "No", "ON", "OFF", "YES", "NO",
		"null", "NULL", "nil", "none", "None", "NONE", "NaN", "nan":
		return true
	}
	return false
}

func (l *lexer) kindWithDigits(digitCount, letters, hex, unusual int) tokenKind {
	w := l.b[l.start:l.i]
	if len(w) == 3 && letters == 0 && l.status() {
		l.served = true
		return tokWord
	}
	if w[0] == '%' && mnemonic(w) {
		return tokWord
	}
	for len(w) > 1 && (w[0] == '@' || w[0] == '#' || w[0] == '$' || w[0] == '~') {
		w = w[1:] // @0x7f12c0, #f00d12
	}
	switch {
	case isDigit(w[0]), letters == 0, digitCount*3 >= digitCount+letters, unusual > 0 && isPath(w, unusual):
		return tokValue
	case unusual == 1 && product(w):
		return tokValue
	case len(w) > 4 && hex == letters, hex == letters-1 && len(w) > 3 && w[0] == '0' && w[1]|0x20 == 'x':
		return tokValue
	}
	// Digits in three places and more make an id.
	runs := 0
	for i, c := range w {
		if isDigit(c) && (i == 0 || !isDigit(w[i-1])) {
			runs++
		}
	}
	if runs >= 4 || runs == 3 && digitCount*4 >= digitCount+letters || len(w) >= 20 && runs >= 2 && scrambled(w) {
		return tokValue
	}
	return tokMixed
}

// product reports whether a word is a program and its version, as in RFC 9110,
// section 10.1.5: curl/7.88.1. The version of HTTP is part of a request.
func product(w []byte) bool {
	i := bytes.IndexByte(w, '/')
	if i <= 1 || !isDigit(at(w, i+1)) || bytes.Equal(w[:i], []byte("HTTP")) {
		return false
	}
	for _, c := range w[:i] {
		if !isLetter(c) && c != '-' && c != '_' {
			return false
		}
	}
	for _, c := range w[i+1:] {
		if !isDigit(c) && c != '.' {
			return false
		}
	}
	return bytes.IndexByte(w[i+1:], '.') > 0
}

// mnemonic reports whether a word names an event as devices of Cisco do, by
// facility, severity and name or number: %ASA-6-302013, %LINK-3-UPDOWN.
func mnemonic(w []byte) bool {
	i := 1
	for i < len(w) && (w[i] >= 'A' && w[i] <= 'Z' || w[i] == '_' || i > 1 && isDigit(w[i])) {
		i++
	}
	return i > 2 && at(w, i) == '-' && isDigit(at(w, i+1)) && at(w, i+2) == '-'
}

// scrambled reports whether letters change their case as they do in base64.
func scrambled(w []byte) bool {
	changes := 0
	for i := 1; i < len(w); i++ {
		if a, b := w[i-1], w[i]; isLetter(a) && isLetter(b) && (a^b)&0x20 != 0 {
			changes++
		}
	}
	return changes*4 >= len(w)
}

// status reports whether the number that begins at l.start is the status of a
// request, which is a constant: 200 and 503 are not the same event. It stands
// behind "GET / HTTP/1.1" or behind the five timers of a proxy.
func (l *lexer) status() bool {
	b := l.b[:l.start]
	if n := len(b); n > 10 && b[n-1] == ' ' && b[n-2] == '"' {
		return bytes.HasPrefix(b[max(0, n-10):], []byte("HTTP/")) || bytes.HasPrefix(b[n-8:], []byte("HTTP/"))
	}
	n := len(b) - 1
	slashes := 0
	for n > 0 && len(b)-n < 48 && (isDigit(b[n-1]) || b[n-1] == '/' || b[n-1] == '-' || b[n-1] == '+') {
		n--
		if b[n] == '/' {
			slashes++
		}
	}
	return slashes == 4 && len(b) > 0 && b[len(b)-1] == ' '
}

// isPath reports whether a word with / \ or @ in it names a file, an address or an account.
func isPath(w []byte, unusual int) bool {
	switch c := w[0]; {
	case c == '/' || c == '\\':
		return len(w) > 1
	case (c == '.' || c == '~') && len(w) > 2:
		return true
	}
	if unusual >= 2 {
		return true
	}
	for i, c := range w {
		switch c {
		case '\\':
			return true
		case '@':
			return i > 0 && i+1 < len(w)
		}
	}
	return false
}
