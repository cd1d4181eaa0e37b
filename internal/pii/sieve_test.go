package pii

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// walkEach is walk without a sieve: it visits every word and every symbol.
func (e *engine) walkEach(limit int) {
	b := e.b
	i := e.i
	e.stop = limit
	if i > 0 && i < len(b) && i != e.fresh && isWord(b[i-1]) {
		i = run(b, i, len(b), chWord)
	}
	for i < limit {
		i = e.visit(i)
		limit = e.stop
	}
	e.i = max(i, e.i)
}

// scanEach is ScanMode without a sieve.
func (s *Scanner) scanEach(b []byte, m Mode) []Finding {
	e := engine{s: s, mode: m, b: b, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1}
	e.scanBy(len(b), (*engine).walkEach)
	slices.SortFunc(e.found, compareFindings)
	return e.found
}

func (s *Scanner) scanSieved(b []byte, m Mode) []Finding {
	e := engine{s: s, mode: m, b: b, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1}
	e.scan(len(b))
	slices.SortFunc(e.found, compareFindings)
	return e.found
}

// checkSieve fails if the loop over what the sieve lets through finds anything else than one over everything.
func checkSieve(t testing.TB, s *Scanner, text []byte, modes ...Mode) {
	t.Helper()
	for _, m := range modes {
		want, got := s.scanEach(text, m), s.scanSieved(text, m)
		if slices.Equal(got, want) {
			continue
		}
		for i := range max(len(got), len(want)) {
			if i < len(got) && i < len(want) && got[i] == want[i] {
				continue
			}
			f := want[min(i, len(want)-1)]
			if i < len(got) && (i >= len(want) || got[i].Start < f.Start) {
				f = got[i]
			}
			t.Fatalf("mode %d: %d found, %d without a sieve; the first to differ is %s at %d, %q in %q", m, len(got), len(want), f.Rule, f.Start,
				text[f.Start:f.End], text[max(0, f.Start-80):min(int64(len(text)), f.End+80)])
		}
	}
}

func TestTheSieveLosesNothing(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetStrict})
	step := 1
	if testing.Short() {
		step = 7
	}
	for _, tables := range []map[string][]string{positives, nearMisses, contexts, noContexts} {
		for _, cases := range tables {
			for _, c := range cases {
				text, _ := parseMarked(t, c)
				checkSieve(t, s, []byte(text), ModeRaw, ModeAgent, ModeCleared)
				for pad := 1; pad <= blockSpan; pad += step { // Wherever the text lies in its block.
					checkSieve(t, s, append([]byte(strings.Repeat("-", pad)+" "), text...), ModeRaw)
				}
			}
		}
	}
	for seed := range int64(2000) {
		r := rand.New(rand.NewSource(seed))
		checkSieve(t, s, randomText(r, 1+r.Intn(60)), Mode(seed%3))
	}
	for seed := range int64(3) {
		checkSieve(t, s, big(rand.New(rand.NewSource(seed))), Mode(seed))
	}
	checkSieve(t, s, plainLog(1<<20, true), ModeRaw)
}

// Texts of the bytes that matter, close together, reach what texts of words do not.
func TestTheSieveLosesNothingOfNoise(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetStrict})
	alphabets := []string{"1234567890.", "01:.af", "a1-.:= ", `"\=:pPswd `, "([+1 -)", "0123456789-. ", "ab1_:= ", "%4041@a.com"}
	for seed := range int64(4000) {
		r := rand.New(rand.NewSource(seed))
		chars := alphabets[r.Intn(len(alphabets))]
		text := make([]byte, r.Intn(300))
		for i := range text {
			text[i] = chars[r.Intn(len(chars))]
		}
		checkSieve(t, s, text, Mode(seed%3))
	}
}
