package triage

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// rival adds an alternative to a node, which may be of the same step.
func (c *change) rival(field string, in NodeInput) error {
	n, err := c.live(field+".rival_of", in.RivalOf)
	if err != nil {
		return err
	}
	if len(in.Parents) > 0 || in.Lane+in.Kind+in.At+in.Gate+in.Replaces+in.Stop+in.Why+in.ActionableBy != "" {
		return inputErr(field, "is a rival, and has more than an id and a claim", "leave the other fields out; a rival explains what its node explains")
	}
	if len(n.Alternatives) >= MaxAlternatives {
		return inputErr(field, fmt.Sprintf("would be more than %d alternatives of one node", MaxAlternatives), "keep the plausible ones")
	}
	if err := checkText(field+".claim", in.Claim, 1, MaxClaim); err != nil {
		return err
	}
	id := in.ID
	if id == "" {
		id = c.freeID("a")
	}
	if err := c.newID(field+".id", id); err != nil {
		return err
	}
	c.alts[id] = altAt{c.index[n.ID], len(n.Alternatives)}
	c.note(edit{Op: opAdd, IDs: []string{id}})
	n.Alternatives = append(n.Alternatives, Alternative{ID: id, Claim: tidy(in.Claim), Status: Hypothesis})
	return nil
}

func (c *change) evidence(ctx context.Context, field string, in EvidenceInput, r Resolver) error {
	var list *[]Evidence
	if at, ok := c.alts[in.On]; ok {
		alt := &c.g.Nodes[at.node].Alternatives[at.alt]
		if alt.Withdrawn || c.g.Nodes[at.node].SupersededBy != "" {
			return inputErr(field+".on", "names an alternative that was withdrawn", "propose it again with a new id")
		}
		list = &alt.Evidence
	} else {
		n, err := c.live(field+".on", in.On)
		if err != nil {
			return err
		}
		list = &n.Evidence
	}
	e := Evidence{Effect: Supports, Ref: strings.TrimSpace(in.Ref), Note: tidy(in.Note)}
	var err error
	if e.Type, err = parseEnum(field+".type", in.Type, EvidenceTypes()); err != nil {
		return err
	}
	if in.Effect != "" {
		if e.Effect, err = parseEnum(field+".effect", in.Effect, []Effect{Supports, Refutes}); err != nil {
			return err
		}
	}
	if err := checkText(field+".note", in.Note, 0, MaxProse); err != nil {
		return err
	}
	if err := checkText(field+".text", in.Text, 1, MaxQuote); err != nil {
		return err
	}
	if err := e.cite(field+".ref", in.Text); err != nil {
		return err
	}
	for _, have := range *list {
		if !have.Withdrawn && have.Type == e.Type && have.Effect == e.Effect && have.Ref == e.Ref && have.Text == e.Text {
			return nil // the same piece twice is one piece
		}
	}
	if len(*list) >= MaxEvidence {
		return inputErr(field, fmt.Sprintf("would be more than %d pieces on one claim", MaxEvidence), "keep the telling ones")
	}
	if e.ID, err = c.nextID(field, "e"); err != nil {
		return err
	}
	if err := verify(ctx, &e, r); err != nil {
		return err
	}
	*list = append(*list, e)
	c.note(edit{Op: opAdd, IDs: []string{e.ID}})
	return nil
}

// cite checks the reference of new evidence and takes its text.
func (e *Evidence) cite(field, text string) error {
	e.Text = tidy(text)
	switch {
	case e.excerpt():
		ref, err := parseLogRef(field, e.Ref)
		if err != nil {
			return err
		}
		e.Ref, e.Text = ref.String(), text
		return nil
	case e.Type == EvidenceToolCall:
		if _, ok := callRef(e.Ref); !ok {
			return inputErr(field, "is no entry of the record", "give audit:SEQ with the sequence number of the call, as list_audit shows it")
		}
		return nil
	case e.Type != EvidenceTestimony && e.Ref == "":
		return inputErr(field, "is empty", "give the id of the change, ticket or metric, so that a person can look it up; or keep it as a log and cite its lines")
	case !recordID(e.Ref):
		// Ids are not scanned as prose, so that prose may not pass as one.
		return inputErr(field, fmt.Sprintf("is not an id of at most %d letters, digits and . _ : / # -", maxRefID), "give the id alone, such as CHG-4412, and put the rest into text")
	}
	return nil
}

// recordID accepts what ids of changes, tickets and metrics are made of, and
// nothing at all for testimony.
func recordID(s string) bool {
	return len(s) <= maxRefID && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/#-") == "" && !strings.Contains(s, "//")
}

// stop ends a branch at n when the input says so; again, it says so anew.
func (c *change) stop(field string, n *Node, in NodeInput) error {
	if in.Stop == "" {
		if in.Why+in.ActionableBy != "" {
			return inputErr(field+".stop", "is missing beside why or actionable_by", "use one of "+strings.Join(enumNames(StopReasons()), ", "))
		}
		return nil
	}
	reason, err := parseEnum(field+".stop", in.Stop, StopReasons())
	if err != nil {
		return err
	}
	if err := checkText(field+".why", in.Why, 0, MaxProse); err != nil {
		return err
	}
	if err := checkText(field+".actionable_by", in.ActionableBy, 0, maxShort); err != nil {
		return err
	}
	why := tidy(in.Why)
	if reason != StopActionable && why == "" {
		return inputErr(field+".why", "is empty", "say why the branch ends here although nobody can act on it")
	}
	return c.set(n, fieldStop, stopping{reason, why, tidy(in.ActionableBy)}.encode())
}

func (c *change) measure(field string, in CountermeasureInput) error {
	n, err := c.live(field+".node", in.Node)
	if err != nil {
		return err
	}
	m := Countermeasure{Text: tidy(in.Text), Owner: tidy(in.Owner), Due: strings.TrimSpace(in.Due), EffectCheck: tidy(in.EffectCheck)}
	if err := checkText(field+".text", in.Text, 1, MaxProse); err != nil {
		return err
	}
	if m.Type, err = parseEnum(field+".type", in.Type, MeasureTypes()); err != nil {
		return err
	}
	if m.Strength = gradeOf(m.Text); in.Strength != "" {
		if m.Strength, err = parseEnum(field+".strength", in.Strength, Strengths()); err != nil {
			return err
		}
	}
	if err := checkText(field+".owner", in.Owner, 0, maxShort); err != nil {
		return err
	}
	if err := checkText(field+".effect_check", in.EffectCheck, 0, MaxProse); err != nil {
		return err
	}
	if m.Due != "" {
		if _, err := time.Parse(time.DateOnly, m.Due); err != nil {
			return inputErr(field+".due", "is not a date", "write it as YYYY-MM-DD")
		}
	}
	same := func(h Countermeasure) bool { return !h.Withdrawn && h.Text == m.Text }
	if slices.ContainsFunc(n.Countermeasures, same) {
		return inputErr(field+".text", "is on this node already", "withdraw the other first to change it")
	}
	if len(n.Countermeasures) >= MaxMeasures {
		return inputErr(field, fmt.Sprintf("would be more than %d countermeasures on one node", MaxMeasures), "keep the strong ones")
	}
	if m.ID, err = c.nextID(field, "c"); err != nil {
		return err
	}
	n.Countermeasures = append(n.Countermeasures, m)
	c.note(edit{Op: opAdd, IDs: []string{m.ID}})
	return nil
}

// withdraw takes a node, an alternative, a piece of evidence or a
// countermeasure back. It stays in the state, marked.
func (c *change) withdraw(field, id string) error {
	if !c.mark(id, true) {
		return inputErr(field, "names nothing in this analysis", "use the id of a node, an alternative, evidence or a countermeasure")
	}
	return nil
}

// mark withdraws what has an id, or lets it stand again, and notes it. It
// reports whether there is such a thing.
func (c *change) mark(id string, gone bool) bool {
	op := opRestore
	if gone {
		op = opWithdraw
	}
	if flag := c.flagOf(id); flag != nil {
		if *flag != gone {
			*flag = gone
			c.note(edit{Op: op, IDs: []string{id}})
		}
		return true
	}
	i, ok := c.index[id]
	if !ok {
		return false
	}
	switch n := &c.g.Nodes[i]; {
	case gone && n.SupersededBy == "":
		n.SupersededBy = withdrawn
	case !gone && n.SupersededBy == withdrawn:
		n.SupersededBy = ""
	default:
		return true
	}
	c.note(edit{Op: op, IDs: []string{id}})
	return true
}

// flagOf returns where the withdrawal of a part of a node is noted.
func (c *change) flagOf(id string) *bool {
	if at, ok := c.alts[id]; ok {
		return &c.g.Nodes[at.node].Alternatives[at.alt].Withdrawn
	}
	for i := range c.g.Nodes {
		n := &c.g.Nodes[i]
		for j := range n.Countermeasures {
			if n.Countermeasures[j].ID == id {
				return &n.Countermeasures[j].Withdrawn
			}
		}
		for e := range n.pieces() {
			if e.ID == id {
				return &e.Withdrawn
			}
		}
	}
	return nil
}

// pieces returns all evidence of a node and its alternatives, to be changed
// in place.
func (n *Node) pieces() iter.Seq[*Evidence] {
	return func(yield func(*Evidence) bool) {
		for i := range n.Evidence {
			if !yield(&n.Evidence[i]) {
				return
			}
		}
		for i := range n.Alternatives {
			for j := range n.Alternatives[i].Evidence {
				if !yield(&n.Alternatives[i].Evidence[j]) {
					return
				}
			}
		}
	}
}
