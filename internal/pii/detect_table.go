package pii

import "bytes"

const (
	maxHeader = 8 << 10 // Longest header of a table that is recognised.
	maxFields = 256     // Fields of a row that are counted.
)

// header looks at the start of the text. If it is the header of a table (RFC 4180, and the same with tabs, semicolons or
// bars) that names a key, its rows are judged by it. Lines of comments and "sep=" may stand before it.
func (e *engine) header() {
	b := e.b
	i := 0
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		i = 3
	}
	for range 8 {
		n := bytes.IndexByte(b[i:min(len(b), i+maxHeader)], '\n')
		if n < 0 {
			return
		}
		line := bytes.TrimRight(b[i:i+n], "\r")
		i += n + 1
		if len(line) == 0 || line[0] == '#' || hasPrefixFold(line, "sep=") {
			continue
		}
		if c := headerColumns(line); c != nil {
			e.csv = c
			e.goOn(continuation{kind: contRow, at: i})
		}
		return
	}
}

// headerColumns returns the columns that a line names, or nil if it is no header or names no key.
func headerColumns(line []byte) *columns {
	delim, most := byte(0), 0
	for _, d := range [...]byte{',', '\t', ';', '|'} {
		if n := bytes.Count(line, []byte{d}); n > most {
			delim, most = d, n
		}
	}
	if most == 0 || most >= maxFields {
		return nil
	}
	c := &columns{delim: delim}
	keys := false
	for n := 0; ; n++ {
		field, rest, more := bytes.Cut(line, []byte{delim})
		name := trimName(field)
		if len(name) > maxKey || len(name) > 0 && !isHeading(name) || len(name) == 0 && delim != '|' {
			return nil
		}
		keys = c.set(n, name) || keys
		if line = rest; !more {
			c.n = n + 1
			break
		}
	}
	if !keys {
		return nil
	}
	return c
}

// isHeading reports whether a field of a header can be the name of a column: words of letters, digits and punctuation of
// names, that do not begin with a digit.
func isHeading(name []byte) bool {
	if isDigit(name[0]) {
		return false
	}
	letters := false
	for _, c := range name {
		switch {
		case isLetter(c) || c >= 0x80:
			letters = true
		case isDigit(c), c == '_', c == '-', c == '.', c == ' ', c == '/', c == '#', c == '(', c == ')':
		default:
			return false
		}
	}
	return letters && bytes.Count(name, []byte{' '}) < 5
}

// row judges the row at i by the header of the text and arranges for the next. lost says that i is in the middle of a
// row that was too long to be looked at.
func (e *engine) row(i int, lost bool) {
	b, c := e.b, e.csv
	hi := min(len(b), i+maxRow)
	next := func(at int, lost bool) {
		if at < len(b) {
			cont := continuation{kind: contRow, at: at}
			if lost {
				cont.quote = 1
			}
			e.goOn(cont)
		}
	}
	if lost {
		if n := bytes.IndexByte(b[i:hi], '\n'); n >= 0 {
			next(i+n+1, false)
		} else {
			next(hi, true)
		}
		return
	}
	var cells [maxColumns][2]int
	end, n := c.split(b, i, hi, &cells, true)
	if end < 0 { // A quote without an end: it is one of the text.
		end, n = c.split(b, i, hi, &cells, false)
	}
	if end < 0 {
		next(hi, true)
		return
	}
	if n == c.n {
		for k := range min(n, maxColumns) {
			e.column(c, k, cells[k][0], cells[k][1])
		}
	}
	next(end, false)
}

// split finds the cells of the row at i and returns the index behind its line feed, and their number. It returns -1 if
// the row does not end before hi, unless the text ends there.
func (c *columns) split(b []byte, i, hi int, cells *[maxColumns][2]int, quotes bool) (end, n int) {
	for {
		start := i
		if quotes && i < hi && b[i] == '"' {
			for i++; ; i++ {
				k := bytes.IndexByte(b[i:hi], '"')
				if k < 0 {
					return -1, 0
				}
				if i += k; i+1 < hi && b[i+1] == '"' { // Doubled.
					i++
					continue
				}
				break
			}
		}
		for i < hi && b[i] != c.delim && b[i] != '\n' {
			i++
		}
		if n < maxColumns {
			cells[n] = [2]int{start, i}
		}
		n++
		switch {
		case i == hi && hi < len(b):
			return -1, 0
		case i == hi:
			return hi, n
		case b[i] == '\n':
			return i + 1, n
		}
		i++
	}
}
