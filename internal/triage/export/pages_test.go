package export

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// pagesDir keeps what TestPagesAreDrawn draws, for looking at.
var pagesDir = flag.String("pages", "", "keep the drawn pages in this `folder`")

var day = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// diagram is a picture with everything that a picture can have.
func diagram(language, _ string) *picture.Picture {
	if language != "mermaid" {
		return nil
	}
	p := &picture.Picture{W: 640, H: 200, Title: "A cause and its effect", Items: []picture.Item{
		picture.Rect{X: 10, Y: 20, W: 240, H: 70, R: 8, Class: picture.Bad},
		picture.Rect{X: 380, Y: 20, W: 240, H: 70, R: 8, Class: picture.Good, Dashed: true},
		picture.Polyline{Points: []picture.Point{{X: 250, Y: 55}, {X: 380, Y: 55}}, Arrow: true},
		picture.Polyline{Points: []picture.Point{{X: 300, Y: 120}, {X: 310, Y: 110}, {X: 320, Y: 120}, {X: 310, Y: 130}}, Class: picture.Warn, Closed: true},
		picture.Line(10, 150, 620, 150, picture.Muted),
		picture.Text{X: 310, Y: 180, S: "Ünïcode “label” → 漢字 عربي", Anchor: picture.Middle, Class: picture.Accent, Bold: true, Size: 14},
	}}
	for i, s := range picture.Wrap("The pool of connections was exhausted because the export job kept them", 12, false, 220, 3) {
		p.Items = append(p.Items, picture.Text{X: 20, Y: 40 + 15*float64(i), S: s, Class: picture.Bad})
	}
	return p
}

const scripts = `# Scripts and signs

Latin with marks: Ünïcode, naïve façade, Œuvre – “quotes” … €, e` + "\u0301" + ` decomposed.

Arrows a → b, x ≥ y, ─ lines │.

عربي: فشل الاتصال بقاعدة البيانات في الساعة 04:09 (الخادم db-1) ثم عاد.

Mixed: the user said "تم إيقاف الخدمة 503" and left; לא ניתן להתחבר.

漢字: データベース接続が失敗しました。接続プールが枯渇したため、注文サービスは503を返しました。再起動後に回復しました。長い文章は行の終わりで折り返します。

Ελληνικά και Кириллица: сервис недоступен.

Emoji: 🔥 deploy 👩‍👩‍👧 went ✅ wrong.

| Language | Text |
| --- | --- |
| Arabic | قاعدة البيانات لا تستجيب لأن كل الاتصالات مشغولة منذ الساعة الرابعة |
| Japanese | 接続プールが枯渇したため注文サービスは失敗しました |
| Russian | пул соединений исчерпан |
`

var wide = "# Wide tables and long lines\n\n" +
	"| Id | Action | For | Type | Strength | Owner | Due | Check of effect |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n" +
	strings.Repeat("| c5 | Return the connection after every batch of 500 rows and never hold a transaction over the export | pool_exhausted | prevent | strong | orders team | 2026-03-20 | export under load test holds at most 12 connections |\n", 4) +
	"\n| Log | Id | Lines | SHA-256 of the redacted text | Review |\n| --- | --- | ---: | :---: | --- |\n| postgresql-2026-03-01.log.gz | 0195f3c2-7c1e-7d3a-9f1e-0123456789ab | 1234567 | " + strings.Repeat("0123456789abcdef", 4) + " | unreviewed |\n\n" +
	"A long unbroken line: " + strings.Repeat("x", 300) + " and a path /var/log/" + strings.Repeat("very-long-folder/", 14) + "file.log\n\n" +
	"```text\n" + strings.Repeat("2026-03-01T04:09:00Z ERROR [Hostname_3] pool exhausted: 50 of 50 in use ", 5) + "\n\tindented\tby tabs\n" + strings.Repeat("y", 400) + "\n```\n\n" +
	"```mermaid\ngraph TD\n```\n\n> A quote with **bold**, *italic*, ~~struck~~, `code` and a [link](https://example.com/a?b=c).\n>\n> - [x] done\n> - [ ] open\n\n---\n\n" +
	"1. one\n2. two\n   - nested item that is long enough to wrap onto a second line when it is set in the width of a page, I hope so\n   - another\n\n     second paragraph\n10. ten\n\n### A cell with a break\n\n| a | b |\n| --- | --- |\n| one<br>two | `x|y` \\| z |\n"

// long is a document of some 20 pages.
func long() string {
	var b strings.Builder
	b.WriteString("# Root cause analysis: Orders API answers 500\n\n")
	for s := range 12 {
		fmt.Fprintf(&b, "## Section %d\n\n", s+1)
		for i := range 5 {
			fmt.Fprintf(&b, "The evidence shows: worker %d of the export job kept its connection for more than 180 s, and the pool of 50 connections was exhausted, so that requests waited for 30 s and failed [E%d].\n\n", i, s+1)
		}
		b.WriteString("| Time | Event | What happened | Source |\n| --- | --- | --- | --- |\n")
		for i := range 16 {
			fmt.Fprintf(&b, "| 2026-03-01 04:%02d:00 UTC | note | Requests to /orders waited for a connection and timed out; %d of 50 connections were in use | log:app#L%d |\n", i, 34+i, i)
		}
		b.WriteString("\n- one\n- two\n- three\n\n")
	}
	b.WriteString("## Evidence\n\n")
	for i := range 60 {
		fmt.Fprintf(&b, "**[E%d]** Log excerpt from orders.log, line %d, `log:app#L%d-L%d@0123456789abcdef` (supports; evidence on pool)\n\n```text\npool exhausted: 50 of 50 in use, %d waiting\nconnection of export worker 7 not returned after 180 s\n```\n\n", i+1, i, i, i+1, i)
	}
	return b.String()
}

func samples(t testing.TB) map[string]string {
	t.Helper()
	m := map[string]string{"scripts": scripts, "wide": wide, "long": long(), "empty": ""}
	golden, err := filepath.Glob("../testdata/rca_*.md")
	if err != nil || len(golden) == 0 {
		t.Fatalf("no golden documents: %v", err)
	}
	for _, file := range golden {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m[strings.TrimSuffix(filepath.Base(file), ".md")] = string(b)
	}
	return m
}

// tool returns a program that draws pages, or skips: the pages are looked at
// where it is installed.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	t.Skipf("NOT RUN: none of %s is installed; .ci/run installs poppler-utils and chromium", strings.Join(names, ", "))
	return ""
}

func keep(t *testing.T) string {
	t.Helper()
	if *pagesDir != "" {
		return *pagesDir
	}
	return t.TempDir()
}

// bigFont is a font that has more than Latin, where the machine has one.
func bigFont(t testing.TB) []byte {
	t.Helper()
	for _, path := range []string{
		"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
		"/System/Library/Fonts/Supplemental/Arial Unicode.ttf", `C:\Windows\Fonts\arial.ttf`,
	} {
		if b, err := os.ReadFile(path); err == nil {
			return b
		}
	}
	return nil
}

func TestPagesOfPDFAreDrawn(t *testing.T) {
	draw := tool(t, "pdftoppm")
	dir := keep(t)
	const dpi = 60
	for name, md := range samples(t) {
		if testing.Short() && name != "wide" && name != "scripts" {
			continue
		}
		for _, font := range [][]byte{nil, bigFont(t)} {
			file := filepath.Join(dir, fmt.Sprintf("%s-%t.pdf", name, font != nil))
			data, _, err := PDF(Document{Title: "Sample: " + name, Markdown: md, Version: 3, ID: "0195-doc", Date: day}, Options{Figure: diagram, Font: font})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			pages := strings.TrimSuffix(file, ".pdf")
			if out, err := exec.CommandContext(t.Context(), draw, "-png", "-r", strconv.Itoa(dpi), file, pages).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: %v %s", name, err, out)
			}
			drawn, err := filepath.Glob(pages + "-*.png")
			if err != nil || len(drawn) == 0 {
				t.Fatalf("%s: no pages drawn", name)
			}
			for _, page := range drawn {
				marginsAreEmpty(t, page, int(math.Floor((marginX-6)/72*dpi)))
			}
		}
	}
}

func TestPagesOfHTMLAreDrawn(t *testing.T) {
	browser := tool(t, "chromium", "chromium-browser", "google-chrome")
	dir := keep(t)
	for _, name := range []string{"wide", "rca_good"} {
		data, err := HTML(Document{Title: "Sample: " + name, Markdown: samples(t)[name], Date: day}, Options{Figure: diagram})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file := filepath.Join(dir, name+".html")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{390, 1000} {
			if testing.Short() && width != 390 {
				continue
			}
			shot := filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width))
			out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir="+t.TempDir(),
				fmt.Sprintf("--window-size=%d,2400", width), "--screenshot="+shot, "file://"+file).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v %s", name, err, out)
			}
			marginsAreEmpty(t, shot, 6)
		}
	}
}

// marginsAreEmpty finds what runs over the edge of the text.
func marginsAreEmpty(t *testing.T, file string, edge int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r := img.Bounds()
	ink := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := range edge {
			for _, at := range []int{r.Min.X + x, r.Max.X - 1 - x} {
				if red, green, blue, _ := img.At(at, y).RGBA(); red+green+blue < 3*0xf000 {
					ink++
				}
			}
		}
	}
	if ink > 0 {
		t.Errorf("%s: %d dots in the margins", filepath.Base(file), ink)
	}
}
