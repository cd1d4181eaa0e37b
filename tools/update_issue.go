package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type updateIssueIn struct {
	IssueID     string   `json:"issue_id" gate:"id"`
	Revision    int64    `json:"revision,omitempty" jsonschema:"minimum=1" jsonschema_description:"that you read; a newer one refuses"`
	Title       string   `json:"title,omitempty" gate:"text" jsonschema:"maxLength=300"`
	Description string   `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000"`
	Severity    string   `json:"severity,omitempty" gate:"enum" jsonschema:"enum=critical,enum=high,enum=medium,enum=low"`
	Status      string   `json:"status,omitempty" gate:"enum" jsonschema:"enum=open,enum=investigating,enum=resolved,enum=closed"`
	Category    string   `json:"category,omitempty" gate:"enum"`
	RootCause   string   `json:"root_cause,omitempty" gate:"text" jsonschema:"maxLength=5000"`
	Tags        []string `json:"tags,omitempty" gate:"text" jsonschema:"maxItems=20,example=nginx"`
}

func updateIssue() Tool {
	return define(spec{
		name: "update_issue", title: "Update issue", toolset: SetIssues, idempotent: true,
		description: "Change fields of an issue; fields that are left out stay as they are.",
	}, func(ctx context.Context, c *call, in updateIssueIn) (issueOut, error) {
		issue, err := c.Store.UpdateIssue(ctx, in.IssueID, in.Revision, func(i *triage.Issue) error {
			set := func(field *string, v string) {
				if v != "" {
					*field = v
				}
			}
			set(&i.Title, in.Title)
			set(&i.Description, in.Description)
			set(&i.Category, in.Category)
			set(&i.RootCause, in.RootCause)
			if in.Severity != "" {
				i.Severity = triage.Severity(in.Severity)
			}
			if in.Tags != nil {
				i.Tags = in.Tags
			}
			now := c.Now().UTC()
			if in.Status != "" {
				if err := i.SetStatus(triage.Status(in.Status), now); err != nil {
					return usage("%v", err)
				}
			}
			i.UpdatedAt = now
			if err := i.Validate(); err != nil {
				return usage("%v", err)
			}
			return nil
		})
		if err != nil {
			return issueOut{}, missing(err, "issue", "list_issues")
		}
		return issueOut{viewIssue(issue)}, nil
	})
}
