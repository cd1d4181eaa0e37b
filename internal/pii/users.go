package pii

import (
	"bytes"
	"strings"
)

// systemUsers are accounts that come with an operating system, a distribution's packages, an image of a cloud or a
// continuous-integration service: they name no person, and an engineer needs them.
var systemUsers = wordSet(`
root admin administrator administrators guest nobody none system daemon bin sys sync games man lp mail news uucp proxy
www-data www backup list irc gnats apt _apt messagebus sshd syslog systemd uuidd tcpdump landscape pollinate lxd snmp ntp
chrony rpc rpcuser nfsnobody nfsanonymous dbus polkitd polkituser avahi colord pulse rtkit saned usbmux gdm gdm3 lightdm sddm
kernoops whoopsie geoclue cups-pk-helper hplip speech-dispatcher nm-openvpn adm halt shutdown operator ftp postfix
dovecot dovenull exim debian-exim debian-spamd smmsp smmta sendmail mailman cyrus amavis clamav spamd opendkim postdrop vmail
apache apache2 httpd nginx haproxy squid varnish traefik caddy envoy tomcat tomcat8 tomcat9 jetty wildfly jboss wwwrun webservd
mysql mariadb postgres postgresql pgbouncer mongodb mongod redis memcached cassandra couchdb elasticsearch opensearch
logstash kibana fluentd fluent-bit influxdb telegraf grafana prometheus node_exporter alertmanager zabbix nagios icinga munin
statd sssd nslcd bind named unbound dnsmasq dhcpd dhcp dnsmasq tss stunnel stunnel4 openvpn strongswan radiusd freerad
hadoop hdfs yarn mapred hive hbase spark zookeeper zk kafka storm oozie hue impala flink presto trino solr nifi airflow
nova neutron glance cinder keystone swift heat horizon ironic ceilometer placement rabbitmq ceph qemu libvirt libvirt-qemu
docker containerd kubelet kube kubernetes etcd consul vault nomad rancher k3s flannel calico coredns dockremap podman
jenkins gitlab gitlab-runner gitlab-ci-token circleci travis buildkite runner runneradmin builder buildbot teamcity bamboo
git gitea gogs svn hg ubuntu debian centos fedora rhel redhat opc ec2-user ssm-user azureuser core cloud-user rocky
almalinux alpine arch vagrant pi osmc linuxbrew homebrew vcap coder vscode gitpod codespace jovyan node app application
appuser web webapp service services oracle grid sa dbo sysdba sysadmin public default defaultuser0 defaultaccount
wdagutilityaccount localsystem localservice networkservice trustedinstaller anonymous everyone users user username owner
nfs iscsi tftp rsync saslauth cockpit-ws cockpit-wsinstance abrt setroubleshoot systemd-network systemd-resolve
systemd-timesync systemd-coredump systemd-bus-proxy _chrony _mdnsresponder _windowserver _spotlight _locationd _coreaudiod
network local localhost shared library logname nagiosxi splunk datadog dd-agent newrelic ossec wazuh ossecr test tester testuser demo example foo bar
postmaster hostmaster webmaster abuse toor super superuser supervisor nuucp listen smmsp lpadmin wheel staff sudo
`)

// userWords follow "user" in messages about users, or stand for one that is not there.
var userWords = wordSet(`
a an and any are as at account accounts agent authentication authenticated authorization by can cannot class could
created data database deleted denied details did directory does domain exists field for from file found group groups
had has have home id identifier in info interaction input interface invalid is it its known list lists locked log logged
logging login logout logon mode model must my name names new no not null of on only or out password permission permissions
preferences process profile profiles provided registered request requested role roles rights said service session sessions
set settings should slice space specified state stopped that the there this time to token type unknown unset using validation
value was were who with without will nil undefined true false yes success successful failed failure error errors warning ok
disabled enabled active inactive left joined you your manager management access again all already also before after be been
but count context current defined do event events if into limit loaded mapping message missing more
number other per query rate request responds response result root running see selected space-related specific started
table tables then these they total update updated updates url version via we what when where which while
unauthorized authorized accepted rejected expired
`)

// wordSet makes a set of the words in s.
func wordSet(s string) map[string]bool {
	m := make(map[string]bool, strings.Count(s, " ")+1)
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && !isSpace(s[j]) {
			j++
		}
		m[s[i:j]] = true
		i = j
	}
	return m
}

// inSet reports whether w, in lower case, is in the set, whose words are ASCII and of at most 32 bytes.
func inSet(m map[string]bool, w []byte) bool {
	var buf [32]byte
	if len(w) > len(buf) {
		return false
	}
	for i, c := range w {
		buf[i] = lower(c)
	}
	return m[string(buf[:len(w)])]
}

// isUserByte reports whether c can stand inside the name of an account (POSIX portable user names, and what directories
// allow beside them).
func isUserByte(c byte) bool { return is(c, chHost) || c >= 0x80 || c == '$' }

// maxUser is the longest name of an account that is recognised: 20 in Windows, 32 in Linux, 64 in directories.
const maxUser = 64

// readUser reads the name of an account at i, with the domain before it if there is one: alice, CORP\alice. It returns
// where the name itself starts. end is 0 if there is none.
func readUser(b []byte, i int) (start, name, end int) {
	start, name = i, i
	end = userRun(b, i)
	if end > i && end < len(b) && b[end] == '\\' && isDomain(b[i:end]) {
		j := end
		for j < len(b) && j < end+4 && b[j] == '\\' {
			j++
		}
		if k := userRun(b, j); k > j {
			name, end = j, k
		}
	}
	for end > name && (b[end-1] == '.' || b[end-1] == '-') {
		end--
	}
	if end-name < 2 || end-name > maxUser || !isLetter(b[name]) && b[name] < 0x80 && !digitsAndLetters(b[name:end]) {
		return start, name, 0
	}
	return start, name, end
}

func userRun(b []byte, i int) int {
	j := i
	for j < len(b) && j <= i+maxUser && isUserByte(b[j]) {
		j++
	}
	return j
}

// digitsAndLetters reports whether w, which starts with a digit, is the name of an account rather than a number: it has
// at least two letters and is no hexadecimal digest.
func digitsAndLetters(w []byte) bool {
	letters := 0
	for _, c := range w {
		if isLetter(c) {
			letters++
		}
	}
	return is(w[0], chWord) && letters >= 2 && len(w) <= 16 && !allOf(w, chHex)
}

// isDomain reports whether w can be the NetBIOS name of a domain or a machine: at most 15 letters, digits and hyphens.
func isDomain(w []byte) bool {
	if len(w) < 2 || len(w) > 15 || !isLetter(w[0]) {
		return false
	}
	for _, c := range w {
		if !is(c, chURL) {
			return false
		}
	}
	return true
}

// localDomains stand before a backslash in the names of accounts of the system, or are roots of the registry.
var localDomains = wordSet(`
builtin authority hklm hkcu hku hkcr hkey_local_machine hkey_current_user hkey_users hkey_classes_root software
system hardware sam security apppool globalroot device host manager service machine registry user window font
package components drivers schema defaultuser microsoft windows program local path file error warn info debug
`)

// isPerson reports whether the name of an account, which ends at end, may be that of a person or of a service of the
// owner's: it is not one that every system has.
func isPerson(name []byte) bool {
	if name[0] == '_' || name[len(name)-1] == '$' || inSet(systemUsers, name) {
		return false
	}
	// Window Manager\DWM-1, Font Driver Host\UMFD-0; systemd's own.
	return !hasPrefixFold(name, "dwm-") && !hasPrefixFold(name, "umfd-") && !hasPrefixFold(name, "systemd-") &&
		!hasPrefixFold(name, "defaultapppool")
}

// addUser reports the account at i, if there is one that may be a person's. words says that the text may be a
// sentence, so that a word of English is none.
func (e *engine) addUser(i int, words bool, rule RuleID, reason Reason, confidence uint8) {
	b := e.b
	start, name, end := readUser(b, i)
	if end == 0 {
		return
	}
	w := b[name:end]
	if n := len(w) - 1; w[n] == '$' && rule == ruleAssignment && n > 1 && isLetter(w[0]) && !inSet(systemUsers, w[:n]) { // The account of a machine.
		e.add(name, end-1, Hostname, ruleHostKey, reason, confidence)
		return
	}
	switch {
	case !isPerson(w), inSet(placeholders, w), words && inSet(userWords, w), name > start && inSet(localDomains, b[start:name-1]):
		return
	case allOf(w, chHex) && len(w) >= 16, len(w) == 36 && w[8] == '-' && w[13] == '-': // A digest, a UUID.
		return
	case w[0] == '$' || end < len(b) && (b[end] == '(' && !hasPrefix(b[end:], "(uid=") || b[end] == '='):
		return
	case end < len(b) && b[end] == '@' && end+1 < len(b) && domainEnd(b, end+1) > 0:
		return // An e-mail address or a principal.
	case end < len(b) && (b[end] == '%' || b[end] == '/' || b[end] == '\\' && !escapeEnds(b, end)):
		return
	}
	if name > start { // The domain, unless its name says nothing.
		if sep := bytes.IndexByte(b[start:name], '\\'); !inSet(plainDomains, b[start:start+sep]) {
			e.add(start, start+sep, Hostname, rule, reason, confidence)
		}
	}
	e.add(name, end, UserName, rule, reason, confidence)
}

// plainDomains are names of domains and machines in examples and defaults.
var plainDomains = wordSet(`corp domain workgroup mydomain company local localhost ad dom contoso example test lab dev prod builtin azuread`)

// userValue judges the value behind a key name of an account. prose says that the key may be a word of a sentence.
func (e *engine) userValue(k KeyID, i int, prose bool) {
	b := e.b
	quoted := false
	for n := 0; i < len(b) && n < 4 && (isQuote(b[i]) || b[i] == '\\' || b[i] == '[' || b[i] == '<'); n++ {
		quoted = quoted || isQuote(b[i])
		i++
	}
	confidence := uint8(80)
	if prose && !quoted {
		confidence = 65
	}
	if (quoted || prose) && startsSentence(b, i) {
		return
	}
	e.addUser(i, !quoted, ruleAssignment, Reason{Bits: ReasonKey, Key: k}, confidence)
}

// startsSentence reports whether the text at i is what somebody says and no account: User: "Please reset my
// password". It begins with a capital and a word of English, and one of the next two words has small letters.
func startsSentence(b []byte, i int) bool {
	end := run(b, i, i+maxNameWord, chUpper|chLower)
	if end-i < 2 || !is(b[i], chUpper) || !allOf(b[i+1:end], chLower) {
		return false
	}
	if info := lookupName(b[i:end]); !info.word() || info.proper() || info.given() > 0 {
		return false
	}
	for range 2 {
		if end+1 >= len(b) || b[end] != ' ' {
			return false
		}
		if is(b[end+1], chLower) {
			return true
		}
		end = run(b, end+1, end+1+maxNameWord, chUpper|chLower)
	}
	return false
}
