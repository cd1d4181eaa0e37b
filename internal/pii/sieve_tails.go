package pii

import "encoding/binary"

// sieveTails keeps the separators that a key name of interest may stand before, and the dots that the suffix of a host
// may stand behind.
func (e *engine) sieveTails(base int, prev, cur, next *view) (cand uint64) {
	b := e.b
	dot, colon, equals := cur.dot, cur.colon, cur.equals
	w, d, a, ap := cur.word, cur.digit, cur.letter, prev.letter
	sep := colon | equals
	// Before '=' may stand the rest of an operator, or of a declaration.
	cand = equals &^ back(w|equals, prev.word|prev.equals, 1)
	cand |= sep & back(cur.dash|dot, prev.dash|prev.dot, 1)
	// Digits at the end of a key name: a carry runs from the digit behind two letters to what stands behind the last one.
	from := d&back(a, ap, 1)&back(a, ap, 2) | d&1&(prev.digit>>63)
	cand |= sep & ((d+from)&^d | prev.digit>>63)
	quoted := colon & back(cur.space, prev.space, 1)
	heads := dot & ahead(a, next.letter, 1)
	keys := sep & back(a, ap, 1)
	if e.blind { // A key name may end with a letter behind other digits.
		dp := prev.digit
		cand |= keys&(back(d, dp, 2)|back(d, dp, 3)) | quoted&(back(a, ap, 2)|back(a, ap, 3))&(back(d, dp, 3)|back(d, dp, 4)|back(d, dp, 5))
	}
	if base < 8 || base+blockSpan+8 > len(b) {
		return cand | quoted | heads | keys
	}
	blk := (*[blockSpan + 16]byte)(b[base-8:])
	for ; keys != 0; keys &= keys - 1 {
		low := keys & -keys
		if keyEnds(binary.LittleEndian.Uint64(blk[place(low)&63:])) {
			cand |= low
		}
	}
	for ; quoted != 0; quoted &= quoted - 1 {
		low := quoted & -quoted
		v := binary.LittleEndian.Uint64(blk[place(low)&63:])
		if isQuote(byte(v >> 56)) {
			v <<= 8
			if v>>56 == '\\' {
				v <<= 8
			}
			if isLetter(byte(v>>56)) && !keyEnds(v) {
				continue
			}
		}
		cand |= low
	}
	for ; heads != 0; heads &= heads - 1 {
		low := heads & -heads
		if hostHeads.has(binary.LittleEndian.Uint32(blk[place(low)&63+9:])) {
			cand |= low
		}
	}
	return cand
}

// keyEnds reports whether a key name may end with the eight bytes of text: with three that one ends with and, if the last
// five are small letters, with five of a longer one or three of a shorter one that need not begin a word.
func keyEnds(text uint64) bool {
	if !keyTails.has(uint32(text >> 40)) { //nolint:gosec // Three bytes.
		return false
	}
	if text>>16&0xff == '\\' { // The first of the five is of an escape.
		return true
	}
	const ones = 0x0101010101
	v := text >> 24
	if v&(0x80*ones) != 0 || (v+ones*(0x7f-'z'))&(0x80*ones) != 0 || (v+ones*(0x80-'a'))&(0x80*ones) != 0x80*ones {
		return true
	}
	return longTails.hasHash(tailHash(v)) || shortTails.has(uint32(text>>40)) //nolint:gosec // As above.
}

// threes is a set of three bytes, without regard to the case of letters. It may say yes to what is not in it.
type threes [1 << 10]uint64

func (t *threes) has(x uint32) bool { return t.hasHash(threeHash(x)) }

func (t *threes) hasHash(h uint32) bool { return t[h>>22]>>(h>>16&63)&1 != 0 }

func (t *threes) add(x, y, z byte) { t.addHash(threeHash(uint32(x) | uint32(y)<<8 | uint32(z)<<16)) }

func (t *threes) addHash(h uint32) { t[h>>22] |= 1 << (h >> 16 & 63) }

func threeHash(x uint32) uint32 { return (x | fold&(1<<32-1)) << 8 * 0x9e3779b1 }

func tailHash(key uint64) uint32 { return uint32(key * 0x9e3779b97f4a7c15 >> 32) }

// keyTails holds the last three bytes of what classifyKey knows, with the separators that it passes over, and of what else
// may stand before a '=': types of variables, and attribute types of distinguished names.
var keyTails *threes

func makeKeyTails() *threes {
	t := new(threes)
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
	for _, r := range keyTable[1:] {
		if n := len(r.word); r.kind == keyUser && n > 2 { // The second of two words may have two letters: "User ID", "log in".
			t.add(' ', r.word[n-2], r.word[n-1])
		}
	}
	return t
}

// hostHeads holds the first three letters of the suffixes of hosts.
var hostHeads *threes

func makeHostHeads() *threes {
	t := new(threes)
	for s := range hostSuffixes {
		t.add(s[0], s[1], s[2])
	}
	return t
}

// shortTails holds the last three letters of keys of fewer than five that may stand at the end of a longer word.
var shortTails *threes

func makeShortTails() *threes {
	t := new(threes)
	for _, r := range keyTable[1:] {
		if n := len(r.word); n > 2 && n < 5 && !r.whole {
			t.add(r.word[n-3], r.word[n-2], r.word[n-1])
		}
	}
	return t
}

// longTails holds the last five letters of keys, by tailHash.
var longTails *threes

func makeLongTails() *threes {
	t := new(threes)
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
			t.addHash(tailHash(v))
		}
	}
	return t
}
