package pii

import (
	"slices"
	"strings"
)

// labelKind is what a label in a text announces: a number that has no check digit, or none that says what it is.
type labelKind uint8

const (
	labelNone labelKind = iota
	labelPassport
	labelLicence
	labelAccount
	labelSortCode
	labelBIC
	labelPlate
	labelBirth
	labelSerial
	labelSerialWeak // "serial" alone stands before counters too.
	labelRecord     // A medical record, an insurance, an employee.
	labelSIM
	labelPosition // Latitude or longitude.
	labelPlace    // Both.
	labelPhone
	labelShort // A number of a scheme with fewer than nine digits.
)

// labelRows are the words that announce in lower case, as they follow one another in prose or in a key name. A
// word that begins with a letter beyond ASCII is entered from the next ASCII letter on. Rows behind '!' begin too short to be
// looked for by their first word: labelHooks has what they are found by.
var labelRows = map[labelKind]string{
	labelPassport: "passport, passports, passportno, pasaporte, passaporto, passeport, reisepass, reisepassnummer, paszport, paszportu, passaporte, paspoort, paspoortnummer, " +
		"passnummer, passnr, pasport, passnumber, passinummer, pasaport, travel document",
	labelLicence: "driver license, driver licence, drivers license, drivers licence, driver s license, driver s licence, driving license, driving licence, driverlicense, " +
		"driverslicense, drivinglicence, drivinglicense, driving permit, driver permit, license number, licence number, license no, licence no, license nr, dl, dln, dl number, dl no, " +
		"hrerschein, hrerscheinnummer, hrerscheinnr, fuehrerschein, fahrerlaubnis, permis de conduire, permis, patente di guida, patente, permiso de conducir, licencia de conducir, " +
		"carnet de conducir, carta de condução, carteira de motorista, habilitação, rijbewijs, rijbewijsnummer, prawo jazdy, prawa jazdy, rerkort, korkort, rkort, rerkortsnummer, ajokortti, cnh",
	labelAccount: "bank account, bankaccount, account is, account number, account no, account nr, account num, accountnumber, checking account, savings account, acct, acct number, acct no, " +
		"kontonummer, kontonr, konto nr, konto nummer, bankkonto, numer konta, konta, compte bancaire, compte, cuenta, cuenta bancaria, conto, conto corrente, conto bancario, " +
		"conta, conta corrente, conta bancária, rekeningnummer, bankrekening, bankrekeningnummer, rekening, deposit account, beneficiary account, tilinumero, !a c, !a c no",
	labelSortCode: "sort code, sortcode, sort codes, bank code, bsb, bsb number, bankleitzahl, blz, branch code, transit number",
	labelBIC:      "swift, bic, swift code, bic code, swiftcode, swiftbic, bic swift",
	labelPlate: "license plate, licence plate, registration plate, registrationplate, licenseplate, licenceplate, numberplate, plate number, plate no, plate, platenumber, " +
		"vehicle registration, registration number, registration mark, vrm, vrn, tag number, kennzeichen, nummernschild, autokennzeichen, immatriculation, " +
		"plaque d immatriculation, matrícula, matricula, targa, kenteken, numer rejestracyjny, rejestracyjny, rejestracyjna, registreringsnummer, placa, " +
		"patente auto, nummerplade",
	labelBirth: "dob, date of birth, birth date, birthdate, birthday, birth day, dateofbirth, born, born on, birth, geboren, geboren am, geburtsdatum, geburtstag, geb, " +
		"date de naissance, naissance, naissance le, fecha de nacimiento, nacimiento, nacido, nacida, nascimento, nascido, nascida, nascita, nato, nata, " +
		"geboortedatum, geboren op, urodzony, urodzona, urodzenia, delsedatum, dselsdato, dselsdag, syntymäaika, syntynyt, narozen, narozena, narozeni, cumpleaños, anniversaire, " +
		"compleanno, birthyear, bday, verjaardag, urodziny, delsedag, narození, !d o b, !um tarihi",
	labelSerial:     "rie, serial number, serial no, serial nr, serial num, serialnumber, serialno, sn, seriennummer, seriennr, serienummer, seryjny, service tag, servicetag, asset tag, sarjanumero",
	labelSerialWeak: "serial, serie, série",
	labelRecord: "mrn, medical record, medical record number, medicalrecord, patient id, patient number, patient no, patientid, health record, hospital number, chart number, " +
		"insurance number, insurance policy, insurance id, policy number, policy no, policynumber, member id, memberid, member number, membership number, subscriber id, subscriber number, " +
		"employee id, employee number, employee no, employeeid, employeenumber, staff id, staff number, personnel number, payroll number, student id, student number, studentid, " +
		"health insurance number, versichertennummer, versicherungsnummer, personalnummer, mitarbeiternummer, matrikelnummer, kundennummer, customer number, " +
		"beneficiary number, alien number, green card, visa number",
	labelSIM:      "imsi, iccid, sim number, sim card, sim",
	labelPosition: "lat, latitude, lon, lng, longitude, breitengrad, ngengrad",
	labelPlace:    "gps, coordinates, coords, coordinate, latlng, latlon, latlong, koordinaten, coordonnées, coordenadas, coordinate",
	labelPhone: "phone, phone number, telephone, tel, mobile, mobile number, cell, cell phone, fax, telefon, telefonnummer, handy, handynummer, portable, telefone, " +
		"celular, cellulare, telefono, puhelin, telefoonnummer, tlf, mobil, hotline, landline, phone no",
	labelShort: "cvr, ico, dni, cui, company number, companies house, kenya, nnummer, ruc, ird, tfn, organisation number, tin, davcna",
}

// label is one row of labelTable.
type label struct {
	tokens [4]uint64 // Hashes of its words.
	n      uint8
	kind   labelKind
}

// labelSet is labelRows in the form that is searched.
type labelSet struct {
	index       map[uint64][]label // By the first word, the longest first.
	long, short []string           // What labels begin with: long words, and short ones with what follows.
}

var labels labelSet

func makeLabels() (set labelSet) {
	set.index = map[uint64][]label{}
	for kind := labelNone + 1; kind <= labelShort; kind++ {
		for _, w := range strings.Split(labelRows[kind], ",") {
			w, own := strings.CutPrefix(strings.TrimSpace(w), "!")
			f := strings.Fields(w)
			l := label{n: uint8(len(f)), kind: kind} //nolint:gosec // At most four.
			for i, s := range f {
				l.tokens[i] = topicHash([]byte(s))
			}
			rows := set.index[l.tokens[0]]
			if len(rows) == 0 && !own {
				if n := run([]byte(f[0]), 0, len(f[0]), chWord); n >= 4 {
					set.long = append(set.long, f[0])
				} else if n == len(f[0]) { // Fewer letters would let too many words through: what may follow is spelled out.
					for _, c := range [...]string{" ", ":", "\n", "=", "\"", "'", ".", ",", ")", ">", "#", "_num", "_no", "num", "-num"} {
						set.short = append(set.short, f[0]+c)
					}
				}
			}
			at := 0
			for at < len(rows) && rows[at].n >= l.n {
				at++
			}
			set.index[l.tokens[0]] = slices.Insert(rows, at, l)
		}
	}
	return set
}

// labelHooks returns the rows of wordHooks for labels.
func labelHooks() []wordHook {
	return []wordHook{
		{words: labels.long, hook: (*engine).labelled},
		{words: labels.short, hook: (*engine).labelled},
		{words: []string{"a/c", "d.o.b", "um tarihi"}, hook: (*engine).labelled},
		{words: []string{"le "}, hook: (*engine).bornOn},
	}
}
