package pii

import "bytes"

// maxUserinfo is the longest user information of a URL that is recognised.
const maxUserinfo = 4 << 10

// url is called at the colon of "://". It reports the user information if it holds a password: "user:pass" or ":pass"
// up to but not including the '@' (RFC 3986, section 3.2.1). Scheme, host and path stay: an engineer needs them. The
// host is judged on its own.
func (e *engine) url(i int) {
	b := e.b
	if i == 0 || !isWord(b[i-1]) {
		return
	}
	start := i + 3
	hi := min(len(b), start+maxUserinfo)
	at, colon := -1, -1
	j := start
	for ; j < hi; j++ {
		c := b[j]
		if c == '@' {
			at = j
		} else if c == ':' && colon < 0 {
			colon = j
		} else if c == '/' || c == '?' || c == '#' || isSpace(c) || c == '<' || c == '>' || isQuote(c) && endsAfter(b, j+1) ||
			c == '\\' && escapeEnds(b, j) {
			break
		}
	}
	if at < 0 && colon >= 0 && colon < j && j < hi && (b[j] == '/' || b[j] == '#' || b[j] == '?') && !allOf(b[colon+1:j], chDigit) {
		// A password with a delimiter in it that should have been percent-encoded.
		for k := j; k < min(hi, j+256) && !isSpace(b[k]) && !isQuote(b[k]) && b[k] != '<' && b[k] != '&' && b[k] != '=' && b[k] != ':'; k++ {
			if b[k] == '@' && k+1 < len(b) && is(b[k+1], chHost) {
				at = k
			}
		}
	}
	if at < 0 {
		return
	}
	e.urlAt = at
	info := b[start:at]
	if colon < 0 || colon >= at { // A user only, or a token in its place.
		if secret, _ := looksSecret(info); !secret || len(info) < 20 || bytes.IndexByte(info, '@') >= 0 {
			return
		}
		e.add(start, at, UrlWithCredentials, ruleURLUserinfo, Reason{Bits: ReasonStructure | ReasonEntropy}, 80)
		return
	}
	if e.mode != ModeRaw {
		if _, n, ok := ParseToken(info); ok && n == len(info) {
			return
		}
	}
	if pass := b[colon+1 : at]; isPlaceholder(pass) {
		return
	}
	e.add(start, at, UrlWithCredentials, ruleURLUserinfo, Reason{Bits: ReasonStructure | ReasonShape}, 95)
}
