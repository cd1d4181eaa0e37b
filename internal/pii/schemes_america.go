package pii

// americanSchemes are those of North, Central and South America.
var americanSchemes = []scheme{
	{
		"us-itin", "United States individual taxpayer identification number", NationalId, "999999999 999-99-9999 999~99~9999", named, anywhere, usITIN,
		0, "itin, taxpayer, individual taxpayer, tax id, taxid", "irs.gov: Individual taxpayer identification number; IRM 3.21.263",
	},
	{
		"us-ein", "United States employer identification number", NationalId, "99-9999999", named, named, usEIN,
		0, "ein, fein, employer, tin, federal tax, tax id, irs", "irs.gov: How EINs are assigned and valid EIN prefixes",
	},
	{
		"us-mbi", "Medicare beneficiary identifier", NationalId, "9AX9AX9AA99 9AX9-AX9-AA99 9AX9~AX9~AA99", anywhere, anywhere, usMBI,
		0, "mbi, medicare, beneficiary", "cms.gov: Understanding the MBI format",
	},
	{
		"us-npi", "National provider identifier", NationalId, "9999999999", alone, alone, usNPI,
		0, "npi, provider, prescriber, physician", "45 CFR 162.406; CMS: NPI check digit",
	},
	{
		"us-dea", "DEA registration number", NationalId, "AA9999999 A99999999", alone, alone, usDEA,
		0, "dea, prescriber, registrant", "deadiversion.usdoj.gov: Registration validation",
	},
	{
		"us-aba", "ABA routing transit number", BankAccount, "999999999 9999-9999-9", alone, named, usABA,
		0, "aba, routing, rtn, transit, bankrouting, routingnumber, wire, ach, fedwire", "aba.com: ABA routing number policy",
	},
	{
		"ca-sin", "Canadian social insurance number", NationalId, "999999999 999~999~999", alone, alone, all(luhnID, firstOf("012345679")),
		0, "sin, social insurance, nas, assurance sociale, canada, canadian", "canada.ca: Social insurance number; Luhn",
	},
	{
		"mx-curp", "Mexican CURP", NationalId, "AAAA999999AAAAAAX9", anywhere, anywhere, mxCURP,
		topicIdentity, "curp, clave única", "gob.mx/segob/renapo: Instruction normativo CURP",
	},
	{
		"mx-rfc", "Mexican RFC", NationalId, "AAAA999999XXX AAA999999XXX AAAA-999999-XXX AAA-999999-XXX", alone, alone, mxRFC,
		topicTax, "rfc, contribuyentes", "sat.gob.mx: Anexo 19, RFC",
	},
	{
		"mx-clabe", "Mexican CLABE", BankAccount, "999999999999999999 999~999~99999999999~9", alone, named, all(weighed(10, mxWeights...), nonZero(3)),
		0, "clabe, interbancaria, cuenta", "banxico.org.mx: CLABE",
	},
	{
		"br-cpf", "Brazilian CPF", NationalId, "99999999999 999.999.999-99 999999999-99", alone, anywhere, brCPF,
		topicIdentity, "cpf, contribuinte, pessoa física, pessoas físicas", "gov.br/receitafederal: CPF, cálculo dos dígitos",
	},
	{
		"br-cnpj", "Brazilian CNPJ", NationalId, "99999999999999 99.999.999/9999-99 99999999/9999-99", alone, anywhere, brCNPJ,
		topicTax, "cnpj, pessoa jurídica", "gov.br/receitafederal: CNPJ, IN RFB 2.119/2022",
	},
	{
		"br-pis", "Brazilian PIS/PASEP", NationalId, "99999999999 999.99999.99-9", named, anywhere, complement(11, 0, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2),
		0, "pis, pasep, nis, nit", "caixa.gov.br: PIS",
	},
	{
		"br-cnh", "Brazilian driving licence", DrivingLicence, "99999999999", named, named, nil,
		0, "cnh, habilitação, motorista", "gov.br/transportes: CNH",
	},
	{
		"ar-cuit", "Argentine CUIT/CUIL", NationalId, "99999999999 99-99999999-9 99.99999999.9", alone, anywhere, arCUIT,
		topicTax, "cuit, cuil, tributaria", "afip.gob.ar: CUIT",
	},
	{
		"ar-dni", "Argentine DNI", NationalId, "99999999 99.999.999 9.999.999", named, named, nonZero(1),
		0, "dni, documento, libreta", "argentina.gob.ar: DNI",
	},
	{
		"cl-rut", "Chilean RUT", NationalId, "99.999.999-9 9.999.999-9 99999999-9 9999999-9 99.999.999-A 9.999.999-A 99999999-A 9999999-A", alone, anywhere, clRUT,
		topicIdentity, "rut, run, rol único, chile", "registrocivil.cl: RUN; módulo 11",
	},
	{
		"co-nit", "Colombian NIT", NationalId, "9999999999 999.999.999-9 999999999-9", named, anywhere, coNIT,
		topicTax, "nit, tributaria", "dian.gov.co: NIT, Orden administrativa 4/1989",
	},
	{
		"co-cc", "Colombian citizenship card", NationalId, "9999999999 99999999 9.999.999.999 99.999.999", named, named, nil,
		0, "cédula, cedula, ciudadanía, ciudadania", "registraduria.gov.co: cédula de ciudadanía",
	},
	{
		"pe-ruc", "Peruvian RUC", NationalId, "99999999999", alone, alone, peRUC,
		topicTax, "ruc, contribuyente", "sunat.gob.pe: RUC",
	},
	{
		"pe-dni", "Peruvian DNI", NationalId, "99999999 99999999-9", named, named, nil,
		0, "dni, cui, reniec, documento", "reniec.gob.pe: DNI",
	},
	{
		"ec-ci", "Ecuadorian cédula", NationalId, "9999999999 999999999-9", alone, alone, ecCI,
		topicIdentity, "cédula, cedula, ecuador", "registrocivil.gob.ec: cédula de identidad",
	},
	{
		"ec-ruc", "Ecuadorian RUC", NationalId, "9999999999999", alone, alone, ecRUC,
		topicTax, "ruc", "sri.gob.ec: RUC",
	},
	{
		"uy-ci", "Uruguayan cédula", NationalId, "99999999 9.999.999-9 9999999-9", named, anywhere, all(weighed(10, 2, 9, 8, 7, 6, 3, 4, 1), nonZero(1)),
		topicIdentity, "cédula, cedula, ci, uruguay", "gub.uy: cédula de identidad",
	},
	{
		"do-cedula", "Dominican cédula", NationalId, "99999999999 999-9999999-9", named, anywhere, luhnID,
		topicIdentity, "cédula, cedula, dominicana", "jce.gob.do: cédula",
	},
	{
		"ve-rif", "Venezuelan RIF", NationalId, "A999999999 A-99999999-9 A-999999999", named, anywhere, veRIF,
		topicTax, "rif", "seniat.gob.ve: RIF",
	},
}

var mxWeights = []int{3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1}

// nonZero holds if the first k digits are not all zero.
func nonZero(k int) checkFunc {
	return func(t *idText) bool { return t.num(0, k) != 0 }
}

func usITIN(t *idText) bool {
	g := t.num(3, 5)
	return t.d(0) == 9 && (g >= 50 && g <= 65 || g >= 70 && g <= 88 || g >= 90 && g <= 92 || g >= 94 && g <= 99)
}

// usEIN knows the prefixes that were never given out.
func usEIN(t *idText) bool {
	switch p := t.num(0, 2); p {
	case 0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97:
		return false
	}
	return true
}

// usMBI: the letters S, L, O, I, B and Z are not used, the first digit is not 0.
func usMBI(t *idText) bool {
	for _, c := range t.c[:t.n] {
		switch c {
		case 'S', 'L', 'O', 'I', 'B', 'Z':
			return false
		}
	}
	return t.c[0] != '0'
}

// usNPI is Luhn's check digit of the number with the prefix 80840, which adds 24 to the sum.
func usNPI(t *idText) bool {
	return (t.c[0] == '1' || t.c[0] == '2') && (luhnSum(t.c[:t.n])+24)%10 == 0
}

func usDEA(t *idText) bool {
	switch t.c[0] {
	case 'I', 'N', 'O', 'Q', 'V', 'W', 'Y', 'Z':
		return false
	}
	if isDigit(t.c[1]) && t.c[1] != '9' {
		return false
	}
	return (t.sum(2, 1, 0, 1, 0, 1)+2*t.sum(2, 0, 1, 0, 1, 0, 1))%10 == t.d(8)
}

// usABA: the first two digits are a Federal Reserve district, a thrift's, an electronic one's, or 80 for cheques.
func usABA(t *idText) bool {
	p := t.num(0, 2)
	return (p <= 12 || p >= 21 && p <= 32 || p >= 61 && p <= 72 || p == 80) && p+t.num(2, 9) != 0 && t.sum(0, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0
}

// mxCURP: initials, birth date, sex, state, consonants, and a check digit over the alphabet with Ñ.
func mxCURP(t *idText) bool {
	if !calendar(t.num(6, 8), t.num(8, 10)) || t.c[10] != 'H' && t.c[10] != 'M' && t.c[10] != 'X' {
		return false
	}
	s := 0
	for i, c := range t.c[:17] {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A') + 10
			if c > 'N' {
				v++ // Ñ stands between.
			}
		}
		s += v * (18 - i)
	}
	return (10-s%10)%10 == t.d(17)
}

// mxRFC: initials, date, and two characters and a check character of modulo 11.
func mxRFC(t *idText) bool {
	k := t.n - 9
	if !calendar(t.num(k+2, k+4), t.num(k+4, k+6)) {
		return false
	}
	s := 0
	if t.n == 12 {
		s = 37 * 13 // A space stands before the name of a company.
	}
	for i, c := range t.c[:t.n-1] {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A') + 10
			if c > 'N' {
				v++
			}
		}
		s += v * (t.n - i)
	}
	switch r := 11 - s%11; r {
	case 11:
		return t.c[t.n-1] == '0'
	case 10:
		return t.c[t.n-1] == 'A'
	default:
		return int(t.c[t.n-1]-'0') == r
	}
}

// Two check digits each: the second counts the first.
var (
	brCPF  = all(complement(11, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2), complement(11, 0, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
	brCNPJ = all(complement(11, 0, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), complement(11, 0, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
)

// arCUIT: the first two digits say what kind of person it is.
func arCUIT(t *idText) bool {
	switch t.num(0, 2) {
	case 20, 23, 24, 25, 26, 27, 30, 33, 34:
		return arWeighed(t)
	}
	return false
}

var arWeighed = complement(11, 9, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

// clRUT: modulo 11 with the weights 2 to 7 from the right, ten is K.
func clRUT(t *idText) bool {
	s := 0
	for i := range t.n - 1 {
		s += t.d(t.n-2-i) * (2 + i%6)
	}
	return t.c[0] != '0' && "0K987654321"[s%11] == t.c[t.n-1]
}

func coNIT(t *idText) bool {
	s := 0
	for i := range t.n - 1 {
		s += t.d(t.n-2-i) * [...]int{3, 7, 13, 17, 19, 23, 29, 37, 41}[i]
	}
	r := s % 11
	if r > 1 {
		r = 11 - r
	}
	return r == t.d(t.n-1)
}

func peRUC(t *idText) bool {
	switch t.num(0, 2) {
	case 10, 15, 16, 17, 20:
		return (11-t.sum(0, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == t.d(10)
	}
	return false
}

// ecCI: province, a third digit below 6, and Luhn's check digit.
func ecCI(t *idText) bool {
	p := t.num(0, 2)
	return (p >= 1 && p <= 24 || p == 30) && t.d(2) < 6 && luhnSum(t.c[:10])%10 == 0
}

func ecRUC(t *idText) bool { return ecCI(t) && t.num(10, 13) == 1 }

func veRIF(t *idText) bool {
	s := 0
	switch t.c[0] {
	case 'V':
		s = 4
	case 'E':
		s = 8
	case 'J':
		s = 12
	case 'P':
		s = 16
	case 'G':
		s = 20
	default:
		return false
	}
	r := (s + t.sum(1, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
	return int("00987654321"[r]-'0') == t.d(9)
}
