package triage

import "testing"

func TestTheDeepestWhyOfATextIsItsLevel(t *testing.T) {
	for text, want := range map[string]int{
		"":                           0,
		"why did it fail?":           0,
		"Why 1: what changed?":       1,
		"**Why 3:** the pool":        3,
		"why #2 and Why level 4":     4,
		"That was the third why.":    3,
		"The fifth why":              5,
		"the FIRST why, the 2nd why": 2,
		"Five whys":                  0,
		"Why 502 was returned":       0,
		"why 9":                      0,
		"fourth why\nWhy 2":          4,
		"Why 1: x\nWhy 2: y\n\nNext, why 2 happened.": 2,
	} {
		if got := WhyLevel(text); got != want {
			t.Errorf("%q has level %d, want %d", text, got, want)
		}
	}
}
