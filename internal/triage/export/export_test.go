package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

func doc(md string) Document {
	return Document{Title: "A <title> & more", Markdown: md, ID: "0195-doc", Version: 2, Date: day}
}

type writer func(Document, Options) ([]byte, error)

func pdfOnly(d Document, o Options) ([]byte, error) {
	data, _, err := PDF(d, o)
	return data, err
}

var writers = map[string]writer{"HTML": HTML, "Confluence": Confluence, "PDF": pdfOnly}

// must writes Markdown by one of the writers.
func must(t testing.TB, w writer, md string) string {
	t.Helper()
	data, err := w(doc(md), Options{Figure: diagram})
	if err != nil {
		t.Fatalf("%q: %v", md, err)
	}
	return string(data)
}

const cited = `# Title

The evidence shows: a thing [E1][E2], ` + "`[E1]`" + ` and [E9].

| a | b |
| --- | --- |
| x | by [E2] |

- in a list [E1]

**[E1]** Log excerpt [E2]

**[E2]** Another
`

func TestCitationsLeadToTheAppendix(t *testing.T) {
	html := must(t, HTML, cited)
	for want, n := range map[string]int{
		`<a href="#E1">[E1]</a>`: 2, `<a href="#E2">[E2]</a>`: 3, `<p dir="auto" id="E1">`: 1, `<p dir="auto" id="E2">`: 1, "#E9": 0, `<code>[E1]</code>`: 1,
	} {
		if got := strings.Count(html, want); got != n {
			t.Errorf("HTML has %q %d times, want %d:\n%s", want, got, n, html)
		}
	}
	conf := must(t, Confluence, cited)
	for want, n := range map[string]int{`ac:anchor="E1"`: 2, `ac:anchor="E2"`: 3, `<ac:parameter ac:name="">E1</ac:parameter>`: 1, `ac:anchor="E9"`: 0} {
		if got := strings.Count(conf, want); got != n {
			t.Errorf("Confluence has %q %d times, want %d:\n%s", want, got, n, conf)
		}
	}
	pdf := must(t, pdfOnly, cited)
	if got := strings.Count(pdf, "/Subtype /Link"); got != 5 {
		t.Errorf("PDF has %d links, want 5", got)
	}
}

func TestEveryLinkInsideAPageHasItsTarget(t *testing.T) {
	for name, md := range samples(t) {
		html := must(t, HTML, md)
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if ids[m[1]] {
				t.Errorf("%s: the id %q stands twice", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if !ids[m[1]] {
				t.Errorf("%s: a link leads to %q, which is not there", name, m[1])
			}
		}
	}
}

// attacks are documents that try to get markup, requests or terminal sequences
// into an output, or to break it.
var attacks = []string{
	"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "<!-- <script> -->", "<div onclick=x>\n\ntext\n\n</div>", "<style>*{}</style>",
	"[x](javascript:alert(1))", "[x](data:text/html;base64,PHN2Zz4=)", "[x](//evil.example/a)", "[x](/etc/passwd)", "[x](file:///etc/passwd)", "<javascript:alert(1)>",
	"![x](https://evil.example/pixel.png)", "[x](https://ok.example/\" onmouseover=\"alert(1))", "[x](https://ok.example/'><script>)", "[a]: javascript:x\n\n[a]",
	"&lt;script&gt; &#60;script&#62; &#x1b;[31m &#0; &#x202e;evil", "```\n]]>\n]]]]><![CDATA[>\n```", "[]]>](https://ok.example)", "`]]>`",
	"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00\x01\x08\x0b\x0c\x7f\u0085", "\xff\xfe\xc3( broken utf-8", "```\n\x1b[1;31mERROR\x1b[0m \x00\xff\n```", "\ufffe\uffff",
	"```mermaid\"><script>\nx\n```", "# \"><script>\n\n[x](#\"><script>)", "| a\"><script> | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |",
	strings.Repeat("> ", 300) + "deep", strings.Repeat("- ", 300) + "deep", strings.Repeat("*", 1000) + "x" + strings.Repeat("*", 1000), strings.Repeat("[", 2000), "a\n" + strings.Repeat("| x ", 500) + "|\n" + strings.Repeat("|---", 500) + "|\n" + strings.Repeat("| y ", 500) + "|",
	"- [ ] task\n- [x] `done`\n- plain", "1. a\n\n   ```sh\n   b\n   ```\n2. c", "<br><BR/><br >", "**[E1]** x\n\n**[E1]** again [E1]", "0. zero", "5) five", "\t indented code\n", "***", "~~~\nopen",
}

func TestNothingInADocumentBecomesMarkup(t *testing.T) {
	for _, md := range attacks {
		safeHTML(t, md)
		safeConfluence(t, md)
	}
}

// Elements and attributes that pages are made of. Everything else would be
// from a document.
var (
	elements = strings.Fields("html head meta title style body main nav ul ol li a p h1 h2 h3 h4 h5 h6 pre code blockquote hr br wbr div table thead tbody tr th td strong em del figure svg rect polyline polygon text")
	attrs    = strings.Fields("lang charset http-equiv content name id href rel dir class tabindex scope start data-l aria-label role direction width height viewBox font-family font-size font-weight text-anchor fill stroke stroke-width stroke-dasharray stroke-linejoin x y rx points")
)

func safeHTML(t *testing.T, md string) {
	t.Helper()
	html := must(t, HTML, md)
	if i := strings.IndexFunc(html, func(r rune) bool { return !allowed(r) || r >= 0x202a && r <= 0x202e }); i >= 0 {
		t.Fatalf("%q: a control character in the page: %q", md, html[i:min(len(html), i+20)])
	}
	// The page is XML but for its doctype, its void elements, and the style.
	body := regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(html, "")
	body = regexp.MustCompile(`<(meta|br|hr|wbr)([^>]*)>`).ReplaceAllString(strings.TrimPrefix(body, "<!DOCTYPE html>\n"), "<$1$2/>")
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		tok, err := d.Token()
		if tok == nil {
			if err != nil && err.Error() != "EOF" {
				t.Fatalf("%q: the page does not nest: %v\n%s", md, err, body)
			}
			return
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, start.Name.Local) {
			t.Fatalf("%q: an element %s in the page", md, start.Name.Local)
		}
		for _, a := range start.Attr {
			if !slices.Contains(attrs, a.Name.Local) {
				t.Fatalf("%q: an attribute %s in the page", md, a.Name.Local)
			}
			if a.Name.Local == "href" && !regexp.MustCompile(`^(#|https?://[^/]|mailto:)`).MatchString(a.Value) {
				t.Fatalf("%q: a link to %q", md, a.Value)
			}
		}
	}
}

func safeConfluence(t *testing.T, md string) {
	t.Helper()
	out := must(t, Confluence, md)
	if err := CheckConfluence([]byte(out)); err != nil {
		t.Fatalf("%q: %v\n%s", md, err, out)
	}
	d := xml.NewDecoder(strings.NewReader(`<x xmlns:ac="ac" xmlns:ri="ri">` + out + "</x>"))
	for {
		tok, _ := d.Token()
		if tok == nil {
			return
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local == "x" {
			continue
		}
		known := slices.Contains(elements, start.Name.Local) && !slices.Contains([]string{"html", "style", "svg", "meta", "body"}, start.Name.Local)
		if start.Name.Space == "ac" {
			known = slices.Contains(strings.Fields("structured-macro parameter plain-text-body rich-text-body link plain-text-link-body task-list task task-status task-body"), start.Name.Local)
		}
		if !known {
			t.Fatalf("%q: an element %s in the fragment", md, start.Name.Local)
		}
	}
}

func TestBrokenFragmentsAreRefused(t *testing.T) {
	for _, bad := range []string{"<p>", "</p>", "<p></x>", "</x><x>", "a & b", "<p>\x1b</p>", "<evil:p/>", "<?php ?>", "<!DOCTYPE x>", "&nosuch;", "<![CDATA[x", "\xff"} {
		if err := CheckConfluence([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
	if err := CheckConfluence([]byte("text &nbsp; &eacute; <ac:link/><p>x</p><![CDATA[ & ]]>")); err != nil {
		t.Error(err)
	}
}

func TestThePolicyOfAPageAllowsItsOwnStyleOnly(t *testing.T) {
	html := must(t, HTML, "# x")
	css, hash := sheet()
	for _, want := range []string{"default-src 'none'; style-src '" + hash + "';", "<style>" + css + "</style>", `<meta name="viewport"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(html, " style=") || strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "</") {
		t.Error("the page has styles that its policy refuses, or requests something")
	}
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	for name, md := range samples(t) {
		for form, w := range writers {
			o := Options{Figure: diagram, Font: bigFont(t)}
			a, err := w(doc(md), o)
			if err != nil {
				t.Fatalf("%s as %s: %v", name, form, err)
			}
			b, err := w(doc(md), o)
			if err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s as %s: other bytes the second time, %v", name, form, err)
			}
		}
	}
}

// hide replaces a planted value, as the gate does.
func hide(text string) (string, error) {
	return regexp.MustCompile(`10\.20\.30\.40|user: bob \| secret: \S+|user \| hunter2`).ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasPrefix(s, "10."):
			return "[PrivateIPv4_1]"
		default:
			return strings.ReplaceAll(strings.ReplaceAll(s, "hunter2", "[Password]"), "bob", "[Name_1]")
		}
	}), nil
}

// What markup hides from a scan of the source is seen by the reader, and so it
// is scanned as the reader sees it.
func TestWhatMarkupHidesIsRedacted(t *testing.T) {
	for _, md := range []string{
		"host 10.20.30.40 down", "host 10.**20**.30.40 down", "host 10.&#50;0.30.40 down", "host 10\\.20\\.30\\.40 down", "# at 10.2*0*.30.40",
		"- x\n  - 10.20.`30`.40", "| h |\n| --- |\n| 10.20.~~30~~.40 |", "> 10.20.30.40", "```\n10.20.30.40\n```", "```10.20.30.40\nx\n```", "[x](https://10.20.30.40/)", "<https://10.20.30.40/>",
		"![10.20.30.40](x)", "<i>10.20.30.40</i>", "10.<!-- -->20.30.40", "| user | hunter2 |\n| --- | --- |", "- [ ] 10.20.30.40",
	} {
		for form, w := range writers {
			if form == "PDF" {
				w = uncompressed
			}
			data, err := w(doc(md), Options{Figure: diagram, Redact: hide})
			if err != nil {
				t.Fatalf("%q as %s: %v", md, form, err)
			}
			if seen := string(data); strings.Contains(seen, "10.20.30.40") || strings.Contains(seen, "hunter2") {
				t.Errorf("%q as %s shows what is sensitive:\n%s", md, form, seen)
			}
		}
	}
}

// uncompressed is PDF with its page contents readable.
func uncompressed(d Document, o Options) ([]byte, error) {
	fpdf.SetDefaultCompression(false)
	defer fpdf.SetDefaultCompression(true)
	return pdfOnly(d, o)
}

func TestATitleIsRedactedToo(t *testing.T) {
	for form, w := range map[string]writer{"HTML": HTML, "PDF": uncompressed} {
		data, err := w(Document{Title: "Down: 10.20.30.40", Markdown: "x", Date: day}, Options{Redact: hide})
		if err != nil || bytes.Contains(data, []byte("10.20.30.40")) || bytes.Contains(data, []byte("1\x000\x00.\x002")) {
			t.Errorf("%s: %v\n%s", form, err, data)
		}
	}
}

func TestAScanThatFailsStopsTheExport(t *testing.T) {
	broken := errors.New("scanner down")
	for form, w := range writers {
		data, err := w(doc("x"), Options{Redact: func(string) (string, error) { return "", broken }})
		if !errors.Is(err, broken) || data != nil {
			t.Errorf("%s: %d bytes, %v", form, len(data), err)
		}
		// A scan that is never content must not let the text through.
		data, err = w(doc("x\n\ny"), Options{Redact: func(s string) (string, error) { return s + "!", nil }})
		if err == nil || data != nil {
			t.Errorf("%s: written although the scan still finds something", form)
		}
	}
}

func TestOriginalsArePutBackWithoutTouchingTheMarkup(t *testing.T) {
	md := "# On [Host_1]\n\n**[E1]** from `[Host_1]`, *[Name_1]* [E1]\n\n| [Name_1] | b |\n| --- | --- |\n| [E1] | [x](https://ok.example/a) |\n\n```text\nat [Host_1]\n```\n"
	restore := func(s string) (string, error) {
		return strings.NewReplacer("[Host_1]", "web*01*|<b>", "[Name_1]", "J. [x](y) `Doe` \x1b[31m").Replace(s), nil
	}
	html, err := HTML(doc(md), Options{Restore: restore, Redact: func(s string) (string, error) { return s, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"On web*01*|&lt;b&gt;</h1>", "<code>web*01*|&lt;b&gt;</code>", "<em>J. [x](y) `Doe` </em>", `<p dir="auto" id="E1">`, `<a href="#E1">[E1]</a>`, "at web*01*|&lt;b&gt;</code>"} {
		if !bytes.Contains(html, []byte(want)) {
			t.Errorf("the page lacks %q:\n%s", want, html[bytes.Index(html, []byte("<main>")):])
		}
	}
	for form, w := range writers {
		if _, err := w(doc(md), Options{Restore: func(string) (string, error) { return "a\x1fb", nil }}); err == nil {
			t.Errorf("%s: an original that holds the separator passes", form)
		}
		broken := errors.New("no")
		if _, err := w(doc(md), Options{Restore: func(string) (string, error) { return "", broken }}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestLongWordsOfCellsMayBeBrokenAndShortOnesNot(t *testing.T) {
	ref := "log:01a2155b-622e-72f3-9b1a-e08103aa9e87#L191-L191@23f0fea9ed6cf814"
	html := must(t, HTML, "| a | b |\n| --- | --- |\n| impact_started | "+ref+" <b> |\n\n"+ref)
	if !strings.Contains(html, ">impact_started<") || !strings.Contains(html, "&lt;b&gt;") || !strings.Contains(html, ">"+ref+"<") {
		t.Error("a short word or a paragraph is broken")
	}
	if strings.ReplaceAll(html, "<wbr>", "") == html || strings.Count(strings.ReplaceAll(html, "<wbr>", ""), ref) != 2 {
		t.Errorf("the reference in the cell is not broken, or not whole:\n%s", html)
	}
}

func TestHugeDocumentsAreRefused(t *testing.T) {
	for form, w := range writers {
		if _, err := w(doc(strings.Repeat("x", MaxBytes+1)), Options{}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestFiguresAreDrawnOrShownAsCode(t *testing.T) {
	md := "```mermaid\ngraph TD\n```\n\n```go\nx := \"y\"\n```"
	html := must(t, HTML, md)
	if !strings.Contains(html, "<svg class=\"pic\"") || strings.Contains(html, "graph TD") || !strings.Contains(html, "x := &quot;y&quot;") {
		t.Errorf("the figure is not drawn:\n%s", html)
	}
	plain, err := HTML(doc(md), Options{Figure: func(string, string) *picture.Picture { return nil }})
	if err != nil || !bytes.Contains(plain, []byte("graph TD")) {
		t.Errorf("a figure that cannot be drawn is lost, %v", err)
	}
	conf := must(t, Confluence, md)
	if !strings.Contains(conf, `ac:name="expand"`) || !strings.Contains(conf, "<![CDATA[graph TD]]>") || !strings.Contains(conf, `<ac:parameter ac:name="language">go</ac:parameter>`) {
		t.Errorf("Confluence has neither source nor language:\n%s", conf)
	}
}

func FuzzHTML(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, md string) { safeHTML(t, md) })
}

func FuzzConfluence(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, md string) { safeConfluence(t, md) })
}

func FuzzPDF(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, md string) {
		if out := must(t, pdfOnly, md); !strings.HasPrefix(out, "%PDF-1.") || !strings.HasSuffix(out, "%%EOF\n") {
			t.Fatalf("%q: no PDF", md)
		}
	})
}

func seed(f *testing.F) {
	f.Helper()
	for _, md := range attacks {
		f.Add(md)
	}
	f.Add(scripts)
	f.Add(cited)
	f.Add("1. a\n   - b\n\n     > c\n     > | d | e |\n     > |:-:|--:|\n     > | f | `g` |\n\n---\n<br>\n")
}

func BenchmarkHTML(b *testing.B)       { bench(b, HTML) }
func BenchmarkConfluence(b *testing.B) { bench(b, Confluence) }
func BenchmarkPDF(b *testing.B)        { bench(b, pdfOnly) }

// bench writes a root cause analysis of some 20 pages.
func bench(b *testing.B, w writer) {
	d := doc(long())
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		data, err := w(d, Options{Figure: diagram})
		if err != nil {
			b.Fatal(err)
		}
		size = len(data)
	}
	b.ReportMetric(float64(size), "bytes/doc")
}
