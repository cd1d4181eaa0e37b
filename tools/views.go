package tools

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/view"
)

// What resources show as well has its form in package view.
type (
	issueView = view.Issue
	eventView = view.Event
)

func viewIssue(i *triage.Issue) issueView { return view.OfIssue(i) }

func viewEvent(e *triage.TimelineEvent) eventView { return view.OfEvent(e) }

// logView is a registered log as models see it.
type logView struct {
	ID           string      `json:"id"`
	IssueID      string      `json:"issue_id"`
	Name         string      `json:"name"`
	Lines        int64       `json:"lines"`
	Bytes        int64       `json:"bytes" jsonschema_description:"size of the redacted text"`
	Review       string      `json:"review" jsonschema:"example=unreviewed" jsonschema_description:"approved or rejected by a person"`
	Findings     []countView `json:"findings" jsonschema_description:"what was redacted"`
	RedactedSHA  string      `json:"redacted_sha256"`
	RegisteredAt string      `json:"registered_at"`
}

// countView is how many values of a type were redacted. It is no map from the
// type to the number: under a key like Password even a number is redacted.
type countView struct {
	Type  string `json:"type"`
	Count int    `json:"count"`
}

func viewCounts(counts map[string]int) []countView {
	out := []countView{}
	for _, t := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, countView{t, counts[t]})
	}
	return out
}

func viewLog(l *triage.Log) logView {
	return logView{
		ID: l.ID, IssueID: l.IssueID, Name: l.Name, Lines: l.Lines, Bytes: l.RedactedBytes,
		Review: string(l.Review), Findings: viewCounts(l.Counts), RedactedSHA: l.RedactedSHA256, RegisteredAt: timestamp(l.CreatedAt),
	}
}

// newID returns a time-ordered UUID (RFC 9562, version 7).
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// documentView is a document as models see it, without its text.
type documentView struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" jsonschema:"example=rca"`
	Title     string `json:"title"`
	Version   int64  `json:"version"`
	SHA256    string `json:"sha256" jsonschema_description:"of the Markdown"`
	UpdatedAt string `json:"updated_at"`
}

func viewDocument(d *triage.Document) documentView {
	return documentView{ID: d.ID, Kind: d.Kind, Title: d.Title, Version: d.Version, SHA256: d.SHA256, UpdatedAt: view.Time(d.UpdatedAt)}
}
