package triage

import (
	"iter"
	"slices"
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
	below    [][]int // the children that stand
	order    []int   // standing nodes, effects before their causes
	refuted  []int   // live nodes that evidence refutes
	best     *ways   // once it was asked for
}

func newView(g *Graph) *view {
	n := len(g.Nodes)
	v := &view{
		g: g, index: make(map[string]int, n), live: make([]bool, n), standing: make([]bool, n),
		parents: make([][]int, n), children: make([][]int, n), order: make([]int, 0, n),
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
	v.below = v.children
	if len(v.order) < n {
		v.below = make([][]int, n)
		for i, list := range v.children {
			for _, c := range list {
				if v.standing[c] {
					v.below[i] = append(v.below[i], c)
				}
			}
		}
	}
	return v
}

// lived yields the nodes that stand, effects before their causes, and then
// those that evidence refutes.
func (v *view) lived() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, list := range [2][]int{v.order, v.refuted} {
			for _, i := range list {
				if !yield(i) {
					return
				}
			}
		}
	}
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

// ancestors appends to out, which is empty, the effects above a node, nearest
// first, at most limit but for its own.
func (v *view) ancestors(out []int, i, limit int) []int {
	out = append(out, v.parents[i]...)
	for at := 0; at < len(out) && len(out) < limit; at++ {
		for _, p := range v.parents[out[at]] {
			if len(out) < limit && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// ends reports whether a branch ends at a standing node: it was stopped there,
// or nothing stands below it.
func (v *view) ends(i int) bool {
	return v.g.Nodes[i].Stop != "" || len(v.below[i]) == 0
}

// siblings yields the other live explanations of what i explains on its way
// to effect, which is -1 for the problem.
func (v *view) siblings(i, effect int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if effect >= 0 {
			for _, c := range v.children[effect] {
				if c != i && !yield(c) {
					return
				}
			}
			return
		}
		for c := range v.g.Nodes {
			if c != i && v.live[c] && len(v.g.Nodes[c].Parents) == 0 && v.g.Nodes[c].Lane == v.g.Nodes[i].Lane && !yield(c) {
				return
			}
		}
	}
}
