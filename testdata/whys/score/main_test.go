package main

import (
	"bytes"
	"strings"
	"testing"
)

// usualFloor is the least precision and recall of every lint, on both halves. A
// leap is judged by what words have in common, which is a poorer guide; and the
// ways to say a thing twice are endless: the claims of strangers, a fifth of
// those of this lint, are told in words that no lexicon has.
const usualFloor = 0.90

var (
	leastPrecision = map[string]float64{"leap": 0.85}
	leastRecall    = map[string]float64{"leap": 0.85, "circular": 0.85}
)

func floorOf(least map[string]float64, lint string) float64 {
	if f, ok := least[lint]; ok {
		return f
	}
	return usualFloor
}

// What the lexicons were not fitted to must fare as what they were.
func TestEveryLintIsAsPreciseAndCompleteAsIsSaid(t *testing.T) {
	claims, err := load("../claims")
	if err != nil {
		t.Fatal(err)
	}
	for _, aside := range []bool{false, true} {
		counts, err := measure(claims, aside)
		if err != nil {
			t.Fatal(err)
		}
		for lint, c := range counts {
			if c.hit+c.miss < 15 || c.wrong+c.right < 15 {
				t.Errorf("%s: %d claims and %d look-alikes measure nothing", lint, c.hit+c.miss, c.wrong+c.right)
			}
			precision, recall := floorOf(leastPrecision, lint), floorOf(leastRecall, lint)
			if c.precision() < precision || c.recall() < recall {
				t.Errorf("%s, kept aside: %v: precision %.3f, recall %.3f, want %.2f and %.2f", lint, aside, c.precision(), c.recall(), precision, recall)
			}
		}
	}
}

func TestClaimsThatAreKeptAsideAreNotNamed(t *testing.T) {
	var b bytes.Buffer
	if err := run(&b, "../claims", "", true, 1000); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"misses", "takes wrongly", "<-"} {
		if strings.Contains(b.String(), word) {
			t.Errorf("the answer names claims that are kept aside: %q", word)
		}
	}
}
