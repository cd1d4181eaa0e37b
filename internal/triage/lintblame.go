package triage

import (
	"slices"
	"strings"
)

// Blame is told by who does something and what: a person or a group of them
// who slips, omits or knows no better; words that judge people; rules that were
// not followed. What machines do reads alike ("the operator deleted the
// member"), so that nouns which name both count as people only where they
// stand as one: after a word that makes them so, before a verb.
var (
	// lapses are what only people are said to do, and only to their blame.
	lapses = wordSet(`forgot forgotten ignored overlooked missed misread misunderstood misjudged mishandled misconfigured mistyped botched messed
		screwed skipped bypassed neglected violated underestimated disregarded mistook confused mixed panicked bothered assumed
		believed thought misinterpreted miscommunicated misplaced slept omitted failed rubber-stamped circumvented misinformed
		misdiagnosed procrastinated guessed hoped rushed fat-fingered fatfingered mislabelled mislabeled misapplied miscounted
		refused hesitated broke`)
	traits = wordSet(`careless negligent lazy sloppy incompetent inattentive inexperienced untrained unqualified complacent distracted reckless
		clumsy unprofessional tired asleep unaware confused hurried overworked stressed unfamiliar impatient overconfident
		ignorant drunk absent wrong unprepared oblivious exhausted rushed understaffed hasty late`)
	// badly says how somebody did it.
	badly = wordSet(`incorrectly wrongly improperly badly accidentally inadvertently mistakenly carelessly negligently prematurely hastily
		unintentionally recklessly blindly falsely erroneously unknowingly`)

	blameWords = newLexicon(
		"human|operator|user|pilot|manual|personal|personnel|admin|administrator|engineer|developer|people|individual|handling|input ~1 error|errors|mistake|mistakes|failing|failings|oversight|lapse",
		"human|person factor|failure|fault|negligence|factors",
		"carelessness|negligence|incompetence|inattention|laziness|sloppiness|complacency|recklessness|clumsiness|haste|thoughtlessness|forgetfulness|inexperience|ignorance",
		"careless|negligent|sloppy|incompetent|reckless|inattentive|negligently|carelessly|sloppily|recklessly|untrained|unqualified",
		"accidentally|inadvertently|mistakenly|absent-mindedly|unintentionally|absentmindedly|thoughtlessly|erroneously",
		"mistyped|mis-typed|misremembered|misclicked", "by|per accident|mistake|oversight",
		"an|the ~1 oversight",
		"accidental deletion|shutdown|removal|change|reboot|restart|overwrite|disconnection|termination|push|commit|merge|activation|deactivation|unplugging|truncation|drop|changes",
		"fat-finger|fat-fingered|fatfingered|fat-fingering|misclick|pebkac|layer-8|id10t|copy-paste|copy-and-paste", "fat finger|fingers|fingered", "slip of ~1 keyboard|finger|hand|attention|memory|pen",
		"made|makes|making|make a|an|the ~2 mistake|error|typo|slip|blunder|oversight", "mistake|mistakes|error|typo|oversight made|committed",
		"lapse of|in ~1 concentration|attention|judgement|judgment|memory|discipline",
		"poor|bad|questionable|sloppy ~1 judgement|judgment|communication|decision-making|discipline|workmanship|decision|decisions|handover|teamwork|coordination",
		"lack|lacked|lacks|insufficient|without|poor|inadequate|no|more|enough of|any|the ~2 care|attention|diligence|discipline|competence|skill|skills|thoroughness|vigilance|concentration|caution|professionalism|expertise|experience|knowledge|communication|coordination",
		"lack|lacked|lacks|insufficient|without|poor|inadequate|lacking care|attention|diligence|discipline|competence|skill|skills|thoroughness|vigilance|concentration|caution|professionalism|expertise|experience|communication|coordination",
		"miscommunication|misunderstanding between|among|of|with|in", "not paying|pay|paid attention", "not ~1 careful|attentive|diligent",
		"procedure|procedures|process|runbook|checklist|instructions|policy|protocol|rules|guideline|guidelines|sop ~2 not ~1 followed|observed|obeyed|respected|adhered",
		"procedure|procedures|process|runbook|checklist|instructions|policy|protocol|rules ~2 ignored|violated|disregarded",
		"not|never|without ~1 follow|followed|following|obey|obeyed|respect|respected|adhere|adhering ~4 procedure|procedures|process|processes|runbook|checklist|policy|instructions|protocol|rules|guidelines",
		"is|are|was|were to blame", "forgot|forgotten|forgets|neglected|neglects to", "overlooked|underestimated a|the|that|an|how", "training|competence|skill|knowledge|staffing deficiency|deficiencies|gap|gaps|shortcomings", "blame lies|rests|falls|goes", "blamed on", "went back to sleep", "left the company ~2 without",
		"should|ought ~1 have known|remembered|realised|realized|noticed|double-checked",
		"without telling|asking|informing|consulting anybody|anyone|somebody|operations|others|colleagues",
		"misuse|mishandling|misoperation|maloperation by|of ~2 @who", "wrong handling|operation|usage", "wrong|incorrect|mistaken|improper ~1 action|command|decision|step|entry|click|response ~1 taken|given|made|typed|entered|issued|executed ~1 by",
		"we|they|he|she|you|someone|somebody|nobody should|ought|could|must ~2 have %past|been|known|done|seen|taken",
	)
	// attributed puts a mistake, or an act, down to somebody.
	attributed = newLexicon(
		"action|actions|intervention|interference|error|errors|mistake|mistakes|fault|oversight|oversights|negligence|failure|typo|typos|slip|lapse|misjudgement|misjudgment|misunderstanding|blunder|omission|deletion|shutdown|misconfiguration|work|testing|removal by|of|from|between|with|on|made ~4 @who",
		"@who lack|fatigue|inexperience|decision|decisions|action|actions|ignorance|assumption|assumptions|misconception|unawareness|forgetfulness|handling|error|errors|mistake|mistakes|oversight|oversights|failure|negligence|lapse|misjudgement|misjudgment|misunderstanding|carelessness|confusion|haste|omission|inattention|typo",
		"fault of ~3 @who", "on the part|side of ~2 @who|team|team's", "blame ~3 @who",
	)
)

// isBlame reports whether a claim rests on a person. At the end of a branch it
// is enough that somebody did something, whatever it was: no root cause has
// such a subject.
func isBlame(_ *Node, ends bool, ws []string) bool {
	if machine(ws) {
		return false
	}
	if blameWords.match(ws) || attributed.match(ws) || byPerson(ws, ends) {
		return true
	}
	for i := range ws {
		if blamesAt(ws, i, ends) {
			return true
		}
	}
	return false
}

// machine reports whether an "operator" of the claim is a program.
func machine(ws []string) bool {
	at := slices.IndexFunc(ws, func(w string) bool { return w == "operator" || w == "operators" })
	return at >= 0 && !onDuty[at0(ws, at+1)] &&
		slices.ContainsFunc(ws, func(w string) bool { return machines[w] })
}

// onDuty follow an operator that is a person.
var onDuty = wordSet("on who at in of from accidentally mistakenly inadvertently forgot overlooked misread entered typed pressed clicked")

// byPerson finds who did what is told in the passive: "typed in by the
// operator". Who only gave an order, or is a part of a name, does not count.
func byPerson(ws []string, ends bool) bool {
	for i, w := range ws {
		if w != "by" || i == 0 {
			continue
		}
		verb := ws[i-1]
		if len(verb) < 4 && i > 1 { // "typed in by"
			verb = ws[i-2]
		}
		if !isPast(verb) || !ends && !lapses[verb] {
			continue
		}
		for j := i + 1; j < len(ws) && j <= i+4 && ws[j] != ";"; j++ {
			if isPerson(ws, j) && (j+1 == len(ws) || !noun(ws, j+1)) {
				return true
			}
		}
	}
	return false
}

// isPerson reports whether a word is a person or a group of people where it
// stands.
func isPerson(ws []string, i int) bool {
	w := ws[i]
	switch {
	case roles[w], givenNames[w] && i == 0, groups[w] && w != "we" && w != "they":
		return true
	case strictDoubles[w]:
		return i > 0 && strictly[ws[i-1]]
	case doubles[w]:
		return i == 0 || ws[i-1] == "by" || personal[ws[i-1]] || strings.HasSuffix(ws[i-1], "'s")
	}
	return false
}

// noun reports whether the word at i goes on a compound noun, so that what
// stands before it is no subject: neither a verb, an adverb nor one of the
// small words that begin something new.
func noun(ws []string, i int) bool {
	w := ws[i]
	return w != ";" && !isPast(w) && !lapses[w] && !badly[w] && !small[w] && !adverbs[w] && !strings.HasSuffix(w, "ly") && !presentVerbs[w]
}

var (
	small = wordSet(`who which that on in at from with of for is are was were has have had did do does not never could can would should must
		will may might and or but to after before during while when because since as by then also only again always later still
		responsible doing performing executing handling making carrying operating himself herself themselves what the a an no two than into it its`)
	presentVerbs = wordSet(`ignores forgets overlooks neglects assumes refuses fails lacks knows needs`)
	adverbs      = wordSet(`never then thus only still later again also finally eventually so thereby always often just simply already either both`)
)

// blamesAt reports whether the person at i, if there is one, is blamed.
func blamesAt(ws []string, i int, ends bool) bool {
	none := nobody[ws[i]] || i > 0 && ws[i-1] == "no" && (ws[i] == "one" || isPerson(ws, i))
	group := groups[ws[i]]
	if i > 1 && belongs(ws, i) {
		return false // "the account of an employee"
	}
	if !none && !isPerson(ws, i) && (!group || i > 0) && ws[i] != "we" && ws[i] != "they" {
		return false
	}
	j := i + 1
	if j < len(ws) && noun(ws, j) {
		return false
	}
	v, negated := verbAfter(ws, j)
	if v < 0 {
		return false
	}
	verb := ws[v]
	switch {
	case none:
		// That nobody saw anything is no evidence; that nobody looked is blame.
		return !absentVerbs[verb] && (!auxiliary[verb] || !woken[at0(ws, v+1)]) && (isPast(verb) || verb == "bothered" || verb == "knew")
	case negated:
		return ws[i] != "people" || aboutDuty(ws[v:])
	case lapses[verb], verb == "left" && !none:
		return true
	case auxiliary[verb]:
		rest := ws[v+1:]
		return slices.ContainsFunc(rest[:min(3, len(rest))], func(w string) bool { return traits[w] }) ||
			len(rest) > 1 && rest[0] == "in" && (rest[1] == "a" || rest[1] == "haste") ||
			ends && (verb == "had" || verb == "has") && len(rest) > 0 && isPast(rest[0])
	case v > j && badly[ws[v-1]], v+1 < len(ws) && badly[ws[v+1]]:
		return true
	case ws[i] == "user" && v+1 < len(ws) && artefacts[ws[v+1]]:
		return false
	case presentVerbs[verb]:
		return verb != "needs"
	}
	return ends && isPast(verb) && !collective[ws[i]]
}

// belongs reports whether the person at i is only whose thing it is.
func belongs(ws []string, i int) bool {
	for k := i - 1; k > 0 && k >= i-3; k-- {
		if ws[k] == "of" {
			return !partitive[ws[k-1]]
		}
	}
	return false
}

// partitive words take a person out of a group.
var partitive = wordSet("one some member members someone two three none most each any many all few part mistake error fault because instead half")

// collective are those whose doings alone blame nobody.
var collective = wordSet(`we customer department departments desk shift crew facilities procurement leadership`)

// woken is what nobody was, where no alert went out.
var woken = wordSet("paged notified alerted informed called warned told woken")

// absentVerbs belong to the lint of absence.
var absentVerbs = wordSet(`reported complained saw seen raised opened experienced affected mentioned`)

var auxiliary = wordSet(`was were is are had has have got did do does could can would should`)

func aboutDuty(ws []string) bool { return len(ws) > 0 && isPast(ws[0]) }

// verbAfter finds the verb of a subject that ends before j, past what stands
// between ("on duty", "of the night shift", "who was on call"), and whether it
// is negated.
func verbAfter(ws []string, j int) (at int, negated bool) {
	for k := j; k < len(ws) && k < j+8 && ws[k] != ";"; k++ {
		w := ws[k]
		if !isPast(w) && !auxiliary[w] && !lapses[w] && !presentVerbs[w] {
			continue
		}
		if k > j && (ws[k-1] == "the" || ws[k-1] == "a" || ws[k-1] == "to") {
			continue // a participle before its noun
		}
		for m := k; m < len(ws) && m <= k+2; m++ {
			if ws[m] == "not" || ws[m] == "never" {
				return k, auxiliary[w] || m == k
			}
		}
		if k > j && ws[k-1] == "never" {
			return k, true
		}
		return k, false
	}
	return -1, false
}
