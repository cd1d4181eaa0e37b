package gate

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"
)

func TestClearedGoesToItsDestinationOnly(t *testing.T) {
	c := newCleared(Host, "text", Counts{"Email": 2})
	if text, err := c.Text(Host); text != "text" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	for _, d := range []Destination{Terminal, "ai:provider/x", "", "ai:host "} {
		if text, err := c.Text(d); text != "" || !errors.Is(err, ErrNotCleared) {
			t.Errorf("for %q got %q, %v", d, text, err)
		}
	}
	var zero Cleared
	for _, d := range []Destination{Host, Terminal, ""} {
		if text, err := zero.Text(d); text != "" || !errors.Is(err, ErrNotCleared) {
			t.Errorf("the zero value for %q gave %q, %v", d, text, err)
		}
	}
	if zero.SHA256() != "" || zero.Counts() != nil {
		t.Error("the zero value describes a text")
	}
	if got := c.SHA256(); got != "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1" {
		t.Errorf("digest is %s", got)
	}
	c.Counts()["Email"] = 7
	if c.Counts()["Email"] != 2 {
		t.Error("counts can be changed from outside")
	}
}

func TestClearedCannotBePrinted(t *testing.T) {
	const secret = "the-cleared-text"
	c := newCleared(Host, secret, nil)
	type holder struct {
		C     Cleared
		inner Cleared
		p     *Cleared
		list  []Cleared
	}
	h := holder{c, c, &c, []Cleared{c}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%t", "%p", "%T"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
		fmt.Fprintf(&out, verb+"\n", map[string]any{"c": c, "h": h})
	}
	fmt.Fprintln(&out, c, h, errors.New(fmt.Sprint(c)))
	for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		l.Info("m", "c", c, "h", h, "p", &c)
		l.WithGroup("g").Info("m", "c", []any{&c, h})
	}
	if b, err := json.Marshal(h); err == nil {
		t.Errorf("encoded as JSON: %s", b)
	}
	if b, err := xml.Marshal(c); err == nil {
		out.Write(b)
	}
	_ = gob.NewEncoder(&out).Encode(c)
	_ = template.Must(template.New("").Parse("{{.}} {{printf \"%v\" .}}")).Execute(&out, c)

	hex := fmt.Sprintf("%x", secret)
	for _, form := range []string{secret, hex, strings.ToUpper(hex)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the text was printed:\n%s", out.String())
		}
	}
	if !strings.Contains(c.String(), "ai:host") {
		t.Errorf("%q does not name the destination", c)
	}
}
