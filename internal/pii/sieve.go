package pii

import (
	"encoding/binary"
	"math/bits"
)

// sieve returns the marks of a block: cur is the block at base, prev and next stand beside it. But for the rest of the last
// word it needs no more than shapeBefore bytes before the block and shapeBehind behind it, and in an engine that is blind
// it does not ask which digit a digit is: a memo holds what it says for other texts (TestAMemoLosesNothing).
func (e *engine) sieve(base int, prev, cur, next *view, m *marks) {
	w, d, a := cur.word, cur.digit, cur.letter
	wn := next.word
	first := w &^ back(w, prev.word, 1) // Words start here.
	two, twoN := w&ahead(w, wn, 1), wn&(wn>>1)
	four, fourN := two&ahead(two, twoN, 2), twoN&(twoN>>2)
	eight, eightN := four&ahead(four, fourN, 4), fourN&(fourN>>4)
	words := first &^ d
	if mixed := sieveMixed(first, prev, cur, next); mixed != 0 {
		words |= mixed
		if mixed &= four; mixed != 0 { // There is nothing to find in shorter ones.
			m.mixed = e.sieveShapes(base, mixed, cur, next)
		}
	}
	if numbers := first & d & two; numbers != 0 {
		m.numbers = e.sieveNumbers(base, numbers, prev, cur, next)
	}
	if long := first & eight & ahead(eight, eightN, 8); long != 0 {
		m.long = e.sieveLong(long, cur, next)
	}
	if capital := first & cur.upper & ahead(a&^cur.upper, next.letter&^next.upper, 1); capital != 0 {
		m.capitalised = e.sieveCapitalised(base, capital, w, wn)
	}
	long, brief := words&four, words&^four
	if e.blind {
		near := d | ahead(d, next.digit, 1) | ahead(d, next.digit, 2) | ahead(d, next.digit, 3)
		m.again[0] = long & (near | ahead(d, next.digit, 4))
		m.again[1] = brief & near
		long, brief = long&^m.again[0], brief&^m.again[1]
	}
	m.hits = e.sieveWords(base, long, brief)
	m.words = m.numbers | m.capitalised | m.mixed | m.long | m.hits

	sym := cur.symbol
	if before := cur.before; before != 0 {
		sym |= e.sieveBefore(base, before)
	}
	if cur.dash != 0 {
		sym |= e.sieveDashes(base, prev, cur, next)
	}
	if cur.dot != 0 {
		sym |= sieveDots(prev, cur, next)
	}
	if cur.colon != 0 {
		sym |= sieveColons(prev, cur, next)
	}
	if cur.dot|cur.colon|cur.equals != 0 {
		sym |= e.sieveTails(base, prev, cur, next)
	}
	m.symbols = sym
}

// sieveWords keeps the words that begin like one of interest: of at least four bytes, and of fewer. None of interest is a
// number.
func (e *engine) sieveWords(base int, long, brief uint64) (hits uint64) {
	if base+blockSpan+8 > len(e.b) {
		return e.sieveHits(base, long|brief)
	}
	blk := (*[blockSpan + 8]byte)(e.b[base:])
	for ; long != 0; long &= long - 1 {
		low := long & -long
		text := binary.LittleEndian.Uint64(blk[place(low)&63:])
		f := starts.long[longIndex(text|fold)]
		if (f>>shortBit(text)|f>>longBit(text|fold))&1 != 0 {
			hits |= low
		}
	}
	for ; brief != 0; brief &= brief - 1 {
		low := brief & -brief
		h := briefHash(binary.LittleEndian.Uint64(blk[place(low)&63:]) | fold)
		if starts.brief[h>>24]>>(h>>18&63)&1 != 0 {
			hits |= low
		}
	}
	if hits != 0 {
		return e.sieveHits(base, hits)
	}
	return 0
}

// sieveHits keeps the words at which something of interest stands.
func (e *engine) sieveHits(base int, hits uint64) (cand uint64) {
	b := e.b
	for ; hits != 0; hits &= hits - 1 {
		low := hits & -hits
		i := base + place(low)
		if i >= len(b) {
			break
		}
		if starts.begins(b, i, leading(b[i:])|fold, e.blind) {
			cand |= low
		}
	}
	return cand
}

// sieveNumbers keeps the words that start with two digits and may be, or begin, a number of interest: those of fewer than
// nine digits only if a separator and digits follow, and neither a time nor, as far as one can see, a date.
func (e *engine) sieveNumbers(base int, first uint64, prev, cur, next *view) (cand uint64) {
	w, wn, d, dn := cur.word, next.word, cur.digit, next.digit
	w2, w3, w4 := ahead(w, wn, 2), ahead(w, wn, 3), ahead(w, wn, 4)
	d3, d4, d5 := ahead(d, dn, 3), ahead(d, dn, 4), ahead(d, dn, 5)
	first &= ahead(d, dn, 1)
	if glued := first & back(cur.dash|cur.dot, prev.dash|prev.dot, 1); glued != 0 { // The month of a date, the second byte of an address.
		first &^= glued & back(d, prev.digit, 2) & back(w, prev.word, 3)
	}
	two := first &^ w2 & d3 & d4
	two &^= ahead(cur.colon, next.colon, 2)
	if two != 0 {
		two &^= ahead(cur.colon, next.colon, 5) | back(cur.colon, prev.colon, 1)&^back(cur.letter, prev.letter, 2)
	}
	first &= ahead(d, dn, 2)
	three := first &^ w3 & d4 & d5
	first &= d3
	four := first &^ w4 & d5
	if four != 0 {
		space := ahead(cur.space, next.space, 4)
		four &= ahead(d, dn, 6)&(ahead(d, dn, 7)|space) | space&ahead(cur.space, next.space, 6)&ahead(d, dn, 7)
	}
	b := e.b
	for s := two | three | four; s != 0; s &= s - 1 {
		low := s & -s
		n := 2
		if low&two == 0 {
			n = 3
			if low&three == 0 {
				n = 4
			}
		}
		if i := base + place(low) + n; i >= len(b) || joins(b[i]) && !isFraction(b, i) {
			cand |= low
		}
	}
	for s := first & w4; s != 0; s &= s - 1 {
		low := s & -s
		k := place(low)
		digits := d>>k | dn<<(blockSpan-k)
		i, n := base+k, place((digits+1)&^digits)
		if n > 8 || goesOn(b, i+n) && !isClock(b, i, i+n) {
			cand |= low
		}
	}
	return cand
}

// isFraction reports whether a dot and digits stand at i, and behind them nothing that goes on with the number, or with a
// pair of coordinates.
func isFraction(b []byte, i int) bool {
	if b[i] != '.' {
		return false
	}
	i = run(b, i+1, i+24, chDigit)
	return i < len(b) && !joins(b[i]) && b[i] != ','
}

// isClock reports whether b[start:end] is the whole part of seconds as the Linux kernel writes them: [ 1234.567890].
func isClock(b []byte, start, end int) bool {
	if b[end] != '.' || start < 2 || b[start-1] != '[' && (b[start-1] != ' ' || b[start-2] != ' ' && b[start-2] != '[') {
		return false
	}
	end = run(b, end+1, end+8, chDigit)
	return end < len(b) && b[end] == ']'
}

// sieveMixed returns the words that have both digits and letters.
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

// sieveShapes keeps the words that mixed may find something in, of those of at least four bytes that have both digits and
// letters.
func (e *engine) sieveShapes(base int, mixed uint64, cur, next *view) (cand uint64) {
	b := e.b
	for s := mixed; s != 0; s &= s - 1 {
		low := s & -s
		k := place(low)
		word := cur.word>>k | next.word<<(blockSpan-k)
		i := base + k
		if ^word == 0 || i+8 > len(b) { // It is longer than what is seen of it.
			cand |= low
			continue
		}
		word &^= word + 1 // Without the words behind it.
		n := place(word + 1)
		digits := (cur.digit>>k | next.digit<<(blockSpan-k)) & word
		ok := digits&15 == 12 // The country and the check digits of an IBAN.
		hex := word&^(cur.hex>>k|next.hex<<(blockSpan-k)) == 0
		switch {
		case n >= 25 && hex:
			ok = ok || n >= 32 && i > 0 && (b[i-1] == '*' || b[i-1] == ':')
		case n >= 25: // Of base64 a part is no wallet.
			ok = ok || !inBase64(b, i, i+n) || b[i] == '0' && b[i+1] == 'x' || b[i] == 'm' || n == 34 && b[i] == 'S'
		case n == 12 && hex && (i < 6 || b[i-1] != '-' || b[i-6] != '-'): // A MAC address, and not the end of a UUID.
			ok = true
		default:
			ok = ok || n == 17 || n >= 23 && i+n < len(b) && b[i+n] == '.' || fitsShape(b, i, n, digits) || serialBefore(b, i)
		}
		if ok {
			cand |= low
		}
	}
	return cand
}

// inBase64 reports whether b[start:end] is a word of a longer run of base64, for it has a '/' or a '+' at one of its sides.
func inBase64(b []byte, start, end int) bool {
	return start > 0 && (b[start-1] == '/' || b[start-1] == '+') || end+1 < len(b) && (b[end] == '/' || b[end] == '+') && isWord(b[end+1])
}

// serialBefore reports whether the end of "S/N" may stand before i.
func serialBefore(b []byte, i int) bool {
	j := i
	for j > 0 && i-j < 3 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '(' || b[j-1] == '#') {
		j--
	}
	return j < i && j > 1 && b[j-2] == '/'
}

// sieveLong keeps the words that have letters of both cases, as base64 of text does.
func (e *engine) sieveLong(long uint64, cur, next *view) (cand uint64) {
	for s := long; s != 0; s &= s - 1 {
		low := s & -s
		k := place(low)
		word := cur.word>>k | next.word<<(blockSpan-k)
		word &^= word + 1
		upper := cur.upper>>k | next.upper<<(blockSpan-k)
		if ^word == 0 || upper&word != 0 && (cur.letter>>k|next.letter<<(blockSpan-k))&^upper&word != 0 {
			cand |= low
		}
	}
	return cand
}

// sieveCapitalised keeps the capitalised words that something goes with which makes a name of them: a further capital, a
// particle or the rest of the word behind them, or an initial before.
func (e *engine) sieveCapitalised(base int, capital, w, wn uint64) (cand uint64) {
	b := e.b
	for s := capital; s != 0; s &= s - 1 {
		low := s & -s
		i := place(low)
		rest, j := ^w&^(low-1), base
		if rest == 0 { // The word goes on in the next block.
			rest, j = ^wn, base+blockSpan
		}
		if rest == 0 {
			cand |= low
			continue
		}
		j += place(rest & -rest)
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
