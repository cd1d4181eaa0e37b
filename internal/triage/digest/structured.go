package digest

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Fields that structured logs keep time, level, message and cause in, by the
// names that loggers give them (zap, zerolog, logrus, slog, bunyan, pino,
// logstash, Elastic Common Schema, journald's JSON export, Docker, CloudWatch).
const (
	fieldOther = iota
	fieldTime
	fieldLevel
	fieldMessage
	fieldError
)

func fieldOf(key []byte) int {
	if len(key) > 20 {
		return fieldOther
	}
	switch string(key) {
	case "ts", "time", "timestamp", "@timestamp", "t", "datetime", "date", "eventTime", "asctime", "Timestamp", "Time", "@t",
		"__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "TimeCreated", "created", "when":
		return fieldTime
	case "level", "lvl", "severity", "log.level", "levelname", "loglevel", "PRIORITY", "Level", "@l", "s", "severity_text":
		return fieldLevel
	case "msg", "message", "event", "log", "MESSAGE", "Message", "@m", "short_message", "body", "@mt":
		return fieldMessage
	case "err", "error", "exception", "reason", "cause", "Error", "detail":
		return fieldError
	}
	return fieldOther
}

// json reads a line that is one JSON object. Only its first level is looked
// at. A line that is none, or has no message, is left to be lexed as it is.
func (l *line) json(b []byte) bool {
	var msg, cause, when, level []byte
	i := skipSpaces(b, 1)
	for at(b, i) == '"' {
		key, e := jsonString(b, i)
		if e < 0 {
			break
		}
		if i = skipSpaces(b, e); at(b, i) != ':' {
			return false
		}
		i = skipSpaces(b, i+1)
		value, e := jsonValue(b, i)
		if e < 0 {
			break
		}
		switch fieldOf(key) {
		case fieldTime:
			if when == nil {
				when = value
			}
		case fieldLevel:
			if level == nil {
				level = value
			}
		case fieldMessage:
			if (msg == nil || string(key) == "msg" || string(key) == "message") && b[i] == '"' {
				msg = value
			}
		case fieldError:
			if cause == nil && len(value) > 0 && b[i] != '{' && string(value) != "null" {
				cause = value
			}
		}
		i = skipSpaces(b, e)
		if at(b, i) != ',' {
			break
		}
		i = skipSpaces(b, i+1)
	}
	return l.structured(msg, cause, when, level)
}

// structured takes over the fields that were found. The message is followed
// by the cause, which tells apart what the same statement reports.
func (l *line) structured(msg, cause, when, level []byte) bool {
	if when != nil {
		s, ok := parseStamp(when, 0)
		if !ok {
			s, ok = floatEpoch(when)
		}
		if ok {
			l.stamp, l.stamped = s, true
		}
	}
	if level != nil {
		lv := levelOfWord(level)
		if n, err := strconv.Atoi(string(level)); err == nil {
			if lv = levelOfNumber(n); n < 8 {
				lv = levelOfPriority(n)
			}
		} else if lv == LevelNone && len(level) == 1 {
			lv = levelOfLetter(level[0])
		}
		if lv != LevelNone {
			l.level = lv
		}
	}
	switch {
	case msg != nil && cause != nil:
		joined := make([]byte, 0, len(msg)+len(cause)+2)
		l.msg = append(append(append(joined, msg...), ": "...), cause...)
	case msg != nil:
		l.msg = bytes.TrimSpace(msg)
	case cause != nil:
		l.msg = bytes.TrimSpace(cause)
	default:
		return l.stamped
	}
	return true
}

// floatEpoch reads seconds with or without a fraction, in scientific notation too.
func floatEpoch(b []byte) (stamp, bool) {
	if len(b) == 0 || !isDigit(b[0]) || len(b) > 32 {
		return stamp{}, false
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f < 8e8 || f > 4.2e9 {
		return stamp{}, false
	}
	return stamp{nanos: int64(f * 1e9), end: len(b), format: FormatEpoch, flags: zoned}, true
}

// jsonString returns the text between the quotes at b[i], with its escapes,
// and the index behind it, or -1.
func jsonString(b []byte, i int) ([]byte, int) {
	escaped := false
	for k := i + 1; k < len(b); k++ {
		switch b[k] {
		case '\\':
			escaped = true
			k++
		case '"':
			s := b[i+1 : k]
			if escaped {
				var v string
				if json.Unmarshal(b[i:k+1], &v) == nil {
					s = []byte(v)
				}
			}
			return s, k + 1
		}
	}
	return nil, -1
}

// jsonValue returns the value at b[i] without quotes, and the index behind it.
func jsonValue(b []byte, i int) ([]byte, int) {
	switch at(b, i) {
	case '"':
		return jsonString(b, i)
	case '{', '[':
		depth := 0
		for k := i; k < len(b); k++ {
			switch b[k] {
			case '"':
				for k++; k < len(b) && b[k] != '"'; k++ {
					if b[k] == '\\' {
						k++
					}
				}
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return b[i : k+1], k + 1
				}
			}
		}
		return nil, -1
	}
	k := i
	for k < len(b) && b[k] != ',' && b[k] != '}' && b[k] != ' ' {
		k++
	}
	return b[i:k], k
}

// logfmt reads a line of key=value pairs, as logrus, slog and Heroku print
// them: it begins with one, and has a time, a level or a message.
func (l *line) logfmt(b []byte) bool {
	eq := bytes.IndexByte(b[:min(len(b), 40)], '=')
	if eq <= 0 || !isKey(b[:eq]) {
		return false
	}
	var msg, cause, when, level []byte
	pairs := 0
	for i := 0; i < len(b) && pairs < 64; pairs++ {
		k := i
		for k < len(b) && b[k] != '=' && b[k] != ' ' {
			k++
		}
		if at(b, k) != '=' {
			break
		}
		key := b[i:k]
		value, e := pairValue(b, k+1)
		switch fieldOf(key) {
		case fieldTime:
			if when == nil {
				when = value
			}
		case fieldLevel:
			if level == nil {
				level = value
			}
		case fieldMessage:
			msg = value
		case fieldError:
			cause = value
		}
		i = skipSpaces(b, e)
	}
	if when == nil && (msg == nil || level == nil) {
		return false
	}
	if msg == nil && pairs > 1 {
		// No message: the pairs are the message, without the time.
		before := *l
		if !l.structured(b, nil, when, level) || !l.stamped {
			*l = before
			return false
		}
		return true
	}
	return l.structured(msg, cause, when, level)
}

func pairValue(b []byte, i int) ([]byte, int) {
	if at(b, i) == '"' {
		if s, e := jsonString(b, i); e > 0 {
			return s, e
		}
	}
	e := word(b, i)
	return b[i:e], e
}

func isKey(w []byte) bool {
	for _, c := range w {
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '.' && c != '-' && c != '@' {
			return false
		}
	}
	return true
}
