package pii

import "strings"

// numberByte returns the byte at i of a number that began at from, and how many bytes it takes: a form encodes signs by a
// percent escape, and a space by a plus (URL Standard, section 5.1).
func numberByte(b []byte, i, from int) (c byte, n int) {
	switch {
	case i >= len(b):
		return 0, 1
	case b[i] == '%':
		if c, ok := hex2(b, i+1); ok && !isDigit(c) {
			return c, 3
		}
	case b[i] == '+' && i > from:
		return ' ', 1
	}
	return b[i], 1
}

// numberValue judges the value behind a key name of a phone, social security or card number.
func (e *engine) numberValue(k KeyID, i int) {
	b := e.b
	for n := 0; i < len(b) && n < 3 && (isQuote(b[i]) || b[i] == '\\'); n++ {
		i++
	}
	start := i
	if hasPrefixFold(b[i:min(len(b), i+3)], "%2b") {
		i += 3
	}
	end, from := i, i
	var id idText
	for i < len(b) && i < start+48 {
		c, n := numberByte(b, i, from)
		if isDigit(c) {
			if id.n == 20 {
				return
			}
			id.c[id.n] = c
			id.n++
			end = i + n
		} else if c != ' ' && c != '-' && c != '(' && c != ')' && (c != '+' || i > from) && c != '.' && c != '/' {
			break
		} else if next, _ := numberByte(b, i+n, from); c == ' ' && i+n < len(b) && !isDigit(next) && next != '(' {
			break
		}
		i += n
	}
	if end == from || end < len(b) && (isWord(b[end]) || b[end] == '@') || start < len(b) && (b[start] == '-' || b[start] == '/' || b[start] == '.') {
		return
	}
	reason := Reason{Bits: ReasonKey | ReasonShape, Key: k}
	switch keyTable[k].kind {
	case keyPhone:
		if id.n >= 7 && id.n <= 15 {
			e.add(start, end, PhoneNumber, rulePhoneShape, reason, 85)
		}
	case keySsn:
		if validSSN(id) {
			e.add(start, end, Ssn, ruleSsn, reason, 95)
		}
	case keyCard:
		if id.n >= 12 && id.n <= 19 && luhnSum(id.c[:id.n])%10 == 0 {
			reason.Bits |= ReasonChecksum
			e.add(start, end, CreditCard, ruleCard, reason, 95)
		}
	}
}

// keyedNumber judges the value behind a key name of a scheme, which may stand in another line: the head of a table.
func (e *engine) keyedNumber(k KeyID, v int) {
	b := e.b
	for n := 0; v < len(b) && n < 3 && (isQuote(b[v]) || b[v] == '\\'); n++ {
		v++
	}
	if v >= len(b) || !is(b[v], chDigit|chUpper|chLower) {
		return
	}
	around := e.around
	name := keyTable[k].word
	collectTopics(&e.around, []byte(name))
	for _, suffix := range [...]string{"number", "id", "no"} {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			collectTopics(&e.around, []byte(stem))
		}
	}
	e.numberCell(v)
	e.around = around
}

// numberCell judges the number at v by what e.around says of it.
func (e *engine) numberCell(v int) {
	b := e.b
	if v >= len(b) || !is(b[v], chDigit|chUpper|chLower) {
		return
	}
	seen, end := uint32(0), v
	for end < len(b) && isWord(b[end]) {
		seen |= charTab[b[end]]
		end++
	}
	if isDigit(b[v]) && numberLens>>min(end-v, 31)&1 != 0 {
		e.number(v, end)
	}
	if seen&chDigit != 0 && seen&(chUpper|chLower) != 0 && end-v >= 4 {
		e.mixed(v, end, seen)
	}
}
