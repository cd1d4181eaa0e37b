package digest

import "bytes"

// maxHeaderItems bounds what of a line is taken for what its logger printed
// before the message.
const maxHeaderItems = 10

// logger reads what loggers print between stamp and message, in whatever
// order: numbers of processes and threads, a level, groups in brackets, the
// name of the logger, and marks between them.
func (l *line) logger(b []byte, i int) int {
	named, levelled := false, false
	for n := range maxHeaderItems {
		j := skipSpaces(b, i)
		if j >= len(b) {
			return i
		}
		c := b[j]
		e := word(b, j)
		w := b[j:e]
		switch {
		case (c == '-' || c == ':' || c == '|' || c == '>' || c == ';' || c == ',') && (len(w) == 1 || string(w) == "---"):
			i = e
			continue
		case c == '|':
			i = j + 1
			continue
		case c == '[' || c == '(' && levelOfWord(bytes.Trim(w, "():")) != LevelNone:
			k := group(b, j)
			if k < 0 {
				return j
			}
			in := bytes.TrimSpace(b[j+1 : k-1])
			if c := bytes.LastIndexByte(in, ':'); c >= 0 && levelOfWord(in) == LevelNone && levelOfWord(in[c+1:]) != LevelNone {
				in = in[c+1:] // Apache's [core:error]
			}
			if lv := levelOfWord(in); lv != LevelNone && !levelled {
				l.level, levelled = lv, true
			}
			if at(b, k) == ':' {
				k++
			}
			i = k
			continue
		case isDigit(c) && !named && isProcess(w):
			i = e
			continue
		case c == '*' && len(w) > 1 && isDigit(w[1]) && levelled: // nginx's number of a connection
			i = e
			continue
		}
		if !levelled && !l.led {
			if lv, end := bareLevel(b, j, e); lv != LevelNone {
				l.level, levelled = lv, true
				i = end
				continue
			}
			if k := l.levelAhead(b, j); k > 0 {
				levelled = true
				i = k
				continue
			}
		}
		if !named && (levelled || n > 0) {
			if k := loggerName(b, j, e, levelled); k > 0 {
				named = true
				i = k
				continue
			}
		}
		return j
	}
	return i
}

// isProcess reports whether w is the number of a process or thread: 123, 123#456:, 0x7f1c.
func isProcess(w []byte) bool {
	w = bytes.TrimSuffix(w, []byte(":"))
	for i, c := range w {
		if !isDigit(c) && (c != '#' || i == 0) {
			return i == 1 && c == 'x'
		}
	}
	return len(w) > 0 && len(w) <= 16
}

// group returns the index behind the bracket that closes b[i], or -1.
func group(b []byte, i int) int {
	open, shut := b[i], byte(']')
	if open == '(' {
		shut = ')'
	}
	depth := 0
	for k := i; k < len(b) && k-i < 200; k++ {
		switch b[k] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return k + 1
			}
		}
	}
	return -1
}

// bareLevel reads a level at b[j:e], where the word ends at e, with the mark
// behind it. A word that prose may begin with counts in capitals only.
func bareLevel(b []byte, j, e int) (Level, int) {
	k := j
	for k < e && (isLetter(b[k]) || isDigit(b[k])) {
		k++
	}
	lv := levelOfWord(b[j:k])
	if lv == LevelNone {
		if k == j+1 && k == e && levelOfLetter(b[j]) != LevelNone && b[j] != 'A' {
			return levelOfLetter(b[j]), e
		}
		return LevelNone, 0
	}
	mark := at(b, k)
	if k < e && mark != ':' && mark != '|' && mark != ',' && mark != ';' && mark != ']' && mark != '[' {
		return LevelNone, 0
	}
	if k < e && mark != '[' {
		return lv, k + 1
	}
	// Without a mark only capitals are surely a level; "Error writing to disk"
	// is prose, and so is "Info" unless columns are lined up behind it.
	if upper := b[j+1] <= 'Z'; !upper && at(b, k) == ' ' && at(b, k+1) != ' ' {
		switch string(b[j:k]) {
		case "info", "debug", "warn":
		default:
			return LevelNone, 0
		}
	}
	return lv, k
}

// levelAhead looks for a level behind fields that are no prose, as PostgreSQL
// and Python print it: user@database host LOG:, name - ERROR -. It returns the
// index behind it, or 0.
func (l *line) levelAhead(b []byte, i int) int {
	j := i
	for n := range 4 {
		e := word(b, j)
		w := b[j:e]
		next := skipSpaces(b, e)
		if n > 0 && len(w) > 2 && w[0] <= 'Z' && w[1] <= 'Z' {
			if lv, end := bareLevel(b, j, e); lv != LevelNone {
				l.level = lv
				return end
			}
		}
		if isProse(w) && (at(b, next) != '-' || at(b, next+1) != ' ') || next >= len(b) || w[0] == '"' {
			return 0
		}
		j = next
	}
	return 0
}

// loggerName returns the index behind the name of a logger at b[j:e] and the
// mark that ends it, or 0. A name is told from prose by its dots or capitals.
func loggerName(b []byte, j, e int, levelled bool) int {
	k, dots, inner := j, 0, 0
	for k < e {
		c := b[k]
		switch {
		case c == '.' || c == '$' || c == '/' || c == '_' || c == '-' || c == '@' || isDigit(c):
			if k > j {
				dots++
			}
		case c >= 'A' && c <= 'Z':
			if k > j {
				inner++
			}
		case !isLetter(c):
			goto end
		}
		k++
	}
end:
	if k == j || !isLetter(b[j]) {
		return 0
	}
	technical := dots > 0 || inner > 0
	mark := at(b, k)
	switch {
	case k < e && mark == '[' && levelled:
		if g := group(b, k); g > 0 && (at(b, g) == ' ' || at(b, g) == ':') {
			return g + 1
		}
		return 0
	case k < e && (mark == ':' || mark == '(') && technical && levelled:
		if mark == '(' { // a place: Class.method(File.java:12)
			if g := group(b, k); g > 0 && at(b, g) == ':' {
				return g + 1
			}
			return 0
		}
		if k+1 == e {
			return e
		}
		// Class.method:12 or a line number behind the name.
		if _, end, ok := upTo(b, k+1, 6); ok && (end == e || end+1 == e && b[end] == ':') {
			return e
		}
		return 0
	case k < e && mark == '|' && levelled:
		return k + 1
	case k < e:
		return 0
	}
	s := skipSpaces(b, k)
	switch m, after := at(b, s), at(b, s+1); {
	case (m == '-' || m == ':' || m == '|') && after == ' ' && (technical || m == '|'):
		return s + 2
	case m == '[' && dots > 0 && levelled:
		return s
	case levelled && s-k >= 2 && inner == k-j-1 && k-j <= 10: // Windows' component: CBS    message
		return s
	}
	return 0
}

// inner looks at a message that has a header of its own: a container's
// program, a program behind syslog. The outer time stands.
func (l *line) inner() {
	if len(l.msg) < 10 {
		return
	}
	switch c := l.msg[0]; {
	case c == '{':
		l.json(l.msg)
	case c == 't' || c == 'l' || c == 'm' || c == 'c':
		outer := *l
		if l.logfmt(l.msg) {
			l.stamp, l.stamped = outer.stamp, outer.stamped
			if l.level == LevelNone {
				l.level = outer.level
			}
		}
	case isDigit(c) || c == '[' || isDigit(l.msg[1]):
		i := 0
		if c == '[' {
			i = 1
		}
		if s, ok := parseStamp(l.msg, i); ok && s.format != FormatEpoch && s.format != FormatClock {
			in := line{stamp: s, level: l.level}
			in.restOnce(l.msg, i)
			l.msg, l.level = in.msg, in.level
		}
	}
}

// restOnce is rest without looking for a third header.
func (l *line) restOnce(b []byte, i int) {
	e := skipClose(b, l.stamp.end)
	switch l.stamp.format {
	case FormatGlog:
		l.level = levelOfLetter(b[i])
		e = glog(b, e)
	default:
		e = l.logger(b, e)
	}
	if e = skipSpaces(b, e); e >= len(b) {
		e = 0
	}
	l.msg = b[e:]
}

// access reads the rest of a line of an access log, whose message ends with
// the status: what follows it is sizes, referrers and programs.
func (l *line) access() {
	k := bytes.Index(l.msg, []byte(`" `))
	if k < 0 || l.msg[0] != '"' {
		return
	}
	status, ok := digits(l.msg, k+2, 3)
	if !ok || status < 100 || status > 599 || !boundary(at(l.msg, k+5)) {
		return
	}
	l.msg = l.msg[:k+5]
	if status >= 500 {
		l.level = LevelError
	}
}
