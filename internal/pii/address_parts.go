package pii

// unitWords name a part of a building; what follows is its number.
var unitWords = wordSet(`apt apartment suite ste unit flat floor fl room rm bldg building appt appartement wohnung whg etage stock top bus bte piso
puerta planta interno scala int lot trailer box apto andar bloco plot block house`)

// unitBefore moves start over a unit before the street: "Flat 2, 10 Downing Street", "Unit 5, ".
func unitBefore(b []byte, start int) (int, bool) {
	p := start
	if p < 6 || b[p-1] != ' ' {
		return start, false
	}
	p--
	if b[p-1] == ',' {
		p--
	}
	q := runBack(b, p, p-6, chWord)
	if q == p || q < 4 || b[q-1] != ' ' || !unitNumber(b[q:p]) {
		return start, false
	}
	for _, w := range [...]string{" No.", " No"} { // Plot No. 26
		if k := q - 1 - len(w); k > 0 && hasPrefix(b[k:], w) {
			q = k + 1
			break
		}
	}
	s := runBack(b, q-1, q-13, chLetters)
	if s == q-1 || !inSet(unitWords, b[s:q-1]) || !addressStarts(b, s) {
		return start, false
	}
	return s, true
}

// unitNumber reports whether w numbers a unit: 4, 4B, B.
func unitNumber(w []byte) bool {
	n := run(w, 0, len(w), chDigit)
	return n == len(w) && n <= 5 || len(w) <= 5 && len(w)-n <= 1 && isLetter(w[len(w)-1]) || len(w) <= 4 && isLetter(w[0]) && allOf(w[1:], chDigit)
}

// addressEnd reads what follows the street at i: units, a city, a state, a postal code, a country, with commas, spaces or
// line ends between. It returns the end of the last that belongs to the address; sure says that there is a postal code or
// a unit.
func addressEnd(b []byte, i int) (end int, sure bool) {
	end = i
	hi := min(len(b), i+maxAddress)
	city := false
	coded := false
	for part := range 8 {
		j, comma, line := addressGap(b, end)
		if j == end && part > 0 || j >= hi {
			return end, sure
		}
		if u := unitEnd(b, j); u > 0 && !coded {
			end, sure = u, true
			continue
		}
		if z := postCode(b, j); z > 0 && !coded && (comma || line || j > end) {
			end, sure, coded = z, true, true
			continue
		}
		if s := stateEnd(b, j); s > 0 && !coded {
			if z := postCode(b, min(len(b), s+1)); z > 0 && (b[s] == ' ' || b[s] == ',') {
				end, sure, coded = z, true, true
				continue
			}
			if s+2 < len(b) && b[s] == ',' && b[s+1] == ' ' && postCode(b, s+2) > 0 {
				end, sure, coded = postCode(b, s+2), true, true
				continue
			}
			if comma && (city || s >= len(b) || !wordByte(b[s])) {
				end = s
				city = true
				continue
			}
		}
		k := placeEnd(b, j, coded && !city)
		if k == 0 {
			if u := run(b, j, j+4, chUpper); coded && inSet(countries, b[j:u]) && (u >= len(b) || !wordByte(b[u])) {
				end = u // USA, UK
			}
			return end, sure
		}
		switch {
		case coded && !city && !comma: // 10115 Berlin
			end, city = provinceEnd(b, k), true
			continue
		case coded: // A country, or a city behind a comma.
			if !comma && !line || !isCountry(b[j:k]) && city {
				return end, sure
			}
			if !isCountry(b[j:k]) {
				city = true
			}
			end = k
			continue
		case !comma && !line: // "12 Elm St Springfield, IL 62704": only with a code behind.
			if e2, ok := codeFollows(b, k); ok {
				end, sure, coded, city = e2, true, true, true
				continue
			}
			return end, sure
		}
		if e2, ok := codeFollows(b, k); ok {
			end, sure, coded, city = e2, true, true, true
			continue
		}
		if line || city && !isCountry(b[j:k]) && !knownPlace(b[j:k]) && !followedByCode(b, k) || !city && !cityLike(b, j) {
			return end, sure
		}
		city = true
		end = k
	}
	return end, sure
}

// provinceEnd returns the end of the two capitals of a province behind the city that ends at k, as Italy writes them: "50122 Firenze
// (FI)", "10123 Torino TO". It returns k if there are none.
func provinceEnd(b []byte, k int) int {
	i := k + 1
	if i+2 > len(b) || b[k] != ' ' {
		return k
	}
	paren := b[i] == '('
	if paren {
		i++
	}
	j := run(b, i, i+3, chUpper)
	switch {
	case j-i != 2:
		return k
	case paren && j < len(b) && b[j] == ')':
		return j + 1
	case !paren && (j == len(b) || !isWord(b[j]) && b[j] != ' ' && b[j] < 0x80):
		return j
	}
	return k
}

// followedByCode looks one part further: "…, Leeds, West Yorkshire, LS1 4AB".
func followedByCode(b []byte, k int) bool {
	_, ok := codeFollows(b, k)
	return ok
}

// codeFollows reports whether a postal code, or a state and one, follows the city that ends at k, and returns its end.
func codeFollows(b []byte, k int) (int, bool) {
	j, _, _ := addressGap(b, k)
	if j == k {
		return 0, false
	}
	if z := postCode(b, j); z > 0 {
		return z, true
	}
	s := stateEnd(b, j)
	if s == 0 {
		if s = placeEnd(b, j, false); s == 0 {
			return 0, false
		}
	}
	g, _, _ := addressGap(b, s)
	if z := postCode(b, g); z > 0 && g > s {
		return z, true
	}
	return 0, false
}

// addressGap returns where the next part begins behind a comma, spaces, a line end, or a line end as an escape.
func addressGap(b []byte, i int) (j int, comma, line bool) {
	j = i
	if j < len(b) && (b[j] == ',' || b[j] == ';') {
		comma = true
		j++
	}
	for n := 0; j < len(b) && n < 12; n++ {
		switch {
		case b[j] == ' ' || b[j] == '\t' || b[j] == '\r':
			j++
			continue
		case b[j] == '\n' && !line:
			line = true
			j++
			continue
		case b[j] == '\\' && j+1 < len(b) && b[j+1] == 'n' && !line:
			line = true
			j += 2
			continue
		case (b[j] == '-' || b[j] == '|') && j+1 < len(b) && b[j+1] == ' ' && j > i && b[j-1] == ' ':
			comma = true
			j++
			continue
		}
		break
	}
	return j, comma, line
}

// unitEnd returns the end of a unit at i: "Apt 4", "Suite 39", "#12", "2nd Floor", or 0.
func unitEnd(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	if b[i] == '#' {
		j := run(b, i+1, i+6, chWord)
		if j > i+1 && unitNumber(b[i+1:j]) {
			return j
		}
		return 0
	}
	j := run(b, i, i+12, chWord)
	if hasPrefixFold(b[j:], " floor") && (isDigit(b[i]) || inSet(ordinals, b[i:j])) && (j+6 >= len(b) || !wordByte(b[j+6])) {
		return j + 6
	}
	if j == i || !inSet(unitWords, b[i:j]) {
		return 0
	}
	if j < len(b) && b[j] == '.' {
		j++
	}
	if j < len(b) && b[j] == ' ' {
		j++
	}
	if j < len(b) && b[j] == '#' {
		j++
	}
	k := run(b, j, j+6, chWord)
	if k == j || !unitNumber(b[j:k]) || k < len(b) && b[k] == '.' && k+1 < len(b) && isDigit(b[k+1]) {
		return 0
	}
	return k
}

var ordinals = wordSet(`ground first second third fourth fifth sixth seventh eighth ninth tenth top`)

// postCode returns the end of a postal code at i, or 0: five digits and ZIP+4 (US, DE, FR, ES, IT and others), four
// digits (AT, CH, AU, BE, DK and others), 1017 GC (NL), SW1A 2AA (UK), K1A 0B1 (CA), 30-864 (PL), 1000-001 (PT),
// 01310-100 (BR), 114 55 (SE, CZ, GR). A code with the letters of its country before it counts too: D-10115.
func postCode(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	if c := b[i]; is(c, chUpper) {
		j := run(b, i, i+3, chUpper)
		if j < len(b) && b[j] == '-' && j-i <= 2 { // D-10115, CH-8001
			return postCode2(b, j+1)
		}
		return letterCode(b, i)
	}
	return postCode2(b, i)
}

func postCode2(b []byte, i int) int {
	j := run(b, i, i+7, chDigit)
	end := 0
	digits := func(p, n int) bool { return run(b, p, p+n+1, chDigit) == p+n }
	switch n := j - i; {
	case n == 5:
		end = j
		if j < len(b) && b[j] == '-' {
			switch {
			case digits(j+1, 4), digits(j+1, 3):
				end = run(b, j+1, j+6, chDigit)
			default:
				return 0
			}
		}
	case n == 6:
		end = j
	case n == 4:
		end = j
		if j+3 <= len(b) && b[j] == ' ' && run(b, j+1, j+4, chUpper) == j+3 && (j+3 >= len(b) || !wordByte(b[j+3])) {
			end = j + 3
		} else if j < len(b) && b[j] == '-' {
			if !digits(j+1, 3) {
				return 0
			}
			end = j + 4
		}
	case n == 3 && j < len(b) && b[j] == ' ' && digits(j+1, 2):
		end = j + 3
	case n == 2 && j < len(b) && b[j] == '-' && digits(j+1, 3):
		end = j + 4
	default:
		return 0
	}
	if end < len(b) && (wordByte(b[end]) || (b[end] == '.' || b[end] == ':' || b[end] == '-' || b[end] == '/') && end+1 < len(b) && isWord(b[end+1])) {
		return 0
	}
	return end
}

// letterCode returns the end of a British or Canadian postcode at i, or 0.
func letterCode(b []byte, i int) int {
	if i+6 > len(b) {
		return 0
	}
	p := i
	for p < len(b) && p < i+4 && is(b[p], chUpper|chDigit) {
		p++
	}
	out := b[i:p]
	if len(out) == 3 && is(out[0], chUpper) && isDigit(out[1]) && is(out[2], chUpper) || len(out) >= 2 && isDigit(out[len(out)-1]) || len(out) == 4 && isDigit(out[2]) && is(out[3], chUpper) {
		if p < len(b) && (b[p] == ' ' || b[p] == '-') {
			p++
		}
		if p+3 <= len(b) && isDigit(b[p]) && (is(b[p+1], chUpper) && (is(b[p+2], chUpper) || isDigit(b[p+2]))) && (p+3 >= len(b) || !wordByte(b[p+3])) {
			return p + 3
		}
	}
	return 0
}
