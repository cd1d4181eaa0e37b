package pii

// vatSchemes are the numbers of the value added tax of the European Union, the United Kingdom, Switzerland and Norway,
// with the country's letters before them (European Commission, VIES: VAT identification numbers, structure).
var vatSchemes = []scheme{
	vat("at", "Austrian", "ATU99999999 ATU~99999999 AT~U99999999", prefixed("ATU", vatAT), "bmf.gv.at: BMF-UID-Konstruktionsregeln"),
	vat("be", "Belgian", "BE9999999999 BE~9999999999 BE~9999.999.999 BE9999.999.999 BE~9999~999~999", prefixed("BE", beEnterprise), "kbopub.economie.fgov.be"),
	vat("bg", "Bulgarian", "BG999999999 BG9999999999 BG~999999999 BG~9999999999", prefixed("BG", vatBG), "nra.bg"),
	vat("cy", "Cypriot", "CY99999999A CY~99999999A", prefixed("CY", cyTIC), "mof.gov.cy"),
	vat("cz", "Czech", "CZ99999999 CZ9999999999 CZ~99999999 CZ~9999999999", prefixed("CZ", vatCZ), "financnisprava.cz"),
	vat("de", "German", "DE999999999 DE~999999999 DE~999~999~999 DE999~999~999", prefixed("DE", mod11x10), "bzst.de: USt-IdNr., ISO/IEC 7064"),
	vat("dk", "Danish", "DK99999999 DK~99999999 DK~99~99~99~99 DK99~99~99~99", prefixed("DK", weighed(11, 2, 7, 6, 5, 4, 3, 2, 1)), "skat.dk"),
	vat("ee", "Estonian", "EE999999999 EE~999999999", prefixed("EE", weighed(10, 3, 7, 1, 3, 7, 1, 3, 7, 1)), "emta.ee"),
	vat("el", "Greek", "EL999999999 GR999999999 EL~999999999 GR~999999999", prefixed("EL GR", grAFM), "aade.gr"),
	vat("es", "Spanish", "ESX9999999X ES~X9999999X ES~X-9999999-X ES-X9999999X", prefixed("ES", vatES), "agenciatributaria.es"),
	vat("fi", "Finnish", "FI99999999 FI~99999999 FI~9999999-9", prefixed("FI", weighed(11, 7, 9, 10, 5, 8, 4, 2, 1)), "vero.fi"),
	vat("fr", "French", "FRXX999999999 FR~XX~999~999~999 FR~XX~999999999 FR~XX999999999 FRXX~999~999~999", prefixed("FR", vatFR), "impots.gouv.fr"),
	vat("gb", "British", "GB999999999 GB999999999999 GB~999~9999~99 GB999~9999~99 GB~999999999 GB~999~999~999", prefixed("GB XI", vatGB), "gov.uk: HMRC, VAT registration number"),
	vat("hr", "Croatian", "HR99999999999 HR~99999999999", prefixed("HR", mod11x10), "porezna-uprava.hr"),
	vat("hu", "Hungarian", "HU99999999 HU~99999999", prefixed("HU", huWeighed), "nav.gov.hu"),
	vat("ie", "Irish", "IE9999999A IE9999999AA IE9X99999A IE~9999999A IE~9999999AA", prefixed("IE", vatIE), "revenue.ie"),
	vat("it", "Italian", "IT99999999999 IT~99999999999 IT~999~9999~9999", prefixed("IT", luhnID), "agenziaentrate.gov.it"),
	vat("lt", "Lithuanian", "LT999999999 LT999999999999 LT~999999999", prefixed("LT", vatLT), "vmi.lt"),
	vat("lu", "Luxembourg", "LU99999999 LU~99999999 LU~999~999~99", prefixed("LU", vatLU), "pfi.public.lu"),
	vat("lv", "Latvian", "LV99999999999 LV~99999999999", prefixed("LV", vatLV), "vid.gov.lv"),
	vat("mt", "Maltese", "MT99999999 MT~99999999 MT~9999~9999", prefixed("MT", weighed(37, 3, 4, 6, 7, 8, 9, 10, 1)), "cfr.gov.mt"),
	vat("nl", "Dutch", "NL999999999B99 NL~999999999B99 NL~9999.99.999.B99 NL~999999999~B99", prefixed("NL", vatNL), "belastingdienst.nl: btw-id"),
	vat("pl", "Polish", "PL9999999999 PL~9999999999 PL~999~999~99~99", prefixed("PL", remainder(11, -1, 6, 5, 7, 2, 3, 4, 5, 6, 7)), "podatki.gov.pl"),
	vat("pt", "Portuguese", "PT999999999 PT~999999999 PT~999~999~999", prefixed("PT", complement(11, 0, 9, 8, 7, 6, 5, 4, 3, 2)), "portaldasfinancas.gov.pt"),
	vat("ro", "Romanian", "RO99999999 RO9999999 RO999999999 RO9999999999 RO999999 RO~99999999", prefixed("RO", roCUI), "anaf.ro"),
	vat("se", "Swedish", "SE999999999901 SE~999999999901 SE~999999-9999~01", prefixed("SE", vatSE), "skatteverket.se"),
	vat("si", "Slovenian", "SI99999999 SI~99999999 SI~99~99~99~99", prefixed("SI", complement(11, 0, 8, 7, 6, 5, 4, 3, 2)), "fu.gov.si"),
	vat("sk", "Slovak", "SK9999999999 SK~9999999999", prefixed("SK", vatSK), "financnasprava.sk"),
	vat("ch", "Swiss", "CHE999999999MWST CHE999999999TVA CHE999999999IVA CHE-999.999.999~MWST CHE-999.999.999~TVA CHE-999.999.999~IVA CHE~999~999~999~MWST", prefixed("CHE", chDigits),
		"bfs.admin.ch: UID"),
	vat("no", "Norwegian", "NO999999999MVA NO~999999999MVA NO~999~999~999~MVA NO~999999999~MVA 999999999MVA 999~999~999~MVA 999999999~MVA", vatNO, "brreg.no"),
}

// vat makes the row of a country.
func vat(country, name, shapes string, check checkFunc, source string) scheme {
	return scheme{country + "-vat", name + " VAT number", VatNumber, shapes, anywhere, anywhere, check, topicVat, name + " vat", source}
}

// prefixed holds if the number begins with one of the prefixes and check holds for the rest.
func prefixed(prefixes string, check checkFunc) checkFunc {
	return func(t *idText) bool {
		k := 0
		for k < len(prefixes) && prefixes[k] != ' ' {
			k++
		}
		for from := 0; from < len(prefixes); from += k + 1 {
			if string(t.c[:k]) != prefixes[from:from+k] {
				continue
			}
			var rest idText
			rest.n = copy(rest.c[:], t.c[k:t.n])
			return !rest.repeats() && check(&rest)
		}
		return false
	}
}

func vatAT(t *idText) bool {
	return (10-(crossSum(t.c[:7], 1, 2, 1, 2, 1, 2, 1)+4)%10)%10 == t.d(7)
}

// vatBG: nine digits are a firm's, ten a person's.
func vatBG(t *idText) bool {
	if t.n == 10 {
		return bgEGN(t) || bgForeign(t)
	}
	r := t.sum(0, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if r == 10 {
		r = t.sum(0, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
	}
	return r == t.d(8)
}

var bgForeign = complement(11, -1, 4, 3, 2, 7, 6, 5, 4, 3, 2)

func vatCZ(t *idText) bool {
	if t.n == 8 {
		return czICO(t)
	}
	return czRC(t)
}

func vatES(t *idText) bool {
	switch {
	case isDigit(t.c[0]):
		return !isDigit(t.c[8]) && esNIF(t)
	case t.c[0] >= 'X':
		return esNIE(t)
	}
	return esCIF(t)
}

// vatFR: a key of two characters, which for digits is modulo 97 of the SIREN.
func vatFR(t *idText) bool {
	siren := t.num(2, 11)
	if luhnSum(t.c[2:11])%10 != 0 {
		return false
	}
	return !isDigit(t.c[0]) || !isDigit(t.c[1]) || t.num(0, 2) == (12+3*(siren%97))%97
}

func vatGB(t *idText) bool {
	s := t.sum(0, 8, 7, 6, 5, 4, 3, 2) + t.num(7, 9)
	return t.num(0, 7) > 0 && (s%97 == 0 || (s+55)%97 == 0)
}

func vatIE(t *idText) bool {
	if isDigit(t.c[1]) {
		return iePPS(t)
	}
	var u idText // The old form has a letter in the second place.
	u.n = 8
	u.c[0] = '0'
	copy(u.c[1:6], t.c[2:7])
	u.c[6], u.c[7] = t.c[0], t.c[7]
	return iePPS(&u)
}

func vatLT(t *idText) bool {
	r := 0
	for i := range t.n - 1 {
		r += t.d(i) * (1 + i%9)
	}
	if r %= 11; r == 10 {
		r = 0
		for i := range t.n - 1 {
			r += t.d(i) * (1 + (i+2)%9)
		}
		r = r % 11 % 10
	}
	return r == t.d(t.n-1)
}

func vatLU(t *idText) bool { return t.num(0, 6)%89 == t.num(6, 8) }

func vatLV(t *idText) bool {
	return t.d(0) > 3 && t.sum(0, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
}

// vatNL: a firm's number is checked as a citizen's is, a sole trader's by modulo 97 over the whole with its letters.
func vatNL(t *idText) bool {
	return t.c[9] == 'B' && (t.sum(0, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 || mod97(t.c[:12], mod97([]byte("NL"), 0)) == 1)
}

func vatSE(t *idText) bool { return luhnSum(t.c[:10])%10 == 0 }

func vatSK(t *idText) bool { return t.num(0, 10)%11 == 0 && t.c[0] != '0' }

func chDigits(t *idText) bool {
	return (11-t.sum(0, 5, 4, 3, 2, 7, 6, 5, 4)%11)%11 == t.d(8)
}

func vatNO(t *idText) bool {
	var u idText
	k := 0
	if t.c[0] == 'N' {
		k = 2
	}
	u.n = copy(u.c[:], t.c[k:k+9])
	return (u.c[0] == '8' || u.c[0] == '9') && noOrg(&u)
}

var noOrg = complement(11, -1, 3, 2, 7, 6, 5, 4, 3, 2)
