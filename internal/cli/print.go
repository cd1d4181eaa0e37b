package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// answer is the stream of answers. It remembers the first failure, so that a
// full disk behind a redirection does not pass for success.
type answer struct {
	w   io.Writer
	err error
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.w.Write(p)
	if a.err == nil {
		a.err = err
	}
	return n, err
}

// printf writes to the answer, which remembers what fails.
func (a *app) printf(format string, args ...any) { _, _ = fmt.Fprintf(a.out, format, args...) }

// sayf says something on stderr. That it cannot be said has nobody to be told.
func (a *app) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(a.err, "tftsr: "+format+"\n", args...)
}

// say says what went wrong, and what can be done about it.
func (a *app) say(err error) {
	a.sayf("%s", strings.TrimSpace(err.Error()))
	if hint := hintFor(err); hint != "" {
		a.sayf("hint: %s", hint)
	}
}

// ask prompts on stderr.
func (a *app) ask(prompt string) { _, _ = io.WriteString(a.err, prompt) }

// table lines up the columns of a listing, which tabs part.
type table struct{ *tabwriter.Writer }

func (a *app) table() table { return table{tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)} }

// row adds lines. What fails shows in Flush.
func (t table) row(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) }

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
