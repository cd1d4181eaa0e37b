package digest

// parseDayFirst reads what begins with one or two digits.
func parseDayFirst(b []byte, i, n int, sep byte) (stamp, bool) {
	first, _ := digits(b, i, n)
	e := i + n + 1
	switch sep {
	case '/':
		if m := monthAt(b, e); m > 0 {
			return clf(b, e+3, first, m)
		}
		return slashed(b, e, n, first)
	case '-', '.':
		if m := monthAt(b, e); m > 0 && sep == '-' && at(b, e+3) == '-' {
			return dayMonthYear(b, e+4, first, m)
		}
		return dashed(b, e, n, first, sep)
	case ' ':
		if m := monthAt(b, e); m > 0 && at(b, e+3) == ' ' {
			return dayMonthYear(b, e+4, first, m)
		}
	case ':':
		if n != 2 {
			return stamp{}, false
		}
		f := fields{month: 1, day: 1, noDate: true}
		if e = timeOfDay(b, i, &f, ':'); e < 0 || !boundary(at(b, e)) || at(b, e) == ':' {
			return stamp{}, false
		}
		return f.stamp(FormatClock, e)
	}
	return stamp{}, false
}

// clf reads /2000:13:55:36 -0700 behind the month.
func clf(b []byte, i, d, m int) (stamp, bool) {
	f := fields{day: d, month: m}
	var ok bool
	if at(b, i) != '/' {
		return stamp{}, false
	}
	if f.year, ok = digits(b, i+1, 4); !ok || at(b, i+5) != ':' {
		return stamp{}, false
	}
	e := timeOfDay(b, i+6, &f, ':')
	if e < 0 {
		return stamp{}, false
	}
	return f.stamp(FormatCLF, zone(b, e, &f))
}

// slashed reads 17/06/09 20:10:40 (year first) and 10/5/2023 3:04:05 PM (month
// first, unless that is no month).
func slashed(b []byte, i, n, first int) (stamp, bool) {
	second, e, ok := upTo(b, i, 2)
	if !ok || at(b, e) != '/' {
		return stamp{}, false
	}
	width := 0
	for isDigit(at(b, e+1+width)) && width < 5 {
		width++
	}
	third, _ := digits(b, e+1, width)
	var f fields
	format := FormatUS
	switch {
	case width == 4:
		f = fields{year: third, month: first, day: second}
		if first > 12 {
			f.month, f.day = second, first
			format = FormatEuropean
		}
	case width == 2 && n == 2:
		f = fields{year: 2000 + first, month: second, day: third}
		format = FormatShort
	default:
		return stamp{}, false
	}
	e += 1 + width
	if at(b, e) == ',' {
		e++
	}
	if at(b, e) != ' ' && at(b, e) != 'T' {
		return stamp{}, false
	}
	if e = timeOfDay(b, e+1, &f, ':'); e < 0 {
		return stamp{}, false
	}
	return f.stamp(format, zone(b, e, &f))
}

// dashed reads 03-17 16:13:38.811 and 10.30 16:49:06 (month and day), and
// 05.10.2023 15:04:05 and 05-10-2023 15:04:05 (day first).
func dashed(b []byte, i, n, first int, sep byte) (stamp, bool) {
	second, ok := digits(b, i, 2)
	if !ok || n != 2 {
		return stamp{}, false
	}
	var f fields
	var format Format
	e := i + 2
	switch at(b, e) {
	case ' ':
		f = fields{month: first, day: second, noYear: true}
		format = FormatLogcat
		if sep == '.' {
			format = FormatMonthDay
		}
	case sep:
		year, ok := digits(b, e+1, 4)
		if !ok || at(b, e+5) != ' ' && at(b, e+5) != 'T' {
			return stamp{}, false
		}
		f = fields{year: year, month: second, day: first}
		format = FormatEuropean
		e += 5
	default:
		return stamp{}, false
	}
	if e = timeOfDay(b, e+1, &f, ':'); e < 0 {
		return stamp{}, false
	}
	return f.stamp(format, zone(b, e, &f))
}

// dayMonthYear reads 2026 05:19:36.074 behind "22 Nov " or "22-Nov-".
func dayMonthYear(b []byte, i, d, m int) (stamp, bool) {
	f := fields{day: d, month: m}
	var ok bool
	if f.year, ok = digits(b, i, 4); !ok || at(b, i+4) != ' ' {
		return stamp{}, false
	}
	e := timeOfDay(b, i+5, &f, ':')
	if e < 0 {
		return stamp{}, false
	}
	return f.stamp(FormatMail, zone(b, e, &f))
}

// parseSixes reads 081109 203615 and 130102 15:04:05 (also with one space more, as MySQL 5 has it).
func parseSixes(b []byte, i int, sep byte) (stamp, bool) {
	if sep != ' ' {
		return stamp{}, false
	}
	var f fields
	f.year, _ = digits(b, i, 2)
	f.month, _ = digits(b, i+2, 2)
	f.day, _ = digits(b, i+4, 2)
	f.year += 2000
	e := i + 7
	if at(b, e) == ' ' {
		e++
	}
	if v, ok := digits(b, e, 6); ok && boundary(at(b, e+6)) {
		f.hour, f.min, f.sec = v/10000, v/100%100, v%100
		return f.stamp(FormatSixes, e+6)
	}
	if e = timeOfDay(b, e, &f, ':'); e < 0 {
		return stamp{}, false
	}
	return f.stamp(FormatSixes, e)
}

// parseCompact reads 20171223-22:15:29:606, 20171223 22:15:29, 20171223:221529.606, 20240102T150405Z and 20240102150405.
func parseCompact(b []byte, i, n int, sep byte) (stamp, bool) {
	var f fields
	f.year, _ = digits(b, i, 4)
	f.month, _ = digits(b, i+4, 2)
	f.day, _ = digits(b, i+6, 2)
	e := i + 9
	switch {
	case n == 14:
		e = i + 8
	case sep == ':': // what is loose behind it is no time
		if _, ok := digits(b, e, 6); !ok {
			return stamp{}, false
		}
	case sep != '-' && sep != ' ' && sep != 'T' && sep != '_':
		return stamp{}, false
	}
	if v, ok := digits(b, e, 6); ok {
		f.hour, f.min, f.sec = v/10000, v/100%100, v%100
		if e += 6; at(b, e) == '.' && isDigit(at(b, e+1)) {
			e = fraction(b, e+1, &f)
		}
	} else if e = looseTime(b, e, &f); e < 0 {
		return stamp{}, false
	}
	e = zone(b, e, &f)
	if !boundary(at(b, e)) {
		return stamp{}, false
	}
	return f.stamp(FormatCompact, e)
}

// looseTime reads 22:15:29 with a fraction, and 0:7:20:6, which is unpadded and
// ends with six milliseconds. It returns the index behind it, or -1.
func looseTime(b []byte, i int, f *fields) int {
	var ok1, ok2, ok3 bool
	e := i
	if f.hour, e, ok1 = upTo(b, e, 2); at(b, e) != ':' {
		return -1
	}
	if f.min, e, ok2 = upTo(b, e+1, 2); at(b, e) != ':' {
		return -1
	}
	if f.sec, e, ok3 = upTo(b, e+1, 2); !ok1 || !ok2 || !ok3 {
		return -1
	}
	switch c := at(b, e); {
	case (c == '.' || c == ',') && isDigit(at(b, e+1)):
		return fraction(b, e+1, f)
	case c == ':':
		v, end, ok := upTo(b, e+1, 3)
		if !ok {
			return -1
		}
		f.nanos = int64(v) * 1e6
		return end
	}
	return e
}

// parseGlog reads I0102 15:04:05.000000.
func parseGlog(b []byte, i int) (stamp, bool) {
	if levelOfLetter(b[i]) == LevelNone {
		return stamp{}, false
	}
	f := fields{noYear: true}
	v, ok := digits(b, i+1, 4)
	if !ok || at(b, i+5) != ' ' {
		return stamp{}, false
	}
	f.month, f.day = v/100, v%100
	e := timeOfDay(b, i+6, &f, ':')
	if e < 0 || f.nanos == 0 && at(b, i+14) != '.' {
		return stamp{}, false
	}
	return f.stamp(FormatGlog, e)
}
