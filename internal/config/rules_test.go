package config

import (
	"slices"
	"strings"
	"testing"
)

func TestRulesAreReadFromTheFile(t *testing.T) {
	c := mustLoad(t, Options{File: file(t, `
[pii]
allow_values = ["support@example.org", "a, b"]

[[pii.rules]]
name = "badge"
keyword = "badge"
pattern = '\b(E[0-9]{5})\b'

[[pii.rules]] # on trial
name = "pin"
keyword = "safe"
window = 40
pattern = "[0-9]{6}"
type = "CustomSecret"
mode = "shadow"
`)})
	want := []PIIRule{
		{Name: "badge", Keyword: "badge", Pattern: `\b(E[0-9]{5})\b`, Type: "Custom", Mode: "enforce", Origin: c.File + ":5"},
		{Name: "pin", Keyword: "safe", Window: 40, Pattern: "[0-9]{6}", Type: "CustomSecret", Mode: "shadow", Origin: c.File + ":10"},
	}
	if !slices.Equal(c.PII.Rules, want) {
		t.Errorf("got %+v\nwant %+v", c.PII.Rules, want)
	}
	if !slices.Equal(c.PII.AllowValues, []string{"support@example.org", "a, b"}) {
		t.Errorf("values %q", c.PII.AllowValues)
	}
	for _, v := range c.Values() {
		if v.Key == "pii.rules" && (!strings.Contains(v.Value, `pin: "[0-9]{6}" within 40 of "safe" (CustomSecret, shadow)`) || v.Origin != "file "+c.File) {
			t.Errorf("shown as %+v", v)
		}
	}
}

func TestFaultsOfRulesAreNamedWithTheirLine(t *testing.T) {
	const good = "keyword = 'badge'\npattern = 'x'\n"
	for _, tt := range []struct{ text, want string }{
		{"pii.rules = 'x'", ":1: pii.rules: wrong type"},
		{"[pii.rules]\nname = 'x'", ":1: pii.rules: wrong type"},
		{"[[pii.rules]]\n" + good, ":1: pii.rules: rule 1: name is missing"},
		{"\n[[pii.rules]]\nname = 'a'\n" + good + "[[ pii.rules ]]\nname = 'b'\npattern = 'x'\n", `:6: pii.rules: rule "b": keyword is missing`},
		{"[[pii.rules]]\nname = 'a'\nkeyword = 'badge'\n", `rule "a": pattern is missing`},
		{"[[pii.rules]]\nname = 'a'\n" + good + "mode = 'maybe'", `rule "a": mode: "maybe" is none of`},
		{"[[pii.rules]]\nname = 'a'\n" + good + "type = 'Email'", `rule "a": type: "Email" is neither`},
		{"[[pii.rules]]\nname = 'a'\n" + good + "window = 'wide'", `rule "a": window: write a number of bytes`},
		{"[[pii.rules]]\nname = 'a'\n" + good + "window = 0", `rule "a": window: write a number of bytes`},
		{"[[pii.rules]]\nname = 3\n" + good, `rule 1: name: wrong type`},
		{"[[pii.rules]]\nname = 'a'\nkeywrod = 'x'\n" + good, `rule "a": unknown key "keywrod"; did you mean "keyword"?`},
	} {
		path := file(t, tt.text)
		if _, err := load(t, Options{File: path}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
	if _, err := load(t, Options{}, "TFTSR_PII_RULES=x"); err == nil || !strings.Contains(err.Error(), "configuration file") {
		t.Errorf("rules in the environment: %v", err)
	}
}
