package logs

import (
	"fmt"
	"strings"
	"time"
)

// Kinds that were drawn after the engine had been tuned on the others, from the
// message formats that the software's documentation and sources state, and were
// scored before anybody looked at how they are grouped. They are for
// development since.
var strangeKinds = []kind{
	{name: "access", step: time.Second, header: func(d *drawer, _ statement) string {
		return fmt.Sprintf("%s - %s [%s] ", d.value("pub"), d.pick("-|-|-|"+d.value("user")), d.now.Format("02/Jan/2006:15:04:05 -0700"))
	}, statements: []statement{
		{200, `"GET {url} HTTP/1.1" 200 {n} "{pick:-|https://shop.example/|https://shop.example/cart}" "{agent}"`, "", ""},
		{60, `"GET {url} HTTP/1.1" 304 0 "{pick:-|https://shop.example/}" "{agent}"`, "", ""},
		{40, `"GET {url} HTTP/1.1" 404 {n} "-" "{agent}"`, "", ""},
		{60, `"POST {url} HTTP/1.1" 200 {n} "https://shop.example/cart" "{agent}"`, "", ""},
		{20, `"POST {url} HTTP/1.1" 302 {n} "https://shop.example/cart" "{agent}"`, "", ""},
		{20, `"GET {url} HTTP/1.1" 502 {n} "-" "{agent}"`, "", ""},
		{10, `"HEAD {url} HTTP/1.1" 200 0 "-" "{agent}"`, "", ""},
	}},
	{name: "haproxy", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s lb%d haproxy[%d]: ", d.now.Format("Jan _2 15:04:05"), 1+d.IntN(2), 2000+d.IntN(9))
	}, statements: []statement{
		{200, `{pub}:{port} [{hatime}] https~ web/web{n:1-9} {n:0-9}/0/{n:0-3}/{n:1-900}/{n:1-999} 200 {n} - - ---- {n:1-99}/{n:1-99}/{n:0-9}/{n:0-9}/0 0/0 "GET {url} HTTP/1.1"`, "", ""},
		{60, `{pub}:{port} [{hatime}] https~ api/api{n:1-9} {n:0-9}/0/{n:0-3}/{n:1-900}/{n:1-999} 201 {n} - - ---- {n:1-99}/{n:1-99}/{n:0-9}/{n:0-9}/0 0/0 "POST {url} HTTP/1.1"`, "", ""},
		{40, `{pub}:{port} [{hatime}] https~ web/<NOSRV> -1/-1/-1/-1/{n:1-99} 503 {n} - - SC-- {n:1-99}/{n:1-99}/0/0/0 0/0 "GET {url} HTTP/1.1"`, "", ""},
		{30, `{pub}:{port} [{hatime}] https/1: SSL handshake failure`, "", ""},
		{20, `Server web/web{n:1-9} is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: {n:0-9}ms. {n:1-5} active and 0 backup servers left. {n:0-9} sessions active, 0 requeued, 0 remaining in queue.`, "", ""},
		{20, `Server web/web{n:1-9} is UP, reason: Layer7 check passed, code: 200, check duration: {n:0-9}ms. {n:1-5} active and 0 backup servers online. 0 sessions requeued, 0 total in queue.`, "", ""},
		{10, `backend {pick:web|api|static} has no server available!`, "", ""},
		{10, `Health check for server web/web{n:1-9} failed, reason: Layer7 timeout, check duration: {n:1000-2000}ms, status: {n:0-2}/3 UP.`, "", ""},
	}},
	{name: "named", step: 300 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s: %s: ", d.now.Format("02-Jan-2006 15:04:05.000"), s.from, strings.ToLower(s.level))
	}, statements: []statement{
		{200, "client @{addr} {ip}#{port} ({fqdn}): query: {fqdn} IN {pick:A|AAAA|MX|PTR|TXT|SRV} +{pick:E(0)|E(0)K|E(0)DC|S} ({ip})", "INFO", "queries"},
		{60, "client @{addr} {ip}#{port} ({fqdn}): query (cache) '{fqdn}/{pick:A|AAAA|ANY}/IN' denied", "INFO", "security"},
		{40, "client @{addr} {ip}#{port} ({fqdn}): zone transfer '{fqdn}/AXFR/IN' denied", "ERROR", "security"},
		{40, "zone {fqdn}/IN: loaded serial {n:2015010100-2018123199}", "INFO", "general"},
		{40, "zone {fqdn}/IN: refresh: retry limit for primary {ip}#53 exceeded (source 0.0.0.0#0)", "INFO", "general"},
		{30, "zone {fqdn}/IN: sending notifies (serial {n:2015010100-2018123199})", "INFO", "notify"},
		{30, "transfer of '{fqdn}/IN' from {ip}#53: Transfer completed: {n:1-9} messages, {n} records, {n} bytes, {f} secs ({n} bytes/sec) (serial {n:2015010100-2018123199})", "INFO", "xfer-in"},
		{30, "connection refused resolving '{fqdn}/{pick:A|AAAA|NS}/IN': {pub}#53", "INFO", "lame-servers"},
		{30, "REFUSED unexpected RCODE resolving '{fqdn}/{pick:A|AAAA|NS}/IN': {pub}#53", "INFO", "lame-servers"},
		{30, "SERVFAIL unexpected RCODE resolving '{fqdn}/{pick:A|AAAA|NS}/IN': {pub}#53", "INFO", "lame-servers"},
		{20, "no valid RRSIG resolving '{fqdn}/DS/IN': {pub}#53", "INFO", "dnssec"},
		{10, "all zones loaded", "NOTICE", "general"},
		{10, "running", "NOTICE", "general"},
	}},
	{name: "jsonline", step: 100 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf(`{"level":"%s","ts":"%s","caller":"%s/%s.go:%d",`, strings.ToLower(s.level), d.now.Format(time.RFC3339Nano), d.value("name"), d.value("name"), d.IntN(400))
	}, statements: []statement{
		{200, `"msg":"request completed","method":"{pick:GET|POST|PUT}","path":"{url}","status":{pick:200|201|404},"duration":{f}{close}`, "", ""},
		{100, `"msg":"cache miss","key":"{name}:{n}"{close}`, "", ""},
		{60, `"msg":"processing order {n} for customer {user}","attempt":{n:1-3}{close}`, "", ""},
		{60, `"msg":"failed to publish event","topic":"{name}.{name}","error":"dial tcp {ip}:{port}: connect: connection refused"{close}`, "ERROR", ""},
		{40, `"msg":"failed to publish event","topic":"{name}.{name}","error":"context deadline exceeded"{close}`, "ERROR", ""},
		{40, `"msg":"retrying in {dur}","attempt":{n:1-9}{close}`, "WARN", ""},
		{40, `"msg":"user {user} logged in from {pub}"{close}`, "", ""},
		{20, `"msg":"shutting down","signal":"{pick:terminated|interrupt}"{close}`, "", ""},
		{20, `"msg":"config reloaded: {n:1-20} keys changed"{close}`, "", ""},
		{10, `"msg":"worker {name} started","goroutines":{n}{close}`, "", ""},
	}},
	{name: "nginx-error", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s [%s] %d#%d: *%d ", d.now.Format("2006/01/02 15:04:05"), strings.ToLower(s.level), 30+d.IntN(4), 30+d.IntN(4), d.IntN(90000))
	}, statements: []statement{
		{100, `connect() failed (111: Connection refused) while connecting to upstream, client: {pub}, server: {fqdn}, request: "GET {url} HTTP/1.1", upstream: "http://{ipport}{url}", host: "{fqdn}"`, "ERROR", ""},
		{100, `upstream timed out (110: Connection timed out) while reading response header from upstream, client: {pub}, server: {fqdn}, request: "GET {url} HTTP/1.1", upstream: "http://{ipport}{url}", host: "{fqdn}"`, "ERROR", ""},
		{60, `open() "/usr/share/nginx/html{url}" failed (2: No such file or directory), client: {pub}, server: {fqdn}, request: "GET {url} HTTP/1.1", host: "{fqdn}", referrer: "https://{fqdn}{url}"`, "ERROR", ""},
		{60, `open() "/usr/share/nginx/html{url}" failed (13: Permission denied), client: {pub}, server: {fqdn}, request: "GET {url} HTTP/1.1", host: "{fqdn}"`, "ERROR", ""},
		{40, `no live upstreams while connecting to upstream, client: {pub}, server: {fqdn}, request: "POST {url} HTTP/1.1", upstream: "http://{name}{url}", host: "{fqdn}"`, "ERROR", ""},
		{40, `limiting requests, excess: {f} by zone "{name}", client: {pub}, server: {fqdn}, request: "POST {url} HTTP/1.1", host: "{fqdn}"`, "ERROR", ""},
		{30, `client intended to send too large body: {n} bytes, client: {pub}, server: {fqdn}, request: "POST {url} HTTP/1.1", host: "{fqdn}"`, "ERROR", ""},
		{30, `SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:ssl3_get_record:wrong version number) while SSL handshaking, client: {pub}, server: 0.0.0.0:443`, "CRIT", ""},
		{20, `client closed connection while waiting for request, client: {pub}, server: 0.0.0.0:80`, "INFO", ""},
		{20, `a client request body is buffered to a temporary file /var/cache/nginx/client_temp/{n}, client: {pub}, server: {fqdn}, request: "POST {url} HTTP/1.1", host: "{fqdn}"`, "WARN", ""},
		{20, `access forbidden by rule, client: {pub}, server: {fqdn}, request: "GET {url} HTTP/1.1", host: "{fqdn}"`, "ERROR", ""},
	}},
	{name: "servicing", step: time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s, %-20s  %s    ", d.now.Format("2006-01-02 15:04:05"), "Info", d.pick("CBS|CBS|CBS|CSI"))
	}, statements: []statement{
		{100, "Session: {n:30000000-30999999}_{big} initialized by client {pick:WindowsUpdateAgent|SPP|DISM Package Manager Provider}.", "", ""},
		{100, "Read out cached package applicability for package: Package_for_KB{n:2000000-3999999}~31bf3856ad364e35~amd64~~6.1.{n:1-3}.{n:0-9}, ApplicableState: {pick:112|80|0}, CurrentState:{pick:112|80|0}", "", ""},
		{60, "Warning: Unrecognized packageExtended attribute.", "", ""},
		{60, "Expecting attribute name [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]", "", ""},
		{60, "Failed to get next element [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]", "", ""},
		{40, "Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]", "", ""},
		{40, "SQM: Initializing online with Windows opt-in: {pick:False|True}", "", ""},
		{40, "SQM: Cleaning up report files older than {n:1-30} days.", "", ""},
		{40, "SQM: Requesting upload of all unsent reports.", "", ""},
		{40, "SQM: Failed to start upload with file pattern: C:\\Windows\\servicing\\sqm\\*_std.sqm, flags: {hexflag} [HRESULT = 0x80004005 - E_FAIL]", "", ""},
		{40, "SQM: Queued {n:0-9} file(s) for upload with pattern: C:\\Windows\\servicing\\sqm\\*_all.sqm, flags: {hexflag}", "", ""},
		{40, "No startup processing required, TrustedInstaller service was not set as autostart, or else a reboot is still pending.", "", ""},
		{40, "NonStart: Checking to ensure startup processing was not required.", "", ""},
		{40, "Startup processing thread terminated normally", "", ""},
		{40, "TrustedInstaller service starts successfully.", "", ""},
		{30, "{n:1-999999} Created NT transaction (seq {n}) result 0x00000000, handle @0x{n:100-999}", "", ""},
		{30, "{n:1-999999}@2016/9/{n:10-28}:02:{n:10-59}:{n:10-59}.{n:100-999} CSI Transaction @0x{hex8} initialized for deployment engine {open}d16d444c-56d8-11d5-882d-0080c847b195{close} with flags 00000002 and client id [{n:10-26}]\"TI6.0_0:0/\"", "", ""},
		{20, "Ending the TrustedInstaller main loop.", "", ""},
		{20, "Starting TrustedInstaller finalization.", "", ""},
		{20, "Ending TrustedInstaller finalization.", "", ""},
		{20, "Loaded Servicing Stack v6.1.7601.{n:10000-29999} with Core: C:\\Windows\\winsxs\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_6.1.7601.{n:10000-29999}_none_{hex}\\cbscore.dll", "", ""},
	}},
	{name: "laptop", step: 20 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s calvisitor-10-105-160-%d %s: ", d.now.Format("Jan _2 15:04:05"), 20+d.IntN(70), d.program(s.from))
	}, statements: []statement{
		{60, "ARPT: {n}.{n}: wl0: wl_update_tcpkeep_seq: Original Seq: {big}, Ack: {big}, Win size: {n}", "", "kernel"},
		{60, "ARPT: {n}.{n}: wl0: MDNS: IPV4 Addr: {ip}", "", "kernel"},
		{60, "ARPT: {n}.{n}: AirPort_Brcm43xx::syncPowerState: WWEN[{enum:enabled|disabled}]", "", "kernel"},
		{60, "ARPT: {n}.{n}: AirPort_Brcm43xx::powerChange: System {enum:Sleep|Wake - Full Wake/ Dark Wake / Maintenance wake}", "", "kernel"},
		{40, "en0: BSSID changed to {mac}", "", "kernel"},
		{40, "en0: channel changed to {n:1-165}", "", "kernel"},
		{40, "AppleCamIn::systemWakeCall - messageType = 0x{hex8}", "", "kernel"},
		{40, "AppleCamIn::wakeEventHandlerThread", "", "kernel"},
		{40, "hibernate image path: /var/vm/sleepimage", "", "kernel"},
		{40, "IOThunderboltSwitch<0>(0x0)::listenerCallback - Thunderbolt HPD packet for route = 0x0 port = {n:1-14} unplug = {n:0-1}", "", "kernel"},
		{40, "PM response took {n} ms ({n}, powerd)", "", "kernel"},
		{40, "Google Chrome He[{n}] triggered unnest of range 0x{hex}->0x{hex} of DYLD shared region in VM map 0x{hex}. While not abnormal for debuggers, this increases system memory footprint until the target exits.", "", "kernel"},
		{40, "Sandbox: com.apple.Addres({n}) deny(1) network-outbound /private/var/run/mDNSResponder", "", "kernel"},
		{30, "WARNING: Window {addr} is ordered front even though it is ordered out", "", "WindowServer[]"},
		{30, "mDNS_DeregisterInterface: Frequent transitions for interface en0 ({ip})", "", "mDNSResponder[]"},
		{30, "mDNS_RegisterInterface: Frequent transitions for interface awdl0 (FE80:0000:0000:0000:D8A5:90FF:FEF5:7FFF)", "", "mDNSResponder[]"},
		{30, "Couldn't check in for (null): Connection invalid", "", "com.apple.AddressBook.InternetAccountsBridge[]"},
		{30, "dnssd_clientstub ConnectToServer: connect() failed path:/var/run/mDNSResponder Socket:{n:3-20} Err:-1 Errno:1 Operation not permitted", "", "com.apple.AddressBook.InternetAccountsBridge[]"},
		{30, "Connection to peer {ip} {enum:opened|dropped}", "", "networkd[]"},
		{30, "QUICK_SYN_RECV_TIMEOUT: TCP reset for flow {hex8} after {n:1-9} s", "", "symptomsd[]"},
		{30, "-[NETClientConnection effectiveBundleID] using process name {pick:apsd|mds|Mail|Safari|rapportd} as bundle ID (this is expected for daemons without bundle ID", "", "networkd[]"},
		{30, "nw_nat64_post_new_ifstate successfully changed NAT64 ifstate from 0x{n:0-9} to 0x{hex}", "", "configd[]"},
		{20, "_performAction: {enum:sleep|dim|wake} requested by {pick:loginwindow|powerd|UserEventAgent}", "", "powerd[]"},
		{20, "Bluetooth -- LE is supported - Disable LE meta event", "", "blued[]"},
		{20, "host connection <NSXPCConnection: {addr}> connection from pid {n} invalidated", "", "cloudd[]"},
		{20, "Captive: [UserAgentBypass:{n:1-9}] en0: Not probing '{name}-Guest' (protected network)", "", "captiveagent[]"},
		{10, "GoogleSoftwareUpdateAgent[{n}/0x{hex}] [lvl=2] -[KSAgentApp updateProductWithProductID:usingEngine:] Checking for updates for \"{pick:All Products|Chrome}\" using engine <KSUpdateEngine:{addr}", "", "GoogleSoftwareUpdateAgent[]"},
	}},
	{name: "handset", step: 50 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s  %4d  %4d %s %s: ", d.now.Format("01-02 15:04:05.000"), 1000+d.IntN(4000), 1000+d.IntN(4000), d.pick("D|I|V|W"), s.from)
	}, statements: []statement{
		{60, `acquire lock={n}, flags=0x{n:1-9}, tag="{tag}", name={pkg}, ws={pick:null|WorkSource}, uid={n:1000-10200}, pid={n}`, "", "PowerManagerService"},
		{60, `release:lock={n}, flg=0x0, tag="{tag}", name={pkg}", ws={pick:null|WorkSource}, uid={n:1000-10200}, pid={n}`, "", "PowerManagerService"},
		{60, "ready=true,policy={n:0-3},wakefulness={n:0-3},wksummary=0x{n:0-99},uasummary=0x{n:0-9},bootcompleted={pick:true|false},boostinprogress={pick:true|false},waitmodeenable=false,mode=false,manual={n:0-99},auto=-1,adj=0.0userId=0", "", "PowerManagerService"},
		{60, "setSystemUiVisibility vis={hexvis} mask=ffffffff oldVal={hexvis} newVal={hexvis} diff={hexvis} fullscreenStackVis=0 dockedStackVis=0, fullscreenStackBounds=Rect(0, 0 - 0, 0), dockedStackBounds=Rect(0, 0 - {n}, {n})", "", "PhoneStatusBar"},
		{60, "Skipping AppWindowToken{open}{hex} token=Token{open}{hex} ActivityRecord{open}{hex} u0 {pkg}/.{simple} t{n}{close}{close}{close} -- going to hide", "", "WindowManager"},
		{40, "getRunningAppProcesses: caller {n:10000-10200} does not hold REAL_GET_TASKS; limiting output", "", "ActivityManager"},
		{40, "HBM brightnessIn ={n:0-255}", "", "DisplayPowerController"},
		{40, "HBM brightnessOut ={n:0-255}", "", "DisplayPowerController"},
		{40, "Animating brightness: target={n:0-255}, rate={n:0-500}", "", "DisplayPowerController"},
		{40, "cancelNotification,cancelNotificationLocked,callingUid = {n:1000-10200},callingPid = {n}", "", "NotificationManager"},
		{40, "cancelNotificationLocked: {n}|{pkg}|{n}|null|{n:10000-10200}", "", "NotificationManager"},
		{40, "visible is system.call.count {enum:gt|lt} 0", "", "PhoneInterfaceManager"},
		{40, "mVisiblity.getValue is {pick:true|false}", "", "StackScrollAlgorithm"},
		{40, "updateClipping isOverlap:false, getTopPadding={f}, Translation={n:-99-0}.0", "", "StackScrollAlgorithm"},
		{40, "setAlarmLocked set: Alarm{open}{hex} type {n:0-3} when {big} {pkg}{close}", "", "AlarmManager"},
		{30, "startAnimation begin", "", "TextView"},
		{30, "startAnimation end", "", "TextView"},
		{30, "Start proc {n}:{pkg}/u0a{n:1-200} for {enum:service|activity|broadcast} {pkg}/.{simple}", "", "ActivityManager"},
		{30, "Killing {n}:{pkg}/u0a{n:1-200} (adj {n:100-999}): {enum:empty|cached} #{n:10-40}", "", "ActivityManager"},
		{30, "abandonAudioFocus() from uid/pid {n}/{n} clientId=android.media.AudioManager@{hex}{pkg}.{simple}@{hex}", "", "AudioManager"},
		{20, "onSensorChanged: proximity={f} {pick:near|far}", "", "SensorService"},
		{20, "interceptKeyTq keycode={n:1-300} interactive={pick:true|false} keyguardActive={pick:true|false} policyFlags={n}", "", "WindowManager"},
	}},
	{name: "supercluster", step: time.Second, header: func(d *drawer, s statement) string {
		h := d.value("host")
		return fmt.Sprintf("- %d %s %s %s %s/%s %s: ", d.now.Unix(), d.now.Format("2006.01.02"), h, d.now.Format("Jan _2 15:04:05"), h, h, d.program(s.from))
	}, statements: []statement{
		{100, "session opened for user {user} by (uid=0)", "", "crond(pam_unix)[]"},
		{100, "session closed for user {user}", "", "crond(pam_unix)[]"},
		{100, "({user}) CMD (run-parts /etc/cron.{pick:hourly|daily|weekly})", "", "crond[]"},
		{60, "data_thread() got no answer from any [{pick:Thunderbird_A1|Thunderbird_B2|Thunderbird_C5|Thunderbird_D3}] datasource", "", "/apps/x86_64/system/ganglia-3.0.1/sbin/gmetad[]"},
		{60, "Warning: we failed to resolve data source name {host} {n:1-9} {host}", "", "/apps/x86_64/system/ganglia-3.0.1/sbin/gmetad[]"},
		{60, "synchronized to {ip}, stratum {n:1-9}", "", "ntpd[]"},
		{40, "getaddrinfo: {fqdn} failed - {enum:Name or service not known|Temporary failure in name resolution}", "", "sm-mta[]"},
		{40, "tavor_mad: ib_mad_recv_done_handler: invalid MAD class {n:1-99}", "", "kernel"},
		{40, "[KERNEL_IB][ib_sa_query][sa_query.c:{n:100-999}]TID={hex} timed out", "", "ib_sm.x[]"},
		{40, "[ib_sm_sweep.c:{n:100-2000}]: No topology change", "", "ib_sm.x[]"},
		{40, "[ib_sm_bringup.c:{n:100-2000}]: Configuration caused by {enum:discovering new ports|previous GET/SET operation failures|multicast membership change}", "", "ib_sm.x[]"},
		{40, "Losing some ticks... checking if CPU frequency changed.", "", "kernel"},
		{30, "warning: many lost ticks.", "", "kernel"},
		{30, "e1000: eth{n:0-3}: e1000_watchdog_task: NIC Link is Up {n:10-1000} Mbps Full Duplex", "", "kernel"},
		{30, "scsi0 : Emulex LPe{n:1000-9999} on PCI bus {n:1-9} device {n:1-9} irq {n:1-99}", "", "kernel"},
		{30, "DHCPDISCOVER from {mac} via eth{n:0-3}: network A_net: no free leases", "", "dhcpd"},
		{30, "DHCPREQUEST for {ip} from {mac} via eth{n:0-3}", "", "dhcpd"},
		{30, "DHCPACK on {ip} to {mac} via eth{n:0-3}", "", "dhcpd"},
		{20, "Path {path}, not found.", "", "in.tftpd[]"},
		{20, "postfix/postdrop: warning: unable to look up public/pickup: No such file or directory", "", "postfix/postdrop[]"},
		{20, "Postponed publickey for {user} from ::ffff:{ip} port {port} ssh2", "", "sshd[]"},
		{20, "Accepted publickey for {user} from ::ffff:{ip} port {port} ssh2", "", "sshd[]"},
	}},
	{name: "watch", step: 5 * time.Second, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s|%s|30002312|", d.now.Format("20060102-15:4:5:000"), s.from)
	}, statements: []statement{
		{100, "onStandStepChanged {n}", "", "Step_LSC"},
		{100, "onExtend:{big} {n} {n:0-9} {n:0-9}", "", "Step_LSC"},
		{100, "getTodayTotalDetailSteps = {big}##{n}##{n}##{n}##{n}##{n}", "", "Step_SPUtils"},
		{100, "setTodayTotalDetailSteps={big}##{n}##{n}##{n}##{n}##{n}", "", "Step_SPUtils"},
		{80, "calculateCaloriesWithCache totalCalories={n}", "", "Step_ExtSDM"},
		{80, "calculateAltitudeWithCache totalAltitude={n}", "", "Step_ExtSDM"},
		{60, "REPORT : {n} {n} {n} {n}", "", "Step_StandReportReceiver"},
		{40, "onReceive action: android.intent.action.SCREEN_{enum:ON|OFF}", "", "Step_StandStepCounter"},
		{40, "processHandleBroadcastAction action:android.intent.action.{pick:SCREEN_ON|SCREEN_OFF|TIME_TICK|USER_PRESENT}", "", "Step_StandReportReceiver"},
		{40, "screen status unknown,think screen {enum:on|off}", "", "Step_SPUtils"},
		{40, "flush2DB result success", "", "Step_FlushableStepDataCache"},
		{40, "upLoadOneMinuteDataToEngine time={n:20000000-29999999},{n},{n},{n},{n:0-9},0", "", "HiH_HiHealthDataInsertStore"},
		{30, "saveHealthDetailData() saveOneDetailData fail hiHealthData = {n},type = {n}", "", "HiH_DataStatManager"},
		{30, "insertHiHealthData() checkAppPermission ok,appId is {n:1-9},app is com.example.health", "", "HiH_HiHealthDataInsertStore"},
		{30, "new date ={n:20171201-20171231}, type={n},{f},old={f}", "", "HiH_DataStatManager"},
		{30, "reset start date {n}", "", "Step_StepManager"},
	}},
	{name: "apps", step: 100 * time.Millisecond, header: func(d *drawer, s statement) string {
		return fmt.Sprintf("%s %s [%s] %s: ", d.now.Format("2006-01-02 15:04:05,000"), s.level, d.pick("main|AsyncDispatcher event handler|IPC Server handler 3 on 62270|RMCommunicator Allocator|ContainerLauncher #1"), s.from)
	}, statements: []statement{
		{60, "Created MRAppMaster for application appattempt_{big}_{n:1000-9999}_000001", "INFO", "org.apache.hadoop.mapreduce.v2.app.MRAppMaster"},
		{60, "Executing with tokens:", "INFO", "org.apache.hadoop.mapreduce.v2.app.MRAppMaster"},
		{60, "Kind: YARN_AM_RM_TOKEN, Service: , Ident: (appAttemptId {open} application_id {open} id: {n:1-99} cluster_timestamp: {big} {close} attemptId: 1 {close} keyId: -{big})", "INFO", "org.apache.hadoop.mapreduce.v2.app.MRAppMaster"},
		{60, "Using mapred newApiCommitter.", "INFO", "org.apache.hadoop.mapreduce.v2.app.MRAppMaster"},
		{60, "Registering class org.apache.hadoop.mapreduce.{pick:jobhistory.EventType|v2.app.job.event.JobEventType|v2.app.job.event.TaskEventType|v2.app.job.event.TaskAttemptEventType|v2.app.commit.CommitterEventType|v2.app.speculate.Speculator$EventType|v2.app.rm.ContainerAllocator$EventType} for class org.apache.hadoop.mapreduce.{pick:jobhistory.JobHistoryEventHandler|v2.app.MRAppMaster$JobEventDispatcher|v2.app.MRAppMaster$TaskEventDispatcher|v2.app.commit.CommitterEventHandler|v2.app.MRAppMaster$SpeculatorEventDispatcher}", "INFO", "org.apache.hadoop.yarn.event.AsyncDispatcher"},
		{60, "Default file system [hdfs://{host}:9000]", "INFO", "org.apache.hadoop.mapreduce.v2.jobhistory.JobHistoryUtils"},
		{60, "attempt_{big}_{n:1000-9999}_m_00000{n:0-9}_0 TaskAttempt Transitioned from {enum:NEW to UNASSIGNED|UNASSIGNED to ASSIGNED|ASSIGNED to RUNNING}", "INFO", "org.apache.hadoop.mapreduce.v2.app.job.impl.TaskAttemptImpl"},
		{60, "task_{big}_{n:1000-9999}_m_00000{n:0-9} Task Transitioned from {enum:NEW to SCHEDULED|SCHEDULED to RUNNING}", "INFO", "org.apache.hadoop.mapreduce.v2.app.job.impl.TaskImpl"},
		{60, "Progress of TaskAttempt attempt_{big}_{n:1000-9999}_m_00000{n:0-9}_0 is : {f}", "INFO", "org.apache.hadoop.mapred.TaskAttemptListenerImpl"},
		{60, "Address change detected. Old: {host}/{ip}:9000 New: {host}:9000", "WARN", "org.apache.hadoop.ipc.Client"},
		{60, "Retrying connect to server: {host}:9000. Already tried {n:0-9} time(s); retry policy is RetryUpToMaximumCountWithFixedSleep(maxRetries=10, sleepTime=1000 MILLISECONDS)", "INFO", "org.apache.hadoop.ipc.Client"},
		{60, "Failed to renew lease for [DFSClient_NONMAPREDUCE_{big}_1] for {n:30-900} seconds.  Will retry shortly ...", "WARN", "org.apache.hadoop.hdfs.LeaseRenewer"},
		{60, "ERROR IN CONTACTING RM.", "ERROR", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{40, "Recalculating schedule, headroom=<memory:{n}, vCores:-{n:1-99}>", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{40, "Reduce slow start threshold not met. completedMapsForReduceSlowstart {n:1-9}", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{40, "Before Scheduling: PendingReds:{n:0-9} ScheduledMaps:{n:0-99} ScheduledReds:0 AssignedMaps:{n:0-99} AssignedReds:0 CompletedMaps:0 CompletedReds:0 ContAlloc:{n:0-9} ContRel:0 HostLocal:{n:0-9} RackLocal:0", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{40, "JVM with ID : jvm_{big}_{n:1000-9999}_m_00000{n:0-9} asked for a task", "INFO", "org.apache.hadoop.mapred.TaskAttemptListenerImpl"},
		{40, "JVM with ID: jvm_{big}_{n:1000-9999}_m_00000{n:0-9} given task: attempt_{big}_{n:1000-9999}_m_00000{n:0-9}_0", "INFO", "org.apache.hadoop.mapred.TaskAttemptListenerImpl"},
		{30, "Slow ReadProcessor read fields took {n}ms (threshold=30000ms); ack: seqno: {n} status: SUCCESS status: ERROR downstreamAckTimeNanos: 0, targets: [{ip}:50010, {ip}:50010]", "WARN", "org.apache.hadoop.hdfs.DFSClient"},
		{30, "DFSOutputStream ResponseProcessor exception  for block BP-{n}-{ip}-{big}:blk_{n}_{n}", "WARN", "org.apache.hadoop.hdfs.DFSClient"},
		{20, "Error Recovery for block BP-{n}-{ip}-{big}:blk_{n}_{n} in pipeline {ip}:50010, {ip}:50010: bad datanode {ip}:50010", "WARN", "org.apache.hadoop.hdfs.DFSClient"},
		{20, "Added attempt_{big}_{n:1000-9999}_m_00000{n:0-9}_0 to list of failed maps", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{20, "maxContainerCapability: <memory:{n}, vCores:{n:1-64}>", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{20, "queue: {pick:default|root.users}", "INFO", "org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator"},
		{10, "Upper limit on the thread pool size is {n:100-900}", "INFO", "org.apache.hadoop.mapreduce.v2.app.launcher.ContainerLauncherImpl"},
		{10, "yarn.client.max-cached-nodemanagers-proxies : 0", "INFO", "org.apache.hadoop.yarn.client.api.impl.ContainerManagementProtocolProxy"},
		{10, "Added global filter 'safety' (class=org.apache.hadoop.http.HttpServer2$QuotingInputFilter)", "INFO", "org.apache.hadoop.http.HttpServer2"},
		{10, "Added filter AM_PROXY_FILTER (class=org.apache.hadoop.yarn.server.webproxy.amfilter.AmIpFilter) to context {pick:mapreduce|static}", "INFO", "org.apache.hadoop.http.HttpServer2"},
	}},
}
