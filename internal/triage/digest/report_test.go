package digest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// story is a log with everything that a report tells: a template that begins
// late, one that stops, a burst, a gap, a rate that changes, a fatal line.
func story() string {
	var sb strings.Builder
	at := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	line := func(format string, args ...any) {
		fmt.Fprintf(&sb, "%s %s\n", at.Format("2006-01-02T15:04:05Z"), fmt.Sprintf(format, args...))
	}
	for i := range 4000 {
		at = at.Add(3 * time.Second)
		line("INFO request %d served in %d ms", i, i%70)
		if i < 1500 {
			line("INFO heartbeat of node %d", i%5)
		}
		if i > 3000 {
			line("ERROR no connection after %d ms", 3000+i)
		}
		if i%10 == 0 || i > 2000 {
			line("DEBUG cache lookup %d missed", i)
		}
		if i == 2500 {
			for k := range 300 {
				line("WARN queue %d is full", k)
			}
		}
		if i == 2000 {
			at = at.Add(40 * time.Minute)
		}
	}
	line("FATAL giving up")
	return sb.String()
}

func TestAReportTellsTheStory(t *testing.T) {
	rep := mine(Options{}, story()).Report(0, ReportOptions{Budget: 3000})
	if rep.Lines != rep.Events || rep.Omitted != nil {
		t.Errorf("%d lines, %d events, omitted %v", rep.Lines, rep.Events, rep.Omitted)
	}
	flags := map[string]string{}
	id := map[string]string{}
	for _, e := range rep.Templates {
		flags[e.Text] = strings.Join(e.Flags, " ")
		id[e.ID] = e.Text
	}
	for text, want := range map[string]string{
		"request <*> served in <*>": "", "heartbeat of node <*>": "stopped", "no connection after <*>": "new", "queue <*> is full": "new stopped burst", "giving up": "rare new",
	} {
		if got, ok := flags[text]; got != want || !ok {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if first := rep.Templates[0]; first.Text != "giving up" || first.Level != "fatal" || first.First != "2024-01-02T04:00:00Z" {
		t.Errorf("first of all %+v", first)
	}
	if len(rep.Gaps) != 1 || rep.Gaps[0].Seconds != 2403 {
		t.Errorf("gaps %+v", rep.Gaps)
	}
	burst := false
	for _, b := range rep.Bursts {
		burst = burst || id[b.Template] == "queue <*> is full" && b.Lines == 300 && strings.HasPrefix(b.At, "2024-01-02T02:4")
	}
	if !burst {
		t.Errorf("bursts %+v", rep.Bursts)
	}
	changed := false
	for _, c := range rep.Rates {
		changed = changed || id[c.Template] == "cache lookup <*> missed" && c.Before < 3 && c.After > 15
	}
	if !changed {
		t.Errorf("rates %+v", rep.Rates)
	}
	if len(rep.Peaks) == 0 || rep.Peaks[0].Share < 25 {
		t.Errorf("peaks %+v", rep.Peaks)
	}
}

func TestEveryBudgetIsKeptAndTheSevereComeFirst(t *testing.T) {
	var sb strings.Builder
	sb.WriteString(story())
	for i := range 400 { // four hundred statements more
		fmt.Fprintf(&sb, "2024-01-02T03:00:00Z INFO %s\n", strings.Repeat(fmt.Sprintf("%c%c ", 'a'+i%26, 'a'+i/26), 3+i%40))
	}
	logs := map[string]*Result{"story": mine(Options{}, sb.String()), "noise": mine(Options{}, noise(4, 5000)), "empty": mine(Options{}, ""), "long line": mine(Options{}, strings.Repeat("wörd ", 40_000))}
	for name, r := range logs {
		for budget := MinBudget; budget < 6000; budget += 97 {
			for _, ref := range []int{0, 80} {
				rep := r.Report(0, ReportOptions{Budget: budget, RefBytes: ref})
				for i := range rep.Templates {
					if ref > 0 {
						rep.Templates[i].Ref = strings.Repeat("r", ref)
					}
				}
				b, err := json.Marshal(rep)
				if err != nil {
					t.Fatal(err)
				}
				if len(b) > budget*bytesPerToken {
					t.Errorf("%s, budget %d, references of %d: %d bytes", name, budget, ref, len(b))
				}
				if len(rep.Templates) == 0 && name != "empty" {
					t.Errorf("%s, budget %d: no template", name, budget)
				}
				if name == "story" && (rep.Templates[0].Text != "giving up" || rep.Templates[1].Text != "no connection after <*>") {
					t.Errorf("budget %d: first %q and %q", budget, rep.Templates[0].Text, rep.Templates[1].Text)
				}
				var lines int64
				for _, e := range rep.Templates {
					lines += e.Count
				}
				if rep.Omitted != nil {
					lines += rep.Omitted.Lines
				}
				if lines != rep.Events {
					t.Errorf("%s, budget %d: %d events of %d", name, budget, lines, rep.Events)
				}
			}
		}
	}
}

func TestAComparisonIsNotFooledBySmallCounts(t *testing.T) {
	day := func(factor int, extra ...string) string {
		var sb strings.Builder
		at := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
		for i := range 1000 * factor {
			at = at.Add(time.Second)
			stamp := at.Format("2006-01-02T15:04:05Z")
			fmt.Fprintf(&sb, "%s INFO request %d served\n", stamp, i)
			if i%2 == 0 {
				fmt.Fprintf(&sb, "%s INFO cache of %d missed\n", stamp, i)
			}
			if i%50 == 0 {
				fmt.Fprintf(&sb, "%s WARN slow statement %d\n", stamp, i)
			}
		}
		for _, e := range extra {
			sb.WriteString(e)
		}
		return sb.String()
	}
	m := New(Options{Source: Source{Reference: reference}})
	_, _ = m.Write([]byte(day(1, strings.Repeat("2024-01-02T00:00:00Z INFO backup done\n", 40), "2024-01-02T00:00:00Z INFO renewed lease\n")))
	m.Next(Source{Reference: reference})
	// Three times the load, and nothing else but what is added.
	_, _ = m.Write([]byte(day(3, strings.Repeat("2024-01-02T00:00:00Z ERROR disk is full\n", 30), "2024-01-02T00:00:00Z INFO rotated keys\n", strings.Repeat("2024-01-02T00:00:00Z INFO backup done\n", 4))))
	c := m.Finish().Compare(0, 1, ReportOptions{Budget: 2000})
	got := map[string]Change{}
	for _, ch := range c.Changes {
		got[ch.Text] = ch
	}
	if ch := got["disk is full"]; ch.Kind != ChangeNew || ch.Chance || ch.B != 30 {
		t.Errorf("what is new: %+v", ch)
	}
	if ch := got["backup done"]; ch.Kind != ChangeLess || ch.Times > 0.05 {
		t.Errorf("what is less: %+v", ch)
	}
	if ch := got["rotated keys"]; ch.Kind != ChangeNew || !ch.Chance {
		t.Errorf("one line is no proof: %+v", ch)
	}
	if ch := got["renewed lease"]; ch.Kind != ChangeGone || !ch.Chance {
		t.Errorf("one line is no proof: %+v", ch)
	}
	if c.Changes[0].Text != "disk is full" || c.Same != 3 {
		t.Errorf("first %q, %d the same", c.Changes[0].Text, c.Same)
	}
	b, err := json.Marshal(c)
	if err != nil || len(b) > 8000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestWhatIsHiddenIsInNoText(t *testing.T) {
	r := mine(Options{}, "2024-01-02 10:00:00 INFO login of jane-roe-7 with word hunter22x and key\n2024-01-02 10:00:00 INFO nothing here\n")
	before := r.Templates[0].ID
	r.Hide(func(t *Template) ([][]byte, string) {
		if strings.Contains(t.Example, "jane") {
			return [][]byte{[]byte("jane-roe-7"), []byte("hunter22x")}, "login of [User_1]"
		}
		return nil, ""
	})
	x := r.Templates[0]
	if strings.Contains(x.Text, "jane") || strings.Contains(x.Text, "hunter") || !strings.Contains(x.Text, "login of <*> with word") || x.Example != "login of [User_1]" || x.ID == before {
		t.Errorf("%+v", x)
	}
}
