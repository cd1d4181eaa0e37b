package triage

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLinesDigestIsSHA256OfBareLinesJoinedByLineFeeds(t *testing.T) {
	sum := sha256.Sum256([]byte("one\n\ntwo"))
	want := hex.EncodeToString(sum[:])[:16]
	for _, lines := range [][]string{
		{"one", "", "two"},
		{"one\r", "\r", "two\r"},
		{"one\n", "\n", "two\n"},
		{"one\r\n", "\r\n", "two\r\n"},
	} {
		if got := LinesDigest(lines); got != want {
			t.Errorf("LinesDigest(%q) = %s, want %s", lines, got, want)
		}
	}
	for _, other := range [][]string{{"one", "two"}, {"one", "", "two", ""}, {"one\r\r", "", "two"}, {"one ", "", "two"}} {
		if LinesDigest(other) == want {
			t.Errorf("%q has the same digest", other)
		}
	}
}

func TestLogRefRoundTrips(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const alphabet = "abcXYZ019-_"
	for range 2000 {
		id := make([]byte, 1+rng.IntN(64))
		for i := range id {
			id[i] = alphabet[rng.IntN(len(alphabet))]
		}
		from := 1 + rng.Int64N(1<<52)
		want := LogRef{string(id), from, from + rng.Int64N(MaxRefLines), LinesDigest([]string{string(id)})}
		got, err := ParseLogRef(want.String())
		if err != nil || got != want {
			t.Fatalf("ParseLogRef(%s) = %+v, %v", want, got, err)
		}
	}
	one, err := ParseLogRef("log:a#L7@0123456789abcdef")
	if err != nil || one.String() != "log:a#L7-L7@0123456789abcdef" {
		t.Errorf("one line: %v, %v", one, err)
	}
	if got := NewLogRef("a", 7, []string{"x", "y"}); got.From != 7 || got.To != 8 {
		t.Errorf("NewLogRef = %+v", got)
	}
}

func TestMalformedReferencesAreRefusedWithTheForm(t *testing.T) {
	const d = "@0123456789abcdef"
	for _, s := range []string{
		"", "log:", "log:a", "a#L1-L2" + d, "log:#L1-L2" + d, "log:a b#L1-L2" + d, "log:../a#L1-L2" + d,
		"log:a#L1-L2", "log:a#L1-L2@", "log:a#L1-L2@0123456789ABCDEF", "log:a#L1-L2@0123", "log:a#L1-L2@0123456789abcdefg",
		"log:a#1-2" + d, "log:a#L0-L2" + d, "log:a#L2-L1" + d, "log:a#L-L1" + d, "log:a#L1-" + d, "log:a#L01-L2" + d,
		"log:a#L1-L1001" + d, "log:a#L1-L9223372036854775808" + d, "log:a#L+1-L2" + d, "log:a#L1-L2-L3" + d,
		"log:" + strings.Repeat("a", 65) + "#L1-L2" + d,
	} {
		if ref, err := ParseLogRef(s); err == nil {
			t.Errorf("ParseLogRef(%q) = %+v, want an error", s, ref)
		}
	}
	if _, err := ParseLogRef("log:a#L1-L1000" + d); err != nil {
		t.Errorf("a range at the limit is refused: %v", err)
	}
}

func FuzzParseLogRef(f *testing.F) {
	f.Add("log:a#L1-L2@0123456789abcdef")
	f.Add("log:a#L7@0123456789abcdef")
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ParseLogRef(s)
		if err != nil {
			return
		}
		again, err := ParseLogRef(ref.String())
		if err != nil || again != ref {
			t.Fatalf("%q gives %+v, which gives %+v, %v", s, ref, again, err)
		}
		if ref.From < 1 || ref.To < ref.From || ref.To-ref.From >= MaxRefLines {
			t.Fatalf("%q gives the range %d-%d", s, ref.From, ref.To)
		}
	})
}
