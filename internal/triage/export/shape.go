package export

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// letter says how an Arabic letter is written: its isolated form among the
// presentation forms (Unicode, Arabic Presentation Forms A and B), which the
// final, initial and medial ones follow, and whether it joins the letter after
// it (joining type D; the others are R).
type letter struct {
	form rune
	dual bool
}

var letters = map[rune]letter{
	0x0622: {0xfe81, false}, 0x0623: {0xfe83, false}, 0x0624: {0xfe85, false}, 0x0625: {0xfe87, false}, 0x0626: {0xfe89, true},
	0x0627: {0xfe8d, false}, 0x0628: {0xfe8f, true}, 0x0629: {0xfe93, false}, 0x062a: {0xfe95, true}, 0x062b: {0xfe99, true},
	0x062c: {0xfe9d, true}, 0x062d: {0xfea1, true}, 0x062e: {0xfea5, true}, 0x062f: {0xfea9, false}, 0x0630: {0xfeab, false},
	0x0631: {0xfead, false}, 0x0632: {0xfeaf, false}, 0x0633: {0xfeb1, true}, 0x0634: {0xfeb5, true}, 0x0635: {0xfeb9, true},
	0x0636: {0xfebd, true}, 0x0637: {0xfec1, true}, 0x0638: {0xfec5, true}, 0x0639: {0xfec9, true}, 0x063a: {0xfecd, true},
	0x0641: {0xfed1, true}, 0x0642: {0xfed5, true}, 0x0643: {0xfed9, true}, 0x0644: {0xfedd, true}, 0x0645: {0xfee1, true},
	0x0646: {0xfee5, true}, 0x0647: {0xfee9, true}, 0x0648: {0xfeed, false}, 0x0649: {0xfeef, false}, 0x064a: {0xfef1, true},
	0x0679: {0xfb66, true}, 0x067e: {0xfb56, true}, 0x0686: {0xfb7a, true}, 0x0688: {0xfb88, false}, 0x0691: {0xfb8c, false},
	0x0698: {0xfb8a, false}, 0x06a9: {0xfb8e, true}, 0x06af: {0xfb92, true}, 0x06ba: {0xfb9e, false}, 0x06be: {0xfbaa, true},
	0x06c1: {0xfba6, true}, 0x06cc: {0xfbfc, true}, 0x06d2: {0xfbae, false},
}

// lamAlef are the obligatory ligatures of lam with the alef after it, in their
// isolated form; the final one follows.
var lamAlef = map[rune]rune{0x0622: 0xfef5, 0x0623: 0xfef7, 0x0625: 0xfef9, 0x0627: 0xfefb}

const (
	lam     = 0x0644
	tatweel = 0x0640
)

// shape replaces Arabic letters by the forms that their neighbours call for,
// as far as the font has them. Other text is returned as it is.
func shape(text []rune, has func(rune) bool) []rune {
	if !slices.ContainsFunc(text, func(r rune) bool { _, ok := letters[r]; return ok }) {
		return text
	}
	out := make([]rune, 0, len(text))
	for i := 0; i < len(text); i++ {
		r := text[i]
		l, ok := letters[r]
		if !ok {
			out = append(out, r)
			continue
		}
		before := joinsOn(text, i)
		if r == lam && i+1 < len(text) {
			if form, ok := lamAlef[text[i+1]]; ok && has(form) && has(form+1) {
				if before {
					form++
				}
				out = append(out, form)
				i++
				continue
			}
		}
		form := l.form
		switch after := l.dual && joinsBack(text, i); {
		case before && after:
			form += 3
		case after:
			form += 2
		case before:
			form++
		}
		if !has(form) {
			form = r
		}
		out = append(out, form)
	}
	return out
}

// joinsOn reports whether the letter before i joins the one after it.
func joinsOn(text []rune, i int) bool {
	for i--; i >= 0 && unicode.Is(unicode.Mn, text[i]); i-- { // marks do not part letters
	}
	return i >= 0 && (text[i] == tatweel || letters[text[i]].dual)
}

// joinsBack reports whether what follows i joins the letter before it.
func joinsBack(text []rune, i int) bool {
	for i++; i < len(text) && unicode.Is(unicode.Mn, text[i]); i++ { // likewise
	}
	if i >= len(text) {
		return false
	}
	_, ok := letters[text[i]]
	return ok || text[i] == tatweel
}

// runeOf returns the character of a glyph.
func runeOf(g glyph) rune {
	if g.face&extraFace == 0 && g.r >= 0x80 && g.r < 0xa0 {
		return high[g.r-0x80]
	}
	return g.r
}

func class(g glyph) bidi.Class {
	p, _ := bidi.LookupRune(runeOf(g))
	return p.Class()
}

// direction reports whether the first letter of a text with a direction runs
// from right to left (UAX #9, P2 and P3).
func direction(g []glyph) bool {
	for i := range g {
		switch class(g[i]) {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// arrange brings the glyphs of a line from the order in which they are read
// into the order in which they stand. It follows UAX #9 without explicit
// embeddings, which documents do not have: numbers run from left to right,
// neutrals go with their neighbours when these agree and with the paragraph
// when not, and marks stay with their letter.
func arrange(l line) line {
	if !slices.ContainsFunc(l.glyphs, func(g glyph) bool { return g.face&extraFace != 0 }) && !l.rtl {
		return l // The built-in fonts have no script that runs from right to left.
	}
	levels := embed(l)
	lowest, highest := 1, 0
	for _, v := range levels {
		lowest, highest = min(lowest, v), max(highest, v)
	}
	if highest == 0 {
		return l
	}
	// From the highest level down, turn round every run of that level or above
	// (rule L2).
	for level := highest; level >= 1; level-- {
		for from := 0; from < len(levels); {
			if levels[from] < level {
				from++
				continue
			}
			to := from
			for to < len(levels) && levels[to] >= level {
				to++
			}
			slices.Reverse(l.glyphs[from:to])
			slices.Reverse(levels[from:to])
			from = to
		}
	}
	marksAfterLetters(l.glyphs, levels)
	for i := range l.glyphs {
		if m, ok := mirrored[l.glyphs[i].r]; ok && levels[i]%2 == 1 && l.glyphs[i].face&extraFace == 0 {
			l.glyphs[i].r = m
		}
	}
	return l
}

// marksAfterLetters puts marks, which turning round brought before their
// letter, behind it again (rule L3): that is where fonts draw them.
func marksAfterLetters(g []glyph, levels []int) {
	for from := 0; from < len(g); from++ {
		if !joining(g[from]) || levels[from]%2 == 0 {
			continue
		}
		to := from
		for to < len(g)-1 && joining(g[to]) {
			to++
		}
		slices.Reverse(g[from : to+1])
		from = to
	}
}

var mirrored = map[rune]rune{'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<'}

// embed returns the level of each glyph: odd ones run from right to left.
func embed(l line) []int {
	base := 0
	if l.rtl {
		base = 1
	}
	classes := numbers(l.glyphs)
	levels := make([]int, len(classes))
	sides := make([]int, len(classes)) // 0 left to right, 1 right to left, -1 neutral
	strong := base                     // the side of the letter before
	for i, c := range classes {
		switch c {
		case bidi.L:
			strong, sides[i], levels[i] = 0, 0, base+base%2 // level 2 in a paragraph from right to left
		case bidi.R, bidi.AL:
			strong, sides[i], levels[i] = 1, 1, 1
		case bidi.EN, bidi.AN:
			// Among letters from right to left a number counts as one of them for the
			// neutrals beside it (rule N1); after Latin it is Latin (rule W7).
			sides[i], levels[i] = strong, 2
			if strong == 0 {
				levels[i] = base + base%2
			}
		case bidi.NSM:
			sides[i], levels[i] = base, base
			if i > 0 {
				sides[i], levels[i] = sides[i-1], levels[i-1]
			}
		default:
			sides[i] = -1
		}
	}
	for from := 0; from < len(sides); {
		if sides[from] >= 0 {
			from++
			continue
		}
		to := from
		for to < len(sides) && sides[to] < 0 {
			to++
		}
		before, after := base, base
		if from > 0 {
			before = sides[from-1]
		}
		if to < len(sides) {
			after = sides[to]
		}
		fill := base
		if before == after && before != base {
			fill = base + 1
		}
		for i := from; i < to; i++ {
			levels[i] = fill
		}
		from = to
	}
	return levels
}

// numbers returns the classes of glyphs with numbers taken together: a
// separator between digits, as in 04:09 or 1,5, and signs such as % beside
// them, are part of the number (rules W4 and W5).
func numbers(g []glyph) []bidi.Class {
	out := make([]bidi.Class, len(g))
	for i := range g {
		out[i] = class(g[i])
	}
	for i := 1; i+1 < len(out); i++ {
		between := out[i-1] == out[i+1] && (out[i] == bidi.CS && (out[i-1] == bidi.EN || out[i-1] == bidi.AN) || out[i] == bidi.ES && out[i-1] == bidi.EN)
		if between {
			out[i] = out[i-1]
		}
	}
	for i := 1; i < len(out); i++ {
		if out[i] == bidi.ET && out[i-1] == bidi.EN {
			out[i] = bidi.EN
		}
	}
	for i := len(out) - 2; i >= 0; i-- {
		if out[i] == bidi.ET && out[i+1] == bidi.EN {
			out[i] = bidi.EN
		}
	}
	return out
}
