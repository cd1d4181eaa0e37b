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
	return hasBits(&longTails, tailHash(v)) != 0 || tails.has(text[len(text)-3], text[len(text)-2], text[len(text)-1], 2)
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
	t.add(' ', 'i', 'd', 0) // User ID
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
			addBits(&t, tailHash(v))
		}
	}
	return t
}()

func tailHash(key uint64) uint32 { return uint32(key * 0x9e3779b97f4a7c15 >> 32) }

func addBits(filter *[1 << 10]uint64, h uint32) {
	filter[h>>22] |= 1<<(h>>16&63) | 1<<(h>>10&63)
}

func hasBits(filter *[1 << 10]uint64, h uint32) uint64 {
	f := filter[h>>22]
	return f >> (h >> 16 & 63) & (f >> (h >> 10 & 63)) & 1
}
