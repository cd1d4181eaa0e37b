package pii

// southernSchemes are those of Oceania and Africa.
var southernSchemes = []scheme{
	{
		"au-tfn", "Australian tax file number", NationalId, "999999999 999~999~999 99999999", alone, alone, auTFN,
		0, "tfn, tax file, taxfile", "ato.gov.au: TFN algorithm",
	},
	{
		"au-abn", "Australian business number", NationalId, "99999999999 99~999~999~999", alone, anywhere, auABN,
		0, "abn, business number, australian business", "abr.business.gov.au: format of the ABN",
	},
	{
		"au-acn", "Australian company number", NationalId, "999999999 999~999~999", alone, alone, complement(10, -1, 8, 7, 6, 5, 4, 3, 2, 1),
		0, "acn, company number, australian company, arbn", "asic.gov.au: ACN check digit",
	},
	{
		"au-medicare", "Australian Medicare number", NationalId, "9999999999 9999~99999~9 9999999999-9 99999999999 9999_99999_9/9 9999_99999_9-9", alone, alone,
		all(firstOf("23456"), remainder(10, -1, 1, 3, 7, 9, 1, 3, 7, 9)), 0, "medicare, mbs", "meteor.aihw.gov.au: 270101 Medicare card number",
	},
	{"au-bsb", "Australian bank state branch", BankAccount, "999-999 999999", named, named, nil, 0, "bsb, bank state", "auspaynet.com.au: BSB"},
	{
		"nz-ird", "New Zealand IRD number", NationalId, "99999999 999999999 99-999-999 999-999-999 99~999~999 999~999~999", named, named, nzIRD,
		0, "ird, inland revenue", "ird.govt.nz: IRD number validation",
	},
	{
		"nz-nhi", "New Zealand NHI number", NationalId, "AAA9999 AAA99AA", named, named, nzNHI,
		0, "nhi, national health index, health index", "tewhatuora.govt.nz: HISO 10046 NHI",
	},
	{
		"za-id", "South African identity number", NationalId, "9999999999999 999999~9999~999 999999~9999~99~9", alone, anywhere, zaID,
		topicIdentity, "south african, rsa, said, rsaid, sa id", "gov.za: ID book; Luhn",
	},
	{
		"ng-nin", "Nigerian NIN", NationalId, "99999999999 9999~999~9999", named, named, nil,
		0, "nin, nimc, nigerian, nigeria", "nimc.gov.ng: NIN",
	},
	{"ng-bvn", "Nigerian BVN", BankAccount, "99999999999", named, named, nil, 0, "bvn, bank verification", "nibss-plc.com.ng: BVN"},
	{"ke-id", "Kenyan national identity", NationalId, "99999999 9999999", named, named, nil, 0, "kenyan, kenya, huduma", "immigration.go.ke"},
}

func auTFN(t *idText) bool {
	if t.n == 8 {
		return t.sum(0, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0
	}
	return t.sum(0, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0
}

// auABN: the first digit less one, then modulo 89.
func auABN(t *idText) bool {
	return t.c[0] != '0' && (t.sum(0, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)-10)%89 == 0
}

// nzIRD: modulo 11, with a second set of weights where the first gives ten, within the range given out.
func nzIRD(t *idText) bool {
	v := t.num(0, t.n)
	if v < 10_000_000 || v > 150_000_000 {
		return false
	}
	var p idText
	p.n = 9
	p.c[0] = '0'
	copy(p.c[9-t.n:], t.c[:t.n])
	r := (11 - p.sum(0, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if r == 10 {
		r = (11 - p.sum(0, 7, 4, 3, 2, 5, 2, 7, 6)%11) % 11
	}
	return r == p.d(8)
}

// nzNHI: letters without I and O count from A as 1; the old form is checked by modulo 11, the new one by modulo 23.
func nzNHI(t *idText) bool {
	s := 0
	for i, c := range t.c[:6] {
		v := int(c - '0')
		if !isDigit(c) {
			if v = nhiLetter(c); v < 0 {
				return false
			}
		}
		s += v * (7 - i)
	}
	if !isDigit(t.c[6]) {
		return nhiLetter(t.c[6]) == 23-s%23
	}
	return s%11 != 0 && (11-s%11)%10 == t.d(6)
}

func nhiLetter(c byte) int {
	switch {
	case c == 'I' || c == 'O':
		return -1
	case c > 'O':
		return int(c-'A') - 1
	case c > 'I':
		return int(c - 'A')
	}
	return int(c-'A') + 1
}

// zaID: birth date, sex, citizenship, and Luhn's check digit.
func zaID(t *idText) bool { return calendar(t.num(2, 4), t.num(4, 6)) && t.d(10) <= 2 && luhnID(t) }
