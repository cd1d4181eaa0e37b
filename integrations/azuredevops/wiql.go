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
