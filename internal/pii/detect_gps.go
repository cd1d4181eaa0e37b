package pii

// degreesEnd returns the end of decimal degrees at j, with an optional sign, at most limit and with four to fifteen
// decimals, or 0. Fewer decimals are more than ten metres, and any other number.
func degreesEnd(b []byte, j, limit int) int {
	if j < len(b) && (b[j] == '-' || b[j] == '+') {
		j++
	}
	k := run(b, j, j+4, chDigit)
	if k == j || k-j > 3 || k >= len(b) || b[k] != '.' {
		return 0
	}
	id := idOf(b[j:k])
	end := run(b, k+1, k+17, chDigit)
	if id.num(0, id.n) > limit || end-k < 5 || end-k > 16 || end < len(b) && (isWord(b[end]) || b[end] == '.' && end+1 < len(b) && isDigit(b[end+1])) {
		return 0
	}
	return end
}

// place reports a pair of coordinates at j, or coordinates in degrees, minutes and seconds.
func (e *engine) place(j int) bool {
	b := e.b
	start := j
	if j > 0 && (b[j-1] == '-' || b[j-1] == '+') {
		start--
	}
	end := pairEnd(b, start)
	if end == 0 {
		end = sexagesimalEnd(b, j)
	}
	if end == 0 {
		return false
	}
	e.add(start, end, GpsCoordinates, ruleGPS, Reason{Bits: ReasonShape | ReasonContext | ReasonRange}, 90)
	return true
}

// pairEnd returns the end of a latitude and a longitude with a comma, a semicolon or a space between them.
func pairEnd(b []byte, start int) int {
	k := degreesEnd(b, start, 90)
	if k == 0 || k+2 >= len(b) {
		return 0
	}
	m := k
	if b[m] == ',' || b[m] == ';' || b[m] == '/' {
		m++
	}
	for m < len(b) && m < k+3 && b[m] == ' ' {
		m++
	}
	if m == k {
		return 0
	}
	return degreesEnd(b, m, 180)
}

// coordinates is called at the whole part of a decimal number. Two of them with a comma between, and no third, are a
// place.
func (e *engine) coordinates(start int) bool {
	b := e.b
	if start > 0 && b[start-1] == '-' {
		start--
	}
	if start > 0 && (isWord(b[start-1]) || b[start-1] == '.' || b[start-1] == '-' || b[start-1] == '/') ||
		start > 1 && (b[start-1] == ' ' || b[start-1] == ',') && (b[start-2] == ',' || isDigit(b[start-2])) {
		return false
	}
	k := degreesEnd(b, start, 90)
	if k == 0 || k >= len(b) || b[k] != ',' {
		return false
	}
	end := pairEnd(b, start)
	if end == 0 || end+1 < len(b) && (b[end] == ',' || b[end] == ' ' && isDigit(b[end+1])) && (isDigit(b[end+1]) || b[end+1] == '-' || end+2 < len(b) && b[end] == ',' && b[end+1] == ' ' && isDigit(b[end+2])) {
		return false
	}
	e.add(start, end, GpsCoordinates, ruleGPS, Reason{Bits: ReasonShape | ReasonRange}, 60)
	return true
}

// sexagesimalEnd returns the end of two of degrees, minutes and seconds with their signs and letters: 48°51'29.6"N
// 2°17'40.2"E.
func sexagesimalEnd(b []byte, j int) int {
	k := angleEnd(b, j, "nsNS")
	if k == 0 {
		return 0
	}
	for k < len(b) && (b[k] == ' ' || b[k] == ',') {
		k++
	}
	return angleEnd(b, k, "ewEWoO")
}

func angleEnd(b []byte, j int, letters string) int {
	k := run(b, j, j+4, chDigit)
	if k == j || k-j > 3 || k+2 >= len(b) || b[k] != 0xc2 || b[k+1] != 0xb0 {
		return 0
	}
	for hi := min(len(b), k+24); k < hi; k++ { // Minutes, seconds and their signs, some of which are of three bytes.
		c := b[k]
		if indexOf(letters, c) >= 0 {
			if k+1 < len(b) && isWord(b[k+1]) {
				return 0
			}
			return k + 1
		}
		if !isDigit(c) && c != ' ' && c != '.' && c != ',' && c != '\'' && c != '"' && c != '\\' && c < 0x80 {
			return 0
		}
	}
	return 0
}
