package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage/view"
)

type getIssueIn struct {
	IssueID string `json:"issue_id" gate:"id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
}

func getIssue() Tool {
	return define(spec{
		name: "get_issue", title: "Get issue", toolset: SetIssues, readOnly: true,
		description: "Everything known of one issue: its fields, logs, analyses and documents with their ids.",
	}, func(ctx context.Context, c *call, in getIssueIn) (view.Whole, error) {
		issue, err := c.Store.Issue(ctx, in.IssueID)
		if err != nil {
			return view.Whole{}, missing(err, "issue", "list_issues")
		}
		logs, err := c.Store.LogsOf(ctx, issue.ID)
		if err != nil {
			return view.Whole{}, err
		}
		analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
		if err != nil {
			return view.Whole{}, err
		}
		docs, err := c.Store.DocumentsOf(ctx, issue.ID)
		if err != nil {
			return view.Whole{}, err
		}
		events, err := c.Store.Events(ctx, issue.ID)
		return view.OfWhole(issue, logs, analyses, docs, events), err
	})
}
