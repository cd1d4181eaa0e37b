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
