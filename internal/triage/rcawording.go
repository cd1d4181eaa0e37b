package triage

import (
	"fmt"
	"strings"
	"time"
)

// stamp writes a time in UTC with the precision it has, down to milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999 UTC") }

// span writes a duration as people read it: "1 h 5 min", "12 s".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	parts := make([]string, 0, 3)
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.size
		} else if len(parts) > 0 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// wording opens a causal sentence as the verdict on where a branch ends allows.
func wording(v Verdict, end *Node) string {
	thing := "cause"
	switch {
	case end.Kind == KindContributing:
		thing = "contributing cause"
	case end.Kind == KindCondition || end.Kind == KindTrigger:
		thing = string(end.Kind)
	case end.Root:
		thing = "root cause"
	}
	switch v {
	case Confirmed:
		return "The evidence confirms this " + thing + ": "
	case Likely:
		return "A likely " + thing + " is this: "
	}
	return "It is not established whether this is a " + thing + ": "
}

func sentence(opening, claim, cites string) string {
	claim = strings.TrimRight(inline(claim), ". ")
	if cites != "" {
		claim += " " + cites
	}
	return opening + claim + "."
}

func period(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
