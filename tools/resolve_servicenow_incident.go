package tools

import "context"

type resolveServiceNowIn struct {
	ID         string `json:"id" gate:"id" jsonschema:"example=INC0010001" jsonschema_description:"number or sys_id"`
	CloseNotes string `json:"close_notes" gate:"text" jsonschema:"minLength=1,maxLength=20000" jsonschema_description:"what was wrong and what mended it"`
	CloseCode  string `json:"close_code,omitempty" gate:"text" jsonschema:"maxLength=100" jsonschema_description:"a choice of the field Resolution code"`
	Instance   string `json:"instance,omitempty" gate:"id"`
	ApprovalID string `json:"approval_id,omitempty" gate:"id"`
}

func resolveServiceNowIncident() Tool {
	return define(spec{
		name: "resolve_servicenow_incident", title: "Resolve a ServiceNow incident", toolset: setServiceNow, openWorld: true, destructive: true,
		description: "Set an incident of ServiceNow to resolved. A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in resolveServiceNowIn) (ticketOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err != nil {
			return ticketOut{}, err
		}
		body, err := s.client.Resolution(in.CloseCode, in.CloseNotes)
		if err != nil {
			return ticketOut{}, usage("%v", err)
		}
		return s.change(ctx, "resolve_servicenow_incident", in.ID, "Resolve the incident", in.ApprovalID, body, nil)
	})
}
