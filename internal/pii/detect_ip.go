package pii

// dot is called at a '.': it may stand inside an IPv4 address, a MAC address in dotted form, or before the suffix of an
// internal host.
func (e *engine) dot(i int) {
	b := e.b
	if i == 0 || i+1 >= len(b) {
		return
	}
	p, n := b[i-1], b[i+1]
	if isDigit(p) && isDigit(n) {
		e.ipv4(i)
	}
	if i >= 4 && i+5 < len(b) && b[i+5] == '.' && hexVal(p) >= 0 && hexVal(n) >= 0 {
		e.macDot(i)
	}
	switch n | 0x20 {
	case 'i', 'l', 'c', 'a', 's':
		e.hostSuffix(i)
	}
}

// ipv4 is called at a dot between digits. Only the first dot of an address counts.
func (e *engine) ipv4(i int) {
	b := e.b
	start := runBack(b, i, i-4, chDigit)
	if i-start > 3 || start > 0 && (b[start-1] == '.' || b[start-1] != '_' && !e.startsAt(start)) {
		return
	}
	addr, end, ok := parseIPv4(b, start)
	if !ok {
		return
	}
	if end < len(b) {
		switch c := b[end]; {
		case isWord(c):
			return
		case c == '.' && end+1 < len(b) && isWord(b[end+1]):
			if isDigit(b[end+1]) || !followedByHost(b, end) {
				return // Five parts, or the name of a file.
			}
		case c == '-' && end+1 < len(b) && isLetter(b[end+1]):
			return // 1.2.3.4-beta
		}
	}
	kind := classifyIPv4(addr)
	if kind == ipStays {
		return
	}
	if kind == ipPublic && (versionBefore(b, start) || revisionAfter(b, end)) {
		return
	}
	if addr[0] == 1 && addr[1] == 3 && addr[2] == 6 && addr[3] == 1 {
		return // The root of the object identifiers of the Internet.
	}
	if addr[0] == 2 && addr[1] == 5 && (addr[2] == 29 || addr[2] == 4) {
		return // X.509 attributes and extensions.
	}
	e.add(start, end, IPv4, ruleIPv4, Reason{Bits: ReasonShape | ReasonRange}, 90)
}

// followedByHost reports whether an address is written as a name: 10.0.0.1.nip.io, or with ".port" as tcpdump does.
func followedByHost(b []byte, end int) bool {
	j := run(b, end+1, end+16, chWord)
	return j < len(b) && (b[j] == ':' || b[j] == ' ')
}

// parseIPv4 reads a dotted quad of decimal numbers without leading zeros.
func parseIPv4(b []byte, i int) (addr [4]byte, end int, ok bool) {
	for k := range addr {
		if k > 0 {
			if i >= len(b) || b[i] != '.' {
				return addr, 0, false
			}
			i++
		}
		v, s := 0, i
		for i < len(b) && isDigit(b[i]) && i-s < 4 {
			v = v*10 + int(b[i]-'0')
			i++
		}
		if i == s || v > 255 || i-s > 3 || i-s > 1 && b[s] == '0' {
			return addr, 0, false
		}
		addr[k] = byte(v)
	}
	return addr, i, true
}

type ipKind uint8

const (
	ipStays   ipKind = iota // Says nothing about anyone: see the package documentation.
	ipPrivate               // RFC 1918, RFC 6598, link-local, benchmarking, RFC 4193.
	ipPublic
)

// publicResolvers are the service addresses of public DNS resolvers.
var publicResolvers = map[[4]byte]bool{
	{8, 8, 8, 8}: true, {8, 8, 4, 4}: true, {1, 1, 1, 1}: true, {1, 0, 0, 1}: true, {9, 9, 9, 9}: true,
	{149, 112, 112, 112}: true, {208, 67, 222, 222}: true, {208, 67, 220, 220}: true, {4, 2, 2, 1}: true, {4, 2, 2, 2}: true,
	{94, 140, 14, 14}: true, {94, 140, 15, 15}: true, {76, 76, 2, 0}: true, {185, 228, 168, 9}: true, {1, 1, 1, 2}: true,
	{169, 254, 169, 254}: true, // Not a resolver, but the metadata service of every cloud.
}

// classifyIPv4 follows the IANA registry of special-purpose addresses.
func classifyIPv4(a [4]byte) ipKind {
	switch {
	case a[0] == 0, a[0] == 127, a[0] >= 224: // This network, loopback, multicast, reserved, broadcast, masks.
		return ipStays
	case a[0] == 192 && a[1] == 0 && (a[2] == 2 || a[2] == 0), // Documentation (RFC 5737), protocol assignments.
		a[0] == 198 && a[1] == 51 && a[2] == 100, a[0] == 203 && a[1] == 0 && a[2] == 113:
		return ipStays
	case publicResolvers[a]:
		return ipStays
	case a[0] == 10, a[0] == 172 && a[1]&0xf0 == 16, a[0] == 192 && a[1] == 168, a[0] == 100 && a[1]&0xc0 == 64,
		a[0] == 169 && a[1] == 254, a[0] == 198 && a[1]&0xfe == 18:
		return ipPrivate
	}
	return ipPublic
}

// versionBefore reports whether the text before i says that a version number follows.
func versionBefore(b []byte, i int) bool {
	if i == 0 {
		return false
	}
	j := i
	switch b[j-1] {
	case '/': // Chrome/91.0.4472.124, but /10.0.0.1 and host-1/52.1.2.3
		s := runBack(b, j-1, j-24, chWord|chDigit)
		return s < j-1 && is(b[s], chUpper) && (s == 0 || b[s-1] != '.' && b[s-1] != '-' && b[s-1] != '/')
	case '-', '_': // libssl-1.1.1.1, but 52.1.2.3-52.1.2.9
		return j >= 2 && isLetter(b[j-2])
	}
	for j > 0 && j > i-6 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '=' || b[j-1] == '"' || b[j-1] == '(' || b[j-1] == '\'') {
		j--
	}
	w := b[runBack(b, j, j-24, chWord):j]
	for _, s := range [...]string{"version", "release", "build", "revision", "firmware", "oid", "versions", "section", "chapter", "clause", "sdk", "dotnet", "schema"} {
		if hasSuffixFold(w, s) {
			return true
		}
	}
	return equalFold(w, "v") || equalFold(w, "ver") || equalFold(w, "rev") || equalFold(w, "to") && (hasSuffixFold(b[:j], "grade to") || hasSuffixFold(b[:j], "graded to"))
}

// revisionAfter reports whether a package revision follows, as in 1.2.5.1-2. The end of a range has dots.
func revisionAfter(b []byte, end int) bool {
	if end+1 >= len(b) || b[end] != '-' && b[end] != '+' && b[end] != '~' || !isDigit(b[end+1]) {
		return false
	}
	j := run(b, end+1, end+5, chDigit)
	return j >= len(b) || b[j] != '.' || j+1 >= len(b) || !isDigit(b[j+1])
}

// colonHex is called at a ':' that may stand inside a MAC or an IPv6 address. Only the first colon of an address
// counts.
func (e *engine) colonHex(i int) {
	b := e.b
	if i+1 >= len(b) {
		return
	}
	start := i
	for start > 0 && i-start < 5 && hexVal(b[start-1]) >= 0 {
		start--
	}
	if i-start > 4 || start == i && b[i+1] != ':' || hexVal(b[i+1]) < 0 && b[i+1] != ':' {
		return
	}
	if start > 0 && (!e.startsAt(start) || b[start-1] == ':' || b[start-1] == '.') {
		return
	}
	if i-start == 2 && i+3 < len(b) && b[i+3] == ':' {
		e.macColon(start)
		return // Two digits in the first group are no allocated IPv6 address.
	}
	if i-start == 4 || start == i || i-start == 2 {
		e.ipv6(start)
	}
}

// ipv6 reports an address that starts at start (RFC 4291, section 2.2; zones RFC 4007 and RFC 6874).
func (e *engine) ipv6(start int) {
	b := e.b
	addr, end, ok := parseIPv6(b, start)
	if !ok || end < len(b) && (isWord(b[end]) || b[end] == ':' && end+1 < len(b) && hexVal(b[end+1]) >= 0) {
		return
	}
	if end+1 < len(b) && b[end] == '.' && isDigit(b[end+1]) {
		return
	}
	if classifyIPv6(addr) == ipStays {
		return
	}
	if addr[0] == 0xfe && end < len(b) && b[end] == '%' {
		z := end + 1
		if z+1 < len(b) && b[z] == '2' && b[z+1] == '5' {
			z += 2
		}
		if j := run(b, z, z+16, chWord|chHost); j > z {
			end = j
		}
	}
	e.add(start, end, IPv6, ruleIPv6, Reason{Bits: ReasonShape | ReasonRange}, 92)
}

// parseIPv6 reads an address at i and returns the end of it.
func parseIPv6(b []byte, i int) (addr [16]byte, end int, ok bool) {
	var groups [8][2]byte
	n, gap := 0, -1
	if i+1 < len(b) && b[i] == ':' && b[i+1] == ':' {
		gap = 0
		i += 2
	}
	for n < 8 {
		s := i
		v := 0
		for i < len(b) && i-s < 5 && hexVal(b[i]) >= 0 {
			v = v<<4 | hexVal(b[i])
			i++
		}
		if i == s {
			break
		}
		if i < len(b) && b[i] == '.' && n <= 6 && (n == 6 || gap >= 0) { // The last 32 bits as a dotted quad.
			if a4, e4, ok4 := parseIPv4(b, s); ok4 {
				groups[n] = [2]byte{a4[0], a4[1]}
				groups[min(n+1, 7)] = [2]byte{a4[2], a4[3]}
				n += 2
				i = e4
				break
			}
		}
		if i-s > 4 {
			return addr, 0, false
		}
		groups[n] = [2]byte{byte(v >> 8 & 0xff), byte(v & 0xff)}
		n++
		if i+1 >= len(b) || b[i] != ':' {
			break
		}
		if b[i+1] == ':' {
			if gap >= 0 {
				return addr, 0, false
			}
			gap = n
			i += 2
			continue
		}
		if hexVal(b[i+1]) < 0 || n == 8 {
			break // A colon behind the address.
		}
		i++
	}
	if gap < 0 && n != 8 || gap >= 0 && n > 7 {
		return addr, 0, false
	}
	for k := range n {
		at := k
		if gap >= 0 && k >= gap {
			at = 8 - n + k
		}
		copy(addr[2*at:], groups[k][:])
	}
	return addr, i, true
}

var publicResolvers6 = map[[16]byte]bool{
	mustIPv6("2001:4860:4860::8888"): true, mustIPv6("2001:4860:4860::8844"): true,
	mustIPv6("2606:4700:4700::1111"): true, mustIPv6("2606:4700:4700::1001"): true,
	mustIPv6("2620:fe::fe"): true, mustIPv6("2620:fe::9"): true,
}

func mustIPv6(s string) [16]byte {
	a, _, _ := parseIPv6([]byte(s), 0)
	return a
}

// classifyIPv6 follows the IANA registries: what is not allocated is taken for something else, such as a scope
// operator between hexadecimal words.
func classifyIPv6(a [16]byte) ipKind {
	switch {
	case [14]byte(a[2:]) == [14]byte{}: // The name of a block: 2001::, fc00::/7.
		return ipStays
	case a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8, a[0] == 0x3f && a[1] == 0xff && a[2]&0xf0 == 0:
		return ipStays // Documentation (RFC 3849, RFC 9637).
	case publicResolvers6[a]:
		return ipStays
	case a[0]&0xe0 == 0x20:
		return ipPublic
	case a[0]&0xfe == 0xfc, a[0] == 0xfe && a[1]&0xc0 == 0x80:
		return ipPrivate
	}
	var zero [12]byte
	v4 := [4]byte(a[12:])
	mapped := zero
	mapped[10], mapped[11] = 0xff, 0xff
	nat64 := [12]byte{0x00, 0x64, 0xff, 0x9b}
	if p := [12]byte(a[:12]); p == mapped || p == nat64 {
		return classifyIPv4(v4)
	}
	return ipStays
}
