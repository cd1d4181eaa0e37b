package pii

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
	if n < 6 && letters == 0 {
		if k := groupsEnd(b, j, 8, 10); k != 0 { // 999 999 999
			return k
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
