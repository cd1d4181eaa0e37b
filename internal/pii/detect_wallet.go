package pii

import "crypto/sha256"

// wallet is called at a long word and reports whether it is the address of a cryptocurrency whose checksum holds.
func (e *engine) wallet(start, end int) bool {
	b := e.b
	if start > 0 && b[start-1] != ':' && gluedBefore(b, start) || end < len(b) && (b[end] == '-' || b[end] == '+' || b[end] == '/' || b[end] == '=') && end+1 < len(b) && isWord(b[end+1]) {
		return false
	}
	w := b[start:end]
	ok, strong := false, true
	switch n := len(w); w[0] {
	case '0':
		ok, strong = ethereum(w)
	case '1', '3', 'L', 'M', 'D', 'A', '9', 'X', 'm', 'n', '2', 'T':
		ok = n >= 26 && n <= 35 && base58check(w, bitcoinAlphabet)
	case 'r':
		ok = n >= 25 && n <= 35 && base58check(w, rippleAlphabet)
	case '4', '8':
		ok = (n == 95 || n == 106) && monero(w)
	case 'b', 'l', 't', 'a', 's', 'c', 'o', 'B', 'd', 'i', 'j', 'k':
		ok = bech32(w)
	case 'q', 'p':
		ok = (n == 42 || n == 54) && cashaddr(w)
	}
	bits := ReasonShape | ReasonChecksum
	confidence := uint8(95)
	if !ok || !strong {
		var sur surround
		solana := !ok && len(w) >= 32 && len(w) <= 44 && allOf58(w, bitcoinAlphabet)
		if !ok && !solana || !sur.topicSet(e, start, end).has(topicWallet) && (!ok || !sur.alone(e, start, end)) {
			return false
		}
		bits = ReasonShape | ReasonContext
		confidence = 75
	}
	e.add(start, end, CryptoWallet, ruleWallet, Reason{Bits: bits}, confidence)
	return true
}

// The alphabets of base 58 of Bitcoin (en.bitcoin.it: Base58Check encoding) and of the XRP Ledger (xrpl.org: base58
// encodings), as values of bytes, -1 for others.
var (
	bitcoinAlphabet = base58("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
	rippleAlphabet  = base58("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")
)

func base58(chars string) *[256]int8 {
	t := new([256]int8)
	for i := range t {
		t[i] = -1
	}
	for i := range len(chars) {
		t[chars[i]] = int8(i) //nolint:gosec // There are 58.
	}
	return t
}

func allOf58(w []byte, t *[256]int8) bool {
	for _, c := range w {
		if t[c] < 0 {
			return false
		}
	}
	return true
}

// base58check reports whether w is a version of one byte, a hash of twenty, and the first four bytes of the double
// SHA-256 of both.
func base58check(w []byte, t *[256]int8) bool {
	if !allOf58(w, t) {
		return false
	}
	var raw [25]byte
	for _, c := range w {
		carry := int(t[c])
		for k := len(raw) - 1; k >= 0; k-- {
			carry += int(raw[k]) * 58
			raw[k] = byte(carry & 0xff)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	sum := sha256.Sum256(raw[:21])
	sum = sha256.Sum256(sum[:])
	return string(sum[:4]) == string(raw[21:])
}

// ethereum judges 0x and forty hexadecimal digits. Mixed case is the checksum of EIP-55; without it there is none.
func ethereum(w []byte) (ok, strong bool) {
	if len(w) != 42 || w[1] != 'x' || !allOf(w[2:], chHex) {
		return false, false
	}
	var low [40]byte
	upperCase, lowerCase := false, false
	for i, c := range w[2:] {
		low[i] = lower(c)
		upperCase = upperCase || is(c, chUpper)
		lowerCase = lowerCase || is(c, chLower)
	}
	if !upperCase || !lowerCase {
		return true, false
	}
	sum := keccak256(low[:])
	for i, c := range w[2:] {
		if isLetter(c) && (sum[i/2]>>(4*(1-i%2))&15 >= 8) != is(c, chUpper) {
			return false, false
		}
	}
	return true, true
}

// bech32Names are the human-readable parts of the currencies that use BIP 173 and BIP 350 (SLIP-0173).
var bech32Names = map[string]bool{
	"bc": true, "tb": true, "bcrt": true, "ltc": true, "tltc": true, "addr": true, "stake": true, "cosmos": true, "osmo": true,
	"terra": true, "juno": true, "inj": true, "kava": true, "dgb": true, "btg": true, "axelar": true, "celestia": true, "sei": true,
	"dydx": true, "akash": true, "one": true, "bnb": true, "secret": true,
}

const bech32Chars = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 checks an address of BIP 173 or BIP 350: a name, a one, data, and six characters of a code.
func bech32(w []byte) bool {
	if len(w) < 26 || len(w) > 120 {
		return false
	}
	one := len(w) - 7
	for one > 0 && w[one] != '1' {
		one--
	}
	if one < 2 || one > 8 {
		return false
	}
	var name [8]byte
	for i, c := range w[:one] {
		name[i] = lower(c)
	}
	if !bech32Names[string(name[:one])] {
		return false
	}
	chk := uint32(1)
	for _, c := range name[:one] {
		chk = bech32Step(chk, c>>5)
	}
	chk = bech32Step(chk, 0)
	for _, c := range name[:one] {
		chk = bech32Step(chk, c&31)
	}
	for _, c := range w[one+1:] {
		v := indexOf(bech32Chars, lower(c))
		if v < 0 {
			return false
		}
		chk = bech32Step(chk, byte(v)) //nolint:gosec // Below 32.
	}
	return chk == 1 || chk == 0x2bc830a3
}

func bech32Step(chk uint32, v byte) uint32 {
	top := chk >> 25
	chk = chk&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 != 0 {
			chk ^= g
		}
	}
	return chk
}

// cashaddr checks an address of Bitcoin Cash without its prefix (reference.cash: CashAddr).
func cashaddr(w []byte) bool {
	c := uint64(1)
	step := func(v byte) {
		c0 := c >> 35
		c = c&0x07ffffffff<<5 ^ uint64(v)
		for i, g := range [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
			if c0>>i&1 != 0 {
				c ^= g
			}
		}
	}
	for _, p := range []byte("bitcoincash") {
		step(p & 31)
	}
	step(0)
	for _, ch := range w {
		v := indexOf(bech32Chars, ch)
		if v < 0 {
			return false
		}
		step(byte(v)) //nolint:gosec // Below 32.
	}
	return c == 1
}

// monero decodes blocks of eleven characters into eight bytes, as Monero's base 58 does, and compares the last four
// bytes with the Keccak of the rest.
func monero(w []byte) bool {
	if !allOf58(w, bitcoinAlphabet) {
		return false
	}
	var raw [80]byte
	n := 0
	for i := 0; i < len(w); i += 11 {
		block := w[i:min(i+11, len(w))]
		size := 8
		if len(block) < 11 {
			size = [11]int{0, 0, 1, 2, 0, 3, 4, 5, 0, 6, 7}[len(block)]
		}
		for _, c := range block {
			carry := int(bitcoinAlphabet[c])
			for k := n + size - 1; k >= n; k-- {
				carry += int(raw[k]) * 58
				raw[k] = byte(carry & 0xff)
				carry >>= 8
			}
			if carry != 0 {
				return false
			}
		}
		n += size
	}
	sum := keccak256(raw[:n-4])
	return string(sum[:4]) == string(raw[n-4:n])
}
