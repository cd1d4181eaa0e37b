package pii

import (
	"fmt"
	"strings"
	"testing"
)

// mark is how a test text shows what must be found: «Type:value». Everything else must stay.
func parseMarked(t testing.TB, marked string) (text string, want []string) {
	t.Helper()
	var sb strings.Builder
	for {
		i := strings.Index(marked, "«")
		if i < 0 {
			sb.WriteString(marked)
			return sb.String(), want
		}
		sb.WriteString(marked[:i])
		marked = marked[i+len("«"):]
		j := strings.Index(marked, "»")
		name, value, ok := strings.Cut(marked[:j], "|")
		if !ok {
			t.Fatalf("bad mark in test text: %q", marked[:j])
		}
		want = append(want, fmt.Sprintf("%s[%d:%d]", name, sb.Len(), sb.Len()+len(value)))
		sb.WriteString(value)
		marked = marked[j+len("»"):]
	}
}

func describe(found []Finding) []string {
	var out []string
	for _, f := range found {
		s := fmt.Sprintf("%s[%d:%d]", f.Type, f.Start, f.End)
		if f.Level != LevelRedact {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

func newScanner(t testing.TB, o Options) *Scanner {
	t.Helper()
	s, err := NewScanner(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkMarked(t *testing.T, s *Scanner, marked string) {
	t.Helper()
	text, want := parseMarked(t, marked)
	found := s.Scan(nil, []byte(text))
	var redact []Finding
	for _, f := range found {
		if f.Level == LevelRedact {
			redact = append(redact, f)
		}
	}
	if got := describe(redact); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q\n got %v\nwant %v", text, got, want)
		for _, f := range redact {
			t.Logf("  %s %q %s %s", f.Type, text[f.Start:f.End], f.Rule, f.Reason)
		}
	}
}

func TestScanFindsEachTypeWithExactSpans(t *testing.T) {
	s := newScanner(t, Options{})
	for name, cases := range positives {
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				checkMarked(t, s, c)
			}
		})
	}
}

func TestScanLeavesNearMisses(t *testing.T) {
	s := newScanner(t, Options{})
	for name, cases := range nearMisses {
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				checkMarked(t, s, c)
			}
		})
	}
}
