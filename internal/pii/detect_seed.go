package pii

import (
	"crypto/sha256"
	_ "embed"
)

// bip39 is the English word list of BIP-39 (github.com/bitcoin/bips, bip-0039/english.txt), in its order: 2,048 words that
// differ in their first four letters.
//
//go:embed bip39.txt
var bip39 string

// seedWords are the words of bip39. A word's number is its index.
var seedWords []string

// dullSeedWords are words of bip39 of six letters or more that source code and logs are full of. All others of that
// length are what a phrase is looked for at: of a hundred phrases one has none of them.
const dullSeedWords = `
	absent abstract access account acquire across action actual address adjust advance advice almost already always
	amount anchor another answer appear approve around arrange assist assume author average balance banana because
	become before behave behind better between beyond boring borrow bottom bracket broken bubble budget bundle
	cancel category caught certain change charge choice choose client collect column combine common confirm connect
	consider control correct course credit current custom decide define depend describe design destroy detail
	detect device differ direct display distance divert divide document domain double during dynamic easily effort
	either element enable enforce engine enough ensure entire escape evidence example excess exchange exclude
	execute expand expect expose express extend family feature figure filter finish flight follow forward fossil
	future garbage general height hidden history identify ignore illegal impact include increase indicate inherit
	initial inside install interest language length letter library license little machine manage manual margin
	master matrix matter maximum measure member memory message method middle minimum mistake modify moment monitor
	multiply negative neither network normal nothing notice number object observe obtain option ordinary original
	output outside parent pattern people permit person physical pledge portion position possible practice prefer
	prepare present pretty prevent primary priority private problem process produce program project property
	protect provide public purpose question random rather reason rebuild receive record reduce reflect region
	regular reject release remain remember remove repeat replace report require resource response result return
	review rotate sample satisfy scheme script search second secret section security segment select sentence series
	service session shadow similar simple someone source special spread square stable strategy strong subject
	success switch symbol system target theory ticket together toward transfer trigger typical unable unique
	unknown unlock unveil update upgrade useful useless various vendor verify version virtual volume window
`

// isSeedTrigger has a bit for each word that a phrase is looked for at.
var isSeedTrigger [2048 / 64]uint64

func makeIsSeedTrigger() (m [2048 / 64]uint64) {
	dull := wordSet(dullSeedWords)
	for i, w := range seedWords {
		if len(w) >= 6 && !dull[w] {
			m[i/64] |= 1 << (i % 64)
		}
	}
	return m
}

// seedTriggers are the words that a seed phrase is looked for at.
func seedTriggers() []string {
	all := make([]string, 0, len(seedWords))
	for i, w := range seedWords {
		if isSeedTrigger[i/64]>>(i%64)&1 != 0 {
			all = append(all, w)
		}
	}
	return all
}

// seedWord returns the number of a word of bip39, in lower case, or -1.
func seedWord(w []byte) int {
	if len(w) < 3 || len(w) > 8 {
		return -1
	}
	lo, hi := 0, len(seedWords)
	for lo < hi {
		mid := (lo + hi) / 2
		if seedWords[mid] < string(w) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(seedWords) && seedWords[lo] == string(w) {
		return lo
	}
	return -1
}

// maxSeedWords is the length of the longest phrase.
const maxSeedWords = 24

// seedGap is the greatest distance of two words of a phrase: a space, a comma and a space, a line with a number.
const seedGap = 6

// seedRun is a run of words of bip39.
type seedRun struct {
	n     int
	word  [3 * maxSeedWords]int16
	start [3 * maxSeedWords]int
	end   [3 * maxSeedWords]int
}

// seedPhrase is called at a word that a seed phrase may hold (BIP-39: 12, 15, 18, 21 or 24 words of which the last few
// bits are a checksum).
func (e *engine) seedPhrase(i int) {
	b := e.b
	// Find the first word of the run. If another word before this one is looked at too, it has been judged there.
	first := i
	for range maxSeedWords {
		end := first
		for end > 0 && end > first-seedGap && seedSeparator(b[end-1]) {
			end--
		}
		start := end
		for start > 0 && start > end-9 && is(b[start-1], chLower) {
			start--
		}
		k := -1
		if end < first && (start == 0 || !isWord(b[start-1]) || escapedBefore(b, start)) {
			k = seedWord(b[start:end])
		}
		if k < 0 {
			break
		}
		if isSeedTrigger[k/64]>>(k%64)&1 != 0 {
			return
		}
		first = start
	}
	var run seedRun
	for p := first; run.n < len(run.word); {
		end := p
		for end < len(b) && end < p+9 && is(b[end], chLower) {
			end++
		}
		k := seedWord(b[p:end])
		if k < 0 || end < len(b) && isWord(b[end]) {
			break
		}
		run.word[run.n], run.start[run.n], run.end[run.n] = int16(k), p, end //nolint:gosec // Up to 2047.
		run.n++
		next := end
		for next < len(b) && next < end+seedGap && seedSeparator(b[next]) {
			next++
		}
		if next == end {
			break
		}
		p = next
	}
	if run.n < 12 {
		return
	}
	e.seedRun(&run)
}

// seedSeparator reports whether c may stand between two words of a phrase.
func seedSeparator(c byte) bool {
	return c == ' ' || c == ',' || c == '\n' || c == '\r' || c == '\t' || c == '-' || c == '"' || c == '\'' || isDigit(c) || c == '.' || c == ')'
}

// seedContext are words before a phrase that say what it is.
var seedContext = [...]string{"mnemonic", "seed", "recovery", "phrase", "wallet", "backup", "bip39", "bip-39", "secret"}

// seedRun judges a run of at least twelve words: the longest part of it whose checksum holds is a phrase.
func (e *engine) seedRun(r *seedRun) {
	for n := maxSeedWords; n >= 12; n -= 3 {
		for at := 0; at+n <= r.n; at++ {
			if seedChecksum(r.word[at : at+n]) {
				e.add(r.start[at], r.end[at+n-1], SeedPhrase, ruleSeedPhrase, Reason{Bits: ReasonShape | ReasonChecksum}, 97)
				return
			}
		}
	}
	before := e.b[max(0, r.start[0]-64):r.start[0]]
	for _, w := range seedContext {
		if containsFold(before, w) {
			e.add(r.start[0], r.end[r.n-1], SeedPhrase, ruleSeedPhrase, Reason{Bits: ReasonShape | ReasonContext}, 75)
			return
		}
	}
	e.add(r.start[0], r.end[r.n-1], SeedPhrase, ruleSeedPhrase, Reason{Bits: ReasonShape}, 40)
}

// seedChecksum reports whether the checksum of a phrase holds: of every 33 bits one is of the SHA-256 of the others.
func seedChecksum(words []int16) bool {
	var bits [33 + 1]byte
	for i, w := range words {
		for k := range 11 {
			if w>>(10-k)&1 != 0 {
				at := i*11 + k
				bits[at/8] |= 0x80 >> (at % 8)
			}
		}
	}
	entropy := len(words) * 11 * 32 / 33 / 8
	sum := sha256.Sum256(bits[:entropy])
	n := len(words) / 3 // Bits of checksum.
	return (bits[entropy]^sum[0])>>(8-n) == 0
}
