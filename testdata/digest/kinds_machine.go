package logs

import (
	"fmt"
	"time"
)

// Supercomputers: their kernels, links, nodes and schedulers.
var machineKinds = []kind{
	{name: "bluegene", step: 20 * time.Second, header: func(d *drawer, s statement) string {
		node := fmt.Sprintf("R%02d-M%d-N%d-C:J%02d-U%02d", d.IntN(70), d.IntN(2), d.IntN(16), d.IntN(18), d.IntN(12))
		return fmt.Sprintf("%s %d %s %s %s %s RAS %s %s ", d.pick("-|-|-|APPREAD|KERNDTLB"), d.now.Unix(), d.now.Format("2006.01.02"), node,
			d.now.Format("2006-01-02-15.04.05.000000"), node, s.from, s.level)
	}, statements: []statement{
		{700, "generating core.{n}", "", "KERNEL"},
		{300, "iar {hex} dear {hex}", "", "KERNEL"},
		{200, "{n} double-hummer alignment exceptions", "", "KERNEL"},
		{120, "ciod: Error reading message prefix on CioStream socket to {ip}:{port}, Link has been severed", "FATAL", "APP"},
		{60, "ciod: failed to read message prefix on control stream (CioStream socket to {ip}:{port}", "FATAL", "APP"},
		{60, "ciod: LOGIN chdir(/{name}/{user}/{name}) failed: No such file or directory", "FATAL", "APP"},
		{20, "ciod: LOGIN chdir(/{name}/{user}/{name}) failed: Input/output error", "FATAL", "APP"},
		{20, "ciod: Error loading {path}: invalid or missing program image, No such file or directory", "FATAL", "APP"},
		{100, "CE sym {n:0-40}, at 0x{hex}, mask 0x{n:10-99}", "", "KERNEL"},
		{100, "{n:1-30} ddr errors(s) detected and corrected on rank 0, symbol {n:0-40}, bit {n:0-7}", "", "KERNEL"},
		{60, "total of {n:1-30} ddr error(s) detected and corrected", "", "KERNEL"},
		{60, "instruction cache parity error corrected", "", "KERNEL"},
		{60, "data TLB error interrupt", "FATAL", "KERNEL"},
		{40, "data storage interrupt", "FATAL", "KERNEL"},
		{30, "ddr: excessive soft failures, consider replacing the card", "WARNING", "KERNEL"},
		{30, "rts: kernel terminated for reason {n:1000-1010}", "FATAL", "KERNEL"},
		{30, "rts tree/torus link training failed: wanted: {some:axis~ } got: {some:axis~ }", "FATAL", "KERNEL"},
		{20, "lr:{hex} cr:{hex} xer:{hex} ctr:{hex}", "", "KERNEL"},
		{20, "program interrupt: fp cr update.............{n:0-1}", "", "KERNEL"},
		{20, "program interrupt: imprecise exception......{n:0-1}", "", "KERNEL"},
		{20, "floating point instr. enabled.....{n:0-1}", "", "KERNEL"},
		{20, "byte ordering exception.....................{n:0-1}", "", "KERNEL"},
		{20, "exception syndrome register: 0x{hex}", "", "KERNEL"},
		{20, "machine check: i-fetch......................{n:0-1}", "", "KERNEL"},
		{20, "debug interrupt enable............{n:0-1}", "", "KERNEL"},
		{10, "d-cache search parity error.............{n:0-1}", "", "KERNEL"},
		{10, "problem communicating with service card, ido chip: FF:F2:9F:16:{n:10-99}:{n:10-99}:00:0D:60:E9:23:6A. java.io.IOException: Could not find EthernetSwitch on port:address 1:{n:1-200}", "FAILURE", "DISCOVERY"},
		{10, "Node card VPD check: U{n:10-99} node in processor card slot J{n:10-18} do not match. VPD ecid {hex32}, found {hex32}", "WARNING", "DISCOVERY"},
		{10, "idoproxydb hit ASSERT condition: ASSERT expression={n:0-1} Source file={pick:idotransportmgr|idomarshalerio}.cpp Source line={n} Function=int IdoTransportMgr::SendPacket(IdoUdpMgr*, BglCtlPavTrace*)", "FAILURE", "HARDWARE"},
		{10, "MidplaneSwitchController performing bit sparing on R{n:10-70}-M0-L2-U{n:10-20}-A bit {n:0-9}", "SEVERE", "LINKCARD"},
		{10, "NodeCard is not fully functional", "WARNING", "DISCOVERY"},
		{6, "suppressing further interrupts of same type", "", "KERNEL"},
		{6, "shutdown complete", "", "KERNEL"},
		{6, "ciodb has been restarted.", "", "MMCS"},
		{6, "idoproxydb has been started: $Name: V1R1M1_{n:100-300} $ Input parameters: -enableflush -loguserinfo db.properties BlueGene1", "", "MMCS"},
	}},
	{name: "cluster", step: 15 * time.Minute, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%d %s %s %d %d ", 100000+d.IntN(400000), d.pick("node-"+d.value("n:0-255")+"|Interconnect-0N0"+d.value("n:0-3")+"|gige"+d.value("n:1-7")), s.from, d.now.Unix(), 1)
	}, statements: []statement{
		{300, `Component State Change: Component \042alt0\042 is in the unavailable state (HWID={n})`, "", "unix.hw state_change.unavailable"},
		{200, `Component State Change: Component \042SCSI-WWID:01000010:{n}-{n}-{n}\042 is in the unavailable state (HWID={n})`, "", "unix.hw state_change.unavailable"},
		{200, "PSU status ( {pick:on|off} {pick:on|off|on} )", "", "node psu"},
		{200, "Fan speeds ( {n:3000-3999} {n:3000-3999} {n:3000-3999} {pick:****|3552|3515} {n:3000-3999} {n:3000-3999} )", "", "node fan"},
		{100, "Temperature ({n:20-60}C) exceeds warning threshold", "", "node temphigh"},
		{100, "boot (command {n})", "", "action start"},
		{100, "wait (command {n})", "", "action start"},
		{60, "risboot (command {n})", "", "action error"},
		{60, "Targeting domains:node-D{n:0-9} and nodes:node-[{n:0-99}-{n:100-200}] child of command {n}", "", "boot_cmd new"},
		{60, "Link error on broadcast tree Interconnect-0T00:00:{n:0-9}:{n:0-9}", "", "switch_module bcast-error"},
		{60, "Linkerror event interval expired", "", "switch_module control"},
		{60, "Link ok", "", "switch_module status"},
		{60, "NIFF: node node-{n:0-255} detected a failed network connection on network 5.5.{n:0-250}.0 via interface alt0", "", "unix.hw net.niff.down"},
		{60, "NIFF: node node-{n:0-255} has detected an available network connection on network 5.5.{n:0-250}.0 via interface alt0", "", "unix.hw net.niff.up"},
		{40, "ServerFileSystem domain storage{n:1-500} is full", "", "clusterfilesystem full"},
		{40, "ClusterFileSystem: There is no server for ServerFileSystem domain storage{n:1-500}", "", "clusterfilesystem no_server"},
		{30, "ServerFileSystem: An ServerFileSystem domain panic has occurred on storage{n:1-500}", "", "domain panic"},
		{20, "running running", "", "node status"},
		{20, "not responding", "", "node status"},
		{20, "ambient={n:20-40}", "", "node temphigh"},
		{10, "power/control problem", "", "node status"},
		{10, "critical", "", "node status"},
	}},
	{name: "sandia", step: time.Second, header: func(d *drawer, s statement) string {
		host := d.pick("dn" + d.value("n:1-999") + "|en" + d.value("n:1-99") + "|tbird-admin1|aadmin1|bn" + d.value("n:1-999"))
		return fmt.Sprintf("- %d %s %s %s %s/%s %s: ", d.now.Unix(), d.now.Format("2006.01.02"), host, d.now.Format("Jan _2 15:04:05"), host, host, d.program(s.from))
	}, statements: []statement{
		{230, "(root) CMD (run-parts /etc/cron.hourly)", "", "crond[]"},
		{230, "session opened for user {pick:root|root|root|mysql} by (uid=0)", "", "crond(pam_unix)[]"},
		{230, "session closed for user {pick:root|root|root|mysql}", "", "crond(pam_unix)[]"},
		{150, "data_thread() got not answer from any [Thunder_{pick:A|B|C|D|SM}{n:1-9}] datasource", "", "/apps/x86_64/system/ganglia/sbin/gmetad[]"},
		{80, "synchronized to {ip}, stratum {n:1-4}", "", "ntpd[]"},
		{80, "[ib_sm_sweep.c:{n}]: No topology change", "", "ib_sm.x[]"},
		{80, "[KERNEL_IB][ib_device_find][{path}:{n}]Fatal error on HCA device {pick:InfiniHost0|InfiniHost1}", "", "kernel"},
		{60, "DHCPDISCOVER from {mac} via eth{n:0-1}: network A_net: no free leases", "", "dhcpd"},
		{60, "DHCPREQUEST for {ip} from {mac} via eth{n:0-1}", "", "dhcpd"},
		{60, "DHCPACK on {ip} to {mac} via eth{n:0-1}", "", "dhcpd"},
		{40, "unable to qualify my own domain name ({host}) -- using short name", "", "sendmail[]"},
		{40, "{hex}: from=root, size={n}, class=0, nrcpts=1, msgid=<{n}.{hex}@{host}>, relay=root@localhost", "", "sendmail[]"},
		{40, "Connection from ::ffff:{ip} port {port}", "", "sshd[]"},
		{40, "Accepted publickey for {user} from ::ffff:{ip} port {port} ssh2", "", "sshd[]"},
		{40, "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={fqdn}  user={user}", "", "sshd(pam_unix)[]"},
		{40, "check pass; user unknown", "", "sshd(pam_unix)[]"},
		{30, "START: tftp pid={n} from={ip}", "", "xinetd[]"},
		{30, "EXIT: tftp pid={n} duration={n:0-900}(sec)", "", "xinetd[]"},
		{30, "tftp: client does not accept options", "", "in.tftpd[]"},
		{20, "warning: unable to look up public/pickup: No such file or directory", "", "postfix/postdrop[]"},
		{20, "ACPI: Processor [CPU{n:0-3}] (supports C1, 8 throttling states)", "", "kernel"},
		{20, "scsi{n:0-3}: {pick:LSI|Adaptec|QLogic} host adapter", "", "kernel"},
		{20, "EXT3-fs: mounted filesystem with ordered data mode.", "", "kernel"},
		{20, "EXT3 FS on {pick:sda1|sda5|sdb1}, internal journal", "", "kernel"},
		{10, "Losing some ticks... checking if CPU frequency changed.", "", "kernel"},
		{10, "Warning: many lost ticks.", "", "kernel"},
		{10, "{pick:crond|sshd|ntpd|atd|xinetd|smartd|gpm|portmap|nfslock} startup succeeded", "", "rc"},
		{10, "{pick:crond|sshd|ntpd|atd|xinetd|smartd|gpm|portmap|nfslock} shutdown succeeded", "", "rc"},
	}},
}

// program gives a program that ends with [] a process number.
func (d *drawer) program(from string) string {
	if n := len(from); n > 2 && from[n-2:] == "[]" {
		return fmt.Sprintf("%s[%d]", from[:n-2], 1000+d.IntN(30000))
	}
	return from
}
