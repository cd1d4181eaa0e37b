package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Confluence writes the document in the storage format of Confluence: one
// well-formed fragment of XHTML whose prefixes ac: and ri: Confluence knows
// (Atlassian, "Confluence Storage Format"). The heading of the first level is
// left out: there the page has its title. A figure is its source in a block
// that can be opened, for Confluence draws none without an attachment: see
// [ConfluencePage].
func Confluence(d Document, o Options) ([]byte, error) {
	o.Figure = nil
	body, _, err := ConfluencePage(d, o, ConfluenceOptions{})
	return body, err
}

// ConfluenceOptions say what a page is for.
type ConfluenceOptions struct {
	// Anchor, if not empty, is put at the end as the name of a place: by it the
	// page, or the part of it, is found again. It has letters, digits and hyphens.
	Anchor string
	// Part is what is added to a page that has a text of its own: it begins with a
	// line and the title, and has no table of contents.
	Part bool
}

// ConfluenceFigure is a picture that a page shows and that must be attached to
// it under its name, which follows from what it shows.
type ConfluenceFigure struct {
	Name string
	SVG  []byte
}

// ConfluencePage is [Confluence] for a page that its figures are attached to.
// Each is shown with its source beneath, in a block that can be opened.
func ConfluencePage(d Document, o Options, c ConfluenceOptions) ([]byte, []ConfluenceFigure, error) {
	p, err := prepare(d, o)
	if err != nil {
		return nil, nil, err
	}
	w := confluenceWriter{&markup{}, &[]ConfluenceFigure{}}
	blocks := p.blocks
	if len(blocks) > 0 && blocks[0].kind == heading && blocks[0].level == 1 {
		blocks = blocks[1:]
	}
	if c.Part {
		w.raw("<hr/>\n<h1>")
		w.text(p.title)
		w.raw("</h1>\n")
	} else {
		w.raw("<p><ac:structured-macro ac:name=\"toc\"><ac:parameter ac:name=\"maxLevel\">2</ac:parameter></ac:structured-macro></p>\n")
	}
	w.blocks(blocks)
	if c.Anchor != "" {
		w.raw("<p>")
		w.anchor(c.Anchor)
		w.raw("</p>\n")
	}
	if err := CheckConfluence(w.buf); err != nil {
		return nil, nil, fmt.Errorf("write the storage format: %w", err)
	}
	return w.buf, *w.figures, nil
}

// CheckConfluence reports whether a fragment of the storage format is
// well-formed: elements nest, names have known prefixes, entities are those of
// HTML, and characters are those of XML 1.0. Confluence refuses what is not.
func CheckConfluence(fragment []byte) error {
	const open = `<x xmlns:ac="ac" xmlns:ri="ri">`
	d := xml.NewDecoder(io.MultiReader(strings.NewReader(open), bytes.NewReader(fragment), strings.NewReader("</x>")))
	d.Entity = xml.HTMLEntity
	for depth := 0; ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the fragment is not well-formed: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; tok.Name.Space != "" && tok.Name.Space != "ac" && tok.Name.Space != "ri" {
				return fmt.Errorf("the fragment has an unknown prefix %q", tok.Name.Space)
			}
		case xml.EndElement:
			if depth--; depth == 0 && d.InputOffset() < int64(len(open)+len(fragment)) {
				return errors.New("the fragment closes an element that it did not open")
			}
		case xml.ProcInst, xml.Directive:
			return errors.New("the fragment has a declaration")
		}
	}
}

type confluenceWriter struct {
	*markup
	figures *[]ConfluenceFigure
}

func (w confluenceWriter) blocks(list []*block) {
	for _, b := range list {
		w.block(b)
	}
}

func (w confluenceWriter) block(b *block) {
	switch b.kind {
	case paragraph:
		w.raw("<p>")
		w.anchor(b.anchor)
		w.spans(b.spans)
		w.raw("</p>\n")
	case heading:
		tag := "h" + strconv.Itoa(b.level)
		w.raw("<" + tag + ">") // The table of contents makes its own anchors.
		w.spans(b.spans)
		w.raw("</" + tag + ">\n")
	case code:
		w.code(b)
	case quote:
		w.raw("<blockquote>\n")
		w.blocks(b.blocks)
		w.raw("</blockquote>\n")
	case list:
		w.list(b)
	case table:
		w.table(b)
	case rule:
		w.raw("<hr/>\n")
	}
}

func (w confluenceWriter) anchor(name string) {
	if name != "" {
		w.raw("<ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">" + name + "</ac:parameter></ac:structured-macro>")
	}
}

// languages maps those of fences to names that the code macro knows; another
// name would break it.
var languages = map[string]string{
	"sh": "bash", "bash": "bash", "shell": "bash", "sql": "sql", "json": "js", "js": "js", "javascript": "js", "java": "java", "py": "py", "python": "py",
	"xml": "xml", "html": "xml", "yaml": "yml", "yml": "yml", "powershell": "powershell", "ps1": "powershell", "go": "go", "diff": "diff",
}

func (w confluenceWriter) code(b *block) {
	drawing := b.lang == "mermaid"
	w.figure(b)
	if drawing {
		w.raw("<ac:structured-macro ac:name=\"expand\"><ac:parameter ac:name=\"title\">Diagram (source in Mermaid)</ac:parameter><ac:rich-text-body>\n")
	}
	w.raw("<ac:structured-macro ac:name=\"code\">")
	if name := languages[strings.ToLower(b.lang)]; name != "" {
		w.raw("<ac:parameter ac:name=\"language\">" + name + "</ac:parameter>")
	}
	w.raw("<ac:plain-text-body>")
	w.cdata(b.text)
	w.raw("</ac:plain-text-body></ac:structured-macro>\n")
	if drawing {
		w.raw("</ac:rich-text-body></ac:structured-macro>\n")
	}
}

// figure shows the picture of a block that has one.
func (w confluenceWriter) figure(b *block) {
	if b.figure == nil {
		return
	}
	svg := b.figure.SVG()
	sum := sha256.Sum256(svg)
	name := "figure-" + hex.EncodeToString(sum[:6]) + ".svg"
	if !slices.ContainsFunc(*w.figures, func(f ConfluenceFigure) bool { return f.Name == name }) {
		*w.figures = append(*w.figures, ConfluenceFigure{name, svg})
	}
	w.raw("<p><ac:image ac:width=\"" + strconv.Itoa(min(int(b.figure.W), maxFigure)) + "\" ac:alt=\"")
	w.text(b.figure.Title)
	w.raw("\"><ri:attachment ri:filename=\"" + name + "\"/></ac:image></p>\n")
}

// maxFigure is the width of the column of text of a page, in pixels.
const maxFigure = 1000

// cdata writes text that is not parsed. Its end mark is cut in two.
func (w confluenceWriter) cdata(s string) {
	s = strings.Map(func(r rune) rune {
		if !allowed(r) {
			return -1
		}
		return r
	}, s)
	w.raw("<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>")
}

func (w confluenceWriter) list(b *block) {
	if tasks(b) {
		w.taskList(b)
		return
	}
	open, end := "<ul>\n", "</ul>\n"
	if b.ordered {
		open, end = "<ol>\n", "</ol>\n"
		if b.start != 1 {
			open = "<ol start=\"" + strconv.Itoa(b.start) + "\">\n"
		}
	}
	w.raw(open)
	for _, it := range b.items {
		w.raw("<li>")
		if it.task != noTask {
			w.raw(taskMark(it.task) + " ")
		}
		w.item(it)
		w.raw("</li>\n")
	}
	w.raw(end)
}

func (w confluenceWriter) item(it item) {
	for i, inner := range it.blocks {
		if i == 0 && inner.kind == paragraph && inner.anchor == "" {
			w.spans(inner.spans)
			continue
		}
		w.block(inner)
	}
}

// tasks reports whether every item is a task of text alone, which is all that
// a task list of Confluence holds.
func tasks(b *block) bool {
	for _, it := range b.items {
		if it.task == noTask || len(it.blocks) != 1 || it.blocks[0].kind != paragraph {
			return false
		}
	}
	return len(b.items) > 0
}

func (w confluenceWriter) taskList(b *block) {
	w.raw("<ac:task-list>\n")
	for _, it := range b.items {
		status := "incomplete"
		if it.task == done {
			status = "complete"
		}
		w.raw("<ac:task><ac:task-status>" + status + "</ac:task-status><ac:task-body>")
		w.spans(it.blocks[0].spans)
		w.raw("</ac:task-body></ac:task>\n")
	}
	w.raw("</ac:task-list>\n")
}

func (w confluenceWriter) table(b *block) {
	w.raw("<table><tbody>\n")
	for i, row := range b.rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		w.raw("<tr>")
		for c, cell := range row {
			w.raw("<" + tag)
			switch b.align[c] {
			case center:
				w.raw(" style=\"text-align: center;\"")
			case right:
				w.raw(" style=\"text-align: right;\"")
			}
			w.raw("><p>")
			w.spans(cell)
			w.raw("</p></" + tag + ">")
		}
		w.raw("</tr>\n")
	}
	w.raw("</tbody></table>\n")
}

func (w confluenceWriter) spans(list []span) {
	for _, s := range list {
		switch {
		case s.brk:
			w.raw("<br/>")
		case strings.HasPrefix(s.link, "#"):
			w.raw("<ac:link ac:anchor=\"" + s.link[1:] + "\"><ac:plain-text-link-body>")
			w.cdata(s.text)
			w.raw("</ac:plain-text-link-body></ac:link>")
		default:
			w.span(s)
		}
	}
}

func (w confluenceWriter) span(s span) {
	open, end := "", ""
	tag := func(on bool, name string) {
		if on {
			open, end = open+"<"+name+">", "</"+name+">"+end
		}
	}
	if s.link != "" {
		w.raw("<a href=\"")
		w.text(s.link)
		w.raw("\">")
		end = "</a>"
	}
	tag(s.bold, "strong")
	tag(s.italic, "em")
	tag(s.strike, "del")
	tag(s.code, "code")
	w.raw(open)
	w.text(s.text)
	w.raw(end)
}
