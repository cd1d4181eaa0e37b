package tools

import "context"

type listLogsIn struct {
	IssueID string `json:"issue_id,omitempty" gate:"id" jsonschema:"example=0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44" jsonschema_description:"all issues unless given"`
}

type listLogsOut struct {
	Logs []logView `json:"logs"`
}

func listLogs() Tool {
	return define(spec{
		name: "list_logs", title: "List logs", toolset: SetLogs, readOnly: true,
		description: "List the redacted logs of an issue with what was redacted in each.",
	}, func(ctx context.Context, c *call, in listLogsIn) (listLogsOut, error) {
		if in.IssueID != "" {
			if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
				return listLogsOut{}, missing(err, "issue", "list_issues")
			}
		}
		logs, err := c.Store.LogsOf(ctx, in.IssueID)
		if err != nil {
			return listLogsOut{}, err
		}
		out := listLogsOut{Logs: []logView{}}
		for i := range logs {
			out.Logs = append(out.Logs, viewLog(&logs[i]))
		}
		return out, nil
	})
}
