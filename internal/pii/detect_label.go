package pii

// labelled is called at a word that a label may begin with. Weak shapes are looked for from the label on, never from the
// shape: a passport's number is like many others.
func (e *engine) labelled(i int) {
	b := e.b
	var hashes [4]uint64
	var ends [4]int
	n := 0
	for j := i; n < len(hashes); {
		k := humpEnd(b, j)
		if k == j {
			break
		}
		hashes[n], ends[n] = topicHash(b[j:k]), k
		n++
		j = k
		if j < len(b) && (b[j] == ' ' || b[j] == '_' || b[j] == '-' || b[j] == '.' || b[j] == '\'' || b[j] == '/') {
			j++
		} else if j+2 < len(b) && b[j] == 0xe2 && b[j+1] == 0x80 && b[j+2] == 0x99 { // A typographic apostrophe.
			j += 3
		}
	}
	if n == 0 {
		return
	}
	for _, l := range labels.index[hashes[0]] {
		if int(l.n) <= n && l.tokens == padded(hashes, int(l.n)) {
			if at := ends[l.n-1]; at >= len(b) || !isDigit(b[at]) {
				e.announced(l.kind, i, at)
			}
			return
		}
	}
}

// padded returns the first n hashes, and zeros.
func padded(h [4]uint64, n int) [4]uint64 {
	for i := n; i < len(h); i++ {
		h[i] = 0
	}
	return h
}

// humpEnd returns the end of the word of letters at i, or of one hump of it in camel case. A typographic apostrophe ends
// it too.
func humpEnd(b []byte, i int) int {
	j := i
	for j < len(b) && j < i+32 && isTopicByte(b[j]) && (j == i || !is(b[j], chUpper) || !hump(b, j)) && (b[j] != 0xe2 || j+1 < len(b) && b[j+1] != 0x80) {
		j++
	}
	return j
}

// bornOn is called at "le", before which "né" or "née" may stand.
func (e *engine) bornOn(i int) {
	b := e.b
	if i < 4 || b[i-1] != ' ' {
		return
	}
	j := i - 1
	if b[j-1] == 'e' {
		j--
	} else if b[j-1] == ')' && j > 3 && b[j-2] == 'e' && b[j-3] == '(' { // né(e)
		j -= 3
	}
	if j >= 3 && b[j-1] == 0xa9 && b[j-2] == 0xc3 && lower(b[j-3]) == 'n' {
		e.announced(labelBirth, j-3, i+2)
	}
}

// labelReach is the number of bytes behind a label in which its value is looked for.
const labelReach = 96

// announced looks for the value that a label, b[from:at], announces: the first word that has its shape, on the same line
// and before the next field. Failing that, the value may stand before, as in "X1234567 is my passport".
func (e *engine) announced(kind labelKind, from, at int) {
	b := e.b
	hi := min(len(b), at+labelReach)
	keyEnd := run(b, at, at+maxKey, chKey)
	words, after, tries, field := 0, 0, 0, false
	for j := at; j < hi; {
		c := b[j]
		if !isTopicByte(c) && !isDigit(c) {
			switch c {
			case '\n', '\r':
				e.announcedBefore(kind, from, words)
				return
			case ',', '&', '|', '}':
				field = true
			case '=', ':':
				if after > 0 || c == '=' && j > keyEnd && isWord(b[j-1]) { // The next field has begun.
					return
				}
			case '[':
				if e.mode != ModeRaw {
					if _, _, ok := ParseToken(b[j:min(len(b), j+maxTokenLen)]); ok {
						return // The value was here.
					}
				}
			case '\\':
				if j+1 < len(b) && b[j+1] == 'n' {
					return
				}
				if j+1 < len(b) && (b[j+1] == 't' || b[j+1] == 'r') {
					j++
				}
			}
			j++
			continue
		}
		if e.readLabelled(kind, j, words) {
			return
		}
		k := j + 1
		digit := isDigit(c)
		for k < hi && (isWord(b[k]) || b[k] >= 0x80) {
			digit = digit || isDigit(b[k])
			k++
		}
		if digit {
			if tries++; tries > 2 {
				break
			}
		} else {
			if words++; words > 8 {
				break
			}
			if field {
				after++
			}
		}
		j = k
	}
	e.announcedBefore(kind, from, words)
}

// announcedBefore looks for a value before the label, with nothing but short words between.
func (e *engine) announcedBefore(kind labelKind, from, words int) {
	if kind == labelPhone || kind == labelShort || kind == labelPosition || kind == labelPlace || kind == labelSerialWeak || words > 6 {
		return
	}
	b := e.b
	lo := max(0, from-48)
	verb := false
	for j := from; j > lo; {
		c := b[j-1]
		if c == ' ' {
			j--
			continue
		}
		k := j
		digit := false
		for j > lo && (isWord(b[j-1]) || b[j-1] == '-' || b[j-1] == '/') {
			j--
			digit = digit || isDigit(b[j])
		}
		if j == k || j == lo && lo > 0 {
			return
		}
		if digit {
			if verb {
				e.readLabelled(kind, j, 0)
			}
			return
		}
		switch w := b[j:k]; {
		case equalFold(w, "is"), equalFold(w, "was"), equalFold(w, "as"), equalFold(w, "ist"), equalFold(w, "est"), equalFold(w, "es"):
			verb = true
		case k-j > 7:
			return
		}
	}
}

// readLabelled reports the value of a label that starts at j, if there is one. words is the number of words between.
func (e *engine) readLabelled(kind labelKind, j, words int) bool {
	b := e.b
	if j > 0 && gluedBefore(b, j) && b[j-1] != '/' && (kind != labelPosition || b[j-1] != '-') {
		return false
	}
	end, t, rule, confidence := 0, DeviceSerial, ruleSerial, uint8(80)
	switch kind {
	case labelPassport:
		t, rule = Passport, rulePassport
		end = passportEnd(b, j)
	case labelLicence:
		t, rule = DrivingLicence, ruleDrivingLicence
		end = licenceEnd(b, j)
	case labelAccount:
		t, rule = BankAccount, ruleBankAccount
		end = groupsEnd(b, j, 6, 18)
	case labelSortCode:
		t, rule = BankAccount, ruleBankAccount
		if end = groupsEnd(b, j, 6, 8); end != 0 && digitsIn(b[j:end]) == 7 {
			end = 0
		}
	case labelBIC:
		t, rule = BankAccount, ruleBankAccount
		end = bicEnd(b, j)
	case labelPlate:
		t, rule = LicencePlate, rulePlate
		end = plateEnd(b, j)
	case labelBirth:
		t, rule, confidence = DateOfBirth, ruleBirthDate, 85
		end = dateEnd(b, j)
	case labelSerial:
		end = serialEnd(b, j, false)
	case labelSerialWeak:
		if words < 3 {
			end = serialEnd(b, j, true)
		}
	case labelRecord:
		t, rule, confidence = NationalId, ruleNationalID, 70
		end = recordEnd(b, j)
	case labelSIM:
		end = simEnd(b, j)
	case labelPosition:
		t, rule = GpsCoordinates, ruleGPS
		if words == 0 {
			if j > 0 && b[j-1] == '-' {
				j--
			}
			end = degreesEnd(b, j, 180)
		}
	case labelPlace:
		return e.place(j)
	case labelPhone:
		t, rule = PhoneNumber, rulePhoneShape
		if words < 3 {
			end = spacedPhoneEnd(b, j)
		}
	case labelShort:
		return words < 3 && e.shortNumber(j)
	}
	if end == 0 || end < len(b) && (isWord(b[end]) || b[end] == '@') {
		return false
	}
	e.add(j, end, t, rule, Reason{Bits: ReasonShape | ReasonContext}, confidence)
	return true
}

// spacedPhoneEnd takes seven or eight digits, and numbers that begin with the trunk zero and have a stroke or a dash between
// spaces: 030 / 123456-0.
func spacedPhoneEnd(b []byte, j int) int {
	k := run(b, j, j+9, chDigit)
	if n := k - j; (n == 7 || n == 8) && unitFree(b, k) && !dateDigits(b[j:k]) {
		return k
	}
	if b[j] != '0' || k+3 >= len(b) || b[k] != ' ' || b[k+1] != '/' && b[k+1] != '-' || b[k+2] != ' ' || k-j < 3 || k-j > 5 {
		return 0
	}
	end := groupsEnd(b, k+3, 4, 9)
	for m := end; m != 0 && m+1 < len(b) && (b[m] == '-' || b[m] == ' ') && isDigit(b[m+1]); { // A direct line: 123456-0.
		m = run(b, m+1, m+5, chDigit)
		if m < len(b) && isWord(b[m]) {
			break
		}
		end = m
	}
	return end
}

// shortNumber looks for a scheme whose numbers have fewer than nine digits and that the text names.
func (e *engine) shortNumber(j int) bool {
	b := e.b
	end := run(b, j, j+9, chDigit)
	if n := end - j; n < 6 || n > 8 || end < len(b) && isWord(b[end]) || !unitFree(b, end) {
		return false
	}
	var sur surround
	var best candidate
	for i := range shapeIndex.run[end-j] {
		e.weigh(&best, shapeIndex.run[end-j][i].scheme, j, end, false, named, &sur)
	}
	return e.addBest(&best)
}

// wordCount counts the digits and letters of the word at j, which may have single dashes inside where dash is set, and
// returns its end. Lower-case letters end it all: identifiers of documents are printed in upper case.
func wordCount(b []byte, j int, inner string) (end, digits, letters, lowers int) {
	k := j
	for k < len(b) && k < j+32 {
		c := b[k]
		switch {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
			if c >= 'a' {
				lowers++
			}
		case indexOf(inner, c) >= 0 && k > j && isWord(b[k-1]) && k+1 < len(b) && isWord(b[k+1]) && b[k+1] != '_':
		default:
			return k, digits, letters, lowers
		}
		k++
	}
	return k, digits, letters, lowers
}

func digitsIn(b []byte) int {
	n := 0
	for _, c := range b {
		if isDigit(c) {
			n++
		}
	}
	return n
}

// dateDigits reports whether eight digits are a date: 20240315 or 15032024.
func dateDigits(b []byte) bool {
	if len(b) != 8 || !isDigits(b) {
		return false
	}
	id := idOf(b)
	year := func(y int) bool { return y >= 1900 && y < 2100 }
	return year(id.num(0, 4)) && calendar(id.num(4, 6), id.num(6, 8)) || year(id.num(4, 8)) && (calendar(id.num(2, 4), id.num(0, 2)) || calendar(id.num(0, 2), id.num(2, 4)))
}

// passportEnd takes seven to ten letters and digits of which at least three are digits (ICAO Doc 9303, part 4: nine
// places; the countries' own forms are letters, then digits, or, in Germany and France, both in any order).
func passportEnd(b []byte, j int) int {
	end, digits, letters, lowers := wordCount(b, j, "")
	n := end - j
	if n < 7 || n > 10 || digits < 3 || letters > 6 || lowers > 0 && lowers < letters || lowers > 0 && digits < 5 || letters == 0 && (n > 9 || dateDigits(b[j:end])) {
		if k := groupsEnd(b, j, 9, 9); k != 0 && k-j <= 12 { // 912 803 456
			return k
		}
		return 0
	}
	return end
}

// licenceEnd takes six to eighteen letters and digits with at least four digits, dashes and spaces between groups
// (aamva.org: driver licence formats of the states of the USA; the European ones are within).
func licenceEnd(b []byte, j int) int {
	end, digits, letters, lowers := wordCount(b, j, "-")
	n := digits + letters
	if n >= 4 && letters <= 1 && digits >= 3 && end+4 < len(b) && b[end] == ' ' && isDigit(b[end+1]) { // L999 9999 9999
		if k := groupsEnd(b, end+1, 3, 12); k != 0 && digits+digitsIn(b[end:k]) <= 15 && digits < 6 {
			digits += digitsIn(b[end:k])
			n = digits + letters
			end = k
		}
	}
	if n < 6 || n > 18 || digits < 4 || lowers > 0 && lowers < letters || lowers > 1 && digits < 6 || letters > 9 {
		return 0
	}
	return end
}

// groupsEnd takes least to most digits in groups of at least two, with the same separator between them.
func groupsEnd(b []byte, j, least, most int) int {
	if j >= len(b) || !isDigit(b[j]) {
		return 0
	}
	n, end := 0, 0
	sep := byte(0)
	for k := j; k < len(b); {
		m := run(b, k, k+most+1, chDigit)
		if m-k < 2 && n > 0 && m-k != 1 || n+m-k > most {
			break
		}
		n += m - k
		end = m
		if m+1 >= len(b) || b[m] != ' ' && b[m] != '-' && b[m] != '.' || !isDigit(b[m+1]) || sep != 0 && b[m] != sep {
			break
		}
		sep = b[m]
		k = m + 1
	}
	if n < least || end < len(b) && (isWord(b[end]) || fraction(b, end)) {
		return 0
	}
	return end
}

// plateEnd takes up to four groups of upper-case letters and digits, four to nine in all, of both kinds.
func plateEnd(b []byte, j int) int {
	end, digits, letters := 0, 0, 0
	for groups, k := 0, j; groups < 4 && k < len(b); groups++ {
		m := run(b, k, k+9, chUpper|chDigit)
		if m == k || m < len(b) && isWord(b[m]) {
			break
		}
		d := digitsIn(b[k:m])
		if groups > 0 && d == 0 && m-k > 3 || digits+letters+m-k > 10 {
			break
		}
		digits += d
		letters += m - k - d
		end = m
		if m+1 >= len(b) || b[m] != ' ' && b[m] != '-' {
			break
		}
		k = m + 1
	}
	if digits == 0 || letters == 0 || digits+letters < 4 {
		return 0
	}
	return end
}

// serialEnd takes five to twenty-four letters and digits with dashes inside, of which at least two are digits. A weak
// label needs letters among them: counters have none.
func serialEnd(b []byte, j int, weak bool) int {
	end, digits, letters, lowers := wordCount(b, j, "-/.")
	n := digits + letters
	if n < 5 || n > 24 || digits < 2 && (digits == 0 || n < 8) || letters == 0 && (n < 7 || weak) || lowers > 0 && (weak || lowers < letters || n < 8 || digits < 4) ||
		end < len(b) && b[end] == ':' && end+1 < len(b) && isWord(b[end+1]) || dateDigits(b[j:end]) || n == 10 && letters == 0 && b[j] == '2' && b[j+1] == '0' {
		return 0
	}
	return end
}

// slashN is called at a word of letters and digits, before which "S/N" may stand.
func (e *engine) slashN(start, end int) bool {
	b := e.b
	j := start
	for j > 0 && start-j < 3 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '(' || b[j-1] == '#') {
		j--
	}
	if j == start || j < 3 || lower(b[j-1]) != 'n' || b[j-2] != '/' || lower(b[j-3]) != 's' || j > 3 && isWord(b[j-4]) || serialEnd(b, start, false) < end {
		return false
	}
	return e.readLabelled(labelSerial, start, 0)
}

// keyedLabel judges the value behind a key name that announces one.
func (e *engine) keyedLabel(k KeyID, v int) {
	b := e.b
	for n := 0; v < len(b) && n < 3 && (isQuote(b[v]) || b[v] == '\\'); n++ {
		v++
	}
	if v >= len(b) || !isTopicByte(b[v]) && !isDigit(b[v]) {
		return
	}
	e.readLabelled(labelOfKey(keyTable[k]), v, 0)
}

// labelOfKey returns what a key name announces.
func labelOfKey(r keyRow) labelKind {
	switch r.typ {
	case Passport:
		return labelPassport
	case DrivingLicence:
		return labelLicence
	case LicencePlate:
		return labelPlate
	case DateOfBirth:
		return labelBirth
	case DeviceSerial:
		return labelSerial
	case BankAccount:
		if hasSuffixFold([]byte(r.word), "code") {
			return labelSortCode
		}
		return labelAccount
	}
	return labelRecord
}

// recordEnd takes five to fifteen letters and digits with dashes inside, of which at least four are digits.
func recordEnd(b []byte, j int) int {
	end, digits, letters, lowers := wordCount(b, j, "-")
	if n := digits + letters; n < 5 || n > 15 || digits < 4 || lowers > 0 || letters > 5 {
		return 0
	}
	return end
}

// simEnd takes an IMSI (3GPP TS 23.003, section 2.2: 14 or 15 digits that begin with a country, 2 to 7) or an ICCID (ITU-T
// E.118: 18 to 20 digits that begin with 89).
func simEnd(b []byte, j int) int {
	end := groupsEnd(b, j, 14, 20)
	if end == 0 {
		return 0
	}
	switch n := digitsIn(b[j:end]); {
	case n <= 15 && b[j] >= '2' && b[j] <= '7', n >= 18 && b[j] == '8' && b[j+1] == '9':
		return end
	}
	return 0
}

// bicCountries are the countries of ISO 3166-1, two letters each.
const bicCountries = "ADAEAFAGAIALAMAOARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZ" +
	"ECEEEGERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGTGUGWGYHKHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLR" +
	"LSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQAREROROSRURWSASBSCSDSE" +
	"SGSHSISKSLSMSNSOSRSSSTSVSXSYSZTCTDTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"

// bicEnd takes a business identifier code (ISO 9362): four letters, a country, and two or five letters or digits.
func bicEnd(b []byte, j int) int {
	end := run(b, j, j+12, chUpper|chDigit)
	if n := end - j; n != 8 && n != 11 || !allOf(b[j:j+6], chUpper) {
		return 0
	}
	for i := 0; i+2 <= len(bicCountries); i += 2 {
		if bicCountries[i] == b[j+4] && bicCountries[i+1] == b[j+5] {
			return end
		}
	}
	return 0
}
