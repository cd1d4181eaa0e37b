package triage

import (
	"slices"
	"strings"
)

// sayings are said in several words what one would say.
var sayings = []struct{ from, to string }{
	{"no longer valid", "expired"},
	{"no space left", "full"},
	{"no free", "full"},
	{"no more", "full"},
	{"ran out of", "full"},
	{"run out of", "full"},
	{"out of", "full"},
	{"reached its limit", "full"},
	{"at its limit", "full"},
	{"performance was degraded", "slow"},
	{"performance degraded", "slow"},
	{"degraded performance", "slow"},
	{"poor performance", "slow"},
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
	{"run into timeouts", "timeout"},
	{"load was too high", "overloaded"},
	{"load of the server was too high", "overloaded"},
	{"could not be written", "read-only"},
	{"not writable", "read-only"},
	{"database server", "database"},
	{"db server", "db"},
	{"web server", "website"},
	{"mail server", "mail"},
	{"latency was high", "slow"},
	{"high latency", "slow"},
	{"lag was high", "slow"},
	{"high lag", "slow"},
	{"was behind", "slow"},
	{"latency was too high", "slow"},
	{"locked out", "locked"},
	{"not ready", "notready"},
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
	{"100 %", "full"},
	{"100%", "full"},
	{"100 percent", "full"},
	{"could not extend", "full"},
	{"fully utilized", "full"},
	{"fully utilised", "full"},
	{"fully used", "full"},
	{"fully busy", "full"},
	{"completely busy", "full"},
	{"fully occupied", "full"},
	{"completely used", "full"},
	{"not enough", "full"},
	{"too little", "full"},
	{"came to a halt", "stopped"},
	{"came to a stop", "stopped"},
	{"came to a standstill", "stopped"},
	{"standing still", "stopped"},
	{"stood still", "stopped"},
	{"ground to a halt", "stopped"},
	{"no longer", "not"},
	{"stopped working", "down"},
	{"stopped functioning", "down"},
	{"ceased to", "not"},
	{"failed to", "not"},
	{"fails to", "not"},
	{"failing to", "not"},
	{"fail to", "not"},
	{"refused to", "not"},
	{"refuses to", "not"},
	{"neglected to", "not"},
	{"up and down", "flapped"},
	{"on and off", "flapped"},
	{"again and again", "repeatedly"},
	{"over and over", "time"},
	{"response time", "latency"},
	{"lost sight of", "not shown"},
	{"turned itself off", "turned off"},
	{"switched itself off", "switched off"},
	{"shut itself down", "down"},
	{"through the roof", "high"},
	{"queue backed up", "queue accumulated"},
	{"queues backed up", "queues accumulated"},
	{"take over", "failover"},
	{"took over", "failover"},
	{"taking over", "failover"},
	{"takes over", "failover"},
	{"any more", "anymore"},
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
	{"up to date", "current"},
	{"non responsive", "unresponsive"},
	{"in error", "failed"},
	{"lost power", "power down"},
	{"gateway timeout", "504"},
	{"gateway timeouts", "504"},
	{"bad gateway", "502"},
	{"service unavailable", "503"},
	{"internal server error", "500"},
	{"internal server errors", "500"},
	{"access denied", "403"},
	{"rate limited", "429"},
	{"too many requests", "429"},
	{"out of step", "diverged"},
	{"out of sync", "diverged"},
	{"in sync", "replicated"},
	{"logged off", "login lost"},
	{"logged out", "login lost"},
	{"signed out", "login lost"},
	{"single sign-on", "sso"},
	{"single sign on", "sso"},
	{"load balancer", "lb"},
	{"load balancers", "lb"},
	{"load-balancer", "lb"},
	{"power supply", "psu"},
	{"power supplies", "psu"},
	{"garbage collection", "gc"},
	{"active directory", "ad"},
	{"domain controller", "dc"},
	{"domain controllers", "dc"},
	{"access point", "ap"},
	{"access points", "ap"},
	{"file system", "filesystem"},
	{"virtual machine", "vm"},
	{"virtual machines", "vm"},
	{"outofmemoryerror", "memory full"},
	{"from time to time", "intermittently"},
	{"every now and then", "intermittently"},
	{"now and then", "intermittently"},
	{"lost access to", "unavailable"},
	{"lost track of", "lost"},
	{"in time", "late"},
	{"on time", "late"},
	{"passed its expiry date", "expired"},
	{"past its expiry date", "expired"},
	{"past its expiry", "expired"},
	{"reached its expiry", "expired"},
	{"ran past its window", "late"},
	{"too hot", "hot"},
	{"too long", "slow"},
}

// verbNouns are activities that are written as two words where they are verbs.
var verbNouns = []struct{ verb, noun string }{
	{"check out", "checkout"},
	{"check in", "checkin"},
	{"back up", "backup"},
	{"fail over", "failover"},
	{"roll back", "rollback"},
	{"roll out", "rollout"},
	{"look up", "lookup"},
	{"hand over", "handover"},
	{"log off", "logoff"},
	{"fail back", "failback"},
	{"pay out", "payout"},
	{"page out", "pageout"},
}

// phrase is a phrase by its words.
type phrase struct{ from, to []string }

// sayingsBy are the sayings by their first word, longer ones first.
var sayingsBy = lazyMap(func(m map[string][]phrase) {
	add := func(from []string, to string) { m[from[0]] = append(m[from[0]], phrase{from, strings.Fields(to)}) }
	for _, p := range sayings {
		add(strings.Fields(p.from), p.to)
	}
	phrasalForms(add)
	for _, c := range verbNouns {
		verb, particle, _ := strings.Cut(c.verb, " ")
		for _, v := range inflected(verb) {
			add([]string{v, particle}, c.noun)
		}
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
