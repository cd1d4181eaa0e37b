package pii

import "sync"

// walk looks at b[e.i:limit], block by block. Detectors of what follows a word look back at it.
func (e *engine) walk(limit int) {
	b := e.b
	i := e.i
	e.stop = limit
	fresh := i == e.fresh
	if i > 0 && i < len(b) && !fresh && isWord(b[i-1]) { // In the middle of a word that began before.
		i = run(b, i, len(b), chWord)
	}
	next := i // What stands before has been looked at, or stepped over.
	if i < limit && fresh && isWord(b[i]) {
		next = e.visit(i)
		limit = e.stop
	}
	if i >= limit {
		e.i = max(e.i, limit, next)
		return
	}
	w := workspaces.Get().(*workspace) //nolint:forcetypeassert // It holds nothing else.
	defer workspaces.Put(w)
	behind := -1 // What stands before here is in w.last.
	for i < limit {
		if e.memo != nil && e.memo.pays() {
			from := i
			if i, next, limit = e.walkPieces(i, next, limit); i > from {
				continue
			}
		}
		if behind != i {
			blockBefore(b, i, &w.last)
		}
		n := min(chunk, (limit-i+blockSpan-1)/blockSpan)
		classify(b, i, w.views[:n+1])
		prev := &w.last
		for k := range n {
			var m marks
			e.sieve(i, prev, &w.views[k], &w.views[k+1], &m)
			prev = &w.views[k]
			next, limit = e.look(i, &m, next, limit)
			i += blockSpan
		}
		w.last = *prev
		behind = i
	}
	e.i = max(e.i, limit, next)
}

// look visits the places of a block, or of a piece, that m marks, from next on, as far as limit; the block is at base. It
// returns from where on to look, and how far.
func (e *engine) look(base int, m *marks, next, limit int) (after, lim int) {
	b := e.b
	for c := m.words | m.symbols; c != 0; c &= c - 1 {
		low := c & -c
		p := base + place(low)
		if p < next {
			continue
		}
		if p >= limit {
			break
		}
		if m.symbols&low != 0 {
			next = e.symbol(b[p], p)
		} else {
			next = e.marked(p, m, low)
		}
		limit = e.stop
		for next < limit && isWord(b[next]) && isWord(b[next-1]) && (next != p+1) { // A word starts behind an escape.
			next = e.visit(next)
			limit = e.stop
		}
	}
	return next, limit
}

// workspace is what walk needs besides the engine. It is of no use to the next.
type workspace struct {
	views [chunk + 1]view // Of the blocks that are being looked at.
	last  view            // Of the block before.
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// marks are the places of a block that detectors must see, by what for.
type marks struct {
	symbols     uint64
	words       uint64 // The union of those that follow: places where words start.
	hits        uint64
	numbers     uint64
	mixed       uint64
	long        uint64 // Of at least minEncoded bytes.
	capitalised uint64
	again       [2]uint64 // If digits may be others: words to be looked up with those that there are, as sieveWords takes them.
}

const _ = uint(minEncoded - 16) // Words of 16 bytes are long for sieve.

// marked does what visit does at the word at i, as far as m says that it needs doing; low is the bit of i.
func (e *engine) marked(i int, m *marks, low uint64) int {
	b := e.b
	j := i + 1
	if (m.numbers|m.mixed|m.capitalised)&low != 0 {
		seen := charTab[b[i]]
		for j < len(b) && charTab[b[j]]&chWord != 0 {
			seen |= charTab[b[j]]
			j++
		}
		if m.numbers&low != 0 && numberLens>>min(j-i, 31)&1 != 0 {
			e.number(i, j)
		}
		if m.mixed&low != 0 && seen&chDigit != 0 && seen&(chUpper|chLower) != 0 && mixedLens>>min(j-i, 63)&1 != 0 {
			e.mixed(i, j, seen)
		}
	}
	if m.long&low != 0 {
		e.longWord(i)
	}
	if m.capitalised&low != 0 {
		e.capitalised(i, j)
	}
	if m.hits&low != 0 {
		e.word(i)
	}
	return j
}

// visit looks at the word or symbol at i and returns where to go on. It is right for any i where a word starts, or no
// word goes on.
func (e *engine) visit(i int) int {
	b := e.b
	c := b[i]
	cl := charTab[c]
	if cl&chWord == 0 {
		if cl&chSymbol != 0 {
			return e.symbol(c, i)
		}
		return i + 1
	}
	seen := cl
	j := i + 1
	for j < len(b) && charTab[b[j]]&chWord != 0 {
		seen |= charTab[b[j]]
		j++
	}
	e.shaped(i, j, cl, seen)
	e.word(i)
	return j
}

// shaped calls what looks at a word for its shape: cl is the class of its first byte, seen the union of all.
func (e *engine) shaped(i, j int, cl, seen uint32) {
	if cl&chDigit != 0 && numberLens>>min(j-i, 31)&1 != 0 {
		e.number(i, j)
	}
	if seen&chDigit != 0 && seen&(chUpper|chLower) != 0 && mixedLens>>min(j-i, 63)&1 != 0 {
		e.mixed(i, j, seen)
	}
	if j-i >= minEncoded && seen&chUpper != 0 && seen&chLower != 0 {
		e.longWord(i)
	}
	if cl&chUpper != 0 && j-i > 1 && e.b[i+1] >= 'a' {
		e.capitalised(i, j)
	}
}
