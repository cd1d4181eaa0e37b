package pii

// northSchemes are those of the Nordic and the Baltic countries.
var northSchemes = []scheme{
	{
		"se-pnr", "Swedish personal identity number", NationalId, "9999999999 999999999999 999999-9999 999999+9999 99999999-9999", alone, anywhere, sePNR,
		topicIdentity, "personnummer, personnr, pnr, samordningsnummer, födelsenummer, svenskt", "skatteverket.se: SKV 704 personnummer",
	},
	{
		"se-org", "Swedish organisation number", NationalId, "9999999999 999999-9999 16999999-9999", alone, alone, seOrg,
		0, "organisationsnummer, orgnr, org nr, orgnummer, bolagsverket, organisation", "skatteverket.se: SKV 709 organisationsnummer",
	},
	{
		"no-fnr", "Norwegian birth number", NationalId, "99999999999 999999~99999", alone, anywhere, noFNR,
		topicIdentity, "fødselsnummer, fodselsnummer, fødselsnr, fodselsnr, personnummer, fnr, dnr, d nummer", "skatteetaten.no: fødselsnummer",
	},
	{
		"no-org", "Norwegian organisation number", NationalId, "999999999 999~999~999", named, named,
		all(complement(11, -1, 3, 2, 7, 6, 5, 4, 3, 2), firstOf("89")), 0, "organisasjonsnummer, orgnr, org nr, foretaksregisteret", "brreg.no: organisasjonsnummer",
	},
	{
		"dk-cpr", "Danish CPR number", NationalId, "9999999999 999999-9999 999999~9999", named, named, dkCPR,
		topicIdentity, "cpr, personnummer, cprnummer", "cpr.cpr.dk: Personnummeret i CPR",
	},
	{
		"dk-cpr-11", "Danish CPR number that 11 divides", NationalId, "9999999999 999999-9999", alone, anywhere, all(dkCPR, dkModulo),
		topicIdentity, "", "cpr.cpr.dk: Personnummeret i CPR",
	},
	{
		"dk-cvr", "Danish CVR number", NationalId, "99999999 99~99~99~99", named, named, weighed(11, 2, 7, 6, 5, 4, 3, 2, 1),
		0, "cvr, cvrnummer, se nr", "virk.dk: CVR-nummer",
	},
	{
		"fi-hetu", "Finnish personal identity code", NationalId, "999999A999X 999999-999X 999999+999X 999999-9999 999999+9999", anywhere, anywhere, fiHETU,
		topicIdentity, "hetu, henkilötunnus, henkilotunnus, sotu, personbeteckning", "dvv.fi: henkilötunnus",
	},
	{
		"fi-ytunnus", "Finnish business identity code", NationalId, "9999999-9", named, named, complement(11, -1, 7, 9, 10, 5, 8, 4, 2),
		0, "ytunnus, y tunnus, tunnus, business id, alv", "ytj.fi: Y-tunnus",
	},
	{
		"is-kt", "Icelandic kennitala", NationalId, "9999999999 999999-9999 999999~9999", alone, anywhere, isKT,
		topicIdentity, "kennitala, kt", "skra.is: kennitala",
	},
	{
		"ee-ik", "Estonian personal code", NationalId, "99999999999", alone, alone, all(balticDate, baltic),
		topicIdentity, "isikukood, ik, estonian", "EVS 585: isikukood",
	},
	{
		"lt-ak", "Lithuanian personal code", NationalId, "99999999999", alone, alone, all(balticDate, baltic),
		topicIdentity, "asmens kodas, kodas, a k, lithuanian", "Lietuvos Respublikos gyventojų registro įstatymas",
	},
	{
		"lv-pk", "Latvian personal code", NationalId, "99999999999 999999-99999", named, anywhere, lvPK,
		topicIdentity, "personas kods, kods, latvian", "pmlp.gov.lv: personas kods",
	},
}

// timeOfDay reports whether four digits could be hours and minutes: 240315-1012 is the name of many files.
func timeOfDay(v int) bool { return v/100 < 24 && v%100 < 60 }

// sePNR: Luhn's check digit over the last ten digits; a coordination number's day is raised by 60.
func sePNR(t *idText) bool {
	k := t.n - 10
	day := t.num(k+4, k+6)
	if day > 60 {
		day -= 60
	}
	if k == 2 && t.num(0, 2) != 19 && t.num(0, 2) != 20 && t.num(0, 2) != 18 {
		return false
	}
	return calendar(t.num(k+2, k+4), day) && luhnSum(t.c[k:t.n])%10 == 0
}

// seOrg: what would be the month is 20 or more.
func seOrg(t *idText) bool {
	k := t.n - 10
	return t.d(k+2) >= 2 && t.d(k) != 0 && luhnSum(t.c[k:t.n])%10 == 0
}

// noFNR: birth date (a D-number's day is raised by 40, a synthetic one's month by 40 or 80), and two check digits.
func noFNR(t *idText) bool {
	day, m := t.num(0, 2), t.num(2, 4)
	if day > 40 {
		day -= 40
	}
	if m > 40 {
		m = (m-1)%40%20 + 1
	}
	return calendar(m, day) && noFirst(t) && noSecond(t)
}

var (
	noFirst  = complement(11, -1, 3, 7, 6, 1, 8, 9, 4, 5, 2)
	noSecond = complement(11, -1, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
)

// dkCPR: modulo 11 has not held for all numbers since 2007.
func dkCPR(t *idText) bool { return calendar(t.num(2, 4), t.num(0, 2)) && t.num(6, 10) != 0 }

var dkModulo = weighed(11, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)

// fiHETU: birth date, a sign for the century, serial, and a check character of modulo 31.
func fiHETU(t *idText) bool {
	k := t.n - 4
	if k == 7 {
		if c := t.c[6]; c > 'F' && c < 'U' || c > 'Y' {
			return false
		}
	}
	return isDigits(t.c[k:k+3]) && calendar(t.num(2, 4), t.num(0, 2)) &&
		"0123456789ABCDEFHJKLMNPRSTUVWXY"[(t.num(0, 6)*1000+t.num(k, k+3))%31] == t.c[t.n-1]
}

func isDigits(b []byte) bool { return allOf(b, chDigit) }

// isKT: birth date (a firm's day is raised by 40), two serial digits, a check digit, and the century.
func isKT(t *idText) bool {
	day := t.num(0, 2)
	if day > 40 {
		day -= 40
	}
	c := t.d(9)
	return (c == 8 || c == 9 || c == 0) && calendar(t.num(2, 4), day) && isWeighed(t)
}

var isWeighed = complement(11, -1, 3, 2, 7, 6, 5, 4, 3, 2)

// balticDate: sex and century, then the birth date.
func balticDate(t *idText) bool {
	return t.d(0) >= 1 && t.d(0) <= 8 && calendar(t.num(3, 5), t.num(5, 7))
}

// baltic is the check digit of Estonia and Lithuania: modulo 11, a second set of weights if that is ten.
func baltic(t *idText) bool {
	r := t.sum(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if r == 10 {
		r = t.sum(0, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return r == t.d(10)
}

// lvPK: a birth date and a check digit, or, since 2017, 32 and a serial without one.
func lvPK(t *idText) bool {
	if t.num(0, 2) == 32 {
		return true
	}
	return calendar(t.num(2, 4), t.num(0, 2)) && t.d(6) <= 2 &&
		(1+t.sum(0, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == t.d(10)
}
