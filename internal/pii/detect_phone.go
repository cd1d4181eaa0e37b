package pii

// countryCodes holds the calling codes in use (ITU-T E.164, annex to Operational Bulletin): one, two or three digits.
var countryCodes = func() (t [1000]bool) {
	for _, c := range []int{
		1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61,
		62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98, 211, 212, 213, 216, 218, 290, 291, 297, 298, 299, 350,
		351, 352, 353, 354, 355, 356, 357, 358, 359, 370, 371, 372, 373, 374, 375, 376, 377, 378, 380, 381, 382, 383, 385,
		386, 387, 389, 420, 421, 423, 590, 591, 592, 593, 594, 595, 596, 597, 598, 599, 850, 852, 853, 855, 856, 880, 886,
	} {
		t[c] = true
	}
	for _, r := range [][2]int{{220, 269}, {500, 509}, {670, 692}, {960, 968}, {970, 977}, {992, 998}} {
		for c := r[0]; c <= r[1]; c++ {
			t[c] = true
		}
	}
	return t
}()

// phonePlus judges a number in international form: '+', plusLen bytes long if it is encoded, a calling code, 8 to 15
// digits in all.
func (e *engine) phonePlus(i, plusLen int) {
	b := e.b
	first := i + plusLen
	if first+7 >= len(b) || b[first]-'1' > 8 || !e.startsAt(i) || i > 0 && (b[i-1] == '+' || b[i-1] == ')' || b[i-1] == ']' || b[i-1] == '.') {
		return
	}
	end, digits, seps := first, 0, 0
	var db digitBuf
	for j := first; j < len(b) && j < first+40; j++ {
		c := b[j]
		if isDigit(c) {
			if db.n < len(db.d) {
				db.d[db.n] = c - '0'
				db.n++
			}
			digits++
			end = j + 1
			continue
		}
		if digits >= 15 || j+1 >= len(b) {
			break
		}
		next := b[j+1]
		if plusLen == 3 { // In a form the separators are encoded as well.
			var n int
			c, n = numberByte(b, j, first)
			j += n - 1
			next, _ = numberByte(b, j+1, first)
		}
		if c == ' ' && next == '(' || c == '(' && isDigit(next) || c == ')' && (next == ' ' || next == '-' || isDigit(next)) ||
			(c == ' ' || c == '-' || c == '.') && isDigit(next) {
			seps++
			continue
		}
		break
	}
	if end < len(b) && (isWord(b[end]) || b[end] == '@') || fraction(b, end) || digits > 15 || seps > 6 {
		return
	}
	valid := false
	switch db.d[0] {
	case 1:
		valid = digits == 11 && db.d[1] > 1 && db.d[4] > 1
	case 7:
		valid = digits == 11
	default:
		valid = (countryCodes[db.prefix(2)] || countryCodes[db.prefix(3)]) && (digits >= 10 || digits >= 8 && seps > 0)
	}
	if valid {
		e.add(i, end, PhoneNumber, rulePhoneE164, Reason{Bits: ReasonShape | ReasonPrefix}, 85)
	}
}

// nanp reports whether the digits are a number of the North American Numbering Plan: neither area code nor exchange
// begin with 0 or 1 or end in 11.
func (e *engine) nanp(start, end int) bool {
	db := digitsOf(e.b[start:end])
	d := db.d[:db.n]
	if len(d) == 11 && d[0] == 1 {
		d = d[1:]
	}
	return len(d) == 10 && d[0] > 1 && d[3] > 1 && (d[1] != 1 || d[2] != 1) && (d[4] != 1 || d[5] != 1)
}

// phoneParen judges "(415) 555-2671".
func (e *engine) phoneParen(i int) {
	b := e.b
	if i+12 >= len(b) || b[i+4] != ')' || !isDigit(b[i+1]) || !e.startsAt(i) {
		return
	}
	j := i + 5
	if b[j] == ' ' || b[j] == '-' {
		j++
	}
	if j+8 > len(b) || b[j+3] != '-' && b[j+3] != ' ' && b[j+3] != '.' || !allOf(b[j:j+3], chDigit) || !allOf(b[j+4:j+8], chDigit) {
		return
	}
	end := j + 8
	if end < len(b) && isWord(b[end]) || fraction(b, end) || !e.nanp(i, end) {
		return
	}
	start := i
	for _, p := range [...]string{"+1 ", "1-", "1 "} {
		if i >= len(p) && string(b[i-len(p):i]) == p && (i == len(p) || !isWord(b[i-len(p)-1])) {
			start = i - len(p)
			break
		}
	}
	e.add(start, end, PhoneNumber, rulePhoneShape, Reason{Bits: ReasonShape | ReasonRange}, 75)
}

// phoneGroups judges three, three and four digits with a dash between, or with a space where words before say that it
// is a phone number.
func (e *engine) phoneGroups(start int, sep byte) {
	b := e.b
	end := start + 12
	if end > len(b) || b[start+7] != sep || !allOf(b[start:start+3], chDigit) || !allOf(b[start+4:start+7], chDigit) || !allOf(b[start+8:end], chDigit) {
		return
	}
	if end < len(b) && (isWord(b[end]) || b[end] == '-') || fraction(b, end) || !e.nanp(start, end) {
		return
	}
	if start > 0 && (b[start-1] == '/' || b[start-1] == '-') {
		if start < 2 || b[start-2] != '1' || start > 2 && isWord(b[start-3]) {
			return
		}
		start -= 2
	}
	bits, confidence := ReasonShape|ReasonRange, uint8(60)
	if e.contextBefore(start, phoneWords) {
		bits |= ReasonContext
		confidence = 85
	} else if sep == ' ' {
		return
	}
	e.add(start, end, PhoneNumber, rulePhoneShape, Reason{Bits: bits}, confidence)
}

// phoneDots is called at a dot between digits that may be the first of "415.555.2671".
func (e *engine) phoneDots(i int) {
	b := e.b
	start := i - 3
	if i+4 >= len(b) || b[i+4] != '.' || start > 0 && (isWord(b[start-1]) || b[start-1] == '.' || b[start-1] == '-') {
		return
	}
	end := start + 12
	if end > len(b) || !allOf(b[start:i], chDigit) || !allOf(b[i+1:i+4], chDigit) || !allOf(b[i+5:end], chDigit) {
		return
	}
	if end < len(b) && (isWord(b[end]) || b[end] == '-') || fraction(b, end) || !e.nanp(start, end) {
		return
	}
	e.add(start, end, PhoneNumber, rulePhoneShape, Reason{Bits: ReasonShape | ReasonRange}, 55)
}
