package export

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/tftsr/tftsr/internal/triage"
)

// markdown parses what triage writes. Bare addresses stay text: one that a log
// holds is not a link of ours.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList))

// maxDepth bounds nesting; what lies deeper is flattened.
const maxDepth = 12

func parse(d Document) *page {
	src := []byte(triage.Plain(strings.ReplaceAll(d.Markdown, "\r\n", "\n")))
	r := reader{src: src}
	root := markdown.Parser().Parse(text.NewReader(src))
	return &page{title: strings.Join(strings.Fields(triage.Plain(d.Title)), " "), blocks: r.blocks(root, 0)}
}

type reader struct{ src []byte }

func (r *reader) blocks(parent ast.Node, depth int) []*block {
	var out []*block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, r.block(n, depth)...)
	}
	return out
}

func (r *reader) block(n ast.Node, depth int) []*block {
	if depth > maxDepth {
		if s := r.spans(n); len(s) > 0 {
			return []*block{{spans: s}}
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.Heading:
		return []*block{{kind: heading, level: n.Level, spans: r.spans(n)}}
	case *ast.Paragraph, *ast.TextBlock:
		if s := r.spans(n); len(s) > 0 {
			return []*block{{spans: s}}
		}
	case *ast.FencedCodeBlock:
		return []*block{{kind: code, lang: clean(string(n.Language(r.src))), text: r.lines(n)}}
	case *ast.CodeBlock:
		return []*block{{kind: code, text: r.lines(n)}}
	case *ast.HTMLBlock:
		s := r.lines(n)
		if n.HasClosure() {
			s += "\n" + string(n.ClosureLine.Value(r.src))
		}
		if s = withoutComments(s); s != "" {
			return []*block{{spans: []span{{text: s}}}}
		}
	case *ast.Blockquote:
		return []*block{{kind: quote, blocks: r.blocks(n, depth+1)}}
	case *ast.List:
		return []*block{r.list(n, depth)}
	case *ast.ThematicBreak:
		return []*block{{kind: rule}}
	case *east.Table:
		return []*block{r.table(n)}
	default:
		return r.blocks(n, depth+1)
	}
	return nil
}

func (r *reader) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(r.src))
	}
	return strings.TrimRight(b.String(), "\n")
}

func (r *reader) list(n *ast.List, depth int) *block {
	b := &block{kind: list, ordered: n.IsOrdered(), start: n.Start}
	for li := n.FirstChild(); li != nil; li = li.NextSibling() {
		it := item{blocks: r.blocks(li, depth+1)}
		if first := li.FirstChild(); first != nil {
			if box, ok := first.FirstChild().(*east.TaskCheckBox); ok {
				it.task = open
				if box.IsChecked {
					it.task = done
				}
			}
		}
		b.items = append(b.items, it)
	}
	return b
}

func (r *reader) table(n *east.Table) *block {
	b := &block{kind: table}
	for _, a := range n.Alignments {
		switch a {
		case east.AlignCenter:
			b.align = append(b.align, center)
		case east.AlignRight:
			b.align = append(b.align, right)
		default:
			b.align = append(b.align, left)
		}
	}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cells := make([][]span, 0, len(b.align))
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, r.spans(c))
		}
		for len(cells) < len(b.align) {
			cells = append(cells, nil)
		}
		b.rows = append(b.rows, cells)
	}
	return b
}

// spans flattens the inline nodes below n.
func (r *reader) spans(n ast.Node) []span {
	var list spanList
	r.inline(n, span{}, &list, 0)
	return list.done()
}

func (r *reader) inline(parent ast.Node, style span, out *spanList, depth int) {
	if depth > 4*maxDepth {
		return
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		s := style
		switch n := n.(type) {
		case *ast.Text:
			value := n.Value(r.src)
			if !n.IsRaw() {
				value = unescape(value)
			}
			out.add(with(s, string(value)))
			switch {
			case n.HardLineBreak():
				out.add(span{brk: true})
			case n.SoftLineBreak():
				out.add(with(s, " "))
			}
		case *ast.String:
			out.add(with(s, string(n.Value)))
		case *ast.CodeSpan:
			s.code = true
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					out.add(with(s, strings.ReplaceAll(string(t.Value(r.src)), "\n", " ")))
				}
			}
		case *ast.Emphasis:
			if n.Level >= 2 {
				s.bold = true
			} else {
				s.italic = true
			}
			r.inline(n, s, out, depth+1)
		case *east.Strikethrough:
			s.strike = true
			r.inline(n, s, out, depth+1)
		case *ast.Link:
			s.link = safeURL(string(util.URLEscape(n.Destination, true)))
			r.inline(n, s, out, depth+1)
		case *ast.AutoLink:
			target := string(n.URL(r.src))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
				target = "mailto:" + target
			}
			s.link = safeURL(target)
			out.add(with(s, string(n.Label(r.src))))
		case *ast.Image:
			// Loading it would be a request. Its name is a link to where it is.
			s.link = safeURL(string(util.URLEscape(n.Destination, true)))
			before := len(out.list)
			r.inline(n, s, out, depth+1)
			if len(out.list) == before {
				out.add(with(s, "picture"))
			}
		case *ast.RawHTML:
			r.rawHTML(n, s, out)
		case *east.TaskCheckBox: // kept by the item of the list
		default:
			r.inline(n, s, out, depth+1)
		}
	}
}

// rawHTML keeps the one tag that tables need, and shows others as text.
func (r *reader) rawHTML(n *ast.RawHTML, s span, out *spanList) {
	var b strings.Builder
	for i := range n.Segments.Len() {
		seg := n.Segments.At(i)
		b.Write(seg.Value(r.src))
	}
	switch tag := b.String(); strings.ToLower(strings.ReplaceAll(tag, " ", "")) {
	case "<br>", "<br/>":
		out.add(span{brk: true})
	default:
		out.add(with(s, withoutComments(tag)))
	}
}

func withoutComments(s string) string {
	for {
		from := strings.Index(s, "<!--")
		if from < 0 {
			return s
		}
		to := strings.Index(s[from:], "-->")
		if to < 0 {
			return strings.TrimSpace(s[:from])
		}
		s = strings.TrimSpace(s[:from] + s[from+to+3:])
	}
}

// maxEntity is longer than the longest name of an entity (HTML 5.2).
const maxEntity = 36

// unescape resolves what Markdown escapes, backslashes and entities, in one
// pass: what one of them gives is not resolved again.
func unescape(b []byte) []byte {
	if !bytes.ContainsAny(b, `\&`) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && i+1 < len(b) && util.IsPunct(b[i+1]):
			i++
		case b[i] == '&':
			if end := bytes.IndexByte(b[i:min(len(b), i+maxEntity)], ';'); end > 0 {
				entity := b[i : i+end+1]
				if v := util.ResolveEntityNames(util.ResolveNumericReferences(entity)); !bytes.Equal(v, entity) {
					out = append(out, v...)
					i += end
					continue
				}
			}
		}
		out = append(out, b[i])
	}
	return out
}

// clean drops what entities may have brought back in: control characters,
// direction overrides and the like, and makes one line of it.
func clean(s string) string {
	return strings.ReplaceAll(triage.Plain(s), "\n", " ")
}

// safeURL returns a URL that may be followed, or nothing.
func safeURL(s string) string {
	s = clean(s)
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
		return u.String()
	case "mailto":
		return u.String()
	}
	return ""
}

// spanList joins what has the same style.
type spanList struct{ list []span }

func (l *spanList) add(s span) {
	if s.text == "" && !s.brk {
		return
	}
	if n := len(l.list); n > 0 && !s.brk && !l.list[n-1].brk && l.list[n-1].sameStyle(s) {
		l.list[n-1].text += s.text
		return
	}
	l.list = append(l.list, s)
}

// done cleans the text once it is whole.
func (l *spanList) done() []span {
	out := l.list[:0]
	for _, s := range l.list {
		if s.text = clean(s.text); s.text != "" || s.brk {
			out = append(out, s)
		}
	}
	return out
}
