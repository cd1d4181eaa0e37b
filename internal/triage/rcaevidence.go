package triage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cite returns the citations of a node's evidence that counts, or was said.
func (b *builder) cite(n *Node) string { return b.citeAll(n.Evidence, "evidence on "+n.ID) }

func (b *builder) citeAll(list []Evidence, on string) string {
	var out []string
	for i := range list {
		e := &list[i]
		if e.Withdrawn || e.fails() {
			continue
		}
		label, ok := b.labels[e.ID]
		if !ok {
			label = "E" + strconv.Itoa(len(b.labels)+1)
			b.labels[e.ID] = label
			b.data.Evidence = append(b.data.Evidence, b.citation(label, e, on))
		}
		out = append(out, "["+label+"]")
	}
	return strings.Join(out, "")
}

func (b *builder) citation(label string, e *Evidence, on string) citation {
	c := citation{Label: label, Note: reported(inline(e.Note))}
	effect := string(e.Effect)
	kind := strings.ReplaceAll(string(e.Type), "_", " ")
	kind = strings.ToUpper(kind[:1]) + kind[1:]
	switch {
	case e.excerpt():
		name := "a log"
		if ref, err := ParseLogRef(e.Ref); err == nil {
			name = b.logName(ref.LogID)
		}
		c.Head = fmt.Sprintf("%s from %s, line %d, `%s` (%s; %s)", kind, name, e.Line, e.Ref, effect, on)
		c.Block = fenced(e.Text)
	case e.Type == EvidenceToolCall:
		c.Head = fmt.Sprintf("%s, on the record as `%s` (%s; %s): %s", kind, e.Ref, effect, on, inline(e.Text))
	case e.Type == EvidenceTestimony:
		c.Head = fmt.Sprintf("Testimony (%s; %s; proves nothing by itself): %s", effect, on, inline(e.Text))
	default:
		c.Head = fmt.Sprintf("%s %s (%s; %s; not resolved by this program): %s", kind, inline(e.Ref), effect, on, inline(e.Text))
	}
	return c
}

func (b *builder) logName(id string) string {
	for _, l := range b.in.Logs {
		if l.ID == id && l.Name != "" {
			return inline(l.Name)
		}
	}
	return "log " + inline(id)
}

// contributing writes what contributed, and what was ruled out.
func (b *builder) contributing() {
	g := b.v.g
	for _, i := range b.v.order {
		n := &g.Nodes[i]
		if n.Lane == LaneCause && len(n.Parents) == 0 && n.Kind == KindCause {
			b.data.Fault = append(b.data.Fault, b.claim(n))
		}
		if n.Kind == KindTrigger {
			b.data.Trigger = append(b.data.Trigger, b.claim(n))
		}
		// A claim on a second way to the same end is on no chain.
		if n.Lane == LaneCause && (n.Kind != KindCause || !b.told[n.ID]) {
			b.data.Contributed = append(b.data.Contributed, "("+string(n.Kind)+") "+b.claim(n))
		}
	}
	for _, i := range b.v.refuted {
		b.data.RuledOut = append(b.data.RuledOut, b.claim(&g.Nodes[i]))
	}
	for _, i := range b.v.order {
		n := &g.Nodes[i]
		for j := range n.Alternatives {
			a := &n.Alternatives[j]
			if a.Withdrawn {
				continue
			}
			opening := "Considered, not refuted: "
			if a.Status == Refuted {
				opening = "The evidence refutes: "
			}
			b.data.RuledOut = append(b.data.RuledOut, sentence(opening, a.Claim, b.citeAll(a.Evidence, "evidence on "+a.ID)))
		}
	}
}

// lanes writes why it was not noticed sooner and why it lasted.
func (b *builder) lanes() {
	for _, i := range b.v.order {
		n := &b.v.g.Nodes[i]
		switch n.Lane {
		case LaneDetection:
			b.data.Detection = append(b.data.Detection, b.claim(n))
		case LaneDuration:
			b.data.Duration = append(b.data.Duration, b.claim(n))
		}
	}
	if len(b.data.Detection) == 0 {
		b.miss("Detection", "Detection", "why it was not noticed sooner was not asked", "propose nodes of lane detection")
	}
	if len(b.data.Duration) == 0 {
		b.miss("Duration", "Response", "why it lasted or spread was not asked", "propose nodes of lane duration")
	}
}

func (b *builder) actions() {
	roots := 0
	for _, i := range b.v.order {
		n := &b.v.g.Nodes[i]
		standing := 0
		for _, m := range n.Countermeasures {
			if m.Withdrawn {
				continue
			}
			standing++
			b.data.Actions = append(b.data.Actions, action{
				inline(m.ID), reported(inline(m.Text)), inline(n.ID), string(m.Type), string(m.Strength), inline(m.Owner), inline(m.Due), reported(inline(m.EffectCheck)),
			})
			for _, f := range []struct{ name, text string }{{"owner", m.Owner}, {"due date", m.Due}, {"check of its effect", m.EffectCheck}} {
				if f.text == "" {
					b.miss("Actions", "Action items", m.ID+" has no "+f.name, "withdraw it and add it again with one")
				}
			}
		}
		if n.Root {
			roots++
			if standing == 0 {
				b.miss("Actions", "Action items", "root cause "+n.ID+" has no countermeasure", "add one with five_whys_step")
			}
		}
	}
	if roots == 0 {
		b.miss("Actions", "Action items", "no root cause is named", "stop a branch as actionable where somebody can change the cause")
	}
	slices.SortStableFunc(b.data.Actions, func(x, y action) int {
		return strengthRank(x.Strength) - strengthRank(y.Strength)
	})
}

func strengthRank(s string) int { return slices.Index(Strengths(), Strength(s)) }

// unresolved reports evidence that does not resolve now.
func (b *builder) unresolved() {
	for i := range b.v.g.Nodes {
		if !b.v.live[i] {
			continue
		}
		for e := range b.v.g.Nodes[i].pieces() {
			if !e.Withdrawn && e.fails() {
				b.report.Unresolved = append(b.report.Unresolved, e.ID)
				b.miss("", "Evidence", e.ID+" does not resolve: "+string(e.Check), "cite the lines again from read_log")
			}
		}
	}
}

func (b *builder) lessons() {
	b.data.Resolution = told(b.in.Resolution)
	if b.data.Resolution == "" {
		b.ask("Resolution", "Response", "what ended the incident is not stated", "the resolution")
	}
	for _, f := range []struct {
		to                               *string
		text, variable, section, lacking string
	}{
		{&b.data.Detected, b.in.Detected, "Detected", "Detection", "how it was noticed is not stated"},
		{&b.data.Recovery, b.in.Recovery, "Recovery", "Recovery", "how service came back is not stated"},
		{&b.data.Backlog, b.in.Backlog, "Backlog", "Backlog check", "whether planned work would have prevented it is not stated"},
	} {
		if *f.to = told(f.text); *f.to == "" {
			b.askMore(f.variable, f.section, f.lacking, strings.ToLower(f.variable))
		}
	}
	safe := func(list []string) []string {
		var out []string
		for _, s := range list {
			if s = inline(s); s != "" {
				out = append(out, reported(s))
			}
		}
		return out
	}
	b.data.WentWell, b.data.WentWrong, b.data.GotLucky = safe(b.in.WentWell), safe(b.in.WentWrong), safe(b.in.GotLucky)
	if len(b.data.WentWell)+len(b.data.WentWrong)+len(b.data.GotLucky) == 0 {
		b.ask("WentWell", "Lessons", "what went well, what went wrong and where luck helped is not stated", "went_well, went_wrong and got_lucky")
	}
}

// recurrence writes where a root cause was found before.
func (b *builder) recurrence() {
	if s := told(b.in.Recurrence); s != "" {
		b.data.Recurrence = append(b.data.Recurrence, s)
	}
	if b.v != nil {
		for _, i := range b.v.order {
			n := &b.v.g.Nodes[i]
			for _, r := range n.Recurs {
				s := "Issue " + inline(r.IssueID) + " names a root cause like " + inline(n.ID) + ": " + period(inline(r.Claim))
				if r.Measure != "" {
					s += " What was to be done about it: " + period(inline(r.Measure))
				}
				b.data.Recurrence = append(b.data.Recurrence, s)
			}
		}
	}
	if len(b.data.Recurrence) == 0 {
		b.askMore("Recurrence", "Recurrence", "whether it has happened before is not stated", "recurrence")
	}
}

func (b *builder) sources() {
	logs := slices.Clone(b.in.Logs)
	slices.SortStableFunc(logs, func(x, y Log) int { return strings.Compare(x.ID, y.ID) })
	for _, l := range logs {
		b.data.Sources = append(b.data.Sources, source{
			inline(l.Name), inline(l.ID), strconv.FormatInt(l.Lines, 10), inline(l.RedactedSHA256), inline(string(l.Review)),
		})
	}
	if len(logs) == 0 {
		b.miss("Sources", "Evidence", "no log belongs to the issue", "add one with redact_log")
	}
}

// collapse makes one blank line of several outside of fences and ends the
// text with one line feed, so that templates may be written for reading.
func collapse(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	fence, blank := "", true
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		bare := strings.TrimRight(line, " \t\n")
		if run := len(bare) - len(strings.TrimLeft(bare, "`")); run >= 3 {
			switch {
			case fence == "":
				fence = bare[:run]
			case bare == fence:
				fence = ""
			}
		}
		if bare == "" && fence == "" {
			if !blank {
				b.WriteByte('\n')
			}
			blank = true
			continue
		}
		blank = false
		if fence == "" {
			line = bare + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
