package pii

// sid is called at a word "S" before a hyphen and reports a security identifier that names an account or a machine of a
// domain (MS-DTYP 2.4.2): S-1-5-21-x-y-z, with or without a relative identifier, and S-1-12-1-a-b-c-d of Entra ID. The
// well-known ones (MS-DTYP 2.4.2.4: S-1-5-18, S-1-5-32-544, S-1-1-0), logon sessions, integrity levels and services,
// which are hashes of public names, stay.
func (e *engine) sid(i int) {
	b := e.b
	var parts, j int
	switch {
	case hasPrefixFold(b[i:], "s-1-5-21-"):
		j, parts = i+9, 3
	case hasPrefixFold(b[i:], "s-1-12-1-"):
		j, parts = i+9, 4
	default:
		return
	}
	n, end := 0, j
	for n < parts+1 {
		k := run(b, end, end+11, chDigit)
		if k == end || k-end > 10 {
			break
		}
		n++
		j = k
		if k+1 >= len(b) || b[k] != '-' || !isDigit(b[k+1]) {
			break
		}
		end = k + 1
	}
	if n < parts || j < len(b) && isWord(b[j]) && b[j] != '_' {
		return
	}
	e.add(i, j, WindowsSid, ruleSID, Reason{Bits: ReasonShape | ReasonPrefix}, 96)
}
