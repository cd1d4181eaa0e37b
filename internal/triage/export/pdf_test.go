package export

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/bidi"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

func readable(t *testing.T, md string, o Options) (string, Notes) {
	t.Helper()
	fpdf.SetDefaultCompression(false)
	defer fpdf.SetDefaultCompression(true)
	data, notes, err := PDF(doc(md), o)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), notes
}

func TestWidthsOfPicturesAreThoseOfThePDF(t *testing.T) {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt"})
	for _, style := range []string{"", "B"} {
		f.SetFont(sansFamily, style, 12)
		for r := ' '; r <= '~'; r++ {
			if got, want := picture.Width(string(r), 1000, style == "B"), f.GetStringSymbolWidth(string(r)); math.Round(got) != float64(want) {
				t.Errorf("%q %s: %v, the font says %d", r, style, got, want)
			}
		}
	}
}

func TestPagesAreNumberedAndOutlined(t *testing.T) {
	out, notes := readable(t, long(), Options{})
	pages := strings.Count(out, "/Type /Page\n")
	if pages < 15 || pages > 30 {
		t.Errorf("%d pages, want about 20", pages)
	}
	for i := 1; i <= pages; i++ {
		if want := "(" + strconv.Itoa(i) + " / )"; strings.Count(out, want) != 1 {
			t.Errorf("page number %q stands %d times", want, strings.Count(out, want))
		}
	}
	if got := strings.Count(out, "("+strconv.Itoa(pages)+") Tj"); got < pages {
		t.Errorf("the number of pages stands on %d of %d pages", got, pages)
	}
	if strings.Count(out, "/Title (\xfe\xff") != 15 { // of the file, 13 sections and the heading above them
		t.Errorf("%d entries , want 15", strings.Count(out, "/Title (\xfe\xff"))
	}
	if len(notes) != 0 {
		t.Errorf("notes on a document of plain text: %v", notes)
	}
	// The table that runs over a page repeats its header.
	if got := strings.Count(out, "(What happened) Tj"); got <= 12 {
		t.Errorf("the header of 12 tables stands %d times", got)
	}
}

func TestWhatTheFontsLackIsNamedAndNoted(t *testing.T) {
	out, notes := readable(t, "漢字 and データベース and 🔥 → x", Options{})
	for _, want := range []string{"({U+6F22 U+5B57} and {6 characters, Katakana} and {U+1F525} -> x) Tj", "About this file"} {
		if !strings.Contains(out, want) {
			t.Errorf("the file lacks %q", want)
		}
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "9 characters") || !strings.Contains(notes[0], "Katakana 4, symbols 3, Han 2") || !strings.Contains(notes[1], "(1)") {
		t.Errorf("notes %q", notes)
	}
	for _, r := range out {
		if r == '漢' || r == 'æ' {
			t.Errorf("mojibake: %q", r)
		}
	}
}

func TestTheOwnersFontShowsWhatTheBuiltInOnesLack(t *testing.T) {
	font := bigFont(t)
	if font == nil {
		t.Skip("NOT RUN: no TrueType font with more than Latin is installed; .ci/run installs fonts-dejavu-core")
	}
	data, notes, err := PDF(doc("сервис недоступен, пул исчерпан"), Options{Font: font})
	if err != nil || len(notes) != 0 {
		t.Fatalf("notes %q, %v", notes, err)
	}
	if !strings.Contains(string(data), "/FontFile2") {
		t.Error("the font is not embedded")
	}
	if len(data) > 100_000 {
		t.Errorf("%d bytes: more than the characters that are used are embedded", len(data))
	}
}

func TestFontsThatCannotBeUsedAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": {}, "text": []byte("not a font at all, really not"), "CFF": []byte("OTTO\x00\x01"), "collection": []byte("ttcf\x00\x01"), "web": []byte("wOF2"),
		"tables missing": []byte("\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	} {
		if out, _, err := PDF(doc("x"), Options{Font: data}); err == nil || out != nil || !strings.Contains(err.Error(), "documents.font") {
			t.Errorf("%s: %v", name, err)
		}
	}
	font := bigFont(t)
	if font == nil {
		return
	}
	for n := 0; n < len(font); n += len(font)/40 + 1 {
		out, _, err := PDF(doc("сервис"), Options{Font: font[:n]})
		if err == nil && out == nil {
			t.Errorf("cut at %d: neither a file nor an error", n)
		}
	}
}

func TestLinesFitAndLoseNothing(t *testing.T) {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt"})
	s := newSetter(f, nil)
	for _, text := range []string{
		"some words that are to be broken into lines of a narrow column", strings.Repeat("x", 200), "/var/log/" + strings.Repeat("folder/", 30), "a " + strings.Repeat("b", 99) + " c", "trailing   spaces   ", "",
	} {
		for _, width := range []float64{8, 20, 60, 200, 1000} {
			g := s.glyphs([]span{{text: text}})
			var got strings.Builder
			for _, l := range s.wrap(g, width, 10) {
				if w := widthOf(l.glyphs, 10); w > width && len(l.glyphs) > 1 {
					t.Errorf("%q at %v: a line of %v", text, width, w)
				}
				for _, c := range l.glyphs {
					if !c.space {
						got.WriteRune(c.r)
					}
				}
			}
			if want := strings.ReplaceAll(text, " ", ""); got.String() != want {
				t.Errorf("%q at %v became %q", text, width, got.String())
			}
		}
	}
}

func TestColumnsFillTheWidthAndKeepWordsWhole(t *testing.T) {
	s := newSetter(fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt"}), nil)
	row := func(cells ...string) []glyphs {
		out := make([]glyphs, len(cells))
		for i, c := range cells {
			out[i] = glyphs{g: s.glyphs([]span{{text: c}})}
		}
		return out
	}
	for _, rows := range [][][]glyphs{
		{row("a", "b")},
		{row("Lines", "SHA-256", "unreviewed"), row("1234567", strings.Repeat("0123456789abcdef", 8), "unreviewed")},
		{row(strings.Split(strings.Repeat("column ", 30), " ")...)},
		{row("", "", "")},
	} {
		const width = 487.0
		got := columnWidths(rows, 8, width)
		if total := sum(got); math.Abs(total-width) > 0.01 {
			t.Errorf("columns of %v together have %v", got, total)
		}
		for c, w := range got {
			if w <= 0 {
				t.Errorf("column %d is %v wide", c, w)
			}
		}
	}
	rows := [][]glyphs{row("Lines", "SHA-256", "unreviewed"), row("1234567", strings.Repeat("0123456789abcdef", 8), "unreviewed")}
	got := columnWidths(rows, 8, 487)
	for _, c := range []int{0, 2} {
		if word, _ := extent(rows[1][c].g, 8); word+2*cellPadX > got[c] {
			t.Errorf("column %d of %v breaks a short word for the sake of a long one", c, got)
		}
	}
}

func visual(text string) string {
	all := &extraFont{glyph: make([]uint16, 1<<16), widths: []uint16{500, 500}}
	for i := range all.glyph {
		all.glyph[i] = 1
	}
	s := newSetter(fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt"}), all)
	g := s.add(nil, text, 0, 0)
	out := make([]rune, 0, len(g))
	for _, c := range arrange(line{glyphs: g, rtl: direction(g)}).glyphs {
		out = append(out, runeOf(c))
	}
	return string(out)
}

// The expectations follow UAX #9 by hand; Hebrew letters, which have no forms,
// keep them readable.
func TestRightToLeftTextIsOrdered(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                "abc",
		"אבג":                "גבא",
		"abc אבג def":        "abc גבא def",
		"אבג abc דהו":        "והד abc גבא",
		"אבג 04:09 דהו":      "והד 04:09 גבא",
		"אבג (db-1) דה":      "הד (db-1) גבא",
		"x אב 12% גד y":      "x דג 12% בא y",
		"say \"אב 503\" now": "say \"503 בא\" now",
		"אב, גד.":            ".דג ,בא",
		"אָב":                "באָ",
		"1 אב":               "בא 1",
	} {
		if got := visual(in); got != want {
			t.Errorf("%q is drawn %q, want %q", in, got, want)
		}
	}
}

func TestArabicLettersAreJoined(t *testing.T) {
	every := func(rune) bool { return true }
	for in, want := range map[string]string{
		"بيت":  "\ufe91\ufef4\ufe96", // initial, medial, final
		"دار":  "\u062f\u0627\u0631",
		"لا":   "\ufefb",
		"سلام": "\ufeb3\ufefc\ufee1",
		"بَيت": "\ufe91\u064e\ufef4\ufe96", // a mark does not part letters
		"abc":  "abc",
	} {
		got := string(shape([]rune(in), every))
		if in == "دار" { // none of them joins the next: all isolated
			want = "\ufea9\ufe8d\ufead"
		}
		if got != want {
			t.Errorf("%q: %+q, want %+q", in, got, want)
		}
	}
	none := func(rune) bool { return false }
	if got := string(shape([]rune("بيت لا"), none)); got != "بيت لا" {
		t.Errorf("forms that the font lacks are used: %+q", got)
	}
	for r, l := range letters {
		if p, _ := bidi.LookupRune(l.form); p.Class() != bidi.AL {
			t.Errorf("the form of %+q is no Arabic letter", r)
		}
	}
}

func TestPicturesAreDrawnWithinThePage(t *testing.T) {
	for _, size := range [][2]float64{{100, 50}, {640, 200}, {3000, 300}, {300, 3000}, {5000, 5000}, {0, 10}} {
		p := &picture.Picture{W: size[0], H: size[1], Items: []picture.Item{picture.Rect{W: size[0], H: size[1]}}}
		out, _ := readable(t, "before\n\n```mermaid\nx\n```\n\nafter", Options{Figure: func(string, string) *picture.Picture { return p }})
		for _, m := range regexp.MustCompile(`([\d.]+) ([\d.-]+) ([\d.]+) (-?[\d.]+) re B`).FindAllStringSubmatch(out, -1) {
			var v [4]float64
			for i := range v {
				v[i], _ = strconv.ParseFloat(m[i+1], 64)
			}
			if v[0] < 0 || v[0]+v[2] > paperH || v[1]+v[3] < 0 || v[1] > paperH {
				t.Errorf("a picture of %v is drawn at %v", size, v)
			}
		}
	}
}

func FuzzFont(f *testing.F) {
	f.Add([]byte("OTTO"))
	if b := bigFont(f); b != nil {
		f.Add(b[:4096])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		font, err := loadFont(data)
		if err != nil {
			return
		}
		for r := range rune(1 << 16) { // No character may lead out of the tables.
			if font.has(r) {
				font.width(r)
			}
		}
	})
}
