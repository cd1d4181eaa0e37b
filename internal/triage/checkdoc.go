package triage

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// CheckDocument reads a document that may have been edited, or whose evidence
// may have changed since it was written. It resolves what the entries of the
// evidence section cite, follows every citation to its entry, and compares
// what the text says of causes with the verdict on the analysis (nil: there is
// none), which it derives anew.
//
// The report is as that of [Render]. faults are what a document must not have:
// a claim of evidence without a citation that resolves, a citation that leads
// nowhere, wording above the verdict. Each says in which line it is. An error
// means that the resolver failed.
func CheckDocument(ctx context.Context, markdown string, a *Analysis, r Resolver) (report Completeness, faults []string, err error) {
	c := &docCheck{entries: map[string]Check{}}
	c.report = Completeness{Verdict: InconclusiveVerdict, Unresolved: []string{}, Missing: []Missing{}}
	if a != nil {
		g, err := LoadGraph(a.State)
		if err != nil {
			return c.report, nil, err
		}
		if err := verifyAll(ctx, g, r); err != nil {
			return c.report, nil, err
		}
		judged := appraise(g)
		c.report.Verdict = judged.verdict
		for _, b := range judged.branches {
			if b.Lane == LaneCause && rank(b.Verdict) > rank(c.best) {
				c.best = b.Verdict
			}
		}
	}
	c.read(markdown)
	if err := c.resolve(ctx, r); err != nil {
		return c.report, nil, err
	}
	for _, l := range c.lines {
		c.line(l)
	}
	c.report.Complete = len(c.report.Missing) == 0 && len(c.faults) == 0
	return c.report, c.faults, nil
}

type docCheck struct {
	report  Completeness
	best    Verdict // of the ends of the cause lane
	lines   []docLine
	cites   []docEntry
	entries map[string]Check // of the evidence section, by label
	faults  []string
}

// docLine is a line of text outside of code blocks and of the entries.
type docLine struct {
	n       int
	text    string
	section string
}

// docEntry is an entry of the evidence section.
type docEntry struct {
	label, ref, quote string
}

var (
	docHeading  = lazyRegexp(`^#{1,6} +(.*?) *#*$`)
	docEntryRow = lazyRegexp(`^\*\*\[(E[0-9]{1,5})\]\*\* (.*)$`)
	docRef      = lazyRegexp("`((?:log|audit):[^`]+)`")
	docCite     = lazyRegexp(`\[(E[0-9]{1,5})\]`)
	placeholder = lazyRegexp(`(?i)\b(TBD|TODO|FIXME|lorem ipsum)\b|\bto be (added|written|filled in)\b|<fill|\?\?\?`)
)

// read takes the document apart.
func (c *docCheck) read(markdown string) {
	section, fence, inEntry, filled := "", "", false, true
	var quote []string
	n := 0
	empty := func() {
		if !filled {
			c.miss(section, "the section is empty", "fill it or leave it out")
		}
	}
	for line := range strings.Lines(markdown) {
		n++
		line = strings.TrimRight(line, " \t\r\n")
		bare := strings.TrimLeft(line, " ")
		run := len(bare) - len(strings.TrimLeft(bare, "`"))
		switch {
		case fence != "" && run >= len(fence) && strings.Trim(bare, "`") == "":
			fence = ""
			if inEntry {
				c.cites[len(c.cites)-1].quote = strings.Join(quote, "\n")
			}
			continue
		case fence != "":
			quote = append(quote, line)
			continue
		case run >= 3:
			fence, quote, filled = bare[:run], nil, true
			continue
		}
		if m := docHeading().FindStringSubmatch(line); m != nil {
			if !strings.HasPrefix(line, "###") {
				empty()
				filled = strings.HasPrefix(line, "# ") // The title needs no text of its own.
			}
			section, inEntry = m[1], false
			continue
		}
		if m := docEntryRow().FindStringSubmatch(line); m != nil {
			e := docEntry{label: m[1]}
			if ref := docRef().FindStringSubmatch(m[2]); ref != nil {
				e.ref = ref[1]
			}
			c.cites = append(c.cites, e)
			inEntry, filled = true, true
			continue
		}
		if line != "" {
			filled = true
			c.lines = append(c.lines, docLine{n, line, section})
		}
	}
	empty()
}

func (c *docCheck) miss(section, what, next string) {
	c.report.Missing = append(c.report.Missing, Missing{section, what, next})
}

func (c *docCheck) fault(l docLine, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf("line %d ", l.n)+fmt.Sprintf(format, args...))
}

// resolve checks what the entries cite.
func (c *docCheck) resolve(ctx context.Context, r Resolver) error {
	for _, e := range c.cites {
		if _, twice := c.entries[e.label]; twice {
			c.faults = append(c.faults, "["+e.label+"] stands twice among the evidence")
			continue
		}
		check, err := resolveEntry(ctx, e, r)
		if err != nil {
			return err
		}
		c.entries[e.label] = check
		if check != CheckOK && check != "" {
			c.report.Unresolved = append(c.report.Unresolved, e.label)
			c.miss("Evidence", e.label+" does not resolve: "+string(check), "cite the lines again from read_log, or generate the document again")
		}
	}
	return nil
}

// resolveEntry returns the check of an entry, empty for what nobody resolves:
// testimony, a ticket.
func resolveEntry(ctx context.Context, d docEntry, r Resolver) (Check, error) {
	e := Evidence{ID: d.label, Type: EvidenceLog, Ref: d.ref, Text: d.quote}
	switch {
	case strings.HasPrefix(d.ref, "audit:"):
		e.Type = EvidenceToolCall
	case d.ref == "":
		return "", nil
	default:
		if _, err := ParseLogRef(d.ref); err != nil {
			return CheckNoRange, nil //nolint:nilerr // a reference that is none resolves to nothing
		}
	}
	if err := verify(ctx, &e, r); err != nil || e.Check != CheckNoQuote {
		return e.Check, err
	}
	// A document leaves out the terminal sequences that its quote may have had.
	// The digest was of the lines as they are.
	ref, err := ParseLogRef(d.ref)
	if err != nil {
		return CheckNoRange, nil //nolint:nilerr // see above; it was parsed before
	}
	lines, err := r.Lines(ctx, ref.LogID, ref.From, ref.To)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", ref, err)
	}
	for i, l := range lines {
		lines[i] = plain(bareLine(l))
	}
	if _, ok := findQuote(lines, d.quote); ok {
		return CheckOK, nil
	}
	return CheckNoQuote, nil
}

// What a sentence says of causes. Formulas are those that documents are
// written with; the rest is how people say it.
var (
	saysEvidence  = lazyRegexp(`(?i)\bthe evidence (confirms|shows|refutes|proves|establishes)\b`)
	saysConfirmed = lazyRegexp(`(?i)\bthe evidence (confirms|proves|establishes)\b|\*\*CONFIRMED\b|\bconfirmed (root )?cause\b|\b(root )?cause (is|was|has been) confirmed\b`)
	saysLikely    = lazyRegexp(`(?i)\b(likely|probable) (root |contributing )?(cause|condition|trigger)\b|\*\*LIKELY\b`)
	saysCause     = lazyRegexp(`(?i)\bthe (root )?causes? (was|is|were|are)\b|\b(was|is|were) (directly )?caused by\b|\bcaused the (incident|outage|failure|problem)\b|\bthis root cause\b`)
	hedged        = lazyRegexp(`(?i)\b(likely|probabl[ey]|possibl[ey]|may|might|could|suspect(s|ed)?|appears?|seems?|undetermined|unknown|unclear|not (yet )?(established|known|confirmed|proven)|whether|hypothesis|assumed?|considered)\b|\bas (argued|reported)\b`)
	// A verdict that stands by itself: in the facts, or above a chain.
	saysVerdict = lazyRegexp(`(?i)verdict on the cause[ |:*]+(CONFIRMED|LIKELY)\b|^\*\*(CONFIRMED|LIKELY)\*\*$`)
)

// reported marks what somebody told about a cause as what it is. Documents
// hold the words of people beside what the evidence shows.
func reported(s string) string {
	if saysCause().MatchString(s) && !hedged().MatchString(s) {
		return "As reported, not established: " + s
	}
	return s
}

// line compares one line with the evidence and with the verdict.
func (c *docCheck) line(l docLine) {
	if placeholder().MatchString(l.text) {
		c.miss(l.section, fmt.Sprintf("line %d holds a placeholder", l.n), "fill it or leave it out")
	}
	var labels []string
	for _, m := range docCite().FindAllStringSubmatch(l.text, -1) {
		labels = append(labels, m[1])
		if _, ok := c.entries[m[1]]; !ok {
			c.fault(l, "cites [%s], which is not among the evidence: cite an entry that the document has", m[1])
		}
	}
	if m := saysVerdict().FindStringSubmatch(l.text); m != nil {
		highest := c.report.Verdict
		if m[1] == "" {
			highest = c.best
		}
		if rank(Verdict(strings.ToUpper(m[1]+m[2]))) > rank(highest) {
			c.fault(l, "says %s, and the verdict is %s", m[1]+m[2], named(highest))
		}
		return
	}
	formula, hedge := saysEvidence().MatchString(l.text), hedged().MatchString(l.text)
	confirmed := !hedge && (saysConfirmed().MatchString(l.text) || saysCause().MatchString(l.text) && !formula)
	likely := !confirmed && saysLikely().MatchString(l.text)
	if !confirmed && !likely && !formula {
		return
	}
	c.report.Claims++
	switch {
	case len(labels) == 0:
		c.fault(l, "says something of causes and cites no evidence: add the citation, or say that it is not established")
	case !slices.ContainsFunc(labels, c.stands):
		c.fault(l, "rests on %s alone, which does not resolve: say that it is not established, or generate the document again", strings.Join(labels, ", "))
	default:
		c.report.Cited++
	}
	switch {
	case confirmed && rank(c.best) < rank(Confirmed), likely && rank(c.best) < rank(Likely):
		c.fault(l, "says more than the analysis shows, whose best verdict is %s: word it so", named(c.best))
	}
}

func named(v Verdict) Verdict {
	if v == "" {
		return InconclusiveVerdict
	}
	return v
}

// stands reports whether an entry resolves, or cannot be resolved by anybody
// and says so.
func (c *docCheck) stands(label string) bool {
	check, ok := c.entries[label]
	return ok && (check == CheckOK || check == "")
}

// Warning is what stands above a document that no longer holds: its evidence
// or its verdict changed since it was written. It is a quote in Markdown, empty
// when all holds.
func Warning(report Completeness, faults []string) string {
	if len(faults) == 0 && len(report.Unresolved) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("> **Since this version was written, what it rests on has changed.** The verdict on the cause is now " + string(named(report.Verdict)) + ".\n")
	for _, id := range report.Unresolved {
		b.WriteString("> Evidence " + inline(id) + " no longer resolves.\n")
	}
	if len(faults) > 0 {
		fmt.Fprintf(&b, "> %d statements say more than the evidence shows; a new version says what it shows.\n", len(faults))
	}
	return b.String()
}
