package pii

// number is called at a word of n = end-start bytes that starts with a digit. It may be, or begin, a social security
// number, a card number or a phone number.
func (e *engine) number(start, end int) {
	b := e.b
	n := end - start
	if start > 0 {
		switch b[start-1] {
		case '.', '+':
			return
		case '-', '#':
			if n > 3 && start > 1 && !isSpace(b[start-2]) {
				return
			}
		}
	}
	switch n {
	case 3:
		if end+1 < len(b) && (b[end] == '-' || b[end] == ' ') {
			e.ssn(start)
			e.phoneGroups(start, b[end])
		}
	case 4:
		if end+1 < len(b) && (b[end] == '-' || b[end] == ' ') && isDigit(b[end+1]) {
			e.cardGroups(start)
		}
	case 9, 10, 11:
		if !allOf(b[start:end], chDigit) || fraction(b, end) {
			return
		}
		if n == 9 {
			if validSSN(digitsOf(b[start:end])) && e.contextBefore(start, ssnWords) {
				e.add(start, end, Ssn, ruleSsn, Reason{Bits: ReasonShape | ReasonRange | ReasonContext}, 80)
			}
		} else if e.nanp(start, end) && e.contextBefore(start, phoneWords) {
			e.add(start, end, PhoneNumber, rulePhoneShape, Reason{Bits: ReasonShape | ReasonContext}, 75)
		}
	default:
		if n >= 13 && allOf(b[start:end], chDigit) && !fraction(b, end) {
			e.card(start, end, b[start:end], false)
		}
	}
}

// fraction reports whether what follows a run of digits makes it part of a larger number.
func fraction(b []byte, end int) bool {
	return end+1 < len(b) && (b[end] == '.' || b[end] == '-' || b[end] == ',') && isDigit(b[end+1])
}

// digitBuf holds the digits of a number.
type digitBuf struct {
	d [20]byte
	n int
}

func digitsOf(b []byte) (db digitBuf) {
	for _, c := range b {
		if isDigit(c) {
			if db.n == len(db.d) {
				return digitBuf{}
			}
			db.d[db.n] = c - '0'
			db.n++
		}
	}
	return db
}

// prefix returns the number that the first k digits make.
func (db *digitBuf) prefix(k int) int {
	v := 0
	for _, c := range db.d[:min(k, db.n)] {
		v = v*10 + int(c)
	}
	return v
}

// ssn judges ddd-dd-dddd, and the same with spaces where the context says what it is.
func (e *engine) ssn(start int) {
	b := e.b
	end := start + 11
	if end > len(b) {
		return
	}
	sep := b[start+3]
	if b[start+6] != sep || !allOf(b[start+4:start+6], chDigit) || !allOf(b[start+7:end], chDigit) || !allOf(b[start:start+3], chDigit) {
		return
	}
	if start > 0 && (b[start-1] == '-' || b[start-1] == '/') || end < len(b) && (isWord(b[end]) || b[end] == '-') || fraction(b, end) {
		return
	}
	if !validSSN(digitsOf(b[start:end])) {
		return
	}
	bits := ReasonShape | ReasonRange
	confidence := uint8(75)
	if e.contextBefore(start, ssnWords) {
		bits |= ReasonContext
		confidence = 95
	} else if sep == ' ' {
		return
	}
	e.add(start, end, Ssn, ruleSsn, Reason{Bits: bits}, confidence)
}

// validSSN applies the rules of the Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no
// serial 0000. One number was printed on sample cards.
func validSSN(db digitBuf) bool {
	if db.n != 9 {
		return false
	}
	v := db.prefix(9)
	area, group, serial := v/1_000_000, v/10_000%100, v%10_000
	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && v != 78051120
}

// cardGroups judges groups of digits that start with four: 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4.
func (e *engine) cardGroups(start int) {
	b := e.b
	if start > 0 && (b[start-1] == '-' || b[start-1] == '/') {
		return
	}
	sep := b[start+4]
	i := start
	groups := 0
	var lens [6]int
	for groups < len(lens) {
		j := run(b, i, i+7, chDigit)
		if j == i {
			break
		}
		lens[groups] = j - i
		groups++
		if j+1 >= len(b) || b[j] != sep || !isDigit(b[j+1]) {
			i = j
			break
		}
		if groups == 4 && lens[3] == 4 && sep == ' ' { // Do not run into the next number.
			if k := run(b, j+1, j+5, chDigit); k-j-1 != 3 || k < len(b) && isWord(b[k]) {
				i = j
				break
			}
		}
		i = j + 1
	}
	end := i
	if end < len(b) && (isWord(b[end]) || b[end] == '-') || fraction(b, end) {
		return
	}
	switch {
	case groups == 4 && lens[1] == 4 && lens[2] == 4 && lens[3] == 4,
		groups == 5 && lens[1] == 4 && lens[2] == 4 && lens[3] == 4 && lens[4] == 3,
		groups == 3 && lens[1] == 6 && (lens[2] == 5 || lens[2] == 4):
		e.card(start, end, b[start:end], true)
	}
}

// card judges a card number by its issuer's range, its length and its check digit.
func (e *engine) card(start, end int, text []byte, grouped bool) {
	db := digitsOf(text)
	if !luhn(&db) {
		return
	}
	brand := cardBrand(&db)
	if brand == cardNone {
		return
	}
	bits := ReasonShape | ReasonChecksum | ReasonRange
	confidence := uint8(80)
	if grouped {
		confidence = 92
	}
	if e.contextBefore(start, cardWords) {
		bits |= ReasonContext
		confidence = 95
	} else if brand == cardRare && !grouped || db.n >= 17 {
		return
	}
	e.add(start, end, CreditCard, ruleCard, Reason{Bits: bits}, confidence)
}

type brandKind uint8

const (
	cardNone   brandKind = iota
	cardRare             // Valid, but the range or the length is also that of many other numbers.
	cardBrand1           // A brand's range with its usual length.
)

// cardBrand checks the issuer identification number and the length (ISO/IEC 7812 and the brands' published ranges).
func cardBrand(db *digitBuf) brandKind {
	same := true
	for _, c := range db.d[1:db.n] {
		same = same && c == db.d[0]
	}
	if same {
		return cardNone
	}
	p2, p3, p4, p6 := db.prefix(2), db.prefix(3), db.prefix(4), db.prefix(6)
	switch n := db.n; {
	case p2 >= 40 && p2 <= 49: // Visa
		switch n {
		case 16:
			return cardBrand1
		case 13, 19:
			return cardRare
		}
	case p2 >= 51 && p2 <= 55, p4 >= 2221 && p4 <= 2720: // Mastercard
		if n == 16 {
			return cardBrand1
		}
	case p2 == 34 || p2 == 37: // American Express
		if n == 15 {
			return cardBrand1
		}
	case p4 == 6011, p2 == 65, p3 >= 644 && p3 <= 649: // Discover
		switch {
		case n == 16:
			return cardBrand1
		case n > 16 && n <= 19:
			return cardRare
		}
	case p4 >= 3528 && p4 <= 3589: // JCB
		if n == 16 {
			return cardBrand1
		}
	case p3 >= 300 && p3 <= 305, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		if n == 14 {
			return cardBrand1
		}
	case p2 == 62, p2 == 81, p6 >= 622126 && p6 <= 622925: // UnionPay
		switch {
		case n == 16:
			return cardBrand1
		case n > 16 && n <= 19:
			return cardRare
		}
	case p2 == 50, p2 >= 56 && p2 <= 69: // Maestro
		if n >= 13 && n <= 19 {
			return cardRare
		}
	}
	return cardNone
}

// luhn checks the check digit (ISO/IEC 7812-1, annex B).
func luhn(db *digitBuf) bool {
	if db.n < 12 {
		return false
	}
	sum := 0
	for i := range db.n {
		d := int(db.d[db.n-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

var (
	ssnWords   = []string{"ssn", "social security", "soc sec", "tax id", "social-security", "social_security"}
	cardWords  = []string{"card", "visa", "mastercard", "amex", "credit", "payment", "debit", "cc ", "pan=", "pan:", "discover"}
	phoneWords = []string{"phone", "tel", "mobile", "cell", "call", "fax", "contact", "sms", "whatsapp", "dial", "msisdn", "reach"}
)

// contextBefore reports whether one of the words stands in the 40 bytes before i, on the same line.
func (e *engine) contextBefore(i int, words []string) bool {
	lo := max(0, i-40)
	for j := i - 1; j >= lo; j-- {
		if e.b[j] == '\n' {
			lo = j + 1
			break
		}
	}
	for _, w := range words {
		if containsFold(e.b[lo:i], w) {
			return true
		}
	}
	return false
}

// numberByte returns the byte at i of a number that began at from, and how many bytes it takes: a form encodes signs by a
// percent escape, and a space by a plus (URL Standard, section 5.1).
func numberByte(b []byte, i, from int) (c byte, n int) {
	switch {
	case i >= len(b):
		return 0, 1
	case b[i] == '%':
		if c, ok := hex2(b, i+1); ok && !isDigit(c) {
			return c, 3
		}
	case b[i] == '+' && i > from:
		return ' ', 1
	}
	return b[i], 1
}

// numberValue judges the value behind a key name of a phone, social security or card number.
func (e *engine) numberValue(k KeyID, i int) {
	b := e.b
	for n := 0; i < len(b) && n < 3 && (isQuote(b[i]) || b[i] == '\\'); n++ {
		i++
	}
	start := i
	if hasPrefixFold(b[i:min(len(b), i+3)], "%2b") {
		i += 3
	}
	end, from := i, i
	var db digitBuf
	for i < len(b) && i < start+48 {
		c, n := numberByte(b, i, from)
		if isDigit(c) {
			if db.n == len(db.d) {
				return
			}
			db.d[db.n] = c - '0'
			db.n++
			end = i + n
		} else if c != ' ' && c != '-' && c != '(' && c != ')' && (c != '+' || i > from) && c != '.' && c != '/' {
			break
		} else if next, _ := numberByte(b, i+n, from); c == ' ' && i+n < len(b) && !isDigit(next) && next != '(' {
			break
		}
		i += n
	}
	if end == from || end < len(b) && (isWord(b[end]) || b[end] == '@') || start < len(b) && (b[start] == '-' || b[start] == '/' || b[start] == '.') {
		return
	}
	reason := Reason{Bits: ReasonKey | ReasonShape, Key: k}
	switch keyTable[k].kind {
	case keyPhone:
		if db.n >= 7 && db.n <= 15 {
			e.add(start, end, PhoneNumber, rulePhoneShape, reason, 85)
		}
	case keySsn:
		if validSSN(db) {
			e.add(start, end, Ssn, ruleSsn, reason, 95)
		}
	case keyCard:
		if db.n >= 12 && db.n <= 19 && luhn(&db) {
			reason.Bits |= ReasonChecksum
			e.add(start, end, CreditCard, ruleCard, reason, 95)
		}
	}
}
