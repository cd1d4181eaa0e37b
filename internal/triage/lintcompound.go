package triage

import (
	"slices"
	"strings"
)

var (
	compoundWords = newLexicon(
		"@link", "due to", "owing to", "on account of", "for the reason", "by reason of", "as a|an|the ~1 result|consequence|effect", "in turn|consequence|addition", "in addition", "on top of|that",
		"caused|causes|causing|triggered|triggering|led|leads|leading|resulted|resulting|results|prompted|forced|forcing|made|makes|making ~5 to|in|by|the|a|an|all|it|garbage|requests|writes|clients|pods|calls|timeouts|it's", "which|that ~1 led|leads|caused|causes|resulted|triggered|made|meant|means|blocked|filled|broke|stopped|let|prevented|in|forced|saturated|paused|removed|exhausted",
		"which|this|that ~1 in turn", "so that", "^ both ~4 and", "combination of", "combined|coupled|together|along with", "followed by", "and then|also|so|this|that|as", "as well as", "together made|caused|led|filled|brought",
		"^ because|due", "meant ~1 that|the", "and ~1 thus|hence|therefore|consequently|subsequently|eventually", "after which|that",
		"^ after|as|when|once|while ~9 ,",
	)
	// finite are verbs that make a clause, besides those in -ed and the
	// auxiliaries; each in the form that follows a subject.
	finite = wordSet(`was were is are had has did does do could can would will got became ran grew fell lost went sent kept held hit came took left began
		rose broke gave stood hung leaks fills runs grows drops exceeds returns uses blocks waits holds expires fails consumes
		keeps retries sends times remains stays spiked stops starts crashes leads makes lets gets goes loses takes shuts shut split
		overlapped overflowed flapped froze rebooted exploded climbed slowed piled ate swamped ran`)
	subordinate = wordSet(`because since as`)
)

// isCompound reports whether a claim holds more than one step: words that say
// so, two sentences, or two clauses with a subject and a verb each.
func isCompound(_ *Node, _ bool, ws []string) bool {
	if compoundWords.match(ws) {
		return true
	}
	for i, w := range ws {
		before, after := ws[:i], ws[min(i+1, len(ws)):]
		switch {
		case w == ";" && clause(before) && clause(after):
			return true
		case (w == "and" || w == "plus" || w == "but" || w == "then") && clause(before) && clause(after):
			return true
		case w == "so" && i > 2 && clause(before) && clause(after):
			return true
		case subordinate[w] && i > 1 && clause(before) && clause(after) && !timed(after):
			return true
		case i == 0 && subordinate[w] && !timed(after) && twoClauses(after):
			return true
		}
	}
	return false
}

// timed reports whether what follows "since" is a time and no reason.
func timed(ws []string) bool {
	if len(ws) == 0 || strings.ContainsAny(ws[0], "0123456789") {
		return true
	}
	return slices.Contains(strings.Fields("the its this last then january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday yesterday"), ws[0]) &&
		!clause(ws)
}

// twoClauses reports whether words hold two verbs, each with a subject.
func twoClauses(ws []string) bool {
	for i := 2; i < len(ws)-1; i++ {
		if clause(ws[:i]) && clause(ws[i:]) {
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
		if w == "and" || w == "or" || w == "but" {
			continue
		}
		if finite[w] || isPast(w) {
			if i == 0 {
				return false // no subject: the first clause's goes on
			}
			return !stopWords[ws[i-1]] || i > 1
		}
	}
	return false
}
