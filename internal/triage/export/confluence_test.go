package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

func TestAPageShowsItsFiguresAndNamesWhatMustBeAttached(t *testing.T) {
	md := "# Title\n\n```mermaid\ngraph TD\n```\n\n```mermaid\nother\n```\n\n```mermaid\ngraph TD\n```\n"
	draw := func(language, source string) *picture.Picture {
		if language == "mermaid" && strings.HasPrefix(source, "graph") {
			return &picture.Picture{W: 3000, H: 20, Title: `causes of "a" & <b>`, Items: []picture.Item{picture.Rect{W: 5, H: 5}}}
		}
		return nil
	}
	body, figures, err := ConfluencePage(doc(md), Options{Figure: draw}, ConfluenceOptions{Anchor: "tftsr-1"})
	if err != nil || len(figures) != 1 || !bytes.HasPrefix(figures[0].SVG, []byte("<svg ")) {
		t.Fatalf("%d figures, %v", len(figures), err)
	}
	text := string(body)
	for want, n := range map[string]int{
		`<ri:attachment ri:filename="` + figures[0].Name + `"/>`: 2, "<![CDATA[graph TD]]>": 2, "<![CDATA[other]]>": 1, `ac:width="1000"`: 2,
		`ac:alt="causes of &quot;a&quot; &amp; &lt;b&gt;"`: 2, `<ac:parameter ac:name="">tftsr-1</ac:parameter>`: 1, "<h1>": 0, `ac:name="toc"`: 1,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("the page has %s %d times, want %d:\n%s", want, got, n, text)
		}
	}
	again, same, err := ConfluencePage(doc(md), Options{Figure: draw}, ConfluenceOptions{Anchor: "tftsr-1"})
	if err != nil || !bytes.Equal(body, again) || same[0].Name != figures[0].Name {
		t.Error("the same document gives another page")
	}
	// A file has nothing attached.
	if file := must(t, Confluence, md); strings.Contains(file, "ri:attachment") {
		t.Error("a file shows a picture that is nowhere")
	}
}

func TestAPartOfAPageBeginsWithItsTitle(t *testing.T) {
	part, _, err := ConfluencePage(doc("# Title\n\ntext"), Options{}, ConfluenceOptions{Part: true})
	if err != nil || !strings.HasPrefix(string(part), "<hr/>\n<h1>A &lt;title&gt; &amp; more</h1>\n<p>text</p>") || strings.Contains(string(part), "toc") {
		t.Errorf("%s, %v", part, err)
	}
}
