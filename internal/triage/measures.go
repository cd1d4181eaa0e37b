package triage

import (
	"fmt"
	"strings"
)

// What a countermeasure does, in its own words, weakest first: asking people,
// or writing something down for them; and guarding, telling or limiting. What
// is neither removes the cause or makes it impossible.
var (
	carefulWords = newLexicon(
		"^1 train|retrain|educate|remind|coach|instruct|tell|encourage|advise|brief|ask|urge|emphasise|emphasize|reinforce|communicate|inform",
		"^1 document|write|update|create|publish|add|extend|revise|improve ~4 documentation|wiki|runbook|runbooks|checklist|checklists|procedure|procedures|guideline|guidelines|guide|sop|playbook|readme|policy|page|instructions",
		"be|being ~1 careful", "more careful|diligent|vigilant|attentive", "training|reminder|checklist|workshop|refresher|briefing",
		"raise|raising|increase ~1 awareness", "pay ~1 attention", "double-check", "review ~1 carefully", "^1 document ~1 the|how|steps|this|that",
		"lessons learned ~2 session", "^1 discuss|consider|investigate|look|evaluate|explore|revisit|think",
	)
	guardWords = newLexicon(
		"^1 alert|page|monitor|alarm|notify|warn|detect|watch|observe|probe|track|measure|graph|log|record|chart",
		"^1 add|create|set|configure|introduce|install|define|tune|raise|lower ~5 alert|alerts|alarm|alarms|alerting|monitoring|monitor|probe|probes|dashboard|threshold|canary|healthcheck|health-check|metric|metrics|check|checks",
		"^1 limit|throttle|cap|rate-limit|quota|retry|restart|increase|raise|enlarge|extend|double|scale|add ~4 timeout|limit|quota|size|memory|capacity|disk|space|nodes|replicas|retries|buffer|headroom|connections",
		"^1 restart|reboot|recycle|clear|clean|purge|expand|increase|double", "test|tests|review|approval|sign-off|two-person|four-eyes ~3 before|for|of|in",
		"^1 schedule|plan|audit|verify|validate|check|inspect|test|rehearse|exercise",
	)
)

// careful reports whether a countermeasure asks people for care or knowledge.
func careful(s string) bool { return carefulWords.match(words(s)) }

// gradeOf grades a countermeasure by its words.
func gradeOf(s string) Strength {
	switch ws := words(s); {
	case carefulWords.match(ws):
		return Weak
	case guardWords.match(ws):
		return Intermediate
	}
	return Strong
}

// lintMeasures judges the countermeasures of a node at which a branch ends.
func lintMeasures(n *Node) []Finding {
	var out []Finding
	warn := func(lint, message, hint string) {
		out = append(out, Finding{lint, severityWarning, n.ID, message, hint})
	}
	standing, weak := 0, 0
	for i := range n.Countermeasures {
		m := &n.Countermeasures[i]
		if m.Withdrawn {
			continue
		}
		standing++
		asks := careful(m.Text)
		if asks && m.Strength != Weak {
			warn(LintStrength, m.ID+" asks people to be careful, which is weak", "grade it weak, and add what works without anybody's attention")
		}
		if m.Strength == Weak || asks {
			weak++
		}
		if lacks := m.lacks(); len(lacks) > 0 {
			warn(LintIncomplete, m.ID+" has no "+strings.Join(lacks, ", no "), "withdraw it and give it again with owner, due and effect_check")
		}
	}
	switch {
	case n.Root && standing == 0:
		warn(LintNoMeasure, "the root cause has no countermeasure", "say what will remove it or guard against it, with owner and due date")
	case standing > 0 && weak == standing:
		warn(LintWeakMeasures, "all countermeasures are weak", "add one that removes the cause, automates the step or guards against it")
	}
	for _, r := range n.Recurs {
		message := fmt.Sprintf("issue %s ended at the same root cause: %s", r.IssueID, r.Claim)
		if r.Measure != "" {
			message += fmt.Sprintf("; %q was to prevent it", r.Measure)
		}
		warn(LintRecurrence, message, "find out whether that was done and why it did not hold, and claim that")
	}
	return out
}

// lacks names what nobody said of a countermeasure.
func (m *Countermeasure) lacks() []string {
	var out []string
	for _, f := range []struct{ name, text string }{{"owner", m.Owner}, {"due date", m.Due}, {"effect check", m.EffectCheck}} {
		if f.text == "" {
			out = append(out, f.name)
		}
	}
	return out
}
