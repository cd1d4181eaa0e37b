package pii

import (
	"encoding/binary"
	"math/bits"
)

// sieve returns the marks of a block: cur is the block at base, prev and next stand beside it.
func (e *engine) sieve(base int, prev, cur, next *view, m *marks) {
	w, d, a := cur.word, cur.digit, cur.letter
	wn := next.word
	first := w &^ back(w, prev.word, 1) // Words start here.
	mixed := sieveMixed(first, prev, cur, next)
	two, twoN := w&ahead(w, wn, 1), wn&(wn>>1)
	four, fourN := two&ahead(two, twoN, 2), twoN&(twoN>>2)
	eight, eightN := four&ahead(four, fourN, 4), fourN&(fourN>>4)
	m.numbers = e.sieveNumbers(base, first&d, four, prev, cur, next)
	m.long = first & eight & ahead(eight, eightN, 8)
	if capital := first & cur.upper & ahead(a&^cur.upper, next.letter&^next.upper, 1); capital != 0 {
		m.capitalised = e.sieveCapitalised(base, capital, w)
	}
	m.mixed = mixed & four // Shorter ones are not in mixedLens.
	m.hits = e.sieveWords(base, first&(mixed|^d), w, wn)
	m.words = m.numbers | m.capitalised | m.mixed | m.long | m.hits

	sym := cur.symbol
	if before := cur.before; before != 0 {
		sym |= e.sieveBefore(base, before)
	}
	if dash := cur.dash; dash != 0 {
		sym |= e.sieveDashes(base, dash, prev, cur, next)
	}
	dot, colon, equals := cur.dot, cur.colon, cur.equals
	if dot|colon|equals != 0 {
		sym |= sieveDots(dot, prev, cur, next)
		sym |= sieveColons(colon, prev, cur, next)
		sym |= e.sieveTails(base, dot, colon, equals, prev, cur, next)
	}
	m.symbols = sym
}

// place returns the index of the only bit that is set (de Bruijn; Knuth, The Art of Computer Programming 4A, 7.1.3). On
// processors before x86-64-v3 it is faster than bits.TrailingZeros64.
func place(low uint64) int { return int(places[low*deBruijn>>58]) }

const deBruijn = 0x03f79d71b4ca8b09

var places = func() (t [64]uint8) {
	for i := range uint8(64) {
		t[uint64(deBruijn)<<i>>58] = i
	}
	return t
}()

// sieveWords keeps the words that begin like one of interest. None of interest is a number.
func (e *engine) sieveWords(base int, first, w, wn uint64) (hits uint64) {
	if base+blockSpan+8 > len(e.b) {
		return e.sieveLastWords(base, first)
	}
	const inside = 1<<(blockSpan-4) - 1 // Words whose keys are told by this block.
	blk := (*[blockSpan + 8]byte)(e.b[base:])
	last := first &^ inside
	for first &= inside; first != 0; first &= first - 1 {
		low := first & -first
		i := place(low) & 63
		text := binary.LittleEndian.Uint64(blk[i:])
		at := w >> i
		h := shortHash(uint32(text) & shortMask[at&15]) //nolint:gosec // The lower half.
		f := starts.short[h>>22]
		g := longHash((text | 0x2020202020202020) & longMask[at&31])
		if f&(1<<(h>>16&63)) != 0 && f&(1<<(h>>10&63)) != 0 {
			hits |= low
		} else if f = starts.long[g>>22]; f&(1<<(g>>16&63)) != 0 && f&(1<<(g>>10&63)) != 0 {
			hits |= low
		}
	}
	for ; last != 0; last &= last - 1 {
		low := last & -last
		i := place(low) & 63
		text := binary.LittleEndian.Uint64(blk[i:])
		if at := w>>i | wn<<(64-i); starts.has(shortKey(uint32(text), at), longKey(text, at)) { //nolint:gosec // The lower half.
			hits |= low
		}
	}
	if hits != 0 {
		return e.sieveHits(base, hits)
	}
	return 0
}

// sieveHits keeps the words at which something of interest stands, of those that begin like it.
func (e *engine) sieveHits(base int, hits uint64) (cand uint64) {
	for ; hits != 0; hits &= hits - 1 {
		low := hits & -hits
		if e.begins(base + place(low)) {
			cand |= low
		}
	}
	return cand
}

// sieveLastWords is sieveWords for a block at the end of the text.
func (e *engine) sieveLastWords(base int, first uint64) (hits uint64) {
	for ; first != 0; first &= first - 1 {
		low := first & -first
		if i := base + place(low); i < len(e.b) && e.begins(i) {
			hits |= low
		}
	}
	return hits
}

// sieveNumbers keeps the words that start with a digit and may be, or begin, a number of interest: those of fewer than
// nine digits only if a separator and digits follow, and neither a time nor, as far as one can see, a date.
func (e *engine) sieveNumbers(base int, first, four uint64, prev, cur, next *view) (cand uint64) {
	w, wn, d, dn := cur.word, next.word, cur.digit, next.digit
	w1, w2, w3, w4 := ahead(w, wn, 1), ahead(w, wn, 2), ahead(w, wn, 3), ahead(w, wn, 4)
	d3, d4, d5 := ahead(d, dn, 3), ahead(d, dn, 4), ahead(d, dn, 5)
	two := first & w1 &^ w2
	if two&d3&d4 != 0 {
		cand = two & d3 & d4 &^ ahead(cur.colon, next.colon, 2) &^ ahead(cur.colon, next.colon, 5) &^ back(cur.colon, prev.colon, 1)
		// Nor what stands behind a year.
		cand &^= back(cur.dash|cur.dot, prev.dash|prev.dot, 1) & back(d, prev.digit, 2) & back(d, prev.digit, 3)
	}
	three := first & w1 & w2
	cand |= three &^ w3 & d4 & d5
	four &= first
	cand |= four &^ w4 & d5 & ahead(d, dn, 6) & (ahead(d, dn, 7) | ahead(cur.space, next.space, 4))
	b := e.b
	for s := four & w4; s != 0; s &= s - 1 {
		i := base + place(s&-s)
		n := 5
		for i+n < len(b) && n < 9 && isDigit(b[i+n]) {
			n++
		}
		if n == 9 || goesOn(b, i+n) {
			cand |= s & -s
		}
	}
	return cand
}

// sieveMixed keeps the words that have both digits and letters.
func sieveMixed(first uint64, prev, cur, next *view) (cand uint64) {
	d, a, w := cur.digit, cur.letter, cur.word
	edge := d&back(a, prev.letter, 1) | a&back(d, prev.digit, 1) // A digit stands beside a letter.
	// A carry from the start of each word stops at its first edge.
	for m := (w&^edge + first) & edge; m != 0; m &= m - 1 {
		cand |= 1 << (63 - bits.LeadingZeros64(first&(m&-m-1)))
	}
	wn := next.word
	if w>>63&wn&1 != 0 && first != 0 { // The last word goes on in the next block.
		in := wn &^ (wn + 1)
		dn, an := next.digit, next.letter
		edge := dn&back(an, a, 1) | an&back(dn, d, 1)
		if edge&in != 0 || wn == ^uint64(0) {
			cand |= 1 << (63 - bits.LeadingZeros64(first))
		}
	}
	return cand
}

// sieveCapitalised keeps the capitalised words that something goes with which makes a name of them: a further capital, a
// particle or the rest of the word behind them, or an initial before.
func (e *engine) sieveCapitalised(base int, capital, w uint64) (cand uint64) {
	b := e.b
	for s := capital; s != 0; s &= s - 1 {
		low := s & -s
		i := place(low)
		rest := ^w &^ (low - 1)
		if rest == 0 { // The word goes on in the next block.
			cand |= low
			continue
		}
		j := base + place(rest&-rest)
		i += base
		if j+2 >= len(b) || i < 2 || b[i-1] == ' ' && (b[i-2] == '.' || b[i-2] == 'm' || b[i-2] == '/') {
			cand |= low
			continue
		}
		ok := false
		switch c, n := b[j], b[j+1]; c {
		case ' ':
			ok = is(n, chUpper) || n >= 0x80 || particleStarts[n] || isDigit(n) && j-i >= 5 && endsLikeStreet(b, j)
		case '.':
			ok = n == ' ' && isDigit(b[j+2]) && endsLikeStreet(b, j)
		case ',':
			ok = n == ' '
		case '-', '\'':
			ok = true
		default:
			ok = c >= 0x80
		}
		if ok {
			cand |= low
		}
	}
	return cand
}

// particleStarts are the letters that a particle of a name can begin with.
var particleStarts = func() (t [256]bool) {
	for p := range particles {
		t[p[0]] = true
	}
	return t
}()
