package pii

import "bytes"

// account is called at words that an account's name and password follow: "credentials: admin / x", "logged in as
// root:x".
func (e *engine) account(i int) {
	b := e.b
	if i < e.claimed {
		return
	}
	j := i
	for _, w := range [...]string{"credentials", "creds", "logged in as", "logged in with", "log in as", "log in with", "login with", "login as", "login"} {
		if hasPrefixFold(b[i:], w) {
			j += len(w)
			break
		}
	}
	if j < len(b) && b[j] == ':' {
		j++
	}
	if j = run(b, j, j+2, chSpace); j >= len(b) || !isSpace(b[j-1]) {
		return
	}
	end := run(b, j, j+32, chKey)
	v := run(b, end, end+2, chSpace)
	if end == j || v >= len(b) || b[v] != '/' && b[v] != ':' {
		return
	}
	v = run(b, v+1, v+3, chSpace)
	if v < len(b) && v > 0 && b[v-1] != '\n' {
		if val := readValue(b, v, false); bytes.IndexByte(b[val.start:val.end], '.') < 0 {
			e.proseValue(v, 70, true)
		}
	}
}
