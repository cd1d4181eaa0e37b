package triage

import (
	"fmt"
	"slices"
	"strings"
)

// Tree draws an analysis as text, the problem at the top and its causes below,
// lane by lane. What was replaced or withdrawn is left out; a claim that
// several effects share is drawn once and pointed to after that.
func Tree(a *Analysis) (string, error) {
	g, err := sharedGraph(a.State)
	if err != nil {
		return "", err
	}
	return tree(g), nil
}

func tree(g *Graph) string { return drawTree(appraise(g), nil) }

// Tree draws the analysis as [Tree] does, but of one with more than most claims
// only half as many: those that the step changed, those of the questions and the
// findings, with what leads to them, and then the nearest to the problem.
func (r StepResult) Tree(most int) string {
	if r.draw == nil {
		return "" // it is no answer
	}
	return r.draw(most)
}

func (a appraisal) treeOf(r StepResult, most int) string {
	v := a.v
	all := len(v.order) + len(v.refuted)
	if all <= most {
		return drawTree(a, nil)
	}
	keep, left := make([]bool, len(v.g.Nodes)), most/2
	show := func(id string) {
		i, ok := v.index[id]
		for ; ok && v.live[i] && !keep[i] && left > 0; left-- {
			keep[i] = true
			if len(v.parents[i]) == 0 {
				left--
				return
			}
			i = v.parents[i][0]
		}
	}
	if last := len(v.g.Steps) - 1; last >= 0 {
		for _, e := range v.g.Steps[last].Did {
			for _, id := range e.IDs {
				show(id)
			}
		}
	}
	for _, q := range r.Questions {
		show(q.Node)
	}
	for _, f := range r.Findings {
		show(f.Node)
	}
	for _, i := range v.order {
		show(v.g.Nodes[i].ID)
	}
	return drawTree(a, keep) + fmt.Sprintf("(not all of the %d claims: get_five_whys draws them)\n", all)
}

// drawTree draws the claims of keep, which is nil for all.
func drawTree(a appraisal, keep []bool) string {
	v, g := a.v, a.v.g
	verdicts := make(map[string]Verdict, len(a.branches))
	for _, b := range a.branches {
		verdicts[b.Node] = b.Verdict
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", tidy(plain(g.Problem.What)))
	drawn := make([]bool, len(g.Nodes))
	var draw func(list []int, indent string)
	draw = func(list []int, indent string) {
		shown := list
		if keep != nil {
			shown = slices.DeleteFunc(slices.Clone(list), func(i int) bool { return !keep[i] })
		}
		left := len(list) - len(shown)
		if left > 0 {
			defer func() { fmt.Fprintf(&b, "%s└─ … %d more\n", indent, left) }()
		}
		for at, i := range shown {
			n := &g.Nodes[i]
			branch, below := "├─ ", "│  "
			if at == len(shown)-1 && left == 0 {
				branch, below = "└─ ", "   "
			}
			b.WriteString(indent + branch)
			if drawn[i] {
				fmt.Fprintf(&b, "%s: see above\n", n.ID)
				continue
			}
			drawn[i] = true
			fmt.Fprintf(&b, "%s %s (%s%s)%s\n", n.ID, tidy(plain(n.Claim)), n.Status, marks(n), ending(n, verdicts))
			rest := v.children[i]
			for _, alt := range n.Alternatives {
				if !alt.Withdrawn {
					fmt.Fprintf(&b, "%s%s   or else %s: %s (%s)\n", indent, below, alt.ID, tidy(plain(alt.Claim)), rivalStatus(alt.Status))
				}
			}
			draw(rest, indent+below)
		}
	}
	for _, lane := range Lanes() {
		tops := v.tops(lane)
		if len(tops) > 0 {
			fmt.Fprintf(&b, "%s\n", laneTitle(lane))
			draw(tops, "")
		}
	}
	return b.String()
}

// tops returns the live nodes of a lane that explain the problem itself.
func (v *view) tops(lane Lane) []int {
	var out []int
	for i := range v.g.Nodes {
		n := &v.g.Nodes[i]
		if v.live[i] && len(n.Parents) == 0 && n.Lane == lane {
			out = append(out, i)
		}
	}
	return out
}

func laneTitle(l Lane) string {
	switch l {
	case LaneDetection:
		return "Why was it not noticed sooner?"
	case LaneDuration:
		return "Why did it last or spread?"
	}
	return "Why did it happen?"
}

func rivalStatus(s ClaimStatus) string {
	if s == Refuted {
		return "rejected"
	}
	return string(s)
}

func marks(n *Node) string {
	s := ""
	if n.Kind != KindCause {
		s += ", " + string(n.Kind)
	}
	if n.Gate != "" {
		s += ", " + string(n.Gate)
	}
	for _, e := range n.Evidence {
		if !e.Withdrawn {
			s += ", " + e.ID
		}
	}
	return s
}

func ending(n *Node, verdicts map[string]Verdict) string {
	v, ends := verdicts[n.ID]
	switch {
	case !ends:
		return ""
	case n.Root:
		return " ROOT CAUSE, " + string(v)
	case n.Stop != "":
		return " END (" + string(n.Stop) + "), " + string(v)
	}
	return " OPEN, " + string(v)
}

// Mermaid draws an analysis as a Mermaid flow chart, effects above their
// causes. Every text in it is escaped; ids are its own.
func Mermaid(a *Analysis) (string, error) {
	g, err := sharedGraph(a.State)
	if err != nil {
		return "", err
	}
	return mermaid(g), nil
}

func mermaid(g *Graph) string {
	v := newView(g)
	var b strings.Builder
	b.WriteString("graph TD\n")
	fmt.Fprintf(&b, "  P[\"%s\"]\n", label(g.Problem.What))
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if !v.live[i] {
			continue
		}
		left, right := "[", "]"
		if n.Root {
			left, right = "([", "])"
		}
		fmt.Fprintf(&b, "  N%d%s\"%s<br/>%s\"%s:::%s\n", i, left, label(n.Claim), n.Status, right, n.Status)
		for _, p := range v.parents[i] {
			fmt.Fprintf(&b, "  N%d -->%s N%d\n", p, edge(g.Nodes[p].Gate), i)
		}
		if len(n.Parents) == 0 {
			fmt.Fprintf(&b, "  P -->|%s| N%d\n", n.Lane, i)
		}
		for j, alt := range n.Alternatives {
			if !alt.Withdrawn {
				fmt.Fprintf(&b, "  N%dA%d[\"%s\"]:::%s\n  N%d -.-|or else| N%dA%d\n", i, j, label(alt.Claim), alt.Status, i, i, j)
			}
		}
	}
	b.WriteString("  classDef supported stroke:#1a7f37,stroke-width:2px\n" +
		"  classDef refuted stroke:#999,color:#999,stroke-dasharray:4\n" +
		"  classDef hypothesis stroke-dasharray:4\n" +
		"  classDef inconclusive stroke:#9a6700,stroke-width:2px\n")
	return b.String()
}

func edge(g Gate) string {
	if g == "" {
		return ""
	}
	return "|" + string(g) + "|"
}

// mermaidEscape writes what means something to Mermaid, or to the HTML that it
// makes, as its own character codes.
var mermaidEscape = strings.NewReplacer(
	"#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;",
	"%", "#37;", "{", "#123;", "}", "#125;", `\`, "#92;", "|", "#124;", ";", "#59;",
)

func label(s string) string {
	s = tidy(plain(s))
	const most = 160
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return mermaidEscape.Replace(s)
}
