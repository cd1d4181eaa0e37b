package pii

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

// notPeople follow names of persons in the names of places and organisations.
var notPeople = wordSet(`
street st avenue ave road rd lane ln drive dr boulevard blvd court ct square sq plaza place way terrace parkway highway
university college school institute hospital clinic center centre foundation museum library park bridge river lake
mountain mount island islands beach valley bay county city town village airport station stadium arena tower building hall
house hotel church cathedral theatre theater press inc incorporated corp corporation company co llc ltd limited gmbh ag
plc group holdings partners associates bank records games studios software systems technologies labs laboratories award
prize medal cup trophy championship day night week act law theorem algorithm method test model syndrome disease server
service manager controller handler driver adapter client agent monitor scheduler worker engine module device lake cove trail
creek ridge rapids canyon falls springs heights
`)

// institutions are those of notPeople that no title or trade of a person is: with one of them behind it, even the surest
// name is a place's.
var institutions = wordSet(`
street avenue road boulevard court square plaza terrace parkway highway university college school institute hospital
clinic foundation museum library bridge airport stadium arena cathedral theatre theater award prize medal cup trophy
`)

// institutionAt reports whether the word behind the space at i is one of institutions.
func institutionAt(b []byte, i int) bool {
	if i+1 >= len(b) || b[i] != ' ' {
		return false
	}
	return inSet(institutions, b[i+1:run(b, i+1, i+1+maxNameWord, chLetters)])
}

// placeLeads precede names in the names of places and products.
var placeLeads = wordSet(`new old saint st san santa los las mount lake fort port north south east west upper lower great port são sao apache
microsoft windows google red cape el rio sir`)

// inSentence reports whether b[start:end] stands between words in small letters, at the start of a sentence, or before
// the end of one.
func inSentence(b []byte, start, end int) bool {
	opens := start == 0 || b[start-1] == '\n' || start > 2 && b[start-1] == ' ' && b[start-2] == '.' && is(b[start-3], chLower)
	if opens {
		return end+2 < len(b) && b[end] == ' ' && is(b[end+1], chLower) && (is(b[end+2], chLower) || b[end+2] == ' ')
	}
	if start < 3 || b[start-1] != ' ' || !is(b[start-2], chLower) && b[start-2] != ',' || !is(b[start-3], chLower) {
		return false
	}
	if end+1 >= len(b) {
		return true
	}
	switch b[end] {
	case ' ':
		return is(b[end+1], chLower)
	case '.', ',', ';', '?', '!':
		return isSpace(b[end+1]) || isQuote(b[end+1])
	case '\'':
		return b[end+1] == 's'
	}
	return false
}

// peopleBefore reports whether the word before i, if there is one in capitals, lets a person follow.
func peopleBefore(b []byte, i int) bool {
	if i < 3 || b[i-1] != ' ' || !is(b[i-2], chLower) {
		return true
	}
	w := b[runBack(b, i-1, i-12, chWord) : i-1]
	return !is(w[0], chUpper) || !inSet(placeLeads, w)
}

// nameStarts reports whether a name can begin at i: what stands before it does not make it part of a path, a name in a
// program, or a number.
func nameStarts(b []byte, i int) bool {
	if i == 0 {
		return true
	}
	c := b[i-1]
	switch {
	case isSpace(c):
		return true
	case c >= 0x80: // A quotation mark or a dash; a letter was read as part of a word.
		return i < 2 || b[i-2] < 0xc3 || b[i-2] > 0xc5
	case isWord(c):
		return escapedBefore(b, i)
	}
	switch c {
	case '"', '\'', '(', '[', '<', '>', ',', ';', ':', '|', '*', '=', '`', '}', '{', '!', '?':
		return c != ':' || i <= 1 || b[i-2] != ':'
	case '-', '/', '&':
		return i > 1 && isSpace(b[i-2])
	}
	return false
}

// nameEnds reports whether a name can end before b[i].
func nameEnds(b []byte, i int) bool {
	if i >= len(b) || isSpace(b[i]) || b[i] >= 0x80 {
		return true
	}
	next := byte(' ')
	if i+1 < len(b) {
		next = b[i+1]
	}
	switch b[i] {
	case '.', ':', '-', '/':
		return !isWord(next) && next != b[i] && next != '/'
	case '(', '=', '_', '@', '$', '\\', '{', '#', '%', '&', '+', '*', '~', '^':
		return b[i] == '\\' && (next == 'n' || next == 'r' || next == 't' || next == '"')
	}
	return !isWord(b[i])
}
