package azuredevops

import (
	"strings"
)

// token of a query.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	tokEnd    tokenKind = iota
	tokWord             // a keyword, or the name of a field
	tokField            // a name in brackets
	tokString           // a text, unquoted
	tokNumber           // digits
	tokMacro            // @name
	tokSign             // an operator, a parenthesis, a comma
)

// scan cuts a query into tokens, and refuses every character that none can
// have.
func scan(text string) ([]token, error) {
	if len(text) > maxRaw {
		return nil, bad("it is longer than %d bytes", maxRaw)
	}
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		end := i + 1
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == '[':
			n := strings.IndexByte(text[i:], ']')
			if n < 0 {
				return nil, bad("a [ without a ]")
			}
			end = i + n + 1
			name := strings.TrimSpace(text[i+1 : end-1])
			if !isName(name) {
				return nil, bad("what stands in brackets is the name of a field")
			}
			out = append(out, token{tokField, name})
		case c == '\'' || c == '"':
			value, n, ok := quoted(text[i:])
			if !ok {
				return nil, bad("a text without its second quote")
			}
			end = i + n
			out = append(out, token{tokString, value})
		case c == '@' || isLetter(c):
			for end < len(text) && (isLetter(text[end]) || text[end] >= '0' && text[end] <= '9' || text[end] == '.' || text[end] == '_') {
				end++
			}
			kind := tokWord
			if c == '@' {
				kind = tokMacro
			}
			out = append(out, token{kind, text[i:end]})
		case c >= '0' && c <= '9':
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			out = append(out, token{tokNumber, text[i:end]})
		default:
			if i+2 <= len(text) && (text[i:i+2] == "<>" || text[i:i+2] == "<=" || text[i:i+2] == ">=") {
				end = i + 2
			} else if strings.IndexByte("=<>(),+-", c) < 0 {
				return nil, bad("the character at %d; there are no comments in WIQL, and only one query", i)
			}
			out = append(out, token{tokSign, text[i:end]})
		}
		i = end
	}
	return append(out, token{}), nil
}

// isName reports whether text can be a name of a field: System.State, or
// State, or Iteration Path.
func isName(text string) bool {
	if text == "" || len(text) > 128 || !isLetter(text[0]) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' && c != ' ' {
			return false
		}
	}
	return true
}

// quoted reads a text in single or double quotes, in which its quote is
// doubled, and returns its value and its length.
func quoted(text string) (value string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != text[0] {
			b.WriteByte(text[i])
			continue
		}
		if i+1 == len(text) || text[i+1] != text[0] {
			return b.String(), i + 1, true
		}
		b.WriteByte(text[i])
		i++
	}
	return "", 0, false
}
