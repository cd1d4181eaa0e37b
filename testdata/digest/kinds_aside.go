package logs

import (
	"fmt"
	"time"
)

// Kinds that were drawn and scored after the engine was mended on lastKinds, and
// looked at after that.
var asideKinds = []kind{
	{name: "slapd", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s ldap1 %s: ", d.now.Format("Jan _2 15:04:05"), d.program("slapd[]"))
	}, statements: []statement{
		{100, `conn={n} fd={n:10-99} ACCEPT from IP={ip}:{port} (IP=0.0.0.0:389)`, "", ""},
		{100, `conn={n} op={n:0-9} BIND dn="uid={user},ou=people,dc=example,dc=org" method=128`, "", ""},
		{100, `conn={n} op={n:0-9} BIND dn="uid={user},ou=people,dc=example,dc=org" mech=SIMPLE ssf=0`, "", ""},
		{100, `conn={n} op={n:0-9} RESULT tag=97 err={n:0-53} text=`, "", ""},
		{100, `conn={n} op={n:0-9} SRCH base="ou={name},dc=example,dc=org" scope={n:0-2} deref=0 filter="(&(objectClass=posixAccount)(uid={user}))"`, "", ""},
		{60, `conn={n} op={n:0-9} SEARCH RESULT tag=101 err={n:0-53} nentries={n:0-99} text=`, "", ""},
		{60, `conn={n} op={n:0-9} UNBIND`, "", ""},
		{60, `conn={n} fd={n:10-99} closed`, "", ""},
		{30, `conn={n} fd={n:10-99} closed (connection lost)`, "", ""},
		{20, `<= bdb_equality_candidates: ({name}) not indexed`, "", ""},
	}},
	{name: "exim", step: 2 * time.Second, header: func(d *drawer, _ statement) string {
		return d.now.Format("2006-01-02 15:04:05") + " "
	}, statements: []statement{
		{100, "1r{hex8}-000{n}-Ab <= {user}@{fqdn} H={fqdn} [{pub}] P=esmtps X=TLS1.{n:2-3}:ECDHE_RSA_AES_256_GCM_SHA384:256 CV=no S={n} id={hex32}@{fqdn}", "", ""},
		{100, "1r{hex8}-000{n}-Ab => {user} <{user}@{fqdn}> R=local_user T=maildir_home", "", ""},
		{60, "1r{hex8}-000{n}-Ab => {user}@{fqdn} R=dnslookup T=remote_smtp H={fqdn} [{pub}] X=TLS1.{n:2-3}:ECDHE_RSA_AES_256_GCM_SHA384:256 CV=yes C=\"250 OK id={hex32}\"", "", ""},
		{100, "1r{hex8}-000{n}-Ab Completed", "", ""},
		{40, "1r{hex8}-000{n}-Ab == {user}@{fqdn} R=dnslookup T=remote_smtp defer (110): Connection timed out", "", ""},
		{40, "H=({fqdn}) [{pub}] F=<{user}@{fqdn}> rejected RCPT <{user}@{fqdn}>: relay not permitted", "", ""},
		{30, "no host name found for IP address {pub}", "", ""},
		{30, "login authenticator failed for ({fqdn}) [{pub}]: 535 Incorrect authentication data (set_id={user})", "", ""},
		{20, "Start queue run: pid={n}", "", ""},
		{20, "End queue run: pid={n}", "", ""},
	}},
	{name: "pacemaker", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s node%d %s [%d] (%s)\t%s: ", d.now.Format("Jan 02 15:04:05"), 1+d.IntN(2), s.from, 1000+d.IntN(40), d.pick("log_op_output|do_state_transition|process_lrm_event|unpack_config"), d.pick("info|notice|warning"))
	}, statements: []statement{
		{100, "State transition {enum:S_IDLE -> S_POLICY_ENGINE|S_POLICY_ENGINE -> S_TRANSITION_ENGINE|S_TRANSITION_ENGINE -> S_IDLE}", "", "pacemaker-controld"},
		{100, "Result of {enum:monitor|start|stop} operation for {name} on node{n:1-2}: {n:0-9} (ok)", "", "pacemaker-controld"},
		{60, "Initiating {enum:monitor|start|stop} operation {name}_monitor_0 locally on node{n:1-2}", "", "pacemaker-controld"},
		{60, "Calculated transition {n}, saving inputs in /var/lib/pacemaker/pengine/pe-input-{n}.bz2", "", "pacemaker-schedulerd"},
		{40, "Transition {n} (Complete={n:0-20}, Pending=0, Fired=0, Skipped=0, Incomplete=0, Source=/var/lib/pacemaker/pengine/pe-input-{n}.bz2): Complete", "", "pacemaker-controld"},
		{40, "Diff: --- 0.{n}.{n} 2", "", "pacemaker-based"},
		{40, "Completed cib_modify operation for section status: OK (rc=0, origin=node{n:1-2}/crmd/{n}, version=0.{n}.{n})", "", "pacemaker-based"},
		{30, "Node node{n:1-2} state is now {enum:lost|member}", "", "pacemaker-attrd"},
		{20, "Forcing {name} away from node{n:1-2} after {n} failures (max={n})", "", "pacemaker-schedulerd"},
	}},
	{name: "ceph", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %x %2d ", d.now.Format("2006-01-02T15:04:05.000-0700"), 0x7f0000000000+d.Int64N(1<<36), d.IntN(10))
	}, statements: []statement{
		{100, "log_channel(cluster) log [DBG] : pgmap v{n}: {n} pgs: {n} active+clean; {f} TiB data, {f} TiB used, {f} TiB / {f} TiB avail; {f} MiB/s rd, {f} MiB/s wr, {n} op/s", "", ""},
		{60, "osd.{n:0-40} {n} heartbeat_check: no reply from {ip}:{n} osd.{n:0-40} since back {when} front {when} (oldest deadline {when})", "", ""},
		{60, "log_channel(cluster) log [WRN] : slow request osd_op(client.{n}.0:{n} {n:1-9}.{hex8} {n:1-9}:{hex8}:::rbd_data.{hex}:head [write {n}~{n}] snapc 0=[] ondisk+write e{n}) initiated {when} currently delayed", "", ""},
		{60, "log_channel(cluster) log [INF] : osd.{n:0-40} boot", "", ""},
		{40, "log_channel(cluster) log [WRN] : Health check failed: {n:1-9} osds down (OSD_DOWN)", "", ""},
		{40, "log_channel(cluster) log [INF] : Health check cleared: OSD_DOWN (was: {n:1-9} osds down)", "", ""},
		{40, "log_channel(cluster) log [DBG] : {n:1-9}.{hex8} deep-scrub starts", "", ""},
		{40, "log_channel(cluster) log [DBG] : {n:1-9}.{hex8} deep-scrub ok", "", ""},
		{30, "mon.{name}@{n:0-4}({enum:leader|peon}) e{n:1-9} handle_auth_request failed to assign global_id", "", ""},
		{20, "rocksdb: [db/compaction/compaction_job.cc:{n}] [default] [JOB {n}] Compacting {n:1-9}@0 + {n:1-9}@1 files to L1, score {f}", "", ""},
	}},
	{name: "zabbix", step: time.Second, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%6d:%s ", 1000+d.IntN(60), d.now.Format("20060102:150405.000"))
	}, statements: []statement{
		{100, `item "{host}:net.if.in[eth{n:0-3}]" became not supported: Cannot find information for this network interface in /proc/net/dev.`, "", ""},
		{100, `item "{host}:system.cpu.load[percpu,avg{n:1-15}]" became supported`, "", ""},
		{60, `Zabbix agent item "{dotted}" on host "{host}" failed: first network error, wait for 15 seconds`, "", ""},
		{60, `resuming Zabbix agent checks on host "{host}": connection restored`, "", ""},
		{60, `temporarily disabling Zabbix agent checks on host "{host}": interface unavailable`, "", ""},
		{40, `cannot send list of active checks to "{ip}": host [{host}] not found`, "", ""},
		{40, `slow query: {f} sec, "update items set lastlogsize={n} where itemid={n}"`, "", ""},
		{30, `sending configuration data to proxy "{name}" at "{ip}", datalen {n}, bytes {n} with compression ratio {f}`, "", ""},
		{20, `housekeeper [deleted {n} hist/trends, {n} items/triggers, {n} events, {n} sessions in {f} sec, idle for 1 hour(s)]`, "", ""},
	}},
	{name: "netfilter", step: 300 * time.Millisecond, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%s fw1 kernel: [%6d.%06d] ", d.now.Format("Jan _2 15:04:05"), d.IntN(900000), d.IntN(1000000))
	}, statements: []statement{
		{100, "[UFW BLOCK] IN=eth{n:0-3} OUT= MAC={mac}:{mac}:08:00 SRC={pub} DST={ip} LEN={n:40-1500} TOS=0x00 PREC=0x00 TTL={n:30-255} ID={n} PROTO=TCP SPT={port} DPT={n:1-1024} WINDOW={n} RES=0x00 SYN URGP=0", "", ""},
		{60, "[UFW BLOCK] IN=eth{n:0-3} OUT= MAC={mac}:{mac}:08:00 SRC={pub} DST={ip} LEN={n:40-1500} TOS=0x00 PREC=0x00 TTL={n:30-255} ID={n} PROTO=UDP SPT={port} DPT={n:1-1024} LEN={n}", "", ""},
		{40, "[UFW ALLOW] IN=eth{n:0-3} OUT= MAC={mac}:{mac}:08:00 SRC={ip} DST={ip} LEN={n:40-1500} TOS=0x00 PREC=0x00 TTL={n:30-255} ID={n} DF PROTO=TCP SPT={port} DPT=22 WINDOW={n} RES=0x00 SYN URGP=0", "", ""},
		{40, "device eth{n:0-3} entered promiscuous mode", "", ""},
		{40, "device eth{n:0-3} left promiscuous mode", "", ""},
		{40, "nf_conntrack: table full, dropping packet", "", ""},
		{30, "e1000e {n:1000-9999}:00:1f.6 eth{n:0-3}: NIC Link is Up {n:10-1000} Mbps Full Duplex, Flow Control: {pick:Rx/Tx|None}", "", ""},
		{30, "TCP: request_sock_TCP: Possible SYN flooding on port {n:1-9999}. Sending cookies.  Check SNMP counters.", "", ""},
		{20, "audit: type=1400 audit({n}.{n}:{n}): apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/sbin/{name}\" name=\"{path}\" pid={n} comm=\"{name}\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid={n}", "", ""},
		{20, "Out of memory: Killed process {n} ({name}) total-vm:{n}kB, anon-rss:{n}kB, file-rss:{n}kB, shmem-rss:0kB, UID:{n} pgtables:{n}kB oom_score_adj:0", "", ""},
	}},
	{name: "coredns", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s [%s] ", d.now.Format("2006-01-02T15:04:05.000Z"), s.level)
	}, statements: []statement{
		{100, `{ip}:{port} - {n} "{pick:A|AAAA|SRV|PTR} IN {fqdn}. udp {n:30-90} false 512" {enum:NOERROR|NXDOMAIN} qr,aa,rd {n:50-500} {f}s`, "INFO", ""},
		{40, `plugin/errors: 2 {fqdn}. {pick:A|AAAA}: read udp {ip}:{port}->{pub}:53: i/o timeout`, "ERROR", ""},
		{20, `plugin/reload: Running configuration SHA512 = {hex32}{hex32}`, "INFO", ""},
		{20, `plugin/kubernetes: Warning: watch ended with error for {pick:Service|EndpointSlice|Namespace}`, "WARNING", ""},
		{20, `plugin/health: Local health request to "http://:8080/health" took more than 1s: {f}s`, "WARNING", ""},
	}},
	{name: "disks", step: 10 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s: ", d.now.Format("2006-01-02T15:04:05.000000-07:00"), d.value("host"), d.program(s.from))
	}, statements: []statement{
		{100, "Selected source {pub} ({fqdn})", "", "chronyd[]"},
		{60, "System clock wrong by {f} seconds", "", "chronyd[]"},
		{60, "Can't synchronise: no selectable sources", "", "chronyd[]"},
		{60, "Source {pub} replaced with {pub} ({fqdn})", "", "chronyd[]"},
		{60, "mpath{pick:a|b|c}: sd{pick:c|d|e|f} - tur checker reports path is {enum:up|down}", "", "multipathd[]"},
		{60, "mpath{pick:a|b|c}: remaining active paths: {n:0-4}", "", "multipathd[]"},
		{40, "checker failed path {n:8-65}:{n:0-240} in map mpath{pick:a|b|c}", "", "multipathd[]"},
		{40, "Device: /dev/sd{pick:a|b|c|d} [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from {n:60-80} to {n:60-80}", "", "smartd[]"},
		{40, "Device: /dev/sd{pick:a|b|c|d} [SAT], {n:1-99} Currently unreadable (pending) sectors", "", "smartd[]"},
		{30, "Device: /dev/sd{pick:a|b|c|d} [SAT], FAILED SMART self-check. BACK UP DATA NOW!", "", "smartd[]"},
		{30, "DeviceDisappeared event detected on md device /dev/md{n:0-9}", "", "mdadm[]"},
		{20, "RebuildFinished event detected on md device /dev/md{n:0-9}, component device  mismatches found: {n} (on raid level {n:1-6})", "", "mdadm[]"},
	}},
}
