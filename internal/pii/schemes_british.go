package pii

// britishSchemes are those of the United Kingdom and of Ireland.
var britishSchemes = []scheme{
	{
		"gb-nhs", "NHS number", NationalId, "9999999999 999~999~9999", alone, alone, weighed(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1),
		0, "nhs, national health, health service, health services, health authority, nhsnumber, patient", "datadictionary.nhs.uk: NHS number",
	},
	{
		"gb-nino", "National insurance number", NationalId, "AA999999A AA~99~99~99~A AA~999999~A AA999999~A", anywhere, anywhere, gbNINO,
		0, "nino, national insurance, ni number, ni no, insurance number", "gov.uk: NIM39110, National Insurance number format",
	},
	{
		"gb-utr", "Unique taxpayer reference", NationalId, "9999999999 99999~99999 9999999999A", named, named, gbUTR,
		0, "utr, taxpayer reference, tax reference, self assessment, unique taxpayer", "gov.uk: HMRC, UTR modulus check",
	},
	{
		"gb-chi", "Scottish CHI number", NationalId, "9999999999", named, named, all(weighed(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1), dmy(0)),
		0, "chi, community health", "publichealthscotland.scot: CHI number",
	},
	{
		"gb-company", "UK company number", NationalId, "99999999 AA999999", named, named, nil,
		0, "company number, companies house, crn, company no", "gov.uk: Companies House, company numbers",
	},
	{
		"ie-pps", "Irish PPS number", NationalId, "9999999A 9999999AA", alone, alone, iePPS,
		0, "pps, ppsn, personal public, public service, ireland, irish", "gov.ie: PPS number; Revenue: check character",
	},
	{
		"gb-driver", "UK driving licence", DrivingLicence, "XXXXX999999XXXAA XXXXX999999XXXAA99", anywhere, anywhere, gbDriver,
		0, "driving, driver, driver's, licence, license, dvla, drivers", "gov.uk: DVLA, driver number",
	},
}

// gbNINO knows the letters and pairs that are not given out.
func gbNINO(t *idText) bool {
	a, b, last := t.c[0], t.c[1], t.c[8]
	switch {
	case a == 'D' || a == 'F' || a == 'I' || a == 'Q' || a == 'U' || a == 'V',
		b == 'D' || b == 'F' || b == 'I' || b == 'O' || b == 'Q' || b == 'U' || b == 'V', last > 'D':
		return false
	}
	switch string(t.c[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return true
}

// gbUTR: the first digit checks the other nine.
func gbUTR(t *idText) bool {
	return "21987654321"[t.sum(1, 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == t.c[0] && (t.n == 10 || t.c[10] == 'K')
}

// iePPS: modulo 23 over seven digits and, since 2013, a second letter.
func iePPS(t *idText) bool {
	s := t.sum(0, 8, 7, 6, 5, 4, 3, 2)
	if t.n == 9 {
		switch c := t.c[8]; {
		case c == 'W' || c == 'T':
		case c <= 'I':
			s += 9 * int(c-'A'+1)
		default:
			return false
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[s%23] == t.c[7]
}

// gbDriver: five letters of the surname, filled with nines, the birth date with the decade first and a woman's month
// raised by fifty, initials, and two check letters.
func gbDriver(t *idText) bool {
	nine := false
	for i, c := range t.c[:5] {
		switch {
		case c == '9' && i > 0:
			nine = true
		case isDigit(c) || nine:
			return false
		}
	}
	m := t.num(6, 8)
	if m > 50 {
		m -= 50
	}
	for _, c := range t.c[11:13] {
		if isDigit(c) && c != '9' {
			return false
		}
	}
	return calendar(m, t.num(8, 10))
}
