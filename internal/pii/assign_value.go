package pii

import (
	"bytes"
)

// widen corrects the bounds of an unquoted value at at by the form of the text around it.
func (e *engine) widen(v *value, key []byte, at int, sep byte) {
	b := e.b
	text := b[v.start:v.end]
	start := at // Of the key.
	for start > 0 && start > at-maxKey-24 && &b[start] != &key[0] {
		start--
	}
	part := sep == '=' && start > 0 && b[start-1] == ';' // Of a connection string, or a parameter of a path.
	switch {
	case part && equalFold(key, "jsessionid"):
		if n := bytes.IndexAny(text, "?#/"); n > 0 {
			v.end = v.start + n
		}
	case part && len(text) > 1 && text[0] == '{': // ODBC quotes with braces, and doubles the closing one inside.
		for j := v.start + 1; j < len(b) && j < v.start+maxTag && b[j] != '\n'; j++ {
			if b[j] == '}' {
				if j+1 < len(b) && b[j+1] == '}' {
					j++
					continue
				}
				v.start, v.end = v.start+1, j
				return
			}
		}
	case part: // It ends at a semicolon: Password=a b;Encrypt=true.
		if v.end < len(b) && b[v.end] == ' ' {
			if n := bytes.IndexByte(b[v.end:min(len(b), v.end+maxTag)], ';'); n > 0 && !bytes.ContainsAny(b[v.end:v.end+n], "\n\"'=") {
				v.end += n
			}
		}
	case v.end < len(b) && b[v.end] == ' ' && ownLine(b, start, start+len(key), sep):
		end := v.end
		for end < len(b) && end < v.end+maxTag && b[end] != '\n' && b[end] != '\r' {
			switch b[end] {
			case '=', ':', '"', '\'', ',', ';', '{', '}', '(', ')', '<', '[', '\\':
				return
			case '#':
				if b[end-1] == ' ' { // A comment.
					v.end = len(bytes.TrimRight(b[:end], " \t"))
					return
				}
			}
			end++
		}
		if end == v.end+maxTag || proseAfter(b, *v) {
			return
		}
		v.end = len(bytes.TrimRight(b[:end], " \t"))
	}
}

// ownLine reports whether the key b[start:end] is the first of its line, as in a file of settings: with space before its
// '=' or, in YAML, an indent.
func ownLine(b []byte, start, end int, sep byte) bool {
	i := start
	for i > 0 && i > start-32 && (b[i-1] == ' ' || b[i-1] == '\t') {
		i--
	}
	if i == 0 || b[i-1] == '\n' {
		return sep == '=' && b[end] == ' ' || sep == ':' && i < start
	}
	return false
}

// schemeLen returns the length of an authentication scheme and the space behind it at the start of a quoted value, or 0.
func schemeLen(v []byte) int {
	for _, s := range [...]string{"bearer ", "basic ", "token "} {
		if hasPrefixFold(v, s) {
			return len(s)
		}
	}
	return 0
}

// addValue reports a value and, if it runs on, sees to its next piece.
func (e *engine) addValue(v value, t Type, rule RuleID, reason Reason, confidence uint8) {
	e.add(v.start, v.end, t, rule, reason, confidence)
	e.claimed = max(e.claimed, v.end)
	if v.cont != contNone {
		e.goOn(continuation{kind: v.cont, quote: v.quote, at: v.end, f: Finding{
			Type: t, Rule: rule, Reason: reason, Confidence: confidence,
		}})
	}
}

// resume reports the next piece of a value that is longer than one.
func (e *engine) resume(c continuation) {
	v := value{start: c.at, quote: c.quote}
	hi := min(len(e.b), c.at+maxValue)
	open := false
	switch c.kind {
	case contQuoted:
		var closed bool
		v.end, closed = quotedEnd(e.b, c.at, hi, c.quote, 0)
		open = !closed
	case contRaw:
		v.end = rawEnd(e.b, c.at, hi, false)
		open = true
	case contLine:
		v.end = lineEnd(e.b, c.at, hi)
		open = true
	case contToken:
		v.end = run(e.b, c.at, hi, chToken)
		open = true
	case contPEM:
		e.pemBody(c.at, c.at)
		return
	case contTuple:
		e.tuple(c.at)
		return
	case contRow:
		e.row(c.at, c.quote != 0)
		return
	case contBase64:
		e.resumeBase64(c.at)
		return
	case contSecret:
		e.secretLine(c.at, int(c.quote))
		return
	}
	if open && v.end == hi && hi < len(e.b) {
		v.cont = c.kind
	}
	e.addValue(v, c.f.Type, c.f.Rule, c.f.Reason, c.f.Confidence)
	if c.kind == contToken {
		e.jwtEnd = max(e.jwtEnd, v.end)
	}
}

// lineEnd returns where a value that takes the rest of its line ends: at the line's end, or at a quote or an escape
// that ends the string around it.
func lineEnd(b []byte, i, hi int) int {
	for j := i; j < hi; j++ {
		switch b[j] {
		case '\n', '\r', 0:
			return j
		case '"', '\'':
			if endsAfter(b, j+1) && (j+1 >= len(b) || b[j+1] != ',' || j+2 >= len(b) || b[j+2] != ' ') {
				return j
			}
		case '\\':
			if escapeEnds(b, j) {
				return j
			}
		}
	}
	return hi
}

// proseWords follow "password:" in messages about passwords.
var proseWords = map[string]bool{
	"a": true, "an": true, "and": true, "are": true, "at": true, "authentication": true, "bad": true, "cannot": true,
	"changed": true, "check": true, "could": true, "does": true, "enter": true, "error": true, "expired": true,
	"failed": true, "failure": true, "for": true, "from": true, "has": true, "in": true, "incorrect": true,
	"invalid": true, "is": true, "it": true, "key": true, "length": true, "must": true, "missing": true, "mismatch": true,
	"need": true, "no": true, "not": true, "of": true, "ok": true, "on": true, "or": true, "please": true,
	"permission": true, "should": true, "the": true, "this": true, "to": true, "too": true, "unable": true,
	"unknown": true, "user": true, "using": true, "was": true, "will": true, "with": true, "wrong": true, "you": true,
	"your": true, "access": true, "login": true, "denied": true, "accepted": true, "files": true, "compat": true, "sss": true, "systemd": true, "ldap": true, "received": true, "sent": true,
}

// proseAfter reports whether an unquoted value behind "key: " is a word of a sentence.
func proseAfter(b []byte, v value) bool {
	text := b[v.start:v.end]
	for len(text) > 0 && (text[len(text)-1] == '.' || text[len(text)-1] == ',' || text[len(text)-1] == ':') {
		text = text[:len(text)-1]
	}
	if len(text) > 16 || len(text) == 0 {
		return len(text) == 0
	}
	var buf [16]byte
	for i, c := range text {
		buf[i] = lower(c)
	}
	return proseWords[string(buf[:len(text)])]
}
