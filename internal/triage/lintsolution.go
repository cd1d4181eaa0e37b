package triage

// A remedy is what one buys, builds, writes or does. That it was missing, or
// that one should have it, is a wish and no mechanism; that a particular thing
// lacks a particular part ("the pod has no memory limit") is one.
var (
	remedies = `monitoring alerting alert alerts alarm alarms redundancy redundancies failover failovers fallback standby runbook
		runbooks playbook playbooks automation backup backups training trainings documentation tests testing test-coverage coverage
		load-balancer balancer balancers circuit-breaker circuit-breakers breaker breakers autoscaling auto-scaling autoscaler ha
		high-availability availability tool tooling tools dashboard dashboards observability visibility staging qa review reviews
		code-review process processes procedure procedures governance checklist checklists budget staff staffing headcount people
		engineers resources personnel kubernetes prometheus grafana datadog splunk servicemesh service-mesh gitops terraform iac ci cd
		pipeline pipelines canary canaries rollback rollbacks rate-limiting rate-limiter caching cdn replicas upgrade upgrades
		maintenance planning capacity-planning standards standardization standardisation siem waf firewall firewalls ids ips mfa 2fa
		sso linting linter validation clustering spare spares ups generator generators contract sla slas segmentation isolation
		patching hardening encryption tracing telemetry instrumentation log-aggregation quota quotas throttling backpressure retries
		cert-manager scan scans scanning audits drill drills exercise exercises rehearsal rehearsals principle four-eyes escalation
		plan plans strategy strategies sandbox guardrail guardrails safeguard safeguards failsafe supervision archiving housekeeping
		inventory cmdb investment funding diversity datacenter data-center uplink management recovery dr bcp disaster-recovery
		load-testing stress-testing feature-flags blue-green deduplication orchestration scalability resilience resiliency hygiene
		oversight separation dns-redundancy cache layer environment isp site test intrusion policies policy approval limits
		handling protection controls mechanism awareness capacity standby-node second-line knowledge-base wiki postmortem`
	// missing says that there is none, or too little.
	missing = `lack lacks lacked lacking absence missing insufficient inadequate poor nonexistent non-existent outdated incomplete
		absent`
	// done is what is not done with a remedy that is not there.
	done = `implemented installed available deployed bought adopted enabled used done automated configured performed introduced
		established planned tested carried written created purchased added defined executed rehearsed reviewed given built provided
		maintained scheduled conducted foreseen considered documented set present exist rolled agreed tracked practised practiced
		centralised centralized kept procured`
	// wish is what should be done to what one has.
	wish = `upgraded replaced rewritten migrated modernized modernised refactored automated redesigned rearchitected re-architected
		decommissioned split patched updated added installed used introduced deployed implemented enabled tested monitored documented
		expanded extended hardened consolidated standardized standardised moved retired reviewed adopted clustered scaled virtualized
		virtualised containerized containerised rotated improved separated applied checked segmented bought
		trained outsourced insourced done set`
	// grand are states that one buys or builds.
	grand = `redundant clustered centralised centralized automated automatic segmented scalable resilient fault-tolerant
		highly-available monitored documented tested standardised standardized rehearsed trained load-balanced hardened geo-redundant
		supervised staffed audited future-proof patched dimensioned sized containerised containerized virtualised virtualized
		maintained serviced backed`

	solutionWords = newLexicon(
		"^2 @missing ~1 of ~3 @remedy", "^1 @missing ~2 @remedy", "there was|is|were|are ~1 @missing ~1 of ~3 @remedy", "lack of ~3 @remedy", "absence of ~3 @remedy",
		"^1 no ~2 @remedy", "^ no rate|load|capacity|change|patch|config|configuration|access|input|health ~ limiting|limits|testing|planning|control|management|review|validation|checks|checking", "^ no second|spare|redundant|hot|cold|dedicated|proper|automated|automatic|central|formal|regular ~2 @remedy|link|node|server|isp|line|circuit|parts|feed|supply|person|site|team|instance|region",
		"there is|was|were|are|has|have ~1 no ~3 @remedy", "we|they|company|team|organisation|organization|site|department had|have|has|did|do|does ~1 no|not|never ~4 @remedy|standby|second|enough|invest|invested|use|using|adopt",
		"had|have|has|with|without no ~1 automated|automatic|redundant|second|proper|dedicated ~2 @remedy", "has|have|had no ~1 redundancy|failover|monitoring|alerting|backup|backups|documentation|runbook|standby|sla|scan|scans|tests|redundant|rollback|failovers|autoscaling|owner",
		"not|never enough|sufficient ~2 @remedy|staff|engineers|people|replicas|hardware", "too few|little ~2 @remedy|engineers|people|staff", "^ understaffing|under-staffing|underinvestment",
		"did|does|do|had|have|has not|never ~1 have|had|use|used|buy|adopt|deploy|implement|invest|invested|introduce|perform|conduct|offer|provide|support|include|run ~3 @remedy",
		"^1 @remedy ~3 was|were|is|are|had|has|did|does|been not|never ~1 been|get|~ ~1 @done", "^2 @remedy ~2 was|were|is|are not|never ~1 @done", "^3 @remedy ~2 not|never ~1 been ~1 @done",
		"^2 @remedy|cluster|standby|ups|replica ~2 not ~1 in place", "^2 @remedy ~2 is|was|were|are @missing", "^2 @remedy ~2 did|does not exist",
		"is|are|was|were|been not|never ~1 fully|highly|properly|sufficiently|yet|adequately ~1 @grand|available|used", "is|are|was|were|been not|never @grand", "not ~1 under version control",
		"^5 need|needs|needed to be @wish", "^5 need|needs|needed to move|migrate|upgrade|replace|buy|have|use|add|install|introduce|adopt|switch|automate|implement|improve|invest|rewrite|split|hire",
		"we|they|you|team|teams|it|company need|needs|needed ~1 more|better|cert-manager|another|additional|proper|a|an|new|modern|@remedy", "^4 needs|need|needed an|a|more|better|additional|bigger|larger|proper|new ~1 @remedy|memory|upgrade|replacement|disk|cpu|ram|refresh|rewrite|owner|space|hardware",
		"^5 needs|need|needed renewed|automatic|automated|renewal", "certificates|servers|switches|hosts|systems need|needs to be",
		"^5 should|must|ought ~1 to|be|have|use|buy|add|install|migrate|upgrade|replace|deploy|implement|introduce|automate|adopt|switch|move ~2 @wish|@remedy|been|be",
		"^3 we|they|you|team|teams|company|one should|must|ought|could ~1 have|use|buy|add|install|migrate|upgrade|replace|deploy|implement|introduce|automate|adopt|switch|move|invest|hire|to",
		"^5 should|must|ought ~1 have been @wish|automated|added|installed|monitored|tested|renewed|done", "^5 has|have|had to be @wish", "must|should be split|rewritten|replaced|redundant|automated|redesigned|upgraded",
		"would|could|might have ~1 %past|been", "^1 there should|ought|must|needs|need ~2 be|have|been", "^4 @remedy|replacement|expansion ~5 is|are|was|were needed|required|necessary|overdue|due",
		"^ not using|having|doing|use|used ~3 @remedy|code", "not|never ~1 been @wish|@done $", "never ~1 introduced|adopted|implemented|invested|performed|carried|done|tested|rehearsed|documented|established",
		"configuration|change|patch|capacity|asset|incident|problem|release|knowledge management ~2 missing|is|was|not|lacking|does|did ~1 missing|in|exist|done|lacking|performed",
		"infrastructure as code ~2 missing|not|absent", "absence of infrastructure", "lack of ~2 infrastructure|code|visibility|ownership|resources|budget",
		"^2 upgrade|replacement|expansion|refresh|modernisation|modernization ~6 is|was|were|are ~1 pending|outstanding|postponed|deferred|planned", "^2 upgrade|replacement|expansion|refresh|modernisation|modernization ~6 had|has been postponed|deferred|planned",
		"^ a|an dedicated|second|separate|redundant|proper|bigger|larger|better|new|full-time ~2 is|was|were needed|required|necessary", "had|has|have not|never ~1 been migrated|upgraded|modernised|modernized|virtualised|virtualized|retired|refreshed|decommissioned",
		"^ more|additional|bigger|larger|another ~3 is|was|were|are|been needed|required|necessary", "is|was|were|are|been not|never ~1 part of ~3 @remedy|patching|cycle|programme|program|rota",
		"^ not enough|sufficient", "refused|declined ~1 to ~1 invest|fund|pay|buy", "did not invest",
	)
)

// isSolution leaves gaps in detection and response alone: there the missing
// alert is the finding.
func isSolution(n *Node, _ bool, ws []string) bool {
	if n.Lane != LaneCause || n.Kind == KindDetectionGap || n.Kind == KindResponseGap {
		return false
	}
	return solutionWords.match(ws) && !ranShort(ws) || wishesRemedy(ws)
}
