package tools

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
)

type listTimelineEventsIn struct {
	IssueID string `json:"issue_id" gate:"id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
}

type gapView struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type timelineOut struct {
	Events    []eventView       `json:"events" jsonschema_description:"in the order in which they happened"`
	Gaps      []gapView         `json:"gaps" jsonschema_description:"more than 30 minutes without an event"`
	Durations map[string]string `json:"durations" jsonschema_description:"time to detect, acknowledge, mitigate, resolve, where the events tell"`
	Conflicts []string          `json:"conflicts" jsonschema_description:"moments that contradict their order"`
}

// notableGap is the silence on a timeline that is worth a question.
const notableGap = 30 * time.Minute

func listTimelineEvents() Tool {
	return define(spec{
		name: "list_timeline_events", title: "Show timeline", toolset: SetIssues, readOnly: true,
		description: "The timeline of an issue with its gaps, contradictions and derived durations.",
	}, func(ctx context.Context, c *call, in listTimelineEventsIn) (timelineOut, error) {
		if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
			return timelineOut{}, missing(err, "issue", "list_issues")
		}
		events, err := c.Store.Events(ctx, in.IssueID)
		if err != nil {
			return timelineOut{}, err
		}
		out := timelineOut{Events: []eventView{}, Gaps: []gapView{}, Durations: map[string]string{}, Conflicts: []string{}}
		for i := range events {
			out.Events = append(out.Events, viewEvent(&events[i]))
		}
		for _, g := range triage.Gaps(events, notableGap) {
			out.Gaps = append(out.Gaps, gapView{timestamp(g.From), timestamp(g.To)})
		}
		times := triage.Derive(events)
		for name, derive := range map[string]func() (time.Duration, bool){
			"detect": times.ToDetect, "acknowledge": times.ToAcknowledge, "mitigate": times.ToMitigate, "resolve": times.ToResolve,
		} {
			if d, ok := derive(); ok {
				out.Durations[name] = d.String()
			}
		}
		out.Conflicts = append(out.Conflicts, times.Conflicts()...)
		return out, nil
	})
}
