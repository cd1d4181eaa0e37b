package confluence

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// searchExpand is what a search may be asked to expand.
var searchExpand = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^content\.(space|version)(,content\.(space|version))*$`)
})

// search answers a search by CQL. The page is cut first, and what the caller
// may not see is left out then.
func (f *Fake) search(w http.ResponseWriter, r *http.Request, cloud bool) {
	q := r.URL.Query()
	takes := map[string]*regexp.Regexp{"cql": nil, "limit": digits(), "expand": searchExpand(), "excerpt": regexp.MustCompile(`^(highlight|indexed|none)$`)}
	from, limit, ok := start(q)
	if cloud {
		takes["cursor"] = cursorForm()
		from, limit, ok = window(q, 200)
	} else {
		takes["start"] = digits()
	}
	if !ok || q.Get("cql") == "" || len(q.Get("cql")) > 4000 || !query(q, takes) {
		invalidV1(w, "A query parameter is not valid")
		return
	}
	cond, newest, err := parseCQL(q.Get("cql"))
	if err != nil {
		invalidV1(w, "Could not parse cql : "+q.Get("cql")+": "+err.Error())
		return
	}
	var found []*page
	for _, p := range f.pages {
		if cond(p) {
			found = append(found, p)
		}
	}
	if newest {
		slices.Reverse(found)
	}
	part, next := cut(found, from, limit)
	results := []any{}
	for _, p := range part {
		if p.hidden {
			continue
		}
		results = append(results, f.result(p, q))
	}
	out := map[string]any{
		"results": results, "start": from, "limit": limit, "size": len(results), "totalSize": len(found), "cqlQuery": q.Get("cql"), "searchDuration": 12,
	}
	if cloud {
		l := links(r, next)
		if at, ok := l["next"].(string); ok {
			l["next"] = strings.TrimPrefix(at, "/wiki") // This interface is relative to base.
		}
		l["context"] = "/wiki"
		l["self"] = base(r) + "/rest/api/search"
		out["_links"] = l
	} else {
		out["_links"] = f.linksV1(r, next)
	}
	answer(w, http.StatusOK, out)
}

func (f *Fake) result(p *page, q url.Values) map[string]any {
	webui := "/spaces/" + p.space.key + "/pages/" + p.id + "/" + url.QueryEscape(p.title)
	c := map[string]any{"id": p.id, "type": "page", "status": "current", "title": p.title, "_links": map[string]any{"webui": webui}}
	if strings.Contains(q.Get("expand"), "content.space") {
		c["space"] = showSpace(p.space)
	}
	if strings.Contains(q.Get("expand"), "content.version") {
		c["version"] = map[string]any{"number": p.version, "message": p.message, "minorEdit": false, "when": p.at.UTC().Format("2006-01-02T15:04:05.000Z")}
	}
	excerpt := ""
	if q.Get("excerpt") != "none" {
		excerpt = strings.Join(strings.Fields(tag().ReplaceAllString(p.body, " ")), " ")
		excerpt = excerpt[:min(len(excerpt), 200)]
		if first, rest, ok := strings.Cut(excerpt, " "); ok {
			excerpt = "@@@hl@@@" + first + "@@@endhl@@@ " + rest
		}
	}
	return map[string]any{
		"content": c, "title": "@@@hl@@@" + p.title + "@@@endhl@@@", "excerpt": excerpt, "url": webui, "entityType": "content",
		"resultGlobalContainer": map[string]any{"title": p.space.name, "displayUrl": "/spaces/" + p.space.key},
		"lastModified":          p.at.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

var tag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<[^>]*>`) })

type condition func(*page) bool

var errCQL = errors.New("it ends or goes on where it should not")

// parseCQL reads a query: comparisons with AND, OR and parentheses, and an
// order.
func parseCQL(text string) (condition, bool, error) {
	p := &cqlParser{rest: text}
	cond, err := p.or()
	if err != nil {
		return nil, false, err
	}
	newest := false
	if p.word("order") {
		if !p.word("by") || !p.word("lastmodified") {
			return nil, false, errCQL
		}
		newest = p.word("desc")
	}
	if strings.TrimSpace(p.rest) != "" {
		return nil, false, errCQL
	}
	return cond, newest, nil
}

type cqlParser struct{ rest string }

// word takes a key word, if it is next.
func (p *cqlParser) word(w string) bool {
	s := strings.TrimLeft(p.rest, " ")
	if len(s) < len(w) || !strings.EqualFold(s[:len(w)], w) || len(s) > len(w) && (unicode.IsLetter(rune(s[len(w)])) || unicode.IsDigit(rune(s[len(w)]))) {
		return false
	}
	p.rest = s[len(w):]
	return true
}

func (p *cqlParser) sign(s string) bool {
	t := strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(t, s) {
		return false
	}
	p.rest = t[len(s):]
	return true
}

func (p *cqlParser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		var right condition
		if right, err = p.and(); err == nil {
			l := left
			left = func(at *page) bool { return l(at) || right(at) }
		}
	}
	return left, err
}

func (p *cqlParser) and() (condition, error) {
	left, err := p.term()
	for err == nil && p.word("and") {
		var right condition
		if right, err = p.term(); err == nil {
			l := left
			left = func(at *page) bool { return l(at) && right(at) }
		}
	}
	return left, err
}

func (p *cqlParser) term() (condition, error) {
	if p.sign("(") {
		c, err := p.or()
		if err == nil && !p.sign(")") {
			err = errCQL
		}
		return c, err
	}
	field := ""
	for _, f := range []string{"type", "space", "title", "text", "label", "id", "ancestor"} {
		if p.word(f) {
			field = f
			break
		}
	}
	not := p.sign("!")
	op := ""
	for _, o := range []string{"=", "~"} {
		if p.sign(o) {
			op = o
			break
		}
	}
	if field == "" || op == "" {
		return nil, errCQL
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	c, err := compare(field, op, value)
	if not && err == nil {
		inner := c
		c = func(at *page) bool { return !inner(at) }
	}
	return c, err
}

// value reads a literal in double quotes, in which a backslash takes the next
// character as it is, or a bare word.
func (p *cqlParser) value() (string, error) {
	s := strings.TrimLeft(p.rest, " ")
	var b strings.Builder
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
		if n < 0 {
			n = len(s)
		}
		if n == 0 || slices.Contains([]string{"and", "or", "not", "in", "order"}, strings.ToLower(s[:n])) {
			return "", errCQL
		}
		p.rest = s[n:]
		return s[:n], nil
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			p.rest = s[i+1:]
			return b.String(), nil
		case '\\':
			if i++; i == len(s) {
				return "", errCQL
			}
		}
		b.WriteByte(s[i])
	}
	return "", errCQL
}

func compare(field, op, value string) (condition, error) {
	get := map[string]func(*page) string{
		"type": func(*page) string { return "page" }, "space": func(p *page) string { return p.space.key },
		"title": func(p *page) string { return p.title }, "text": func(p *page) string { return p.title + " " + tag().ReplaceAllString(p.body, " ") },
		"id": func(p *page) string { return p.id }, "ancestor": func(p *page) string { return p.parent },
	}[field]
	switch {
	case op == "=" && field == "label":
		return func(p *page) bool { return slices.Contains(p.labels, value) }, nil
	case op == "=" && field != "text":
		return func(p *page) bool { return strings.EqualFold(get(p), value) }, nil
	case op == "~" && (field == "text" || field == "title"):
		match, err := parseLucene(value)
		if err != nil {
			return nil, err
		}
		return func(p *page) bool { return match(wordsOf(get(p))) }, nil
	}
	return nil, errors.New("the field " + strconv.Quote(field) + " does not take this operator")
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// parseLucene reads what is looked for in a text: words that all must be
// there. A sign that is not escaped acts: it asks for another thing than was
// meant, or cannot be parsed.
func parseLucene(text string) (func(words []string) bool, error) {
	type clause struct {
		words    []string
		not, any bool
	}
	var clauses []clause
	either := false
	for _, term := range luceneTerms(text) {
		switch term {
		case "AND", "&&":
			continue
		case "OR", "||":
			either = true
			continue
		case "NOT":
			return nil, errors.New("NOT has nothing to deny")
		}
		var b strings.Builder
		c := clause{}
		for i, r := range []rune(term) {
			switch {
			case r == luceneMark: // the sign after it is escaped
			case i > 0 && []rune(term)[i-1] == luceneMark:
				b.WriteRune(r)
			case i == 0 && r == '-', i == 0 && r == '!':
				c.not = true
			case i == 0 && (r == '*' || r == '?'):
				return nil, errors.New("'*' or '?' not allowed as first character in WildcardQuery")
			case r == '*' || r == '?':
				c.any = true
				b.WriteRune(r)
			case strings.ContainsRune(`(){}[]^:/"`, r):
				return nil, errors.New("cannot parse the text at " + strconv.QuoteRune(r))
			case r == '+' || r == '~':
			default:
				b.WriteRune(r)
			}
		}
		c.words = wordsOf(b.String())
		if c.any {
			c.words = []string{strings.ToLower(b.String())}
		}
		if len(c.words) > 0 {
			clauses = append(clauses, c)
		}
	}
	if len(clauses) == 0 {
		return func([]string) bool { return false }, nil
	}
	return func(words []string) bool {
		hits := 0
		for _, c := range clauses {
			all := true
			for _, w := range c.words {
				all = all && slices.ContainsFunc(words, func(have string) bool {
					ok, err := path.Match(w, have)
					return have == w || c.any && err == nil && ok
				})
			}
			if all != c.not {
				hits++
			}
		}
		return hits == len(clauses) || either && hits > 0
	}, nil
}

const luceneMark = '\x00'

// luceneTerms cuts a text at spaces, and puts a mark before what a backslash
// escapes.
func luceneTerms(text string) []string {
	var b strings.Builder
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			b.WriteRune(luceneMark)
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		default:
			b.WriteRune(r)
		}
	}
	return strings.Fields(b.String())
}
