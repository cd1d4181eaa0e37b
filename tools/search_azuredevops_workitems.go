package tools

import (
	"context"
	"encoding/json"

	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

type searchAzureDevOpsIn struct {
	Text     string `json:"text,omitempty" gate:"text" jsonschema:"maxLength=200,example=checkout 502" jsonschema_description:"in the title, the description or the repro steps"`
	State    string `json:"state,omitempty" gate:"text" jsonschema:"maxLength=128,example=Active"`
	Type     string `json:"type,omitempty" gate:"text" jsonschema:"maxLength=128,example=Bug"`
	Area     string `json:"area_path,omitempty" gate:"text" jsonschema:"maxLength=200" jsonschema_description:"that or below"`
	WIQL     string `json:"wiql,omitempty" gate:"text" jsonschema:"maxLength=4000" jsonschema_description:"SELECT [System.Id] FROM WorkItems WHERE …, where the owner allows it; it stays within the project"`
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50" jsonschema_description:"10 unless given"`
	Offset   int    `json:"offset,omitempty" jsonschema:"minimum=0,maximum=1000"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type searchAzureDevOpsOut struct {
	WorkItems  []workItemView `json:"work_items"`
	NextOffset int            `json:"next_offset,omitempty" jsonschema_description:"of the next page"`
}

func searchAzureDevOpsWorkItems() Tool {
	return define(spec{
		name: "search_azuredevops_workitems", title: "Search Azure DevOps work items", toolset: setAzureDevOps, readOnly: true, openWorld: true,
		description: "Find work items of an Azure DevOps project, last changed first.",
	}, func(ctx context.Context, c *call, in searchAzureDevOpsIn) (searchAzureDevOpsOut, error) {
		s, err := c.ado(ctx, in.Instance, "", "")
		if err != nil {
			return searchAzureDevOpsOut{}, err
		}
		var own *azuredevops.Conditions
		values := []string{in.Text, in.State, in.Type, in.Area}
		if in.WIQL != "" {
			if s.inst.Options["raw_wiql"] != "allow" {
				return searchAzureDevOpsOut{}, usage("%s does not take wiql: search by the other arguments, or ask the owner to set --option raw_wiql=allow", s.inst.Name)
			}
			// It is read with its tokens in place: what one of them stands for may hold
			// anything.
			if own, err = azuredevops.ParseConditions(in.WIQL); err != nil {
				return searchAzureDevOpsOut{}, s.failed(ctx, err)
			}
			values = append(values, own.Literals()...)
		}
		// Values are all that leaves of it; they are trusted by the name query.
		sent, err := s.x.JSON(ctx, map[string][]string{"query": values})
		if err != nil {
			return searchAzureDevOpsOut{}, err
		}
		sent, err = s.x.Derive(ctx, sent, func(text string) (any, error) { return buildSearch(text, own) })
		if err != nil {
			return searchAzureDevOpsOut{}, s.failed(ctx, err)
		}
		if in.Limit == 0 {
			in.Limit = defaultRows
		}
		rec, err := s.x.Begin(ctx, gate.Intent{Action: audit.ActionExternalRead, EntityType: setAzureDevOps, EntityID: "workitem"}, sent)
		if err != nil {
			return searchAzureDevOpsOut{}, err
		}
		items, more, err := s.find(ctx, sent, in.Offset, in.Limit)
		if endErr := rec.End(ctx, statusOf(err)); endErr != nil {
			return searchAzureDevOpsOut{}, endErr
		}
		if err != nil {
			return searchAzureDevOpsOut{}, s.failed(ctx, err)
		}
		out := searchAzureDevOpsOut{WorkItems: []workItemView{}}
		if more {
			out.NextOffset = in.Offset + in.Limit
		}
		for n := range items {
			out.WorkItems = append(out.WorkItems, s.view(&items[n], false))
		}
		return out, s.x.Back(ctx, &out)
	})
}

// buildSearch makes the query of cleared values.
func buildSearch(text string, own *azuredevops.Conditions) (*azuredevops.Query, error) {
	var in struct{ Query []string }
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, err
	}
	q := azuredevops.NewQuery()
	for n, add := range []func(string) *azuredevops.Query{q.Text, q.State, q.Type, q.Area} {
		if v := in.Query[n]; v != "" {
			add(v)
		}
	}
	if own != nil {
		q.Where(own, in.Query[4:])
	}
	_, err := q.Encode()
	return q, err
}
