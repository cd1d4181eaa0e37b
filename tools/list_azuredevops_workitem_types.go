package tools

import "context"

type listAzureDevOpsTypesIn struct {
	Type     string `json:"type,omitempty" gate:"text" jsonschema:"maxLength=128,example=Bug" jsonschema_description:"gives the fields of this one too"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type workItemTypeView struct {
	Name   string   `json:"name" jsonschema:"example=Bug"`
	States []string `json:"states"`
}

type workItemFieldView struct {
	Ref      string   `json:"reference_name"`
	Name     string   `json:"name"`
	Required bool     `json:"required"`
	Allowed  []string `json:"allowed,omitempty"`
}

type listAzureDevOpsTypesOut struct {
	Types   []workItemTypeView  `json:"types"`
	Default string              `json:"default_type,omitempty" jsonschema_description:"of create_azuredevops_workitem"`
	Fields  []workItemFieldView `json:"fields,omitempty" jsonschema_description:"those that are required or have allowed values"`
}

// maxAllowed is how many allowed values of a field are listed.
const maxAllowed = 30

func listAzureDevOpsTypes() Tool {
	return define(spec{
		name: "list_azuredevops_workitem_types", title: "List Azure DevOps work item types", toolset: setAzureDevOps, readOnly: true, openWorld: true,
		description: "List the types of work items of an Azure DevOps project with their states.",
	}, func(ctx context.Context, c *call, in listAzureDevOpsTypesIn) (listAzureDevOpsTypesOut, error) {
		s, err := c.ado(ctx, in.Instance, "", "")
		if err != nil {
			return listAzureDevOpsTypesOut{}, err
		}
		types, err := s.client.Types(ctx)
		if err != nil {
			return listAzureDevOpsTypesOut{}, s.failed(ctx, err)
		}
		out := listAzureDevOpsTypesOut{Types: []workItemTypeView{}}
		for _, t := range types {
			if !t.Disabled {
				out.Types = append(out.Types, workItemTypeView{t.Name, t.States})
			}
		}
		if t, err := s.client.Choose(types, ""); err == nil {
			out.Default = t.Name
		}
		if in.Type != "" {
			_, fields, err := s.kind(ctx, in.Type)
			if err != nil {
				return listAzureDevOpsTypesOut{}, err
			}
			for _, f := range fields {
				if f.Required || len(f.Allowed) > 0 {
					out.Fields = append(out.Fields, workItemFieldView{f.Ref, f.Name, f.Required, f.Allowed[:min(len(f.Allowed), maxAllowed)]})
				}
			}
		}
		return out, s.x.Back(ctx, &out)
	})
}
