package tools

import (
	"slices"
	"strings"
	"testing"
)

func TestTheTimelineSaysWhatItRestsOn(t *testing.T) {
	b := newBench(t, setup{})
	id := b.issue()
	add := func(args map[string]any) string {
		args["issue_id"] = id
		return at[string](t, b.call("add_timeline_event", args), "event", "id")
	}
	impact := add(map[string]any{"at": "2026-03-01T15:05:00+01:00", "type": "impact_started", "text": "502s", "source": "log:a#L1"})
	seen := add(map[string]any{"at": "2026-03-01 14:20:00", "type": "detected", "text": "page", "source": "the pager"})
	add(map[string]any{"at": "2026-03-01T14:01:00Z", "type": "rollback", "text": "rolled back", "source": "log:a#L9", "caused_by": seen})

	line := b.call("list_timeline_events", map[string]any{"issue_id": id})
	detect := at[map[string]any](t, line, "durations", 0)
	if detect["value"] != "15m0s" || detect["proven"] != false || !slices.Equal(detect["events"].([]any), []any{impact, seen}) || detect["definition"] == "" {
		t.Errorf("time to detect: %v", detect)
	}
	resolve := at[map[string]any](t, line, "durations", 3)
	if resolve["value"] != nil || !strings.Contains(at[string](t, line, "durations", 3, "unknown"), "when it was resolved") {
		t.Errorf("time to resolve: %v", resolve)
	}
	var found []string
	for _, f := range at[[]any](t, line, "findings") {
		found = append(found, f.(map[string]any)["kind"].(string))
	}
	for _, kind := range []string{"order", "zone", "late"} {
		if !slices.Contains(found, kind) {
			t.Errorf("findings %v, want %s among them", found, kind)
		}
	}
	issue := b.call("get_issue", map[string]any{"issue_id": id})
	if at[string](t, issue, "durations", 0, "value") != "15m0s" || len(at[[]any](t, issue, "durations")) != 1 || at[float64](t, issue, "findings") != float64(len(found)) {
		t.Errorf("the issue says %v, the timeline found %v", issue, found)
	}
	if gaps := b.call("list_timeline_events", map[string]any{"issue_id": id, "gap_minutes": 1}); len(at[[]any](t, gaps, "findings")) <= len(found) {
		t.Error("a shorter silence is no gap")
	}
	if _, problem := b.try("add_timeline_event", map[string]any{"issue_id": id, "at": "2026-03-01T14:05:00Z", "text": "x", "caused_by": "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"}); !strings.Contains(problem, "caused_by is no event of this issue") {
		t.Errorf("an unknown cause is answered %q", problem)
	}
}

func TestTimesWithoutAZoneAreReadAndMarked(t *testing.T) {
	for in, want := range map[string]struct {
		at    string
		zoned bool
	}{
		"2026-03-01T14:05:06Z":          {"2026-03-01T14:05:06Z", true},
		"2026-03-01T14:05:06.5+02:00":   {"2026-03-01T12:05:06.5Z", true},
		"2026-03-01T14:05:06.123456789": {"2026-03-01T14:05:06.123456789Z", false},
		"2026-03-01 14:05:06":           {"2026-03-01T14:05:06Z", false},
		"2026-03-01T14:05":              {"2026-03-01T14:05:00Z", false},
	} {
		got, zoned, err := parseEventTime(in)
		if err != nil || timestamp(got) != want.at || zoned != want.zoned {
			t.Errorf("%s is read as %s, zone %v, %v", in, timestamp(got), zoned, err)
		}
	}
	for _, bad := range []string{"14:05", "yesterday", "2026-02-30 10:00", "2026-03-01"} {
		if _, _, err := parseEventTime(bad); err == nil {
			t.Errorf("%s is taken for a time", bad)
		}
	}
}
