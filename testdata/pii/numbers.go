package corpus

import (
	"encoding/hex"
	"strings"
)

// Numbers of accounts, cards and papers.
var numberGroups = []group{
	{name: "card", pos: func(r *rng) string {
		v := is("CreditCard", cardForm(r, cardNumber(r)))
		return anyOf(r, cardNames, v)
	}, near: nearCard},
	{name: "card-prose", pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, cardProse), "§", is("CreditCard", cardForm(r, cardNumber(r))))
	}},
	{name: "iban", pos: func(r *rng) string { return anyOf(r, ibanNames, is("Iban", ibanForm(r, iban(r)))) }, near: func(r *rng) string {
		v := iban(r)
		switch r.IntN(4) {
		case 0: // Wrong check digits.
			v = v[:2] + pad((int(v[2]-'0')*10+int(v[3]-'0')+1+r.IntN(90))%97+2, 2) + v[4:]
			if v[2:4] == ibanCheck(v[:2], v[4:]) {
				v = v[:2] + "00" + v[4:]
			}
		case 1: // Cut short.
			v = v[:len(v)-r.between(1, 5)]
		case 2: // Inside a longer run.
			v = "X" + v + r.shape("XX")
		default: // No country.
			v = "XX" + v[2:]
		}
		return noisyOrBare(r, not("Iban", v))
	}},
	{name: "wallet", pos: func(r *rng) string { return anyOf(r, walletNames, is("CryptoWallet", wallet(r))) }, near: func(r *rng) string {
		var v string
		switch r.IntN(5) {
		case 0:
			v = flip(r, base58Check(append([]byte{0}, randomBytes(r, 20)...), base58Bitcoin))
		case 1:
			v = flip(r, bech32("bc", 0, randomBytes(r, 20)))
		case 2:
			v = "0x" + r.hex(r.between(8, 16))
		case 3:
			v = r.hex(40)
		default:
			v = "1" + r.of(base58Bitcoin, r.between(6, 20))
		}
		return noisyOrBare(r, not("CryptoWallet", v))
	}},
	{name: "bank", pos: func(r *rng) string {
		switch r.IntN(4) {
		case 0:
			d := draw(r, []string{"01", "02", "03", "06", "07", "08", "11", "12", "21", "26", "31", "32"}) + r.digits(6)
			return told(r, routingNames, is("BankAccount", d+pad((10-weighted(d, 3, 7, 1, 3, 7, 1, 3, 7)%10)%10, 1)))
		case 1:
			return told(r, sortNames, is("BankAccount", r.shape("99-99-99")))
		}
		return told(r, bankNames, is("BankAccount", r.digits(r.between(8, 14))))
	}, near: func(r *rng) string {
		return noisyOrBare(r, not("BankAccount", r.digits(r.between(8, 14))))
	}},
	{name: "passport", pos: func(r *rng) string {
		v := r.shape(draw(r, []string{"999999999", "999999999", "A99999999", "AA9999999", "99AA99999", "AAA999999", "A9999999", "X1XX9999X"}))
		return told(r, passportNames, is("Passport", v))
	}, near: func(r *rng) string {
		v := r.shape(draw(r, []string{"999999999", "A99999999", "AA9999999", "99AA99999", "AAA999999"}))
		return noisyOrBare(r, not("Passport", v))
	}},
	{name: "licence", pos: func(r *rng) string { return told(r, licenceNames, is("DrivingLicence", licence(r))) }, near: func(r *rng) string {
		return noisyOrBare(r, not("DrivingLicence", licence(r)))
	}},
	{name: "plate", pos: func(r *rng) string {
		v := r.shape(draw(r, []string{"AA99 AAA", "AAA 9999", "9AAA999", "AA-999-AA", "B-AA 9999", "M-A 123", "AAA-9999", "9999 AAA", "99-AA-AA", "AA 999 AA", "AAA 999"}))
		return told(r, plateNames, is("LicencePlate", v))
	}, near: func(r *rng) string {
		return noisyOrBare(r, not("LicencePlate", r.shape(draw(r, []string{"AAA-9999", "AA-999-AA", "9AAA999", "AAA 999"}))))
	}},
	{name: "birth", pos: func(r *rng) string {
		return told(r, birthNames, is("DateOfBirth", r.birthday().Format(draw(r, dateForms))))
	}, near: func(r *rng) string {
		v := not("DateOfBirth", r.when().Format(draw(r, dateForms)))
		if r.one(2) {
			return told(r, draw(r, []named{
				names("created, updated at, expires", "en:expiry date, start date, invoice date, date of issue, delivery date", "de:Rechnungsdatum, Lieferdatum", "fr:date de livraison"),
			}), v)
		}
		return noisyOrBare(r, v)
	}},
	{name: "vat", pos: func(r *rng) string { return anyOf(r, vatNames, is("VatNumber/NationalId", vat(r))) }, near: func(r *rng) string {
		switch r.IntN(3) {
		case 0:
			return noisyOrBare(r, not("VatNumber", draw(r, []string{"DE", "AT", "PL", "IT", "GB", "SE"})+r.digits(r.between(3, 7))))
		case 1:
			return noisyOrBare(r, not("VatNumber", wrongVAT(r)))
		}
		return noisyOrBare(r, not("VatNumber", r.upper(2)+"-"+r.digits(r.between(6, 12))))
	}},
	{name: "gps", pos: gps, near: func(r *rng) string {
		v := draw(r, []func(*rng) string{
			func(r *rng) string { return r.shape("9.9999, 9.9999") },
			func(r *rng) string { return r.shape("1.99.9, 1.99.9") },
			func(r *rng) string { return "[" + r.shape("0.999999, 0.999999") + "]" },
			func(r *rng) string { return r.shape("199.99, 1999.99") },
			func(r *rng) string { return r.shape("12.345678, 456.999999") },
		})(r)
		return draw(r, []string{"load average: ", "loss, accuracy = ", "size ", "bbox ", "scores "}) + not("GpsCoordinates", v)
	}},
}

var (
	cardNames = names("card number, credit card, cc number, card, pan, payment card",
		"en:credit card number, card number, credit card, Visa card, debit card, MasterCard", "de:Kreditkartennummer, Kartennummer", "fr:numéro de carte, carte bancaire",
		"es:número de tarjeta, tarjeta de crédito", "it:numero di carta, carta di credito", "nl:creditcardnummer", "pl:numer karty", "pt:número do cartão")
	ibanNames     = names("iban, bank account, account iban", "en:IBAN, bank account, IBAN number", "de:IBAN, Bankverbindung", "fr:IBAN, numéro de compte", "es:IBAN, cuenta", "it:IBAN, conto corrente", "nl:IBAN, rekeningnummer", "pl:IBAN, numer konta", "pt:IBAN")
	walletNames   = names("wallet, wallet address, address, btc address", "en:wallet, bitcoin address, wallet address, crypto wallet", "de:Wallet-Adresse", "fr:portefeuille", "es:billetera")
	routingNames  = names("routing number, aba, aba routing, routing", "en:routing number, ABA number, ABA routing number, bank routing number")
	sortNames     = names("sort code", "en:sort code, bank sort code")
	bankNames     = names("account number, bank account, bank account number, acct number", "en:account number, bank account number, checking account number, bank account, savings account number", "de:Kontonummer", "fr:numéro de compte", "es:número de cuenta", "it:numero di conto", "nl:rekeningnummer", "pl:numer konta", "pt:número da conta")
	passportNames = names("passport, passport number, passport no, passport id", "en:passport number, passport, US passport, passport no., passport #", "de:Reisepassnummer, Reisepass, Passnummer", "fr:numéro de passeport, passeport", "es:número de pasaporte, pasaporte", "it:numero di passaporto, passaporto", "nl:paspoortnummer", "pl:numer paszportu, paszport", "pt:número do passaporte, passaporte")
	licenceNames  = names("driver license, drivers license, driving licence, license number, driver license number, dl number", "en:driver's license, driver license number, driving licence number, drivers license, driver's licence, DL", "de:Führerscheinnummer, Führerschein", "fr:numéro de permis, permis de conduire", "es:permiso de conducir, licencia de conducir", "it:patente di guida, patente", "nl:rijbewijsnummer, rijbewijs", "pl:prawo jazdy", "pt:carta de condução")
	plateNames    = names("license plate, licence plate, plate number, plate, registration plate", "en:license plate, licence plate, number plate, registration plate", "de:Kennzeichen, Kfz-Kennzeichen", "fr:plaque d'immatriculation, immatriculation", "es:matrícula", "it:targa", "nl:kenteken", "pl:numer rejestracyjny", "pt:matrícula")
	birthNames    = names("birth date, date of birth, dob, birthday, born", "en:date of birth, birth date, DOB, birthday, birthdate", "de:Geburtsdatum, Geburtstag", "fr:date de naissance", "es:fecha de nacimiento", "it:data di nascita", "nl:geboortedatum", "pl:data urodzenia", "pt:data de nascimento")
	vatNames      = names("vat number, vat, vat id, tax id", "en:VAT number, VAT ID, VAT registration number, VAT", "de:USt-IdNr., Umsatzsteuer-ID", "fr:numéro de TVA, TVA intracommunautaire", "es:NIF-IVA, número de IVA", "it:partita IVA, P.IVA", "nl:btw-nummer", "pl:NIP, numer VAT", "pt:número de IVA")

	cardProse = []string{
		"I paid with § but the charge never went through.", "Please charge §, it expires 04/29.", "My card § was declined at the shop.", "customer reads out § over the phone",
		"How do I change the address linked to my credit card to a new one? The number is §.", "Payment of 120.00 EUR by § received.", "The last transaction on § looks odd.",
		"Can you block § please, I lost my wallet", "Ich habe mit § bezahlt.", "La carte § a été refusée.", "He pagado con §.", "refund to § issued",
		"Hi, I wanted to ask about §, thanks.", "§ exp 11/27 cvc 123", "Order #4412 was paid with § on Monday.",
	}
	dateForms = []string{"2006-01-02", "02.01.2006", "01/02/2006", "02/01/2006", "2 January 2006", "January 2, 2006", "02-01-2006", "2006/01/02", "Jan 2, 2006", "02 Jan 2006"}
)

func noisyOrBare(r *rng, marked string) string {
	if r.one(3) {
		return bare(r, marked)
	}
	return noisy(r, marked)
}

// flip changes one character so that a checksum no longer holds.
func flip(r *rng, s string) string {
	b := []byte(s)
	for {
		i := r.between(5, len(b)-2)
		c := "acdefghjk23456789"[r.IntN(17)]
		if b[i] != c {
			b[i] = c
			return string(b)
		}
	}
}

func randomBytes(r *rng, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

// cardNumber draws a number in the ranges that issuers have (ISO/IEC 7812; the brands' public tables).
func cardNumber(r *rng) string {
	brand := draw(r, []struct {
		prefixes []string
		length   int
	}{
		{[]string{"4"}, 16},
		{[]string{"4"}, 16},
		{[]string{"4"}, 16},
		{[]string{"51", "52", "53", "54", "55", "2221", "2300", "2500", "2699", "2720"}, 16},
		{[]string{"51", "53", "54"}, 16},
		{[]string{"34", "37"}, 15},
		{[]string{"34", "37"}, 15},
		{[]string{"6011", "644", "649", "65"}, 16},
		{[]string{"300", "305", "36", "38"}, 14},
		{[]string{"3528", "3540", "3589"}, 16},
		{[]string{"62"}, 16},
	})
	p := draw(r, brand.prefixes)
	body := p + r.digits(brand.length-len(p)-1)
	return body + luhn(body)
}

// cardForm writes a card number as people do.
func cardForm(r *rng, n string) string {
	if r.one(2) {
		return n
	}
	sep := r.pick(" ", " ", "-")
	switch len(n) {
	case 15:
		return n[:4] + sep + n[4:10] + sep + n[10:]
	case 14:
		return n[:4] + sep + n[4:10] + sep + n[10:]
	}
	return n[:4] + sep + n[4:8] + sep + n[8:12] + sep + n[12:]
}

func nearCard(r *rng) string {
	n := cardNumber(r)
	switch r.IntN(6) {
	case 0: // A wrong check digit.
		n = n[:len(n)-1] + string('0'+(n[len(n)-1]-'0'+byte(r.between(1, 9)))%10)
		return noisyOrBare(r, not("CreditCard", cardForm(r, n)))
	case 1: // Inside a longer run.
		return noisy(r, not("CreditCard", n+r.digits(r.between(1, 8))))
	case 2: // A block of HDFS.
		return noisy(r, not("CreditCard", r.pick("", "-")+r.shape("1999999999999999999")[:r.between(17, 19)]))
	case 3: // Nanoseconds and microseconds since 1970.
		return noisy(r, not("CreditCard", "1"+r.pick("6", "7")+r.digits(draw(r, []int{14, 17}))))
	case 4: // In a word.
		return noisy(r, not("CreditCard", r.alnum(3)+"x"+n+"a"))
	}
	// Masked, as receipts have it.
	return told(r, cardNames, not("CreditCard", r.pick("************", "XXXXXXXXXXXX", "**** **** **** ", "4111-XXXX-XXXX-")+n[len(n)-4:]))
}

// ibanCountries are structures of the SWIFT IBAN registry: 9 a digit, A a letter, X either.
var ibanCountries = map[string]string{
	"DE": "999999999999999999", "GB": "AAAA99999999999999", "FR": "9999999999XXXXXXXXXXX99", "ES": "99999999999999999999", "IT": "A9999999999XXXXXXXXXXXX",
	"NL": "AAAA9999999999", "BE": "999999999999", "CH": "99999XXXXXXXXXXXX", "AT": "9999999999999999", "PL": "999999999999999999999999",
	"PT": "999999999999999999999", "SE": "99999999999999999999", "NO": "99999999999", "DK": "99999999999999", "FI": "99999999999999", "IE": "AAAA99999999999999",
	"CZ": "99999999999999999999", "SK": "99999999999999999999", "HU": "999999999999999999999999", "RO": "AAAAXXXXXXXXXXXXXXXX", "BG": "AAAA999999XXXXXXXX",
	"GR": "9999999XXXXXXXXXXXXXXXX", "HR": "99999999999999999", "SI": "999999999999999", "LT": "9999999999999999", "LV": "AAAAXXXXXXXXXXXXX", "EE": "9999999999999999",
	"LU": "999XXXXXXXXXXXXX", "MT": "AAAA99999XXXXXXXXXXXXXXXXXX", "CY": "99999999XXXXXXXXXXXXXXXX", "TR": "999999XXXXXXXXXXXXXXXX", "SA": "99XXXXXXXXXXXXXXXXXX",
	"AE": "9999999999999999999", "IL": "9999999999999999999", "UA": "999999XXXXXXXXXXXXXXXXXXX", "BR": "99999999999999999999999AX",
}

func iban(r *rng) string {
	codes := []string{"DE", "GB", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PL", "PT", "SE", "NO", "DK", "FI", "IE", "CZ", "SK", "HU", "RO", "BG", "GR", "HR", "SI", "LT", "LV", "EE", "LU", "MT", "CY", "TR", "SA", "AE", "IL", "UA", "BR"}
	c := codes[r.IntN(len(codes))]
	bban := r.shape(ibanCountries[c])
	return c + ibanCheck(c, bban) + bban
}

// ibanForm writes an IBAN bare, or in groups of four as ISO 13616 prints it.
func ibanForm(r *rng, s string) string {
	if !r.one(3) {
		return s
	}
	var parts []string
	for ; len(s) > 4; s = s[4:] {
		parts = append(parts, s[:4])
	}
	return strings.Join(append(parts, s), " ")
}

func wallet(r *rng) string {
	switch r.IntN(10) {
	case 0, 1:
		return base58Check(append([]byte{0}, randomBytes(r, 20)...), base58Bitcoin)
	case 2:
		return base58Check(append([]byte{5}, randomBytes(r, 20)...), base58Bitcoin)
	case 3:
		return bech32("bc", 0, randomBytes(r, draw(r, []int{20, 32})))
	case 4:
		return bech32("bc", 1, randomBytes(r, 32))
	case 5:
		return base58Check(append([]byte{0x30}, randomBytes(r, 20)...), base58Bitcoin) // Litecoin.
	case 6:
		return base58Check(append([]byte{0x41}, randomBytes(r, 20)...), base58Bitcoin) // TRON.
	case 7:
		return base58Check(append([]byte{0}, randomBytes(r, 20)...), base58Ripple)
	}
	return eip55(hex.EncodeToString(randomBytes(r, 20)))
}

// licence draws from the formats of some of the United States, of the United Kingdom, Germany, France, Spain, Italy.
func licence(r *rng) string {
	return r.shape(draw(r, []string{
		"A9999999", "A999999999999", "99999999", "999999999", "A999999999", "AA999999A", "A99999999999999", "AA123423323", "AAAA9999999",
		"AAAAA999999AA9AA", "A999XXXXX99", "999999999999", "AA9999999A",
	}))
}

// vat draws a number with its country's check digit (the algorithms that the Commission publishes for VIES).
func vat(r *rng) string {
	d := func(n int) string { return r.shape("1" + strings.Repeat("9", n-1)) }
	for {
		switch r.IntN(10) {
		case 0:
			b := d(8)
			return "DE" + b + mod11and10(b)
		case 1:
			b := d(7)
			sum := 4
			for i := range b {
				v := int(b[i]-'0') * (1 + i%2)
				sum += v/10 + v%10
			}
			return "ATU" + b + pad((10-sum%10)%10, 1)
		case 2:
			b := "0" + d(7)
			return "BE" + b + pad(97-mod97(b), 2)
		case 3:
			b := d(8)
			b += luhn(b)
			return "FR" + pad((12+3*mod97(b))%97, 2) + b
		case 4:
			b := d(7) + pad(r.between(1, 100), 3)
			return "IT" + b + luhn(b)
		case 5:
			b := d(9)
			if c := weighted(b, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11; c < 10 {
				return "PL" + b + pad(c, 1)
			}
		case 6:
			b := r.pick("1", "2", "5") + r.digits(7)
			c := 11 - weighted(b, 9, 8, 7, 6, 5, 4, 3, 2)%11
			if c > 9 {
				c = 0
			}
			return "PT" + b + pad(c, 1)
		case 7:
			b := d(7)
			if c := (11 - weighted(b, 7, 9, 10, 5, 8, 4, 2)%11) % 11; c < 10 {
				return "FI" + b + pad(c, 1)
			}
		case 8:
			b := "55" + r.shape("9") + r.shape("1999") + r.digits(2)
			return "SE" + b + luhn(b) + "01"
		default:
			b := d(7)
			c := 97 - weighted(b, 8, 7, 6, 5, 4, 3, 2)%97
			return "GB" + b + pad(c, 2)
		}
	}
}

func wrongVAT(r *rng) string {
	for {
		b := r.shape("199999999")
		if mod11and10(b[:8]) != b[8:] {
			return "DE" + b
		}
	}
}

// gps draws a pair of coordinates with four to seven decimals, that is of 11 m or better.
func gps(r *rng) string {
	lat := r.pick("", "", "-") + pad(r.between(10, 78), 1) + "." + r.digits(r.between(4, 7))
	lon := r.pick("", "", "-") + pad(r.between(10, 178), 1) + "." + r.digits(r.between(4, 7))
	pair := is("GpsCoordinates", lat+", "+lon)
	switch r.IntN(6) {
	case 0:
		return "Location: " + pair
	case 1:
		return "last seen at " + pair + " by the tracker"
	case 2:
		return "gps=" + is("GpsCoordinates", lat+","+lon)
	case 3:
		return "The coordinates are " + pair + "."
	case 4:
		return "https://maps.example.com/?q=" + is("GpsCoordinates", lat+","+lon)
	}
	return `{"lat": ` + is("GpsCoordinates", lat) + `, "lon": ` + is("GpsCoordinates", lon) + `}`
}
