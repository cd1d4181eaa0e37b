package pii

import (
	"bytes"
	"encoding/base64"
)

// vendorToken is called at the start of a word that may be a token of row k of vendorTable.
func (e *engine) vendorToken(i, k int) {
	b := e.b
	r := &vendorTable[k]
	start := i + len(r.prefix)
	if start >= len(b) || string(b[i:start]) != r.prefix {
		return
	}
	end := run(b, start, start+r.max+1, r.alphabet)
	for end > start && (b[end-1] == '.' || b[end-1] == '-') { // The end of a sentence is not of the token.
		end--
	}
	for end < len(b) && b[end] == '=' && end-start <= r.max && r.alphabet&chB64 != 0 {
		end++
	}
	if n := end - start; n < r.min || n > r.max || end < len(b) && isWord(b[end]) {
		return
	}
	rest := b[start:end]
	if isPlaceholder(rest) || !mixed(rest) {
		return
	}
	e.add(i, end, ApiKey, ruleVendor+RuleID(k), Reason{Bits: ReasonPrefix | ReasonShape}, 95) //nolint:gosec // The table is short.
	e.tokenEnd = max(e.tokenEnd, end)
}

// mixed reports whether b is not one word or one number: it has letters and digits, or both cases.
func mixed(b []byte) bool {
	var seen uint32
	for _, c := range b {
		seen |= charTab[c] & (chDigit | chUpper | chLower)
	}
	return seen&(seen-1) != 0
}

// jwt is called at a word that begins like a JSON object in base64. A JSON Web Token (RFC 7519, RFC 7515, RFC 7516) is two to five segments
// of base64url of which the first is a JSON object that names an algorithm or a type.
func (e *engine) jwt(i int) {
	b := e.b
	if i < e.jwtEnd || i+20 > len(b) {
		return
	}
	hi := min(len(b), i+maxValue)
	head := run(b, i, hi, chURL)
	e.jwtEnd = max(e.jwtEnd, head) // Whatever comes of it, this run has been looked at.
	if head == hi || b[head] != '.' || head-i < 12 || !jwtHeader(b[i:head]) {
		return
	}
	end, segments := head, 1
	for segments < 5 && end < hi && b[end] == '.' {
		j := run(b, end+1, hi, chURL)
		if j == end+1 && segments != 1 && (j >= hi || b[j] != '.') {
			break // A full stop.
		}
		end = j
		segments++
	}
	if segments < 2 || end-head < 3 {
		return
	}
	v := value{start: i, end: end}
	if end == hi && hi < len(b) {
		v.cont = contToken
	}
	claimed := e.claimed
	e.addValue(v, Jwt, ruleJwt, Reason{Bits: ReasonShape | ReasonChecksum | ReasonDecoded}, 97)
	e.claimed = claimed
	e.jwtEnd = max(e.jwtEnd, end)
}

// jwtHeader reports whether seg is base64url of the start of a JSON object with a member of a JOSE header.
func jwtHeader(seg []byte) bool {
	var buf [192]byte
	seg = seg[:min(len(seg), 256)]
	if len(seg)%4 == 1 {
		seg = seg[:len(seg)-1]
	}
	n, err := base64.RawURLEncoding.Decode(buf[:], seg)
	if err != nil || n == 0 || bytes.TrimLeft(buf[:n], " \r\n\t")[0] != '{' {
		return false
	}
	for _, m := range [...]string{`"alg"`, `"typ"`, `"enc"`, `"kid"`, `"cty"`} {
		if bytes.Contains(buf[:n], []byte(m)) {
			return true
		}
	}
	return false
}

// authScheme is called at a word that may be "Bearer" or "Basic" with credentials behind it (RFC 6750, RFC 7617).
func (e *engine) authScheme(i int) {
	b := e.b
	var at int
	basic := false
	if hasPrefixFold(b[i:], "bearer") {
		at = i + 6
	} else {
		at = i + 5
		basic = true
	}
	if at < e.claimed || at >= len(b) || b[at] != ' ' && !encodedSpace(b, at) {
		return
	}
	if b[at] == '%' {
		at += 2
	}
	at++
	hi := min(len(b), at+maxValue)
	end := tokenEnd(b, at, hi)
	text := b[at:end]
	if len(text) < 4 || isPlaceholder(text) {
		return
	}
	confidence := uint8(90)
	if basic {
		if !basicCredentials(text) {
			return
		}
	} else if secret, perhaps := looksSecret(text); !secret {
		if !perhaps {
			return
		}
		confidence = 45
	}
	v := value{start: at, end: end}
	if end == hi && hi < len(b) {
		v.cont = contToken
	}
	e.addValue(v, BearerToken, ruleAuthScheme, Reason{Bits: ReasonStructure | ReasonShape}, confidence)
}

// encodedSpace reports whether a percent-encoded space stands at i.
func encodedSpace(b []byte, i int) bool {
	return i+2 < len(b) && b[i] == '%' && b[i+1] == '2' && b[i+2] == '0'
}

// tokenEnd returns the end of the run of token bytes from i on, without the punctuation behind it.
func tokenEnd(b []byte, i, hi int) int {
	end := run(b, i, hi, chToken)
	if end == hi && hi < len(b) {
		return end
	}
	for end > i && (b[end-1] == '|' || b[end-1] == '.' || b[end-1] == ':' || b[end-1] == '!') {
		end--
	}
	return end
}

// basicCredentials reports whether text is base64 of a user name, a colon and a password.
func basicCredentials(text []byte) bool {
	var buf [192]byte
	text = bytes.TrimRight(text, "=")
	text = text[:min(len(text), 256)]
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	n, err := base64.RawStdEncoding.Decode(buf[:], text)
	if err != nil || n < 3 {
		return false
	}
	colon := false
	for _, c := range buf[:n] {
		if c < 0x20 || c == 0x7f {
			return false
		}
		colon = colon || c == ':'
	}
	return colon
}
