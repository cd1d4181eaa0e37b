package gate

import (
	"sync"

	"github.com/tftsr/tftsr/internal/pii"
)

const (
	// maxMemoText is the longest text that is remembered, in bytes; maxMemo is
	// how many are, after which the memory starts anew.
	maxMemoText = 256
	maxMemo     = 1024
)

// memo remembers short texts in which an engine found nothing: the names of
// tools and clients and the shape of a record's details, which are the same in
// every call. What the engine knows of values makes part of its answer, so all
// is forgotten when that grows.
type memo struct {
	mu    sync.Mutex
	known uint64
	texts map[memoKey]struct{}
}

type memoKey struct {
	mode pii.Mode
	json bool
	text string
}

// has reports whether nothing was found in a text while known was as it is.
func (m *memo) has(known uint64, mode pii.Mode, json bool, text []byte) bool {
	if len(text) > maxMemoText {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known != known {
		return false
	}
	_, ok := m.texts[memoKey{mode, json, string(text)}]
	return ok
}

// add remembers that nothing was found in a text that was scanned when known
// was as it was then.
func (m *memo) add(known uint64, mode pii.Mode, json bool, text []byte) {
	if len(text) > maxMemoText {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known != known || m.texts == nil || len(m.texts) >= maxMemo {
		m.known, m.texts = known, map[memoKey]struct{}{}
	}
	m.texts[memoKey{mode, json, string(text)}] = struct{}{}
}
