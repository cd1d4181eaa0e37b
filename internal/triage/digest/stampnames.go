package digest

// parseNamed reads what begins with the name of a weekday or month.
func parseNamed(b []byte, i int) (stamp, bool) {
	e := i
	format := FormatSyslog
	if weekdayAt(b, i) {
		e += 3
		if at(b, e) == ',' {
			e++
		}
		if at(b, e) != ' ' {
			return stamp{}, false
		}
		e++
		if isDigit(at(b, e)) {
			d, j, _ := upTo(b, e, 2)
			if m := monthAt(b, j+1); m > 0 && (at(b, j) == ' ' || at(b, j) == '-') && at(b, j+4) == at(b, j) {
				return dayMonthYear(b, j+5, d, m)
			}
			return stamp{}, false
		}
		format = FormatCtime
	}
	f := fields{month: monthAt(b, e)}
	if f.month == 0 || at(b, e+3) != ' ' {
		return stamp{}, false
	}
	e += 4
	if at(b, e) == ' ' {
		e++
	}
	var ok bool
	if f.day, e, ok = upTo(b, e, 2); !ok {
		return stamp{}, false
	}
	comma := at(b, e) == ','
	if comma {
		e++
	}
	if at(b, e) != ' ' {
		return stamp{}, false
	}
	e++
	if y, ok := digits(b, e, 4); ok && at(b, e+4) == ' ' {
		f.year = y
		e += 5
		if comma {
			format = FormatJUL
		}
	} else {
		f.noYear = true
	}
	if e = timeOfDay(b, e, &f, ':'); e < 0 {
		return stamp{}, false
	}
	e = zone(b, e, &f)
	// asctime has the year at the end.
	if y, ok := digits(b, e+1, 4); f.noYear && ok && at(b, e) == ' ' && y >= 1970 && y <= 2200 && format == FormatCtime && boundary(at(b, e+5)) {
		f.year, f.noYear = y, false
		e += 5
	}
	return f.stamp(format, e)
}

// monthAt returns the number of the month whose English abbreviation is at i, or 0.
func monthAt(b []byte, i int) int {
	if i+3 > len(b) || b[i]-'A' > 'S'-'A' {
		return 0
	}
	switch name := b[i : i+3]; string(name) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

func weekdayAt(b []byte, i int) bool {
	if i+3 > len(b) {
		return false
	}
	switch string(b[i : i+3]) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// zoneOf returns the minutes east of UTC of the abbreviations that mean one
// offset in practice. Ambiguous ones (CST in China) are taken as the North
// American, or left out (IST).
func zoneOf(w []byte) (minutes int64, ok bool) {
	switch string(w) {
	case "UTC", "GMT", "WET":
		return 0, true
	case "CET", "BST":
		return 60, true
	case "CEST", "EET":
		return 120, true
	case "EEST", "MSK":
		return 180, true
	case "JST":
		return 540, true
	case "EDT":
		return -240, true
	case "EST", "CDT":
		return -300, true
	case "CST", "MDT":
		return -360, true
	case "MST", "PDT":
		return -420, true
	case "PST":
		return -480, true
	}
	return 0, false
}

// zone reads Z, +01:00, +0100, +01, and an abbreviation, behind the time that
// ends at i. It returns the index behind it, or i.
func zone(b []byte, i int, f *fields) int {
	c := at(b, i)
	if (c == 'Z' || c == 'z') && boundary(at(b, i+1)) {
		f.zoned = true
		return i + 1
	}
	j := i
	if c == ' ' {
		j++
		c = at(b, j)
	}
	switch {
	case c == '+' || c == '-':
		h, ok := digits(b, j+1, 2)
		if !ok || h > 14 {
			return i
		}
		e := j + 3
		m := 0
		if at(b, e) == ':' {
			e++
		}
		if v, ok := digits(b, e, 2); ok && v < 60 {
			m, e = v, e+2
		} else if b[e-1] == ':' || j > i {
			return i // A space and -10 is a number, not a zone.
		}
		if !boundary(at(b, e)) {
			return i
		}
		f.offset = (int64(h)*60 + int64(m)) * minute
		if c == '-' {
			f.offset = -f.offset
		}
		f.zoned = true
		return e
	case j > i && c >= 'B' && c <= 'W':
		e := j
		for e < len(b) && e-j < 5 && b[e]-'A' <= 'Z'-'A' {
			e++
		}
		if off, ok := zoneOf(b[j:e]); ok && boundary(at(b, e)) {
			f.zoned, f.offset = true, off*minute
			return e
		}
	}
	return i
}
