package pii

import "bytes"

// maxNameField is the longest value that is taken for the name of a person, in bytes.
const maxNameField = 96

// mailboxName reports the display name before an address in angle brackets that begins at i: `Alice Smith <a@b.c>`,
// `"Smith, Alice" <a@b.c>` (RFC 5322, section 3.4).
func (e *engine) mailboxName(i int) {
	b := e.b
	if i < 3 || b[i-1] != '<' {
		return
	}
	end := i - 1
	for n := 0; end > 0 && n < 3 && b[end-1] == ' '; n++ {
		end--
	}
	quote := byte(0)
	if end > 0 && b[end-1] == '"' {
		quote = '"'
		end--
		if end > 0 && b[end-1] == '\\' {
			end--
		}
	}
	start := end
	for start > 0 && end-start < maxNameField {
		c := b[start-1]
		if !isLetter(c) && c < 0x80 && c != ' ' && c != '.' && c != '\'' && c != '-' && (c != ',' || quote == 0) && c != '(' && c != ')' {
			break
		}
		start--
	}
	if quote != 0 && (start == 0 || b[start-1] != quote) {
		return
	}
	if escapedBefore(b, start+1) { // The letter of \n.
		start++
	}
	for start < end && (b[start] == ' ' || b[start] == '-' || b[start] == '.' || b[start] == '\'' || b[start] == ')') {
		start++
	}
	if quote == 0 {
		start = e.afterHeader(start, end)
	}
	if !e.isPersonText(b[start:end], 2, false) {
		return
	}
	e.addName(start, end, ruleNameField, Reason{Bits: ReasonStructure}, 85)
}

// afterHeader moves start over words in small letters: "mail from Alice Smith <a@b.c>".
func (e *engine) afterHeader(start, end int) int {
	b := e.b
	for p := start; p < end; p++ {
		if b[p] != ' ' {
			continue
		}
		if w := b[start:p]; len(w) > 0 && is(w[0], chLower) && particle(b, start) == start && bytes.IndexByte(w, '.') < 0 {
			start = p + 1
			continue
		}
		break
	}
	return start
}

// isPersonText reports whether text can be the name of a person: least words or more, of letters, of which not all are
// words of English. sure says that a key promises a name.
func (e *engine) isPersonText(text []byte, least int, sure bool) bool {
	if len(text) < 2 || len(text) > maxNameField || inSet(placeholders, text) || inSet(systemUsers, text) || inSet(userWords, text) {
		return false
	}
	words, names, ordinary, caps := 0, 0, 0, 0
	for i := 0; i < len(text); {
		c := text[i]
		if !isLetter(c) && c < 0x80 {
			if c != ' ' && c != '.' && c != ',' && c != '\'' && c != '-' && c != '(' && c != ')' && c != '+' {
				if c == '%' && i+2 < len(text) && text[i+1] == '2' && text[i+2] == '0' {
					i += 3
					continue
				}
				return false
			}
			i++
			continue
		}
		j := i
		for j < len(text) && (isLetter(text[j]) || text[j] >= 0x80 || text[j] == '\'') {
			j++
		}
		w := text[i:j]
		i = j
		words++
		if is(w[0], chUpper) || w[0] >= 0x80 {
			caps++
		}
		if len(w) < 2 || inSet(particles, w) {
			continue
		}
		info := lookupName(w)
		switch {
		case inSet(notPeople, w) || inSet(notNames, w):
			return false
		case info.given() > 0 || info.surname() > 1:
			names++
		case info.word():
			ordinary++
		}
	}
	switch {
	case words < least || words > 6:
		return false
	case sure:
		return names > 0 || ordinary < words
	}
	return caps >= 2 && (names > 0 || ordinary == 0) || names >= 2
}

// personValue judges the value at i behind a key name of a person. prose says that the key may be a word of a sentence.
func (e *engine) personValue(k KeyID, i int, prose bool) {
	b := e.b
	row := keyTable[k]
	quote := byte(0)
	for n := 0; i < len(b) && n < 4 && (isQuote(b[i]) || b[i] == '\\' || b[i] == '['); n++ {
		if isQuote(b[i]) {
			quote = b[i]
		}
		i++
	}
	start, end := i, i
	switch {
	case quote != 0:
		for end < len(b) && end < i+maxNameField && b[end] != quote && b[end] != '\n' && b[end] != '\\' {
			end++
		}
		if end >= len(b) || b[end] != quote && b[end] != '\\' {
			return
		}
	default:
		end = unquotedName(b, i, row.kind == keyPerson)
	}
	for end > start && (isSpace(b[end-1]) || b[end-1] == ',' || b[end-1] == '-' || b[end-1] == '.' && end-start > 2 && b[end-3] != ' ') {
		end--
	}
	least := 1
	sure := row.kind == keyPerson
	if !sure {
		least = 2
	}
	if end == start || !e.isPersonText(b[start:end], least, sure && (quote != 0 || !prose || is(b[start], chUpper) || b[start] >= 0x80)) {
		return
	}
	if quote == 0 && end < len(b) && (b[end] == '@' || b[end] == '/' && row.word != "cn" || b[end] == '(' || b[end] == '=' || b[end] == '_' || isDigit(b[end]) || b[end] == ':' && end+1 < len(b) && !isSpace(b[end+1])) {
		return
	}
	e.addName(start, end, ruleNameField, Reason{Bits: ReasonKey, Key: k}, 82)
}

// unquotedName returns the end of a name at i: words of which each but the first begins with a capital, one space, '+'
// or %20 apart, or in the order "Smith, John".
func unquotedName(b []byte, i int, sure bool) int {
	end := i
	for n := range 6 {
		j := end
		if n > 0 {
			switch {
			case j < len(b) && (b[j] == ' ' || b[j] == '+'):
				j++
			case encodedSpace(b, j):
				j += 3
			case n == 1 && sure && j+1 < len(b) && b[j] == ',' && b[j+1] == ' ':
				j += 2
			default:
				return end
			}
			if is2(b, j) {
				j += 3
			}
			p := particle(b, j)
			if nameWord(b, p) == 0 && capitalSurname(b, p) == 0 && (j >= len(b) || b[j-1] == ' ') {
				return end
			}
			j = p
		}
		k := j
		for k < len(b) && k < j+2*maxNameWord && (isLetter(b[k]) || b[k] >= 0x80 || (b[k] == '\'' || b[k] == '-' || b[k] == '.') && k > j && k+1 < len(b) && (isLetter(b[k+1]) || b[k+1] >= 0x80)) {
			k++
		}
		if k == j {
			return end
		}
		end = k
	}
	return end
}
