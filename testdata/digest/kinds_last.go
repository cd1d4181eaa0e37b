package logs

import (
	"fmt"
	"strings"
	"time"
)

// Kinds that were drawn and scored after the engine was mended on strangeKinds
// and lateKinds, and looked at after that.
var lastKinds = []kind{
	{name: "kafka", step: 200 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("[%s] %s ", d.now.Format("2006-01-02 15:04:05,000"), s.level)
	}, statements: []statement{
		{100, "[Log partition={part}, dir=/var/lib/kafka] Rolled new log segment at offset {n} in {n:1-99} ms. (kafka.log.Log)", "INFO", ""},
		{100, "[Log partition={part}, dir=/var/lib/kafka] Deleting segment LogSegment(baseOffset={n}, size={n}, lastModifiedTime={big}, largestRecordTimestamp=Some({big})) (kafka.log.Log)", "INFO", ""},
		{60, "[Partition {part} broker={n:1-3}] Shrinking ISR from {n:1-3},{n:1-3},{n:1-3} to {n:1-3},{n:1-3}. Leader: (highWatermark: {n}, endOffset: {n}). Out of sync replicas: (brokerId: {n:1-3}, endOffset: {n}). (kafka.cluster.Partition)", "INFO", ""},
		{60, "[Partition {part} broker={n:1-3}] Expanding ISR from {n:1-3},{n:1-3} to {n:1-3},{n:1-3},{n:1-3} (kafka.cluster.Partition)", "INFO", ""},
		{60, "[GroupCoordinator {n:1-3}]: Preparing to rebalance group {name}-consumer in state PreparingRebalance with old generation {n:1-99} (__consumer_offsets-{n:0-49}) (reason: {pick:Adding new member consumer-1|removing member consumer-2 on heartbeat expiration|removing member consumer-1 on LeaveGroup}) (kafka.coordinator.group.GroupCoordinator)", "INFO", ""},
		{60, "[GroupCoordinator {n:1-3}]: Stabilized group {name}-consumer generation {n:1-99} (__consumer_offsets-{n:0-49}) with {n:1-9} members (kafka.coordinator.group.GroupCoordinator)", "INFO", ""},
		{60, "[GroupMetadataManager brokerId={n:1-3}] Removed {n:0-99} expired offsets in {n:0-99} milliseconds. (kafka.coordinator.group.GroupMetadataManager)", "INFO", ""},
		{40, "[ReplicaFetcher replicaId={n:1-3}, leaderId={n:1-3}, fetcherId=0] Error in response for fetch request (type=FetchRequest, replicaId={n:1-3}, maxWait=500, minBytes=1, maxBytes={n}, fetchData={open}{close}, isolationLevel=READ_UNCOMMITTED, toForget=, metadata=(sessionId={n}, epoch={n})) (kafka.server.ReplicaFetcherThread)", "WARN", ""},
		{30, "[Controller id={n:1-3}, targetBrokerId={n:1-3}] Connection to node {n:1-3} ({host}/{ip}:9092) could not be established. Broker may not be available. (org.apache.kafka.clients.NetworkClient)", "WARN", ""},
		{20, "[Controller id={n:1-3}] Processing automatic preferred replica leader election (kafka.controller.KafkaController)", "INFO", ""},
		{20, "Session 0x{hex} for server {host}/{ip}:2181, unexpected error, closing socket connection and attempting reconnect (org.apache.zookeeper.ClientCnxn)", "WARN", ""},
	}},
	{name: "redis", step: time.Second, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%d:%s %s %s ", 1+d.IntN(3000), d.pick("M|S|C"), d.now.Format("02 Jan 2006 15:04:05.000"), d.pick("*|#|-"))
	}, statements: []statement{
		{100, "{n:1-9999} changes in {n:60-900} seconds. Saving...", "", ""},
		{100, "Background saving started by pid {n}", "", ""},
		{100, "DB saved on disk", "", ""},
		{100, "RDB: {n:0-99} MB of memory used by copy-on-write", "", ""},
		{100, "Background saving terminated with success", "", ""},
		{40, "Replica {ip}:6379 asks for synchronization", "", ""},
		{40, "Partial resynchronization request from {ip}:6379 accepted. Sending {n} bytes of backlog starting from offset {big}.", "", ""},
		{30, "Connection with replica {ip}:6379 lost.", "", ""},
		{30, "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.", "", ""},
		{30, "Client id={n} addr={ipport} fd={n:5-99} name= age={n} idle={n} flags=N db=0 sub=0 psub=0 multi=-1 qbuf=0 qbuf-free=0 obl=0 oll={n} omem={n} events=rw cmd={pick:subscribe|psubscribe|monitor} scheduled to be closed ASAP for overcoming of output buffer limits.", "", ""},
		{20, "Starting automatic rewriting of AOF on {n:100-200}% growth", "", ""},
		{20, "MASTER <-> REPLICA sync: Flushing old data", "", ""},
		{20, "MASTER <-> REPLICA sync: receiving {n} bytes from master to disk", "", ""},
		{20, "MASTER <-> REPLICA sync: Finished with success", "", ""},
		{10, "OOM command not allowed when used memory > 'maxmemory'.", "", ""},
	}},
	{name: "catalina", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s [%s] %s ", d.now.Format("02-Jan-2006 15:04:05.000"), s.level, d.pick("main|http-nio-8080-exec-3|http-nio-8080-exec-11|Catalina-utility-1|ContainerBackgroundProcessor[StandardEngine[Catalina]]"), s.from)
	}, statements: []statement{
		{100, "Deployment of web application archive [/opt/tomcat/webapps/{name}.war] has finished in [{n}] ms", "INFO", "org.apache.catalina.startup.HostConfig.deployWAR"},
		{100, "Deploying web application archive [/opt/tomcat/webapps/{name}.war]", "INFO", "org.apache.catalina.startup.HostConfig.deployWAR"},
		{60, "At least one JAR was scanned for TLDs yet contained no TLDs. Enable debug logging for this logger for a complete list of JARs that were scanned but no TLDs were found in them.", "INFO", "org.apache.jasper.servlet.TldScanner.scanJars"},
		{60, "Servlet.service() for servlet [{simple}] in context with path [/{name}] threw exception [{enum:Request processing failed|Handler dispatch failed}; nested exception is {pick:java.lang.NullPointerException|java.lang.IllegalStateException: closed}] with root cause", "SEVERE", "org.apache.catalina.core.StandardWrapperValve.invoke"},
		{60, "The web application [{name}] appears to have started a thread named [{name}-pool-{n:1-9}] but has failed to stop it. This is very likely to create a memory leak. Stack trace of thread:", "WARNING", "org.apache.catalina.loader.WebappClassLoaderBase.clearReferencesThreads"},
		{40, "Thread [http-nio-8080-exec-{n:1-200}] (id=[{n}]) has been active for [{n}] milliseconds (since [{when}]) to serve the same request for [http://{fqdn}/{name}] and may be stuck (configured threshold for this StuckThreadDetectionValve is [{n:30-60}] seconds). There is/are [{n:1-9}] thread(s) in total that are monitored by this Valve and may be stuck.", "WARNING", "org.apache.catalina.valves.StuckThreadDetectionValve.notifyStuckThreadDetected"},
		{40, "Error parsing HTTP request header", "INFO", "org.apache.coyote.http11.Http11Processor.service"},
		{30, "Starting ProtocolHandler [\"{pick:http-nio-8080|ajp-nio-8009|https-jsse-nio-8443}\"]", "INFO", "org.apache.coyote.AbstractProtocol.start"},
		{30, "Stopping ProtocolHandler [\"{pick:http-nio-8080|ajp-nio-8009|https-jsse-nio-8443}\"]", "INFO", "org.apache.coyote.AbstractProtocol.stop"},
		{20, "Server startup in [{n}] milliseconds", "INFO", "org.apache.catalina.startup.Catalina.start"},
		{20, "Command line argument: -D{dotted}={path}", "INFO", "org.apache.catalina.startup.VersionLoggerListener.log"},
	}},
	{name: "audit", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("type=%s msg=audit(%d.%03d:%d): ", s.from, d.now.Unix(), d.IntN(1000), d.IntN(90000))
	}, statements: []statement{
		{100, `pid={n} uid=0 auid={n} ses={n} msg='op=PAM:session_open grantors=pam_unix acct="{user}" exe="/usr/sbin/sshd" hostname={ip} addr={ip} terminal=ssh res=success'`, "", "USER_START"},
		{100, `pid={n} uid=0 auid={n} ses={n} msg='op=PAM:session_close grantors=pam_unix acct="{user}" exe="/usr/sbin/sshd" hostname={ip} addr={ip} terminal=ssh res=success'`, "", "USER_END"},
		{60, `arch=c000003e syscall={n:0-300} success=yes exit={n:0-9} a0={hex} a1={hex} a2={hex} a3={hex} items={n:0-3} ppid={n} pid={n} auid={n} uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts{n:0-9} ses={n} comm="{name}" exe="/usr/bin/{name}" key="{name}"`, "", "SYSCALL"},
		{60, `cwd="{path}"`, "", "CWD"},
		{40, `pid={n} uid=0 auid=4294967295 ses=4294967295 msg='op=password acct="{user}" exe="/usr/sbin/sshd" hostname=? addr={pub} terminal=ssh res=failed'`, "", "USER_AUTH"},
		{40, `pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit={name} comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'`, "", "SERVICE_START"},
		{40, `pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit={name} comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'`, "", "SERVICE_STOP"},
	}},
	{name: "firewall", step: 100 * time.Millisecond, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%s asa1 : ", d.now.Format("Jan 02 2006 15:04:05"))
	}, statements: []statement{
		{100, "%ASA-6-302013: Built {enum:inbound|outbound} TCP connection {n} for {pick:outside|dmz}:{pub}/{port} ({pub}/{port}) to inside:{ip}/{n:80-443} ({ip}/{n:80-443})", "", ""},
		{100, "%ASA-6-302014: Teardown TCP connection {n} for {pick:outside|dmz}:{pub}/{port} to inside:{ip}/{n:80-443} duration 0:0{n:0-9}:{n:10-59} bytes {n} {enum:TCP FINs|TCP Reset-I|SYN Timeout}", "", ""},
		{60, "%ASA-4-106023: Deny {pick:tcp|udp} src outside:{pub}/{port} dst inside:{ip}/{n:1-1024} by access-group \"outside_in\" [0x0, 0x0]", "", ""},
		{60, "%ASA-6-302015: Built outbound UDP connection {n} for outside:{pub}/53 ({pub}/53) to inside:{ip}/{port} ({ip}/{port})", "", ""},
		{40, "%ASA-6-305011: Built dynamic TCP translation from inside:{ip}/{port} to outside:{pub}/{port}", "", ""},
		{30, "%ASA-4-733100: [Scanning] drop rate-1 exceeded. Current burst rate is {n:1-99} per second, max configured rate is {n:1-99}; Current average rate is {n:1-99} per second, max configured rate is 5; Cumulative total count is {n}", "", ""},
		{20, "%ASA-5-111010: User '{user}', running 'CLI' from IP {ip}, executed '{pick:show running-config|write memory|configure terminal}'", "", ""},
		{20, "%ASA-3-713902: Group = {pub}, IP = {pub}, Removing peer from correlator table failed, no match!", "", ""},
		{20, "%ASA-1-105005: (Primary) Lost Failover communications with mate on interface {pick:inside|outside}", "", ""},
	}},
	{name: "containers", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf(`time="%s" level=%s `, d.now.Format("2006-01-02T15:04:05.000000000Z07:00"), strings.ToLower(s.level))
	}, statements: []statement{
		{100, `msg="StopContainer for \"{hex32}\" with timeout {n:1-30} (s)"`, "INFO", ""},
		{100, `msg="Container {hex32} failed to exit within {n:1-30} seconds of signal 15 - using the force"`, "INFO", ""},
		{60, `msg="CreateContainer within sandbox \"{hex32}\" for container name:\"{name}\" attempt:{n:0-9}"`, "INFO", ""},
		{60, `msg="PullImage \"registry.example/{name}/{name}:v{n:1-9}.{n:0-9}\""`, "INFO", ""},
		{60, `msg="Pulled image \"registry.example/{name}:v{n:1-9}.{n:0-9}\" with image id \"sha256:{hex32}{hex32}\", size \"{n}\" in {f}s"`, "INFO", ""},
		{40, `msg="failed to pull image \"registry.example/{name}:v{n:1-9}\"" error="rpc error: code = {enum:NotFound|Unknown} desc = failed to resolve reference"`, "ERROR", ""},
		{40, `msg="shim disconnected" id={hex32}`, "INFO", ""},
		{40, `msg="cleaning up after shim disconnected" id={hex32} namespace=k8s.io`, "WARNING", ""},
		{20, `msg="Handler for POST /v1.4{n:0-3}/containers/{name}/start returned error: driver failed programming external connectivity on endpoint {name} ({hex32}): Bind for 0.0.0.0:{port} failed: port is already allocated"`, "ERROR", ""},
	}},
	{name: "asterisk", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("[%s] %s[%d]%s %s: ", d.now.Format("2006-01-02 15:04:05"), s.level, 1000+d.IntN(9000), d.pick("|[C-000"+fmt.Sprintf("%05x", d.IntN(1<<20))+"]"), s.from)
	}, statements: []statement{
		{100, "Registration from '\"{n}\" <sip:{n}@{ip}>' failed for '{pub}:{port}' - {enum:Wrong password|No matching peer found}", "NOTICE", "chan_sip.c"},
		{100, "-- Executing [{n}@from-internal:{n:1-40}] {pick:Dial|Set|GotoIf|Macro|NoOp|Playback}(\"SIP/{n}-{hex8}\", \"{name}\") in new stack", "VERBOSE", "pbx.c"},
		{100, "-- SIP/{n}-{hex8} is ringing", "VERBOSE", "app_dial.c"},
		{100, "-- SIP/{n}-{hex8} answered SIP/{n}-{hex8}", "VERBOSE", "app_dial.c"},
		{60, "Peer '{n}' is now {enum:UNREACHABLE!|LAGGED}  Last qualify: {n}", "NOTICE", "chan_sip.c"},
		{60, "Peer '{n}' is now Reachable. ({n:1-900}ms / 2000ms)", "NOTICE", "chan_sip.c"},
		{40, "Timeout on {hex32} on non-critical invite transaction.", "WARNING", "chan_sip.c"},
		{40, "Everyone is busy/congested at this time ({n:1-3}:{n:0-3}/{n:0-3}/{n:0-3})", "VERBOSE", "app_dial.c"},
		{30, "Retransmission timeout reached on transmission {hex32}@{ip} for seqno {n} (Critical {enum:Request|Response}) -- See https://wiki.example.org/display/SIP", "WARNING", "chan_sip.c"},
		{20, "Remote host can't match request {enum:BYE|NOTIFY|INVITE} to call '{hex32}@{ip}'. Giving up.", "WARNING", "chan_sip.c"},
	}},
	{name: "vpn", step: 2 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s ", d.now.Format("Mon Jan _2 15:04:05 2006"))
	}, statements: []statement{
		{100, "{pub}:{port} TLS: Initial packet from [AF_INET]{pub}:{port}, sid={hex8} {hex8}", "", ""},
		{100, "{pub}:{port} VERIFY OK: depth={n:0-1}, CN={user}", "", ""},
		{60, "{pub}:{port} [{user}] Peer Connection Initiated with [AF_INET]{pub}:{port}", "", ""},
		{60, "{user}/{pub}:{port} MULTI: Learn: {ip} -> {user}/{pub}:{port}", "", ""},
		{60, "{user}/{pub}:{port} MULTI_sva: pool returned IPv4={ip}, IPv6=(Not enabled)", "", ""},
		{60, "{pub}:{port} TLS Error: TLS key negotiation failed to occur within 60 seconds (check your network connectivity)", "", ""},
		{60, "{pub}:{port} TLS Error: TLS handshake failed", "", ""},
		{40, "{user}/{pub}:{port} SIGTERM[soft,remote-exit] received, client-instance exiting", "", ""},
		{40, "{user}/{pub}:{port} [{user}] Inactivity timeout (--ping-restart), restarting", "", ""},
		{40, "{user}/{pub}:{port} SENT CONTROL [{user}]: 'PUSH_REPLY,route {ip} 255.255.255.0,topology subnet,ping 10,ping-restart 120,ifconfig {ip} 255.255.255.0,peer-id {n:0-99}' (status=1)", "", ""},
		{30, "{pub}:{port} Control Channel: TLSv1.{n:2-3}, cipher TLSv1.{n:2-3} {pick:ECDHE-RSA-AES256-GCM-SHA384|TLS_AES_256_GCM_SHA384}, {n:2048-4096} bit RSA", "", ""},
		{20, "event_wait : Interrupted system call (code=4)", "", ""},
	}},
	{name: "iis", step: time.Second, header: func(d *drawer, _ statement) string {
		return d.now.Format("2006-01-02 15:04:05") + " "
	}, statements: []statement{
		{100, "{ip} {enum:GET|POST} {url} - 443 - {pub} {w3agent} {pick:-|https://shop.example/} {pick:200 0 0|200 0 0|404 0 2|500 0 64} {n}", "", ""},
	}},
	{name: "consensus", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf(`{"level":"%s","ts":"%s","caller":"%s:%d",`, strings.ToLower(s.level), d.now.Format("2006-01-02T15:04:05.000Z0700"), s.from, d.IntN(900))
	}, statements: []statement{
		{100, `"msg":"apply request took too long","took":"{f}ms","expected-duration":"100ms","prefix":"read-only range ","request":"key:\"/registry/{name}/{name}\" ","response":"range_response_count:{n:0-9} size:{n}"{close}`, "WARN", "etcdserver/util.go"},
		{60, `"msg":"{hex} is starting a new election at term {n}"{close}`, "INFO", "raft/raft.go"},
		{60, `"msg":"{hex} became {enum:candidate|leader|follower} at term {n}"{close}`, "INFO", "raft/raft.go"},
		{60, `"msg":"{hex} received MsgVoteResp from {hex} at term {n}"{close}`, "INFO", "raft/raft.go"},
		{60, `"msg":"compact tree index","revision":{n}{close}`, "INFO", "mvcc/index.go"},
		{60, `"msg":"finished scheduled compaction","compact-revision":{n},"took":"{f}ms"{close}`, "INFO", "mvcc/kvstore_compaction.go"},
		{40, `"msg":"prober detected unhealthy status","round-tripper-name":"ROUND_TRIPPER_RAFT_MESSAGE","remote-peer-id":"{hex}","rtt":"0s","error":"dial tcp {ip}:2380: connect: connection refused"{close}`, "WARN", "rafthttp/probing_status.go"},
		{40, `"msg":"rejected connection","remote-addr":"{ipport}","server-name":"","error":"{enum:EOF|remote error: tls: bad certificate}"{close}`, "WARN", "embed/config_logging.go"},
	}},
	{name: "sendmail", step: 2 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s mailhub %s: ", d.now.Format("Jan _2 15:04:05"), d.program(s.from))
	}, statements: []statement{
		{100, "x{hex8}0{n}: from=<{user}@{fqdn}>, size={n}, class=0, nrcpts={n:1-9}, msgid=<{hex32}@{fqdn}>, proto=ESMTP, daemon=MTA, relay={fqdn} [{pub}]", "", "sm-mta[]"},
		{100, "x{hex8}0{n}: to=<{user}@{fqdn}>, delay=00:00:{n:10-59}, xdelay=00:00:{n:10-59}, mailer=esmtp, pri={n}, relay={fqdn}. [{pub}], dsn=2.0.0, stat=Sent (ok: queued as {hex})", "", "sm-mta[]"},
		{60, "x{hex8}0{n}: to=<{user}@{fqdn}>, delay=00:00:{n:10-59}, xdelay=00:00:{n:10-59}, mailer=esmtp, pri={n}, relay={fqdn}., dsn=4.0.0, stat=Deferred: Connection refused by {fqdn}.", "", "sm-mta[]"},
		{40, "x{hex8}0{n}: {fqdn} [{pub}] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA", "", "sm-mta[]"},
		{40, "STARTTLS=client, relay={fqdn}., version=TLSv1.{n:2-3}, verify={pick:OK|FAIL|NO}, cipher=ECDHE-RSA-AES256-GCM-SHA384, bits=256/256", "", "sm-mta[]"},
		{30, "ruleset=check_rcpt, arg1=<{user}@{fqdn}>, relay={fqdn} [{pub}], reject=550 5.7.1 <{user}@{fqdn}>... Relaying denied", "", "sm-mta[]"},
		{20, "rejecting connections on daemon MTA: load average: {n:12-90}", "", "sm-mta[]"},
	}},
	{name: "db2go", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s ", s.level, d.now.Format("2006-01-02 15:04:05.000"), s.from)
	}, statements: []statement{
		{100, "CompactionTask.java:{n:100-300} - Compacted ({uuid}) {n:2-9} sstables to [{path},] to level={n:0-3}.  {f}MiB to {f}MiB (~{n:1-99}% of original) in {n}ms.", "INFO", "[CompactionExecutor:12]"},
		{60, "GCInspector.java:{n:100-300} - G1 Young Generation GC in {n}ms.  G1 Eden Space: {n} -> 0; G1 Old Gen: {n} -> {n};", "WARN", "[Service Thread]"},
		{60, "Gossiper.java:{n:1000-1300} - InetAddress /{ip} is now {enum:UP|DOWN}", "INFO", "[GossipStage:1]"},
		{40, "HintsDispatchExecutor.java:{n:100-300} - Finished hinted handoff of file {uuid}-{big}-1.hints to endpoint /{ip}: {uuid}", "INFO", "[HintsDispatcher:2]"},
		{40, "NoSpamLogger.java:{n:10-99} - Some operations were slow, details available at debug level (debug.log)", "INFO", "[ScheduledTasks:1]"},
		{40, "MessagingService.java:{n:1000-1300} - {pick:MUTATION|READ|HINT|REQUEST_RESPONSE} messages were dropped in last 5000 ms: {n} internal and {n} cross node. Mean internal dropped latency: {n} ms and Mean cross-node dropped latency: {n} ms", "INFO", "[ScheduledTasks:1]"},
		{40, "ReadCommand.java:{n:100-600} - Read {n} live rows and {n} tombstone cells for query SELECT * FROM {name}.{name} WHERE id = {n} LIMIT 5000 (see tombstone_warn_threshold)", "WARN", "[ReadStage-3]"},
		{30, "StorageService.java:{n:100-900} - Node /{ip} state jump to {enum:NORMAL|shutdown}", "INFO", "[GossipStage:1]"},
	}},
}
