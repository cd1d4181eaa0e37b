package pii

// asianSchemes are those of Asia.
var asianSchemes = []scheme{
	{
		"in-aadhaar", "Indian Aadhaar number", NationalId, "999999999999 9999~9999~9999", alone, alone, all(verhoeff, firstOf("23456789")),
		topicIdentity, "aadhaar, aadhar, adhaar, uidai, uid, adhar, आधार", "uidai.gov.in: Aadhaar; Verhoeff",
	},
	{
		"in-pan", "Indian PAN", NationalId, "AAAAA9999A", anywhere, anywhere, inPAN,
		topicTax, "pan, permanent account, income tax, pancard", "incometaxindia.gov.in: PAN",
	},
	{
		"in-gstin", "Indian GSTIN", NationalId, "99AAAAA9999AXXX", anywhere, anywhere, inGSTIN,
		topicTax, "gst, gstin", "gst.gov.in: GSTIN",
	},
	{
		"in-voter", "Indian voter card", NationalId, "AAA9999999", named, named, nil,
		0, "voter, epic, elector, electoral, voterid, election", "eci.gov.in: EPIC",
	},
	{
		"in-ifsc", "Indian financial system code", BankAccount, "AAAA0XXXXXX", named, named, nil,
		0, "ifsc, ifs code, neft, rtgs, imps", "rbi.org.in: IFSC",
	},
	{
		"cn-rin", "Chinese resident identity number", NationalId, "999999999999999999 99999999999999999A", anywhere, anywhere, cnRIN,
		topicIdentity, "身份证, 身份證, 公民身份, shenfenzheng, 身份证号, 身份证号码, resident", "GB 11643-1999",
	},
	{
		"cn-uscc", "Chinese unified social credit code", NationalId, "99999999XXXXXXXXXX", anywhere, anywhere, cnUSCC,
		topicTax, "统一社会信用代码, uscc", "GB 32100-2015",
	},
	{
		"hk-id", "Hong Kong identity card", NationalId, "A999999(X) AA999999(X) A999999X AA999999X A999999-X", alone, anywhere, hkID,
		topicIdentity, "hkid, hong kong, 身份證, hkic", "immd.gov.hk: Hong Kong identity card",
	},
	{
		"tw-id", "Taiwanese national identification number", NationalId, "A999999999", anywhere, anywhere, twID,
		topicIdentity, "身分證, 身份證, 身分證字號, taiwan, roc", "ris.gov.tw: 國民身分證統一編號",
	},
	{
		"tw-ubn", "Taiwanese unified business number", NationalId, "99999999", named, named, nil,
		0, "ubn, 統一編號, 統編", "fia.gov.tw: 統一編號",
	},
	{
		"sg-nric", "Singaporean NRIC or FIN", NationalId, "A9999999A", anywhere, anywhere, sgNRIC,
		topicIdentity, "nric, fin, singapore", "ica.gov.sg: NRIC",
	},
	{
		"sg-uen", "Singaporean unique entity number", NationalId, "99999999A 999999999A A99AA9999A", alone, alone, sgUEN,
		0, "uen, acra, unique entity, entity number", "uen.gov.sg: UEN format",
	},
	{
		"kr-rrn", "South Korean resident registration number", NationalId, "9999999999999 999999-9999999", alone, anywhere, krRRN,
		topicIdentity, "주민등록번호, 주민번호, 주민등록, rrn, resident registration, resident, 외국인등록번호, korean, frn, foreigner", "주민등록법 시행규칙",
	},
	{
		"kr-rrn-date", "South Korean resident registration number, by its date", NationalId, "9999999999999 999999-9999999", named, named, krDate,
		0, "주민등록번호, 주민번호, 주민등록, rrn, resident registration", "주민등록법 시행규칙",
	},
	{
		"kr-brn", "South Korean business registration number", NationalId, "9999999999 999-99-99999", named, anywhere, krBRN,
		topicTax, "사업자등록번호, 사업자, brn, business registration", "hometax.go.kr: 사업자등록번호",
	},
	{
		"kr-driver", "South Korean driving licence", DrivingLicence, "99-99-999999-99 999999999999", named, anywhere, krDriver,
		0, "운전면허, 운전면허번호, driver, licence, license, driving", "도로교통법 시행규칙",
	},
	{
		"jp-mynumber", "Japanese individual number", NationalId, "999999999999 9999~9999~9999", alone, alone, jpMyNumber,
		topicIdentity, "マイナンバー, 個人番号, mynumber, my number, individual number", "番号法 施行令; soumu.go.jp",
	},
	{
		"jp-corporate", "Japanese corporate number", NationalId, "9999999999999 T9999999999999", named, named, jpCorporate,
		0, "法人番号, corporate number, インボイス", "houjin-bangou.nta.go.jp",
	},
	{
		"th-id", "Thai national identity number", NationalId, "9999999999999 9-9999-99999-99-9 9~9999~99999~99~9", alone, anywhere, thID,
		topicIdentity, "thai, tnin, ประชาชน, บัตรประชาชน, เลขประจำตัวประชาชน, เลขบัตรประชาชน, หมายเลขบัตรประชาชน, thailand", "bora.dopa.go.th",
	},
	{
		"my-nric", "Malaysian NRIC", NationalId, "999999999999 999999-99-9999", named, anywhere, myNRIC,
		topicIdentity, "mykad, nric, ic, kad pengenalan, pengenalan, malaysia, malaysian", "jpn.gov.my: MyKad",
	},
	{
		"id-nik", "Indonesian NIK", NationalId, "9999999999999999", named, named, idNIK,
		topicIdentity, "nik, ktp, induk kependudukan, kependudukan", "Permendagri 72/2022",
	},
	{
		"id-npwp", "Indonesian NPWP", NationalId, "999999999999999 99.999.999.9-999.999", named, anywhere, nil,
		0, "npwp, pajak", "pajak.go.id: NPWP",
	},
	{
		"ph-tin", "Philippine TIN", NationalId, "999-999-999 999-999-999-999 999-999-999-99999", named, named, nil,
		0, "tin, bir", "bir.gov.ph: TIN",
	},
	{"ph-sss", "Philippine SSS number", NationalId, "99-9999999-9", named, named, nil, 0, "sss, umid", "sss.gov.ph"},
	{
		"vn-cccd", "Vietnamese citizen identity card", NationalId, "999999999999", named, named, vnCCCD,
		0, "cccd, căn cước, cmnd, căn cước công dân, dân", "Nghị định 137/2015/NĐ-CP",
	},
	{
		"pk-cnic", "Pakistani CNIC", NationalId, "9999999999999 99999-9999999-9", named, anywhere, firstOf("1234567"),
		topicIdentity, "cnic, nadra, nicop, pakistan", "nadra.gov.pk: CNIC",
	},
	{"bd-nid", "Bangladeshi national identity", NationalId, "9999999999 9999999999999 99999999999999999", named, named, nil, 0, "nid, bangladesh", "nidw.gov.bd"},
	{"lk-nic", "Sri Lankan NIC", NationalId, "999999999A 999999999999", named, named, nil, 0, "nic, sri lanka", "drp.gov.lk"},
	{
		"il-id", "Israeli identity number", NationalId, "999999999 99999999-9", alone, named, luhnID,
		topicIdentity, "זהות, תעודת, teudat, zehut, teudatzehut, israel, israeli, ת ז, מספר זהות", "gov.il: מספר זהות",
	},
	{
		"ae-eid", "Emirates identity card", NationalId, "999999999999999 999-9999-9999999-9", alone, anywhere, aeEID,
		topicIdentity, "emirates, emirates id, eid, هوية", "icp.gov.ae: Emirates ID",
	},
	{"sa-id", "Saudi national identity", NationalId, "9999999999", named, named, all(firstOf("12"), luhnID), topicIdentity, "iqama, saudi, هوية, إقامة", "absher.sa"},
	{"ir-code", "Iranian national code", NationalId, "9999999999 999-999999-9", named, named, irCode, 0, "کد ملی, ملی, melli, iran, iranian", "sabteahval.ir"},
	{"eg-id", "Egyptian national identity", NationalId, "99999999999999", named, named, all(firstOf("23"), ymd(1)), topicIdentity, "egypt, egyptian, الرقم القومي, القومي", "moi.gov.eg"},
	{"kw-civil", "Kuwaiti civil number", NationalId, "999999999999", named, named, all(firstOf("23"), ymd(1)), topicIdentity, "civil id, civil, kuwait, paci", "paci.gov.kw"},
}

// inPAN: the fourth letter is the kind of holder, and the number is not 0000.
func inPAN(t *idText) bool {
	switch t.c[3] {
	case 'A', 'B', 'C', 'F', 'G', 'H', 'J', 'L', 'P', 'T', 'K', 'E':
		return t.num(5, 9) != 0
	}
	return false
}

// inGSTIN: a state, a PAN, and a check character of modulo 36.
func inGSTIN(t *idText) bool {
	if st := t.num(0, 2); st == 0 || st > 38 && st != 97 && st != 99 {
		return false
	}
	return mod36(t.c[:14]) == t.c[14]
}

// mod36 is Luhn's scheme for base 36, with the factors 1 and 2 from the left.
func mod36(b []byte) byte {
	const chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	s, f := 0, 1
	for _, c := range b {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A') + 10
		}
		v *= f
		s += v/36 + v%36
		f = 3 - f
	}
	return chars[(36-s%36)%36]
}

// cnRIN: region, birth date, serial, and a check character of ISO/IEC 7064, MOD 11-2.
func cnRIN(t *idText) bool {
	r, y := t.num(0, 2), t.num(6, 10)
	region := r >= 11 && r <= 65 || r == 71 || r >= 81 && r <= 83
	return region && y >= 1900 && y <= 2035 && calendar(t.num(10, 12), t.num(12, 14)) && (isDigit(t.c[17]) || t.c[17] == 'X') && mod11x2(t)
}

const usccChars = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// cnUSCC: modulo 31 over an alphabet without I, O, S, V and Z.
func cnUSCC(t *idText) bool {
	w, s := 1, 0
	for i := range 17 {
		v := indexOf(usccChars, t.c[i])
		if v < 0 {
			return false
		}
		s += v * w
		w = w * 3 % 31
	}
	return t.c[0] != '0' && usccChars[(31-s%31)%31] == t.c[17]
}

func indexOf(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// hkID: letters from A as 10, a place that is missing as 36, weights from 9 down, modulo 11.
func hkID(t *idText) bool {
	s, k := 36*9, 0
	if t.n == 9 {
		s, k = int(t.c[0]-'A'+10)*9, 1
	}
	s += int(t.c[k]-'A'+10)*8 + t.sum(k+1, 7, 6, 5, 4, 3, 2)
	last := t.c[t.n-1]
	v := int(last - '0')
	if last == 'A' {
		v = 10
	} else if !isDigit(last) {
		return false
	}
	return (s+v)%11 == 0
}

// twLetters are the numbers of the letters from A to Z.
var twLetters = [26]int{10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33}

func twID(t *idText) bool {
	if d := t.c[1]; d != '1' && d != '2' && d != '8' && d != '9' {
		return false
	}
	v := twLetters[t.c[0]-'A']
	return (v/10+v%10*9+t.sum(1, 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

func sgNRIC(t *idText) bool {
	s := t.sum(1, 2, 7, 6, 5, 4, 3, 2)
	switch t.c[0] {
	case 'S':
		return "JZIHGFEDCBA"[s%11] == t.c[8]
	case 'T':
		return "JZIHGFEDCBA"[(s+4)%11] == t.c[8]
	case 'F':
		return "XWUTRQPNMLK"[s%11] == t.c[8]
	case 'G':
		return "XWUTRQPNMLK"[(s+4)%11] == t.c[8]
	case 'M':
		return "KLJNPQRTUWX"[10-(s+3)%11] == t.c[8]
	}
	return false
}

// sgUEN: a business, a local company with its year, or another entity with its year and kind.
func sgUEN(t *idText) bool {
	switch {
	case t.n == 9:
		return "XMKECAWLJDB"[t.sum(0, 10, 4, 9, 3, 8, 2, 7, 1)%11] == t.c[8]
	case isDigit(t.c[0]):
		return t.num(0, 4) >= 1800 && t.num(0, 4) < 2100 && "ZKCMDNERGWH"[t.sum(0, 10, 8, 6, 4, 9, 7, 5, 3, 1)%11] == t.c[9]
	}
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
	s := 0
	for i, w := range [...]int{4, 3, 5, 3, 10, 2, 2, 5, 7} {
		v := indexOf(alphabet, t.c[i])
		if v < 0 {
			return false
		}
		s += v * w
	}
	return (t.c[0] == 'R' || t.c[0] == 'S' || t.c[0] == 'T') && alphabet[((s-5)%11+11)%11] == t.c[9]
}

// krDate: birth date, sex and century.
func krDate(t *idText) bool {
	return calendar(t.num(2, 4), t.num(4, 6)) && t.d(6) >= 1 && t.d(6) <= 8
}

// krRRN: birth date, sex and century, and, for numbers given out before October 2020, a check digit.
func krRRN(t *idText) bool {
	return krDate(t) && (t.num(0, 2) >= 20 && t.num(0, 2) < 27 && (t.d(6) == 3 || t.d(6) == 4) || krWeighed(t))
}

var krWeighed checkFunc = func(t *idText) bool {
	s := (11 - t.sum(0, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)%11) % 10
	return s == t.d(12) || t.d(6) >= 5 && (s+2)%10 == t.d(12) // A foreigner's is raised by two.
}

func krBRN(t *idText) bool {
	return t.num(0, 3) >= 101 && (10-(t.sum(0, 1, 3, 7, 1, 3, 7, 1, 3, 5)+t.d(8)*5/10)%10)%10 == t.d(9)
}

// krDriver: the office that issued it (11 to 28), year, serial, and two check digits that are not published.
func krDriver(t *idText) bool { return t.num(0, 2) >= 11 && t.num(0, 2) <= 28 }

func jpMyNumber(t *idText) bool {
	r := t.sum(0, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
	if r > 1 {
		return 11-r == t.d(11)
	}
	return t.d(11) == 0
}

func jpCorporate(t *idText) bool {
	k := t.n - 13
	return 9-t.sum(k+1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)%9 == t.d(k)
}

func thID(t *idText) bool {
	return t.c[0] != '0' && (11-t.sum(0, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == t.d(12)
}

// myNRIC: birth date and place of birth.
func myNRIC(t *idText) bool {
	p := t.num(6, 8)
	return calendar(t.num(2, 4), t.num(4, 6)) && p != 0 && (p < 17 || p > 20) && p < 94
}

// idNIK: province, birth date with a woman's day raised by 40, serial.
func idNIK(t *idText) bool {
	p, day := t.num(0, 2), t.num(6, 8)
	if day > 40 {
		day -= 40
	}
	return p >= 11 && p <= 97 && calendar(t.num(8, 10), day) && t.num(12, 16) != 0
}

// vnCCCD: province, century and sex, year of birth.
func vnCCCD(t *idText) bool { return t.num(0, 3) >= 1 && t.num(0, 3) <= 96 && t.d(3) <= 3 }

// aeEID: the country, the year of birth, and Luhn's check digit.
func aeEID(t *idText) bool {
	y := t.num(3, 7)
	return t.num(0, 3) == 784 && y >= 1900 && y <= 2035 && luhnID(t)
}

func irCode(t *idText) bool {
	r := t.sum(0, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11
	if r > 1 {
		r = 11 - r
	}
	return r == t.d(9)
}
