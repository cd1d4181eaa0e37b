package digest

// octal reports whether b[i] is a backslash before three octal digits.
func octal(b []byte, i int) bool {
	return i+3 < len(b) && b[i+1]-'0' <= 3 && b[i+2]-'0' <= 7 && b[i+3]-'0' <= 7
}

// urlEnd returns where a URL ends that has got to i.
func urlEnd(b []byte, i int) int {
	for i < len(b) {
		switch c := b[i]; {
		case class[c]&cSpace != 0, c == '"', c == '\'', c == '<', c == '>', c == ')', c == ']', c == '}':
			return i
		case c == ',' && at(b, i+1) == ' ':
			return i
		}
		i++
	}
	return i
}

// hostPort returns the end of host:port, where the host is b[i:colon], or of
// zone:address/port, or 0. A host is told from a key by a dot, a hyphen or a
// digit.
func hostPort(b []byte, i, colon int) int {
	if e := addressPort(b, colon+1); e > 0 {
		return e
	}
	host := false
	for _, c := range b[i:colon] {
		if c == '.' || c == '-' || isDigit(c) {
			host = true
		} else if !isLetter(c) {
			return 0
		}
	}
	e := colon + 1
	for e < len(b) && isDigit(b[e]) {
		e++
	}
	if n := e - colon - 1; !host || n < 2 || n > 5 {
		return 0
	}
	if e < len(b) && class[b[e]]&(cSpace|cDelim) == 0 && b[e] != '.' && b[e] != '/' {
		return 0
	}
	if at(b, e) == '.' {
		if class[at(b, e+1)]&(cLetter|cDigit) != 0 {
			return 0
		}
		e++ // the full stop of a sentence, as behind other values
	}
	return e
}

// addressPort returns the end of an IPv4 address and the port behind a slash,
// as firewalls write them, or 0.
func addressPort(b []byte, i int) int {
	e, dots := i, 0
	for e < len(b) && e-i < len("255.255.255.255") && (isDigit(b[e]) || b[e] == '.') {
		if b[e] == '.' {
			dots++
		}
		e++
	}
	if dots != 3 || at(b, e) != '/' {
		return 0
	}
	n := e + 1
	for n < len(b) && isDigit(b[n]) && n-e <= 5 {
		n++
	}
	if n == e+1 || n < len(b) && class[b[n]]&(cSpace|cDelim) == 0 {
		return 0
	}
	return n
}

// maxList is the longest list that is taken for one value, in bytes.
const maxList = 512

// listEnd returns the end of a list of single words, parted by commas, that
// begins at i and ends before the bracket, or 0.
func listEnd(b []byte, i int, shut byte) int {
	commas := 0
	for j := i; j < len(b) && j-i < maxList; j++ {
		switch c := b[j]; {
		case c == shut:
			if commas == 0 || j == i {
				return 0
			}
			return j
		case c == ',':
			commas++
			if at(b, j+1) == ' ' {
				j++
			}
		case class[c]&(cSpace|cDelim) != 0:
			return 0
		}
	}
	return 0
}

// fieldEnd returns the end of what a field holds in brackets, as in
// volumes=[a b c], that begins at i, or 0.
func fieldEnd(b []byte, i int) int {
	for j := i; j < len(b) && j-i < maxList; j++ {
		switch b[j] {
		case ']':
			if j == i {
				return 0
			}
			return j
		case '[', '{', '"', '=':
			return 0
		}
	}
	return 0
}

// pseudonym returns the end of [Type_12] or [Type_12.3] at i, or 0.
func pseudonym(b []byte, i int) int {
	j := i + 1
	if c := at(b, j); c < 'A' || c > 'Z' {
		return 0
	}
	for j < len(b) && j-i < 40 && (isLetter(b[j]) || isDigit(b[j])) {
		j++
	}
	if at(b, j) != '_' || !isDigit(at(b, j+1)) {
		return 0
	}
	for j++; j < len(b) && j-i < 60 && (isDigit(b[j]) || b[j] == '.'); j++ {
	}
	if at(b, j) != ']' {
		return 0
	}
	return j + 1
}

// colonHex returns the end of a hardware or IPv6 address at i, or 0: groups
// of up to four hexadecimal digits with at least two colons.
func colonHex(b []byte, i int) int {
	colons, group, digitSeen := 0, 0, false
	j := i
	for ; j < len(b) && j-i < 64; j++ {
		c := b[j]
		cl := class[c]
		switch {
		case c == ':':
			colons++
			group = 0
			continue
		case cl&(cDigit|cHex) != 0:
			digitSeen = digitSeen || cl&cDigit != 0
			group++
		case c == '.' && colons >= 2 && isDigit(at(b, j+1)):
			group = 0 // an IPv4 address inside one of IPv6
		default:
			if cl&(cSpace|cDelim) == 0 && c != '%' && c != '/' && c != '-' && c != '.' {
				return 0
			}
			goto end
		}
		if group > 4 {
			return 0
		}
	}
end:
	for j > i && b[j-1] == ':' && at(b, j-2) != ':' {
		j--
		colons--
	}
	if colons < 2 || !digitSeen && colons < 5 {
		return 0
	}
	return j
}

// isUnit reports whether a word behind a number is its unit.
func isUnit(w []byte) bool {
	if len(w) == 0 || len(w) > 12 {
		return false
	}
	switch string(w) {
	case "ns", "us", "ms", "s", "sec", "secs", "second", "seconds", "msec", "msecs", "usec", "usecs", "millis", "milliseconds", "microseconds",
		"min", "mins", "minute", "minutes", "hour", "hours", "hr", "hrs", "days", "day",
		"B", "KB", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "bytes", "byte", "Bytes", "K", "M", "G", "kb", "Kb", "Mb", "mb", "%":
		return true
	}
	return false
}
