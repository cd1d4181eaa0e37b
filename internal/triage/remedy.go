package triage

import (
	"slices"
	"strings"
)

// That a remedy was missing is told in few ways: there was none, too little of
// it, nobody had brought it in, it had yet to come. What tells a remedy from a
// part that a mechanism lacks ("the pod had no memory limit") is the head of
// the noun phrase, and who is said to be without it.
var (
	// sureRemedies are practices, tools and reserves; nothing breaks that loses
	// one of them.
	sureRemedies = singulars(`monitoring alerting observability telemetry tracing instrumentation dashboard redundancy failover fail-over fallback high-availability ha
		failsafe fail-safe autoscaling auto-scaling autoscaler runbook playbook checklist documentation training rehearsal drill exercise audit review code-review walkthrough
		governance ownership standardisation standardization automation orchestration canary canaries blue-green staging sandbox rollback roll-back backout back-out
		guardrail safeguard circuit-breaker breaker bulkhead backpressure back-pressure backoff throttling rate-limiting rate-limiter ratelimit ratelimiting limiter waf ids ips siem
		scanner linter linting test-coverage coverage test tests testing regression load-test load-testing stress-test stress-testing smoke-test
		chaos-testing dr bcp disaster-recovery capacity-planning planning forecasting cmdb inventory iac gitops terraform infrastructure-as-code feature-flag kill-switch dead-letter dlq dead-letter-queue
		poddisruptionbudget pdb segmentation micro-segmentation hardening patching resilience resiliency scalability elasticity georedundancy geo-redundancy diversity
		load-balancer balancer cdn waf secrets-manager secret-manager mfa 2fa pam laps intune sccm wsus antivirus edr dlp four-eyes peer-review sign-off signoff change-freeze freeze
		postmortem retrospective game-day gameday rota escalation handbook wiki knowledge-base sop sla slo ola qa housekeeping hygiene oversight foresight supervision
		stewardship accountability capability capabilities recovery-site rehearsals segregation separation analysis pooler approach pattern paradigm model concept style orchestrator remediation runbooks recertification limiting shedding balancing pooling throttle batching sharding budget funding investment headcount staffing manpower personnel spare ups generator cert-manager
		dual-homing multihoming multi-homing multi-az multi-region active-active geo-replication sharding partitioning isolation tiering deduplication defence-in-depth
		defense-in-depth least-privilege zero-trust servicemesh service-mesh prometheus grafana datadog splunk pagerduty kubernetes ansible puppet sentinel patroni pgbouncer
		standard guideline best-practice practice discipline rigour rigor methodology framework risk-assessment assessment impact-analysis simulation rehearsing verification
		data-guard dataguard always-on alwayson governor tooling precaution contingency countermeasure mitigation prevention visibility
		awareness knowledge skill skillset know-how expertise competence stress-tests idempotency input-validation sanity-check sanity-checks pre-check pre-checks preflight
		lifecycle-management asset-management patch-management change-management release-management incident-management problem-management configuration-management`)
	// likelyRemedies are also parts of mechanisms: they count where nothing is
	// said of a particular thing that lacks one.
	likelyRemedies = singulars(`plan policy process procedure mechanism control protection tool platform solution management maintenance strategy standby replica backup cluster
		pipeline validation check cache quota limit retry retries timeout alert alarm schedule separation approval agreement contract site datacenter datacentre data-centre
		environment env concept principle upgrade refresh replacement support staff engineer resource
		design architecture versioning encryption archiving retention rotation
		renewal cross-check comparison catalogue catalog calendar handover integration map overview matrix diagram register buffer way means possibility cooling snapshot pooling restore recovery`)
	// wished are words that only praise what one has not got.
	wished = wordSet(`standby proper adequate sufficient enough formal formalised formalized automated automatic automatical second secondary redundant dedicated central
		centralised centralized comprehensive regular documented systematic enterprise-grade end-to-end diverse spare independent robust appropriate effective
		consistent standardised standardized defined clear graceful periodic routine rigorous structured mandatory modern better hot warm cold geo-diverse
		geo-redundant offsite off-site multi-region cross-region georedundant additional extra alternative alternate up-to-date uniform unified organisation-wide company-wide
		well-defined agreed tested rehearsed preventive preventative proactive thorough official established full-time in-depth holistic reliable scheduled`)
	// none begins what is not there.
	noneOf = wordSet(`no non-availability nonavailability non-existence nonexistence lack lacks lacked lacking missing without absence insufficient inadequate poor limited incomplete immature ad-hoc weak zero scant
		nonexistent non-existent absent outdated rudimentary little few any unsatisfactory neglected`)
	// phraseEnd are words at which a noun phrase ends.
	phraseEnd = wordSet(`for of in at on to with between from across around against by that which who whose when during before after under over into is are was were be been has have
		had did does do not never would could should can will until because since as so and or but per within upon via through where while if than
		requiring covering preventing ensuring showing allowing enforcing making there yet behind`)
	// brought is what is done with remedies.
	brought = wordSet(`implemented installed available deployed bought adopted enabled used done automated configured performed introduced
		established planned tested carried written created purchased added defined executed rehearsed reviewed given built provided maintained scheduled conducted foreseen
		considered documented set present exist existed existing exists rolled agreed tracked practised practiced centralised centralized kept procured fitted put commissioned ordered
		budgeted funded approved set-up setup provisioned run applied followed enforced required mandated specified designed included integrated
		developed made arranged provisioned recertified aligned coordinated trained purchased licensed in-place place ever enacted prepared appointed hired assigned contracted
		wired connected ever held laid dug`)
	// bodies are who may have remedies.
	bodies = wordSet(`we they i team teams company organisation organization business department site sites county psap office branch service system systems application platform solution
		pipeline environment deployment infrastructure project operators operations staff engineers developers management enterprise estate agency
		state city datacenter datacentre plant region product process city hospital unit group it there release network stack codebase landscape
		repository component components module vendor provider client app nobody noone no-one one everyone anybody`)
)

// singulars is a set of nouns with their plurals.
func singulars(list string) map[string]bool {
	return lazyMap(func(set map[string]bool) {
		for w := range strings.FieldsSeq(list) {
			set[w] = true
			set[strings.TrimSuffix(w, "s")+"s"] = true
			if s, ok := strings.CutSuffix(w, "y"); ok {
				set[s+"ies"] = true
			}
		}
	})
}

// remedyPhrase reads a noun phrase from i: whether its nouns are a remedy for
// sure or likely, whether it is praised, and where it ends.
func remedyPhrase(ws []string, i int) (sure, likely, praised bool, end int) {
	head := ""
	for end = i; end < len(ws) && end < i+8; end++ {
		w := ws[end]
		if w == "a" || w == "an" || w == "the" || w == "any" || w == "our" || w == "of" && end == i || w == "kind" || w == "form" || w == "sort" || w == "real" {
			continue
		}
		if (w == "of" || w == "and" || w == "or") && end > i && (ws[end-1] == "kind" || ws[end-1] == "form" || ws[end-1] == "sort" || praised && wished[ws[min(end+1, len(ws)-1)]]) {
			continue
		}
		if w == ";" || phraseEnd[w] && w != "of" || w == "of" && end > i {
			break
		}
		if wished[w] && head == "" {
			praised = true
			continue
		}
		if first, _, ok := strings.Cut(w, "-"); ok && (wished[first] || numerals[first]) {
			praised = true // "hot-standby", "two-person"
		}
		if isPast(w) && w != "read" && !sureRemedies[w] || noneOf[w] {
			break
		}
		head = w
		sure = sure || sureRemedies[w]
	}
	last := head[strings.LastIndexByte(head, '-')+1:]
	sure = sure || sureRemedies[last] || conduct(last) || strings.Contains(head, "-") && sureRemedies[strings.ReplaceAll(head, "-", "")]
	likely = likelyRemedies[head] || likelyRemedies[last]
	return sure, likely, praised && head != "", end
}

var numerals = wordSet("two three four dual double triple multi n second")

// conduct reports whether a noun by its ending is something that people do, and
// no part of a machine.
func conduct(w string) bool {
	if len(w) < 9 || partsLike[w] {
		return false
	}
	for _, end := range []string{"isation", "ization", "ination", "ification", "egation", "igation", "uation", "ulation", "iation", "inance", "igence", "ability", "ibility", "acity", "ancy", "ship", "ness", "ering", "ling", "ning", "ting"} {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}

// partsLike have such an ending and are parts.
var partsLike = wordSet(`destination authorization authorisation notification specification application translation association information location allocation negotiation
	combination configuration determination termination initialization initialisation synchronization synchronisation serialization serialisation normalization
	modification verification identification qualification indication publication continuation evaluation valuation encapsulation accumulation
	availability reachability string routing setting listing heading padding encoding binding mapping building listening
	remaining beginning meaning warning running spelling ceiling sibling cooling filling polling stalling ordering string numbering
	operating connecting existing waiting starting resulting pointing permitting accepting exhausting electing hosting getting reporting writing formatting
	 responding corresponding incoming outgoing signalling signaling cabling connectivity quality capacity vacancy latency currency frequency tendency
	dependency consistency discrepancy`)

// wishesRemedy reports whether words say that a remedy was missing.
func wishesRemedy(ws []string) bool {
	for i, w := range ws {
		switch {
		case noneOf[w]:
			if w == "missing" && i > 0 && i <= 4 && (i+1 == len(ws) || phraseEnd[ws[i+1]]) { // "patch management tool missing"
				if sure, likely, praised, end := remedyPhrase(ws, 0); end >= i-1 && (sure || likely || praised) {
					return true
				}
			}
			if noRemedy(ws, i) {
				return true
			}
		case w == "yet" && i+1 < len(ws) && ws[i+1] == "to", w == "still" && i+2 < len(ws) && ws[i+1] == "to" && ws[i+2] == "be":
			if slices.ContainsFunc(ws[i+1:], func(w string) bool { return brought[w] || adopting[w] }) {
				return true
			}
		case (w == "not" || w == "never" || i == 0 && (w == "nobody" || w == "no-one" || w == "noone") || w == "one" && i == 1 && ws[0] == "no") && i+1 < len(ws):
			if notBrought(ws, i) {
				return true
			}
		case i > 0 && needs[w] && i+2 < len(ws) && (ws[i+1] == "a" || ws[i+1] == "an"):
			sure, likely, praised, end := remedyPhrase(ws, i+1)
			if sure || likely || praised || end+1 < len(ws) && (ws[end] == "such" || ws[end] == "like") {
				return true
			}
		case (w == "should" || w == "ought") && i > 0 && i <= 8 && !slices.ContainsFunc(ws, func(w string) bool { return wouldBe[w] || strings.ContainsAny(w, "0123456789") }):
			if slices.ContainsFunc(ws[i+1:min(i+4, len(ws))], func(w string) bool { return w == "have" || w == "be" || w == "exist" || w == "been" }) {
				return true
			}
		case deferred[w] && i+1 < len(ws) && (i == 0 || folk[ws[i-1]] || auxiliary[ws[i-1]] || bodies[ws[i-1]]):
			sure, likely, praised, end := remedyPhrase(ws, i+1)
			if acquired[at0(ws, end-1)] && at0(ws, end) == "of" {
				sure, likely, praised, _ = remedyPhrase(ws, end+1)
			}
			if sure || likely || praised {
				return true
			}
		}
	}
	return false
}

var (
	// wouldBe say that "should" tells of a rule and not of a wish.
	wouldBe  = wordSet("that which but instead although though whereas while known noticed realised realized")
	needs    = wordSet("needed need needs required requires wanted deserves ")
	deferred = wordSet("deferred postponed delayed skipped shelved cancelled canceled rejected declined cut")
	acquired = wordSet("procurement purchase introduction rollout roll-out adoption implementation installation deployment acquisition upgrade migration")
	adopting = wordSet(`enforce enforces require mandate foresee introduce adopt implement install deploy buy purchase set put build add enable use run perform do conduct have had employ provide offer support include
		roll procure fit fitted establish establishing invest write maintain define document test rehearse practise practice schedule plan create order commission setting
		adopting using having doing running performing`)
)

// noRemedy reports whether the "no" at i denies a remedy.
func noRemedy(ws []string, i int) bool {
	sure, likely, praised, end := remedyPhrase(ws, i+1)
	if !sure && !likely && !praised && end > i+1 && i <= 3 && end-i <= 5 {
		// Of what a claim says first that there is none, only the parts of
		// machines can be lost.
		likely = !partOfMachine(ws[i+1:end]) && (ws[i] != "missing" && ws[i] != "no" || end == len(ws)) && !slices.ContainsFunc(ws, func(w string) bool { return strings.ContainsAny(w, "0123456789_/") })
	}
	if !sure && !likely && !praised || end == i+1 {
		return false
	}
	// A remedy that is there and did something is none that was missing.
	if end < len(ws) && ws[end] != ";" {
		next := ws[end]
		if auxiliary[next] || isPast(next) {
			if !slices.ContainsFunc(ws[end:min(end+5, len(ws))], func(w string) bool { return brought[w] || w == "use" }) {
				return false
			}
			sure = sure || praised
		}
	}
	switch ws[i] {
	case "limited", "poor", "few", "little", "weak", "any", "incomplete", "outdated", "neglected":
		if ws[i] == "any" {
			return (sure || likely) && i > 1 && ws[i-1] != "without" && slices.Contains(ws[:i], "not")
		}
		return sure && i <= 2
	}
	before := ws[:i]
	whole := i == 0 || slices.Equal(before, []string{"the"}) || existential(before) // nothing is said to lack it
	owned := slices.ContainsFunc(before, func(w string) bool { return bodies[w] })
	switch {
	case whole:
		return sure || praised || likely
	case slices.ContainsFunc(before, func(w string) bool { return isPast(w) && !auxiliary[w] && w != "lacked" && w != "had" }):
		return false // something else is told
	case owned:
		return sure || praised || likely && folk[before[len(before)-min(len(before), 2)]]
	}
	return sureRemedies[ws[end-1]] && !slices.ContainsFunc(before, func(w string) bool { return strings.ContainsAny(w, "0123456789_") })
}

// folk are people and bodies of them.
var folk = wordSet("we they i team teams company organisation organization business department staff engineers developers management operators operations nobody agency county unit")

// partOfMachine reports whether a noun phrase ends at what machines are made
// of, hold, send or get.
func partOfMachine(ws []string) bool {
	w := ws[len(ws)-1]
	s := stem(w)
	return machineParts[s] || units[w] || fields[s] != 0 && !likelyRemedies[w] && !sureRemedies[w] || signSet[w] || badWords[s] || known(w)
}

func known(w string) bool { return stateOf()[w] != 0 }

// badWords are what people lack, which is another lint's.
var badWords = stemSet("care attention diligence knowledge skill experience communication evidence proof sign indication complaint understanding discipline time")

var machineParts = stemSet(`space carrier route quorum leader index entry record header field permission response packet memory connection thread value key token signal power clock sync lock file
	path port link session slot byte bit block page row column table node pod endpoint replica shard partition queue consumer producer message event listener handler driver device disk volume
	library module package symbol reference pointer address name label tag annotation attribute property parameter argument flag option variable constant section line comma bracket quote
	colon dot character digit padding separator delimiter newline prefix suffix certificate chain issuer subject san extension bundle crl root intermediate keytab principal spn ticket
	tone ring voltage current light beam carrier frame dial answer acknowledgement ack heartbeat keepalive echo reply ping pong offset cursor checkpoint snapshot segment log wal redo undo
	grant role user group account password secret cookie scope claim audience tenant subscription licence license seat channel trunk codec dtmf ani ali esn polygon zone record serial
	quota inode descriptor handle socket buffer entropy worker executor runner agent image layer manifest tag digest artefact artifact cache default match hit result output input data sample
	metric series point target tape drive cartridge fan airflow cooling coolant fuel pressure battery charge contact ground fuse cable connector adapter nic transceiver sfp antenna lock
	mount share export lun zone alias path controller hba enclosure bay blade chassis firmware blob microcode bios board sensor reading cell sheet currency unit locale timezone comma column
	gateway peer neighbour neighbor vlan subnet mask mtu nat rule policy match acl exit entry return master primary witness vote majority term epoch token owner lease holder parent child
	directory home shell binary executable interpreter runtime class method function symbol header dependency version migration schema database instance host hostname domain realm forest site
	content body payload length type encoding charset language time date timestamp year age ttl expiry renewal free left`)

// existential reports whether words say "there was".
func existential(ws []string) bool {
	return len(ws) >= 2 && len(ws) <= 4 && (ws[0] == "there" || ws[0] == "it") && auxiliary[ws[1]] || len(ws) == 2 && ws[0] == "due" || len(ws) == 3 && ws[0] == "because"
}

// notBrought reports whether the "not" at i denies that a remedy was brought in.
func notBrought(ws []string, i int) bool {
	// "never introduced connection pooling", "did not have a runbook"
	for j := i + 1; j < len(ws) && j <= i+3; j++ {
		if !adopting[ws[j]] && !brought[ws[j]] {
			continue
		}
		from := j + 1
		if from < len(ws) && (ws[from] == "up" || ws[from] == "out" || ws[from] == "in" && from+1 < len(ws) && ws[from+1] != "place") {
			from++
		}
		sure, likely, praised, end := remedyPhrase(ws, from)
		owned := slices.ContainsFunc(ws[:i+1], func(w string) bool { return bodies[w] || w == "not" && i == 0 })
		if end > from && (sure || owned && (likely || praised)) {
			return true
		}
	}
	// "connection pooling had not been introduced", "not covered by tests"
	sure, likely, praised, end := remedyPhrase(ws, 0)
	if !slices.ContainsFunc(ws[min(end, i):i], func(w string) bool { return isPast(w) && !auxiliary[w] && w != "been" && w != "had" }) {
		for j := i + 1; j < len(ws) && j <= i+4; j++ {
			if ws[j] == "in" && at0(ws, j+1) == "place" {
				return sure || likely || praised
			}
			if adoptive[ws[j]] && !slices.ContainsFunc(ws, func(w string) bool { return strings.ContainsAny(w, "0123456789_") }) {
				return true
			}
			if (ws[j] == "exist" || ws[j] == "existed" || ws[j] == "available") && likely {
				return true
			}
			if brought[ws[j]] && ws[j] != "used" && ws[j] != "run" && ws[j] != "applied" && ws[j] != "set" && ws[j] != "connected" && ws[j] != "available" {
				return sure || praised && likely
			}
		}
	}
	for j := i + 1; j+1 < len(ws) && j <= i+3; j++ {
		if protectedBy[ws[j]] && (ws[j+1] == "by" || ws[j+1] == "through" || ws[j+1] == "with" || ws[j+1] == "using" || ws[j+1] == "for" || ws[j+1] == "via" || ws[j+1] == "under") {
			sure, likely, praised, _ := remedyPhrase(ws, j+2)
			return sure || praised || likely && (ws[j+1] == "through" || ws[j+1] == "by" || ws[j+1] == "via") || ws[j+1] == "for" || slices.Contains(ws[j+2:], "code") || ws[j] == "designed" && slices.Contains(ws, "mind")
		}
	}
	return false
}

// adoptive are done with remedies alone.
var adoptive = wordSet(`implemented introduced adopted established procured purchased bought funded budgeted institutionalised institutionalized formalised formalized practised practiced rehearsed
	recertified concluded envisaged foreseen invested commissioned contracted prioritised prioritized stipulated mandated conceived`)

var protectedBy = wordSet(`covered managed protected guarded governed backed secured supported designed built planned tested validated tracked kept controlled enforced maintained deployed
	engineered dimensioned architected coordinated integrated recertified aligned orchestrated verified audited rehearsed monitored standardised standardized automated`)

// ranShort reports whether a claim that begins with "no" tells what became of
// something, and not that there never was any: "no spare was left", "no alert
// was raised since the exporter had stopped".
func ranShort(ws []string) bool {
	if len(ws) == 0 || ws[0] != "no" {
		return false
	}
	_, _, _, end := remedyPhrase(ws, 1)
	return end+1 < len(ws) && (auxiliary[ws[end]] || isPast(ws[end])) &&
		!slices.ContainsFunc(ws[end:min(end+5, len(ws))], func(w string) bool { return brought[w] && w != "available" })
}
