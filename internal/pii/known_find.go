package pii

import (
	"encoding/binary"
	"math/bits"
)

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

// startsValue reports whether a value can start at i: it is no white space, and no word goes on there.
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
	k.starts(b, func(i int, head uint16) {
		if lens := k.exact.begins(head); lens != 0 {
			k.each(&k.exact, b, i, lens, fn)
		}
		if lens := k.fold.begins(head); lens != 0 {
			k.each(&k.fold, b, i, lens, fn)
		}
	})
}

// starts calls fn with each place where a value can start whose head may be that of one.
func (k *KnownSet) starts(b []byte, fn func(i int, head uint16)) {
	var word, slash uint64 // Of the block before.
	i := 0
	for ; i+blockSpan+8 <= len(b); i += blockSpan {
		blk := (*[blockSpan + 8]byte)(b[i:])
		w, s, at, second := k.lanes.masks((*[blockSpan]byte)(blk[:]))
		at &= second>>1 | 1<<(blockSpan-1)
		at &= ^w | ^(w<<1 | word>>63) | s<<2 | slash>>62 // More than startsValue allows: of escapes, some.
		word, slash = w, s
		for ; at != 0; at &= at - 1 {
			j := bits.TrailingZeros64(at) & (blockSpan - 1)
			head := k.headOf(binary.LittleEndian.Uint64(blk[j:])&(1<<48-1) | anyCase)
			if k.heads[head>>6]>>(head&63)&1 != 0 && startsValue(b, i+j) {
				fn(i+j, head)
			}
		}
	}
	for ; i+headLen <= len(b); i++ {
		if startsValue(b, i) {
			if head := k.headOf(firstBytes(b[i:]) | anyCase); k.heads[head>>6]>>(head&63)&1 != 0 {
				fn(i, head)
			}
		}
	}
}

// knownLanes holds for each byte, in four lanes of 16 bits: that it continues a word, that it is a backslash, that a value
// begins with it, and that it is the second of one.
type knownLanes [256]uint64

func (t *knownLanes) reset() {
	for c, is := range continues {
		t[c] = uint64(is & 1)
	}
	t['\\'] |= 1 << 16
}

// add notes the first bytes of a value, whatever their case.
func (t *knownLanes) add(value []byte) {
	for _, c := range [...]byte{lower(value[0]), upper(value[0])} {
		t[c] |= 1 << 32
	}
	for _, c := range [...]byte{lower(value[1]), upper(value[1])} {
		t[c] |= 1 << 48
	}
}

// masks returns which bytes of a block are so.
func (t *knownLanes) masks(b *[blockSpan]byte) (word, slash, first, second uint64) {
	a0, a1, a2, a3 := sums((*[256]uint64)(t), b)
	const lane = 1<<16 - 1
	word = a0&lane | a1&lane<<16 | a2&lane<<32 | a3<<48
	slash = a0>>16&lane | a1>>16&lane<<16 | a2>>16&lane<<32 | a3>>16<<48
	first = a0>>32&lane | a1>>32&lane<<16 | a2>>32&lane<<32 | a3>>32<<48
	second = a0>>48 | a1>>48<<16 | a2>>48<<32 | a3>>48<<48
	return word, slash, first, second
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
