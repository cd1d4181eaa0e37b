package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// issueFilterIn are the filters that listing and searching share.
type issueFilterIn struct {
	Status   string `json:"status,omitempty" gate:"enum" jsonschema:"enum=open,enum=investigating,enum=resolved,enum=closed"`
	Severity string `json:"severity,omitempty" gate:"enum" jsonschema:"enum=critical,enum=high,enum=medium,enum=low"`
	Category string `json:"category,omitempty" gate:"enum"`
	Since    string `json:"since,omitempty" gate:"id" jsonschema:"example=2026-03-01T14:05:00Z" jsonschema_description:"created at or after"`
	Until    string `json:"until,omitempty" gate:"id"`
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=200"`
}

func (in issueFilterIn) filter() (store.IssueFilter, error) {
	f := store.IssueFilter{
		Status: triage.Status(in.Status), Severity: triage.Severity(in.Severity), Category: in.Category, Limit: in.Limit,
	}
	var err error
	if f.Since, err = parseTime("since", in.Since); err != nil {
		return f, err
	}
	f.Until, err = parseTime("until", in.Until)
	return f, err
}

type listIssuesIn struct {
	issueFilterIn
	Cursor string `json:"cursor,omitempty" gate:"id" jsonschema_description:"next_cursor of the page before"`
}

type listIssuesOut struct {
	Issues     []issueView `json:"issues"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

func listIssues() Tool {
	return define(spec{
		name: "list_issues", title: "List issues", toolset: SetIssues, readOnly: true,
		description: "List issues, newest first, filtered and paged.",
	}, func(ctx context.Context, c *call, in listIssuesIn) (listIssuesOut, error) {
		f, err := in.filter()
		if err != nil {
			return listIssuesOut{}, err
		}
		f.Cursor = in.Cursor
		issues, next, err := c.Store.ListIssues(ctx, f)
		if err != nil {
			return listIssuesOut{}, err
		}
		out := listIssuesOut{Issues: []issueView{}, NextCursor: next}
		for i := range issues {
			out.Issues = append(out.Issues, viewIssue(&issues[i]))
		}
		return out, nil
	})
}
