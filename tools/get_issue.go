package tools

import "context"

type getIssueIn struct {
	IssueID string `json:"issue_id" gate:"id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"`
}

type logRef struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Lines int64  `json:"lines"`
}

type analysisRef struct {
	ID       string `json:"id"`
	Problem  string `json:"problem"`
	Revision int64  `json:"revision"`
}

type documentRef struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version int64  `json:"version"`
}

type getIssueOut struct {
	Issue     issueView     `json:"issue"`
	Logs      []logRef      `json:"logs"`
	Analyses  []analysisRef `json:"analyses"`
	Documents []documentRef `json:"documents"`
	Events    int           `json:"events" jsonschema_description:"entries on the timeline"`
}

func getIssue() Tool {
	return define(spec{
		name: "get_issue", title: "Get issue", toolset: SetIssues, readOnly: true,
		description: "Everything known of one issue: its fields, logs, analyses and documents with their ids.",
	}, func(ctx context.Context, c *call, in getIssueIn) (getIssueOut, error) {
		issue, err := c.Store.Issue(ctx, in.IssueID)
		if err != nil {
			return getIssueOut{}, missing(err, "issue", "list_issues")
		}
		out := getIssueOut{Issue: viewIssue(issue), Logs: []logRef{}, Analyses: []analysisRef{}, Documents: []documentRef{}}
		logs, err := c.Store.LogsOf(ctx, issue.ID)
		if err != nil {
			return out, err
		}
		for i := range logs {
			out.Logs = append(out.Logs, logRef{logs[i].ID, logs[i].Name, logs[i].Lines})
		}
		analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
		if err != nil {
			return out, err
		}
		for _, a := range analyses {
			out.Analyses = append(out.Analyses, analysisRef{a.ID, a.Problem, a.Revision})
		}
		docs, err := c.Store.DocumentsOf(ctx, issue.ID)
		if err != nil {
			return out, err
		}
		for _, d := range docs {
			out.Documents = append(out.Documents, documentRef{d.ID, d.Title, d.Version})
		}
		events, err := c.Store.Events(ctx, issue.ID)
		out.Events = len(events)
		return out, err
	})
}
