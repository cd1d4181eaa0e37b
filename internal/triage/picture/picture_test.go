package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func sample() *Picture {
	return &Picture{W: 220, H: 90, Title: `two "boxes" & <an arrow>`, Items: []Item{
		Rect{X: 5, Y: 5, W: 80, H: 40, R: 6, Class: Panel},
		Rect{X: 135, Y: 5, W: 80, H: 40, R: 6, Class: Warn, Dashed: true},
		Polyline{Points: []Point{{85, 25}, {110, 25}, {135, 25}}, Class: Ink, Arrow: true},
		Polyline{Points: []Point{{10, 60}, {20, 50}, {30, 60}}, Class: Bad, Closed: true},
		Line(0, 70, 220, 70, Muted),
		Text{X: 45, Y: 29, S: "a <b> & \"c\"", Anchor: Middle, Class: Panel, Bold: true},
		Text{X: 215, Y: 85, S: "end", Anchor: End, Size: 10, Class: Muted},
	}}
}

const sampleSVG = `<svg class="pic" role="img" direction="ltr" width="220" height="90" viewBox="0 0 220 90" font-family="Helvetica,Arial,sans-serif">
<title>two &quot;boxes&quot; &amp; &lt;an arrow&gt;</title>
<rect x="5" y="5" width="80" height="40" rx="6" class="pic-f2 pic-s2" fill="#f3f5f8" stroke="#5a6571"/>
<rect x="135" y="5" width="80" height="40" rx="6" class="pic-f4 pic-s4" fill="#fdf3cf" stroke="#93650a" stroke-dasharray="5 3"/>
<polyline points="85,25 110,25 131,25" class="pic-s0" fill="none" stroke="#4b535c" stroke-width="1.5" stroke-linejoin="round"/>
<polygon points="135,25 127,28.5 127,21.5" class="pic-h0" fill="#4b535c"/>
<polygon points="10,60 20,50 30,60" class="pic-f5 pic-s5" fill="#fde6e4" stroke="#c5303a" stroke-width="1.5" stroke-linejoin="round"/>
<polyline points="0,70 220,70" class="pic-s1" fill="none" stroke="#b4bcc6" stroke-width="1.5" stroke-linejoin="round"/>
<text x="45" y="29" font-size="12" font-weight="bold" text-anchor="middle" class="pic-t2" fill="#1c2024">a &lt;b&gt; &amp; &quot;c&quot;</text>
<text x="215" y="85" font-size="10" text-anchor="end" class="pic-t1" fill="#56606b">end</text>
</svg>
`

func TestSVGIsWrittenAsItIsExpected(t *testing.T) {
	p := sample()
	if got := string(p.Inline()); got != sampleSVG {
		t.Errorf("got\n%s\nwant\n%s", got, sampleSVG)
	}
	if a, b := p.SVG(), sample().SVG(); !bytes.Equal(a, b) {
		t.Error("the same picture gave other bytes")
	}
	if out := p.Outside(); len(out) != 0 {
		t.Errorf("outside: %+v", out)
	}
}

func TestDrawingLeavesThePictureAsItWas(t *testing.T) {
	p := sample()
	p.SVG()
	if line, ok := p.Items[2].(Polyline); !ok || line.Points[2] != (Point{135, 25}) {
		t.Errorf("the arrow's points were changed: %+v", p.Items[2])
	}
}

func TestNoTextBreaksTheXML(t *testing.T) {
	for _, s := range hostile {
		wellFormed(t, s)
	}
}

var hostile = []string{
	"", "]]>", "<!--", "&amp;&", "\x00\x1b[31mred\x1b[0m\x0b", "\xff\xfe broken", "\ufffe\uffff", "\"'><script>alert(1)</script>",
	"عربي مع english", "漢字かな交じり文", "👩‍👩‍👧 family", "tab\tand\nline", "\u202eevil", string(rune(0x85)),
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	p := &Picture{W: 10, H: 10, Title: s, Items: []Item{Text{S: s}, Text{S: s, X: math.NaN(), Y: math.Inf(1)}}}
	for _, svg := range [][]byte{p.SVG(), p.Inline()} {
		d := xml.NewDecoder(bytes.NewReader(svg))
		elements := 0
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v in\n%s", s, err, svg)
			}
			if start, ok := tok.(xml.StartElement); ok {
				elements++
				switch start.Name.Local {
				case "svg", "title", "style", "text":
				default:
					t.Fatalf("%q brought an element %s", s, start.Name.Local)
				}
			}
		}
		if elements < 3 {
			t.Fatalf("%q: only %d elements", s, elements)
		}
	}
}

func FuzzSVG(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { wellFormed(t, s) })
}

func TestOutsideTellsWhatWouldBeClipped(t *testing.T) {
	p := &Picture{W: 50, H: 20, Items: []Item{
		Text{X: 2, Y: 12, S: "fits"},
		Text{X: 2, Y: 12, S: "this is too long to fit"},
		Text{X: 2, Y: 12, S: "fits", Anchor: Middle},
		Rect{X: 1, Y: 1, W: 48, H: 18},
		Rect{X: 1, Y: 1, W: 50, H: 18},
		Polyline{Points: []Point{{25, 15}, {25, 0}}, Arrow: true},
		Polyline{Points: []Point{{0, 0}, {50, 0}}, Arrow: true}, // its head reaches above
	}}
	if got := p.Outside(); len(got) != 4 {
		t.Errorf("%d items outside, want 4: %+v", len(got), got)
	}
}

func TestHeadsPointAlongTheLastLineThatHasALength(t *testing.T) {
	tri, end, ok := Polyline{Points: []Point{{0, 0}, {0, 20}, {0, 20}}, Arrow: true}.Head()
	if !ok || tri[0] != (Point{0, 20}) || end != (Point{0, 16}) || tri[1].Y != 12 {
		t.Errorf("%v %v %v", tri, end, ok)
	}
	for _, l := range []Polyline{{}, {Arrow: true}, {Points: []Point{{1, 1}, {1, 1}}, Arrow: true}, {Points: []Point{{0, 0}, {9, 9}}}} {
		if _, _, ok := l.Head(); ok {
			t.Errorf("%+v has a head", l)
		}
	}
}

// luminance and contrast are those of WCAG 2.2, section 1.4.3.
func luminance(c RGB) float64 {
	channel := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

func contrast(a, b RGB) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func TestEveryClassIsLegible(t *testing.T) {
	for name, th := range map[string]theme{"light": light, "dark": dark} {
		for c, col := range th.classes {
			for _, m := range []struct {
				what string
				a, b RGB
				want float64
			}{
				{"text on its fill", col.Text, col.Fill, 4.5},
				{"text on the page", col.Text, th.page, 4.5},
				{"stroke on the page", col.Stroke, th.page, 3},
			} {
				if c == int(Muted) && m.want == 3 {
					continue
				}
				if got := contrast(m.a, m.b); got < m.want {
					t.Errorf("%s, class %d, %s: contrast %.2f, want %.1f", name, c, m.what, got, m.want)
				}
			}
		}
	}
	if Class(200).Light() != Ink.Light() {
		t.Error("an unknown class is not drawn as ink")
	}
}

func TestWrappedTextFitsAndLosesNothing(t *testing.T) {
	texts := []string{
		"the pool of connections was exhausted because [Hostname_3] leaked them",
		"x" + strings.Repeat("averyveryverylongword", 6),
		"short " + strings.Repeat("y", 90) + " and more words after it",
		"漢字だけの長い文章は空白なしに続くので文字の間で折り返す必要があります",
		"mixed 漢字とlatin words よく混ざる text", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
		"", "   ", "a",
	}
	for _, s := range texts {
		for _, width := range []float64{5, 20, 60, 140, 1000} {
			checkWrap(t, s, width)
		}
	}
}

func checkWrap(t *testing.T, s string, width float64) {
	t.Helper()
	lines := Wrap(s, 12, false, width, 0)
	squash := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if got := squash(strings.Join(lines, "")); got != squash(s) {
		t.Fatalf("%q at %v became %q", s, width, lines)
	}
	for _, l := range lines {
		if piece, _ := nextPiece(l); Width(l, 12, false) > width && piece != l {
			t.Fatalf("%q at %v: line %q is %v wide", s, width, l, Width(l, 12, false))
		}
		odd := func(word string) bool { return Joins([]rune(word)[0]) } // begins with what joins
		if odd(l) && !slices.ContainsFunc(strings.Fields(s), odd) {
			t.Fatalf("%q at %v: line %q begins inside a character", s, width, l)
		}
	}
	few := Wrap(s, 12, false, width, 2)
	if len(few) > 2 {
		t.Fatalf("%d lines, want at most 2", len(few))
	}
	if len(lines) > 2 && !strings.HasSuffix(few[1], "…") {
		t.Fatalf("%q at %v: what is left over is not shown in %q", s, width, few)
	}
	if len(lines) <= 2 && strings.Join(few, "\n") != strings.Join(lines, "\n") {
		t.Fatalf("%q at %v: a limit that is not reached changed %q to %q", s, width, lines, few)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("two words", 30.0)
	f.Add("漢字 👩‍👩‍👧", 13.0)
	f.Fuzz(func(t *testing.T, s string, width float64) {
		if width > 0 && width < 1e4 && len(s) < 4096 {
			checkWrap(t, strings.ToValidUTF8(s, ""), width)
		}
	})
}

func TestWidthGrowsWithTheText(t *testing.T) {
	for _, c := range []struct {
		s    string
		bold bool
		want float64
	}{
		{"", false, 0}, {"Hello, World", false, 65.34}, {"Hello, World", true, 70.008}, {"漢", false, 12}, {"e\u0301", false, 6.672}, {"Ж", false, 9},
	} {
		if got := Width(c.s, 12, c.bold); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%q bold %v: %v, want %v", c.s, c.bold, got, c.want)
		}
	}
}
