package pii

import "strings"

// streetLead is called at a word of streetLeads and looks for a name and a number behind it, "Calle Mayor 5", or, in
// French, a number before and a name behind: "12 bis, rue de la Paix".
func (e *engine) streetLead(i int) {
	b := e.b
	if i < e.addrEnd || !addressStarts(b, i) {
		return
	}
	p := i
	for p < len(b) && b[p] != ' ' {
		p++
	}
	lead := b[i:p]
	capital := false
	words, end := 0, p
	for words < maxStreetWord && p+1 < len(b) && b[p] == ' ' && p-i < maxStreetBack {
		q := p + 1
		if isDigit(b[q]) && words > 0 {
			break
		}
		for q < len(b) && q < p+32 && (wordByte(b[q]) || b[q] == '\'' || b[q] == '-' || b[q] == '.' && q+1 < len(b) && b[q+1] == ' ') {
			q++
		}
		w := b[p+1 : q]
		if len(w) == 0 || !streetWord(w) || isDigit(w[0]) && words == 0 {
			break
		}
		words++
		if !inSet(streetParticles, w) {
			capital = true
			end = q
		}
		p = q
	}
	if !capital {
		return
	}
	if start := numberBefore(b, i); start >= 0 { // French
		if w := nameWord(b, i+len(lead)+1); w > 0 && is(lead[0], chUpper) {
			if info := lookupName(b[i+len(lead)+1 : w]); info.word() && info.given() == 0 && info.surname() == 0 { // 100 Place Holders
				return
			}
		}
		e.address(start, end, true)
		return
	}
	p = end
	if p < len(b) && b[p] == ',' {
		p++
	}
	if p+1 < len(b) && b[p] == ' ' {
		p++
	}
	for _, s := range [...]string{"n. ", "nº ", "n° ", "no. ", "núm. ", "nr "} {
		if hasPrefix(b[p:], s) {
			p += len(s)
			break
		}
	}
	q := numberEnd(b, p)
	if q == 0 || p == end {
		return
	}
	plain := is(lead[0], chUpper) || lead[len(lead)-1] == '.'
	switch string(lead) {
	case "Place", "Route", "Largo", "Ronda", "Strada", "Via", "Plaza":
		plain = false
	}
	e.address(i, q, plain)
}

// numberBefore returns where the number of a house before i begins, with "bis" or a comma between, or -1.
func numberBefore(b []byte, i int) int {
	p := i
	if p > 0 && b[p-1] == ' ' {
		p--
	} else {
		return -1
	}
	if p > 0 && b[p-1] == ',' {
		p--
	}
	for _, s := range [...]string{" bis", " ter", " quater"} {
		if p >= len(s) && string(b[p-len(s):p]) == s {
			p -= len(s)
			break
		}
	}
	q := runBack(b, p, p-8, chWord)
	if q == p || !isHouseNumber(b[q:p]) || !addressStarts(b, q) {
		return -1
	}
	return q
}

// numberEnd returns the end of the number of a house at i, with a letter behind a space too ("12 a"), or 0.
func numberEnd(b []byte, i int) int {
	j := i
	for j < len(b) && j < i+10 && (isWord(b[j]) || (b[j] == '-' || b[j] == '/') && j+1 < len(b) && (isDigit(b[j+1]) || b[j] == '/' && isLetter(b[j+1]))) {
		j++
	}
	if j == i || !isHouseNumber(b[i:j]) || j+1 < len(b) && (b[j] == '.' || b[j] == ':' || b[j] == '%') && isDigit(b[j+1]) {
		return 0
	}
	if j+1 < len(b) && b[j] == ' ' && is(b[j+1], chLower) && (j+2 >= len(b) || !wordByte(b[j+2])) && b[j+1] != 'a' && b[j+1] != 'e' && b[j+1] != 'y' {
		return j + 2
	}
	return j
}

// streetWordNumber judges the capitalised word b[start:end] before a number: "Musterstraße 12". It is called for words
// with a digit behind the space, or the full stop and space, that follow.
func (e *engine) streetWordNumber(start, end int) {
	b := e.b
	if start < e.addrEnd || end-start < 5 || !addressStarts(b, start) {
		return
	}
	plain, ok := streetEnding(b[start:end])
	if !ok {
		return
	}
	p := end
	if b[p] == '.' {
		p++
	}
	if p >= len(b) || b[p] != ' ' {
		return
	}
	q := numberEnd(b, p+1)
	if q == 0 {
		return
	}
	// "Berliner Straße 5", "Prenzlauer Allee 5", "Lange Straat 5"; "Am Kurfürstendamm 5".
	if p := start - 1; p > 1 && b[p] == ' ' && wordByte(b[p-1]) {
		s := p
		for s > 0 && p-s < 24 && (wordByte(b[s-1]) || b[s-1] == '-') {
			s--
		}
		whole := end - start
		if r, n := runeAt(b, s); n > 0 && upperRune(r) && whole <= 8 && addressStarts(b, s) && streetOnly(b[start:end]) {
			start = s
		}
	}
	if streetOnly(b[start:end]) { // The ending alone is no name.
		return
	}
	e.address(start, q, plain)
}

// streetEnding reports whether w ends like the name of a street.
func streetEnding(w []byte) (plain, ok bool) {
	if len(w) < 3 || !endsLikeStreet(w, len(w)) {
		return false, false
	}
	for i := range streetEndings {
		s := &streetEndings[i]
		if hasSuffixFold(w, s.text) {
			return s.plain, true
		}
	}
	return false, false
}

// streetTails has the last three bytes of streetEndings, with and without the full stop.
var streetTails *threes

func makeStreetTails() *threes {
	t := new(threes)
	for _, s := range streetEndings {
		for _, w := range []string{s.text, strings.TrimSuffix(s.text, ".")} {
			t.add(w[len(w)-3], w[len(w)-2], w[len(w)-1])
		}
	}
	return t
}

// endsLikeStreet reports whether the word that ends at i, 3 at least, may be one with an ending of streetEndings.
func endsLikeStreet(b []byte, i int) bool {
	return streetTails.has(uint32(b[i-3]) | uint32(b[i-2])<<8 | uint32(b[i-1])<<16)
}

// streetOnly reports whether w is nothing but the ending of a street's name: "Straße".
func streetOnly(w []byte) bool {
	for i := range streetEndings {
		if s := streetEndings[i].text; len(s) == len(w) && hasPrefixFold(w, s) {
			return true
		}
	}
	return false
}
