package gate

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

type pageBody struct {
	Title string `json:"title"`
	Body  struct {
		Value string `json:"value"`
	} `json:"body"`
}

func page(title, value string) pageBody {
	p := pageBody{Title: title}
	p.Body.Value = value
	return p
}

// textOf returns the character data of a fragment, or fails where it is not
// well-formed or has other elements than allowed.
func textOf(t *testing.T, fragment, allowed string) string {
	t.Helper()
	var text strings.Builder
	d := xml.NewDecoder(strings.NewReader("<x>" + fragment + "</x>"))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("%s: %v", fragment, err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text.Write(tok)
		case xml.StartElement:
			if !strings.Contains(allowed+" x", tok.Name.Local) {
				t.Fatalf("an original became the element %s: %s", tok.Name.Local, fragment)
			}
			for _, a := range tok.Attr {
				text.WriteString(a.Value)
			}
		}
	}
}

func TestAnOriginalInXMLStaysTextWhateverItHolds(t *testing.T) {
	g, _ := testGate(t)
	trust := Trust{Types: []string{"*"}, Fields: []string{"*"}}
	for n, original := range []string{
		"plain", "a&b<c>d\"e'f", "</p><script>alert(1)</script><p>", "]]>", "]]", "x]]><b>y</b><![CDATA[", "<![CDATA[", "tab\tline\nend", "&amp;", "ü\u2028漢",
	} {
		tok, err := g.opts.Store.Allocate(context.Background(), []store.VaultValue{{
			Type: pii.UserName, Label: "UserName", Value: []byte(original), Length: len(original), Identity: [16]byte{7, byte(n)}, Spelling: [16]byte{7, byte(n)}, Recoverable: true,
		}})
		if err != nil {
			t.Fatal(err)
		}
		token := tok[0].String()
		if err := g.NoteShown(asHost(), []byte(token)); err != nil {
			t.Fatal(err)
		}
		for form, want := range map[string]string{
			"<p>%</p>": original, `<a href="%">x</a>`: original + "x", "<b><![CDATA[% > 1]]></b>%<p/>": original + " > 1" + original, "<b><![CDATA[a %>]]></b>": "a " + original + ">",
		} {
			x := crossing(t, g, asHost(), "confluence:wiki", trust)
			out, err := x.Shaped(asHost(), page("t", strings.ReplaceAll(form, "%", token)), Shape{XML: []string{"body.value"}})
			if err != nil {
				t.Fatal(err)
			}
			sent, err := out.Body.Text("confluence:wiki")
			if err != nil {
				t.Fatal(err)
			}
			var got pageBody
			if err := json.Unmarshal([]byte(sent), &got); err != nil {
				t.Fatal(err)
			}
			if text := textOf(t, got.Body.Value, "p a b"); text != want {
				t.Errorf("%q in %s arrives as %q, want %q", original, form, text, want)
			}
			if len(original) > 9 && strings.Contains(out.Preview, original) {
				t.Errorf("the preview of %q is %s", original, out.Preview)
			}
			if !out.Keyed {
				t.Error("bytes with an original are known by a plain digest")
			}
		}
	}
}

func TestWhatTheDestinationHasGoesBackUnchangedAndUnseen(t *testing.T) {
	g, _ := testGate(t)
	const theirs = "<p>call jane.roe@acme-widgets.com or 10.20.30.41</p>"
	x := crossing(t, g, asHost(), "confluence:wiki", Trust{})
	shape := Shape{XML: []string{"body.value"}, Kept: map[string]string{"title": "Runbook of jane.roe@acme-widgets.com", "body.value": theirs}}
	out, err := x.Shaped(asHost(), page("", "<p>mail to bob.lee@acme-widgets.com</p>"), shape)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := out.Body.Text("confluence:wiki")
	if err != nil {
		t.Fatal(err)
	}
	var got pageBody
	if err := json.Unmarshal([]byte(sent), &got); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.Body.Value, theirs+"<p>mail to [Email_") || got.Title != shape.Kept["title"] {
		t.Errorf("%+v", got)
	}
	if strings.Contains(out.Preview, "jane.roe") || strings.Contains(out.Preview, "10.20.30.41") || !strings.Contains(out.Preview, "… 52 bytes that are there stay … <p>mail to [Email_") {
		t.Errorf("the preview is %s", out.Preview)
	}
	if !out.Keyed || out.Digest == out.Body.SHA256() {
		t.Error("a text that nobody redacted is known by its plain digest")
	}
	call, err := x.Begin(asHost(), Intent{Action: audit.ActionPublish, EntityType: "confluence", EntityID: "98305"}, out)
	if err != nil {
		t.Fatal(err)
	}
	if err := call.End(asHost(), Outcome{Status: "ok"}); err != nil {
		t.Fatal(err)
	}
	reveals, err := g.opts.Store.ListEntries(t.Context(), store.EntryFilter{Action: audit.ActionReveal})
	if err != nil || len(reveals) != 0 {
		t.Errorf("nothing was revealed, and the record says so: %v, %v", reveals, err)
	}
	if _, err := x.Shaped(asHost(), page("t", "x"), Shape{Kept: map[string]string{"body.nosuch": "x"}}); err == nil {
		t.Error("a kept text has no place and nobody says so")
	}
}
