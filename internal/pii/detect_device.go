package pii

// imei judges a run of 14 to 16 digits that the text calls an IMEI (3GPP TS 23.003, section 6.2): the fifteenth is
// Luhn's check digit; an IMEISV has a version of two digits in its place.
func (e *engine) imei(start, end int, sur *surround) bool {
	if !sur.topicSet(e, start, end).has(topicImei) {
		return false
	}
	id := idOf(e.b[start:end])
	if id.n == 15 && luhnSum(id.c[:15])%10 != 0 || id.repeats() || id.num(0, 2) == 0 {
		return false
	}
	bits := ReasonShape | ReasonContext
	if id.n == 15 {
		bits |= ReasonChecksum
	}
	e.add(start, end, Imei, ruleIMEI, Reason{Bits: bits}, 85)
	return true
}

// imeiSeq is imei for an IMEI in groups: 49-015420-323751-8.
func (e *engine) imeiSeq(q *numSeq, k int, sur *surround) bool {
	if n := q.ends[0] - q.starts[0]; n != 2 && n != 6 && n != 8 {
		return false
	}
	digits := 0
	for i := range k {
		digits += q.ends[i] - q.starts[i]
	}
	return digits >= 14 && digits <= 16 && e.imei(q.starts[0], q.ends[k-1], sur)
}

// vin judges seventeen characters as a vehicle identification number (ISO 3779): no I, O or Q, and where the check digit
// of 49 CFR 565.15 does not hold, as in Europe, words that name it.
func (e *engine) vin(start, end int) bool {
	b := e.b
	if start > 0 && gluedBefore(b, start) || !unitFree(b, end) {
		return false
	}
	id := idOf(b[start:end])
	if id.n != 17 {
		return false
	}
	s, letters, digits := 0, 0, 0
	for i, c := range id.c[:17] {
		v := int(c - '0')
		switch {
		case c == 'I' || c == 'O' || c == 'Q':
			return false
		case isDigit(c):
			digits++
		default:
			letters++
			v = int("12345678012345070923456789"[c-'A'] - '0')
		}
		s += v * [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}[i]
	}
	if digits < 3 || letters < 1 || !isDigits(id.c[14:17]) {
		return false
	}
	check := id.c[8] == "0123456789X"[s%11]
	var sur surround
	bits, confidence := ReasonShape, uint8(85)
	switch named := sur.topicSet(e, start, end).has(topicVin); {
	case named && check:
		bits |= ReasonContext | ReasonChecksum
		confidence = 95
	case named:
		bits |= ReasonContext
	case check && letters >= 3 && is(b[start+16-1], chDigit) && !is(b[start], chLower) && upperOnly(b[start:end]):
		bits |= ReasonChecksum
	default:
		return false
	}
	e.add(start, end, Vin, ruleVIN, Reason{Bits: bits}, confidence)
	return true
}

func upperOnly(b []byte) bool {
	for _, c := range b {
		if is(c, chLower) {
			return false
		}
	}
	return true
}
