package pii

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// table returns a table with a header, whose columns "password" hold secrets with all that a cell may hold, and the
// secrets.
func table(r *rand.Rand, delim string, n int) (text []byte, secrets []string) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "id%suser name%spassword%snote\n", delim, delim, delim)
	for i := 0; b.Len() < n; i++ {
		secret := fmt.Sprintf("Pw%d-%d", i, r.Intn(1000))
		note := strings.Repeat("note ", r.Intn(30))
		switch r.Intn(6) {
		case 0: // A delimiter, a quote and a line feed in quotes.
			secret = fmt.Sprintf("a%sb\"\"c\nd%d", delim, i)
			fmt.Fprintf(&b, "%d%sbob%s\"%s\"%s%s\n", i, delim, delim, secret, delim, note)
		case 1: // A row that is none.
			fmt.Fprintf(&b, "# %s\n", note)
			continue
		case 2:
			fmt.Fprintf(&b, "%d%s%s%s%s%s\"%s\"\r\n", i, delim, strings.Repeat("x", r.Intn(4000)), delim, secret, delim, note)
		default:
			fmt.Fprintf(&b, "%d%sal ice%s%s%s%s\n", i, delim, delim, secret, delim, note)
		}
		secrets = append(secrets, secret)
	}
	return b.Bytes(), secrets
}

func TestTablesAreJudgedByTheirHeader(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetSecretsOnly})
	several := newScanner(t, Options{Preset: PresetSecretsOnly, Parallel: true})
	for seed, delim := range []string{",", "\t", ";", "|"} {
		r := rand.New(rand.NewSource(int64(seed)))
		text, secrets := table(r, delim, 2500<<10)
		want := s.Scan(nil, text)
		var got []string
		for _, f := range want {
			got = append(got, string(text[f.Start:f.End]))
		}
		if !slices.Equal(got, secrets) {
			for i := range min(len(got), len(secrets)) {
				if got[i] != secrets[i] {
					t.Fatalf("%q: finding %d is %q, want %q", delim, i, got[i], secrets[i])
				}
			}
			t.Fatalf("%q: %d findings, want %d", delim, len(got), len(secrets))
		}
		for name, next := range map[string]func() int{"prime": func() int { return 7919 }, "random": func() int { return 1 + r.Intn(300<<10) }} {
			for i, s := range []*Scanner{s, several} {
				var got []Finding
				_, err := s.ScanReader(context.Background(), &cutReader{text, next}, func(f Finding, _ Excerpt) error {
					got = append(got, f)
					return nil
				})
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%q cut %s, scanner %d: %d findings, want %d, %v", delim, name, i, len(got), len(want), err)
				}
			}
		}
		checkCleared(t, s, text[:20<<10])
	}
}
