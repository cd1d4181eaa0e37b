package digest

import (
	"bytes"
	"slices"
)

// cache remembers the leaf of each shape by its hash. It is emptied when it is
// full: what is still needed comes back by itself.
type cache struct {
	keys []uint64
	vals []int32
	n    int
}

func (c *cache) get(key uint64) (int32, bool) {
	if c.keys == nil {
		return 0, false
	}
	for i := key & (cacheSlots - 1); ; i = (i + 1) & (cacheSlots - 1) {
		switch c.keys[i] {
		case key:
			return c.vals[i], true
		case 0:
			return 0, false
		}
	}
}

func (c *cache) put(key uint64, val int32) {
	if c.keys == nil || c.n >= cacheSlots*3/4 {
		c.keys, c.vals, c.n = make([]uint64, cacheSlots), make([]int32, cacheSlots), 0
	}
	for i := key & (cacheSlots - 1); ; i = (i + 1) & (cacheSlots - 1) {
		if c.keys[i] == 0 {
			c.keys[i], c.vals[i] = key, val
			c.n++
			return
		}
	}
}

// find returns the leaf of a line.
func (m *Miner) find(b *block, r *record) int32 {
	if i, ok := m.cache.get(r.hash); ok {
		return m.root(i)
	}
	if m.live >= maxLeaves {
		m.compact()
	}
	msg := b.message(r)
	m.elems = elems(m.elems[:0], msg)
	m.syms = m.syms[:0]
	for _, e := range m.elems {
		m.syms = append(m.syms, m.symOf(msg, e))
	}
	i := m.search()
	if i < 0 {
		i = m.add(b, r, msg)
	}
	m.cache.put(r.hash, i)
	return i
}

func (m *Miner) symOf(msg []byte, e elem) sym {
	switch e.kind {
	case tokDelim:
		return symDelim + sym(e.delim)
	case tokSymbol:
		return symSymbol + sym(e.delim)
	case tokWord, tokMixed:
		return m.words.symOf(msg[e.start:e.end], e.kind == tokMixed)
	}
	return symValue
}

// maxSearch bounds how many templates of one skeleton a new shape is compared with.
const maxSearch = 256

// search looks for a leaf that m.syms fit.
func (m *Miner) search() int32 {
	list := m.tree[skeleton(m.syms)]
	for _, i := range list[max(0, len(list)-maxSearch):] {
		if fits(m.leaves[i].syms, m.syms) {
			return i
		}
	}
	return -1
}

// fits reports whether a template holds a shape of the same skeleton.
func fits(template, shape []sym) bool {
	if len(template) != len(shape) {
		return false
	}
	for i, s := range template {
		if s != shape[i] && (s != symValue || !shape[i].slot()) {
			return false
		}
	}
	return true
}

// root follows merges, and shortens the way for the next time.
func (m *Miner) root(i int32) int32 {
	r := i
	for m.leaves[r].dead {
		r = m.leaves[r].into
	}
	for m.leaves[i].dead {
		i, m.leaves[i].into = m.leaves[i].into, r
	}
	return r
}

// add makes a new leaf of m.syms.
func (m *Miner) add(b *block, r *record, msg []byte) int32 {
	i := int32(len(m.leaves))
	m.leaves = append(m.leaves, leaf{
		syms: slices.Clone(m.syms), side: len(m.sides) - 1, first: m.line, offset: r.offset,
		example: bytes.TrimRight(bytes.Clone(clip(b.textOf(r), maxExample)), "\r"), message: bytes.Clone(clip(msg, maxExample)),
	})
	m.live++
	key := skeleton(m.syms)
	m.tree[key] = append(m.tree[key], i)
	return i
}

// merge moves all that leaf i counted to leaf into, which keeps the example of
// the one that came first.
func (m *Miner) merge(into, i int32) {
	a, b := &m.leaves[into], &m.leaves[i]
	if b.side < a.side || b.side == a.side && b.first < a.first {
		a.example, a.message, a.first, a.offset, a.side = b.example, b.message, b.first, b.offset, b.side
	}
	a.count += b.count
	for s, st := range b.stats {
		if st != nil {
			a.stat(s).add(st, m.sides[s].width)
		}
	}
	*b = leaf{dead: true, into: into}
	m.live--
}

// compact makes room for new shapes: it merges what is one template, then, if
// that is not enough, gives up the rarest shapes that are not severe.
func (m *Miner) compact() {
	m.cluster()
	if m.live > maxLeaves*3/4 {
		var list []int32
		for i := range m.leaves {
			if l := &m.leaves[i]; !l.dead && int32(i) != m.other {
				list = append(list, int32(i))
			}
		}
		severe := make(map[int32]int8, len(list))
		for _, i := range list {
			severe[i] = m.leaves[i].severe()
		}
		slices.SortStableFunc(list, func(a, b int32) int {
			x, y := &m.leaves[a], &m.leaves[b]
			if sx, sy := severe[a], severe[b]; sx != sy {
				return int(sx) - int(sy)
			}
			return int(min(x.count, 1<<20) - min(y.count, 1<<20))
		})
		other := m.otherLeaf()
		for _, i := range list {
			if m.live <= maxLeaves/2 {
				break
			}
			m.merge(other, i)
		}
	}
	m.tree = map[uint64][]int32{}
	for i := range m.leaves {
		if l := &m.leaves[i]; !l.dead {
			key := skeleton(l.syms)
			m.tree[key] = append(m.tree[key], int32(i))
		}
	}
	m.shrink()
}

// severe ranks leaves by how much would be lost with them.
func (l *leaf) severe() int8 {
	level := levelOfText(l.message)
	for _, s := range l.stats {
		if s != nil {
			level = max(level, s.worst())
		}
	}
	if level < LevelError {
		return 0
	}
	return 1
}

// shrink forgets the dead leaves, of which an endless log would have endlessly
// many, unless lines refer to them.
func (m *Miner) shrink() {
	if m.opts.Lines {
		for i, l := range m.lines {
			m.lines[i] = uint32(m.root(int32(l)))
		}
	}
	moved := make([]int32, len(m.leaves))
	kept := m.leaves[:0:0]
	for i := range m.leaves {
		if !m.leaves[i].dead {
			moved[i] = int32(len(kept))
			kept = append(kept, m.leaves[i])
		}
	}
	for i := range m.lines {
		m.lines[i] = uint32(moved[m.lines[i]])
	}
	if m.head >= 0 {
		m.head = moved[m.root(m.head)]
	}
	if m.other >= 0 {
		m.other = moved[m.other]
	}
	m.leaves = kept
	for _, list := range m.tree {
		for i := range list {
			list[i] = moved[list[i]]
		}
	}
	m.cache = cache{}
	m.renumber()
}

// renumber forgets the words that no leaf holds any more.
func (m *Miner) renumber() {
	old := m.words
	m.words = newWords()
	for i := range m.leaves {
		syms := m.leaves[i].syms
		for k, s := range syms {
			if s >= symWord {
				syms[k] = m.words.keep(old.info(s))
			}
		}
	}
}

// otherLeaf returns the leaf of what has no template.
func (m *Miner) otherLeaf() int32 {
	if m.other < 0 {
		m.other = int32(len(m.leaves))
		m.leaves = append(m.leaves, leaf{side: len(m.sides) - 1, first: m.line, message: []byte(mergedShape), example: []byte(mergedShape)})
		m.live++
	}
	return m.other
}

func clip(b []byte, n int) []byte { return b[:min(len(b), n)] }
