package digest

import "slices"

// Shapes become templates by evidence. Two shapes that differ in one word are
// two statements, or one with a word that varies: which of the two is decided
// from all the words that are seen in that place in the same context.

// skeleton hashes what shapes must have in common to be compared: their
// delimiters and where words or values stand.
func skeleton(syms []sym) uint64 {
	h := uint64(len(syms))
	for _, s := range syms {
		if s.slot() {
			s = symWord
		}
		h = mix(h, uint64(s))
	}
	return h
}

// without hashes syms but for places p and q.
func without(syms []sym, p, q int) uint64 {
	h := uint64(mul2)
	for i, s := range syms {
		if i != p && i != q {
			h = mix(h, uint64(s))
		}
	}
	return h
}

// maxPairWork bounds the search for two words that vary together, in shapes
// times pairs of places.
const maxPairWork = 1 << 21

// cluster merges the live leaves that are one template.
func (m *Miner) cluster() {
	var groups [][]int32
	index := map[uint64]int{}
	for i := range m.leaves {
		if m.leaves[i].dead {
			continue
		}
		key := skeleton(m.leaves[i].syms)
		g, ok := index[key]
		if !ok {
			g = len(groups)
			index[key] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], int32(i))
	}
	for _, g := range groups {
		if len(g) > 1 {
			m.clusterGroup(g)
		}
	}
	m.joinLists()
	m.joinHosts()
}

// joinHosts merges a template with localhost:<*> into the one that has <*> in
// its place: a host and its port, of which the other had digits.
func (m *Miner) joinHosts() {
	all := map[uint64]int32{}
	for i := range m.leaves {
		if l := &m.leaves[i]; !l.dead {
			all[without(l.syms, -1, -1)] = int32(i)
		}
	}
	for i := range m.leaves {
		l := &m.leaves[i]
		if l.dead || m.context(l.syms, -1, -1) < 3 {
			continue
		}
		for p := 1; p+2 < len(l.syms); p++ {
			if l.syms[p] < symWord || l.syms[p+1] != symDelim+':' || l.syms[p+2] != symValue || m.words.info(l.syms[p]).class == functionWord {
				continue
			}
			short := slices.Concat(l.syms[:p], l.syms[p+2:])
			if t, ok := all[without(short, -1, -1)]; ok && !m.leaves[t].dead {
				m.merge(t, int32(i))
				break
			}
		}
	}
}

// joinLists merges templates that differ only in how many values stand in a
// row, where the values are words that were found to vary.
func (m *Miner) joinLists() {
	into := map[uint64]int32{}
	var alone []int32
	for i := range m.leaves {
		l := &m.leaves[i]
		if l.dead || m.context(l.syms, -1, -1) < 2 {
			continue
		}
		key, joined := collapsed(l.syms)
		switch t, ok := into[key]; {
		case ok && (joined || m.leaves[t].open != 0 || l.open != 0):
			m.merge(t, int32(i))
		case !ok && (joined || l.open != 0):
			into[key] = int32(i)
		case !ok:
			alone = append(alone, int32(i))
		}
	}
	for _, i := range alone {
		key, _ := collapsed(m.leaves[i].syms)
		if t, ok := into[key]; ok {
			m.merge(t, i)
		}
	}
}

// collapsed hashes a template with values that stand in a row as one, and what
// is repeated around a value, as in "n1 <ok> n2 <ok>", as once. It reports
// whether there was either.
func collapsed(syms []sym) (h uint64, joined bool) {
	h = mul1
	run, inRun := h, false
	for i := 0; i < len(syms); i++ {
		if n := repeated(syms, i); n > 0 {
			i += n - 1
			joined = true
			continue
		}
		s := syms[i]
		switch {
		case s == symValue && inRun:
			h, joined = run, true
			continue
		case s == symValue:
			h = mix(h, valueMark)
			run, inRun = h, true
			continue
		case s.slot() || s >= symSymbol || !joins[byte(s)]:
			inRun = false
		}
		h = mix(h, uint64(s))
	}
	return h, joined
}

// maxPeriod is the longest group of parts whose repetition is noticed.
const maxPeriod = 8

// repeated returns the length of a group of parts that begins at i, has a
// value in it and stands there twice, or 0.
func repeated(syms []sym, i int) int {
	for n := 2; n <= maxPeriod && i+2*n <= len(syms); n++ {
		if slices.Equal(syms[i:i+n], syms[i+n:i+2*n]) && slices.Contains(syms[i:i+n], symValue) {
			return n
		}
	}
	return 0
}

// clusterGroup merges within shapes of one skeleton until nothing changes:
// first those that differ in one place, then in two, then in more.
func (m *Miner) clusterGroup(g []int32) {
	for range 6 {
		before := len(g)
		places := m.varying(g)
		for _, p := range places {
			g = m.mergeAt(g, p.at, -1)
		}
		if len(g) == before && len(g) > 2 && len(g)*len(places)*len(places)/2 <= maxPairWork {
			for a, p := range places {
				for _, q := range places[a+1:] {
					g = m.mergeAt(g, p.at, q.at)
				}
			}
		}
		if len(g) == before && len(g) <= maxPartition {
			m.partition(g, len(m.leaves[g[0]].syms))
			g = m.alive(g)
		}
		g = m.absorb(g)
		if len(g) == before || len(g) < 2 {
			return
		}
	}
}

// absorb merges shapes into templates that differ from them only where words
// were found to vary.
func (m *Miner) absorb(g []int32) []int32 {
	var masks []uint64
	for _, i := range g {
		if mask := m.leaves[i].open; mask != 0 && !slices.Contains(masks, mask) {
			masks = append(masks, mask)
		}
	}
	for _, mask := range masks {
		into := map[uint64]int32{}
		for _, i := range g {
			if m.leaves[i].open == mask {
				into[m.masked(i, mask)] = i
			}
		}
		for _, i := range g {
			l := &m.leaves[i]
			if l.open&mask == mask {
				continue
			}
			if t, ok := into[m.masked(i, mask)]; ok && t != i && fits(m.leaves[t].syms, l.syms) && !m.strange(l, mask) {
				m.merge(t, i)
			}
		}
		g = m.alive(g)
	}
	return g
}

// strange reports whether a shape has another kind of word where a template
// has a variable.
func (m *Miner) strange(l *leaf, mask uint64) bool {
	for p, s := range l.syms[:min(len(l.syms), 64)] {
		if mask>>p&1 == 0 || s < symWord {
			continue
		}
		if info := m.words.info(s); info.class == functionWord && vocabularies[info.text] == 0 {
			return true
		}
	}
	return false
}

// generalise makes place p a variable.
func (l *leaf) generalise(p int) {
	l.syms[p] = symValue
	if p < 64 {
		l.open |= 1 << p
	}
}

// masked hashes the parts of a shape but for the places of a mask. A word with
// digits may be the value of a template that has never seen one there.
func (m *Miner) masked(i int32, mask uint64) uint64 {
	h := uint64(mul1)
	for p, s := range m.leaves[i].syms {
		if p >= 64 || mask>>p&1 == 0 {
			if s >= symWord && m.words.info(s).class == mixedWord {
				s = symValue
			}
			h = mix(h, uint64(s))
		}
	}
	return h
}

func (m *Miner) alive(g []int32) []int32 {
	return slices.DeleteFunc(g, func(i int32) bool { return m.leaves[i].dead })
}

// maxPartition bounds the groups that are partitioned.
const maxPartition = 4096

// partition merges shapes that differ in several places. A group whose
// differing places all look like variables is one template; another is
// divided at the place that has fewest words, for that is most likely to tell
// statements apart, and its parts are looked at in the same way.
func (m *Miner) partition(g []int32, depth int) {
	if len(g) < fewFields || depth == 0 {
		return
	}
	places := m.varying(g)
	if len(places) == 0 {
		return
	}
	syms := m.leaves[g[0]].syms
	constants := 0
	for _, s := range syms {
		if s >= symWord {
			constants++
		}
	}
	for _, p := range places {
		if syms[p.at] >= symWord {
			constants--
		}
	}
	one := constants >= 2 && constants >= len(places)
	for _, p := range places {
		if !one {
			break
		}
		f := m.fillsAt(g, p.at)
		one = f.distinct >= fewOpen && (p.at > 0 || f.distinct >= fewFirst) && f.functions*2 <= f.distinct && f.capitals*2 <= f.distinct
	}
	if one {
		for _, i := range g[1:] {
			m.merge(g[0], i)
		}
		for _, p := range places {
			m.leaves[g[0]].generalise(p.at)
		}
		return
	}
	at := places[len(places)-1].at
	index := map[sym]int{}
	var parts [][]int32
	for _, i := range g {
		s := m.leaves[i].syms[at]
		k, ok := index[s]
		if !ok {
			k = len(parts)
			index[s] = k
			parts = append(parts, nil)
		}
		parts[k] = append(parts[k], i)
	}
	for _, part := range parts {
		m.partition(part, depth-1)
	}
}

// place is one in which shapes differ, and in how many words.
type place struct{ at, words int }

// varying returns the places in which the shapes of g differ, those with most
// words first: they are most likely to be variables.
func (m *Miner) varying(g []int32) []place {
	first := m.leaves[g[0]].syms
	var places []place
	distinct := map[sym]bool{}
	for p, s := range first {
		if !s.slot() {
			continue
		}
		clear(distinct)
		for _, i := range g {
			distinct[m.leaves[i].syms[p]] = true
		}
		if len(distinct) > 1 {
			places = append(places, place{p, len(distinct)})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return b.words - a.words })
	return places
}

// mergeAt merges the shapes of g that differ only in place p (and q, unless
// it is negative), where the words there vary. It returns what is left of g.
func (m *Miner) mergeAt(g []int32, p, q int) []int32 {
	// Most shapes are alone: only those that are not get a list.
	index := make(map[uint64]int32, len(g))
	var buckets [][]int32
	for _, i := range g {
		key := without(m.leaves[i].syms, p, q)
		switch b, ok := index[key]; {
		case !ok:
			index[key] = -1 - i
		case b < 0:
			index[key] = int32(len(buckets))
			buckets = append(buckets, []int32{-1 - b, i})
		default:
			buckets[b] = append(buckets[b], i)
		}
	}
	merged := false
	for _, b := range buckets {
		if q < 0 && !m.variable(b, p) || q >= 0 && !m.pairVaries(b, p, q) {
			continue
		}
		merged = true
		into := b[0]
		for _, i := range b[1:] {
			m.merge(into, i)
		}
		m.leaves[into].generalise(p)
		if q >= 0 {
			m.leaves[into].generalise(q)
		}
	}
	if !merged {
		return g
	}
	return m.alive(g)
}
