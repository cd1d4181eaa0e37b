package pii

import (
	"bytes"

	"golang.org/x/net/publicsuffix"
)

const (
	maxLocal  = 64  // RFC 5321, section 4.5.3.1.1, in decoded bytes; encoded ones are longer.
	maxDomain = 253 // RFC 1035, section 2.3.4.
)

// email is called at an '@', atLen bytes long if it is encoded as %40 or \u0040. Address literals are not recognised.
func (e *engine) email(at, atLen int) {
	b := e.b
	if at > 2 && b[at-1] == '"' && atLen == 1 {
		e.quotedEmail(at)
		return
	}
	if at == 0 || !is(b[at-1], chLocal) || b[at-1] == '.' {
		return
	}
	start := runBack(b, at, at-3*maxLocal, chLocal)
	if at-start == 3*maxLocal {
		return
	}
	start = trimLocal(b, start, at)
	if start >= at {
		return
	}
	ds := at + atLen
	end := domainEnd(b, ds)
	if end == 0 {
		return
	}
	if start > 0 && b[start-1] == '/' && start > 2 && b[start-2] == '/' && b[start-3] == ':' {
		return // The user of a URL.
	}
	if end < len(b) && b[end] == ':' && (equalFold(b[start:at], "git") || atLen == 1 && isRemotePath(b, end+1)) {
		if isPerson(b[start:at]) && b[start] < 0x80 && !hasSuffixFold(b[start:at], "git") { // scp alice@host:path
			e.add(start, at, UserName, ruleUserIdiom, Reason{Bits: ReasonStructure}, 75)
		}
		e.namedHost(ds, 0, false)
		return
	}
	if start > 1 && b[start-1] == '/' && inSet(serviceClasses, b[runBack(b, start-1, start-16, chWord):start-1]) {
		if name := b[start:at]; validLabels(name) && countLabels(name) > 1 && ds < len(b) && !bytes.EqualFold(name, b[ds:end]) && hostDomain(name) {
			e.add(start, at, Hostname, ruleHostKey, Reason{Bits: ReasonStructure}, 80) // HTTP/web.example.com@EXAMPLE.COM
		}
		return
	}
	start = apostrophe(b, start)
	reason := Reason{Bits: ReasonShape}
	rule := ruleEmail
	if atLen > 1 {
		rule = ruleEmailEncoded
		reason.Bits |= ReasonDecoded
	}
	e.add(start, end, Email, rule, reason, 95)
	e.mailboxName(start)
}

// serviceClasses begin the principals of services (MIT Kerberos; Active Directory's names of service principals).
var serviceClasses = wordSet(`krbtgt host http https cifs ldap nfs mssqlsvc termsrv wsman imap smtp pop postgres hdfs hive yarn
zookeeper kafka spnego rpc dns gc restrictedkrbhost nn dn jn rm nm jhs hbase oozie impala solr kadmin afs sip ftp`)

// isRemotePath reports whether a path begins at i, as scp and git write it behind a host: /x, ~/x, x/y.
func isRemotePath(b []byte, i int) bool {
	if i >= len(b) || isSpace(b[i]) {
		return false
	}
	if c := b[i]; c == '/' || c == '~' || c == '.' {
		return true
	}
	j := run(b, i, i+maxKey, chKey)
	return j > i && j < len(b) && b[j] == '/'
}

// apostrophe moves the start of a local part over what stands before an apostrophe inside it: o'brien.
func apostrophe(b []byte, start int) int {
	if start < 2 || b[start-1] != '\'' || !is(b[start], chLetters) {
		return start
	}
	q := runBack(b, start-1, start-9, chLetters)
	if q == start-1 || q > 0 && (wordByte(b[q-1]) || isQuote(b[q-1]) || b[q-1] == '\\') {
		return start
	}
	return q
}

// quotedEmail judges an address with a quoted local part (RFC 5322, section 3.4.1): "john doe"@example.com.
func (e *engine) quotedEmail(at int) {
	b := e.b
	q := at - 2
	for q > 0 && at-q <= maxLocal && b[q] != '"' && b[q] != '\n' && b[q] != '@' {
		q--
	}
	if b[q] != '"' || q == at-2 || q > 0 && (isWord(b[q-1]) || b[q-1] == '\\' || b[q-1] == '"') {
		return
	}
	if end := domainEnd(b, at+1); end > 0 {
		e.add(q, end, Email, ruleEmail, Reason{Bits: ReasonShape}, 85)
	}
}

// atWords stand for an '@' in an address that is hidden from machines.
var atWords = []string{"at] ", "at) ", "at> ", "at} ", "AT] ", "AT) "}

// hiddenEmail is called at one of atWords and judges "alice [at] example [dot] com", as a suspect.
func (e *engine) hiddenEmail(i int) {
	b := e.b
	end := i - 1
	if end < 3 || b[end] != '[' && b[end] != '(' && b[end] != '<' && b[end] != '{' || b[end-1] != ' ' {
		return
	}
	end--
	start := runBack(b, end, end-maxLocal, chLocal)
	if start == end || !is(b[start], chWord) {
		return
	}
	j := i + len(atWords[0])
	for range 4 {
		k := run(b, j, j+64, chHost)
		if k == j {
			return
		}
		j = k
		if j+6 < len(b) && b[j] == ' ' && (hasPrefixFold(b[j+2:], "dot") && !isWord(b[j+1])) && b[j+6] == ' ' {
			j += 7
			continue
		}
		break
	}
	dot := runBack(b, j, j-24, chLetters)
	if knownTLD(b[dot:j]) {
		e.add(start, j, Email, ruleEmail, Reason{Bits: ReasonShape | ReasonDecoded}, 40)
	}
}

// trimLocal moves start over bytes that cannot begin a local part: what an escape left behind, percent-encoded
// separators, and punctuation.
func trimLocal(b []byte, start, at int) int {
	if start > 0 && b[start-1] == '\\' && at-start > 1 {
		switch b[start] {
		case 'n', 'r', 't', 'f', 'b':
			start++
		case 'u':
			if hex4(b, start+1) >= 0 && at-start > 5 {
				start += 5
			}
		}
	}
	for i := start; i+2 < at; i++ { // The last encoded byte that is not part of an address ends what is before it.
		if b[i] != '%' {
			continue
		}
		c, ok := hex2(b, i+1)
		if !ok {
			start = i + 1
			continue
		}
		if !is(c, chLocal) {
			start = i + 3
		}
		i += 2
	}
	for start < at && (b[start] == '.' || b[start] == '-' || b[start] == '%' && start+1 < at && hexVal(b[start+1]) < 0) {
		start++
	}
	for i := start; i+1 < at; i++ { // ".." cannot be inside.
		if b[i] == '.' && b[i+1] == '.' {
			start = i + 2
		}
	}
	if at-start > maxLocal && !hasPercent(b[start:at]) {
		return at
	}
	for i := start; i < at; i++ {
		if is(b[i], chWord) || b[i] >= 0x80 {
			return start
		}
	}
	return at
}

func hasPercent(b []byte) bool {
	for _, c := range b {
		if c == '%' {
			return true
		}
	}
	return false
}

// domainEnd returns the end of the domain of an e-mail address that starts at i, or 0. The domain has at least two
// labels, and the last is a registered top-level domain, a reserved one, or one for internal use.
func domainEnd(b []byte, i int) int {
	hi := min(len(b), i+maxDomain+1)
	end := i
	for end < hi && (is(b[end], chHost) && b[end] != '_' || b[end] >= 0x80) {
		end++
	}
	if end == hi && end < len(b) {
		return 0
	}
	for end > i && (b[end-1] == '.' || b[end-1] == '-') {
		end--
	}
	dot := end - 1
	for dot > i && b[dot] != '.' {
		dot--
	}
	if dot <= i || !validLabels(b[i:end]) || !knownTLD(b[dot+1:end]) || end < len(b) && b[end] == '_' {
		return 0
	}
	return end
}

// validLabels reports whether no label of the name is empty, too long, or begins or ends with a hyphen.
func validLabels(name []byte) bool {
	n := 0
	for i, c := range name {
		switch {
		case c == '.':
			if n == 0 || name[i-1] == '-' {
				return false
			}
			n = 0
			continue
		case c == '-' && n == 0:
			return false
		}
		if n++; n > 63 {
			return false
		}
	}
	return n > 0
}

// commonTLDs are the top-level domains of most addresses. The list only saves the search in that of all.
var commonTLDs = map[string]bool{
	"com": true, "org": true, "net": true, "edu": true, "gov": true, "io": true, "dev": true, "app": true, "co": true,
	"info": true, "eu": true, "de": true, "uk": true, "fr": true, "it": true, "es": true, "nl": true, "be": true, "ch": true,
	"at": true, "pl": true, "se": true, "us": true, "ca": true, "br": true, "in": true, "cn": true, "jp": true, "au": true,
	"ru": true, "cloud": true, "ai": true,
}

// reservedTLDs are for documentation and tests (RFC 2606) or in use inside networks (RFC 6762, appendix G).
var reservedTLDs = map[string]bool{
	"example": true, "test": true, "invalid": true, "local": true, "lan": true, "internal": true, "intranet": true,
	"corp": true, "home": true, "intra": true, "private": true, "localdomain": true,
}

// knownTLD reports whether label, without its dot, is a top-level domain that an address can end in.
func knownTLD(label []byte) bool {
	if len(label) < 2 || len(label) > 63 || isDigit(label[0]) {
		return false
	}
	for _, c := range label {
		if is(c, chUpper) {
			low := make([]byte, len(label))
			for i, c := range label {
				low[i] = lower(c)
			}
			label = low
			break
		}
	}
	if label[0] >= 0x80 || label[len(label)-1] >= 0x80 {
		return true
	}
	if commonTLDs[string(label)] || reservedTLDs[string(label)] {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(string(label))
	return icann
}
