package tools

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
)

type deleteIssueIn struct {
	IssueID    string `json:"issue_id" gate:"id"`
	ApprovalID string `json:"approval_id,omitempty" gate:"id" jsonschema:"example=0197a1f2-1d0b-7c11-b1e5-2b7f5a90cc03" jsonschema_description:"of an approval that a person has given since the first call"`
}

type deleteIssueOut struct {
	Deleted string `json:"deleted" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44" jsonschema_description:"id of the issue that is gone"`
}

// deletion is what an approval of a deletion is bound to: this issue, as it
// was when the person was asked.
type deletion struct {
	Delete    string `json:"delete"`
	Revision  int64  `json:"revision"`
	Logs      int    `json:"logs"`
	Analyses  int    `json:"analyses"`
	Documents int    `json:"documents"`
	Events    int    `json:"events"`
	Changes   int64  `json:"changes"` // steps of the analyses and versions of the documents, all together
}

func deleteIssue() Tool {
	return define(spec{
		name: "delete_issue", title: "Delete issue", toolset: SetIssues, destructive: true,
		description: "Delete an issue with its logs, timeline, analyses and documents. A person must approve; the record of it stays. " +
			"If the answer says that approval is pending, tell the user the command in it and call again with approval_id afterwards.",
	}, func(ctx context.Context, c *call, in deleteIssueIn) (deleteIssueOut, error) {
		issue, what, err := c.deletion(ctx, in.IssueID)
		if err != nil {
			return deleteIssueOut{}, err
		}
		next, err := c.Gate.Authorize(ctx, c.req, gate.Write{
			Tool: "delete_issue", Destination: gate.Local, IssueID: issue.ID,
			Payload: mustJSON(what),
			Preview: fmt.Sprintf("Delete issue %q (%s, %s) with %d logs, %d analyses, %d documents and %d events. This cannot be undone.",
				issue.Title, issue.Severity, issue.Status, what.Logs, what.Analyses, what.Documents, what.Events),
			ApprovalID: in.ApprovalID,
		})
		if err != nil {
			return deleteIssueOut{}, err
		}
		if next != nil {
			return deleteIssueOut{}, &interrupt{next}
		}
		// A person takes time to answer: what they saw must still be so.
		if _, now, err := c.deletion(ctx, issue.ID); err != nil {
			return deleteIssueOut{}, err
		} else if now != what {
			return deleteIssueOut{}, usage("nothing was deleted: the issue changed while the person was asked; call again, so that they see what it holds now")
		}
		if err := c.Store.DeleteIssue(ctx, issue.ID); err != nil {
			return deleteIssueOut{}, missing(err, "issue", "list_issues")
		}
		return deleteIssueOut{issue.ID}, nil
	})
}

// deletion describes an issue and what goes with it.
func (c *call) deletion(ctx context.Context, id string) (*triage.Issue, deletion, error) {
	issue, err := c.Store.Issue(ctx, id)
	if err != nil {
		return nil, deletion{}, missing(err, "issue", "list_issues")
	}
	logs, err := c.Store.LogsOf(ctx, issue.ID)
	if err != nil {
		return nil, deletion{}, err
	}
	analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
	if err != nil {
		return nil, deletion{}, err
	}
	docs, err := c.Store.DocumentsOf(ctx, issue.ID)
	if err != nil {
		return nil, deletion{}, err
	}
	events, err := c.Store.Events(ctx, issue.ID)
	d := deletion{Delete: issue.ID, Revision: issue.Revision, Logs: len(logs), Analyses: len(analyses), Documents: len(docs), Events: len(events)}
	for _, a := range analyses {
		d.Changes += a.Revision
	}
	for _, doc := range docs {
		d.Changes += doc.Version
	}
	return issue, d, err
}
