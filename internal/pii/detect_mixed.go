package pii

// mixedLens has a bit for each length of a word of letters and digits that may be, or begin, something of interest.
const mixedLens = 1<<63 - 1<<4

// mixed is called at a word, b[start:end], that has both letters and digits, with the union of the classes of its
// bytes. It may be, or begin, an account number, a national id, a wallet or a vehicle's number.
func (e *engine) mixed(start, end int, seen uint32) {
	n := end - start
	switch {
	case n >= 23 && n <= 28 && end < len(e.b) && e.b[end] == '.' && seen&(chUpper|chLower) == chUpper|chLower:
		e.discordToken(start, end)
	case n == 34 && e.b[start] == 'S' && e.b[start+1] == 'K' && allOf(e.b[start+2:end], chHex):
		e.tokenAround(start, start+2, chHex, 32, 32, infixTwilio)
	}
	if n >= len(shapeIndex.mixed) || seen&chUpper != 0 && seen&chLower != 0 || len(shapeIndex.mixed[n]) == 0 {
		return
	}
	b := e.b
	digits := uint32(0)
	for k, c := range b[start:end] {
		digits |= charTab[c] & chDigit << k
	}
	for _, w := range shapeIndex.mixed[n] {
		if digits&w.letter == 0 && digits&w.digit == w.digit {
			e.wordShapes(shapeIndex.mixed[n], start, &surround{})
			return
		}
	}
}
