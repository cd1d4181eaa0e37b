package triage

import "strings"

// The words by which claims are compared for saying the same: see [meaning].

var (
	// leading words may stand within a noun phrase.
	leading = wordSet("a an the all some any our their its this that these those own very too")
	// doubtful words of state are verbs of what works where they are denied.
	doubtful = wordSet("hold stop stopped fill lock double wait cancel break drop error issue cycle off old long longer late another different")
	// denying words say that nothing does what follows; quantifying ones how many do.
	denying     = wordSet("nothing none nobody hardly barely scarcely")
	quantifying = wordSet("every each anything everything whatever")
	// doing are the auxiliaries behind which, with a "not", stands a verb.
	doing = wordSet("did do does could can will would")
	// lasting words have a time behind them that was too long.
	lasting = wordSet("took takes take needed needs need lasted lasts required requires")
	// refreshed is what is not done with what is stale.
	refreshed = wordSet("updated refreshed current up-to-date synced synchronised synchronized refreshing updating fresh")
	// event are nouns for that something became more.
	event = wordSet("spike spikes surge surges peak peaks jump growth overload burst drop decline increase rise")
	// limitNouns are what is reached by what is then full.
	limitNouns = wordSet("limit limits ceiling maximum max cap quota capacity threshold roof brim")
	reaching   = wordSet("hit hits hitting reached reaches reaching at exceeded exceeds exceeding over above beyond to near")
	invoked    = wordSet("api rpc rest grpc method function service remote soap http system")
	// reporting words say that somebody said it.
	reporting  = wordSet("reported complained noted claimed stated confirmed indicated suggests suggested reporting complaining applications apps workloads processes services systems")
	spareWords = wordSet("idle free spare available unused more remaining left empty open")
	occupied   = wordSet("use used taken occupied busy allocated leased assigned consumed engaged held claimed reserved")
	// units are what a store holds, and what is therefore not new where it is full.
	units = wordSet(`connection connections entry entries lease leases address addresses slot slots space room capacity storage block blocks page pages byte
		bytes permit permits seat seats item items record records place places message messages row rows request requests job jobs task tasks
		extend extents extent element elements quota bandwidth headroom memory ram heap thread threads worker workers port ports socket sockets handle handles descriptor descriptors core cores channel channels licence licences license licenses buffer buffers event events`)
	measuring = wordSet(`s sec secs second seconds ms millisecond milliseconds min mins minute minutes h hr hrs hour hours day days % percent gb mb gib mib tb kb
		gigabyte gigabytes megabytes times million thousand k m connections entries leases messages requests jobs rows records items sessions
		bytes mbit gbit mbps gbps °c c degrees`)
	// padding carries nothing that could be a cause of what the rest says: what
	// every claim is made of, what services do when they work, and who is served.
	padding = lazyMap(func(set map[string]bool) {
		for w := range strings.FieldsSeq(`time state status mode level condition situation point limit period free left keep kept keeping keeps go goes went going become became
			becoming longer more times several number amount usage utilization utilisation rate value way case got get gets getting show shows shown showing
			saw see sees seen found finding performance perform performs performed performing experience experiences experienced experiencing occur occurs
			occurred happen happens happened happening reach reaches reached reaching end ends ended ending system service phone quality behind whole
			entire fully still now only again ran run runs running come came comes coming stay stays stayed remain remains remained began begin started start
			starts starting overall ability able fact used using process processes processed processing deliver delivers delivered delivering
			delivery transmission transmit transmitted transfer generation generate generated generates generating via per upon between among toward towards execution execute executed operation operations operational operate operating operated
			completion complete completed completing completes finish finished availability available access accessing accessed accessible function functions functioning
			functioned functionality work works worked working respond responds responded responding response responses answer answers answered answering
			reply replies replied communication communicate attempt attempts attempted try tried trying data information info receive received receives
			receiving return returned returning returns serve served serving serves provide provided providing display displayed displaying render
			rendered appear appeared handle handled handling take took taken taking place make made through succeed succeeded succeeds successful
			successfully success possible able behavior behaviour existing exist exists existed any further other others new
			establish established establishing open opened opening up usable ready healthy normal normally proper properly correct correctly expected
			permitted allowed intended desired usual significant significantly severe severely considerable mode occurrence instance due reason affected
			affecting impacted impact suffer suffered suffering encounter encountered encountering observe observed noticed side part parts component
			components various certain particular given during throughout across within outside window deadline
			production prod live environment platform actual actually anymore yet ever altogether completely totally technical general main current arrive arrived arrives arriving arrival leave leaves leaving launch launched launches launching boot booted boots booting load loaded loads loading
			mark marked marking consider considered deem deemed declare declared flagged throw threw thrown throws temperature mean count proceed proceeded progress progressed
			deliveries responses than until like if whether where how both either always often sometimes ship ships shipped shipping forward forwards forwarded forwarding push pushes pushed pushing pull pulls pulled pulling
			publish publishes published publishing emit emits emitted emitting relay relayed propagate propagates propagated propagating fire fires fired firing trigger triggers triggered triggering
			invoke invoked invokes accept accepts accepted accepting give gives gave given supply supplied produce produces produced producing yield yields yielded pass passed passes passing play plays played
			playing invocation action actions activity activities cycle result results output capability feature features count counts size quantity total portion majority percentage share
			resident residents viewer viewers player players nurse nurses clinician clinicians driver drivers guest guests shopper buyer buyers seller sellers reader readers tester testers
			operator operators attendant attendants free ok fine good
			use uses collect collected collecting gather gathered capture captured flow flows flowing flowed consume consumed advance advanced move moved moving hit hits hitting
			contain contains contained numbers figure figures totals content contents
			emergency morning evening night afternoon noon weekend today tonight far validity increasing
			currently temporary temporarily unplanned sudden suddenly total partial entirely point points anybody anyone everybody everyone user people
			person client customer caller call-taker call-takers staff employee employees subscriber subscribers member members visitor visitors
			participant agents shopper shoppers tenant tenants patient patients student students citizen citizens public
			passenger passengers guest dispatcher dispatchers colleague colleagues somebody someone
			request requests send sends sent sending fulfil fulfilled carry carried undergo underwent exhibit exhibited enter entered
			minute hour day second minutes hours days seconds percent way repeated constant constantly continuous continually
			half same turn turned turns forever outgoing incoming inbound outbound i/o io anyway
			being keep prolonged say said says having have let allow allows allowed permit cause causing because`) {
			set[stem(w)] = true
		}
		for w := range positive {
			set[stem(w)] = true
		}
	})
	// oneName brings together names of one activity or part, for comparing alone.
	oneName = lazyMap(func(m map[string]string) {
		for _, list := range strings.Split(`login authentication authenticate authenticated authenticating auth authenticates sign-ins signin
			conn handshake handshakes
			prompt prompted prompts prompting ask asks asked asking
			migrate vmotion migrated migration migrations migrating live-migration
			one-way oneway unidirectional
			twice duplicate duplicates duplicated duplication
			session peering peerings sessions
			hypervisor esxi esx
			till tills pos
			audio audible hear heard hearing voice sound speech
			dns names name
			backup backups backed
			store save saved saving saves persisted persist stored storing write writes writing written wrote
			read reads reading fetch fetched fetching retrieve retrieved retrieving retrieval
			replica standby secondary replication sync syncing synced synchronisation synchronization synchronised synchronized
			copy copied copying copies
			create created creating creation creates
			renew renewal renewed renewing renews
			app application applications apps program software
			web website site page pages portal frontend front-end ui
			deploy rollout rolled roll-out deployments release released
			position console consoles workstation workstations positions desk desks
			queue queues queueing
			order orders ordering purchase purchases
			payment payments pay paying paid
			build builds building compile compilation
			k8s kubernetes
			config configuration
			cluster clusters
			msg message messages
			route routed routing routes path paths
			film video
			picture image images
			doc docs document documents
			job jobs batch
			import imports imported importing ingest ingestion ingested
			export exports exported exporting
			upload uploads uploaded uploading
			download downloads downloaded downloading
			evict evicted evictions
			sub-domain subdomain
			alert alerts alerting alarm alarms notification notifications
			search searches searching
			lookup lookups query queries
			ali location locations
			cpu cpus processor processors
			sip voip
			wifi wireless wlan wi-fi
			ldap ldaps
			fail-over failover failovers failed-over switchover takeover
			elect elected election`, "\n") {
			f := strings.Fields(list)
			for _, w := range f {
				m[w] = stem(f[0])
			}
		}
	})
)

// numberWords are numbers as they are said.
var numberWords = map[string]string{
	"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
	"third": "3", "fourth": "4", "fifth": "5", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100",
}

var (
	// impliedBy are things that words say something of without naming them:
	// what is disconnected is a connection, and who alerts is the monitoring.
	impliedBy = lazyMap(func(m map[string][]string) {
		for list, things := range map[string]string{
			"disconnect disconnects disconnected disconnecting disconnection disconnections unreachable drop drops dropped dropping kicked": "session connection link",
			"locked lock locks blocked locked-out":                             "account session",
			"latency latencies slow slower sluggish slowness timeout timeouts": "request response latency",
			"alert":                         "monitoring monitor",
			"oom memory mem":                "memory oom",
			"expired expire expires expiry": "validity",
			"print":                         "job document",
			"lookup":                        "read select",
			"join":                          "position host computer pc desktop laptop",
			"mail":                          "mailbox mailboxes message",
		} {
			for w := range strings.FieldsSeq(list) {
				for s := range strings.FieldsSeq(things) {
					m[w] = append(m[w], nameStem(s))
				}
			}
		}
	})
	// errands are nouns that say only that something is done.
	errands = wordSet("server servers job task run batch cron script procedure attempt")
	// counterparts are what a thing is compared with, and mostly named beside it.
	counterparts = lazyMap(func(m map[string]string) {
		for _, w := range strings.Fields("primary master leader publisher upstream source") {
			m[nameStem(w)] = nameStem("replica")
		}
	})
)
