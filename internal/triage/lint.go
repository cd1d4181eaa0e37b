package triage

import (
	"slices"
	"strings"
	"unicode"
)

// The severities of a finding.
const (
	severityError   = "error"
	severityWarning = "warning"
)

// The names of the lints.
const (
	LintBlame        = "blame"
	LintCircular     = "circular"
	LintVague        = "vague"
	LintCompound     = "compound"
	LintSolution     = "solution-as-cause"
	LintAbsence      = "absence-as-evidence"
	LintOrder        = "effect-before-cause"
	LintOutOfReach   = "out-of-reach"
	LintSameEvidence = "same-evidence"
	LintUnrelated    = "unrelated-evidence"
	LintNoEvidence   = "no-evidence"
	LintTestimony    = "testimony-only"
	LintConflict     = "conflicting-evidence"
	LintNoRival      = "no-alternative"
	LintShallow      = "shallow"
	LintDeep         = "deep"
	LintNoMeasure    = "no-countermeasure"
	LintWeakMeasures = "weak-countermeasures"
	LintStrength     = "strength-overstated"
	LintIncomplete   = "countermeasure-incomplete"
	LintRecurrence   = "recurrence"
	LintLeap         = "leap"
	LintLoop         = "loop" // of an analysis kept as a file; a step with a loop is refused
)

// arguesFromAbsence reports whether a text takes it as evidence that nothing
// was seen.
func arguesFromAbsence(s string) bool {
	return s != "" && absences.of(s, func() bool { return fromAbsence(words(s)) })
}

// absences remembers of which texts that is so: those of evidence are read
// again at every step.
var absences = memo[bool]{most: 1 << 20}

// textLint judges the words of one claim.
type textLint struct {
	name     string
	severity func(n *Node, ends bool) string // ends: a branch ends at the node
	match    func(n *Node, ends bool, ws []string) bool
	message  string
	hint     string
}

func warnOnly(*Node, bool) string { return severityWarning }

func errorIfRoot(n *Node, _ bool) string { return errorIf(n.Root) }

// errorAtEnd lets pass on the way what is no place to end: that somebody did
// something may lead to why the system let it happen.
func errorAtEnd(_ *Node, ends bool) string { return errorIf(ends) }

func errorIf(worse bool) string {
	if worse {
		return severityError
	}
	return severityWarning
}

// textLints is the table of lints that need nothing but the claim. Order is
// the order of findings on one node.
var textLints = []textLint{
	{
		LintBlame, errorAtEnd, isBlame,
		"the claim ends at a person",
		"ask what made the slip easy, likely or unnoticed, and claim that condition of the system",
	},
	{
		LintVague, errorIfRoot, isVague,
		"the claim names no particular thing that failed",
		"name the component, the limit or setting, and what it did",
	},
	{
		LintSolution, errorIfRoot, isSolution,
		"the claim is a remedy that was missing, not what happened",
		"claim the mechanism that failed; add the remedy as a countermeasure",
	},
	{
		LintCompound, warnOnly, isCompound,
		"the claim holds more than one step or cause",
		"split it: one node for each, joined by parents or a gate",
	},
	{
		LintAbsence, warnOnly, func(_ *Node, _ bool, ws []string) bool { return fromAbsence(ws) },
		"the claim rests on something not having been seen",
		"cite what was there, or show that it would have been logged",
	},
	{
		LintOutOfReach, warnOnly, isOutOfReach,
		"the root cause lies with an outside party, who cannot act on this analysis",
		"stop here as external, or ask why the system depended on it",
	},
}

// maxAncestors bounds how far up a claim is compared.
const maxAncestors = 16

// lintTexts returns the findings about the words of every standing claim, and
// about its place among the others.
func lintTexts(v *view) []Finding {
	var out []Finding
	day := dayOf(v.g.Problem.When)
	claims := make([]placed, len(v.g.Nodes))
	for _, i := range v.order {
		r := read(&v.g.Nodes[i], v.ends(i))
		claims[i] = placed{r, momentOf(&v.g.Nodes[i], r.said, day)}
	}
	problem := meaningOf(words(v.g.Problem.What))
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		for k := range textLints {
			if l := &textLints[k]; claims[i].lints>>k&1 != 0 {
				out = append(out, Finding{l.name, l.severity(n, v.ends(i)), n.ID, l.message, l.hint})
			}
		}
		out = lintPlace(out, v, i, claims, &problem)
		out = lintQuotes(out, n, claims[i].words)
	}
	return append(out, lintLeaps(v, claims)...)
}

// placed is a claim that was read, and when it happened; nothing for one that
// does not stand.
type placed struct {
	*reading
	happened moment
}

// lintQuotes appends warnings of excerpts that share no word with the claim that they are
// to support: a quote that occurs in the log may still be about something else.
func lintQuotes(out []Finding, n *Node, ws []string) []Finding {
	for i := range n.Evidence {
		e := &n.Evidence[i]
		if !e.speaksFor() || mentions(e.Text, ws) {
			continue // the cheap look settles most
		}
		claim := conceptOf(words(loose(n.Claim)))
		if overlaps(claim, conceptOf(words(loose(e.Text)))) || overlaps(claim, conceptOf(words(loose(e.Note)))) {
			continue
		}
		out = append(out, Finding{
			LintUnrelated, severityWarning, n.ID, e.ID + " shares no word with the claim",
			"say in a note how the quote shows it, in the words of both, or cite another line",
		})
	}
	return out
}

// mentions reports whether a text holds a telling word of ws as it is.
func mentions(text string, ws []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(ws, func(w string) bool {
		return len(w) > 3 && !stopWords[w] && strings.Contains(text, w)
	})
}

// loose takes identifiers apart: "Job.run(Job.java:8)" names a job.
func loose(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' {
			return r
		}
		return ' '
	}, s)
}

func overlaps(a, b concept) bool {
	return slices.ContainsFunc(b.stems, func(s string) bool {
		_, ok := slices.BinarySearch(a.stems, s)
		return ok
	})
}

// lintPlace appends what comes of comparing a claim with the effects that it is to explain.
func lintPlace(out []Finding, v *view, i int, claims []placed, problem *meaning) []Finding {
	n := &v.g.Nodes[i]
	const hint = "ask what made it so, one step further back"
	told := false
	var space [maxAncestors]int
	for _, p := range v.ancestors(space[:0], i, maxAncestors) {
		if !told && claims[p].reading != nil && restates(&claims[i].meaning, &claims[p].meaning) {
			// Padding a chain that goes on is a fault of style; anything else is
			// none of a cause.
			padding := slices.Contains(v.parents[i], p) && !v.ends(i)
			out = append(out, Finding{LintCircular, errorIf(!padding), n.ID, "the claim says again what " + v.g.Nodes[p].ID + " says", hint})
			told = true
		}
	}
	if !told && restates(&claims[i].meaning, problem) {
		out = append(out, Finding{LintCircular, severityError, n.ID, "the claim says again what the problem is", hint})
	}
	for _, p := range v.parents[i] {
		if claims[i].happened.later(claims[p].happened) {
			out = append(out, Finding{
				LintOrder, severityError, n.ID, "the cause happened after its effect " + v.g.Nodes[p].ID,
				"check both times and their zones, or turn the link round",
			})
		}
		if sameEvidence(n, &v.g.Nodes[p]) {
			out = append(out, Finding{
				LintSameEvidence, severityError, n.ID, "the claim has no evidence but the quote that its effect " + v.g.Nodes[p].ID + " has",
				"cite what shows this cause, beside what shows its effect",
			})
		}
	}
	return out
}

// sameEvidence reports whether every excerpt that supports n supports its
// effect p with the same quote.
func sameEvidence(n, p *Node) bool {
	any := false
	for _, e := range n.Evidence {
		if !e.speaksFor() {
			continue
		}
		any = true
		if !slices.ContainsFunc(p.Evidence, func(o Evidence) bool {
			return o.speaksFor() && o.Line == e.Line && sameLog(o.Ref, e.Ref) && squeeze(o.Text) == squeeze(e.Text)
		}) {
			return false
		}
	}
	return any
}

func (e *Evidence) speaksFor() bool {
	return !e.Withdrawn && e.excerpt() && e.Check == CheckOK && e.Effect == Supports
}

func sameLog(a, b string) bool {
	x, _, _ := strings.Cut(a, "#")
	y, _, _ := strings.Cut(b, "#")
	return x == y
}
