package triage

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A leap is a cause from which "therefore" does not follow: nothing in common
// with its effect in words, names, numbers or time, in the claims or in what is
// cited for them. What belongs together without sharing a word ("the disk was
// full", "debug logging wrote 9 GiB an hour") is known by fields of technology:
// claims of one field are linked. An effect that only a user would tell, such
// as a login that failed, may come from any of them.
var fields = func() map[string]uint64 {
	m := make(map[string]uint64)
	for i, list := range []string{
		// storage
		`disk volume filesystem space inode storage datastore lun array raid snapshot backup log logging rotate rotation write wrote
		written read io iops san path cache controller battery drive ssd hdd mount nfs share file folder directory quota partition image repository
		upload rebuild thin full gib gb tb mib gigabyte queue flush fsync journal segment wal retention archive archiver index trace dump
		spool tmp delete deleted cleanup clean-up compaction checkpoint tablespace deduplication dedup compression robocopy mirror`,
		// memory
		`memory heap oom garbage gc collection leak map cache swap kill killed limit container process pod session exceed allocate allocation
		buffer jvm grow grew object entries mb gib metaspace xmx ballooning exit overcommit collector pause footprint load import`,
		// computing
		`cpu thread pool core load vm host hypervisor vmotion ready scheduler stall worker vcpu process interrupt regex loop lock pause
		throttle throttled turbo datastore snapshot migration numa steal contention blocked busy`,
		// databases
		`database query index table transaction lock replica wal migration planner connection pool statement row column primary
		replication vacuum schema sql postgre postgresql mysql oracle redi mongodb slot scan commit null insert delete cursor tempdb
		deadlock currency slow record duplicate constraint sequential statistics job batch report total order export import`,
		// network
		`network packet dns route routing bgp ospf mtu firewall switch port vlan link tunnel vpn proxy balancer load-balancer tcp udp session
		interface address arp dhcp latency nat name resolver zone record subnet traffic site reach unreachable isp dropped frame
		loss acl duplex trunk spanning cable transceiver fibre fiber rule syn reset gateway neighbour peer prefix carrier upstream
		bandwidth congestion qo dscp resolve ttl loop flap flapped stp hop`,
		// connections and requests
		`connection pool timeout timed refuse refused client thread request retry retries wait waited held worker upstream backlog socket response answer 500
		502 503 504 429 latency slow api endpoint call concurrency limit rate throttle keepalive idle hang storm probe max_connections backend
		transaction saturate exhausted load busy overload scan paused pause cold cache`,
		// identity
		`login auth authentication ldap kerbero token ticket password account user role permission policy saml oidc sso secret key clock
		ntp skew bind group locked lockout 401 403 credential directory ad domain scope certificate logon expir spn mfa session storage.objects.get
		directory idp tenant scim ou group-policy cookie`,
		// certificates
		`certificate tls handshake ssl expir renew renewal acme ca chain trust cipher hook handshakes serial crl ocsp intermediate bundle haproxy
		nginx reload truststore keystore san https clock broker`,
		// voice and public safety
		`call sip trunk codec rtp voice phone pbx position psap ali ani esn 911 dispatch registration register gateway carrier audio dtmf ucm
		cucm sbc invite ring handset dial jitter radio cad ecrf lvf esrp lis location caller agent nat udp firewall queue qo packet
		choppy`,
		// hardware
		`power psu up ups fan temperature dimm memory firmware battery controller rack cooling chassi drive disk generator node host reboot
		overheat valve breaker feed hardware uncorrectable board bio ilo idrac sensor server bus pcie nic cpu valve fuel bypass
		diesel voltage overheated backplane hour fail down`,
		// Kubernetes and containers
		`pod node kubelet evict probe readiness livenes liveness deployment image container cluster coredn etcd service namespace pressure
		disk taint ingress webhook secret configmap replicaset statefulset hpa limit throttle docker registry helm restart upstream
		kubernete rollout operator crd volume pvc checkout endpoint 502 503`,
		// clusters and failover
		`failover cluster quorum leader heartbeat primary split sentinel node replica vote standby fence fenced master election elect arbiter witness
		switch link epoch both sync hypervisor member host rack pdu virtual ip address maintenance restart sticky session cache upgrade virtual`,
		// building and deploying
		`build pipeline runner deploy release migration artifact job rollback rolled version image branch commit merge config
		terraform ansible playbook change upgrade update flag stage staging production table lock space registry tag hook`,
		// queues and messages
		`queue consumer message broker partition topic leader producer backlog batch job kafka rabbitmq offset lag mail smtp spam relay delivery blacklist
		event stream dead-letter webhook idempotency charged duplicate twice subscription publish filter`,
		// noticing
		`alert page paged monitoring notice noticed detect detected threshold schedule on-call probe prometheu alarm mailbox rotation dashboard
		rule late metric seen unnoticed metrics exporter scrape sample evaluate notification ticket nobody silence muted minute mail severity lag check
		email watch`,
		// lasting and recovering
		`outage last lasted recovery recover restore runbook ticket escalate escalation shift hour minute took repair failover rollback downtime spread
		rebuild replacement spare backup contact procedure console access vendor group member hour restart decommission
		duration mitigate mitigation resolve open`,
		// Windows
		`window boot patch update kb partition policy gpo ou logon domain loopback reboot service driver registry wmi spooler bitlocker recovery
		dfsr dc netlogon machine exchange iis`,
		// the web
		`http 500 502 503 404 301 page request website web upload proxy url header cookie csp cdn api response cache login blank browser
		script zone a-record record dns render tl`,
		// secrets
		`vault seal sealed unseal km kms key token secret lease approle policy raft transit`,
		// clocks
		`clock time ntp skew schedule cron twice dst offset job ran hour chrony drift utc zone batch stratum peer dc`,
		// load
		`traffic load spike surge peak campaign scale autoscale scaling throttle rate capacity replica queue request batch overlap
		node hpa limit retry retries overload cpu saturate scaled autoscaler`,
	} {
		for w := range strings.FieldsSeq(list) {
			m[stem(w)] |= 1 << i
		}
	}
	return m
}()

// felt are effects that only a user would tell.
var felt = stemSet(`checkout login logins log website web page pages api site portal request requests report reports order orders payment payments call calls
	mail users user customer customers caller app application service services answer answers screen console search voice audio
	upload download shop store booking session sessions print printing phone traffic host hosts server servers system systems secret
	secrets total totals wrong slow outage incident it they response lasted 500 502 503 504 403 404`)

// weak stems are in so many claims that they link none.
var weak = stemSet(`new old two three one first last more most less day days week month year hour hours minute minutes second seconds am pm utc use used
	using make made set get got take took run ran come came go went put find found show shown say said part only same own next no not
	number amount level name named time start started begin began end ended change changed since until every each per other
	another different low high full error errors warn info fatal debug january february march april may june july august september
	october november december monday tuesday wednesday thursday friday saturday sunday many much several few large small long short
	back left right still also well because however down fail wrong was had 1 2 3 4 5 6 7 8 9 10 20 30 60 100`)

// linked is what is compared of a claim: its stems and its fields.
type linked struct {
	stems  map[string]bool
	fields uint64
	any    bool // a word says that something was set, limited or renewed, which may concern any field
	firm   bool // a word is of technology and of nothing else
}

// jokers are of every field.
var jokers = stemSet(`version default setting config configuration limit timeout upgrade restart restarted parameter licence license patch firmware
	driver kernel reboot interval threshold retry lock misspelt typo`)

// everyday are words of fields that people also use of offices, paper and each
// other; alone they make no claim one of technology.
var everyday = stemSet(`phone schedule report page portal app card mail press search form test member call order group book print printer agent read table
	log logo position voice case release build building change staff queue file folder share room floor image session minute hour shift
	ticket notice time clock rule mirror reader pool power light link line board contact access record name address gym store team
	key note state status view video music school lesson party train bus bank branch root leaf tree seat stream channel site
	template document number menu theme design colour color library project event calendar contract budget survey office desk
	account accounting garage elevator lobby kitchen canteen newsletter brochure announcement campaign marketing renewed signed printed update updated upgrade-party installed replaced serviced service moved opened closed test tests lab agency
		wall fire block`)

func linkOf(texts ...string) linked {
	l := linked{stems: make(map[string]bool)}
	if acronym(texts[0]) {
		l.any, l.firm = true, true
	}
	for n, t := range texts {
		for _, w := range words(t) {
			for _, part := range []string{w, loosest(w)} {
				s := stem(part)
				if part == "" || stopWords[part] || weak[s] || stamp24(part) {
					continue
				}
				l.stems[s] = true
				if n == 0 { // the claim itself
					l.fields |= fields[s]
					l.any = l.any || jokers[s]
					l.firm = l.firm || jokers[s] || fields[s] != 0 && !everyday[s]
				}
			}
		}
	}
	return l
}

// acronym reports whether a claim has one of technology: two capitals or more
// in a row, such as SDP or vCPU.
func acronym(claim string) bool {
	for f := range strings.FieldsFuncSeq(claim, func(r rune) bool { return !unicode.IsLetter(r) }) {
		n := 0
		for _, r := range f {
			if unicode.IsUpper(r) {
				n++
			}
		}
		if n >= 2 && !ordinary[f] {
			return true
		}
	}
	return false
}

// ordinary are capitals of offices, countries and clocks.
var ordinary = wordSet("HR CEO CFO CTO COO PR TV US UK EU UTC GMT CET AM PM FAQ OK ID PDF GDPR AG GmbH LLC")

// loosest takes the last piece of a compound: "cert-manager", "sw-core-2".
func loosest(w string) string {
	i := strings.IndexAny(w, "-_/.:")
	if i <= 2 || w[0] == '[' {
		return ""
	}
	return w[:i]
}

// stamp24 reports whether a word is a date or a time of day, which every line
// of a log has.
func stamp24(w string) bool {
	return len(w) >= 4 && w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789:-tz.,+") == ""
}

// maxApart is how far apart two times may be to link a cause to its effect.
const maxApart = 5 * time.Minute

// leaps reports whether nothing links cause and effect.
func leaps(cause, effect linked, effectWords []string) bool {
	for s := range cause.stems {
		if effect.stems[s] {
			return false
		}
	}
	if nameHolds(cause.stems, effect.stems) || nameHolds(effect.stems, cause.stems) {
		return false
	}
	switch {
	case !cause.firm:
		return true
	case cause.any, cause.fields&effect.fields != 0:
		return false
	}
	return !feltOnly(effectWords)
}

// nameHolds reports whether a name among a holds a word of b: "phpsessionclean"
// is about sessions.
func nameHolds(a, b map[string]bool) bool {
	const least = 4 // letters of the word
	for t := range a {
		for s := range b {
			if len(s) >= least && len(t) >= len(s)+3 && strings.Contains(t, s) {
				return true
			}
		}
	}
	return false
}

// feltOnly reports whether an effect names nothing below what users see.
func feltOnly(ws []string) bool {
	return slices.ContainsFunc(ws, func(w string) bool { return felt[stem(w)] })
}

func near(a, b string) bool {
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	return errX == nil && errY == nil && x.Sub(y).Abs() <= maxApart
}

// links finds out, as far as it must, whether claims are linked.
type links struct {
	v        *view
	concepts []concept
	known    []*linked
}

func (l *links) of(i int) *linked {
	if l.known[i] == nil {
		n := &l.v.g.Nodes[i]
		texts := []string{n.Claim}
		for j := range n.Evidence {
			if e := &n.Evidence[j]; !e.Withdrawn && !e.fails() {
				texts = append(texts, e.Text, e.Note)
			}
		}
		k := linkOf(texts...)
		l.known[i] = &k
	}
	return l.known[i]
}

// shared reports whether two claims have a telling stem in common; most have,
// and need no closer look.
func (l *links) shared(i, j int) bool {
	return slices.ContainsFunc(l.concepts[i].stems, func(s string) bool {
		_, ok := slices.BinarySearch(l.concepts[j].stems, s)
		return ok && !weak[s]
	})
}

// lintLeaps compares every standing claim with its effects.
func lintLeaps(v *view, concepts []concept) []Finding {
	var out []Finding
	l := links{v, concepts, make([]*linked, len(v.g.Nodes))}
	for _, i := range v.order {
		n := &v.g.Nodes[i]
		from := ""
		if len(v.parents[i]) == 0 && n.Lane == LaneCause {
			text := v.g.Problem.text()
			if leaps(*l.of(i), linkOf(text), words(text)) {
				from = "the problem"
			}
		}
		for _, p := range v.parents[i] {
			effect := &v.g.Nodes[p]
			if v.standing[p] && effect.Lane == n.Lane && !l.shared(i, p) && !near(n.At, effect.At) && leaps(*l.of(i), *l.of(p), words(effect.Claim)) {
				from = effect.ID
			}
		}
		if from != "" {
			out = append(out, Finding{
				LintLeap, severityWarning, n.ID, "nothing links the claim to " + from + ": no word, name, number or time in common",
				"read it backwards with \"therefore\"; add the step in between, or cite what shows both together",
			})
		}
	}
	return out
}
