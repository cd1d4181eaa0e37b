package pii

// ibanLengths holds the length of the IBAN of each country by the index of its two letters (SWIFT, IBAN Registry).
var ibanLengths = func() (t [26 * 26]uint8) {
	const registry = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27" +
		"GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19" +
		"MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24" +
		"TR26UA29VA22VG24XK20YE30"
	for i := 0; i < len(registry); i += 4 {
		t[int(registry[i]-'A')*26+int(registry[i+1]-'A')] = (registry[i+2]-'0')*10 + registry[i+3] - '0'
	}
	return t
}()

// iban is called at a word that may be, or begin, an International Bank Account Number (ISO 13616): a country, two check
// digits, and as many letters and digits as the country's account numbers have, in groups or not.
func (e *engine) iban(start, end int) bool {
	b := e.b
	if end-start < 4 || !isLetter(b[start]) || !isLetter(b[start+1]) || !isDigit(b[start+2]) || !isDigit(b[start+3]) {
		return false
	}
	want := int(ibanLengths[suffixIndex(b[start], b[start+1])])
	if want == 0 || end-start > want {
		return false
	}
	var id idText
	j, lowerCase := start, false
	for sep := byte(0); j < len(b); {
		switch c := b[j]; {
		case isDigit(c) || isLetter(c):
			id.c[id.n] = upper(c)
			id.n++
			lowerCase = lowerCase || c >= 'a'
			j++
		case (c == ' ' || c == '-') && (sep == 0 || sep == c) && j > start && isWord(b[j-1]):
			sep = c
			j++
			continue
		case c == 0xc2 && j+1 < len(b) && b[j+1] == 0xa0:
			j += 2
			continue
		default:
			return false
		}
		if id.n == want {
			break
		}
	}
	if id.n != want || j < len(b) && (isWord(b[j]) || b[j] == '-' && j+1 < len(b) && isWord(b[j+1])) || start > 0 && gluedBefore(b, start) {
		return false
	}
	if mod97(id.c[:4], mod97(id.c[4:want], 0)) != 1 {
		return false
	}
	bits, confidence := ReasonShape|ReasonChecksum|ReasonPrefix, uint8(90)
	var sur surround
	if lowerCase && !sur.alone(e, start, j) && !sur.topicSet(e, start, j).has(topicBank) {
		return false
	}
	e.add(start, j, Iban, ruleIBAN, Reason{Bits: bits}, confidence)
	return true
}
