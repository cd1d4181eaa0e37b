package pii

// westSchemes are those of western and southern Europe.
var westSchemes = []scheme{
	{
		"de-tax", "German tax identification number", NationalId, "99999999999 99~999~999~999", alone, alone, all(deTax, mod11x10),
		topicTax, "steuer, steuerid, steueridentifikationsnummer, idnr, id nr, identifikationsnummer, tin, steuernummer, steuerliche", "bzst.de: Steuer-ID, Prüfziffer nach ISO/IEC 7064",
	},
	{
		"de-pension", "German pension insurance number", NationalId, "99999999A999 99~999999~A~999 99_999999A999", anywhere, anywhere, dePension,
		0, "sozialversicherung, sozialversicherungsnummer, rentenversicherung, rentenversicherungsnummer, versicherungsnummer, svnr, rvnr", "deutsche-rentenversicherung.de: VKVV §2",
	},
	{
		"de-health", "German health insurance number", NationalId, "A999999999", alone, alone, deHealth,
		0, "krankenversicherung, krankenversichertennummer, krankenkasse, kvnr, versichertennummer, gesundheitskarte, egk, krankenversicherungsnummer", "gkv-spitzenverband.de: §290 SGB V",
	},
	{
		"de-idcard", "German identity card", NationalId, "XXXXXXXXX9 XXXXXXXXX", named, named, deIDCard,
		0, "personalausweis, ausweis, personalausweisnummer, ausweisnummer, perso", "bsi.bund.de: TR-03119; ICAO Doc 9303",
	},
	{
		"de-driver", "German driving licence", DrivingLicence, "X99XXXXXX9X", named, named, nil,
		0, "führerschein, führerscheinnummer, fahrerlaubnis, fuehrerschein", "FeV, annex 8",
	},
	{
		"fr-nir", "French social security number", NationalId,
		"999999999999999 9~99~99~99~999~999~99 999999A99999999 9999999999999~99", alone, anywhere, frNIR,
		topicIdentity, "nir, insee, sécurité sociale, securite sociale, numéro de sécu, sécu, secu, carte vitale, vitale, sociale", "insee.fr: Répertoire national d'identification",
	},
	{
		"fr-nir-13", "French social security number without its key", NationalId, "9999999999999 9~99~99~99~999~999", named, named, frNIR,
		0, "nir, insee, sécurité sociale, securite sociale, sécu, carte vitale, vitale", "insee.fr: Répertoire national d'identification",
	},
	{"fr-siren", "French SIREN", NationalId, "999999999 999~999~999", named, named, luhnID, 0, "siren, rcs, sirene", "insee.fr: SIREN"},
	{"fr-siret", "French SIRET", NationalId, "99999999999999 999~999~999~99999", named, named, luhnID, 0, "siret", "insee.fr: SIRET"},
	{
		"nl-bsn", "Dutch citizen service number", NationalId, "999999999 999~999~999 9999~99~999", alone, alone,
		all(weighed(11, 9, 8, 7, 6, 5, 4, 3, 2, -1), nonZero(2)), topicIdentity, "bsn, burgerservicenummer, sofinummer, sofi", "rvig.nl: Logisch ontwerp BSN",
	},
	{
		"be-nn", "Belgian national number", NationalId, "99999999999 99.99.99-999.99 999999-999-99 99.99.99.999.99 999999~999~99", alone, anywhere, beNN,
		topicIdentity, "rijksregister, rijksregisternummer, insz, niss, registre national, national nummer, nrn", "ibz.rrn.fgov.be: Rijksregisternummer",
	},
	{
		"be-enterprise", "Belgian enterprise number", NationalId, "9999999999 9999.999.999", named, anywhere, beEnterprise,
		topicVat, "kbo, bce, ondernemingsnummer, entreprise, btw, tva, enterprise", "kbopub.economie.fgov.be: Ondernemingsnummer",
	},
	{
		"lu-id", "Luxembourg national identification number", NationalId, "9999999999999", alone, alone, luID,
		topicIdentity, "matricule, luxembourg", "guichet.lu: matricule; règlement grand-ducal 18.6.2014",
	},
	{
		"at-svnr", "Austrian social insurance number", NationalId, "9999999999 9999~999999", alone, alone, atSVNR,
		0, "svnr, sozialversicherungsnummer, sozialversicherung, versicherungsnummer, ecard, sv nummer, sv", "sozialversicherung.at: §31 ASVG",
	},
	{
		"at-tax", "Austrian tax number", NationalId, "999999999 99-999/9999 99~999~9999", named, anywhere, atTax,
		topicTax, "steuernummer, abgabenkontonummer, finanzamt", "bmf.gv.at: Abgabenkontonummer",
	},
	{
		"ch-ahv", "Swiss AHV number", NationalId, "9999999999999 999.9999.9999.99 999~9999~9999~99", alone, anywhere, chAHV,
		topicIdentity, "ahv, avs, avsn, ahvn, nss, sozialversicherungsnummer, assicurazione", "bsv.admin.ch: AHV-Nummer, EAN-13",
	},
	{
		"ch-uid", "Swiss enterprise number", NationalId, "CHE-999.999.999 CHE~999~999~999 CHE999999999", anywhere, anywhere, chUID,
		0, "uid, ide, idi, unternehmens", "bfs.admin.ch: UID",
	},
	{
		"es-nif", "Spanish NIF", NationalId, "99999999A 99999999-A 99999999~A 99.999.999-A 99.999.999A", alone, anywhere, esNIF,
		topicIdentity, "nif, dni, documento", "interior.gob.es: cálculo del dígito de control del NIF",
	},
	{
		"es-nie", "Spanish NIE", NationalId, "A9999999A A-9999999-A A9999999-A A-9999999A", anywhere, anywhere, esNIE,
		topicIdentity, "nie, extranjero, extranjeros", "interior.gob.es: cálculo del dígito de control del NIE",
	},
	{
		"es-cif", "Spanish CIF", NationalId, "A9999999X A-9999999X A-9999999-X A9999999-X", alone, alone, esCIF,
		topicTax, "cif, nif", "Orden EHA/451/2008",
	},
	{
		"es-ss", "Spanish social security number", NationalId, "999999999999 99/9999999999 99/99999999/99 99_99999999_99", named, anywhere, esSS,
		0, "seguridad social, naf, nuss, afiliación", "seg-social.es: NUSS",
	},
	{
		"pt-nif", "Portuguese NIF", NationalId, "999999999 999~999~999", alone, alone, all(complement(11, 0, 9, 8, 7, 6, 5, 4, 3, 2), firstOf("1235689")),
		topicTax, "nif, contribuinte, nipc, niss, identificação fiscal", "info.portaldasfinancas.gov.pt: NIF",
	},
	{
		"pt-cc", "Portuguese citizen card", NationalId, "999999999XX9 99999999~9~XX9", alone, anywhere, ptCC,
		topicIdentity, "cartão de cidadão, cidadão, cartão", "autenticacao.gov.pt: validação de número de documento",
	},
	{
		"it-cf", "Italian fiscal code", NationalId, "AAAAAAXXAXXAXXXA AAA~AAA~XXAXX~AXXXA AAAAAA~XXAXX~AXXXA", anywhere, anywhere, itCF,
		topicTax, "codice fiscale, cf, codicefiscale", "DM 23.12.1976: codice fiscale",
	},
	{
		"it-iva", "Italian VAT number", VatNumber, "99999999999", alone, alone, all(luhnID, itOffice),
		topicVat, "partita iva, piva, p.iva, iva, partitaiva", "agenziaentrate.gov.it: partita IVA",
	},
	{
		"it-idcard", "Italian identity card", NationalId, "AA99999AA AA9999999 9999999AA AA_9999999", named, named, nil,
		0, "carta d'identità, identità, identita, cie, carta", "interno.gov.it: carta d'identità elettronica",
	},
	{
		"it-driver", "Italian driving licence", DrivingLicence, "AA9999999A U1XXXXXX9A A9999999XA", named, named, nil,
		0, "patente, guida", "mit.gov.it: patente di guida",
	},
}

// deTax: the first digit is not 0, and of the first ten one digit stands twice or thrice, not thrice in a row, and no
// other does.
func deTax(t *idText) bool {
	var count [10]int
	for i := range 10 {
		count[t.d(i)]++
	}
	doubles := 0
	for _, n := range count {
		switch {
		case n > 3:
			return false
		case n > 1:
			doubles++
		}
	}
	for i := 2; i < 10; i++ {
		if t.c[i] == t.c[i-1] && t.c[i] == t.c[i-2] {
			return false
		}
	}
	return t.c[0] != '0' && doubles == 1
}

// crossSum weighs digits and adds the digits of the products.
func crossSum(digits []byte, w ...int) int {
	s := 0
	for i, v := range w {
		p := int(digits[i]-'0') * v
		s += p/10 + p%10
	}
	return s
}

// dePension: area, birth date, initial, serial, check digit over the digits with the letter as two.
func dePension(t *idText) bool {
	day := t.num(2, 4)
	if day > 31 { // Raised by 50 where the numbers of a day ran out.
		day -= 50
	}
	if !calendar(t.num(4, 6), day) {
		return false
	}
	var d [13]byte
	copy(d[:8], t.c[:8])
	v := t.c[8] - 'A' + 1
	d[8], d[9] = '0'+v/10, '0'+v%10
	copy(d[10:], t.c[9:12])
	return crossSum(d[:], 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)%10 == int(d[12]-'0')
}

func deHealth(t *idText) bool {
	var d [11]byte
	v := t.c[0] - 'A' + 1
	d[0], d[1] = '0'+v/10, '0'+v%10
	copy(d[2:], t.c[1:10])
	return crossSum(d[:], 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)%10 == int(d[10]-'0')
}

// deIDCard: nine places without vowels and look-alikes, at least one a digit, and a check digit if there are ten.
func deIDCard(t *idText) bool {
	digits := 0
	for _, c := range t.c[:9] {
		switch c {
		case 'A', 'B', 'D', 'E', 'I', 'O', 'Q', 'S', 'U':
			return false
		}
		if isDigit(c) {
			digits++
		}
	}
	return digits > 0 && (t.n == 9 || icao(t.c[:9])%10 == t.d(9))
}

// frNIR: sex, year, month, department (2A and 2B are Corsica), and 97 less the rest as a key.
func frNIR(t *idText) bool {
	if s := t.c[0]; s != '1' && s != '2' && s != '3' && s != '4' && s != '7' && s != '8' {
		return false
	}
	if m := t.num(3, 5); m == 0 || m > 12 && m < 20 || m > 42 && m < 50 {
		return false
	}
	n := 0
	for i, c := range t.c[:13] {
		if i == 6 && !isDigit(c) {
			if t.c[5] != '2' || c != 'A' && c != 'B' {
				return false
			}
			c = '9' - (c - 'A') // 2A counts as 19, 2B as 18.
			n--
		}
		n = n*10 + int(c-'0')
	}
	if t.n == 13 {
		return true
	}
	return 97-n%97 == t.num(13, 15)
}

// beNN: birth date, serial, and 97 less the rest; who is born since 2000 counts with a 2 before.
func beNN(t *idText) bool {
	m := t.num(2, 4)
	if m > 20 { // Raised by 20 or 40 where the sex or the name was not known.
		m %= 20
	}
	if m > 0 && !calendar(m, max(1, t.num(4, 6))) {
		return false
	}
	n := t.num(0, 9)
	k := t.num(9, 11)
	return 97-n%97 == k || 97-(n+2_000_000_000)%97 == k
}

func beEnterprise(t *idText) bool {
	return t.d(0) <= 1 && t.num(0, 8) != 0 && 97-t.num(0, 8)%97 == t.num(8, 10)
}

// luID: birth date with four digits of the year, serial, a check digit of Luhn's and one of Verhoeff's.
func luID(t *idText) bool {
	if y := t.num(0, 4); y < 1850 || y > 2100 || !calendar(t.num(4, 6), t.num(6, 8)) || luhnSum(t.c[:12])%10 != 0 {
		return false
	}
	var v [12]byte
	copy(v[:], t.c[:11])
	v[11] = t.c[12]
	return verhoeffOf(v[:])
}

// atSVNR: the fourth digit checks the others; months 13 to 15 are used where serials ran out.
func atSVNR(t *idText) bool {
	m := t.num(6, 8)
	if m >= 13 && m <= 15 {
		m = 1
	}
	s := (t.sum(0, 3, 7, 9) + t.sum(4, 5, 8, 4, 2, 1, 6)) % 11
	return t.c[0] != '0' && calendar(m, t.num(4, 6)) && s == t.d(3)
}

// atTax: seven digits doubled as Luhn does, from the left, behind the two of the tax office.
func atTax(t *idText) bool {
	return (10-crossSum(t.c[:8], 1, 2, 1, 2, 1, 2, 1, 2)%10)%10 == t.d(8)
}

// ean13 checks the check digit of GS1.
var ean13 = weighed(10, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)

func chAHV(t *idText) bool { return t.num(0, 3) == 756 && ean13(t) }

func chUID(t *idText) bool {
	return (11-t.sum(3, 5, 4, 3, 2, 7, 6, 5, 4)%11)%11 == t.d(11)
}

const nifLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func esNIF(t *idText) bool { return nifLetters[t.num(0, t.n-1)%23] == t.c[t.n-1] }

func esNIE(t *idText) bool {
	p := int(t.c[0]) - 'X'
	return p >= 0 && p <= 2 && nifLetters[(p*10_000_000+t.num(1, 8))%23] == t.c[8]
}

// esCIF: the check character is a digit for some kinds of companies, a letter for others, and either for the rest.
func esCIF(t *idText) bool {
	s := t.sum(1, 0, 1, 0, 1, 0, 1) + crossSum(t.c[1:8], 2, 0, 2, 0, 2, 0, 2)
	k := (10 - s%10) % 10
	digit, letter := byte('0'+k), "JABCDEFGHI"[k] //nolint:gosec // k is 0 to 9.
	switch t.c[0] {
	case 'A', 'B', 'E', 'H':
		return t.c[8] == digit
	case 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'W':
		return t.c[8] == letter || t.c[0] == 'N' && t.c[8] == digit
	case 'C', 'D', 'F', 'G', 'J', 'U', 'V':
		return t.c[8] == digit || t.c[8] == letter
	}
	return false
}

func esSS(t *idText) bool {
	p, n := t.num(0, 2), t.num(2, 10)
	if n < 10_000_000 {
		n += p * 10_000_000
	} else {
		n += p * 100_000_000
	}
	return p >= 1 && p <= 66 && n%97 == t.num(10, 12)
}

// ptCC: Luhn's scheme over all places, letters from A as 10.
func ptCC(t *idText) bool {
	s := 0
	for i, c := range t.c[:12] {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A') + 10
		}
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		s += v
	}
	return s%10 == 0
}

// itOffice: digits eight to ten are the province of the office that issued the number.
func itOffice(t *idText) bool {
	p := t.num(7, 10)
	return p >= 1 && p <= 100 || p == 120 || p == 121 || p == 888 || p == 999
}

// itOdd are the values of characters in odd places of the codice fiscale; digits count as the letters from A.
const itOdd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"

// itCF: consonants, year, month letter, day (a woman's raised by 40), municipality, check letter. Digits may be letters
// where two persons would have the same code.
func itCF(t *idText) bool {
	for _, i := range [...]int{6, 7, 9, 10, 12, 13, 14} {
		if c := t.c[i]; !isDigit(c) && (c < 'L' || c > 'V' || c == 'O') {
			return false
		}
	}
	if c := t.c[8]; c > 'T' || c == 'F' || c == 'G' || c == 'I' || c == 'J' || c == 'K' || c == 'N' || c == 'O' || c == 'Q' {
		return false
	}
	s := 0
	for i, c := range t.c[:15] {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c - 'A')
		}
		if i%2 == 0 {
			v = int(itOdd[v])
		}
		s += v
	}
	return 'A'+byte(s%26) == t.c[15]
}
