package export

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// page is a document as the writers see it: a flat model, in which text is
// clean and links are safe.
type page struct {
	title  string
	blocks []*block
}

type kind uint8

const (
	paragraph kind = iota
	heading
	code
	quote
	list
	table
	rule
)

// block is one block. Which fields count depends on its kind.
type block struct {
	kind    kind
	level   int    // of a heading, 1 to 6
	anchor  string // of a heading, or of a paragraph that begins with "[E3]"
	spans   []span // paragraph, heading
	text    string // code, without its last line feed
	lang    string // code
	figure  *picture.Picture
	blocks  []*block // quote
	items   []item   // list
	ordered bool
	start   int
	rows    [][][]span // table: rows of cells, the first the header
	align   []align
}

type item struct {
	blocks []*block
	task   task
}

type task uint8

const (
	noTask task = iota
	open
	done
)

type align uint8

const (
	left align = iota
	center
	right
)

// span is text of one style.
type span struct {
	text                       string
	bold, italic, code, strike bool
	link                       string // a URL, or "#" and the anchor of a block
	brk                        bool   // a line break; the rest is empty
}

func (s span) sameStyle(t span) bool {
	s.text, t.text = "", ""
	return s == t
}

// plainText is what is read, line breaks as spaces.
func plainText(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.brk {
			b.WriteByte(' ')
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// walk calls f for every block, outer ones first.
func walk(list []*block, f func(*block)) {
	for _, b := range list {
		f(b)
		walk(b.blocks, f)
		for _, it := range b.items {
			walk(it.blocks, f)
		}
	}
}

// anchors names the headings and the entries of the appendix, and makes links
// of the citations.
func (p *page) anchors() {
	used := map[string]bool{}
	cited := map[string]bool{}
	walk(p.blocks, func(b *block) {
		switch {
		case b.kind == heading:
			name := slug(plainText(b.spans))
			for n := 2; used[name]; n++ {
				name = slug(plainText(b.spans)) + "-" + strconv.Itoa(n)
			}
			b.anchor, used[name] = name, true
		case b.kind == paragraph && len(b.spans) > 0 && b.spans[0].bold:
			if label, n := citation(b.spans[0].text); n == len(b.spans[0].text) && n > 0 && !cited[label] {
				b.anchor, cited[label] = label, true
			}
		}
	})
	walk(p.blocks, func(b *block) {
		if b.kind == paragraph && b.anchor != "" {
			b.spans = append(b.spans[:1:1], link(b.spans[1:], cited)...)
			return
		}
		if b.kind == paragraph || b.kind == table {
			b.spans = link(b.spans, cited)
			for _, row := range b.rows {
				for i := range row {
					row[i] = link(row[i], cited)
				}
			}
		}
	})
}

// citation returns the label that s begins with, "E3" of "[E3]", and the
// length of the whole; 0 when there is none.
func citation(s string) (label string, n int) {
	if !strings.HasPrefix(s, "[E") {
		return "", 0
	}
	end := strings.IndexByte(s, ']')
	if end < 3 || end > 8 || strings.Trim(s[2:end], "0123456789") != "" {
		return "", 0
	}
	return s[1:end], end + 1
}

// link cuts spans at citations of entries that the document has.
func link(spans []span, cited map[string]bool) []span {
	var out []span
	for _, s := range spans {
		if s.code || s.link != "" || !strings.Contains(s.text, "[E") {
			out = append(out, s)
			continue
		}
		from := 0
		for i := 0; i < len(s.text); i++ {
			label, n := citation(s.text[i:])
			if n == 0 || !cited[label] {
				continue
			}
			if i > from {
				out = append(out, with(s, s.text[from:i]))
			}
			l := with(s, s.text[i:i+n])
			l.link = "#" + label
			out = append(out, l)
			from = i + n
			i = from - 1
		}
		if from < len(s.text) {
			out = append(out, with(s, s.text[from:]))
		}
	}
	return out
}

func with(s span, text string) span {
	s.text = text
	return s
}

// slug makes an anchor of a heading: lower-case letters, digits and hyphens,
// of ASCII only, so that it means the same to every reader.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && (r == '-' || unicode.IsSpace(r)):
			if !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
		if b.Len() >= 60 {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return "s-" + s // never the name of something else in the page
	}
	return "s"
}

// figures draws what can be drawn.
func (p *page) figures(draw func(language, source string) *picture.Picture) {
	walk(p.blocks, func(b *block) {
		if b.kind == code && b.lang != "" {
			b.figure = draw(b.lang, b.text)
		}
	})
}
