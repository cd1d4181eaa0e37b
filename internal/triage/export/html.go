package export

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

//go:embed style.css
var pageCSS string

// sheet is the one style sheet of a page and the hash by which the page's
// policy lets it through, and nothing else.
var sheet = sync.OnceValues(func() (css, hash string) {
	css = pageCSS + picture.CSS()
	sum := sha256.Sum256([]byte(css))
	return css, "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
})

// wideFrom is the number of columns from which a table becomes one card for
// each row on a phone.
const wideFrom = 4

// tocFrom is the number of sections from which a page lists them.
const tocFrom = 4

// HTML writes the document as one HTML page that needs nothing else: no
// scripts, no requests, a content security policy that forbids both, and
// styles for screens of any width, dark ones, and paper.
func HTML(d Document, o Options) ([]byte, error) {
	p, err := prepare(d, o)
	if err != nil {
		return nil, err
	}
	css, hash := sheet()
	w := &markup{}
	w.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" + hash + "'; base-uri 'none'; form-action 'none'\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
	w.text(p.title)
	w.raw("</title>\n<style>" + css + "</style>\n</head>\n<body>\n<main>\n")
	h := htmlWriter{markup: w}
	h.page(p)
	w.raw("</main>\n</body>\n</html>\n")
	return w.buf, nil
}

// markup builds XML and HTML: text is escaped by the one method that takes it.
type markup struct{ buf []byte }

func (w *markup) raw(s string) { w.buf = append(w.buf, s...) }

// text writes s escaped for text and for attributes in double quotes. What
// XML 1.0 cannot hold is left out.
func (w *markup) text(s string) {
	for _, r := range s {
		switch {
		case r == '&':
			w.raw("&amp;")
		case r == '<':
			w.raw("&lt;")
		case r == '>':
			w.raw("&gt;")
		case r == '"':
			w.raw("&quot;")
		case allowed(r):
			w.buf = utf8.AppendRune(w.buf, r)
		}
	}
}

// allowed reports whether r may stand in XML 1.0 and is no control character
// that HTML forbids.
func allowed(r rune) bool {
	return r == '\n' || r == '\t' || r >= ' ' && (r < 0x7f || r > 0x9f) && r != 0xfffe && r != 0xffff
}

type htmlWriter struct {
	*markup
	cell bool // inside a cell of a table
}

func (w htmlWriter) page(p *page) {
	var sections []*block
	for _, b := range p.blocks {
		if b.kind == heading && b.level == 2 {
			sections = append(sections, b)
		}
	}
	listed := len(sections) < tocFrom
	for _, b := range p.blocks {
		if !listed && b.kind == heading && b.level == 2 {
			w.contents(sections)
			listed = true
		}
		w.block(b)
	}
}

func (w htmlWriter) contents(sections []*block) {
	w.raw("<nav aria-label=\"Contents\">\n<ul>\n")
	for _, s := range sections {
		w.raw("<li><a href=\"#" + s.anchor + "\">")
		w.text(plainText(s.spans))
		w.raw("</a></li>\n")
	}
	w.raw("</ul>\n</nav>\n")
}

func (w htmlWriter) blocks(list []*block) {
	for _, b := range list {
		w.block(b)
	}
}

func (w htmlWriter) block(b *block) {
	switch b.kind {
	case paragraph:
		w.raw("<p dir=\"auto\"")
		if b.anchor != "" {
			w.raw(" id=\"" + b.anchor + "\"")
		}
		w.raw(">")
		w.spans(b.spans)
		w.raw("</p>\n")
	case heading:
		tag := "h" + strconv.Itoa(b.level)
		w.raw("<" + tag + " dir=\"auto\" id=\"" + b.anchor + "\">")
		w.spans(b.spans)
		w.raw("</" + tag + ">\n")
	case code:
		if b.figure != nil {
			w.raw("<figure tabindex=\"0\">\n")
			w.buf = append(w.buf, b.figure.Inline()...)
			w.raw("</figure>\n")
			return
		}
		w.raw("<pre tabindex=\"0\"><code>")
		w.text(b.text)
		w.raw("</code></pre>\n")
	case quote:
		w.raw("<blockquote>\n")
		w.blocks(b.blocks)
		w.raw("</blockquote>\n")
	case list:
		w.list(b)
	case table:
		w.table(b)
	case rule:
		w.raw("<hr>\n")
	}
}

func (w htmlWriter) list(b *block) {
	end := "</ul>\n"
	switch {
	case !b.ordered:
		w.raw("<ul>\n")
	case b.start != 1:
		w.raw("<ol start=\"" + strconv.Itoa(b.start) + "\">\n")
		end = "</ol>\n"
	default:
		w.raw("<ol>\n")
		end = "</ol>\n"
	}
	for _, it := range b.items {
		if it.task == noTask {
			w.raw("<li dir=\"auto\">")
		} else {
			w.raw("<li dir=\"auto\" class=\"task\">" + taskMark(it.task) + " ")
		}
		for i, inner := range it.blocks {
			// The first paragraph of an item stands beside its mark.
			if i == 0 && inner.kind == paragraph && inner.anchor == "" {
				w.spans(inner.spans)
				w.raw("\n")
				continue
			}
			w.block(inner)
		}
		w.raw("</li>\n")
	}
	w.raw(end)
}

func taskMark(t task) string {
	if t == done {
		return "[x]"
	}
	return "[ ]"
}

func (w htmlWriter) table(b *block) {
	w.raw("<div class=\"t\" tabindex=\"0\"><table")
	wide := len(b.align) >= wideFrom
	if wide {
		w.raw(" class=\"w\"")
	}
	w.raw(">\n")
	for i, row := range b.rows {
		tag := "td"
		if i == 0 {
			tag = "th"
			w.raw("<thead>\n")
		}
		if i == 1 {
			w.raw("<tbody>\n")
		}
		w.raw("<tr>")
		for c, cell := range row {
			w.raw("<" + tag + " dir=\"auto\"")
			if i == 0 {
				w.raw(" scope=\"col\"")
			} else if wide {
				w.raw(" data-l=\"")
				w.text(plainText(b.rows[0][c]))
				w.raw("\"")
			}
			switch b.align[c] {
			case center:
				w.raw(" class=\"c\"")
			case right:
				w.raw(" class=\"r\"")
			}
			w.raw(">")
			htmlWriter{w.markup, true}.spans(cell)
			w.raw("</" + tag + ">")
		}
		w.raw("</tr>\n")
		if i == 0 {
			w.raw("</thead>\n")
		}
	}
	if len(b.rows) > 1 {
		w.raw("</tbody>\n")
	}
	w.raw("</table></div>\n")
}

func (w htmlWriter) spans(list []span) {
	for _, s := range list {
		if s.brk {
			w.raw("<br>")
			continue
		}
		open, end := "", ""
		tag := func(on bool, name string) {
			if on {
				open, end = open+"<"+name+">", "</"+name+">"+end
			}
		}
		if s.link != "" {
			w.raw("<a href=\"")
			w.text(s.link)
			if !strings.HasPrefix(s.link, "#") {
				w.raw("\" rel=\"noopener noreferrer")
			}
			w.raw("\">")
			end = "</a>"
		}
		tag(s.bold, "strong")
		tag(s.italic, "em")
		tag(s.strike, "del")
		tag(s.code, "code")
		w.raw(open)
		if w.cell {
			w.breakable(s.text)
		} else {
			w.text(s.text)
		}
		w.raw(end)
	}
}

// Words longer than wholeWord characters may be broken in a cell, after marks
// and at the latest after runLength characters: a reference or a digest must
// not take the width of the other columns. Shorter words stay whole.
const (
	wholeWord = 24
	runLength = 16
)

func (w htmlWriter) breakable(s string) {
	for len(s) > 0 {
		end := strings.IndexByte(s, ' ') + 1
		if end == 0 {
			end = len(s)
		}
		word := s[:end]
		s = s[end:]
		if utf8.RuneCountInString(word) <= wholeWord {
			w.text(word)
			continue
		}
		run := 0
		for i, r := range word {
			if run++; i > 0 && run > runLength && !picture.Joins(r) {
				w.raw("<wbr>")
				run = 1
			}
			w.text(string(r))
			if run > 3 && strings.ContainsRune("/\\-_.,=&?:;|@#", r) {
				w.raw("<wbr>")
				run = 0
			}
		}
	}
}
