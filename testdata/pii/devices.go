package corpus

import (
	"fmt"
	"strings"
)

var deviceGroups = []group{
	{name: "imei", pos: func(r *rng) string {
		return told(r, names("imei, device imei, imei number", "en:IMEI, IMEI number, device IMEI", "de:IMEI", "fr:IMEI", "es:IMEI"), is("Imei", imei(r)))
	}, near: func(r *rng) string {
		if r.one(2) {
			return noisy(r, not("Imei", r.shape("399999999999999")))
		}
		return noisy(r, not("Imei", imei(r)+r.digits(3)))
	}},
	{name: "vin", pos: func(r *rng) string {
		return anyOf(r, names("vin, vehicle id, chassis number", "en:VIN, vehicle identification number, chassis number", "de:Fahrgestellnummer, FIN", "fr:numéro de châssis", "es:número de bastidor"), is("Vin", vin(r)))
	}, near: func(r *rng) string {
		switch r.IntN(3) {
		case 0:
			return noisy(r, not("Vin", r.of(upperChars+digitChars, 17)))
		case 1:
			return noisy(r, not("Vin", r.of("ABCDEF0123456789", 17)))
		}
		return noisy(r, not("Vin", vin(r)+r.upper(2)))
	}},
	{name: "serial", pos: func(r *rng) string {
		v := r.shape(draw(r, []string{"AAA99999AA", "A99AAA9A9999", "AA9999A9AA", "99AA999AAA", "AAXXXX9XXX", "999A99999999"}))
		return told(r, names("serial, serial number, device serial, serial no", "en:serial number, serial no., S/N, device serial number", "de:Seriennummer", "fr:numéro de série", "es:número de serie"), is("DeviceSerial", v))
	}, near: func(r *rng) string {
		return noisy(r, not("DeviceSerial", r.shape(draw(r, []string{"AAA99999AA", "A99AAA9A9999", "AA9999A9AA"}))))
	}},
	{name: "sid", pos: func(r *rng) string {
		sub := func() uint32 { return r.Uint32() | 1<<27 }
		v := is("WindowsSid", fmt.Sprintf("S-1-5-21-%d-%d-%d-%d", sub(), sub(), sub(), r.between(1000, 99999)))
		return strings.ReplaceAll(draw(r, []string{"Security ID:\t\t§", "user SID § not found", "HKU\\§\\Software", "{\"sid\":\"§\"}", "§", "owner=§", "C:\\$Recycle.Bin\\§\\x"}), "§", v)
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"Security ID:\t\t§", "user SID §", "owner=§"}), "§", not("WindowsSid", r.pick("S-1-5-18", "S-1-5-19", "S-1-5-32-544", "S-1-1-0", "S-1-0-0", "S-1-16-12288", "S-1-5-7")))
	}},
	{name: "dn", pos: func(r *rng) string {
		p := person(r)
		dn := "CN=" + p + ",OU=" + r.pick("Users", "Staff", "Sales,OU=Europe", "IT") + ",DC=" + draw(r, words) + ",DC=" + r.pick("com", "local", "net")
		if r.one(3) {
			dn = "uid=" + user(r) + ",ou=people,dc=" + draw(r, words) + ",dc=" + r.pick("org", "com")
		}
		return strings.ReplaceAll(draw(r, []string{"bind as \"§\" failed", "dn: §\n", "member: §\n", "LDAP search base §", "{\"dn\":\"§\"}", "user=\"§\" ok", "§"}), "§", is("DistinguishedName", dn))
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"issuer: §", "subject=§", "verified §"}), "§", not("DistinguishedName", r.pick(
			"C=US, O=Let's Encrypt, CN=R3", "CN=DigiCert Global Root G2", "C=BE, O=GlobalSign nv-sa, CN=GlobalSign Root CA", "CN=localhost", "CN=ISRG Root X1")))
	}},
}

// imei is 15 digits behind a type allocation code with its Luhn digit (3GPP TS 23.003, section 6.2.1).
func imei(r *rng) string {
	b := r.pick("35", "86", "01", "99", "35") + r.digits(12)
	return b + luhn(b)
}

// vin is 17 characters without I, O and Q; the ninth is the check digit of 49 CFR 565.15.
func vin(r *rng) string {
	const chars = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
	b := []byte(r.pick("1HG", "WBA", "5YJ", "1FT", "JTD", "WVW", "3VW", "KMH", "1G1", "2T1") + r.of(chars, 5) + "0" + r.of("ABCDEFGHJKLMNPRSTVWXY123456789", 1) + r.of(chars, 1) + r.digits(6))
	weights := [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, c := range b {
		v := int(c - '0')
		if c >= 'A' {
			v = int("12345678-12345-7-923456789"[c-'A'] - '0')
		}
		sum += v * weights[i]
	}
	b[8] = "0123456789X"[sum%11]
	return string(b)
}
