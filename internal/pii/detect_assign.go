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
		case 'g', 'r', 'l', ']' | 0x20, '*' | 0x20, '?' | 0x20: // string, str, char, null, x[], *, ?, }
			if end = beforeType(b, end); b[end-1] == '}' {
				end = beforeAccessors(b, end)
			}
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
	if equalFold(b[start:end], "value") { // "apikey": [{"key": "value", "value": "x"}], as Postman's collections have it.
		open := back(keyEnd-len(key), 32, " \t\r\n\"'\\{[:")
		start, end = runBack(b, open, open-maxKey, chKey), open
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
		if e.mode != ModeRaw {
			if _, _, ok := ParseToken(b[v:min(len(b), v+maxTokenLen)]); ok {
				return
			}
		}
		v++
		for v < len(b) && v < gap+64 && (b[v] == ' ' || b[v] == '\t') {
			v++
		}
	}
	if v >= len(b) || b[v] == '{' && quotedKey {
		return
	}
	if b[v] == '{' && sep == '=' && v+1 < len(b) && isQuote(b[v+1]) { // An expression of JSX: token={"x"}
		v++
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
	if isPlaceholder(text) || row.kind == keyWeak && isHandle(text) || v.quote == '`' && substituted(text) {
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
