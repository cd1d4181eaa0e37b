package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/tftsr/tftsr/internal/triage/digest"
)

// lineWidth is how wide a line of a digest is, in runes: a terminal's half on
// a wide screen, all of it on a narrow one.
const lineWidth = 78

func (a *app) printDigest(rep *digest.Report, o digestOptions) error {
	if o.json {
		return encoder(a.out).Encode(rep)
	}
	p := printer{w: a.out}
	p.linef("%d lines, %d events%s", rep.Lines, rep.Events, spanOf(rep.From, rep.To))
	var levels []string
	for _, l := range rep.Levels {
		levels = append(levels, fmt.Sprintf("%d %s", l.Count, l.Level))
	}
	if len(levels) > 0 {
		p.linef("levels: %s", strings.Join(levels, ", "))
	}
	p.notes(rep.Assumed)
	p.linef("")
	for _, e := range rep.Templates {
		p.linef("%8d %5.4g %%  %-7s %s %s", e.Count, e.Share, e.Level, e.ID, strings.Join(e.Flags, " "))
		p.wrapped("  ", e.Text)
		where := fmt.Sprintf("line %d", e.Line)
		if e.Through > 0 {
			where = fmt.Sprintf("lines %d to %d", e.Line, e.Through)
		}
		if e.Inside > 0 {
			where += fmt.Sprintf(", %d below them", e.Inside)
		}
		p.linef("    %s%s", where, spanOf(e.First, e.Last))
	}
	if o := rep.Omitted; o != nil {
		p.linef("and %s with %d lines, %d of them severe (--budget shows more)", plural(o.Templates, "template"), o.Lines, o.Severe)
	}
	p.signals(rep)
	return p.err
}

func (p *printer) signals(rep *digest.Report) {
	of := func(id string) string {
		if id == "" {
			return "all lines"
		}
		return id
	}
	for i, b := range rep.Bursts {
		p.heading(i, "bursts")
		p.linef("  %s  %-9s %d in %d s, usually %v", b.At, of(b.Template), b.Lines, b.Seconds, b.Usual)
	}
	for i, c := range rep.Rates {
		p.heading(i, "rates that changed, a minute")
		p.linef("  %s  %-9s %v, then %v", c.At, of(c.Template), c.Before, c.After)
	}
	for i, g := range rep.Gaps {
		p.heading(i, "gaps")
		p.linef("  %s  %v s without a line, up to line %d", g.From, g.Seconds, g.Line)
	}
	for i, e := range rep.Peaks {
		p.heading(i, "most errors")
		p.linef("  %s  %d of %d in %d s (%v %%)", e.At, e.Errors, e.Lines, e.Seconds, e.Share)
	}
}

func (a *app) printComparison(c *digest.Comparison, asJSON bool) error {
	if asJSON {
		return encoder(a.out).Encode(c)
	}
	p := printer{w: a.out}
	p.linef("a: %d lines, %d events%s", c.A.Lines, c.A.Events, spanOf(c.A.From, c.A.To))
	p.linef("b: %d lines, %d events%s", c.B.Lines, c.B.Events, spanOf(c.B.From, c.B.To))
	p.notes(c.Assumed)
	p.linef("")
	for _, ch := range c.Changes {
		times := ""
		if ch.Times > 0 {
			times = fmt.Sprintf(" ×%v", ch.Times)
		}
		if ch.Chance {
			times += " (may be chance)"
		}
		p.linef("%-5s %d → %d%s  %s %s", ch.Kind, ch.A, ch.B, times, ch.Level, ch.ID)
		p.wrapped("  ", ch.Text)
	}
	if o := c.Omitted; o != nil {
		p.linef("and %s that changed, %d of them severe (--budget shows more)", plural(o.Templates, "template"), o.Severe)
	}
	p.linef("%s as often as before", plural(c.Same, "template"))
	return p.err
}

// printer writes lines and remembers the first failure.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) linef(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(printable(fmt.Sprintf(format, args...)), " "))
	}
}

func (p *printer) heading(i int, text string) {
	if i == 0 {
		p.linef("\n%s", text)
	}
}

func (p *printer) notes(list []string) {
	for _, s := range list {
		p.wrapped("! ", s)
	}
}

// wrapped writes text in lines that are no wider than a terminal.
func (p *printer) wrapped(indent, text string) {
	line := []rune{}
	for _, w := range strings.Fields(text) {
		word := []rune(w)
		if len(line) > 0 && len(line)+1+len(word)+len(indent) > lineWidth {
			p.linef("%s%s", indent, string(line))
			line = line[:0]
			indent = strings.Repeat(" ", len(indent))
		}
		for len(word)+len(indent) > lineWidth {
			p.linef("%s%s", indent, string(word[:lineWidth-len(indent)]))
			word = word[lineWidth-len(indent):]
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		line = append(line, word...)
	}
	if len(line) > 0 {
		p.linef("%s%s", indent, string(line))
	}
}

func spanOf(from, to string) string {
	switch {
	case from == "":
		return ""
	case to == "" || to == from:
		return ", " + from
	}
	return ", " + from + " to " + to
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
