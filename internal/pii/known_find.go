package pii

import "encoding/binary"

// skipTable says how far to go on in a text, by the bytes at the end of the headLen where a value may begin, without
// regard to case: no value begins in between (Wu and Manber, A fast algorithm for multi-pattern searching, 1994). It is
// indexed by a hash of two bytes, and the more values there are, the less it skips.
type skipTable [1 << 12]uint8

const skipBlock = 2 // Bytes that are looked at.

func newSkipTable() (t skipTable) {
	for i := range t {
		t[i] = headLen - skipBlock + 1
	}
	return t
}

func skipHash(x uint16) uint32 { return uint32(x|0x2020) * 0x9e3779b1 >> 20 }

// add notes the first bytes of a value.
func (t *skipTable) add(value []byte) {
	for i := range headLen - skipBlock + 1 {
		s := &t[skipHash(binary.LittleEndian.Uint16(value[i:]))]
		*s = min(*s, uint8(headLen-skipBlock-i)) //nolint:gosec // Under headLen.
	}
}

// continues has a 1 for each byte that continues a word for the purpose of finding values, and a 2 for white space.
var continues = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case wordByte(c):
			t[c] = 1
		case isSpace(c):
			t[c] = 2
		}
	}
	return t
}()

// starts reports whether a value can start at i: it is no white space, and no word goes on there.
func startsValue(b []byte, i int) bool {
	is := continues[b[i]]
	if is == 0 || i == 0 {
		return is != 2
	}
	return is == 1 && (continues[b[i-1]] != 1 || escapeLetter(b, i))
}

// Find implements [Known].
func (k *KnownSet) Find(b []byte, fn func(start, end int, t Type)) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.size() == 0 {
		return
	}
	if k.prints.n > 0 {
		k.findPrints(b, fn)
	}
	if k.exact.n+k.fold.n == 0 {
		return
	}
	for i := 0; i+headLen <= len(b); {
		if s := k.skips[skipHash(binary.LittleEndian.Uint16(b[i+headLen-skipBlock:]))]; s > 0 {
			i += int(s)
			continue
		}
		if startsValue(b, i) {
			head := k.headOf(firstBytes(b[i:]) | anyCase)
			if lens := k.exact.begins(head); lens != 0 {
				k.each(&k.exact, b, i, lens, fn)
			}
			if lens := k.fold.begins(head); lens != 0 {
				k.each(&k.fold, b, i, lens, fn)
			}
		}
		i++
	}
}

// findPrints is Find for values of which only the fingerprint is known.
func (k *KnownSet) findPrints(b []byte, fn func(start, end int, t Type)) {
	before := uint8(0)
	for i := 0; i+headLen <= len(b); i++ {
		is := continues[b[i]]
		if is&(before|2) != 0 && (is != 1 || !escapeLetter(b, i)) {
			before = is
			continue
		}
		before = is
		if lens := k.prints.begins(k.headOf(firstBytes(b[i:]))); lens != 0 {
			k.each(&k.prints, b, i, lens, fn)
		}
	}
}
