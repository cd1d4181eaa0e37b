package triage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// The geometry of a drawn analysis, in pixels. Columns are steps from the
// problem, so that time runs from right to left and "therefore" is read along
// the arrows.
const (
	boxWidth   = 250.0
	boxPad     = 8.0
	boxGap     = 14.0 // between boxes of a column
	columnGap  = 62.0
	lineHeight = 15.0
	smallLine  = 13.0
	claimSize  = 12.0
	noteSize   = 10.5
	rivalShift = 18.0
	laneHead   = 30.0
	laneGap    = 22.0
	margin     = 18.0
	claimLines = 6
	rivalLines = 3
	gateWidth  = 34.0
	gateHeight = 16.0
)

// Picture draws an analysis: the problem at the left, a band for each lane,
// effects left of their causes. Every node says its status, its evidence and
// how its branch stands in words; colours repeat it. What was replaced or
// withdrawn is left out.
func Picture(a *Analysis) (*picture.Picture, error) {
	g, err := LoadGraph(a.State)
	if err != nil {
		return nil, err
	}
	return draw(appraise(g)), nil
}

// DrawSVG writes the [Picture] of an analysis as a file.
func DrawSVG(a *Analysis) ([]byte, error) {
	p, err := Picture(a)
	if err != nil {
		return nil, err
	}
	return p.SVG(), nil
}

// box is a node as it is drawn.
type box struct {
	at       int // of the node
	layer    int
	x, y     float64
	h        float64 // of the box itself
	full     float64 // with its rivals
	children []int   // that are placed below it; other links are drawn only
	head     string
	claim    []string
	notes    []string
	rivals   []rivalBox
}

type rivalBox struct {
	lines []string
	gone  bool // refuted
	h     float64
}

// drawing lays an analysis out.
type drawing struct {
	a      appraisal
	boxes  []*box // by node; nil for what is not drawn
	ends   map[string]Branch
	faults map[string][]string
	pic    *picture.Picture
	width  float64

	bands, lines []picture.Item // beneath the boxes, in this order
}

func draw(a appraisal) *picture.Picture {
	d := &drawing{a: a, boxes: make([]*box, len(a.v.g.Nodes)), ends: make(map[string]Branch), faults: make(map[string][]string)}
	for _, b := range a.branches {
		d.ends[b.Node] = b
	}
	for _, f := range a.findings {
		if f.Node != "" && !slices.Contains(d.faults[f.Node], f.Lint) {
			d.faults[f.Node] = append(d.faults[f.Node], f.Lint)
		}
	}
	problem := tidy(plain(a.v.g.Problem.What))
	d.pic = &picture.Picture{Title: "Causal analysis: " + problem}
	layers := d.place()
	d.width = 2*margin + rivalShift + float64(max(layers, 3))*(boxWidth+columnGap) - columnGap
	y := d.problem(problem)
	for _, lane := range Lanes() {
		y = d.lane(lane, y)
	}
	d.links()
	d.pic.W, d.pic.H = d.width, d.legend(y)+margin
	d.pic.Items = slices.Concat(d.bands, d.lines, d.pic.Items)
	return d.pic
}

// place makes the boxes, gives each its layer, and returns how many there are.
// A node that several effects share stands one layer behind the last of them
// and is placed below the first.
func (d *drawing) place() int {
	v := d.a.v
	layers := 0
	for _, i := range d.topological() {
		b := d.measure(i)
		d.boxes[i] = b
		b.layer = 1
		for _, p := range v.parents[i] {
			if q := d.boxes[p]; q != nil {
				b.layer = max(b.layer, q.layer+1)
			}
		}
		if len(v.parents[i]) > 0 {
			if q := d.boxes[v.parents[i][0]]; q != nil {
				q.children = append(q.children, i)
			}
		}
		layers = max(layers, b.layer)
	}
	return layers
}

// topological returns the live nodes, effects before their causes.
func (d *drawing) topological() []int {
	v := d.a.v
	done := make([]bool, len(v.g.Nodes))
	var out []int
	var visit func(int)
	visit = func(i int) {
		if done[i] || !v.live[i] {
			return
		}
		done[i] = true
		for _, p := range v.parents[i] {
			visit(p)
		}
		out = append(out, i)
	}
	for i := range v.g.Nodes {
		visit(i)
	}
	return out
}

func (d *drawing) measure(i int) *box {
	n := &d.a.v.g.Nodes[i]
	b := &box{at: i}
	head := []string{n.ID}
	if n.Kind != KindCause && n.Kind != KindDetectionGap && n.Kind != KindResponseGap {
		head = append(head, string(n.Kind))
	}
	if br, ok := d.ends[n.ID]; ok {
		switch {
		case n.Root:
			head = append(head, "ROOT CAUSE, "+string(br.Verdict))
		case n.Stop != "":
			head = append(head, "END ("+string(n.Stop)+"), "+string(br.Verdict))
		default:
			head = append(head, "OPEN, "+string(br.Verdict))
		}
	}
	b.head = clipLine(strings.Join(head, " · "), claimSize, true)
	b.claim = picture.Wrap(tidy(plain(n.Claim)), claimSize, false, boxWidth-2*boxPad, claimLines)
	b.notes = []string{clipLine(string(n.Status)+" · "+evidenceNote(n), noteSize, false)}
	if list := d.faults[n.ID]; len(list) > 0 {
		b.notes = append(b.notes, picture.Wrap("findings: "+strings.Join(list, ", "), noteSize, false, boxWidth-2*boxPad, 2)...)
	}
	b.h = 2*boxPad + lineHeight + float64(len(b.claim))*lineHeight + float64(len(b.notes))*smallLine
	b.full = b.h
	for _, alt := range n.Alternatives {
		if alt.Withdrawn {
			continue
		}
		r := rivalBox{
			lines: picture.Wrap("or else: "+tidy(plain(alt.Claim))+" ("+rivalStatus(alt.Status)+")", noteSize, false, boxWidth-rivalShift-2*boxPad, rivalLines),
			gone:  alt.Status == Refuted,
		}
		r.h = boxPad + float64(len(r.lines))*smallLine
		b.rivals = append(b.rivals, r)
		b.full += r.h + 4
	}
	return b
}

func clipLine(s string, size float64, heavy bool) string {
	return strings.Join(picture.Wrap(s, size, heavy, boxWidth-2*boxPad, 1), "")
}

func evidenceNote(n *Node) string {
	pieces, verified, measures := 0, 0, 0
	for i := range n.Evidence {
		if e := &n.Evidence[i]; !e.Withdrawn {
			pieces++
			if e.excerpt() && e.Check == CheckOK {
				verified++
			}
		}
	}
	for _, m := range n.Countermeasures {
		if !m.Withdrawn {
			measures++
		}
	}
	s := "no evidence"
	if pieces > 0 {
		s = fmt.Sprintf("%d evidence, %d verified", pieces, verified)
	}
	if measures > 0 {
		s += fmt.Sprintf(" · measures: %d", measures)
	}
	return s
}

// problem draws the problem and returns where what follows may begin.
func (d *drawing) problem(text string) float64 {
	lines := picture.Wrap(text, 14, true, d.width-2*margin-2*boxPad, 3)
	h := 2*boxPad + float64(len(lines))*18
	d.add(picture.Rect{X: margin, Y: margin, W: d.width - 2*margin, H: h, R: 6, Class: picture.Accent})
	for i, l := range lines {
		d.add(picture.Text{X: margin + boxPad, Y: margin + boxPad + float64(i)*18 + 13, S: l, Size: 14, Bold: true, Class: picture.Accent})
	}
	y := margin + h + 18
	d.add(picture.Text{X: margin, Y: y, S: "Overall: " + string(d.a.verdict), Size: claimSize, Bold: true})
	return y + 12
}

// lane draws the boxes of a lane from y on and returns where the next may
// begin. A lane without any is left out.
func (d *drawing) lane(lane Lane, y float64) float64 {
	v := d.a.v
	var tops []int
	for i, b := range d.boxes {
		if b != nil && len(v.parents[i]) == 0 && v.g.Nodes[i].Lane == lane {
			tops = append(tops, i)
		}
	}
	if len(tops) == 0 {
		return y
	}
	start := y
	y += laneHead
	for _, i := range tops {
		y = d.subtree(i, y)
	}
	d.bands = append(d.bands, picture.Rect{X: margin / 2, Y: start, W: d.width - margin, H: y - start + boxGap/2, R: 8, Class: picture.Muted})
	d.add(picture.Text{X: margin, Y: start + 19, S: laneTitle(lane), Size: 13, Bold: true})
	return y + boxGap/2 + laneGap
}

// subtree places a box and those below it in a band of their own, so that no
// two boxes overlap, and returns where the band ends.
func (d *drawing) subtree(i int, y float64) float64 {
	b := d.boxes[i]
	b.x = margin + float64(b.layer-1)*(boxWidth+columnGap) + rivalShift
	end := y
	for _, c := range b.children {
		end = d.subtree(c, end)
	}
	b.y = y
	if first, last := d.middle(b); last > first {
		b.y = max(y, (first+last)/2-b.h/2)
	}
	if b.y+b.full+boxGap > end {
		b.y = max(y, min(b.y, end-b.full-boxGap))
		end = max(end, b.y+b.full+boxGap)
	}
	d.box(b)
	return end
}

// middle returns the heights at which the first and the last child of a box
// are joined.
func (d *drawing) middle(b *box) (first, last float64) {
	if len(b.children) == 0 {
		return 0, 0
	}
	f, l := d.boxes[b.children[0]], d.boxes[b.children[len(b.children)-1]]
	return f.y + f.h/2, l.y + l.h/2 + 0.01
}

func (d *drawing) box(b *box) {
	n := &d.a.v.g.Nodes[b.at]
	class, dashed := picture.Panel, true
	switch n.Status {
	case Supported:
		class, dashed = picture.Good, false
	case Refuted:
		class = picture.Muted
	case Inconclusive:
		class, dashed = picture.Warn, false
	}
	d.add(picture.Rect{X: b.x, Y: b.y, W: boxWidth, H: b.h, R: 5, Class: class, Dashed: dashed})
	y := b.y + boxPad + 11
	d.add(picture.Text{X: b.x + boxPad, Y: y, S: b.head, Size: claimSize, Bold: true, Class: class})
	for _, l := range b.claim {
		y += lineHeight
		d.add(picture.Text{X: b.x + boxPad, Y: y, S: l, Size: claimSize, Class: class})
	}
	for k, l := range b.notes {
		y += smallLine
		c := class
		if k > 0 {
			c = picture.Bad
		}
		d.add(picture.Text{X: b.x + boxPad, Y: y + 2, S: l, Size: noteSize, Class: c})
	}
	y = b.y + b.h + 4
	for _, r := range b.rivals {
		d.add(picture.Rect{X: b.x + rivalShift, Y: y, W: boxWidth - rivalShift, H: r.h, R: 4, Class: picture.Muted, Dashed: true})
		for k, l := range r.lines {
			d.add(picture.Text{X: b.x + rivalShift + boxPad, Y: y + 12 + float64(k)*smallLine, S: l, Size: noteSize, Class: picture.Muted})
		}
		y += r.h + 4
	}
}

// links draws an arrow from every cause to each of its effects, and the gates
// where they meet.
func (d *drawing) links() {
	v := d.a.v
	for i, b := range d.boxes {
		if b == nil {
			continue
		}
		for k, p := range v.parents[i] {
			q := d.boxes[p]
			if q == nil {
				continue
			}
			x, y := q.x+boxWidth, q.y+q.h/2
			if v.g.Nodes[p].Gate != "" {
				x += gateWidth
			}
			from := b.y + b.h/2
			turn := max(x+14, b.x-columnGap+gateWidth+14)
			class := picture.Ink
			if k > 0 {
				class, turn = picture.Accent, turn+6 // a further effect of a shared cause
			}
			d.lines = append(d.lines, picture.Polyline{
				Points: []picture.Point{{X: b.x, Y: from}, {X: turn, Y: from}, {X: turn, Y: y}, {X: x, Y: y}},
				Class:  class, Arrow: true, Dashed: k > 0 || v.g.Nodes[i].Status == Refuted,
			})
		}
	}
	for p, q := range d.boxes {
		if q == nil || v.g.Nodes[p].Gate == "" || len(v.children[p]) == 0 {
			continue
		}
		x, y := q.x+boxWidth, q.y+q.h/2-gateHeight/2
		d.add(picture.Rect{X: x, Y: y, W: gateWidth, H: gateHeight, R: gateHeight / 2, Class: picture.Accent})
		d.add(picture.Text{X: x + gateWidth/2, Y: y + 12, S: string(v.g.Nodes[p].Gate), Size: noteSize, Bold: true, Anchor: picture.Middle, Class: picture.Accent})
	}
}

// legend says how to read the picture and returns where it ends.
func (d *drawing) legend(y float64) float64 {
	text := "Arrows lead from a cause to its effect. Solid border: decided by evidence; dashed: hypothesis or refuted. AND: only together; OR: any one. Dashed arrow: a further effect of a shared cause."
	for _, l := range picture.Wrap(text, noteSize, false, d.width-2*margin, 6) {
		d.add(picture.Text{X: margin, Y: y, S: l, Size: noteSize, Class: picture.Muted})
		y += smallLine
	}
	return y
}

func (d *drawing) add(it picture.Item) { d.pic.Items = append(d.pic.Items, it) }
