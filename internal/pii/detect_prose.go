package pii

import "bytes"

// maxProse is how far behind a key name in a sentence its value may stand, in bytes, and maxProseWords in words.
const (
	maxProse      = 96
	maxProseWords = 7
)

// proseVerbs stand between a key name and its value in a sentence: "the password for x is y".
var proseVerbs = map[string]bool{
	"is": true, "was": true, "are": true, "jest": true, "er": true, "è": true, "é": true, "är": true, "ist": true, "war": true, "lautet": true, "est": true, "es": true, "era": true, "fue": true,
}

// proseChanges are what a sentence that names a new value says before "to", and an old one before "from".
var proseChanges = map[string]bool{
	"changed": true, "change": true, "reset": true, "set": true, "updated": true, "update": true, "rotated": true,
	"changing": true, "setting": true, "resetting": true, "updating": true,
}

// foreignPasswords are the words for a password in other languages.
var foreignPasswords = [...]string{
	"mot de passe", "contrase", "kennwort", "passwort", "wachtwoord", "senha", "heslo", "has\xc5\x82o", "haslo", "parola", "salasana",
	"adgangskode", "lösenord", "losenord", "sifre", "\xc5\x9fifre", "пароль",
}

// givers stand before "password x" where x is the password itself; behind the first of them, looseGivers in number, it
// need not have a capital or a mark.
var givers = [...]string{"use", "using", "new", "temporary", "temp", "initial", "neues", "with", "default", "login", "user", "and", "old", "his", "her", "try", "mit"}

const looseGivers = 7

// methods have letters and digits like passwords and are named in sentences about them.
var methods = map[string]bool{
	"md5": true, "sha1": true, "sha256": true, "sha512": true, "sha-1": true, "sha-256": true, "sha-512": true, "base64": true,
	"utf8": true, "utf-8": true, "oauth2": true, "pbkdf2": true, "argon2": true, "argon2id": true, "2fa": true, "x509": true,
	"scram-sha-256": true, "scram-sha-1": true, "ssha": true, "ssha512": true, "sha512crypt": true, "md5crypt": true,
	"win32": true, "ntlmv2": true, "aes256": true, "aes-256": true, "rc4": true, "krb5": true, "tls1.2": true, "ipv4": true, "ipv6": true,
}

// password is called at a word such as "password" that a value may follow in SQL, in .netrc and in sentences. With an
// assignment's separator behind it, it is assign's.
func (e *engine) password(i int) {
	b := e.b
	if i < e.claimed || e.sqlPassword(i) {
		return
	}
	end := i
	foreign := false // assign may not know the word as a key.
	for _, w := range foreignPasswords {
		if hasPrefixFold(b[i:], w) {
			foreign = true
		}
	}
	switch {
	case hasPrefixFold(b[i:], "mot de passe"):
		end += len("mot de passe")
		foreign = true
	default:
		for end < len(b) && end < i+16 && (isWord(b[end]) || b[end] >= 0x80) {
			foreign = foreign || b[end] >= 0x80
			end++
		}
		if !foreign && keyTable[classifyKey(b[i:end])].kind != keyStrong && !equalFold(b[i:end], "pw") {
			return
		}
	}
	j := run(b, end, end+2, chSpace)
	if j < len(b) && b[j] == '?' {
		e.answer(j + 1)
		return
	}
	if foreign && j < len(b) && b[j] == ':' {
		if v := run(b, j+1, j+9, chSpace); v < len(b) && v > j+1 {
			e.proseValue(v, 70, true)
		}
		return
	}
	e.usedAs(i)
	if j == end || j >= len(b) || b[end] != ' ' {
		return
	}
	if hasPrefixFold(b[j:], "for ") {
		e.sqlSetPassword(j)
	}
	e.sentence(i, j)
}

// sentence looks for the value behind a key name that begins at i, in the words from j on.
func (e *engine) sentence(i, j int) {
	b := e.b
	before := b[max(0, i-24):i]
	if k := bytes.LastIndexByte(before, '\n'); k >= 0 {
		before = before[k+1:]
	}
	change, verb := false, false
	for _, w := range [...]string{"set ", "reset ", "change ", "update "} {
		change = change || containsFold(before, w)
	}
	if e.directValue(before, i, j) {
		return
	}
	hi := min(len(b), j+maxProse)
	for range maxProseWords {
		end := j
		for end < hi && (is(b[end], chKey) || b[end] >= 0x80) {
			end++
		}
		if end == j || end >= hi {
			return
		}
		colon := b[end] == ':'
		if colon {
			end++
		}
		if end >= hi || b[end] != ' ' {
			return
		}
		var buf [12]byte
		n := copy(buf[:], b[j:min(end, j+len(buf))])
		if colon {
			n--
		}
		for x := range buf[:n] {
			buf[x] = lower(buf[x])
		}
		w := string(buf[:n])
		switch {
		case proseChanges[w]:
			change, verb = true, false
		case proseVerbs[w]:
			verb = true
		case change && (w == "to" || w == "from" || w == "zu" || w == "auf" || w == "von"):
			verb = true
		case colon:
			return
		case verb: // "is not x", "was changed"
			return
		}
		j = run(b, end, end+4, chSpace)
		if verb && j < len(b) {
			next := e.proseValue(j, 70, true)
			if next == 0 {
				if colon || w == "to" || w == "from" {
					return
				}
				continue // "was changed to x"
			}
			if change && hasPrefixFold(b[next:], " to ") {
				e.proseValue(next+len(" to "), 70, true)
			}
			return
		}
	}
}

// usedAs judges "use x as the password", called at the last word.
func (e *engine) usedAs(i int) {
	b := e.b
	lo := max(0, i-maxProse)
	head := b[lo:i]
	if k := bytes.LastIndexByte(head, '\n'); k >= 0 {
		head, lo = head[k+1:], lo+k+1
	}
	for _, w := range [...]string{" as the ", " as your ", " as a ", " as ", " as my ", " as new ", " as the new ", " as its "} {
		if !hasSuffixFold(head, w) {
			continue
		}
		end := len(head) - len(w)
		start := bytes.LastIndexByte(head[:end], ' ') + 1
		if !hasSuffixFold(head[:start], "use ") && !hasSuffixFold(head[:start], "using ") && !hasSuffixFold(head[:start], "with ") {
			continue
		}
		if n := end - start; n > 1 && isQuote(head[start]) && head[end-1] == head[start] {
			start++
			end--
		}
		if text := head[start:end]; len(text) >= 4 && lo+start >= e.claimed && proseSecret(text, true) && !isPlaceholder(text) {
			e.add(lo+start, lo+end, Password, ruleAssignment, Reason{Bits: ReasonContext | ReasonEntropy}, 70)
		}
		return
	}
}

// directValue judges "password x" without a verb and reports whether x is a value. In .netrc and at commands it is.
func (e *engine) directValue(before []byte, i, j int) bool {
	b := e.b
	if netrc(b, i) {
		v := readValue(b, j, false)
		if text := b[v.start:v.end]; !isPlaceholder(text) {
			e.addValue(v, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 85)
			return true
		}
		return false
	}
	word := len(before)
	for word > 0 && before[word-1] == ' ' {
		word--
	}
	word0 := word
	for word0 > 0 && isLetter(before[word0-1]) {
		word0--
	}
	if c := e.commandAt(i); c != nil && c.words {
		v := readValue(b, j, false)
		if text := b[v.start:v.end]; !isPlaceholder(text) {
			e.addValue(v, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 80)
			return true
		}
	}
	given := word == len(before)-1 && word > 0 && (before[word-1] == ',' || before[word-1] == '/' || before[word-1] == '|' || before[word-1] == ';')
	loose := false
	for k, g := range givers {
		if equalFold(before[word0:word], g) {
			given, loose = true, k < looseGivers
		}
	}
	return given && e.proseValue(j, 65, loose) != 0
}

// netrc reports whether a "login" or "machine" of a .netrc file (GNU inetutils) stands before the word at i, at most 160
// bytes away.
func netrc(b []byte, i int) bool {
	lo := max(0, i-160)
	for k := i; k > lo; {
		k = bytes.LastIndex(b[lo:k], []byte("login "))
		if k < 0 {
			return false
		}
		k += lo
		if k > lo && !isSpace(b[k-1]) {
			continue
		}
		// login NAME password: nothing but the name between.
		name := k + len("login ")
		end := name
		for end < i && !isSpace(b[end]) {
			end++
		}
		if end == name || len(bytes.TrimSpace(b[end:i])) != 0 {
			continue
		}
		head := bytes.TrimRight(b[max(0, k-maxTag):k], " \t\r\n")
		at := bytes.LastIndexByte(head, ' ')
		last := head[at+1:]
		return equalFold(last, "default") || at >= 0 && hasSuffixFold(bytes.TrimRight(head[:at], " \t\r\n"), "machine")
	}
	return false
}

// answers begin the line that answers a question.
var answers = [...]string{"A: ", "Answer: ", "> ", "- "}

// answer judges the first word of the answer to a question for a password, on the line behind i: "Q: … password?\nA: x".
func (e *engine) answer(i int) {
	b := e.b
	v := i
	for v < len(b) && v < i+3 && (b[v] == ' ' || b[v] == '\r') {
		v++
	}
	if v >= len(b) || b[v] != '\n' {
		return
	}
	v = run(b, v+1, v+9, chSpace)
	for _, a := range answers {
		if hasPrefix(b[v:], a) {
			claimed := e.claimed
			e.proseValue(v+len(a), 65, true)
			e.claimed = claimed
			return
		}
	}
}

// proseValue reports the value at i in a sentence if it can be no word of it, and returns the index behind it, or 0.
// loose says that a verb stands before it.
func (e *engine) proseValue(i int, confidence uint8, loose bool) int {
	b := e.b
	if i >= len(b) || i < e.claimed {
		return 0
	}
	v := readValue(b, i, false)
	next := v.end
	if v.quoted {
		next++
	} else {
		for v.end > v.start && (b[v.end-1] == '.' || b[v.end-1] == ',' || b[v.end-1] == ';' || b[v.end-1] == ':' || b[v.end-1] == '?') {
			v.end--
		}
		next = v.end
	}
	text := b[v.start:v.end]
	if v.cont != contNone || len(text) < 4 || len(text) > 64 || isPlaceholder(text) || proseAfter(b, v) {
		return 0
	}
	if !v.quoted && !proseSecret(text, loose) {
		return 0
	}
	e.addValue(v, Password, ruleAssignment, Reason{Bits: ReasonContext | ReasonEntropy}, confidence)
	return next
}

// proseSecret reports whether a word of a sentence is too irregular to be one: letters with digits, or with punctuation
// that sentences do not have. If loose is not set, letters and digits alone need a capital or a mark.
func proseSecret(v []byte, loose bool) bool {
	switch v[0] {
	case '/', '$', '<', '(', '[', '{', '-', '.', '%', '@', '=', '\\':
		return false
	}
	var buf [16]byte
	if len(v) <= len(buf) {
		for i, c := range v {
			buf[i] = lower(c)
		}
		if methods[string(buf[:len(v)])] {
			return false
		}
	}
	letters, digits, marks, uppers, humps := 0, 0, 0, 0, 0
	for i, c := range v {
		switch {
		case isDigit(c):
			digits++
		case isLetter(c) || c >= 0x80:
			letters++
			if is(c, chUpper) {
				uppers++
				if i > 0 && is(v[i-1], chLower) {
					humps++
				}
			}
		case c == '/' || c == '\\' || c == '=' || c == ':' || c == '(' || c == '|' || c == ',' || c == '<' || c == '"' || c == '[':
			return false
		case c == '!' || c == '@' || c == '#' || c == '$' || c == '%' || c == '^' || c == '&' || c == '*' || c == '+' || c == '~' || c == '?':
			marks++
		}
	}
	switch {
	case letters == 0:
		return false
	case loose && len(v) >= 8 && uppers > 3 && humps > 1 && letters-uppers > 1: // djxPXVXEOfS
		return true
	case digits > 0 && (loose || len(v) >= 12 && bytes.IndexByte(v, '-') > 0 || marks > 0 || uppers > 0 && uppers < letters):
		return true
	}
	last := v[len(v)-1]
	return marks > 1 || marks == 1 && last != '!' && last != '?'
}

// secretIs is called at "token is", "secret is" and "key is" in a sentence.
func (e *engine) secretIs(i int) {
	b := e.b
	if i < e.claimed {
		return
	}
	end := run(b, i, i+8, chLower|chUpper)
	v := end + len(" is ")
	if hasPrefixFold(b[end:], " was ") {
		v++
	}
	start := i
	if lower(b[i]) == 'k' { // "api key", "access key", "secret key"
		start = runBack(b, i-1, i-16, chLower|chUpper)
		if start >= i-1 {
			return
		}
	}
	k := classifyKey(b[start:end])
	if start < i {
		var buf [32]byte
		n := copy(buf[:], b[start:i-1])
		n += copy(buf[n:], b[i:end])
		k = classifyKey(buf[:n])
	}
	row := keyTable[k]
	if row.kind != keyStrong && row.kind != keyWeak {
		return
	}
	if v < len(b) && b[v-1] == ':' {
		v++
	}
	val := readValue(b, v, false)
	for !val.quoted && val.end > val.start && (b[val.end-1] == '.' || b[val.end-1] == ',') {
		val.end--
	}
	text := b[val.start:val.end]
	if len(text) < 8 || isPlaceholder(text) {
		return
	}
	if secret, _ := looksSecret(text); secret || proseSecret(text, true) {
		e.addValue(val, row.typ, ruleAssignment, Reason{Bits: ReasonContext | ReasonEntropy, Key: 0}, 70)
	}
}
