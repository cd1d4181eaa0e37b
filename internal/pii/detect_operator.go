package pii

import "bytes"

// operatorStart returns where the operator that ends with the '=' at i begins: "?=" and "::=" of make, ":=", ".=" of
// PHP, "+=", "??=", "||=".
func operatorStart(b []byte, i int) int {
	lo := max(0, i-3)
	j := i
	for j > lo {
		switch b[j-1] {
		case ':', '?', '+', '|':
			j--
			continue
		case '.': // Only with a space before it: a key name may end so.
			if j == i && j >= 2 && b[j-2] == ' ' {
				j--
				continue
			}
		}
		break
	}
	return j
}

// typeWords stand between the name of a variable and its value in the languages that name types so, in lower case.
var typeWords = [...]string{"string", "str", "char"}

// beforeType returns the end of a variable's name before its type, which ends at end: `var token string = "x"`,
// `token: &str = "x"`, `char token[] = "x"`. It returns end if no type stands there.
func beforeType(b []byte, end int) int {
	j := end
	if j > 1 && b[j-1] == ']' { // char x[32]
		k := j - 1
		for k > 0 && k > j-8 && isDigit(b[k-1]) {
			k--
		}
		if k > 0 && b[k-1] == '[' {
			return k - 1
		}
		return end
	}
	if hasSuffixFold(b[:j], " | null") {
		j -= len(" | null")
	}
	for j > 0 && (b[j-1] == '?' || b[j-1] == '!' || b[j-1] == '*') {
		j--
	}
	for _, w := range typeWords {
		k := j - len(w)
		if k <= 0 || isWord(b[k-1]) || !hasPrefixFold(b[k:j], w) {
			continue
		}
		for n := 0; k > 0 && n < 12 && (b[k-1] == ' ' || b[k-1] == '\t' || b[k-1] == ':' || b[k-1] == '&' || b[k-1] == '*'); n++ {
			k--
		}
		if k > 0 && isWord(b[k-1]) && k < j-len(w) {
			return k
		}
	}
	return end
}

// beforeAccessors returns the end of a property's name before its accessors, which end at end, in C#:
// `string Token { get; set; } = "x"`. It returns end if none stand there.
func beforeAccessors(b []byte, end int) int {
	lo := max(0, end-40)
	open := bytes.LastIndexByte(b[lo:end], '{')
	if open < 1 || !hasPrefixFold(b[lo+open:], "{ get;") {
		return end
	}
	open += lo
	for open > 0 && b[open-1] == ' ' {
		open--
	}
	return open
}

// argument is called at a '(' with a quote behind it: a function that is given the name of a setting and its value, as in
// setProperty("API_TOKEN", "x").
func (e *engine) argument(i int) {
	b := e.b
	q := i + 1
	end := run(b, q+1, q+1+maxKey, chKey)
	if i < e.claimed || end < q+3 || end+3 >= len(b) || b[end] != b[q] || b[end+1] != ',' {
		return
	}
	at := run(b, end+2, end+6, chSpace)
	if at >= len(b) || !isQuote(b[at]) {
		return
	}
	k := classifyKey(b[q+1 : end])
	switch keyTable[k].kind {
	case keyStrong, keyWeak:
		v := readValue(b, at, false)
		text := b[v.start:v.end]
		if secret, _ := weakSecret(k, text); secret && v.quoted && !isPlaceholder(text) {
			e.addValue(v, keyTable[k].typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonEntropy, Key: k}, 75)
		}
	}
}

// barPair is called at a '|' that may stand between a key name and its value in a table of text.
func (e *engine) barPair(i int) {
	b := e.b
	end := i
	for end > 0 && end > i-16 && b[end-1] == ' ' {
		end--
	}
	at := run(b, i+1, i+16, chSpace)
	if i < e.claimed || end < 3 || !isLetter(b[end-1]) || at+6 > len(b) {
		return
	}
	if x := suffixIndex(b[end-2], b[end-1]); x < 0 || !keySuffixes[x] {
		return
	}
	k := classifyKey(b[runBack(b, end, end-maxKey, chKey):end])
	if kind := keyTable[k].kind; kind != keyStrong && kind != keyWeak {
		return
	}
	v := readValue(b, at, false)
	text := b[v.start:v.end]
	if secret, _ := weakSecret(k, text); secret && !isPlaceholder(text) {
		e.addValue(v, keyTable[k].typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonEntropy, Key: k}, 75)
	}
}

// spacedSetting is called at a word that a key name and its value follow without a separator: `#define API_KEY "x"`,
// `set apiKey "x"` (Tcl), `setenv API_KEY x`, `set -gx API_KEY x` (fish), and PHP's `define( 'API_KEY', 'x' )`.
func (e *engine) spacedSetting(i int) {
	b := e.b
	name := run(b, i, i+12, chWord)
	if name < len(b) && b[name] == '(' {
		e.defined(name + 1)
		return
	}
	for name < len(b) && (b[name] == ' ' || b[name] == '\t') && name < i+24 {
		name++
	}
	exported := name+1 < len(b) && b[name] == '-' && isLetter(b[name+1])
	if exported {
		name = run(b, run(b, name+1, name+4, chLetters), name+5, chSpace)
	}
	end := run(b, name, name+maxKey, chKey)
	at := run(b, end, end+32, chSpace)
	if i < e.claimed || end < name+2 || at == end || at+3 > len(b) || bytes.IndexByte(b[end:at], '\n') >= 0 {
		return
	}
	k := classifyKey(b[name:end])
	kind := keyTable[k].kind
	if kind != keyStrong && kind != keyWeak {
		return
	}
	v := readValue(b, at, false)
	text := b[v.start:v.end]
	secret, _ := weakSecret(k, text)
	if isPlaceholder(text) || !secret && (kind == keyWeak || !v.quoted && !exported) {
		return
	}
	e.addValue(v, keyTable[k].typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 80)
}

// defined judges the arguments at i, behind space, of a function that is given a key name and its value. Without space call
// does.
func (e *engine) defined(i int) {
	b := e.b
	q := run(b, i, i+4, chSpace)
	if q == i || q+3 >= len(b) || !isQuote(b[q]) {
		return
	}
	end := run(b, q+1, q+1+maxKey, chKey)
	if end+2 >= len(b) || b[end] != b[q] || b[end+1] != ',' {
		return
	}
	v := run(b, end+2, end+6, chSpace)
	if k := classifyKey(b[q+1 : end]); v < len(b) && isQuote(b[v]) && keyTable[k].kind == keyStrong {
		e.judge(k, v)
	}
}

// directives begin a line of a file of settings that goes on with a password (redis.io: redis.conf; nslcd.conf(5)).
var directives = []string{"requirepass ", "masterauth ", "bindpw ", "rootpw ", "rootbindpw ", "ldap_bind_pw ", "enable secret ", "enable password "}

// directive is called at one of directives: the value is all that follows on the line.
func (e *engine) directive(i int) {
	b := e.b
	v := i
	for _, w := range directives {
		if hasPrefixFold(b[i:], w) {
			v = i + len(w)
			break
		}
	}
	if v >= len(b) || i < e.claimed || i > 0 && b[i-1] != '\n' && !isSpace(b[i-1]) {
		return
	}
	val := readValue(b, v, false)
	text := b[val.start:val.end]
	end := val.end
	if val.quoted {
		end++
	}
	end = run(b, end, end+4, chSpace)
	if len(text) < 4 || end < len(b) && b[end-1] != '\n' || isPlaceholder(text) || !val.quoted && !hasDigitOrPunct(text) {
		return
	}
	e.addValue(val, Password, ruleAssignment, Reason{Bits: ReasonStructure}, 80)
}
