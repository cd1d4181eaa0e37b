package triage

import (
	"slices"
	"testing"
	"time"
)

func minute(m int) time.Time { return time.Date(2026, 3, 1, 4, m, 0, 0, time.UTC) }

func TestEventsAreOrderedByTimeThenID(t *testing.T) {
	events := []TimelineEvent{{ID: "c", At: minute(2)}, {ID: "b", At: minute(1)}, {ID: "a", At: minute(2).In(time.FixedZone("", 3600))}}
	SortEvents(events)
	var got []string
	for _, e := range events {
		got = append(got, e.ID)
	}
	if want := []string{"b", "a", "c"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestGapsIgnoreEventsOfTools(t *testing.T) {
	events := []TimelineEvent{
		{Type: EventResolved, At: minute(50)},
		{Type: EventDetected, At: minute(0)},
		{Type: EventLogUploaded, At: minute(25)},
		{Type: "note", At: minute(10)},
	}
	got := Gaps(events, 15*time.Minute)
	if len(got) != 1 || !got[0].From.Equal(minute(10)) || !got[0].To.Equal(minute(50)) {
		t.Errorf("gaps %v, want one from :10 to :50", got)
	}
	if got := Gaps(events, 40*time.Minute); got != nil {
		t.Errorf("a stretch of the limit is no gap, got %v", got)
	}
	if events[0].Type != EventResolved {
		t.Error("Gaps reordered its argument")
	}
}

func TestTimesAreDerivedOnlyFromWhatIsStated(t *testing.T) {
	events := []TimelineEvent{
		{Type: EventMitigated, At: minute(30)},
		{Type: EventMitigated, At: minute(40)}, // the second held
		{Type: EventImpactStarted, At: minute(5)},
		{Type: EventImpactStarted, At: minute(8)},
		{Type: EventDetected, At: minute(12)},
		{Type: EventResolved, At: minute(50)},
	}
	d := Derive(events)
	for name, c := range map[string]struct {
		of   func() (time.Duration, bool)
		want time.Duration
		ok   bool
	}{
		"detect":      {d.ToDetect, 7 * time.Minute, true},
		"acknowledge": {d.ToAcknowledge, 0, false},
		"mitigate":    {d.ToMitigate, 35 * time.Minute, true},
		"resolve":     {d.ToResolve, 45 * time.Minute, true},
	} {
		if got, ok := c.of(); got != c.want || ok != c.ok {
			t.Errorf("time to %s = %v, %v; want %v, %v", name, got, ok, c.want, c.ok)
		}
	}
	if c := d.Conflicts(); c != nil {
		t.Errorf("conflicts %v in a timeline that has none", c)
	}
}

func TestContradictingMomentsAreNamed(t *testing.T) {
	d := Derive([]TimelineEvent{{Type: EventImpactStarted, At: minute(20)}, {Type: EventDetected, At: minute(10)}, {Type: EventResolved, At: minute(30)}})
	if c := d.Conflicts(); len(c) != 1 || c[0] != "detected is earlier than impact_started" {
		t.Errorf("conflicts %q", c)
	}
	if _, ok := d.ToDetect(); ok {
		t.Error("a negative time to detect is reported")
	}
}
