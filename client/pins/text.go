package pins

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Invisible reports whether a character is not seen, or changes how others are:
// control characters but for tab and line feed, formats such as zero-width
// characters, marks of direction and tags, fillers, selectors of variants, and
// what is private or no character at all.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0, // joiners and fillers
		0x180b <= r && r <= 0x180f, 0xfe00 <= r && r <= 0xfe0f, 0xe0000 <= r && r <= 0xe0fff: // variants and tags
		return true
	case r == 0x2028, r == 0x2029, r == utf8.RuneError:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// Clean removes what [Invisible] reports, and whole sequences that would steer
// a terminal (ECMA-48, section 5.4). It must come before text is redacted: a
// value could be cut by characters that nobody sees.
func Clean(s string) string {
	if strings.IndexFunc(s, Invisible) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x1b || r == 0x9b:
			i += n
			i += steering(s[i:], r)
			continue
		case r == '\r':
			if !strings.HasPrefix(s[i+n:], "\n") {
				b.WriteByte('\n')
			}
		case r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		case !Invisible(r):
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// steering returns how many bytes of s belong to the control sequence that an
// escape began.
func steering(s string, escape rune) int {
	i := 0
	if escape == 0x1b {
		if s == "" || s[0] != '[' {
			return 0
		}
		i = 1
	}
	for i < len(s) && 0x20 <= s[i] && s[i] <= 0x3f {
		i++
	}
	if i < len(s) && 0x40 <= s[i] && s[i] <= 0x7e {
		i++
	}
	return i
}

// CleanTree returns a JSON value with every string of it cleaned, names of
// members included. v is changed. Members whose names become the same are an error.
func CleanTree(v any) (_ any, err error) {
	switch v := v.(type) {
	case string:
		return Clean(v), nil
	case []any:
		for i := range v {
			if v[i], err = CleanTree(v[i]); err != nil {
				return nil, err
			}
		}
		return v, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			clean := Clean(name)
			if _, twice := out[clean]; twice {
				return nil, errors.New("two members have names that look the same")
			}
			if out[clean], err = CleanTree(e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// Visible shows what nobody would see, as ‹U+200B›, and blanks beyond a few,
// which push text out of sight.
func Visible(s string) string {
	var b strings.Builder
	blanks := 0
	flush := func() {
		if blanks > 8 {
			fmt.Fprintf(&b, " ‹%d blanks› ", blanks)
		} else {
			b.WriteString(strings.Repeat(" ", blanks))
		}
		blanks = 0
	}
	for _, r := range s {
		if r == ' ' || r == '\t' || unicode.Is(unicode.Zs, r) {
			blanks++
			continue
		}
		flush()
		if Invisible(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
			continue
		}
		b.WriteRune(r)
	}
	flush()
	return b.String()
}
