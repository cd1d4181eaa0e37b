package pii

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"
)

// Lines of a log are made by few statements of a program and differ in their numbers. What the sieve says of a piece of
// text depends, but for a few words that are looked up again, on where digits stand and not on which: so it is
// remembered by the bytes of the piece with all digits alike. A memo says what a sieve says that takes each digit for any
// other, of the piece and what stands around it: the places that it marks may be too many, never too few.

const (
	shapeBefore = 8  // Bytes before a piece that the sieve looks at.
	shapeBehind = 16 // And behind it.
	shapeSpan   = shapeBefore + blockSpan + shapeBehind
	shapeWords  = shapeSpan / 8
	shapeSeen   = blockSpan + shapeBehind
	leastPiece  = 24
	lineAhead   = 512       // Bytes in which the end of a line is looked for.
	memoBits    = 12        // There is room for 4,096 pieces, in 1 MB.
	memoFrom    = 256 << 10 // Shorter texts are looked at without a memo.
)

// Eight bytes each.
const (
	oneEach = 0x0101010101010101
	topEach = 0x80 * oneEach
	feeds   = '\n' * oneEach
)

// piece is what is remembered of a piece.
type piece struct {
	key  [shapeWords]uint64 // The piece and what stands around it, with zeros for digits.
	add  [shapeWords]uint64 // 0x76 for each digit and 0x7f for each other byte; see alike.
	m    marks
	seen uint8 // Bytes of key that tell it from others, but for those before the piece.
	size uint8 // Bytes of the piece.
}

// slot is what is known of the pieces with some hash.
type slot struct {
	at   uint16 // The piece that is remembered is the one before this one; 0 if there is none.
	sign uint16 // More of the hash of the latest that was not.
}

// memo remembers pieces. It is of one engine at a time, and of one mode.
type memo struct {
	index    [1 << memoBits]slot  // By the hash of a piece.
	pieces   [1 << memoBits]piece // In the order in which they were learned: a log has a few dozen that matter.
	taken    int                  // Of them.
	e        engine               // It looks at text.
	text     [shapeSpan]byte
	edges    [blockSpan]byte
	found    int // Pieces that were remembered, of the latest 2 KiB,
	asked    int // of these.
	rest     int // So many times 2 KiB are looked at without.
	pause    int // And so many the next time that it does not pay.
	searched int // Bytes in which the end of a line was looked for.
}

func newMemo(m Mode) *memo {
	o := new(memo)
	o.reset(m)
	return o
}

func (o *memo) reset(m Mode) {
	o.e = engine{mode: m, b: o.text[:], blind: true}
	for i := range o.edges {
		o.edges[i] = '*'
	}
	o.found, o.asked, o.rest, o.pause, o.searched = 0, 0, 0, 0, 0
}

// memos are those of scans of whole texts. Nothing of a text stays in them.
var memos = sync.Pool{New: func() any { return new(memo) }}

func (o *memo) free() {
	clear(o.text[:])
	clear(o.edges[:])
	clear(o.pieces[:o.taken])
	clear(o.index[:])
	o.taken = 0
	memos.Put(o)
}

// pays reports whether to ask for the next 2 KiB of text. Where little is remembered, as in base64, it is asked now and
// then.
func (o *memo) pays() bool {
	if o.rest > 0 {
		o.rest--
		return false
	}
	if o.asked >= 32 {
		if o.found*3 < o.asked {
			o.pause = min(2*o.pause+1, 15)
			o.rest = o.pause
		} else {
			o.pause = 0
		}
		o.found, o.asked = 0, 0
	}
	return true
}

// digitBytes returns the high bits of the bytes of x that are digits.
func digitBytes(x uint64) uint64 {
	low := x &^ topEach
	return (low + (0x80-'0')*oneEach) &^ (low + (0x80-'9'-1)*oneEach) &^ x & topEach
}

// shapeHash is the odd multiplier of a polynomial hash (see longIndex). Pieces that it takes for others cost time only: they
// are compared as a whole.
const shapeHash = 0x9e3779b97f4a7c15

// outline returns what is alike of two words that differ in digits only: the upper halves of the bytes, and the three
// lowest bits of letters.
func outline(x uint64) uint64 {
	letters := x & (0x40 * oneEach)
	return x & (letters>>3 - letters>>6 | 0xf0*oneEach)
}

// shape returns a hash of the piece at t, of which n bytes are seen, the last of them being rest if n is no multiple of
// eight. before is what stands before it.
func shape(t *[shapeSeen]byte, n int, before, rest uint64) uint64 {
	h := (outline(before) + outline(rest)) * shapeHash
	switch n >> 3 {
	case 10:
		h = (h + outline(binary.LittleEndian.Uint64(t[72:]))) * shapeHash
		fallthrough
	case 9:
		h = (h + outline(binary.LittleEndian.Uint64(t[64:]))) * shapeHash
		fallthrough
	case 8:
		h = (h + outline(binary.LittleEndian.Uint64(t[56:]))) * shapeHash
		fallthrough
	case 7:
		h = (h + outline(binary.LittleEndian.Uint64(t[48:]))) * shapeHash
		fallthrough
	case 6:
		h = (h + outline(binary.LittleEndian.Uint64(t[40:]))) * shapeHash
		fallthrough
	case 5:
		h = (h + outline(binary.LittleEndian.Uint64(t[32:]))) * shapeHash
		fallthrough
	case 4:
		h = (h + outline(binary.LittleEndian.Uint64(t[24:]))) * shapeHash
		fallthrough
	case 3:
		h = (h + outline(binary.LittleEndian.Uint64(t[16:]))) * shapeHash
		fallthrough
	case 2:
		h = (h + outline(binary.LittleEndian.Uint64(t[8:]))) * shapeHash
		fallthrough
	case 1:
		h = (h + outline(binary.LittleEndian.Uint64(t[0:]))) * shapeHash
	}
	return h
}

// differs returns a word with some of the high bits of its bytes set if x is not word j of the key, digits apart. Of what
// the two differ in, a digit leaves up to 9, to which 0x76 is added, and any other byte 0, to which 0x7f is: neither
// reaches 0x80, nor the next byte.
func (p *piece) differs(j int, x uint64) uint64 {
	x ^= p.key[j]
	return x | (x + p.add[j])
}

// alike reports whether what shape is given is what was learned, digits apart.
func (p *piece) alike(t *[shapeSeen]byte, n int, before, rest uint64) bool {
	if int(p.seen) != n {
		return false
	}
	d := p.differs(0, before)
	if n&7 != 0 {
		d |= p.differs(n>>3+1, rest)
	}
	switch n >> 3 {
	case 10:
		d |= p.differs(10, binary.LittleEndian.Uint64(t[72:]))
		fallthrough
	case 9:
		d |= p.differs(9, binary.LittleEndian.Uint64(t[64:]))
		fallthrough
	case 8:
		d |= p.differs(8, binary.LittleEndian.Uint64(t[56:]))
		fallthrough
	case 7:
		d |= p.differs(7, binary.LittleEndian.Uint64(t[48:]))
		fallthrough
	case 6:
		d |= p.differs(6, binary.LittleEndian.Uint64(t[40:]))
		fallthrough
	case 5:
		d |= p.differs(5, binary.LittleEndian.Uint64(t[32:]))
		fallthrough
	case 4:
		d |= p.differs(4, binary.LittleEndian.Uint64(t[24:]))
		fallthrough
	case 3:
		d |= p.differs(3, binary.LittleEndian.Uint64(t[16:]))
		fallthrough
	case 2:
		d |= p.differs(2, binary.LittleEndian.Uint64(t[8:]))
		fallthrough
	case 1:
		d |= p.differs(1, binary.LittleEndian.Uint64(t[0:]))
	}
	return d&topEach == 0
}

// walkPieces is walk, with what the engine's memo knows, for some 2 KiB from i on. It returns where to go on, which is i
// near the end of the text.
func (e *engine) walkPieces(i, next, limit int) (at, after, lim int) {
	b, o := e.b, e.memo
	last := min(limit, len(b)-shapeSeen+1, i+chunk*blockSpan)
	end, open := i, false // The line that i is in ends before end, or, if open, not before it.
	for i < last {
		if i >= end || open && end-i < shapeSeen {
			// Not as far as the line goes: where it has no end, and walk is called for each of its values, that would be quadratic.
			ahead := b[i:min(len(b), i+lineAhead)]
			o.searched += len(ahead)
			if n := bytes.IndexByte(ahead, '\n') + 1; n > 0 {
				end, open = i+n, false
			} else {
				end, open = i+len(ahead), true
			}
		}
		n, fresh := min(end-i, shapeSeen), i == 0 || b[i-1] == '\n'
		p, at, sign := o.seek(b, i, n, fresh)
		o.asked++
		switch {
		case p != nil:
			o.found++
		case at.sign == sign:
			p = o.learn(at, b, i, n, fresh)
		default: // Most pieces that come for the first time never come again: they shall not take a place.
			at.sign = sign
			var m marks
			size := e.glance(i, n, &o.edges, &m)
			next, limit = e.look(i, &m, next, limit)
			i += size
			last = min(last, limit)
			continue
		}
		m := &p.m
		if p.m.again[0]|p.m.again[1] != 0 {
			if hits := e.sieveWords(i, m.again[0], m.again[1]); hits != 0 {
				with := p.m
				with.hits |= hits
				with.words |= hits
				m = &with
			}
		}
		next, limit = e.look(i, m, next, limit)
		i += int(p.size)
		last = min(last, limit)
	}
	return i, next, limit
}

// seek returns the piece at i, of which n bytes are seen, if it is remembered; and its slot, with what its sign would be. A
// fresh one begins a line.
func (o *memo) seek(b []byte, i, n int, fresh bool) (p *piece, at *slot, sign uint16) {
	before, rest := beforePiece(b, i, fresh), uint64(0)
	if r := n & 7; r != 0 {
		low := uint64(1)<<(8*r) - 1
		rest = binary.LittleEndian.Uint64(b[i+n-r:])&low | feeds&^low
	}
	t := (*[shapeSeen]byte)(b[i:])
	sum := shape(t, n, before, rest)
	at = &o.index[sum>>(64-memoBits)]
	if at.at != 0 {
		if p = &o.pieces[(at.at-1)&(1<<memoBits-1)]; p.alike(t, n, before, rest) {
			return p, at, 0
		}
	}
	return nil, at, uint16(sum >> (64 - memoBits - 16)) //nolint:gosec // The bits that follow.
}

// beforePiece returns the eight bytes before i, with line feeds before a line and before the text.
func beforePiece(b []byte, i int, fresh bool) uint64 {
	if fresh {
		return feeds
	}
	if i >= 8 {
		return binary.LittleEndian.Uint64(b[i-8:])
	}
	x := uint64(feeds)
	for _, c := range b[:i] {
		x = x>>8 | uint64(c)<<56
	}
	return x
}

// learn puts what the sieve says of a piece in the place of what has its slot. It is given what seek is.
func (o *memo) learn(at *slot, b []byte, i, n int, fresh bool) *piece {
	binary.LittleEndian.PutUint64(o.text[:], beforePiece(b, i, fresh))
	for k := copy(o.text[shapeBefore:], b[i:i+n]) + shapeBefore; k < len(o.text); k++ {
		o.text[k] = '\n'
	}
	if at.at == 0 {
		o.taken++
		at.at = uint16(o.taken) //nolint:gosec // There are no more pieces than slots.
	}
	p := &o.pieces[at.at-1]
	*p = piece{seen: uint8(n), size: uint8(n)} //nolint:gosec // Up to shapeSeen.
	for j := range p.key {
		x := binary.LittleEndian.Uint64(o.text[8*j:])
		digits := digitBytes(x) >> 7
		x &^= digits * 15
		binary.LittleEndian.PutUint64(o.text[8*j:], x)
		p.key[j], p.add[j] = x, 0x7f*oneEach-9*digits
	}
	if n > blockSpan {
		p.size = uint8(pieceSize((*[blockSpan]byte)(o.text[shapeBefore:]))) //nolint:gosec // Up to blockSpan.
	}
	// The block has what stands behind the piece at its start, and what stands before at its end: it is next and prev.
	copy(o.edges[:shapeBehind], o.text[shapeBefore+blockSpan:])
	copy(o.edges[blockSpan-shapeBefore:], o.text[:shapeBefore])
	var cur, beside view
	block((*[blockSpan]byte)(o.text[shapeBefore:]), &cur)
	block(&o.edges, &beside)
	o.e.sieve(shapeBefore, &beside, &cur, &beside, &p.m)
	p.m.cut(&cur, &beside, int(p.size))
	return p
}

// glance is what learn does for a piece that is not remembered: it makes its marks and returns its size. edges is room with
// bytes of no class.
func (e *engine) glance(i, n int, edges *[blockSpan]byte, m *marks) (size int) {
	b := e.b
	copy(edges[:shapeBehind], b[i+blockSpan:])
	at := max(0, i-shapeBefore)
	for k := copy(edges[blockSpan-(i-at):], b[at:i]); k < shapeBefore; k++ {
		edges[blockSpan-1-k] = '\n'
	}
	var cur, beside view
	block((*[blockSpan]byte)(b[i:]), &cur)
	block(edges, &beside)
	e.sieve(i, &beside, &cur, &beside, m)
	size = n
	if n > blockSpan {
		size = pieceSize((*[blockSpan]byte)(b[i:]))
	}
	m.cut(&cur, &beside, size)
	return size
}

// cut completes the marks of a piece of size bytes, of which no more than shapeBehind bytes behind its block were seen.
func (m *marks) cut(cur, beside *view, size int) {
	first := cur.word &^ back(cur.word, beside.word, 1)
	if ends := uint64(1)<<shapeBehind - 1; cur.word>>63 != 0 && beside.word&ends == ends && first != 0 {
		// What the last word ends with is not seen.
		low := uint64(1) << (63 - bits.LeadingZeros64(first))
		m.numbers |= low & cur.digit
		m.mixed |= low
		m.long |= low
		m.capitalised |= low & cur.upper
	}
	mine := ^uint64(0)
	if size < blockSpan {
		mine = 1<<size - 1
	}
	for _, x := range [...]*uint64{&m.again[0], &m.again[1], &m.symbols, &m.numbers, &m.capitalised, &m.mixed, &m.long, &m.hits} {
		*x &= mine
	}
	m.words = m.numbers | m.capitalised | m.mixed | m.long | m.hits
}

// pieceSize returns where to cut a line that goes on: behind the last byte up to ',' of a block, so that what follows a
// number of any length is cut alike.
func pieceSize(b *[blockSpan]byte) int {
	for j := blockSpan - 8; j >= leastPiece; j -= 8 {
		x := binary.LittleEndian.Uint64(b[j:])
		if low := ^((x &^ topEach) + (0x80-','-1)*oneEach) &^ x & topEach; low != 0 {
			return j + 8 - bits.LeadingZeros64(low)/8
		}
	}
	return blockSpan
}
