package triage

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// whyMarks are how people and models number the whys of a causal analysis:
// "Why 3", "Why #3", "**Why 3:**", "3rd why", "third why", "Why level 3".
var whyMarks = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bwhys?[ \t]*(?:level|number|no\.?)?[ \t]*#?([1-5])\b|\b(?:([1-5])(?:st|nd|rd|th)|(first|second|third|fourth|fifth))[ \t]+why\b`)
})

var ordinals = []string{"", "first", "second", "third", "fourth", "fifth"}

// WhyLevel returns the deepest why that a text numbers, from 1 to 5, or 0 when
// it numbers none.
func WhyLevel(text string) int {
	deepest := 0
	for _, m := range whyMarks().FindAllStringSubmatch(text, -1) {
		n := slices.Index(ordinals, strings.ToLower(m[3]))
		if digit := m[1] + m[2]; digit != "" {
			n = int(digit[0] - '0')
		}
		deepest = max(deepest, n)
	}
	return deepest
}
