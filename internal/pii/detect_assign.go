package pii

import (
	"bytes"
	"strings"
)

// assign is called at a separator, sepLen bytes long, that may stand between a key name and its value: `password=x`,
// `"password": "x"`, `--password=x`, `password%3Dx`.
func (e *engine) assign(i, sepLen int) {
	if i < e.claimed {
		return
	}
	b := e.b
	end := i
	if b[i] == '=' {
		end = operatorStart(b, i)
	}
	for end > 0 && end > i-16 && (b[end-1] == ' ' || b[end-1] == '\t') {
		end--
	}
	quoted := false
	if end > 3 && b[end-1] == ']' && isQuote(b[end-2]) { // config["password"] = "x"
		end--
	}
	switch {
	case end > 0 && isQuote(b[end-1]):
		quoted = true
		end--
		for end > 0 && b[end-1] == '\\' && i-end < 24 {
			end--
		}
	case b[i] == '%' && end > 2 && b[end-3] == '%' && b[end-2] == '2' && b[end-1] == '2':
		quoted = true
		end -= 3
	}
	if n := quoteEntityBefore(b, end); n > 0 {
		quoted = true
		end -= n
	}
	if b[i] == '=' && end > 8 {
		switch b[end-1] | 0x20 {
		case 'g', 'r', 'l', ']' | 0x20, '*' | 0x20, '?' | 0x20: // string, str, char, null, x[], *, ?
			end = beforeType(b, end)
		}
	}
	if end < 2 || !is(b[end-1], chKey) {
		return
	}
	if b[i] == '=' && end == i && (b[i-1]|0x20 == 'e' || b[i-1]|0x20 == 'y') && i+2 < len(b) && isQuote(b[i+1]) && isNameKey(b, i) {
		if e.pairedAttribute(runBack(b, i, i-4, chKey), i) {
			return
		}
	}
	if x := suffixIndex(b[end-2], b[end-1]); x >= 0 && !keySuffixes[x] {
		return
	}
	start := runBack(b, end, end-maxKey, chKey)
	if start > 0 && b[start-1] == '\\' && (b[start] == 'n' || b[start] == 'r' || b[start] == 't') {
		start++
	}
	if start > 0 && b[start-1] == '/' && b[i] == ':' && !slashFlagAt(b, start-1, i+1) {
		return // A path: "/etc/passwd: no such file".
	}
	k := classifyKey(b[start:end])
	if (k == 0 || k >= firstCode && k < endVague) && start > 3 && b[start-1] == ' ' && isLetter(b[start-2]) {
		// Two words: "API key: x", "recovery code: x".
		first := runBack(b, start-1, start-1-16, chUpper|chLower)
		if two := classifyPhrase(b[first:start-1], b[start:end]); two != 0 {
			k = two
		}
	}
	if keyTable[k].kind == keyPaired && equalFold(b[start:end], "value") {
		k = e.nameBefore(start)
	} else if keyTable[k].kind == keyPaired && sepLen == 1 && b[i] == '=' {
		k = e.hclVariable(start)
	}
	if keyTable[k].kind == keyNameOf {
		k = e.nameOf(start, end)
	}
	switch keyTable[k].kind {
	case keyNone, keyNot, keyPaired, keyNameOf:
		return
	}
	e.keyed(k, b[start:end], i, sepLen, quoted, end < i && !quoted)
}

// nameOf returns the class of a key of two words of which the second, b[start:end], is "Name": "Account Name:".
func (e *engine) nameOf(start, end int) KeyID {
	b := e.b
	if end-start != len("name") || start < 3 || b[start-1] != ' ' {
		return 0
	}
	w := b[runBack(b, start-1, start-17, chWord) : start-1]
	if len(w) < 2 {
		return 0
	}
	var buf [24]byte
	return classifyKey(append(append(buf[:0], w...), "name"...))
}

// slashFlagAt reports whether the slash at i begins a flag of Windows whose value stands at v: runas /password:x.
func slashFlagAt(b []byte, i, v int) bool {
	return (i == 0 || b[i-1] == ' ') && v < len(b) && !isSpace(b[v]) && b[v] != '/'
}

// isNameKey reports whether the word that ends at i is "name" or "key" as a whole.
func isNameKey(b []byte, i int) bool {
	return i > 4 && isSpace(b[i-5]) && equalFold(b[i-4:i], "name") || i > 3 && isSpace(b[i-4]) && equalFold(b[i-3:i], "key")
}

// nameBefore returns the class of the name that stands before a key "value" at i, in the same object or on the line
// before: {"name":"DB_PASSWORD","value":"x"}, "- name: DB_PASSWORD\n  value: x".
func (e *engine) nameBefore(i int) KeyID {
	b := e.b
	back := func(i, most int, chars string) int {
		for n := 0; i > 0 && n < most && strings.IndexByte(chars, b[i-1]) >= 0; n++ {
			i--
		}
		return i
	}
	end := back(i, 48, " \t\r\n,\"'\\")
	start := runBack(b, end, end-maxKey, chKey)
	sep := back(start, 8, " \t\"'\\")
	if start == end || sep == 0 || b[sep-1] != ':' {
		return 0
	}
	keyEnd := back(sep-1, 8, " \t\"'\\")
	key := b[runBack(b, keyEnd, keyEnd-8, chKey):keyEnd]
	if !equalFold(key, "name") && !equalFold(key, "key") {
		return 0
	}
	return classifyKey(b[start:end])
}

// hclVariable returns the class of the name of the variable whose block (HCL) a key "default" at i stands in: variable
// "db_password" { default = "x" }.
func (e *engine) hclVariable(i int) KeyID {
	b := e.b
	head := b[max(0, i-maxTag):i]
	open := bytes.LastIndexByte(head, '{')
	if open < 0 || bytes.IndexByte(head[open:], '}') >= 0 {
		return 0
	}
	name := bytes.TrimRight(head[:open], " ")
	if len(name) < 3 || name[len(name)-1] != '"' {
		return 0
	}
	name = name[:len(name)-1]
	q := bytes.LastIndexByte(name, '"')
	if q < 0 || !hasSuffixFold(bytes.TrimRight(name[:q], " "), "variable") {
		return 0
	}
	return classifyKey(name[q+1:])
}

// keyed judges the value behind a key name that means something.
func (e *engine) keyed(k KeyID, key []byte, i, sepLen int, quotedKey, spaced bool) {
	b := e.b
	sep := b[i]
	v := i + sepLen
	if v < len(b) && sepLen == 1 {
		switch {
		case sep == ':' && b[v] == ':':
			return
		case sep == '=' && (b[v] == '=' || b[v] == '>' || b[v] == '~'), sep == ':' && b[v] == '=':
			v++
		}
	}
	gap := v
	for v < len(b) && v < gap+64 && (b[v] == ' ' || b[v] == '\t') {
		v++
	}
	if v >= len(b) {
		return
	}
	if b[v] == '[' && quotedKey { // The first element of an array.
		v++
		for v < len(b) && v < gap+64 && (b[v] == ' ' || b[v] == '\t') {
			v++
		}
	}
	if v >= len(b) || b[v] == '{' && quotedKey {
		return
	}
	if b[v] == '\n' || b[v] == '\r' {
		if row := keyTable[k]; sep == ':' && row.kind == keyStrong && row.typ == Password && !quotedKey {
			if next, ok := nextLineValue(b, v); ok {
				e.addValue(next, row.typ, ruleAssignment, Reason{Bits: ReasonKey, Key: k}, 70)
			}
		}
		return
	}
	v += quoteEntity(b, v)
	if v >= len(b) {
		return
	}
	if b[v] == 'N' && v+1 < len(b) && b[v+1] == '\'' { // A string of national characters in SQL.
		v++
	}
	prose := sep == ':' && v > gap && !quotedKey
	switch row := keyTable[k]; row.kind {
	case keyStrong, keyWeak:
		e.secretValue(k, key, v, sep == '%', prose, sep)
	case keyAuth:
		e.authHeader(k, v)
	case keyCookie:
		e.cookies(k, v, false)
	case keySetCookie:
		e.cookies(k, v, true)
	default:
		e.shapedValue(k, v, spaced || sep == ':' && !quotedKey)
	}
}

// shapedValue judges the value at i behind a key name of what has a form of its own: an assignment, an XML element, a
// cell of a table. prose says that the key may be a word of a sentence.
func (e *engine) shapedValue(k KeyID, i int, prose bool) {
	switch keyTable[k].kind {
	case keyHost:
		e.hostValue(k, i, prose)
	case keyPhone, keySsn, keyCard:
		e.numberValue(k, i)
	case keyLabel:
		e.keyedLabel(k, i)
	case keyScheme:
		e.keyedNumber(k, i)
	case keyUser:
		e.userValue(k, i, prose)
	case keyAddress, keyPostcode:
		e.addressValue(k, i)
	case keyPerson, keyPersonal:
		e.personValue(k, i, prose)
	}
}

// secretValue judges a value behind a key name of a secret.
func (e *engine) secretValue(k KeyID, key []byte, at int, pct, prose bool, sep byte) {
	row := keyTable[k]
	v := readValue(e.b, at, pct)
	if sep == ':' && !pct {
		if block, ok := readBlock(e.b, at); ok {
			v = block
		}
	}
	if n := schemeLen(e.b[v.start:v.end]); n > 0 {
		v.start += n
	}
	if !v.quoted && v.cont == contNone && !pct && len(key) > 0 {
		e.widen(&v, key, at, sep)
	}
	text := e.b[v.start:v.end]
	if bytes.HasPrefix(text, pemBegin) && v.cont == contNone { // The escaped end of the last line is not of the key.
		text = trimLineEnds(text)
		v.end = v.start + len(text)
	}
	if isPlaceholder(text) || row.kind == keyWeak && isHandle(text) {
		return
	}
	kind := row.kind
	confidence := uint8(85)
	if v.quoted {
		confidence = 90
	}
	if kind == keyWeak && sep == ':' && len(text) >= 3 && hasPrefixFold(key, "x-") {
		kind = keyStrong // A header such as X-Api-Key has no other use.
		prose = false
	}
	if row.typ == ApiKey && (alphabetical(text) || row.word == "secretkey" && !v.quoted && sep == ':' && len(text) < 32 && isName(text) && noise(text) < 8) {
		return // "secretKey: api-key" is the name of one.
	}
	if row.word == "pwd" && (text[0] == '/' || text[0] == '~' || len(text) > 2 && text[1] == ':' && text[2] == '\\') {
		return // The working directory.
	}
	if row.word == "pass" && len(key) == 4 && (v.start <= 6 || e.b[v.start-6] != '/') { // "PASS: TestX", "pass=12 fail=0"
		if sep == ':' && !v.quoted || allOf(text, chDigit) && len(text) < 6 {
			kind = keyWeak
		}
	}
	if kind == keyStrong && prose && !v.quoted {
		if proseAfter(e.b, v) {
			return
		}
		confidence = 70
	}
	if row.typ == Password && !v.quoted && v.cont == contNone && v.end < len(e.b) && e.b[v.end] == ' ' {
		v.end = max(v.end, passphraseEnd(e.b, v))
	}
	reason := Reason{Bits: ReasonKey, Key: k}
	if kind == keyWeak {
		secret, perhaps := weakSecret(k, text)
		switch {
		case secret && sep == ':' && (row.word == "signature" || row.word == "sig"): // Of a document, or of one who asks.
			confidence = 40
		case secret:
			confidence = 75
			reason.Bits |= ReasonEntropy
		case perhaps:
			confidence = 40
		default:
			return
		}
	}
	e.addValue(v, row.typ, ruleAssignment, reason, confidence)
}

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

// authSchemes are the schemes of an Authorization header (IANA registry, and what vendors add).
var authSchemes = map[string]bool{
	"bearer": true, "basic": true, "digest": true, "token": true, "apikey": true, "api-key": true, "api-token": true, "negotiate": true,
	"ntlm": true, "hawk": true, "oauth": true, "aws4-hmac-sha256": true, "sharedkey": true, "sharedkeylite": true,
	"splunk": true, "sso-key": true, "bot": true, "jwt": true, "key": true, "hoba": true, "mutual": true, "dpop": true,
	"scram-sha-1": true, "scram-sha-256": true, "vapid": true, "geniekey": true, "aws": true,
}

// authHeader judges the value of an Authorization header.
func (e *engine) authHeader(k KeyID, at int) {
	b := e.b
	for n := 0; at < len(b) && n < 4 && (isQuote(b[at]) || b[at] == '\\' || b[at] == '['); n++ {
		at++
	}
	j := run(b, at, at+24, chKey)
	reason := Reason{Bits: ReasonKey | ReasonStructure, Key: k}
	if j == at {
		return
	}
	var buf [24]byte
	for i, c := range b[at:j] {
		buf[i] = lower(c)
	}
	if authSchemes[string(buf[:j-at])] && j < len(b) && b[j] == ' ' {
		at = run(b, j, j+16, chSpace)
		v := value{start: at}
		hi := min(len(b), at+maxValue)
		v.end = tokenEnd(b, at, hi)
		kind := contToken
		if v.end < len(b) && v.end < hi && (b[v.end] == ',' || v.end > at && b[v.end-1] == '=' && b[v.end] == '"') {
			v.end = lineEnd(b, at, hi) // A list of parameters: Digest, AWS Signature.
			kind = contLine
		}
		if v.end == hi && hi < len(b) {
			v.cont = kind
		}
		if text := b[v.start:v.end]; len(text) > 3 && !isPlaceholder(text) {
			e.addValue(v, BearerToken, ruleAuthScheme, reason, 95)
		}
		return
	}
	v := readValue(b, at, false)
	if secret, _ := looksSecret(b[v.start:v.end]); secret && !isPlaceholder(b[v.start:v.end]) {
		e.addValue(v, BearerToken, ruleAssignment, reason, 80)
	}
}

// cookies judges the value of a Cookie or Set-Cookie header.
func (e *engine) cookies(k KeyID, at int, set bool) {
	b := e.b
	for n := 0; at < len(b) && n < 4 && (isQuote(b[at]) || b[at] == '\\' || b[at] == '['); n++ {
		at++
	}
	hi := min(len(b), at+maxValue)
	end := at
	for p := at; p < hi; {
		j := run(b, p, p+maxKey, chKey)
		if j == p || j >= hi || b[j] != '=' {
			break
		}
		v := j + 1
		end = cookieEnd(b, v, hi)
		if set {
			at = v
			break
		}
		p = end
		if p >= hi || b[p] != ';' {
			break
		}
		p = run(b, p+1, p+8, chSpace)
	}
	if end <= at || isPlaceholder(b[at:end]) {
		return
	}
	v := value{start: at, end: end}
	if end == hi && hi < len(b) {
		v.cont = contRaw
	}
	e.addValue(v, Password, ruleCookie, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 85)
}

func cookieEnd(b []byte, i, hi int) int {
	for ; i < hi; i++ {
		switch c := b[i]; {
		case c == ';', isSpace(c):
			return i
		case c == '"' || c == '\'' || c == ',':
			if endsAfter(b, i+1) {
				return i
			}
		case c == '\\':
			if escapeEnds(b, i) {
				return i
			}
		}
	}
	return hi
}
