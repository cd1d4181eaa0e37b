package pii

// states are the abbreviations of states and provinces of the United States (USPS Publication 28, appendix B), Canada,
// Australia and Brazil (ISO 3166-2:BR).
var states = wordSet(`al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd
tn tx ut vt va wa wv wi wy dc pr ab bc mb nb nl ns nt nu on pe qc sk yt nsw vic qld act tas
ac ap am ba ce df es go mg pb pi rj rn rs ro rr sp se to`)

// stateEnd returns the end of an abbreviated state at i, in capitals, or 0.
func stateEnd(b []byte, i int) int {
	j := run(b, i, i+4, chUpper)
	if j-i < 2 || j-i > 3 || j < len(b) && wordByte(b[j]) || !inSet(states, b[i:j]) {
		return 0
	}
	return j
}

// placeEnd returns the end of the name of a city or a country at i: one to four capitalised words with particles
// between, or 0. After a postal code one in capitals will do.
func placeEnd(b []byte, i int, coded bool) int {
	end := 0
	at := i
	for n := range 4 {
		j := at
		if n > 0 {
			if j >= len(b) || b[j] != ' ' {
				break
			}
			j++
		}
		k := placeParticle(b, j)
		w := nameWord(b, k)
		if w == 0 && hasPrefix(b[k:], "St. ") {
			w = nameWord(b, k+4)
		}
		if w == 0 && coded {
			if w = run(b, k, k+20, chUpper); w-k < 3 || w < len(b) && wordByte(b[w]) {
				w = 0
			}
		}
		if w == 0 {
			break
		}
		if n > 0 && hasPrefix(b[k:], "Phase ") { // Lekki Phase 1
			if p := run(b, w+1, w+3, chDigit|chUpper); p > w+1 && (p == len(b) || !wordByte(b[p])) {
				end = p
				break
			}
		}
		if n > 0 && k == j && lookupName(b[k:w]).word() && !inSet(placeTails, b[k:w]) && !inSet(placeLeads, b[i:end]) {
			break
		}
		end, at = w, w
	}
	return end
}

// placeTails are words of English in the names of places.
var placeTails = wordSet(`city town beach falls springs hills park heights island valley grove lake rock point creek bay ridge haven mills forest
rapids bluffs kingdom states zealand king upon field ford bridge green fields harbor harbour junction river`)

// placeParticle returns the end of particles inside the name of a place at i: "am ", "de la ", "upon ".
func placeParticle(b []byte, i int) int {
	for range 2 {
		j := run(b, i, i+6, chLower)
		if j == i || j >= len(b) || b[j] != ' ' || !inSet(placeParticles, b[i:j]) {
			break
		}
		i = j + 1
	}
	return i
}

var placeParticles = wordSet(`am an der de la le les del di do da dos das upon of im ob bei sur sous en aan den el los las`)

// knownPlace reports whether w is one word that is written with a capital since it is a place or a people, and nobody's name.
func knownPlace(w []byte) bool {
	info := lookupName(w)
	return info.proper() && info.given() == 0 && info.surname() == 0
}

// cityLike reports whether the word at j behind a comma is the name of a place rather than the first word of what follows.
func cityLike(b []byte, j int) bool {
	end := nameWord(b, j)
	return end > 0 && (!lookupName(b[j:end]).word() || inSet(placeLeads, b[j:end]))
}

var countries = wordSet(`usa us uk germany deutschland france spain italy italia portugal netherlands nederland austria switzerland schweiz suisse belgium
canada australia ireland england scotland wales poland polska sweden sverige norway norge denmark danmark finland suomi brazil brasil mexico
india japan china singapore`)

// isCountry reports whether w is a country, as one word or as one of the few of two.
func isCountry(w []byte) bool {
	switch string(w) {
	case "United Kingdom", "United States", "New Zealand", "South Africa", "Great Britain", "Northern Ireland":
		return true
	}
	return inSet(countries, w)
}
