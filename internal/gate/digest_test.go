package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/triage"
)

const (
	oneID   = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"
	otherID = "0197a1f5-70aa-7be3-8d3c-95b1b7a4e0d2"
)

func TestIDsAreFoundWhereverTheyStand(t *testing.T) {
	surrounded := strings.Repeat("-", 100) + oneID + strings.Repeat("-", 100)
	address := "tftsr://issues/" + otherID + "/logs/" + oneID
	twice := `{"a":"` + strings.ToUpper(oneID) + `","b":"` + oneID + `"}`
	for text, want := range map[string][]string{
		"":              nil,
		"no id":         nil,
		oneID:           {oneID},
		oneID[:35]:      nil,
		oneID[1:]:       nil,
		"a-b-" + oneID:  {oneID},
		address:         {otherID, oneID},
		twice:           {oneID},
		oneID + otherID: {oneID, otherID},
		"g" + oneID[1:]: nil,
		surrounded:      {oneID},
	} {
		if got := IDsIn([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q names %v, want %v", text, got, want)
		}
		for _, size := range []int{1, 7, 35, 36, 37} {
			var w idWriter
			for piece := range slices.Chunk([]byte(text), size) {
				if n, err := w.Write(piece); n != len(piece) || err != nil {
					t.Fatal(n, err)
				}
			}
			if !slices.Equal(w.ids, want) {
				t.Errorf("%q in pieces of %d names %v, want %v", text, size, w.ids, want)
			}
		}
	}
	var many strings.Builder
	for n := range 2 * maxIDs {
		fmt.Fprintf(&many, "0197a1f0-5c3e-7d52-9a51-%012x ", n)
	}
	if got := IDsIn([]byte(many.String())); len(got) != maxIDs {
		t.Errorf("%d ids were found, want %d", len(got), maxIDs)
	}
}

// A key depends on all issues of a call, whatever names them and in whatever
// order, and says so without its salts.
func TestKeysOfDigestsDependOnEveryIssue(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	a, b := testIssue(t, o.Store), otherID
	if err := o.Store.CreateIssue(asHost(), &triage.Issue{ID: b}); err != nil {
		t.Fatal(err)
	}
	key := func(ids ...string) DigestKey {
		t.Helper()
		k, err := c.KeyFor(asHost(), ids)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	text := []byte("text")
	if key(a, b).Digest(text) != key(b, a, b).Digest(text) || key(a).With(key(b)).Digest(text) != key(a, b).Digest(text) ||
		key(a).With(key()).Digest(text) != key(a).Digest(text) || key().With(key(a)).Digest(text) != key(a).Digest(text) {
		t.Error("the key depends on how the issues are named")
	}
	seen := map[string]string{}
	for _, k := range []DigestKey{key(), key(a), key(b), key(a, b)} {
		if other, ok := seen[k.Digest(text)]; ok {
			t.Errorf("%s and %s give one digest", k, other)
		}
		seen[k.Digest(text)] = k.String()
	}
	if got, want := key(b, a).String(), "issue "+strings.Join(slices.Sorted(slices.Values([]string{a, b})), " "); got != want {
		t.Errorf("the key is called %q, want %q", got, want)
	}
	if key("unknown").String() != "installation" {
		t.Errorf("the key of nothing is called %s", key("unknown"))
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(form, key(a)); got != "issue "+a {
			t.Errorf("%s of a key is %q", form, got)
		}
	}
}

// What is said of an issue before it is there is keyed by its salt too.
func TestAnIssueTakesOverTheKeyOfTheCallThatMakesIt(t *testing.T) {
	g, s := testGate(t)
	k, err := g.KeyForNew(asHost(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := WithDigestKey(asHost(), k)
	i := &triage.Issue{Owner: "ada", Title: "title", Severity: triage.SeverityLow, Status: triage.StatusOpen, Category: "linux"}
	if err := g.CreateIssue(ctx, i); err != nil {
		t.Fatal(err)
	}
	now, err := g.KeyFor(asHost(), []string{i.ID})
	if err != nil || k.String() != "issue "+i.ID || now.Digest([]byte("text")) != k.Digest([]byte("text")) {
		t.Errorf("the issue %s has another key than %s: %v", i.ID, k, err)
	}
	// A second one of the same call, and one of no call, are issues of their own.
	for what, where := range map[string]context.Context{"again": ctx, "alone": asHost()} {
		second := *i
		if err := g.CreateIssue(where, &second); err != nil || second.ID == i.ID {
			t.Errorf("%s: %v, id %s", what, err, second.ID)
		}
		if _, err := s.Issue(asHost(), second.ID); err != nil {
			t.Error(err)
		}
	}
}
