package triage

import (
	"fmt"
	"slices"
	"strings"
)

// The depths, in claims from the problem to an end, outside of which a finding
// says so. Neither is a rule: a chain ends where the stop rule says.
const (
	shallowDepth = 3
	deepDepth    = 8
)

// appraisal is a graph judged in full.
type appraisal struct {
	v        *view
	branches []Branch
	findings []Finding // errors first
	verdict  Verdict
	coverage Coverage
}

func appraise(g *Graph) appraisal {
	v := newView(g)
	findings := slices.Concat(lintTexts(v), lintEvidence(v))
	errs := make(map[string][]string)
	for _, f := range findings {
		if f.Severity == severityError && f.Node != "" && !slices.Contains(errs[f.Node], f.Lint) {
			errs[f.Node] = append(errs[f.Node], f.Lint)
		}
	}
	list := branches(v, errs)
	findings = append(findings, lintBranches(v, list)...)
	slices.SortStableFunc(findings, func(a, b Finding) int { return severityRank(a) - severityRank(b) })
	return appraisal{v, list, findings, overall(v, list, errs), coverage(v, list)}
}

// assess answers for a graph: the same graph, the same answer.
func assess(g *Graph) StepResult { return appraise(g).answer() }

// answer words what was judged. Beside that, only whether the graph is finished
// matters to it.
func (a appraisal) answer() StepResult {
	res := StepResult{
		Verdict:   a.verdict,
		Done:      a.v.g.Finished,
		Questions: capped(a.questions(maxListedQuestions), maxListedQuestions),
		Findings:  a.findings,
		Coverage:  a.coverage,
	}
	res.Branches = capped(a.foremost(res.Questions), maxListedBranches)
	res.Coverage.MoreBranches = len(a.branches) - len(res.Branches)
	res.Coverage.MoreFindings = max(0, len(a.findings)-maxListedFindings)
	res.Findings = capped(res.Findings, maxListedFindings)
	shown := res
	res.draw = func(most int) string { return a.treeOf(shown, most) }
	return res
}

// foremost returns the branches, or when there are more than are listed, at least
// as many of those of which there is most to say: those that the step touched, those that
// are worth something, those that are asked about. The others say what they said
// at the step before.
func (a appraisal) foremost(questions []Question) []Branch {
	if len(a.branches) <= maxListedBranches {
		return a.branches
	}
	g := a.v.g
	touched, asked := make(map[string]bool), make(map[string]bool)
	if last := len(g.Steps) - 1; last >= 0 {
		for _, e := range g.Steps[last].Did {
			for _, id := range e.IDs {
				touched[id] = true
			}
		}
	}
	for _, q := range questions {
		asked[q.Node] = true
	}
	rank := func(b *Branch) int {
		switch {
		case slices.ContainsFunc(b.Path, func(id string) bool { return touched[id] }):
			return 0
		case b.Verdict != InconclusiveVerdict:
			return 1
		case asked[b.Node]:
			return 2
		}
		return 3
	}
	var by [4][]Branch
	for _, b := range a.branches {
		if r := rank(&b); len(by[r]) < maxListedBranches {
			by[r] = append(by[r], b)
		}
	}
	return slices.Concat(by[:]...)
}

func severityRank(f Finding) int {
	if f.Severity == severityError {
		return 0
	}
	return 1
}

// capped also turns nil into an empty list, which is what schemas promise.
func capped[T any](list []T, most int) []T {
	if list == nil {
		return []T{}
	}
	return list[:min(len(list), most)]
}

// lintEvidence returns the findings about evidence that does not resolve,
// contradicts itself or is missing.
func lintEvidence(v *view) []Finding {
	var out []Finding
	for i := range v.lived() {
		n := &v.g.Nodes[i]
		for e := range n.pieces() {
			if f, ok := lintPiece(n, e); ok {
				out = append(out, f)
			}
		}
	}
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		w := weigh(n.Evidence)
		switch {
		case n.Status == Inconclusive:
			out = append(out, Finding{
				LintConflict, severityError, n.ID, "evidence speaks for the claim and against it",
				"find the piece that is about something else and withdraw it, or narrow the claim",
			})
		case w.logFor+w.recordFor == 0 && w.said > 0:
			out = append(out, Finding{
				LintTestimony, severityWarning, n.ID, "only somebody's word, or something not seen, supports the claim",
				"search the logs for what they saw and cite it",
			})
		case w.logFor+w.recordFor+w.said+w.failed == 0:
			out = append(out, Finding{LintNoEvidence, severityWarning, n.ID, "nothing supports the claim", "cite a log excerpt, or withdraw the claim"})
		}
	}
	return out
}

var checkHints = map[Check][2]string{
	CheckNoRange:  {"cites lines that the log does not have", "read the log again and cite the reference that read_log gives"},
	CheckDigest:   {"cites lines that do not have this digest", "read those lines with read_log and copy the whole reference"},
	CheckNoQuote:  {"quotes what the cited lines do not say", "copy the quote from the lines, letter by letter"},
	CheckNoRecord: {"names no call that the record holds as done", "use audit:SEQ with the sequence number of the call, as list_audit gives it"},
	CheckTooShort: {"quotes too little to show anything", fmt.Sprintf("quote at least %d letters or digits, or the whole line", minQuote)},
}

func lintPiece(n *Node, e *Evidence) (Finding, bool) {
	if e.Withdrawn {
		return Finding{}, false
	}
	if e.fails() {
		h := checkHints[e.Check]
		return Finding{string(e.Check), severityWarning, n.ID, e.ID + " " + h[0] + " and does not count", h[1]}, true
	}
	absent := arguesFromAbsence(e.Note) || !e.excerpt() && arguesFromAbsence(e.Text)
	if !absent {
		return Finding{}, false
	}
	f := Finding{
		LintAbsence, severityWarning, n.ID, e.ID + " argues from something not having been seen",
		"cite what was there, or show that it would have been logged",
	}
	if !e.excerpt() {
		f.Message += ", and does not count"
	}
	return f, true
}

// lintBranches returns the findings about whole branches.
func lintBranches(v *view, list []Branch) []Finding {
	var out []Finding
	warn := func(lint, node, message, hint string) {
		out = append(out, Finding{lint, severityWarning, node, message, hint})
	}
	w := v.ways()
	for _, b := range list {
		n := v.node(b.Node)
		if n.Root && b.Lane == LaneCause && len(b.Path) < shallowDepth {
			warn(LintShallow, n.ID, fmt.Sprintf("the root cause is claim %d from the problem", len(b.Path)), "ask once more what made it possible, or say why nothing lies behind it")
		}
		if len(b.Path) > deepDepth {
			warn(LintDeep, n.ID, fmt.Sprintf("the chain has %d steps", len(b.Path)), "stop where somebody can act; the furthest cause is rarely the best place")
		}
		if n.Stop != "" && !slices.ContainsFunc(w.path(v.index[n.ID]), func(i int) bool { return hasRejected(v, i, w.from[i]) }) {
			warn(LintNoRival, n.ID, "no other explanation on this branch was refuted", "name the most plausible rival and cite what speaks against it")
		}
		out = append(out, lintMeasures(n)...)
	}
	return out
}

func coverage(v *view, list []Branch) Coverage {
	var c Coverage
	var lanes [3]bool
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		if l := slices.Index(allLanes[:], n.Lane); l >= 0 {
			lanes[l] = true
		}
		c.Claims++
		if n.Status == Supported {
			c.Supported++
		}
		for _, a := range n.Alternatives {
			if !a.Withdrawn && a.Status == Refuted {
				c.Rejected++
			}
		}
	}
	c.Rejected += len(v.refuted)
	for i := range v.lived() {
		for e := range v.g.Nodes[i].pieces() {
			if e.Withdrawn {
				continue
			}
			c.Evidence++
			if e.excerpt() && e.Check == CheckOK {
				c.Verified++
			}
		}
	}
	for _, b := range list {
		c.Depth = max(c.Depth, len(b.Path))
		if v.g.Nodes[v.index[b.Node]].Stop == "" {
			c.Open++
		}
	}
	for i, l := range allLanes {
		if !lanes[i] {
			c.LanesEmpty = append(c.LanesEmpty, string(l))
		}
	}
	return c
}

// questions returns what to find out next: first claims that
// cannot stand as they are, then evidence, the next why, rivals, and what a root cause
// needs; lanes that nobody asked about come last. The first most of them are
// right; beyond those, some may be left out.
func (a appraisal) questions(most int) []Question {
	v := a.v
	if len(v.order) == 0 {
		return []Question{{
			Ask: "What made this happen: " + v.g.Problem.What + "?", Why: "the analysis has no claim yet",
			Check: "read the log around the first sign of the problem and propose every cause that it allows, as siblings",
		}}
	}
	if v.g.Finished {
		return nil
	}
	var repairs, evidence, whys, rivals, ends, lanes []Question
	seen := make([]bool, len(v.g.Nodes))
	for _, b := range a.branches {
		for _, id := range b.Path {
			i := v.index[id]
			if n := &v.g.Nodes[i]; !seen[i] && n.Status != Supported && len(evidence) < most {
				evidence = append(evidence, askEvidence(v, n))
			}
			seen[i] = true
		}
		n := v.node(b.Node)
		switch {
		case n.Stop == "" && n.Status == Supported:
			if len(whys) < most {
				whys = append(whys, Question{
					n.ID, "Why: " + n.Claim + "?", "the branch does not end yet",
					"propose its causes; or set stop: actionable if somebody named can change it, else external, unknowable or too-costly",
				})
			}
		case n.Stop == "":
			ends = append(ends, Question{n.ID, "Keep or drop: " + n.Claim + "?", "a branch must be supported, refuted or stopped before the analysis is done", ""})
		}
		if n.Root && (n.ActionableBy == "" || n.StopWhy == "") {
			ends = append(ends, Question{n.ID, "Who can act on this, and why would the problem not have happened without it?", "a root cause needs actionable_by and why", "send the node's id and stop again with both"})
		}
	}
	for _, f := range a.findings {
		switch f.Lint {
		case LintBlame, LintVague, LintSolution, LintCircular, LintOrder, LintSameEvidence:
			if f.Severity == severityError {
				repairs = append(repairs, Question{f.Node, "What is it instead: " + v.node(f.Node).Claim + "?", f.Message, f.Hint})
			}
		case LintNoRival:
			rivals = append(rivals, Question{f.Node, "What else could explain it, and what speaks against that?", f.Message, "add a node with rival_of, and evidence with effect refutes on it"})
		case LintNoMeasure:
			ends = append(ends, Question{f.Node, "What will be done about it?", f.Message, ""})
		case LintRecurrence:
			ends = append(ends, Question{f.Node, "Why did what was done last time not hold?", f.Message, f.Hint})
		}
	}
	for _, l := range a.coverage.LanesEmpty {
		switch Lane(l) {
		case LaneDetection:
			lanes = append(lanes, Question{Ask: "Why was it not noticed sooner?", Why: "the lane detection is empty", Check: "compare the first sign in the log with the time of detection"})
		case LaneDuration:
			lanes = append(lanes, Question{Ask: "Why did it last or spread as it did?", Why: "the lane duration is empty", Check: "compare detection, mitigation and resolution on the timeline"})
		}
	}
	out := slices.Concat(repairs, evidence, whys, rivals, ends, lanes)
	if len(out)-len(lanes) == 0 {
		out = append([]Question{{Ask: "Is anything missing? If not, finish.", Why: "every branch ends", Check: "send finish: true"}}, out...)
	}
	return out
}

// askEvidence asks for what a claim lacks, with the cheapest check that would
// tell it from its rivals.
func askEvidence(v *view, n *Node) Question {
	q := Question{Node: n.ID, Ask: "What shows that: " + n.Claim + "?", Why: "no log excerpt that resolves supports it"}
	w := weigh(n.Evidence)
	switch {
	case n.Status == Inconclusive:
		q.Ask, q.Why = "Which piece of evidence is about something else: "+n.Claim+"?", "its evidence contradicts itself"
		q.Check = "read a few lines before and after each cited range"
		return q
	case w.failed > 0:
		q.Why = "the cited evidence does not resolve"
	case w.said > 0 && w.logFor == 0:
		q.Why = "testimony alone supports nothing"
	}
	own := terms(n.Claim)
	var rivals []string
	for s := range v.siblings(v.index[n.ID], firstOf(v.parents[v.index[n.ID]])) {
		if v.standing[s] && v.g.Nodes[s].Status != Supported {
			rivals = append(rivals, v.g.Nodes[s].ID)
			for _, t := range terms(v.g.Nodes[s].Claim) {
				own = slices.DeleteFunc(own, func(o string) bool { return o == t })
			}
		}
	}
	q.Check = check(n.Claim, own)
	if len(own) > 0 && len(rivals) > 0 {
		q.Check += "; that also decides against " + strings.Join(rivals[:min(3, len(rivals))], ", ")
	}
	return q
}

func firstOf(list []int) int {
	if len(list) == 0 {
		return -1
	}
	return list[0]
}
