package pii

import (
	"encoding/binary"
	"sync"
)

// The loop over text does not look at each byte. A block of 64 bytes is turned into bit masks, one bit a byte; places
// where no detector can find anything are sieved out by arithmetic on the masks of the block and its neighbours; and
// only what is left is looked at, in order, by visit. What the sieve lets through may be too much, never too little:
// TestTheSieveLosesNothing compares it with a loop that visits every word and symbol.

// Codes of bytes. A view is made of the four bit planes of the codes of a block.
const (
	codeNone   = iota
	codeColon  // ':'
	codeDot    // '.'
	codeDash   // '-'
	codeEquals // '='
	codeBefore // '(', '+' and '[': of interest before a few bytes only.
	codeSpace  // White space, quotes and ',': what stands before a command-line flag.
	codeSymbol // Any other byte of class chSymbol: always of interest.

	codeWord   = 8                     // Added for letters, digits and '_'.
	codeHex    = 1                     // With codeWord: 0-9 a-f A-F.
	codeUpper  = 2                     // With codeLetter: A-Z.
	codeLetter = 4                     // With codeWord: letters and '_'.
	codeDigit  = codeWord | codeHex    // 0-9
	codeLower  = codeWord | codeLetter // a-z and '_'
	codeUpcase = codeLower | codeUpper // A-Z
	blockSpan  = 64                    // Bytes in a block.
	chunk      = 32                    // Blocks whose planes are made at a time.
)

// code returns the code of a byte.
func code(c byte) uint8 {
	switch {
	case isDigit(c):
		return codeDigit
	case is(c, chUpper|chLower) || c == '_':
		v := uint8(codeLower)
		if is(c, chUpper) {
			v = codeUpcase
		}
		if is(c, chHex) {
			v |= codeHex
		}
		return v
	}
	switch c {
	case ':':
		return codeColon
	case '.':
		return codeDot
	case '-':
		return codeDash
	case '=':
		return codeEquals
	case '(', '+', '[':
		return codeBefore
	case '"', '\'', '`', ',':
		return codeSpace
	}
	switch {
	case is(c, chSymbol):
		return codeSymbol
	case isSpace(c):
		return codeSpace
	}
	return codeNone
}

// lanes holds the codes of two bytes, the first in the lower half of the index, spread over four lanes of 16 bits: the
// planes of 16 bytes are one sum. Of its 512 KiB a text touches what pairs of bytes it has.
var lanes = sync.OnceValue(func() *[1 << 16]uint64 {
	one := laneOf()
	t := new([1 << 16]uint64)
	for x := range t {
		t[x] = one[x&0xff] | one[x>>8]<<1
	}
	return t
})

// laneOf holds the codes of one byte, spread over the lanes as those of two are in lanes.
var laneOf = sync.OnceValue(func() *[256]uint64 {
	t := new([256]uint64)
	for c := range t {
		v := uint64(code(byte(c))) //nolint:gosec // 0 to 255.
		t[c] = v&1 | v>>1&1<<16 | v>>2&1<<32 | v>>3<<48
	}
	return t
})

// shortText is the length in bytes from which on a text is worth the large table. A program that is asked for short ones
// only, as most calls of an agent are, never makes it: that takes a millisecond.
const shortText = 16 << 10

// view is a block as bit masks of classes of bytes; bit i is of byte i.
type view struct {
	word, digit, letter, upper, hex uint64
	colon, dot, dash, equals        uint64
	before, space, symbol           uint64
}

// block makes the view of a block.
func block(t *[1 << 16]uint64, b *[blockSpan]byte, v *view) {
	a0 := t[binary.LittleEndian.Uint16(b[14:])]
	a1 := t[binary.LittleEndian.Uint16(b[30:])]
	a2 := t[binary.LittleEndian.Uint16(b[46:])]
	a3 := t[binary.LittleEndian.Uint16(b[62:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[12:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[28:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[44:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[60:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[10:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[26:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[42:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[58:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[8:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[24:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[40:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[56:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[6:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[22:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[38:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[54:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[4:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[20:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[36:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[52:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[2:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[18:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[34:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[50:])]
	a0 = a0<<2 + t[binary.LittleEndian.Uint16(b[0:])]
	a1 = a1<<2 + t[binary.LittleEndian.Uint16(b[16:])]
	a2 = a2<<2 + t[binary.LittleEndian.Uint16(b[32:])]
	a3 = a3<<2 + t[binary.LittleEndian.Uint16(b[48:])]
	v.gather(a0, a1, a2, a3)
}

// shortBlock is [block] with a small table.
func shortBlock(b *[blockSpan]byte, v *view) {
	t := laneOf()
	var a0, a1, a2, a3 uint64
	for i := 15; i >= 0; i-- {
		a0 = a0<<1 + t[b[i]]
		a1 = a1<<1 + t[b[i+16]]
		a2 = a2<<1 + t[b[i+32]]
		a3 = a3<<1 + t[b[i+48]]
	}
	v.gather(a0, a1, a2, a3)
}

// gather makes the view of four times 16 bytes, each of whose bit planes is a lane.
func (v *view) gather(a0, a1, a2, a3 uint64) {
	const (
		even = 0x0000ffff0000ffff
		low  = 0x00000000ffffffff
	)
	e0, o0 := a0&even|a1&even<<16, a0>>16&even|a1&^even
	e1, o1 := a2&even|a3&even<<16, a2>>16&even|a3&^even
	v.set(e0&low|e1<<32, o0&low|o1<<32, e0>>32|e1&^low, o0>>32|o1&^low)
}

// set makes the view of the bit planes of the codes of a block, lowest first.
func (v *view) set(p0, p1, p2, p3 uint64) {
	v.word = p3
	v.digit = p3 &^ p2
	letter := p3 & p2
	v.letter = letter
	v.upper = letter & p1
	v.hex = p3 & p0
	p0, p1, p2 = p0&^p3, p1&^p3, p2&^p3
	v.colon = p0 &^ (p1 | p2)
	v.dot = p1 &^ (p0 | p2)
	v.dash = p0 & p1 &^ p2
	v.equals = p2 &^ (p0 | p1)
	v.before = p0 & p2 &^ p1
	v.space = p1 & p2 &^ p0
	v.symbol = p0 & p1 & p2
}

// classifyPlain makes the views of consecutive blocks from b[i] on. Beyond the end of b there is nothing.
func classifyPlain(b []byte, i int, out []view) {
	var t *[1 << 16]uint64
	if len(b) >= shortText {
		t = lanes()
	}
	for k := range out {
		switch {
		case i+blockSpan > len(b):
			partOf(b[min(i, len(b)):], 0, &out[k])
		case t == nil:
			shortBlock((*[blockSpan]byte)(b[i:]), &out[k])
		default:
			block(t, (*[blockSpan]byte)(b[i:]), &out[k])
		}
		i += blockSpan
	}
}

// blockBefore makes the view of the 64 bytes before i. Before the start of b there is nothing.
func blockBefore(b []byte, i int, v *view) {
	if i >= blockSpan {
		shortBlock((*[blockSpan]byte)(b[i-blockSpan:]), v)
	} else {
		partOf(b[:i], blockSpan-i, v)
	}
}

// partOf makes the view of a block that has only the bytes of b, from at on.
func partOf(b []byte, at int, v *view) {
	var buf [blockSpan]byte
	for j := range buf {
		buf[j] = '*' // Any byte without a code.
	}
	copy(buf[at:], b)
	shortBlock(&buf, v)
}

// ahead returns m moved so that bit i is what stands n bytes behind byte i; next is of the next block.
func ahead(m, next uint64, n uint) uint64 { return m>>n | next<<(64-n) }

// back returns m moved so that bit i is what stands n bytes before byte i; prev is of the block before.
func back(m, prev uint64, n uint) uint64 { return m<<n | prev>>(64-n) }
