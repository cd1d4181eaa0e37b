package pii

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
)

// Allocator gives out tokens. Implementations must be safe for concurrent use.
type Allocator interface {
	// Token returns the token for a value, spelled exactly as it stands in the text. Values with the same [Canonical]
	// form and type get the same ordinal; spellings of it get variants. The label is [Label] of the value. The
	// implementation must not keep value if the class of t is [ClassSecret], nor change it. After an error nothing more
	// is redacted or written.
	Token(t Type, value []byte) (Token, error)
}

// ErrTooManyValues is returned when the ordinals of a label are used up.
var ErrTooManyValues = errors.New("more than 999999999 distinct values of one type")

// memoryAllocator remembers 128-bit keyed hashes and no values.
type memoryAllocator struct {
	key sipKey

	mu     sync.Mutex
	next   map[string]uint32 // By label.
	values map[[16]byte]allocEntry
	// spelled has the variants of spellings after the first; latest their number by canonical hash.
	spelled map[[16]byte]uint32
	latest  map[[16]byte]uint32
	// What was given for values that came lately; logs repeat them.
	recent recent
	tokens []Token
}

// allocEntry is kept for each distinct value: its ordinal, and a hash of the spelling that came first.
type allocEntry struct{ ordinal, first uint32 }

// NewMemoryAllocator returns an allocator for use without a vault: the same value gets the same token for as long as
// the allocator lives, and nothing can restore it. It keeps no values: at most 64 bytes per distinct one, hashed with a
// random key.
func NewMemoryAllocator() Allocator {
	var seed [16]byte
	rand.Read(seed[:]) // Never fails: crypto/rand ends the program first.
	return &memoryAllocator{
		key:     newSipKey(seed[:]),
		next:    make(map[string]uint32),
		values:  make(map[[16]byte]allocEntry),
		spelled: make(map[[16]byte]uint32),
		latest:  make(map[[16]byte]uint32),
	}
}

// hash returns the keyed hash of a value under its label, with a mark for what it is a hash of.
func (a *memoryAllocator) hash(mark byte, label string, value []byte) [16]byte {
	var buf [128]byte
	b := append(buf[:0], mark)
	b = append(b, label...)
	b = append(b, 0)
	return a.key.sum(append(b, value...))
}

// Token implements [Allocator].
func (a *memoryAllocator) Token(t Type, value []byte) (Token, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.recent.seek(t, value)
	if ok && a.tokens[at].Label != "" {
		return a.tokens[at], nil
	}
	if a.tokens == nil {
		a.tokens = make([]Token, recentSlots)
	}
	tok, err := a.token(t, value)
	a.tokens[at] = tok
	return tok, err
}

func (a *memoryAllocator) token(t Type, value []byte) (Token, error) {
	label := Label(t, value)
	if label == "" {
		return Token{}, ErrToken
	}
	id := a.hash('c', label, Canonical(t, value))
	spelling := a.hash('s', label, value)
	first := binary.LittleEndian.Uint32(spelling[:])

	entry, ok := a.values[id]
	if !ok {
		n := a.next[label] + 1
		if n > maxOrdinal {
			return Token{}, ErrTooManyValues
		}
		a.next[label] = n
		a.values[id] = allocEntry{ordinal: n, first: first}
		return Token{Label: label, Ordinal: int(n)}, nil
	}
	tok := Token{Label: label, Ordinal: int(entry.ordinal)}
	if entry.first == first {
		return tok, nil
	}
	v, ok := a.spelled[spelling]
	if !ok {
		v = max(a.latest[id], 1) + 1
		a.latest[id] = v
		a.spelled[spelling] = v
	}
	tok.Variant = int(v)
	return tok, nil
}
