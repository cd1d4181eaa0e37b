package pii

// puttyKey is called at "Private-Lines: " in a key file of PuTTY (the.earth.li/~sgtatham/putty: PPK file format): so many
// lines of base64 follow.
func (e *engine) puttyKey(i int) {
	b := e.b
	p := i + len("Private-Lines: ")
	lines := 0
	for ; p < len(b) && isDigit(b[p]) && lines < 1000; p++ {
		lines = lines*10 + int(b[p]-'0')
	}
	start := run(b, p, p+8, chSpace)
	end, at := start, start
	for n := 0; n < lines && at < len(b) && at < start+maxValue-128; n++ {
		j := run(b, at, at+80, alnum|chStd|chPad)
		if j == at {
			break
		}
		end = j
		at = run(b, j, j+4, chSpace)
	}
	if end-start >= 20 {
		e.add(start, end, PrivateKey, rulePEM, Reason{Bits: ReasonStructure}, 97)
	}
}

// snmpCommunity is called at "snmp-server community " and the like: the name of a community is a password.
func (e *engine) snmpCommunity(i int) {
	b := e.b
	at := i
	for range 2 { // The command and its object.
		for at < len(b) && at < i+40 && !isSpace(b[at]) {
			at++
		}
		at = run(b, at, at+4, chSpace)
	}
	end := at
	for end < len(b) && end < at+64 && !isSpace(b[end]) {
		end++
	}
	if text := b[at:end]; len(text) > 2 && !isPlaceholder(text) {
		e.add(at, end, Password, ruleFlag, Reason{Bits: ReasonStructure}, 85)
	}
}
