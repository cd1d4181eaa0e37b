package cli

import (
	"strings"
	"unicode"
)

// printable keeps text that came from an agent or a log from steering the
// terminal: control and format characters become visible.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
