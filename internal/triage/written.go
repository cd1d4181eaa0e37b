package triage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// written is the state that was written of a graph, and where in it stands
// each of its nodes and steps. A step changes few of them; the rest is copied.
type written struct {
	state        []byte
	nodes, steps []stretch
}

type stretch struct{ from, to int }

// Encode returns the canonical JSON of the graph: the same graph gives the
// same bytes, those that encoding/json gives for it without escaping HTML.
func (g *Graph) Encode() ([]byte, error) {
	var old written
	from := new(Graph)
	if g.from != nil {
		from, old = g.from, g.from.written
	}
	w := writer{old: old}
	w.b.Grow(len(old.state) + 4<<10)
	w.enc = json.NewEncoder(&w.b)
	w.enc.SetEscapeHTML(false)
	made := written{nodes: make([]stretch, len(g.Nodes)), steps: make([]stretch, len(g.Steps))}

	w.text(`{"version":`)
	w.value(g.Version)
	w.text(`,"problem":`)
	w.value(&g.Problem)
	w.text(`,"nodes":`)
	w.list(g.Nodes == nil, len(g.Nodes), func(i int) {
		same := i < len(old.nodes) && sameNode(&g.Nodes[i], &from.Nodes[i])
		made.nodes[i] = w.item(same, old.nodes, i, &g.Nodes[i])
	})
	if g.Finished {
		w.text(`,"finished":true`)
	}
	w.text(`,"steps":`)
	w.list(g.Steps == nil, len(g.Steps), func(i int) {
		// What was done is never noted anew: the revision names it.
		same := i < len(old.steps) && g.Steps[i].Revision == from.Steps[i].Revision
		made.steps[i] = w.item(same, old.steps, i, &g.Steps[i])
	})
	w.text(`,"next_id":`)
	w.value(g.NextID)
	w.text(`}`)
	if w.err != nil {
		return nil, fmt.Errorf("write the state of the analysis: %w", w.err)
	}
	made.state = w.b.Bytes()
	g.from, g.written = nil, made
	return bytes.Clone(made.state), nil // what the caller has may change
}

// writer writes JSON until the first error.
type writer struct {
	b   bytes.Buffer
	enc *json.Encoder
	old written
	err error
}

func (w *writer) text(s string) { w.b.WriteString(s) }

func (w *writer) value(v any) {
	if err := w.enc.Encode(v); err != nil {
		w.err = err
		return
	}
	w.b.Truncate(w.b.Len() - 1) // the encoder ends each value with a line
}

func (w *writer) list(none bool, n int, item func(i int)) {
	if none {
		w.text("null")
		return
	}
	w.text("[")
	for i := range n {
		if i > 0 {
			w.text(",")
		}
		item(i)
	}
	w.text("]")
}

// item writes v, or copies what was written of it before, and says where.
func (w *writer) item(same bool, old []stretch, i int, v any) stretch {
	at := w.b.Len()
	if same {
		w.b.Write(w.old.state[old[i].from:old[i].to])
	} else {
		w.value(v)
	}
	return stretch{at, w.b.Len()}
}

// sameNode reports whether two nodes are written alike.
func sameNode(a, b *Node) bool {
	return a.ID == b.ID && a.Lane == b.Lane && a.Kind == b.Kind && a.Question == b.Question && a.Claim == b.Claim &&
		a.At == b.At && a.Gate == b.Gate && a.Status == b.Status && a.Root == b.Root && a.Stop == b.Stop &&
		a.StopWhy == b.StopWhy && a.ActionableBy == b.ActionableBy && a.SupersededBy == b.SupersededBy &&
		slices.Equal(a.Parents, b.Parents) && slices.Equal(a.Evidence, b.Evidence) && slices.EqualFunc(a.Alternatives, b.Alternatives, sameRival) &&
		slices.Equal(a.Countermeasures, b.Countermeasures) && slices.Equal(a.Recurs, b.Recurs)
}

func sameRival(a, b Alternative) bool {
	return a.ID == b.ID && a.Claim == b.Claim && a.Status == b.Status && a.Withdrawn == b.Withdrawn && slices.Equal(a.Evidence, b.Evidence)
}
