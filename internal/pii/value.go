package pii

// value is the text that follows a key name and a separator.
type value struct {
	start, end int
	quoted     bool
	cont       contKind // Not contNone if the value runs on beyond the piece.
	quote      byte
}

// readValue reads the value that starts at i. pct says that the text around is percent-encoded.
func readValue(b []byte, i int, pct bool) value {
	if i >= len(b) {
		return value{start: i, end: i}
	}
	depth := 0 // Backslashes before the opening quote: the text is a string inside a string.
	j := i
	for j < len(b) && depth < 8 && b[j] == '\\' {
		depth++
		j++
	}
	if j < len(b) && isQuote(b[j]) {
		if v, ok := readQuoted(b, j, depth); ok {
			return v
		}
		i = j + 1
	}
	v := value{start: i}
	hi := min(len(b), i+maxValue)
	v.end = rawEnd(b, i, hi, pct)
	if v.end == hi && hi < len(b) {
		v.cont = contRaw
	}
	return v
}

// readBlock reads a YAML block scalar (YAML 1.2, section 8.1): the indented lines behind a '|' or '>'.
func readBlock(b []byte, i int) (value, bool) {
	if i >= len(b) || b[i] != '|' && b[i] != '>' {
		return value{}, false
	}
	for i++; i < len(b) && (b[i] == '-' || b[i] == '+' || isDigit(b[i]) || b[i] == '\r'); i++ {
	}
	if i >= len(b) || b[i] != '\n' {
		return value{}, false
	}
	i++
	indent := run(b, i, i+64, chSpace) - i
	v := value{start: i + indent, end: i + indent, quoted: true}
	hi := min(len(b), i+maxValue)
	for indent > 0 && i+indent < hi && allOf(b[i:i+indent], chSpace) {
		j := i + indent
		for j < hi && b[j] != '\n' {
			j++
		}
		v.end = j
		i = j + 1
	}
	return v, v.end > v.start
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// readQuoted reads a string whose opening quote is at q behind depth backslashes. It fails if the string does not end
// on its line and the line is too long to be covered as a whole.
func readQuoted(b []byte, q, depth int) (value, bool) {
	v := value{start: q + 1, quoted: true, quote: b[q]}
	hi := min(len(b), v.start+maxValue)
	end, closed := quotedEnd(b, v.start, hi, b[q], depth)
	v.end = end
	switch {
	case closed:
		return v, true
	case end == hi && hi < len(b):
		// Only a plain quote can be found again from the middle of its string; in a nested one any quote ends it.
		v.cont = contQuoted
		return v, true
	default: // Cut off at the end of the line or the text.
		const maxOpen = 256
		return v, end-v.start <= maxOpen
	}
}

// quotedEnd returns the index of the quote that ends a string, or of the line feed or the hi that cuts it off.
func quotedEnd(b []byte, i, hi int, q byte, depth int) (end int, closed bool) {
	for i < hi {
		switch b[i] {
		case '\n':
			return i, false
		case '\\':
			s := i
			for i < hi && b[i] == '\\' {
				i++
			}
			if i < hi && b[i] == q {
				n := i - s
				switch {
				case depth > 0 && n <= depth:
					return s, true
				case depth > 0:
					i++
				case n%2 == 0:
					return i, true
				default:
					i++
				}
			}
		case q:
			if q == '\'' && depth == 0 && i+1 < hi && b[i+1] == q { // SQL doubles a quote inside a string.
				if i+2 < len(b) && (isWord(b[i+2]) || b[i+2] == q) {
					i += 2
					continue
				}
			}
			return i, true
		default:
			i++
		}
	}
	return hi, false
}

// rawEnd returns where an unquoted value ends. Bytes that separate values in some formats but may be part of a
// password end it only if what follows shows that something else begins.
func rawEnd(b []byte, i, hi int, pct bool) int {
	depth := 0
	if end := templateEnd(b, i); end > 0 {
		i = end
	}
	for j := i; j < hi; j++ {
		c := b[j]
		if charTab[c]&chWord != 0 || c >= 0x80 {
			continue
		}
		switch c {
		case '"', '\'', '`':
			if endsAfter(b, j+1) {
				return j
			}
		case '<':
			if j == i {
				depth++
			} else if j+1 < len(b) && (b[j+1] == '/' || b[j+1] == 'b' || b[j+1] == '!') {
				return j
			}
		case '>':
			if depth > 0 {
				depth--
			} else if endsAfter(b, j+1) {
				return j
			}
		case ',', ';', '&', '|':
			if c == '&' && quoteEntity(b, j) > 0 {
				return j
			}
			if endsAfter(b, j+1) || keyFollows(b, j+1) || c == ';' && j > i+minEncoded && b[j-1] == '=' && allOf(b[i:j-2], chB64) {
				return j // The padding of base64 is its end.
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth > 0 {
				depth--
			} else if endsAfter(b, j+1) {
				return j
			}
		case '\\':
			if escapeEnds(b, j) {
				return j
			}
		case '%':
			if pct && j+2 < len(b) && b[j+1] == '2' && (b[j+2] == '6' || b[j+2] == '0' || b[j+2] == '2' || b[j+2]|0x20 == 'c') {
				return j
			}
		case 0x1b:
			return j
		default:
			if isSpace(c) {
				return j
			}
		}
	}
	return hi
}

// templateEnd returns the end of a template action such as "{{ .Values.password }}" at i, or 0.
func templateEnd(b []byte, i int) int {
	j := i
	if j < len(b) && b[j] == '$' {
		j++
	}
	if j+1 >= len(b) || b[j] != '{' || b[j+1] != '{' {
		return 0
	}
	for k := j + 2; k+1 < len(b) && k < j+128 && b[k] != '\n'; k++ {
		if b[k] == '}' && b[k+1] == '}' {
			return k + 2
		}
	}
	return 0
}

// endsAfter reports whether b[i:] looks like the end of a field: nothing, white space, or closing punctuation.
func endsAfter(b []byte, i int) bool {
	if i >= len(b) || isSpace(b[i]) {
		return true
	}
	switch b[i] {
	case ',', ';', ')', ']', '}', '"', '\'', '`', '|', '\\', '>', ':', 0x1b:
		return true
	case '.', '&':
		return i+1 >= len(b) || isSpace(b[i+1]) || isLetter(b[i+1])
	}
	return false
}

// keyFollows reports whether a further key name and its separator begin at i.
func keyFollows(b []byte, i int) bool {
	if hasPrefixFold(b[i:min(len(b), i+4)], "amp;") {
		i += 4
	}
	if i < len(b) && (isQuote(b[i]) || b[i] == '\\') {
		i++
	}
	if i >= len(b) || !isLetter(b[i]) && b[i] != '_' {
		return false
	}
	j := run(b, i, i+40, chKey)
	return j < len(b) && (b[j] == '=' || b[j] == ':' || isQuote(b[j]) || b[j] == '%' && j+2 < len(b) && b[j+1] == '3')
}

// escapeEnds reports whether the backslash at i starts an escape that ends a value inside a string: a line end, a tab,
// a quote, or the escaped form of '&', '<', '>' or ESC.
func escapeEnds(b []byte, i int) bool {
	for i < len(b) && b[i] == '\\' {
		i++
	}
	if i >= len(b) {
		return true
	}
	switch b[i] {
	case 'n', 'r', 't', '"', '\'':
		return true
	case 'u':
		switch hex4(b, i+1) {
		case '&', '<', '>', 0x1b:
			return true
		}
	case 'x':
		return i+2 < len(b) && b[i+1] == '1' && b[i+2]|0x20 == 'b'
	}
	return false
}

// placeholders stand where a value was taken out or not yet put in.
var placeholders = map[string]bool{
	"null": true, "nil": true, "none": true, "undefined": true, "true": true, "false": true, "yes": true, "no": true,
	"empty": true, "redacted": true, "hidden": true, "masked": true, "filtered": true, "removed": true,
	"omitted": true, "protected": true, "sensitive": true, "unset": true, "n/a": true, "na": true, "nan": true,
	"required": true, "optional": true, "string": true, "string?": true, "str": true, "&str": true, "bytes": true, "secretstr": true, "(null)": true, "(none)": true, "(nil)": true, "(empty)": true,
	"(redacted)": true, "(hidden)": true, "(sensitive)": true, "****": true, "<*>": true, "set": true, "not_set": true,
	"your_password": true, "your-password": true, "yourpassword": true, "enabled": true,
	"disabled": true, "on": true, "off": true, "unknown": true, "xxx": true, "todo": true, "fixme": true, "tbd": true, "await": true,
}

// isPlaceholder reports whether v stands for a value rather than being one.
func isPlaceholder(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	if len(v) <= 16 {
		var buf [16]byte
		for i, c := range v {
			buf[i] = lower(c)
		}
		if placeholders[string(buf[:len(v)])] {
			return true
		}
	}
	if len(v) > 128 {
		return false
	}
	first, last := v[0], v[len(v)-1]
	masked := len(v) > 2 || first == '*' // Masking characters.
	for _, c := range v {
		if c != '*' && c != 'x' && c != 'X' && c != '.' && c != '#' && c != '-' && c != '_' && c != '?' && c != ' ' && c != '%' {
			masked = false
			break
		}
	}
	switch {
	case masked:
		return true
	case first == '<' && last == '>', first == '[' && last == ']', first == '{' && last == '}', first == '%' && last == '%':
		if _, n, ok := ParseToken(v); ok && n == len(v) || escapedToken(v) == len(v) {
			return true
		}
		return isName(trimBrackets(v)) || standsForValue(v)
	case first == '$':
		return isVariable(v[1:]) || standsForValue(v)
	case hasPrefixFold(v, "%(") || hasPrefixFold(v, "#{") || hasPrefixFold(v, "@{"):
		return last == '}' || last == ')' || last == 's'
	case first == '%' && len(v) == 2:
		return isLetter(last) // A verb of a format string.
	case hasPrefixFold(v, "\xe2\x80\xa2"): // Bullets.
		return len(v)%3 == 0
	}
	return standsForValue(v)
}

func trimBrackets(v []byte) []byte {
	for len(v) > 1 && (v[0] == '<' || v[0] == '[' || v[0] == '{' || v[0] == '%') {
		v = v[1 : len(v)-1]
	}
	return v
}

// isName reports whether v could be the name of what should stand here: letters and separators.
func isName(v []byte) bool {
	for _, c := range v {
		if !isLetter(c) && c != '_' && c != '-' && c != ' ' && c != '.' && c != '$' {
			return false
		}
	}
	return true
}

// isVariable reports whether v, behind a dollar sign, is the name of a shell or template variable.
func isVariable(v []byte) bool {
	if len(v) < 2 {
		return len(v) == 1 && isDigit(v[0]) // An argument of a script.
	}
	if v[0] == '{' || v[0] == '(' {
		return v[len(v)-1] == '}' || v[len(v)-1] == ')'
	}
	if isDigit(v[0]) || !allOf(v, chWord) {
		return false
	}
	if allOf(v, chUpper) {
		return true
	}
	for _, c := range v {
		if is(c, chLower) {
			return containsFold(v, "pass") || containsFold(v, "secret") || containsFold(v, "token") || containsFold(v, "key")
		}
	}
	return containsFold(v, "_")
}
