package pii

import (
	"slices"
	"strings"
)

// namedTitles stand before the name of a person: titles, forms of address, greetings. A full stop may follow.
var namedTitles = []string{
	"Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Professor", "Doctor", "Herr", "Herrn", "Frau", "Mme", "Mlle", "Monsieur", "Madame",
	"Sr", "Sra", "Srta", "Señor", "Señora", "Don", "Doña", "Sig", "Signor", "Signora", "Dott", "Mevrouw", "Meneer", "Pan", "Pani",
	"Capt", "Captain", "Lt", "Sgt", "Col", "Sir", "Lady", "Lord", "Judge", "Senator", "Rev", "Ing", "MR", "MRS", "MS", "DR",
}

// greetings stand before a name at the head of a letter.
var greetings = []string{"Dear ", "Hi ", "Hello ", "Hey ", "Morning ", "Hallo ", "Liebe ", "Lieber ", "Bonjour ", "Cher ", "Chère ", "Hola ", "Querido ", "Querida ", "Ciao ", "Beste ", "Olá "}

// introductions end where a name begins.
var introductions = []string{
	"name is ", "name's ", "named ", "called ", "am ", "This is ", "this is ", "contact ", "Contact ", "heiße ", "heisse ", "Name ist ", "m'appelle ",
	"llamo ", "nombre es ", "chiamo ", "ask for ", "speak with ", "speak to ", "spoke with ", "spoke to ", "talk to ", "talked to ",
	"met with ", "assigned to ", "Assigned to ", "reported by ", "Reported by ", "written by ", "Written by ", "created by ", "Created by ",
	"approved by ", "Approved by ", "signed by ", "Signed by ", "on behalf of ", "employee ", "patient ", "customer ", "colleague ",
	"Employee ", "Patient ", "Customer ", "Prepared by ", "Attn: ", "ATTN: ", "c/o ", "ask ", "Ask ", "asked ", "Asked ", "told ", "Told ", "tell ", "Tell ",
	"according to ", "According to ", "thanks ", "Thanks ", "thank you ", "Thank you ", "Talked to ", "Spoke to ", "Spoke with ",
	"handed over to ", "assigned it to ",
}

// speech are verbs of what persons do: one who is called by a given name may stand before.
var speech = []string{"said ", "says ", "wrote ", "replied ", "asked ", "told ", "emailed ", "mentioned ", "promised ", "thinks ", "thought ", "suggested ", "called back", "is on holiday", "is on leave", "is out of office"}

// closings end a letter; the name is on the next line, or behind a comma.
var closings = []string{
	"regards,", "Regards,", "wishes,", "Sincerely,", "sincerely,", "truly,", "Thanks,", "thanks,", "Cheers,", "cheers,", "faithfully,",
	"Grüßen", "Grüße", "Gruß", "Gruss", "Cordialement,", "Saludos,", "saludos,", "saluti,", "groet,", "groeten,",
}

// titleWords returns the titles with what follows them.
func titleWords() []string {
	words := make([]string, 0, 2*len(namedTitles))
	for _, w := range namedTitles {
		words = append(words, w+" ", w+". ")
	}
	return words
}

// leadWordSet has the words of namedTitles and greetings, in lower case: they are no part of a name.
var leadWordSet = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range append(slices.Clone(namedTitles), greetings...) {
		m[string(lowerAll([]byte(strings.TrimSpace(w))))] = true
	}
	return m
}()

// titledName is called at a title and reports the name behind it: "Dr. Watson", "Mrs Jane Doe". The title stays.
func (e *engine) titledName(i int) {
	b := e.b
	j := run(b, i, i+12, chWord)
	for j < len(b) && j < i+12 && b[j] >= 0x80 { // Señor
		j = run(b, j+1, i+12, chWord)
	}
	if j < len(b) && b[j] == '.' {
		j++
	}
	if j+1 >= len(b) || b[j] != ' ' || !nameStarts(b, i) {
		return
	}
	j++
	for _, t := range [...]string{"Dr. ", "Prof. ", "med. "} { // Herr Prof. Dr. Schmidt
		if hasPrefix(b[j:], t) {
			return
		}
	}
	e.leadName(j, 78, true)
}

// greetedName is called at a greeting and reports the name behind it: "Dear John,", "Hi Mary Smith".
func (e *engine) greetedName(i int) {
	for _, w := range greetings {
		if hasPrefix(e.b[i:], w) {
			e.leadName(i+len(w), 70, false)
			return
		}
	}
}

// introducedName is called at the first word of an introduction: "my name is John", "contact Mary Smith".
func (e *engine) introducedName(i int) {
	for _, w := range introductions {
		if hasPrefix(e.b[i:], w) {
			if w == "am " && (i < 2 || string(e.b[i-2:i]) != "I ") {
				return
			}
			e.leadName(i+len(w), 65, hasSuffixName(w))
			return
		}
	}
}

// speaker is called at one of speech and reports the given name alone that begins the sentence, or follows a comma: "Marta said
// that it works".
func (e *engine) speaker(i int) {
	b := e.b
	if i < 4 || b[i-1] != ' ' {
		return
	}
	start := i - 1
	for start > 0 && i-start < maxNameWord && (isLetter(b[start-1]) || b[start-1] >= 0x80) {
		start--
	}
	if start < e.nameEnd || nameWord(b, start) != i-1 || start > 1 && b[start-1] == ' ' && b[start-2] != '.' && b[start-2] != ',' && b[start-2] != ':' {
		return
	}
	if info := lookupName(b[start : i-1]); info.given() < 3 || info.word() || inSet(notPeople, b[start:i-1]) || !nameStarts(b, start) {
		return
	}
	e.addName(start, i-1, ruleNameField, Reason{Bits: ReasonContext}, 65)
}

// hasSuffixName reports whether nothing but a name can follow the introduction.
func hasSuffixName(w string) bool {
	switch w {
	case "name is ", "name's ", "heiße ", "heisse ", "Name ist ", "m'appelle ", "llamo ", "nombre es ", "chiamo ":
		return true
	}
	return false
}

// closedName is called at the closing of a letter and reports the name below it, to the end of its line.
func (e *engine) closedName(i int) {
	b := e.b
	j := i
	for j < len(b) && j < i+16 && (wordByte(b[j]) || b[j] == ',') {
		j++
	}
	lines := 0
	for n := 0; j < len(b) && n < 12; n++ {
		switch {
		case b[j] == '\n':
			lines++
			j++
		case isSpace(b[j]):
			j++
		case b[j] == '\\' && j+1 < len(b) && (b[j+1] == 'n' || b[j+1] == 'r'):
			lines++
			j += 2
		default:
			n = 12
		}
	}
	s, ok := leadWords(b, j)
	if !ok || lines == 0 && s.first.given() < 2 {
		return
	}
	if end := s.end; end < len(b) && b[end] != '\n' && b[end] != '\r' && b[end] != '\\' && b[end] != ',' && b[end] != '.' && b[end] != '"' && b[end] != '<' && b[end] != ' ' {
		return
	}
	if s.first.word() && s.first.given() < 2 && (s.words == 1 || s.last.surname() == 0) || inSet(notNames, b[j:s.end]) {
		return
	}
	e.addName(j, s.end, ruleNameField, Reason{Bits: ReasonContext}, 70)
}

// leadName reports the name at i, which words before it announce. sure says that nothing but a name can stand there;
// otherwise the first word must be a given name or a surname, or the two of them no words of English.
func (e *engine) leadName(i int, confidence uint8, sure bool) {
	b := e.b
	if i < e.nameEnd {
		return
	}
	s, ok := leadWords(b, i)
	if !ok || !nameEnds(b, s.end) {
		return
	}
	if end := nameWord(b, i); end > 0 && inSet(notNames, b[i:end]) {
		return
	}
	first, last := s.first, s.last
	likely := first.given() >= 2 || first.given() == 1 && (s.words == 1 && !first.word() || last.surname() > 0) || first.surname() >= 2 && !first.word() && s.words == 1 ||
		s.words > 1 && first.given() > 0 && !last.word() || s.words > 1 && first.unknown() && last.surname() >= 2
	if !likely && (!sure || first.word() && first.given()+first.surname() == 0 && (s.words < 2 || last.surname() == 0)) {
		return
	}
	if s.words == 1 && !sure && s.end+1 < len(b) && b[s.end] == ' ' && is(b[s.end+1], chUpper) {
		return // A further word in capitals: a product, a place.
	}
	e.addName(i, s.end, ruleNameField, Reason{Bits: ReasonContext}, confidence)
}

// notNames follow titles and greetings and are none.
var notNames = wordSet(`
all team everyone everybody sir madam customer colleague colleagues friend friends folks there world user users member members
support admin administrator guys people valued president minister chairman chair speaker secretary director manager general
server service guest subscriber student students parents applicant hiring sirs damen kunde kundin zusammen leute tous
`)

// leadWords reads one to four words of a name at i, whatever they are, with initials and particles between.
func leadWords(b []byte, i int) (s nameSeq, ok bool) {
	at := i
	for ; s.words < 4; s.words++ {
		j := at
		if s.words > 0 {
			if at+1 >= len(b) || b[at] != ' ' {
				break
			}
			j = at + 1
		}
		for is2(b, j) { // An initial.
			j += 3
		}
		k := particle(b, j)
		end := nameWord(b, k)
		if end == 0 {
			break
		}
		info := wordInfo(b[k:end])
		if s.words > 0 {
			if info.word() && info.surname() == 0 && info.given() == 0 || inSet(notPeople, b[k:end]) {
				break
			}
		} else {
			s.first = info
		}
		s.last = info
		s.end, at = end, end
	}
	return s, s.words > 0
}

// is2 reports whether an initial with a full stop and a space stands at i: "J. ".
func is2(b []byte, i int) bool {
	return i+3 < len(b) && is(b[i], chUpper) && b[i+1] == '.' && b[i+2] == ' '
}
