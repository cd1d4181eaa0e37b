package corpus

import (
	"crypto/sha256"
	"math/big"
	"strconv"
	"strings"
)

// luhn returns the check digit of ISO/IEC 7812-1, annex B.
func luhn(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return strconv.Itoa((10 - sum%10) % 10)
}

// weighted is the sum of the digits, each times its weight.
func weighted(digits string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return sum
}

// mod97 is the number that digits stand for, modulo 97.
func mod97(digits string) int {
	rest := 0
	for i := range len(digits) {
		rest = (rest*10 + int(digits[i]-'0')) % 97
	}
	return rest
}

// ibanCheck returns the check digits of ISO 13616 for a country and its account number.
func ibanCheck(country, bban string) string {
	var b strings.Builder
	for _, c := range bban + country + "00" {
		if c >= 'A' {
			b.WriteString(strconv.Itoa(int(c-'A') + 10))
		} else {
			b.WriteRune(c)
		}
	}
	return pad(98-mod97(b.String()), 2)
}

// pad writes n with leading zeros.
func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// mod11and10 is ISO/IEC 7064, MOD 11,10.
func mod11and10(digits string) string {
	p := 10
	for i := range len(digits) {
		s := (int(digits[i]-'0') + p) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return strconv.Itoa((11 - p) % 10)
}

// verhoeff returns the check digit of J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group D5 under a
// permutation that depends on the place.
func verhoeff(digits string) string {
	mul := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return 5 + (a+b)%5
		case b < 5:
			return 5 + (a-b+5)%5
		}
		return (a - b + 5) % 5
	}
	perm := func(d, times int) int {
		for range times % 8 {
			d = [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}[d]
		}
		return d
	}
	c := 0
	for i := range digits {
		c = mul(c, perm(int(digits[len(digits)-1-i]-'0'), i+1))
	}
	for d := range 10 {
		if mul(c, d) == 0 {
			return strconv.Itoa(d)
		}
	}
	return ""
}

const (
	base58Bitcoin = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	base58Ripple  = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

// base58Check is the encoding of Bitcoin addresses: the payload, the first four bytes of its double SHA-256.
func base58Check(payload []byte, alphabet string) string {
	first := sha256.Sum256(payload)
	second := sha256.Sum256(first[:])
	return base58(append(append([]byte{}, payload...), second[:4]...), alphabet)
}

func base58(data []byte, alphabet string) string {
	n, mod, radix := new(big.Int).SetBytes(data), new(big.Int), big.NewInt(58)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, radix, mod)
		out = append(out, alphabet[mod.Int64()])
	}
	for _, c := range data {
		if c != 0 {
			break
		}
		out = append(out, alphabet[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// bech32 encodes a witness program (BIP 173; version 1 and up with the constant of BIP 350).
func bech32(prefix string, version byte, program []byte) string {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	data := []byte{version}
	acc, bits := 0, 0
	for _, c := range program {
		acc, bits = acc<<8|int(c), bits+8
		for bits >= 5 {
			bits -= 5
			data = append(data, byte(acc>>bits&31))
		}
	}
	if bits > 0 {
		data = append(data, byte(acc<<(5-bits)&31))
	}
	var all []byte
	for _, c := range []byte(prefix) {
		all = append(all, c>>5)
	}
	all = append(all, 0)
	for _, c := range []byte(prefix) {
		all = append(all, c&31)
	}
	all = append(append(all, data...), 0, 0, 0, 0, 0, 0)
	chk := uint32(1)
	for _, v := range all {
		top := chk >> 25
		chk = chk&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 != 0 {
				chk ^= g
			}
		}
	}
	if version == 0 {
		chk ^= 1
	} else {
		chk ^= 0x2bc830a3
	}
	for i := range 6 {
		data = append(data, byte(chk>>(5*(5-i))&31))
	}
	var b strings.Builder
	b.WriteString(prefix + "1")
	for _, v := range data {
		b.WriteByte(alphabet[v])
	}
	return b.String()
}

// keccak256 is Keccak with the padding that came before SHA-3, as Ethereum uses it.
func keccak256(msg []byte) [32]byte {
	const rate = 136
	p := append(append([]byte{}, msg...), 1)
	for len(p)%rate != 0 {
		p = append(p, 0)
	}
	p[len(p)-1] |= 0x80
	var a [25]uint64
	for ; len(p) > 0; p = p[rate:] {
		for i := range rate {
			a[i/8] ^= uint64(p[i]) << (8 * (i % 8))
		}
		keccakF(&a)
	}
	var out [32]byte
	for i := range out {
		out[i] = byte(a[i/8] >> (8 * (i % 8)))
	}
	return out
}

// keccakF is Keccak-f[1600] (FIPS 202, section 3), its constants computed as the standard defines them.
func keccakF(a *[25]uint64) {
	rot := func(v uint64, n int) uint64 { return v<<(n%64) | v>>((64-n%64)%64) }
	lfsr := byte(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 {
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for i := range 25 {
			a[i] ^= c[(i+4)%5] ^ rot(c[(i+1)%5], 1)
		}
		x, y, cur := 1, 0, a[1]
		for t := range 24 {
			x, y = y, (2*x+3*y)%5
			cur, a[x+5*y] = a[x+5*y], rot(cur, (t+1)*(t+2)/2)
		}
		for y := 0; y < 25; y += 5 {
			var row [5]uint64
			copy(row[:], a[y:y+5])
			for x := range 5 {
				a[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		for j := range 7 {
			if lfsr&1 != 0 {
				a[0] ^= 1 << (1<<j - 1)
			}
			high := lfsr >> 7
			lfsr = lfsr<<1 ^ high*0x71
		}
	}
}

// eip55 writes an Ethereum address in the mixed case that holds its checksum.
func eip55(hex40 string) string {
	sum := keccak256([]byte(hex40))
	out := []byte(hex40)
	for i, c := range out {
		if c >= 'a' && sum[i/2]>>(4*(1-i%2))&8 != 0 {
			out[i] = c - 32
		}
	}
	return "0x" + string(out)
}
