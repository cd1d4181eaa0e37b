package pii

import (
	"encoding/binary"
	"math/bits"
)

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
	t := &lanes[0]
	if e.mode != ModeRaw {
		t = &lanes[1]
	}
	var prev planes
	if i < limit {
		prev = t.behind(b, i)
	}
	pl := &e.planes
	for ; i < limit; i += chunk * blockSpan {
		n := min(chunk, (limit-i+blockSpan-1)/blockSpan)
		t.classify(b, i, pl[:n+1])
		for k := range n {
			base := i + k*blockSpan
			cand := e.sieve(base, &prev, &pl[k], &pl[k+1])
			prev = pl[k]
			for cand != 0 {
				p := base + bits.TrailingZeros64(cand)
				cand &= cand - 1
				if p < next {
					continue
				}
				if p >= limit {
					e.i = max(e.i, limit, next)
					return
				}
				next = e.visit(p)
				limit = e.stop
				for next < limit && isWord(b[next]) && isWord(b[next-1]) { // A word starts behind an escape.
					next = e.visit(next)
					limit = e.stop
				}
			}
		}
	}
	e.i = max(e.i, limit, next)
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
	if cl&chDigit != 0 && numberLens>>min(j-i, 31)&1 != 0 {
		e.number(i, j)
	}
	if seen&chDigit != 0 && seen&(chUpper|chLower) != 0 && mixedLens>>min(j-i, 63)&1 != 0 {
		e.mixed(i, j, seen)
	}
	if j-i >= minEncoded && seen&chUpper != 0 && seen&chLower != 0 {
		e.longWord(i)
	}
	if key := wordKey(b, i, j); starts.has(key) {
		e.word(i, key)
	}
	if cl&chUpper != 0 && j-i > 1 && b[i+1] >= 'a' {
		e.capitalised(i, j)
	}
	return j
}

// sieve returns the places of a block that visit must see: cur is the block at base, prev and next stand beside it.
func (e *engine) sieve(base int, prev, cur, next *planes) (cand uint64) {
	w, d, a := cur.word(), cur.digit(), cur.letter()
	first := w &^ back(w, prev.word(), 1) // Words start here.
	cand = cur.symbol()
	cand |= sieveNumbers(first&d, w, next.word(), d, next.digit())
	cand |= first & cur.upper() & ahead(a&^cur.upper(), next.letter()&^next.upper(), 1) // Capitalised.
	wn := next.word()
	mixed := sieveMixed(first, prev, cur, next)
	cand |= mixed & ahead(w, wn, 1) & ahead(w, wn, 2) & ahead(w, wn, 3) // Shorter ones are not in mixedLens.
	cand |= e.sieveWords(base, first&(mixed|^d), w, wn)

	if before := cur.before(); before != 0 {
		cand |= e.sieveBefore(base, before)
	}
	if dot := cur.dot(); dot != 0 {
		cand |= e.sieveDots(base, dot, prev, cur, next)
	}
	if dash := cur.dash(); dash != 0 {
		cand |= e.sieveDashes(base, dash, prev, cur, next)
	}
	colon, equals := cur.colon(), cur.equals()
	if colon != 0 {
		cand |= sieveColons(colon, prev, cur, next)
	}
	if colon|equals != 0 {
		// Behind '=' may stand the rest of an operator, or of a declaration.
		cand |= equals &^ back(w|equals, prev.word()|prev.equals(), 1)
		cand |= e.sieveKeys(base, colon|equals, prev, cur)
	}
	return cand
}

// wordMask keeps as many bytes of a key as a word has, by which of its first four bytes are of words.
var wordMask = func() (m [16]uint32) {
	for i := range m {
		m[i] = 1<<(8*uint(bits.TrailingZeros8(^uint8(i)))) - 1 //nolint:gosec // 0 to 15.
	}
	return m
}()

// sieveWords keeps the words that begin like one of interest. None of interest is a number.
func (e *engine) sieveWords(base int, first, w, wn uint64) (cand uint64) {
	b := e.b
	if base+blockSpan+3 > len(b) { // At the end of the text a key is cut short.
		for ; first != 0; first &= first - 1 {
			i := base + bits.TrailingZeros64(first)
			if i < len(b) && starts.has(wordKey(b, i, run(b, i, i+4, chWord))) {
				cand |= first & -first
			}
		}
		return cand
	}
	blk := (*[blockSpan + 3]byte)(b[base:])
	for ; first != 0; first &= first - 1 {
		i := bits.TrailingZeros64(first) & 63
		key := binary.LittleEndian.Uint32(blk[i:]) & wordMask[ahead(w, wn, uint(i))&15]
		h := wordHash(key)
		cand |= starts.filter[h>>6&(1<<10-1)] >> (h & 63) & 1 << i
	}
	return cand
}

// sieveNumbers keeps the words that start with a digit and have a length of numberLens; those of fewer than nine bytes
// only if a separator and a digit follow.
func sieveNumbers(first, w, wn, d, dn uint64) (cand uint64) {
	w1, w2, w3, w4 := ahead(w, wn, 1), ahead(w, wn, 2), ahead(w, wn, 3), ahead(w, wn, 4)
	three := first & w1 & w2
	cand = three &^ w3 & ahead(d, dn, 4)
	four := three & w3
	cand |= four &^ w4 & ahead(d, dn, 5) & ahead(d, dn, 6) & ahead(d, dn, 7) & ahead(d, dn, 8)
	long := four & w4
	if numberLens&(1<<5|1<<6|1<<7|1<<8) != 0 {
		return cand | long
	}
	w5, w6, w7, w8 := ahead(w, wn, 5), ahead(w, wn, 6), ahead(w, wn, 7), ahead(w, wn, 8)
	return cand | long&w5&w6&w7&w8
}

// sieveMixed keeps the words that have both digits and letters.
func sieveMixed(first uint64, prev, cur, next *planes) (cand uint64) {
	d, a, w := cur.digit(), cur.letter(), cur.word()
	edge := d&back(a, prev.letter(), 1) | a&back(d, prev.digit(), 1) // A digit stands beside a letter.
	// A carry from the start of each word stops at its first edge.
	for m := (w&^edge + first) & edge; m != 0; m &= m - 1 {
		cand |= 1 << (63 - bits.LeadingZeros64(first&(m&-m-1)))
	}
	wn := next.word()
	if w>>63&wn&1 != 0 && first != 0 { // The last word goes on in the next block.
		in := wn &^ (wn + 1)
		dn, an := next.digit(), next.letter()
		edge := dn&back(an, a, 1) | an&back(dn, d, 1)
		if edge&in != 0 || wn == ^uint64(0) {
			cand |= 1 << (63 - bits.LeadingZeros64(first))
		}
	}
	return cand
}

// sieveLong keeps the words of at least minEncoded bytes with letters of both cases among them.
func sieveLong(first uint64, cur, next *planes) uint64 {
	w, wn := cur.word(), next.word()
	u, un := cur.upper(), next.upper()
	l, ln := cur.letter()&^u, next.letter()&^un
	for n := uint(1); n < minEncoded; n *= 2 {
		// What stands behind the next block may be anything.
		w, wn = w&ahead(w, wn, n), wn&(wn>>n|^uint64(0)<<(64-n))
		u, un = u|ahead(u, un, n), un|un>>n|^uint64(0)<<(64-n)
		l, ln = l|ahead(l, ln, n), ln|ln>>n|^uint64(0)<<(64-n)
	}
	return first & w & u & l
}

// sieveBefore keeps what may begin a telephone number, the arguments of a function, an account's number or a time.
func (e *engine) sieveBefore(base int, before uint64) (cand uint64) {
	b := e.b
	for s := before; s != 0; s &= s - 1 {
		i := base + bits.TrailingZeros64(s)
		if i+4 >= len(b) {
			cand |= s
			break
		}
		n := b[i+1]
		ok := false
		switch b[i] {
		case '(':
			ok = b[i+4] == ')' || isQuote(n) || n == 'u' && b[i+2] == 'i' || n == 't' && b[i+2] == 'o'
		case '[':
			ok = b[i+3] == '/'
		default:
			ok = isDigit(n)
		}
		if ok {
			cand |= s & -s
		}
	}
	return cand
}

// sieveDots keeps the dots that may be the first of an address or a number, or stand before the suffix of a host.
func (e *engine) sieveDots(base int, dot uint64, prev, cur, next *planes) (cand uint64) {
	d, dp, dn := cur.digit(), prev.digit(), next.digit()
	nextDot := next.dot()
	between := dot & back(d, dp, 1) & ahead(d, dn, 1)
	if between != 0 {
		// Three dots at most four bytes apart, or two that are four apart with three digits before.
		inNext := nextDot & back(dn, d, 1) // Of the next block, whatever follows.
		one := between & (ahead(between, inNext, 2) | ahead(between, inNext, 3) | ahead(between, inNext, 4))
		cand = one & (ahead(between, inNext, 4) | ahead(between, inNext, 5) | ahead(between, inNext, 6) |
			ahead(between, inNext, 7) | ahead(between, inNext, 8))
		cand |= between & ahead(dot, nextDot, 4) & back(d, dp, 2) & back(d, dp, 3)
	}
	h, hp := cur.hex(), prev.hex()
	cand |= dot & ahead(dot, nextDot, 5) & back(h, hp, 1) & back(h, hp, 2) & back(h, hp, 3) & back(h, hp, 4)
	b := e.b
	for s := dot & ahead(cur.letter(), next.letter(), 1); s != 0; s &= s - 1 {
		i := base + bits.TrailingZeros64(s) + 1
		if i+3 > len(b) || hostTails.has(b[i], b[i+1], b[i+2]) {
			cand |= s & -s
		}
	}
	return cand
}

// sieveDashes keeps what may begin a PEM block, a MAC address or a command-line flag.
func (e *engine) sieveDashes(base int, dash uint64, prev, cur, next *planes) (cand uint64) {
	n := next.dash()
	l, ln := cur.letter(), next.letter()
	cand = dash & ahead(dash, n, 1) & ahead(dash, n, 2) & ahead(dash, n, 3) & ahead(dash, n, 4) & ahead(l, ln, 5)
	cand |= dash & ahead(dash, n, 3) & ahead(dash, n, 6) & ahead(dash, n, 9) & ahead(dash, n, 12)
	flag := back(cur.space()|cur.before()|cur.symbol(), prev.space()|prev.before()|prev.symbol(), 1)
	if base == 0 {
		flag |= 1
	}
	return cand | dash&flag&ahead(dash|l, n|ln, 1)
}

// sieveColons keeps the colons that may begin an address or stand in "://".
func sieveColons(colon uint64, prev, cur, next *planes) (cand uint64) {
	n := next.colon()
	d, dn := cur.digit(), next.digit()
	plain := ^(cur.word() | cur.space() | cur.symbol())
	plainNext := ^(next.word() | next.space() | next.symbol())
	cand = colon & ahead(plain, plainNext, 1) & ahead(plain, plainNext, 2)                             // URL
	cand |= colon & ahead(colon, n, 3) & ahead(colon, n, 6) & ahead(colon, n, 9) & ahead(colon, n, 12) // MAC
	if n == 0 && colon&(colon-1) == 0 {
		return cand
	}
	// A port behind a host, in a line of fields.
	cand |= colon & ahead(d, dn, 1) & ahead(d, dn, 2) & ahead(d, dn, 3) & ahead(d, dn, 4)
	// IPv6: two colons without a digit between them, or seven.
	pair := colon & ahead(colon, n, 1)
	chain := colon
	if pair|n&(n>>1) == 0 {
		if bits.OnesCount64(colon)+bits.OnesCount64(n) < 7 {
			return cand
		}
		for range 3 {
			chain &= ahead(chain, n, 2) | ahead(chain, n, 3) | ahead(chain, n, 4) | ahead(chain, n, 5)
		}
	}
	h, hn := cur.hex(), next.hex()
	return cand | pair | chain&back(h, prev.hex(), 1)&(ahead(h, hn, 1)|ahead(colon, n, 1))
}

// sieveKeys keeps the separators that a key name of interest may stand before.
func (e *engine) sieveKeys(base int, sep uint64, prev, cur *planes) (cand uint64) {
	b := e.b
	d, a, ap := cur.digit(), cur.letter(), prev.letter()
	// Digits at the end of a key name: a carry runs from the digit behind a letter to what stands behind the last one.
	from := d & back(a, ap, 1)
	from |= d & 1 & (prev.digit() >> 63) // Perhaps.
	cand = sep & ((d + from) &^ d)
	cand |= sep & 1 & (prev.digit() >> 63)
	cand |= sep & back(cur.dash()|cur.dot(), prev.dash()|prev.dot(), 1)
	for s := sep & back(a|cur.space(), ap|prev.space(), 1); s != 0; s &= s - 1 {
		i := base + bits.TrailingZeros64(s)
		if i > 3 && isQuote(b[i-1]) {
			i--
		}
		if i < 3 || !isLetter(b[i-1]) || keyTails.has(b[i-3], b[i-2], b[i-1]) {
			cand |= s & -s
		}
	}
	return cand
}

// triSet is a set of three bytes, without regard to the case of letters; other bytes may be taken for letters.
type triSet [1 << 9]uint64

// triFold maps letters to 1 to 26, separators in key names to 27 to 29, and other bytes to 0.
var triFold = func() (t [256]uint8) {
	for i := range byte(26) {
		t['a'+i], t['A'+i] = i+1, i+1
	}
	t['_'], t['-'], t['.'] = 27, 28, 29
	return t
}()

func triIndex(x, y, z byte) uint32 {
	return uint32(triFold[x])<<10 | uint32(triFold[y])<<5 | uint32(triFold[z])
}

func (t *triSet) has(x, y, z byte) bool {
	i := triIndex(x, y, z)
	return t[i>>6&(1<<9-1)]>>(i&63)&1 != 0
}

func (t *triSet) add(x, y, z byte) {
	i := triIndex(x, y, z)
	t[i>>6] |= 1 << (i & 63)
}

// keyTails holds the last three bytes of what classifyKey knows, with the separators that it passes over, and of what
// else may stand before a '=': types of variables, and attribute types of distinguished names.
var keyTails = func() *triSet {
	t := new(triSet)
	const seps = "_-."
	words := append([]string{"null", "cn", "uid", "ou", "dc"}, typeWords[:]...)
	for _, r := range keyTable[1:] {
		words = append(words, r.word)
	}
	for x := range 256 {
		t.add(byte(x), ',', 'o') //nolint:gosec // Up to 255. The attribute type of one letter.
	}
	for _, w := range words {
		n := len(w)
		z, y := w[n-1], w[n-2]
		if n > 2 {
			t.add(w[n-3], y, z)
		} else {
			for x := range 256 {
				t.add(byte(x), y, z) //nolint:gosec // Up to 255.
			}
		}
		for i := range len(seps) {
			t.add(seps[i], y, z)
			t.add(y, seps[i], z)
			for j := range len(seps) {
				t.add(seps[j], seps[i], z)
			}
		}
	}
	return t
}()

// hostTails holds the first three letters of the suffixes of hosts.
var hostTails = func() *triSet {
	t := new(triSet)
	for s := range hostSuffixes {
		t.add(s[0], s[1], s[2])
	}
	return t
}()
