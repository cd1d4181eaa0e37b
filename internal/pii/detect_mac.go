package pii

// macColon reports a MAC address with colons that starts at start.
func (e *engine) macColon(start int) { e.macGroups(start, ':') }

// macDash is called at a dash between hexadecimal digits that may be the first of a MAC address.
func (e *engine) macDash(i int) {
	b := e.b
	start := i - 2
	if hexVal(b[start]) < 0 || start > 0 && b[start-1] == '-' || !e.startsAt(start) {
		return
	}
	e.macGroups(start, '-')
}

// macGroups reads six groups of two digits. More groups are a World Wide Name, a GID or a fingerprint.
func (e *engine) macGroups(start int, sep byte) {
	b := e.b
	end := start + 17
	if end > len(b) {
		return
	}
	var m [6]byte
	letters := false
	for k := range m {
		p := start + 3*k
		h, l := hexVal(b[p]), hexVal(b[p+1])
		if h < 0 || l < 0 || k < 5 && b[p+2] != sep {
			return
		}
		m[k] = byte((h<<4 | l) & 0xff)
		letters = letters || h > 9 || l > 9
	}
	if end < len(b) && (isWord(b[end]) || b[end] == sep && end+1 < len(b) && hexVal(b[end+1]) >= 0) {
		return
	}
	if sep == '-' && !letters && isDateTime(m) {
		return
	}
	e.addMac(start, end, m)
}

// isDateTime reports whether six groups of decimal digits, here read as hexadecimal, can be a date and a time of day:
// 24-01-31-23-59-58, with the month first or second.
func isDateTime(m [6]byte) bool {
	month := func(b byte) bool { return b >= 0x01 && b <= 0x12 }
	return (month(m[0]) || month(m[1])) && m[2] != 0 && m[3] <= 0x23 && m[4] <= 0x59 && m[5] <= 0x59
}

// macDot is called at a dot that may be the first of the form 0123.4567.89ab.
func (e *engine) macDot(i int) {
	b := e.b
	start, end := i-4, i+10
	if end > len(b) || start > 0 && b[start-1] == '.' || !e.startsAt(start) {
		return
	}
	var digits [12]int
	n := 0
	letters := false
	for p := start; p < end; p++ {
		if p == i || p == i+5 {
			continue
		}
		if digits[n] = hexVal(b[p]); digits[n] < 0 {
			return
		}
		letters = letters || digits[n] > 9
		n++
	}
	if end < len(b) && (isWord(b[end]) || b[end] == '.' && end+1 < len(b) && isWord(b[end+1])) {
		return
	}
	if !letters {
		return // A decimal fraction or a version.
	}
	var m [6]byte
	for k := range m {
		m[k] = byte((digits[2*k]<<4 | digits[2*k+1]) & 0xff)
	}
	e.addMac(start, end, m)
}

func (e *engine) addMac(start, end int, m [6]byte) {
	switch {
	case m == [6]byte{}, m == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}: // None, broadcast.
		return
	case m[0] == 0x01 && m[1] == 0x00 && m[2] == 0x5e, m[0] == 0x33 && m[1] == 0x33, // IP multicast.
		m[0] == 0x01 && m[1] == 0x80 && m[2] == 0xc2: // Bridge protocols.
		return
	}
	e.add(start, end, MacAddress, ruleMac, Reason{Bits: ReasonShape}, 93)
}

// macBare judges the twelve letters and digits b[start:end] behind words that call them a MAC address.
func (e *engine) macBare(start, end int) bool {
	if start > 5 && e.b[start-1] == '-' && e.b[start-6] == '-' { // The end of a UUID.
		return false
	}
	var m [6]byte
	for k := range m {
		h, l := hexVal(e.b[start+2*k]), hexVal(e.b[start+2*k+1])
		if h < 0 || l < 0 {
			return false
		}
		m[k] = byte((h<<4 | l) & 0xff)
	}
	set := e.topicsBefore(start)
	if !set.has(topicMac) {
		return false
	}
	e.addMac(start, end, m)
	return true
}
