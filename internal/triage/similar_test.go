package triage

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func issueLike(id, title, description, category, cause string, tags ...string) Comparable {
	return Comparable{Issue: Issue{ID: id, Title: title, Description: description, Category: category, RootCause: cause, Tags: tags, CreatedAt: minute(1)}}
}

// corpus is some issues that have words in common, and how many issues each
// word would be in.
func corpus() []Comparable {
	return []Comparable{
		issueLike("pool", "Orders API answers 500", "sorry, too many clients already from the orders pool", "databases", "The export job kept connections", "orders", "postgres"),
		issueLike("disk", "Orders database stopped", "no space left on device, the WAL filled the disk", "databases", "An abandoned replication slot kept WAL", "postgres"),
		issueLike("dns", "Portal does not load", "half of the lookups time out on one resolver", "network", ""),
		issueLike("cert", "Portal does not load", "certificate has expired on the load balancer", "security", "Nobody renews the certificate of the balancer", "portal"),
	}
}

var wordCounts = map[string]int{"the": 990, "api": 400, "orders": 300, "does": 600, "not": 700, "load": 350, "portal": 120, "answers": 500, "clients": 6, "certificate": 9, "too": 80, "many": 80, "already": 40, "expired": 12, "balancer": 30, "500": 90}

func ids(list []Similar) (out []string) {
	for _, s := range list {
		out = append(out, s.Issue.ID)
	}
	return out
}

func TestWhatIsRareMakesIssuesAlike(t *testing.T) {
	for text, want := range map[string]struct {
		id    string
		terms []string
	}{
		"checkout: FATAL: sorry, too many clients already":   {"pool", []string{"sorry", "clients"}},
		"the certificate of the load balancer expired again": {"cert", []string{"certificate", "expired", "balancer"}},
		"no space left on the device with the WAL":           {"disk", []string{"wal", "device", "space"}},
		"lookups time out": {"dns", []string{"lookups"}},
	} {
		got := RankSimilar(Comparable{Issue: Issue{Description: text}}, corpus(), 1000, wordCounts, 5)
		if len(got) == 0 || got[0].Issue.ID != want.id {
			t.Errorf("%q is like %v, want %s", text, ids(got), want.id)
			continue
		}
		for _, w := range want.terms {
			if !slices.Contains(got[0].Terms, w) {
				t.Errorf("%q is like %s because of %q, want %q among them", text, want.id, got[0].Terms, w)
			}
		}
		if got[0].Score <= 0 || got[0].Score > 1.2 {
			t.Errorf("%q scores %.2f", text, got[0].Score)
		}
	}
}

func TestWhyIssuesAreAlikeIsSaid(t *testing.T) {
	q := issueLike("new", "Portal does not load", "the certificate on the balancer has expired", "security", "Nobody renews the certificates of the load balancer", "Portal", "edge")
	got := RankSimilar(q, append(corpus(), q), 1000, wordCounts, 5)
	if len(got) == 0 || got[0].Issue.ID != "cert" || slices.Contains(ids(got), "new") {
		t.Fatalf("like %v", ids(got))
	}
	if s := got[0]; !s.SameCategory || !slices.Equal(s.Tags, []string{"Portal"}) || !s.CauseRecurs || !strings.Contains(s.Cause, "Nobody renews") {
		t.Errorf("%+v", s)
	}
	for _, s := range got[1:] {
		if s.CauseRecurs || s.Score >= got[0].Score {
			t.Errorf("%s: %+v", s.Issue.ID, s)
		}
	}
}

// The analysis of a transcript, with the numbers of another day in its logs.
func analysisOn(t *testing.T, change func(string) string) Analysis {
	t.Helper()
	tr := readTranscript(t, "testdata/good.txtar")
	a := tr.play(t, func(string, StepResult, error) {})
	if change == nil {
		return *a
	}
	a.State = []byte(change(string(a.State)))
	return *a
}

func TestEvidenceCauseAndMeasureRecur(t *testing.T) {
	then := Comparable{Issue: Issue{ID: "then", Title: "Orders API answers 500", CreatedAt: minute(1)}, Analyses: []Analysis{analysisOn(t, nil)}}
	now := Comparable{Issue: Issue{ID: "now", Title: "Basket service slow", CreatedAt: minute(2)}, Analyses: []Analysis{analysisOn(t, func(s string) string {
		return strings.NewReplacer("50 of 50 in use, 31 waiting", "80 of 80 in use, 7 waiting").Replace(s)
	})}}
	got := RankSimilar(now, []Comparable{then}, 1000, nil, 5)
	if len(got) != 1 {
		t.Fatalf("like %v", ids(got))
	}
	s := got[0]
	if !slices.ContainsFunc(s.Evidence, func(e string) bool { return e == "pool exhausted * of * in use * waiting" }) {
		t.Errorf("evidence %q", s.Evidence)
	}
	if !s.CauseRecurs || s.Cause == "" || !s.MeasureRecurs || s.Measure == "" {
		t.Errorf("%+v", s)
	}
	// Without an analysis of its own nothing is known to recur, and what was
	// the cause then is told all the same.
	s = RankSimilar(Comparable{Issue: Issue{Description: "export workers keep connections, pool exhausted"}}, []Comparable{then}, 1000, nil, 5)[0]
	if s.CauseRecurs || s.MeasureRecurs || s.Cause == "" || len(s.Evidence) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSignaturesKeepWhatIsSaidAndNotWhatVaries(t *testing.T) {
	for line, want := range map[string]string{
		"2026-03-01 04:09:33 UTC FATAL: sorry, too many clients already": "* utc fatal sorry too many clients already",
		"pool exhausted: 50 of 50 in use, 31 waiting":                    "pool exhausted * of * in use * waiting",
		"connection from [PrivateIPv4_3] port 48122 refused":             "connection from * port * refused",
		"12:00 ERROR 17": "",
		"":               "",
	} {
		if got := signature(line); got != want {
			t.Errorf("%q has the signature %q, want %q", line, got, want)
		}
	}
}

func TestRankingIsBoundedStableAndChangesNothing(t *testing.T) {
	q := issueLike("q", "Portal does not load", "certificate expired", "security", "")
	all := corpus()
	for n := range 60 {
		all = append(all, issueLike(fmt.Sprint("more", n), "Portal does not load", fmt.Sprint("certificate expired on host", n), "security", ""))
	}
	want := ids(RankSimilar(q, all, 1000, wordCounts, 7))
	if len(want) != 7 {
		t.Fatalf("%d of 7", len(want))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		before := slices.Clone(all)
		if got := ids(RankSimilar(q, all, 1000, wordCounts, 7)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if !reflect.DeepEqual(before, all) {
			t.Fatal("the issues were changed")
		}
	}
	for _, none := range []Comparable{{}, {Issue: Issue{Description: "the and of ;;; ..."}}, {Issue: Issue{Description: "xylophone"}}} {
		if got := RankSimilar(none, all, 1000, wordCounts, 7); len(got) != 0 {
			t.Errorf("%q is like %v", none.Issue.Description, ids(got))
		}
	}
	if got := RankSimilar(q, nil, 0, nil, 7); len(got) != 0 {
		t.Errorf("like %v of nothing", ids(got))
	}
}

func TestATokenInCommonIsShownAsItIs(t *testing.T) {
	a := issueLike("a", "Login fails for [Email_3]", "", "identity", "")
	got := RankSimilar(Comparable{Issue: Issue{Description: "[Email_3] cannot log in."}}, []Comparable{a}, 100, nil, 5)
	if len(got) != 1 || got[0].Terms[0] != "[Email_3]" {
		t.Errorf("%+v", got)
	}
}

func BenchmarkRankSimilar(b *testing.B) {
	var all []Comparable
	for n := range 50 {
		all = append(all, issueLike(fmt.Sprint(n), "Portal does not load", strings.Repeat(fmt.Sprint("certificate expired on host", n, " and so on for a while "), 20), "security", ""))
	}
	q := all[0]
	for b.Loop() {
		RankSimilar(q, all, 100_000, wordCounts, 5)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
}
