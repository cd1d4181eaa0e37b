package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/pii"
	corpus "github.com/tftsr/tftsr/testdata/pii"
	"github.com/tftsr/tftsr/testdata/pii/cleanlogs"
)

// floors are what detection must reach on the part for development, in percent of labels with exact bytes and a right
// type. What is not listed must reach 95.
var floors = map[string]float64{
	"card": 98, "card-prose": 98, "email": 98, "ipv4": 98, "ipv6": 98, "mac": 98, "iban": 98, "wallet": 97, "url-creds": 98, "header": 98, "jwt": 98, "sid": 98,
	"secret": 90, "password": 90, "secret-prose": 60, "host": 70, "pem": 80, "phone": 85, "phone-prose": 80, "name-prose": 80, "address": 80,
	"doc-chat": 70, "doc-mail": 90, "doc-form": 90,
	"s-card": 98, "s-phone": 85, "s-passport": 80, "s-licence": 90, "s-birth": 80, "s-secret": 90, "s-name": 75, "s-given": 30, "s-address": 60, "s-id-nl-bsn": 60,
	"t-passport": 90, "t-licence": 85, "t-birth": 90, "t-bank": 80, "t-name": 85, "t-given": 65, "t-address": 60, "t-secret": 85,
}

func TestScoreStaysAboveItsFloors(t *testing.T) {
	texts, err := corpus.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	texts = slices.DeleteFunc(texts, func(x corpus.Example) bool { return x.Held })
	scanner, err := pii.NewScanner(pii.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res := score(scanner, texts)
	for _, name := range res.order {
		g := res.groups[name]
		floor, ok := floors[name]
		if !ok {
			floor = 95
			if strings.HasPrefix(name, "id-") || strings.HasPrefix(name, "s-id-") {
				floor = 90 // A hundred of each: one is a percent.
			}
		}
		if got := 100 * float64(g.typed) / float64(g.labels); g.labels > 0 && got < floor {
			t.Errorf("%s: %.1f %% of %d labels are found, want %.0f; the first missed: %s", name, got, g.labels, floor, g.missed[0])
		}
		if got := 100 * float64(g.clean) / float64(g.near); g.near > 0 && got < 93 {
			t.Errorf("%s: %.1f %% of %d look-alikes stay, want 93; the first hit: %s", name, got, g.near, g.hit[0])
		}
	}
	if got := 100 * float64(res.total.clean) / float64(res.total.near); got < 99 {
		t.Errorf("%.1f %% of all look-alikes stay, want 99", got)
	}
}

func TestCleanLogsStayLegible(t *testing.T) {
	scanner, err := pii.NewScanner(pii.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const size = 300_000
	var counts pii.Counts
	for _, k := range cleanlogs.Kinds() {
		for _, f := range scanner.Scan(nil, k.Make(1, size)) {
			if f.Level == pii.LevelRedact && !inLogs[f.Type] {
				counts[f.Type]++
			}
		}
	}
	mb := float64(len(cleanlogs.Kinds())) * size / 1e6
	var secrets int64
	counts.Each(func(typ pii.Type, n int64) {
		if typ.Class() == pii.ClassSecret {
			secrets += n
			return
		}
		most := 0.0
		switch typ {
		case pii.PhoneNumber:
			most = 1
		case pii.PersonName:
			most = 5
		}
		if got := float64(n) / mb; got > most {
			t.Errorf("%s: %.2f per MB, want at most %.1f", typ, got, most)
		}
	})
	if got := float64(secrets) / mb; got > 0.2 {
		t.Errorf("secrets: %.2f per MB, want at most 0.2: %s", got, list(&counts, mb))
	}
}

func TestWhatIsKeptAsideShowsNoExample(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-held-out", "-missed", "1"}, &out); err == nil || out.Len() > 0 {
		t.Errorf("showed %q", out.String())
	}
	if err := run([]string{"-held-out", "-clean=false"}, &out); err != nil || !strings.Contains(out.String(), "card ") {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestJudgeTellsExactFromPart(t *testing.T) {
	x := corpus.Example{ID: "g/positive/0", Text: "mail a@example.org now 10.1.2.3", Spans: []corpus.Span{{Start: 5, End: 18, Type: "Email"}}}
	for _, c := range []struct {
		found []pii.Finding
		want  [5]int // exact, typed, overlap, covered, falses
	}{
		{nil, [5]int{}},
		{[]pii.Finding{{Start: 5, End: 18, Type: pii.Email}}, [5]int{1, 1, 1, 13, 0}},
		{[]pii.Finding{{Start: 5, End: 18, Type: pii.Hostname}}, [5]int{1, 0, 1, 13, 0}},
		{[]pii.Finding{{Start: 7, End: 18, Type: pii.Email}, {Start: 23, End: 31, Type: pii.IPv4}}, [5]int{0, 0, 1, 11, 1}},
	} {
		g := judge(x, c.found)
		if got := [5]int{g.exact, g.typed, g.overlap, g.covered, g.falses}; got != c.want {
			t.Errorf("%+v: %v, want %v", c.found, got, c.want)
		}
	}
}
