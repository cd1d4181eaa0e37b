package digest

import "bytes"

// Level is how severe a line says that it is.
type Level uint8

// The levels, least severe first. LevelNone is that of a line that says nothing.
const (
	LevelNone Level = iota
	LevelDebug
	LevelInfo
	LevelNotice
	LevelWarning
	LevelError
	LevelFatal
)

// NumLevels is the number of levels.
const NumLevels = int(LevelFatal) + 1

var levelNames = [...]string{"none", "debug", "info", "notice", "warning", "error", "fatal"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return "unknown"
}

// ParseLevel reads the name of a level as logs write it, in any letter case.
func ParseLevel(s string) (Level, bool) {
	l := levelOfWord([]byte(s))
	return l, l != LevelNone
}

// levelOfWord returns the level that a field names: the words of syslog
// (RFC 5424, section 6.2.1), java.util.logging, log4j, Python, PostgreSQL,
// MySQL, glog and Windows.
func levelOfWord(w []byte) Level {
	if len(w) < 3 || len(w) > 13 {
		return LevelNone
	}
	var buf [13]byte
	for i, c := range w {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	switch string(buf[:len(w)]) {
	case "trace", "debug", "debug1", "debug2", "debug3", "debug4", "debug5", "fine", "finer", "finest", "verbose", "dbg", "trc", "config":
		return LevelDebug
	case "info", "information", "informational", "inf", "log", "system", "statement":
		return LevelInfo
	case "notice", "note", "hint", "audit":
		return LevelNotice
	case "warn", "warning", "wrn":
		return LevelWarning
	case "error", "err", "severe", "failure":
		return LevelError
	case "fatal", "crit", "critical", "alert", "emerg", "emergency", "panic", "ftl":
		return LevelFatal
	}
	return LevelNone
}

// levelOfLetter returns the level of glog's and Android's letters.
func levelOfLetter(c byte) Level {
	switch c {
	case 'V', 'D', 'T':
		return LevelDebug
	case 'I':
		return LevelInfo
	case 'N':
		return LevelNotice
	case 'W':
		return LevelWarning
	case 'E':
		return LevelError
	case 'F', 'C', 'A':
		return LevelFatal
	}
	return LevelNone
}

// levelOfPriority returns the level of a syslog priority value (RFC 5424, section 6.2.1).
func levelOfPriority(pri int) Level {
	return [8]Level{LevelFatal, LevelFatal, LevelFatal, LevelError, LevelWarning, LevelNotice, LevelInfo, LevelDebug}[pri&7]
}

// levelOfNumber returns the level of the number that bunyan and pino log (10 to 60).
func levelOfNumber(n int) Level {
	switch {
	case n < 10 || n > 60:
		return LevelNone
	case n < 30:
		return LevelDebug
	case n < 40:
		return LevelInfo
	case n < 50:
		return LevelWarning
	case n < 60:
		return LevelError
	}
	return LevelFatal
}

// levelOfText judges a message that comes without a level by its words. It
// looks at a template once, not at every line.
func levelOfText(msg []byte) Level {
	low := bytes.ToLower(msg[:min(len(msg), 512)])
	best := LevelNone
	for _, w := range tellingWords {
		if w.level <= best {
			continue
		}
		for from := 0; ; {
			i := bytes.Index(low[from:], w.text)
			if i < 0 {
				break
			}
			i += from
			from = i + len(w.text)
			// A whole word or the end of a name (IOException), no part of another
			// (libgpg-error0, error.log), and none that denies it: "0 errors".
			if i > 0 && isLetter(low[i-1]) && msg[i] == low[i] || i > 0 && partOfName(low[i-1]) || partOfName(at(low, from)) && class[at(low, from+1)]&cLetter != 0 ||
				isLetter(at(low, from)) && !w.prefix || isDigit(at(low, from)) || denied(low, i, from) {
				continue
			}
			best = w.level
			break
		}
	}
	return best
}

func partOfName(c byte) bool { return c == '-' || c == '_' || c == '.' || c == '/' }

// denied reports whether what stands at low[i:e] is said not to be.
func denied(low []byte, i, e int) bool {
	before := bytes.TrimRight(low[:i], " ")
	for _, no := range [...]string{"no", "0", "without", "zero", "not"} {
		if n := len(before) - len(no); bytes.HasSuffix(before, []byte(no)) && (n == 0 || boundary(before[n-1])) {
			return true
		}
	}
	for isLetter(at(low, e)) {
		e++
	}
	for at(low, e) == ' ' {
		e++
	}
	if at(low, e) == '=' && (isDigit(at(low, e+1)) || at(low, e+1) == '<') && !bytes.HasPrefix(low[i:], []byte("error")) && !bytes.HasPrefix(low[i:], []byte("fail")) {
		return true // a setting: panic=1, timeout=30
	}
	if c := at(low, e); c == '=' || c == ':' {
		for e++; at(low, e) == ' '; e++ {
		}
		return at(low, e) == '0' && !isDigit(at(low, e+1)) || at(low, e) == 'n' && (bytes.HasPrefix(low[e:], []byte("none")) || bytes.HasPrefix(low[e:], []byte("null")))
	}
	return false
}

// tellingWords give a message away that has no level of its own.
var tellingWords = []struct {
	text   []byte
	level  Level
	prefix bool // longer words count too
}{
	{[]byte("panic"), LevelFatal, false},
	{[]byte("fatal"), LevelFatal, false},
	{[]byte("out of memory"), LevelFatal, false},
	{[]byte("oom-kill"), LevelFatal, true},
	{[]byte("segfault"), LevelFatal, false},
	{[]byte("kernel bug"), LevelFatal, false},
	{[]byte("traceback (most recent"), LevelError, false},
	{[]byte("exception"), LevelError, true},
	{[]byte("error"), LevelError, true},
	{[]byte("fail"), LevelError, true},
	{[]byte("cannot"), LevelError, false},
	{[]byte("can't"), LevelError, false},
	{[]byte("could not"), LevelError, false},
	{[]byte("unable to"), LevelError, false},
	{[]byte("refused"), LevelError, false},
	{[]byte("denied"), LevelError, false},
	{[]byte("corrupt"), LevelError, true},
	{[]byte("no space left"), LevelError, false},
	{[]byte("timed out"), LevelWarning, false},
	{[]byte("timeout"), LevelWarning, true},
	{[]byte("warning"), LevelWarning, true},
	{[]byte("expired"), LevelWarning, false},
	{[]byte("retry"), LevelWarning, true},
	{[]byte("unreachable"), LevelWarning, false},
	{[]byte("invalid"), LevelWarning, false},
	{[]byte("break-in"), LevelWarning, false},
	{[]byte("deprecated"), LevelWarning, false},
}
