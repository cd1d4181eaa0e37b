package triage

import (
	"slices"
	"strings"
)

type lookup struct {
	stems            map[string]bool
	pattern, command string
}

// lookups are the cheapest looks at a thing, by the words of a claim about it:
// what logs say of it, and a command that only reads. The row with most
// words of the claim is taken, of several the first. The messages are those of Linux, PostgreSQL, MySQL, Kubernetes,
// Windows, Asterisk and OpenSSL themselves.
var lookups = []lookup{
	{stemSet("inode inodes"), "No space left on device", "df -i"},
	{stemSet("lock locks locked deadlock deadlocks"), "deadlock detected|Lock wait timeout|still waiting for", "the sessions that wait and those that they wait for (pg_blocking_pids, sys.dm_tran_locks)"},
	{stemSet("oom heap leak memory swap metaspace"), "Out of memory|oom-kill|OutOfMemoryError|137", "the memory of the process over the hours before"},
	{stemSet("pool max_connections connections"), "too many clients|remaining connection slots|timeout acquiring connection|Too many connections", "connections by state and by client"},
	{stemSet("certificate tls handshake x509 chain ca"), "certificate has expired|unable to verify|x509:|handshake failure", "openssl s_client -connect HOST:PORT -servername NAME, for dates and chain"},
	{stemSet("dns resolver zone nxdomain"), "NXDOMAIN|SERVFAIL|Temporary failure in name resolution|no such host", "dig at each resolver, with its TTL and serial"},
	{stemSet("clock ntp skew offset chrony"), "clock skew|Clock skew too great|time has been changed", "chronyc tracking, or w32tm /query /status"},
	{stemSet("replica replication standby lag slot"), "requested WAL segment|replication slot|Slave_IO|behind master", "the lag of each replica by bytes and by time"},
	{stemSet("probe readiness liveness evicted kubelet pod"), "Readiness probe failed|Liveness probe failed|Evicted|OOMKilled|FailedScheduling", "kubectl describe pod, and get events --sort-by=.lastTimestamp"},
	{stemSet("quorum leader failover heartbeat fenced"), "lost quorum|leader election|no leader|split-brain|fencing", "the members, terms and votes as each node sees them"},
	{stemSet("raid array dimm controller psu fan battery drive temperature sector"), "I/O error|Uncorrectable|degraded|Predictive failure|Machine check", "the hardware log of the board (iLO IML, iDRAC SEL), with times"},
	{stemSet("volume space filesystem datastore quota full disk"), "No space left on device|ENOSPC|read-only file system|disk full", "df -h, and what grew (du --max-depth)"},
	{stemSet("sip trunk codec rtp pbx ali psap"), "488 Not Acceptable|408 Request Timeout|503 Service Unavailable|registration", "the SIP ladder of one call, and the CDR cause code"},
	{stemSet("ldap kerberos login password token saml oidc account"), "invalid credentials|52e|532|775|KRB_AP_ERR|401", "the events 4625, 4740, 4771 of the domain controllers"},
	{stemSet("vault seal kms lease"), "core: vault is sealed|permission denied|lease", "vault status on each node"},
	{stemSet("switch port vlan trunk spanning crc frames link"), "LINEPROTO|UPDOWN|SPANTREE|CRC", "the counters of the port, twice, a minute apart"},
	{stemSet("route bgp ospf firewall packet mtu vpn tunnel"), "ADJCHANGE|neighbor .* down|denied|fragmentation needed", "the route and a traceroute from both ends"},
	{stemSet("queue consumer broker partition kafka"), "rebalance|consumer group|no available brokers|NotLeader", "the lag of each consumer group"},
	{stemSet("job schedule cron pipeline runner build"), "exit code|timed out|Skipping|cannot acquire", "the last good and the first bad run, side by side"},
	{stemSet("deploy release migration version upgrade update patch"), "version|migration|rolled back", "what was deployed when, beside the first sign"},
	{stemSet("cpu load thread gc pause"), "GC|blocked for more than|thread pool", "a thread dump or profile while it lasts"},
}

// check says how to find out cheaply whether a claim holds: words to search
// for, what logs say in such cases, and where else to look.
func check(claim string, own []string) string {
	var parts []string
	if len(own) > 0 {
		parts = append(parts, "search the logs for "+strings.Join(own[:min(4, len(own))], ", "))
	}
	best, most := -1, 0
	ws := words(claim)
	for i, l := range lookups {
		hits := 0
		for _, w := range ws {
			if l.stems[stem(w)] {
				hits++
			}
		}
		if hits > most {
			best, most = i, hits
		}
	}
	if best >= 0 {
		parts = append(parts, "or for /"+lookups[best].pattern+"/", "or look at "+lookups[best].command)
	}
	return strings.Join(parts, "; ")
}

// terms returns the words of a claim that are worth searching for, the most
// particular first: names and numbers before words, words before those that
// every system has.
func terms(claim string) []string {
	var tiers [3][]string
	for _, w := range words(claim) {
		if len(w) < 3 || w == ";" || stopWords[w] || small[w] || vagueNouns[w] || slices.Contains(tiers[0], w) || slices.Contains(tiers[1], w) || slices.Contains(tiers[2], w) {
			continue
		}
		tier := 1
		switch {
		case strings.ContainsAny(w, "0123456789._/[") && !stamp24(w):
			tier = 0
		case genericWords[w] || weak[stem(w)]:
			tier = 2
		}
		tiers[tier] = append(tiers[tier], w)
	}
	return slices.Concat(tiers[0], tiers[1], tiers[2])
}
