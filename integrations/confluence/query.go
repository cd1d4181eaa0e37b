package confluence

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/gate"
)

// ErrValue is what every refusal of a value in a query matches.
var ErrValue = errors.New("the value cannot stand in a Confluence query")

// Query is a search in CQL: conditions on pages that all hold. It is only
// built by its methods.
//
// A value stands in two languages: in a literal of CQL, where a quotation mark
// ends it, and, where text is searched, in a query of Lucene within that, where
// signs act. It is escaped for both.
type Query struct {
	dest  gate.Destination
	parts []string
	order string
	err   error
}

// NewQuery begins a query for pages.
func NewQuery(d gate.Destination) *Query { return &Query{dest: d, parts: []string{"type = page"}} }

// InSpace adds the condition that a page is in the space of a key.
func (q *Query) InSpace(key string) *Query {
	if err := CheckKey(key); err != nil {
		return q.fail(err)
	}
	return q.add("space = " + literal(key))
}

// Labelled adds the condition that a page has a label.
func (q *Query) Labelled(label gate.Cleared) *Query {
	text, err := label.Text(q.dest)
	if err == nil {
		err = CheckLabel(text)
	}
	if err != nil {
		return q.fail(err)
	}
	return q.add("label = " + literal(text))
}

// Contains adds the condition that title or text of a page contain the words
// of a text.
func (q *Query) Contains(text gate.Cleared) *Query {
	value, err := text.Text(q.dest)
	if err == nil {
		value, err = safe(value)
	}
	if err != nil {
		return q.fail(err)
	}
	words := literal(lucene(value))
	return q.add("(title ~ " + words + " OR text ~ " + words + ")")
}

// Newest orders by the last change, newest first.
func (q *Query) Newest() *Query {
	q.order = " order by lastmodified desc"
	return q
}

func (q *Query) add(condition string) *Query {
	q.parts = append(q.parts, condition)
	return q
}

func (q *Query) fail(err error) *Query {
	if q.err == nil {
		q.err = err
	}
	return q
}

// Encode returns the text of the query, or why there is none.
func (q *Query) Encode() (string, error) {
	if q.err != nil {
		return "", q.err
	}
	return strings.Join(q.parts, " AND ") + q.order, nil
}

const maxQueryValue = 200

// safe refuses what is no text to look for.
func safe(v string) (string, error) {
	v = strings.TrimSpace(v)
	switch {
	case v == "":
		return "", fmt.Errorf("%w: it is empty", ErrValue)
	case len(v) > maxQueryValue:
		return "", fmt.Errorf("%w: it is longer than %d bytes", ErrValue, maxQueryValue)
	case !utf8.ValidString(v):
		return "", fmt.Errorf("%w: it is no valid text", ErrValue)
	}
	letters := false
	for _, r := range v {
		// Line and paragraph separators count as ends of lines to some parsers.
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r == utf8.RuneError {
			return "", fmt.Errorf("%w: it holds a control character", ErrValue)
		}
		letters = letters || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	if !letters {
		return "", fmt.Errorf("%w: it holds no letter and no digit", ErrValue)
	}
	return v, nil
}

// specials are the signs that act in a query of Lucene ("Performing text
// searches using CQL", developer.atlassian.com).
const specials = `+-&|!(){}[]^"~*?:\/`

// lucene escapes a text for a query of Lucene. Its operators in capitals are
// written small, which is the same word to an index.
func lucene(v string) string {
	words := strings.Fields(v)
	for i, w := range words {
		switch w {
		case "AND", "OR", "NOT", "TO":
			words[i] = strings.ToLower(w)
		}
	}
	var b strings.Builder
	for _, r := range strings.Join(words, " ") {
		if strings.ContainsRune(specials, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// literal quotes a text for CQL.
func literal(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}
