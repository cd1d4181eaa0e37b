package pii

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

// lanes holds the codes of bytes, spread over four lanes of 16 bits: the planes of 16 bytes are one sum.
var lanes = func() (t [256]uint64) {
	for c := range t {
		v := uint64(code(byte(c))) //nolint:gosec // 0 to 255.
		t[c] = v&1 | v>>1&1<<16 | v>>2&1<<32 | v>>3<<48
	}
	return t
}()

// view is a block as bit masks of classes of bytes; bit i is of byte i.
type view struct {
	word, digit, letter, upper, hex uint64
	colon, dot, dash, equals        uint64
	before, space, symbol           uint64
}

// sums adds up what t holds for the bytes of a block, which is up to four lanes of 16 bits for each: bit i of a lane of sum q
// is of byte 16q+i.
func sums(t *[256]uint64, b *[blockSpan]byte) (a0, a1, a2, a3 uint64) {
	for j := 12; j >= 0; j -= 4 { // Four bytes of each lane at a time, from the last.
		c := b[j : j+52]
		a0 = 2*a0 + t[c[3]]
		a1 = 2*a1 + t[c[19]]
		a2 = 2*a2 + t[c[35]]
		a3 = 2*a3 + t[c[51]]
		a0 = 2*a0 + t[c[2]]
		a1 = 2*a1 + t[c[18]]
		a2 = 2*a2 + t[c[34]]
		a3 = 2*a3 + t[c[50]]
		a0 = 2*a0 + t[c[1]]
		a1 = 2*a1 + t[c[17]]
		a2 = 2*a2 + t[c[33]]
		a3 = 2*a3 + t[c[49]]
		a0 = 2*a0 + t[c[0]]
		a1 = 2*a1 + t[c[16]]
		a2 = 2*a2 + t[c[32]]
		a3 = 2*a3 + t[c[48]]
	}
	return a0, a1, a2, a3
}

// block makes the view of a block.
func block(b *[blockSpan]byte, v *view) {
	const (
		even = 0x0000ffff0000ffff
		low  = 0x00000000ffffffff
	)
	a0, a1, a2, a3 := sums(&lanes, b)
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
	for k := range out {
		if i+blockSpan <= len(b) {
			block((*[blockSpan]byte)(b[i:]), &out[k])
		} else {
			partOf(b[min(i, len(b)):], 0, &out[k])
		}
		i += blockSpan
	}
}

// blockBefore makes the view of the 64 bytes before i. Before the start of b there is nothing.
func blockBefore(b []byte, i int, v *view) {
	if i >= blockSpan {
		block((*[blockSpan]byte)(b[i-blockSpan:]), v)
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
	block(&buf, v)
}

// ahead returns m moved so that bit i is what stands n bytes behind byte i; next is of the next block.
func ahead(m, next uint64, n uint) uint64 { return m>>n | next<<(64-n) }

// back returns m moved so that bit i is what stands n bytes before byte i; prev is of the block before.
func back(m, prev uint64, n uint) uint64 { return m<<n | prev>>(64-n) }
