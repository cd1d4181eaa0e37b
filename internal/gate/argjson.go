package gate

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// inspectArgs refuses what could be read in two ways: text that is not one JSON
// object in UTF-8, nested too deeply, or with a name twice in one object,
// where one reader would take the first and another the last.
func inspectArgs(args []byte) error {
	if !utf8.Valid(args) {
		return &ArgError{Reason: "they are not valid UTF-8"}
	}
	if !json.Valid(args) {
		return &ArgError{Reason: "they are not valid JSON"}
	}
	i := skipSpace(args, 0)
	if args[i] != '{' {
		return &ArgError{Reason: "they are not a JSON object"}
	}
	_, err := inspectValue(args, i, 0)
	return err
}

// inspectValue checks the value at i and returns its end.
func inspectValue(b []byte, i, depth int) (int, error) {
	if b[i] != '{' && b[i] != '[' {
		return skipValue(b, i), nil
	}
	if depth == maxArgDepth {
		return 0, &ArgError{Reason: "they are nested too deeply"}
	}
	object := b[i] == '{'
	var names map[string]struct{}
	for i++; ; {
		i = skipSpace(b, i)
		switch b[i] {
		case '}', ']':
			return i + 1, nil
		case ',':
			i++
			continue
		}
		if object {
			end := skipString(b, i)
			name := unquote(b[i:end])
			if _, twice := names[name]; twice {
				return 0, &ArgError{Reason: "an object in them has one name twice"}
			}
			if names == nil {
				names = map[string]struct{}{}
			}
			names[name] = struct{}{}
			i = skipSpace(b, end)
			i = skipSpace(b, i+1) // Behind the colon.
		}
		var err error
		if i, err = inspectValue(b, i, depth+1); err != nil {
			return 0, err
		}
	}
}

// The functions below step through valid JSON.

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// skipString returns the end of the string whose opening quote is at i.
func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the end of the value at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue
		default:
			for i < len(b) && !isDelimiter(b[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ':', '{', '}', '[', ']', '"', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// unquote returns the text of a JSON string literal. Escaped lone surrogates
// become U+FFFD, as encoding/json has it.
func unquote(lit []byte) string {
	for _, c := range lit {
		if c == '\\' {
			var s string
			if json.Unmarshal(lit, &s) != nil {
				return "" // Not reached for the literals of valid JSON.
			}
			return s
		}
	}
	return string(lit[1 : len(lit)-1])
}

// appendQuoted appends b as a JSON string.
func appendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return append(dst, '"')
}
