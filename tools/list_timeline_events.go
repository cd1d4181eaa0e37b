package tools

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/view"
)

type listTimelineEventsIn struct {
	IssueID    string `json:"issue_id" gate:"id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
	GapMinutes int    `json:"gap_minutes,omitempty" jsonschema:"minimum=1,maximum=10080"`
}

func listTimelineEvents() Tool {
	return define(spec{
		name: "list_timeline_events", title: "Show timeline", toolset: SetIssues, readOnly: true,
		description: "The timeline of an issue, times derived from it, and its contradictions, gaps and unproven moments.",
	}, func(ctx context.Context, c *call, in listTimelineEventsIn) (view.Timeline, error) {
		if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
			return view.Timeline{}, missing(err, "issue", "list_issues")
		}
		events, err := c.Store.Events(ctx, in.IssueID)
		if err != nil {
			return view.Timeline{}, err
		}
		return view.OfTimeline(triage.AnalyseTimeline(events, triage.TimelineOptions{Gap: time.Duration(in.GapMinutes) * time.Minute})), nil
	})
}
