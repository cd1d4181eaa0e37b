package pii

import "testing"

var labelPositives = map[string][]string{
	"passport": {
		"my passport number is «Passport|912803456»",
		"Passport No.: «Passport|X1234567»",
		"Reisepass «Passport|C01X00T47» gültig",
		"numéro de passeport : «Passport|12AB34567»",
		`{"passport_number":"«Passport|AA1234567»","id":4155552671}`,
		"«Passport|912803456» is my passport number",
		"el pasaporte AAA no, el pasaporte «Passport|XDA123456» sí",
	},
	"licence": {
		"Driver's license: «DrivingLicence|AC123423323»",
		"driving licence «DrivingLicence|MORGA657054SM9IJ»",
		"DL: «DrivingLicence|D1234567»",
		"Führerschein «DrivingLicence|B072RRE2I55»",
		"license number «DrivingLicence|H12234567», CA",
		"driver_license=«DrivingLicence|N1234567»",
	},
	"bank": {
		"bank account «BankAccount|945456787654»",
		"account number: «BankAccount|12345678», sort code «BankAccount|20-00-00»",
		"routing number «BankAccount|121000358»",
		"BIC: «BankAccount|DEUTDEFF500»",
		"Kontonummer «BankAccount|532013000»",
		"the account is «BankAccount|000123456789»",
	},
	"birth": {
		"born on «DateOfBirth|March 5, 1980» in Oslo",
		"DOB: «DateOfBirth|05/03/1980»",
		"geboren am «DateOfBirth|5. März 1980»",
		"née le «DateOfBirth|5 mars 1980»",
		"fecha de nacimiento: «DateOfBirth|5 de marzo de 1980»",
		`"dateOfBirth": "«DateOfBirth|1980-03-05»"`,
		"date of birth «DateOfBirth|05MAR1980»",
	},
	"plate": {
		"license plate «LicencePlate|7ABC123»",
		"Kennzeichen «LicencePlate|M-AB 1234»",
		"number plate: «LicencePlate|AB12 CDE».",
		"vehicle registration «LicencePlate|KA 05 MH 1234» seen",
	},
	"serial": {
		"serial number: «DeviceSerial|C02XG0FDJGH5»",
		"S/N «DeviceSerial|PF2Q8R4T» ok",
		"SerialNumber=«DeviceSerial|5CD1-23ABX9»",
	},
	"table": {
		"id,oib,created\n5528,«NationalId|34780890967»,2020-01-06\n",
		"\"id\";\"ird\";\"state\"\n\"385\";\"«NationalId|49-091-850»\";\"open\"\n",
		"id,PassportId,created\n6691,«Passport|EGA718080»,2021-02-23\n",
	},
	"record": {
		"MRN: «NationalId|84736251»",
		"patient id «NationalId|P123456»",
		"member ID «NationalId|XYZ123456789»",
	},
	"gps": {
		"at «GpsCoordinates|48.858370, 2.294481» now",
		"lat=«GpsCoordinates|48.85837»&lon=«GpsCoordinates|-2.29448»",
		"gps «GpsCoordinates|-33.8568,151.2153»",
		`coordinates 	«GpsCoordinates|48°51'29.6"N 2°17'40.2"E»`,
	},
	"phones": {
		"call «PhoneNumber|020 7946 0958» or «PhoneNumber|+44 (0)20 7946 0958»",
		"tel. «PhoneNumber|030/123456», Handy «PhoneNumber|0171-1234567»",
		"appelez le «PhoneNumber|06 12 34 56 78»",
		"dotted «PhoneNumber|415.555.2671»",
		"ring «PhoneNumber|(020) 7946 0958» today",
		"office «PhoneNumber|415-555-2671 x123»",
		"«PhoneNumber|001-415-555-2671»",
		"mobil «PhoneNumber|070-123 45 67»",
		"fale com «PhoneNumber|(11) 98765-4321»",
		"phone «PhoneNumber|91234567»",
		"Tel. «PhoneNumber|030 / 123456-0»",
		"звоните «PhoneNumber|8 (495) 123-45-67»",
	},
}

var labelNearMisses = map[string][]string{
	"passport": {"passport.js 12345", "passport check failed at 2024-01-05", "passport: null, id: 912803456", "the passport office is at 12345 Main", "passport-saml 3.2.1", "passport=null id=912803456", "PhoneStatusBar: vis=0 mask=1 oldVal=1874777359"},
	"licence":  {"driver version 525.60.13", "License: MIT 2024", "driver nvidia 5256013", "licensed under GPL 20240105", "DL380 Gen10"},
	"bank":     {"account locked 12345678", "user account 1000", "sort code 200000000", "account number: 12", "the bank opened in 2024", "BIC: PASSWORD"},
	"birth":    {"born in 1980", "birth rate 12/100", "birthday party at 10:30", "born 40/13/1980", "started on 05/03/1980", "DOB: n/a 2024"},
	"plate":    {"boilerplate 1234", "license plate missing", "template AB12 x", "plate 1234", "number plate: see page 12"},
	"serial":   {"serial 2024010112", "serial number: 12", "serial8250: ttyS0", "Serial: 0", "serial number 4a:2b:3c:4d:5e:6f:70"},
	"record":   {"patient id 12", "policy number one", "member id: abc", "employee id 007"},
	"gps":      {"1.2345, 2.3456 and 12.34, 56.78", "v 48.858370", "12.3456, 78.9012, 33.4567", "lat (usec): min=5, max=10", "91.12345, 12.12345", "loss 12.3456 acc 0.9876"},
	"phones": {
		"ping «IPv4|10.20.30.40»", "«IPv4|85.55.21.87» from", "12288 12288 0", "4111 1111", "oldVal=4155552671", "2024 01 05 12 30", "08 74 55 99 24 fe b0", "a1 08 74 55 99 24",
		"0800 12", "build 020 7946 0958", "3-4-5-6", "2.6457513110645907", "x=0.6457513110645907, 12", "02-30-2024 10",
	},
}

func init() {
	for k, v := range labelPositives {
		positives["label-"+k] = v
	}
	for k, v := range labelNearMisses {
		nearMisses["label-"+k] = v
	}
	for _, w := range []string{"passport ", "account number, ", "12-34-56 ", "06 12 34 56 ", "4111-1111-", "born March ", "8.090.097-", "DE89 3704 ", "lat=48.85,", "123456789 "} {
		worstInputs["label-"+w] = w
	}
}

func TestValuesOfADocumentAreNotTakenForLines(t *testing.T) {
	s := newScanner(t, Options{})
	doc := `{"size":1234567893,"n":"44051401359","nhsNumber":"9434765919","ids":["123456782"],"pesel":{"value":"44051401359"}}`
	out, _, err := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"size":1234567893,"n":"44051401359","nhsNumber":"[NationalId_1]","ids":["123456782"],"pesel":{"value":"[NationalId_2]"}}`; string(out) != want {
		t.Errorf("got %s", out)
	}
}
