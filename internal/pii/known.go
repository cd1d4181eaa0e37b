package pii

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// KnownSet is a [Known] that remembers values by keyed fingerprints and lengths only. It is safe for concurrent use.
//
// Values below the floor are refused: see [Knowable]. A value is found where neither side continues a word: a letter or
// digit next to a letter or digit. Values of class secret must match byte for byte, others match without regard to ASCII
// case.
//
// It takes 1.5 MB and at most 48 bytes for each value, however long the value is.
type KnownSet struct {
	key sipKey
	max int // Most values that it takes.

	version atomic.Uint64 // Of what is in the set.

	mu sync.RWMutex
	// Fingerprints that were added as such; secrets; and other values, in lower case. Of the last two more is known, so
	// that a place is ruled out before it is hashed.
	prints, exact, fold knownIndex

	heads [1 << 10]uint64 // A bit for each head of exact and fold.
	lanes knownLanes      // Of exact and fold.
}

// knownIndex finds values by their first six bytes and their lengths, and then by their hash.
type knownIndex struct {
	n      int
	heads  []uint64 // A bit for each head of a value.
	lens   []uint64 // For each head, a bit for each length of a value that begins so; the last bit is for all longer ones.
	long   []uint16 // Lengths from longLen on that occur, in order.
	bloom  []uint64 // A bit for the rough hash of each value; nil if it is not known.
	shards [knownShards]knownShard
}

const (
	knownShards = 64 // A table that grows is in memory twice: so only a part of it is.
	longLen     = 63
	headLen     = minKnown // How many bytes of a value its head depends on.
)

// knownShard is a hash table with open addressing.
type knownShard struct {
	n     int
	slots []knownEntry // A power of two; free where length is 0.
}

// knownEntry stands for a value: 96 bits of its keyed hash, its length and its type.
type knownEntry struct {
	sum    uint64
	rough  uint32 // Of a fingerprint: more of its hash. Of other values: what the filter is made from.
	length uint16
	typ    Type
}

// NewKnownSet returns an empty set. key keys the fingerprints: SipHash-2-4 with 128 bits of output, keyed by both halves
// of key folded into one. It must be secret and must be the same for the set and for whoever made the fingerprints.
func NewKnownSet(key [32]byte) *KnownSet {
	var k [16]byte
	for i := range k {
		k[i] = key[i] ^ key[16+i]
	}
	s := &KnownSet{key: newSipKey(k[:]), max: 1 << 30}
	s.lanes.reset()
	return s
}

// maxHarvest is how many values a set takes that is filled from a text.
const maxHarvest = 1 << 20

// NewHarvest returns an empty set, keyed at random, for the values of one run. It takes the first 1,048,576 values that
// it is given, so that its memory is bounded whatever the text.
func NewHarvest() *KnownSet {
	k := NewKnownSet(randomKey())
	k.max = maxHarvest
	return k
}

// Add adds a value and reports whether it is above the floor and there is room for it.
func (k *KnownSet) Add(t Type, value []byte) bool {
	ok, _ := k.put(t, value)
	return ok
}

// add adds a value and reports whether it is new.
func (k *KnownSet) add(t Type, value []byte) bool {
	_, added := k.put(t, value)
	return added
}

func (k *KnownSet) put(t Type, value []byte) (ok, added bool) {
	if t == 0 || t >= numTypes || !Knowable(t, value) {
		return false, false
	}
	x := &k.exact
	var buf [MaxKnown]byte
	if t.Class() != ClassSecret {
		x = &k.fold
		for i, c := range value {
			buf[i] = lower(c)
		}
		value = buf[:len(value)]
	}
	v := knownEntry{
		sum:    k.key.sum64(value),
		rough:  k.rough(value, 0, len(value)),
		length: uint16(len(value)), //nolint:gosec // At most MaxKnown.
		typ:    t,
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if x.has(&v) {
		return true, false
	}
	if k.size() >= k.max {
		return false, false
	}
	head := k.headOf(firstBytes(value) | anyCase)
	x.insert(v, head)
	k.heads[head>>6] |= 1 << (head & 63)
	k.lanes.add(value)
	x.addBloom(v.rough)
	k.version.Add(1)
	return true, true
}

// AddFingerprint adds a value of length bytes of which only the fingerprint is known. It reports whether the length is
// within the floor; who adds one has checked the value with [Knowable].
func (k *KnownSet) AddFingerprint(t Type, length int, fp [16]byte) bool {
	if t == 0 || t >= numTypes || length < minKnown || length > MaxKnown {
		return false
	}
	v := printEntry(length, fp)
	v.typ = t
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.prints.has(&v) {
		k.prints.insert(v, binary.LittleEndian.Uint16(fp[:]))
		k.version.Add(1)
	}
	return true
}

// printEntry returns the entry of a fingerprint, without its type.
func printEntry(length int, fp [16]byte) knownEntry {
	return knownEntry{
		sum:    binary.LittleEndian.Uint64(fp[2:]),
		rough:  binary.LittleEndian.Uint32(fp[10:]),
		length: uint16(length), //nolint:gosec // At most MaxKnown.
	}
}

// Fingerprint returns the keyed fingerprint of a value: 16 bits that depend on its first six bytes only, by which nearly
// every place of a text is ruled out with one multiplication, and 112 bits of SipHash of the whole. That two values begin
// alike can be seen from their fingerprints, and no more.
func (k *KnownSet) Fingerprint(value []byte) [16]byte {
	return k.print(k.head(value), value)
}

func (k *KnownSet) print(head uint16, value []byte) [16]byte {
	sum := k.key.sum(value)
	binary.LittleEndian.PutUint16(sum[:], head)
	return sum
}

// head hashes the first six bytes of b under the key (multiply-shift, Dietzfelbinger and others 1997).
func (k *KnownSet) head(b []byte) uint16 { return k.headOf(firstBytes(b)) }

func (k *KnownSet) headOf(first uint64) uint16 {
	return uint16(((first ^ k.key.k0) * (k.key.k1 | 1)) >> 48)
}

// anyCase makes one of both cases of each of the first six bytes, and one of some other pairs of bytes.
const anyCase = 0x202020202020

// firstBytes returns the first six bytes of b.
func firstBytes(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b) & (1<<48 - 1)
	}
	var v uint64
	for i, c := range b[:min(len(b), headLen)] {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// rough hashes both ends and the length of b[i:i+n] under the key, without regard to case.
func (k *KnownSet) rough(b []byte, i, n int) uint32 {
	const lowerBits = 0x2020202020202020
	var x, y uint64
	if n >= 8 {
		x, y = binary.LittleEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i+n-8:])
	} else {
		x, y = uint64(binary.LittleEndian.Uint32(b[i:])), uint64(binary.LittleEndian.Uint32(b[i+n-4:]))
	}
	h := ((x | lowerBits) ^ k.key.k1) * 0x9e3779b97f4a7c15
	h ^= bits.RotateLeft64(((y|lowerBits)^k.key.k0)*0xc2b2ae3d27d4eb4f, 31) + uint64(n) //nolint:gosec // At most MaxKnown.
	return uint32(h * 0x165667b19e3779f9 >> 32)
}

// Version counts what was added: while it stays the same, a text has the same known values in it.
func (k *KnownSet) Version() uint64 { return k.version.Load() }

// Len returns the number of values and fingerprints in the set.
func (k *KnownSet) Len() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.size()
}

func (k *KnownSet) size() int { return k.prints.n + k.exact.n + k.fold.n }

// find returns the shard of an entry, and its place there or the free one that it would take.
func (x *knownIndex) find(v *knownEntry) (s *knownShard, i int, ok bool) {
	s = &x.shards[v.sum>>58]
	if len(s.slots) == 0 {
		return s, 0, false
	}
	mask := uint64(len(s.slots) - 1) //nolint:gosec // Not negative.
	for p := v.sum & mask; ; p = (p + 1) & mask {
		w := &s.slots[p]
		if w.length == 0 {
			return s, int(p), false //nolint:gosec // Under the length of slots.
		}
		if w.sum == v.sum && w.rough == v.rough && w.length == v.length && (v.typ == 0 || w.typ == v.typ) {
			return s, int(p), true //nolint:gosec // As above.
		}
	}
}

func (x *knownIndex) has(v *knownEntry) bool {
	_, _, ok := x.find(v)
	return ok
}

// insert adds an entry that is not there.
func (x *knownIndex) insert(v knownEntry, head uint16) {
	if x.heads == nil {
		x.heads = make([]uint64, 1<<10)
		x.lens = make([]uint64, 1<<16)
	}
	x.heads[head>>6] |= 1 << (head & 63)
	x.lens[head] |= 1 << min(v.length, longLen)
	if v.length >= longLen {
		if at, ok := slices.BinarySearch(x.long, v.length); !ok {
			x.long = slices.Insert(x.long, at, v.length)
		}
	}
	s, i, _ := x.find(&v)
	if s.n >= len(s.slots)*4/5 {
		old := s.slots
		s.slots = make([]knownEntry, max(8, 2*len(old)))
		for j := range old {
			if old[j].length != 0 {
				_, at, _ := x.find(&old[j])
				s.slots[at] = old[j]
			}
		}
		_, i, _ = x.find(&v)
	}
	s.slots[i] = v
	s.n++
	x.n++
}

// addBloom adds a rough hash to the filter, which has at least 8 bits for each value.
func (x *knownIndex) addBloom(rough uint32) {
	if x.n*8 <= len(x.bloom)*64 {
		x.setBloom(rough)
		return
	}
	x.bloom = make([]uint64, max(64, 2*len(x.bloom)))
	for i := range x.shards {
		for _, v := range x.shards[i].slots {
			if v.length != 0 {
				x.setBloom(v.rough)
			}
		}
	}
}

func (x *knownIndex) setBloom(rough uint32) {
	bit := rough & uint32(len(x.bloom)*64-1) //nolint:gosec // A power of two.
	x.bloom[bit>>6] |= 1 << (bit & 63)
}

// mayHold reports whether a value with this rough hash may be in the set.
func (x *knownIndex) mayHold(rough uint32) bool {
	bit := rough & uint32(len(x.bloom)*64-1) //nolint:gosec // A power of two.
	return x.bloom[bit>>6]>>(bit&63)&1 != 0
}

// begins returns the lengths of values that begin with this head.
func (x *knownIndex) begins(head uint16) uint64 {
	if x.n == 0 || x.heads[head>>6]>>(head&63)&1 == 0 {
		return 0
	}
	return x.lens[head]
}

// wordByte reports whether c continues a word for the purpose of finding values.
func wordByte(c byte) bool { return isWord(c) && c != '_' || c >= 0x80 }

// edge reports whether a value can start or end between b[i-1] and b[i].
func edge(b []byte, i int) bool {
	return i <= 0 || i >= len(b) || !wordByte(b[i-1]) || !wordByte(b[i])
}

// each looks for the values of one index that begin at i and have one of the lengths.
func (k *KnownSet) each(x *knownIndex, b []byte, i int, lens uint64, fn func(start, end int, t Type)) {
	for m := lens &^ (1 << longLen); m != 0; m &= m - 1 {
		n := bits.TrailingZeros64(m)
		if i+n > len(b) {
			return
		}
		k.try(x, b, i, n, fn)
	}
	if lens>>longLen != 0 {
		for _, n := range x.long {
			if i+int(n) > len(b) {
				return
			}
			k.try(x, b, i, int(n), fn)
		}
	}
}

// try reports b[i:i+n] if it is a value of the index.
func (k *KnownSet) try(x *knownIndex, b []byte, i, n int, fn func(start, end int, t Type)) {
	end := i + n
	if !edge(b, end) || isSpace(b[end-1]) {
		return
	}
	var v knownEntry
	switch x {
	case &k.prints:
		v = printEntry(n, k.key.sum(b[i:end]))
	case &k.exact:
		rough := k.rough(b, i, n)
		if !x.mayHold(rough) {
			return
		}
		v = knownEntry{sum: k.key.sum64(b[i:end]), rough: rough, length: uint16(n)} //nolint:gosec // At most MaxKnown.
	default:
		rough := k.rough(b, i, n)
		if !x.mayHold(rough) {
			return
		}
		var buf [MaxKnown]byte
		for j, c := range b[i:end] {
			buf[j] = lower(c)
		}
		v = knownEntry{sum: k.key.sum64(buf[:n]), rough: rough, length: uint16(n)} //nolint:gosec // As above.
	}
	s, at, ok := x.find(&v)
	if !ok {
		return
	}
	for p := at; s.slots[p].length != 0; p = (p + 1) & (len(s.slots) - 1) { // A value may be of several types.
		w := &s.slots[p]
		if w.sum == v.sum && w.rough == v.rough && w.length == v.length {
			fn(i, end, w.typ)
		}
	}
}

// escapeLetter reports whether b[i-1] is the letter of an escape such as \n, so that a word starts at i.
func escapeLetter(b []byte, i int) bool {
	return i > 1 && b[i-2] == '\\' && (b[i-1] == 'n' || b[i-1] == 'r' || b[i-1] == 't')
}
