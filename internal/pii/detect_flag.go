package pii

// dash is called at a '-' and returns where to go on. It may begin a PEM block or a command-line flag, or separate the
// groups of an address.
func (e *engine) dash(i int) int {
	b := e.b
	if i+1 >= len(b) {
		return i + 1
	}
	if b[i+1] == '-' && i+10 < len(b) && string(b[i:i+10]) == "-----BEGIN" {
		e.pem(i)
		return i + 10
	}
	if i >= 2 && i+3 < len(b) && b[i+3] == '-' && hexVal(b[i+1]) >= 0 && hexVal(b[i-1]) >= 0 {
		e.macDash(i)
	}
	if i == 0 || isSpace(b[i-1]) || isQuote(b[i-1]) || b[i-1] == ',' || b[i-1] == '(' || b[i-1] == '[' {
		switch {
		case b[i+1] == '-':
			if i+2 < len(b) && isLetter(b[i+2]) {
				e.longFlag(i, i+2)
				return i + 2
			}
		case !isLetter(b[i+1]):
		case i+3 < len(b) && isLetter(b[i+2]) && isLetter(b[i+3]) && e.longFlag(i, i+1):
		default:
			e.shortFlag(i)
		}
	}
	return i + 1
}

// longFlag judges the flag at i, whose name begins at name, and its value: `--password x`, PowerShell's `-Password x`,
// `-storepass x` of Java's tools, and the same as elements of an array. `--password=x` is an assignment. It reports
// whether the name is that of a key.
func (e *engine) longFlag(i, name int) bool {
	if i < e.claimed {
		return false
	}
	b := e.b
	end := run(b, name, name+maxKey, chKey)
	if equalFold(b[name:end], "password-stdin") {
		e.echoed(i, false)
		return true
	}
	v := end
	for v < len(b) && v < end+6 && (b[v] == ' ' || b[v] == '"' || b[v] == '\'' || b[v] == ',') {
		v++
	}
	if v == end || v >= len(b) || b[v] == '-' && v+1 < len(b) && (b[v+1] == '-' || isLetter(b[v+1])) {
		return false
	}
	for v > end && isQuote(b[v-1]) { // The value's own quote belongs to it.
		v--
	}
	if equalFold(b[name:end], "user") || equalFold(b[name:end], "proxy-user") {
		if c := e.commandAt(i); c != nil && c.pair != "" {
			e.pairValue(v, ':')
		}
		return true
	}
	k := classifyKey(b[name:end])
	switch keyTable[k].kind {
	case keyStrong, keyWeak:
		if hasPrefixFold(b[v:], "pass:") { // openssl -passin pass:x; env:, file: and fd: name places.
			v += len("pass:")
		} else if keyTable[k].word == "passin" || keyTable[k].word == "passout" {
			return true
		}
		val := readValue(b, v, false)
		text := b[val.start:val.end]
		if isPlaceholder(text) || name == i+1 && !val.quoted && (proseAfter(b, val) || text[0] == '$' || text[0] == '(') {
			return true
		}
		if secret, _ := weakSecret(k, text); keyTable[k].kind == keyWeak && !secret {
			if keyTable[k].whole || len(text) < minKnown || !mixed(text) || text[0] == '/' || text[0] == '.' {
				return true
			}
		}
		e.addValue(val, keyTable[k].typ, ruleFlag, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 80)
	case keyNone, keyNot, keyPaired, keyNameOf:
		return false
	case keyAuth, keyCookie, keySetCookie:
	default:
		e.shapedValue(k, v, false)
	}
	return true
}
