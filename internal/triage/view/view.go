// Package view gives the domain the form in which hosts read it, from tools
// and from resources alike: JSON with times as RFC 3339 in UTC, and nothing
// that is empty. It decides nothing and never sees an original.
package view

import (
	"time"

	"github.com/tftsr/tftsr/internal/triage"
)

// Time is how times are given to models: RFC 3339 in UTC, empty for none.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Issue is an issue.
type Issue struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Severity    string   `json:"severity"`
	Status      string   `json:"status" jsonschema:"example=open"`
	Category    string   `json:"category"`
	RootCause   string   `json:"root_cause,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Revision    int64    `json:"revision"`
	CreatedAt   string   `json:"created_at"`
	UpdatedAt   string   `json:"updated_at"`
	ResolvedAt  string   `json:"resolved_at,omitempty"`
}

// OfIssue returns the view of an issue.
func OfIssue(i *triage.Issue) Issue {
	return Issue{
		ID: i.ID, Title: i.Title, Description: i.Description,
		Severity: string(i.Severity), Status: string(i.Status), Category: i.Category,
		RootCause: i.RootCause, Tags: i.Tags, Revision: i.Revision,
		CreatedAt: Time(i.CreatedAt), UpdatedAt: Time(i.UpdatedAt), ResolvedAt: Time(i.ResolvedAt),
	}
}

// Log names a log of an issue.
type Log struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Lines int64  `json:"lines"`
}

// Analysis names an analysis of an issue.
type Analysis struct {
	ID       string `json:"id"`
	Problem  string `json:"problem"`
	Revision int64  `json:"revision"`
}

// Document names a document of an issue.
type Document struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version int64  `json:"version"`
}

// Whole is an issue with what belongs to it, by name.
type Whole struct {
	Issue     Issue      `json:"issue"`
	Logs      []Log      `json:"logs"`
	Analyses  []Analysis `json:"analyses"`
	Documents []Document `json:"documents"`
	Events    int        `json:"events" jsonschema_description:"entries on the timeline"`
	Durations []Duration `json:"durations"`
	Findings  int        `json:"findings" jsonschema_description:"on the timeline"`
}

// OfWhole returns the view of an issue with what belongs to it.
func OfWhole(i *triage.Issue, logs []triage.Log, analyses []triage.Analysis, docs []triage.Document, events []triage.TimelineEvent) Whole {
	out := Whole{Issue: OfIssue(i), Logs: []Log{}, Analyses: []Analysis{}, Documents: []Document{}, Durations: []Duration{}, Events: len(events)}
	for n := range logs {
		out.Logs = append(out.Logs, Log{logs[n].ID, logs[n].Name, logs[n].Lines})
	}
	for n := range analyses {
		out.Analyses = append(out.Analyses, Analysis{analyses[n].ID, analyses[n].Problem, analyses[n].Revision})
	}
	for n := range docs {
		out.Documents = append(out.Documents, Document{docs[n].ID, docs[n].Title, docs[n].Version})
	}
	a := triage.AnalyseTimeline(events, triage.TimelineOptions{})
	out.Findings = len(a.Findings)
	for _, d := range a.Durations {
		if d.Known {
			out.Durations = append(out.Durations, ofDerived(d))
		}
	}
	return out
}
