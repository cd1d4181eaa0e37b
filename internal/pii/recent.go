package pii

import "hash/maphash"

// recentSlots is how many values a recent remembers.
const recentSlots = 1 << 10

// recent remembers values that were seen lately, for work that need not be done again for them: by 128 bits of a keyed
// hash and by no byte of them. It costs 24 KiB with the first value.
type recent struct {
	low, high maphash.Seed
	slots     *[recentSlots]recentSlot
}

type recentSlot struct {
	low, high uint64
	typ       Type // 0 if there is none.
}

// seek reports whether the value was seen under this type, and takes it in. at is its place: what is kept there by the
// caller is about this value if ok is true, and to be replaced if not.
func (r *recent) seek(t Type, value []byte) (at int, ok bool) {
	if r.slots == nil {
		r.low, r.high = maphash.MakeSeed(), maphash.MakeSeed()
		r.slots = new([recentSlots]recentSlot)
	}
	low, high := maphash.Bytes(r.low, value), maphash.Bytes(r.high, value)
	at = int((low + uint64(t)) & (recentSlots - 1)) //nolint:gosec // Small.
	s := &r.slots[at]
	if s.low == low && s.high == high && s.typ == t {
		return at, true
	}
	*s = recentSlot{low, high, t}
	return at, false
}
