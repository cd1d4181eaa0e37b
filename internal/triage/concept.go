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

var (
	// positive are words whose negation means "down".
	positive = wordSet(`available reachable responding respond working work running run up accessible online responsive answering possible
		successful successfully functioning function reached accessed executed started start contacted opened ready operational
		usable completed complete delivered established healthy`)
	// sayings are said in several words what one would say.
	sayings = []struct{ from, to string }{
		{"no longer valid", "expired"},
		{"no space left", "full"},
		{"no free", "full"},
		{"no more", "full"},
		{"ran out of", "full"},
		{"run out of", "full"},
		{"out of", "full"},
		{"used up", "full"},
		{"reached its limit", "full"},
		{"at its limit", "full"},
		{"performance was degraded", "slow"},
		{"performance degraded", "slow"},
		{"degraded performance", "slow"},
		{"poor performance", "slow"},
		{"took too long", "slow"},
		{"too slow", "slow"},
		{"too much", "high"},
		{"too many", "high"},
		{"lost connectivity", "down"},
		{"lost connection", "down"},
		{"lost the connection", "down"},
		{"out of space", "full"},
		{"ran out of space", "full"},
		{"ran out of disk space", "full"},
		{"log in", "login"},
		{"logged in", "login"},
		{"sign in", "login"},
		{"log on", "login"},
		{"ran into a timeout", "timeout"},
		{"timed out", "timeout"},
		{"time out", "timeout"},
		{"run into timeouts", "timeout"},
		{"load was too high", "overloaded"},
		{"load of the server was too high", "overloaded"},
		{"could not be written", "read-only"},
		{"not writable", "read-only"},
		{"powered off", "down"},
		{"switched off", "down"},
		{"database server", "database"},
		{"db server", "db"},
		{"web server", "website"},
		{"mail server", "mail"},
		{"latency was high", "slow"},
		{"high latency", "slow"},
		{"lag was high", "slow"},
		{"high lag", "slow"},
		{"lagged behind", "slow"},
		{"was behind", "slow"},
		{"latency was too high", "slow"},
		{"locked out", "locked"},
		{"gone down", "down"},
		{"went down", "down"},
		{"shut down", "down"},
		{"not ready", "notready"},
		{"went missing", "lost"},
		{"mail delivery", "mail"},
		{"out of memory", "memory full"},
		{"oomkilled", "memory killed"},
		{"oom-killed", "memory killed"},
		{"oom killed", "memory killed"},
		{"out of service", "down"},
		{"validity ended", "expired"},
		{"validity expired", "expired"},
		{"validity lapsed", "expired"},
		{"out of order", "down"},
		{"out of action", "down"},
		{"out of sync", "stale"},
		{"out of date", "stale"},
		{"not up to date", "stale"},
		{"ran low on", "full"},
		{"running low on", "full"},
		{"short of", "full"},
		{"no remaining", "full"},
		{"zero free", "full"},
		{"at capacity", "full"},
		{"at full capacity", "full"},
		{"at its capacity", "full"},
		{"at its maximum", "full"},
		{"at maximum", "full"},
		{"reached its maximum", "full"},
		{"reached the maximum", "full"},
		{"reached the limit", "full"},
		{"hit the limit", "full"},
		{"hit its limit", "full"},
		{"at the limit", "full"},
		{"reached capacity", "full"},
		{"reached its capacity", "full"},
		{"maxed out", "full"},
		{"100 %", "full"},
		{"100%", "full"},
		{"100 percent", "full"},
		{"could not extend", "full"},
		{"fully utilized", "full"},
		{"fully utilised", "full"},
		{"fully used", "full"},
		{"fully occupied", "full"},
		{"completely used", "full"},
		{"not enough", "full"},
		{"too little", "full"},
		{"filled up", "full"},
		{"filling up", "full"},
		{"went offline", "down"},
		{"went dark", "down"},
		{"went away", "down"},
		{"goes down", "down"},
		{"going down", "down"},
		{"fell over", "down"},
		{"came to a halt", "stopped"},
		{"came to a stop", "stopped"},
		{"came to a standstill", "stopped"},
		{"standing still", "stopped"},
		{"stood still", "stopped"},
		{"ground to a halt", "stopped"},
		{"no longer", "not"},
		{"stopped working", "down"},
		{"stopped functioning", "down"},
		{"turned off", "disabled"},
		{"switched off", "disabled"},
		{"turned down", "refused"},
		{"gave up", "stopped"},
		{"ceased to", "not"},
		{"failed to", "not"},
		{"fails to", "not"},
		{"failing to", "not"},
		{"fail to", "not"},
		{"refused to", "not"},
		{"refuses to", "not"},
		{"neglected to", "not"},
		{"piled up", "accumulated"},
		{"piling up", "accumulated"},
		{"built up", "accumulated"},
		{"building up", "accumulated"},
		{"backed up", "accumulated"},
		{"up and down", "flapped"},
		{"on and off", "flapped"},
		{"again and again", "repeatedly"},
		{"over and over", "time"},
		{"take place", "happen"},
		{"took place", "happened"},
		{"taking place", "happening"},
		{"get through", "work"},
		{"go through", "work"},
		{"going through", "work"},
		{"pick up", "answer"},
		{"picked up", "answered"},
		{"response time", "latency"},
		{"response times", "latency"},
		{"responded slowly", "slow"},
		{"response was slow", "slow"},
		{"behind the primary", "behind"},
		{"behind the master", "behind"},
		{"behind the leader", "behind"},
		{"behind its primary", "behind"},
		{"behind its source", "behind"},
		{"behind schedule", "late"},
		{"within its window", "in time"},
		{"in one direction", "one-way"},
		{"one direction", "one-way"},
		{"one side only", "one-way"},
		{"higher miss rate", "low hit rate"},
		{"miss rate rose", "hit rate dropped"},
		{"miss rate increased", "hit rate dropped"},
		{"more misses", "low hit rate"},
		{"went wrong", "failed"},
		{"signing in", "login"},
		{"logging in", "login"},
		{"logging on", "login"},
		{"sign on", "login"},
		{"signed in", "login"},
		{"log on", "login"},
		{"logged on", "login"},
		{"log into", "login"},
		{"logging into", "login"},
		{"sign into", "login"},
		{"cut off", "disconnected"},
		{"dropped out", "disconnected"},
		{"up to date", "current"},
		{"non responsive", "unresponsive"},
		{"in error", "failed"},
		{"lost power", "power down"},
	}
)

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

// phrase is a phrase by its words.
type phrase struct{ from, to []string }

// sayingsBy are the sayings by their first word, longer ones first.
var sayingsBy = lazyMap(func(m map[string][]phrase) {
	for _, p := range sayings {
		from := strings.Fields(p.from)
		m[from[0]] = append(m[from[0]], phrase{from, strings.Fields(p.to)})
	}
	for _, list := range m {
		slices.SortStableFunc(list, func(a, b phrase) int { return len(b.from) - len(a.from) })
	}
})

// rephrase puts one word for a phrase that says as much.
func rephrase(ws []string) []string {
	var out []string
	for i := 0; i < len(ws); {
		at := slices.IndexFunc(sayingsBy[ws[i]], func(p phrase) bool {
			return len(p.from) <= len(ws)-i && slices.Equal(p.from, ws[i:i+len(p.from)])
		})
		switch {
		case at >= 0:
			if out == nil {
				out = append(make([]string, 0, len(ws)), ws[:i]...)
			}
			p := sayingsBy[ws[i]][at]
			out = append(out, p.to...)
			i += len(p.from)
			continue
		case out != nil:
			out = append(out, ws[i])
		}
		i++
	}
	if out == nil {
		return ws
	}
	return out
}

// stem cuts the common English endings. It is crude on purpose: both sides of
// a comparison are cut alike.
func stem(w string) string {
	if s, ok := synonyms[w]; ok {
		return s
	}
	for _, end := range []string{"ing", "ed", "es", "s"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 3 && !strings.HasSuffix(rest, "s") {
			return strings.TrimSuffix(undouble(rest, end), "e")
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
	const least, most = 6, 6 // letters in common, and of an ending
	return slices.ContainsFunc(stems, func(t string) bool {
		if t == s {
			return true
		}
		n := 0
		for n < min(len(s), len(t)) && s[n] == t[n] {
			n++
		}
		return n >= least && max(len(s), len(t))-n <= most && !strings.ContainsAny(s+t, "0123456789")
	})
}
