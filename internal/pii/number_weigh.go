package pii

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
	k = labelBefore(b, k, j+1 == start)
	sur.topics = e.around
	collectTopics(&sur.topics, b[k:j])
	sur.known |= knowsTopics
	sur.keyed = j+1 == start
}

// labelBefore returns where a label of several words begins whose last word begins at k and stands before a '=': "Medicare
// number = 2123456701". If the '=' is glued to its key, nothing else may stand before on the line.
func labelBefore(b []byte, k int, glued bool) int {
	j := k
	for j > 0 && k-j < 40 && (isTopicByte(b[j-1]) || b[j-1] == ' ' || b[j-1] == '.') {
		j--
	}
	if j == k || j > 0 && (b[j-1] == '=' || isDigit(b[j-1]) || glued && b[j-1] != '\n' || k-j == 40) {
		return k
	}
	return j
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
	case most == anywhere && (s.typ != NationalId || !topics.has(topicPhone)) && (!topics.has(topicTechnical) || sur.alone(e, start, end)):
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
