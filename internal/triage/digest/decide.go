package digest

import "strings"

// fills sums up the words in one place of shapes that are otherwise alike.
type fills struct {
	distinct                                                   int
	values, mixed, identifiers, capitals, functions, singleton int
	accounts                                                   int
	lines                                                      int64
	vocabulary                                                 uint8 // those that have all the words
}

func (m *Miner) fillsAt(b []int32, p int) fills {
	f := fills{vocabulary: 0xff}
	seen := map[sym]bool{}
	for _, i := range b {
		l := &m.leaves[i]
		f.lines += l.count
		if l.count == 1 {
			f.singleton++
		}
		s := l.syms[p]
		if seen[s] {
			continue
		}
		seen[s] = true
		f.distinct++
		if s == symValue {
			f.values++
			f.vocabulary = 0
			continue
		}
		info := m.words.info(s)
		if info.class == mixedWord && protocol(info.text) {
			info.class = capitalWord
		}
		if accounts[info.text] {
			f.accounts++
		}
		f.vocabulary &= vocabularies[info.text]
		switch info.class {
		case mixedWord:
			f.mixed++
		case identifierWord:
			f.identifiers++
		case capitalWord:
			f.capitals++
		case functionWord:
			f.functions++
		}
	}
	return f
}

// context counts the words that shapes share around places p and q.
func (m *Miner) context(syms []sym, p, q int) (constants int) {
	for i, s := range syms {
		if i != p && i != q && s >= symWord {
			constants++
		}
	}
	return constants
}

// How many distinct words a place needs to count as a variable.
const (
	fewNames   = 2 // after a word that announces a name
	fewOpen    = 3 // when most words occur once: the next line would bring another
	fewFields  = 5 // after = or :, and for identifiers
	fewWords   = 6 // of plain words that repeat
	fewFirst   = 8 // for the first word of a sentence, where it repeats or varies together with others
	manyStates = 24
)

// variable decides whether the words in place p of the shapes b, which are
// alike elsewhere, are values of one variable.
func (m *Miner) variable(b []int32, p int) bool {
	f := m.fillsAt(b, p)
	syms := m.leaves[b[0]].syms
	constants := m.context(syms, p, -1)
	named := f.distinct - f.values - f.mixed // words without digits
	if constants == 0 {
		return f.values+f.mixed == f.distinct && len(syms) > 1
	}
	if f.values+f.mixed == f.distinct {
		return true
	}
	if f.values+f.mixed > 0 {
		// A value was seen here, so words here are values: unless they are
		// the words of another sentence.
		return f.functions*2 <= named
	}
	if f.vocabulary != 0 && f.distinct >= fewNames && constants >= fewNames {
		return true
	}
	if constants >= 2 && f.distinct >= fewOpen && quotedAlone(syms, p) {
		return true // whatever the words are
	}
	if constants >= 3 && f.distinct >= fewOpen && f.functions+f.capitals == 0 && p > 0 && syms[p-1] == symDelim+'[' && p+1 < len(syms) && syms[p+1] == symDelim+']' {
		return true // "[sda]", and not "[OK]"
	}
	if f.functions*2 > f.distinct {
		return f.distinct >= manyStates
	}
	if f.capitals*2 > f.distinct {
		return f.distinct >= manyStates || f.singleton*2 > len(b) && f.distinct >= fewWords
	}
	need := fewWords
	prev := sym(0)
	if p > 0 {
		prev = syms[p-1]
	}
	quoted := prev == symDelim+'"' || prev == symDelim+'\''
	field := prev == symDelim+'=' || prev == symDelim+':'
	next := sym(0)
	if p+1 < len(syms) {
		next = syms[p+1]
	}
	switch {
	case f.functions == 0 && m.announced(syms, p), f.accounts == f.distinct && m.preposition(syms, p):
		need = fewNames
	case f.identifiers == f.distinct && m.preposition(syms, p):
		need = fewOpen
	case f.functions == 0 && next == symDelim+')' && (prev == symDelim+'(' || prev == symDelim+','):
		need = fewOpen
	case f.singleton*5 >= len(b)*3:
		need = fewOpen
		if constants == 1 {
			need = fewFields
		}
	case quoted || field || f.identifiers*2 > f.distinct:
		need = fewFields
	}
	if p == 0 {
		// What begins a sentence is mostly a constant.
		need = max(need, fewWords)
		if f.singleton*2 < len(b) {
			need = max(need, fewFirst)
		}
	}
	return f.distinct >= need
}

// protocol reports whether a word with digits is one such as SOCKS5 or HTTP2:
// capitals and one number behind them. Beside words it is one, and beside values
// a value as others are.
func protocol(stem string) bool {
	n := len(stem) - 1
	return n >= 4 && stem[n] == '0' && strings.Trim(stem[:n], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// quotedAlone reports whether the word in place p is all that its quotes hold.
func quotedAlone(syms []sym, p int) bool {
	if p == 0 || p+1 >= len(syms) || syms[p-1] != syms[p+1] {
		return false
	}
	switch syms[p-1] {
	case symDelim + '\'', symDelim + '"', symDelim + '`':
		return true
	}
	return false
}

// preposition reports whether a word such as "for" or "by" stands before place p.
func (m *Miner) preposition(syms []sym, p int) bool {
	if p == 0 || syms[p-1] < symWord {
		return false
	}
	switch m.words.info(syms[p-1]).text {
	case "for", "by", "from", "of", "to", "as", "user":
		return true
	}
	return false
}

// announced reports whether the word before place p says that a name follows.
func (m *Miner) announced(syms []sym, p int) bool {
	i := p - 1
	if i >= 0 && (syms[i] == symDelim+'\'' || syms[i] == symDelim+'"' || syms[i] == symDelim+'[') {
		i--
	}
	if i < 0 || syms[i] < symWord {
		return false
	}
	return announcing[strings.ToLower(m.words.info(syms[i]).text)]
}

// pairVaries decides whether shapes that differ in two places are one
// template with two variables that vary together.
func (m *Miner) pairVaries(b []int32, p, q int) bool {
	fp, fq := m.fillsAt(b, p), m.fillsAt(b, q)
	syms := m.leaves[b[0]].syms
	constants := m.context(syms, p, q)
	slots := 0
	for _, s := range syms {
		if s.slot() {
			slots++
		}
	}
	if constants < 2 || constants*3 < slots || fp.distinct < 2 || fq.distinct < 2 {
		return false
	}
	for _, f := range []fills{fp, fq} {
		if f.functions*2 > f.distinct || f.capitals*2 > f.distinct {
			return false
		}
	}
	valued := func(f fills) bool { return (f.values+f.mixed)*2 > f.distinct }
	if valued(fp) && valued(fq) {
		return true
	}
	if fp.distinct < 3 || fq.distinct < 3 || p == 0 && fp.distinct < fewFirst {
		return false
	}
	return fp.singleton*2 >= len(b) && len(b) >= fewFields || len(b) >= 2*fewWords
}
