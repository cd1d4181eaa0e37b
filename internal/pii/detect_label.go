package pii

import "bytes"

// labelled is called at a word that a label may begin with. Weak shapes are looked for from the label on, never from the
// shape: a passport's number is like many others.
func (e *engine) labelled(i int) {
	b := e.b
	if kind, at := labelAt(b, i); kind != labelNone && (at >= len(b) || !isDigit(b[at])) {
		e.announced(kind, i, at)
	}
}

// labelAt returns what the label at i announces, if there is one, and where it ends.
func labelAt(b []byte, i int) (labelKind, int) {
	var hashes [4]uint64
	var ends [4]int
	n := 0
	for j := i; n < len(hashes); {
		k := humpEnd(b, j)
		if k == j {
			break
		}
		hashes[n], ends[n] = topicHash(b[j:k]), k
		n++
		j = k
		if j < len(b) && (b[j] == ' ' || b[j] == '_' || b[j] == '-' || b[j] == '.' || b[j] == '\'' || b[j] == '/') {
			j++
		} else if j+2 < len(b) && b[j] == 0xe2 && b[j+1] == 0x80 && b[j+2] == 0x99 { // A typographic apostrophe.
			j += 3
		}
	}
	if n == 0 {
		return labelNone, i
	}
	for _, l := range labels.index[hashes[0]] {
		if int(l.n) <= n && l.tokens == padded(hashes, int(l.n)) {
			return l.kind, ends[l.n-1]
		}
	}
	return labelNone, i
}

// labelOf returns what a name of a column announces: one of the words of a label begins it, perhaps behind a letter beyond ASCII.
func labelOf(name []byte) labelKind {
	for i := 0; i < len(name) && i < 4; i++ {
		if i > 0 && name[i-1] < 0x80 {
			continue
		}
		if kind, _ := labelAt(name, i); kind != labelNone && kind != labelShort && kind != labelPosition && kind != labelPlace {
			return kind
		}
	}
	return labelNone
}

// padded returns the first n hashes, and zeros.
func padded(h [4]uint64, n int) [4]uint64 {
	for i := n; i < len(h); i++ {
		h[i] = 0
	}
	return h
}

// humpEnd returns the end of the word of letters at i, or of one hump of it in camel case. A typographic apostrophe ends
// it too.
func humpEnd(b []byte, i int) int {
	j := i
	for j < len(b) && j < i+32 && isTopicByte(b[j]) && (j == i || !is(b[j], chUpper) || !hump(b, j)) && (b[j] != 0xe2 || j+1 < len(b) && b[j+1] != 0x80) {
		j++
	}
	return j
}

// bornOn is called at "le", before which "né" or "née" may stand.
func (e *engine) bornOn(i int) {
	b := e.b
	if i < 4 || b[i-1] != ' ' {
		return
	}
	j := i - 1
	if b[j-1] == 'e' {
		j--
	} else if b[j-1] == ')' && j > 3 && b[j-2] == 'e' && b[j-3] == '(' { // né(e)
		j -= 3
	}
	if j >= 3 && b[j-1] == 0xa9 && b[j-2] == 0xc3 && lower(b[j-3]) == 'n' {
		e.announced(labelBirth, j-3, i+2)
	}
}

// labelReach is the number of bytes behind a label in which its value is looked for.
const labelReach = 96

// announced looks for the value that a label, b[from:at], announces: the first word that has its shape, on the same line
// and before the next field. Failing that, the value may stand before, as in "X1234567 is my passport".
func (e *engine) announced(kind labelKind, from, at int) {
	b := e.b
	hi := min(len(b), at+labelReach)
	keyEnd := run(b, at, at+maxKey, chKey)
	words, after, tries, field := 0, 0, 0, false
	for j := at; j < hi; {
		c := b[j]
		if c == 0xe2 && j+2 < hi && b[j+1] == 0x80 { // Quotes and dashes of typography (U+2000 to U+203F).
			j += 3
			continue
		}
		if !isTopicByte(c) && !isDigit(c) {
			switch c {
			case '\n', '\r':
				if !e.announcedBelow(kind, from, at, j) {
					e.announcedBefore(kind, from, words)
				}
				return
			case ',', '&', '|', '}':
				field = true
			case '=', ':':
				if after > 0 || c == '=' && j > keyEnd && isWord(b[j-1]) { // The next field has begun.
					return
				}
			case '[':
				if e.mode != ModeRaw {
					if _, _, ok := ParseToken(b[j:min(len(b), j+maxTokenLen)]); ok {
						return // The value was here.
					}
				}
			case '\\':
				if j+1 < len(b) && b[j+1] == 'n' {
					return
				}
				if j+1 < len(b) && (b[j+1] == 't' || b[j+1] == 'r') {
					j++
				}
			}
			j++
			continue
		}
		if e.readLabelled(kind, j, words) {
			return
		}
		k := j + 1
		digit := isDigit(c)
		for k < hi && (isWord(b[k]) || b[k] >= 0x80) {
			digit = digit || isDigit(b[k])
			k++
		}
		if digit {
			if tries++; tries > 2 {
				break
			}
		} else {
			if words++; words > 8 {
				break
			}
			if field && !equalFold(b[j:k], "value") && !equalFold(b[j:k], "number") { // {"label": "Passport", "value": "x"}
				after++
			}
		}
		j = k
	}
	e.announcedBefore(kind, from, words)
}

// announcedBelow looks for the value of a label, b[from:at], on the line behind the one that ends at i, as forms and pasted
// tables have it: the label is all there is on its line, but for a colon, and the value all there is on its own.
func (e *engine) announcedBelow(kind labelKind, from, at, i int) bool {
	b := e.b
	colon := false
	if n := run(b, at, i, chSpace); n > at { // The rest of the label: "Passport Number".
		if end := run(b, n, i, chLetters); inSet(labelTails, b[n:end]) {
			at = end
		}
	}
	for _, c := range b[at:i] {
		if c == ':' && !colon {
			colon = true
		} else if c != ' ' && c != '*' && c != '#' && c != '.' {
			return false
		}
	}
	lo := from
	for lo > 0 && from-lo < 16 && (b[lo-1] == ' ' || b[lo-1] == '\t' || b[lo-1] == '*' || b[lo-1] == '-') {
		lo--
	}
	if !colon && (lo > 0 && b[lo-1] != '\n' || kind == labelSerialWeak || kind == labelAccount || kind == labelRecord) {
		return false
	}
	if b[i] == '\r' {
		i++
	}
	if i >= len(b) || b[i] != '\n' {
		return false
	}
	v := run(b, i+1, i+9, chSpace)
	end := v
	for end < len(b) && end < v+48 && b[end] != '\n' && b[end] != '\r' {
		end++
	}
	if v >= len(b) || end < len(b) && b[end] != '\n' && b[end] != '\r' || bytes.IndexByte(b[i+1:v], '\n') >= 0 {
		return false
	}
	if s := e.labelledSpan(kind, v, 0); s.end == 0 || len(bytes.TrimRight(b[s.end:end], " .")) > 0 {
		return false
	}
	return e.readLabelled(kind, v, 0)
}

// labelTails end labels.
var labelTails = wordSet(`number no nr num id card`)

// announcedBefore looks for a value before the label, with nothing but short words between.
func (e *engine) announcedBefore(kind labelKind, from, words int) {
	if kind == labelPhone || kind == labelShort || kind == labelPosition || kind == labelPlace || kind == labelSerialWeak || words > 6 {
		return
	}
	b := e.b
	lo := max(0, from-48)
	verb := false
	for j := from; j > lo; {
		c := b[j-1]
		if c == ' ' {
			j--
			continue
		}
		k := j
		digit := false
		for j > lo && (isWord(b[j-1]) || b[j-1] == '-' || b[j-1] == '/' || b[j-1] >= 0x80) {
			j--
			digit = digit || isDigit(b[j])
		}
		if j == k || j == lo && lo > 0 {
			return
		}
		if digit {
			if verb {
				e.readLabelled(kind, j, 0)
			}
			return
		}
		switch w := b[j:k]; {
		case equalFold(w, "is"), equalFold(w, "was"), equalFold(w, "as"), equalFold(w, "ist"), equalFold(w, "est"), equalFold(w, "es"):
			verb = true
		case k-j > 7:
			return
		}
	}
}

// keyedLabel judges the value behind a key name that announces one.
func (e *engine) keyedLabel(k KeyID, v int) {
	b := e.b
	for n := 0; v < len(b) && n < 3 && (isQuote(b[v]) || b[v] == '\\'); n++ {
		v++
	}
	if v >= len(b) || !isTopicByte(b[v]) && !isDigit(b[v]) {
		return
	}
	e.readLabelled(labelOfKey(keyTable[k]), v, 0)
}

// labelOfKey returns what a key name announces.
func labelOfKey(r keyRow) labelKind {
	switch r.typ {
	case Passport:
		return labelPassport
	case DrivingLicence:
		return labelLicence
	case LicencePlate:
		return labelPlate
	case DateOfBirth:
		return labelBirth
	case DeviceSerial:
		return labelSerial
	case BankAccount:
		if hasSuffixFold([]byte(r.word), "code") {
			return labelSortCode
		}
		return labelAccount
	}
	return labelRecord
}
