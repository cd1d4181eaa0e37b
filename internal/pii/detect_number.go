package pii

// number is called at a word of digits and, perhaps, letters that starts with a digit, by its length. It may be, or
// begin, a number of a person, a firm, an account or a device, or a phone number.
func (e *engine) number(start, end int) {
	b := e.b
	n := end - start
	if n > 19 {
		return
	}
	if n < 9 && !groupsFollow(b, start, end) {
		return
	}
	if n <= 3 && b[end] == '.' && e.coordinates(start) {
		return
	}
	mid := false
	if start > 0 {
		switch c := b[start-1]; c {
		case '.', '-', '/':
			if start > 1 && isWord(b[start-2]) {
				if n > 4 || !e.afterLead(start) { // 2.6457513110645907 is a fraction.
					if c == '-' && is(b[start-2], chUpper) && shapeDigits(n) { // X-1234567-L
						e.wordShapes(shapeIndex.digits[n], start, &surround{})
					}
					return
				}
			} else {
				return
			}
		case ' ':
			mid = start > 1 && isDigit(b[start-2]) || hexPair(b, start-3) // A dump.
		case '+', '@', '$', '\\', ')':
			return
		}
	}
	if k := run(b, start, end, chDigit); k < end {
		if n < 7 || extension(b, k) != end {
			return
		}
		end = k
	}
	n = end - start
	var sur surround
	if shapeDigits(n) {
		before := start > 2 && joins(b[start-1]) && isLetter(b[start-2])
		if (before && (is(b[start-2], chUpper) || !shapesGoOn[n]) || shapesGoOn[n] && e.lettersFollow(end)) && e.wordShapes(shapeIndex.digits[n], start, &sur) {
			return
		}
	}
	if n > 8 && n != 13 && end+1 < len(b) && b[end] == ' ' && isDigit(b[end+1]) {
		if m := run(b, end+1, end+21, chDigit); m == len(b) || !isWord(b[m]) { // Numbers beside one another.
			e.plainNumber(start, end, true, &sur)
			return
		}
	}
	q := e.sequence(start, end)
	if q.n == 1 || n > 8 && q.seps[0] == ' ' && !(n == 13 && q.ends[1]-q.starts[1] == 2) { //nolint:staticcheck // As a reader thinks of it.
		if n > 8 && (q.n > 1 || !q.more && e.free(end)) {
			e.plainNumber(start, end, q.n > 1 || mid, &sur)
		}
		return
	}
	lead := e.afterLead(start)
	if lead && e.wordShapes(shapeIndex.digits[1], start-2, &sur) { // 8.090.097-K
		return
	}
	if q.dated() || q.more && (q.n == maxGroups || q.digits > 20) && mid || q.n == 2 && q.seps[0] == '.' { // A date, an address, a table, or a fraction.
		return
	}
	if lead { // "1-800-555-2671", "1 84 12 76 451 089 46".
		if l := q.lead(b); l.judge(e, false, &sur) {
			return
		}
	}
	q.judge(e, mid, &sur)
}

// groupsFollow reports whether the digits b[start:end], fewer than nine, may be the first group of a sequence. sieve asks
// the same of its bit masks.
func groupsFollow(b []byte, start, end int) bool {
	n := end - start
	if n > 4 {
		return goesOn(b, run(b, start, end, chDigit))
	}
	if end+2 >= len(b) || !isDigit(b[end+1]) || !joins(b[end]) {
		return false
	}
	if !isDigit(b[end+2]) { // 0033 6 12 34 56 78
		return n == 4 && b[start] == '0' && b[end] == ' ' && b[end+2] == ' ' && end+3 < len(b) && isDigit(b[end+3])
	}
	switch n {
	case 2: // Not a time of day, and not the day before one.
		return b[end] != ':' && (end+3 >= len(b) || b[end+3] != ':') && (start == 0 || b[start-1] != ':' || start > 1 && isLetter(b[start-2]))
	case 4: // Not a date.
		return b[end] == ' ' || end+3 < len(b) && isDigit(b[end+3])
	}
	return n == 3
}

// joins reports whether c may stand between groups of digits of one number.
func joins(c byte) bool { return c == ' ' || c == '-' || c == '.' || c == '/' }

// goesOn reports whether a number whose digits end at end goes on with a separator and a digit, a single letter, or an
// extension.
func goesOn(b []byte, end int) bool {
	if end+1 >= len(b) {
		return false
	}
	c, d := b[end], b[end+1]
	if isDigit(d) {
		return joins(c) || c == 'x' || c == '+'
	}
	return (c == '-' || c == ' ') && is(d, chUpper) && (end+2 == len(b) || !isWord(b[end+2]))
}

// shapeDigits reports whether there are shapes with letters whose first number has n digits.
func shapeDigits(n int) bool { return n < len(shapeIndex.digits) && len(shapeIndex.digits[n]) > 0 }

// shapesGoOn says for which lengths of the first number something of a shape stands behind it.
var shapesGoOn [len(shapeIndex.digits)]bool

func makeShapesGoOn() (t [len(shapeIndex.digits)]bool) {
	for n, shapes := range shapeIndex.digits {
		for i := range shapes {
			t[n] = t[n] || int(shapes[i].anchor)+n < int(shapes[i].n)
		}
	}
	return t
}

// afterLead reports whether a single digit and a separator stand before start, and a word begins with that digit.
func (e *engine) afterLead(start int) bool {
	b := e.b
	if start < 2 || !isDigit(b[start-2]) || start > 2 && (isWord(b[start-3]) || b[start-3] == '.' || b[start-3] == '-' || b[start-3] == '/') {
		return false
	}
	c := b[start-1]
	return (c == ' ' || c == '-' || c == '.') && (start < 4 || b[start-3] != ' ' || !isDigit(b[start-4]))
}

// lettersFollow reports whether a number that ends at end goes on with a separator and, within the next word or two, a
// letter: 12345678-Z, 131052-308T, 65 170839 J 003.
func (e *engine) lettersFollow(end int) bool {
	b := e.b
	for j, words := end, 0; j+1 < len(b) && words < 4 && (b[j] == ' ' || b[j] == '-' || b[j] == '+' || b[j] == '.'); words++ {
		k := run(b, j+1, j+12, chWord)
		if k == j+1 {
			return false
		}
		for _, c := range b[j+1 : k] {
			if isLetter(c) {
				return k-j < 6
			}
		}
		j = k
	}
	return false
}

// unitFree reports whether what stands behind a number leaves it whole: it is not the start of a larger one, of a name,
// or of an address.
func unitFree(b []byte, end int) bool {
	if end >= len(b) {
		return true
	}
	switch b[end] {
	case '@', '%', '\\', '$', '_':
		return b[end] == '\\' && end+1 < len(b) && (b[end+1] == 'n' || b[end+1] == 'r' || b[end+1] == 't' || b[end+1] == '"')
	case '.', '-', '/', ':', ',':
		return end+1 >= len(b) || !isWord(b[end+1]) || b[end] == ',' && !isDigit(b[end+1])
	}
	return !isWord(b[end])
}

// free is unitFree for a value that a name in another line stands for: in a table, a comma ends it.
func (e *engine) free(end int) bool {
	return unitFree(e.b, end) || e.b[end] == ',' && !e.around.empty()
}

// plainNumber looks for what a run of at least nine digits is. It is crowded if numbers stand beside it.
func (e *engine) plainNumber(start, end int, crowded bool, sur *surround) {
	n := end - start
	e.keyTopics(start, sur)
	if n >= 13 && e.card(start, end, false, sur) {
		return
	}
	limit := alone
	if crowded || (n == 10 || n == 13) && e.b[start] == '1' && !e.wholeText(start, end) { // Seconds or milliseconds since 1970.
		limit = named
	}
	if n == 10 && limit == named && sur.known&knowsTopics == 0 { // Of a line that begins with a time, little is said behind it.
		sur.topics = e.topicsBefore(start)
		sur.known |= knowsTopics
	}
	if sur.topicSet(e, start, end).empty() && (limit == named || !sur.alone(e, start, end)) && n != 18 {
		return
	}
	best := candidate{}
	for i := range shapeIndex.run[n] {
		l := limit
		if n == 18 {
			l = anywhere
		}
		e.weigh(&best, shapeIndex.run[n][i].scheme, start, end, false, l, sur)
	}
	if n == 9 && sur.topics.has(topicSsn) && best.confidence < 80 && validSSN(idOf(e.b[start:end])) {
		e.add(start, end, Ssn, ruleSsn, Reason{Bits: ReasonShape | ReasonRange | ReasonContext}, 80)
		return
	}
	if n == 15 || n == 16 || n == 14 {
		if e.imei(start, end, sur) {
			return
		}
	}
	if !e.addBest(&best) && !sur.refused {
		e.phonePlain(start, end, sur)
	}
}

// wordShapes looks for identifiers with letters whose first number, or first word with a digit, starts at i.
func (e *engine) wordShapes(shapes []wordShape, i int, sur *surround) bool {
	b := e.b
	best := candidate{}
	for k := range shapes {
		w := &shapes[k]
		start, end, lowerCase := w.match(b, i)
		if end == 0 || end < len(b) && isWord(b[end]) || start > 0 && gluedBefore(b, start) || !e.free(end) {
			continue
		}
		limit := anywhere
		if lowerCase {
			limit = alone
		}
		e.weigh(&best, w.scheme, start, end, !w.single, limit, sur)
	}
	return e.addBest(&best)
}

// gluedBefore reports whether what stands before start makes it the middle of something.
func gluedBefore(b []byte, start int) bool {
	switch c := b[start-1]; c {
	case '.', '-', '/', '\\', '@', '$', '%', '+', '~':
		return !(c == '\\' || c == '-' && (start < 2 || isSpace(b[start-2]))) //nolint:staticcheck // As above.
	default:
		return isWord(c) && !escapedBefore(b, start)
	}
}

// validSSN applies the rules of the Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no
// serial 0000. One number was printed on sample cards.
func validSSN(t idText) bool {
	if t.n != 9 || !isDigits(t.c[:9]) {
		return false
	}
	area, group, serial := t.num(0, 3), t.num(3, 5), t.num(5, 9)
	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && t.num(0, 9) != 78051120
}

// ssn judges ddd-dd-dddd, and the same with spaces or dots where the context says what it is.
func (e *engine) ssn(q *numSeq, sur *surround) bool {
	start, end := q.starts[0], q.ends[2]
	if !validSSN(idOf(e.b[start:end])) {
		return false
	}
	bits, confidence := ReasonShape|ReasonRange, uint8(75)
	if sur.topicSet(e, start, end).has(topicSsn) {
		bits |= ReasonContext
		confidence = 95
	} else if q.seps[0] != '-' && !sur.alone(e, start, end) || q.n > 3 {
		return false
	}
	e.add(start, end, Ssn, ruleSsn, Reason{Bits: bits}, confidence)
	return true
}
