package tools

import (
	"context"

	"github.com/tftsr/tftsr/integrations/servicenow"
)

type updateServiceNowIn struct {
	ID          string `json:"id" gate:"id" jsonschema:"example=INC0010001" jsonschema_description:"number or sys_id"`
	WorkNotes   string `json:"work_notes,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"added for colleagues; where findings belong"`
	Comments    string `json:"comments,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"added for the caller, who gets a mail"`
	Short       string `json:"short_description,omitempty" gate:"text" jsonschema:"maxLength=160"`
	Description string `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000"`
	Severity    string `json:"severity,omitempty" gate:"enum" jsonschema_description:"critical, high, medium, low, or P1 to P4"`
	State       string `json:"state,omitempty" gate:"enum" jsonschema_description:"new or in_progress"`
	Instance    string `json:"instance,omitempty" gate:"id"`
	ApprovalID  string `json:"approval_id,omitempty" gate:"id"`
}

func updateServiceNowIncident() Tool {
	return define(spec{
		name: "update_servicenow_incident", title: "Update a ServiceNow incident", toolset: setServiceNow, openWorld: true, destructive: true,
		description: "Add notes to an incident of ServiceNow or change it. A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in updateServiceNowIn) (ticketOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err != nil {
			return ticketOut{}, err
		}
		body := servicenow.Change{Short: in.Short, Description: in.Description, WorkNotes: in.WorkNotes, Comments: in.Comments}
		var level *servicenow.Level
		if in.Severity != "" {
			l, err := s.client.LevelOf(in.Severity)
			if err != nil {
				return ticketOut{}, usage("%v", err)
			}
			level, body.Impact, body.Urgency = &l, l.Impact, l.Urgency
		}
		if in.State != "" {
			if body.State, err = servicenow.StateOf(in.State); err != nil {
				return ticketOut{}, usage("%v", err)
			}
		}
		if body == (servicenow.Change{}) {
			return ticketOut{}, usage("name at least one field to change, such as work_notes")
		}
		return s.change(ctx, "update_servicenow_incident", in.ID, "Update the incident", in.ApprovalID, body, level)
	})
}
