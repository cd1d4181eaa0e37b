package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type generateRCAIn struct {
	IssueID    string `json:"issue_id" gate:"id"`
	AnalysisID string `json:"analysis_id,omitempty" gate:"id" jsonschema_description:"else the newest"`
	Template   string `json:"template,omitempty" gate:"id" jsonschema_description:"google-sre, atlassian, short, servicenow-problem or the owner's; else rca"`
	told
}

func generateRCA() Tool {
	return define(spec{
		name: "generate_rca", title: "Write root cause analysis", toolset: SetDocuments,
		description: "Write the RCA of an issue from its timeline, logs and analysis. It claims no more than cited evidence supports and lists what is missing. Repeated, it makes the next version.",
	}, func(ctx context.Context, c *call, in generateRCAIn) (documentOut, error) {
		input := triage.DocumentInput{Kind: triage.DocumentRCA, Template: in.Template}
		in.put(&input)
		return c.generate(ctx, in.IssueID, in.AnalysisID, input)
	})
}
