package pii

import "math/bits"

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
			ok = b[i+3] == '/' || e.mode != ModeRaw // Where there are tokens, it may begin one.
		default:
			ok = isDigit(n) && (n != '0' || e.blind)
		}
		if ok {
			cand |= s & -s
		}
	}
	return cand
}

// sieveDots keeps the dots that may be the first of an address or a number.
func sieveDots(prev, cur, next *view) (cand uint64) {
	dot, nextDot := cur.dot, next.dot
	d, dp, dn := cur.digit, prev.digit, next.digit
	if five := dot & ahead(dot, nextDot, 5); five != 0 { // Of a MAC address: 0123.4567.89ab.
		h, hp := cur.hex, prev.hex
		cand = five & back(h, hp, 1) & back(h, hp, 2) & back(h, hp, 3) & back(h, hp, 4)
	}
	between := dot & back(d, dp, 1) & ahead(d, dn, 1)
	if between == 0 {
		return cand
	}
	// Three dots at most four bytes apart, or two that are four apart with three digits before.
	inNext := nextDot & back(dn, d, 1) // Of the next block, whatever follows.
	four := ahead(between, inNext, 4)
	one := between & (ahead(between, inNext, 2) | ahead(between, inNext, 3) | four)
	if one == 0 {
		return cand
	}
	cand |= one & (four | ahead(between, inNext, 5) | ahead(between, inNext, 6) | ahead(between, inNext, 7) | ahead(between, inNext, 8))
	return cand | between&four&back(d, dp, 2)&back(d, dp, 3)
}

// sieveDashes keeps what may begin a PEM block, a MAC address or a command-line flag.
func (e *engine) sieveDashes(base int, prev, cur, next *view) (cand uint64) {
	dash, n := cur.dash, next.dash
	l, ln := cur.letter, next.letter
	behind := ahead(dash, n, 1)
	if run := dash & behind & ahead(dash, n, 2); run != 0 {
		cand = run & ahead(dash, n, 3) & ahead(dash, n, 4) & ahead(l, ln, 5)
	}
	if three := dash & ahead(dash, n, 3) & ahead(dash, n, 6); three != 0 {
		cand |= three & ahead(dash, n, 9) & ahead(dash, n, 12)
	}
	flag := back(cur.space|cur.before|cur.symbol, prev.space|prev.before|prev.symbol, 1)
	if base == 0 {
		flag |= 1
	}
	return cand | dash&flag&(behind|ahead(l, ln, 1))
}

// sieveColons keeps the colons that may begin an address or stand in "://".
func sieveColons(prev, cur, next *view) (cand uint64) {
	colon, n := cur.colon, next.colon
	d, dn := cur.digit, next.digit
	plain, plainNext := ^(cur.word | cur.space | cur.symbol), ^(next.word | next.space | next.symbol)
	cand = colon & ahead(plain, plainNext, 1) & ahead(plain, plainNext, 2) // URL
	if three := colon & ahead(colon, n, 3) & ahead(colon, n, 6); three != 0 {
		cand |= three & ahead(colon, n, 9) & ahead(colon, n, 12) // MAC
	}
	if capital := colon & ahead(cur.upper, next.upper, 1); capital != 0 { // Telegram
		cand |= capital & ahead(cur.upper, next.upper, 2) & back(d, prev.digit, 1)
	}
	// A port behind a host, in a line of fields: four digits or five and a further colon.
	if port := colon & (ahead(colon, n, 5) | ahead(colon, n, 6)); port != 0 {
		cand |= port & ahead(d, dn, 1) & ahead(d, dn, 2) & ahead(d, dn, 3) & ahead(d, dn, 4)
	}
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
