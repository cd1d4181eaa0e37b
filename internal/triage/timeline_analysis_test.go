package triage

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// incident is a timeline with nothing to find fault with.
func incident() []TimelineEvent {
	ev := func(id, typ string, m int) TimelineEvent {
		return TimelineEvent{ID: id, Type: typ, At: minute(m), Text: "what happened", Source: "log:a#L1", CreatedAt: minute(m + 5)}
	}
	return []TimelineEvent{
		ev("1", "deploy_started", 0), ev("2", EventImpactStarted, 4), ev("3", "deploy_finished", 6), ev("4", EventDetected, 12),
		ev("5", EventAcknowledged, 15), ev("6", EventMitigated, 35), ev("7", EventResolved, 55),
	}
}

func TestTimesNameTheEventsThatTheyRestOn(t *testing.T) {
	a := AnalyseTimeline(incident(), TimelineOptions{})
	if len(a.Findings) != 0 {
		t.Errorf("findings on a sound timeline: %+v", a.Findings)
	}
	want := map[string]struct {
		value  time.Duration
		events []string
	}{
		"time_to_detect":      {8 * time.Minute, []string{"2", "4"}},
		"time_to_acknowledge": {3 * time.Minute, []string{"4", "5"}},
		"time_to_mitigate":    {31 * time.Minute, []string{"2", "6"}},
		"time_to_resolve":     {51 * time.Minute, []string{"2", "7"}},
	}
	if len(a.Durations) != len(want) {
		t.Fatalf("%d times", len(a.Durations))
	}
	for _, d := range a.Durations {
		w := want[d.Name]
		if !d.Known || !d.Proven || d.Value != w.value || !slices.Equal(d.Events, w.events) || d.Unknown != "" {
			t.Errorf("%s = %+v, want %v from %v", d.Name, d, w.value, w.events)
		}
		if d.Definition == "" || !strings.HasPrefix(d.Reference, "https://") {
			t.Errorf("%s is not defined: %+v", d.Name, d)
		}
	}
	var phases []string
	for _, p := range a.Phases {
		phases = append(phases, p.Name+" "+p.To.Sub(p.From).String()+" "+p.FromEvent+p.ToEvent)
	}
	if want := []string{"until detected 8m0s 24", "until acknowledged 3m0s 45", "until mitigated 20m0s 56", "until resolved 20m0s 67"}; !slices.Equal(phases, want) {
		t.Errorf("phases %q, want %q", phases, want)
	}
}

func TestATimeIsUnknownWhereAnEventIsMissing(t *testing.T) {
	for _, missing := range moments {
		events := slices.DeleteFunc(incident(), func(e TimelineEvent) bool { return e.Type == missing.typ })
		for i, d := range AnalyseTimeline(events, TimelineOptions{}).Durations {
			def := derivedTimes[i]
			needs := def.From == missing.typ || def.To == missing.typ
			if d.Known == needs || needs && (!strings.Contains(d.Unknown, missing.said) || d.Value != 0 || d.Proven) {
				t.Errorf("without %s: %+v", missing.typ, d)
			}
		}
	}
	for _, d := range AnalyseTimeline(nil, TimelineOptions{}).Durations {
		if d.Known || d.Unknown == "" || len(d.Events) != 0 {
			t.Errorf("without any event: %+v", d)
		}
	}
}

func TestEachWeaknessOfATimelineIsFound(t *testing.T) {
	at := func(id string, m int) func([]TimelineEvent) {
		return func(ev []TimelineEvent) {
			i := slices.IndexFunc(ev, func(e TimelineEvent) bool { return e.ID == id })
			ev[i].At, ev[i].CreatedAt = minute(m), minute(m+5)
		}
	}
	for name, c := range map[string]struct {
		change func([]TimelineEvent)
		kind   string
		text   string
		events []string
	}{
		"resolved before detected":   {at("7", 10), FindingOrder, "resolved is 25 min earlier than mitigated", []string{"7", "6"}},
		"detected before the impact": {at("4", 2), FindingOrder, "detected is 2 min earlier than impact_started", []string{"4", "2"}},
		"ended before it began":      {at("1", 8), FindingOrder, "deploy_finished is 2 min earlier than deploy_started", []string{"3", "1"}},
		"before its cause":           {func(ev []TimelineEvent) { ev[1].CausedBy = "3" }, FindingOrder, "impact_started is 2 min earlier than its cause, deploy_finished", []string{"2", "3"}},
		"a cause that is not there":  {func(ev []TimelineEvent) { ev[1].CausedBy = "99" }, FindingOrder, "names a cause that is not on the timeline", []string{"2"}},
		"the impact comes again":     {func(ev []TimelineEvent) { ev[0].Type, ev[0].At = EventImpactStarted, minute(58) }, FindingOrder, "comes again after resolved", []string{"7", "1"}},
		"silence":                    {at("7", 75), FindingGap, "nothing is noted for 40 min", nil},
		"noted from memory":          {func(ev []TimelineEvent) { ev[3].Source, ev[3].CreatedAt = "the pager", minute(12+60*26) }, FindingLate, "noted 1 d 2 h after", []string{"4"}},
		"noted beforehand":           {func(ev []TimelineEvent) { ev[3].CreatedAt = minute(2) }, FindingEarly, "noted 10 min before", []string{"4"}},
		"no zone":                    {func(ev []TimelineEvent) { ev[3].ZoneAssumed = true }, FindingZone, "without a zone", []string{"4"}},
		"no source":                  {func(ev []TimelineEvent) { ev[3].Source = "" }, FindingUnproven, "detected rests on an event without a source", []string{"4"}},
		"stated twice":               {func(ev []TimelineEvent) { ev[2].Type = EventMitigated }, FindingRepeated, "mitigated is stated 2 times; the last counts", []string{"3", "6"}},
	} {
		t.Run(name, func(t *testing.T) {
			ev := incident()
			c.change(ev)
			found := AnalyseTimeline(ev, TimelineOptions{}).Findings
			if !slices.ContainsFunc(found, func(f TimelineFinding) bool {
				return f.Kind == c.kind && strings.Contains(f.Text, c.text) && slices.Equal(f.Events, c.events)
			}) {
				t.Errorf("found %+v, want %s %q about %v", found, c.kind, c.text, c.events)
			}
		})
	}
}

func TestWhatIsOnlySaidIsKnownAndNotProven(t *testing.T) {
	for name, change := range map[string]func(*TimelineEvent){
		"no source": func(e *TimelineEvent) { e.Source = "" },
		"no zone":   func(e *TimelineEvent) { e.ZoneAssumed = true },
	} {
		ev := incident()
		change(&ev[3])
		for _, d := range AnalyseTimeline(ev, TimelineOptions{}).Durations {
			if wants := !slices.Contains(d.Events, "4"); !d.Known || d.Proven != wants {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}

func TestLimitsOfATimelineAreTheCallers(t *testing.T) {
	ev := incident()
	if f := AnalyseTimeline(ev, TimelineOptions{Gap: 19 * time.Minute}).Findings; len(f) != 2 || f[0].Kind != FindingGap || !f[0].From.Equal(minute(15)) || !f[0].To.Equal(minute(35)) {
		t.Errorf("gaps of more than 19 minutes: %+v", f)
	}
	ev[3].Source = "the pager"
	if f := AnalyseTimeline(ev, TimelineOptions{Late: 4 * time.Minute}).Findings; len(f) != 1 || f[0].Kind != FindingLate {
		t.Errorf("noted after more than 4 minutes: %+v", f)
	}
	// A line of a log does not forget.
	ev[3].Source, ev[3].CreatedAt = "log:a#L7", ev[3].At.AddDate(0, 1, 0)
	if f := AnalyseTimeline(ev, TimelineOptions{}).Findings; len(f) != 0 {
		t.Errorf("from a log, a month later: %+v", f)
	}
}

func TestTheOrderInWhichEventsAreNotedDoesNotMatter(t *testing.T) {
	want := AnalyseTimeline(incident(), TimelineOptions{Gap: time.Minute})
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		ev := incident()
		rng.Shuffle(len(ev), func(i, j int) { ev[i], ev[j] = ev[j], ev[i] })
		before := slices.Clone(ev)
		if got := AnalyseTimeline(ev, TimelineOptions{Gap: time.Minute}); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if !reflect.DeepEqual(ev, before) {
			t.Fatal("the events were changed")
		}
	}
}

// Whatever the events are: a time that is known is not negative and rests on
// two events, phases follow each other, and no text repeats what an event says.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		types := append(EventTypes(), "deploy_started", "deploy_ended", "_started", "")
		var ev []TimelineEvent
		for i := 0; i+3 < len(b) && i < 400; i += 4 {
			e := TimelineEvent{ID: string(rune('a' + i%26)), Type: types[int(b[i])%len(types)], At: minute(int(b[i+1])), Text: "s3cret", Source: strings.Repeat("s3cret", int(b[i+2])%2), ZoneAssumed: b[i+2]%3 == 0}
			if b[i+3] > 100 {
				e.CreatedAt = minute(int(b[i+3]))
			}
			if b[i+3]%2 == 0 {
				e.CausedBy = string(rune('a' + b[i+3]%26))
			}
			ev = append(ev, e)
		}
		a := AnalyseTimeline(ev, TimelineOptions{Gap: time.Duration(len(b)) * time.Minute})
		for _, d := range a.Durations {
			if d.Known && (d.Value < 0 || len(d.Events) != 2) || d.Known == (d.Unknown != "") || d.Proven && !d.Known {
				t.Errorf("%+v", d)
			}
		}
		var last time.Time
		for _, p := range a.Phases {
			if p.To.Before(p.From) || p.From.Before(last) {
				t.Errorf("phases %+v", a.Phases)
			}
			last = p.To
		}
		for _, x := range a.Findings {
			if x.Kind == "" || x.Text == "" || strings.Contains(x.Text, "s3cret") {
				t.Errorf("%+v", x)
			}
		}
	})
}
