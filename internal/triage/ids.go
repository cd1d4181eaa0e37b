package triage

import (
	"fmt"
	"strconv"
	"strings"
)

// current follows replacements to the newest; empty when it was withdrawn.
func (c *change) current(id string) string {
	for range len(c.g.Nodes) {
		i, ok := c.index[id]
		if !ok {
			return ""
		}
		next := c.g.Nodes[i].SupersededBy
		if next == "" {
			return id
		}
		id = next
	}
	return ""
}

func (c *change) newID(field, id string) error {
	_, node := c.index[id]
	_, alt := c.alts[id]
	switch {
	case node || alt:
		return inputErr(field, "is taken", "choose another id; to change a claim, propose a new one with replaces")
	case !validID(id, maxNodeID):
		return inputErr(field, fmt.Sprintf("is not an id of at most %d letters, digits, - and _", maxNodeID), "")
	case id == withdrawn || numbered(id, "e") || numbered(id, "c"):
		return inputErr(field, "is reserved", "ids such as e1 and c1 belong to evidence and countermeasures; use n1 or a word")
	}
	return nil
}

func numbered(id, prefix string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	_, err := strconv.ParseUint(rest, 10, 32)
	return ok && err == nil
}

func (c *change) freeID(prefix string) string {
	for n := 1; ; n++ {
		id := prefix + strconv.Itoa(n)
		_, node := c.index[id]
		_, alt := c.alts[id]
		if !node && !alt {
			return id
		}
	}
}

// nextID numbers evidence and countermeasures.
func (c *change) nextID(field, prefix string) (string, error) {
	if c.g.NextID >= maxPieces {
		return "", inputErr(field, fmt.Sprintf("would be more than %d pieces of evidence and countermeasures", maxPieces), "finish this analysis and start another for the rest")
	}
	c.g.NextID++
	return prefix + strconv.Itoa(c.g.NextID), nil
}

// live returns the node of an id that still stands.
func (c *change) live(field, id string) (*Node, error) {
	i, ok := c.index[id]
	if !ok {
		return nil, inputErr(field, "names a node that does not exist", "use an id from this analysis")
	}
	if c.g.Nodes[i].SupersededBy != "" {
		return nil, inputErr(field, "names a node that was replaced or withdrawn", "use the one that replaced it")
	}
	return &c.g.Nodes[i], nil
}
