package pii

import (
	"encoding/binary"
	"math/bits"
)

// wordHook is a detector that looks at what begins with one of some words: a key name in prose, a command, the head of
// a value. It is called with the index of the first byte of the word, and b[i:] begins with one of words.
type wordHook struct {
	words []string // In ASCII lower case; they may go on behind the word, as in "date of birth".
	hook  func(e *engine, i int)
	exact bool // Case matters, and words is as it is.
	whole bool // The word ends where the entry of words does, or goes on with digits or '_'.
}

// wordHooks is all that looks at the start of a word, besides the prefixes of vendorTable. A row is all that a new one
// needs. The order is that of the calls.
var wordHooks = append(append([]wordHook{
	{words: []string{"eyJ", "eyA", "eyK", "eyC"}, hook: (*engine).jwt, exact: true},
	{words: []string{"bearer", "basic"}, hook: (*engine).authScheme},
	{words: []string{"host"}, hook: (*engine).hostAfterWord},
	{words: []string{"identified"}, hook: (*engine).identifiedBy},
	{words: append([]string{"password", "passwd", "passphrase", "passcode"}, foreignPasswords[:]...), hook: (*engine).password},
	{words: []string{"pw", "pwd"}, hook: (*engine).password, whole: true},
	{words: []string{"token is ", "token was ", "secret is ", "secret was ", "key is ", "key was "}, hook: (*engine).secretIs},
	{words: []string{"credentials", "creds", "logged in as", "logged in with", "log in as", "log in with", "login with", "login as"}, hook: (*engine).account},
	{words: []string{"jdbc:oracle:", "sqlplus ", "sqlldr "}, hook: (*engine).oracleLogin},
	{words: []string{"AUTH "}, hook: (*engine).redisAuth, exact: true},
	{words: []string{"configure set", "setx "}, hook: (*engine).settingCommand},
	{words: []string{"ENV "}, hook: (*engine).settingCommand, exact: true},
	{words: []string{"data", "stringdata"}, hook: (*engine).secretData, whole: true},
	{words: []string{"kind: Secret", `kind":"Secret"`, `kind": "Secret"`}, hook: (*engine).secretKind, exact: true},
	{words: []string{"values"}, hook: (*engine).sqlValues, whole: true},
	{words: commandWords(), hook: (*engine).command, whole: true},
	{words: []string{"login"}, hook: (*engine).login, whole: true},
	{words: []string{"net use"}, hook: (*engine).netCommand},
	{words: []string{"convertto-securestring"}, hook: (*engine).secureString},
	{words: []string{"sudo -", "passwd --stdin", "chpasswd"}, hook: (*engine).pipedSecret},
	{words: []string{"define", "set", "setenv"}, hook: (*engine).spacedSetting, whole: true},
	{words: []string{"Private-Lines: "}, hook: (*engine).puttyKey, exact: true},
	{words: []string{"snmp-server community "}, hook: (*engine).snmpCommunity},
	{words: namedHashes, hook: (*engine).namedHash, exact: true},
	{words: ciscoWords, hook: (*engine).ciscoPassword},
	{words: seedTriggers(), hook: (*engine).seedPhrase, exact: true, whole: true},
	{words: webhookWords(), hook: (*engine).webhook},
	{words: []string{"api.telegram.org/bot"}, hook: (*engine).telegramPath},
}, issuerHooks()...), append(labelHooks(), peopleHooks...)...)

// wordIndex finds the rows of wordHooks and vendorTable that a word may begin with. A row is entered under one of two
// keys, so that most words of a log are told by two look-ups in filters:
//
//   - the long key is the first six bytes, in lower case, of the word and the byte behind it;
//   - the short key is the first four bytes of the word, or all of a shorter one. It is for rows of which no more is
//     known. Those of fewer than four bytes that may go on inside the word are entered with each byte that may follow.
type wordIndex struct {
	long, short [1 << 10]uint64 // Two bits of one word for each key (a blocked Bloom filter).
	heads       [1 << 12]uint16 // Index of the first node by a hash of the key, or 0.
	nodes       []wordNode
}

// wordNode is one row under one key. Nodes of a key are in the order of the tables, hooks first.
type wordNode struct {
	key  uint64
	next uint16
	hook int16 // Row of wordHooks, or -1.
	row  uint16
}

// starts is filled by init: hooks reach the loop that asks it, and a variable's initialiser must not.
var starts wordIndex

func init() {
	x := &starts
	x.nodes = make([]wordNode, 1, 4096)
	for i := prefixRows - 1; i >= 0; i-- { // From the end: add puts a node before those that are there.
		r := &vendorTable[i]
		x.addAll(r.prefix, func(c byte) bool { return is(c, r.alphabet) }, -1, uint16(i)) //nolint:gosec // The table is short.
	}
	for i := len(wordHooks) - 1; i >= 0; i-- {
		h := &wordHooks[i]
		for k := len(h.words) - 1; k >= 0; k-- {
			w := h.words[k]
			follow := func(c byte) bool { return !h.whole || !isLetter(c) }
			if long := run([]byte(w), 0, len(w), chWord); long > 5 || long < len(w) {
				x.addAll(w, follow, int16(i), uint16(k)) //nolint:gosec // The table is short.
				continue
			}
			for _, v := range spellings(w, h.exact) {
				x.addAll(v, follow, int16(i), uint16(k)) //nolint:gosec // The table is short.
			}
		}
	}
}

// spellings returns w, w with an upper-case initial, and w with its first bytes in upper case, without duplicates.
func spellings(w string, exact bool) []string {
	all := []string{w}
	for _, n := range []int{1, 4} {
		v := []byte(w)
		for i := range min(n, len(v)) {
			v[i] = upper(v[i])
		}
		if s := string(v); !exact && s != all[len(all)-1] {
			all = append(all, s)
		}
	}
	return all
}

func upper(c byte) byte {
	if c-'a' < 26 {
		return c - 0x20
	}
	return c
}

// addAll enters a row under every key that a word which begins with w can have: follow is what may stand behind w.
func (x *wordIndex) addAll(w string, follow func(byte) bool, hook int16, row uint16) {
	n := run([]byte(w), 0, len(w), chWord)
	switch {
	case n > 5 || n < len(w):
		var buf [8]byte
		copy(buf[:], w[:min(n+1, 6, len(w))])
		key := longKey(binary.LittleEndian.Uint64(buf[:]), 1<<n-1)
		addBits(&x.long, longHash(key))
		x.add(key|isLong, hook, row)
	case n >= 4:
		x.addShort(w[:4], hook, row)
	default:
		x.addShort(w, hook, row) // The word ends here, or the text does.
		for c := range 256 {
			if c := byte(c); isWord(c) && follow(c) {
				x.addAll(w+string(rune(c)), follow, hook, row)
			}
		}
	}
}

func (x *wordIndex) addShort(w string, hook int16, row uint16) {
	var buf [4]byte
	copy(buf[:], w)
	key := binary.LittleEndian.Uint32(buf[:])
	addBits(&x.short, shortHash(key))
	x.add(uint64(key), hook, row)
}

func addBits(filter *[1 << 10]uint64, h uint32) {
	filter[h>>22] |= 1<<(h>>16&63) | 1<<(h>>10&63)
}

func hasBits(filter *[1 << 10]uint64, h uint32) uint64 {
	f := filter[h>>22]
	return f >> (h >> 16 & 63) & (f >> (h >> 10 & 63)) & 1
}

func (x *wordIndex) add(key uint64, hook int16, row uint16) {
	head := &x.heads[nodeHash(key)]
	x.nodes = append(x.nodes, wordNode{key: key, next: *head, hook: hook, row: row})
	*head = uint16(len(x.nodes) - 1) //nolint:gosec // There are a few thousand.
}

// Hashes spread keys over the upper bits (multiplicative hashing, Knuth, The Art of Computer Programming 3, section 6.4).
func shortHash(key uint32) uint32 { return key * 0x9e3779b1 }
func longHash(key uint64) uint32  { return uint32(key * 0x9e3779b97f4a7c15 >> 32) }
func nodeHash(key uint64) uint32  { return longHash(key) >> 20 }

// isLong marks a long key where short ones may stand too.
const isLong = 1 << 63

// shortMask and longMask keep as many bytes of a key as a word has, and one more of a long one, by which of its first
// bytes are of words.
var shortMask, longMask = func() (short [16]uint32, long [32]uint64) {
	for i := range short {
		short[i] = 1<<(8*bits.TrailingZeros8(^uint8(i))) - 1 //nolint:gosec // 0 to 15.
	}
	for i := range long {
		long[i] = 1<<(8*bits.TrailingZeros8(^uint8(i))+8) - 1 //nolint:gosec // 0 to 31.
	}
	return short, long
}()

// shortKey returns the short key of a word with the bytes text, of which those are of words whose bits are set in w.
func shortKey(text uint32, w uint64) uint32 { return text & shortMask[w&15] }

// longKey is shortKey for the long key.
func longKey(text, w uint64) uint64 { return (text | 0x2020202020202020) & longMask[w&31] }

// wordKeys returns the keys of the word at i.
func wordKeys(b []byte, i int) (short uint32, long uint64) {
	var buf [8]byte
	n := copy(buf[:], b[i:])
	w := uint64(1)<<run(buf[:], 0, n, chWord) - 1
	text := binary.LittleEndian.Uint64(buf[:])
	return shortKey(uint32(text), w), longKey(text, w) //nolint:gosec // The lower half.
}

// has reports whether a row may be entered under one of the keys.
func (x *wordIndex) has(short uint32, long uint64) bool {
	return hasBits(&x.short, shortHash(short))|hasBits(&x.long, longHash(long)) != 0
}

// word is called at a word whose keys pass the filters.
func (e *engine) word(i int) {
	short, long := wordKeys(e.b, i)
	e.keyedWord(i, long|isLong)
	e.keyedWord(i, uint64(short))
}

// keyedWord calls what is entered under a key of the word at i.
func (e *engine) keyedWord(i int, key uint64) {
	called := int16(-1)
	for k := starts.heads[nodeHash(key)]; k != 0; {
		n := &starts.nodes[k]
		k = n.next
		switch {
		case n.key != key:
		case n.hook < 0:
			if i >= e.tokenEnd {
				e.vendorToken(i, int(n.row))
			}
		case n.hook != called:
			if h := &wordHooks[n.hook]; h.at(e.b, i, h.words[n.row]) {
				called = n.hook
				h.hook(e, i)
			}
		}
	}
}

// begins reports whether something that is entered under a key of the word at i stands there.
func (e *engine) begins(i int) bool {
	short, long := wordKeys(e.b, i)
	return e.beginsBy(i, long|isLong) || e.beginsBy(i, uint64(short))
}

func (e *engine) beginsBy(i int, key uint64) bool {
	b := e.b
	for k := starts.heads[nodeHash(key)]; k != 0; {
		n := &starts.nodes[k]
		k = n.next
		switch {
		case n.key != key:
		case n.hook < 0:
			if hasPrefix(b[i:], vendorTable[n.row].prefix) {
				return true
			}
		default:
			if h := &wordHooks[n.hook]; h.at(b, i, h.words[n.row]) {
				return true
			}
		}
	}
	return false
}

// at reports whether w stands at i.
func (h *wordHook) at(b []byte, i int, w string) bool {
	if h.exact {
		return len(b)-i >= len(w) && string(b[i:i+len(w)]) == w
	}
	end := i + len(w)
	return hasPrefixFold(b[i:], w) && (!h.whole || end >= len(b) || !isLetter(b[end]))
}
