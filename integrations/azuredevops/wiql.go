package azuredevops

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrWIQL is what every refusal of a query of an agent matches.
var ErrWIQL = errors.New("the query is not one that is taken")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrWIQL, fmt.Sprintf(format, args...))
}

// Conditions are those of a query that an agent wrote: SELECT … FROM WorkItems
// WHERE conditions ORDER BY fields. Of the query they are all that is kept, and
// they are written anew from what was understood, in parentheses of their own,
// so that nothing of them can be anything but a condition. There is no
// ASOF, no MODE, no query of links, and no comment: WIQL has none.
type Conditions struct {
	pieces   []piece // in their order
	literals []string
	order    []string
}

// piece is a part of the text: ours, or the place of a literal.
type piece struct {
	text string
	lit  int // index of a literal; -1 for text
}

// Literals returns the values that the query looks for, in their order.
func (c *Conditions) Literals() []string { return c.literals }

func (c *Conditions) render(literals []string) (string, error) {
	if len(literals) != len(c.literals) {
		return "", errors.New("a query with other literals than its own")
	}
	var b strings.Builder
	b.WriteByte('(')
	for _, p := range c.pieces {
		if p.lit < 0 {
			b.WriteString(p.text)
			continue
		}
		text, err := literal(literals[p.lit])
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	b.WriteByte(')')
	return b.String(), nil
}

// Bounds of a query of an agent.
const (
	maxRaw        = 4000 // bytes
	maxDepth      = 20   // of parentheses and NOT
	maxConditions = 40
	maxOrder      = 3
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

// wiqlParser reads the tokens by recursive descent and writes the pieces.
type wiqlParser struct {
	toks     []token
	out      Conditions
	depth, n int
}

// ParseConditions reads a query of an agent.
func ParseConditions(text string) (*Conditions, error) {
	toks, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &wiqlParser{toks: toks}
	if err := p.query(); err != nil {
		return nil, err
	}
	return &p.out, nil
}

const wiqlForm = "it is SELECT [System.Id] FROM WorkItems WHERE … ORDER BY …"

func (p *wiqlParser) query() error {
	if !p.word("select") {
		return bad("%s", wiqlForm)
	}
	for more := true; more; more = p.sign(",") {
		if _, err := p.field(); err != nil {
			return err
		}
	}
	if !p.word("from") || !p.word("workitems") || !p.word("where") {
		return bad("%s; queries of links are not taken", wiqlForm)
	}
	if err := p.or(); err != nil {
		return err
	}
	if p.word("order") {
		if !p.word("by") {
			return bad("ORDER without BY")
		}
		for more := true; more; more = p.sign(",") {
			f, err := p.field()
			if err != nil {
				return err
			}
			switch {
			case p.word("desc"):
				f += " DESC"
			case p.word("asc"):
			}
			p.out.order = append(p.out.order, f)
		}
		if len(p.out.order) > maxOrder {
			return bad("more than %d fields to order by", maxOrder)
		}
	}
	switch t := p.toks[0]; {
	case t.kind == tokEnd:
		return nil
	case t.kind == tokWord && (strings.EqualFold(t.text, "asof") || strings.EqualFold(t.text, "mode")):
		return bad("ASOF and MODE are not taken")
	}
	return bad("something follows where it should end; %s", wiqlForm)
}

func (p *wiqlParser) next() token {
	t := p.toks[0]
	if t.kind != tokEnd {
		p.toks = p.toks[1:]
	}
	return t
}

func (p *wiqlParser) word(w string) bool {
	if t := p.toks[0]; t.kind == tokWord && strings.EqualFold(t.text, w) {
		p.next()
		return true
	}
	return false
}

func (p *wiqlParser) sign(s string) bool {
	if t := p.toks[0]; t.kind == tokSign && t.text == s {
		p.next()
		return true
	}
	return false
}

func (p *wiqlParser) write(text string) { p.out.pieces = append(p.out.pieces, piece{text, -1}) }

// field reads the name of a field and returns it in brackets.
func (p *wiqlParser) field() (string, error) {
	t := p.next()
	if t.kind != tokField && (t.kind != tokWord || keywords[strings.ToLower(t.text)]) {
		return "", bad("the name of a field was expected, such as [System.State]")
	}
	return "[" + t.text + "]", nil
}

var keywords = map[string]bool{
	"select": true, "from": true, "where": true, "and": true, "or": true, "not": true, "in": true, "under": true, "contains": true, "ever": true,
	"is": true, "empty": true, "order": true, "by": true, "asc": true, "desc": true, "asof": true, "mode": true, "words": true, "group": true,
}

func (p *wiqlParser) or() error  { return p.list("or", " OR ", p.and) }
func (p *wiqlParser) and() error { return p.list("and", " AND ", p.unary) }

// list reads terms with a word between them and writes several in parentheses.
func (p *wiqlParser) list(word, between string, term func() error) error {
	begin, several := len(p.out.pieces), false
	if err := term(); err != nil {
		return err
	}
	for p.word(word) {
		several = true
		p.write(between)
		if err := term(); err != nil {
			return err
		}
	}
	if several {
		p.out.pieces = slices.Insert(p.out.pieces, begin, piece{"(", -1})
		p.write(")")
	}
	return nil
}

func (p *wiqlParser) unary() error {
	if p.depth++; p.depth > maxDepth {
		return bad("it is nested too deep")
	}
	defer func() { p.depth-- }()
	switch {
	case p.word("not"):
		p.write("NOT ")
		return p.unary()
	case p.sign("("):
		if err := p.or(); err != nil {
			return err
		}
		if !p.sign(")") {
			return bad("a ( without a )")
		}
		return nil
	}
	return p.condition()
}

// condition reads field, operator and value.
func (p *wiqlParser) condition() error {
	if p.n++; p.n > maxConditions {
		return bad("more than %d conditions", maxConditions)
	}
	f, err := p.field()
	if err != nil {
		return err
	}
	op, err := p.operator()
	if err != nil {
		return err
	}
	p.write(f + " " + op)
	switch op {
	case "IS EMPTY", "IS NOT EMPTY":
		return nil
	case "IN", "NOT IN":
		if !p.sign("(") {
			return bad("IN without a list in parentheses")
		}
		p.write(" (")
		for first := true; first || p.sign(","); first = false {
			if !first {
				p.write(", ")
			}
			if err := p.value(); err != nil {
				return err
			}
		}
		if !p.sign(")") {
			return bad("a ( without a )")
		}
		p.write(")")
		return nil
	}
	p.write(" ")
	return p.value()
}

func (p *wiqlParser) operator() (string, error) {
	not := ""
	if p.word("not") {
		not = "NOT "
	}
	switch {
	case p.word("contains"):
		if p.word("words") {
			return not + "CONTAINS WORDS", nil
		}
		return not + "CONTAINS", nil
	case p.word("under"):
		return not + "UNDER", nil
	case p.word("in"):
		return not + "IN", nil
	case not == "" && p.word("ever"):
		return "EVER", nil
	case not == "" && p.word("is"):
		if p.word("not") {
			not = "NOT "
		}
		if !p.word("empty") {
			return "", bad("IS is followed by EMPTY or NOT EMPTY")
		}
		return "IS " + not + "EMPTY", nil
	}
	if t := p.next(); not == "" && t.kind == tokSign && strings.Contains("= <> < > <= >=", t.text) {
		return t.text, nil
	}
	return "", bad("an operator was expected: =, <>, <, >, <=, >=, CONTAINS, CONTAINS WORDS, UNDER, IN, EVER, IS EMPTY")
}

// macros are those that need nothing of us. The others name teams.
var macros = map[string]bool{"@project": true, "@me": true, "@today": true, "@startofday": true, "@startofweek": true, "@startofmonth": true, "@startofyear": true}

// value reads a text, a number, a macro or a field.
func (p *wiqlParser) value() error {
	minus := ""
	if p.sign("-") {
		minus = "-"
	}
	t := p.next()
	switch {
	case t.kind == tokNumber:
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			return bad("a number that is too large")
		}
		p.write(minus + strconv.FormatInt(n, 10))
		return nil
	case minus != "":
	case t.kind == tokString:
		p.out.pieces = append(p.out.pieces, piece{"", len(p.out.literals)})
		p.out.literals = append(p.out.literals, t.text)
		return nil
	case t.kind == tokField:
		p.write("[" + t.text + "]")
		return nil
	case t.kind == tokMacro && macros[strings.ToLower(t.text)]:
		p.write(t.text)
		for _, sign := range []string{"-", "+"} {
			if p.sign(sign) {
				n, err := strconv.ParseInt(p.next().text, 10, 32)
				if err != nil {
					return bad("a macro plus or minus a number of days")
				}
				p.write(" " + sign + " " + strconv.FormatInt(n, 10))
				break
			}
		}
		return nil
	case t.kind == tokMacro:
		return bad("the macros are @project, @me, @today and @startOfDay, Week, Month and Year")
	}
	return bad("a value was expected: 'text', a number, a macro such as @today, or [a field]")
}
