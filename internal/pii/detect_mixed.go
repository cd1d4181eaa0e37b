package pii

// mixedLens has a bit for each length of a word of letters and digits that may be, or begin, something of interest.
const mixedLens = 1<<63 - 1<<4

// mixed is called at a word, b[start:end], that has both letters and digits, with the union of the classes of its
// bytes. It may be, or begin, an account number, a national id, a wallet or a vehicle's number.
func (e *engine) mixed(start, end int, seen uint32) {
	_, _, _ = start, end, seen
}
