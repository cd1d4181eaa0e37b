package triage

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"sync"
)

// A dialogue reads the state that its last step wrote: of an analysis of 200
// claims, taking the JSON apart again was more than half of what a step cost.
// So the newest graphs are kept by the SHA-256 of their state. The same bytes
// are the same graph, whoever sends them and however they came to be; and a
// kept graph is never changed: who changes one takes a clone.

// The most that is kept: graphs, and bytes of the states that they are of. With
// its state a graph takes about two and a half times as much.
const (
	maxKeptGraphs = 8
	maxKeptBytes  = 4 << 20
)

type keptGraph struct {
	sum  [sha256.Size]byte
	size int
	g    *Graph
}

var kept struct {
	sync.Mutex
	graphs []keptGraph // newest use last
	bytes  int
}

// sharedGraph is [LoadGraph] for who only reads: the graph may be in use
// elsewhere at the same time.
func sharedGraph(state []byte) (*Graph, error) {
	sum := sha256.Sum256(state)
	if g := recall(sum); g != nil {
		return g, nil
	}
	g, err := LoadGraph(state)
	if err != nil {
		return nil, err
	}
	keepGraph(sum, len(state), g)
	return g, nil
}

func recall(sum [sha256.Size]byte) *Graph {
	kept.Lock()
	defer kept.Unlock()
	i := slices.IndexFunc(kept.graphs, func(k keptGraph) bool { return k.sum == sum })
	if i < 0 {
		return nil
	}
	k := kept.graphs[i]
	kept.graphs = append(slices.Delete(kept.graphs, i, i+1), k)
	return k.g
}

// remember keeps a graph that nobody will change any more, as what its state
// says. A text that is not UTF-8 is another one once it is read back; such a
// graph is left to be read.
func remember(state []byte, g *Graph) {
	if !bytes.Contains(state, []byte(`\ufffd`)) {
		keepGraph(sha256.Sum256(state), len(state), g)
	}
}

func keepGraph(sum [sha256.Size]byte, size int, g *Graph) {
	if size > maxKeptBytes {
		return
	}
	kept.Lock()
	defer kept.Unlock()
	if slices.ContainsFunc(kept.graphs, func(k keptGraph) bool { return k.sum == sum }) {
		return
	}
	for len(kept.graphs) > 0 && (len(kept.graphs) >= maxKeptGraphs || kept.bytes+size > maxKeptBytes) {
		kept.bytes -= kept.graphs[0].size
		kept.graphs = slices.Delete(kept.graphs, 0, 1)
	}
	kept.graphs = append(kept.graphs, keptGraph{sum, size, g})
	kept.bytes += size
}

// clone returns a graph that can be changed without changing g. What no step
// changes, once it is there, they share.
func (g *Graph) clone() *Graph {
	out := *g
	out.from, out.written = g, written{}
	pieces, names, alts, measures := 0, 0, 0, 0
	for i := range g.Nodes {
		n := &g.Nodes[i]
		pieces, names, alts, measures = pieces+len(n.Evidence), names+len(n.Parents), alts+len(n.Alternatives), measures+len(n.Countermeasures)
		for j := range n.Alternatives {
			pieces += len(n.Alternatives[j].Evidence)
		}
	}
	out.Nodes = append(make([]Node, 0, len(g.Nodes)+4), g.Nodes...)
	out.Steps = append(make([]appliedStep, 0, len(g.Steps)+1), g.Steps...)
	evidence, parents := make([]Evidence, 0, pieces), make([]string, 0, names)
	rivals, todo := make([]Alternative, 0, alts), make([]Countermeasure, 0, measures)
	for i := range out.Nodes {
		n := &out.Nodes[i]
		n.Evidence, n.Parents = carve(&evidence, n.Evidence), carve(&parents, n.Parents)
		n.Alternatives, n.Countermeasures = carve(&rivals, n.Alternatives), carve(&todo, n.Countermeasures)
		for j := range n.Alternatives {
			n.Alternatives[j].Evidence = carve(&evidence, n.Alternatives[j].Evidence)
		}
	}
	return &out
}

// carve copies list to the end of the store that all lists of its kind share,
// without room to grow into its neighbour. An empty list stays as it is.
func carve[T any](store *[]T, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	at := len(*store)
	*store = append(*store, list...)
	return (*store)[at:len(*store):len(*store)]
}
