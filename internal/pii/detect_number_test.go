package pii

import (
	"encoding/hex"
	"testing"
)

// numberPositives are merged into positives, so that every property holds for them too.
var numberPositives = map[string][]string{
	"iban": {
		"IBAN: «Iban|DE89 3704 0044 0532 0130 00»",
		"pay to «Iban|GB29NWBK60161331926819», thanks",
		"iban=«Iban|FR1420041010050500013M02606»;x",
		`{"iban":"«Iban|NL91 ABNA 0417 1643 00»"}`,
		"from «Iban|NO93 8601 1117 947» to «Iban|BE68-5390-0754-7034».",
		"konto «Iban|CH93 0076 2011 6238 5295 7»",
		"iban «Iban|gb29nwbk60161331926819»",
	},
	"vat": {
		"USt-IdNr.: «VatNumber|DE136695976»",
		"VAT «VatNumber|GB 980 7806 84» due",
		"btw-nummer «VatNumber|NL123456782B90»",
		"P.IVA «VatNumber|00743110157»",
		"TVA «VatNumber|FR83404833048» ok",
		"vat number: «VatNumber|ATU13585627»",
		"VAT no. «VatNumber|BE 0428.759.497»",
		"NIF-IVA: «VatNumber|ESB58378431»",
		"UID «VatNumber|CHE-107.787.577 IVA»",
		"«VatNumber|PL8567346215»",
	},
	"wallet": {
		"send to «CryptoWallet|1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa» now",
		"p2sh «CryptoWallet|3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy»",
		"segwit «CryptoWallet|bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4».",
		"taproot «CryptoWallet|bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0»",
		"eth «CryptoWallet|0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed»",
		"wallet «CryptoWallet|0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae»",
		"xrp «CryptoWallet|rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh»",
		"doge «CryptoWallet|DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L»",
		"trx «CryptoWallet|TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t»",
		"xmr «CryptoWallet|44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A»",
		"bitcoincash:«CryptoWallet|qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a»",
		"ltc1 «CryptoWallet|ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9»",
		"solana wallet «CryptoWallet|7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV1»",
	},
	"vin": {
		"VIN: «Vin|1M8GDM9AXKP042788»",
		"vehicle «Vin|WBA3A5C51CF256651»",
		"sold «Vin|1HGCM82633A004352» today",
	},
	"imei": {
		"IMEI «Imei|490154203237518» blocked",
		"imei=«Imei|356938035643809»",
		"IMEI «Imei|49-015420-323751-8»",
	},
	"national": {
		"«NationalId|RCCMNL83S18D969H»",
		"«NationalId|44051401359»",
		"x\n«NationalId|943 476 5919»\ny",
		"PESEL: «NationalId|44051401359», NIP «NationalId|856-734-62-15»",
		"her NINO is «NationalId|AB 12 34 56 C».",
		"NHS no. «NationalId|943 476 5919» for",
		`{"nhsNumber": "«NationalId|9434765919»"}`,
		"customer_tax_id=«NationalId|36574261809»",
		"CPF «NationalId|390.533.447-05» e RUT «NationalId|12.531.909-2»",
		"hetu «NationalId|131052-308T»",
		"NRIC «NationalId|S1234567D»",
		"pan card «NationalId|ACUPA7085R»",
		"Aadhaar «NationalId|2341 2341 2346»",
		"身份证号«NationalId|11010519491231002X»",
		"DNI «NationalId|54362315K»",
	},
	"card-more": {
		"card: «CreditCard|4111.1111.1111.1111»",
		"visa «CreditCard|4222222222222»",
		"Mir «CreditCard|2200 0000 0000 0004»",
		"carte bancaire «CreditCard|5555 5555 5555 4444»",
	},
}

var numberNearMisses = map[string][]string{
	"iban": {
		"DE89 3704 0044 0532 0130 01", "GB29NWBK60161331926818", "XX89370400440532013000", "DE893704004405320130000", "xDE89370400440532013000",
		"de89370400440532013000a",
	},
	"vat": {"VAT DE136695977", "DE1366959760", "GB 980 7806 85", "NL123456789B90", "IT00743110158", "vat 20 of 100"},
	"wallet": {
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
		"commit 0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi", "1234567890abcdefghijkmnopqrstuvw",
	},
	"vin":  {"1M8GDM9A0KP042788", "id 1HGCM82633A004353", "IM8GDM9AXKP042788", "VIN: 1M8GDM9AXKP04278"},
	"imei": {"IMEI 490154203237519", "trace 490154203237518", "imei count 12345678901234567"},
	"national": {
		"44051401359 bytes", "id 44051401359", "PESEL 44051401358", "943 476 5919 x 12", "x_44051401359", "44051401359.5", "1700000000", "123456789", "K1048576 1234567B",
		"took 1048576K->524288K(2097152K)", "240315-1012", "at 12:30 51 824 753 556 12 45", "AB123456E", "hash RCCMNL83S18D969A", "1234567890", "8.8 12345678-9",
	},
}

func init() {
	for k, v := range numberPositives {
		positives["number-"+k] = v
	}
	for k, v := range numberNearMisses {
		nearMisses["number-"+k] = v
	}
}

// TestKeccakIsTheReference uses the digests of no text and of "abc" that the Keccak team has published.
func TestKeccakIsTheReference(t *testing.T) {
	for in, want := range map[string]string{
		"":    "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
		"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
	} {
		if sum := keccak256([]byte(in)); hex.EncodeToString(sum[:]) != want {
			t.Errorf("keccak256(%q) = %x", in, sum)
		}
	}
}
