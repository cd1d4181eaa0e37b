package pii

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
