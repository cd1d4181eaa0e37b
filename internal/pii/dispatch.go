package pii

import "encoding/binary"

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
var wordHooks []wordHook

func makeWordHooks() []wordHook {
	return append(append([]wordHook{
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
		{words: directives, hook: (*engine).directive},
		{words: []string{"Private-Lines: "}, hook: (*engine).puttyKey, exact: true},
		{words: []string{"snmp-server community "}, hook: (*engine).snmpCommunity},
		{words: namedHashes, hook: (*engine).namedHash, exact: true},
		{words: ciscoWords, hook: (*engine).ciscoPassword},
		{words: seedTriggers(), hook: (*engine).seedPhrase, exact: true, whole: true},
		{words: webhookWords(), hook: (*engine).webhook},
		{words: []string{"api.telegram.org/bot"}, hook: (*engine).telegramPath},
	}, issuerHooks()...), append(labelHooks(), peopleHooks...)...)
}

// wordIndex finds the rows of wordHooks and vendorTable that a word may begin with. Most words of a log are told by one
// look-up in a filter:
//
//   - long is for words of at least four bytes. The first four, in lower case, tell which of its elements is asked. Of
//     rows of which no more is known, its lower half has a bit for these bytes as they are; of others, its upper half has
//     one for the first five bytes, in lower case, be the fifth of the word or behind it.
//   - brief is for shorter words, by three bytes in lower case, with what stands behind the word.
//
// What passes is compared with the rows themselves, which are found by their first four or three bytes.
type wordIndex struct {
	long  [1 << 12]uint64
	brief [1 << 8]uint64
	four  [1 << 12]uint16 // Index of the first node by a hash of the first four bytes, or 0.
	three [1 << 10]uint16 // The same for rows of which three bytes are known.
	nodes [maxNodes]wordNode
	n     int // Nodes. The first is none.
}

const maxNodes = 1 << 12

// wordNode is a row: what stands at it must be key, in lower case, where mask has bits. Nodes of a list are in the order
// of the tables, hooks first.
type wordNode struct {
	key, mask uint64
	next      uint16
	hook      int16 // Row of wordHooks, or -1.
	row       uint16
}

var starts wordIndex

func makeStarts(x *wordIndex) {
	x.n = 1
	buf := make([]byte, 0, 256)
	for i := prefixRows - 1; i >= 0; i-- { // From the end: add puts a node before those that are there.
		r := &vendorTable[i]
		follow := func(c byte) bool { return is(c, r.alphabet) }
		x.add(r.prefix, follow, -1, uint16(i)) //nolint:gosec // The table is short.
		x.pass(append(buf[:0], r.prefix...), follow)
	}
	for i := len(wordHooks) - 1; i >= 0; i-- {
		h := &wordHooks[i]
		follow := func(c byte) bool { return !h.whole || !isLetter(c) }
		for k := len(h.words) - 1; k >= 0; k-- {
			w := h.words[k]
			x.add(w, follow, int16(i), uint16(k)) //nolint:gosec // The table is short.
			x.pass(append(buf[:0], w...), follow)
			if len(w) < 5 && !h.exact {
				for capitals := 1; capitals < 1<<len(w); capitals++ {
					if v, ok := capitalise(buf[:0], w, capitals); ok {
						x.pass(v, follow)
					}
				}
			}
		}
	}
}

// capitalise appends w to buf, with the letters in upper case whose bits are set. It reports whether all these are letters.
func capitalise(buf []byte, w string, capitals int) (v []byte, ok bool) {
	for i := range len(w) {
		c := w[i]
		if capitals>>i&1 != 0 {
			if c = upper(c); c == w[i] {
				return nil, false
			}
		}
		buf = append(buf, c)
	}
	return buf, true
}

func upper(c byte) byte {
	if c-'a' < 26 {
		return c - 0x20
	}
	return c
}

// pass lets words through the filters that begin with w; follow is what may stand behind it. It uses up to two bytes behind
// w, and no more of them.
func (x *wordIndex) pass(w []byte, follow func(byte) bool) {
	n := run(w, 0, len(w), chWord)
	switch {
	case n == 0: // No word begins so.
	case len(w) == 4 && n == 4:
		text := leading(w)
		x.long[longIndex(text|fold)] |= 1 << shortBit(text)
	case n >= 4:
		text := leading(w) | fold
		x.long[longIndex(text)] |= 1 << longBit(text)
	case n < len(w) && len(w) > 2:
		x.passBrief(w)
	default:
		if n == 3 {
			x.passBrief(w) // The word ends here, or the text does.
		} else {
			x.passBrief(append(w, ' '))
		}
		for c := range 256 {
			if c := byte(c); (n < 3 || isWord(c)) && follow(c) { //nolint:gosec // A byte.
				x.pass(append(w, c), follow)
			}
		}
	}
}

func (x *wordIndex) passBrief(w []byte) {
	h := briefHash(leading(w) | fold)
	x.brief[h>>24] |= 1 << (h >> 18 & 63)
}

// add enters a row.
func (x *wordIndex) add(w string, follow func(byte) bool, hook int16, row uint16) {
	if len(w) < 3 {
		var done [256]bool
		for c := range 256 {
			if c := byte(c); follow(c) && !done[c|0x20] { //nolint:gosec // A byte.
				done[c|0x20] = true
				x.add(w+string([]byte{c}), follow, hook, row)
			}
		}
		return
	}
	known := min(len(w), 8)
	n := wordNode{mask: 1<<(8*known) - 1, hook: hook, row: row}
	n.key = (leading([]byte(w)) | fold) & n.mask
	head := &x.three[briefHash(n.key)>>22]
	if known > 3 {
		head = &x.four[longIndex(n.key)]
	}
	n.next = *head
	x.nodes[x.n] = n
	*head = uint16(x.n) //nolint:gosec // There are a few thousand.
	x.n++
}

// fold makes lower case of the letters among eight bytes.
const fold = 0x2020202020202020

// leading returns the first eight bytes of w, and spaces behind its end.
func leading(w []byte) uint64 {
	if len(w) >= 8 {
		return binary.LittleEndian.Uint64(w)
	}
	text := uint64(fold)
	for i, c := range w {
		text ^= uint64(c^' ') << (8 * i)
	}
	return text
}

// Hashes spread the bytes of words over the upper bits (multiplicative hashing, Knuth, The Art of Computer Programming 3,
// section 6.4). All but shortBit take them in lower case.
func longIndex(text uint64) uint32 { return uint32(text) * 0x9e3779b1 >> 20 }     //nolint:gosec // Four bytes.
func longBit(text uint64) uint32   { return 32 + uint32(text>>8)*0x85ebca6b>>27 } //nolint:gosec // Bytes two to five.
func shortBit(text uint64) uint32  { return uint32(text) * 0x85ebca6b >> 27 }     //nolint:gosec // Four bytes.
func briefHash(text uint64) uint32 { return uint32(text) << 8 * 0x9e3779b1 }      //nolint:gosec // Three bytes.

// word calls what begins at the word at i.
func (e *engine) word(i int) {
	text := leading(e.b[i:]) | fold
	called := e.wordRows(i, text, starts.four[longIndex(text)], -1)
	e.wordRows(i, text, starts.three[briefHash(text)>>22], called)
}

// wordRows calls what the rows of the list at k stand for, if the word at i, whose first bytes are text, begins like them.
// A hook is called once, for the first of its words; called is the one that was called last.
func (e *engine) wordRows(i int, text uint64, k uint16, called int16) int16 {
	for k != 0 {
		n := &starts.nodes[k&(maxNodes-1)]
		k = n.next
		switch {
		case (text^n.key)&n.mask != 0:
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
	return called
}

// begins reports whether a row stands at i, where the first bytes are text, in lower case. If digits may be others, it
// reports whether one may.
func (x *wordIndex) begins(b []byte, i int, text uint64, blind bool) bool {
	sure := ^uint64(0)
	if blind {
		sure = ^(digitBytes(text) >> 7 * 0xff)
	}
	for _, k := range [...]uint16{x.four[longIndex(text)], x.three[briefHash(text)>>22]} {
		for k != 0 {
			n := &x.nodes[k&(maxNodes-1)]
			if (text^n.key)&n.mask&sure == 0 && (n.stands(b, i) || blind && n.mayStand(b, i)) {
				return true
			}
			k = n.next
		}
	}
	return false
}

// stands reports whether the row stands at i.
func (n *wordNode) stands(b []byte, i int) bool {
	if n.hook < 0 {
		return hasPrefix(b[i:], vendorTable[n.row].prefix)
	}
	h := &wordHooks[n.hook]
	return h.at(b, i, h.words[n.row])
}

// mayStand reports whether the row could stand at i if digits were others and the text went on.
func (n *wordNode) mayStand(b []byte, i int) bool {
	h := &wordHook{exact: true}
	var w string
	if n.hook < 0 {
		w = vendorTable[n.row].prefix
	} else {
		h = &wordHooks[n.hook]
		w = h.words[n.row]
	}
	for k := range len(w) {
		if i+k == len(b) {
			return true
		}
		if c := b[i+k]; isDigit(c) && isDigit(w[k]) || c == w[k] || !h.exact && lower(c) == w[k] {
			continue
		}
		return false
	}
	return !h.whole || i+len(w) == len(b) || !isLetter(b[i+len(w)])
}

// at reports whether w stands at i.
func (h *wordHook) at(b []byte, i int, w string) bool {
	if h.exact {
		return len(b)-i >= len(w) && string(b[i:i+len(w)]) == w
	}
	end := i + len(w)
	return hasPrefixFold(b[i:], w) && (!h.whole || end >= len(b) || !isLetter(b[end]))
}
