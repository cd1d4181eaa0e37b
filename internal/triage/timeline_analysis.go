package triage

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of findings on a timeline.
const (
	FindingOrder    = "order"    // something before what it follows from
	FindingGap      = "gap"      // longer than the limit without an event
	FindingLate     = "late"     // noted long after it happened
	FindingEarly    = "early"    // noted before it happened
	FindingZone     = "zone"     // the time was given without a zone
	FindingRepeated = "repeated" // a moment is stated more than once
	FindingUnproven = "unproven" // a moment rests on an event without a source
)

// TimelineOptions says what is worth a finding. The zero value has the
// defaults.
type TimelineOptions struct {
	Gap  time.Duration // silence longer than this; 0 means 30 minutes
	Late time.Duration // noted later than this after it happened; 0 means 24 hours
}

const (
	defaultGap  = 30 * time.Minute
	defaultLate = 24 * time.Hour
	// clockSkew is how far clocks of machines that are kept by NTP may well be
	// apart.
	clockSkew = 2 * time.Minute
)

// TimelineAnalysis is what the events of an issue show, and what they do not.
type TimelineAnalysis struct {
	Events    []TimelineEvent // in the order in which they happened
	Times     Times
	Phases    []Phase
	Durations []Derived // the four times, in their fixed order, unknown ones too
	Findings  []TimelineFinding
}

// Phase is the stretch between two known moments of an incident that follow
// each other.
type Phase struct {
	Name      string // "until detected"
	From, To  time.Time
	FromEvent string // id
	ToEvent   string // id
}

// Derived is the time between two moments of an incident, or why it is not
// known.
type Derived struct {
	Name       string        // "time_to_detect"
	Definition string        // what is measured
	Reference  string        // address of the page that defines it so
	Known      bool          // both moments are stated, in their order
	Value      time.Duration // when Known
	Proven     bool          // Known, and each of the events names where it is known from
	Events     []string      // ids of the events that it rests on, or would
	Unknown    string        // why it is not known: "no event says when it was detected"
}

// TimelineFinding is a weakness of a timeline. Its text repeats nothing that
// an event says but its type.
type TimelineFinding struct {
	Kind     string // one of the Finding constants
	Text     string
	Events   []string  // ids of the events that it is about
	From, To time.Time // the stretch that it is about; equal when it is a moment
}

// DerivedTime defines a time that [AnalyseTimeline] derives.
type DerivedTime struct {
	Name       string // "time_to_detect"
	From, To   string // types of events
	Definition string
	Reference  string // address of the page that defines it so
}

// DerivedTimes returns the definitions of the four times in their fixed order.
func DerivedTimes() []DerivedTime { return slices.Clone(derivedTimes) }

// derivedTimes: books disagree on where resolving starts; here all but
// acknowledging start with the impact, because users do not wait less when
// nobody has noticed yet.
var derivedTimes = []DerivedTime{
	{
		"time_to_detect", EventImpactStarted, EventDetected,
		"from the first impact on users to the first time that anybody or any monitor noticed", incidentMetrics,
	},
	{
		"time_to_acknowledge", EventDetected, EventAcknowledged,
		"from the first alert or report to when somebody began to work on it", commonMetrics,
	},
	{
		"time_to_mitigate", EventImpactStarted, EventMitigated,
		"from the first impact on users to its end, by whatever stopped it, for the last time", incidentMetrics,
	},
	{
		"time_to_resolve", EventImpactStarted, EventResolved,
		"from the first impact on users to when the fault itself was gone for good", commonMetrics,
	},
}

const (
	incidentMetrics = "https://sre.google/resources/practices-and-processes/incident-metrics-in-sre/"
	commonMetrics   = "https://www.atlassian.com/incident-management/kpis/common-metrics"
)

// moments are the types of events that say how far an incident is, in the
// order in which they come, each with how a sentence names it.
var moments = []struct{ typ, said string }{
	{EventImpactStarted, "the impact started"},
	{EventDetected, "it was detected"},
	{EventAcknowledged, "it was acknowledged"},
	{EventMitigated, "it was mitigated"},
	{EventResolved, "it was resolved"},
}

// AnalyseTimeline orders events, derives the times of the incident with the
// events that they rest on, and reports what is contradictory, missing or
// weak. Events may come in any order and are not changed.
func AnalyseTimeline(events []TimelineEvent, o TimelineOptions) TimelineAnalysis {
	if o.Gap <= 0 {
		o.Gap = defaultGap
	}
	if o.Late <= 0 {
		o.Late = defaultLate
	}
	a := TimelineAnalysis{Events: ordered(events)}
	a.Times = Derive(a.Events)
	stated := statedMoments(a.Events)
	a.phases(stated)
	a.durations(stated)
	a.order(stated)
	a.causes()
	a.pairs()
	a.moments(stated)
	a.noting(o.Late)
	for _, g := range Gaps(a.Events, o.Gap) {
		a.find(FindingGap, fmt.Sprintf("nothing is noted for %s", span(g.To.Sub(g.From))), g.From, g.To)
	}
	slices.SortStableFunc(a.Findings, func(x, y TimelineFinding) int { return x.From.Compare(y.From) })
	return a
}

// statedMoments returns the event that counts for each moment, as [Derive]
// takes them: the first of the first three, the last of the others.
func statedMoments(events []TimelineEvent) map[string]*TimelineEvent {
	out := map[string]*TimelineEvent{}
	for i := range events {
		e := &events[i]
		switch e.Type {
		case EventImpactStarted, EventDetected, EventAcknowledged:
			if out[e.Type] == nil {
				out[e.Type] = e
			}
		case EventMitigated, EventResolved:
			out[e.Type] = e
		}
	}
	return out
}

// phases joins the known moments that are in their order.
func (a *TimelineAnalysis) phases(stated map[string]*TimelineEvent) {
	var last *TimelineEvent
	for _, m := range moments {
		e := stated[m.typ]
		if e == nil || last != nil && e.At.Before(last.At) {
			continue
		}
		if last != nil {
			a.Phases = append(a.Phases, Phase{Name: "until " + m.typ, From: last.At, To: e.At, FromEvent: last.ID, ToEvent: e.ID})
		}
		last = e
	}
}

func (a *TimelineAnalysis) durations(stated map[string]*TimelineEvent) {
	for _, t := range derivedTimes {
		d := Derived{Name: t.Name, Definition: t.Definition, Reference: t.Reference}
		from, to := stated[t.From], stated[t.To]
		for _, e := range []*TimelineEvent{from, to} {
			if e != nil {
				d.Events = append(d.Events, e.ID)
			}
		}
		switch {
		case from == nil && to == nil:
			d.Unknown = "no event says when " + saidOf(t.From) + " nor when " + saidOf(t.To)
		case from == nil:
			d.Unknown = "no event says when " + saidOf(t.From)
		case to == nil:
			d.Unknown = "no event says when " + saidOf(t.To)
		case to.At.Before(from.At):
			d.Unknown = t.To + " is earlier than " + t.From
		default:
			d.Known, d.Value = true, to.At.Sub(from.At)
			d.Proven = from.Source != "" && to.Source != "" && !from.ZoneAssumed && !to.ZoneAssumed
		}
		a.Durations = append(a.Durations, d)
	}
}

func saidOf(typ string) string {
	for _, m := range moments {
		if m.typ == typ {
			return m.said
		}
	}
	return typ
}

// order compares the moments with each other, and what happened after the
// incident is said to be over.
func (a *TimelineAnalysis) order(stated map[string]*TimelineEvent) {
	var before *TimelineEvent
	for _, m := range moments {
		e := stated[m.typ]
		switch {
		case e == nil:
		case before != nil && e.At.Before(before.At):
			a.find(FindingOrder, fmt.Sprintf("%s is %s earlier than %s", e.Type, span(before.At.Sub(e.At)), before.Type), e.At, before.At, e, before)
		default:
			before = e
		}
	}
	end := stated[EventResolved]
	if end == nil {
		return
	}
	for i := range a.Events {
		if e := &a.Events[i]; e.Type == EventImpactStarted && e.At.After(end.At) {
			a.find(FindingOrder, "impact_started comes again after resolved: it was not resolved, or this is another issue", end.At, e.At, end, e)
		}
	}
}

// causes compares events with those that they name as their cause.
func (a *TimelineAnalysis) causes() {
	byID := make(map[string]*TimelineEvent, len(a.Events))
	for i := range a.Events {
		byID[a.Events[i].ID] = &a.Events[i]
	}
	for i := range a.Events {
		e := &a.Events[i]
		if e.CausedBy == "" {
			continue
		}
		cause := byID[e.CausedBy]
		switch {
		case cause == nil:
			a.find(FindingOrder, e.Type+" names a cause that is not on the timeline", e.At, e.At, e)
		case e.At.Before(cause.At):
			a.find(FindingOrder, fmt.Sprintf("%s is %s earlier than its cause, %s", e.Type, span(cause.At.Sub(e.At)), cause.Type), e.At, cause.At, e, cause)
		}
	}
}

// The endings of types that begin and end something: deploy_started and
// deploy_finished.
var (
	beginnings = []string{"_started", "_began", "_begun", "_opened"}
	endings    = []string{"_finished", "_ended", "_completed", "_stopped", "_closed", "_failed", "_done"}
)

// pairs finds what ended before it began. Of what has happened several times,
// only the first beginning and the last end are compared: the events do not
// say which belong together.
func (a *TimelineAnalysis) pairs() {
	began, ended := map[string]*TimelineEvent{}, map[string]*TimelineEvent{}
	var names []string
	for i := range a.Events {
		e := &a.Events[i]
		if name, ok := cutAnySuffix(e.Type, beginnings); ok && began[name] == nil {
			began[name] = e
			names = append(names, name)
		}
		if name, ok := cutAnySuffix(e.Type, endings); ok {
			ended[name] = e
		}
	}
	for _, name := range names {
		if b, e := began[name], ended[name]; e != nil && e.At.Before(b.At) {
			a.find(FindingOrder, fmt.Sprintf("%s is %s earlier than %s", e.Type, span(b.At.Sub(e.At)), b.Type), e.At, b.At, e, b)
		}
	}
}

func cutAnySuffix(s string, suffixes []string) (string, bool) {
	for _, x := range suffixes {
		if name, ok := strings.CutSuffix(s, x); ok && name != "" {
			return name, true
		}
	}
	return s, false
}

// moments reports those that are stated more than once or without a source.
func (a *TimelineAnalysis) moments(stated map[string]*TimelineEvent) {
	for _, m := range moments {
		e := stated[m.typ]
		if e == nil {
			continue
		}
		var same []*TimelineEvent
		for i := range a.Events {
			if x := &a.Events[i]; x.Type == m.typ && !x.At.Equal(e.At) {
				same = append(same, x)
			}
		}
		if len(same) > 0 {
			which := "first"
			if m.typ == EventMitigated || m.typ == EventResolved {
				which = "last"
			}
			at := append(same, e)
			slices.SortFunc(at, func(x, y *TimelineEvent) int { return x.At.Compare(y.At) })
			a.find(FindingRepeated, fmt.Sprintf("%s is stated %d times; the %s counts", m.typ, len(at), which), at[0].At, at[len(at)-1].At, at...)
		}
		if e.Source == "" {
			a.find(FindingUnproven, m.typ+" rests on an event without a source", e.At, e.At, e)
		}
	}
}

// noting compares when events happened with when they were noted. Of what
// tools add by themselves both are the same.
func (a *TimelineAnalysis) noting(late time.Duration) {
	for i := range a.Events {
		e := &a.Events[i]
		if byTool(e.Type) {
			continue
		}
		if e.ZoneAssumed {
			a.find(FindingZone, e.Type+" was given without a zone and is taken for UTC", e.At, e.At, e)
		}
		if e.CreatedAt.IsZero() {
			continue
		}
		switch ago := e.CreatedAt.Sub(e.At); {
		case ago < -clockSkew:
			a.find(FindingEarly, fmt.Sprintf("%s was noted %s before it is said to have happened", e.Type, span(-ago)), e.At, e.At, e)
		case ago > late && !strings.HasPrefix(e.Source, "log:"):
			// A line of a log is as good later; memory is not.
			a.find(FindingLate, fmt.Sprintf("%s was noted %s after it happened, from no log", e.Type, span(ago)), e.At, e.At, e)
		}
	}
}

func (a *TimelineAnalysis) find(kind, text string, from, to time.Time, about ...*TimelineEvent) {
	f := TimelineFinding{Kind: kind, Text: text, From: from, To: to}
	for _, e := range about {
		f.Events = append(f.Events, e.ID)
	}
	a.Findings = append(a.Findings, f)
}
