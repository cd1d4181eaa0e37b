package main

import (
	"io"
	"testing"

	logs "github.com/tftsr/tftsr/testdata/digest"
)

func TestMeasureKnowsRightFromWrong(t *testing.T) {
	for _, test := range []struct {
		name         string
		found, truth []int
		ga           float64
	}{
		{"right under other names", []int{7, 7, 3}, []int{0, 0, 1}, 1},
		{"one group split", []int{1, 2, 3}, []int{0, 0, 1}, 1. / 3},
		{"two groups merged", []int{1, 1, 1}, []int{0, 0, 1}, 0},
		{"one line strayed", []int{1, 2, 2}, []int{0, 0, 1}, 0},
	} {
		if s := measure(test.found, test.truth); s.ga != test.ga {
			t.Errorf("%s: %v, want %v", test.name, s.ga, test.ga)
		}
	}
}

// TestGroupingStaysAccurate holds the floor that the digest promises, on both
// parts: a change that loses accuracy must say so here.
func TestGroupingStaysAccurate(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		var dev, held, devs, helds float64
		for _, l := range logs.Draw(seed, 2000) {
			found, _ := assign(l)
			s := measure(found, l.Truth)
			if s.ga < 0.8 {
				t.Errorf("seed %d: %s: grouping accuracy %.3f", seed, l.Kind, s.ga)
			}
			if l.Held {
				held += s.ga
				helds++
			} else {
				dev += s.ga
				devs++
			}
		}
		if dev/devs < 0.95 || held/helds < 0.9 {
			t.Errorf("seed %d: grouping accuracy %.3f, and %.3f on what is kept aside", seed, dev/devs, held/helds)
		}
	}
}

func TestTheSameSeedDrawsTheSameLogs(t *testing.T) {
	a, b, c := logs.Draw(1, 50), logs.Draw(1, 50), logs.Draw(2, 50)
	for i := range a {
		for k := range a[i].Lines {
			if a[i].Lines[k] != b[i].Lines[k] {
				t.Fatalf("%s: line %d differs", a[i].Kind, k)
			}
		}
	}
	if a[0].Lines[0] == c[0].Lines[0] {
		t.Error("another seed draws the same")
	}
	if err := run(io.Discard, 1, 100, false, 2, "mac", ""); err != nil {
		t.Error(err)
	}
}
