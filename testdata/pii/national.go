package corpus

import (
	"strings"
	"time"
)

// nationalID is a number that a state gives to a person.
type nationalID struct {
	group string
	typ   string // "NationalId" if empty.
	names named
	draw  func(r *rng) string
	// weak is set where the number has no check digit, or so short a form that only its name tells what it is.
	weak bool
	near func(r *rng) string
}

var nationalGroups = func() []group {
	var out []group
	for _, id := range nationalIDs {
		typ := id.typ
		if typ == "" {
			typ = "NationalId"
		}
		out = append(out, group{
			name: "id-" + id.group, n: 100,
			pos: func(r *rng) string { return told(r, id.names, is(typ, id.draw(r))) },
			near: func(r *rng) string {
				if id.near != nil {
					return noisyOrBare(r, not(typ, id.near(r)))
				}
				switch v := id.draw(r); {
				case id.weak:
					return noisy(r, not(typ, v))
				case r.one(3): // Right, and in a longer run.
					return noisy(r, not(typ, r.shape("199")+v+r.digits(2)))
				case r.one(2): // Wrong, unnamed.
					return noisyOrBare(r, not(typ, spoil(r, v)))
				default:
					return noisy(r, not(typ, strings.Map(func(c rune) rune {
						if c >= '0' && c <= '9' {
							return rune('0' + r.IntN(10))
						}
						return c
					}, v)))
				}
			},
		})
	}
	return out
}()

// spoil changes one digit, which every check digit of one place must see.
func spoil(r *rng, v string) string {
	b := []byte(v)
	for {
		i := r.IntN(len(b))
		if b[i] >= '0' && b[i] <= '9' {
			b[i] = '0' + (b[i]-'0'+byte(1+r.IntN(8)))%10
			return string(b)
		}
	}
}

func yymmdd(t time.Time) string { return t.Format("060102") }
func ddmmyy(t time.Time) string { return t.Format("020106") }

// until draws until a number has a check digit that can be written.
func until(f func() (string, bool)) string {
	for {
		if s, ok := f(); ok {
			return s
		}
	}
}

// nationalIDs: the algorithms are those that the issuing bodies publish, as collected in the OECD's descriptions of tax
// identification numbers and, for the others, named beside them.
var nationalIDs = []nationalID{
	{"us-ssn", "Ssn/NationalId", names("ssn, social security number, social security", "en:SSN, social security number, social security, SSN number"), func(r *rng) string {
		area := r.between(1, 898)
		if area >= 666 {
			area++
		}
		sep := r.pick("-", "-", "-", " ", "")
		return pad(area, 3) + sep + pad(r.between(1, 99), 2) + sep + pad(r.between(1, 9999), 4)
	}, true, func(r *rng) string { // What the Social Security Administration does not give out, and longer runs.
		switch r.IntN(5) {
		case 0:
			return r.pick("000", "666") + r.shape("-99-9999")
		case 1:
			return r.shape("199-00-1999")
		case 2:
			return r.shape("199-19-0000")
		case 3:
			return r.shape("1999-99-9999")
		}
		return r.shape("199-19-19999")
	}},
	{"us-itin", "Ssn/NationalId", names("itin, tax id", "en:ITIN, individual taxpayer identification number, ITIN number"), func(r *rng) string {
		return "9" + r.digits(2) + "-" + pad(r.between(70, 88), 2) + "-" + r.digits(4)
	}, true, func(r *rng) string { return "9" + r.digits(2) + "-" + pad(r.between(0, 49), 2) + "-" + r.digits(4) }},
	{"uk-nhs", "", names("nhs number, nhs, nhs no", "en:NHS number, NHS no., NHS"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.shape("4") + r.digits(8)
			c := (11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11
			sep := r.pick("", " ", " ", "-")
			return d[:3] + sep + d[3:6] + sep + d[6:] + pad(c, 1), c < 10
		})
	}, false, func(r *rng) string { return spoil(r, "943 476 5919") }},
	{"uk-nino", "", names("nino, national insurance number, ni number", "en:National Insurance number, NINO, NI number"), func(r *rng) string {
		sep := r.pick("", " ")
		// The second letter is drawn so that none of the pairs results that are not given out (BG, GB, KN, NK, NT, TN, ZZ).
		return r.of("ABCEGHJKLMPRSTWXYZ", 1) + r.of("ACEHJKLMPRSWXY", 1) + sep + r.digits(2) + sep + r.digits(2) + sep + r.digits(2) + sep + r.of("ABCD", 1)
	}, true, func(r *rng) string {
		return r.pick("BG", "GB", "NK", "KN", "TN", "NT", "ZZ", "DA", "QQ", "AO") + r.digits(6) + r.of("ABCD", 1)
	}},
	{"ca-sin", "", names("sin, social insurance number", "en:SIN, social insurance number", "fr:numéro d'assurance sociale, NAS"), func(r *rng) string {
		d := r.of("1234567", 1) + r.digits(7)
		d += luhn(d)
		sep := r.pick(" ", "-", " ")
		return d[:3] + sep + d[3:6] + sep + d[6:]
	}, false, nil},
	{"pl-pesel", "", names("pesel, pesel number", "pl:PESEL, numer PESEL", "en:PESEL, PESEL number"), func(r *rng) string {
		d := yymmdd(r.birthday()) + r.digits(4)
		if d[0] < '3' { // Born since 2000: the month is raised by 20.
			d = d[:2] + string(d[2]+2) + d[3:]
		}
		return d + pad((10-weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10, 1)
	}, false, nil},
	{"pl-nip", "VatNumber/NationalId", names("nip, nip number", "pl:NIP, numer NIP", "en:NIP, NIP number"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.shape("1999") + r.digits(5)
			c := weighted(d, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11
			d += pad(c%10, 1)
			if r.one(2) {
				d = d[:3] + "-" + d[3:6] + "-" + d[6:8] + "-" + d[8:]
			}
			return d, c < 10
		})
	}, false, nil},
	{"in-aadhaar", "", names("aadhaar, aadhaar number, uid number", "en:Aadhaar, Aadhaar number, Aadhaar card number"), func(r *rng) string {
		d := r.of("23456789", 1) + r.digits(10)
		d += verhoeff(d)
		sep := r.pick("", " ", " ", "-")
		return d[:4] + sep + d[4:8] + sep + d[8:]
	}, false, nil},
	{"in-pan", "", names("pan card, pan number, permanent account number", "en:PAN card, PAN number, permanent account number"), func(r *rng) string {
		return r.upper(3) + r.of("PCHFATBLJG", 1) + r.upper(1) + r.shape("1999") + r.upper(1)
	}, true, func(r *rng) string {
		return r.upper(3) + r.of("DEIKMNOQRSUVWXYZ", 1) + r.upper(1) + r.shape("1999") + r.upper(1)
	}},
	{"es-nif", "", names("dni, nif, dni number", "es:DNI, NIF, número de DNI, documento de identidad", "en:DNI, NIF"), func(r *rng) string {
		n := r.between(1000000, 99999999)
		d := pad(n, 8)
		return d + r.pick("", "", "-") + string("TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
	}, false, nil},
	{"es-nie", "", names("nie, nie number", "es:NIE, número de NIE, tarjeta de residencia", "en:NIE, NIE number"), func(r *rng) string {
		first := r.IntN(3)
		n := r.between(0, 9999999)
		return string("XYZ"[first]) + pad(n, 7) + string("TRWAGMYFPDXBNJZSQVHLCKE"[(first*10000000+n)%23])
	}, false, nil},
	{"it-cf", "", names("codice fiscale, fiscal code, tax code", "it:codice fiscale, CF", "en:fiscal code, codice fiscale"), func(r *rng) string {
		t := r.birthday()
		day := t.Day()
		if r.one(2) {
			day += 40 // Women.
		}
		s := r.of("BCDFGLMNPRSTVZ", 6) + t.Format("06") + string("ABCDEHLMPRST"[t.Month()-1]) + pad(day, 2) + r.of("ABCDEFGHIL", 1) + r.digits(3)
		odd := [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
		sum := 0
		for i := range s {
			v := int(s[i] - 'A')
			if s[i] <= '9' {
				v = int(s[i] - '0')
			}
			if i%2 == 0 {
				v = odd[v]
			}
			sum += v
		}
		return s + string('A'+byte(sum%26)) //nolint:gosec // Below 26.
	}, false, nil},
	{"se-pnr", "", names("personnummer, personal identity number", "sv:personnummer", "en:Swedish personal number, personnummer"), func(r *rng) string {
		t := r.birthday()
		d := yymmdd(t) + r.digits(3)
		d += luhn(d)
		century := r.pick("", t.Format("2006")[:2])
		return century + d[:6] + r.pick("-", "-", "") + d[6:]
	}, false, nil},
	{"fi-hetu", "", names("henkilotunnus, hetu", "fi:henkilötunnus, hetu", "en:Finnish personal identity code, HETU"), func(r *rng) string {
		t := r.birthday()
		sign := "-"
		if t.Year() >= 2000 {
			sign = "A"
		}
		d := ddmmyy(t) + pad(r.between(2, 899), 3)
		n := 0
		for _, c := range d {
			n = n*10 + int(c-'0')
		}
		return d[:6] + sign + d[6:] + string("0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31])
	}, false, nil},
	{"tr-tckn", "", names("tc kimlik no, tckn", "tr:T.C. kimlik no, TC kimlik numarası, TCKN", "en:TCKN, Turkish identity number"), func(r *rng) string {
		d := r.shape("199999999")
		odd, even := 0, 0
		for i := range d {
			if i%2 == 0 {
				odd += int(d[i] - '0')
			} else {
				even += int(d[i] - '0')
			}
		}
		c := ((odd*7-even)%10 + 10) % 10
		return d + pad(c, 1) + pad((odd+even+c)%10, 1)
	}, false, nil},
	{"de-steuerid", "", names("steuer id, steueridentifikationsnummer, tax id, idnr", "de:Steuer-ID, Steueridentifikationsnummer, Steuerliche Identifikationsnummer, IdNr.", "en:German tax ID, Steuer-ID"), func(r *rng) string {
		return until(func() (string, bool) { // One digit occurs twice or three times, the others once at most (§ 139b AO).
			perm := r.Perm(10)
			d := ""
			for _, p := range perm {
				d += pad(p, 1)
			}
			b := []byte(d)
			b[r.between(2, 9)] = b[0]
			d = string(b)
			d += mod11and10(d)
			if r.one(3) {
				return d[:2] + " " + d[2:5] + " " + d[5:8] + " " + d[8:], d[0] != '0'
			}
			return d, d[0] != '0'
		})
	}, false, nil},
	{"au-tfn", "", names("tfn, tax file number", "en:TFN, tax file number"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.shape("199999999")
			s := r.pick("", " ", " ")
			return d[:3] + s + d[3:6] + s + d[6:], weighted(d, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0
		})
	}, false, nil},
	{"au-abn", "", names("abn, australian business number", "en:ABN, Australian Business Number"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.shape("19999999999")
			s := r.pick("", " ", " ")
			return d[:2] + s + d[2:5] + s + d[5:8] + s + d[8:], (weighted(d, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)-10)%89 == 0
		})
	}, false, nil},
	{"au-medicare", "", names("medicare, medicare number", "en:Medicare number, Medicare card number, Medicare"), func(r *rng) string {
		d := r.of("23456", 1) + r.digits(7)
		d += pad(weighted(d, 1, 3, 7, 9, 1, 3, 7, 9)%10, 1) + r.of("123", 1)
		s := r.pick("", " ", " ")
		return d[:4] + s + d[4:9] + s + d[9:]
	}, false, nil},
	{"br-cpf", "", names("cpf, cpf number", "pt:CPF, número do CPF", "en:CPF"), func(r *rng) string {
		d := r.shape("199999999")
		for range 2 {
			sum := 0
			for i := range d {
				sum += int(d[i]-'0') * (len(d) + 1 - i)
			}
			d += pad(sum*10%11%10, 1)
		}
		if r.one(3) {
			return d
		}
		return d[:3] + "." + d[3:6] + "." + d[6:9] + "-" + d[9:]
	}, false, nil},
	{"br-cnpj", "NationalId/VatNumber", names("cnpj, cnpj number", "pt:CNPJ, número do CNPJ", "en:CNPJ"), func(r *rng) string {
		d := r.shape("19999999") + "0001"
		for range 2 {
			sum := 0
			for i := range d {
				sum += int(d[len(d)-1-i]-'0') * (2 + i%8)
			}
			c := 11 - sum%11
			if c > 9 {
				c = 0
			}
			d += pad(c, 1)
		}
		if r.one(3) {
			return d
		}
		return d[:2] + "." + d[2:5] + "." + d[5:8] + "/" + d[8:12] + "-" + d[12:]
	}, false, nil},
	{"nl-bsn", "", names("bsn, burgerservicenummer", "nl:BSN, burgerservicenummer", "en:BSN, citizen service number"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.shape("199999999")
			return d, weighted(d, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0
		})
	}, false, nil},
	{"be-nn", "", names("rijksregisternummer, national number", "nl:rijksregisternummer", "fr:numéro de registre national", "en:Belgian national number"), func(r *rng) string {
		t := r.birthday()
		d := yymmdd(t) + pad(r.between(1, 997), 3)
		c := 97 - mod97(d)
		if t.Year() >= 2000 {
			c = 97 - mod97("2"+d)
		}
		if r.one(2) {
			return d + pad(c, 2)
		}
		return d[:2] + "." + d[2:4] + "." + d[4:6] + "-" + d[6:] + "." + pad(c, 2)
	}, false, nil},
	{"fr-nir", "", names("numero securite sociale, nir, social security number", "fr:numéro de sécurité sociale, NIR, numéro INSEE", "en:NIR, French social security number"), func(r *rng) string {
		d := r.of("12", 1) + r.birthday().Format("0601") + pad(r.between(1, 95), 2) + pad(r.between(1, 990), 3) + pad(r.between(1, 999), 3)
		k := pad(97-mod97(d), 2)
		if r.one(2) {
			return d + k
		}
		return d[:1] + " " + d[1:3] + " " + d[3:5] + " " + d[5:7] + " " + d[7:10] + " " + d[10:] + " " + k
	}, false, nil},
	{"ch-ahv", "", names("ahv nummer, ahv, avs number", "de:AHV-Nummer, AHV-Nr.", "fr:numéro AVS", "it:numero AVS", "en:AHV number, AVS number"), func(r *rng) string {
		d := "756" + r.digits(9)
		d += pad((10-weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10, 1)
		if r.one(4) {
			return d
		}
		return d[:3] + "." + d[3:7] + "." + d[7:11] + "." + d[11:]
	}, false, nil},
	{"pt-nif", "NationalId/VatNumber", names("nif, contribuinte", "pt:NIF, número de contribuinte", "en:Portuguese NIF"), func(r *rng) string {
		d := r.of("123", 1) + r.digits(7)
		c := 11 - weighted(d, 9, 8, 7, 6, 5, 4, 3, 2)%11
		if c > 9 {
			c = 0
		}
		return d + pad(c, 1)
	}, false, nil},
	{"no-fnr", "", names("fodselsnummer, personnummer", "nb:fødselsnummer, personnummer", "en:Norwegian national identity number, fødselsnummer"), func(r *rng) string {
		return until(func() (string, bool) {
			d := ddmmyy(r.birthday()) + r.digits(3)
			k1 := (11 - weighted(d, 3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11
			d += pad(k1%10, 1)
			k2 := (11 - weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
			d += pad(k2%10, 1)
			return d[:6] + r.pick("", " ") + d[6:], k1 < 10 && k2 < 10
		})
	}, false, nil},
	{"dk-cpr", "", names("cpr, cpr nummer", "da:CPR-nummer, CPR-nr., personnummer", "en:CPR number, Danish CPR"), func(r *rng) string {
		return ddmmyy(r.birthday()) + r.pick("-", "-", "") + r.shape("1999")
	}, true, func(r *rng) string {
		return pad(r.between(32, 39), 2) + pad(r.between(13, 19), 2) + r.digits(2) + "-" + r.digits(4)
	}},
	{"cz-rc", "", names("rodne cislo, birth number", "cs:rodné číslo", "en:Czech birth number, rodné číslo"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.birthday()
			if d.Year() < 1954 {
				return "", false
			}
			m := int(d.Month())
			if r.one(2) {
				m += 50
			}
			s := d.Format("06") + pad(m, 2) + pad(d.Day(), 2) + r.digits(4)
			n := 0
			for _, c := range s {
				n = (n*10 + int(c-'0')) % 11
			}
			return s[:6] + r.pick("/", "/", "") + s[6:], n == 0
		})
	}, false, nil},
	{"ro-cnp", "", names("cnp, cod numeric personal", "ro:CNP, cod numeric personal", "en:CNP, Romanian CNP"), func(r *rng) string {
		t := r.birthday()
		first := r.pick("1", "2")
		if t.Year() >= 2000 {
			first = r.pick("5", "6")
		}
		d := first + yymmdd(t) + pad(r.between(1, 46), 2) + pad(r.between(1, 999), 3)
		c := weighted(d, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		if c == 10 {
			c = 1
		}
		return d + pad(c, 1)
	}, false, nil},
	{"bg-egn", "", names("egn", "en:EGN, Bulgarian EGN"), func(r *rng) string {
		t := r.birthday()
		m := int(t.Month())
		if t.Year() >= 2000 {
			m += 40
		}
		d := t.Format("06") + pad(m, 2) + pad(t.Day(), 2) + r.digits(3)
		return d + pad(weighted(d, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10, 1)
	}, false, nil},
	{"hr-oib", "", names("oib", "en:OIB, Croatian OIB"), func(r *rng) string {
		d := r.shape("1999999999")
		return d + mod11and10(d)
	}, false, nil},
	{"ie-pps", "", names("pps number, ppsn, pps", "en:PPS number, PPSN, PPS no."), func(r *rng) string {
		d := r.shape("1999999")
		return d + string("WABCDEFGHIJKLMNOPQRSTUV"[weighted(d, 8, 7, 6, 5, 4, 3, 2)%23])
	}, false, nil},
	{"za-id", "", names("id number, south african id, rsa id", "en:South African ID number, RSA ID, SA ID number"), func(r *rng) string {
		d := yymmdd(r.birthday()) + r.digits(4) + r.of("01", 1) + "8"
		return d + luhn(d)
	}, false, nil},
	{"kr-rrn", "", names("rrn, resident registration number", "en:RRN, Korean resident registration number, resident registration number"), func(r *rng) string {
		t := r.birthday()
		first := r.pick("1", "2")
		if t.Year() >= 2000 {
			first = r.pick("3", "4")
		}
		d := yymmdd(t) + first + pad(r.between(0, 95), 2) + r.digits(3)
		return d[:6] + "-" + d[6:] + pad((11-weighted(d, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)%11)%10, 1)
	}, false, nil},
	{"sg-nric", "", names("nric, nric number, fin number", "en:NRIC, NRIC number, FIN"), func(r *rng) string {
		first := r.of("STFG", 1)
		d := r.digits(7)
		sum := weighted(d, 2, 7, 6, 5, 4, 3, 2)
		if first == "T" || first == "G" {
			sum += 4
		}
		table := "JZIHGFEDCBA"
		if first == "F" || first == "G" {
			table = "XWUTRQPNMLK"
		}
		return first + d + string(table[sum%11])
	}, false, nil},
	{"th-id", "", names("thai id, citizen id, national id", "en:Thai national ID, Thai ID number, Thai identification number"), func(r *rng) string {
		d := r.of("12345678", 1) + r.digits(11)
		d += pad((11-weighted(d, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10, 1)
		if r.one(2) {
			return d
		}
		return d[:1] + "-" + d[1:5] + "-" + d[5:10] + "-" + d[10:12] + "-" + d[12:]
	}, false, nil},
	{"cn-rid", "", names("id card, resident id, identity card", "en:Chinese resident ID, resident identity card number, Chinese ID card"), func(r *rng) string {
		d := r.of("1345", 1) + r.of("1234", 1) + r.shape("0199") + r.birthday().Format("20060102") + r.digits(3)
		sum := weighted(d, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2) % 11
		return d + string("10X98765432"[sum])
	}, false, nil},
	{"mx-curp", "", names("curp", "es:CURP, clave CURP", "en:CURP"), func(r *rng) string {
		t := r.birthday()
		last := r.digits(1)
		if t.Year() >= 2000 {
			last = r.of("ABCDEFGHIJ", 1)
		}
		s := r.of("BCDFGHLMPRSTV", 1) + r.of("AEIOU", 1) + r.of("BCDFGLMPRSTV", 2) + yymmdd(t) + r.of("HM", 1) + r.pick("DF", "JC", "NL", "MC", "PL", "VZ", "GT") + r.of("BCDFGLMNPRSTV", 3) + last
		sum := 0
		for i := range s {
			sum += strings.IndexByte("0123456789ABCDEFGHIJKLMN?OPQRSTUVWXYZ", s[i]) * (18 - i)
		}
		return s + pad((10-sum%10)%10, 1)
	}, false, nil},
	{"ar-cuit", "NationalId/VatNumber", names("cuit, cuil", "es:CUIT, CUIL", "en:CUIT"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.pick("20", "23", "27", "30") + r.digits(8)
			c := (11 - weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
			return d[:2] + "-" + d[2:] + "-" + pad(c, 1), c < 10
		})
	}, false, nil},
	{"cl-rut", "", names("rut, run", "es:RUT, RUN", "en:RUT, Chilean RUT"), func(r *rng) string {
		n := r.between(5000000, 25999999)
		sum := 0
		for i, v := 0, n; v > 0; i, v = i+1, v/10 {
			sum += v % 10 * (2 + i%6)
		}
		c := string("0K987654321"[sum%11])
		d := pad(n, 8)
		return strings.TrimLeft(d[:2], "0") + "." + d[2:5] + "." + d[5:] + "-" + c
	}, false, nil},
	{"ee-lt", "", names("isikukood, asmens kodas", "en:Estonian personal code, isikukood, asmens kodas"), func(r *rng) string {
		t := r.birthday()
		first := r.pick("3", "4")
		if t.Year() >= 2000 {
			first = r.pick("5", "6")
		}
		d := first + yymmdd(t) + r.digits(3)
		c := weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
		if c == 10 {
			c = weighted(d, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
		}
		return d + pad(c, 1)
	}, false, nil},
	{"nz-ird", "", names("ird number, ird", "en:IRD number, IRD"), func(r *rng) string {
		return until(func() (string, bool) {
			d := r.pick("0", "0", "1") + r.shape("1999999")
			c := (11 - weighted(d, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
			d += pad(c%10, 1)
			return strings.TrimLeft(d[:3], "0") + "-" + d[3:6] + "-" + d[6:], c < 10 && d < "150000000"
		})
	}, false, nil},
	{"il-id", "", names("teudat zehut, israeli id", "en:Israeli ID number, Teudat Zehut"), func(r *rng) string {
		d := r.shape("19999999")
		sum := 0
		for i := range d {
			v := int(d[i]-'0') * (1 + i%2)
			sum += v/10 + v%10
		}
		return d + pad((10-sum%10)%10, 1)
	}, false, nil},
	{"us-mbi", "", names("mbi, medicare beneficiary identifier, medicare id", "en:MBI, Medicare beneficiary identifier, Medicare ID"), func(r *rng) string {
		const a = "ACDEFGHJKMNPQRTUVWXY"
		const an = digitChars + a
		v := r.of("123456789", 1) + r.of(a, 1) + r.of(an, 1) + r.digits(1) + r.of(a, 1) + r.of(an, 1) + r.digits(1) + r.of(a, 2) + r.digits(2)
		if r.one(2) {
			return v
		}
		return v[:4] + "-" + v[4:7] + "-" + v[7:]
	}, true, func(r *rng) string {
		return "0" + r.of("SLOIBZ", 1) + r.digits(2) + r.of("SLOIBZ", 1) + r.digits(2) + r.upper(2) + r.digits(2)
	}},
	{"us-npi", "", names("npi, npi number", "en:NPI, NPI number, National Provider Identifier"), func(r *rng) string {
		d := r.of("12", 1) + r.digits(8)
		return d + luhn("80840"+d)
	}, false, nil},
}
