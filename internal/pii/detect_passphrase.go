package pii

// The words of a passphrase: three random words are what the NCSC advises (ncsc.gov.uk, "Three random words"), four and more
// what Diceware lists are drawn for, of which the words have up to nine letters (eff.org/dice).
const (
	minPhraseWords = 3
	maxPhraseWords = 12
	maxPhraseWord  = 12
)

// passphraseEnd returns where a passphrase ends whose first word is the unquoted value v, or 0: plain words of one case up to
// the end of the line or of the string around it, hardly one of them a word that sentences and logs are made of
// ("password: correct horse battery staple", not "password: updated for all users").
func passphraseEnd(b []byte, v value) int {
	words, common := 0, 0
	i, hi := v.start, min(len(b), v.start+maxTag)
	for {
		end := run(b, i, i+maxPhraseWord+1, chLetters)
		if end-i < 2 || end-i > maxPhraseWord || !sameCase(b[v.start:], b[i:end]) {
			return 0
		}
		if words++; words > maxPhraseWords {
			return 0
		}
		if commonWord(b[i:end]) {
			common++
		}
		if end == hi || b[end] != ' ' {
			i = end
			break
		}
		i = end + 1
	}
	ends := i == len(b) || b[i] == '\n' || b[i] == '\r' || b[i] == '"' && endsAfter(b, i+1) || b[i] == '\\' && escapeEnds(b, i)
	if !ends || words < minPhraseWords || common > words/4 {
		return 0
	}
	return i
}

// sameCase reports whether w is written as the first word of phrase is: in small letters, in capitals, or with a capital
// before small letters.
func sameCase(phrase, w []byte) bool {
	first, rest := is(phrase[0], chUpper), is(phrase[1], chUpper)
	for i, c := range w {
		if upper := i == 0 && first || i > 0 && rest; is(c, chUpper) != upper {
			return false
		}
	}
	return true
}

// commonWord reports whether w is one that sentences and logs are made of.
func commonWord(w []byte) bool {
	var buf [maxPhraseWord]byte
	for i, c := range w {
		buf[i] = lower(c)
	}
	word := buf[:len(w)]
	return len(w) < 3 || commonWords()[string(word)] || proseWords[string(word)] || inSet(userWords, word)
}

// nextLineValue returns the value of a key of a secret that stands alone on a line behind it: what a person pastes into a
// ticket, or a form writes. The key ends its line with a colon, at i; what follows must be one word that nobody reads.
func nextLineValue(b []byte, i int) (value, bool) {
	if i < len(b) && b[i] == '\r' {
		i++
	}
	if i >= len(b) || b[i] != '\n' {
		return value{}, false
	}
	start := run(b, i+1, i+33, chSpace)
	end := start
	for end < len(b) && end <= start+maxKey && !isSpace(b[end]) {
		end++
	}
	text := b[start:end]
	if len(text) < 6 || len(text) > maxKey || end < len(b) && b[end] != '\n' && b[end] != '\r' {
		return value{}, false
	}
	var kinds uint32
	for _, c := range text {
		if c == ':' || c == '=' || c == '/' || c == '<' || c == '{' || c == '[' || c == '(' {
			return value{}, false // A setting, a path, markup, the call of a function.
		}
		kinds |= charTab[c] & (chDigit | chUpper | chLower)
	}
	if kinds&chDigit == 0 || kinds == chDigit || isPlaceholder(text) {
		return value{}, false
	}
	return value{start: start, end: end}, true
}
