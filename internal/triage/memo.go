package triage

import "sync"

// memo remembers what texts came to, for functions of a text alone. Every step
// judges the whole graph, of which all but a claim or two were judged at the
// step before.
type memo[V any] struct {
	most int // bytes of texts that are kept; beyond it, everything is forgotten

	mu    sync.Mutex
	known map[string]V
	bytes int
}

// of returns what make gives for a text. make may be called twice.
func (m *memo[V]) of(text string, make func() V) V {
	m.mu.Lock()
	v, ok := m.known[text]
	m.mu.Unlock()
	if ok {
		return v
	}
	v = make()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[text]; ok {
		return v
	}
	if m.known == nil || m.bytes+len(text) > m.most {
		m.known, m.bytes = map[string]V{}, 0
	}
	m.known[text] = v
	m.bytes += len(text)
	return v
}

func (m *memo[V]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known, m.bytes = nil, 0
}
