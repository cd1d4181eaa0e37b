package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type generatePostmortemIn struct {
	IssueID    string   `json:"issue_id" gate:"id"`
	Template   string   `json:"template,omitempty" gate:"id" jsonschema:"example=atlassian"`
	Impact     string   `json:"impact,omitempty" gate:"text"`
	Resolution string   `json:"resolution,omitempty" gate:"text"`
	WentWell   []string `json:"went_well,omitempty" gate:"text"`
	WentWrong  []string `json:"went_wrong,omitempty" gate:"text"`
	GotLucky   []string `json:"got_lucky,omitempty" gate:"text"`
	toldMore
}

func generatePostmortem() Tool {
	return define(spec{
		name: "generate_postmortem", title: "Write postmortem", toolset: SetDocuments,
		description: "Write the blameless postmortem of an issue, as generate_rca does.",
	}, func(ctx context.Context, c *call, in generatePostmortemIn) (documentOut, error) {
		input := triage.DocumentInput{
			Kind: triage.DocumentPostmortem, Template: in.Template,
			Leadup: in.Leadup, Detected: in.Detected, Recovery: in.Recovery,
		}
		t := told{in.Impact, in.Resolution, in.WentWell, in.WentWrong, in.GotLucky}
		t.put(&input)
		return c.generate(ctx, in.IssueID, "", input)
	})
}
