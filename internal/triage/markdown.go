package triage

import (
	"strings"
	"unicode"
)

// ansi matches terminal escape sequences (ECMA-48: CSI, OSC and two-character
// ones), which logs are full of and documents must not hold.
var ansi = lazyRegexp("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")

// plain removes what can be seen by no reader but changes what one sees:
// escape sequences, control characters, direction overrides, invisible
// characters. Line feeds and tabs stay.
func plain(s string) string {
	if strings.IndexByte(s, 0x1b) >= 0 {
		s = ansi().ReplaceAllString(s, "")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u200c', r == '\u200d': // scripts need the joiners
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// tokenForm is how a pseudonym looks. It is left as it is in documents, so
// that an export can put the original back.
var tokenForm = lazyRegexp(`^\[[A-Za-z][A-Za-z0-9]*_[0-9]+(?:\.[0-9]+)?\]`)

// inline makes text safe as a part of a line of Markdown (CommonMark and
// GitHub's tables): one line, and nothing in it starts a link, a picture, a
// heading, a cell, code, HTML or emphasis.
func inline(s string) string {
	s = tidy(plain(s))
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		c := s[i]
		if c == '[' {
			if t := tokenForm().FindString(s[i:]); t != "" {
				b.WriteString(t)
				i += len(t)
				// A token before one of these would be a link or its definition.
				if i < len(s) && (s[i] == '(' || s[i] == ':') {
					b.WriteByte('\\')
					b.WriteByte(s[i])
					i++
				}
				continue
			}
		}
		switch c {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '\\', '`', '*', '[', ']', '|', '#', '~', '!', '$':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '_':
			if !within(s, i) {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case '-', '+', '=':
			if i == 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case '.', ')':
			if i > 0 && i < 10 && strings.Trim(s[:i], "0123456789") == "" {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// paragraphs is inline for a text of several paragraphs: blank lines part
// them, and nothing else of its lay-out is kept.
func paragraphs(s string) string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = inline(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// told is paragraphs for what somebody told: where it names a cause, it says
// that it is told.
func told(s string) string {
	list := strings.Split(paragraphs(s), "\n\n")
	for i := range list {
		list[i] = reported(list[i])
	}
	return strings.Join(list, "\n\n")
}

// within reports whether the byte at i stands between letters or digits, where
// an underscore means nothing.
func within(s string, i int) bool {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return i > 0 && i+1 < len(s) && word(s[i-1]) && word(s[i+1])
}

// fenced returns text as a code block whose fence is longer than any run of
// backticks in it.
func fenced(text string) string {
	text = strings.TrimRight(plain(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", max(3, longest+1))
	return fence + "text\n" + text + "\n" + fence
}

// Plain removes from text what no reader sees but what changes what one sees:
// terminal sequences, control characters but line feed and tab, direction
// overrides, invisible characters. Invalid UTF-8 becomes U+FFFD.
func Plain(s string) string { return plain(s) }
