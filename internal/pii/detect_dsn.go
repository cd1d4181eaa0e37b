package pii

import "bytes"

// oracleLogin is called at words that a login of Oracle's form follows: jdbc:oracle:thin:scott/tiger@//db:1521/x and
// sqlplus scott/tiger@orcl.
func (e *engine) oracleLogin(i int) {
	b := e.b
	j := i
	switch {
	case hasPrefixFold(b[i:], "jdbc:oracle:"):
		j += len("jdbc:oracle:")
		j = run(b, j, j+8, chWord)
		if j >= len(b) || b[j] != ':' {
			return
		}
		j++
	default:
		j = run(b, i, i+8, chWord)
		var ok bool
		if j, ok = e.nextArg(j); !ok {
			return
		}
	}
	user := run(b, j, j+maxKey, chKey|chB64)
	slash := bytes.IndexByte(b[j:user], '/')
	hi := min(len(b), j+2*maxKey)
	if slash <= 0 {
		return
	}
	pass := j + slash + 1
	end := pass
	for end < hi && !isSpace(b[end]) && b[end] != '@' && !isQuote(b[end]) {
		end++
	}
	if end == hi || end == pass || b[end] != '@' || isPlaceholder(b[pass:end]) {
		return
	}
	e.urlAt = end
	e.add(j, end, UrlWithCredentials, ruleURLUserinfo, Reason{Bits: ReasonStructure}, 85)
}

// goDSN is called at an '@' that "tcp(" or "unix(" follows, as in the data source names of Go's MySQL driver:
// user:password@tcp(host:3306)/db.
func (e *engine) goDSN(i int) {
	b := e.b
	lo := max(0, i-maxTag)
	start := i
	for start > lo && !isSpace(b[start-1]) && !isQuote(b[start-1]) && b[start-1] != '=' {
		start--
	}
	colon := bytes.IndexByte(b[start:i], ':')
	if colon <= 0 || isPlaceholder(b[start+colon+1:i]) || bytes.HasPrefix(b[start+colon:], []byte("://")) {
		return
	}
	e.add(start+colon+1, i, Password, ruleURLUserinfo, Reason{Bits: ReasonStructure}, 90)
}

// pgpass is called at a ':' that a port or a '*' follows. It reports the last of five fields of a line of PostgreSQL's
// password file: hostname:port:database:username:password.
func (e *engine) pgpass(i int) {
	b := e.b
	start := i
	for start > 0 && start > i-maxDomain && (is(b[start-1], chHost) || b[start-1] == '*') {
		start--
	}
	if start == i || start > 0 && b[start-1] != '\n' {
		return
	}
	p := i + 1
	for field := range 3 {
		end := p
		for end < len(b) && end < p+maxKey && (is(b[end], chKey) || b[end] == '*') {
			end++
		}
		if end == p || end >= len(b) || b[end] != ':' {
			return
		}
		text := b[p:end]
		switch {
		case field == 0 && (len(text) < 4 && text[0] != '*' || len(text) > 5 || !allOf(text, chDigit) && len(text) > 1):
			return
		case field > 0 && !isLetter(text[0]) && text[0] != '*' && text[0] != '_':
			return
		}
		p = end + 1
	}
	end := p
	for end < len(b) && end < p+maxTag && b[end] != '\n' && b[end] != '\r' {
		if b[end] == ':' && b[end-1] != '\\' {
			return
		}
		end++
	}
	if text := b[p:end]; end-p < maxTag && !isPlaceholder(text) && !isSpace(text[0]) {
		e.add(p, end, Password, ruleAssignment, Reason{Bits: ReasonStructure}, 70)
	}
}
