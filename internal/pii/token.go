package pii

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Token is a pseudonym: it stands for a value in redacted text. Its text form is `[Label_Ordinal]`, or
// `[Label_Ordinal.Variant]` for a further spelling of the same value. It is ASCII and needs no escape in JSON, CSV or
// XML.
type Token struct {
	Label   string // One of [Labels].
	Ordinal int    // From 1.
	Variant int    // 0 or 1 is the first spelling, which has no suffix; further spellings count from 2.
}

// The grammar of a token allows this many digits in a number.
const (
	maxOrdinal  = 999_999_999
	maxLabelLen = 18
	maxTokenLen = 1 + maxLabelLen + 1 + 9 + 1 + 9 + 1
)

// ErrToken is returned for a token that has no text form: an unknown label or a number out of range.
var ErrToken = errors.New("token has an unknown label or a number outside 1 to 999999999")

// labelTypes maps each known label to its type.
var labelTypes = func() map[string]Type {
	m := make(map[string]Type)
	for t := Type(1); t < numTypes; t++ {
		for _, l := range typeTable[t].labels {
			m[l] = t
		}
	}
	return m
}()

// Labels returns all labels that a token can have, in the order of [Types].
func Labels() []string {
	var ls []string
	for t := Type(1); t < numTypes; t++ {
		ls = append(ls, typeTable[t].labels...)
	}
	return ls
}

// Type returns the type of the values that the token's label stands for, or 0 if there is no such label.
func (t Token) Type() Type { return labelTypes[t.Label] }

// Valid reports whether the token has a text form.
func (t Token) Valid() bool {
	return t.Type() != 0 && t.Ordinal >= 1 && t.Ordinal <= maxOrdinal && t.Variant >= 0 && t.Variant <= maxOrdinal
}

// String returns the text form of the token.
func (t Token) String() string { return string(AppendToken(nil, t)) }

// AppendToken appends the text form of t. It does not check t; see [Token.Valid].
func AppendToken(dst []byte, t Token) []byte {
	dst = append(dst, '[')
	dst = append(dst, t.Label...)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(t.Ordinal), 10)
	if t.Variant > 1 {
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, int64(t.Variant), 10)
	}
	return append(dst, ']')
}

// ParseToken reads a token at the start of b and returns it with its length in bytes. The grammar is strict:
//
//	token   = "[" label "_" number [ "." number ] "]"
//	label   = one of [Labels]
//	number  = 1 to 9 digits without a leading zero; the second is at least 2
func ParseToken(b []byte) (tok Token, n int, ok bool) {
	if len(b) < 5 || b[0] != '[' {
		return Token{}, 0, false
	}
	tok, n, ok = parseTokenBody(b[1:])
	return tok, n + 1, ok
}

// parseTokenBody reads what follows the opening bracket.
func parseTokenBody(b []byte) (tok Token, n int, ok bool) {
	if len(b) == 0 || b[0] < 'A' || b[0] > 'Z' {
		return Token{}, 0, false
	}
	i := bytes.IndexByte(b[:min(len(b), maxLabelLen+1)], '_')
	if i < 0 {
		return Token{}, 0, false
	}
	t, known := labelTypes[string(b[:i])]
	if !known {
		return Token{}, 0, false
	}
	for _, l := range typeTable[t].labels { // Take the label from the table so that it does not keep b alive.
		if l == string(b[:i]) {
			tok.Label = l
		}
	}
	i++
	tok.Ordinal, n = parseNumber(b[i:])
	if n == 0 {
		return Token{}, 0, false
	}
	i += n
	if i < len(b) && b[i] == '.' {
		tok.Variant, n = parseNumber(b[i+1:])
		if n == 0 || tok.Variant < 2 {
			return Token{}, 0, false
		}
		i += 1 + n
	}
	if i >= len(b) || b[i] != ']' {
		return Token{}, 0, false
	}
	return tok, i + 1, true
}

// parseNumber reads 1 to 9 digits without a leading zero and returns the value and the number of digits, or 0.
func parseNumber(b []byte) (v, n int) {
	for n < len(b) && n < 10 && b[n] >= '0' && b[n] <= '9' {
		v = v*10 + int(b[n]-'0')
		n++
	}
	if n == 0 || n > 9 || b[0] == '0' {
		return 0, 0
	}
	return v, n
}

// escaper gives each look-alike of a token in raw text one escape more: `[Email_3]` becomes `[=Email_3]`, that becomes
// `[==Email_3]`. It works on consecutive pieces of text.
type escaper struct {
	open bool // The last byte seen was a '[' or an '=' in the run after one.
}

// append appends as much of text as is decided and returns how many bytes of it that was. What it leaves, fewer than
// maxTokenLen bytes, must be offered again with more text behind it. With final set it decides everything and forgets
// its state.
func (x *escaper) append(dst, text []byte, final bool) ([]byte, int) {
	i := 0
	for {
		if x.open {
			j := i
			for j < len(text) && text[j] == '=' {
				j++
			}
			dst = append(dst, text[i:j]...)
			i = j
			_, n, ok := parseTokenBody(text[i:])
			switch {
			case ok:
				dst = append(dst, '=')
				dst = append(dst, text[i:i+n]...)
				i += n
			case !final && len(text)-i < maxTokenLen && bytes.IndexByte(text[i:], '[') < 0:
				return dst, i
			}
			x.open = false
		}
		j := bytes.IndexByte(text[i:], '[')
		if j < 0 {
			return append(dst, text[i:]...), len(text)
		}
		dst = append(dst, text[i:i+j+1]...)
		i += j + 1
		x.open = true
	}
}

// escapedToken reads an escaped look-alike at the start of b and returns its length, or 0.
func escapedToken(b []byte) int {
	if len(b) < 6 || b[0] != '[' || b[1] != '=' {
		return 0
	}
	i := 2
	for i < len(b) && b[i] == '=' {
		i++
	}
	_, n, ok := parseTokenBody(b[i:])
	if !ok {
		return 0
	}
	return i + n
}

// QuoteTokens returns the RE2 pattern with every token in it made a literal, so that an agent can search for a token
// as it saw it: `(?:\[Email_3\])` instead of a character class.
func QuoteTokens(pattern string) string {
	var sb strings.Builder
	for {
		i := strings.IndexByte(pattern, '[')
		if i < 0 {
			sb.WriteString(pattern)
			return sb.String()
		}
		sb.WriteString(pattern[:i])
		pattern = pattern[i:]
		tok, n, ok := ParseToken([]byte(pattern[:min(len(pattern), maxTokenLen)]))
		if !ok || oddBackslashes(sb.String()) {
			sb.WriteByte('[')
			pattern = pattern[1:]
			continue
		}
		lit := tok.String()
		sb.WriteString(`(?:\[` + strings.ReplaceAll(lit[1:len(lit)-1], ".", `\.`) + `\])`)
		pattern = pattern[n:]
	}
}

// oddBackslashes reports whether s ends in an odd number of backslashes, that is, whether the next byte is escaped.
func oddBackslashes(s string) bool {
	n := len(s) - len(strings.TrimRight(s, `\`))
	return n%2 == 1
}
