package confluence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/gate"
)

// hostile are values that try to end their literal, to add a condition, to act
// as a sign of the text search, or to break it.
var hostile = []string{
	`x" or type = page or title ~ "`, `x\" or type = page or title ~ \"`, `x\`, `x\\`, `\" or space = DOC`, `""x`, `x") or (type = page`, `x" order by title`, `x' or 'a`,
	`*x`, `?x`, `x*`, `x?y`, `x~`, `x~0.1`, `+x`, `-x`, `!x`, `x && y`, `x || y`, `x AND y`, `x OR y`, `NOT x`, `x TO y`, `[a TO z]`, `{a TO z}`, `title:secret`, `(x`, `x)`, `x^4`,
	`"a phrase"`, `/regex/`, `a/b`, `a:b`, `a\b`, `[Hostname_3]`, `x%22 or type=page`, `x&cql=type=page`, `x＂ or type = page`, `日本 "x`, `C++ & C#`, `50% (half)`, `select * from x`,
}

// refused are values that nothing can look for.
var refused = []string{"", "   ", "a\nb", "a\rb", "a\x00b", "a\x1bb", "a\u0085b", "a\u2028b", "a\u2029b", "***", `"""`, "\xff", "a\xffb", strings.Repeat("a", maxQueryValue+1)}

func TestHostileValuesStayWhatIsLookedFor(t *testing.T) {
	b := newBed(t, bedOptions{})
	secret := b.fake.Seed("DOC", "Secret merger", "<p>nobody asked for this</p>", false)
	for _, v := range hostile {
		hit := b.fake.Seed("OPS", "t", "<p>"+strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(v)+"</p>", false)
		b.fake.Rename(hit, fmt.Sprint("page ", hit))
		q := NewQuery(b.client.Destination()).InSpace("OPS").Contains(b.clear(v))
		found, err := b.client.Search(t.Context(), q, 50, "")
		if err != nil {
			t.Errorf("%q: %v", v, err)
			continue
		}
		var ids []string
		for _, h := range found.Hits {
			ids = append(ids, h.ID)
			if h.Space != "OPS" || h.ID == secret {
				t.Errorf("%q finds %+v", v, h)
			}
		}
		if !slices.Contains(ids, hit) {
			t.Errorf("%q does not find the page that holds it", v)
		}
		// What holds none of it is not found either: it adds no condition.
		if found, err := b.client.Search(t.Context(), NewQuery(b.client.Destination()).InSpace("DOC").Contains(b.clear(v)), 50, ""); err != nil || len(found.Hits) > 0 {
			t.Errorf("%q finds what does not hold it: %+v, %v", v, found, err)
		}
	}
	for _, v := range refused {
		if text, err := NewQuery(here).Contains(b.clear(v)).Encode(); !errors.Is(err, ErrValue) {
			t.Errorf("%q became %q, %v", v, text, err)
		}
	}
}

const here = gate.Destination("confluence:wiki")

func TestQueriesAreWhatTheirConditionsSay(t *testing.T) {
	b := newBed(t, bedOptions{})
	for want, q := range map[string]*Query{
		`type = page`:                       NewQuery(here),
		`type = page AND space = "~712020"`: NewQuery(here).InSpace("~712020"),
		`type = page AND label = "tftsr" order by lastmodified desc`:                          NewQuery(here).Labelled(b.clear("tftsr")).Newest(),
		`type = page AND (title ~ "and \\(x\\) \\\"y\\\"" OR text ~ "and \\(x\\) \\\"y\\\"")`: NewQuery(here).Contains(b.clear(`AND (x) "y"`)),
	} {
		if got, err := q.Encode(); got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	for name, q := range map[string]*Query{
		"a key with a quotation mark": NewQuery(here).InSpace(`OPS" or type = "page`),
		"an empty key":                NewQuery(here).InSpace(""),
		"a label of two words":        NewQuery(here).Labelled(b.clear("two words")),
		"a label with a mark":         NewQuery(here).Labelled(b.clear(`x"`)),
		"text for another place":      NewQuery("confluence:other").Contains(b.clear("x")),
		"text of nobody":              NewQuery(here).Contains(gate.Cleared{}),
	} {
		if got, err := q.InSpace("OPS").Encode(); err == nil || got != "" {
			t.Errorf("%s became %q", name, got)
		}
	}
}

// FuzzQueryKeepsItsShape holds that a value never leaves its literal, and that
// in it every sign that acts is escaped.
func FuzzQueryKeepsItsShape(f *testing.F) {
	for _, v := range append(hostile, refused...) {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		got, err := safe(v)
		if err != nil {
			return
		}
		text := literal(lucene(got))
		if text[0] != '"' {
			t.Fatal(text)
		}
		// Read the literal as CQL does.
		var inner strings.Builder
		i := 1
		for ; i < len(text) && text[i] != '"'; i++ {
			if text[i] == '\\' {
				i++
			}
			inner.WriteByte(text[i])
		}
		if i != len(text)-1 {
			t.Fatalf("%q ends its literal at %d of %d: %s", v, i, len(text), text)
		}
		// Read what is in it as Lucene does.
		escaped := false
		var words strings.Builder
		for _, r := range inner.String() {
			switch {
			case escaped:
				escaped = false
				words.WriteRune(r)
			case r == '\\':
				escaped = true
			case strings.ContainsRune(specials, r):
				t.Fatalf("%q: %q acts in %s", v, r, inner.String())
			default:
				words.WriteRune(r)
			}
		}
		if escaped || !strings.EqualFold(words.String(), strings.Join(strings.Fields(got), " ")) {
			t.Fatalf("%q became %q", v, words.String())
		}
		for _, w := range strings.Fields(words.String()) {
			if slices.Contains([]string{"AND", "OR", "NOT", "TO"}, w) {
				t.Fatalf("%q: the operator %s is left in %s", v, w, text)
			}
		}
	})
}
