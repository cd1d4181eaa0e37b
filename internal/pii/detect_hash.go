package pii

import (
	"bytes"
	"math/bits"
)

// dollarHash is the form of a password hash that begins with a dollar sign: a prefix, then fields between dollar signs.
// The forms are those of crypt(5) (manpages.debian.org), of the PHC string format and of passlib's documents, but where
// source names another.
type dollarHash struct {
	prefix string
	fields int // At least so many fields behind the prefix.
	lo, hi int // The length of the last one.
	source string
}

var dollarHashes = []dollarHash{
	{"$2a$", 2, 53, 53, "bcrypt"},
	{"$2b$", 2, 53, 53, "bcrypt"},
	{"$2x$", 2, 53, 53, "bcrypt"},
	{"$2y$", 2, 53, 53, "bcrypt"},
	{"$2$", 2, 53, 53, "bcrypt"},
	{"$1$", 2, 22, 22, "MD5-crypt; Cisco type 5"},
	{"$5$", 2, 43, 43, "SHA-256-crypt"},
	{"$6$", 2, 86, 86, "SHA-512-crypt"},
	{"$y$", 3, 43, 43, "yescrypt"},
	{"$gy$", 3, 43, 43, "gost-yescrypt"},
	{"$7$", 2, 43, 43, "scrypt-crypt"},
	{"$md5$", 1, 22, 22, "Sun MD5"},
	{"$md5,", 2, 22, 22, "Sun MD5"},
	{"$sha1$", 3, 28, 28, "SHA1-crypt"},
	{"$apr1$", 2, 22, 22, "Apache MD5 (httpd.apache.org: password formats)"},
	{"$3$$", 1, 32, 32, "NT hash"},
	{"$P$", 1, 31, 31, "phpass (WordPress)"},
	{"$H$", 1, 31, 31, "phpass (phpBB)"},
	{"$S$", 1, 52, 52, "Drupal 7"},
	{"$wp$", 3, 53, 53, "WordPress 6.8"},
	{"$8$", 2, 43, 43, "Cisco type 8"},
	{"$9$", 2, 43, 43, "Cisco type 9"},
	{"$14$", 3, 22, 43, "Cisco type 10"},
	{"$argon2id$", 4, 16, 256, "argon2 (RFC 9106, PHC)"},
	{"$argon2i$", 4, 16, 256, "argon2"},
	{"$argon2d$", 4, 16, 256, "argon2"},
	{"$scrypt$", 3, 22, 128, "scrypt (PHC)"},
	{"$pbkdf2-sha256$", 3, 16, 128, "PBKDF2"},
	{"$pbkdf2-sha512$", 3, 16, 128, "PBKDF2"},
	{"$pbkdf2$", 3, 16, 128, "PBKDF2"},
	{"$bcrypt-sha256$", 3, 31, 53, "passlib"},
	{"$ml$", 3, 128, 1024, "macOS PBKDF2"},
	{"$DCC2$", 1, 32, 32, "domain cached credentials"},
	{"$krb5tgs$", 2, 32, 8192, "Kerberos ticket (RFC 4120) as hashcat and john write it"},
	{"$krb5asrep$", 2, 32, 8192, "Kerberos AS-REP"},
	{"$krb5pa$", 2, 32, 8192, "Kerberos pre-authentication"},
}

// dollarPairs has, for the second and the third byte of a hash, a bit for each row of dollarHashes that they fit.
var dollarPairs = func() (t [2][256]uint64) {
	for k, h := range dollarHashes {
		for n := range t {
			t[n][h.prefix[1+n]] |= 1 << k // There are fewer than 64; the tests of the last rows would show it.
		}
	}
	return t
}()

// dollar is called at a '$'.
func (e *engine) dollar(i int) {
	b := e.b
	if i+24 > len(b) || i > 0 && b[i-1] == '$' {
		return
	}
	for m := dollarPairs[0][b[i+1]] & dollarPairs[1][b[i+2]]; m != 0; m &= m - 1 {
		h := &dollarHashes[bits.TrailingZeros64(m)]
		if i+len(h.prefix) > len(b) || string(b[i:i+len(h.prefix)]) != h.prefix {
			continue
		}
		if end := h.end(b, i); end > 0 {
			e.hash(i, end, ReasonPrefix|ReasonShape)
			return
		}
	}
}

// end returns the end of a hash of the form whose prefix begins at i, or 0.
func (h *dollarHash) end(b []byte, i int) int {
	p := i + len(h.prefix)
	kerberos := h.prefix[1] == 'k'
	hi := min(len(b), p+maxValue-64)
	fields, last := 1, p
	for ; p < hi; p++ {
		c := b[p]
		if c == '$' {
			if p+1 < len(b) && b[p+1] == 'k' && kerberos { // The next one.
				break
			}
			fields++
			last = p + 1
			continue
		}
		if !is(c, chKey|chStd|chPad) && c != ',' && c != '*' && !(kerberos && (c == ':' || c == '@' || c == '#')) && !(h.prefix == "$DCC2$" && c == '#') { //nolint:staticcheck // As a reader thinks of it.
			break
		}
	}
	if h.prefix == "$DCC2$" {
		if k := bytes.LastIndexByte(b[last:p], '#'); k >= 0 {
			last += k + 1
		}
	}
	if p-last > h.hi && h.lo == h.hi && !is(b[last+h.hi], alnum) { // The end of a sentence.
		p = last + h.hi
	}
	if n := p - last; fields < h.fields || n < h.lo || n > h.hi {
		return 0
	}
	return p
}

// hash reports a password hash.
func (e *engine) hash(start, end int, bits ReasonBits) {
	e.add(start, end, PasswordHash, rulePasswordHash, Reason{Bits: bits}, 95)
}

// namedHashes begin hashes that frameworks and directories write (docs.djangoproject.com: password management; Werkzeug's
// security helpers; RFC 5803 and postgresql.org for SCRAM; RFC 2307 and OpenLDAP's guide for those in braces; GRUB's manual).
var namedHashes = []string{
	"pbkdf2_sha256$", "pbkdf2_sha1$", "pbkdf2_sha512$", "bcrypt_sha256$$", "bcrypt$$", "argon2$argon2", "scrypt$", "sha1$", "md5$",
	"pbkdf2:sha256", "pbkdf2:sha1", "pbkdf2:sha512", "scrypt:", "sha256$", "sha512$",
	"SCRAM-SHA-256$", "SCRAM-SHA-1$", "grub.pbkdf2.sha512.",
	"SSHA}", "SSHA256}", "SSHA384}", "SSHA512}", "SHA}", "SHA256}", "SHA512}", "SMD5}", "MD5}", "CRYPT}", "crypt}", "PBKDF2}",
	"PBKDF2-SHA1}", "PBKDF2-SHA256}", "PBKDF2-SHA512}", "ARGON2}", "PKCS5S2}", "NS-MTA-MD5}", "x-issha, ", "bcrypt}", "pbkdf2}", "scrypt}", "argon2}",
}

// namedHash is called at one of namedHashes.
func (e *engine) namedHash(i int) {
	b := e.b
	p := i
	for p < len(b) && (isWord(b[p]) || b[p] == '-') {
		p++
	}
	braces := i > 0 && b[i-1] == '{' && p < len(b) && b[p] == '}'
	start := i
	switch {
	case braces:
		start--
		p++
	case p < len(b) && b[p] == '}' || b[i] == 'x' || hasPrefixFold(b[i:], "bcrypt}"):
		return
	}
	dollars, colons := 0, 0
	last := p
	for ; p < len(b) && p < i+2048 && dollars+colons < 8; p++ {
		c := b[p]
		switch {
		case c == '$':
			dollars++
			last = p + 1
			continue
		case c == ':' && !braces && (dollars < 1 || b[i] == 'S') && p+1 < len(b) && is(b[p+1], alnum|chStd):
			colons++
			last = p + 1
			continue
		case is(c, chKey|chStd|chPad), c == ',' && dollars > 0:
			continue
		}
		break
	}
	for p > last && (b[p-1] == '.' || b[p-1] == ',') {
		p--
	}
	n := p - last
	if hasPrefixFold(b[i:], "grub") {
		if n = p - i; n < 100 {
			return
		}
	} else if !braces && dollars < 2 && colons < 2 && !(dollars == 2 || dollars+colons >= 2) { //nolint:staticcheck // As a reader thinks of it.
		return
	}
	if n < 16 || !mixed(b[last:p]) && n < 32 {
		return
	}
	e.hash(start, p, ReasonPrefix|ReasonShape)
}

// hexHash is called at a word of hexadecimal digits, b[start:end], of a length that hashes of some systems have.
func (e *engine) hexHash(start, end int) {
	b := e.b
	n := end - start
	switch {
	case n == 40 && start > 0 && b[start-1] == '*' && (start < 2 || !isWord(b[start-2])): // MySQL 4.1 (dev.mysql.com: password hashing).
		if allOf(b[start:end], chDigit|chUpper) {
			e.hash(start-1, end, ReasonShape|ReasonPrefix)
		}
	case n == 35 && b[start] == 'm' && string(b[start:start+3]) == "md5" && allOf(b[start+3:end], chHex): // PostgreSQL.
		e.hash(start, end, ReasonShape|ReasonPrefix)
	case (n == 54 || n == 94 || n == 142) && b[start] == '0' && (string(b[start:start+6]) == "0x0100" || string(b[start:start+6]) == "0x0200"): // SQL Server.
		if allOf(b[start+2:end], chHex) {
			e.hash(start, end, ReasonShape|ReasonPrefix)
		}
	case n == 60 && start > 1 && b[start-1] == ':' && b[start-2] == 'S' && allOf(b[start:end], chDigit|chUpper): // Oracle 11g.
		if allOf(b[start:end], chHex) {
			e.hash(start-2, end, ReasonShape|ReasonPrefix)
		}
	case n == 32 && start > 0 && b[start-1] == ':' && allOf(b[start:end], chHex):
		e.ntHash(start, end)
	}
}

// ntHash judges 32 hexadecimal digits behind a colon: the LM or NT hash of pwdump's lines, name:number:LM:NT:::, or the
// response of NTLMv2, name::domain:challenge:response:blob.
func (e *engine) ntHash(start, end int) {
	b := e.b
	if end+33 <= len(b) && b[end] == ':' && allOf(b[end+1:end+33], chHex) && (end+33 == len(b) || !isWord(b[end+33])) { // LM and NT.
		e.hash(start, end+33, ReasonShape|ReasonStructure)
		return
	}
	if end+4 <= len(b) && string(b[end:end+3]) == ":::" { // NT alone, as in smbpasswd's and secretsdump's lines.
		at := start
		if k := bytes.LastIndexByte(b[max(0, start-34):start-1], ':'); k >= 0 && bytes.HasPrefix(b[max(0, start-34)+k+1:], []byte("NO PASSWORD")) {
			e.hash(at, end, ReasonShape|ReasonStructure)
		}
		return
	}
	if end < len(b) && b[end] == ':' && start >= 18 && b[start-18] == ':' && allOf(b[start-17:start-1], chHex) {
		p := run(b, end+1, end+4096, chHex)
		if p-end > 32 {
			e.hash(start-17, p, ReasonShape|ReasonStructure)
		}
	}
}

// ciscoWords begin the lines of a router's configuration that hold a password and say how it is written (cisco.com: IOS
// password types).
var ciscoWords = []string{
	"password 0 ", "password 4 ", "password 6 ", "password 7 ", "secret 0 ", "secret 4 ", "secret 6 ", "key 0 ", "key 6 ", "key 7 ",
	"key-string 0 ", "key-string 7 ", "md5 0 ", "md5 7 ", "ascii 0 ", "ascii 7 ",
}

// ciscoPassword is called at "password 7 " and the like: the value behind the number of a type.
func (e *engine) ciscoPassword(i int) {
	b := e.b
	p := run(b, i, i+24, chKey)
	if p+3 >= len(b) || b[p] != ' ' || b[p+2] != ' ' {
		return
	}
	at := p + 3
	end := at
	for end < len(b) && end < at+128 && !isSpace(b[end]) {
		end++
	}
	text := b[at:end]
	switch b[p+1] {
	case '7': // Vigenère over a fixed key: two digits, then hexadecimal.
		if len(text) < 6 || len(text)%2 != 0 || !allOf(text, chHex) || !isDigit(text[0]) || !isDigit(text[1]) {
			return
		}
	case '6':
		if len(text) < 12 || !mixed(text) {
			return
		}
	case '4':
		if len(text) != 43 || !allOf(text, chB64|chKey) {
			return
		}
	case '0':
		if len(text) < 4 {
			return
		}
		e.add(at, end, Password, rulePasswordHash, Reason{Bits: ReasonStructure}, 80)
		return
	default:
		return
	}
	e.hash(at, end, ReasonShape|ReasonStructure)
}
