package pii

import "slices"

// keyKind says how the value after a key name is judged.
type keyKind uint8

const (
	keyNone   keyKind = iota
	keyStrong         // Any value that is not a placeholder is a secret.
	keyWeak           // The word has other uses: the value must look like a secret.
	keyAuth           // An Authorization header: a scheme, then credentials.
	keyCookie         // A Cookie header: everything after it.
	keySetCookie
	keyHost
	keyPhone
	keySsn
	keyCard
	keyLabel    // A number without a check digit: see labelKind.
	keyScheme   // A number of a scheme that the word names: see schemeTable.
	keyUser     // An account.
	keyPerson   // A person: any value that is no word is a name.
	keyPersonal // Perhaps a person: the value must look like a name.
	keyAddress  // A postal address or a part of one.
	keyPostcode // A postal code.
	keyNameOf   // "name": the word before it says whose, as in "Account Name:".
	keyPaired   // "value": the name stands beside it, as in {"name": "DB_PASSWORD", "value": "x"}.
	keyNot      // The word ends like a key name but names something else.
)

// judged reports whether a value under the key can be judged: the key is one of its own and no part of one.
func (k KeyID) judged() bool {
	switch keyTable[k].kind {
	case keyNone, keyNot, keyPaired, keyNameOf:
		return false
	}
	return true
}

// keyRow is a word that a key name ends in, in lower case and without separators.
type keyRow struct {
	word string
	kind keyKind
	typ  Type
	// whole is set if the word must start at a word of the key name: "pass" is not in "bypass", but "password" is in
	// "dbpassword".
	whole bool
}

// keyTable is searched for the longest word that a key name ends in. Its first row is no word.
var keyTable = slices.Concat([]keyRow{{}}, secretKeys, hostKeys, numberKeys, peopleKeys, otherKeys)

// otherKeys name what only what stands beside them explains, and what ends like a key of another table but is none.
var otherKeys = []keyRow{
	{"value", keyPaired, 0, true},
	{"default", keyPaired, 0, true}, // Of a variable in HCL.

	// Cursors of paged interfaces and counters of model interfaces.
	{"pagetoken", keyNot, 0, false},
	{"nexttoken", keyNot, 0, true},
	{"nextpagetoken", keyNot, 0, false},
	{"continuationtoken", keyNot, 0, false},
	{"continuetoken", keyNot, 0, false},
	{"synctoken", keyNot, 0, true},
	{"cursortoken", keyNot, 0, true},
	{"publickey", keyNot, 0, false},
	{"unexpectedtoken", keyNot, 0, false},
	{"invalidtoken", keyNot, 0, false},

	// What is public, and keys of tables, caches, queues and files.
	{"publictoken", keyNot, 0, false},
	{"jsonwebtoken", keyNot, 0, false},
	{"primarykey", keyNot, 0, false},
	{"foreignkey", keyNot, 0, false},
	{"cachekey", keyNot, 0, false},
	{"partitionkey", keyNot, 0, false},
	{"sortkey", keyNot, 0, false},
	{"rangekey", keyNot, 0, false},
	{"hashkey", keyNot, 0, false},
	{"routingkey", keyNot, 0, false},
	{"objectkey", keyNot, 0, false},
	{"bucketkey", keyNot, 0, false},
	{"hotkey", keyNot, 0, false},
	{"registrykey", keyNot, 0, false},
	{"sitekey", keyNot, 0, false},
	{"messagekey", keyNot, 0, false},
	{"metakey", keyNot, 0, false},
	{"rowkey", keyNot, 0, false},
	{"documentkey", keyNot, 0, false},
	{"itemkey", keyNot, 0, false},
	{"mapkey", keyNot, 0, false},
	{"hostkey", keyNot, 0, false},
	{"lookupkey", keyNot, 0, false},
	{"groupkey", keyNot, 0, false},
	{"indexkey", keyNot, 0, false},
	{"uniquekey", keyNot, 0, false},
	{"naturalkey", keyNot, 0, false},
	{"schemakey", keyNot, 0, false},
	{"sequencekey", keyNot, 0, false},
	{"idempotencykey", keyNot, 0, false},
	{"dedupkey", keyNot, 0, false},
	{"dedupekey", keyNot, 0, false},
	{"correlationkey", keyNot, 0, false},
	{"projectkey", keyNot, 0, false},
	{"issuekey", keyNot, 0, false},
	{"countrykey", keyNot, 0, false},
	{"translationkey", keyNot, 0, false},
	{"canceltoken", keyNot, 0, false},
	{"cancellationtoken", keyNot, 0, false},
	{"statekey", keyNot, 0, false},
	{"shortcutkey", keyNot, 0, false},
	{"cachetoken", keyNot, 0, false},
	{"timezonekey", keyNot, 0, false},
	{"aggregatekey", keyNot, 0, false},
	{"eventkey", keyNot, 0, false},
	{"orderkey", keyNot, 0, false},
	{"errorkey", keyNot, 0, false},
	{"publicapikey", keyNot, 0, false},
	{"publishablekey", keyNot, 0, false},
	{"fingerprintkey", keyNot, 0, false},
	{"verifierkey", keyNot, 0, false}, // The public key of a signed note.
}

// String returns the word, for example "password".
func (k KeyID) String() string {
	if int(k) >= len(keyTable) {
		return ""
	}
	return keyTable[k].word
}

// keySuffixes has the last two letters of every word, by suffixIndex: most keys are told by them.
var keySuffixes = func() (m [26 * 26]bool) {
	for _, r := range keyTable[1:] {
		m[suffixIndex(r.word[len(r.word)-2], r.word[len(r.word)-1])] = true
	}
	return m
}()

// suffixIndex returns the index of two letters in keySuffixes, or -1 if they are not letters.
func suffixIndex(a, b byte) int {
	if !isLetter(a) || !isLetter(b) {
		return -1
	}
	return int(a|0x20-'a')*26 + int(b|0x20-'a')
}

// maxKey is the number of bytes of a key name that are looked at.
const maxKey = 64

// classifyKey returns the row that a key name falls under, or 0.
func classifyKey(key []byte) KeyID {
	for len(key) > 0 && !isWord(key[len(key)-1]) { // "password." is not a key, "password-" might be.
		key = key[:len(key)-1]
	}
	for len(key) > 1 && isDigit(key[len(key)-1]) { // password1, PASSWORD_2
		key = key[:len(key)-1]
	}
	if n := len(key); n > 3 && key[n-1]|0x20 == 'v' && !isLetter(key[n-2]) && isWord(key[n-2]) { // app_secret_v2
		key = key[:n-1]
	}
	for len(key) > 0 && key[len(key)-1] == '_' {
		key = key[:len(key)-1]
	}
	n := len(key)
	if n < 2 {
		return 0
	}
	x := suffixIndex(key[n-2], key[n-1])
	if x < 0 {
		return 0
	}
	if !keySuffixes[x] {
		return 0
	}
	best, node := KeyID(0), uint16(0)
	for i := n - 1; i >= 0; i-- {
		c := key[i]
		if isLetter(c) {
			c = c | 0x20 - 'a'
		} else if (c == '_' || c == '-' || c == '.') && i < n-1 {
			continue // Between the words of the name.
		} else if c = c - '0' + 26; c >= keyLetters {
			break
		}
		if node = keyTrie[node].next[c]; node == 0 {
			break
		}
		if r := keyTrie[node].row; r != 0 && (!keyTable[r].whole || wordBoundary(key, i)) {
			best = r
		}
	}
	return best
}

// keyLetters is the number of bytes that words of keyTable are made of: letters and digits.
const keyLetters = 36

// keyNode is a place in the words of keyTable, read from their ends.
type keyNode struct {
	next [keyLetters]uint16
	row  KeyID // The word that begins here, or 0.
}

// keyTrie holds the words of keyTable. Its first node is the end of all of them.
var keyTrie []keyNode

func makeKeyTrie() []keyNode {
	nodes := make([]keyNode, 1, 4096)
	for r := 1; r < len(keyTable); r++ {
		at := uint16(0)
		w := keyTable[r].word
		for i := len(w) - 1; i >= 0; i-- {
			c := w[i] - 'a'
			if c >= 26 {
				c = w[i] - '0' + 26
			}
			if nodes[at].next[c] == 0 {
				nodes = append(nodes, keyNode{})
				nodes[at].next[c] = uint16(len(nodes) - 1) //nolint:gosec // The table is short.
			}
			at = nodes[at].next[c]
		}
		if nodes[at].row == 0 {
			nodes[at].row = KeyID(r) //nolint:gosec // As above.
		}
	}
	return nodes
}

// wordBoundary reports whether a word of the key name starts at i: at its start, after a separator or digit, or at a
// hump of camel case.
func wordBoundary(key []byte, i int) bool {
	if i == 0 || !isLetter(key[i-1]) {
		return true
	}
	return is(key[i], chUpper) && is(key[i-1], chLower)
}
