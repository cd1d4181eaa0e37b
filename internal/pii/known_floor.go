package pii

import "sync"

// minKnown is the length of the shortest value that is looked for without its context.
const minKnown = 6

// Knowable reports whether a value is above the floor: long and rare enough to be looked for without its context.
//
// The floor keeps a log from erasing its own evidence: whoever can write `password=error` into it must not make every
// "error" after it disappear. Refused are values of fewer than 6 bytes or more than [MaxKnown], of digits only with fewer
// than 8, of one byte repeated, without a letter or digit; dates, times and versions; and words that logs are made of
// (error, warning, password, a month, a severity …), whatever their case. A secret is refused too if it is made of words
// only, with nothing but the punctuation of names between them: such a password is redacted where its context gives it
// away, and not hunted. A weak one such as "Sommer2024!" is.
func Knowable(t Type, value []byte) bool {
	n := len(value)
	if n < minKnown || n > MaxKnown {
		return false
	}
	same, digits, letters, uppers, marks, dividers := true, 0, 0, 0, 0, 0
	for _, c := range value {
		same = same && c == value[0]
		switch {
		case isDigit(c):
			digits++
		case isLetter(c) || c >= 0x80:
			letters++
			if is(c, chUpper) {
				uppers++
			}
		case c == '-' || c == '_' || c == '.' || c == ':' || c == '/' || c == ' ' || c == ',':
			dividers++
		default:
			marks++
		}
	}
	if same || digits+letters < 3 || letters == 0 && digits < 8 {
		return false
	}
	word := trimPunct(value)
	if len(word) < minKnown && allOf(word, chUpper|chLower) {
		return false // A short word in brackets.
	}
	if commonWords()[string(lowerAll(word))] {
		return false
	}
	if t.Class() != ClassSecret {
		return len(value) > 10 || !hasPrefixFold(value, "0x") || !allOf(value[2:], chHex) // 0xffff is a number.
	}
	if digits == 0 && marks == 0 && (uppers < 2 || uppers == letters) {
		return letters > 24 && dividers == 0 // Words.
	}
	// A date, a time or a version: digits with dividers, and at most the letters of an ISO 8601 time.
	return dividers == 0 || marks > 0 || letters > 2
}

// trimPunct drops bytes that are not of a word from both ends.
func trimPunct(b []byte) []byte {
	for len(b) > 0 && !wordByte(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && !wordByte(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// commonWords are words of six letters and more that logs and messages are made of.
var commonWords = sync.OnceValue(func() map[string]bool {
	return wordSet(`
accept accepted access account action active actual address adding admin administrator allocated allowed already alert
amount another api-key application argument arguments assert assertion attempt attempts august authentication
authorization authorized available average backend backup before begin between binary binding blocked boolean buffer
building cached called cancel canceled cancelled cannot certificate change changed changes changeme channel checking
checkpoint checksum client closed closing cluster column command commit commits completed component config
configuration connect connected connecting connection connections console container content context control
controller cookie cookies corrupt counter create created creating credential credentials critical current daemon
database debugging december decode default delete deleted denied device different directory disabled disconnect
disconnected domain download driver duplicate duration dynamic element enable enabled encoding engine entries
entry-point environment errors exception exceeded execute executed execution existing exiting expected expired export
external failed failing failure failures failover february fields filename filesystem filter finished firewall format
forward friday frontend function gateway generated global handler handling header headers healthy hostname identifier
ignore ignored import inactive incoming incorrect information initial initialize initialized initializing inserted
install instance integer internal interface interrupt invalid january kernel kubernetes latency length level library
limited listen listener listening loaded loading localhost location locked logger logging longer manager mapping
master matched matches maximum member memory message messages method metric metrics middleware minimum missing module
modules monday monitor monitoring mounted multiple mutex-lock namespace network nothing notice november number object
october offset opened opening operation option options output overflow package packet parameter parameters parent
parsed parsing partition passed passphrase password passwords pending permission permissions persistent pipeline plugin
policy pointer postgres postgresql primary private process processed processes processing production profile
program properties property protocol provider public publish published queries queued reader reading received recovery
refused registered release released reload remote removed replica replication replied report request requested requests
required reserved resource resources response restart restarted restarting result results resume retries retry
retrying return returned rollback router routes running runtime saturday schema scheduler script second seconds secret
secrets section security segment select selected sender sending sensitive sequence september server servers service
services session sessions setting settings severity shared shutdown signal single skipped socket source stack-trace
standby started starting startup statement static status stopped stopping storage stream string subject success
succeeded successful successfully summary sunday support supported suspended switch symbol system systemd tables
target temporary terminate terminated testing thread threads thursday timeout timed-out timestamp tokens topics
traceback trace-id transaction transfer trigger trying tuesday unable unauthorized undefined unexpected unhealthy
unknown unreachable unsupported update updated upgrade upload upstream usable usage username users validation value
values variable verbose verify version virtual volume waiting wakeup warning warnings wednesday window windows without
worker workers writer writing written 12345678 123456789 1234567890 abc123 qwerty letmein example localdomain
always aliases anyone anything around arrays assets assign attach attached authors automatic background backups balance
balancer behind binaries bitmap blocks browser buckets buffers builder builds bundle bytecode caches calling
capacity capture caused certificates channels characters checks children classes cleanup clients clusters
codecs collection collector columns comment comments common compare compile compiled compiler complete components compress
condition conditions consumer consumers containers contents continue contrast convert copies copyright correct counters
crates custom customer customers damaged dashboard datasets debugger decoder definition delivery dependencies dependency
deploy deployed deployment descriptor descriptors deserialize desktop destination detail details detected developer
developers devices digest directories display document documents domains drivers duplicates editor elements embedded
emulator encoder encrypted endpoint endpoints engines everyone everything examples exclude extension extensions extern
extract factory feature features filesystems filters findings firmware folder folders foobar formats fragment framework
friend functions gateways generator gopher graphics groups handlers hardware helper helpers
history identity images implementation important imports include included includes indexes inputs instances instead
instruction instructions integration interfaces invoke issues iterator journal keyword keywords labels language launch
layers layout leader libraries license licenses listeners loader machine machines macros maintainer major manifest manual
markdown matching matrix media memories merged metadata migration minimal mirror mobile modified
moment monitors nested networks nodes normal notification numbers objects observer offline online operator
optimizer optional orders organization original outputs owners packages packets parents parser partner partners patches
patterns payload people percent person phases plugins pointers popular portal position prefix preview previous principal
printer priority problem problems procedure producer products profiles programs project projects prompt proposal
protocols prototype providers proxies purpose python quality quantity queries question random ranges readers really
reason record records reference references region registry regular related relation relative releases
removal repeat replace reports repository resolved resolver responses rollout runner runtimes sample samples sandbox
sandboxes scanner schedule schemas scripts search sections segments selector senders sensor serial serializer
shader shadow should similar simple simulator sources special standard states statistics stderr stdout storages strings
strong structure style suffix suites summaries syntax targets tasks template templates tenant tenants terminal
themes ticket tickets timers together toggle toolchain toolchains tooling tracker traffic transactions transform
transport triggers tutorial typing unique unless updates utilities utility validator vendor vendors
versions viewer virtualenv volumes wallet weight whatever whether widget widgets wizard workflow workload workspace wrapper
deadlock emergency fatal-error panicked segfault oom-killer nginx-error not-found no-such-file info-level`)
})
