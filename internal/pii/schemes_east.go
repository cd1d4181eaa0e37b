package pii

// eastSchemes are those of central, eastern and south-eastern Europe and of Turkey.
var eastSchemes = []scheme{
	{
		"pl-pesel", "Polish PESEL", NationalId, "99999999999", alone, alone, all(weighed(10, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), plDate),
		topicIdentity, "pesel, ewidencyjny, polish", "Ustawa o ewidencji ludności, Dz.U. 2010 nr 217 poz. 1427",
	},
	{
		"pl-nip", "Polish NIP", NationalId, "9999999999 999-999-99-99 999-99-99-999 999~999~99~99", alone, anywhere, all(remainder(11, -1, 6, 5, 7, 2, 3, 4, 5, 6, 7), nonZero(3)),
		topicTax, "nip, podatkowy, podatkowej, podatnika", "podatki.gov.pl: NIP",
	},
	{
		"pl-regon", "Polish REGON", NationalId, "999999999 99999999999999", named, named, plREGON,
		0, "regon", "stat.gov.pl: REGON",
	},
	{
		"pl-idcard", "Polish identity card", NationalId, "AAA999999 AAA~999999", alone, alone, plIDCard,
		0, "dowód, dowod, dowodu, osobisty, osobistego", "gov.pl: dowód osobisty; ICAO Doc 9303",
	},
	{
		"cz-rc", "Czech or Slovak birth number", NationalId, "9999999999 999999/9999 999999/999", named, anywhere, czRC,
		topicIdentity, "rodné číslo, rodné č, číslo, birth number, birthnumber, rč, rodne cislo, cislo, rc", "Zákon č. 133/2000 Sb., §13",
	},
	{
		"cz-ico", "Czech or Slovak company number", NationalId, "99999999", named, named, czICO,
		0, "ičo, ico, ič", "czso.cz: IČO",
	},
	{
		"hu-tax", "Hungarian tax identification number", NationalId, "9999999999", named, named, all(firstOf("8"), huTax),
		topicTax, "adóazonosító, adoazonosito, adószám, jel", "2017. évi CL. törvény",
	},
	{
		"hu-taj", "Hungarian TAJ number", NationalId, "999999999 999~999~999", named, named, all(remainder(10, -1, 3, 7, 3, 7, 3, 7, 3, 7), nonZero(3)),
		0, "taj, tajszám, társadalombiztosítási", "1996. évi XX. törvény",
	},
	{
		"hu-adoszam", "Hungarian company tax number", NationalId, "99999999-9-99", named, anywhere, huCompany,
		topicTax, "adószám, adószáma, adoszam", "nav.gov.hu: adószám",
	},
	{
		"hu-id", "Hungarian personal number", NationalId, "99999999999 9-999999-9999 9~999999~9999", named, anywhere, huID,
		topicIdentity, "személyi, személyi szám, szám, személyazonosító", "1996. évi XX. törvény",
	},
	{
		"ro-cnp", "Romanian CNP", NationalId, "9999999999999", alone, alone, roCNP,
		topicIdentity, "cnp, cod numeric, numeric personal", "Legea 105/1996; HG 1375/2006",
	},
	{
		"ro-cui", "Romanian CUI", NationalId, "99999999 9999999 999999999 9999999999", named, named, roCUI,
		0, "cui, cif, cod fiscal, fiscală", "Legea 359/2004",
	},
	{
		"bg-egn", "Bulgarian EGN", NationalId, "9999999999", alone, alone, bgEGN,
		topicIdentity, "egn, егн, ЕГН, единен, Единен, граждански", "grao.bg: ЕГН",
	},
	{
		"hr-oib", "Croatian OIB", NationalId, "99999999999", alone, alone, mod11x10,
		topicIdentity, "oib, osobni identifikacijski, porezni", "Zakon o osobnom identifikacijskom broju",
	},
	{
		"si-emso", "Slovenian EMŠO and JMBG", NationalId, "9999999999999", alone, alone, jmbg,
		topicIdentity, "emšo, emso, jmbg, matični, maticni, matična", "Zakon o centralnem registru prebivalstva",
	},
	{
		"si-davcna", "Slovenian tax number", NationalId, "99999999", named, named, complement(11, 0, 8, 7, 6, 5, 4, 3, 2),
		topicTax, "davčna, davcna, ddv", "fu.gov.si: davčna številka",
	},
	{
		"rs-pib", "Serbian PIB", NationalId, "999999999", named, named, mod11x10,
		0, "pib, poreski", "purs.gov.rs: PIB",
	},
	{
		"gr-afm", "Greek AFM", NationalId, "999999999", named, named, all(grAFM, nonZero(3)),
		topicTax, "afm, αφμ, ΑΦΜ, greek", "aade.gr: ΑΦΜ",
	},
	{
		"gr-amka", "Greek AMKA", NationalId, "99999999999", alone, named, all(dmy(0), luhnID),
		0, "amka, αμκα, ΑΜΚΑ", "amka.gr: ΑΜΚΑ",
	},
	{
		"tr-tckn", "Turkish identity number", NationalId, "99999999999", alone, alone, trTCKN,
		topicIdentity, "tckn, tc, kimlik, vatandaşlık, vatandaslik, tcno, türkiye, turkish", "nvi.gov.tr: T.C. kimlik numarası",
	},
	{
		"tr-vkn", "Turkish tax number", NationalId, "9999999999", named, named, trVKN,
		topicTax, "vkn, vergi", "gib.gov.tr: vergi kimlik numarası",
	},
	{
		"ru-inn", "Russian INN", NationalId, "999999999999 9999999999", alone, alone, ruINN,
		topicTax, "inn, инн, ИНН", "nalog.gov.ru: приказ ЕД-7-14/559@",
	},
	{
		"ru-snils", "Russian SNILS", NationalId, "99999999999 999-999-999_99 999-999-999-99 999_999_999_99", named, anywhere, ruSNILS,
		0, "snils, снилс, СНИЛС, страховой", "sfr.gov.ru: СНИЛС",
	},
	{
		"ru-ogrn", "Russian OGRN", NationalId, "9999999999999", named, named, ruOGRN,
		0, "ogrn, огрн, ОГРН", "nalog.gov.ru: ОГРН",
	},
	{
		"ru-passport", "Russian internal passport", Passport, "9999_999999 99_99_999999 9999999999", named, named, nil,
		0, "паспорт, паспорта, серия, pasport", "Постановление Правительства РФ 828/1997",
	},
	{
		"ua-rnokpp", "Ukrainian taxpayer number", NationalId, "9999999999", named, named, uaRNOKPP,
		topicTax, "rnokpp, рнокпп, РНОКПП, іпн, ІПН, ipn, податкова", "Податковий кодекс України, ст. 70",
	},
	{
		"kz-iin", "Kazakh IIN", NationalId, "999999999999", alone, alone, kzIIN,
		topicIdentity, "iin, иин, ИИН, bin, бин, жсн", "Закон РК 223-III",
	},
	{
		"cy-tic", "Cypriot tax identification code", NationalId, "99999999A", named, named, cyTIC,
		topicTax, "tic, cyprus, φπα", "mof.gov.cy: TIC",
	},
	{
		"mt-id", "Maltese identity card", NationalId, "9999999A 999999A", named, named, mtID,
		topicIdentity, "malta, maltese, identità", "identita.gov.mt: identity card",
	},
}

// plDate: the month tells the century.
func plDate(t *idText) bool { return calendar(t.num(2, 4)%20, t.num(4, 6)) }

var (
	plREGON9  = remainder(11, 0, 8, 9, 2, 3, 4, 5, 6, 7)
	plREGON14 = remainder(11, 0, 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)
)

func plREGON(t *idText) bool { return plREGON9(t) && (t.n == 9 || plREGON14(t)) }

// plIDCard: series and number, of which the first digit checks the rest.
func plIDCard(t *idText) bool {
	return (icao(t.c[:3])+t.sum(4, 7, 3, 1, 7, 3))%10 == t.d(3)
}

// czRC: birth date (a woman's month is raised by 50, and by 20 more where serials ran out) and, since 1954, a number
// that 11 divides.
func czRC(t *idText) bool {
	m := t.num(2, 4) % 50
	if m > 20 {
		m -= 20
	}
	if !calendar(m, t.num(4, 6)) {
		return false
	}
	if t.n == 9 {
		return t.num(0, 2) < 54
	}
	n := t.num(0, 10)
	return n%11 == 0 || n/10%11 == 10 && n%10 == 0
}

func czICO(t *idText) bool {
	return t.num(0, 7) != 0 && (11-t.sum(0, 8, 7, 6, 5, 4, 3, 2)%11)%10 == t.d(7)
}

var huWeighed = weighed(10, 9, 7, 3, 1, 9, 7, 3, 1)

var huTax = remainder(11, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9)

// huCompany: eight digits of which the last checks, a code of taxation, and the county.
func huCompany(t *idText) bool {
	county := t.num(9, 11)
	return huWeighed(t) && t.d(8) >= 1 && t.d(8) <= 5 && (county >= 2 && county <= 44 || county == 51)
}

// huID: sex and century, birth date, serial, check digit; who is born since 1997 is weighed the other way.
func huID(t *idText) bool {
	if t.d(0) < 1 || t.d(0) > 8 || !calendar(t.num(3, 5), t.num(5, 7)) {
		return false
	}
	return t.sum(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)%11 == t.d(10) || t.sum(0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == t.d(10)
}

// roCNP: sex and century, birth date, county, serial, check digit.
func roCNP(t *idText) bool {
	county := t.num(7, 9)
	return t.c[0] != '0' && calendar(t.num(3, 5), t.num(5, 7)) && (county >= 1 && county <= 48 || county == 51 || county == 52 || county == 70 || county >= 80 && county <= 83) &&
		roWeighed(t)
}

var roWeighed = remainder(11, 1, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)

func roCUI(t *idText) bool {
	s := 0
	for i := range t.n - 1 {
		s += t.d(t.n-2-i) * [...]int{2, 3, 5, 7, 1, 2, 3, 5, 7}[i]
	}
	return t.c[0] != '0' && s*10%11%10 == t.d(t.n-1)
}

// bgEGN: the month is raised by 20 before 1900 and by 40 since 2000.
func bgEGN(t *idText) bool { return calendar(t.num(2, 4)%20, t.num(4, 6)) && bgWeighed(t) }

var bgWeighed = remainder(11, 0, 2, 4, 8, 5, 10, 9, 7, 3, 6)

// jmbg is the number of the states that were Yugoslavia: birth date with three digits of the year, region, serial.
func jmbg(t *idText) bool {
	y := t.d(4)
	return calendar(t.num(2, 4), t.num(0, 2)) && (y == 9 || y == 0) && jmbgWeighed(t)
}

var jmbgWeighed = complement(11, -1, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

func grAFM(t *idText) bool {
	return t.sum(0, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == t.d(8)
}

func trTCKN(t *idText) bool {
	odd, even := t.sum(0, 1, 0, 1, 0, 1, 0, 1, 0, 1), t.sum(1, 1, 0, 1, 0, 1, 0, 1)
	return t.c[0] != '0' && ((odd*7-even)%10+10)%10 == t.d(9) && (odd+even+t.d(9))%10 == t.d(10)
}

func trVKN(t *idText) bool {
	s := 0
	for i := range 9 {
		c := (t.d(i) + 9 - i) % 10
		if c == 0 {
			continue
		}
		if r := (c << (9 - i)) % 9; r != 0 {
			s += r
		} else {
			s += 9
		}
	}
	return (10-s%10)%10 == t.d(9)
}

var (
	ruINN10  = remainder(11, 0, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	ruINN12a = remainder(11, 0, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	ruINN12b = remainder(11, 0, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
)

// ruINN: ten digits are a firm's, twelve a person's.
func ruINN(t *idText) bool {
	if t.num(0, 2) == 0 {
		return false
	}
	if t.n == 10 {
		return ruINN10(t)
	}
	return ruINN12a(t) && ruINN12b(t)
}

func ruSNILS(t *idText) bool {
	return t.num(0, 9) > 1001998 && t.sum(0, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == t.num(9, 11)
}

func ruOGRN(t *idText) bool {
	return (t.c[0] == '1' || t.c[0] == '5') && t.num(0, 12)%11%10 == t.d(12)
}

func uaRNOKPP(t *idText) bool {
	s := t.sum(0, -1, 5, 7, 9, 4, 6, 10, 5, 7) % 11
	return (s+11)%11%10 == t.d(9)
}

// kzIIN: birth date, or of a firm year and month and what it is, and modulo 11 with a second set of weights.
func kzIIN(t *idText) bool {
	if m := t.num(2, 4); m < 1 || m > 12 {
		return false
	}
	r := t.sum(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) % 11
	if r == 10 {
		r = t.sum(0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2) % 11
	}
	return r == t.d(11)
}

// cyTIC: digits in odd places are translated before they are added.
func cyTIC(t *idText) bool {
	s := 0
	for i := range 8 {
		if i%2 == 0 {
			s += [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}[t.d(i)]
		} else {
			s += t.d(i)
		}
	}
	return 'A'+byte(s%26) == t.c[8]
}

func mtID(t *idText) bool {
	switch t.c[t.n-1] {
	case 'M', 'G', 'A', 'P', 'L', 'H', 'B', 'Z':
		return true
	}
	return false
}
