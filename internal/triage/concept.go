package triage

import (
	"slices"
	"strings"
)

var stopWords = wordSet(`a an the of in on at to for from by with as is are was were be been being has have had it its
	this that these those there then and or but so very too also all some any our their his her my we they he she i
	which who when while during after before into onto over under up out off did do does just ; about again already
	itself could can would will shall should may might must going s`)

// synonyms brings words together that say the same of an incident. The right
// side is a stem.
var synonyms = lazyMap(func(m map[string]string) {
	for stem, list := range map[string]string{
		"down": `down unavailable outage offline unreachable inaccessible unresponsive crash crashe crashed crashing died die drop drops dropped disconnected disconnect disconnects disconnections lapse
			dead fail failed failing failure failures fails stopped stop broke broken unsuccessful unsuccessfully impossible red
			interrupted terminated notready not-ready aborted unavailability defunct`,
		"full":     `full exhausted exhaust exhaustion depleted saturated filled fill fills`,
		"slow":     `slow slowness sluggish latency lag lagged lags timeout timeouts delayed delay delays slowly lagging`,
		"error":    `error errors fault faults`,
		"many":     `many excessive multiple numerous`,
		"db":       `db database databases`,
		"host":     `host hosts server servers machine machines node nodes box`,
		"app":      `app apps application applications`,
		"conn":     `conn connection connections connexion connect connecting connectivity`,
		"mem":      `mem memory ram`,
		"cert":     `cert certificate certificates certs`,
		"conf":     `config configuration configurations configs configured settings setting`,
		"disk":     `disk disks volume volumes filesystem partition`,
		"space":    `space storage capacity`,
		"expir":    `expired expire expires expiry expiration lapsed validity invalid`,
		"user":     `user users customer customers client clients people caller callers`,
		"login":    `login logins logon logons signin sign-in log-in sign-on logged`,
		"replica":  `replica replicas replication replicated replicating`,
		"dns":      `dns name names hostname hostnames resolution resolve resolved resolves resolving resolver lookup lookups`,
		"bad":      `bad poor degraded degradation`,
		"hang":     `hang hung hangs froze frozen freeze freezing stuck`,
		"lost":     `lost loss losses missing gone vanished disappeared`,
		"print":    `print printer printers printing printed`,
		"high":     `high elevated increased excessively heavy rose risen large`,
		"web":      `web website websites site portal webpage page pages`,
		"mail":     `mail mails email emails e-mail e-mails`,
		"restart":  `restart restarts restarted restarting reboot reboots rebooted rebooting`,
		"deploy":   `deploy deploys deployed deployment deployments rollout release released`,
		"call":     `call calls called calling`,
		"answer":   `answer answered answers respond responded responds response responses reply replied`,
		"evict":    `evict evicted eviction evictions`,
		"dispatch": `dispatch dispatcher dispatchers`,
	} {
		for w := range strings.FieldsSeq(list) {
			m[w] = stem
		}
	}
})

// positive are words whose negation means "down".
var positive = wordSet(`available reachable responding respond working work running run up accessible online responsive answering possible
		successful successfully functioning function reached accessed executed started start contacted opened ready operational
		usable completed complete delivered established healthy`)

func stemSet(list string) map[string]bool {
	return lazyMap(func(set map[string]bool) {
		for w := range strings.FieldsSeq(list) {
			set[stem(w)] = true
		}
	})
}

// concept is the meaning of a claim as a sorted set of stems, for comparing
// claims with each other.
type concept struct {
	stems   []string
	negated bool
	ids     []string // words with a digit: numbers, versions, tokens
}

func conceptOf(ws []string) concept {
	ws = rephrase(ws)
	c := concept{stems: make([]string, 0, len(ws))}
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if w == "not" || w == "never" || w == "no" {
			if at := skipSmall(ws, i+1); at < len(ws) && positive[ws[at]] {
				c.stems = append(c.stems, "down")
				i = at
				continue
			}
			if i > 0 && (ws[i-1] == "could" || ws[i-1] == "can" || ws[i-1] == "did" || ws[i-1] == "does" || ws[i-1] == "do") {
				c.stems = append(c.stems, "down") // what could not be done failed
				continue
			}
			c.negated = !c.negated
			continue
		}
		if stopWords[w] {
			continue
		}
		if strings.ContainsAny(w, "0123456789") {
			c.ids = append(c.ids, w)
		}
		c.stems = append(c.stems, stem(w))
	}
	slices.Sort(c.stems)
	c.stems = slices.Compact(c.stems)
	slices.Sort(c.ids)
	return c
}

// skipSmall passes over what may stand between "not" and what it negates.
func skipSmall(ws []string, i int) int {
	for i < len(ws) && (ws[i] == "be" || ws[i] == "been" || ws[i] == "being" || ws[i] == "longer" || ws[i] == "properly") {
		i++
	}
	return i
}

// stem cuts the common English endings. It is crude on purpose: both sides of
// a comparison are cut alike.
func stem(w string) string {
	if s, ok := synonyms[w]; ok {
		return s
	}
	for _, end := range []string{"ing", "ed", "es", "s"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 3 && !strings.HasSuffix(rest, "s") {
			rest = undouble(rest, end)
			if s, ok := synonyms[rest]; ok && end == "s" {
				return s
			}
			return strings.TrimSuffix(rest, "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

// undouble makes "dropp" of "dropped" "drop" again.
func undouble(w, end string) string {
	if n := len(w); n > 3 && (end == "ing" || end == "ed") && w[n-1] == w[n-2] && w[n-1] != 'l' && w[n-1] != 's' {
		return w[:n-1]
	}
	return w
}

// has reports whether stems hold s, or a word of its family: "registration"
// for "register".
func has(stems []string, s string) bool {
	const (
		least, most = 6, 6 // letters in common, and of an ending
		short       = 5    // letters in common where the ending is one of nouns
	)
	return slices.ContainsFunc(stems, func(t string) bool {
		if t == s {
			return true
		}
		n := 0
		for n < min(len(s), len(t)) && s[n] == t[n] {
			n++
		}
		if n < short || strings.ContainsAny(s+t, "0123456789") {
			return false
		}
		return n >= least && max(len(s), len(t))-n <= most || nominal[s[n:]] && nominal[t[n:]]
	})
}

// nominal are endings that make a noun of a verb.
var nominal = lazyMap(func(set map[string]bool) {
	set[""] = true
	for w := range strings.FieldsSeq("al ation ion ment er or ance ence y ure ing s ed t e") {
		set[w] = true
	}
})
