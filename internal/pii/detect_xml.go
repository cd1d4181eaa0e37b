package pii

import "bytes"

// maxTag is the length of a start tag, or of what stands between a name and its value, that is looked at.
const maxTag = 256

// xmlElement is called at a '>' that may end the start tag of an element named like a key, or whose attribute names
// one.
func (e *engine) xmlElement(i int) {
	b := e.b
	if i < e.claimed || i < 3 {
		return
	}
	if isQuote(b[i-1]) {
		e.xmlAttributes(i)
		return
	}
	if !is(b[i-1], chKey) {
		return
	}
	start := runBack(b, i, i-maxKey, chKey)
	if start == 0 || b[start-1] != '<' && b[start-1] != ':' {
		return
	}
	if equalFold(b[start:i], "name") || equalFold(b[start:i], "key") {
		e.xmlNamed(i + 1)
		return
	}
	e.xmlText(classifyKey(b[start:i]), i+1)
}

// xmlAttributes judges the text of an element whose start tag, which ends at i, has attributes: the element may be
// named like a key, or an attribute "name" or "key" may name one.
func (e *engine) xmlAttributes(i int) {
	b := e.b
	lo := max(0, i-maxTag)
	open := bytes.LastIndexByte(b[lo:i], '<')
	if open < 0 {
		return
	}
	open += lo
	end := run(b, open+1, i, chKey)
	if end < i && b[end] == ':' { // A prefix of a name space.
		open = end
		end = run(b, open+1, i, chKey)
	}
	if end == open+1 || end >= i || !isSpace(b[end]) {
		return
	}
	k := classifyKey(b[open+1 : end])
	if !k.judged() {
		k = attributeName(b[end:i])
	}
	e.xmlText(k, i+1)
}

// attributeName returns the class of the key that an attribute "name" or "key" names, or 0.
func attributeName(tag []byte) KeyID {
	for _, attr := range [...]string{"name=", "key="} {
		for i := 0; i+len(attr) < len(tag); i++ {
			if !isSpace(tag[i]) || !hasPrefixFold(tag[i+1:], attr) {
				continue
			}
			q := i + 1 + len(attr)
			if q < len(tag) && isQuote(tag[q]) {
				if n := bytes.IndexByte(tag[q+1:], tag[q]); n >= 0 && n <= maxKey {
					return classifyKey(tag[q+1 : q+1+n])
				}
			}
		}
	}
	return 0
}

// xmlNamed judges <name>db.password</name><value>x</value>, called behind the first start tag.
func (e *engine) xmlNamed(i int) {
	b := e.b
	end := run(b, i, i+maxKey, chKey)
	if end == i || end >= len(b) || b[end] != '<' {
		return
	}
	k := classifyKey(b[i:end])
	if k.judged() {
		e.xmlValue(k, end)
	}
}

// xmlValue looks a bounded number of bytes behind i for an element "value" and judges its text.
func (e *engine) xmlValue(k KeyID, i int) {
	b := e.b
	hi := min(len(b), i+maxTag)
	for j := i; j < hi; j++ {
		if b[j] == '<' && hasPrefixFold(b[j:], "<value>") {
			e.xmlText(k, j+len("<value>"))
			return
		}
	}
}

// xmlText judges the text of an element that stands under a key.
func (e *engine) xmlText(k KeyID, i int) {
	b := e.b
	row := keyTable[k]
	switch row.kind {
	case keyStrong, keyWeak:
		if w := run(b, i, i+64, chSpace); w < len(b) && hasPrefixFold(b[w:], "<value>") {
			i = w + len("<value>")
		}
		hi := min(len(b), i+maxValue)
		v := value{start: i, end: i}
		if bytes.HasPrefix(b[i:hi], []byte("<![CDATA[")) {
			v.start += len("<![CDATA[")
			n := bytes.Index(b[v.start:hi], []byte("]]>"))
			if n < 0 {
				return
			}
			v.end = v.start + n
		} else {
			v.start = run(b, i, i+128, chSpace) // The text may stand on a line of its own.
			v.end = v.start
			for v.end < hi && b[v.end] != '<' && b[v.end] != '\n' {
				v.end++
			}
			close := run(b, v.end, v.end+128, chSpace)
			if close >= hi || b[close] != '<' {
				return
			}
			for v.end > v.start && isSpace(b[v.end-1]) {
				v.end--
			}
		}
		text := b[v.start:v.end]
		if isPlaceholder(text) {
			return
		}
		if secret, _ := weakSecret(k, text); row.kind == keyWeak && !secret {
			return
		}
		e.addValue(v, row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 85)
	case keyNone, keyNot, keyPaired, keyNameOf, keyAuth, keyCookie, keySetCookie:
	default:
		e.shapedValue(k, i, false)
	}
}

// pairedAttribute judges key="Password" value="x", in either order, called at the '=' of the attribute "key" or "name",
// which begins at start. It reports whether the attribute names a key.
func (e *engine) pairedAttribute(start, i int) bool {
	b := e.b
	q := b[i+1]
	end := run(b, i+2, i+2+maxKey, chKey)
	if end >= len(b) || b[end] != q {
		return false
	}
	k := classifyKey(b[i+2 : end])
	if !k.judged() {
		return false
	}
	hi := min(len(b), end+maxTag)
	for j := end + 1; j < hi && b[j] != '>' && b[j] != '<'; j++ {
		if isSpace(b[j]) && hasPrefixFold(b[j+1:], "value=") && j+7 < len(b) && isQuote(b[j+7]) {
			e.judge(k, j+7)
			return true
		}
	}
	// The value may stand before: value="x" key="Password".
	j := start - 1
	if j > 1 && isSpace(b[j]) && isQuote(b[j-1]) {
		if open := bytes.LastIndexByte(b[max(0, j-1-maxTag):j-1], b[j-1]); open >= 0 {
			open += max(0, j-1-maxTag)
			if open >= 6 && hasSuffixFold(b[:open], "value=") {
				e.judge(k, open)
			}
		}
	}
	return true
}

// judge judges the quoted value at i, which a key elsewhere names.
func (e *engine) judge(k KeyID, i int) {
	claimed := e.claimed // What stands before the value is still to be judged.
	defer func() { e.claimed = claimed }()
	switch row := keyTable[k]; row.kind {
	case keyStrong, keyWeak:
		v := readValue(e.b, i, false)
		text := e.b[v.start:v.end]
		if isPlaceholder(text) {
			return
		}
		if secret, _ := weakSecret(k, text); row.kind == keyWeak && !secret {
			return
		}
		e.addValue(v, row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 90)
	case keyAuth:
		e.authHeader(k, i)
	case keyCookie, keySetCookie:
		e.cookies(k, i, row.kind == keySetCookie)
	case keyNone, keyNot, keyPaired, keyNameOf:
	default:
		e.shapedValue(k, i, false)
	}
}
