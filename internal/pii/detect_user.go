package pii

import "bytes"

// The idioms are those of OpenSSH, PAM, systemd-logind, su, sudo, cron, PostgreSQL, MySQL, Samba and their like. Each
// function is called at the word that begins the idiom.

// illegalUser judges "Illegal user alice from", the form of old versions of OpenSSH.
func (e *engine) illegalUser(i int) {
	const words = "Illegal user "
	e.idiomUser(i+len(words), " from ")
}

// loginWords are idioms that end where the name of an account begins.
var loginWords = []string{"logged in as ", "logged on as ", "login as ", "logging in as ", "running as user "}

// loggedInAs judges "logged in as alice".
func (e *engine) loggedInAs(i int) {
	for _, words := range loginWords {
		if hasPrefixFold(e.b[i:], words) {
			e.idiomUser(i+len(words), "")
			return
		}
	}
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// idiomUser reports the account at i of a message. If next is not empty it must follow.
func (e *engine) idiomUser(i int, next string) {
	b := e.b
	for n := 0; i < len(b) && n < 2 && (isQuote(b[i]) || b[i] == '<' || b[i] == '['); n++ {
		i++
	}
	if next != "" {
		_, _, end := readUser(b, i)
		if end == 0 || !hasPrefix(b[end:], next) {
			return
		}
	}
	e.addUser(i, true, ruleUserIdiom, Reason{Bits: ReasonContext}, 75)
}

// userLeads stand before "user alice" without quotes where alice is an account.
var userLeads = wordSet(`for invalid illegal by of from authenticating as with to session failed unknown disabled locked created deleted`)

// userLeadsOfLogs are those behind which a word of English is an account too: "session opened for user backup".
var userLeadsOfLogs = wordSet(`for invalid illegal by of authenticating`)

// afterUser is called at a word that begins with "user". Behind it stands an account if it is in quotes or brackets, or
// if what stands before or behind says so.
func (e *engine) afterUser(i int) {
	b := e.b
	j := i + len("user")
	if hasPrefixFold(b[j:], "name") {
		j += 4
	} else if hasPrefixFold(b[j:], " name ") {
		j += 5
	}
	if j+2 >= len(b) || b[j] != ' ' {
		return
	}
	j++
	reason := Reason{Bits: ReasonContext}
	if c := b[j]; isQuote(c) || c == '<' || c == '[' || c == '\\' && isQuote(b[j+1]) {
		if c == '\\' {
			j++
		}
		j++
		_, _, end := readUser(b, j)
		if end == 0 || end >= len(b) || !closes(c, b[end]) && b[end] != '@' {
			return
		}
		e.addUser(j, c == '<' || c == '[', ruleUserIdiom, reason, 80)
		return
	}
	_, name, end := readUser(b, j)
	if end == 0 || !isPerson(b[name:end]) || inSet(userWords, b[name:end]) {
		return
	}
	lead := false
	if k := i; k > 1 && b[k-1] == ' ' {
		w := b[runBack(b, k-1, k-16, chWord) : k-1]
		lead = inSet(userLeads, w)
		if lead && !inSet(userLeadsOfLogs, w) { // "unknown user config"
			info := lookupName(b[j:end])
			lead = !info.word() || info.given() > 0
		}
	}
	if !lead {
		ok := false
		for _, next := range [...]string{" from ", "@", " logged ", " login", " not allowed ", " authenticated", " (uid", "(uid", ": Login ", " has logged", " connected", " disconnected"} {
			if hasPrefix(b[end:], next) {
				ok = true
				break
			}
		}
		if !ok {
			return
		}
	}
	e.addUser(j, true, ruleUserIdiom, reason, 75)
}

// closes reports whether c closes what open opens.
func closes(open, c byte) bool {
	switch open {
	case '<':
		return c == '>'
	case '[':
		return c == ']'
	case '\\':
		return c == '\\'
	}
	return c == open
}

// sshVerdicts begin OpenSSH's line about an attempt.
var sshVerdicts = []string{"Accepted ", "Failed ", "Postponed "}

// sshAuth judges "Accepted METHOD for alice from", "Failed METHOD for alice from" and "Postponed METHOD for alice from"
// (OpenSSH, auth.c, auth_log). "for invalid user" is judged at "user".
func (e *engine) sshAuth(i int) {
	b := e.b
	j := i
	for _, w := range sshVerdicts {
		if hasPrefix(b[i:], w) {
			j = i + len(w)
			break
		}
	}
	if j == i {
		return
	}
	const next = " for "
	end := j
	for end < len(b) && end < j+40 && (is(b[end], chHost) || b[end] == '/') {
		end++
	}
	if end > j && hasPrefix(b[end:], next) {
		e.idiomUser(end+len(next), " from ")
	}
}

// sudoUser is called at "TTY=" and looks for the account before it: "sudo: alice : TTY=pts/0 ; PWD=…".
func (e *engine) sudoUser(i int) {
	b := e.b
	if i < 3 || !hasPrefix(b[i-3:], " : ") {
		return
	}
	end := i - 3
	start := end
	for start > 0 && end-start <= maxUser && (isUserByte(b[start-1]) || b[start-1] == '\\') {
		start--
	}
	if start > 0 && start < end && (b[start-1] == ' ' || b[start-1] == ':') {
		e.addUser(start, false, ruleUserIdiom, Reason{Bits: ReasonStructure}, 90)
	}
}

// cronUser is called at "CMD" and looks for the account before it: "CRON[1]: (alice) CMD (run-parts)".
func (e *engine) cronUser(i int) {
	b := e.b
	if i < 4 || b[i-1] != ' ' || b[i-2] != ')' {
		return
	}
	end := i - 2
	start := end
	for start > 0 && end-start <= maxUser && isUserByte(b[start-1]) {
		start--
	}
	if start > 0 && start < end && b[start-1] == '(' {
		e.addUser(start, false, ruleUserIdiom, Reason{Bits: ReasonStructure}, 90)
	}
}

// suUser judges the messages of su: "Successful su for root by alice", "FAILED su for alice by bob", "(to root) alice on
// pts/0".
func (e *engine) suUser(i int) {
	const words, by = "su for ", " by "
	b := e.b
	j := i + len(words)
	_, _, end := readUser(b, j)
	if end == 0 || !hasPrefix(b[end:], by) {
		return
	}
	e.addUser(j, false, ruleUserIdiom, Reason{Bits: ReasonStructure}, 85)
	e.addUser(end+len(by), false, ruleUserIdiom, Reason{Bits: ReasonStructure}, 85)
}

// parenUser is called at a '(' and judges "alice(uid=1000)" and "(to root) alice on pts/0".
func (e *engine) parenUser(i int) {
	b := e.b
	if i+5 >= len(b) {
		return
	}
	reason := Reason{Bits: ReasonStructure}
	switch {
	case b[i+1] == 'u' && hasPrefix(b[i:], "(uid="):
		start := i
		for start > 0 && i-start <= maxUser && (isUserByte(b[start-1]) || b[start-1] == '\\') {
			start--
		}
		if start < i && (start == 0 || b[start-1] == ' ' || b[start-1] == '=') {
			if _, _, end := readUser(b, start); end == i {
				e.addUser(start, false, ruleUserIdiom, reason, 85)
			}
		}
	case b[i+1] == 't' && hasPrefix(b[i:], "(to "):
		j := userRun(b, i+4)
		if j+2 >= len(b) || b[j] != ')' || b[j+1] != ' ' {
			return
		}
		if _, _, end := readUser(b, j+2); end > 0 && hasPrefix(b[end:], " on ") {
			e.addUser(i+4, false, ruleUserIdiom, reason, 85)
			e.addUser(j+2, false, ruleUserIdiom, reason, 85)
		}
	}
}

// accessUser is called at a '[' that may begin the time of the Common Log Format, and judges the remote user before it:
// `10.0.0.1 - alice [10/Oct/2000:13:55:36 -0700] "GET /`.
func (e *engine) accessUser(i int) {
	b := e.b
	if i < 6 || i+21 >= len(b) || b[i-1] != ' ' || b[i+3] != '/' || b[i+7] != '/' || b[i+12] != ':' || !isDigit(b[i+1]) {
		return
	}
	end := i - 1
	start := end
	for start > 0 && end-start <= maxUser && (isUserByte(b[start-1]) || b[start-1] == '\\' || b[start-1] == '@') {
		start--
	}
	if start < 3 || b[start-1] != ' ' || b[start-2] != '-' || b[start-3] != ' ' || end-start < 2 {
		return
	}
	if bytes.IndexByte(b[start:end], '@') < 0 {
		e.addUser(start, false, ruleUserIdiom, Reason{Bits: ReasonStructure}, 88)
	}
}

// domainUser is called at a backslash that may stand between a domain in capitals and an account: CORP\alice. In a
// string literal it is doubled. A single one before a letter of an escape is taken for an escape.
func (e *engine) domainUser(i int) {
	b := e.b
	j := i
	for j < len(b) && j < i+4 && b[j] == '\\' {
		j++
	}
	if i < 2 || j >= len(b) || i > 0 && b[i-1] == '\\' || !isLetter(b[j]) {
		return
	}
	if j == i+1 {
		switch b[j] {
		case 'n', 'r', 't', 'u', 'x':
			return
		}
	}
	start := i
	for start > 0 && i-start <= 16 && is(b[start-1], chURL) {
		start--
	}
	dom := b[start:i]
	if !isDomain(dom) || start > 0 && (b[start-1] == '\\' || b[start-1] == '/' || b[start-1] == ':' && start > 1 && isLetter(b[start-2]) || b[start-1] == '.' || b[start-1] == '%' || b[start-1] == '$') {
		return
	}
	for _, c := range dom {
		if is(c, chLower) || c == '_' {
			return
		}
	}
	if inSet(localDomains, dom) {
		return
	}
	_, name, end := readUser(b, start)
	if end == 0 || name == start || end < len(b) && (b[end] == '\\' && !escapeEnds(b, end) || b[end] == '/' || b[end] == '.' || b[end] == '(' || b[end] == '+' || b[end] == '*') && (b[end] != '.' || end+1 < len(b) && isWord(b[end+1])) {
		return
	}
	confidence := uint8(70)
	lowers := false
	for _, c := range b[name:end] {
		lowers = lowers || is(c, chLower)
	}
	if !lowers { // SERVER\SQLEXPRESS
		confidence = 40
	}
	e.addUser(start, false, ruleUserIdiom, Reason{Bits: ReasonShape | ReasonStructure}, confidence)
}
