package corpus

import (
	"encoding/hex"
	"testing"
)

// The published examples of each standard, so that the corpus cannot be wrong in the way the engine is.
func TestCheckDigitsAreThoseOfTheStandards(t *testing.T) {
	program := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct{ what, got, want string }{
		{"Luhn, ISO/IEC 7812-1", luhn("7992739871"), "3"},
		{"Verhoeff", verhoeff("236"), "3"},
		{"IBAN registry, GB", ibanCheck("GB", "NWBK60161331926819"), "29"},
		{"IBAN registry, DE", ibanCheck("DE", "370400440532013000"), "89"},
		{"MOD 11,10 of ISO/IEC 7064", mod11and10("0794"), "5"},
		{"BIP 173, version 0", bech32("bc", 0, program("751e76e8199196d454941c45d1b3a323f1433bd6")), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"BIP 350, version 1", bech32("bc", 1, program("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")), "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
		{"Bitcoin genesis block", base58Check(program("0062e907b15cbf27d5425399ebf6f0fb50ebb88f18"), base58Bitcoin), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{"EIP-55", eip55("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}
