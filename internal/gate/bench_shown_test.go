package gate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/pii"
)

// BenchmarkNoteShown is what each answer pays for the tokens in it: none, some
// that the process has noted before, and some that it stores now.
func BenchmarkNoteShown(b *testing.B) {
	g := &Gate{opts: testOptions(b)}
	answer := func(tokens, from int) []byte {
		var s strings.Builder
		for n := range tokens {
			fmt.Fprintf(&s, `{"line":%d,"text":"connect to [Hostname_%d] refused"},`, n, from+n)
		}
		s.WriteString(strings.Repeat("and nothing of interest here; ", max(0, 4096-s.Len())/30))
		return []byte(s.String())
	}
	next := 1000
	for _, bc := range []struct {
		name   string
		tokens int
		fresh  bool
	}{{"4KB-none", 0, false}, {"4KB-40-known", 40, false}, {"4KB-40-new", 40, true}} {
		b.Run(bc.name, func(b *testing.B) {
			text := answer(bc.tokens, 1)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if bc.fresh {
					next += bc.tokens
					text = answer(bc.tokens, next)
				}
				if err := g.NoteShown(asHost(), text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHide is what an answer of a service pays for what was restored in
// the exchange: every encoded form of every value is looked for.
func BenchmarkHide(b *testing.B) {
	for _, bc := range []struct{ values, size int }{{0, 4 << 10}, {1, 4 << 10}, {10, 4 << 10}, {10, 64 << 10}, {100, 64 << 10}} {
		b.Run(fmt.Sprintf("%d-values-%dKB", bc.values, bc.size>>10), func(b *testing.B) {
			x := &Crossing{restored: map[pii.Token][]byte{}}
			var text strings.Builder
			for n := range bc.values {
				v := fmt.Sprintf("db%d.prod.corp.internal", n)
				x.restored[pii.Token{Label: "Hostname", Ordinal: n + 1}] = []byte(v)
				fmt.Fprintf(&text, `{"host":%q},`, v)
			}
			text.WriteString(strings.Repeat("and nothing of interest here; ", max(0, bc.size-text.Len())/30))
			answer := []byte(text.String())
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				if got := x.hide(answer, true); bc.values > 0 && strings.Contains(string(got), "corp.internal") {
					b.Fatal("a value is left")
				}
			}
		})
	}
}
