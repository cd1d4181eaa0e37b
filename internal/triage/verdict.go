package triage

import (
	"slices"
	"strings"
)

// view is the standing part of a graph: what is neither replaced nor
// withdrawn nor hangs on nothing else, with replacements followed.
type view struct {
	g        *Graph
	index    map[string]int
	live     []bool // stands or is refuted
	standing []bool // lives and is not refuted, nor hangs on refuted claims only
	parents  [][]int
	children [][]int // of live nodes
	order    []int   // standing nodes, effects before their causes
	refuted  []int   // live nodes that evidence refutes
}

func newView(g *Graph) *view {
	n := len(g.Nodes)
	v := &view{
		g: g, index: make(map[string]int, n), live: make([]bool, n), standing: make([]bool, n),
		parents: make([][]int, n), children: make([][]int, n),
	}
	for i := range g.Nodes {
		v.index[g.Nodes[i].ID] = i
	}
	for i := range g.Nodes {
		if g.Nodes[i].SupersededBy != "" {
			continue
		}
		for _, p := range g.Nodes[i].Parents {
			if at, ok := v.current(p); ok && at != i && !slices.Contains(v.parents[i], at) {
				v.parents[i] = append(v.parents[i], at)
			}
		}
	}
	done := make([]bool, n)
	var visit func(int)
	visit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		node := &g.Nodes[i]
		if node.SupersededBy != "" {
			return
		}
		live, standing := len(node.Parents) == 0, len(node.Parents) == 0
		for _, p := range v.parents[i] {
			visit(p)
			live = live || v.live[p]
			standing = standing || v.standing[p]
		}
		v.live[i] = live
		v.standing[i] = standing && node.Status != Refuted
		switch {
		case v.standing[i]:
			v.order = append(v.order, i)
		case live && node.Status == Refuted:
			v.refuted = append(v.refuted, i)
		}
	}
	for i := range g.Nodes {
		visit(i)
	}
	slices.Sort(v.refuted)
	for i := range g.Nodes {
		v.parents[i] = slices.DeleteFunc(v.parents[i], func(p int) bool { return !v.live[p] })
		if v.live[i] {
			for _, p := range v.parents[i] {
				v.children[p] = append(v.children[p], i)
			}
		}
	}
	return v
}

// node returns the node of an id that the graph has.
func (v *view) node(id string) *Node { return &v.g.Nodes[v.index[id]] }

func (v *view) current(id string) (int, bool) {
	for range len(v.g.Nodes) {
		i, ok := v.index[id]
		if !ok {
			return 0, false
		}
		if v.g.Nodes[i].SupersededBy == "" {
			return i, true
		}
		id = v.g.Nodes[i].SupersededBy
	}
	return 0, false
}

// ancestors returns the effects above a node, nearest first, at most limit.
func (v *view) ancestors(i, limit int) []int {
	out := slices.Clone(v.parents[i])
	for at := 0; at < len(out) && len(out) < limit; at++ {
		for _, p := range v.parents[out[at]] {
			if len(out) < limit && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// causes returns the standing causes below a node.
func (v *view) causes(i int) []int {
	var out []int
	for _, c := range v.children[i] {
		if v.standing[c] {
			out = append(out, c)
		}
	}
	return out
}

// ends reports whether a branch ends at a standing node: it was stopped there,
// or nothing stands below it.
func (v *view) ends(i int) bool {
	return v.g.Nodes[i].Stop != "" || len(v.causes(i)) == 0
}

// siblings returns the other live explanations of what i explains on its way
// to effect, which is -1 for the problem.
func (v *view) siblings(i, effect int) []int {
	var out []int
	if effect >= 0 {
		for _, c := range v.children[effect] {
			if c != i {
				out = append(out, c)
			}
		}
		return out
	}
	for c := range v.g.Nodes {
		if c != i && v.live[c] && len(v.g.Nodes[c].Parents) == 0 && v.g.Nodes[c].Lane == v.g.Nodes[i].Lane {
			out = append(out, c)
		}
	}
	return out
}

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

func (v *view) ways() ways {
	n := len(v.g.Nodes)
	w := ways{make([]int, n), make([]int, n), make([]int, n), make([]int, n)}
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
	var out []int
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
			out = append(out, judge(v, &w, i, errs))
		}
	}
	slices.SortStableFunc(out, func(a, b Branch) int {
		return slices.Index(Lanes(), a.Lane) - slices.Index(Lanes(), b.Lane)
	})
	return out
}

func judge(v *view, w *ways, end int, errs map[string][]string) Branch {
	n := &v.g.Nodes[end]
	b := Branch{Node: n.ID, Lane: n.Lane, Root: n.Root, Verdict: InconclusiveVerdict}
	path := w.path(end)
	var unsupported []string
	contradicted, rejected := false, false
	for at, i := range path {
		node := &v.g.Nodes[i]
		b.Path = append(b.Path, node.ID)
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
	b.Lacks = append(b.Lacks, lacksAtEnd(n)...)
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

func lacksAtEnd(n *Node) []string {
	var out []string
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
	return slices.ContainsFunc(v.siblings(i, effect), func(s int) bool { return v.g.Nodes[s].Status == Refuted })
}

// overall folds the branches of the cause lane along the gates: OR takes its
// best cause, AND its worst; without a gate every cause proper is a part of the
// explanation, so that the worst of the ended ones counts.
func overall(v *view, list []Branch, errs map[string][]string) Verdict {
	verdicts := make(map[int]int, len(list))
	for _, b := range list {
		verdicts[v.index[b.Node]] = rank(b.Verdict)
	}
	memo := make(map[int]folded)
	var fold func(int) folded
	fold = func(i int) folded {
		if f, ok := memo[i]; ok {
			return f
		}
		n := &v.g.Nodes[i]
		f := folded{value: verdicts[i], ended: n.Stop != ""}
		if !v.ends(i) {
			f = combine(v, v.causes(i), n.Gate, fold)
			f.value = min(f.value, carries(n, errs))
		}
		memo[i] = f
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
	var proper, ended []folded
	all := make([]folded, 0, len(list))
	for _, i := range list {
		n := &v.g.Nodes[i]
		if n.Lane != LaneCause {
			continue
		}
		f := fold(i)
		all = append(all, f)
		if n.Kind == KindCause {
			proper = append(proper, f)
		}
	}
	if gate == "" && len(proper) > 0 {
		all = proper
	}
	if len(all) == 0 {
		return folded{}
	}
	for _, f := range all {
		if f.ended {
			ended = append(ended, f)
		}
	}
	byValue := func(a, b folded) int { return a.value - b.value }
	out := folded{ended: len(ended) > 0}
	switch {
	case gate == GateOr:
		out.value = slices.MaxFunc(all, byValue).value
	case gate == GateAnd || len(ended) == 0:
		out.value = slices.MinFunc(all, byValue).value
	default:
		out.value = slices.MinFunc(ended, byValue).value
	}
	return out
}
