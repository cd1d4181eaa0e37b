package triage

import (
	"slices"
	"strings"
)

var (
	// vagueNouns say that something was wrong and not what.
	vagueNouns = wordSet(`issue issues problem problems error errors failure failures glitch glitches hiccup hiccups trouble troubles
		outage outages something misconfiguration misconfigured misconfigurations bug bugs wrong instability fluctuation fluctuations unstable unknown weird incorrect
		incorrectly improper improperly bad faulty anomaly anomalies somehow stuff things thing incident malfunction malfunctioned malfunctioning
		defect defective broken broke misbehaved misbehaving misbehaviour misbehavior unexpected unexpectedly unclear flaky buggy failed fail
		fails failing behavior behaviour difficulty difficulties degradation degraded overload overloaded fault faults disturbance
		disruption disruptions hitch snag complication inconsistency inconsistencies incompatibility incompatible compatibility crash crashed
		crashes mismatch race corruption corrupt corrupted inconsistent factors factor reasons reason complexity debt luck latency
		timeouts timeout slowness stuck deadlock anomalous irregularity irregularities interruption interruptions unavailability unavailable
		unreliable poor strange circumstances stopped hung hang quirk oddity unhealthy fluke acting bottleneck`)
	// genericWords name no particular thing: every system has them.
	genericWords = wordSet(`network networking dns server servers system systems database databases db config configuration configurations
		settings setting memory cpu disk disks performance hardware software application applications app apps code storage service
		services infrastructure platform environment environmental component components connection connections connectivity internal
		external technical general generic random temporary transient intermittent sporadic major minor serious severe some kind
		sort type went go gone going occurred happened happening happens caused causes cause root related various several multiple
		different many certain possible possibly probably maybe likely due certificate certificates tls ssl security api backend
		frontend web website site cluster clusters node nodes pod pods host hosts machine machines vm vms load resource resources deployment deployments deploy
		release change changes update updates upgrade process processes processing application's not no work working worked down slow high low heavy
		data queue queues cache caches human unspecified other others power cooling cloud virtualization virtual hypervisor kubernetes k8s docker
		container containers firewall balancer switch switches router routers voice phone telephony printer print vendor provider
		backup backups monitoring logging login logins log logs session sessions authentication authorization authorisation permission
		permissions access quality communication interface integration synchronization synchronisation sync timing time
		capacity combination version versions legacy old equipment device devices between within during inside around across properly
		correctly well right case nature behave behaved behaving encountered experienced experiencing responding suffered
		involved itself just simply there was single one-off one event external factor job jobs script user users client clients request requests
		traffic link line lines file files side middleware proxy gateway endpoint module library firmware driver package
		unit part parts piece program tool field area functionality function feature operation operational operations mail email
		message messaging broker agent thread threads garbage collection identity directory domain account accounts
		infrastructure-related network-related hardware-related configuration-related software-related us me them anything everything
		today yesterday morning night evening suddenly kept keep getting get got became become having making made problematic
		circumstance end ends up source origin available reachable underlying basic common known short long brief small big large huge`)
)

// isVague reports whether a claim names nothing in particular: all its words
// could be said of any incident, and one says that something was wrong.
func isVague(_ *Node, _ bool, ws []string) bool {
	vague, named := false, 0
	for _, w := range ws {
		for more := true; more; {
			var part string
			part, w, more = strings.Cut(w, "-")
			switch {
			case vagueNouns[part]:
				vague = true
			case part == "", stopWords[part], genericWords[part], badly[part], commonplace[part], strings.HasSuffix(part, "ly"):
			default:
				named++
			}
		}
	}
	return vague && named == 0 || vaguePhrases.match(ws) && named <= 1 || nameAndTrouble(ws) || soft(ws)
}

// troubles say of a thing only that there was something with it.
var troubles = wordSet(`issue issues problem problems trouble troubles error errors failure failures fault faults glitch glitches bug bugs outage
	outages malfunction misconfiguration instability hiccup hiccups`)

// nameAndTrouble reports whether a claim is the name of a thing and that there
// was trouble with it: "Vault problem", "issues with Active Directory".
func nameAndTrouble(ws []string) bool {
	const most = 3 // words of a name
	if slices.ContainsFunc(ws, func(w string) bool { return strings.ContainsAny(w, "0123456789[;") }) {
		return false
	}
	for i, w := range ws {
		if !troubles[w] {
			continue
		}
		rest := ws[i+1:]
		if len(rest) > 0 && (rest[0] == "with" || rest[0] == "in" || rest[0] == "on" || rest[0] == "of" || rest[0] == "at") {
			return i <= 3 && len(rest) <= most+2 && !slices.ContainsFunc(ws, verbal)
		}
		return len(rest) == 0 && i <= most && !slices.ContainsFunc(ws, verbal)
	}
	return false
}

func verbal(w string) bool { return isPast(w) && !vagueNouns[w] || finite[w] }

var vaguePhrases = newLexicon(
	"was|were|is|are|been down|unavailable|offline $", "was|were|is not available|reachable|ok $", "legacy code|software|system|systems $", "^1 overload|high load|$", "it was|is dns $", "not work|working|worked|function|respond properly|correctly|well|right|$",
	"stopped working|responding|functioning $", "went down|wrong|bad|haywire|south $", "high|heavy|excessive load $", "something happened|broke|failed|changed",
	"was|were|is|got|became ~1 slow|sluggish|overloaded|laggy|busy $", "drift $", "one-off event", "perfect storm", "act of god", "murphy",
)
