package pii

import "bytes"

// identifiedBy judges the password of an SQL statement: IDENTIFIED BY 'x', with an optional hash method, or plugin
// (MySQL: IDENTIFIED WITH p BY 'x'; Oracle: IDENTIFIED BY x).
func (e *engine) identifiedBy(i int) {
	b := e.b
	v := i + len("identified ")
	if i < e.claimed || v+8 >= len(b) {
		return
	}
	if hasPrefixFold(b[v:], "with ") {
		v += len("with ")
		if v < len(b) && isQuote(b[v]) {
			v++
		}
		if v = run(b, v, v+64, chWord); v < len(b) && isQuote(b[v]) {
			v++
		}
		v++
	}
	if v >= len(b) || !hasPrefixFold(b[v:], "by ") {
		return
	}
	v += len("by ")
	for _, w := range [...]string{"password ", "values "} { // Oracle: the hash of one.
		if hasPrefixFold(b[v:], w) {
			v += len(w)
		}
	}
	if v >= len(b) || isSpace(b[v]) {
		return
	}
	val := readValue(b, v, false)
	text := b[val.start:val.end]
	if isPlaceholder(text) {
		return
	}
	confidence := uint8(90)
	if !val.quoted { // Oracle takes a password without quotes.
		for len(text) > 0 && (text[len(text)-1] == ';' || text[len(text)-1] == ',' || text[len(text)-1] == '.') {
			text = text[:len(text)-1]
			val.end--
		}
		if len(text) < 4 || proseAfter(b, val) || !hasDigitOrPunct(text) || text[0] == '(' {
			return
		}
		confidence = 70
	}
	e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure}, confidence)
}

// sqlPassword judges the password of an SQL statement: PASSWORD 'x', PASSWORD('x'). It reports whether there is one.
func (e *engine) sqlPassword(i int) bool {
	const word = "password"
	b := e.b
	v := i + len(word)
	if i < e.claimed || v+2 >= len(b) || b[v] != ' ' && b[v] != '(' || b[v+1] != '\'' {
		return false
	}
	val := readValue(b, v+1, false)
	if text := b[val.start:val.end]; val.quoted && !isPlaceholder(text) {
		e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure}, 85)
		return true
	}
	return false
}

// sqlSetPassword judges SET PASSWORD FOR 'u'@'h' = 'x', called at "password for".
func (e *engine) sqlSetPassword(i int) {
	b := e.b
	hi := min(len(b), i+maxTag)
	eq := bytes.Index(b[i:hi], []byte(" = "))
	if eq < 0 || bytes.IndexByte(b[i:i+eq], '\n') >= 0 {
		return
	}
	v := i + eq + len(" = ")
	if v < len(b) && isQuote(b[v]) {
		if val := readValue(b, v, false); val.quoted && !isPlaceholder(b[val.start:val.end]) {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure}, 85)
		}
	}
}

const (
	maxColumns = 64       // Columns of a table that are looked at.
	maxRow     = 48 << 10 // Longest row of a statement or table that is looked at.
)

// columns says what the columns of a table hold, by their names.
type columns struct {
	keys   [maxColumns]KeyID
	labels [maxColumns]labelKind // Of columns whose names are no keys.
	topics [maxColumns]uint8     // Index into sets from 1 on, of columns whose names say which numbers they hold.
	sets   [8]topicSet
	n      int
	nsets  uint8
	delim  byte // What stands between the cells of a table.
}

// set gives column i the class of a key name. It reports whether the class has values that can be judged.
func (c *columns) set(i int, name []byte) bool {
	if i >= maxColumns || len(name) > maxKey {
		return false
	}
	c.n = i + 1
	k := classifyKey(name)
	if !k.judged() {
		k = 0
	}
	c.keys[i] = k
	return k != 0 || c.announce(i, name)
}

// announce is set for a name of several words, or of another language, that announces its values as it would in a sentence:
// "Passport No", "TC Kimlik No".
func (c *columns) announce(i int, name []byte) bool {
	if c.labels[i] = labelOf(name); c.labels[i] != labelNone {
		return true
	}
	var set topicSet
	collectTopics(&set, name)
	if int(c.nsets) == len(c.sets) || !set.scheme() {
		return false
	}
	c.sets[c.nsets] = set
	c.nsets++
	c.topics[i] = c.nsets
	return true
}

// sqlValues is called at "VALUES". If a list of columns stands before it that names one of a key, the rows behind it
// are judged by it: INSERT INTO t (name, password) VALUES ('bob', 'x').
func (e *engine) sqlValues(i int) {
	b := e.b
	end := i
	for end > 0 && end > i-8 && isSpace(b[end-1]) {
		end--
	}
	if end == 0 || b[end-1] != ')' {
		return
	}
	end--
	lo := max(0, end-lookBehind/2)
	open := bytes.LastIndexByte(b[lo:end], '(')
	if open < 0 {
		return
	}
	var c columns
	any := false
	n := 0
	for p := lo + open + 1; p < end; n++ {
		q := end
		if k := bytes.IndexByte(b[p:end], ','); k >= 0 {
			q = p + k
		}
		any = c.set(n, trimName(b[p:q])) || any
		p = q + 1
	}
	if !any {
		return
	}
	e.sql = &c
	e.dropConts(contTuple)
	e.tuple(i + len("values"))
}

// trimName drops white space and quotes from both ends of a name.
func trimName(s []byte) []byte {
	drop := func(c byte) bool { return isSpace(c) || isQuote(c) || c == '[' || c == ']' }
	for len(s) > 0 && drop(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && drop(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// tuple judges the row in parentheses that follows i, and arranges for the next.
func (e *engine) tuple(i int) {
	b := e.b
	j := run(b, i, i+64, chSpace)
	if j < len(b) && b[j] == ',' {
		j = run(b, j+1, j+65, chSpace)
	}
	if j >= len(b) || b[j] != '(' {
		return
	}
	hi := min(len(b), j+maxRow)
	for p, col := j+1, 0; p < hi; col++ {
		p = run(b, p, p+64, chSpace)
		if p >= hi {
			return
		}
		start := p
		if c := b[p]; c|0x20 == 'n' && p+1 < hi && b[p+1] == '\'' { // N'x' is a string of national characters.
			p++
		}
		if b[p] == '\'' || b[p] == '"' {
			var closed bool
			if p, closed = sqlStringEnd(b, p+1, hi, b[p]); !closed {
				return
			}
		} else {
			for p < hi && b[p] != ',' && b[p] != ')' && b[p] != '\n' {
				p++
			}
		}
		if col < min(e.sql.n, maxColumns) && start < p && !parameter(b[start:p]) {
			if b[start] != '\'' && b[start] != '"' && start+1 < hi && b[start+1] == '\'' {
				start++
			}
			e.column(e.sql, col, start, p)
		}
		for p < hi && b[p] != ',' && b[p] != ')' {
			p++
		}
		if p < hi && b[p] == ')' {
			e.goOn(continuation{kind: contTuple, at: p + 1})
			return
		}
		p++
	}
}

// parameter reports whether a value of a statement stands for one that is bound later, or is the call of a function.
func parameter(v []byte) bool {
	switch v[0] {
	case '?', '$', ':', '%', '@', '#':
		return true
	case '\'', '"':
		return false
	}
	return bytes.IndexByte(v, '(') > 0
}

// sqlStringEnd returns the index behind the quote that ends a string: a quote inside is doubled or behind a backslash.
func sqlStringEnd(b []byte, i, hi int, q byte) (int, bool) {
	for ; i < hi; i++ {
		switch b[i] {
		case '\\':
			i++
		case q:
			if i+1 < hi && b[i+1] == q {
				i++
				continue
			}
			return i + 1, true
		}
	}
	return hi, false
}

// column judges the cell b[start:end] by what is known of column i.
func (e *engine) column(c *columns, i, start, end int) {
	switch {
	case c.keys[i] != 0:
		e.cell(c.keys[i], start, end)
	case c.labels[i] != labelNone:
		if start = e.skipQuote(start); start < end {
			e.readLabelled(c.labels[i], start, 0)
		}
	case c.topics[i] != 0:
		around := e.around
		e.around = c.sets[c.topics[i]-1]
		e.numberCell(e.skipQuote(start))
		e.around = around
	}
}

// skipQuote returns where the text of a cell at i begins.
func (e *engine) skipQuote(i int) int {
	i = run(e.b, i, i+8, chSpace)
	if i < len(e.b) && isQuote(e.b[i]) {
		i++
	}
	return i
}

// cell judges b[start:end], a value of a table, quotes included, by the key that names its column.
func (e *engine) cell(k KeyID, start, end int) {
	b := e.b
	for start < end && b[start] == ' ' {
		start++
	}
	for end > start && isSpace(b[end-1]) {
		end--
	}
	if end-start >= 2 && isQuote(b[start]) && b[end-1] == b[start] {
		start++
		end--
	}
	text := b[start:end]
	if isPlaceholder(text) {
		return
	}
	claimed := e.claimed // The walk has not come here yet: what stands before the cell is still to be judged.
	defer func() { e.claimed = claimed }()
	switch row := keyTable[k]; row.kind {
	case keyStrong, keyWeak:
		if secret, _ := weakSecret(k, text); row.kind == keyWeak && !secret {
			return
		}
		for ; end-start > maxValue; start += maxValue {
			e.add(start, start+maxValue, row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 90)
		}
		e.addValue(value{start: start, end: end}, row.typ, ruleAssignment, Reason{Bits: ReasonKey | ReasonStructure, Key: k}, 90)
	case keyAuth:
		e.authHeader(k, start)
	case keyCookie, keySetCookie:
		e.cookies(k, start, row.kind == keySetCookie)
	default:
		e.shapedValue(k, start, false)
	}
}

// dropConts forgets the continuations of a kind.
func (e *engine) dropConts(kind contKind) {
	n := 0
	for _, c := range e.conts {
		if c.kind != kind {
			e.conts[n] = c
			n++
		}
	}
	e.conts = e.conts[:n]
}
