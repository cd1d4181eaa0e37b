package digest

// stamp is a point in time as a line states it. What the line leaves out is
// marked by flags and added by a [clock].
type stamp struct {
	nanos  int64 // since 1970, as if the fields were UTC unless zoned
	end    int   // index behind the stamp
	format Format
	flags  stampFlags
}

type stampFlags uint8

const (
	zoned    stampFlags = 1 << iota // nanos are UTC
	yearless                        // the year is 1972, which has a 29 February
	dateless                        // the day is 1 January 1970
)

// Format is how a time stamp is written.
type Format uint8

// The formats, with a line that has each in their comments.
const (
	FormatNone     Format = iota
	FormatISO             // 2024-01-02T15:04:05.678+01:00, with T, space, - or _ between; also Java, PostgreSQL, RFC 5424, CRI
	FormatSlashed         // 2024/01/02 15:04:05: Go, nginx errors
	FormatDotted          // 2005-06-03-15.42.50.675872: Blue Gene
	FormatShort           // 17/06/09 20:10:40: Spark, log4j's yy/MM/dd
	FormatUS              // 10/5/2023 3:04:05 PM: Windows
	FormatEuropean        // 05.10.2023 15:04:05, 05-10-2023 15:04:05
	FormatCLF             // 10/Oct/2000:13:55:36 -0700: access logs of Apache, nginx, HAProxy
	FormatCtime           // Wed Oct 11 14:32:52.123456 2000: Apache errors, asctime
	FormatSyslog          // Oct 11 14:32:52: RFC 3164, journalctl; no year
	FormatMail            // Wed, 11 Oct 2000 14:32:52 +0000, 22 Nov 2026 05:19:36.074, 22-Nov-2026 05:19:36
	FormatJUL             // Jan 02, 2024 3:04:05 PM: java.util.logging
	FormatGlog            // I0102 15:04:05.000000: glog, klog; no year
	FormatLogcat          // 03-17 16:13:38.811: Android; no year
	FormatMonthDay        // 10.30 16:49:06: month and day; no year
	FormatCompact         // 20171223-22:15:29:606, 20240102T150405Z, 20240102150405
	FormatSixes           // 081109 203615, 130102 15:04:05: two digits a field
	FormatEpoch           // 1117838570, with fraction, or in ms, µs, ns
	FormatClock           // 15:04:05.678: no date
)

var formatNames = [...]string{
	"none", "iso8601", "yyyy/mm/dd", "yyyy-mm-dd-hh.mm.ss", "yy/mm/dd", "m/d/yyyy", "d.m.yyyy", "clf", "ctime", "syslog", "rfc2822", "jul",
	"glog", "logcat", "mm.dd", "compact", "yymmdd", "epoch", "clock",
}

func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return "unknown"
}

const (
	second = int64(1e9)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// leapYear stands for the year that a stamp leaves out.
const leapYear = 1972

// fields are the parts of a time while a stamp is read.
type fields struct {
	year, month, day  int
	hour, min, sec    int
	nanos             int64
	offset            int64 // nanoseconds east of UTC
	zoned, noYear     bool
	noDate, afternoon bool
	morning           bool
}

// stamp checks the ranges of the fields and adds them up.
func (f *fields) stamp(format Format, end int) (stamp, bool) {
	if f.month < 1 || f.month > 12 || f.day < 1 || f.day > 31 || f.hour > 23 || f.min > 59 || f.sec > 60 {
		return stamp{}, false
	}
	if f.afternoon || f.morning {
		if f.hour == 0 || f.hour > 12 {
			return stamp{}, false
		}
		f.hour %= 12
		if f.afternoon {
			f.hour += 12
		}
	}
	var flags stampFlags
	switch {
	case f.noDate:
		flags |= dateless
	case f.noYear:
		f.year = leapYear
		flags |= yearless
	case f.year < 1970 || f.year > 2200:
		return stamp{}, false
	}
	days := daysFromCivil(f.year, f.month, f.day)
	if f.noDate {
		days = 0
	}
	n := int64(days)*day + int64(f.hour)*hour + int64(f.min)*minute + int64(f.sec)*second + f.nanos
	if f.zoned {
		n -= f.offset
		flags |= zoned
	}
	return stamp{nanos: n, end: end, format: format, flags: flags}, true
}

// daysFromCivil counts the days from 1 January 1970 in the Gregorian calendar
// (Howard Hinnant, "chrono-compatible low-level date algorithms").
func daysFromCivil(y, m, d int) int {
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// digits reads n digits at i.
func digits(b []byte, i, n int) (v int, ok bool) {
	if i+n > len(b) {
		return 0, false
	}
	for _, c := range b[i : i+n] {
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + int(c)
	}
	return v, true
}

// upTo reads one to n digits at i.
func upTo(b []byte, i, n int) (v, end int, ok bool) {
	for end = i; end < len(b) && end-i < n; end++ {
		c := b[end] - '0'
		if c > 9 {
			break
		}
		v = v*10 + int(c)
	}
	return v, end, end > i
}

func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// boundary reports whether a stamp may end before c.
func boundary(c byte) bool { return !isDigit(c) && !isLetter(c) && c != '_' && c < 0x80 }

// parseStamp reads the stamp that begins at b[i]. Which format it is follows
// from its first bytes alone, so that no format is tried in vain.
func parseStamp(b []byte, i int) (stamp, bool) {
	c := at(b, i)
	switch {
	case isDigit(c):
		return parseNumeric(b, i)
	case c >= 'A' && c <= 'W':
		if isDigit(at(b, i+1)) {
			return parseGlog(b, i)
		}
		return parseNamed(b, i)
	}
	return stamp{}, false
}

func parseNumeric(b []byte, i int) (stamp, bool) {
	n := 1
	for i+n < len(b) && n < 20 && isDigit(b[i+n]) {
		n++
	}
	sep := at(b, i+n)
	switch n {
	case 4:
		return parseYearFirst(b, i, sep)
	case 1, 2:
		return parseDayFirst(b, i, n, sep)
	case 6:
		return parseSixes(b, i, sep)
	case 8, 14:
		return parseCompact(b, i, n, sep)
	case 10, 13, 16, 19:
		return parseEpoch(b, i, n, sep)
	}
	return stamp{}, false
}

// parseYearFirst reads 2024-01-02T15:04:05, 2024/01/02 15:04:05 and 2005-06-03-15.42.50.
func parseYearFirst(b []byte, i int, sep byte) (stamp, bool) {
	if sep != '-' && sep != '/' && sep != '.' {
		return stamp{}, false
	}
	var f fields
	var ok1, ok2 bool
	f.year, _ = digits(b, i, 4)
	e := i + 5
	f.month, e, ok1 = upTo(b, e, 2)
	if !ok1 || at(b, e) != sep {
		return stamp{}, false
	}
	f.day, e, ok2 = upTo(b, e+1, 2)
	if !ok2 {
		return stamp{}, false
	}
	format := FormatISO
	if sep == '/' {
		format = FormatSlashed
	}
	switch at(b, e) {
	case 'T', 't', '_', ':':
		e++
	case ' ':
		for e++; at(b, e) == ' '; e++ {
		}
	case '-':
		if at(b, e+3) == '.' {
			return dottedTime(b, &f, e+1)
		}
		e++
	case ',', ';':
		if e++; at(b, e) == ' ' {
			e++
		}
	default:
		return stamp{}, false
	}
	if e = timeOfDay(b, e, &f, ':'); e < 0 {
		return stamp{}, false
	}
	e = zone(b, e, &f)
	return f.stamp(format, e)
}

func dottedTime(b []byte, f *fields, i int) (stamp, bool) {
	e := timeOfDay(b, i, f, '.')
	if e < 0 {
		return stamp{}, false
	}
	return f.stamp(FormatDotted, e)
}

// timeOfDay reads 15:04:05 with a fraction, and the AM or PM behind it. It
// returns the index behind it, or -1.
func timeOfDay(b []byte, i int, f *fields, sep byte) int {
	var ok bool
	e := i
	if f.hour, e, ok = upTo(b, e, 2); !ok || at(b, e) != sep {
		return -1
	}
	if f.min, ok = digits(b, e+1, 2); !ok || at(b, e+3) != sep {
		return -1
	}
	if f.sec, ok = digits(b, e+4, 2); !ok {
		return -1
	}
	e += 6
	if c := at(b, e); (c == '.' || c == ',') && isDigit(at(b, e+1)) {
		e = fraction(b, e+1, f)
	}
	if isDigit(at(b, e)) || isLetter(at(b, e)) && b[e]|0x20 != 'z' && b[e]|0x20 != 'a' && b[e]|0x20 != 'p' {
		return -1
	}
	p := e
	if at(b, p) == ' ' {
		p++
	}
	if c := at(b, p) | 0x20; (c == 'a' || c == 'p') && at(b, p+1)|0x20 == 'm' && boundary(at(b, p+2)) {
		f.afternoon, f.morning = c == 'p', c == 'a'
		return p + 2
	}
	return e
}

// fraction reads the digits of a second's fraction; those behind nanoseconds are skipped.
func fraction(b []byte, i int, f *fields) int {
	scale := int64(1e8)
	f.nanos = 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		f.nanos += int64(b[i]-'0') * scale
		scale /= 10
	}
	return i
}

func parseEpoch(b []byte, i, n int, sep byte) (stamp, bool) {
	if isLetter(sep) || sep == '_' || sep == '-' || sep == '/' || sep >= 0x80 {
		return stamp{}, false
	}
	var v int64
	for _, c := range b[i : i+n] {
		v = v*10 + int64(c-'0')
	}
	var f fields
	e := i + n
	for ; n < 19; n += 3 {
		v *= 1000
	}
	if v < 8_000_000_000*second/10 { // before 1995: an id, a counter, a size
		return stamp{}, false
	}
	if v > 4_102_444_800*second { // 2100
		return stamp{}, false
	}
	if sep == '.' && e-i == 10 && isDigit(at(b, e+1)) {
		e = fraction(b, e+1, &f)
	}
	if !boundary(at(b, e)) {
		return stamp{}, false
	}
	return stamp{nanos: v + f.nanos, end: e, format: FormatEpoch, flags: zoned}, true
}
