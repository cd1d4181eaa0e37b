package triage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of an analysis, in bytes of UTF-8 or in counts.
const (
	MaxNodes        = 500
	MaxState        = 2 << 20
	MaxClaim        = 500
	MaxProse        = 1000 // question, note, reason, counterfactual, countermeasure
	MaxQuote        = 2000
	MaxEvidence     = 20 // of one node or alternative
	MaxAlternatives = 10 // of one node
	MaxMeasures     = 10 // of one node
	MaxParents      = 20
	maxBatch        = 50 // entries of one list in one step
	maxShort        = 200
	maxNodeID       = 32
	maxStepID       = 64
	maxRefID        = 100
	maxSteps        = 2000
	maxPieces       = 3000 // of evidence and countermeasures of an analysis, withdrawn ones too
)

// change applies one step to a graph. Its methods return [InputError] values;
// the caller throws the graph away when one does.
type change struct {
	g     *Graph
	index map[string]int // nodes by id, current for the whole step
	alts  map[string]altAt
	did   []edit // what this step has done, in order
}

// note remembers what was done. Additions in a row are one entry: the state
// of a large analysis is read and written with every step.
func (c *change) note(e edit) {
	if last := len(c.did) - 1; e.Op == opAdd && last >= 0 && c.did[last].Op == opAdd {
		c.did[last].IDs = append(c.did[last].IDs, e.IDs...)
		return
	}
	c.did = append(c.did, e)
}

type altAt struct{ node, alt int }

// apply applies a step and returns what it did.
func apply(ctx context.Context, g *Graph, in StepInput, r Resolver) ([]edit, error) {
	c := newChange(g)
	err := c.problem(in.Problem)
	if err == nil {
		err = c.batches(in)
	}
	if err == nil {
		err = c.all(ctx, in, r)
	}
	if err != nil {
		return nil, err
	}
	g.Finished = false // whatever was concluded, there is something new
	settle(g)
	return c.did, nil
}

func newChange(g *Graph) *change {
	c := &change{g: g, index: make(map[string]int, len(g.Nodes)), alts: make(map[string]altAt)}
	for i := range g.Nodes {
		c.index[g.Nodes[i].ID] = i
		for j := range g.Nodes[i].Alternatives {
			c.alts[g.Nodes[i].Alternatives[j].ID] = altAt{i, j}
		}
	}
	return c
}

// all applies everything but the problem.
func (c *change) all(ctx context.Context, in StepInput, r Resolver) error {
	if err := c.nodes(in.Nodes); err != nil {
		return err
	}
	for i, n := range in.Nodes {
		if n.RivalOf != "" {
			if err := c.rival(fmt.Sprintf("nodes[%d]", i), n); err != nil {
				return err
			}
		}
	}
	for i, e := range in.Evidence {
		if err := c.evidence(ctx, fmt.Sprintf("evidence[%d]", i), e, r); err != nil {
			return err
		}
	}
	for i, m := range in.Countermeasures {
		if err := c.measure(fmt.Sprintf("countermeasures[%d]", i), m); err != nil {
			return err
		}
	}
	for i, id := range in.Withdraw {
		if err := c.withdraw(fmt.Sprintf("withdraw[%d]", i), id); err != nil {
			return err
		}
	}
	if in.Undo != "" {
		return c.undo(in.Undo)
	}
	return nil
}

// batches refuses an empty step and an oversized list.
func (c *change) batches(in StepInput) error {
	lists := []struct {
		name string
		n    int
	}{
		{"nodes", len(in.Nodes)},
		{"evidence", len(in.Evidence)},
		{"countermeasures", len(in.Countermeasures)},
		{"withdraw", len(in.Withdraw)},
	}
	total := 0
	for _, l := range lists {
		if l.n > maxBatch {
			return inputErr(l.name, fmt.Sprintf("has more than %d entries", maxBatch), "send the rest in a further step")
		}
		total += l.n
	}
	if total == 0 && in.Problem == nil && in.Undo == "" && !in.Finish {
		return inputErr("step", "changes nothing", "send nodes, evidence, countermeasures, withdraw, undo or finish")
	}
	return nil
}

func (c *change) problem(p *ProblemInput) error {
	begun := len(c.g.Steps) > 0
	switch {
	case p == nil && begun:
		return nil
	case p == nil:
		return inputErr("problem", "is missing", "begin with problem.what: what was observed, without a cause")
	case begun:
		return inputErr("problem", "is already stated", "go on with nodes, or start another analysis")
	}
	if err := checkText("problem.what", p.What, 1, MaxClaim); err != nil {
		return err
	}
	for _, f := range []struct{ name, text string }{
		{"where", p.Where},
		{"when", p.When},
		{"extent", p.Extent},
		{"expected", p.Expected},
		{"actual", p.Actual},
		{"is", p.Is},
		{"is_not", p.IsNot},
	} {
		if err := checkText("problem."+f.name, f.text, 0, MaxClaim); err != nil {
			return err
		}
	}
	c.g.Problem = Problem{
		What: tidy(p.What), Where: tidy(p.Where), When: tidy(p.When), Extent: tidy(p.Extent),
		Expected: tidy(p.Expected), Actual: tidy(p.Actual), Is: tidy(p.Is), IsNot: tidy(p.IsNot),
	}
	return nil
}

// tidy makes one line of a text: claims and reasons are sentences.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// nodes adds the proposed nodes but for rivals. Parents may stand anywhere in
// the same step, so ids are settled first.
func (c *change) nodes(list []NodeInput) error {
	ids := make([]string, len(list))
	for i, in := range list {
		if in.RivalOf != "" {
			continue
		}
		id := in.ID
		field := fmt.Sprintf("nodes[%d]", i)
		if id == "" {
			id = c.freeID("n")
		}
		if _, known := c.index[id]; known && in.Claim == "" && slices.Index(ids[:i], id) < 0 {
			ids[i] = id
			continue
		}
		if err := c.newID(field+".id", id); err != nil {
			return err
		}
		if len(c.g.Nodes) >= MaxNodes {
			return inputErr(field, fmt.Sprintf("would be more than %d nodes", MaxNodes), "finish this analysis and start another for the rest")
		}
		if in.ID != "" && in.Claim == "" {
			return inputErr(field, "has no claim, and its id is of no node", "give it a claim, or use the id of a node that exists")
		}
		if err := checkText(field+".claim", in.Claim, 1, MaxClaim); err != nil {
			return err
		}
		at := strings.TrimSpace(in.At)
		if at != "" {
			if _, err := time.Parse(time.RFC3339, at); err != nil {
				return inputErr(field+".at", "is not a time", "write it as RFC 3339, such as 2026-03-01T04:05:06Z")
			}
		}
		ids[i] = id
		c.index[id] = len(c.g.Nodes)
		c.g.Nodes = append(c.g.Nodes, Node{ID: id, Claim: tidy(in.Claim), At: at})
		c.note(edit{Op: opAdd, IDs: []string{id}})
	}
	for i, in := range list {
		if in.RivalOf != "" {
			continue
		}
		if err := c.link(fmt.Sprintf("nodes[%d]", i), c.index[ids[i]], in); err != nil {
			return err
		}
	}
	for i, in := range list {
		if in.RivalOf != "" {
			continue
		}
		if err := c.replace(fmt.Sprintf("nodes[%d]", i), ids[i], in.Replaces); err != nil {
			return err
		}
	}
	for i := range list {
		if ids[i] != "" && c.cyclic(ids[i]) {
			return inputErr(fmt.Sprintf("nodes[%d].parents", i), "make the claim a cause of itself", "name as parents the effects that it explains, nearer to the problem")
		}
	}
	return nil
}

func (c *change) link(field string, at int, in NodeInput) error {
	n := &c.g.Nodes[at]
	if n.SupersededBy != "" {
		return inputErr(field+".id", "names a node that was replaced or withdrawn", "use the one that replaced it")
	}
	fresh := n.Lane == ""
	for _, p := range in.Parents {
		if _, ok := c.index[p]; !ok {
			return inputErr(field+".parents", "names a node that does not exist", "use ids from this analysis; leave it empty for the problem itself")
		}
		if p == n.ID {
			return inputErr(field+".parents", "make the claim a cause of itself", "name the effects that it explains, nearer to the problem")
		}
		if !slices.Contains(n.Parents, p) {
			n.Parents = append(n.Parents, p)
			if !fresh {
				c.note(edit{Op: opLink, IDs: []string{n.ID}, New: p})
			}
		}
	}
	if len(n.Parents) > MaxParents {
		return inputErr(field+".parents", fmt.Sprintf("are more than %d", MaxParents), "name the nearest effects")
	}
	if g := Gate(strings.ToUpper(strings.TrimSpace(in.Gate))); g != "" {
		if g != GateAnd && g != GateOr {
			return oneOf(field+".gate", []string{string(GateAnd), string(GateOr)})
		}
		if err := c.set(n, fieldGate, string(g)); err != nil {
			return err
		}
	}
	if err := c.stop(field, n, in); err != nil || !fresh {
		return err
	}
	kind, lane := KindCause, Lane("")
	var err error
	if in.Lane != "" {
		if lane, err = parseEnum(field+".lane", in.Lane, Lanes()); err != nil {
			return err
		}
	}
	if in.Kind != "" {
		if kind, err = parseEnum(field+".kind", in.Kind, Kinds()); err != nil {
			return err
		}
	}
	if lane == "" {
		lane = c.defaultLane(n, in.Kind, kind)
	}
	if in.Kind == "" {
		kind = map[Lane]Kind{LaneCause: KindCause, LaneDetection: KindDetectionGap, LaneDuration: KindResponseGap}[lane]
	}
	n.Lane, n.Kind, n.Status = lane, kind, Hypothesis
	n.Question = c.question(n)
	return nil
}

// question words what a new claim answers. It is kept with the claim, for
// effects may be replaced later.
func (c *change) question(n *Node) string {
	effect := c.g.Problem.What
	if len(n.Parents) > 0 {
		effect = c.g.Nodes[c.index[n.Parents[0]]].Claim
	}
	switch n.Lane {
	case LaneDetection:
		return "Why was it not noticed sooner: " + effect + "?"
	case LaneDuration:
		return "Why did it last or spread: " + effect + "?"
	}
	return "Why: " + effect + "?"
}

func (c *change) defaultLane(n *Node, given string, kind Kind) Lane {
	if len(n.Parents) > 0 {
		if l := c.g.Nodes[c.index[n.Parents[0]]].Lane; l != "" {
			return l
		}
	}
	switch {
	case given != "" && kind == KindDetectionGap:
		return LaneDetection
	case given != "" && kind == KindResponseGap:
		return LaneDuration
	}
	return LaneCause
}

func (c *change) replace(field, id, old string) error {
	if old == "" {
		return nil
	}
	i, ok := c.index[old]
	switch {
	case !ok:
		return inputErr(field+".replaces", "names a node that does not exist", "use an id from this analysis")
	case old == id:
		return inputErr(field+".replaces", "names the node itself", "give the new claim an id of its own")
	case c.g.Nodes[i].SupersededBy != "":
		return inputErr(field+".replaces", "names a node that was replaced or withdrawn before", "replace the newer one")
	}
	c.g.Nodes[i].SupersededBy = id
	c.note(edit{Op: opReplace, IDs: []string{old}, New: id})
	if n := &c.g.Nodes[c.index[id]]; len(n.Parents) == 0 {
		n.Parents = slices.Clone(c.g.Nodes[i].Parents)
	}
	return nil
}

// cyclic reports whether following parents from id, through replacements,
// leads back to it.
func (c *change) cyclic(id string) bool {
	seen := make(map[string]bool)
	var walk func(string) bool
	walk = func(at string) bool {
		for _, p := range c.g.Nodes[c.index[at]].Parents {
			p = c.current(p)
			if p == id {
				return true
			}
			if p != "" && !seen[p] {
				seen[p] = true
				if walk(p) {
					return true
				}
			}
		}
		return false
	}
	return walk(c.current(id))
}
