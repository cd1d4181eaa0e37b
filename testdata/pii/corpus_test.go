package corpus

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheSameSeedGivesTheSameTexts(t *testing.T) {
	a, err := Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Generate(2)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range a {
		if a[i].Text != b[i].Text {
			t.Fatalf("%s differs between two runs", a[i].ID)
		}
		if a[i].Text == c[i].Text {
			same++
		}
	}
	if same > len(a)/10 {
		t.Errorf("%d of %d texts are the same for another seed", same, len(a))
	}
}

func TestEveryExampleIsLabelledAndWellFormed(t *testing.T) {
	all, err := Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, x := range all {
		if x.Held {
			kept++
		}
		if !utf8.ValidString(x.Text) || strings.ContainsAny(x.Text, "«»‹›") {
			t.Errorf("%s: bad text %q", x.ID, x.Text)
		}
		end := 0
		for _, s := range append(x.Spans[:len(x.Spans):len(x.Spans)], x.Near...) {
			if s.Start < end || s.End <= s.Start || s.End > len(x.Text) || s.Type == "" {
				t.Errorf("%s: bad span %+v", x.ID, s)
			}
			end = s.End
		}
	}
	if n := len(all); kept < n/12 || kept > n/8 {
		t.Errorf("%d of %d are kept aside, want a tenth", kept, n)
	}
}
