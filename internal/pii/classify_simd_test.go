//go:build goexperiment.simd && amd64

package pii

import (
	"slices"
	"testing"
)

// checkClassify fails if the views by vectors are not those of plain Go, at any place.
func checkClassify(t testing.TB, text []byte) {
	t.Helper()
	for i := 0; i <= min(len(text), 3); i++ {
		want, got := make([]view, len(text)/blockSpan+2), make([]view, len(text)/blockSpan+2)
		classifyPlain(text, i, want)
		classify(text, i, got)
		if !slices.Equal(got, want) {
			t.Fatalf("from %d: views of %q differ:\n%x\n%x", i, text, got, want)
		}
	}
}

// checkVectors fails if a scan finds anything else than one by plain Go.
func checkVectors(t testing.TB, s *Scanner, text []byte) {
	t.Helper()
	checkClassify(t, text)
	for m := ModeRaw; m <= ModeCleared; m++ {
		got := s.ScanMode(nil, text, m)
		hasAVX2 = false
		want := s.ScanMode(nil, text, m)
		hasAVX2 = true
		if !slices.Equal(got, want) {
			t.Fatalf("mode %d: %v by vectors, %v by plain Go in %q", m, describe(got), describe(want), text)
		}
	}
}

func needAVX2(t testing.TB) {
	if !hasAVX2 {
		t.Skip("this processor has no AVX2")
	}
}

func TestVectorsSeeWhatPlainGoSees(t *testing.T) {
	needAVX2(t)
	every := make([]byte, 0, 256*blockSpan)
	for c := range 256 {
		for k := range blockSpan {
			every = append(every, byte(c+k*37)) //nolint:gosec // Any byte.
		}
	}
	checkClassify(t, every)
	s := newScanner(t, Options{Preset: PresetStrict})
	for _, tables := range []map[string][]string{positives, nearMisses} {
		for _, cases := range tables {
			for _, c := range cases {
				text, _ := parseMarked(t, c)
				checkVectors(t, s, []byte(text))
			}
		}
	}
	checkVectors(t, s, plainLog(1<<18, true))
}

// FuzzVectors checks that vectors and plain Go give the same views and findings.
func FuzzVectors(f *testing.F) {
	needAVX2(f)
	addSeeds(f)
	s := newScanner(f, Options{})
	f.Fuzz(func(t *testing.T, text []byte) { checkVectors(t, s, text) })
}
