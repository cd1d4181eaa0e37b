package digest

import "bytes"

// line is what one line says before its message.
type line struct {
	stamp   stamp
	msg     []byte
	level   Level
	stamped bool
	led     bool // the level stood before the stamp: what looks like one behind it is none
	kind    lineKind
}

// lineKind is what a line is to the line before it.
type lineKind uint8

const (
	lineHead   lineKind = iota // begins an event
	lineBlank                  // holds nothing
	lineInside                 // indented or a known part of a stack trace, without a stamp
)

// maxLine is how much of a line is looked at, in bytes.
const maxLine = 64 << 10

// parseLine takes a line apart. It looks at nothing but the line, so that
// lines can be taken apart in any order.
func parseLine(b []byte) line {
	b = b[:min(len(b), maxLine)]
	for len(b) > 0 && class[b[len(b)-1]]&cSpace != 0 {
		b = b[:len(b)-1]
	}
	var l line
	if len(b) == 0 {
		l.kind = lineBlank
		return l
	}
	l.msg = b
	i := 0
	if b[0] == '<' { // the priority of syslog
		if pri, e, ok := upTo(b, 1, 3); ok && at(b, e) == '>' {
			l.level = levelOfPriority(pri)
			i = e + 1
			if at(b, i) == '1' && at(b, i+1) == ' ' { // the version of RFC 5424
				i += 2
			}
		}
	}
	switch at(b, i) {
	case '{':
		if l.json(b[i:]) {
			return l
		}
	case '[':
		if _, ok := parseStamp(b, skipSpaces(b, i+1)); ok {
			break
		}
		if k := skipUptime(b, i); k > i { // dmesg: [    1.234567] or [    1.234567][    T1]
			for at(b, k) == '[' && bytes.IndexByte(b[k:min(len(b), k+16)], ']') > 0 {
				k += bytes.IndexByte(b[k:], ']') + 1
			}
			if k = skipSpaces(b, k); k < len(b) {
				l.msg = b[k:]
			}
			return l
		}
	case ' ', '\t':
		if !l.findStamp(b, i) {
			l.kind = lineInside
		}
		return l
	}
	if !l.findStamp(b, i) && inTrace(b) {
		l.kind = lineInside
	}
	return l
}

// inTrace reports whether an unindented line is the inside of a stack trace.
func inTrace(b []byte) bool {
	switch b[0] {
	case 'C':
		return bytes.HasPrefix(b, []byte("Caused by: "))
	case 'g':
		return bytes.HasPrefix(b, []byte("goroutine ")) && bytes.HasSuffix(b, []byte("]:"))
	case 'T':
		return bytes.HasPrefix(b, []byte("Traceback (most recent call last)"))
	case 'a':
		return bytes.HasPrefix(b, []byte("at ")) && bytes.IndexByte(b, '(') > 0
	case '}', ')', ']':
		return len(b) <= 2
	}
	return false
}

// findStamp looks for the stamp near the beginning of b, from i, and for the
// message behind it.
func (l *line) findStamp(b []byte, i int) bool {
	// Most lines begin with it, in brackets or not.
	j := i
	for j < len(b) && (b[j] == '[' || b[j] == '(' || b[j] == ' ' || b[j] == '\t' || b[j] == '"') && j < i+8 {
		j++
	}
	if s, ok := parseStamp(b, j); ok {
		l.stamp, l.stamped = s, true
		l.rest(b, j)
		return true
	}
	if l.logfmt(b[i:]) {
		return l.stamped
	}
	return l.prefixed(b, i)
}

// Fields of a header may stand before the stamp, at most so many and so long.
const (
	maxPrefixFields = 7
	maxPrefix       = 160
)

// prefixed finds a stamp behind other fields: the file that grep names, the
// client of an access log, a level, a record number. What stands before it is
// taken for a header only if no part of it is prose.
func (l *line) prefixed(b []byte, i int) bool {
	record := isDigit(at(b, i)) // 134681 node-246 unix.hw state_change 1077804742 1 …
	prose := 0
	fields := 0
	level := LevelNone
	for j := i; j < len(b) && j-i < maxPrefix && fields < maxPrefixFields; fields++ {
		e := j
		for e < len(b) && e-j < maxPrefix && b[e] != ' ' && b[e] != '\t' && b[e] != '[' {
			e++
		}
		w := b[j:e]
		switch lv := levelOfWord(bytes.Trim(w, "[]():|,")); {
		case lv != LevelNone && fields < 2:
			level = lv
		case isProse(w):
			prose++
		}
		for e < len(b) && (b[e] == ' ' || b[e] == '\t' || b[e] == '[') {
			e++
		}
		// A file name that grep or tail put before the stamp, or a process:
		// app.log:2024-01-02 …, 1015:20240102:150405.678 …
		for _, k := range [...]int{bytes.LastIndexByte(w, ':'), bytes.IndexByte(w, ':')} {
			if k <= 0 || prose > 0 {
				break
			}
			if s, ok := parseStamp(b, j+k+1); ok && s.format != FormatClock && s.format != FormatEpoch {
				l.stamp, l.stamped = s, true
				l.rest(b, j+k+1)
				return true
			}
		}
		s, ok := parseStamp(b, e)
		switch {
		case !ok || s.format == FormatClock:
		case s.format == FormatEpoch && (!record || fields < 2 || fields > 4) && (fields > 0 || !label(w)):
		case prose > 0 && s.format != FormatEpoch && (s.format != FormatCLF || fields > 4):
			return false
		default:
			l.stamp, l.stamped = s, true
			if level != LevelNone {
				l.level, l.led = level, true
			}
			l.rest(b, e)
			if s.format == FormatCLF && fields >= 2 {
				l.access()
			}
			return true
		}
		j = e
	}
	return false
}

// label reports whether a word marks records of the machines whose logs begin
// with a label of the alert and the epoch: "-" or capitals.
func label(w []byte) bool {
	if string(w) == "-" {
		return true
	}
	for _, c := range w {
		if (c < 'A' || c > 'Z') && !isDigit(c) && c != '_' {
			return false
		}
	}
	return len(w) > 1
}

// isProse reports whether a word is one of a sentence and not of a header.
func isProse(w []byte) bool {
	letters := 0
	for i, c := range w {
		switch {
		case isLetter(c):
			letters++
		case i == len(w)-1 && (c == ':' || c == ',' || c == '.'):
		default:
			return false
		}
	}
	return letters > 1
}
