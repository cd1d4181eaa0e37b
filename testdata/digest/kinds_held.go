package logs

import (
	"fmt"
	"time"
)

// What is kept aside: nobody looks at how these are grouped while tuning.
var heldKinds = []kind{
	{name: "postgres", held: true, step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s UTC [%d] %s@%s %s:  ", d.now.Format("2006-01-02 15:04:05.000"), 100+d.IntN(900), d.pick("app|reporting|app|postgres"), d.pick("shop|dwh"), s.level)
	}, statements: []statement{
		{100, "connection received: host={ip} port={port}", "LOG", ""},
		{100, "connection authorized: user={user} database={name} application_name={name}", "LOG", ""},
		{100, "disconnection: session time: 0:{n:10-59}:{n:10-59}.{n:100-999} user={user} database={name} host={ip} port={port}", "LOG", ""},
		{60, "duration: {f} ms  statement: SELECT * FROM {name} WHERE id = {n}", "LOG", ""},
		{60, "duration: {f} ms  statement: UPDATE {name} SET state = 'x' WHERE id = {n}", "LOG", ""},
		{40, `relation "{name}" does not exist at character {n}`, "ERROR", ""},
		{40, `column "{name}" does not exist at character {n}`, "ERROR", ""},
		{40, `duplicate key value violates unique constraint "{name}_pkey"`, "ERROR", ""},
		{30, "deadlock detected", "ERROR", ""},
		{30, "canceling statement due to statement timeout", "ERROR", ""},
		{30, "canceling autovacuum task", "ERROR", ""},
		{30, "remaining connection slots are reserved for non-replication superuser connections", "FATAL", ""},
		{30, `password authentication failed for user "{user}"`, "FATAL", ""},
		{20, "checkpoint starting: {enum:time|wal|xlog}", "LOG", ""},
		{20, "checkpoint complete: wrote {n} buffers ({f}%); {n:0-9} WAL file(s) added, {n:0-9} removed, {n:0-9} recycled; write={f} s, sync={f} s, total={f} s", "LOG", ""},
		{20, `automatic vacuum of table "{name}.public.{name}": index scans: {n:0-3}`, "LOG", ""},
		{10, "could not receive data from client: Connection reset by peer", "LOG", ""},
		{10, "unexpected EOF on client connection with an open transaction", "LOG", ""},
		{10, "server process (PID {n}) was terminated by signal {n:6-11}: {enum:Killed|Aborted|Segmentation fault}", "LOG", ""},
	}},
	{name: "systemd", held: true, step: 10 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s: ", d.now.Format("2006-01-02T15:04:05.000000-07:00"), d.pick("web01|db02"), d.program(s.from))
	}, statements: []statement{
		{100, "Started Session {n} of user {user}.", "", "systemd[]"},
		{100, "Removed slice User Slice of UID {n}.", "", "systemd[]"},
		{100, "{name}.service: Succeeded.", "", "systemd[]"},
		{40, "{name}.service: Main process exited, code=exited, status={n:1-255}/FAILURE", "", "systemd[]"},
		{40, "{name}.service: Failed with result '{enum:exit-code|signal|timeout}'.", "", "systemd[]"},
		{40, "{name}.service: Scheduled restart job, restart counter is at {n:1-99}.", "", "systemd[]"},
		{40, "Reloading {name} configuration...", "", "systemd[]"},
		{30, "New session {n} of user {user}.", "", "systemd-logind[]"},
		{30, "Session {n} logged out. Waiting for processes to exit.", "", "systemd-logind[]"},
		{30, "({user}) CMD ({path})", "", "CRON[]"},
		{30, "pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={n})", "", "sudo[]"},
		{30, "    {user} : TTY=pts/{n:0-9} ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/{name}", "", "sudo[]"},
		{20, "usb {n:1-3}-{n:1-3}: new {enum:high-speed|full-speed} USB device number {n:1-99} using xhci_hcd", "", "kernel"},
		{20, "eth{n:0-3}: Link is Up - 1Gbps/Full - flow control rx/tx", "", "kernel"},
		{20, "eth{n:0-3}: Link is Down", "", "kernel"},
		{20, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/{name}.service,task={name},pid={n},uid={n}", "", "kernel"},
		{20, "EXT4-fs ({pick:sda1|sdb1|dm-0|nvme0n1p2}): mounted filesystem with ordered data mode. Opts: (null)", "", "kernel"},
		{10, "Buffer I/O error on dev {pick:sda1|sdb1|dm-0}, logical block {n}, lost async page write", "", "kernel"},
	}},
	{name: "mail", held: true, step: 2 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s mx1 %s: ", d.now.Format("Jan _2 15:04:05"), d.program(s.from))
	}, statements: []statement{
		{200, "connect from {fqdn}[{pub}]", "", "postfix/smtpd[]"},
		{200, "disconnect from {fqdn}[{pub}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", "", "postfix/smtpd[]"},
		{100, "{hex}: client={fqdn}[{pub}]", "", "postfix/smtpd[]"},
		{100, "{hex}: message-id=<{hex}@{fqdn}>", "", "postfix/cleanup[]"},
		{100, "{hex}: from=<{user}@{fqdn}>, size={n}, nrcpt={n:1-9} (queue active)", "", "postfix/qmgr[]"},
		{100, "{hex}: removed", "", "postfix/qmgr[]"},
		{60, "{hex}: to=<{user}@example.org>, relay=local, delay={f}, delays={f}/{f}/0/{f}, dsn=2.0.0, status=sent (delivered to mailbox)", "", "postfix/local[]"},
		{60, "{hex}: to=<{user}@{fqdn}>, relay=none, delay={n}, delays={f}/{f}/{f}/0, dsn=4.4.1, status=deferred (connect to {fqdn}[{pub}]:25: Connection timed out)", "", "postfix/smtp[]"},
		{60, "warning: hostname {fqdn} does not resolve to address {pub}: Name or service not known", "", "postfix/smtpd[]"},
		{60, "NOQUEUE: reject: RCPT from {fqdn}[{pub}]: 554 5.7.1 <{user}@{fqdn}>: Relay access denied; from=<{user}@{fqdn}> to=<{user}@{fqdn}> proto=ESMTP helo=<{fqdn}>", "", "postfix/smtpd[]"},
		{60, "lost connection after {enum:AUTH|DATA|EHLO} from {fqdn}[{pub}]", "", "postfix/smtpd[]"},
		{40, "imap-login: Login: user=<{user}>, method=PLAIN, rip={pub}, lip={ip}, mpid={n}, TLS, session=<{hex32}>", "", "dovecot"},
		{40, "imap({user}): Logged out in={n} out={n}", "", "dovecot"},
		{30, "imap-login: Disconnected (auth failed, {n:2-9} attempts in {n:2-30} secs): user=<{user}>, method=PLAIN, rip={pub}, lip={ip}, TLS", "", "dovecot"},
		{20, "statistics: max connection rate {n:1-9}/60s for (smtp:{pub}) at {when}", "", "postfix/anvil[]"},
	}},
	{name: "switch", held: true, step: 30 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s sw-%s %d: ", d.now.Format("Jan _2 15:04:05"), d.pick("core1|core2|access7"), d.IntN(99999))
	}, statements: []statement{
		{200, "%LINK-3-UPDOWN: Interface GigabitEthernet{n:1-4}/0/{n:1-48}, changed state to up", "", ""},
		{200, "%LINK-3-UPDOWN: Interface GigabitEthernet{n:1-4}/0/{n:1-48}, changed state to down", "", ""},
		{200, "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet{n:1-4}/0/{n:1-48}, changed state to {enum:up|down}", "", ""},
		{60, "%SYS-5-CONFIG_I: Configured from console by {user} on vty{n:0-4} ({ip})", "", ""},
		{60, "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: {user}] [Source: {ip}] [localport: 22]", "", ""},
		{60, "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: {user}] [Source: {ip}] [localport: 22] [Reason: Login Authentication Failed]", "", ""},
		{40, "%SPANTREE-2-ROOTGUARD_BLOCK: Root guard blocking port GigabitEthernet{n:1-4}/0/{n:1-48} on VLAN{n:1-99}.", "", ""},
		{40, "%CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on GigabitEthernet{n:1-4}/0/{n:1-48} ({n:1-99}), with {host} GigabitEthernet0/{n:1-48} ({n:1-99}).", "", ""},
		{40, "%OSPF-5-ADJCHG: Process 1, Nbr {ip} on Vlan{n:1-99} from {enum:FULL to DOWN|LOADING to FULL}, {enum:Neighbor Down: Dead timer expired|Loading Done}", "", ""},
		{30, "%ENVMON-4-FAN_FAILED: Fan {n:1-3} failed", "", ""},
		{20, "%SYS-3-CPUHOG: Task is running for ({n})msecs, more than (2000)msecs ({n}/{n}),process = {simple}.", "", ""},
		{20, "%SW_MATM-4-MACFLAP_NOTIF: Host {mac} in vlan {n:1-99} is flapping between port Gi{n:1-4}/0/{n:1-48} and port Gi{n:1-4}/0/{n:1-48}", "", ""},
	}},
	{name: "search", held: true, step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("[%s][%-5s][%-25s] [%s] ", d.now.Format("2006-01-02T15:04:05,000"), s.level, s.from, d.pick("es-node-1|es-node-2|es-node-3"))
	}, statements: []statement{
		{100, "[gc][{n}] overhead, spent [{n:100-900}ms] collecting in the last [{f}s]", "WARN", "o.e.m.j.JvmGcMonitorService"},
		{100, "[{name}-2024.01.{n:10-28}][{n:0-4}] took[{f}ms], took_millis[{n}], total_hits[{n} hits], types[], stats[], search_type[QUERY_THEN_FETCH], total_shards[{n:1-9}], source[{open}{close}], id[]", "WARN", "i.s.s.query"},
		{60, "creating index [{name}-2024.01.{n:10-28}], cause [{enum:auto(bulk api)|api}], templates [{name}], shards [{n:1-5}]/[{n:0-2}]", "INFO", "o.e.c.m.MetadataCreateIndexService"},
		{60, "[{name}-2024.01.{n:10-28}/{hex32}] update_mapping [_doc]", "INFO", "o.e.c.m.MetadataMappingService"},
		{60, "[{name}-2024.01.{n:10-28}/{hex32}] deleting index", "INFO", "o.e.c.m.MetadataDeleteIndexService"},
		{60, "Cluster health status changed from [{enum:YELLOW] to [GREEN|GREEN] to [YELLOW|YELLOW] to [RED}] (reason: [shards started [[{name}][{n:0-4}]]]).", "INFO", "o.e.c.r.a.AllocationService"},
		{40, "low disk watermark [85%] exceeded on [{hex32}][es-node-{n:1-3}][/data/nodes/0] free: {f}gb[{f}%], replicas will not be assigned to this node", "INFO", "o.e.c.r.a.DiskThresholdMonitor"},
		{40, "high disk watermark [90%] exceeded on [{hex32}][es-node-{n:1-3}][/data/nodes/0] free: {f}gb[{f}%], shards will be relocated away from this node", "WARN", "o.e.c.r.a.DiskThresholdMonitor"},
		{30, "node-left[{open}es-node-{n:1-3}{close}{open}{hex32}{close}{open}{ip}:9300{close} reason: disconnected], term: {n:1-40}, version: {n}", "INFO", "o.e.c.s.MasterService"},
		{30, "failed to execute bulk item (index) index {open}[{name}-2024.01.{n:10-28}][_doc][{hex32}]{close}", "DEBUG", "o.e.a.b.TransportShardBulkAction"},
		{20, "adding template [{name}] for index patterns [{name}-*]", "INFO", "o.e.c.m.MetadataIndexTemplateService"},
		{20, "master node changed {open}previous [], current [{open}es-node-{n:1-3}{close}{open}{hex32}{close}]{close}", "INFO", "o.e.c.s.ClusterApplierService"},
		{10, "started", "INFO", "o.e.n.Node"},
		{10, "publish_address {open}{ip}:9200{close}, bound_addresses {open}{some:ipport~, }{close}", "INFO", "o.e.h.AbstractHttpServerTransport"},
	}},
}
