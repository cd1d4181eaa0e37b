package sqlite

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// FuzzADeltaMakesTheText holds the one promise of a delta, whatever the texts,
// and that no delta makes the reader fall over.
func FuzzADeltaMakesTheText(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":1},{"c":2}]}`), []byte(`{"a":[{"b":1},{"d":3},{"c":2}]}`))
	f.Add([]byte(""), []byte("no brace"))
	f.Add([]byte("{{{{"), []byte("{{{"))
	f.Add([]byte(`{1,{2,{1,{2,{3`), []byte(`{2,{1,{3{1,{2,`))
	f.Add([]byte("{x"), []byte{0, 255, '{', 10, '{', 'x'})
	f.Fuzz(func(t *testing.T, base, text []byte) {
		delta := deltaOf(base, text)
		got, err := undelta(base, delta, len(text))
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("of %q, %q became %q, %v", base, text, got, err)
		}
		if _, err := undelta(base, delta, len(text)-1); err == nil && len(text) > 0 {
			t.Fatal("a text that is too long was made")
		}
		_, _ = undelta(base, text, 1<<16) // any bytes, as a delta
	})
}

func TestADeltaIsAsLongAsWhatChanged(t *testing.T) {
	nodes := make([]string, 400)
	for i := range nodes {
		nodes[i] = fmt.Sprintf(`{"id":"n%d","claim":"claim %d","evidence":[{"id":"e%d","text":"the same of all"}]}`, i, i, i)
	}
	state := func() []byte { return []byte(`{"nodes":[` + strings.Join(nodes, ",") + `]}`) }
	base := state()
	nodes[7] = `{"id":"n7","claim":"said better, of [Email_12]"}`
	nodes[300] = strings.Replace(nodes[300], "hypothesis", "supported", 1)
	nodes = append(nodes, `{"id":"n400","claim":"a new one, of [Hostname_3]"}`)
	delta := deltaOf(base, state())
	if len(delta) > 300 {
		t.Errorf("the delta of three claims has %d bytes: %q", len(delta), delta)
	}
	// Forgetting looks for tokens in deltas.
	for _, token := range []string{"[Email_12]", "[Hostname_3]"} {
		if !bytes.Contains(delta, []byte(token)) {
			t.Errorf("%s is not whole in %q", token, delta)
		}
	}
	for n := range delta { // cut off or damaged, it is an error or another text
		_, _ = undelta(base, delta[:n], 1<<20)
		bad := bytes.Clone(delta)
		bad[n] ^= 0x80
		_, _ = undelta(base, bad, 1<<20)
	}
	if _, err := undelta(base[:10], delta, 1<<20); err == nil {
		t.Error("a delta of another base was taken")
	}
}
