package digest

import (
	"testing"
	"time"
	_ "time/tzdata" // for machines without zones of their own
)

// read returns what a log of one line says of its time.
func read(t *testing.T, reference, text string) (time.Time, string, line, bool) {
	t.Helper()
	ref, err := time.Parse(time.RFC3339, reference)
	if err != nil {
		t.Fatal(err)
	}
	l := parseLine([]byte(text))
	if !l.stamped {
		return time.Time{}, string(l.msg), l, false
	}
	c := newClock(Source{Reference: ref, Zone: time.UTC})
	at, _ := c.resolve(&record{stamped: true, nanos: l.stamp.nanos, flags: l.stamp.flags, format: l.stamp.format})
	return time.Unix(0, at).UTC(), string(l.msg), l, true
}

func TestEveryFormatOfRealLogsIsRead(t *testing.T) {
	const ref = "2024-03-01T12:00:00Z"
	for _, test := range []struct {
		name, line string
		format     Format
		want       string
		level      Level
		msg        string
	}{
		{"rfc 3164", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", FormatSyslog, "2023-10-11T22:14:15Z", LevelFatal, "'su root' failed for lonvick on /dev/pts/8"},
		{"rfc 3164, one-digit day", "Jan  2 03:04:05 combo sshd(pam_unix)[19939]: session opened", FormatSyslog, "2024-01-02T03:04:05Z", LevelNone, "session opened"},
		{"rfc 5424", `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App]lication"] An application event`, FormatISO, "2003-10-11T22:14:15.003Z", LevelNotice, "An application event"},
		{"rfc 5424, offset, no data", "<34>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time", FormatISO, "2003-08-24T12:14:15.000003Z", LevelFatal, "%% It's time"},
		{"rfc 3339 with a space", "2024-01-02 15:04:05.678+01:00 INFO started", FormatISO, "2024-01-02T14:04:05.678Z", LevelInfo, "started"},
		{"rsyslog", "2026-11-22T05:39:54.921491+00:00 bastion-01 sshd[211]: Connection from 10.90.7.14 port 43558", FormatISO, "2026-11-22T05:39:54.921491Z", LevelNone, "Connection from 10.90.7.14 port 43558"},
		{"epoch seconds", "1117838570 something happened", FormatEpoch, "2005-06-03T22:42:50Z", LevelNone, ""},
		{"epoch with fraction", "[1700000000.250] boot", FormatEpoch, "2023-11-14T22:13:20.25Z", LevelNone, "boot"},
		{"epoch milliseconds", "1700000000123 boot", FormatEpoch, "2023-11-14T22:13:20.123Z", LevelNone, "boot"},
		{"epoch microseconds", "1700000000123456 boot", FormatEpoch, "2023-11-14T22:13:20.123456Z", LevelNone, "boot"},
		{"epoch nanoseconds", "1700000000123456789 boot", FormatEpoch, "2023-11-14T22:13:20.123456789Z", LevelNone, "boot"},
		{"level before the stamp", `INFO 2026-03-01 12:51:08.686 [ScheduledTasks:1] MessagingService.java:1164 - HINT messages were dropped`, FormatISO, "2026-03-01T12:51:08.686Z", LevelInfo, `MessagingService.java:1164 - HINT messages were dropped`},
		{"process before the stamp", `  1015:20260301:150405.678 item "web01:net.if.in[eth0]" became not supported`, FormatCompact, "2026-03-01T15:04:05.678Z", LevelNone, `item "web01:net.if.in[eth0]" became not supported`},
		{"tag with spaces", "Mar 01 10:20:30 node1 pacemaker-controld [1019] (log_op_output)\twarning: Diff: --- 0.181.7677 2", FormatSyslog, "2024-03-01T10:20:30Z", LevelWarning, "Diff: --- 0.181.7677 2"},
		{"access log", `203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 503 2326 "-" "curl"`, FormatCLF, "2000-10-10T20:55:36Z", LevelError, `"GET /apache_pb.gif HTTP/1.0" 503`},
		{"haproxy", `10.50.0.7:36753 [22/Nov/2026:05:20:01.435] ingest intake/i-01 0/0/0/1/1 200 157 - - ---- "GET / HTTP/1.1"`, FormatCLF, "2026-11-22T05:20:01.435Z", LevelNone, ""},
		{"nginx error", "2024/01/02 15:04:05 [error] 31#31: *1 connect() failed (111: Connection refused)", FormatSlashed, "2024-01-02T15:04:05Z", LevelError, "connect() failed (111: Connection refused)"},
		{"go", "2024/01/02 15:04:05.123456 listening on :8080", FormatSlashed, "2024-01-02T15:04:05.123456Z", LevelNone, "listening on :8080"},
		{"apache error", "[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 35708:tid 43] [client 72.15.99.187] File does not exist", FormatCtime, "2000-10-11T14:32:52.123456Z", LevelError, "File does not exist"},
		{"apache 1 error", "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok", FormatCtime, "2005-12-04T04:47:44Z", LevelNotice, "workerEnv.init() ok"},
		{"cbs", "2016-09-28 04:30:30, Info                  CBS    Loaded Servicing Stack", FormatISO, "2016-09-28T04:30:30Z", LevelInfo, "Loaded Servicing Stack"},
		{"windows event", "10/5/2023 3:04:05 PM Error The service stopped", FormatUS, "2023-10-05T15:04:05Z", LevelNone, "Error The service stopped"},
		{"iis", "2024-01-02 03:04:05 10.0.0.1 GET /x - 443 - 10.1.1.1 - 200 0 0 15", FormatISO, "2024-01-02T03:04:05Z", LevelNone, "10.0.0.1 GET /x - 443 - 10.1.1.1 - 200 0 0 15"},
		{"log4j", "2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster", FormatISO, "2015-10-18T18:01:47.978Z", LevelInfo, "Created MRAppMaster"},
		{"zookeeper", "2015-07-29 17:41:44,747 - WARN  [RecvWorker:1:QuorumCnxManager$RecvWorker@762] - Connection broken", FormatISO, "2015-07-29T17:41:44.747Z", LevelWarning, "Connection broken"},
		{"jul", "Jan 02, 2024 3:04:05 PM com.example.Main main", FormatJUL, "2024-01-02T15:04:05Z", LevelNone, ""},
		{"glog", "W0102 15:04:05.000123    4242 file.go:123] disk is slow", FormatGlog, "2024-01-02T15:04:05.000123Z", LevelWarning, "disk is slow"},
		{"cri", "2024-01-02T15:04:05.123456789Z stdout F ready to serve", FormatISO, "2024-01-02T15:04:05.123456789Z", LevelNone, "ready to serve"},
		{"cri around klog", "2024-01-02T15:04:05.123456789Z stderr F E0102 15:04:05.123456 1 sync.go:7] cannot sync", FormatISO, "2024-01-02T15:04:05.123456789Z", LevelError, "cannot sync"},
		{"postgresql", "2024-01-02 15:04:05.678 UTC [123] app@shop db-1 FATAL:  sorry, too many clients already", FormatISO, "2024-01-02T15:04:05.678Z", LevelFatal, "sorry, too many clients already"},
		{"mysql 8", "2024-01-02T03:04:05.123456Z 0 [Warning] [MY-010116] [Server] No password", FormatISO, "2024-01-02T03:04:05.123456Z", LevelWarning, "No password"},
		{"mysql 5", "130102  3:04:05 [Note] Plugin disabled", FormatSixes, "2013-01-02T03:04:05Z", LevelNotice, "Plugin disabled"},
		{"hdfs", "081109 203615 148 INFO dfs.DataNode$PacketResponder: terminating", FormatSixes, "2008-11-09T20:36:15Z", LevelInfo, "terminating"},
		{"blue gene", "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.675872 R02-M1-N0-C:J12-U11 RAS KERNEL FATAL data TLB error", FormatDotted, "2005-06-03T22:42:50Z", LevelFatal, "data TLB error"},
		{"thunderbird", "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam_unix)[2915]: session closed", FormatSyslog, "2005-11-09T20:01:01Z", LevelNone, "session closed"},
		{"hpc", "134681 node-246 unix.hw state_change.unavailable 1077804742 1 Component State Change", FormatEpoch, "2004-02-26T14:12:22Z", LevelNone, "Component State Change"},
		{"logcat", "03-17 16:13:38.811  1702  2395 E WindowManager: no window", FormatLogcat, "2023-03-17T16:13:38.811Z", LevelError, "no window"},
		{"spark", "17/06/09 20:10:40 INFO executor.Executor: Running task", FormatShort, "2017-06-09T20:10:40Z", LevelInfo, "Running task"},
		{"openstack", "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi_compute.wsgi.server [req-38 - - -] accepted", FormatISO, "2017-05-16T00:00:00.008Z", LevelInfo, "accepted"},
		{"proxifier", "[10.30 16:49:06] chrome.exe *64 - proxy:80 close", FormatMonthDay, "2023-10-30T16:49:06Z", LevelNone, "proxy:80 close"},
		{"healthapp", "20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579", FormatCompact, "2017-12-23T22:15:29.606Z", LevelNone, "onStandStepChanged 3579"},
		{"healthapp, unpadded", "20171224-0:7:20:44|Step_LSC|30002312|onExtend", FormatCompact, "2017-12-24T00:07:20.044Z", LevelNone, "onExtend"},
		{"mac", "Jul  1 09:00:55 calvisitor-10-105-160-95 kernel[0]: link up", FormatSyslog, "2023-07-01T09:00:55Z", LevelNone, "link up"},
		{"json, string", `{"time":"2024-01-02T15:04:05Z","level":"error","msg":"boom \"x\""}`, FormatISO, "2024-01-02T15:04:05Z", LevelError, `boom "x"`},
		{"json, number", `{"level":40,"ts":1700000000.5,"message":"slow","err":"deadline"}`, FormatEpoch, "2023-11-14T22:13:20.5Z", LevelWarning, "slow: deadline"},
		{"journald export", `{"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"3","MESSAGE":"unit failed"}`, FormatEpoch, "2023-11-14T22:13:20.123456Z", LevelError, "unit failed"},
		{"logfmt", `time=2024-01-02T15:04:05Z level=warning msg="disk is full" err="no space"`, FormatISO, "2024-01-02T15:04:05Z", LevelWarning, "disk is full: no space"},
		{"redis", "81:M 22 Nov 2026 05:19:36.074 # Write error", FormatMail, "2026-11-22T05:19:36.074Z", LevelWarning, "Write error"},
		{"tomcat", "22-Nov-2026 05:19:36.074 INFO [main] org.apache.catalina.startup.Catalina.start Server startup", FormatMail, "2026-11-22T05:19:36.074Z", LevelInfo, ""},
		{"logback without a date", "15:04:05.678 [main] DEBUG c.e.App - hello", FormatClock, "2024-02-29T15:04:05.678Z", LevelDebug, "hello"},
		{"spring", "2024-01-02 15:04:05.678  WARN 12345 --- [nio-8080-exec-1] o.s.web.servlet.PageNotFound             : No mapping", FormatISO, "2024-01-02T15:04:05.678Z", LevelWarning, "No mapping"},
		{"python", "2024-01-02 15:04:05,678 - myapp - ERROR - no route", FormatISO, "2024-01-02T15:04:05.678Z", LevelError, "no route"},
		{"level first", "INFO 2024-01-02 15:04:05 ready", FormatISO, "2024-01-02T15:04:05Z", LevelInfo, "ready"},
		{"grep", "app.log:2024-01-02 15:04:05 INFO ready", FormatISO, "2024-01-02T15:04:05Z", LevelInfo, "ready"},
		{"european", "05.10.2023 15:04:05 bereit", FormatEuropean, "2023-10-05T15:04:05Z", LevelNone, "bereit"},
		{"mail date", "Wed, 11 Oct 2000 14:32:52 +0200 sent", FormatMail, "2000-10-11T12:32:52Z", LevelNone, "sent"},
		{"compact iso", "20240102T150405Z ready", FormatCompact, "2024-01-02T15:04:05Z", LevelNone, "ready"},
		{"kernel uptime behind syslog", "Jan  2 03:04:05 web kernel: [ 1234.567890] usb 1-1: reset", FormatSyslog, "2024-01-02T03:04:05Z", LevelNone, "usb 1-1: reset"},
		{"zone by name", "2024-01-02 15:04:05 PST ready", FormatISO, "2024-01-02T23:04:05Z", LevelNone, "ready"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, msg, l, ok := read(t, ref, test.line)
			if !ok {
				t.Fatalf("no time found in %q", test.line)
			}
			if got := at.Format(time.RFC3339Nano); got != test.want || l.stamp.format != test.format {
				t.Errorf("got %s as %v, want %s as %v", got, l.stamp.format, test.want, test.format)
			}
			if l.level != test.level {
				t.Errorf("level %v, want %v", l.level, test.level)
			}
			if test.msg != "" && msg != test.msg {
				t.Errorf("message %q, want %q", msg, test.msg)
			}
		})
	}
}

func TestProseWithATimeInItIsNoHeader(t *testing.T) {
	for _, text := range []string{
		"Backup started at 2024-01-02 15:04:05 by root",
		"user 1700000000123 logged in",
		"waiting since Oct 11 22:14:15 for a lock",
		"192.0.2.1 is not 10/20/30",
		"port 8080 is in use, pid 1234567890",
		"2024-13-45 25:61:61 nonsense",
		"version 2024-01-02",
	} {
		if at, msg, _, ok := read(t, "2024-03-01T12:00:00Z", text); ok {
			t.Errorf("%q: taken for a stamp of %v before %q", text, at, msg)
		}
	}
}

func TestTheYearIsTurnedAtNewYearAndSaid(t *testing.T) {
	m := New(Options{Source: Source{Reference: time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)}})
	for _, l := range []string{
		"Dec 30 23:59:58 h a[1]: one", "Dec 31 23:59:59 h a[1]: two", "Jan  1 00:00:01 h a[1]: three", "Dec 31 23:59:59 h a[1]: late", "Jan  2 00:00:00 h a[1]: four",
	} {
		m.AddLine([]byte(l))
	}
	r := m.Finish()
	s := r.sides[0]
	if got := time.Unix(0, s.firstTime).UTC().Format(time.DateTime); got != "2023-12-30 23:59:58" {
		t.Errorf("first time %s", got)
	}
	if got := time.Unix(0, s.lastTime).UTC().Format(time.DateTime); got != "2024-01-02 00:00:00" {
		t.Errorf("last time %s", got)
	}
	said := s.clock.assumptions()
	if len(said) != 3 {
		t.Errorf("assumptions: %q", said)
	}
}

func TestALeapDayNeedsNoLeapYearToBeRead(t *testing.T) {
	at, _, _, ok := read(t, "2024-03-01T12:00:00Z", "Feb 29 10:00:00 h a: x")
	if !ok || at.Format(time.DateOnly) != "2024-02-29" {
		t.Errorf("got %v, %v", at, ok)
	}
	at, _, _, ok = read(t, "2023-03-05T12:00:00Z", "Mar  1 10:00:00 h a: x")
	if !ok || at.Format(time.DateOnly) != "2023-03-01" {
		t.Errorf("got %v, %v", at, ok)
	}
}

func TestZonelessStampsAreOfTheGivenZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	m := New(Options{Source: Source{Zone: zone, Reference: time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)}})
	m.AddLine([]byte("2024-01-02 15:00:00 winter"))
	m.AddLine([]byte("2024-07-02 15:00:00 summer"))
	s := m.Finish().sides[0]
	if a, b := time.Unix(0, s.firstTime).UTC().Hour(), time.Unix(0, s.lastTime).UTC().Hour(); a != 14 || b != 13 {
		t.Errorf("hours %d and %d, want 14 and 13", a, b)
	}
}
