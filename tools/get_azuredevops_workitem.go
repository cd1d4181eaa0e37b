package tools

import (
	"context"

	"github.com/tftsr/tftsr/integrations"
)

type getAzureDevOpsIn struct {
	ID       string `json:"id" gate:"id" jsonschema:"example=1234"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type commentView struct {
	By      string `json:"by"`
	Created string `json:"created_at" jsonschema_description:"UTC"`
	Text    string `json:"text"`
}

type getAzureDevOpsOut struct {
	WorkItem workItemView  `json:"work_item"`
	Comments []commentView `json:"comments" jsonschema_description:"the newest, newest first"`
}

// What is shown of a work item: bytes of its description, comments, and bytes
// of each.
const (
	maxText       = 20000
	shownComments = 5
	maxComment    = 2000
)

func getAzureDevOpsWorkItem() Tool {
	return define(spec{
		name: "get_azuredevops_workitem", title: "Get an Azure DevOps work item", toolset: setAzureDevOps, readOnly: true, openWorld: true,
		description: "Read one work item of an Azure DevOps project with its newest comments.",
	}, func(ctx context.Context, c *call, in getAzureDevOpsIn) (getAzureDevOpsOut, error) {
		s, err := c.ado(ctx, in.Instance, "", "")
		if err != nil {
			return getAzureDevOpsOut{}, err
		}
		i, err := s.named(ctx, in.ID)
		if err != nil {
			return getAzureDevOpsOut{}, err
		}
		out := getAzureDevOpsOut{WorkItem: s.view(i, true), Comments: []commentView{}}
		comments, err := s.client.Comments(ctx, i.ID, shownComments)
		// An old Server may have no such call; the item stands without them.
		if err != nil && integrations.KindOf(err) != integrations.KindNotFound && integrations.KindOf(err) != integrations.KindProtocol {
			return getAzureDevOpsOut{}, s.failed(ctx, err)
		}
		for _, m := range comments {
			out.Comments = append(out.Comments, commentView{m.By, m.Created, m.Text})
		}
		// Cleared first and cut then: half of a value is not recognised.
		err = s.x.Back(ctx, &out)
		out.WorkItem.Description = clip(out.WorkItem.Description, maxText)
		for n := range out.Comments {
			out.Comments[n].Text = clip(out.Comments[n].Text, maxComment)
		}
		return out, err
	})
}
