package azuredevops

import (
	"fmt"
	"strconv"
	"strings"
)

// wiql is a query of the Work Item Query Language, after it was read. The
// grammar is that of "WIQL syntax" in the vendor's documentation, for flat
// queries.
type wiql struct {
	columns []string
	where   expr // nil when there is none
	order   []sortBy
}

type sortBy struct {
	field      string
	descending bool
}

// expr is a condition.
type expr interface {
	holds(e *evaluation) (bool, error)
}

type (
	all   []expr
	anyOf []expr
	not   struct{ of expr }
	cond  struct {
		field, op string
		values    []operand
	}
)

// operand is what a field is compared with: a text, a number, a macro with
// what is added to it, or a field.
type operand struct {
	kind   byte // 's', 'n', '@', 'f'
	text   string
	number float64
	add    int // days, of @Today
}

// wtoken is a token of a query.
type wtoken struct {
	kind byte // 'w' word, 'f' bracketed field, 's' string, 'n' number, '@' macro, 'o' operator, 0 end
	text string
	at   int
}

func badQuery(format string, args ...any) error { return fmt.Errorf(format, args...) }

// tokens cuts a query into tokens. There are no comments in the language.
func tokens(q string) ([]wtoken, error) {
	var out []wtoken
	for i := 0; i < len(q); {
		c := q[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
			continue
		case c == '[':
			end := strings.IndexByte(q[i:], ']')
			if end < 0 {
				return nil, badQuery("TF51005: The query has a [ without a ].")
			}
			out = append(out, wtoken{'f', q[i+1 : i+end], start})
			i += end + 1
		case c == '\'' || c == '"':
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(q) {
					return nil, badQuery("TF51009: A string of the query does not end.")
				}
				if q[i] == c {
					if i+1 < len(q) && q[i+1] == c {
						i++
					} else {
						break
					}
				}
				b.WriteByte(q[i])
			}
			i++
			out = append(out, wtoken{'s', b.String(), start})
		case c == '@':
			i++
			for i < len(q) && isName(q[i]) {
				i++
			}
			out = append(out, wtoken{'@', strings.ToLower(q[start+1 : i]), start})
		case c >= '0' && c <= '9':
			for i < len(q) && (q[i] >= '0' && q[i] <= '9' || q[i] == '.') {
				i++
			}
			out = append(out, wtoken{'n', q[start:i], start})
		case isName(c):
			for i < len(q) && (isName(q[i]) || q[i] == '.') {
				i++
			}
			out = append(out, wtoken{'w', q[start:i], start})
		case strings.HasPrefix(q[i:], "<>"), strings.HasPrefix(q[i:], "<="), strings.HasPrefix(q[i:], ">="):
			out = append(out, wtoken{'o', q[i : i+2], start})
			i += 2
		case strings.IndexByte("=<>(),+-", c) >= 0:
			out = append(out, wtoken{'o', string(c), start})
			i++
		default:
			return nil, badQuery("TF51008: The query has a character at %d that it cannot have.", i)
		}
	}
	return append(out, wtoken{at: len(q)}), nil
}

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// queryParser reads a query by recursive descent.
type queryParser struct {
	toks  []wtoken
	depth int
}

// parseWIQL reads a query.
func parseWIQL(text string) (*wiql, error) {
	toks, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &queryParser{toks: toks}
	q := &wiql{}
	if !p.word("select") {
		return nil, badQuery("TF51001: The query does not begin with SELECT.")
	}
	for more := true; more; more = p.op(",") {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		q.columns = append(q.columns, f)
	}
	if !p.word("from") {
		return nil, badQuery("TF51006: The query statement is missing a FROM clause.")
	}
	if !p.word("workitems") {
		return nil, badQuery("TF51007: This stand-in answers queries of WorkItems only.")
	}
	if p.word("where") {
		if q.where, err = p.or(); err != nil {
			return nil, err
		}
	}
	if p.word("order") {
		if !p.word("by") {
			return nil, badQuery("TF51006: ORDER without BY.")
		}
		for more := true; more; more = p.op(",") {
			f, err := p.field()
			if err != nil {
				return nil, err
			}
			s := sortBy{field: f}
			if p.word("desc") {
				s.descending = true
			} else {
				p.word("asc")
			}
			q.order = append(q.order, s)
		}
	}
	if p.word("asof") {
		if t := p.next(); t.kind != 's' && t.kind != '@' {
			return nil, badQuery("TF51010: ASOF without a date.")
		}
	}
	if t := p.peek(); t.kind != 0 {
		return nil, badQuery("TF51006: The query statement has an unexpected token at %d.", t.at)
	}
	return q, nil
}

func (p *queryParser) peek() wtoken { return p.toks[0] }

func (p *queryParser) next() wtoken {
	t := p.toks[0]
	if t.kind != 0 {
		p.toks = p.toks[1:]
	}
	return t
}

func (p *queryParser) word(w string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, w) {
		p.next()
		return true
	}
	return false
}

func (p *queryParser) op(o string) bool {
	if t := p.peek(); t.kind == 'o' && t.text == o {
		p.next()
		return true
	}
	return false
}

func (p *queryParser) field() (string, error) {
	t := p.next()
	if t.kind != 'f' && t.kind != 'w' {
		return "", badQuery("TF51005: The query names no field at %d.", t.at)
	}
	return t.text, nil
}

// or and and give AND its precedence over OR.
func (p *queryParser) or() (expr, error) {
	first, err := p.and()
	list := anyOf{first}
	for err == nil && p.word("or") {
		var more expr
		if more, err = p.and(); err == nil {
			list = append(list, more)
		}
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (p *queryParser) and() (expr, error) {
	first, err := p.unary()
	list := all{first}
	for err == nil && p.word("and") {
		var more expr
		if more, err = p.unary(); err == nil {
			list = append(list, more)
		}
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (p *queryParser) unary() (expr, error) {
	if p.depth++; p.depth > 64 {
		return nil, badQuery("TF51011: The query is nested too deep.")
	}
	defer func() { p.depth-- }()
	if p.word("not") {
		e, err := p.unary()
		return not{e}, err
	}
	if p.op("(") {
		e, err := p.or()
		if err == nil && !p.op(")") {
			err = badQuery("TF51012: The query has a ( without a ).")
		}
		return e, err
	}
	return p.condition()
}

func (p *queryParser) condition() (expr, error) {
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	c := cond{field: f}
	negated := p.word("not")
	switch {
	case p.word("contains"):
		c.op = "contains"
		if p.word("words") {
			c.op = "contains words"
		}
	case p.word("under"):
		c.op = "under"
	case p.word("in"):
		c.op = "in"
	case !negated && p.word("ever"):
		c.op = "ever"
	case !negated && p.word("is"):
		c.op = "is empty"
		negated = p.word("not")
		if !p.word("empty") {
			return nil, badQuery("TF51013: IS without EMPTY.")
		}
	default:
		t := p.next()
		if t.kind != 'o' || strings.Contains("(),+-", t.text) || negated {
			return nil, badQuery("TF51013: The query has no operator at %d.", t.at)
		}
		c.op = t.text
	}
	switch c.op {
	case "is empty":
	case "in":
		if !p.op("(") {
			return nil, badQuery("TF51014: IN without a list.")
		}
		for more := true; more; more = p.op(",") {
			v, err := p.operand()
			if err != nil {
				return nil, err
			}
			c.values = append(c.values, v)
		}
		if !p.op(")") {
			return nil, badQuery("TF51012: The query has a ( without a ).")
		}
	default:
		v, err := p.operand()
		if err != nil {
			return nil, err
		}
		c.values = []operand{v}
	}
	if negated {
		return not{c}, nil
	}
	return c, nil
}

func (p *queryParser) operand() (operand, error) {
	minus := p.op("-")
	t := p.next()
	switch {
	case t.kind == 'n':
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return operand{}, badQuery("TF51015: The query has a number that is none.")
		}
		if minus {
			n = -n
		}
		return operand{kind: 'n', number: n}, nil
	case minus:
	case t.kind == 's':
		return operand{kind: 's', text: t.text}, nil
	case t.kind == 'f':
		return operand{kind: 'f', text: t.text}, nil
	case t.kind == '@':
		o := operand{kind: '@', text: t.text}
		for sign := 1; ; sign = 1 {
			switch {
			case p.op("-"):
				sign = -1
			case p.op("+"):
			default:
				return o, nil
			}
			n, err := strconv.Atoi(p.next().text)
			if err != nil {
				return o, badQuery("TF51016: A macro plus something that is no number.")
			}
			o.add = sign * n
		}
	}
	return operand{}, badQuery("TF51015: The query has no value at %d.", t.at)
}
