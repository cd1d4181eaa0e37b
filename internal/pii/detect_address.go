package pii

// Postal addresses are found at the word that names a kind of street: "Street" behind a name and a number, "rue" behind a
// number, "Calle" before a name and a number, "…straße" before a number. From there the address is read in both
// directions. A street whose kind has other meanings too (Way, Court, Drive) needs a city with a postal code, a unit, or
// a word before it that says that an address follows.

// streetSuffixes end the names of streets of English-speaking countries (USPS Publication 28, appendix C1, and what is
// common in the United Kingdom, Canada and Australia).
var streetSuffixes = []string{
	"Street", "St", "Avenue", "Ave", "Road", "Rd", "Boulevard", "Blvd", "Lane", "Ln", "Drive", "Dr", "Court", "Ct", "Place", "Pl", "Way",
	"Terrace", "Ter", "Circle", "Cir", "Crescent", "Cres", "Square", "Sq", "Highway", "Hwy", "Parkway", "Pkwy", "Close", "Gardens", "Grove",
	"Mews", "Hill", "Row", "Walk", "Alley", "Trail", "Loop", "Pike", "Plaza", "Quay", "Rise", "View", "Parade", "Esplanade",
	"STREET", "ST", "AVENUE", "AVE", "ROAD", "RD", "BLVD", "LANE", "DRIVE",
}

// plainSuffixes mean little else than a street.
var plainSuffixes = wordSet(`street avenue ave road rd boulevard blvd crescent terrace highway hwy parkway pkwy esplanade`)

// streetLeads begin the names of streets; a number follows. In French it may stand before.
var streetLeads = []string{
	"Calle ", "Avenida ", "Avda. ", "Avda ", "Av. ", "Paseo ", "Plaza ", "Carrer ", "Carretera ", "Camino ", "Ronda ", "Travesía ", "Glorieta ",
	"Via ", "Viale ", "Piazza ", "Piazzale ", "Corso ", "Vicolo ", "Largo ", "Strada ", "Rua ", "Travessa ", "Praça ", "Alameda ", "Estrada ",
	"Rue ", "rue ", "Avenue ", "avenue ", "Boulevard ", "boulevard ", "bd ", "Place ", "place ", "Chemin ", "chemin ", "Impasse ", "impasse ", "allée ", "Allée ",
	"Quai ", "quai ", "cours ", "Route ", "route ", "ul. ", "al. ", "Ulica ", "ulica ", "Jalan ", "Ulitsa ",
}

// streetEndings end the names of streets that are one word; plain says that they mean little else.
var streetEndings = []struct {
	text  string
	plain bool
}{
	{"strasse", true},
	{"stra\xc3\x9fe", true},
	{"str.", true},
	{"str", true},
	{"gasse", true},
	{"allee", true},
	{"straat", true},
	{"laan", true},
	{"gracht", true},
	{"gatan", true},
	{"vagen", true},
	{"v\xc3\xa4gen", true},
	{"gade", true},
	{"gata", true},
	{"veien", true},
	{"vej", true},
	{"katu", true},
	{"platz", false},
	{"weg", false},
	{"ring", false},
	{"ufer", false},
	{"damm", false},
	{"plein", false},
	{"kade", false},
	{"dijk", false},
	{"singel", false},
	{"hof", false},
	{"markt", false},
	{"promenade", false},
	{"chaussee", true},
	{"steeg", false},
	{"berg", false},
	{"tie", false},
}

// addressWords before an address say that one follows.
var addressWords = wordSet(`address addr live lives living lived reside resides residing located location at ship shipped deliver delivered
delivery billing mailing home street house property moved moving adresse wohne wohnt wohnhaft habite demeurant direccion vivo vive
indirizzo abito abita endereco moro mora address woon woont visit office premises site apartment`)

const (
	maxStreetBack = 96
	maxAddress    = 240
	maxStreetWord = 6
)

// streetSuffix is called at a word of streetSuffixes and looks back for a name and a number: "123 Main St".
func (e *engine) streetSuffix(i int) {
	b := e.b
	if i < 4 || b[i-1] != ' ' || i < e.addrEnd {
		return
	}
	end := run(b, i, i+12, chUpper|chLower)
	if end < len(b) && (isWord(b[end]) || b[end] == '-' && end+1 < len(b) && isWord(b[end+1])) {
		return
	}
	suffix := b[i:end]
	p, words := i, 0
	start := -1
	for words < maxStreetWord && p > 1 && b[p-1] == ' ' && i-p < maxStreetBack {
		q := p - 1
		for q > 0 && p-q < 32 && (wordByte(b[q-1]) || b[q-1] == '-' || b[q-1] == '.' || b[q-1] == '/' || b[q-1] == '\'' && q > 1 && wordByte(b[q-2])) {
			q--
		}
		w := b[q : p-1]
		if len(w) == 0 {
			break
		}
		if words > 0 && isHouseNumber(w) {
			start = q
			break
		}
		if !streetWord(w) || words == maxNamedStreet {
			break
		}
		words++
		p = q
	}
	if start < 0 {
		if unit, ok := unitBefore(b, p); ok && words > 0 { // Plot 5, Station Road
			e.address(unit, end, inSet(plainSuffixes, suffix))
			return
		}
		if start = numberComma(b, p); start < 0 {
			e.namedHouse(p, end)
			return
		}
	}
	if furtherWord(b, end) {
		return
	}
	if !addressStarts(b, start) {
		return
	}
	if is(b[end-1], chLetters) && end+1 < len(b) && b[end] == ' ' { // A direction behind: "5 Elm St NW".
		if n := direction(b, end+1); n > 0 {
			end += 1 + n
		}
	}
	e.address(start, end, inSet(plainSuffixes, suffix))
}

// numberComma returns where the number of a house begins that stands with a comma before the name of a street at i: "12, High
// Street". It returns -1 if there is none.
func numberComma(b []byte, i int) int {
	p := i - 2
	if p < 1 || b[p] != ',' || b[p+1] != ' ' || !is(b[i], chUpper) {
		return -1
	}
	q := runBack(b, p, p-6, chWord)
	if q == p || !isHouseNumber(b[q:p]) || !addressStarts(b, q) {
		return -1
	}
	return q
}

// furtherWord reports whether a word of English in capitals follows the kind of street that ends at i: "300 Open Street Map".
func furtherWord(b []byte, i int) bool {
	if i+1 >= len(b) || b[i] != ' ' {
		return false
	}
	w := nameWord(b, i+1)
	if w == 0 {
		return false
	}
	info := lookupName(b[i+1 : w])
	return info.word() && !info.proper() && info.surname() < 2 && !inSet(placeLeads, b[i+1:w]) && !inSet(unitWords, b[i+1:w]) && !inSet(placeTails, b[i+1:w]) && !inSet(compass, b[i+1:w])
}

// compass are the points that may stand behind the name of a street.
var compass = wordSet(`north south east west northeast northwest southeast southwest central extension`)

// maxNamedStreet bounds the words of a street's name before its kind: more are the sentence's.
const maxNamedStreet = 5

// namedHouse judges the street b[start:end] that has no number: with a British or Canadian postcode behind it, it is an
// address, and the name of the house before it belongs to it: "The Old Rectory, Church Lane, Little Snoring NR21 0JP".
func (e *engine) namedHouse(start, end int) {
	b := e.b
	if start >= end || !is(b[start], chUpper) || !addressStarts(b, start) {
		return
	}
	to, sure := wholeAddress(b, end)
	if !sure || !isLetter(b[to-1]) || !isDigit(b[to-3]) {
		return
	}
	if p := start - 2; p > 0 && b[p] == ',' && b[p+1] == ' ' {
		q := p
		for words := 0; words < 4 && q > 0; words++ {
			s := q
			for s > 0 && q-s < 24 && (wordByte(b[s-1]) || b[s-1] == '\'' || b[s-1] == '-') {
				s--
			}
			if s == q || !is(b[s], chUpper) {
				break
			}
			start = s
			if s == 0 || b[s-1] != ' ' {
				break
			}
			q = s - 1
		}
	}
	e.add(start, to, PostalAddress, ruleAddress, Reason{Bits: ReasonShape}, 75)
	e.addrEnd = max(e.addrEnd, to)
}

const chLetters = chUpper | chLower

// direction returns the length of an abbreviated point of the compass at i, or 0.
func direction(b []byte, i int) int {
	n := run(b, i, i+3, chUpper) - i
	if n == 0 || n > 2 || i+n < len(b) && wordByte(b[i+n]) {
		return 0
	}
	switch string(b[i : i+n]) {
	case "N", "S", "E", "W", "NE", "NW", "SE", "SW":
		return n
	}
	return 0
}

// streetWord reports whether w can stand in the name of a street: a capitalised word, a point of the compass, an ordinal.
func streetWord(w []byte) bool {
	switch {
	case is(w[0], chUpper) || w[0] >= 0x80:
		return !isDigit(w[len(w)-1])
	case isDigit(w[0]): // 5th, 42nd
		n := run(w, 0, len(w), chDigit)
		return n <= 3 && len(w)-n == 2 && is(w[n], chLower) && is(w[n+1], chLower)
	}
	return inSet(streetParticles, w)
}

var streetParticles = wordSet(`of the de la le les des du del della delle degli dei di da do dos das van von der den het 't st et y e och i am an im zum zur`)

// isHouseNumber reports whether w is the number of a house: 12, 12a, 12-14, 12/3, 12/A, 221B.
func isHouseNumber(w []byte) bool {
	n := run(w, 0, len(w), chDigit)
	if n == 0 || n > 5 || w[0] == '0' {
		return false
	}
	if n == len(w) || n+1 == len(w) && isLetter(w[n]) {
		return true
	}
	return (w[n] == '-' || w[n] == '/') && n+1 < len(w) && len(w)-n <= 5 && (allOf(w[n+1:], chDigit) || w[n] == '/' && len(w) == n+2 && isLetter(w[n+1]))
}

// addressStarts reports whether an address can begin at i.
func addressStarts(b []byte, i int) bool {
	if i == 0 || isSpace(b[i-1]) || b[i-1] >= 0x80 {
		return true
	}
	switch b[i-1] {
	case '"', '\'', '(', ',', ';', ':', '>', '|', '[', '=', '`':
		return true
	}
	return escapedBefore(b, i)
}

// address reports the address whose street is b[start:end], with what belongs to it before and behind.
func (e *engine) address(start, end int, plain bool) {
	b := e.b
	start, unit := unitBefore(b, start)
	end, sure := wholeAddress(b, end)
	bits, confidence := ReasonShape, uint8(70)
	switch {
	case sure:
		confidence = 85
	case e.addressBefore(start):
		bits |= ReasonContext
		confidence = 75
	case unit:
	case !plain:
		confidence = 40
	}
	e.add(start, end, PostalAddress, ruleAddress, Reason{Bits: bits}, confidence)
	e.addrEnd = max(e.addrEnd, end)
}

// wholeAddress is addressEnd for a street that ends at i, whose abbreviation may have a full stop: "12 Elm St., Boston".
func wholeAddress(b []byte, i int) (end int, sure bool) {
	if i < len(b) && b[i] == '.' {
		if end, sure = addressEnd(b, i+1); end > i+1 {
			return end, sure
		}
	}
	return addressEnd(b, i)
}

// addressBefore reports whether one of the three words before i says that an address follows.
func (e *engine) addressBefore(i int) bool {
	b := e.b
	for range 3 {
		j := i
		for j > 0 && i-j < 4 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '"' || b[j-1] == ',' || b[j-1] == '=') {
			j--
		}
		s := j
		for s > 0 && j-s < 20 && wordByte(b[s-1]) {
			s--
		}
		if s == j {
			return false
		}
		if inSet(addressWords, b[s:j]) {
			return true
		}
		i = s
	}
	return false
}

// addressValue judges the value at i behind a key name of an address: text with a number and a word, or a postal code
// alone where the key says so.
func (e *engine) addressValue(k KeyID, i int) {
	b := e.b
	quote := byte(0)
	for n := 0; i < len(b) && n < 4 && (isQuote(b[i]) || b[i] == '\\' || b[i] == '['); n++ {
		if isQuote(b[i]) {
			quote = b[i]
		}
		i++
	}
	end := i
	digit, capital, letters, spaces := false, false, 0, 0
	for end < len(b) && end < i+maxAddress {
		c := b[end]
		if c == '\n' || c == '\r' || c == '<' || c == '=' || c == '{' || c == quote && quote != 0 || c == '\\' && quote != 0 || quote == 0 && (c == ';' || c == '|' || c == '&' || c == '"') {
			break
		}
		switch c {
		case ':', '_', '@', '*', '$', '%', '+', '>', '!', '?', '^', '~': // Another address, or code.
			return
		case '(', ')', '[', ']':
			if quote == 0 {
				return
			}
		}
		if quote == 0 && c == ',' && (end+1 >= len(b) || b[end+1] != ' ' || keyFollows(b, end+2)) || c == '.' && quote == 0 && (end+1 >= len(b) || isSpace(b[end+1])) && spaces > 1 && end-i > 8 {
			break
		}
		digit = digit || isDigit(c)
		capital = capital || is(c, chUpper) && end+1 < len(b) && is(b[end+1], chLower) || c >= 0x80
		if isLetter(c) || c >= 0x80 {
			letters++
		}
		if c == ' ' {
			spaces++
			if quote == 0 && keyFollows(b, end+1) {
				break
			}
		}
		end++
	}
	for end > i && (isSpace(b[end-1]) || b[end-1] == ',' || b[end-1] == '.') {
		end--
	}
	if end <= i || quote != 0 && (end >= len(b) || b[end] == '\n') {
		return
	}
	reason := Reason{Bits: ReasonKey, Key: k}
	if keyTable[k].kind == keyPostcode {
		if postCode(b, i) == end {
			e.add(i, end, PostalAddress, ruleAddress, reason, 70)
		}
		return
	}
	if len(keyTable[k].word) <= len("address") && keyTable[k].word[0] == 'a' && !capital { // "address: 10 already in use"
		return
	}
	if !digit || letters < 4 || spaces == 0 || !is(b[i], chWord) && b[i] < 0x80 || end-i < 8 || isPlaceholder(b[i:end]) {
		return
	}
	confidence := uint8(75)
	if quote == 0 {
		confidence = 60
	}
	e.add(i, end, PostalAddress, ruleAddress, reason, confidence)
	e.addrEnd = max(e.addrEnd, end)
}
