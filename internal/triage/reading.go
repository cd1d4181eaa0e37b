package triage

import "sync"

// reading is what the words of a claim say by themselves: all that a lint
// needs of it but its place among the others. It is shared and not changed.
type reading struct {
	words   []string
	concept concept
	meaning meaning
	said    moment
	lints   uint32 // a bit for each row of textLints that matches
}

// readingKey holds all that textLints look at.
type readingKey struct {
	claim      string
	lane       Lane
	kind       Kind
	root, ends bool
}

// maxReadings bounds what is remembered: at most some 8 MB, of claims as long
// as they may be.
const maxReadings = 2048

// readings remembers claims. Every step judges the whole graph, of which all
// but a claim or two were read at the step before.
var readings struct {
	sync.Mutex
	known map[readingKey]*reading
}

// read returns the reading of a claim; ends says that a branch ends there.
func read(n *Node, ends bool) *reading {
	key := readingKey{n.Claim, n.Lane, n.Kind, n.Root, ends}
	readings.Lock()
	r := readings.known[key]
	readings.Unlock()
	if r != nil {
		return r
	}
	ws := words(n.Claim)
	r = &reading{words: ws[:len(ws):len(ws)], concept: conceptOf(ws), meaning: meaningOf(ws), said: saidAt(n.Claim, ws)}
	for i := range textLints {
		if textLints[i].match(n, ends, r.words) {
			r.lints |= 1 << i
		}
	}
	readings.Lock()
	defer readings.Unlock()
	if readings.known == nil || len(readings.known) >= maxReadings {
		readings.known = make(map[readingKey]*reading)
	}
	readings.known[key] = r
	return r
}
