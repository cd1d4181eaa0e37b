package triage

import (
	"slices"
	"strings"
	"time"
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

var (
	blameWords = newLexicon(
		"@slip", "@vice", "neglected to", "was|were|is|being|too @trait", "a|an @trait ~1 @person",
		"human|operator|user|pilot|manual|personal|admin|administrator|engineer|developer|people|individual error|errors|mistake|mistakes|failure|fault|failing|oversight",
		"error|mistake|fault|oversight|negligence of|by|from ~3 @person",
		"by mistake", "fat finger|fingers|fingered",
		"made|makes|making a|an|the ~2 mistake|error|typo|slip|blunder|oversight",
		"@person ~3 failed|fails to", "@person ~2 @lapse", "@person ~3 did|does|do|had|have|has|was|were|could @neg ~2 @duty",
		"@person ~2 was|were|got|is confused|tired|asleep|unaware|untrained|distracted|wrong",
		"nobody|no-one|noone ~2 @duty|@lapse", "no one ~2 @duty|@lapse",
		"should|ought ~1 have ~2 @duty|been", "lack|lacked|insufficient|without|poor|no of ~2 @care",
		"lacked|insufficient|without|poor|inadequate ~1 @care", "not paying|pay|paid attention", "not ~1 careful",
		"procedure|procedures|process|runbook|checklist|instructions|policy|protocol|rules ~2 not ~1 followed|observed|obeyed",
		"procedure|procedures|process|runbook|checklist|instructions|policy|protocol|rules ~2 ignored|violated|disregarded",
		"@person ~3 to blame", "blame ~3 @person", "fault of ~2 @person",
		"careless|negligent|sloppy|incompetent|reckless|inattentive", "typo|typos by|of|from ~1 @person",
		"not|never ~1 follow|followed|following|obey|obeyed|respect|respected ~3 procedure|procedures|process|processes|runbook|checklist|policy|instructions|protocol|rules",
		"typed|entered|executed|run|made|deleted|changed|applied|pushed|configured by ~2 @person",
	)
	// program finds what says that an "operator" is a program.
	program = wordSet(`kubernetes k8s etcd prometheus cert-manager reconcile reconciled reconciling reconciler crd crds pod
		pods controller helm openshift namespace olm operatorhub statefulset`)

	solutionWords = newLexicon(
		"@lackof ~2 @remedy", "@lackof of ~3 @remedy", "not enough ~1 @remedy", "did|does|do|had|have|has not ~1 have|had|use|buy|adopt|deploy|implement|invest ~3 @remedy",
		"@remedy ~2 was|were|is|are not ~1 implemented|installed|available|deployed|bought|adopted|enabled|used|done|automated|configured|performed|set",
		"@remedy ~1 not ~1 in place", "@remedy ~2 missing|absent|lacking|insufficient|inadequate|nonexistent",
		"we|you|they|team|should|it need|needs|needed|must|should ~2 to|buy|have|use|add|install|migrate|upgrade|replace|deploy|implement|introduce|automate|adopt|switch|move",
		"needs|need|should|must|ought|has|have to be @wish", "should|must be|have ~1 @wish|used|using|added|installed",
		"should|must have ~1 been @wish|automated|added|installed|monitored|tested",
		"would|could have ~1 prevented|avoided|caught|helped|stopped|detected|saved",
		"not been @wish", "not using ~2 @remedy", "^2 no ~1 @remedy",
	)
	absenceWords = newLexicon(
		"no ~2 @signs ~3 @seen", "no ~1 @signs of|in|at|for|from|before|about|that|on", "no other ~1 @signs",
		"nothing ~3 logs|log|metrics|dashboard|dashboards|monitoring|traces|@seen|unusual|suspicious|abnormal|wrong|else|out",
		"did|do|does|could|can not ~1 see|find|notice|observe|detect|spot|show|record|report|log ~1 any|anything|errors|error|evidence|signs|problems",
		"absence of ~2 @signs", "lack of ~2 evidence|errors|logs|signs|alerts|proof", "without|zero ~1 @signs",
		"not ~1 @seen ~2 logs|log|anywhere", "not appear|appears|show in|up ~2 logs|log", "log|logs ~1 are|is|was|were clean|silent|empty|quiet|fine",
		"never ~1 @seen", "saw|see|seen|found|observed|noticed|show|shows|showed|detected|recorded no",
		"no other ~2 reported|showed|shows|complained|failed|affected", "no one complained|reported|saw|noticed", "@signs ~1 were|was|are|is not ~1 @seen", "nobody|no-one|noone complained|reported|saw|noticed",
	)
	compoundWords = newLexicon(
		"@link", "due to", "caused by", "owing to", "as a result|consequence", "which|that ~1 led|leads|caused|causes|resulted|triggered|made|meant",
		"leading|led|leads to", "resulting|resulted|results in", "causing", "so that", "on top of", "in addition", "combined with", "coupled with", "followed by", "and then", "as well as",
	)
	outsideWords = newLexicon("^3 @outside")

	vagueNouns = wordSet(`issue issues problem problems error errors failure failures glitch glitches hiccup hiccups trouble
		troubles outage something misconfiguration misconfigured misconfigurations bug bugs wrong instability unstable
		unknown weird incorrect incorrectly improper improperly bad faulty anomaly anomalies somehow stuff things
		incident malfunction defect broken broke misbehaved misbehaving unexpected unclear flaky buggy
		failed fail fails failing behavior behaviour difficulty difficulties degradation degraded overload overloaded`)
	genericWords = wordSet(`network networking dns server servers system systems database databases db config configuration
		configurations settings setting memory cpu disk performance hardware software application applications app code
		storage service services infrastructure platform environment component components connection connections
		connectivity internal external technical general generic random temporary transient intermittent sporadic
		major minor some kind sort type went go gone going occurred happened happening happens caused cause root reason
		reasons related various certain possible possibly probably maybe likely due certificate tls ssl security api
		backend frontend web cluster node nodes pod pods host hosts machine vm load resource resources deployment
		deploy release change update process application's not no work working worked failed fail fails failing down
		slow crash crashed high low overload overloaded data queue cache unknown human unspecified other`)

	adverbs = wordSet(`never then thus only still later again also finally eventually so thereby always often`)

	who  = wordSet(strings.Join(classes["who"], " "))
	acts = wordSet(`wrote ran set chose left put sent took made forgot went gave cut shut broke began built
		bought drew fed hit kept knew led lost meant read sold told thought threw understood wore rm'd misread`)

	auxiliaries = wordSet(`was were is are had has did does do could can would will got became ran grew fell lost went sent
		kept held hit came took left began rose broke gave stood hung leaks fills runs grows drops exceeds
		returns uses blocks waits holds expires fails consumes keeps retries sends times remains stays spiked`)
)

// arguesFromAbsence reports whether a text takes it as evidence that nothing
// was seen.
func arguesFromAbsence(s string) bool { return s != "" && absenceWords.match(words(s)) }

// textLint judges the words of one claim.
type textLint struct {
	name     string
	severity func(n *Node, ends bool) string // ends: a branch ends at the node
	match    func(n *Node, ws []string) bool
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
		LintAbsence, warnOnly, func(_ *Node, ws []string) bool { return absenceWords.match(ws) },
		"the claim rests on something not having been seen",
		"cite what was there, or show that it would have been logged",
	},
	{
		LintOutOfReach, warnOnly, func(n *Node, ws []string) bool { return n.Root && outsideWords.match(ws) },
		"the root cause lies with an outside party, who cannot act on this analysis",
		"stop here as external, or ask why the system depended on it",
	},
}

func isBlame(n *Node, ws []string) bool {
	if slices.Contains(ws, "operator") || slices.Contains(ws, "operators") {
		if slices.ContainsFunc(ws, func(w string) bool { return program[w] }) {
			return false
		}
	}
	return blameWords.match(ws) || n.Root && personActs(ws)
}

// personActs reports whether the subject is a person who did something,
// whatever it was: "the technician plugged". A root cause has no such subject.
func personActs(ws []string) bool {
	for i := 0; i < len(ws)-1 && i < 4; i++ {
		if !who[ws[i]] {
			continue
		}
		next := ws[i+1]
		if strings.HasSuffix(next, "ly") && i+2 < len(ws) {
			next = ws[i+2]
		}
		return acts[next] || len(next) > 4 && strings.HasSuffix(next, "ed")
	}
	return false
}

func isVague(_ *Node, ws []string) bool {
	vague := false
	for _, w := range ws {
		switch {
		case vagueNouns[w]:
			vague = true
		case !stopWords[w] && !genericWords[w]:
			return false
		}
	}
	return vague
}

// isSolution leaves gaps in detection and response alone: there the missing
// alert is the finding.
func isSolution(n *Node, ws []string) bool {
	if n.Lane != LaneCause || n.Kind == KindDetectionGap || n.Kind == KindResponseGap {
		return false
	}
	return solutionWords.match(ws)
}

func isCompound(_ *Node, ws []string) bool {
	if compoundWords.match(ws) || slices.Contains(ws, ";") {
		return true
	}
	if len(ws) > 1 && ws[0] == "since" && !strings.ContainsAny(ws[1], "0123456789") {
		return true
	}
	// Two clauses, each with a subject and a verb, joined by "and".
	for i, w := range ws {
		if (w == "and" || w == "plus" || w == "while") && clause(ws[:i]) && clause(ws[i+1:]) {
			return true
		}
	}
	return false
}

// clause reports whether words have a subject and after it a verb.
func clause(ws []string) bool {
	for len(ws) > 0 && (adverbs[ws[0]] || ws[0] == "not") {
		ws = ws[1:]
	}
	for i, w := range ws {
		if auxiliaries[w] || len(w) > 4 && strings.HasSuffix(w, "ed") {
			if i == 0 {
				return false // no subject: the first clause's goes on
			}
			return !stopWords[ws[i-1]] || i > 1
		}
	}
	return false
}

// maxAncestors bounds how far up a claim is compared.
const maxAncestors = 16

// lintTexts returns the findings about the words of every standing claim, and
// about its place among the others.
func lintTexts(v *view) []Finding {
	var out []Finding
	concepts := make([]concept, len(v.g.Nodes))
	texts := make([][]string, len(v.g.Nodes))
	for _, i := range v.order {
		texts[i] = words(v.g.Nodes[i].Claim)
		concepts[i] = conceptOf(texts[i])
	}
	problem := conceptOf(words(v.g.Problem.What))
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		for _, l := range textLints {
			if l.match(n, texts[i]) {
				out = append(out, Finding{l.name, l.severity(n, v.ends(i)), n.ID, l.message, l.hint})
			}
		}
		out = append(out, lintPlace(v, i, concepts, problem)...)
		out = append(out, lintQuotes(n, texts[i])...)
	}
	return out
}

// lintQuotes warns of excerpts that share no word with the claim that they are
// to support: a quote that occurs in the log may still be about something else.
func lintQuotes(n *Node, ws []string) []Finding {
	var out []Finding
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

// lintPlace compares a claim with the effects that it is to explain.
func lintPlace(v *view, i int, concepts []concept, problem concept) []Finding {
	n := &v.g.Nodes[i]
	var out []Finding
	const hint = "ask what made it so, one step further back"
	told := false
	for _, p := range v.ancestors(i, maxAncestors) {
		if !told && restates(concepts[i], concepts[p]) {
			// Padding a chain that goes on is a fault of style; anything else is
			// none of a cause.
			padding := slices.Contains(v.parents[i], p) && !v.ends(i)
			out = append(out, Finding{LintCircular, errorIf(!padding), n.ID, "the claim says again what " + v.g.Nodes[p].ID + " says", hint})
			told = true
		}
	}
	if !told && restates(concepts[i], problem) {
		out = append(out, Finding{LintCircular, severityError, n.ID, "the claim says again what the problem is", hint})
	}
	for _, p := range v.parents[i] {
		if later(n.At, v.g.Nodes[p].At) {
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

func later(cause, effect string) bool {
	a, errA := time.Parse(time.RFC3339, cause)
	b, errB := time.Parse(time.RFC3339, effect)
	return errA == nil && errB == nil && a.After(b)
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
