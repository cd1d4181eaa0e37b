package triage

import "strings"

var (
	// softNouns say that there was trouble, whatever the thing is called.
	softNouns = wordSet(`issue issues problem problems trouble troubles glitch glitches hiccup hiccups gremlin gremlins wobble wobbles blip blips quirk quirks snag snags oddity oddities
		malfunction malfunctions malfunctioning misbehaviour misbehavior instability anomaly anomalies irregularity irregularities difficulty difficulties disturbance disturbances
		degradation misconfiguration misconfigurations weirdness shenanigans complication complications imperfection deficiency deficiencies shortcoming shortcomings weakness
		weaknesses flaw flaws defect defects bug bugs mishap mess chaos nonsense hickup breakage abnormality abnormalities inconsistency inconsistencies turbulence
		flakiness mistake mistakes regression regressions interaction interactions misalignment disruption disruptions dysfunction hitch hitches bother woes strain constraints constraint limitations limitation`)
	// softVerbs do.
	softVerbs = wordSet(`misbehaved misbehaving misbehaves misbehave malfunctioned malfunctions malfunctioning struggled struggling struggles flaked faltered faltering glitched hiccuped degraded
		degrading misconfigured mis-configured suffered bombed borked botched messed deteriorated deteriorating wobbled`)
	// softAdjectives are said of any thing that is not as it should be.
	softAdjectives = wordSet(`weird strange odd funny unhappy unstable flaky erratic shaky sick wonky iffy dodgy suboptimal sub-optimal improper inadequate unreliable problematic faulty buggy
		defective inconsistent unhealthy unwell abnormal haywire janky crappy sad cranky temperamental moody sluggish poorly broken misconfigured mis-configured imperfect
		unsatisfactory inappropriate unsuitable subpar substandard unexpected haphazard nonoptimal non-optimal unbalanced unforeseen unanticipated unintended unexplained unplanned fragile brittle glitchy jittery`)
	// softPhrases need more than a word.
	softPhrases = newLexicon(
		"act|acted|acting|acts|play|played|playing|plays ~2 up", "acted|acting|behaved|behaving|behaves|behave|looked|felt|got|went|gone|going|became|looking|was|were|is|being ~1 weird|weirdly|strange|strangely|odd|oddly|funny|off|erratic|erratically|unexpectedly|abnormally|haywire|crazy|nuts|mad|wild|bad|south|pear-shaped|sideways|wrong|wonky|unhappy|sick",
		"not ~2 as|like expected|intended|designed|planned|it|should|desired|required", "not ~2 properly|correctly|good|well|right|optimal|optimally|okay|stable|healthy|adequately|smoothly|correct|appropriate|adequate|satisfactory|reliably|happy|perfect|ideal $",
		"not working|function|functioning|work|operate|behave ~1 good|well|properly|correctly|right|as|normally|$", "under ~2 load|pressure|stress|strain $", "heavy|high|excessive|increased|too load|usage|utilization|utilisation|demand|pressure $",
		"insufficient|inadequate|limited|constrained|lacking|not|scarce ~1 resources|capacity|resource $", "race condition|conditions ~2 occurred|happened|existed|exists|was|$", "edge|corner case|cases ~1 $", "human|technical|internal|unknown|unexpected|unspecified|generic error|failure|reason|reasons|cause|fault|condition|event",
		"came|comes down to configuration|the", "some|any|one ~1 kind|sort|type|form of", "something ~2 wrong|off|odd|strange|weird|broke|broken|broken|happened|failed|changed|up|bad|weird|misbehaved|fishy",
		"things ~1 got|went|were|broke|became|started|fell", "connectivity|connection|service loss|drop|drops|interruption $", "loss of connectivity|connection|service|function|functionality|performance|stability|quality $", "bad|weird|strange|odd|inconsistent|undefined|unhealthy|unknown|wrong state|shape|condition $", "^1 external|environmental|adverse|unfavourable|unfavorable|special|unusual|local conditions|circumstances|influences|factors|events", "underperformed|underperforms|underperforming $", "not ~1 perform|performing|performed ~1 optimally|adequately|well|properly|acceptably|$", "a ~1 thing $", "went ~1 badly|poorly|terribly", "under the weather", "not ~1 robust|resilient|scalable|reliable|mature|strong|fast|big|stable|good ~1 enough|$", "could|can|did|does not ~1 scale $", "in a|an bad|weird|strange|odd|inconsistent|undefined|unhealthy|degraded|unknown|unexpected|wrong|poor ~1 state|shape|condition|mood|way", "having|had|has|have|with|experienced|experiencing|encountered|suffered|facing|faced ~4 moment|fit|tantrum|wobble|bad|hard|rough",
		"left ~1 much to", "up the creek", "fell|falling|fall over|apart|down $", "could|can|did|does not cope|keep|handle ~3 it|load|up|traffic|demand|volume|pressure|$", "^3 imperfect|improper|incorrect|inadequate|suboptimal|poor|bad|wrong|faulty|flawed|deficient ~2 configuration|config|setup|settings|handling|implementation|design|architecture|code|deployment|logic|setting|sizing|tuning|usage|management|quality|performance",
	)
	// adjoined follow such a noun where it is only the first part of a name:
	// "issue tracker", "bug fix".
	adjoined = wordSet(`test tests suite suites tracker trackers ticket tickets record records report reports management manager queue fix fixes fixed bounty template list log code codes
		id ids category type types field form key keys table page board number link`)
	// commonplace words name nothing either; they stand beside such words.
	commonplace = wordSet(`solution solutions product products tier tiers stack stacks box boxes appliance appliances instance instances subsystem subsystems engine engines landscape setup setups
		upstream downstream dependency dependencies tenant tenants region component's layer layers microservice microservices estate fabric farm fleet asset assets unit units
		tech technology technologies technical infra it ict business enterprise corporate company organisation organization department office whole entire overall various certain
		underlying inherent hidden deeper fundamental core central main key essential critical important major minor significant considerable
		introduced introduce introduces contributed contribute contributing affected affecting affects impacted impacting impacts originated originate originates originating arose
		arise arises arising lies lay lie exist existed exists involved stemmed stems stemming resulted results caused observed identified detected found discovered reported noticed
		came come comes emerged developed encountered led leads appears appeared seems seemed looks looked sits existed manifested turned turns
		quality stability reliability behaviour behavior health state status operation operations functioning conditions condition circumstances case cases scenario situation situations edge corner
		logic handling implementation design architecture coding programming code codebase algorithm tuning sizing setup processing management managing
		production prod live staging test environment environments area place part parts site somewhere anywhere everywhere elsewhere
		robust resilient scalable reliable mature strong fast enough good better worse worst best optimal ideal adequate appropriate suitable proper correct right fine normal healthy stable happy expected intended
		period long longer short brief previous previously earlier late later recent recently lately new newly old older current currently present
		couple few several number lot lots bunch bit little much very quite really rather too somewhat fairly pretty extremely highly heavily badly
		during throughout across within between among inside outside around after before since until upon following failover switchover restart reboot migration
		month week weekend day days weeks months patch patching upgrade upgrades update updates rollout maintenance cutover switch
		server-side client-side back-end front-end backend frontend web-based cloud-based on-prem
		telephony telecoms comms comm voice line lines circuit circuits trunk trunks path paths wire wires radio phone phones call calls
		storage disk disks array arrays volume volumes san nas filesystem hypervisor virtualisation virtualization vmware vm vms guest guests
		windows linux unix domain directory registry ad gpo group policy policies exchange dispatch location equipment station stations
		kind sort type form manner nature degree extent level team's user's customer's demand usage utilisation utilization pressure stress strain load
		query queries plan plans table tables schema index replication replica contention lock locks locking transaction transactions connections pool
		scheduler scheduling job jobs batch queue messaging bus broker integration integrations partner interface interfaces api apis endpoint
		identity sso auth authentication login token tokens secrets secret credentials key keys certificate certificates pki tls
		pipeline pipelines build builds runner runners automation deploy deployment artifact artefact
		monitor monitoring metrics alerting logging traces dashboards platform's psap cad ali gis routing geo mapping data feed feeds
		java jvm heap thread threads gc garbage runtime library libraries framework frameworks dependency
		bios firmware board fan power supply cooling sensor raid battery chassis server's blade enclosure ilo idrac
		there's it's its that's what's weren't wasn't any some all no not nothing none`)
)

// soft reports whether words say of a thing only that it was not well.
func soft(ws []string) bool {
	const most = 1 // names that such a claim may have
	told, named := softPhrases.match(ws), 0
	for i, w := range ws {
		if strings.ContainsAny(w, "0123456789_[%/") {
			return false
		}
		switch {
		case softNouns[w]:
			if i+1 < len(ws) && adjoined[ws[i+1]] {
				return false
			}
			told = true
		case softVerbs[w], softAdjectives[w] && !followed(ws, i):
			told = true
		case softAdjectives[w], w == ";", stopWords[w], genericWords[w], commonplace[w], vagueNouns[w], badly[w], small[w], adverbs[w], strings.HasSuffix(w, "ly"):
		default:
			named++
		}
	}
	return told && named <= most && len(ws) <= 16
}

// followed reports whether an adjective stands before a noun that names
// something.
func followed(ws []string, i int) bool {
	if i+1 >= len(ws) {
		return false
	}
	w := ws[i+1]
	return w != ";" && !stopWords[w] && !genericWords[w] && !commonplace[w] && !vagueNouns[w]
}
