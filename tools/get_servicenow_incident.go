package tools

import "context"

type getServiceNowIn struct {
	ID       string `json:"id" gate:"id" jsonschema:"example=INC0010001" jsonschema_description:"number or sys_id"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type incidentOut struct {
	Incident incidentView `json:"incident"`
}

func getServiceNowIncident() Tool {
	return define(spec{
		name: "get_servicenow_incident", title: "Get a ServiceNow incident", toolset: setServiceNow, readOnly: true, openWorld: true,
		description: "Read one incident of ServiceNow by its number or sys_id.",
	}, func(ctx context.Context, c *call, in getServiceNowIn) (incidentOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err != nil {
			return incidentOut{}, err
		}
		i, err := s.named(ctx, in.ID)
		if err != nil {
			return incidentOut{}, err
		}
		out := incidentOut{s.view(i)}
		return out, s.x.Back(ctx, &out)
	})
}
