package pii

import "bytes"

// netCommand is called at "net user" and "net use", Windows' commands for accounts and shares, which take a password
// behind the account's name, or at the end.
func (e *engine) netCommand(i int) {
	b := e.b
	i += len("net use")
	account := i < len(b) && lower(b[i]) == 'r'
	if account {
		i++
	}
	n := 0
	for range 8 {
		j, ok := e.nextArg(i)
		if !ok {
			return
		}
		val := readValue(b, j, false)
		i = val.end
		if val.quoted {
			i++
		}
		text := b[val.start:val.end]
		switch {
		case len(text) == 0:
			return
		case text[0] == '/', text[0] == '\\', len(text) == 2 && text[1] == ':': // A flag, a share, a drive.
			continue
		}
		n++
		if account && n == 1 {
			if i < len(b) && b[i] != ' ' || text[0] == ':' || text[len(text)-1] == ':' {
				return
			}
			continue
		}
		if secret := hasDigitOrPunct(text); !isPlaceholder(text) && secret {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 75)
		}
		return
	}
}

// secureString is called at "ConvertTo-SecureString" (PowerShell): its argument in the clear is a password.
func (e *engine) secureString(i int) {
	b := e.b
	i += len("convertto-securestring")
	for range 4 {
		j, ok := e.nextArg(i)
		if !ok {
			return
		}
		val := readValue(b, j, false)
		i = val.end
		if val.quoted {
			i++
		}
		text := b[val.start:val.end]
		if len(text) > 0 && text[0] == '-' && !val.quoted {
			continue
		}
		if !isPlaceholder(text) && (val.quoted || text[0] != '$' && text[0] != '(') {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 85)
		}
		return
	}
}

// pipedSecret is called at a command that reads a password from its standard input, and looks on the same line for
// what is piped into it: echo X | sudo -S, echo 'bob:X' | chpasswd.
func (e *engine) pipedSecret(i int) {
	b := e.b
	switch {
	case hasPrefixFold(b[i:], "sudo"):
		j := run(b, i, i+16, chSpace|chWord)
		if j+1 >= len(b) || b[j] != '-' || b[j+1] != 'S' {
			return
		}
	case hasPrefixFold(b[i:], "passwd"):
		if !bytes.HasPrefix(b[i+6:], []byte(" --stdin")) {
			return
		}
	}
	e.echoed(i, hasPrefixFold(b[i:], "chpasswd"))
}

// echoed reports what "echo" or "printf" writes into a pipe that ends before i. pair says that it is "user:password".
func (e *engine) echoed(i int, pair bool) {
	b := e.b
	lo := max(0, i-maxCommand)
	pipe := bytes.LastIndexByte(b[lo:i], '|')
	if pipe < 0 || bytes.IndexByte(b[lo+pipe:i], '\n') >= 0 {
		return
	}
	pipe += lo
	for _, cmd := range [...]string{"echo ", "printf "} {
		k := bytes.LastIndex(b[lo:pipe], []byte(cmd))
		if k < 0 || bytes.IndexByte(b[lo+k:pipe], '\n') >= 0 {
			continue
		}
		v := run(b, lo+k+len(cmd), pipe, chSpace)
		for v+1 < pipe && b[v] == '-' && (b[v+1] == 'n' || b[v+1] == 'e') {
			v = run(b, v+2, pipe, chSpace|chLower)
		}
		val := readValue(b, v, false)
		if pair {
			j := bytes.IndexByte(b[val.start:val.end], ':')
			if j < 0 {
				return
			}
			val.start += j + 1
		}
		if !isPlaceholder(b[val.start:val.end]) && val.end <= pipe {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 80)
		}
		return
	}
}

// redisAuth is called at "AUTH": the command of Redis that takes a password, and that of SMTP with its credentials in
// base64 (RFC 4954, RFC 4616).
func (e *engine) redisAuth(i int) {
	b := e.b
	j, ok := e.nextArg(i + len("AUTH"))
	if !ok || i > 0 && b[i-1] != '\n' && !isSpace(b[i-1]) && !isQuote(b[i-1]) {
		return
	}
	if plain := []byte("PLAIN "); bytes.HasPrefix(b[j:], plain) {
		v := readValue(b, j+len(plain), false)
		if text := b[v.start:v.end]; len(text) >= 8 && allOf(bytes.TrimRight(text, "="), chB64) {
			e.addValue(v, Password, ruleFlag, Reason{Bits: ReasonStructure}, 85)
		}
		return
	}
	v := readValue(b, j, false)
	if text := b[v.start:v.end]; v.quoted && !isPlaceholder(text) || len(text) >= 6 && proseSecret(text, true) {
		if rest := run(b, v.end, v.end+4, chSpace); rest >= len(b) || v.quoted || bytes.IndexByte(b[v.end:rest], '\n') >= 0 {
			e.addValue(v, Password, ruleFlag, Reason{Bits: ReasonStructure}, 75)
		}
	}
}

// settingCommand is called at words that the name of a setting and its value follow as arguments: `aws configure set
// aws_secret_access_key x`, Docker's `ENV PASSWORD x`, Windows' `setx PASSWORD x`.
func (e *engine) settingCommand(i int) {
	b := e.b
	for _, w := range [...]string{"configure set", "setx", "ENV"} {
		if i+len(w) > len(b) || !hasPrefixFold(b[i:], string(lowerAll([]byte(w)))) {
			continue
		}
		j, ok := e.nextArg(i + len(w))
		if !ok {
			return
		}
		end := run(b, j, j+maxKey, chKey)
		k := classifyKey(b[j:end])
		v, ok := e.nextArg(end)
		if row := keyTable[k]; !ok || row.kind != keyStrong && row.kind != keyWeak {
			return
		}
		e.judge(k, v)
		return
	}
}

// hasDigitOrPunct reports whether v is not made of letters only.
func hasDigitOrPunct(v []byte) bool { return !allOf(v, chUpper|chLower) }
