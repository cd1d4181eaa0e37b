package pii

// hostSuffixes end names that only a private network resolves (RFC 6762, appendix G; RFC 8375; the ICANN board's
// reservation of .internal; Kubernetes DNS).
var hostSuffixes = map[string]int{ // The value is the least number of labels.
	"internal": 2, "local": 2, "lan": 2, "corp": 2, "intra": 2, "intranet": 2, "arpa": 3, "svc": 3, "localdomain": 2,
}

// notHosts are first labels of names that end like a host but are files, modules or variables.
var notHosts = map[string]bool{
	"rc": true, "env": true, "settings": true, "config": true, "application": true, "this": true, "self": true,
	"jdk": true, "sun": true, "java": true, "javax": true, "com": true, "org": true, "net": true, "io": true, "go": true,
	"module": true, "crate": true, "super": true, "localhost": true, "docker-compose": true, "compose": true, "local": true,
	"threading": true, "package": true, "window": true, "vm": true, "options": true, "opts": true, "params": true, "std": true,
}

// hostSuffix is called at a dot with a letter behind it that may begin a suffix of hostSuffixes. Only the last label of
// a name counts.
func (e *engine) hostSuffix(i int) {
	b := e.b
	if i < e.hostEnd {
		return
	}
	end := run(b, i+1, i+16, chWord)
	n := suffixLabels(b, i, end)
	if n == 0 || end < len(b) && isWord(b[end]) {
		return
	}
	if end+1 < len(b) && b[end] == '.' && isWord(b[end+1]) || end < len(b) && (b[end] == '(' || b[end] == '-' && end+1 < len(b) && isWord(b[end+1])) {
		return // Not the last label, or a function.
	}
	start := runBack(b, i, i-maxDomain, chHost)
	if start > 0 && b[start-1] == '\\' && i-start > 1 && (b[start] == 'n' || b[start] == 'r' || b[start] == 't') {
		start++
	}
	for start < i && (b[start] == '.' || b[start] == '-' || b[start] == '_') {
		start++
	}
	e.hostEnd = end
	name := b[start:end]
	if start == i || !validLabels(name) || countLabels(name) < n {
		return
	}
	if start > 0 {
		switch b[start-1] {
		case '/':
			if (start < 2 || b[start-2] != '/') && countLabels(name) < 3 {
				return // A path such as /etc/rc.local.
			}
		case '$':
			return
		}
	}
	if isNotHost(name) {
		return
	}
	e.add(start, end, Hostname, ruleHostSuffix, Reason{Bits: ReasonShape | ReasonStructure}, 85)
}

// suffixLabels returns the least number of labels of a name whose last label is b[dot+1:end], or 0.
func suffixLabels(b []byte, dot, end int) int {
	var buf [16]byte
	w := buf[:0]
	for _, c := range b[dot+1 : end] {
		w = append(w, lower(c))
	}
	if string(w) == "arpa" && (dot < 5 || !equalFold(b[dot-5:dot], ".home")) {
		return 0
	}
	return hostSuffixes[string(w)]
}

func countLabels(name []byte) int {
	n := 1
	for _, c := range name {
		if c == '.' {
			n++
		}
	}
	return n
}

// isNotHost reports whether the name is something else by its first label or its capitals: java.lang.Internal.
func isNotHost(name []byte) bool {
	var buf [16]byte
	w := buf[:0]
	first := true
	for i, c := range name {
		if i > 0 && is(c, chUpper) && is(name[i-1], chLower) {
			return true // A name in a program.
		}
		first = first && c != '.'
		if first && len(w) < len(buf) {
			w = append(w, lower(c))
		}
	}
	return notHosts[string(w)]
}

// publicHosts are domains that everyone talks to: naming one says nothing about a network.
var publicHosts = []string{
	"github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org", "google.com", "googleapis.com", "gstatic.com",
	"microsoft.com", "windowsupdate.com", "apple.com", "docker.io", "docker.com", "quay.io", "gcr.io", "k8s.io", "ghcr.io",
	"npmjs.org", "npmjs.com", "pypi.org", "pythonhosted.org", "rubygems.org", "crates.io", "golang.org", "go.dev",
	"debian.org", "ubuntu.com", "fedoraproject.org", "redhat.com", "centos.org", "alpinelinux.org", "archlinux.org",
	"apache.org", "w3.org", "ietf.org", "kernel.org", "gnu.org", "mozilla.org", "cloudflare.com", "letsencrypt.org",
	"postgresql.org", "python.org", "java.com", "oracle.com", "wikipedia.org", "stackoverflow.com", "openai.com",
	"anthropic.com", "slack.com", "maven.org", "schema.org", "xmlsoap.org",
}

// hostValue judges the value behind a key name of a host. prose says that the key may be a word of a sentence.
func (e *engine) hostValue(k KeyID, i int, prose bool) {
	b := e.b
	for n := 0; i < len(b) && n < 4 && (isQuote(b[i]) || b[i] == '\\' || b[i] == '['); n++ {
		i++
	}
	e.namedHost(i, k, prose)
}

// hostAfterWord is called at a word that may be "host", and "host name", before a name.
func (e *engine) hostAfterWord(i int) {
	b := e.b
	j := i + len("host")
	if hasPrefixFold(b[j:], "name") {
		j += 4
	} else if hasPrefixFold(b[j:], " name") {
		j += 5
	}
	if j >= len(b) || b[j] != ' ' {
		return
	}
	j++
	for n := 0; j < len(b) && n < 2 && (isQuote(b[j]) || b[j] == '\\'); n++ {
		j++
	}
	e.namedHost(j, 0, true)
}

// namedHost reports the host that starts at i if it has the shape of one: a name under a public or an internal suffix
// or, where no sentence is possible, a single label with a digit or a hyphen.
func (e *engine) namedHost(i int, k KeyID, prose bool) {
	b := e.b
	end := run(b, i, i+maxDomain+1, chHost)
	if end-i > maxDomain || end == i || end < len(b) && (b[end] == '@' || b[end] == '(' || b[end] == '/' && (end+1 < len(b) && isDigit(b[end+1]))) {
		return
	}
	for end > i && (b[end-1] == '.' || b[end-1] == '-' || b[end-1] == '_') {
		end--
	}
	name := b[i:end]
	if !validLabels(name) || equalFold(name, "localhost") || !isLetterSomewhere(name) {
		return
	}
	reason := Reason{Bits: ReasonShape | ReasonContext}
	if k != 0 {
		reason = Reason{Bits: ReasonShape | ReasonKey, Key: k}
	}
	if countLabels(name) == 1 {
		sure := k != 0 && len(keyTable[k].word) > len("server") // Words that no sentence begins with.
		if prose && !sure && (k != 0 || !numberedHost(name)) || len(name) < 3 || !isLetter(name[0]) || !hasDigitOrHyphen(name) {
			return
		}
		e.add(i, end, Hostname, ruleHostKey, reason, 60)
		return
	}
	if isNotHost(name) || !hostDomain(name) {
		return
	}
	e.add(i, end, Hostname, ruleHostKey, reason, 80)
}

// numberedHost reports whether a name of one label behind the word "host" is a machine's: small letters, then a number
// (web01, db-2), and no device of the kernel.
func numberedHost(name []byte) bool {
	n := len(name)
	for n > 0 && isDigit(name[n-1]) {
		n--
	}
	if n == len(name) || len(name)-n > 3 || n < 2 {
		return false
	}
	for _, c := range name[:n] {
		if !is(c, chLower) && c != '-' {
			return false
		}
	}
	return !inSet(devices, name[:n])
}

// devices are names that the kernel numbers.
var devices = wordSet(`eth scsi ata usb cpu sda md dm tty wlan ens eno enp bond veth docker nvme loop pci node numa mem phy port sd hda hdb vcpu
core socket slot lun bus dev disk part id rev ver version key line page block thread task job host sshd ssh rsa dsa ed ecdsa sha md aes`)

// defaultHost is called at the prefix of a name that Windows, or a cloud, gives to a machine: DESKTOP-1A2B3C4,
// WIN-0123456789A, ip-10-0-0-5.
func (e *engine) defaultHost(i int) {
	b := e.b
	if i > 0 && (b[i-1] == '-' || b[i-1] == '.') {
		return
	}
	if b[i]|0x20 == 'i' { // ip-10-0-0-5
		j := i + 3
		for n := range 4 {
			k := run(b, j, j+4, chDigit)
			if k == j || k-j > 3 || n < 3 && (k >= len(b) || b[k] != '-') {
				return
			}
			j = k + 1
		}
		if j--; j < len(b) && (isWord(b[j]) || b[j] == '-') {
			return
		}
		e.add(i, j, Hostname, ruleHostSuffix, Reason{Bits: ReasonShape | ReasonPrefix}, 85)
		return
	}
	j := i
	for b[j] != '-' {
		j++
	}
	k := run(b, j+1, j+13, chUpper|chDigit)
	if n := k - j - 1; n < 6 || n > 11 || k < len(b) && (isWord(b[k]) || b[k] == '-') {
		return
	}
	digit := false
	for _, c := range b[j+1 : k] {
		digit = digit || isDigit(c)
	}
	if digit {
		e.add(i, k, Hostname, ruleHostSuffix, Reason{Bits: ReasonShape | ReasonPrefix}, 85)
	}
}

func isLetterSomewhere(name []byte) bool {
	for _, c := range name {
		if isLetter(c) {
			return true
		}
	}
	return false
}

func hasDigitOrHyphen(name []byte) bool {
	for _, c := range name {
		if isDigit(c) || c == '-' {
			return true
		}
	}
	return false
}

// hostDomain reports whether a name of several labels ends in a suffix that hosts have, and is not a public service.
func hostDomain(name []byte) bool {
	dot := len(name) - 1
	for dot > 0 && name[dot] != '.' {
		dot--
	}
	if suffixLabels(name, dot, len(name)) > 0 {
		return true
	}
	for _, p := range publicHosts {
		if hasSuffixFold(name, p) && (len(name) == len(p) || name[len(name)-len(p)-1] == '.') {
			return false
		}
	}
	return knownTLD(name[dot+1:])
}
