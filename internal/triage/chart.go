package triage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// chart is a time axis: the phases of an incident and what happened when. In
// documents it is a Mermaid Gantt chart, which many readers of Markdown draw;
// exporters read that text again and draw the same. So a picture shows what
// its document says and nothing else.
type chart struct {
	phases []phase
	events []mark
}

type phase struct {
	name     string
	from, to time.Time
}

type mark struct {
	at        time.Time
	typ, text string
}

const (
	maxMarks  = 200 // events that a chart shows, the first ones
	maxMarkup = 90  // characters of an event's text in a chart
	chartTime = "2006-01-02T15:04:05.000"
)

// chartOf gathers what a timeline shows. It reports false when there are not
// two moments to draw between.
func chartOf(events []TimelineEvent) (chart, bool) {
	var c chart
	for _, e := range ordered(events) {
		if !byTool(e.Type) && len(c.events) < maxMarks {
			c.events = append(c.events, mark{e.At.UTC(), tidy(plain(e.Type)), tidy(plain(e.Text))})
		}
	}
	t := Derive(events)
	before := t.ImpactStarted
	for _, m := range []struct {
		name string
		at   time.Time
	}{{EventDetected, t.Detected}, {EventAcknowledged, t.Acknowledged}, {EventMitigated, t.Mitigated}, {EventResolved, t.Resolved}} {
		if m.at.IsZero() {
			continue
		}
		if !before.IsZero() && m.at.After(before) {
			c.phases = append(c.phases, phase{"until " + m.name + " " + span(m.at.Sub(before)), before.UTC(), m.at.UTC()})
		}
		if before.IsZero() || m.at.After(before) {
			before = m.at
		}
	}
	from, to := c.bounds()
	return c, to.After(from)
}

func (c *chart) bounds() (from, to time.Time) {
	widen := func(t time.Time) {
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if to.IsZero() || t.After(to) {
			to = t
		}
	}
	for _, e := range c.events {
		widen(e.at)
	}
	for _, p := range c.phases {
		widen(p.from)
		widen(p.to)
	}
	return from, to
}

// types returns the types of events in the order in which they first occur.
func (c *chart) types() []string {
	var out []string
	for _, e := range c.events {
		if !slices.Contains(out, e.typ) {
			out = append(out, e.typ)
		}
	}
	return out
}

// gantt writes the chart for Mermaid. A colon ends the name of a task there.
func (c *chart) gantt() string {
	var b strings.Builder
	from, to := c.bounds()
	axis := "%H:%M"
	switch {
	case to.Sub(from) >= 36*time.Hour:
		axis = "%m-%d %H:%M"
	case to.Sub(from) < 10*time.Minute:
		axis = "%H:%M:%S"
	}
	b.WriteString("gantt\n  title Timeline (UTC)\n  dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n  axisFormat " + axis + "\n")
	if len(c.phases) > 0 {
		b.WriteString("  section Phases\n")
	}
	for i, p := range c.phases {
		fmt.Fprintf(&b, "  %s :p%d, %s, %s\n", ganttText(p.name), i+1, p.from.Format(chartTime), p.to.Format(chartTime))
	}
	for _, typ := range c.types() {
		fmt.Fprintf(&b, "  section %s\n", ganttText(typ))
		for i, e := range c.events {
			if e.typ == typ {
				fmt.Fprintf(&b, "  %d %s :milestone, e%d, %s, 0s\n", i+1, ganttText(e.text), i+1, e.at.Format(chartTime))
			}
		}
	}
	return b.String()
}

func ganttText(s string) string {
	if utf8.RuneCountInString(s) > maxMarkup {
		s = string([]rune(s)[:maxMarkup-1]) + "…"
	}
	return strings.NewReplacer(":", "#58;", ",", "#44;").Replace(mermaidEscape.Replace(s))
}

var (
	ganttSection = lazyRegexp(`^  section (.*)$`)
	ganttPhase   = lazyRegexp(`^  (.*) :p\d+, (\S+), (\S+)$`)
	ganttEvent   = lazyRegexp(`^  (\d+) (.*) :milestone, e\d+, (\S+), 0s$`)
	ganttHead    = lazyRegexp(`^(gantt|  (title|dateFormat|axisFormat) .*)$`)
)

// parseGantt reads what gantt wrote. It reports false for any other text,
// which then is shown as it stands.
func parseGantt(text string) (chart, bool) {
	var c chart
	type numbered struct {
		n int
		mark
	}
	var events []numbered
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := ganttSection().FindStringSubmatch(line); m != nil {
			section = mermaidText(m[1])
		} else if m := ganttEvent().FindStringSubmatch(line); m != nil {
			n, err := strconv.Atoi(m[1])
			at, errAt := time.Parse(chartTime, m[3])
			if err != nil || errAt != nil {
				return c, false
			}
			events = append(events, numbered{n, mark{at, section, mermaidText(m[2])}})
		} else if m := ganttPhase().FindStringSubmatch(line); m != nil {
			from, err := time.Parse(chartTime, m[2])
			to, errTo := time.Parse(chartTime, m[3])
			if err != nil || errTo != nil || to.Before(from) {
				return c, false
			}
			c.phases = append(c.phases, phase{mermaidText(m[1]), from, to})
		} else if !ganttHead().MatchString(line) {
			return c, false
		}
	}
	slices.SortStableFunc(events, func(a, b numbered) int { return a.n - b.n })
	for _, e := range events {
		c.events = append(c.events, e.mark)
	}
	from, to := c.bounds()
	return c, to.After(from) && len(c.events) <= maxMarks
}

var mermaidCode = lazyRegexp(`#(\d+|quot|amp|lt|gt);`)

// mermaidText undoes what mermaidEscape did.
func mermaidText(s string) string {
	return mermaidCode().ReplaceAllStringFunc(s, func(code string) string {
		switch name := code[1 : len(code)-1]; name {
		case "quot":
			return `"`
		case "amp":
			return "&"
		case "lt":
			return "<"
		case "gt":
			return ">"
		default:
			n, err := strconv.Atoi(name)
			if err != nil || n < ' ' || n > 0x7e {
				return code
			}
			return string(rune(n))
		}
	})
}
