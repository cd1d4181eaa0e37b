package azuredevops

import (
	"bytes"
	"fmt"
	stdhtml "html"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// markdown reads CommonMark with tables and without HTML, which stays the text
// that it is: a log has much that looks like it.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	var blocks, inlines []util.PrioritizedValue
	for _, p := range parser.DefaultBlockParsers() {
		if p.Priority != htmlBlock {
			blocks = append(blocks, p)
		}
	}
	for _, p := range parser.DefaultInlineParsers() {
		if p.Priority != rawHTML {
			inlines = append(inlines, p)
		}
	}
	return goldmark.New(goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(blocks...), parser.WithInlineParsers(inlines...), parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)), goldmark.WithExtensions(extension.Table))
})

// The priorities of goldmark's parsers of HTML.
const (
	htmlBlock = 900
	rawHTML   = 400
)

// toHTML renders Markdown for a Server, which has none.
func toHTML(text string) (string, error) {
	var b bytes.Buffer
	if err := markdown().Convert([]byte(lines(text)), &b); err != nil {
		return "", fmt.Errorf("make HTML of the text: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

// breaks are the elements that begin a line of their own.
var breaks = map[string]bool{
	"p": true, "div": true, "br": true, "tr": true, "table": true, "ul": true, "ol": true, "pre": true, "blockquote": true, "hr": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
}

// plainText returns what a reader sees of HTML, or of Markdown. What HTML
// writes as an entity is a plain character then: a value that is hidden in
// entities would be redacted by nobody, and every model reads them.
func plainText(text string, isMarkdown bool) string {
	if isMarkdown {
		return strings.TrimSpace(stdhtml.UnescapeString(text))
	}
	z := html.NewTokenizer(strings.NewReader(text))
	var b strings.Builder
	skip := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return tidy(b.String())
		}
		if kind == html.TextToken && skip == 0 {
			b.Write(z.Text())
			continue
		}
		name, _ := z.TagName()
		tag := string(name)
		switch {
		case kind == html.StartTagToken && (tag == "script" || tag == "style"):
			skip++
		case kind == html.EndTagToken && (tag == "script" || tag == "style"):
			skip = max(0, skip-1)
		case skip > 0:
		case tag == "li":
			if kind == html.StartTagToken {
				if !strings.HasSuffix(b.String(), "\n") {
					b.WriteByte('\n')
				}
				b.WriteString("- ")
			}
		case kind == html.EndTagToken && (tag == "td" || tag == "th"):
			b.WriteByte('\t')
		case breaks[tag]:
			b.WriteByte('\n')
		}
	}
}

// tidy takes blank lines beyond one and spaces at ends of lines away.
func tidy(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\u00a0", " "), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
