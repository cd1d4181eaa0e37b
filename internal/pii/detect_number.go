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
	if shapeDigits(n) && (start > 2 && (b[start-1] == ' ' || b[start-1] == '-') && is(b[start-2], chUpper) || e.lettersFollow(end)) &&
		e.wordShapes(shapeIndex.digits[n], start, &sur) {
		return
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
	if end+2 >= len(b) || !isDigit(b[end+1]) || !isDigit(b[end+2]) {
		return false
	}
	switch n {
	case 2: // Not a time of day, and not the day before one.
		return b[end] != ':' && (end+3 >= len(b) || b[end+3] != ':') && (start == 0 || b[start-1] != ':')
	case 4: // Not a date.
		return b[end] == ' ' || end+3 < len(b) && isDigit(b[end+3])
	}
	return n == 3
}

// goesOn reports whether a number whose digits end at end goes on with a separator and a digit, a single letter, or an
// extension.
func goesOn(b []byte, end int) bool {
	if end+1 >= len(b) {
		return false
	}
	c, d := b[end], b[end+1]
	if isDigit(d) {
		return !isWord(c) || c == 'x'
	}
	return (c == '-' || c == ' ') && is(d, chUpper) && (end+2 == len(b) || !isWord(b[end+2]))
}

// shapeDigits reports whether there are shapes with letters whose first number has n digits.
func shapeDigits(n int) bool { return n < len(shapeIndex.digits) && len(shapeIndex.digits[n]) > 0 }

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

// numSeq is a sequence of groups of digits with single separators between them.
type numSeq struct {
	n      int
	starts [maxGroups + 1]int
	ends   [maxGroups + 1]int
	seps   [maxGroups + 1]byte
	digits int
	more   bool // What follows is part of it too, or of a word.
	next   bool // A word that begins with a digit follows.
}

// sequence reads the groups of digits that begin with b[start:end].
func (e *engine) sequence(start, end int) (q numSeq) {
	b := e.b
	q.n = 1
	q.starts[0], q.ends[0], q.digits = start, end, end-start
	for {
		j := q.ends[q.n-1]
		if j+1 >= len(b) {
			return q
		}
		c, k := b[j], j+1
		if c == 0xc2 && b[k] == 0xa0 && k+1 < len(b) {
			c, k = ' ', k+1
		}
		if c != ' ' && c != '-' && c != '.' && c != '/' || !isDigit(b[k]) {
			return q
		}
		m := run(b, k, k+20, chDigit)
		if m < len(b) && isWord(b[m]) && extension(b, m) == m {
			q.more = c != ' '
			q.next = true
			return q
		}
		if q.n == maxGroups || q.digits > 20 {
			q.more = true
			return q
		}
		q.seps[q.n-1] = c
		q.starts[q.n], q.ends[q.n] = k, m
		q.digits += m - k
		q.n++
	}
}

// lead returns the sequence with the single digit before it.
func (q *numSeq) lead(b []byte) numSeq {
	l := *q
	l.n = min(q.n+1, maxGroups)
	copy(l.starts[1:], q.starts[:l.n-1])
	copy(l.ends[1:], q.ends[:l.n-1])
	copy(l.seps[1:], q.seps[:l.n-1])
	l.starts[0], l.ends[0], l.seps[0] = q.starts[0]-2, q.starts[0]-1, b[q.starts[0]-1]
	l.digits++
	l.more = q.more || q.n == maxGroups
	return l
}

// hexPair reports whether two hexadecimal digits, and no more, stand at i between spaces.
func hexPair(b []byte, i int) bool {
	return i > 0 && i+2 < len(b) && b[i-1] == ' ' && b[i+2] == ' ' && hexVal(b[i]) >= 0 && hexVal(b[i+1]) >= 0
}

// key returns the groupKey of the first k groups.
func (q *numSeq) key(k int) uint64 {
	key := uint64(0)
	for i := range k {
		key = key<<5 | uint64(q.ends[i]-q.starts[i])&31 //nolint:gosec // A length.
	}
	return key
}

// judge looks for what the sequence, or its beginning, is. Of a sequence that another number stands before or behind,
// only what is named is taken. It reports whether it found something.
func (q *numSeq) judge(e *engine, mid bool, sur *surround) bool {
	total := q.digits
	for k := q.n; k > 1; k-- {
		if k < q.n {
			total -= q.ends[k] - q.starts[k]
			if q.seps[k-1] != ' ' {
				continue
			}
		}
		if total < 6 {
			break
		}
		whole := !mid && k == q.n && !q.next && !hexPair(e.b, q.ends[k-1]+1)
		if k == q.n && (q.more || !e.free(q.ends[k-1])) {
			continue
		}
		if total <= 21 && (e.groupedNumber(q, k, whole, sur) || total >= 12 && total <= 19 && e.cardSeq(q, k, sur) || !sur.refused && e.phoneSeq(q, k, total, whole, sur)) {
			return true
		}
	}
	return false
}

// groupedNumber looks for schemes that write their numbers as the first k groups of q.
func (e *engine) groupedNumber(q *numSeq, k int, whole bool, sur *surround) bool {
	start, end := q.starts[0], q.ends[k-1]
	if k == 3 && q.ends[0]-q.starts[0] == 3 && end-q.starts[2] == 4 && q.ends[1]-q.starts[1] == 2 && q.seps[0] == q.seps[1] && e.ssn(q, sur) {
		return true
	}
	if k >= 3 && e.imeiSeq(q, k, sur) {
		return true
	}
	best := candidate{}
	for i := range shapeIndex.groups[q.key(k)] {
		sh := &shapeIndex.groups[q.key(k)][i]
		if sepsMatch(sh.seps[:k-1], q.seps[:k-1]) {
			limit := anywhere
			if !whole {
				limit = named
			} else if q.dateTime(e.b, k) {
				limit = alone
			}
			e.weigh(&best, sh.scheme, start, end, true, limit, sur)
		}
	}
	return e.addBest(&best)
}

// dateTime reports whether the groups could be a date and a time of day: 240315-1012 is the name of many files.
func (q *numSeq) dateTime(b []byte, k int) bool {
	if k != 2 || q.ends[1]-q.starts[1] != 4 {
		return false
	}
	id := idOf(b[q.starts[1]:q.ends[1]])
	return timeOfDay(id.num(0, 4))
}

// sepsMatch compares separators with those of a shape.
func sepsMatch(want, got []byte) bool {
	gap := byte(0)
	for i, w := range want {
		switch c := got[i]; w {
		case '~':
			if c == '/' || gap != 0 && gap != c {
				return false
			}
			gap = c
		case '_':
			if c != ' ' {
				return false
			}
		default:
			if c != w {
				return false
			}
		}
	}
	return true
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

// keyTopics takes the topics from the name before a '=' alone, if the number stands behind one: what else the line says
// is about other values.
func (e *engine) keyTopics(start int, sur *surround) {
	b := e.b
	j := start
	for n := 0; n < 3 && j > 0 && (isQuote(b[j-1]) || b[j-1] == ' '); n++ {
		j--
	}
	if j < 2 || b[j-1] != '=' {
		return
	}
	j--
	for n := 0; n < 3 && j > 0 && (isQuote(b[j-1]) || b[j-1] == ' ' || b[j-1] == ']' || b[j-1] == ':'); n++ {
		j--
	}
	k := j
	for k > 0 && j-k < maxKey && (is(b[k-1], chKey) || b[k-1] >= 0x80) {
		k--
	}
	if k == j {
		return
	}
	sur.topics = e.around
	collectTopics(&sur.topics, b[k:j])
	sur.known |= knowsTopics
	sur.keyed = j+1 == start
}

// surround is what stands around a number. It is found out when it is asked for.
type surround struct {
	topics topicSet
	known  uint8 // Which of the fields are.
	isOnly bool
	keyed  bool // A key name and a '=' stand right before the number.
	// refused is set if the number has the shape of a scheme that the text names, and not its check digit: it is no
	// number of another kind, but a wrong one of this.
	refused bool
}

const (
	knowsTopics = 1 << iota
	knowsOnly
)

func (s *surround) topicSet(e *engine, start, end int) *topicSet {
	if s.known&knowsTopics == 0 {
		s.topics = e.topics(start, end)
		s.known |= knowsTopics
	}
	return &s.topics
}

// alone reports whether the number is all there is on its line but for spaces and quotes.
func (s *surround) alone(e *engine, start, end int) bool {
	if s.known&knowsOnly == 0 {
		s.isOnly = e.wholeLine(start, end)
		s.known |= knowsOnly
	}
	return s.isOnly
}

// wholeLine reports whether nothing but spaces, quotes and a comma stand around b[start:end] on its line. The values of
// JSON documents, which are looked at one by one, are no lines.
func (e *engine) wholeLine(start, end int) bool {
	if e.leaf || e.depth > 0 {
		return false
	}
	b := e.b
	lo, hi := e.trimOut(start, end)
	return (lo == 0 || b[lo-1] == '\n' || b[lo-1] == '\r') && (hi == len(b) || b[hi] == '\n' || b[hi] == '\r')
}

// wholeText is wholeLine for the whole text.
func (e *engine) wholeText(start, end int) bool {
	if e.leaf || e.depth > 0 {
		return false
	}
	lo, hi := e.trimOut(start, end)
	return lo == 0 && hi == len(e.b)
}

func (e *engine) trimOut(start, end int) (lo, hi int) {
	const most = 12
	b := e.b
	trivial := func(c byte) bool { return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == ',' || c == '.' }
	lo, hi = start, end
	for lo > 0 && start-lo < most && trivial(b[lo-1]) {
		lo--
	}
	for hi < len(b) && hi-end < most && trivial(b[hi]) {
		hi++
	}
	return lo, hi
}

// candidate is the best scheme so far for a number.
type candidate struct {
	start, end int
	scheme     uint8
	confidence uint8
	bits       ReasonBits
}

// weigh judges b[start:end] by a scheme. limit is the most that the number may claim: anywhere, alone or named.
func (e *engine) weigh(best *candidate, i uint8, start, end int, grouped bool, limit strength, sur *surround) {
	s := &schemeTable[i]
	most := s.plain
	if grouped {
		most = s.grouped
	}
	most = min(most, limit)
	bits := ReasonShape
	confidence := uint8(65)
	switch topics := sur.topicSet(e, start, end); {
	case topics.has(topicScheme + topic(i)):
		bits |= ReasonContext
		confidence = 92
	case s.general != 0 && topics.has(s.general) && s.check != nil:
		bits |= ReasonContext
		confidence = 85
	case most == anywhere && (!topics.has(topicTechnical) || sur.alone(e, start, end)):
		confidence = 75
	case most == named || !sur.alone(e, start, end):
		return
	}
	longer := end-start > best.end-best.start // NO 123 456 789 MVA and what is in it.
	if confidence <= best.confidence && !longer {
		return
	}
	if id := idOf(e.b[start:end]); id.repeats() || bits&ReasonContext == 0 && id.counts() || s.check != nil && !s.check(&id) {
		sur.refused = sur.refused || confidence == 92
		return
	}
	if s.check != nil {
		bits |= ReasonChecksum
	} else {
		confidence -= 17
	}
	if confidence > best.confidence || longer {
		*best = candidate{start, end, i, confidence, bits}
	}
}

// addBest reports what weigh found, if it found something.
func (e *engine) addBest(c *candidate) bool {
	if c.confidence == 0 {
		return false
	}
	e.add(c.start, c.end, schemeTable[c.scheme].typ, ruleScheme(int(c.scheme)), Reason{Bits: c.bits}, c.confidence)
	return true
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
