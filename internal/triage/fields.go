package triage

import (
	"strings"
	"sync"
)

// fields are what technology is about, by words: claims of one field may belong
// together without sharing a word.
var fields = lazyMap(func(m map[string]uint64) {
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
		`database binlog redo relay query index table transaction lock replica wal migration planner connection pool statement row column primary
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
		`pipeline ingest ingestion queue consumer message broker partition topic leader producer backlog batch job kafka rabbitmq offset lag mail smtp spam relay delivery blacklist
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
		`calendar holiday weekday weekend clock time ntp skew schedule cron twice dst offset job ran hour chrony drift utc zone batch stratum peer dc`,
		// load
		`traffic load spike surge peak campaign scale autoscale scaling throttle rate capacity replica queue request batch overlap
		node hpa limit retry retries overload cpu saturate scaled autoscaler`,
	} {
		for w := range strings.FieldsSeq(list) {
			m[stem(w)] |= 1 << i
		}
	}
})

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

// jokers are of every field.
var jokers = stemSet(`version default setting config configuration limit timeout upgrade restart restarted parameter licence license patch firmware
	driver kernel reboot interval threshold retry lock misspelt typo binary encoding charset locale regex parser header payload boundary
	multipart schema checksum hash lookup postcode glibc libc syntax`)

// everyday are words of fields that people also use of offices, paper and each
// other; alone they make no claim one of technology.
var everyday = stemSet(`phone schedule report page portal app card mail press search form test member call order group book print printer agent read table
	log logo position voice case release build building change staff queue file folder share room floor image session minute hour shift
	ticket notice time clock rule mirror reader pool power light link line board contact access record name address gym store team
	key note state status view video music school lesson party train bus bank branch root leaf tree seat stream channel site
	template document number menu theme design colour color library project event calendar contract budget survey office desk
	account accounting garage elevator lobby kitchen canteen newsletter brochure announcement campaign marketing renewed signed printed update updated upgrade-party installed replaced serviced service moved opened closed test tests lab agency
		wall fire block`)

// everywhere are the fields whose words are used of all others; wide are those
// on which all others stand: the network, the power, what is deployed, how much
// is asked for.
var everywhere, wide = fieldMask("unnoticed", "lasted", "rollback"), fieldMask("bgp", "psu", "rollback", "campaign", "keepalive")

// fieldMask returns the fields of words that are of one field each.
func fieldMask(ws ...string) func() uint64 {
	return sync.OnceValue(func() uint64 {
		var all uint64
		for _, w := range ws {
			all |= fields[stem(w)]
		}
		return all
	})
}
