package pii

import (
	"bytes"
	"unicode/utf8"
)

// nameSeq is a run of capitalised words at one place, as far as it may be the name of a person.
type nameSeq struct {
	end     int
	words   int      // Words in full, initials and particles not counted.
	initial bool     // An initial is among them.
	first   nameInfo // Of the first word.
	last    nameInfo // Of the last word.
	score   int      // What the first word tells of a given name and the last of a surname.
	tail    bool     // A further word in capitals follows that is no part of it.
}

// maxNameParts bounds the words of a name.
const maxNameParts = 6

// capitalised is called at a word, b[start:end], that starts with an upper-case letter and goes on with a lower-case
// one. It may begin the name of a person.
func (e *engine) capitalised(start, end int) {
	b := e.b
	if start < e.nameEnd {
		return
	}
	if start > 2 && b[start-2] == '/' && b[start-1] == ' ' && b[start-3] == 'C' { // C/ Mayor 5
		e.streetLead(start - 3)
	}
	if end < len(b) && (b[end] == '\'' || b[end] == '-' || b[end] >= 0x80) { // The word goes on.
		if end = nameWord(b, start); end == 0 {
			return
		}
	}
	c, next := byte(0), byte(0)
	if end+1 < len(b) {
		c, next = b[end], b[end+1]
	}
	switch c {
	case ' ':
		if isDigit(next) {
			e.streetWordNumber(start, end)
			return
		}
		if is(next, chUpper) || next >= 0x80 || is(next, chLower) && particle(b, end+1) > end+1 {
			e.nameInProse(start)
			return
		}
	case ',':
		if next == ' ' && end+2 < len(b) && (is(b[end+2], chUpper) || b[end+2] >= 0x80) && !e.initialBefore(start) {
			e.surnameFirst(start)
			return
		}
	}
	if c == '.' && next == ' ' && end+2 < len(b) && isDigit(b[end+2]) { // Hauptstr. 5
		e.streetWordNumber(start, end)
	}
	if e.initialBefore(start) {
		e.initialName(start)
	} else if start > 3 && string(b[start-4:start]) == "I'm " {
		e.leadName(start, 65, false)
	}
}

// latinLetter is called at the first byte of a letter between U+00C0 and U+017F, which may begin a name or stand behind
// its first letter: Łukasz, Müller.
func (e *engine) latinLetter(i int) {
	b := e.b
	start := i
	if hasPrefix(b[i:], "\xc3\x9fe ") { // Musterstraße 12
		for start > 0 && i-start < 32 && (wordByte(b[start-1]) || b[start-1] == '-') {
			start--
		}
		if end := i + 3; end+1 < len(b) && isDigit(b[end+1]) {
			e.streetWordNumber(start, end)
		}
		return
	}
	if r, n := runeAt(b, i); n == 0 {
		return
	} else if !upperRune(r) {
		if start--; start < 0 || !is(b[start], chUpper) {
			return
		}
	}
	if start > 0 && wordByte(b[start-1]) && !escapedBefore(b, start) {
		return
	}
	if end := nameWord(b, start); end > 0 {
		e.capitalised(start, end)
	}
}

// initialBefore reports whether an initial stands before the word at i: "J. Smith".
func (e *engine) initialBefore(i int) bool {
	b := e.b
	return i >= 3 && b[i-1] == ' ' && b[i-2] == '.' && is(b[i-3], chUpper) && (i < 4 || !isWord(b[i-4]) && b[i-4] < 0x80)
}

// nameInProse judges the words at start by the table of names alone.
func (e *engine) nameInProse(start int) {
	b := e.b
	if !nameStarts(b, start) {
		return
	}
	s, ok := readName(b, start)
	if !ok || s.words < 2 && !s.initial || !nameEnds(b, s.end) || !peopleBefore(b, start) {
		return
	}
	if s.tail && (s.score < 6 || institutionAt(b, s.end)) { // George Washington University Hospital
		return
	}
	if first := b[start:nameWord(b, start)]; inSet(placeLeads, first) || inSet(leadWordSet, first) {
		return
	}
	prose := inSentence(b, start, s.end)
	if prose && (!s.first.word() || !s.last.word()) {
		s.score++
	}
	confidence := uint8(0)
	switch {
	case s.first.given() == 0 && s.words == 2 && s.last.surname() == 3 && s.last.given() < 3 && !s.first.word() && !s.first.proper() && !s.last.word():
		confidence = 45
		if prose || s.initial {
			confidence = 55
		}
	case s.first.given() == 0:
	case s.score >= 5:
		confidence = 80
	case s.score == 4:
		confidence = 65
	case s.score == 3:
		confidence = 40
	}
	if confidence == 0 {
		return
	}
	e.addName(start, s.end, ruleNameProse, Reason{Bits: ReasonShape}, confidence)
}

func (e *engine) addName(start, end int, rule RuleID, reason Reason, confidence uint8) {
	e.add(start, end, PersonName, rule, reason, confidence)
	e.nameEnd = max(e.nameEnd, end)
}

// initialName judges the surname at i behind one or more initials: "J. Smith", "J. R. R. Tolkien".
func (e *engine) initialName(i int) {
	b := e.b
	end := nameWord(b, i)
	if end == 0 || !nameEnds(b, end) {
		return
	}
	info := lookupName(b[i:end])
	start, n := i, 0
	for ; n < 3 && e.initialBefore(start); n++ {
		start -= 3
	}
	if p := start - 1; p > 1 && b[p] == ' ' && is(b[p-1], chLower) { // A given name that the table lacks.
		q := runBack(b, p, p-maxNameWord, chUpper|chLower)
		if first := lookupName(b[q:p]); nameWord(b, q) == p && !first.word() && !first.proper() && nameStarts(b, q) {
			start = q
		}
	}
	if info.surname() < 2 && (n < 2 || !info.unknown()) || info.word() && info.surname() < 3 {
		return
	}
	if nameStarts(b, start) {
		e.addName(start, end, ruleNameProse, Reason{Bits: ReasonShape}, 55)
	}
}

// surnameFirst judges "Smith, John" at start.
func (e *engine) surnameFirst(start int) {
	b := e.b
	end := nameWord(b, start)
	if end == 0 || !nameStarts(b, start) || end+2 >= len(b) || b[end] != ',' {
		return
	}
	last := lookupName(b[start:end])
	if last.surname() == 0 || last.word() && last.surname() < 2 {
		return
	}
	end2 := nameWord(b, end+2)
	if end2 == 0 || !nameEnds(b, end2) {
		return
	}
	first := lookupName(b[end+2 : end2])
	if end-start < 3 || end2-end < 5 || end2-start < 10 { // Elem, Len
		return
	}
	if first.proper() && last.proper() { // Austin, Texas
		return
	}
	if last.surname()+first.given() < 4 || first.given() < 2 || last.given() == 3 && last.surname() < 3 {
		return
	}
	if end2+2 < len(b) && b[end2] == ' ' && is(b[end2+1], chUpper) { // A middle initial, or a further word.
		switch {
		case b[end2+2] == '.':
			end2 += 3
		case nameWord(b, end2+1) > 0:
			return
		}
	}
	e.addName(start, end2, ruleNameProse, Reason{Bits: ReasonShape}, 65)
}

// readName reads a name that begins with the word at i: words of a capital and small letters, initials and particles,
// one space apart. It ends before a word that is no name's.
func readName(b []byte, i int) (s nameSeq, ok bool) {
	s.end = nameWord(b, i)
	if s.end == 0 {
		return s, false
	}
	s.words = 1
	s.first = wordInfo(b[i:s.end])
	if s.first.word() && s.first.given() == 0 {
		return s, false
	}
	s.last = s.first
	at := s.end
	for part := 1; part < maxNameParts && at+1 < len(b) && b[at] == ' '; part++ {
		j := at + 1
		if is(b[j], chUpper) && j+1 < len(b) && (b[j+1] == '.' || b[j+1] == ' ') && (b[j+1] == ' ' || j+2 >= len(b) || b[j+2] == ' ') {
			n := 1
			if b[j+1] == '.' {
				n = 2
			}
			k := j + n
			if k >= len(b) || b[k] != ' ' || nameWord(b, k+1) == 0 && (k+2 >= len(b) || !is(b[k+1], chUpper) || b[k+2] != '.') {
				break
			}
			s.initial = true
			at = k
			continue
		}
		k := particle(b, j)
		end := nameWord(b, k)
		if end == 0 {
			if end = capitalSurname(b, k); end == 0 || s.first.given() < 3 {
				break
			}
		}
		info := wordInfo(b[k:end])
		if k > j && (s.words == 1 || patronym(b[j:k])) && k-j > 2 && !inSet(notPeople, b[k:end]) && !hasPrefix(b[j:], "und ") { // A particle lets any word be a surname.
			s.words++
			s.end, at = end, end
			s.last = info | 2<<2
			continue
		}
		if k > j && (info.word() || inSet(notPeople, b[k:end])) { // "den Server"
			break
		}
		if s.words == 2 && middleName(b[i:at]) && !inSet(notPeople, b[k:end]) { // Nguyen Van An
			s.words++
			s.end, at = end, end
			s.last = info | 2<<2
			continue
		}
		if info.word() && info.surname() == 0 && (info.given() == 0 || s.words > 1) {
			s.tail = s.words > 1 || inSet(notPeople, b[k:end])
			break
		}
		if s.words > 1 && info.surname() < 2 && info.given() < 3 && (s.last.given() <= 0 || s.last.surname() >= 3 || info.surname() <= 0) {
			if s.last.surname() > 0 || !info.unknown() {
				s.tail = info.word()
				break
			}
		}
		if inSet(notPeople, b[k:end]) {
			s.tail = true
			break
		}
		s.words++
		s.end, at = end, end
		s.last = info
	}
	s.score = s.first.given()
	switch last := s.last; {
	case s.words < 2:
	case last.surname() > 0:
		s.score += last.surname()
	case last.unknown():
		s.score++
	case last.given() == 3:
		s.score += 2
	}
	if s.initial && s.words > 1 {
		s.score++
	}
	return s, true
}

// middleName reports whether two words are a surname of Vietnam and the middle name that says who is a man or a woman. A given
// name follows, which may be any word.
func middleName(w []byte) bool {
	first, middle, ok := bytes.Cut(w, []byte(" "))
	return ok && (equalFold(middle, "van") || equalFold(middle, "thi") || string(middle) == "Văn" || string(middle) == "Thị") && inSet(vietnamese, foldName(first))
}

// vietnamese are the surnames of nine of ten persons in Vietnam.
var vietnamese = wordSet(`nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly`)

// foldName returns w in lower case without diacritics.
func foldName(w []byte) []byte {
	out := make([]byte, 0, 16)
	for i := 0; i < len(w); {
		r, n := utf8.DecodeRune(w[i:])
		if r < 0x80 {
			out = append(out, lower(w[i]))
		} else {
			out = append(out, foldRune(r)...)
		}
		i += n
	}
	return out
}

// capitalSurname returns the end of a surname in capitals at i, as the French and others write it, or 0.
func capitalSurname(b []byte, i int) int {
	end := run(b, i, i+maxNameWord, chUpper)
	if end-i < 4 || end < len(b) && (isWord(b[end]) || b[end] == '-') {
		return 0
	}
	if info := lookupName(b[i:end]); info.word() || info.surname() < 2 {
		return 0
	}
	return end
}

// wordInfo is lookupName for a word with a hyphen too: what its parts are.
func wordInfo(w []byte) nameInfo {
	info := lookupName(w)
	if !info.unknown() {
		return info
	}
	for i := len(w) - 1; i > 1; i-- {
		if w[i] == '-' {
			first, last := lookupName(w[:i]), lookupName(w[i+1:])
			if first.given() > 0 && last.given() > 0 { // Jean-Pierre
				first |= 3
			}
			return first&3 | last&(3<<2)
		}
	}
	return info
}
