package pii

import (
	"encoding/binary"
	"math/bits"
	"sync"
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
	if i >= limit {
		e.i = max(e.i, limit, next)
		return
	}
	w := workspaces.Get().(*workspace) //nolint:forcetypeassert // It holds nothing else.
	defer workspaces.Put(w)
	t.behind(b, i, &w.last)
	pl := &w.views
	for ; i < limit; i += chunk * blockSpan {
		n := min(chunk, (limit-i+blockSpan-1)/blockSpan)
		classify(t, b, i, pl[:n+1])
		prev := &w.last
		for k := range n {
			base := i + k*blockSpan
			var m marks
			e.sieve(base, prev, &pl[k], &pl[k+1], &m)
			prev = &pl[k]
			for c := m.words | m.symbols; c != 0; c &= c - 1 {
				low := c & -c
				p := base + place(low)
				if p < next {
					continue
				}
				if p >= limit {
					e.i = max(e.i, limit, next)
					return
				}
				if m.symbols&low != 0 {
					next = e.symbol(b[p], p)
				} else {
					next = e.marked(p, &m, low)
				}
				limit = e.stop
				for next < limit && isWord(b[next]) && isWord(b[next-1]) && (next != p+1) { // A word starts behind an escape.
					next = e.visit(next)
					limit = e.stop
				}
			}
		}
		w.last = *prev
	}
	e.i = max(e.i, limit, next)
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
}

const _ = uint(minEncoded - 16) // Words of 16 bytes are long for sieve.

// marked does what visit does at the word at i, as far as m says that it needs doing; low is the bit of i.
func (e *engine) marked(i int, m *marks, low uint64) int {
	b := e.b
	j := i + 1
	if (m.numbers|m.mixed|m.long|m.capitalised)&low != 0 {
		cl := charTab[b[i]]
		seen := cl
		for j < len(b) && charTab[b[j]]&chWord != 0 {
			seen |= charTab[b[j]]
			j++
		}
		e.shaped(i, j, cl, seen)
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
	if starts.has(wordKeys(b, i)) {
		e.word(i)
	}
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

// sieveBefore keeps what may begin a telephone number, the arguments of a function, an account's number or a time.
func (e *engine) sieveBefore(base int, before uint64) (cand uint64) {
	b := e.b
	for s := before; s != 0; s &= s - 1 {
		i := base + place(s&-s)
		if i+4 >= len(b) {
			cand |= s
			break
		}
		n := b[i+1]
		ok := false
		switch b[i] {
		case '(':
			ok = isDigit(n) && isDigit(b[i+2]) || isQuote(n) || n == 'u' && b[i+2] == 'i' || n == 't' && b[i+2] == 'o'
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

// sieveDots keeps the dots that may be the first of an address or a number.
func sieveDots(dot uint64, prev, cur, next *view) (cand uint64) {
	d, dp, dn := cur.digit, prev.digit, next.digit
	nextDot := next.dot
	back1 := back(d, dp, 1)
	between := dot & back1 & ahead(d, dn, 1)
	// Three dots at most four bytes apart, or two that are four apart with three digits before.
	inNext := nextDot & back(dn, d, 1) // Of the next block, whatever follows.
	four := ahead(between, inNext, 4)
	one := between & (ahead(between, inNext, 2) | ahead(between, inNext, 3) | four)
	cand = one & (four | ahead(between, inNext, 5) | ahead(between, inNext, 6) | ahead(between, inNext, 7) | ahead(between, inNext, 8))
	cand |= between & four & back(d, dp, 2) & back(d, dp, 3)
	h, hp := cur.hex, prev.hex
	return cand | dot&ahead(dot, nextDot, 5)&back(h, hp, 1)&back(h, hp, 2)&back(h, hp, 3)&back(h, hp, 4)
}

// sieveTails keeps the separators that a key name of interest may stand before, and the dots that the suffix of a host
// may stand behind.
func (e *engine) sieveTails(base int, dot, colon, equals uint64, prev, cur, next *view) (cand uint64) {
	b := e.b
	w, d, a, ap := cur.word, cur.digit, cur.letter, prev.letter
	sep := colon | equals
	// Before '=' may stand the rest of an operator, or of a declaration.
	cand = equals &^ back(w|equals, prev.word|prev.equals, 1)
	cand |= sep & back(cur.dash|dot, prev.dash|prev.dot, 1)
	// Digits at the end of a key name: a carry runs from the digit behind a letter to what stands behind the last one.
	from := d&back(a, ap, 1) | d&1&(prev.digit>>63)
	cand |= sep & ((d+from)&^d | prev.digit>>63)
	for s := colon & back(cur.space, prev.space, 1); s != 0; s &= s - 1 {
		low := s & -s
		i := base + place(low)
		if i > 3 && isQuote(b[i-1]) && isLetter(b[i-2]) && !tails.has(b[i-4], b[i-3], b[i-2], 0) {
			continue
		}
		cand |= low
	}
	heads := dot & ahead(a, next.letter, 1)
	rest := sep&back(a, ap, 1) | heads
	if base < 3 || base+blockSpan+3 > len(b) {
		return cand | rest
	}
	blk := (*[blockSpan + 6]byte)(b[base-3:])
	for ; rest != 0; rest &= rest - 1 {
		low := rest & -rest
		i := place(low)
		head := uint(heads >> (i & 63) & 1)
		at := blk[uint(i)&63+head*4:]
		if tails.has(at[0], at[1], at[2], head) && (head != 0 || longTail(b[:base+i])) {
			cand |= low
		}
	}
	return cand
}

// longTail reports whether a key name may end with text, whose last three bytes are those of one: if the last five are
// small letters, a longer word must end like them, for a short one begins a word.
func longTail(text []byte) bool {
	if len(text) < 8 {
		return true
	}
	v := binary.LittleEndian.Uint64(text[len(text)-8:])
	if v>>16&0xff == '\\' { // The first of them is of an escape.
		return true
	}
	v >>= 24
	const ones = 0x0101010101
	if v&(0x80*ones) != 0 || (v+ones*(0x7f-'z'))&(0x80*ones) != 0 || (v+ones*(0x80-'a'))&(0x80*ones) != 0x80*ones {
		return true
	}
	return hasBits(&longTails, longHash(v)) != 0 || tails.has(text[len(text)-3], text[len(text)-2], text[len(text)-1], 2)
}

// sieveDashes keeps what may begin a PEM block, a MAC address or a command-line flag.
func (e *engine) sieveDashes(base int, dash uint64, prev, cur, next *view) (cand uint64) {
	n := next.dash
	l, ln := cur.letter, next.letter
	cand = dash & ahead(dash, n, 1) & ahead(dash, n, 2) & ahead(dash, n, 3) & ahead(dash, n, 4) & ahead(l, ln, 5)
	cand |= dash & ahead(dash, n, 3) & ahead(dash, n, 6) & ahead(dash, n, 9) & ahead(dash, n, 12)
	flag := back(cur.space|cur.before|cur.symbol, prev.space|prev.before|prev.symbol, 1)
	if base == 0 {
		flag |= 1
	}
	return cand | dash&flag&ahead(dash|l, n|ln, 1)
}

// sieveColons keeps the colons that may begin an address or stand in "://".
func sieveColons(colon uint64, prev, cur, next *view) (cand uint64) {
	n := next.colon
	d, dn := cur.digit, next.digit
	plain := ^(cur.word | cur.space | cur.symbol)
	plainNext := ^(next.word | next.space | next.symbol)
	cand = colon & ahead(plain, plainNext, 1) & ahead(plain, plainNext, 2)                                     // URL
	cand |= colon & ahead(colon, n, 3) & ahead(colon, n, 6) & ahead(colon, n, 9) & ahead(colon, n, 12)         // MAC
	cand |= colon & back(d, prev.digit, 1) & ahead(cur.upper, next.upper, 1) & ahead(cur.upper, next.upper, 2) // Telegram.
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
	h, hn := cur.hex, next.hex
	return cand | pair | chain&back(h, prev.hex, 1)&(ahead(h, hn, 1)|ahead(colon, n, 1))
}

// tailSet is three sets of three bytes, without regard to the case of letters.
type tailSet [3 << 9]uint64

// triFold maps letters to 1 to 26, separators in key names to 27 to 29, and other bytes to 0.
var triFold = func() (t [256]uint8) {
	for i := range byte(26) {
		t['a'+i], t['A'+i] = i+1, i+1
	}
	t['_'], t['-'], t['.'] = 27, 28, 29
	return t
}()

// triIndex returns the index of three bytes in set 0, 1 or 2.
func triIndex(x, y, z byte, set uint) uint {
	return set<<15 | uint(triFold[x])<<10 | uint(triFold[y])<<5 | uint(triFold[z])
}

func (t *tailSet) has(x, y, z byte, set uint) bool {
	i := triIndex(x, y, z, set)
	return t[i>>6]>>(i&63)&1 != 0
}

func (t *tailSet) add(x, y, z byte, set uint) {
	i := triIndex(x, y, z, set)
	t[i>>6] |= 1 << (i & 63)
}

// tails holds in set 0 the last three bytes of what classifyKey knows, with the separators that it passes over, and of
// what else may stand before a '=': types of variables, and attribute types of distinguished names. In set 1 it holds the
// first three letters of the suffixes of hosts, and in set 2 the last three of keys of fewer than five letters that may
// stand at the end of a longer word.
var tails = func() *tailSet {
	t := new(tailSet)
	const seps = "_-."
	words := append([]string{"null", "cn", "uid", "ou", "dc"}, typeWords[:]...)
	for _, r := range keyTable[1:] {
		words = append(words, r.word)
	}
	for x := range 256 {
		t.add(byte(x), ',', 'o', 0) //nolint:gosec // Up to 255. The attribute type of one letter.
	}
	for _, w := range words {
		n := len(w)
		z, y := w[n-1], w[n-2]
		if n > 2 {
			t.add(w[n-3], y, z, 0)
		} else {
			for x := range 256 {
				t.add(byte(x), y, z, 0) //nolint:gosec // Up to 255.
			}
		}
		for i := range len(seps) {
			t.add(seps[i], y, z, 0)
			t.add(y, seps[i], z, 0)
			for j := range len(seps) {
				t.add(seps[j], seps[i], z, 0)
			}
		}
	}
	for s := range hostSuffixes {
		t.add(s[0], s[1], s[2], 1)
	}
	for _, r := range keyTable[1:] {
		if n := len(r.word); n > 2 && n < 5 && !r.whole {
			t.add(r.word[n-3], r.word[n-2], r.word[n-1], 2)
		}
	}
	return t
}()

// longTails holds the last five letters of keys.
var longTails = func() (t [1 << 10]uint64) {
	words := typeWords[:]
	for _, r := range keyTable[1:] {
		words = append(words, r.word)
	}
	for _, w := range words {
		if n := len(w); n >= 5 {
			v := uint64(0)
			for i := range 5 {
				v |= uint64(w[n-5+i]) << (8 * i)
			}
			addBits(&t, longHash(v))
		}
	}
	return t
}()
