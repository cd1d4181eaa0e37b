package triage

import (
	"cmp"
	"slices"
	"time"
)

// The types of events that [Derive] reads. They are added by whoever knows
// the moments.
const (
	EventImpactStarted = "impact_started"
	EventDetected      = "detected"
	EventAcknowledged  = "acknowledged"
	EventMitigated     = "mitigated"
	EventResolved      = "resolved"
)

// SortEvents orders events by the time they happened, then by id, which for
// ids of version 7 is the order in which they were noted.
func SortEvents(events []TimelineEvent) {
	slices.SortStableFunc(events, func(a, b TimelineEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// Gap is a stretch of the timeline in which nothing is known.
type Gap struct {
	From, To time.Time
}

// Gaps returns the stretches longer than limit between events that follow
// each other. Events that tools add by themselves do not fill a gap: they say
// when somebody worked on the issue, not what happened in it.
func Gaps(events []TimelineEvent, limit time.Duration) []Gap {
	var gaps []Gap
	var last time.Time
	for _, e := range ordered(events) {
		if byTool(e.Type) {
			continue
		}
		if !last.IsZero() && e.At.Sub(last) > limit {
			gaps = append(gaps, Gap{last, e.At})
		}
		last = e.At
	}
	return gaps
}

func byTool(eventType string) bool {
	switch eventType {
	case EventTriageStarted, EventLogUploaded, EventWhyLevelAdvanced, EventRootCauseIdentified,
		EventRCAGenerated, EventPostmortemGenerated, EventDocumentExported:
		return true
	}
	return false
}

func ordered(events []TimelineEvent) []TimelineEvent {
	out := slices.Clone(events)
	SortEvents(out)
	return out
}

// Times are the moments of an incident, as far as events state them. One that
// is not stated is zero; nothing is guessed.
type Times struct {
	ImpactStarted, Detected, Acknowledged, Mitigated, Resolved time.Time
}

// Derive takes the first impact_started, detected and acknowledged and the
// last mitigated and resolved event: what was mitigated twice was mitigated
// when it held.
func Derive(events []TimelineEvent) Times {
	var t Times
	for _, e := range ordered(events) {
		switch e.Type {
		case EventImpactStarted:
			first(&t.ImpactStarted, e.At)
		case EventDetected:
			first(&t.Detected, e.At)
		case EventAcknowledged:
			first(&t.Acknowledged, e.At)
		case EventMitigated:
			t.Mitigated = e.At
		case EventResolved:
			t.Resolved = e.At
		}
	}
	return t
}

func first(t *time.Time, at time.Time) {
	if t.IsZero() {
		*t = at
	}
}

// ToDetect is the time from the start of impact to its detection. Like the
// other durations it reports false when one of the two moments is unknown or
// they are in the wrong order, which [Conflicts] names.
func (t Times) ToDetect() (time.Duration, bool) { return between(t.ImpactStarted, t.Detected) }

// ToAcknowledge is the time from detection to acknowledgement.
func (t Times) ToAcknowledge() (time.Duration, bool) { return between(t.Detected, t.Acknowledged) }

// ToMitigate is the time from the start of impact to mitigation.
func (t Times) ToMitigate() (time.Duration, bool) { return between(t.ImpactStarted, t.Mitigated) }

// ToResolve is the time from the start of impact to resolution.
func (t Times) ToResolve() (time.Duration, bool) { return between(t.ImpactStarted, t.Resolved) }

func between(from, to time.Time) (time.Duration, bool) {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return 0, false
	}
	return to.Sub(from), true
}

// Conflicts names the moments that contradict their order: detected before
// the impact started, resolved before it was detected, and so on. Moments
// that are not known conflict with nothing.
func (t Times) Conflicts() []string {
	type moment struct {
		name string
		at   time.Time
	}
	var out []string
	var before moment
	for _, m := range []moment{
		{EventImpactStarted, t.ImpactStarted},
		{EventDetected, t.Detected},
		{EventAcknowledged, t.Acknowledged},
		{EventMitigated, t.Mitigated},
		{EventResolved, t.Resolved},
	} {
		switch {
		case m.at.IsZero():
		case m.at.Before(before.at):
			out = append(out, m.name+" is earlier than "+before.name)
		default:
			before = m
		}
	}
	return out
}
