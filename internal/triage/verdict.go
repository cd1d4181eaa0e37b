package triage

import (
	"slices"
	"strings"
)

// grip is how firmly a claim is held, for choosing the best way to it.
func grip(n *Node) int {
	switch n.Status {
	case Supported:
		return 3
	case Hypothesis:
		if weigh(n.Evidence).recordFor > 0 {
			return 2
		}
		return 1
	}
	return 0
}

// ways holds the best way from the problem to every standing node.
type ways struct {
	weakest, supported, length, from []int
}

func (v *view) ways() *ways {
	if v.best != nil {
		return v.best
	}
	n := len(v.g.Nodes)
	all := make([]int, 4*n)
	w := &ways{all[:n], all[n : 2*n], all[2*n : 3*n], all[3*n:]}
	for _, i := range v.order {
		own := grip(&v.g.Nodes[i])
		best := -1
		for _, p := range v.parents[i] {
			if v.standing[p] && (best < 0 || w.better(p, best)) {
				best = p
			}
		}
		w.from[i], w.weakest[i], w.length[i] = best, own, 1
		if best >= 0 {
			w.weakest[i] = min(own, w.weakest[best])
			w.length[i] += w.length[best]
			w.supported[i] = w.supported[best]
		}
		if own == 3 {
			w.supported[i]++
		}
	}
	v.best = w
	return w
}

// better reports whether the way to p is firmer than the way to q.
func (w *ways) better(p, q int) bool {
	if w.weakest[p] != w.weakest[q] {
		return w.weakest[p] > w.weakest[q]
	}
	return w.supported[p]*w.length[q] > w.supported[q]*w.length[p]
}

func (w *ways) path(i int) []int {
	out := make([]int, 0, w.length[i])
	for ; i >= 0; i = w.from[i] {
		out = append(out, i)
	}
	slices.Reverse(out)
	return out
}

// branches judges every end of the standing graph. errs holds the nodes that
// have a finding of severity error, with the names of the lints.
func branches(v *view, errs map[string][]string) []Branch {
	w := v.ways()
	var out []Branch
	for i := range v.g.Nodes {
		if v.standing[i] && v.ends(i) {
			out = append(out, judge(v, w, i, errs))
		}
	}
	slices.SortStableFunc(out, func(a, b Branch) int {
		return slices.Index(allLanes[:], a.Lane) - slices.Index(allLanes[:], b.Lane)
	})
	return out
}

func judge(v *view, w *ways, end int, errs map[string][]string) Branch {
	n := &v.g.Nodes[end]
	b := Branch{Node: n.ID, Lane: n.Lane, Root: n.Root, Verdict: InconclusiveVerdict}
	path := w.path(end)
	b.Path, b.Lacks = make([]string, len(path)), make([]string, 0, 3)
	var unsupported []string
	contradicted, rejected := false, false
	for at, i := range path {
		node := &v.g.Nodes[i]
		b.Path[at] = node.ID
		if node.Status != Supported {
			unsupported = append(unsupported, node.ID)
		}
		contradicted = contradicted || node.Status == Inconclusive
		for _, lint := range errs[node.ID] {
			b.Lacks = append(b.Lacks, node.ID+": "+lint)
		}
		effect := -1
		if at > 0 {
			effect = path[at-1]
		}
		rejected = rejected || hasRejected(v, i, effect)
	}
	if len(unsupported) > 0 {
		b.Lacks = append(b.Lacks, "uncontradicted, verified log evidence on "+strings.Join(unsupported, ", "))
	}
	if !rejected {
		b.Lacks = append(b.Lacks, "an alternative that verified log evidence refutes")
	}
	b.Lacks = lacksAtEnd(b.Lacks, n)
	firm := n.Status == Supported || n.Status == Hypothesis && grip(n) == 2
	for _, lint := range errs[n.ID] {
		// However well shown, it is no cause, or not where a cause ends.
		firm = firm && lint != LintCircular && lint != LintOrder && lint != LintBlame
	}
	switch {
	case len(b.Lacks) == 0:
		b.Verdict = Confirmed
	case firm && !contradicted && w.supported[end] > 0 && 2*w.supported[end] >= w.length[end]:
		b.Verdict = Likely
	}
	return b
}

// lacksAtEnd appends what keeps the end of a branch from being one.
func lacksAtEnd(out []string, n *Node) []string {
	switch n.Stop {
	case StopActionable:
		if n.ActionableBy == "" {
			out = append(out, "who can act on "+n.ID)
		}
		if n.StopWhy == "" {
			out = append(out, "why the problem would not have happened without "+n.ID)
		}
	case StopExternal:
	case StopUnknowable, StopTooCostly:
		out = append(out, "what lies behind "+n.ID+", which was not found out")
	default:
		out = append(out, "an end: "+n.ID+" has neither a cause nor a stop")
	}
	return out
}

// hasRejected reports whether another explanation of i was refuted.
func hasRejected(v *view, i, effect int) bool {
	for _, a := range v.g.Nodes[i].Alternatives {
		if !a.Withdrawn && a.Status == Refuted {
			return true
		}
	}
	if len(v.refuted) == 0 {
		return false
	}
	for s := range v.siblings(i, effect) {
		if v.g.Nodes[s].Status == Refuted {
			return true
		}
	}
	return false
}

// overall folds the branches of the cause lane along the gates: OR takes its
// best cause, AND its worst; without a gate every cause proper is a part of the
// explanation, so that the worst of the ended ones counts.
func overall(v *view, list []Branch, errs map[string][]string) Verdict {
	verdicts := make([]int, len(v.g.Nodes))
	for _, b := range list {
		verdicts[v.index[b.Node]] = rank(b.Verdict)
	}
	memo, known := make([]folded, len(v.g.Nodes)), make([]bool, len(v.g.Nodes))
	var fold func(int) folded
	fold = func(i int) folded {
		if known[i] {
			return memo[i]
		}
		n := &v.g.Nodes[i]
		f := folded{value: verdicts[i], ended: n.Stop != ""}
		if !v.ends(i) {
			f = combine(v, v.below[i], n.Gate, fold)
			f.value = min(f.value, carries(n, errs))
		}
		memo[i], known[i] = f, true
		return f
	}
	var tops []int
	for _, i := range v.order {
		if len(v.g.Nodes[i].Parents) == 0 && v.g.Nodes[i].Lane == LaneCause {
			tops = append(tops, i)
		}
	}
	return []Verdict{InconclusiveVerdict, Likely, Confirmed}[combine(v, tops, "", fold).value]
}

// carries is the most that a claim lets the causes below it explain.
func carries(n *Node, errs map[string][]string) int {
	switch {
	case n.Status == Inconclusive:
		return rank(InconclusiveVerdict)
	case n.Status != Supported || len(errs[n.ID]) > 0:
		return rank(Likely)
	}
	return rank(Confirmed)
}

func rank(v Verdict) int {
	switch v {
	case Confirmed:
		return 2
	case Likely:
		return 1
	}
	return 0
}

// folded is a verdict's rank and whether a stop lies below.
type folded struct {
	value int
	ended bool
}

func combine(v *view, list []int, gate Gate, fold func(int) folded) folded {
	var all, proper spread
	for _, i := range list {
		n := &v.g.Nodes[i]
		if n.Lane != LaneCause {
			continue
		}
		f := fold(i)
		all.add(f)
		if n.Kind == KindCause {
			proper.add(f)
		}
	}
	if gate == "" && proper.n > 0 {
		all = proper
	}
	out := folded{ended: all.ended > 0}
	switch {
	case all.n == 0:
	case gate == GateOr:
		out.value = all.most
	case gate == GateAnd || all.ended == 0:
		out.value = all.least
	default:
		out.value = all.leastEnded
	}
	return out
}

// spread is how far folded verdicts lie apart.
type spread struct {
	n, ended                int // how many, and how many of them ended
	least, most, leastEnded int // 0 while there are none
}

func (s *spread) add(f folded) {
	if s.n++; s.n == 1 {
		s.least, s.most = f.value, f.value
	}
	s.least, s.most = min(s.least, f.value), max(s.most, f.value)
	if f.ended {
		if s.ended++; s.ended == 1 {
			s.leastEnded = f.value
		}
		s.leastEnded = min(s.leastEnded, f.value)
	}
}
