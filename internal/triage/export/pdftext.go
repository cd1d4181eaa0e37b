package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

const (
	sansFamily  = "Helvetica"
	monoFamily  = "Courier"
	extraFamily = "extra"
)

// face is a font and its style.
type face uint8

const (
	boldFace   face = 1 << iota
	italicFace face = 1 << iota
	monoFace   face = 1 << iota
	extraFace  face = 1 << iota // without styles: the caller's font has one
)

func (c face) family() (family, style string) {
	if c&extraFace != 0 {
		return extraFamily, ""
	}
	family = sansFamily
	if c&monoFace != 0 {
		family = monoFamily
	}
	if c&boldFace != 0 {
		style = "B"
	}
	if c&italicFace != 0 {
		style += "I"
	}
	return family, style
}

// glyph is one character to draw.
type glyph struct {
	r     rune   // for a built-in font, the byte of Windows-1252
	w     uint16 // thousandths of the font size
	face  face
	space bool
	span  int // whose it is
}

// line is what stands on one line, in visual order once [arrange]d.
type line struct {
	glyphs []glyph
	rtl    bool // the paragraph runs from right to left
	cont   bool // the line before did not end
}

// setter turns text into glyphs and counts what it could not set.
type setter struct {
	f       *fpdf.Fpdf
	extra   *extraFont
	core    [8][256]uint16
	lacking map[string]int // characters by script
	alike   int            // characters written by look-alikes of ASCII
}

func newSetter(f *fpdf.Fpdf, extra *extraFont) *setter {
	s := &setter{f: f, extra: extra, lacking: map[string]int{}}
	for c := range face(8) {
		family, style := c.family()
		f.SetFont(family, style, bodySize)
		for b := 1; b < 256; b++ {
			s.core[c][b] = uint16(f.GetStringSymbolWidth(string([]byte{byte(b)})))
		}
	}
	return s
}

// glyphs sets the text of spans. A line break is a glyph '\n'.
func (s *setter) glyphs(spans []span) []glyph {
	var out []glyph
	for i, sp := range spans {
		if sp.brk {
			out = append(out, glyph{r: '\n', span: i})
			continue
		}
		var c face
		if sp.bold {
			c |= boldFace
		}
		if sp.italic {
			c |= italicFace
		}
		if sp.code {
			c |= monoFace
		}
		out = s.add(out, sp.text, c, i)
	}
	return out
}

// line sets one line of plain text.
func (s *setter) line(text string, bold bool) []glyph {
	var c face
	if bold {
		c = boldFace
	}
	return arrange(line{glyphs: s.add(nil, text, c, 0)}).glyphs
}

// clip is line for what may be wider than there is room.
func (s *setter) clip(text string, size, width float64) []glyph {
	l := s.add(nil, text, 0, 0)
	if widthOf(l, size) > width {
		for len(l) > 0 && widthOf(l, size)+size > width {
			l = l[:len(l)-1]
		}
		l = s.add(l, "…", 0, 0)
	}
	return arrange(line{glyphs: l}).glyphs
}

func (s *setter) add(out []glyph, text string, c face, owner int) []glyph {
	plain := true
	for i := range len(text) {
		plain = plain && text[i] < 0x80
	}
	if plain {
		for i := range len(text) {
			out = append(out, s.coreGlyph(text[i], c, owner))
		}
		return out
	}
	runes := []rune(norm.NFC.String(text))
	if s.extra != nil {
		runes = shape(runes, s.extra.has)
	}
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch b, ok := encode(r); {
		case ok:
			out = append(out, s.coreGlyph(b, c, owner))
		case ignorable(r):
		case s.extra != nil && s.extra.has(r):
			out = append(out, glyph{r: r, w: s.extra.width(r), face: extraFace, span: owner})
		case alike[r] != "":
			s.alike++
			for _, b := range []byte(alike[r]) {
				out = append(out, s.coreGlyph(b, c, owner))
			}
		default:
			from := i
			for i+1 < len(runes) && (s.lacks(runes[i+1]) || runes[i+1] == ' ' && i+2 < len(runes) && s.lacks(runes[i+2])) {
				i++
			}
			for _, b := range []byte(s.substitute(runes[from : i+1])) {
				out = append(out, s.coreGlyph(b, c, owner))
			}
		}
	}
	return out
}

func (s *setter) coreGlyph(b byte, c face, owner int) glyph {
	if b == '\t' {
		b = ' '
	}
	return glyph{r: rune(b), w: s.core[c&7][b], face: c, space: b == ' ', span: owner}
}

func (s *setter) lacks(r rune) bool {
	_, ok := encode(r)
	return !ok && !ignorable(r) && alike[r] == "" && (s.extra == nil || !s.extra.has(r))
}

// named is up to how many characters that no font has are named one by one.
const named = 3

// substitute says what stands there, in place of characters that no font has:
// "{U+6F22}", or "{12 characters, Han}".
func (s *setter) substitute(list []rune) string {
	list = slices.DeleteFunc(slices.Clone(list), func(r rune) bool { return r == ' ' })
	names := map[string]bool{}
	for _, r := range list {
		name := script(r)
		s.lacking[name]++
		names[name] = true
	}
	if len(list) > named {
		if len(names) > 1 {
			delete(names, symbols) // punctuation among the letters
		}
		return fmt.Sprintf("{%d characters, %s}", len(list), strings.Join(slices.Sorted(maps.Keys(names)), " and "))
	}
	codes := make([]string, len(list))
	for i, r := range list {
		codes[i] = fmt.Sprintf("U+%04X", r)
	}
	return "{" + strings.Join(codes, " ") + "}"
}

const symbols = "symbols"

// script names the script of a character (Unicode's property Script).
func script(r rune) string {
	found := ""
	for name, t := range unicode.Scripts {
		if unicode.Is(t, r) && (found == "" || name < found) {
			found = name
		}
	}
	if found == "" || found == "Common" || found == "Inherited" {
		return symbols
	}
	return found
}

func (s *setter) notes() Notes {
	var out Notes
	if len(s.lacking) > 0 {
		total := 0
		var parts []string
		for _, name := range slices.SortedFunc(maps.Keys(s.lacking), func(a, b string) int {
			return cmp.Or(s.lacking[b]-s.lacking[a], cmp.Compare(a, b))
		}) {
			total += s.lacking[name]
			parts = append(parts, fmt.Sprintf("%s %d", name, s.lacking[name]))
		}
		out = append(out, fmt.Sprintf("%d characters are not in its fonts and stand in braces (%s); documents.font names a TrueType font that has them, and the HTML export shows them all.",
			total, strings.Join(parts, ", ")))
	}
	if s.alike > 0 {
		out = append(out, fmt.Sprintf("Signs that its fonts lack are written by look-alikes, such as an arrow by -> (%d).", s.alike))
	}
	return out
}

// draw draws glyphs in visual order from x on the baseline y.
func (s *setter) draw(f *fpdf.Fpdf, l []glyph, x, y, size float64, colour picture.RGB) {
	f.SetTextColor(rgb(colour))
	for from := 0; from < len(l); {
		to := from + 1
		for to < len(l) && l[to].face == l[from].face {
			to++
		}
		s.run(f, l[from:to], x, y, size)
		x += widthOf(l[from:to], size)
		from = to
	}
}

// run draws glyphs of one face.
func (s *setter) run(f *fpdf.Fpdf, l []glyph, x, y, size float64) {
	family, style := l[0].face.family()
	f.SetFont(family, style, size)
	if l[0].face&extraFace != 0 {
		text := make([]rune, len(l))
		for i := range l {
			text[i] = l[i].r
		}
		f.Text(x, y, string(text))
		return
	}
	text := make([]byte, len(l))
	for i := range l {
		text[i] = byte(l[i].r)
	}
	f.Text(x, y, string(text))
}

// place draws a line of spans with their links.
func (w *pdf) place(l line, spans []span, x, y, width, size float64, colour picture.RGB) {
	if l.rtl {
		x += width - widthOf(l.glyphs, size)
	}
	g := l.glyphs
	for from := 0; from < len(g); {
		to := from + 1
		for to < len(g) && g[to].span == g[from].span {
			to++
		}
		part := g[from:to]
		wide := widthOf(part, size)
		var s span
		if spans != nil {
			s = spans[part[0].span]
		}
		if s.link == "" {
			w.set.draw(w.f, part, x, y, size, colour)
		} else {
			w.set.draw(w.f, part, x, y, size, linkColour)
			w.follow(s.link, x, y, wide, size)
		}
		if s.strike {
			w.f.SetDrawColor(rgb(colour))
			w.f.SetLineWidth(size * 0.06)
			w.f.Line(x, y-size*0.27, x+wide, y-size*0.27)
		}
		x += wide
		from = to
	}
}

func (w *pdf) follow(link string, x, y, wide, size float64) {
	top, h := y-size*0.9, size*1.2
	if id, ok := w.links[link]; ok {
		w.f.Link(x, top, wide, h, id)
		return
	}
	w.f.LinkString(x, top, wide, h, link)
	w.f.SetDrawColor(rgb(linkColour))
	w.f.SetLineWidth(size * 0.05)
	w.f.Line(x, y+size*0.14, x+wide, y+size*0.14)
}
