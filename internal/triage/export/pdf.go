package export

import (
	"bytes"
	"fmt"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// Measures of a page in points (1/72 inch). The paper is A4 (ISO 216).
const (
	paperW       = 595.28
	paperH       = 841.89
	marginX      = 54.0
	marginTop    = 54.0
	marginBottom = 62.0
	bodySize     = 10.0
	leading      = 1.38 // line height over font size
	paraGap      = 6.0
	indent       = 16.0
)

var (
	inkColour   = picture.Ink.Light().Text
	mutedColour = picture.Muted.Light().Text
	ruleColour  = picture.RGB{R: 0xd5, G: 0xda, B: 0xe0}
	softColour  = picture.RGB{R: 0xf3, G: 0xf5, B: 0xf8}
	linkColour  = picture.RGB{R: 0x0c, G: 0x4a, B: 0x93}
)

// PDF writes the document as PDF (ISO 32000-1), A4, with an outline, page
// numbers, and links from citations to the appendix. Text is set in the
// standard fonts, which have the characters of Windows-1252; others are taken
// from [Options.Font], and what that lacks too is named in braces and in the
// notes. Arabic letters are joined and right-to-left text is ordered; scripts
// that need more shaping than that are set letter by letter.
func PDF(d Document, o Options) (data []byte, notes Notes, err error) {
	p, err := prepare(d, o)
	if err != nil {
		return nil, nil, err
	}
	var extra *extraFont
	if o.Font != nil {
		if extra, err = loadFont(o.Font); err != nil {
			return nil, nil, err
		}
	}
	// The library panics on fonts that are damaged in ways that loadFont does
	// not see.
	defer func() {
		if r := recover(); r != nil && o.Font != nil {
			data, notes, err = nil, nil, fmt.Errorf("%w; this one is damaged: %v", ErrFont, r)
		} else if r != nil {
			panic(r)
		}
	}()
	w := newPDF(d, p, extra)
	w.blocks(p.blocks, marginX, paperW-2*marginX)
	notes = w.set.notes()
	w.footnotes(notes)
	w.flush()
	var out bytes.Buffer
	if err := w.f.Output(&out); err != nil {
		return nil, nil, fmt.Errorf("write the PDF: %w", err)
	}
	return out.Bytes(), notes, nil
}

type pdf struct {
	f      *fpdf.Fpdf
	set    *setter
	y      float64   // where the next thing goes, from the top
	pageH  float64   // height of the current page
	bars   []float64 // x of the bars of the quotes around
	size   float64   // of body text
	links  map[string]int
	level  int // of the outline's last entry
	footer string
	floats []*picture.Picture // wide ones, for a page of their own after this one
}

func newPDF(d Document, p *page, extra *extraFont) *pdf {
	f := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: paperW, Ht: paperH}})
	f.SetCatalogSort(true)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(marginX, marginTop, marginX)
	f.SetCreationDate(d.Date.UTC())
	f.SetModificationDate(d.Date.UTC())
	f.SetProducer("tftsr", false)
	f.SetCreator("tftsr", false)
	f.SetTitle(p.title, true)
	f.SetLang("en")
	if extra != nil {
		f.AddUTF8FontFromBytes(extraFamily, "", extra.data)
	}
	w := &pdf{f: f, set: newSetter(f, extra), size: bodySize, links: map[string]int{}, level: -1}
	w.footer = p.title
	if d.Version > 0 {
		w.footer += fmt.Sprintf(", version %d", d.Version)
	}
	if d.ID != "" {
		w.footer += ", " + d.ID
	}
	walk(p.blocks, func(b *block) {
		if b.anchor != "" {
			w.links["#"+b.anchor] = f.AddLink()
		}
	})
	const pages = "\x01pages\x01" // no text of a document has control characters
	f.AliasNbPages(pages)
	f.SetFooterFunc(func() { w.foot(pages) })
	w.newPage()
	return w
}

// newPage begins a page, after those of the pictures that wait for one.
func (w *pdf) newPage() {
	w.flush()
	w.addPage("P")
}

func (w *pdf) addPage(orientation string) {
	w.f.AddPageFormat(orientation, fpdf.SizeType{Wd: paperW, Ht: paperH})
	_, w.pageH = w.f.GetPageSize()
	w.y = marginTop
}

// flush draws the pictures that wait, each across a page.
func (w *pdf) flush() {
	for _, p := range w.floats {
		w.addPage("L")
		w.items(p, marginX, w.y, across(p))
	}
	w.floats = nil
}

// foot writes the line below a page.
func (w *pdf) foot(pages string) {
	width, height := w.f.GetPageSize()
	y := height - 34
	number := w.set.line(fmt.Sprintf("%d / ", w.f.PageNo()), false)
	line := w.set.clip(w.footer, 8, width-2*marginX-60)
	w.f.SetDrawColor(rgb(ruleColour))
	w.f.SetLineWidth(0.5)
	w.f.Line(marginX, y-12, width-marginX, y-12)
	w.set.draw(w.f, line, marginX, y, 8, mutedColour)
	x := width - marginX - 34
	w.set.draw(w.f, number, x, y, 8, mutedColour)
	w.f.SetTextColor(rgb(mutedColour))
	w.f.SetFont(sansFamily, "", 8)
	w.f.Text(x+width8(number), y, pages)
}

func width8(l []glyph) float64 { return widthOf(l, 8) }

func rgb(c picture.RGB) (r, g, b int) { return int(c.R), int(c.G), int(c.B) }

func (w *pdf) bottom() float64 { return w.pageH - marginBottom }

// room starts a new page when less than h is left. What is higher than a page
// stays where it is.
func (w *pdf) room(h float64) {
	if w.y+h > w.bottom() && w.y > marginTop {
		w.newPage()
	}
}

// gap leaves space between blocks, but not at the top of a page.
func (w *pdf) gap(h float64) {
	if w.y > marginTop {
		w.y += h
	}
}

func (w *pdf) blocks(list []*block, x, width float64) {
	for i, b := range list {
		w.block(b, x, width, list[i+1:])
	}
}

// block sets a block; after are those that follow it.
func (w *pdf) block(b *block, x, width float64, after []*block) {
	switch b.kind {
	case paragraph:
		if b.anchor != "" { // An entry of the appendix stays with the beginning of its quote.
			w.room(4 * w.size * leading)
			w.target(b.anchor)
		}
		w.paragraph(b.spans, x, width, w.size, inkColour)
		w.gap(paraGap)
	case heading:
		w.heading(b, x, width, after)
	case code:
		if b.figure != nil {
			w.picture(b.figure, x, width)
			return
		}
		w.code(b.text, x, width)
	case quote:
		w.bars = append(w.bars, x+2)
		w.blocks(b.blocks, x+indent, width-indent)
		w.bars = w.bars[:len(w.bars)-1]
	case list:
		w.list(b, x, width)
	case table:
		w.table(b, x, width)
	case rule:
		w.room(14)
		w.f.SetDrawColor(rgb(ruleColour))
		w.f.SetLineWidth(0.7)
		w.f.Line(x, w.y+4, x+width, w.y+4)
		w.y += 14
	}
}

// target makes the current place the one that links to the anchor lead to.
func (w *pdf) target(anchor string) {
	if id, ok := w.links["#"+anchor]; ok {
		w.f.SetLink(id, max(w.y-4, 0), -1)
	}
}

var headingSizes = [...]float64{1: 19, 2: 14, 3: 11.5, 4: 10.5, 5: 10, 6: 10}

// lead is the height of what must stand on the page of a heading: the beginning
// of what follows, up to a picture.
func (w *pdf) lead(after []*block, width float64) float64 {
	lineH := w.size * leading
	need := 0.0
	for i, b := range after {
		switch {
		case i > 2:
			return need
		case b.kind == heading:
			need += 3 * lineH
		case b.figure != nil && !w.floating(b.figure, width):
			return need + b.figure.H*w.scale(b.figure, width)
		case b.kind == paragraph:
			need += 2*lineH + paraGap
		default:
			return need + 3*lineH
		}
	}
	return need
}

func (w *pdf) heading(b *block, x, width float64, after []*block) {
	size := headingSizes[min(max(b.level, 1), 6)]
	spans := make([]span, len(b.spans))
	for i, s := range b.spans {
		s.bold = true
		spans[i] = s
	}
	lines := w.set.wrap(w.set.glyphs(spans), width, size)
	w.gap(size * 0.7)
	w.room(float64(len(lines))*size*leading + max(w.lead(after, width), 3*bodySize*leading))
	w.target(b.anchor)
	w.bookmark(plainText(b.spans), b.level)
	for _, l := range lines {
		w.line(l, spans, x, width, size, inkColour)
	}
	if b.level == 2 {
		w.f.SetDrawColor(rgb(ruleColour))
		w.f.SetLineWidth(0.7)
		w.f.Line(x, w.y+1, x+width, w.y+1)
		w.y += 3
	}
	w.y += size * 0.3
}

// bookmark adds an entry to the outline. Its text is UTF-16 with a byte order
// mark (ISO 32000-1, 7.9.2.2). A level is at most one below that before it.
func (w *pdf) bookmark(title string, level int) {
	level = min(level-1, w.level+1)
	w.level = level
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(title)) {
		b = append(b, byte(u>>8), byte(u))
	}
	w.f.SetFont(sansFamily, "", bodySize) // the library encodes by the current font
	w.f.Bookmark(string(b), level, max(w.y-4, 0))
}

func (w *pdf) paragraph(spans []span, x, width, size float64, colour picture.RGB) {
	for _, l := range w.set.wrap(w.set.glyphs(spans), width, size) {
		w.room(size * leading)
		w.line(l, spans, x, width, size, colour)
	}
}

// line draws one line at y and moves below it.
func (w *pdf) line(l line, spans []span, x, width, size float64, colour picture.RGB) {
	h := size * leading
	for _, bar := range w.bars {
		w.f.SetFillColor(rgb(ruleColour))
		w.f.Rect(bar, w.y, 2, h, "F")
	}
	w.place(l, spans, x, w.y+size*1.02, width, size, colour)
	w.y += h
}

func (w *pdf) list(b *block, x, width float64) {
	number := b.start
	for _, it := range b.items {
		mark := "•"
		switch {
		case it.task != noTask:
			mark = taskMark(it.task)
		case b.ordered:
			mark = fmt.Sprintf("%d.", number)
			number++
		}
		glyphs := w.set.line(mark, false)
		in := max(indent, widthOf(glyphs, w.size)+5)
		w.room(w.size * leading)
		page, y := w.f.PageNo(), w.y
		if len(it.blocks) == 0 || it.blocks[0].kind != paragraph {
			w.set.draw(w.f, glyphs, x+in-5-widthOf(glyphs, w.size), y+w.size*1.02, w.size, inkColour)
		}
		for i, inner := range it.blocks {
			if i == 0 && inner.kind == paragraph {
				w.set.draw(w.f, glyphs, x+in-5-widthOf(glyphs, w.size), y+w.size*1.02, w.size, inkColour)
				w.paragraph(inner.spans, x+in, width-in, w.size, inkColour)
				w.gap(2)
				continue
			}
			w.block(inner, x+in, width-in, it.blocks[i+1:])
		}
		if w.f.PageNo() == page && w.y == y { // an item without text
			w.y += w.size * leading
		}
	}
	w.gap(paraGap - 2)
}

const (
	codeSize = 8.0
	codePad  = 5.0
	codeHang = 12.0 // of what did not fit in the line before
)

// code sets text in the fixed-width font on a grey ground, line by line, so
// that it may run over pages.
func (w *pdf) code(text string, x, width float64) {
	h := codeSize * 1.3
	lines := w.set.codeLines(text, width-2*codePad, codeSize)
	w.room(min(float64(len(lines)), 3)*h + 2*codePad)
	pad := codePad
	for i, l := range lines {
		last := i == len(lines)-1
		if w.y+h+pad > w.bottom() {
			w.newPage()
			pad = codePad
		}
		w.f.SetFillColor(rgb(softColour))
		ground := h + pad
		if last || w.y+ground+h > w.bottom() {
			ground += codePad
		}
		w.f.Rect(x, w.y, width, ground, "F")
		w.y += pad
		pad = 0
		in := 0.0
		if l.cont {
			in = codeHang
		}
		w.place(l, nil, x+codePad+in, w.y+codeSize*0.95, width, codeSize, inkColour)
		w.y += h
		if last {
			w.y += codePad
		}
	}
	w.y += paraGap + 2
}

// footnotes says at the end what could not be shown as it was meant.
func (w *pdf) footnotes(notes Notes) {
	if len(notes) == 0 {
		return
	}
	w.gap(10)
	w.room(2 * 8 * leading)
	for _, n := range notes {
		w.paragraph([]span{{text: "About this file: " + n, italic: true}}, marginX, paperW-2*marginX, 8, mutedColour)
	}
}
