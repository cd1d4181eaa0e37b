package tools

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
)

type addTimelineEventIn struct {
	IssueID  string `json:"issue_id" gate:"id"`
	At       string `json:"at" gate:"id" jsonschema:"example=2026-03-01T14:05:00Z" jsonschema_description:"without zone only where none is known"`
	Type     string `json:"type,omitempty" gate:"text" jsonschema:"maxLength=60" jsonschema_description:"impact_started, detected, acknowledged, mitigated, resolved, or your own word"`
	Text     string `json:"text" gate:"text" jsonschema:"minLength=1,maxLength=2000"`
	Source   string `json:"source,omitempty" gate:"text" jsonschema:"maxLength=300" jsonschema_description:"where this is known from, such as log:ID#L12"`
	CausedBy string `json:"caused_by,omitempty" gate:"id"`
}

type eventOut struct {
	Event eventView `json:"event"`
}

func addTimelineEvent() Tool {
	return define(spec{
		name: "add_timeline_event", title: "Add timeline event", toolset: SetIssues,
		description: "Note something that happened during the incident.",
	}, func(ctx context.Context, c *call, in addTimelineEventIn) (eventOut, error) {
		at, zoned, err := parseEventTime(in.At)
		if err != nil {
			return eventOut{}, err
		}
		if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
			return eventOut{}, missing(err, "issue", "list_issues")
		}
		if in.CausedBy != "" {
			events, err := c.Store.Events(ctx, in.IssueID)
			if err != nil {
				return eventOut{}, err
			}
			if !slices.ContainsFunc(events, func(e triage.TimelineEvent) bool { return e.ID == in.CausedBy }) {
				return eventOut{}, usage("caused_by is no event of this issue: list_timeline_events shows their ids")
			}
		}
		id, err := newID()
		if err != nil {
			return eventOut{}, err
		}
		// Models write follow-up and Follow up as well.
		if in.Type, err = triage.ParseEventType(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(in.Type))); err != nil {
			return eventOut{}, usage("%v", err)
		}
		e := &triage.TimelineEvent{
			ID: id, Owner: c.caller.ID, IssueID: in.IssueID, At: at, Type: in.Type,
			Text: in.Text, Source: in.Source, CausedBy: in.CausedBy, ZoneAssumed: !zoned, CreatedAt: c.Now().UTC(),
		}
		if err := e.Validate(); err != nil {
			return eventOut{}, usage("%v", err)
		}
		if err := c.Store.AddEvent(ctx, e); err != nil {
			return eventOut{}, err
		}
		return eventOut{viewEvent(e)}, nil
	})
}

// parseEventTime reads when something happened. Many logs write no zone: such
// a time is read as UTC, and zoned is false.
func parseEventTime(s string) (at time.Time, zoned bool, err error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, false, nil
		}
	}
	at, err = parseTime("at", s)
	return at, true, err
}
