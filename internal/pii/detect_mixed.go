package pii

// mixedLens has a bit for each length of a word of letters and digits that may be, or begin, something of interest; the
// last is that of all longer ones.
const mixedLens uint64 = 1<<64 - 1<<4

// mixed is called at a word, b[start:end], that has both letters and digits, with the union of the classes of its
// bytes. It may be, or begin, an account number, a national id, a wallet or a vehicle's number.
func (e *engine) mixed(start, end int, seen uint32) {
	n := end - start
	switch {
	case n >= 23 && n <= 28 && end < len(e.b) && e.b[end] == '.' && seen&(chUpper|chLower) == chUpper|chLower:
		e.discordToken(start, end)
	case n == 34 && e.b[start] == 'S' && e.b[start+1] == 'K' && allOf(e.b[start+2:end], chHex):
		e.tokenAround(start, start+2, chHex, 32, 32, infixRows.twilio)
	case n >= 32 && (start > 0 && (e.b[start-1] == '*' || e.b[start-1] == ':') || e.b[start] == 'm' || e.b[start] == '0' && e.b[start+1] == 'x'):
		e.hexHash(start, end)
	}
	if n >= 5 && n <= 24 && start > 3 && !isWord(e.b[start-1]) && e.slashN(start, end) {
		return
	}
	if n >= 25 && n <= 120 && e.wallet(start, end) || seen&chUpper != 0 && seen&chLower != 0 || n > 34 || e.iban(start, end) {
		return
	}
	if n == 12 && e.macBare(start, end) || n == 17 && e.vin(start, end) || n >= len(shapeIndex.mixed) || len(shapeIndex.mixed[n]) == 0 {
		return
	}
	b := e.b
	digits := uint32(0)
	for k, c := range b[start:end] {
		digits |= charTab[c] & chDigit << k
	}
	for i := range shapeIndex.mixed[n] {
		w := &shapeIndex.mixed[n][i]
		if digits&w.letter == 0 && digits&w.digit == w.digit {
			var sur surround
			if e.wordShapes(shapeIndex.mixed[n], start, &sur) {
				return
			}
			break
		}
	}
}
