package pii

// hostKeys name machines.
var hostKeys = []keyRow{
	{"host", keyHost, Hostname, true},
	{"hostname", keyHost, Hostname, false},
	{"hostaddr", keyHost, Hostname, true},
	{"server", keyHost, Hostname, true},
	{"servername", keyHost, Hostname, true},
	{"serverhost", keyHost, Hostname, true},
	{"fqdn", keyHost, Hostname, true},
	{"nodename", keyHost, Hostname, true},
	{"computer", keyHost, Hostname, true},
	{"computername", keyHost, Hostname, true},
	{"machinename", keyHost, Hostname, true},
	{"workstation", keyHost, Hostname, true},
	{"workstationname", keyHost, Hostname, true},
}
