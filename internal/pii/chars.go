package pii

// Byte classes, as bits of charTab.
const (
	chDigit  = 1 << iota // 0-9
	chHex                // 0-9 a-f A-F
	chUpper              // A-Z
	chLower              // a-z
	chB64                // base64 and base64url: A-Z a-z 0-9 + / - _
	chHost               // letters, digits, '-', '_', '.'
	chLocal              // the part of an e-mail address before the '@'
	chSpace              // space, tab, CR, LF, VT, FF, NUL
	chKey                // a key name: letters, digits, '_', '-', '.'
	chToken              // an opaque header token: RFC 6750 b68token and what issuers add to it
	chWord               // letters, digits, '_'
	chSymbol             // the scanner stops here between words
	chURL                // base64url and the like: letters, digits, '-', '_'
	chPad                // the padding of base64: '='
	chPct                // '%'
	chTilde              // '~'
	chStd                // what base64 has besides letters and digits: '+', '/'
)

var charTab = func() (t [256]uint32) {
	set := func(bits uint32, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= bits
		}
	}
	const (
		digits = "0123456789"
		lower  = "abcdefghijklmnopqrstuvwxyz"
		upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	)
	all := uint32(chB64 | chHost | chLocal | chKey | chToken | chWord | chURL)
	set(chDigit|chHex|all, digits)
	set(chLower|all, lower)
	set(chUpper|all, upper)
	set(chHex, "abcdefABCDEF")
	set(chB64, "+/-_")
	set(chHost, "-_.")
	set(chLocal, "._%+-")
	set(chSpace, " \t\r\n\v\f\x00")
	set(chKey, "_-.")
	set(chToken, "-._~+/=:|!$")
	set(chWord, "_")
	set(chURL, "-_")
	set(chPad, "=")
	set(chPct, "%")
	set(chTilde, "~")
	set(chStd, "+/")
	set(chSymbol, "\x1b%&(+-.:=>@[\\\xef|~$\xc3\xc4\xc5") // The last three begin Latin letters in UTF-8.
	for c := 0x80; c < 0x100; c++ {
		t[c] |= chLocal
	}
	return t
}()

func is(c byte, bits uint32) bool { return charTab[c]&bits != 0 }
func isDigit(c byte) bool         { return c-'0' < 10 }
func isWord(c byte) bool          { return charTab[c]&chWord != 0 }
func isSpace(c byte) bool         { return charTab[c]&chSpace != 0 }
func isLetter(c byte) bool        { return c|0x20-'a' < 26 }

// lower returns the ASCII lower case of c.
func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 0x20
	}
	return c
}

// hexTab holds the values of hexadecimal digits, and -1 for other bytes.
var hexTab = func() (t [256]int8) {
	for c := range t {
		t[c] = -1
	}
	for i := range 10 {
		t['0'+i] = int8(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = int8(10+i), int8(10+i)
	}
	return t
}()

// hexVal returns the value of a hexadecimal digit, or -1.
func hexVal(c byte) int { return int(hexTab[c]) }

// hex2 returns the byte that two hexadecimal digits at i stand for.
func hex2(b []byte, i int) (c byte, ok bool) {
	if i+2 > len(b) || hexTab[b[i]] < 0 || hexTab[b[i+1]] < 0 {
		return 0, false
	}
	return byte(hexTab[b[i]])<<4 | byte(hexTab[b[i+1]]), true //nolint:gosec // Both are 0 to 15.
}

// allOf reports whether b is not empty and all its bytes are in the class.
func allOf(b []byte, bits uint32) bool {
	for _, c := range b {
		if charTab[c]&bits == 0 {
			return false
		}
	}
	return len(b) > 0
}

// run returns the end of the run of bytes of the class that starts at i, at most hi.
func run(b []byte, i, hi int, bits uint32) int {
	hi = min(hi, len(b))
	for i < hi && charTab[b[i]]&bits != 0 {
		i++
	}
	return i
}

// runBack returns the start of the run of bytes of the class that ends before i, at least lo.
func runBack(b []byte, i, lo int, bits uint32) int {
	lo = max(lo, 0)
	for i > lo && charTab[b[i-1]]&bits != 0 {
		i--
	}
	return i
}

// hasPrefixFold reports whether b begins with the lower-case ASCII string s, ignoring case.
func hasPrefixFold(b []byte, s string) bool {
	if len(b) < len(s) {
		return false
	}
	for i := range len(s) {
		if lower(b[i]) != s[i] {
			return false
		}
	}
	return true
}

// equalFold reports whether b is the lower-case ASCII string s, ignoring case.
func equalFold(b []byte, s string) bool { return len(b) == len(s) && hasPrefixFold(b, s) }

// hasSuffixFold reports whether b ends in the lower-case ASCII string s, ignoring case.
func hasSuffixFold(b []byte, s string) bool {
	return len(b) >= len(s) && hasPrefixFold(b[len(b)-len(s):], s)
}

// containsFold reports whether b contains the lower-case ASCII string s, ignoring case. It is for short b.
func containsFold(b []byte, s string) bool {
	for i := 0; i+len(s) <= len(b); i++ {
		if lower(b[i]) == s[0] && hasPrefixFold(b[i:], s) {
			return true
		}
	}
	return false
}
