package main

import (
	"bytes"
	"strings"
	"testing"
)

// floor is the least precision and recall of every lint, on both halves. A
// leap is judged by what words have in common, which is a poorer guide.
var floor = map[string]float64{"leap": 0.85}

const usualFloor = 0.90

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
			least := usualFloor
			if f, ok := floor[lint]; ok {
				least = f
			}
			if c.precision() < least || c.recall() < least {
				t.Errorf("%s, kept aside: %v: precision %.3f, recall %.3f, want %.2f of both", lint, aside, c.precision(), c.recall(), least)
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
