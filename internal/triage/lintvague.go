package triage

import (
	"strings"
)

var (
	// vagueNouns say that something was wrong and not what.
	vagueNouns = wordSet(`issue issues problem problems error errors failure failures glitch glitches hiccup hiccups trouble troubles
		outage outages something misconfiguration misconfigured misconfigurations bug bugs wrong instability unstable unknown weird incorrect
		incorrectly improper improperly bad faulty anomaly anomalies somehow stuff things thing incident malfunction malfunctioned malfunctioning
		defect defective broken broke misbehaved misbehaving misbehaviour misbehavior unexpected unexpectedly unclear flaky buggy failed fail
		fails failing behavior behaviour difficulty difficulties degradation degraded overload overloaded fault faults disturbance
		disruption disruptions hitch snag complication inconsistency inconsistencies incompatibility incompatible compatibility crash crashed
		crashes mismatch race corruption corrupt corrupted inconsistent factors factor reasons reason complexity debt luck latency
		timeouts timeout slowness stuck deadlock anomalous irregularity irregularities interruption interruptions unavailability unavailable
		unreliable poor strange circumstances stopped hung hang quirk oddity unhealthy fluke`)
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
		circumstance source origin underlying basic common known short long brief small big large huge`)
)

// isVague reports whether a claim names nothing in particular: all its words
// could be said of any incident, and one says that something was wrong.
func isVague(_ *Node, _ bool, ws []string) bool {
	vague, named := false, 0
	for _, w := range ws {
		for part := range strings.SplitSeq(w, "-") {
			switch {
			case vagueNouns[part]:
				vague = true
			case part == "", stopWords[part], genericWords[part], badly[part]:
			default:
				named++
			}
		}
	}
	return vague && named == 0 || vaguePhrases.match(ws) && named <= 1
}

var vaguePhrases = newLexicon(
	"^2 down|unavailable|offline $", "^1 overload|high load|$", "it was|is dns $", "not work|working|worked|function|respond properly|correctly|well|right|$",
	"stopped working|responding|functioning $", "went down|wrong|bad|haywire|south $", "high|heavy|excessive load $", "something happened|broke|failed|changed",
	"one-off event", "perfect storm", "act of god", "murphy",
)
