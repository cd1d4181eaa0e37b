package export

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

func widthOf(l []glyph, size float64) float64 {
	n := 0
	for i := range l {
		n += int(l[i].w)
	}
	return float64(n) * size / 1000
}

// wrap breaks glyphs into lines.
func (s *setter) wrap(g []glyph, width, size float64) []line {
	most := int(width * 1000 / size)
	rtl := direction(g)
	var out []line
	emit := func(l []glyph) {
		for len(l) > 0 && l[len(l)-1].space {
			l = l[:len(l)-1]
		}
		out = append(out, arrange(line{glyphs: slices.Clone(l), rtl: rtl}))
	}
	for start := 0; start < len(g); {
		used, at, fit := 0, start, -1 // fit: where the line may end
		for at < len(g) && g[at].r != '\n' {
			if used += int(g[at].w); used > most && !g[at].space && at > start {
				break
			}
			at++
			if mayBreak(g, at) {
				fit = at
			}
		}
		switch {
		case at == len(g):
			emit(g[start:])
			return out
		case g[at].r == '\n':
			emit(g[start:at])
			start = at + 1
			continue
		case fit > start:
			at = fit
		default:
			at = cut(g, start, at)
		}
		emit(g[start:at])
		for at < len(g) && g[at].space {
			at++
		}
		start = at
	}
	return out
}

// mayBreak reports whether a line may end before the glyph at.
func mayBreak(g []glyph, at int) bool {
	if at >= len(g) {
		return true
	}
	before, after := g[at-1], g[at]
	switch {
	case joining(after):
		return false
	case before.space:
		return !after.space
	case after.space:
		return true
	}
	return before.face == extraFace && picture.IsWide(before.r) || after.face == extraFace && picture.IsWide(after.r)
}

func joining(g glyph) bool { return g.face == extraFace && unicode.Is(unicode.Mn, g.r) }

// cut finds a place to break a word that is wider than a line: after a mark if
// one stands in the last third, else where it is full.
func cut(g []glyph, start, at int) int {
	for i := at; i > start+(at-start)*2/3; i-- {
		if g[i-1].face != extraFace && g[i-1].r < 0x80 && strings.ContainsRune("/\\-_.,=&?:;|@)]}", g[i-1].r) {
			return i
		}
	}
	for at > start+1 && joining(g[at]) {
		at--
	}
	return at
}

const tabStop = 4

// codeLines sets lines of code. What does not fit goes on in the next line.
func (s *setter) codeLines(text string, width, size float64) []line {
	var out []line
	for src := range strings.SplitSeq(text, "\n") {
		g := s.add(nil, expandTabs(src), monoFace, 0)
		rest, cont := g, false
		for {
			room := int(width * 1000 / size)
			if cont {
				room -= int(codeHang * 1000 / size)
			}
			used, at := 0, 0
			for at < len(rest) {
				if used += int(rest[at].w); used > room && at > 0 {
					break
				}
				at++
			}
			for at > 1 && at < len(rest) && joining(rest[at]) {
				at--
			}
			out = append(out, arrange(line{glyphs: rest[:at:at], cont: cont}))
			if rest = rest[at:]; len(rest) == 0 {
				break
			}
			cont = true
		}
	}
	return out
}

func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		if r == '\t' {
			n := tabStop - col%tabStop
			b.WriteString(strings.Repeat(" ", n))
			col += n
			continue
		}
		b.WriteRune(r)
		col++
	}
	return b.String()
}
