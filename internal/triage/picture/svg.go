package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CSS returns the style sheet that gives the classes of [Picture.Inline] their
// colours on dark screens. Names in it begin with "pic".
func CSS() string {
	var b strings.Builder
	b.WriteString(".pic{font-family:Helvetica,Arial,\"Liberation Sans\",sans-serif}\n@media screen and (prefers-color-scheme:dark){")
	for c := range classes {
		d := c.Dark()
		fmt.Fprintf(&b, ".pic-f%d{fill:%v}.pic-s%d{stroke:%v}.pic-h%d{fill:%v}.pic-t%d{fill:%v}", c, d.Fill, c, d.Stroke, c, d.Stroke, c, d.Text)
	}
	b.WriteString("}\n")
	return b.String()
}

// SVG writes the picture as a file of its own (SVG 1.1, UTF-8, no scripts, no
// references to anything outside).
func (p *Picture) SVG() []byte {
	return p.write(`xmlns="http://www.w3.org/2000/svg" `, "<style>"+CSS()+"</style>\n")
}

// Inline writes the picture as an element of an HTML page that holds [CSS].
func (p *Picture) Inline() []byte { return p.write("", "") }

func (p *Picture) write(attrs, style string) []byte {
	b := svgWriter{buf: make([]byte, 0, 512+160*len(p.Items))}
	b.str("<svg " + attrs + `class="pic" role="img" direction="ltr" width="`)
	b.num(p.W)
	b.str(`" height="`)
	b.num(p.H)
	b.str(`" viewBox="0 0 `)
	b.num(p.W)
	b.str(" ")
	b.num(p.H)
	b.str(`" font-family="Helvetica,Arial,sans-serif">` + "\n")
	if p.Title != "" {
		b.str("<title>")
		b.text(p.Title)
		b.str("</title>\n")
	}
	b.str(style)
	for _, it := range p.Items {
		switch it := it.(type) {
		case Rect:
			b.rect(it)
		case Polyline:
			b.polyline(it)
		case Text:
			b.label(it)
		}
	}
	b.str("</svg>\n")
	return b.buf
}

type svgWriter struct{ buf []byte }

func (b *svgWriter) str(s string) { b.buf = append(b.buf, s...) }

func (b *svgWriter) printf(format string, args ...any) { b.buf = fmt.Appendf(b.buf, format, args...) }

// num writes a length to a hundredth of a pixel. What is no number becomes 0.
func (b *svgWriter) num(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	v = math.Round(v*100) / 100
	if v == 0 {
		v = 0 // no negative zero
	}
	b.buf = strconv.AppendFloat(b.buf, v, 'f', -1, 64)
}

func (b *svgWriter) attr(name string, v float64) {
	b.str(" " + name + `="`)
	b.num(v)
	b.str(`"`)
}

// text writes s escaped for XML 1.0. Characters that XML cannot hold, and
// control characters, are left out; invalid UTF-8 becomes U+FFFD.
func (b *svgWriter) text(s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.str("&amp;")
		case r == '<':
			b.str("&lt;")
		case r == '>':
			b.str("&gt;")
		case r == '"':
			b.str("&quot;")
		case r == '\n', r == '\t':
			b.str(" ")
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff:
		default:
			b.buf = utf8.AppendRune(b.buf, r)
		}
	}
}

func (b *svgWriter) rect(r Rect) {
	c := r.Class.valid()
	b.str("<rect")
	b.attr("x", r.X)
	b.attr("y", r.Y)
	b.attr("width", max(r.W, 0))
	b.attr("height", max(r.H, 0))
	if r.R > 0 {
		b.attr("rx", r.R)
	}
	b.printf(` class="pic-f%d pic-s%d" fill="%v" stroke="%v"`, c, c, c.Light().Fill, c.Light().Stroke)
	b.dash(r.Dashed)
	b.str("/>\n")
}

func (b *svgWriter) dash(on bool) {
	if on {
		b.str(` stroke-dasharray="5 3"`)
	}
}

func (b *svgWriter) polyline(l Polyline) {
	if len(l.Points) < 2 {
		return
	}
	c := l.Class.valid()
	points := l.Points
	head, end, arrow := l.Head()
	if arrow {
		points = append(slices.Clone(points[:len(points)-1]), end)
	}
	name := "<polyline"
	if l.Closed {
		name = "<polygon"
	}
	b.str(name + ` points="`)
	b.points(points)
	if l.Closed {
		b.printf(`" class="pic-f%d pic-s%d" fill="%v" stroke="%v"`, c, c, c.Light().Fill, c.Light().Stroke)
	} else {
		b.printf(`" class="pic-s%d" fill="none" stroke="%v"`, c, c.Light().Stroke)
	}
	b.attr("stroke-width", l.StrokeWidth())
	b.str(` stroke-linejoin="round"`)
	b.dash(l.Dashed)
	b.str("/>\n")
	if arrow {
		b.str(`<polygon points="`)
		b.points(head[:])
		b.printf(`" class="pic-h%d" fill="%v"/>`+"\n", c, c.Light().Stroke)
	}
}

func (b *svgWriter) points(list []Point) {
	for i, p := range list {
		if i > 0 {
			b.str(" ")
		}
		b.num(p.X)
		b.str(",")
		b.num(p.Y)
	}
}

func (b *svgWriter) label(t Text) {
	c := t.Class.valid()
	b.str("<text")
	b.attr("x", t.X)
	b.attr("y", t.Y)
	b.attr("font-size", t.FontSize())
	if t.Bold {
		b.str(` font-weight="bold"`)
	}
	switch t.Anchor {
	case Middle:
		b.str(` text-anchor="middle"`)
	case End:
		b.str(` text-anchor="end"`)
	}
	b.printf(` class="pic-t%d" fill="%v">`, c, c.Light().Text)
	b.text(t.S)
	b.str("</text>\n")
}
