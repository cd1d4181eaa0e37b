package triage

// That something was not seen is no evidence. Words for signs tell a search
// that found nothing from a system that had none of something: "no errors were
// logged" and "no free inodes were left".
var (
	signs = `error errors evidence sign signs trace traces indication indications warning warnings alert alerts alarm alarms
		anomaly anomalies hint hints symptom symptoms complaint complaints proof clue clues irregularities irregularity fault faults
		problem problems issue issues abnormality abnormalities malware intrusion intrusions attack attacks activity crash crashes dump dumps
		core coredump failures tickets ticket drops resets retransmissions retransmits loss flaps timeouts restart restarts reboot reboots
		logins exception exceptions stacktrace incidents incident findings finding discrepancy discrepancies discards deviation
		deviations explanation reason record records entries entry mention spike spikes changes change trouble events messages lines`
	seen = `found seen logged observed noticed recorded reported shown visible present detected raised triggered fired opened
		identified discovered written generated known received mentioned registered documented spotted apparent evident made available`
	// watchers are where one looks.
	watchers = `log logs metric metrics dashboard dashboards monitoring trace traces capture captures syslog dmesg eventlog event-log journal
		graph graphs graphs probe probes sel iml smart diagnostics diagnostic test tests scan antivirus vendor support bundle cdr history
		calendar switch switches firewall router hypervisor ilo idrac console report reports telemetry statistics counters audit
		wireshark tcpdump splunk grafana records`

	absenceWords = newLexicon(
		// "No errors were found", "There is no sign of ..."
		"^1 no ~2 @signs $", "^1 no ~3 @signs ~3 @seen", "there was|were|is|are no failed|successful|abnormal|unusual|suspicious ~2 @signs|traffic|activity", "^1 no abnormal|unusual|suspicious|anomalous ~2 @seen|traffic", "no ~2 loss|traffic ~1 was|were @seen", "no|zero|without|any ~2 @signs ~1 in|on|from ~3 @watchers", "^1 zero|without ~1 any ~1 @signs", "^ no ~1 @signs of|that|for|about|against|to",
		"there is|was|were|are|being|s ~1 no ~2 @signs ~1 of|in|on|for|that|to|at|from|during|before|after|about|$", "no sign|signs|evidence|indication|indications|trace|hint|proof|record of|that|for|about|to|before|after",
		"no other ~1 explanation|cause|reason $", "no other ~2 explanation|cause|reason|candidate|tenant|tenants|application|system|service|services|systems|host|hosts|customer|customers|user|users|site ~4 affected|impacted|involved|hit|concerned|problems|known|found|errors|reported|reports|complained|showed|shows|had|has|possible|$",
		"no reason to ~1 suspect|believe|assume|think", "no ~1 evidence|sign|signs|indication|indications|proof|data|hint ~1 suggests|suggest|supports|support|points|point|indicates|indicate|exists|shows|show|confirms|that", "^1 no ~1 changes|change|modification|modifications|deployment|deployments ~3 made|found|done|deployed|known|took|recorded",
		// Nothing was found.
		"^ nothing in|on|about|from|at", "healthy|fine|ok|okay|good|innocent|stable|sound no|zero ~2 @signs", "was|were|is|are|been not any|a ~1 @signs", "raised|gave|sent|fired|issued|produced|counted|measured|threw|emitted|returned|triggered|generated|yielded|wrote no ~1 @signs",
		"nothing ~3 log|logs|metrics|dashboard|dashboards|monitoring|traces|@seen|unusual|suspicious|abnormal|wrong|out|noteworthy|else|changed|points|pointed|indicates|indicated|suggests|suggested|interesting|special|strange|conspicuous|notable|relevant",
		"found|shows|show|showed|reported|reports|recorded|revealed|reveals|reveal|see|saw|yielded|returned|gave nothing",
		// Somebody or something looked.
		"did|do|does|could|can|have|has|had not ~1 see|find|notice|observe|detect|spot|show|record|report|log|mention|contain|reveal|indicate|identify|seen|found|noticed|observed|spotted|recognise|recognize|flag|register ~1 any|anything|@signs|a|the|evidence ~2 @signs|@seen|else|wrong|unusual|suspicious|problem|$|packet|in|on|hardware|with",
		"did|do|does|could|can|have|has|had not ~1 see|find|notice|observe|detect|spot|show|record|report|log|mention|contain|reveal|indicate|identify|seen|found|noticed|observed ~1 any|anything",
		"@watchers ~3 do|does|did|could not ~1 mention|contain|show|record|report|log|reveal|indicate|flag|have",
		"saw|see|sees|seen|found|finds|observed|noticed|show|shows|showed|detected|recorded|reported|reports|revealed|logged|contain|contains|contained|register|registered|indicated|had|has|have no ~2 @signs",
		"@watchers ~2 shows|show|showed|contains|contain|recorded|reported|logged|has|have|had|reveals|revealed|indicates|indicate|found|holds|lists no|nothing|zero",
		"@watchers ~2 was|were|is|are|looked|look|looks|remained|stayed|seemed|appeared|came|come ~1 clean|silent|empty|quiet|fine|normal|ok|okay|clear|unremarkable|green|healthy|good|inconspicuous",
		"looked|looks|look|seemed|seems|appeared|appears|checked ~1 normal|fine|healthy|ok|okay|good|unremarkable|inconspicuous|clean", "everything ~5 normal|fine|ok|okay|healthy|green|normally", "all ~3 systems|services|hosts|nodes|components|checks|else were|was|are|ran ~2 normal|fine|normally|ok|green|healthy|operating|operational|unaffected",
		// Nobody said anything.
		"nobody|no-one|noone ~1 complained|reported|saw|noticed|mentioned|observed|raised|called", "no one ~1 complained|reported|saw|mentioned|observed|called", "^1 no ~2 user|users|customer|customers|client|clients|caller|callers|team|teams|tickets|complaints|calls|reports ~2 complained|reported|called|affected|opened|raised|received|noticed|came|were",
		"other ~2 services|systems|hosts|applications|users|sites|servers ~1 did|do|were|was not ~1 report|show|have|affected|complain|impacted", "not aware of any",
		// What does not exist because it was not seen.
		"absence|lack of ~2 @signs|evidence|logs|entries ~1 @watchers|@signs|entries|for|of|that|in|suggests|shows|means|proves|indicates|points|implies|$", "absence of ~2 errors|evidence|entries|logs|alerts|signs|warnings|complaints",
		"not|never ~1 @seen ~3 log|logs|before|anywhere|elsewhere|event|monitoring|on|$", "never ~1 seen|happened|failed|occurred|observed|reported ~1 before|$", "have|has not ~1 seen|observed|had|noticed ~4 before|other|elsewhere",
		"not|cannot|never ~1 be ~1 reproduced|replicated|recreated", "not appear|appears|appeared|show|shows|showed ~1 in|up ~2 log|logs|trace|capture|dashboard",
		"cannot|can|could not be ~1 anything|another ~1 else|cause", "must be|have ~3 since|as|because", "can|could|may ~1 be ruled|excluded out|$|because|since|as", "^ as|since|because no|nothing|without",
		"ruled|excluded out ~3 as|since|because|nothing", "it|this|that must ~1 be|have|been", "could|might find|found no|nothing",
		"@signs ~1 were|was|are|is not ~1 @seen", "not find|found ~4 fault|wrong|problem|error|cause|reason", "^2 crash|restart|reboot|failover|change|error|shutdown|failure|login ~1 was|were not ~1 @seen",
		"no ~1 core|crash|heap|memory|kernel ~1 dump|file|dumps|files|messages|panic",
	)
)

func fromAbsence(ws []string) bool {
	return argues(ws) || absenceWords.match(ws) && !explained(ws) && !partOf(ws)
}
