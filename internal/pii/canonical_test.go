package pii

import (
	"encoding/hex"
	"fmt"
	"runtime"
	"testing"
)

func TestSpellingsOfOneValueHaveOneCanonicalForm(t *testing.T) {
	for _, c := range []struct {
		typ       Type
		spellings []string
		other     string
	}{
		{Email, []string{"Alice@Example.com", "alice@example.com", "alice%40example.com", `alice\u0040example.com`}, "bob@example.com"},
		{IPv4, []string{"10.0.0.1"}, "10.0.0.2"},
		{IPv6, []string{"2a01:4f8::1", "2A01:4F8:0:0:0:0:0:1", "2a01:04f8:0000::0001"}, "2a01:4f8::2"},
		{IPv6, []string{"fe80::1%eth0", "FE80:0::1%25eth0"}, "fe80::1%eth1"},
		{MacAddress, []string{"52:54:00:AB:cd:56", "52-54-00-ab-cd-56", "5254.00ab.cd56"}, "52:54:00:ab:cd:57"},
		{PhoneNumber, []string{"+1 (415) 555-2671", "+14155552671", "%2B14155552671"}, "+14155552672"},
		{Ssn, []string{"123-45-6789", "123456789", "123 45 6789"}, "123-45-6780"},
		{CreditCard, []string{"4111 1111 1111 1111", "4111111111111111"}, "4242424242424242"},
		{Imei, []string{"490154203237518", "49-015420-323751-8"}, "490154203237519"},
		{NationalId, []string{"943 476 5919", "9434765919", "943-476-5919"}, "943 476 5918"},
		{NationalId, []string{"131052-308T", "131052-308t"}, "131052-308U"},
		{Iban, []string{"GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819", "gb29nwbk60161331926819"}, "GB29NWBK60161331926818"},
		{BankAccount, []string{"20-00-00", "200000", "20 00 00"}, "20-00-01"},
		{Passport, []string{"c01x00t47", "C01X00T47"}, "C01X00T48"},
		{DrivingLicence, []string{"MORGA 657054 SM9IJ", "MORGA657054SM9IJ"}, "MORGA657054SM9IK"},
		{VatNumber, []string{"DE 136 695 976", "DE136695976"}, "DE136695977"},
		{LicencePlate, []string{"KA 05 MH 1234", "KA05MH1234", "ka-05-mh-1234"}, "KA05MH1235"},
		{Vin, []string{"1M8GDM9AXKP042788", "1m8gdm9axkp042788"}, "1M8GDM9AXKP042789"},
		{DeviceSerial, []string{"C02-XG0F", "C02XG0F"}, "C02XG0G"},
		{Hostname, []string{"DB01.Corp", "db01.corp", "db01.corp."}, "db02.corp"},
		{UserName, []string{"alice", "Alice", `CORP\alice`, `CORP\\alice`}, "alicia"},
		{PersonName, []string{"John Smith", "JOHN  SMITH", "Smith, John", "john+smith", "John%20Smith"}, "Jon Smith"},
		{PostalAddress, []string{"12 Elm St, Boston", "12 ELM ST., BOSTON", "12 Elm St\nBoston"}, "13 Elm St, Boston"},
		{WindowsSid, []string{"S-1-5-21-1000000001-2-3-500", "s-1-5-21-1000000001-2-3-500"}, "S-1-5-21-1000000001-2-3-501"},
		{DistinguishedName, []string{"CN=A B,DC=x,DC=y", "cn=a b, dc=x, dc=y"}, "CN=AB,DC=x,DC=y"},
		{Password, []string{"Secret"}, "secret"},
	} {
		v, a := newVault(), NewMemoryAllocator()
		for i, s := range c.spellings {
			if got, want := Canonical(c.typ, []byte(s)), Canonical(c.typ, []byte(c.spellings[0])); string(got) != string(want) {
				t.Errorf("%s %q is %q, want %q", c.typ, s, got, want)
			}
			for range 2 {
				tok, err := a.Token(c.typ, []byte(s))
				want, _ := v.Token(c.typ, []byte(s))
				if err != nil || tok != want || tok.Ordinal != 1 || i > 0 && tok.Variant != i+1 {
					t.Errorf("%s %q is %s, %v, want %s", c.typ, s, tok, err, want)
				}
			}
		}
		if tok, _ := a.Token(c.typ, []byte(c.other)); tok.Ordinal != 2 || tok.Variant != 0 {
			t.Errorf("%s %q is %s", c.typ, c.other, tok)
		}
	}
}

func TestLabelTellsPrivateFromPublic(t *testing.T) {
	for value, want := range map[string]string{
		"10.0.0.1": "PrivateIPv4", "172.31.0.1": "PrivateIPv4", "172.32.0.1": "PublicIPv4", "192.168.1.1": "PrivateIPv4",
		"100.64.0.1": "PrivateIPv4", "169.254.1.1": "PrivateIPv4", "52.1.2.3": "PublicIPv4",
		"fd00::1": "PrivateIPv6", "fe80::1%eth0": "PrivateIPv6", "2a01::1": "PublicIPv6", "::ffff:10.0.0.1": "PrivateIPv6",
		"::ffff:52.1.2.3": "PublicIPv6",
	} {
		typ := IPv4
		if want[len(want)-1] == '6' {
			typ = IPv6
		}
		if got := Label(typ, []byte(value)); got != want {
			t.Errorf("Label(%s) = %s, want %s", value, got, want)
		}
	}
	if Label(0, nil) != "" || Label(Email, []byte("x")) != "Email" {
		t.Error("Label of no type, or of an address, is wrong")
	}
}

// TestSipHashIsTheReference uses the first vectors of vectors.h of the reference implementation (SipHash-2-4-128, key
// 00..0f, messages 00, 00 01, …).
func TestSipHashIsTheReference(t *testing.T) {
	var key [16]byte
	for i := range key {
		key[i] = byte(i)
	}
	k := newSipKey(key[:])
	for n, want := range []string{
		"a3817f04ba25a8e66df67214c7550293", "da87c1d86b99af44347659119b22fc45", "8177228da4a45dc7fca38bdef60affe4",
	} {
		msg := make([]byte, n)
		for i := range msg {
			msg[i] = byte(i)
		}
		if sum := k.sum(msg); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%d bytes: %x, want %s", n, sum, want)
		}
	}
}

func TestMemoryAllocatorKeepsAtMost64BytesForAValue(t *testing.T) {
	for _, n := range []int{100_000, 250_000} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		a := NewMemoryAllocator()
		for i := range n {
			if tok, err := a.Token(Email, fmt.Appendf(nil, "user%d@example.com", i)); err != nil || tok.Ordinal != i+1 {
				t.Fatal(tok, err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		per := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
		t.Logf("%d values: %.1f bytes each", n, per)
		if per > 64 {
			t.Errorf("%d values: %.1f bytes each", n, per)
		}
		runtime.KeepAlive(a)
	}
}
