// Package picture holds small vector pictures, such as a graph or a time axis,
// as a list of things to draw. A picture is laid out once and written as SVG
// here and as PDF by the exporter, with the same geometry.
//
// It decides no layout and knows nothing of what a picture shows. Writing is
// deterministic: the same picture gives the same bytes. All text is escaped
// where it is written, so any string may stand in a picture.
package picture

import "math"

// A Picture is a list of items, drawn in order, later ones on top. Lengths are
// CSS pixels (1/96 inch); the origin is the upper left corner, y grows down.
type Picture struct {
	W, H  float64
	Title string // what it shows, for readers who cannot see it; may be empty
	Items []Item
}

// Item is one of [Rect], [Polyline] and [Text].
type Item interface {
	bounds() (x0, y0, x1, y1 float64)
}

// Class is what an item means. It decides the colours, which differ between
// light and dark screens; paper gets the light ones. Meaning must not rest on
// colour alone: say it in a label or by [Rect.Dashed] as well.
type Class uint8

// The classes.
const (
	Ink    Class = iota // ordinary text and lines
	Muted               // secondary text, grid lines
	Panel               // a neutral box
	Good                // supported, confirmed, resolved
	Warn                // likely, not settled
	Bad                 // refuted, contradictory, impact
	Accent              // what the eye should find first
	classes
)

// Rect is a box. With R of half its height it is a pill or a disc.
type Rect struct {
	X, Y, W, H float64
	R          float64 // radius of the corners
	Class      Class   // fill and border
	Dashed     bool
}

// Polyline is a line through two or more points.
type Polyline struct {
	Points []Point
	Class  Class   // border colour; when Closed, fill too
	Width  float64 // 0 means 1.5
	Dashed bool
	Arrow  bool // a head at the last point
	Closed bool // back to the first point, filled
}

// Line returns a straight line.
func Line(x1, y1, x2, y2 float64, c Class) Polyline {
	return Polyline{Points: []Point{{x1, y1}, {x2, y2}}, Class: c}
}

// Point is a place in a picture.
type Point struct{ X, Y float64 }

// Anchor says which part of a text stands at its X.
type Anchor uint8

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Text is one line of text. Y is its baseline.
type Text struct {
	X, Y   float64
	S      string
	Size   float64 // height of the font in pixels; 0 means 12
	Bold   bool
	Anchor Anchor
	Class  Class
}

const (
	defaultSize  = 12
	defaultWidth = 1.5
	headLength   = 8 // of an arrow
	headWidth    = 7
)

// FontSize returns the size that the text is drawn with.
func (t Text) FontSize() float64 {
	if t.Size <= 0 {
		return defaultSize
	}
	return t.Size
}

// StrokeWidth returns the width that the line is drawn with.
func (l Polyline) StrokeWidth() float64 {
	if l.Width <= 0 {
		return defaultWidth
	}
	return l.Width
}

// Head returns the three corners of the arrow's head, the tip first, and the
// point where the line ends so that it does not show beyond the tip. It
// reports false when there is no head to draw.
func (l Polyline) Head() (tri [3]Point, end Point, ok bool) {
	n := len(l.Points)
	if !l.Arrow || n < 2 {
		return tri, end, false
	}
	tip := l.Points[n-1]
	for i := n - 2; i >= 0; i-- {
		dx, dy := tip.X-l.Points[i].X, tip.Y-l.Points[i].Y
		d := math.Hypot(dx, dy)
		if d == 0 {
			continue
		}
		dx, dy = dx/d, dy/d
		base := Point{tip.X - dx*headLength, tip.Y - dy*headLength}
		half := headWidth / 2.0
		return [3]Point{tip, {base.X - dy*half, base.Y + dx*half}, {base.X + dy*half, base.Y - dx*half}},
			Point{tip.X - dx*headLength/2, tip.Y - dy*headLength/2}, true
	}
	return tri, end, false
}

// Outside returns the items that the edges of the picture would clip, by more
// than half a pixel. Texts count with their measured width.
func (p *Picture) Outside() []Item {
	const slack = 0.5
	var out []Item
	for _, it := range p.Items {
		x0, y0, x1, y1 := it.bounds()
		if x0 < -slack || y0 < -slack || x1 > p.W+slack || y1 > p.H+slack {
			out = append(out, it)
		}
	}
	return out
}

func (r Rect) bounds() (x0, y0, x1, y1 float64) { return r.X, r.Y, r.X + r.W, r.Y + r.H }

func (l Polyline) bounds() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	points := l.Points
	if tri, _, ok := l.Head(); ok {
		points = append(tri[:], points...)
	}
	for _, p := range points {
		x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
	}
	return x0, y0, x1, y1
}

func (t Text) bounds() (x0, y0, x1, y1 float64) {
	w, size := Width(t.S, t.FontSize(), t.Bold), t.FontSize()
	x := t.X
	switch t.Anchor {
	case Middle:
		x -= w / 2
	case End:
		x -= w
	}
	return x, t.Y - size*0.8, x + w, t.Y + size*0.25
}
