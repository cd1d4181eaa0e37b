package logs

import (
	"fmt"
	"strings"
	"time"
)

// More kinds, drawn together with those of strangeKinds and scored before
// anybody looked at how they are grouped. Where what was counted as wrong was
// the label, by the format string of the source, the label was mended.
var lateKinds = []kind{
	{name: "squid", step: 200 * time.Millisecond, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%d.%03d %6d %s ", d.now.Unix(), d.IntN(1000), d.IntN(90000), d.value("ip"))
	}, statements: []statement{
		{100, "TCP_MISS/200 {n} GET http://{fqdn}{url} - HIER_DIRECT/{pub} text/html", "", ""},
		{60, "TCP_HIT/200 {n} GET http://{fqdn}{url} - HIER_NONE/- image/png", "", ""},
		{60, "TCP_TUNNEL/200 {n} CONNECT {fqdn}:443 - HIER_DIRECT/{pub} -", "", ""},
		{30, "TCP_DENIED/407 {n} CONNECT {fqdn}:443 - HIER_NONE/- text/html", "", ""},
		{20, "TCP_MISS/503 {n} GET http://{fqdn}{url} - HIER_NONE/- text/html", "", ""},
	}},
	{name: "dhcp", step: 2 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s gw1 %s: ", d.now.Format("Jan _2 15:04:05"), d.program(s.from))
	}, statements: []statement{
		{100, "query[{pick:A|AAAA|PTR|HTTPS}] {fqdn} from {ip}", "", "dnsmasq[]"},
		{100, "forwarded {fqdn} to {pub}", "", "dnsmasq[]"},
		{100, "reply {fqdn} is {pubornx}", "", "dnsmasq[]"},
		{60, "cached {fqdn} is {pub}", "", "dnsmasq[]"},
		{60, "DHCPDISCOVER(br-lan) {mac}", "", "dnsmasq-dhcp[]"},
		{60, "DHCPOFFER(br-lan) {ip} {mac}", "", "dnsmasq-dhcp[]"},
		{60, "DHCPREQUEST(br-lan) {ip} {mac}", "", "dnsmasq-dhcp[]"},
		{60, "DHCPACK(br-lan) {ip} {mac} {pick:laptop|phone-of-alice|printer2|desktop-4k2|tv|android-8f2}", "", "dnsmasq-dhcp[]"},
		{20, "no address range available for DHCP request via {pick:eth1|br-guest|wlan0}", "", "dnsmasq-dhcp[]"},
		{20, "Maximum number of concurrent DNS queries reached (max: 150)", "", "dnsmasq[]"},
		{20, "possible DNS-rebind attack detected: {fqdn}", "", "dnsmasq[]"},
	}},
	{name: "mongo", step: 500 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf(`{"t":{"$date":"%s"},"s":"%s","c":"%s","id":%d,"ctx":"conn%d",`, d.now.Format("2006-01-02T15:04:05.000+00:00"), d.pick("I"), s.from, 20000+len(s.text), d.IntN(900))
	}, statements: []statement{
		{100, `"msg":"Connection accepted","attr":{open}"remote":"{ipport}","connectionId":{n},"connectionCount":{n:1-99}{close}{close}`, "", "NETWORK"},
		{100, `"msg":"Connection ended","attr":{open}"remote":"{ipport}","connectionId":{n},"connectionCount":{n:1-99}{close}{close}`, "", "NETWORK"},
		{100, `"msg":"client metadata","attr":{open}"remote":"{ipport}","client":"conn{n}","doc":{open}"driver":{open}"name":"{pick:nodejs|PyMongo|mongo-go-driver}","version":"{n:1-6}.{n:0-9}.{n:0-9}"{close}{close}{close}{close}`, "", "NETWORK"},
		{60, `"msg":"Slow query","attr":{open}"type":"command","ns":"{name}.{name}","command":{open}"find":"{name}"{close},"planSummary":"{pick:COLLSCAN|IXSCAN}","durationMillis":{n}{close}{close}`, "", "COMMAND"},
		{40, `"msg":"WiredTiger message","attr":{open}"message":"[{n}:{n}][{n}:0x{hex}], WT_SESSION.checkpoint: [WT_VERB_CHECKPOINT_PROGRESS] saving checkpoint snapshot min: {n}, snapshot max: {n}"{close}{close}`, "", "STORAGE"},
		{30, `"msg":"Authentication succeeded","attr":{open}"mechanism":"SCRAM-SHA-256","principalName":"{user}","authenticationDatabase":"admin","client":"{ipport}"{close}{close}`, "", "ACCESS"},
		{30, `"msg":"Authentication failed","attr":{open}"mechanism":"SCRAM-SHA-256","principalName":"{user}","authenticationDatabase":"admin","client":"{ipport}","result":"UserNotFound"{close}{close}`, "", "ACCESS"},
		{20, `"msg":"Starting an election, since we've seen no PRIMARY in election timeout period","attr":{open}"electionTimeoutPeriodMillis":10000{close}{close}`, "", "ELECTION"},
	}},
	{name: "mysql", step: 2 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %d [%s] ", d.now.Format("2006-01-02T15:04:05.000000Z"), d.IntN(900), s.level)
	}, statements: []statement{
		{100, "[MY-010055] [Server] IP address '{pub}' could not be resolved: Name or service not known", "Warning", ""},
		{100, "[MY-013360] [Server] Plugin mysql_native_password reported: ''mysql_native_password' is deprecated and will be removed in a future release. Please use caching_sha2_password instead'", "Warning", ""},
		{60, "[MY-010914] [Server] Aborted connection {n} to db: '{name}' user: '{user}' host: '{ip}' ({enum:Got an error reading communication packets|Got timeout reading communication packets}).", "Note", ""},
		{60, "[MY-011825] [InnoDB] Page cleaner took {n}ms to flush {n} pages", "Note", ""},
		{40, "[MY-012980] [InnoDB] Buffer pool(s) load completed at {n:200101-241231} {n:10-23}:{n:10-59}:{n:10-59}", "Note", ""},
		{40, "[MY-010584] [Repl] Slave I/O for channel '': error connecting to master '{user}@{ip}:3306' - retry-time: 60  retries: {n:1-99}, Error_code: MY-002003", "ERROR", ""},
		{30, "[MY-010592] [Repl] Slave SQL for channel '': Could not execute {pick:Write|Update|Delete}_rows event on table {name}.{name}; Can't find record in '{name}', Error_code: 1032", "ERROR", ""},
		{30, "[MY-013129] [Server] A message intended for a client cannot be sent there as no client-session is attached. Therefore, we're sending the information to the error-log instead: MY-001158 - Got an error reading communication packets", "ERROR", ""},
		{20, "[MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.{n:10-40}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.", "System", ""},
		{20, "[MY-010910] [Server] /usr/sbin/mysqld: Shutdown complete (mysqld 8.0.{n:10-40})  MySQL Community Server - GPL.", "System", ""},
	}},
	{name: "envoy", step: 100 * time.Millisecond, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("[%s] ", d.now.Format("2006-01-02T15:04:05.000Z"))
	}, statements: []statement{
		{100, `"GET {url} HTTP/2" 200 - via_upstream - "-" {n:0-9} {n} {n:1-99} {n:1-99} "{pub}" "{agent}" "{uuid}" "{name}.svc" "{ipport}" outbound|80||{name}.default.svc.cluster.local {ipport} {ipport} {ipport} - default`, "", ""},
		{60, `"POST {url} HTTP/2" 200 - via_upstream - "-" {n:0-9} {n} {n:1-99} {n:1-99} "{pub}" "{agent}" "{uuid}" "{name}.svc" "{ipport}" outbound|80||{name}.default.svc.cluster.local {ipport} {ipport} {ipport} - default`, "", ""},
		{40, `"GET {url} HTTP/1.1" 503 UF upstream_reset_before_response_started{open}connection_failure{close} - "-" 0 {n} {n:1-99} - "{pub}" "{agent}" "{uuid}" "{name}.svc" "{ipport}" outbound|80||{name}.default.svc.cluster.local - {ipport} {ipport} - default`, "", ""},
		{20, `"GET {url} HTTP/1.1" 404 NR route_not_found - "-" 0 0 0 - "{pub}" "{agent}" "{uuid}" "{fqdn}" "-" - - {ipport} {ipport} - -`, "", ""},
	}},
	{name: "datanode", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %d %s %s: ", d.now.Format("060102 150405"), d.IntN(9000), s.level, s.from)
	}, statements: []statement{
		{100, "Receiving block {blk} src: /{ip}:{port} dest: /{ip}:50010", "INFO", "dfs.DataNode$DataXceiver"},
		{100, "Received block {blk} src: /{ip}:{port} dest: /{ip}:50010 of size {n}", "INFO", "dfs.DataNode$DataXceiver"},
		{100, "Received block {blk} of size {n} from /{ip}", "INFO", "dfs.DataNode$PacketResponder"},
		{100, "PacketResponder {n:0-2} for block {blk} terminating", "INFO", "dfs.DataNode$PacketResponder"},
		{60, "PacketResponder {n:0-2} for block {blk} Interrupted.", "INFO", "dfs.DataNode$PacketResponder"},
		{60, "BLOCK* NameSystem.allocateBlock: /user/{user}/{name}/_temporary/_task_{n}_m_{n}_0/part-{n}. {blk}", "INFO", "dfs.FSNamesystem"},
		{60, "BLOCK* NameSystem.addStoredBlock: blockMap updated: {ip}:50010 is added to {blk} size {n}", "INFO", "dfs.FSNamesystem"},
		{60, "BLOCK* NameSystem.addStoredBlock: Redundant addStoredBlock request received for {blk} on {ip}:50010 size {n}", "WARN", "dfs.FSNamesystem"},
		{40, "BLOCK* NameSystem.addStoredBlock: addStoredBlock request received for {blk} on {ip}:50010 size {n} But it does not belong to any file.", "INFO", "dfs.FSNamesystem"},
		{40, "BLOCK* NameSystem.delete: {blk} is added to invalidSet of {ip}:50010", "INFO", "dfs.FSNamesystem"},
		{40, "BLOCK* ask {ip}:50010 to delete {some:blk~ }", "INFO", "dfs.FSNamesystem"},
		{40, "BLOCK* ask {ip}:50010 to replicate {blk} to datanode(s) {some:ipport~ }", "INFO", "dfs.FSNamesystem"},
		{40, "Verification succeeded for {blk}", "INFO", "dfs.DataBlockScanner"},
		{40, "Deleting block {blk} file /mnt/hadoop/dfs/data/current/{pick:subdir12/|}{blk}", "INFO", "dfs.FSDataset"},
		{30, "Unexpected error trying to delete block {blk}. BlockInfo not found in volumeMap.", "WARN", "dfs.FSDataset"},
		{30, "Changing block file offset of block {blk} from {n} to {n} meta file offset to {n}", "INFO", "dfs.DataNode"},
		{30, "{ip}:50010 Served block {blk} to /{ip}", "INFO", "dfs.DataNode$DataXceiver"},
		{30, "{ip}:50010:Got exception while serving {blk} to /{ip}:", "WARN", "dfs.DataNode$DataXceiver"},
		{20, "{ip}:50010:Failed to transfer {blk} to {ip}:50010 got java.io.IOException: Connection reset by peer", "WARN", "dfs.DataNode$DataTransfer"},
		{20, "writeBlock {blk} received exception {enum:java.io.IOException: Could not read from stream|java.net.SocketTimeoutException: 60000 millis timeout|java.io.EOFException}", "INFO", "dfs.DataNode$DataXceiver"},
		{20, "PendingReplicationMonitor timed out block {blk}", "WARN", "dfs.PendingReplicationBlocks$PendingReplicationMonitor"},
	}},
	{name: "nova", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("nova-%s.log.1.2017-05-16_13:53:08 %s %d %s %s [req-%s %s %s - - -] ", d.pick("api|compute|scheduler"), d.now.Format("2006-01-02 15:04:05.000"), 2000+d.IntN(30000), s.level, s.from, d.value("uuid"), d.value("hex32"), d.value("hex32"))
	}, statements: []statement{
		{100, `{pick:10.11.21.122,10.11.10.1|10.11.10.1} "GET {pick:/v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail|/openstack/2013-10-17/meta_data.json|/latest/meta-data/} HTTP/1.1" status: {pick:200|200|404} len: {n} time: 0.{n}`, "INFO", "nova.osapi_compute.wsgi.server"},
		{60, `{ip} "POST /v2/{hex32}/os-server-external-events HTTP/1.1" status: 200 len: {n} time: 0.{n}`, "INFO", "nova.osapi_compute.wsgi.server"},
		{40, `{ip} "DELETE /v2/{hex32}/servers/{uuid} HTTP/1.1" status: 204 len: {n} time: 0.{n}`, "INFO", "nova.osapi_compute.wsgi.server"},
		{60, "[instance: {uuid}] VM {enum:Started|Paused|Resumed|Stopped} (Lifecycle Event)", "INFO", "nova.compute.manager"},
		{60, "[instance: {uuid}] During sync_power_state the instance has a pending task (spawning). Skip.", "INFO", "nova.compute.manager"},
		{40, "[instance: {uuid}] Took {f} seconds to {enum:spawn|build|destroy} the instance on the hypervisor.", "INFO", "nova.compute.manager"},
		{40, "[instance: {uuid}] Attempting claim: memory {n} MB, disk {n} GB, vcpus {n:1-9} CPU", "INFO", "nova.compute.claims"},
		{40, "[instance: {uuid}] Total {enum:memory|disk}: {n} {pick:MB|GB}, used: {f} {pick:MB|GB}", "INFO", "nova.compute.claims"},
		{40, "[instance: {uuid}] memory limit: {f} MB, free: {f} MB", "INFO", "nova.compute.claims"},
		{40, "[instance: {uuid}] vcpu limit not specified, defaulting to unlimited", "INFO", "nova.compute.claims"},
		{40, "image {uuid} at (/var/lib/nova/instances/_base/{hex}): checking", "INFO", "nova.virt.libvirt.imagecache"},
		{40, "image {uuid} at (/var/lib/nova/instances/_base/{hex}): in use: on this node {n:0-9} local, {n:0-9} on other nodes sharing this instance storage", "INFO", "nova.virt.libvirt.imagecache"},
		{30, "Active base files: /var/lib/nova/instances/_base/{hex}", "INFO", "nova.virt.libvirt.imagecache"},
		{30, "Unknown base file: /var/lib/nova/instances/_base/{hex}", "WARNING", "nova.virt.libvirt.imagecache"},
		{20, "While synchronizing instance power states, found {n:1-9} instances in the database and {n:0-9} instances on the hypervisor.", "WARNING", "nova.compute.manager"},
		{20, "Auditing locally available compute resources for node {host}", "INFO", "nova.compute.resource_tracker"},
		{20, "Total usable vcpus: {n:1-64}, total allocated vcpus: {n:0-64}", "INFO", "nova.compute.resource_tracker"},
		{20, "Final resource view: name={host} phys_ram={n}MB used_ram={n}MB phys_disk={n}GB used_disk={n}GB total_vcpus={n:1-64} used_vcpus={n:0-64} pci_stats=[]", "INFO", "nova.compute.resource_tracker"},
		{20, "Compute_service record updated for {host}:{host}", "INFO", "nova.compute.resource_tracker"},
		{20, "HTTP exception thrown: No instances found for any event", "INFO", "nova.api.openstack.wsgi"},
	}},
	{name: "ras", step: 20 * time.Second, header: func(d *drawer, s statement) string {
		loc := fmt.Sprintf("R%02d-M%d-N%d-C:J%02d-U%02d", d.IntN(64), d.IntN(2), d.IntN(16), d.IntN(18), d.IntN(2)*10+1)
		return fmt.Sprintf("- %d %s %s %s %s RAS %s %s ", d.now.Unix(), d.now.Format("2006.01.02"), loc, d.now.Format("2006-01-02-15.04.05.000000"), loc, s.from, s.level)
	}, statements: []statement{
		{100, "generating core.{n}", "INFO", "KERNEL"},
		{100, "{n:1-400} double-hummer alignment exceptions", "INFO", "KERNEL"},
		{100, "CE sym {n:0-40}, at 0x{hex8}, mask 0x{hex}", "INFO", "KERNEL"},
		{60, "instruction cache parity error corrected", "INFO", "KERNEL"},
		{60, "{n:1-99} ddr errors(s) detected and corrected on rank 0, symbol {n:0-40}, bit {n:0-7}", "INFO", "KERNEL"},
		{60, "total of {n:1-99} ddr error(s) detected and corrected", "INFO", "KERNEL"},
		{60, "ciod: failed to read message prefix on control stream (CioStream socket to {ip}:{port}", "FATAL", "APP"},
		{60, "ciod: Error reading message prefix after LOGIN_MESSAGE on CioStream socket to {ip}:{port}: Link has been severed", "FATAL", "APP"},
		{40, "ciod: LOGIN chdir({path}) failed: {enum:No such file or directory|Permission denied|Input/output error}", "FAILURE", "APP"},
		{40, "ciod: Error loading {path}: invalid or missing program image, {enum:Exec format error|No such file or directory|Permission denied}", "FATAL", "APP"},
		{40, "data TLB error interrupt", "FATAL", "KERNEL"},
		{40, "data storage interrupt", "FATAL", "KERNEL"},
		{40, "rts: kernel terminated for reason {n:1000-1006}", "FATAL", "KERNEL"},
		{40, "rts panic! - stopping execution", "FATAL", "KERNEL"},
		{40, "machine check {enum:enable|summary}...........................{n:0-1}", "FATAL", "KERNEL"},
		{40, "{pick:lr|cr|xer|ctr}:{hex8} {pick:cr|xer|ctr}:{hex8} {pick:xer|ctr}:{hex8} ctr:{hex8}", "INFO", "KERNEL"},
		{40, "iar {hex8} dear {hex8}", "FATAL", "KERNEL"},
		{30, "floating point unavailable interrupt", "FATAL", "KERNEL"},
		{30, "ciodb has been restarted.", "INFO", "MMCS"},
		{30, "idoproxydb has been started: $Name: V1R{n:1-3}M{n:0-3} $ Input parameters: -enableflush -loguserinfo db.properties BlueGene1", "INFO", "MMCS"},
		{30, "NodeCard is not fully functional", "ERROR", "DISCOVERY"},
		{20, "Node card VPD check: missing {pick:U01|U11} node, VPD ecid 0x{hex}", "ERROR", "DISCOVERY"},
		{20, "PrepareForService shutting down Node card(mLctn(R{n:0-6}-M{n:0-1}-N{n:0-15}), mCardSernum(203231503833343000000000594c31304b34333{n}), mLp(FF:F2:9F:16:E0:{n:10-99}:00:0D:60:E9:23:6A), mIp({ip}), mType(4)) as part of Service Action {n}", "WARNING", "SERVICE"},
	}},
	{name: "login", step: 5 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s: ", d.now.Format("Jan _2 15:04:05"), d.pick("LabSZ|combo"), d.program(s.from))
	}, statements: []statement{
		{100, "reverse mapping checking getaddrinfo for {fqdn} [{pub}] failed - POSSIBLE BREAK-IN ATTEMPT!", "", "sshd[]"},
		{100, "Invalid user {user} from {pub}", "", "sshd[]"},
		{100, "input_userauth_request: invalid user {user} [preauth]", "", "sshd[]"},
		{100, "pam_unix(sshd:auth): check pass; user unknown", "", "sshd[]"},
		{60, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={pub} ", "", "sshd[]"},
		{60, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={pub}  user={user}", "", "sshd[]"},
		{60, "Failed password for invalid user {user} from {pub} port {port} ssh2", "", "sshd[]"},
		{60, "Failed password for {user} from {pub} port {port} ssh2", "", "sshd[]"},
		{40, "Received disconnect from {pub}: 11: {enum:Bye Bye|disconnected by user|Closed due to user request.} [preauth]", "", "sshd[]"},
		{40, "PAM {n:1-5} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={pub}  user=root", "", "sshd[]"},
		{40, "message repeated {n:2-5} times: [ Failed password for root from {pub} port {port} ssh2]", "", "sshd[]"},
		{40, "error: Received disconnect from {pub}: {n:3-14}: com.jcraft.jsch.JSchException: Auth fail [preauth]", "", "sshd[]"},
		{30, "Disconnecting: Too many authentication failures for {user} [preauth]", "", "sshd[]"},
		{30, "Did not receive identification string from {pub}", "", "sshd[]"},
		{30, "fatal: Write failed: Connection reset by peer [preauth]", "", "sshd[]"},
		{30, "Bad protocol version identification '{pick:GET / HTTP/1.1|USER root|quit}' from {pub} port {port}", "", "sshd[]"},
		{30, "authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost={fqdn}  user={user}", "", "sshd(pam_unix)[]"},
		{30, "session {enum:opened|closed} for user {user}", "", "su(pam_unix)[]"},
		{30, "ALERT exited abnormally with [1]", "", "logrotate"},
		{30, "connection from {pub} ({fqdn}) at {when}", "", "ftpd[]"},
		{20, "connection from {pub} () at {when}", "", "ftpd[]"},
		{20, "Kerberos authentication failed", "", "klogind[]"},
		{20, "cupsd {pick:shutdown|startup} succeeded", "", "cups"},
	}},
	{name: "nodes", step: 10 * time.Minute, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%d node-%d %s %d 1 ", 100+d.IntN(500000), d.IntN(256), s.from, d.now.Unix())
	}, statements: []statement{
		{100, "Component State Change: Component \"alt0\" is in the unavailable state (HWID={n})", "", "unix.hw state_change.unavailable"},
		{60, "Component State Change: Component \"SCSI-WWID:01000010:6005-08b4-0001-00c6-0006-3000-003d-0000\" is in the {enum:unavailable|available} state (HWID={n})", "", "unix.hw state_change.unavailable"},
		{60, "Temperature ({n:30-60}C) exceeds warning threshold", "", "node temphigh"},
		{60, "Link error on broadcast tree Interconnect-0T{n:0-9}:00:{n:0-9}:{n:0-9}", "", "switch_module bcast-error"},
		{60, "Linkerror event interval expired", "", "switch_module control"},
		{60, "PSU status ( {enum:on|off} )", "", "node psu"},
		{60, "Fan speeds ( {n:1000-4000} {n:1000-4000} {n:1000-4000} {n:1000-4000} {n:1000-4000} {n:1000-4000} )", "", "node fan"},
		{60, "ambient={n:20-40}", "", "gige temperature"},
		{40, "ServerFileSystem: An ServerFileSystem domain panic has occurred on storage{n}", "", "unix.hw fs"},
		{40, "ServerFileSystem domain storage{n}_domain is full", "", "unix.hw fs"},
		{40, "NIFF: node node-{n:0-255} detected a failed network connection on network {ip} via interface {pick:alt0|ee0|scip0}", "", "unix.hw net.niff.down"},
		{40, "Targeting domains:node-D{n:0-9} and nodes:node-[{n:0-100}-{n:101-255}] child of command {n}", "", "action start"},
		{40, "boot (command {n}) Error: {enum:halted|timeout waiting for boot} state", "", "boot_cmd subcmd"},
		{30, "ClusterFileSystem: There is no server for PanFS storage on {n}", "", "domain panfs"},
	}},
	{name: "tunnel", step: 3 * time.Second, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("[%s] %s%s - ", d.now.Format("01.02 15:04:05"), d.pick("chrome.exe|Dropbox.exe|YodaoDict.exe|firefox.exe"), d.pick("| *64"))
	}, statements: []statement{
		{100, "{fqdn}:{port} open through proxy proxy.{name}.example.hk:5070 HTTPS", "", ""},
		{100, "{fqdn}:{port} close, {n} bytes sent, {n} bytes received, lifetime {life}", "", ""},
		{60, "{fqdn}:{port} close, {n} bytes ({f} KB) sent, {n} bytes ({f} KB) received, lifetime {life}", "", ""},
		{60, "{fqdn}:{port} open through proxy socks.{name}.example.hk:5070 SOCKS5", "", ""},
		{30, "{fqdn}:{port} error : Could not connect through proxy proxy.{name}.example.hk:5070 - Proxy closed the connection unexpectedly.", "", ""},
		{20, "{fqdn}:{port} error : Could not connect to proxy proxy.{name}.example.hk:5070 - connection attempt failed with error {n:10000-10100}", "", ""},
	}},
	{name: "executor", step: 50 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s %s: ", d.now.Format("06/01/02 15:04:05"), s.level, s.from)
	}, statements: []statement{
		{100, "Finished task {n:0-99}.0 in stage {n:0-99}.0 (TID {n}). {n} bytes result sent to driver", "INFO", "executor.Executor"},
		{100, "Running task {n:0-99}.0 in stage {n:0-99}.0 (TID {n})", "INFO", "executor.Executor"},
		{100, "Found block rdd_{n:0-99}_{n:0-99} locally", "INFO", "storage.BlockManager"},
		{100, "Got assigned task {n}", "INFO", "executor.CoarseGrainedExecutorBackend"},
		{120, "Block {pick:broadcast_4|broadcast_17|rdd_2_1|rdd_40_3} stored as values in memory (estimated size {f} KB, free {f} MB)", "INFO", "storage.MemoryStore"},
		{60, "Block {pick:broadcast_4_piece0|broadcast_17_piece0|rdd_7_2} stored as bytes in memory (estimated size {f} B, free {f} KB)", "INFO", "storage.MemoryStore"},
		{60, "Started reading broadcast variable {n:0-99}", "INFO", "broadcast.TorrentBroadcast"},
		{60, "Reading broadcast variable {n:0-99} took {n} ms", "INFO", "broadcast.TorrentBroadcast"},
		{40, "Times: total = {n}, boot = {n:-99-0}, init = {n}, finish = {n:0-9}", "INFO", "python.PythonRunner"},
		{40, "Input split: hdfs://{ip}:9000/{name}/{name}/part-{n}:{n}+{n}", "INFO", "rdd.HadoopRDD"},
		{40, "Saved output of task 'attempt_{n}_{n}_m_{n}_{n}' to hdfs://{ip}:9000/{name}/output/_temporary/0/task_{n}_{n}_m_{n}", "INFO", "output.FileOutputCommitter"},
		{40, "attempt_{n}_{n}_m_{n}_{n}: Committed", "INFO", "mapred.SparkHadoopMapRedUtil"},
		{40, "File Output Committer Algorithm version is {n:1-2}", "INFO", "output.FileOutputCommitter"},
		{30, "Changing {enum:view|modify} acls to: {pick:yarn,curi|root|hdfs,spark}", "INFO", "spark.SecurityManager"},
		{30, "SecurityManager: authentication disabled; ui acls disabled; users with view permissions: Set({pick:yarn, curi|root}); users with modify permissions: Set({pick:yarn, curi|root})", "INFO", "spark.SecurityManager"},
		{30, "Successfully started service '{pick:sparkExecutorActorSystem|org.apache.spark.network.netty.NettyBlockTransferService|Driver|SparkUI}' on port {port}.", "INFO", "util.Utils"},
		{30, "Remoting started; listening on addresses :[akka.tcp://sparkExecutorActorSystem@{host}:{port}]", "INFO", "Remoting"},
		{20, "Connecting to driver: spark://CoarseGrainedScheduler@{ip}:{port}", "INFO", "executor.CoarseGrainedExecutorBackend"},
		{20, "mapred.{pick:tip.id|task.id|task.is.map|task.partition|job.id} is deprecated. Instead, use mapreduce.{pick:task.id|task.attempt.id|task.ismap|task.partition|job.id}", "INFO", "Configuration.deprecation"},
	}},
	{name: "logfmt", step: 200 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("ts=%s caller=%s.go:%d level=%s component=%s ", d.now.Format("2006-01-02T15:04:05.000Z"), d.value("name"), d.IntN(900), strings.ToLower(s.level), s.from)
	}, statements: []statement{
		{100, `msg="Scrape failed" scrape_pool={name} target=http://{ipport}/metrics err="Get \"http://{ipport}/metrics\": dial tcp {ipport}: connect: connection refused"`, "WARN", "scrape"},
		{60, `msg="Error on ingesting samples with different value but same timestamp" scrape_pool={name} target=http://{ipport}/metrics num_dropped={n:1-99}`, "WARN", "scrape"},
		{60, `msg="write block" mint={big} maxt={big} ulid=01{hex32} duration={dur}`, "INFO", "tsdb"},
		{60, `msg="Head GC completed" duration={dur}`, "INFO", "tsdb"},
		{40, `msg="Deleting obsolete block" block=01{hex32}`, "INFO", "tsdb"},
		{40, `msg="Evaluating rule failed" rule="record: {name}:{name}:sum" err="many-to-many matching not allowed: matching labels must be unique on one side"`, "WARN", "rules"},
		{40, `msg="Notify for alerts failed" num_alerts={n:1-99} err="{enum:context deadline exceeded|unrecoverable error|no route to host}"`, "ERROR", "dispatcher"},
		{20, `msg="Completed loading of configuration file" filename=/etc/prometheus/prometheus.yml totalDuration={dur}`, "INFO", "main"},
	}},
}
