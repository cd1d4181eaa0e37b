package export

import (
	"codeberg.org/go-pdf/fpdf"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// pxToPt is the size of a CSS pixel in points.
const pxToPt = 0.75

// smallest is the scale below which a wide picture gets a page of its own,
// across.
const smallest = 0.6

// picture draws a picture in the size that it has, or as much smaller as the
// page is. One that would be too small to read waits for the page after this
// one, which it gets across.
func (w *pdf) picture(p *picture.Picture, x, width float64) {
	if p.W <= 0 || p.H <= 0 {
		return
	}
	if w.floating(p, width) {
		w.floats = append(w.floats, p)
		w.paragraph([]span{{text: p.Title, italic: true}, {text: " (drawn on the next page)", italic: true}}, x, width, w.size-1, mutedColour)
		w.gap(paraGap)
		return
	}
	scale := w.scale(p, width)
	w.room(p.H * scale)
	w.items(p, x+(width-p.W*scale)/2, w.y, scale)
	w.y += p.H*scale + paraGap + 2
}

// scale is that of a picture on an upright page.
func (w *pdf) scale(p *picture.Picture, width float64) float64 {
	return min(pxToPt, width/p.W, (paperH-marginTop-marginBottom)/p.H)
}

// across is that of a picture on a page of its own.
func across(p *picture.Picture) float64 {
	return min(pxToPt, (paperH-2*marginX)/p.W, (paperW-marginTop-marginBottom)/p.H)
}

func (w *pdf) floating(p *picture.Picture, width float64) bool {
	scale := w.scale(p, width)
	return scale < smallest*pxToPt && across(p) > scale*1.2
}

func (w *pdf) items(p *picture.Picture, x, y, k float64) {
	for _, it := range p.Items {
		switch it := it.(type) {
		case picture.Rect:
			c := it.Class.Light()
			w.pen(c, picture.Polyline{}.StrokeWidth()*k*0.67, it.Dashed, k)
			rx, ry, rw, rh := x+it.X*k, y+it.Y*k, it.W*k, it.H*k
			if r := min(it.R*k, rw/2, rh/2); r > 0 {
				w.f.RoundedRect(rx, ry, rw, rh, r, "1234", "FD")
			} else {
				w.f.Rect(rx, ry, rw, rh, "FD")
			}
		case picture.Polyline:
			w.polyline(it, x, y, k)
		case picture.Text:
			w.label(it, x, y, k)
		}
	}
	w.f.SetDashPattern(nil, 0)
}

func (w *pdf) pen(c picture.Colours, width float64, dashed bool, k float64) {
	w.f.SetFillColor(rgb(c.Fill))
	w.f.SetDrawColor(rgb(c.Stroke))
	w.f.SetLineWidth(width)
	if dashed {
		w.f.SetDashPattern([]float64{5 * k, 3 * k}, 0)
	} else {
		w.f.SetDashPattern(nil, 0)
	}
}

func (w *pdf) polyline(l picture.Polyline, x, y, k float64) {
	if len(l.Points) < 2 {
		return
	}
	c := l.Class.Light()
	w.pen(c, l.StrokeWidth()*k, l.Dashed, k)
	head, end, arrow := l.Head()
	points := make([]fpdf.PointType, len(l.Points))
	for i, p := range l.Points {
		if arrow && i == len(l.Points)-1 {
			p = end
		}
		points[i] = fpdf.PointType{X: x + p.X*k, Y: y + p.Y*k}
	}
	if l.Closed {
		w.f.Polygon(points, "FD")
	} else {
		w.f.MoveTo(points[0].X, points[0].Y)
		for _, p := range points[1:] {
			w.f.LineTo(p.X, p.Y)
		}
		w.f.DrawPath("D")
	}
	if arrow {
		w.f.SetFillColor(rgb(c.Stroke))
		tri := make([]fpdf.PointType, len(head))
		for i, p := range head {
			tri[i] = fpdf.PointType{X: x + p.X*k, Y: y + p.Y*k}
		}
		w.f.Polygon(tri, "F")
	}
}

func (w *pdf) label(t picture.Text, x, y, k float64) {
	size := t.FontSize() * k
	glyphs := w.set.line(t.S, t.Bold)
	at := x + t.X*k
	switch t.Anchor {
	case picture.Middle:
		at -= widthOf(glyphs, size) / 2
	case picture.End:
		at -= widthOf(glyphs, size)
	}
	w.set.draw(w.f, glyphs, at, y+t.Y*k, size, t.Class.Light().Text)
}
