package pii

import (
	"bytes"
	"encoding/base64"
	"math/bits"
)

// vendorToken is called at the start of a word that may be a token of row k of vendorTable.
func (e *engine) vendorToken(i, k int) {
	b := e.b
	r := &vendorTable[k]
	start := i + len(r.prefix)
	if start > len(b) || string(b[i:start]) != r.prefix {
		return
	}
	end := r.match(b, start)
	if end < 0 || len(r.prefix) < 5 && inFileName(b, i, end) {
		return
	}
	rest := b[start:end]
	if len(rest) > 0 && (isPlaceholder(rest) || len(r.prefix) < 16 && (!mixed(rest) || dull(rest))) || isPublished(b[i:end]) {
		return // A prefix as long as a sentence needs no random bytes behind it.
	}
	reason := Reason{Bits: ReasonPrefix | ReasonShape}
	if r.check != nil && r.check(b[i:end]) {
		reason.Bits |= ReasonChecksum
	}
	e.add(i, end, ApiKey, ruleVendor+RuleID(k), reason, 95) //nolint:gosec // The table is short.
	e.tokenEnd = max(e.tokenEnd, end)
	if r.vendor == "Amazon Web Services" && end-i == 20 {
		e.awsSecret(end)
	}
}

// awsSecret looks for the secret that belongs to the access key id that ends at i: 40 bytes of base64 that stand alone, at
// most 160 bytes behind it (docs.aws.amazon.com/IAM: managing access keys).
func (e *engine) awsSecret(i int) {
	const class = alnum | chStd
	b := e.b
	for p, hi := i, min(len(b), i+160); p < hi; {
		if !is(b[p], class) {
			p++
			continue
		}
		end := run(b, p, p+64, class)
		if v := b[p:end]; end-p == 40 && mixed(v) && !dull(v) && !allOf(v, chHex) && noise(v) > 12 {
			e.add(p, end, ApiKey, ruleVendor+RuleID(infixRows.aws), Reason{Bits: ReasonShape | ReasonContext}, 85) //nolint:gosec // The table is short.
			return
		}
		p = end
	}
}

// inFileName reports whether b[i:end], which begins with a short prefix, is a piece of a file's or a host's name.
func inFileName(b []byte, i, end int) bool {
	if i > 1 && (b[i-1] == '.' || b[i-1] == '-' && b[i] != '-') && isWord(b[i-2]) && b[i-2] != '_' {
		return b[i-1] == '.' || end < len(b) && b[end] == '.'
	}
	return end+1 < len(b) && b[end] == '.' && is(b[end+1], chLower) && i > 0 && b[i-1] == '/'
}

// dull reports whether the bytes of a token repeat themselves as those of a random one do not: most are one byte in a
// row, or there are few different ones.
func dull(b []byte) bool {
	var seen [4]uint64
	same, longest := 1, 1
	for i, c := range b {
		seen[c>>6] |= 1 << (c & 63)
		if i > 0 && c == b[i-1] {
			same++
			longest = max(longest, same)
		} else {
			same = 1
		}
	}
	n := 0
	for _, s := range seen {
		n += bits.OnesCount64(s)
	}
	return n < 3+min(len(b), 40)/8 || len(b) >= 12 && longest*3 >= len(b)
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
			if j < hi && isQuote(b[j]) { // An empty signature: the algorithm is "none".
				end = j
			}
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
	for _, m := range [...]string{`"alg"`, `"typ"`, `"enc"`, `"kid"`, `"cty"`, `"jku"`, `"jwk"`, `"x5u"`, `"x5c"`, `"x5t`, `"crit"`, `"zip"`, `"epk"`, `"apu"`, `"apv"`, `"b64"`, `"iss"`, `"sub"`, `"aud"`, `"ppt"`, `"svt"`, `"p2s"`, `"p2c"`, `"tag"`, `"url"`, `"nonce"`} {
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
