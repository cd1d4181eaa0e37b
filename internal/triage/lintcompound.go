package triage

import (
	"slices"
	"strings"
)

var (
	compoundWords = newLexicon(
		"@link", "due to", "owing to", "on account of", "for the reason", "by reason of", "as a|an|the ~1 result|consequence|effect", "in consequence|addition", "on top of that|this",
		"caused ~5 to|by|the|a|an|all|it|garbage|requests|writes|clients|pods|calls|timeouts", "causes|causing ~5 to|the|a|an|all|it|requests|writes|clients", "triggered ~3 the|a|an|garbage|failover", "triggering|forcing|prompting ~4 to|the|a|an|all",
		"led|leads|leading ~1 to", "resulted|results|resulting in", "which ~1 led|leads|caused|causes|resulted|triggered|made|meant|means|blocked|filled|broke|stopped|let|prevented|in|forced|saturated|paused|removed|exhausted|dropped|killed",
		"that ~1 led|caused|resulted|triggered", "which|this|that|and|then ~1 in turn", "so that", "^ both ~4 and", "combination of", "plus|and a|an|the ~3 together", "plus a|an|the|no", "combined|coupled with", "followed by",
		"and then|also|so|this|as", "together made|make|caused|led|filled|brought", "^ because|due", "meant ~1 that|the", "and ~1 thus|hence|therefore|consequently|subsequently|eventually", "after which",
	)
	// finite are verbs that make a clause, besides those in -ed and the
	// auxiliaries; each in the form that follows a subject.
	finite = wordSet(`was were is are had has did does do could can would will got became ran grew fell lost went sent kept held hit came took left began
		rose broke gave stood hung leaks fills runs grows drops exceeds returns uses blocks waits holds expires fails consumes
		keeps retries sends times remains stays spiked stops starts crashes leads makes lets gets goes loses takes shuts shut split
		overlapped overflowed flapped froze rebooted exploded climbed slowed piled ate swamped ran tore wore bound bent burnt spun sank sprang swung stuck struck swept slid sped shrank woke shook hid fled flew saw threw drew found made led told met meant`)
	subordinate = wordSet(`because since as`)
)

// isCompound reports whether a claim holds more than one step: words that say
// so, two sentences, or two clauses with a subject and a verb each.
func isCompound(n *Node, _ bool, ws []string) bool {
	if compoundWords.match(ws) || spliced(n.Claim) {
		return true
	}
	for i, w := range ws {
		before, after := ws[:i], ws[min(i+1, len(ws)):]
		switch {
		case w == ";" && clause(before) && clause(after):
			return true
		case (w == "and" || w == "plus" || w == "then") && clause(before) && clause(after) && (w != "and" || !reduced(before, after)):
			return true
		case (w == "but" || w == "while" || w == "as" && !likeness[after0(after)]) && past(before) && past(after):
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

// reduced reports whether what looks like the verb of the first clause only
// describes its noun: "the token used by A and B was revoked".
func reduced(before, after []string) bool {
	if leading[after[0]] {
		return false
	}
	verbs, describing := 0, 0
	for i, w := range before {
		switch {
		case auxiliary[w] || finite[w] && !isPast(w):
			return false
		case isPast(w):
			verbs++
			if i+1 < len(before) && prepositions[before[i+1]] {
				describing++
			}
		}
	}
	return verbs == 1 && describing == 1
}

// likeness words follow an "as" that compares.
var likeness = wordSet("soon long well if part a an root it many much far often in of for user before")

func after0(ws []string) string {
	if len(ws) == 0 {
		return ""
	}
	return ws[0]
}

// past reports whether words are a clause that tells of the past.
func past(ws []string) bool {
	if !clause(ws) {
		return false
	}
	for i, w := range ws {
		if isPast(w) && (i == 0 || !nowadays[ws[i-1]]) {
			return true
		}
	}
	return false
}

// nowadays before a participle tell how things are, and not what happened.
var nowadays = wordSet("is are be been gets the a an of not")

// spliced reports whether a comma joins two clauses.
func spliced(claim string) bool {
	for i := range len(claim) {
		if claim[i] != ',' || i+2 >= len(claim) || claim[i+1] != ' ' {
			continue
		}
		if after := words(claim[i+1:]); len(after) > 1 && bringing(after) && clause(words(claim[:i])) {
			return true
		}
		if after := words(claim[i+1:]); len(after) > 0 && opening[after[0]] && past(after) && past(words(claim[:i])) {
			return true
		}
	}
	return false
}

// bringing reports whether words after a comma say what came of it: "leaving
// the tills without power".
func bringing(ws []string) bool {
	return brings[ws[0]] || strings.HasSuffix(ws[0], "ing") && (ws[1] == "the" || ws[1] == "a" || ws[1] == "all" || ws[1] == "every") && !listing[ws[0]]
}

var (
	brings  = wordSet("leaving making taking forcing blocking breaking stopping dropping preventing starving saturating exhausting overloading")
	listing = wordSet("including during using starting beginning ending ranging meaning according regarding concerning following excluding counting being having reading showing giving considering")
)

// opening words begin a clause of its own.
var opening = wordSet(`the a an it they this all no`)

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
			if i > 0 && (ws[i-1] == "the" || ws[i-1] == "a" || ws[i-1] == "an" || ws[i-1] == "of") {
				continue // a participle before its noun
			}
			if i == 0 {
				return false // no subject: the first clause's goes on
			}
			return !stopWords[ws[i-1]] || i > 1
		}
	}
	return false
}
