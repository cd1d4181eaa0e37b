package pii

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func TestPasswordHashesAreFound(t *testing.T) {
	s := newScanner(t, Options{})
	const (
		x32 = "31d6cfe0d16ae931b73c59d7e0c089c0"
		x40 = "2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
	)
	for _, c := range []string{
		"alice:«PasswordHash|$6$8UBMefsHuHqvBKca$pagyv9EvQbAcPbcK4kukcQIcFuFM/3wIC8EKqlIZsDEzuWOHXR36DCY0HI0wNa.pQd7vjS1.Z8oEfNN2sKHSbI»:19000:0:99999:7:::",
		"«PasswordHash|$6$rounds=5000$8UBMefsHuHqvBKca$pagyv9EvQbAcPbcK4kukcQIcFuFM/3wIC8EKqlIZsDEzuWOHXR36DCY0HI0wNa.pQd7vjS1.Z8oEfNN2sKHSbI»",
		"stored «PasswordHash|$2a$10$GdiGM0tlJrz0TcgqF7p1/RN1XKXxeamSqKspXdNsRPBcuZY8RQI/x».",
		"hash «PasswordHash|$argon2id$v=19$m=65536,t=3,p=4$H1ULm5S9IQKWbAwE7LVWnO$DyNFefuNStUiwkc0ZNzroBW6TlqLykbaRemDTcezAFn»",
		"«PasswordHash|$1$vDH1te6p$ZV2H0AFXkOBGXQMVTqzKMQ»", "«PasswordHash|$apr1$vDH1te6p$ZV2H0AFXkOBGXQMVTqzKM/»",
		"«PasswordHash|$y$j9T$8Nand4btIGRT/Rk6M428e4$K09tbtmUazvJL1VH2srIkEKLO4lEkcvyH555bX49u7P»",
		"wp «PasswordHash|$P$B8Nand4btIGRTRk6M428e4K09tbtmUa» ok",
		"enable secret 9 «PasswordHash|$9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM»",
		"enable secret 5 «PasswordHash|$1$vDH1te6p$ZV2H0AFXkOBGXQMVTqzKMQ»",
		"username bob password 7 «PasswordHash|0822455D0A16»", "ip ospf message-digest-key 1 md5 7 «PasswordHash|0822455D0A16»",
		"username bob password 0 «Password|hunter2»",
		"«PasswordHash|pbkdf2_sha256$147061$54XT6fjZ491y$RR7hYksHaiBsTJpQ0LBR+7EI9ePcoVYfHLCYBJKg6BU=» django",
		"«PasswordHash|scrypt:32768:8:1$54XT6fjZ491y$0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef»",
		"«PasswordHash|pbkdf2:sha256:260000$54XT6fjZ491y$0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef»",
		"userPassword: «PasswordHash|{SSHA}lU3S27JC10AYMdlhqj/y5etWACZsG3kQeqk9qI==»",
		"«PasswordHash|{CRYPT}$1$vDH1te6p$ZV2H0AFXkOBGXQMVTqzKMQ»",
		"rolpassword «PasswordHash|SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=»",
		"postgres «PasswordHash|md5" + x32 + "» old", "mysql «PasswordHash|*" + x40 + "» native",
		"Administrator:500:«PasswordHash|aad3b435b51404eeaad3b435b51404ee:" + x32 + "»:::",
		"krbtgt:502:«PasswordHash|aad3b435b51404eeaad3b435b51404ee:" + x32 + "»",
		"bob::CORP:«PasswordHash|1122334455667788:" + x32 + ":0101000000000000c0653150de09d201" + x32 + "»",
		"«PasswordHash|$krb5tgs$23$*svc$CORP.LOCAL$corp.local/svc*$" + x32 + "$0123456789abcdef0123456789abcdef» cracked",
		"«PasswordHash|$krb5asrep$23$bob@CORP.LOCAL:" + x32 + "$0123456789abcdef0123456789abcdef»",
		"sa «PasswordHash|0x0100" + "0123ABCD" + x40 + "» sql",
		"password «PasswordHash|S:8F2D65FB5547B71C8DA3760F10960428CD307B1C6271691FC55C1F56554A»;T:x",
	} {
		checkMarked(t, s, c)
	}
	for _, c := range []string{
		"DataNode$PacketResponder", "$1 and $2", "cost $1$ per unit", "$2a$", "$2a$10$short", "$6$salt$short", "awk '{print $1$2$3$4$5$6$7$8$9$10$11$12}'",
		"Outer$Inner$1$2$anonymous", "echo $HOME$PATH$USER", "md5: " + x32, "md5$", "scrypt: the algorithm", "{SHA} is weak", "pbkdf2:sha256 is used",
		"trace:" + x32 + ":1", x32 + ":" + x32[:16], "*" + x40[:39], "*** " + x40, "* 2470C0C06DEE42FD", "a*" + "2470c0c06dee42fd1618bb99005adca2ec9d1e19",
		"key 7 of 12 is missing", "password 7 days old", "secret 5 is out", "sha1$ is the prefix", "0x01000123ABCD", "S:8F2D65", "$P$short",
		"image@sha256:" + x32 + x32, "$argon2id$v=19$", "price is $5$ or so and then more text goes on here", "${SHA}abcdefghijklmnopqrst",
	} {
		checkMarked(t, s, c)
	}
}

// bip39Sum is the SHA-256 of bip-0039/english.txt in github.com/bitcoin/bips.
const bip39Sum = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"

func TestTheWordListIsThatOfBIP39(t *testing.T) {
	sum := sha256.Sum256([]byte(bip39))
	if got := hex.EncodeToString(sum[:]); got != bip39Sum || len(seedWords) != 2048 {
		t.Errorf("%d words, SHA-256 %s", len(seedWords), got)
	}
	for i, w := range seedWords {
		if seedWord([]byte(w)) != i {
			t.Errorf("%s is not found", w)
		}
	}
	for _, w := range strings.Fields(dullSeedWords) {
		if seedWord([]byte(w)) < 0 {
			t.Errorf("%s is no word of the list", w)
		}
	}
}

func TestSeedPhrasesAreFound(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []string{
		// The first three are test vectors of BIP-39 (github.com/trezor/python-mnemonic, vectors.json).
		"«SeedPhrase|legal winner thank year wave sausage worth useful legal winner thank yellow»",
		"x = \"«SeedPhrase|letter advice cage absurd amount doctor acoustic avoid letter advice cage above»\"",
		"restore with «SeedPhrase|hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length»; done",
		"mnemonic=\"«SeedPhrase|liar stamp faith card breeze metal life lion stadium loop lend shiver»\"",
		"seed phrase: «SeedPhrase|meadow busy document violin ghost broken motion blossom avoid wealth mercy off suspect couple hawk feature chalk verb»",
		"1. «SeedPhrase|legal\n2. winner\n3. thank\n4. year\n5. wave\n6. sausage\n7. worth\n8. useful\n9. legal\n10. winner\n11. thank\n12. yellow»\n",
		"words: «SeedPhrase|legal, winner, thank, year, wave, sausage, worth, useful, legal, winner, thank, yellow»",
	} {
		checkMarked(t, s, c)
	}
	for _, c := range []string{
		"legal winner thank year wave sausage worth useful legal winner thank", // Eleven words.
		"legal winner thank year wave sausage worth useful legal winner thank the yellow", "the amateur cannot process the scheme of the day",
		"amateur", "legal winner", "hamster, diagram, private", "liar stamp faith card breeze metal life lion stadium loop lend", "Legal Winner Thank Year",
		"amateuramateur amateur_amateur", "amateur-sausage/diagram.toddler",
	} {
		checkMarked(t, s, c)
	}
}
