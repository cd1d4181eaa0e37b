package digest

import "bytes"

// rest reads the fields between the stamp that begins at b[at0] and the
// message: host and program of syslog, or what loggers print. What of it is
// not understood stays in the message.
func (l *line) rest(b []byte, at0 int) {
	i := skipClose(b, l.stamp.end)
	switch l.stamp.format {
	case FormatEpoch:
		i = l.afterEpoch(b, i)
	case FormatSyslog:
		i = l.syslog(b, i)
	case FormatGlog:
		l.level = levelOfLetter(b[at0])
		i = glog(b, i)
	case FormatDotted:
		i = l.blueGene(b, i)
	case FormatMonthDay:
		if j := bytes.Index(b[i:], []byte(" - ")); j > 0 && j < 80 {
			i += j + 3 // the program that a proxy serves
		}
	case FormatLogcat:
		i = l.logcat(b, i)
	case FormatCompact:
		if at(b, i) == '|' {
			i = pipes(b, i)
			break
		}
		i = l.logger(b, i)
	case FormatISO:
		i = l.iso(b, i)
	case FormatMail:
		i = l.logger(b, l.redis(b, i))
	default:
		i = l.logger(b, i)
	}
	for i < len(b) && b[i] == ' ' {
		i++
	}
	if i >= len(b) {
		// Nothing but a header: it is the message.
		i = min(l.stamp.end, len(b))
	}
	l.msg = b[skipSpaces(b, i):]
	l.inner()
}

// skipClose skips what closes a stamp: brackets, a comma, quotes.
func skipClose(b []byte, i int) int {
	for i < len(b) && (b[i] == ']' || b[i] == ')' || b[i] == ',' || b[i] == '"' || b[i] == ';') {
		i++
	}
	return i
}

func skipSpaces(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	return i
}

// word returns the end of the run of bytes without spaces at i.
func word(b []byte, i int) int {
	for i < len(b) && b[i] != ' ' && b[i] != '\t' {
		i++
	}
	return i
}

// afterEpoch reads what follows an epoch: the date and node of machines that
// prefix every line with them, then mostly a stamp in another format; or a
// small number.
func (l *line) afterEpoch(b []byte, i int) int {
	j := skipSpaces(b, i)
	if _, ok := digits(b, j, 4); ok && at(b, j+4) == '.' && at(b, j+7) == '.' && at(b, j+10) == ' ' {
		node := skipSpaces(b, j+10)
		next := skipSpaces(b, word(b, node))
		if s, ok := parseStamp(b, next); ok {
			epoch := l.stamp
			s.nanos, s.flags = epoch.nanos, epoch.flags // the epoch knows its zone and year
			l.stamp = s
			l.rest(b, next)
			return len(b) - len(l.msg)
		}
		return next
	}
	if e := word(b, j); e > j && e-j <= 3 && e < len(b) {
		if _, end, ok := upTo(b, j, 3); ok && end == e {
			return e
		}
	}
	return l.logger(b, i)
}

// blueGene reads node, facility and severity: R02-M1-N0-C:J12-U11 RAS KERNEL INFO.
func (l *line) blueGene(b []byte, i int) int {
	j := word(b, skipSpaces(b, i))
	for n := range 3 {
		s := skipSpaces(b, j)
		e := word(b, s)
		for k := s; k < e; k++ {
			if (b[k] < 'A' || b[k] > 'Z') && b[k] != '_' {
				return j
			}
		}
		j = e
		if lv := levelOfWord(b[s:e]); lv != LevelNone && n == 2 {
			l.level = lv
		}
	}
	return j
}

// logcat reads pid, tid, level and tag: 1702  2395 D WindowManager: …
func (l *line) logcat(b []byte, i int) int {
	j := i
	for range 2 {
		s := skipSpaces(b, j)
		_, e, ok := upTo(b, s, 7)
		if !ok || at(b, e) != ' ' {
			return l.logger(b, i)
		}
		j = e
	}
	j = skipSpaces(b, j)
	if at(b, j+1) != ' ' || levelOfLetter(at(b, j)) == LevelNone {
		return l.logger(b, i)
	}
	l.level = levelOfLetter(b[j])
	j += 2
	if k := bytes.IndexByte(b[j:min(len(b), j+80)], ':'); k >= 0 {
		return j + k + 1
	}
	return j
}

// redis reads the mark that Redis and Valkey print for a level: . - * #.
func (l *line) redis(b []byte, i int) int {
	if at(b, i) != ' ' || at(b, i+2) != ' ' {
		return i
	}
	switch b[i+1] {
	case '.':
		l.level = LevelDebug
	case '-':
		l.level = LevelInfo
	case '*':
		l.level = LevelNotice
	case '#':
		l.level = LevelWarning
	default:
		return i
	}
	return i + 2
}

// pipes skips up to two fields and the bars around them: |Step_LSC|30002312|.
func pipes(b []byte, i int) int {
	j := i + 1
	for range 2 {
		k := bytes.IndexByte(b[j:min(len(b), j+64)], '|')
		if k < 0 {
			return j
		}
		j += k + 1
	}
	return j
}

// glog reads thread and place: 12345 file.go:123] message.
func glog(b []byte, i int) int {
	if k := bytes.IndexByte(b[i:min(len(b), i+160)], ']'); k >= 0 {
		return i + k + 1
	}
	return i
}

// syslog reads host and program: combo sshd(pam_unix)[19939]: message.
func (l *line) syslog(b []byte, i int) int {
	if at(b, i) == ':' { // Cisco: Oct 11 14:32:52: %LINK-3-UPDOWN: …
		return i + 1
	}
	host := skipSpaces(b, i)
	e := word(b, host)
	if e == host || b[e-1] == ':' {
		return l.program(b, host) // no host: a program at once
	}
	return l.program(b, skipSpaces(b, e))
}

// program reads the tag of RFC 3164, section 5.3, and of what is found in
// practice: name[pid]:, name(part)[pid]:, "name 1.4.1:", "-- name[pid]:".
func (l *line) program(b []byte, i int) int {
	j := i
	if at(b, j) == '-' && at(b, j+1) == '-' && at(b, j+2) == ' ' {
		j += 3
	}
	limit := min(len(b), j+80)
	depth := 0
	for k := j; k < limit; k++ {
		switch c := b[k]; {
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == ':' && depth <= 0:
			if k+1 < len(b) && b[k+1] != ' ' {
				continue // a::b, a path, a time
			}
			return skipUptime(b, k+1)
		case c == ' ' && depth <= 0:
			// One word more may belong to the tag if it is a version or a module.
			if n := word(b, k+1); n-k < 80 && n <= len(b) && b[n-1] == ':' && (isDigit(b[k+1]) || depth == 0 && k > j && b[k-1] == ']') {
				return n
			}
			if e := l.spaced(b, k); e > 0 {
				return e
			}
			return i
		}
	}
	return i
}

// spaced returns where the message begins behind a tag that is written with
// spaces, of which the first is b[k], or 0: "pacemakerd [120] (main) notice: ".
func (l *line) spaced(b []byte, k int) int {
	j := skipSpaces(b, k)
	if at(b, j) != '[' || !isDigit(at(b, j+1)) {
		return 0
	}
	e := j + 1
	for isDigit(at(b, e)) {
		e++
	}
	if at(b, e) != ']' {
		return 0
	}
	e++
	if j = skipSpaces(b, e); at(b, j) == '(' {
		if j = group(b, j); j < 0 {
			return e
		}
		e, j = j, skipSpaces(b, j)
	}
	if j < len(b) && isLetter(b[j]) {
		if lv, end := bareLevel(b, j, word(b, j)); lv != LevelNone {
			l.level = lv
			return end
		}
	}
	return e
}

// skipUptime skips the kernel's [ 1234.567890].
func skipUptime(b []byte, i int) int {
	j := skipSpaces(b, i)
	if at(b, j) != '[' {
		return i
	}
	k := skipSpaces(b, j+1)
	for isDigit(at(b, k)) || at(b, k) == '.' {
		k++
	}
	if at(b, k) != ']' || bytes.IndexByte(b[j:k], '.') < 0 {
		return i
	}
	return k + 1
}

// iso reads what follows an ISO stamp: rsyslog's host and program, the stream
// of a container, RFC 5424, or what a logger prints.
func (l *line) iso(b []byte, i int) int {
	j := skipSpaces(b, i)
	e := word(b, j)
	if string(b[j:e]) == "stdout" || string(b[j:e]) == "stderr" { // CRI: stdout F message
		if at(b, e) == ' ' && (at(b, e+1) == 'F' || at(b, e+1) == 'P') && (at(b, e+2) == ' ' || e+2 == len(b)) {
			return min(e+3, len(b))
		}
	}
	if l.level != LevelNone && l.stamp.flags&zoned != 0 { // a priority was there: RFC 5424
		if k := rfc5424(b, j); k > 0 {
			return k
		}
	}
	// Host and program: no logger prints word program[pid]:.
	if l.stamp.flags&zoned != 0 && e < len(b) && levelOfWord(bytes.Trim(b[j:e], "[]:")) == LevelNone && b[j] != '[' && e > j && b[e-1] != ':' {
		p := skipSpaces(b, e)
		pe := word(b, p)
		if k := bytes.IndexByte(b[p:pe], '['); pe > p && b[pe-1] == ':' && (k > 0 && b[pe-2] == ']' || string(b[p:pe]) == "kernel:" || string(b[p:pe]) == "systemd:") {
			return skipUptime(b, pe)
		}
	}
	return l.logger(b, i)
}

// rfc5424 skips host, program, process, message id and structured data.
func rfc5424(b []byte, i int) int {
	j := i
	for range 4 {
		e := word(b, j)
		if e == j {
			return 0
		}
		j = skipSpaces(b, e)
	}
	if at(b, j) == '-' {
		return j + 1
	}
	for at(b, j) == '[' {
		k := j + 1
		for quoted := false; k < len(b) && (quoted || b[k] != ']'); k++ {
			switch b[k] {
			case '\\':
				k++
			case '"':
				quoted = !quoted
			}
		}
		j = min(k+1, len(b))
	}
	return j
}
