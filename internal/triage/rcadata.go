package triage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// docData is what a template sees; docs/documents.md describes it for those who
// write one. Every string in it is Markdown that is safe where it stands: a
// cell, a list item, a paragraph or, for Evidence.Block, Chart and Diagram, a
// block of its own.
type docData struct {
	Kind         string // "Root cause analysis" or "Postmortem"
	Title        string
	Facts        []pair
	Description  string
	Problem      string // what the analysis explains
	Verdict      Verdict
	Undetermined string   // says so, when the verdict is INCONCLUSIVE
	Summary      []string // what the analysis says of the causes, each cited
	Impact       []string
	Leadup       string
	Fault        []string // the claims that explain the problem itself
	Trigger      []string
	Timeline     []timelineRow
	Chart        string   // the timeline as a Mermaid chart
	Notes        []string // gaps and conflicts of the timeline
	Times        []pair
	Roots        []statement // ends of the cause lane, strongest first
	Chains       []chain
	Contributed  []string
	RuledOut     []string
	Detected     string   // how it was noticed, as told
	Detection    []string // why not sooner
	Duration     []string // why it lasted or spread
	Resolution   string
	Mitigated    []string // events that say what helped
	Recovery     string
	Backlog      string
	Recurrence   []string
	WentWell     []string
	WentWrong    []string
	GotLucky     []string
	Actions      []action
	Diagram      string
	Evidence     []citation
	Sources      []source
	Missing      []Missing
}

type pair struct{ Name, Value string }

type timelineRow struct{ At, Type, Text, Source string }

type statement struct {
	Verdict  Verdict
	Sentence string
	Details  []string
}

type chain struct {
	Verdict Verdict
	Steps   []string
	Whys    []why
}

type why struct{ Question, Answer string }

type action struct{ ID, Text, Node, Type, Strength, Owner, Due, Check string }

type citation struct {
	Label string // "E1"
	Head  string // what it is and where
	Note  string
	Block string // the quote, fenced; empty for what is no excerpt
}

type source struct{ Name, ID, Lines, SHA256, Review string }

// builder builds the data. Citations are numbered as they are first used.
type builder struct {
	in     DocumentInput
	used   map[string]bool // variables that the template uses
	data   docData
	report Completeness
	v      *view
	list   []Branch
	labels map[string]string // evidence id to label
	told   map[string]bool   // nodes on a chain of the cause lane
}

func (b *builder) build(ctx context.Context, r Resolver) error {
	b.report = Completeness{Verdict: InconclusiveVerdict, Unresolved: []string{}, Missing: []Missing{}}
	b.header()
	b.timeline()
	if in := b.in; in.Analysis == nil {
		b.miss("", "Root causes", "there is no five-whys analysis", "begin one with five_whys_step")
	} else {
		g, err := LoadGraph(in.Analysis.State)
		if err != nil {
			return err
		}
		if err := verifyAll(ctx, g, r); err != nil {
			return err
		}
		judged := appraise(g)
		b.v, b.list, b.report.Verdict = judged.v, judged.branches, judged.verdict
		b.causes()
		b.contributing()
		b.lanes()
		b.actions()
		b.data.Diagram = fence("mermaid", mermaid(g))
		b.unresolved()
	}
	b.recurrence()
	b.lessons()
	b.sources()
	b.report.Complete = len(b.report.Missing) == 0
	b.data.Verdict, b.data.Missing = b.report.Verdict, b.safeMissing()
	if b.report.Verdict == InconclusiveVerdict {
		b.data.Undetermined = "The cause is undetermined: what is known does not establish it."
	}
	return nil
}

// fence is a code block of text that has no fences itself.
func fence(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```"
}

// miss reports a gap, unless the template has no place for what would fill it.
func (b *builder) miss(variable, section, what, next string) {
	if variable == "" || b.used[variable] {
		b.report.Missing = append(b.report.Missing, Missing{section, what, next})
	}
}

// ask reports that people have not told something.
func (b *builder) ask(variable, section, what, give string) {
	b.miss(variable, section, what, "give "+give+" with "+b.in.Kind.tool())
}

// askMore is ask for what only the tool for postmortems takes, and not all of
// it: every argument is paid for in every conversation.
func (b *builder) askMore(variable, section, what, give string) {
	if b.in.Kind == DocumentRCA || variable == "Backlog" || variable == "Recurrence" {
		b.miss(variable, section, what, "add the "+give+" with update_document")
		return
	}
	b.ask(variable, section, what, "the "+give)
}

func (b *builder) safeMissing() []Missing {
	out := slices.Clone(b.report.Missing)
	for i := range out {
		out[i].What, out[i].Next = inline(out[i].What), inline(out[i].Next)
	}
	return out
}

func (b *builder) header() {
	i := b.in.Issue
	b.data.Title, b.data.Kind = inline(i.Title), b.in.Kind.Title()
	b.data.Facts = []pair{
		{"Severity", inline(string(i.Severity))},
		{"Status", inline(string(i.Status))},
		{"Domain", inline(CategoryTitle(i.Category))},
		{"Issue", inline(i.ID)},
	}
	if !i.CreatedAt.IsZero() {
		b.data.Facts = append(b.data.Facts, pair{"Opened", stamp(i.CreatedAt)})
	}
	if !i.ResolvedAt.IsZero() {
		b.data.Facts = append(b.data.Facts, pair{"Resolved", stamp(i.ResolvedAt)})
	}
	if a := b.in.Analysis; a != nil && a.ID != "" {
		b.data.Facts = append(b.data.Facts, pair{"Analysis", fmt.Sprintf("%s, revision %d", inline(a.ID), a.Revision)})
	}
	b.data.Description = told(i.Description)
	if b.data.Description == "" {
		b.miss("Description", "Summary", "the issue has no description", "describe what happened with update_issue")
	}
	if s := told(b.in.Impact); s != "" {
		b.data.Impact = append(b.data.Impact, s)
	} else {
		b.ask("Impact", "Impact", "who was affected, and how much, is not stated", "the impact")
	}
	if b.data.Leadup = told(b.in.Leadup); b.data.Leadup == "" {
		b.askMore("Leadup", "Leadup", "what came before the incident is not stated", "leadup")
	}
}

// gapLimit is the silence on a timeline that is worth a note.
const gapLimit = time.Hour

func (b *builder) timeline() {
	events := ordered(b.in.Events)
	for _, e := range events {
		if byTool(e.Type) {
			continue // When somebody worked on the issue is no part of the incident.
		}
		b.data.Timeline = append(b.data.Timeline, timelineRow{stamp(e.At), inline(e.Type), reported(inline(e.Text)), inline(e.Source)})
	}
	for _, e := range events {
		if e.Type == EventMitigated {
			b.data.Mitigated = append(b.data.Mitigated, stamp(e.At)+": "+reported(period(inline(e.Text))))
		}
	}
	if c, ok := chartOf(events); ok {
		b.data.Chart = fence("mermaid", c.gantt())
	}
	if !slices.ContainsFunc(events, func(e TimelineEvent) bool { return !byTool(e.Type) }) {
		b.miss("Timeline", "Timeline", "no event says what happened when", "add events with add_timeline_event")
	}
	for _, g := range Gaps(events, gapLimit) {
		b.data.Notes = append(b.data.Notes, fmt.Sprintf("Nothing is known between %s and %s (%s).", stamp(g.From), stamp(g.To), span(g.To.Sub(g.From))))
	}
	t := Derive(events)
	for _, c := range t.Conflicts() {
		b.data.Notes = append(b.data.Notes, "The order of the events is contradictory: "+inline(c)+".")
		b.miss("Timeline", "Timeline", c, "check both times and their zones")
	}
	for _, m := range []struct {
		name, need string
		of         func() (time.Duration, bool)
	}{
		{"Time to detect", "impact_started and detected", t.ToDetect},
		{"Time to acknowledge", "detected and acknowledged", t.ToAcknowledge},
		{"Time to mitigate", "impact_started and mitigated", t.ToMitigate},
		{"Time to resolve", "impact_started and resolved", t.ToResolve},
	} {
		if d, ok := m.of(); ok {
			b.data.Times = append(b.data.Times, pair{m.name, span(d)})
		} else {
			b.miss("Times", "Timeline", strings.ToLower(m.name)+" is not known", "add the events "+m.need)
		}
	}
}

// causes writes the ends of the cause lane and the chains to them.
func (b *builder) causes() {
	p := b.v.g.Problem
	b.data.Problem = reported(period(inline(p.What)))
	for _, part := range []struct{ name, text string }{{"Where", p.Where}, {"When", p.When}, {"Not affected", p.IsNot}} {
		if part.text != "" {
			b.data.Problem += " " + part.name + ": " + period(inline(part.text))
		}
	}
	list := make([]Branch, 0, len(b.list))
	for _, br := range b.list {
		if br.Lane == LaneCause {
			list = append(list, br)
		}
	}
	slices.SortStableFunc(list, func(x, y Branch) int { return rank(y.Verdict) - rank(x.Verdict) })
	if len(list) == 0 {
		b.miss("", "Root causes", "no cause is claimed", "propose causes with five_whys_step")
	}
	var before []string
	for _, br := range list {
		n := b.v.node(br.Node)
		s := statement{Verdict: br.Verdict, Sentence: sentence(wording(br.Verdict, n), n.Claim, b.cite(n))}
		switch {
		case !n.Root || n.StopWhy == "":
		case br.Verdict == InconclusiveVerdict:
			s.Details = append(s.Details, "Argued, and not established: "+period(inline(n.StopWhy)))
		default:
			s.Details = append(s.Details, sentence("The counterfactual, as argued: ", n.StopWhy, b.cite(n)))
		}
		if n.ActionableBy != "" {
			s.Details = append(s.Details, "Who can act: "+period(inline(n.ActionableBy)))
		}
		if !n.Root && n.StopWhy != "" {
			s.Details = append(s.Details, "The analysis stops here ("+string(n.Stop)+"): "+reported(period(inline(n.StopWhy))))
		}
		if len(br.Lacks) > 0 {
			s.Details = append(s.Details, "Not confirmed; it lacks "+period(inline(strings.Join(br.Lacks, "; "))))
			b.miss("", "Root causes", br.Node+" is not confirmed: it lacks "+strings.Join(br.Lacks, "; "), "go on with five_whys_step")
		}
		b.data.Roots = append(b.data.Roots, s)
		b.data.Summary = append(b.data.Summary, s.Sentence)
		b.data.Chains = append(b.data.Chains, chain{br.Verdict, b.steps(br.Path, before), b.whys(br.Path)})
		before = br.Path
	}
	if !b.v.g.Finished {
		b.miss("", "Root causes", "the analysis is not finished", "answer its questions with five_whys_step, then send finish")
	}
	for _, i := range b.v.order {
		b.report.Claims++
		if b.v.g.Nodes[i].Status == Supported {
			b.report.Cited++
		}
	}
}

// steps writes the claims of a chain. Of what it shares with the chain before,
// only the last claim is written again.
func (b *builder) steps(path, before []string) []string {
	shared := 0
	for shared < min(len(path), len(before)) && path[shared] == before[shared] {
		shared++
	}
	var out []string
	for at, id := range path {
		b.told[id] = true
		switch text := b.claim(b.v.node(id)); {
		case at+1 < shared:
		case at+1 == shared && shared > 1:
			out = append(out, "As above, down to here. "+text)
		default:
			out = append(out, text)
		}
	}
	return out
}

// whys writes a chain as questions and answers.
func (b *builder) whys(path []string) []why {
	out := make([]why, len(path))
	for i, id := range path {
		n := b.v.node(id)
		out[i] = why{inline(n.Question), b.claim(n)}
	}
	return out
}

// claim writes one claim with what its own evidence allows.
func (b *builder) claim(n *Node) string {
	switch n.Status {
	case Supported:
		return sentence("The evidence shows: ", n.Claim, b.cite(n))
	case Refuted:
		return sentence("The evidence refutes: ", n.Claim, b.cite(n))
	case Inconclusive:
		return sentence("The evidence contradicts itself on this: ", n.Claim, b.cite(n))
	}
	if cites := b.cite(n); cites != "" {
		return sentence("Reported, but not established: ", n.Claim, cites)
	}
	return sentence("Not established, no evidence: ", n.Claim, "")
}
