package triage

import (
	"slices"
	"strings"
)

// meaning is the normal form in which claims are compared for saying the same:
// the things they are about, and the classes of state that those are in. It is
// one for the active and the passive, for "failure of X" and "X failed", for
// "not available", "unavailable" and "could not be reached".
type meaning struct {
	things   []string // stems of what is neither a state nor a filler
	measures []string // numbers with a unit, which say how much and not what
	counted  []string // stems of what a store holds
	generic  []string // stems of fillers, of a claim that names no thing
	implied  []string // stems of what is in such a state, named or not
	verbs    []string // stems of what is not done, whatever it is: they may be among the things
	head     string   // the thing that the claim is about
	states   state
	negated  bool
}

// meaningOf returns the meaning of words.
func meaningOf(ws []string) meaning {
	ws = rephrase(apartHyphens(ws))
	var (
		m        meaning
		much     state    // beside another state, "high" says only how much
		events   []string // "a surge"
		rest     []string // fillers, of which a claim may consist
		headOpen = true   // the first noun phrase goes on
		known    = stateOf()
		taken    = slices.Contains(ws, "all") || slices.Contains(ws, "every")
		denied   bool // nothing or nobody does what is said
	)
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		switch {
		case w == "not" || w == "never" || w == "no":
			headOpen = headOpen && len(m.things) == 0
			at := skipSmall(ws, i+1)
			switch s := known[at0(ws, at)]; {
			case at < len(ws) && ws[at] == "enough":
				m.states, i = m.states|isFull, at
			case at < len(ws) && refreshed[ws[at]]:
				m.states, i = m.states|isStale|isGone, at
			case at < len(ws) && ws[at] == "valid":
				m.states, i = m.states|isExpired|isWrong|isGone, at
			case s&^(isHigh|isLow) != 0 && !doubtful[ws[at]]:
				m.negated, i = !m.negated, at
			default: // what is not done, or is not there, failed
				m.states |= isGone | isStuck
				if w == "no" && (units[at0(ws, at)] && ws[at] != "connection" || units[at0(ws, at+1)] && spareWords[ws[at]] || units[at0(ws, at+2)] && (spareWords[ws[at]] || spareWords[at0(ws, len(ws)-1)])) {
					m.states |= isFull
				}
				if i > 0 && doing[ws[i-1]] && at < len(ws) && known[ws[at]] == 0 || at < len(ws) && isPast(ws[at]) && known[ws[at]] == 0 {
					m.verbs = append(m.verbs, nameStem(ws[at]))
				}
			}
			continue
		case denying[w]:
			m.states, denied = m.states|isGone|isStuck, true
			continue
		case denied && isPast(w) && known[w] == 0:
			m.verbs = append(m.verbs, nameStem(w))
			continue
		case stopWords[w] || quantifying[w]:
			if len(m.things) > 0 && !leading[w] {
				headOpen = false // a preposition, or the verb
			}
			continue
		case w == "till" && i > 2: // until; not where one pays
			continue
		case taken && occupied[w]:
			m.states |= isFull
			continue
		case limitNouns[w] && i > 0 && (reaching[ws[i-1]] || i > 1 && (leading[ws[i-1]] || ws[i-1] == "maximum") && reaching[ws[i-2]]):
			m.states |= isFull
			continue
		case (w == "call" || w == "calls") && i > 0 && invoked[ws[i-1]]:
			continue
		case lasting[w] && i+1 < len(ws) && (digits(ws[i+1]) || numberWords[ws[i+1]] != ""):
			m.states |= isSlow
		}
		if n := numberWords[w]; n != "" {
			w = n
		}
		if s := known[w]; s != 0 {
			m.implied = append(m.implied, impliedBy[w]...)
			if s&^(isHigh|isLow) == 0 {
				much |= s
				if event[w] {
					events = append(events, w)
				}
			} else {
				m.states |= s
			}
			headOpen = headOpen && len(m.things) == 0
			continue
		}
		if rest, ok := strings.CutPrefix(w, "un"); ok && len(rest) > 4 && isPast(rest) {
			m.states |= isGone // "unlocked", "unregistered"
			m.things = append(m.things, stem(rest))
			continue
		}
		switch s := nameStem(w); {
		case w == ";":
		case digits(w) && i+1 < len(ws) && measuring[ws[i+1]], measured(w):
			m.measures = append(m.measures, strings.TrimRight(w, "%abcdefghijklmnopqrstuvwxyz"))
			if !measured(w) && !units[ws[i+1]] {
				i++
			}
		case units[w]:
			m.counted = append(m.counted, s)
			if headOpen {
				m.head = s
			}
		case padding[s] || reporting[w] || strings.HasSuffix(w, "ly") && len(w) > 5:
			rest = append(rest, s)
		default:
			if status(w) {
				m.states |= isGone
			}
			if headOpen {
				m.head = s
			}
			m.things = append(m.things, s)
		}
	}
	if m.states == 0 {
		m.states = much
	} else {
		m.things = append(m.things, events...) // a surge that filled it is a mechanism
	}
	if m.states&(isFull|isPiled) == 0 || len(m.things) == 0 {
		m.things = append(m.things, m.counted...)
	} else if slices.Contains(m.counted, m.head) {
		m.head = m.things[0]
	}
	if len(m.things) == 0 {
		m.generic = rest
	}
	for _, s := range m.things {
		m.implied = append(m.implied, impliedBy[s]...)
	}
	if i := slices.Index(m.things, m.head); i > 0 && errands[m.head] {
		// "The backup job" is the backup; that it is a job adds nothing.
		m.head = m.things[i-1]
		m.implied = append(m.implied, m.things[i])
		m.things = slices.Delete(m.things, i, i+1)
	}
	return m
}

// apartHyphens takes compounds apart, so that "mid-call" and "CAD-to-CAD" have
// their words in common with others.
func apartHyphens(ws []string) []string {
	if !slices.ContainsFunc(ws, func(w string) bool { return strings.Contains(w, "-") }) {
		return ws
	}
	out := make([]string, 0, len(ws)+4)
	for _, w := range ws {
		if !strings.Contains(w, "-") || w[0] == '[' || strings.ContainsAny(w, "0123456789") || stateOf()[w] != 0 || synonyms[w] != "" || oneName[w] != "" || padding[stem(w)] {
			out = append(out, w)
			continue
		}
		for part := range strings.SplitSeq(w, "-") {
			if part != "" && part != "mid" {
				out = append(out, part)
			}
		}
	}
	return out
}

func at0(ws []string, i int) string {
	if i < len(ws) {
		return ws[i]
	}
	return ""
}

func nameStem(w string) string {
	if s, ok := oneName[w]; ok {
		return s
	}
	s := stem(w)
	if rest, ok := strings.CutSuffix(s, "ing"); ok && len(rest) >= 4 {
		return undouble(rest, "ing") // "bookings" are what was booked
	}
	return s
}

// digits reports whether a word is a number.
func digits(w string) bool {
	return w != "" && w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789.,") == ""
}

// measured reports whether a word is a number with its unit: "30s", "98%".
func measured(w string) bool {
	n := strings.TrimLeft(w, "0123456789.,")
	return n != w && n != "" && measuring[n]
}

// status reports whether a word is a status of HTTP or SIP that says that
// something failed.
func status(w string) bool {
	return len(w) == 3 && (w[0] == '4' || w[0] == '5') && digits(w) && w[1] <= '3'
}

// alike reports whether states share a class, or have classes that say much the
// same; or whether there is none on either side.
func (s state) alike(t state) bool {
	const slowed, waits = isSlow | isPiled, isStuck | isPiled
	return s&t != 0 || s|t == 0 || s&slowed != 0 && t&slowed != 0 || s&waits != 0 && t&waits != 0 ||
		(s|t)&(isHot|isHigh) == isHot|isHigh || (s|t)&(isGone|isOff) == isGone|isOff || (s|t)&(isFull|isPiled) == isFull|isPiled
}

// restates reports whether cause says what effect says: every thing of it is
// one of the effect's, the effect's own thing among them, and both put it into
// a state of one class. A single thing that is new may be the mechanism.
func restates(cause, effect *meaning) bool {
	if cause.negated != effect.negated {
		return false
	}
	// An effect in no known state is told in a word of its own ("purple-screened",
	// "off the air"): a cause about nothing else that is out of order says as much.
	told := effect.states == 0 && cause.states&isGone != 0 && len(effect.things) > 1
	if !told && !cause.states.alike(effect.states) {
		return false
	}
	if len(cause.things) == 0 {
		return len(effect.things) == 0 && slices.ContainsFunc(cause.measures, func(n string) bool { return slices.Contains(effect.measures, n) }) || len(effect.things) == 0 && slices.ContainsFunc(cause.generic, func(s string) bool { return slices.Contains(effect.generic, s) })
	}
	for _, s := range cause.things {
		if !has(effect.things, s) && !slices.Contains(cause.verbs, s) && !slices.Contains(effect.implied, s) && (!digits(s) || !slices.Contains(effect.measures, s)) && !has(effect.things, counterparts[s]) {
			return false
		}
	}
	if len(effect.measures) > 0 {
		for _, n := range cause.measures {
			if !slices.Contains(effect.measures, n) && !slices.Contains(effect.things, n) {
				return false
			}
		}
	}
	if has(cause.things, effect.head) || effect.states&isFull != 0 && slices.ContainsFunc(cause.counted, func(s string) bool { return slices.Contains(effect.counted, s) }) {
		return true
	}
	common := 0
	for _, s := range effect.things {
		if has(cause.things, s) || slices.Contains(cause.implied, s) {
			common++
		}
	}
	return 3*common >= 2*len(effect.things) || 2*common >= len(effect.things) && cause.states&effect.states != 0 && has(cause.things, effect.things[0])
}
