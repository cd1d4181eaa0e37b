package pii

// dash is called at a '-' and returns where to go on. It may begin a PEM block or a command-line flag, or separate the
// groups of an address.
func (e *engine) dash(i int) int {
	b := e.b
	if i+1 >= len(b) {
		return i + 1
	}
	if b[i+1] == '-' && i+10 < len(b) && string(b[i:i+10]) == "-----BEGIN" {
		e.pem(i)
		return i + 10
	}
	if i >= 2 && i+3 < len(b) && b[i+3] == '-' && hexVal(b[i+1]) >= 0 && hexVal(b[i-1]) >= 0 {
		e.macDash(i)
	}
	if i == 0 || isSpace(b[i-1]) || isQuote(b[i-1]) || b[i-1] == ',' || b[i-1] == '(' || b[i-1] == '[' {
		switch b[i+1] {
		case '-':
			if i+2 < len(b) && isLetter(b[i+2]) {
				e.longFlag(i)
				return i + 2
			}
		case 'p', 'u', 'a':
			e.shortFlag(i)
		}
	}
	return i + 1
}

// longFlag judges `--password x` and the same as elements of an array. `--password=x` is an assignment.
func (e *engine) longFlag(i int) {
	if i < e.claimed {
		return
	}
	b := e.b
	end := run(b, i+2, i+2+maxKey, chKey)
	v := end
	for v < len(b) && v < end+6 && (b[v] == ' ' || b[v] == '"' || b[v] == '\'' || b[v] == ',') {
		v++
	}
	if v == end || v >= len(b) || b[v] == '-' && v+1 < len(b) && (b[v+1] == '-' || isLetter(b[v+1])) {
		return
	}
	for v > end && isQuote(b[v-1]) { // The value's own quote belongs to it.
		v--
	}
	if equalFold(b[i+2:end], "user") || equalFold(b[i+2:end], "proxy-user") {
		e.userPass(i, v)
		return
	}
	k := classifyKey(b[i+2 : end])
	switch keyTable[k].kind {
	case keyStrong, keyWeak:
		val := readValue(b, v, false)
		text := b[val.start:val.end]
		if isPlaceholder(text) {
			return
		}
		if secret, _ := looksSecret(text); keyTable[k].kind == keyWeak && !secret {
			return
		}
		e.addValue(val, keyTable[k].typ, ruleFlag, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 80)
	case keyNone, keyNot, keyPaired, keyAuth, keyCookie, keySetCookie:
	default:
		e.shapedValue(k, v, false)
	}
}

// shortFlag judges the short flags that take a password: -p attached or quoted (mysql, sshpass), -u user:password (curl)
// and -a (redis-cli).
func (e *engine) shortFlag(i int) {
	b := e.b
	v := i + 2
	if i < e.claimed || v >= len(b) || b[v] == '\n' {
		return
	}
	spaced := b[v] == ' '
	if spaced {
		v++
		if v >= len(b) || isSpace(b[v]) || b[v] == '-' {
			return
		}
	}
	reason := Reason{Bits: ReasonStructure | ReasonContext}
	switch b[i+1] {
	case 'u':
		e.userPass(i, v)
		return
	case 'p':
		switch {
		case !spaced && isQuote(b[v]):
			reason.Bits = ReasonStructure
		case spaced && e.commandBefore(i, "sshpass", "docker login", "mongo", "podman login", "smbmap", "az login"):
		case !spaced && e.commandBefore(i, "mysql", "mariadb", "sshpass", "7z"):
		default:
			return
		}
	case 'a':
		if !e.commandBefore(i, "redis-cli") {
			return
		}
	}
	val := readValue(b, v, false)
	if text := b[val.start:val.end]; !isPlaceholder(text) {
		e.addValue(val, Password, ruleFlag, reason, 80)
	}
}

// userPass judges the argument of curl's -u: what follows the first colon is a password.
func (e *engine) userPass(i, v int) {
	if !e.commandBefore(i, "curl", "wget", "httpie", "http ") {
		return
	}
	b := e.b
	val := readValue(b, v, false)
	for j := val.start; j < val.end; j++ {
		if b[j] == ':' {
			val.start = j + 1
			if !isPlaceholder(b[val.start:val.end]) {
				e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 85)
			}
			return
		}
	}
}

// commandBefore reports whether one of the commands stands before i on its line, at most 256 bytes away.
func (e *engine) commandBefore(i int, commands ...string) bool {
	lo := max(0, i-256)
	for j := i - 1; j >= lo; j-- {
		if e.b[j] == '\n' {
			lo = j + 1
			break
		}
	}
	for _, c := range commands {
		if containsFold(e.b[lo:i], c) {
			return true
		}
	}
	return false
}

// xmlElement is called at a '>' that may end the start tag of an element named like a secret.
func (e *engine) xmlElement(i int) {
	b := e.b
	if i < e.claimed || i < 3 {
		return
	}
	end := i
	if isQuote(b[i-1]) { // <Data Name="TargetUserName">, of Windows events.
		end--
	}
	start := runBack(b, end, end-maxKey, chKey)
	if start == 0 || start == end {
		return
	}
	if end < i {
		if attr := "Name="; start <= len(attr) || b[start-1] != b[end] || string(b[start-1-len(attr):start-1]) != attr {
			return
		}
	} else if b[start-1] != '<' && b[start-1] != ':' {
		return
	}
	k := classifyKey(b[start:end])
	row := keyTable[k]
	switch row.kind {
	case keyStrong, keyWeak:
		hi := min(len(b), i+1+maxValue)
		v := value{start: i + 1, end: i + 1}
		for v.end < hi && b[v.end] != '<' && b[v.end] != '\n' {
			v.end++
		}
		text := b[v.start:v.end]
		if isPlaceholder(text) || v.end == hi || b[v.end] != '<' {
			return
		}
		if secret, _ := looksSecret(text); row.kind == keyWeak && !secret {
			return
		}
		e.addValue(v, row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 85)
	case keyNone, keyNot, keyPaired, keyNameOf, keyAuth, keyCookie, keySetCookie:
	default:
		e.shapedValue(k, i+1, false)
	}
}

// identifiedBy judges the password of an SQL statement: IDENTIFIED BY 'x', with an optional hash method.
func (e *engine) identifiedBy(i int) {
	const words = "identified by "
	b := e.b
	if i < e.claimed || !hasPrefixFold(b[i:], words) {
		return
	}
	v := i + len(words)
	if hasPrefixFold(b[v:], "password ") {
		v += len("password ")
	}
	if v >= len(b) || !isQuote(b[v]) && b[v] != '\\' {
		return
	}
	val := readValue(b, v, false)
	if !isPlaceholder(b[val.start:val.end]) {
		e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure}, 90)
	}
}

// sqlPassword judges the password of an SQL statement: PASSWORD 'x', PASSWORD('x').
func (e *engine) sqlPassword(i int) {
	const word = "password"
	b := e.b
	v := i + len(word)
	if i < e.claimed || v+2 >= len(b) || b[v] != ' ' && b[v] != '(' || b[v+1] != '\'' {
		return
	}
	val := readValue(b, v+1, false)
	if text := b[val.start:val.end]; val.quoted && !isPlaceholder(text) {
		e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure}, 85)
	}
}
