package tools

import (
	"context"
)

type listDocumentsIn struct {
	IssueID string `json:"issue_id" gate:"id" jsonschema:"example=0197a1f0-7c1e-7d3a-9f1e-0123456789ab"`
}

type listDocumentsOut struct {
	Documents []documentView `json:"documents"`
}

func listDocuments() Tool {
	return define(spec{
		name: "list_documents", title: "List documents", toolset: SetDocuments, readOnly: true,
		description: "List the documents of an issue.",
	}, func(ctx context.Context, c *call, in listDocumentsIn) (listDocumentsOut, error) {
		if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
			return listDocumentsOut{}, missing(err, "issue", "list_issues")
		}
		docs, err := c.Store.DocumentsOf(ctx, in.IssueID)
		if err != nil {
			return listDocumentsOut{}, err
		}
		out := listDocumentsOut{[]documentView{}}
		for i := range docs {
			out.Documents = append(out.Documents, viewDocument(&docs[i]))
		}
		return out, nil
	})
}
