package pii

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameTable holds names of persons and words of English by their hash, as names_gen.go writes it: slots of three bytes,
// 16 bits of the hash and a nameInfo. It is read where it lies: nothing is built at start.
//
//go:generate go run names_gen.go -census names/lib/names.js -faker names/dist/index.js -pyfaker names/person -scowl names/scowl
//go:embed names.bin
var nameTable string

const (
	nameSlotSize = 3
	maxNameWord  = 24 // Bytes of a name that are looked up; the longest that the table has is of 20 letters.
)

// nameInfo is what a word may be.
type nameInfo uint8

// given returns how much the word tells of a given name: 3 much, 2 some, 1 little since it is a word or a place too, 0
// nothing.
func (n nameInfo) given() int { return int(n & 3) }

// surname is given for surnames.
func (n nameInfo) surname() int { return int(n >> 2 & 3) }

// word reports whether it is a word of English, a month or a product.
func (n nameInfo) word() bool { return n&(1<<4) != 0 }

// proper reports whether it is written with a capital in English: a place, a people, someone famous.
func (n nameInfo) proper() bool { return n&(1<<5) != 0 }

// unknown reports whether the word is no name of the table and no word of English.
func (n nameInfo) unknown() bool { return n&^(1<<5) == 0 }

// lookupName returns what w may be. Case, apostrophes and the diacritics of Latin letters do not matter.
func lookupName(w []byte) nameInfo {
	if len(w) > maxNameWord {
		return 0
	}
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(w); i++ {
		c := lower(w[i])
		if c == '\'' {
			continue
		}
		if c >= 0x80 {
			r, n := utf8.DecodeRune(w[i:])
			i += n - 1
			if r == '’' {
				continue
			}
			f := foldRune(r)
			if f == "" {
				return 0 // Another script: the table is of Latin letters.
			}
			for k := range len(f) {
				h = (h ^ uint64(f[k])) * 1099511628211
			}
			continue
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 29
	slots := uint64(len(nameTable) / nameSlotSize)
	fp := uint16(h>>32&0xffff) | 1
	for at := int(h%slots) * nameSlotSize; ; { //nolint:gosec // Below the length of the table.
		s := nameTable[at : at+nameSlotSize]
		if s[2] == 0 {
			return 0
		}
		if uint16(s[0])|uint16(s[1])<<8 == fp {
			return nameInfo(s[2])
		}
		if at += nameSlotSize; at == len(nameTable) {
			at = 0
		}
	}
}

// latinFold has the letters without diacritics for U+00C0 to U+017F, in lower case.
var latinFold = func() (t [0x180 - 0xc0]string) {
	for run := range strings.FieldsSeq("a:àáâãäåāăą ae:æ c:çćĉċč d:ďđð e:èéêëēĕėęě g:ĝğġģ h:ĥħ i:ìíîïĩīĭįı j:ĵ k:ķ l:ĺļľŀł " +
		"n:ñńņň o:òóôõöøōŏő oe:œ r:ŕŗř s:śŝşš ss:ß t:ţťŧ th:þ u:ùúûüũūŭůűų w:ŵ y:ýÿŷ z:źżž") {
		to, from, _ := strings.Cut(run, ":")
		for _, r := range from {
			t[r-0xc0] = to
			if u := unicode.ToUpper(r); u >= 0xc0 && u < 0x180 {
				t[u-0xc0] = to
			}
		}
	}
	return t
}()

// foldRune returns a Latin letter outside ASCII without its diacritics, in lower case, or "".
func foldRune(r rune) string {
	switch {
	case r >= 0xc0 && r < 0x180:
		return latinFold[r-0xc0]
	case r == 'ș', r == 'Ș':
		return "s"
	case r == 'ț', r == 'Ț':
		return "t"
	case r == 'İ':
		return "i"
	case r == 'ơ', r == 'Ơ':
		return "o"
	case r == 'ư', r == 'Ư':
		return "u"
	case r >= 0x1ea0 && r < 0x1efa: // The vowels of Vietnamese with two marks.
		n := (r - 0x1ea0) / 2
		return vietnameseFold[n : n+1]
	}
	return ""
}

// vietnameseFold has the letters without diacritics for each pair of U+1EA0 to U+1EF9, a capital and its small letter.
const vietnameseFold = "aaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy"

// nameWord reads a word at i that may be part of a name: a capital, then small letters. Apostrophes and hyphens may be
// inside (O'Brien, Jean-Pierre), and a second capital after Mc, Mac, De and the like. It returns the end, or 0.
func nameWord(b []byte, i int) int {
	r, n := runeAt(b, i)
	if n == 0 || !upperRune(r) {
		return 0
	}
	j := i + n
	seg, lowers := i, 0 // Where the current part began; its small letters.
	for j < len(b) && j < i+2*maxNameWord {
		c := b[j]
		switch {
		case is(c, chLower):
			lowers++
			j++
			continue
		case is(c, chUpper):
			if !capitalInside(b[seg:j]) {
				return 0
			}
			seg, lowers = j, 0
			j++
			continue
		case isDigit(c) || c == '_':
			return 0
		case c == '\'' || c == '-':
			if j+1 >= len(b) {
				break
			}
			if r, n := runeAt(b, j+1); n > 0 && upperRune(r) && (c == '-' && lowers > 0 || c == '\'' && j-seg <= 3) {
				j += 1 + n
				seg, lowers = j-n, 0
				continue
			}
			if c == '-' && isWord(b[j+1]) || c == '\'' && isLetter(b[j+1]) && b[j+1] != 's' {
				return 0
			}
		case c >= 0x80:
			r, n := utf8.DecodeRune(b[j:])
			if r == '’' {
				if r, m := runeAt(b, j+n); m > 0 && upperRune(r) && j-seg <= 3 {
					j += n + m
					seg, lowers = j-m, 0
					continue
				}
				break
			}
			if foldRune(r) != "" && !unicode.IsUpper(r) {
				lowers++
				j += n
				continue
			}
			if unicode.IsLetter(r) || r == utf8.RuneError {
				return 0
			}
		}
		break
	}
	if lowers == 0 || j-i > maxNameWord {
		return 0
	}
	return j
}

// runeAt returns the ASCII or Latin letter at i and its length, or 0.
func runeAt(b []byte, i int) (rune, int) {
	if i >= len(b) {
		return 0, 0
	}
	if b[i] < 0x80 {
		return rune(b[i]), 1
	}
	r, n := utf8.DecodeRune(b[i:])
	if foldRune(r) == "" {
		return 0, 0
	}
	return r, n
}

func upperRune(r rune) bool {
	if r < 0x80 {
		return r >= 'A' && r <= 'Z'
	}
	return unicode.IsUpper(r)
}

// capitalInside reports whether a capital may follow w in one word: McDonald, MacLeod, DeVito, LaRue, FitzGerald.
func capitalInside(w []byte) bool {
	switch string(w) {
	case "Mc", "Mac", "De", "Di", "Da", "Du", "La", "Le", "Van", "Fitz", "Al", "El", "St":
		return true
	}
	return false
}

// particles are words in small letters inside names.
var particles = wordSet(`van von der den de del della dela di da dos das do du le la el al bin bint binti ibn ben ter ten zu zur vom af av y e i und`)

// particle returns the end of one to three particles and the spaces behind them at i: "van der ".
func particle(b []byte, i int) int {
	for range 3 {
		j := run(b, i, i+6, chLower)
		if j == i || j >= len(b) || b[j] != ' ' || !inSet(particles, b[i:j]) {
			break
		}
		i = j + 1
	}
	return i
}

// patronym reports whether the particles in w say whose child somebody is, which whole names have behind them: "Abdul
// Rahman bin Yusof".
func patronym(w []byte) bool {
	switch string(w) {
	case "bin ", "bint ", "binti ", "ibn ":
		return true
	}
	return false
}
