package view

import "github.com/tftsr/tftsr/internal/triage"

// Event is an event of a timeline.
type Event struct {
	ID          string `json:"id"`
	At          string `json:"at"`
	Type        string `json:"type" jsonschema:"example=detected"`
	Text        string `json:"text"`
	Source      string `json:"source,omitempty"`
	CausedBy    string `json:"caused_by,omitempty"`
	ZoneAssumed bool   `json:"zone_assumed,omitempty"`
}

// OfEvent returns the view of an event.
func OfEvent(e *triage.TimelineEvent) Event {
	return Event{ID: e.ID, At: Time(e.At), Type: e.Type, Text: e.Text, Source: e.Source, CausedBy: e.CausedBy, ZoneAssumed: e.ZoneAssumed}
}

// Duration is a time between two moments of an incident.
type Duration struct {
	Name       string   `json:"name"`
	Value      string   `json:"value,omitempty" jsonschema_description:"such as 1h2m3s; left out when it is not known"`
	Proven     bool     `json:"proven" jsonschema_description:"both events name a source and a zone"`
	Events     []string `json:"events" jsonschema_description:"ids of those that it rests on"`
	Unknown    string   `json:"unknown,omitempty" jsonschema_description:"why it is not known"`
	Definition string   `json:"definition"`
	Reference  string   `json:"reference" jsonschema_description:"the page that defines it so"`
}

func ofDerived(d triage.Derived) Duration {
	out := Duration{Name: d.Name, Proven: d.Proven, Events: list(d.Events), Unknown: d.Unknown, Definition: d.Definition, Reference: d.Reference}
	if d.Known {
		out.Value = d.Value.String()
	}
	return out
}

// Phase is a stretch between two moments.
type Phase struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Finding is a weakness of a timeline.
type Finding struct {
	Kind   string   `json:"kind" jsonschema_description:"order, gap, late, early, zone, repeated or unproven"`
	Text   string   `json:"text"`
	Events []string `json:"events"`
	From   string   `json:"from"`
	To     string   `json:"to,omitempty"`
}

// Timeline is a timeline with what it shows.
type Timeline struct {
	Events    []Event    `json:"events"`
	Phases    []Phase    `json:"phases"`
	Durations []Duration `json:"durations" jsonschema_description:"what each rests on, or why it is unknown"`
	Findings  []Finding  `json:"findings"`
}

// OfTimeline returns the view of an analysed timeline.
func OfTimeline(a triage.TimelineAnalysis) Timeline {
	out := Timeline{Events: []Event{}, Phases: []Phase{}, Durations: []Duration{}, Findings: []Finding{}}
	for i := range a.Events {
		out.Events = append(out.Events, OfEvent(&a.Events[i]))
	}
	for _, p := range a.Phases {
		out.Phases = append(out.Phases, Phase{p.Name, Time(p.From), Time(p.To)})
	}
	for _, d := range a.Durations {
		out.Durations = append(out.Durations, ofDerived(d))
	}
	for _, f := range a.Findings {
		v := Finding{Kind: f.Kind, Text: f.Text, Events: list(f.Events), From: Time(f.From)}
		if !f.To.Equal(f.From) {
			v.To = Time(f.To)
		}
		out.Findings = append(out.Findings, v)
	}
	return out
}

// list is a list that is never null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
