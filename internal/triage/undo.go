package triage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// edit is one thing that a step did, as the state keeps it, so that the step
// can be undone. Undoing is itself noted in edits, and can be undone.
type edit struct {
	Op    editOp   `json:"op"`
	IDs   []string `json:"ids"`             // of what was changed; several for opAdd only
	Field string   `json:"field,omitempty"` // for opSet
	Old   string   `json:"old,omitempty"`   // for opSet
	New   string   `json:"new,omitempty"`   // for opSet the value, else the id of the other end
}

type editOp string

const (
	opAdd       editOp = "add"
	opWithdraw  editOp = "withdraw"
	opRestore   editOp = "restore"
	opReplace   editOp = "replace"   // New has taken the place of ID
	opUnreplace editOp = "unreplace" // and no longer does
	opLink      editOp = "link"      // New became an effect of ID
	opUnlink    editOp = "unlink"
	opSet       editOp = "set"
)

// The fields of a node that later steps may set.
const (
	fieldGate = "gate"
	fieldStop = "stop"
)

// stopping is why a branch stops at a node.
type stopping struct {
	Stop StopReason `json:"stop,omitempty"`
	Why  string     `json:"why,omitempty"`
	By   string     `json:"by,omitempty"`
}

// encode gives the empty string for no ending.
func (e stopping) encode() string {
	if e == (stopping{}) {
		return ""
	}
	b, err := json.Marshal(e)
	if err != nil { // three strings always marshal
		return ""
	}
	return string(b)
}

func (n *Node) field(name string) string {
	if name == fieldGate {
		return string(n.Gate)
	}
	return stopping{n.Stop, n.StopWhy, n.ActionableBy}.encode()
}

// set sets a field of a node and notes what it was.
func (c *change) set(n *Node, name, value string) error {
	old := n.field(name)
	if old == value {
		return nil
	}
	if name == fieldGate {
		n.Gate = Gate(value)
	} else {
		var e stopping
		if value != "" {
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return fmt.Errorf("read how %s ended: %w", n.ID, err)
			}
		}
		n.Stop, n.Root, n.StopWhy, n.ActionableBy = e.Stop, e.Stop == StopActionable, e.Why, e.By
	}
	c.note(edit{Op: opSet, IDs: []string{n.ID}, Field: name, Old: old, New: value})
	return nil
}

// undo takes back what one step did: what it added is withdrawn, what it
// withdrew or replaced stands again, what it set is as it was. Nothing is
// removed from the state.
func (c *change) undo(which string) error {
	s, err := c.step(which)
	if err != nil {
		return err
	}
	if len(s.Did) == 0 {
		return inputErr("undo", "names a step that left nothing to undo", "withdraw single claims and evidence by their ids")
	}
	for _, e := range slices.Backward(s.Did) {
		if err := c.invert(e); err != nil {
			return err
		}
	}
	for id := range c.index {
		if c.cyclic(id) {
			return inputErr("undo", "would make a claim a cause of itself, by a link that was made since", "undo the later step first")
		}
	}
	return nil
}

// step finds a step by its id, by the revision that it made, or as the last.
func (c *change) step(which string) (*appliedStep, error) {
	steps := c.g.Steps
	at := slices.IndexFunc(steps, func(s appliedStep) bool { return s.ID == which })
	if which == "last" {
		at = len(steps) - 1
	}
	if r, err := strconv.ParseInt(which, 10, 64); err == nil && at < 0 {
		at = slices.IndexFunc(steps, func(s appliedStep) bool { return s.Revision == r })
	}
	switch {
	case at < 0:
		return nil, inputErr("undo", "names no step of this analysis", "use last, the step_id, or the revision that the step gave")
	case at == 0 && len(steps[0].Did) == 0:
		return nil, inputErr("undo", "names the step that stated the problem", "start another analysis instead")
	}
	return &steps[at], nil
}

func (c *change) invert(e edit) error {
	switch e.Op {
	case opAdd, opRestore, opWithdraw:
		for _, id := range slices.Backward(e.IDs) {
			c.mark(id, e.Op != opWithdraw)
		}
		return nil
	}
	if len(e.IDs) != 1 {
		return fmt.Errorf("the state of the analysis notes a change %q of %d things", e.Op, len(e.IDs))
	}
	id := e.IDs[0]
	i, ok := c.index[id]
	if !ok {
		return fmt.Errorf("the state of the analysis notes a change of %q, which it does not have", id)
	}
	n := &c.g.Nodes[i]
	switch e.Op {
	case opReplace:
		if n.SupersededBy == e.New {
			n.SupersededBy = ""
			c.note(edit{Op: opUnreplace, IDs: e.IDs, New: e.New})
		}
	case opUnreplace:
		if n.SupersededBy == "" {
			n.SupersededBy = e.New
			c.note(edit{Op: opReplace, IDs: e.IDs, New: e.New})
		}
	case opLink:
		if at := slices.Index(n.Parents, e.New); at >= 0 {
			n.Parents = slices.Delete(n.Parents, at, at+1)
			c.note(edit{Op: opUnlink, IDs: e.IDs, New: e.New})
		}
	case opUnlink:
		if !slices.Contains(n.Parents, e.New) {
			n.Parents = append(n.Parents, e.New)
			c.note(edit{Op: opLink, IDs: e.IDs, New: e.New})
		}
	case opSet:
		if n.field(e.Field) != e.New {
			return inputErr("undo", "names a step whose "+e.Field+" of "+id+" was changed since", "undo the later step first, or set it anew")
		}
		return c.set(n, e.Field, e.Old)
	}
	return nil
}
