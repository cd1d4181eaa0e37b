package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type generateRCAIn struct {
	IssueID    string `json:"issue_id" gate:"id"`
	AnalysisID string `json:"analysis_id,omitempty" gate:"id"` // else the newest
	Template   string `json:"template,omitempty" gate:"id" jsonschema:"example=google-sre,example=atlassian,example=short,example=servicenow-problem"`
	told
}

func generateRCA() Tool {
	return define(spec{
		name: "generate_rca", title: "Write RCA", toolset: SetDocuments,
		description: "Write the RCA of an issue: no claim beyond its cited evidence, and a list of what is missing. Repeated, it makes the next version.",
	}, func(ctx context.Context, c *call, in generateRCAIn) (documentOut, error) {
		input := triage.DocumentInput{Kind: triage.DocumentRCA, Template: in.Template}
		in.put(&input)
		return c.generate(ctx, in.IssueID, in.AnalysisID, input)
	})
}
