package triage

import (
	"slices"
	"strings"
)

// A claim argues from absence where it goes from "nothing was seen" to "so it
// was not that". Both halves are read: the premise denies something that one
// sees or is told of, the conclusion judges what is so. That something was not
// there and what came of it ("no heartbeat for 30 s, so the cluster fenced node
// B") is no such argument, nor is it one that nothing was seen because the eye
// was shut.
var (
	// lookers are verbs of seeing and telling.
	lookers = wordSet(`know knows knew aware get got see saw seen sees find found finds notice noticed observe observed detect detected spot spotted identify identified report reported reports record recorded
		records log logged logs raise raised show shown shows showed showing capture captured register registered registers indicate indicated indicates document documented mention
		mentioned mentions file filed receive received observe reproduce reproduced reveal revealed reveals complain complained flag flagged flags fire fired trigger triggered
		appear appeared appears contain contains contained list lists yield yielded alert alerted open opened issue issued measure measured discover discovered turned hear heard
		trace traced recorded visible evident apparent present existing available listed noted note notes surface surfaced come came produced generated emitted threw written`)
	// places are where one looks.
	places = wordSet(`checks probes tests check probe test bridge log logs dmesg syslog journal journald journalctl event events viewer eventlog metric metrics dashboard dashboards grafana prometheus monitoring trace traces capture
		captures pcap tcpdump wireshark telemetry graph graphs counters counter alert alerts alarm alarms audit sel iml lifecycle report reports ticket tickets inbox splunk kibana
		elk awr ash statspack errorlog alert.log vcenter vsphere repadmin dcdiag event-viewer cdr cdrs records record scan scans scanner antivirus siem ids nagios zabbix datadog
		newrelic trap traps console output statistics history changelog calendar cmdb register diary logbook shift-log nms noc idrac ilo sensors gc tracing jaeger zipkin apm profiler
		profile heapdump dump dumps vault device devices trail status statuspage feed window firewall perfmon wevtutil smart smartctl ethtool netstat explain lsof strace`)
	// denials begin a premise.
	denials = wordSet(`no not never nothing without none nobody no-one noone zero neither absence lack silent quiet clean empty absent green unremarkable devoid void silence cannot`)
	// therefores lead to a conclusion.
	therefores = wordSet(`so therefore thus hence consequently accordingly meaning means mean proves prove proving proved confirms confirm confirming confirmed indicates indicate indicating implies imply
		implying suggests suggest suggesting shows show demonstrating demonstrates demonstrate concluding conclude concluded evidencing rules ruling excludes excluding eliminates
		eliminating -> => then ergo establishes establishing verifies verifying verified ensures points pointing leaves leaving supports supporting`)
	// judgements are what one concludes from not having seen.
	judgements = newLexicon(
		"@verdictaux ~2 fine|ok|okay|healthy|good|right|normal|normally|clean|accurate|correct|correctly|stable|sound|safe|alright|innocent|up|intact|complete|working|operational|functioning|functional|unaffected|uninvolved|irrelevant|fixed|resolved|secure|consistent|preserved|valid|properly|well|sufficient|adequate|available|reachable|connected|responsive|online|idle|down|off|dead",
		"@verdictaux|can|could|does|do|did|has|have not|never ~4 cause|culprit|reason|factor|source|origin|fault|guilty|involved|blame|responsible|problem|issue|related|affected|relevant|contribute|contributed|to|bound|blocking|stalled|exhausted|hit|overloaded|touched|changed|retry|fail|failed|crashed|leak|reboot|rebooted|restart|restarted|crash|stop|stopped|run|ran|happen|happened|occur|occurred|play|played|degraded|saturated|compromised|dropped|down|misused|called|lost|reached|sent|there|a|an|the",
		"cannot|can|must|have ~1 be|been|lie|not", "ruled|rule|excluded|exclude|eliminated|eliminate|discounted|dismissed|exonerated|cleared|crossed ~1 out|off|as|$|from|the", "in|off the ~1 clear|hook", "out of ~2 question|picture|equation",
		"not the ~2 cause|reason|culprit|problem|issue|source|network|database|app|code|hardware|disk|storage|firewall|switch|line", "isn not|t", "nobody|no-one|noone|no|none ~2 %past|tried|called|logged|touched|changed|was|were", "purely|entirely|solely|only|merely|probably|likely|must|clearly|obviously|certainly|surely|definitely",
		"is|was|were|are ~1 excluded|exonerated|eliminated|clean|cleared|dismissed|discounted|disproved|confirmed", "^1 must|cannot|not", "^3 not ~1 a|an|the|hardware|network|dns|storage|disk|code|database|memory|cpu|security|load|power|software", "must lie|sit|come|originate|be", "works|worked|holds|held", "there was|were|is|are no|not", "never %past", "arrived|succeeded|completed|worked $", "all|every|everything|everyone ~3 was|were|is|are|had|got ~1 %past|fine|ok|well", "went|goes|gone|came|got ~1 through|fine|well|ok|smoothly", "is|are|was|were ~1 exactly|unused|safe|unique|complete|once|in", "integrity|correctness|health|absence|innocence|success",
	)
	verdictAux = `is was were are be been had has s looks looked seems seemed remained stayed worked operated behaved ran running functioned operating responded must
		performing performed`
	// well is what one then takes for granted.
	well = wordSet("fine ok okay healthy normal normally working worked well good innocent unaffected correct correctly stable reliable sound")
	// exonerations are what only somebody who judges says: that nothing happened,
	// or that a thing is not to blame. What failed for want of something fails
	// of itself.
	exonerations = newLexicon(
		"is|was|were|are not the|a|an|due|caused|related|involved|responsible|to", "can|could not be|have ~1 the|due|caused|related|at|to",
		"is|was|were|are|looks|looked|seems|seemed ~1 fine|ok|okay|healthy|innocent|unaffected|uninvolved|irrelevant|good|sound", "nobody|no-one|noone|none ~1 touched|changed|altered|modified|accessed|did|used",
		"ruled|rule|excluded|exonerated|cleared|dismissed ~1 out|$", "nothing was|has|had ~1 changed|touched|wrong|done",
	)
	grounds = wordSet("since as because given considering")
	// shut are words of why nothing could be seen.
	shut = wordSet("because since as due when while after owing")
)

// argues reports whether words conclude something from not having seen
// something.
func argues(ws []string) bool {
	// "Since no change is on record, nothing was changed"
	if len(ws) > 2 && (ws[0] == "without" || ws[0] == "absent" || ws[0] == "lacking" || ws[0] == "with" && ws[1] == "no" || ws[0] == "in" && ws[2] == "absence") {
		for cut := 3; cut < len(ws)-1; cut++ {
			if unseen(ws[:cut]) && judgements.match(ws[cut:]) {
				return true
			}
		}
	}
	if len(ws) > 2 && (ws[0] == "since" || ws[0] == "as" || ws[0] == "because" || ws[0] == "given" || ws[0] == "considering") {
		for cut := 3; cut < len(ws)-1; cut++ {
			if unseen(ws[1:cut]) && judgements.match(ws[cut:]) {
				return true
			}
		}
		return false
	}
	for i, w := range ws {
		if !therefores[w] && (w != ";" || i == 0) && (w != "and" || i+1 >= len(ws) || !therefores[ws[i+1]]) {
			continue
		}
		if i < 2 && w != "so" {
			continue
		}
		if unseen(ws[:i]) && judgements.match(ws[i+1:]) {
			return true
		}
	}
	// "It was not the firewall, as we saw no drops in its log"
	for i, w := range ws {
		if i > 2 && grounds[w] && exonerations.match(ws[:i]) && (unseen(ws[i+1:]) || at0(ws, i+1) == "there" && denials[at0(ws, i+3)]) {
			return true
		}
	}
	return false
}

// unseen reports whether words say that something was not seen.
func unseen(ws []string) bool {
	denied := slices.IndexFunc(ws, func(w string) bool { return denials[w] })
	if denied < 0 {
		return false
	}
	sign := false
	for i, w := range ws {
		if lookers[w] || places[w] || i > 0 && ws[i-1] == "in" && strings.ContainsAny(w, "_.") || i > denied && signSet[w] {
			sign = true
		}
	}
	return sign
}

var signSet = wordSet(signs)

// partOf reports whether a sign is only the first half of a name, as in "trace
// id".
func partOf(ws []string) bool {
	for i, w := range ws[:max(len(ws)-1, 0)] {
		if signSet[w] && halfNames[ws[i+1]] {
			return true
		}
	}
	return false
}

var concluding = wordSet("excluded ruled eliminated dismissed cleared assumed inferred deduced decided closed")

var halfNames = wordSet("id ids key keys field fields header headers context flag flags level levels tag tags label labels partition topic column")

// explained reports whether words tell why nothing was seen, or go on with what
// was: an absence with a mechanism is a finding.
func explained(ws []string) bool {
	for i, w := range ws {
		switch {
		case w == "and" && i > 3 && i+1 < len(ws) && isPast(ws[i+1]) && !therefores[ws[i+1]] && !concluding[ws[i+1]]:
			return true
		case w == "but" && i > 2 && i+2 < len(ws):
			return true
		case shut[w] && i > 2 && i+2 < len(ws) && denials[firstDenial(ws[:i])] && !slices.ContainsFunc(ws[i+1:], func(w string) bool { return well[w] }):
			return true
		}
	}
	return false
}

func firstDenial(ws []string) string {
	i := slices.IndexFunc(ws, func(w string) bool { return denials[w] })
	if i < 0 {
		return ""
	}
	return ws[i]
}
