package pii

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// KnownSet is a [Known] that holds values themselves, or, for values that must not be kept, their keyed fingerprints and
// lengths. It is safe for concurrent use.
//
// The floor: a value is refused if a log could be poisoned with it or if it would be found by chance. Refused are values
// of fewer than 6 bytes, of digits only with fewer than 8, of one byte repeated, without a letter or digit, longer than
// [MaxKnown], and words that logs are made of (error, warning, password, a month, a severity …), whatever their case.
// So `password=error` in a log cannot erase every "error" after it. Fingerprints cannot be held against a list of words:
// who adds one has checked the value with [Knowable].
//
// A value is found where neither side continues a word: a letter or digit next to a letter or digit. Values of class
// secret must match byte for byte, others match without regard to ASCII case.
type KnownSet struct {
	key sipKey

	version atomic.Uint64 // Of what is in the set.

	mu sync.RWMutex
	// filter has a bit for the first six bytes, in lower case, of each value, and starts has the lengths of the values that
	// begin with them: however many values begin alike, a place is looked up once for each length.
	filter [1 << 10]uint64
	starts map[uint64][]int
	values map[uint64][]knownValue // By the hash of the whole value in lower case.
	seed   maphash.Seed
	// heads has a bit for the first two bytes of each fingerprint.
	heads   [1 << 10]uint64
	prints  map[knownPrint]Type
	lengths [MaxKnown + 1]int // Number of fingerprints by length.
	lens    []int             // Lengths that occur.
}

type knownValue struct {
	text []byte // In lower case if fold is set.
	typ  Type
	fold bool
}

type knownPrint struct {
	length int
	sum    [16]byte
}

// NewKnownSet returns an empty set. key keys the fingerprints: SipHash-2-4 with 128 bits of output, keyed by both halves
// of key folded into one. It must be secret and must be the same for the set and for whoever made the fingerprints.
func NewKnownSet(key [32]byte) *KnownSet {
	var k [16]byte
	for i := range k {
		k[i] = key[i] ^ key[16+i]
	}
	return &KnownSet{
		key:    newSipKey(k[:]),
		starts: make(map[uint64][]int),
		values: make(map[uint64][]knownValue),
		seed:   maphash.MakeSeed(),
		prints: make(map[knownPrint]Type),
	}
}

// Knowable reports whether a value is above the floor: long and rare enough to be looked for without its context.
func Knowable(value []byte) bool {
	n := len(value)
	if n < 6 || n > MaxKnown {
		return false
	}
	same, digits, letters := true, 0, 0
	for _, c := range value {
		same = same && c == value[0]
		switch {
		case isDigit(c):
			digits++
		case isLetter(c) || c >= 0x80:
			letters++
		}
	}
	if same || digits+letters < 3 || letters == 0 && digits < 8 {
		return false
	}
	word := trimPunct(value)
	if len(word) < 6 && allOf(word, chUpper|chLower) {
		return false // A short word in brackets.
	}
	return !commonWords[string(lowerAll(word))]
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

// Add adds a value and reports whether it is above the floor. Values of class secret are held too; where they must not
// be, use [KnownSet.AddFingerprint].
func (k *KnownSet) Add(t Type, value []byte) bool {
	if t == 0 || t >= numTypes || !Knowable(value) {
		return false
	}
	low := lowerAll(value)
	v := knownValue{text: low, typ: t, fold: true}
	if t.Class() == ClassSecret {
		v.text, v.fold = bytes.Clone(value), false
	}
	h := maphash.Bytes(k.seed, low)
	start := startOf(low)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.values[h] {
		if w.typ == t && bytes.Equal(w.text, v.text) {
			return true
		}
	}
	k.values[h] = append(k.values[h], v)
	k.version.Add(1)
	bit := filterBit(start)
	k.filter[bit>>6] |= 1 << (bit & 63)
	if lens := k.starts[start]; !slices.Contains(lens, len(low)) {
		lens = append(lens, len(low))
		slices.Sort(lens)
		k.starts[start] = lens
	}
	return true
}

// startOf returns the first six bytes of b in lower case; bits 5 of all bytes are set, which is lower case for letters
// and harmless for a filter.
func startOf(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)&(1<<48-1) | 0x202020202020
	}
	var v uint64
	for i, c := range b[:min(len(b), headLen)] {
		v |= uint64(c) << (8 * i)
	}
	return v | 0x202020202020
}

// filterBit spreads the first bytes over the bits of the filter.
func filterBit(start uint64) uint64 { return start * 0x9e3779b97f4a7c15 >> 48 }

// Fingerprint returns the keyed fingerprint of a value: 16 bits that depend on its first six bytes only, by which nearly
// every place of a text is ruled out with one multiplication, and 112 bits of SipHash of the whole. That two values begin
// alike can be seen from their fingerprints, and no more.
func (k *KnownSet) Fingerprint(value []byte) [16]byte {
	return k.print(k.head(value), value)
}

func (k *KnownSet) print(head uint16, value []byte) [16]byte {
	sum := k.key.sum(value)
	binary.LittleEndian.PutUint16(sum[:], head)
	return sum
}

// headLen is how many bytes of a value its head depends on: as many as the shortest known value has.
const headLen = 6

// head hashes the first six bytes of b under the key (multiply-shift, Dietzfelbinger and others 1997).
func (k *KnownSet) head(b []byte) uint16 {
	var v uint64
	if len(b) >= 8 {
		v = binary.LittleEndian.Uint64(b) << 16
	} else {
		for i, c := range b[:min(len(b), headLen)] {
			v |= uint64(c) << (16 + 8*i)
		}
	}
	return uint16(((v>>16 ^ k.key.k0) * (k.key.k1 | 1)) >> 48)
}

// AddFingerprint adds a value of length bytes of which only the fingerprint is known. It reports whether the length is
// within the floor; see [Knowable] for the rest of it.
func (k *KnownSet) AddFingerprint(t Type, length int, fp [16]byte) bool {
	if t == 0 || t >= numTypes || length < 6 || length > MaxKnown {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	p := knownPrint{length, fp}
	if _, ok := k.prints[p]; !ok {
		if k.lengths[length]++; k.lengths[length] == 1 {
			k.lens = append(k.lens, length)
			slices.Sort(k.lens)
		}
	}
	k.prints[p] = t
	k.version.Add(1)
	h := binary.LittleEndian.Uint16(fp[:])
	k.heads[h>>6] |= 1 << (h & 63)
	return true
}

// Version counts what was added: while it stays the same, a text has the same known values in it.
func (k *KnownSet) Version() uint64 { return k.version.Load() }

// Len returns the number of values and fingerprints in the set.
func (k *KnownSet) Len() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	n := len(k.prints)
	for _, vs := range k.values {
		n += len(vs)
	}
	return n
}

// wordByte reports whether c continues a word for the purpose of finding values.
func wordByte(c byte) bool { return isWord(c) && c != '_' || c >= 0x80 }

// edge reports whether a value can start or end between b[i-1] and b[i].
func edge(b []byte, i int) bool {
	return i <= 0 || i >= len(b) || !wordByte(b[i-1]) || !wordByte(b[i])
}

// Find implements [Known].
func (k *KnownSet) Find(b []byte, fn func(start, end int, t Type)) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if len(k.values) == 0 && len(k.prints) == 0 {
		return
	}
	for i := 0; i+6 <= len(b); i++ {
		if i > 0 && wordByte(b[i]) && wordByte(b[i-1]) && !escapeLetter(b, i) || isSpace(b[i]) {
			continue
		}
		if start := startOf(b[i:]); k.filter[filterBit(start)>>6]>>(filterBit(start)&63)&1 != 0 {
			k.findFrom(b, i, start, fn)
		}
		head := k.head(b[i:])
		if k.heads[head>>6]>>(head&63)&1 == 0 {
			continue
		}
		for _, n := range k.lens {
			end := i + n
			if end > len(b) {
				break
			}
			if !edge(b, end) || isSpace(b[end-1]) {
				continue
			}
			if t, ok := k.prints[knownPrint{n, k.print(head, b[i:end])}]; ok {
				fn(i, end, t)
			}
		}
	}
}

// findFrom reports the values that begin at i with the bytes of start.
func (k *KnownSet) findFrom(b []byte, i int, start uint64, fn func(start, end int, t Type)) {
	var buf [MaxKnown]byte
	for _, n := range k.starts[start] {
		end := i + n
		if end > len(b) {
			return
		}
		if !edge(b, end) {
			continue
		}
		for j, c := range b[i:end] {
			buf[j] = lower(c)
		}
		for _, v := range k.values[maphash.Bytes(k.seed, buf[:n])] {
			if v.fold && bytes.Equal(buf[:n], v.text) || !v.fold && bytes.Equal(b[i:end], v.text) {
				fn(i, end, v.typ)
			}
		}
	}
}

// escapeLetter reports whether b[i-1] is the letter of an escape such as \n, so that a word starts at i.
func escapeLetter(b []byte, i int) bool {
	return i > 1 && b[i-2] == '\\' && (b[i-1] == 'n' || b[i-1] == 'r' || b[i-1] == 't')
}

// commonWords are words of six letters and more that logs and messages are made of.
var commonWords = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range bytes.Fields([]byte(`
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
deadlock emergency fatal-error panicked segfault oom-killer nginx-error not-found no-such-file info-level`)) {
		m[string(w)] = true
	}
	return m
}()
