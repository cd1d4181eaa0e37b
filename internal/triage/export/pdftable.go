package export

import (
	"cmp"
	"slices"
)

const (
	cellPadX = 4.0
	cellPadY = 3.0
	// minColumn is the least width of a column, beside which a wide one must
	// give way.
	minColumn = 26.0
	// ordinaryWord is the width up to which a word is not broken, unless all
	// columns together are too wide.
	ordinaryWord = 84.0
)

type pdfTable struct {
	b      *block
	x      float64
	size   float64
	widths []float64
	header [][]line
	cells  [][]glyphs
}

type glyphs struct {
	spans []span
	g     []glyph
}

// table sets a table over the whole width. Cells wrap; the header is repeated
// on every page; a row that is higher than half a page may be split.
func (w *pdf) table(b *block, x, width float64) {
	t := &pdfTable{b: b, x: x, size: w.size - 1}
	if len(b.align) > 5 {
		t.size = w.size - 2
	}
	for i, row := range b.rows {
		cells := make([]glyphs, len(row))
		for c, spans := range row {
			if i == 0 {
				spans = heavy(spans)
			}
			cells[c] = glyphs{spans, w.set.glyphs(spans)}
		}
		t.cells = append(t.cells, cells)
	}
	t.widths = columnWidths(t.cells, t.size, width)
	t.header = t.lines(w, 0)
	first := t.height(t.header)
	if len(t.cells) > 1 {
		first += min(t.height(t.lines(w, 1)), 4*t.size*leading)
	}
	w.room(first)
	w.row(t, 0, t.header)
	for i := 1; i < len(t.cells); i++ {
		w.row(t, i, t.lines(w, i))
	}
	w.y += paraGap + 2
}

func heavy(spans []span) []span {
	out := make([]span, len(spans))
	for i, s := range spans {
		s.bold = true
		out[i] = s
	}
	return out
}

func (t *pdfTable) lines(w *pdf, row int) [][]line {
	out := make([][]line, len(t.cells[row]))
	for c, cell := range t.cells[row] {
		out[c] = w.set.wrap(cell.g, t.widths[c]-2*cellPadX, t.size)
	}
	return out
}

func (t *pdfTable) height(lines [][]line) float64 {
	most := 1
	for _, l := range lines {
		most = max(most, len(l))
	}
	return float64(most)*t.size*leading + 2*cellPadY
}

// row draws a row, on as many pages as it needs.
func (w *pdf) row(t *pdfTable, i int, lines [][]line) {
	lineH := t.size * leading
	page := w.bottom() - marginTop
	if h := t.height(lines); w.y+h > w.bottom() && (h <= page/2 || w.y+4*lineH > w.bottom()) && w.y > marginTop {
		w.breakTable(t, i)
	}
	for {
		fits := int((w.bottom() - w.y - 2*cellPadY) / lineH)
		fits = max(fits, 1)
		now := make([][]line, len(lines))
		rest, more := make([][]line, len(lines)), false
		for c, l := range lines {
			n := min(fits, len(l))
			now[c], rest[c] = l[:n], l[n:]
			more = more || len(rest[c]) > 0
		}
		w.drawRow(t, i, now)
		if !more {
			return
		}
		lines = rest
		w.breakTable(t, i)
	}
}

func (w *pdf) breakTable(t *pdfTable, i int) {
	w.newPage()
	if i > 0 && t.height(t.header) < (w.bottom()-marginTop)/3 {
		w.drawRow(t, 0, t.header)
	}
}

func (w *pdf) drawRow(t *pdfTable, i int, lines [][]line) {
	h := t.height(lines)
	total := sum(t.widths)
	if i == 0 {
		w.f.SetFillColor(rgb(softColour))
		w.f.Rect(t.x, w.y, total, h, "F")
	}
	x := t.x
	for c, cell := range lines {
		inner := t.widths[c] - 2*cellPadX
		y := w.y + cellPadY
		for _, l := range cell {
			at := x + cellPadX
			if !l.rtl {
				switch free := inner - widthOf(l.glyphs, t.size); t.b.align[c] {
				case center:
					at += free / 2
				case right:
					at += free
				}
			}
			w.place(l, t.cells[i][c].spans, at, y+t.size*1.02, inner, t.size, inkColour)
			y += t.size * leading
		}
		x += t.widths[c]
	}
	w.y += h
	w.f.SetDrawColor(rgb(ruleColour))
	w.f.SetLineWidth(0.6)
	w.f.Line(t.x, w.y, t.x+total, w.y)
}

// columnWidths shares the width among columns as browsers do: each gets what
// its longest word needs, and of the rest in proportion to what it would like.
// A word that would take more than its column's share, such as a reference, is
// broken for the sake of the others; so are the widest where all together need
// more than there is.
func columnWidths(rows [][]glyphs, size, width float64) []float64 {
	const slack = 0.5 // of rounding
	n := len(rows[0])
	least, most := make([]float64, n), make([]float64, n)
	for _, row := range rows {
		for c := range row {
			word, all := extent(row[c].g, size)
			least[c] = max(least[c], min(word, max(width/float64(n), ordinaryWord))+2*cellPadX+slack)
			most[c] = max(most[c], all+2*cellPadX+slack)
		}
	}
	for c := range n {
		least[c] = max(least[c], min(minColumn, width/float64(n)))
		most[c] = max(most[c], least[c])
	}
	keepWhole(least, most, width)
	sumLeast, sumMost := sum(least), sum(most)
	out := make([]float64, n)
	switch {
	case sumMost <= width: // All fit: they keep their proportions.
		for c := range n {
			out[c] = most[c] * width / sumMost
		}
	case sumLeast >= width:
		limit := level(least, width)
		for c := range n {
			out[c] = min(least[c], limit)
		}
	default:
		for c := range n {
			out[c] = least[c] + (most[c]-least[c])*(width-sumLeast)/(sumMost-sumLeast)
		}
	}
	return out
}

// keepWhole gives narrow columns, such as one of times, all that they would
// like, as long as that leaves a good part to the others.
func keepWhole(least, most []float64, width float64) {
	order := make([]int, len(most))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(most[a], most[b]) })
	for _, c := range order {
		if more := sum(least) - least[c] + most[c]; most[c] <= width/4 && more <= width*0.7 {
			least[c] = most[c]
		}
	}
}

func sum(list []float64) float64 {
	s := 0.0
	for _, v := range list {
		s += v
	}
	return s
}

// level returns the limit to which the widest must be cut so that all together
// have the width.
func level(widths []float64, width float64) float64 {
	sorted := slices.Sorted(slices.Values(widths))
	for i, v := range sorted {
		rest := float64(len(sorted) - i)
		if v*rest >= width {
			return width / rest
		}
		width -= v
	}
	return sorted[len(sorted)-1]
}

// extent returns the width of the longest word and of the longest line.
func extent(g []glyph, size float64) (word, all float64) {
	w, l := 0, 0
	for i := range g {
		if g[i].r == '\n' {
			w, l = 0, 0
			continue
		}
		if l += int(g[i].w); g[i].space {
			w = 0
		} else {
			w += int(g[i].w)
		}
		word, all = max(word, float64(w)), max(all, float64(l))
	}
	return word * size / 1000, all * size / 1000
}
