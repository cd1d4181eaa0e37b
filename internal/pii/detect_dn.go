package pii

// attrKind says what an attribute of a distinguished name tells.
type attrKind uint8

const (
	attrNone   attrKind = iota
	attrOther           // A country, a locality, a serial number.
	attrName            // A common name: a person, a machine or an authority.
	attrAcct            // An account.
	attrUnit            // An organisation or a unit of one.
	attrDomain          // A component of a domain.
)

// dnAttr classifies an attribute type of distinguished names (RFC 4519; RFC 4514, section 3; X.509 subjects).
func dnAttr(w []byte) attrKind {
	if len(w) == 0 || len(w) > 12 {
		return attrNone
	}
	var buf [12]byte
	for i, c := range w {
		buf[i] = lower(c)
	}
	switch string(buf[:len(w)]) {
	case "cn":
		return attrName
	case "uid":
		return attrAcct
	case "ou", "o":
		return attrUnit
	case "dc":
		return attrDomain
	case "c", "l", "st", "s", "street", "sn", "serialnumber", "emailaddress", "title", "gn", "givenname", "t", "e":
		return attrOther
	}
	return attrNone
}

// maxDN bounds the length of a distinguished name.
const maxDN = 1 << 10

// distinguishedName is called at a '=' behind an attribute type and reports the name that begins there:
// CN=John Smith,OU=Sales,DC=corp,DC=example. It must have components of a domain, or an account in a unit. Names of
// certificates without either stay; a person in one is found by the name.
func (e *engine) distinguishedName(i int) {
	b := e.b
	if i < e.dnEnd {
		return
	}
	switch { // The last letters of cn, uid, ou, o and dc.
	case i < 1:
		return
	case b[i-1]|0x20 == 'o', i > 1 && (b[i-1]|0x20 == 'n' && b[i-2]|0x20 == 'c' || b[i-1]|0x20 == 'd' && b[i-2]|0x20 == 'i' ||
		b[i-1]|0x20 == 'u' && b[i-2]|0x20 == 'o' || b[i-1]|0x20 == 'c' && b[i-2]|0x20 == 'd'):
	default:
		return
	}
	start := runBack(b, i, i-13, chWord)
	if start == i || dnAttr(b[start:i]) <= attrOther || start > 0 && (b[start-1] == '.' || b[start-1] == '-' || b[start-1] == '$') {
		return
	}
	hi := min(len(b), start+maxDN)
	var seen [attrDomain + 1]int
	n, end := 0, start
	for p := start; p < hi; {
		eq := run(b, p, p+13, chWord)
		if eq == p || eq >= hi || b[eq] != '=' {
			break
		}
		k := dnAttr(b[p:eq])
		if k == attrNone {
			break
		}
		v, next := dnValue(b, eq+1, hi, k)
		if v == eq+1 {
			break
		}
		seen[k]++
		n++
		end = v
		if next == 0 {
			break
		}
		p = next
	}
	e.dnEnd = end // A name that begins inside ends alike.
	if n < 2 || seen[attrDomain] == 0 && (seen[attrAcct] == 0 || seen[attrUnit] == 0) {
		return
	}
	if seen[attrDomain] == n && n < 3 && start > 0 && !isSpace(b[start-1]) && !isQuote(b[start-1]) && b[start-1] != '=' && b[start-1] != '/' {
		return
	}
	e.claimed = max(e.claimed, end)
	e.add(start, end, DistinguishedName, ruleDN, Reason{Bits: ReasonStructure | ReasonShape}, 93)
}

// dnValue returns the end of the attribute value at i and where the next attribute type begins, or 0 if the name ends.
// A comma in a value is escaped with a backslash (RFC 4514, section 2.4), which a string literal doubles.
func dnValue(b []byte, i, hi int, k attrKind) (end, next int) {
	j := i
	for ; j < hi; j++ {
		c := b[j]
		if c == '\\' && j+1 < hi && b[j+1] != 'n' && b[j+1] != 'r' && b[j+1] != 't' && !isQuote(b[j+1]) {
			j++
			if b[j] == '\\' && j+1 < hi && b[j+1] == ',' {
				j++
			}
			continue
		}
		if c == ',' || c == '+' {
			p := j + 1
			if p < hi && b[p] == ' ' {
				p++
			}
			q := run(b, p, p+13, chWord)
			if q > p && q < hi && b[q] == '=' && dnAttr(b[p:q]) != attrNone {
				return j, p
			}
			if c == '+' {
				continue
			}
			break
		}
		if is(c, chHost) || c >= 0x80 || c == '\'' && j > i && isLetter(b[j-1]) && j+1 < hi && isLetter(b[j+1]) {
			continue
		}
		if k != attrDomain && (c == ' ' && dnGoesOn(b, j, hi) || c == '(' || c == ')' && parenOpen(b[i:j]) || c == '/' || c == '@' || c == '&' || c == '#' || c == ':') {
			continue
		}
		break
	}
	for j > i && (b[j-1] == ' ' || b[j-1] == '.' || b[j-1] == ':') {
		j--
	}
	return j, 0
}

// dnGoesOn reports whether the value with the space at i is followed by a further attribute: only then are spaces part
// of it, since a sentence may follow the name.
func dnGoesOn(b []byte, i, hi int) bool {
	for j := i + 1; j < min(hi, i+128); j++ {
		switch c := b[j]; c {
		case ',':
			p := j + 1
			if p < hi && b[p] == ' ' {
				p++
			}
			q := run(b, p, p+13, chWord)
			if q > p && q < hi && b[q] == '=' && dnAttr(b[p:q]) != attrNone {
				return true
			}
			if b[j-1] != '\\' {
				return false
			}
		case '\n', '\r', '"', '=', ';', '<', '>':
			return false
		}
	}
	return false
}

// parenOpen reports whether more parentheses are opened in w than closed.
func parenOpen(w []byte) bool {
	n := 0
	for _, c := range w {
		switch c {
		case '(':
			n++
		case ')':
			n--
		}
	}
	return n > 0
}
