package triage

import (
	"slices"
	"testing"
)

// lintsOf returns the text lints of one claim that stands alone as a root
// cause, or as a plain claim.
func lintsOf(claim string, root bool, lane Lane) []string {
	n := &Node{Claim: claim, Lane: lane, Kind: KindCause, Root: root}
	ws := words(claim)
	var out []string
	for _, l := range textLints {
		if l.match(n, true, ws) {
			out = append(out, l.name)
		}
	}
	return out
}

func TestWordingsThatALintIsFor(t *testing.T) {
	for lint, claims := range map[string][]string{
		LintBlame: {
			"Human error", "Operator error during the change", "The engineer forgot to renew the certificate",
			"[Person_3] forgot to renew the certificate", "Alice mistyped the address", "The admin didn't check the disk",
			"The DBA accidentally dropped the table", "Carelessness of the on-call team", "Nobody noticed the warning",
			"No one renewed the certificate", "The procedure was not followed", "The team ignored the alert",
			"The developer made a mistake in the query", "Someone misconfigured the load balancer", "A mistake by the technician",
			"They should have tested the backup", "Lack of attention to detail", "The change was pushed by mistake",
			"The operator was not paying attention", "User error", "The staff was untrained", "The intern failed to follow the runbook",
			"Negligence", "We overlooked the expiry date", "The contractor unplugged the wrong power supply",
			"The technician plugged the cable into the wrong port", "The change owner did not follow the change process",
			"Wrong command typed by operator", "The developer wrote buggy code", "Incompetent configuration by the admin",
			"The on-call engineer was tired",
		},
		LintVague: {
			"Network issue", "A network problem occurred", "Misconfiguration", "Server error", "Something went wrong",
			"The database had a problem", "A bug in the code", "Unknown error", "Hardware failure", "DNS issues",
			"The system was unstable", "Bad configuration", "Application malfunction", "There was some kind of glitch",
			"The server failed", "Unexpected behavior of the application", "Technical difficulties", "System overload",
		},
		LintCompound: {
			"The disk filled up because logs were not rotated", "The pool was exhausted due to leaked connections",
			"The certificate expired and the alert was muted", "A deploy changed the limit, which led to restarts",
			"Memory grew; the kernel killed the process", "The switch failed. The standby had been removed.",
			"The link dropped, causing the cluster to split", "The volume was full as a result of debug logging",
			"The primary failed and the replica was behind", "Since the certificate expired, logins were refused",
		},
		LintSolution: {
			"Lack of monitoring", "There was no redundancy", "No automated failover for the database", "Insufficient testing",
			"Missing runbook", "We need to upgrade the database", "The service should be rewritten", "Autoscaling was not enabled",
			"We did not have a load balancer", "Not enough training", "The team should use Kubernetes", "Absence of alerting on disk space",
			"No backups were in place", "Inadequate capacity planning", "The cache needs to be replaced",
			"A second node would have prevented this", "No circuit breaker between checkout and payment",
		},
		LintAbsence: {
			"No errors were found in the logs", "There is no sign of packet loss", "Nothing unusual was seen in the metrics",
			"We did not see any errors", "Absence of warnings in the log", "There was no evidence of an attack",
			"The log shows no entries for that time", "The logs were clean", "No alerts were recorded", "No indication of a network fault was seen",
			"There are no error messages from the switch", "No other service reported problems", "We saw no packet loss",
		},
		LintOutOfReach: {"AWS lost a zone", "The vendor shipped faulty firmware 2.1", "Our ISP withdrew the route 198.51.100.0/24"},
	} {
		for _, c := range claims {
			if got := lintsOf(c, true, LaneCause); !slices.Contains(got, lint) {
				t.Errorf("%s: %q gives %v", lint, c, got)
			}
		}
	}
}

func TestWordingsThatNoLintIsFor(t *testing.T) {
	for _, c := range []string{
		"All 100 connections of PostgreSQL were in use",
		"The export job held its connection for 180 s",
		"max_connections was 100 and the pools of four services add up to 200",
		"The certificate of payments.internal expired at 2026-03-01T00:00:00Z",
		"logrotate skipped /var/log/app, whose path is misspelt in its configuration",
		"The volume /var/lib/postgresql was full",
		"The Kubernetes operator failed to reconcile the StatefulSet",
		"The user [Username_2] has no permission on the table orders",
		"sshd locked the account after 6 failed attempts",
		"Redis refused writes: maxmemory of 512 MB was reached with noeviction",
		"The switch sw-core-2 dropped frames on port 14",
		"The timeout of 30 s is longer than that of the load balancer, 15 s",
		"No free inodes were left on /var",
		"The renewal hook runs only when nginx is restarted",
		"The replica lagged by 40 minutes behind the primary",
		"Requests to /orders waited for a connection of the pool",
		"The kernel killed process 4121 for exceeding 2 GiB",
		"NTP offset of host [Hostname_4] was 92 s",
		"The BGP session to 192.0.2.1 was reset 14 times",
		"Retries of the client doubled the load on the queue",
		"The developer portal sent 400 requests a second to the token endpoint",
		"Since 02:00 the archiver rejected segment 00000001000000A3",
		"All unauthenticated connections that MaxStartups allows were in use",
		"The deploy hook names /run/haproxy.pid, while HAProxy writes its pid to /srv/acme/run/haproxy-tls.pid",
		"HAProxy served serial 1000 from memory although serial 1001 had been on disk for 90 s",
		"The debug trace grew to 5 MB, two fifths of the volume, within two minutes",
	} {
		if got := lintsOf(c, true, LaneCause); len(got) > 0 {
			t.Errorf("%q gives %v", c, got)
		}
	}
	for _, c := range []string{"No alert covers disk usage of /var", "Monitoring was not enabled for the new volume"} {
		if got := lintsOf(c, true, LaneDetection); len(got) > 0 {
			t.Errorf("in the lane detection %q gives %v", c, got)
		}
	}
}

func TestRestatementsAreSeenThroughOtherWords(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"The orders database was down", "Database of orders unavailable", true},
		{"The API was not reachable", "The API was down", true},
		{"The disk was full", "The volume filled up", true},
		{"The disk was full", "The disk was not full", false},
		{"Replica 1 failed", "Replica 2 failed", false},
		{"The service was slow", "Queries waited for a lock on orders", false},
		{"The connection pool was exhausted", "The export job leaked connections", false},
		{"Connections timed out after 30 s", "Connections timed out after 5 s", false},
		{"The certificate expired", "The certificates have expired", true},
		{"Deliveries of webhooks were delayed", "There was a delay in the delivery of webhooks", true},
		{"The DHCP scope was exhausted", "No more leases were available in the DHCP scope", true},
		{"Payments could not be processed", "There was a failure in the processing of payments", true},
		{"Log rotation for the disk /var was off", "The disk /var was full", false},
		{"A surge used up the pool", "The pool was exhausted", false},
		{"The departure boards showed nothing", "Passengers saw blank departure boards", true},
		{"esx-14 crashed with a purple screen", "Host esx-14 purple-screened", true}, // a state in a word of its own
		{"The NIC driver of esx-14 is older than its firmware", "Host esx-14 purple-screened", false},
		{"The invoices were not dispatched", "Invoices stopped being sent out", true}, // what is not done, whatever it is
		{"The relay did not list the sender of the invoices", "Invoices stopped being sent out", false},
		{"Jenkins no longer answers", "The Jenkins master is unresponsive", true},
		{"Duplicate bookings of orders occurred", "Orders were booked twice", true},
		{"The VPN was down", "Users could not log in to the VPN", false}, // one step further
	} {
		x, y := meaningOf(words(c.a)), meaningOf(words(c.b))
		if got := restates(&x, &y); got != c.same {
			t.Errorf("%q and %q: %v, want %v (%v, %v)", c.a, c.b, got, c.same, x, y)
		}
	}
}

func TestRemindersAreWeakWhateverTheyAreCalled(t *testing.T) {
	for _, c := range []struct {
		text string
		weak bool
	}{
		{"Remind the team to renew certificates", true},
		{"Train all engineers", true},
		{"Be more careful with deletes", true},
		{"Write a runbook for failover", true},
		{"Refuse deletes without a filter", false},
		{"Renew certificates by ACME", false},
		{"Alert when 80 % of connections are in use", false},
	} {
		if got := careful(c.text); got != c.weak {
			t.Errorf("careful(%q) = %v, want %v", c.text, got, c.weak)
		}
	}
}
