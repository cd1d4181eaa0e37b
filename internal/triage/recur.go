package triage

import (
	"context"
	"fmt"
	"slices"
)

// Recurrence is an earlier incident with the same cause.
type Recurrence struct {
	IssueID string `json:"issue_id"`
	Claim   string `json:"claim"`             // its root cause
	Measure string `json:"measure,omitempty"` // what was to be done about it
	Due     string `json:"due,omitempty"`     // YYYY-MM-DD
}

// PastCause is a root cause of an earlier analysis, with what was to be done
// about it.
type PastCause struct {
	IssueID  string
	Claim    string
	Measures []Countermeasure
}

// History gives the root causes of earlier incidents that may be like a claim,
// most alike first. What it gives is compared here again: it may give too much.
type History interface {
	PastCauses(ctx context.Context, claim string) ([]PastCause, error)
}

// maxRecurs bounds the recurrences that are kept of one root cause.
const maxRecurs = 3

// recur notes for every root cause of the standing graph where it was found
// before. Without a history it leaves what is noted alone.
func recur(ctx context.Context, g *Graph, h History) error {
	if h == nil {
		return nil
	}
	v := newView(g)
	for _, i := range v.order {
		n := &g.Nodes[i]
		n.Recurs = nil
		if !n.Root {
			continue
		}
		past, err := h.PastCauses(ctx, n.Claim)
		if err != nil {
			return fmt.Errorf("look for earlier incidents: %w", err)
		}
		for _, p := range past {
			if len(n.Recurs) < maxRecurs && alike(n.Claim, p.Claim) {
				n.Recurs = append(n.Recurs, p.recurrence())
			}
		}
	}
	return nil
}

func (p PastCause) recurrence() Recurrence {
	r := Recurrence{IssueID: p.IssueID, Claim: tidy(p.Claim)}
	standing := slices.DeleteFunc(slices.Clone(p.Measures), func(m Countermeasure) bool { return m.Withdrawn })
	slices.SortStableFunc(standing, func(a, b Countermeasure) int {
		return strengthRank(string(a.Strength)) - strengthRank(string(b.Strength))
	})
	if len(standing) > 0 {
		r.Measure, r.Due = standing[0].Text, standing[0].Due
	}
	return r
}

// alike reports whether two root causes are the same one. Numbers differ from
// one incident to the next and do not count; a third of all stems in common,
// and two at least, are enough; the polarity must agree.
func alike(a, b string) bool {
	x, y := conceptOf(words(a)), conceptOf(words(b))
	if x.negated != y.negated {
		return false
	}
	common := 0
	for _, s := range x.stems {
		if _, ok := slices.BinarySearch(y.stems, s); ok && !slices.Contains(x.ids, s) {
			common++
		}
	}
	return common >= 2 && 3*common >= len(x.stems)-len(x.ids)+len(y.stems)-len(y.ids)-common
}

// PastCausesOf returns the root causes that an analysis ended at and did not
// leave INCONCLUSIVE, for a [History]. A state that cannot be read has none.
func PastCausesOf(a *Analysis) []PastCause {
	g, err := LoadGraph(a.State)
	if err != nil {
		return nil
	}
	judged := appraise(g)
	var out []PastCause
	for _, b := range judged.branches {
		if b.Root && b.Verdict != InconclusiveVerdict {
			n := judged.v.node(b.Node)
			out = append(out, PastCause{IssueID: a.IssueID, Claim: n.Claim, Measures: n.Countermeasures})
		}
	}
	return out
}
