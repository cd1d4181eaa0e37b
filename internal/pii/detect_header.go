package pii

// authSchemes are the schemes of an Authorization header (IANA registry, and what vendors add).
var authSchemes = map[string]bool{
	"bearer": true, "basic": true, "digest": true, "token": true, "apikey": true, "api-key": true, "api-token": true, "negotiate": true,
	"ntlm": true, "hawk": true, "oauth": true, "aws4-hmac-sha256": true, "sharedkey": true, "sharedkeylite": true,
	"splunk": true, "sso-key": true, "bot": true, "jwt": true, "key": true, "hoba": true, "mutual": true, "dpop": true,
	"scram-sha-1": true, "scram-sha-256": true, "vapid": true, "geniekey": true, "aws": true,
}

// authHeader judges the value of an Authorization header.
func (e *engine) authHeader(k KeyID, at int) {
	b := e.b
	for n := 0; at < len(b) && n < 4 && (isQuote(b[at]) || b[at] == '\\' || b[at] == '['); n++ {
		at++
	}
	j := run(b, at, at+24, chKey)
	reason := Reason{Bits: ReasonKey | ReasonStructure, Key: k}
	if j == at {
		return
	}
	var buf [24]byte
	for i, c := range b[at:j] {
		buf[i] = lower(c)
	}
	if authSchemes[string(buf[:j-at])] && j < len(b) && b[j] == ' ' {
		at = run(b, j, j+16, chSpace)
		v := value{start: at}
		hi := min(len(b), at+maxValue)
		v.end = tokenEnd(b, at, hi)
		kind := contToken
		if v.end < len(b) && v.end < hi && (b[v.end] == ',' || v.end > at && b[v.end-1] == '=' && b[v.end] == '"') {
			v.end = lineEnd(b, at, hi) // A list of parameters: Digest, AWS Signature.
			kind = contLine
		}
		if v.end == hi && hi < len(b) {
			v.cont = kind
		}
		if text := b[v.start:v.end]; len(text) > 3 && !isPlaceholder(text) {
			e.addValue(v, BearerToken, ruleAuthScheme, reason, 95)
		}
		return
	}
	v := readValue(b, at, false)
	if secret, _ := looksSecret(b[v.start:v.end]); secret && !isPlaceholder(b[v.start:v.end]) {
		e.addValue(v, BearerToken, ruleAssignment, reason, 80)
	}
}

// cookies judges the value of a Cookie or Set-Cookie header.
func (e *engine) cookies(k KeyID, at int, set bool) {
	b := e.b
	for n := 0; at < len(b) && n < 4 && (isQuote(b[at]) || b[at] == '\\' || b[at] == '['); n++ {
		at++
	}
	hi := min(len(b), at+maxValue)
	end := at
	for p := at; p < hi; {
		j := run(b, p, p+maxKey, chKey)
		if j == p || j >= hi || b[j] != '=' {
			break
		}
		v := j + 1
		end = cookieEnd(b, v, hi)
		if set {
			at = v
			break
		}
		p = end
		if p >= hi || b[p] != ';' {
			break
		}
		p = run(b, p+1, p+8, chSpace)
	}
	if end <= at || isPlaceholder(b[at:end]) {
		return
	}
	v := value{start: at, end: end}
	if end == hi && hi < len(b) {
		v.cont = contRaw
	}
	e.addValue(v, Password, ruleCookie, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 85)
}

func cookieEnd(b []byte, i, hi int) int {
	for ; i < hi; i++ {
		switch c := b[i]; {
		case c == ';', isSpace(c):
			return i
		case c == '"' || c == '\'' || c == ',':
			if endsAfter(b, i+1) {
				return i
			}
		case c == '\\':
			if escapeEnds(b, i) {
				return i
			}
		}
	}
	return hi
}
