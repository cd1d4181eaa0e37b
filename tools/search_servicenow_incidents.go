package tools

import (
	"context"
	"strconv"

	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

type searchServiceNowIn struct {
	Text     string `json:"text,omitempty" gate:"text" jsonschema:"maxLength=200,example=checkout 502" jsonschema_description:"in the short description or the description"`
	State    string `json:"state,omitempty" gate:"enum" jsonschema_description:"new, in_progress, on_hold, resolved, closed, canceled"`
	Priority int    `json:"priority,omitempty" jsonschema:"minimum=1,maximum=5"`
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50" jsonschema_description:"10 unless given"`
	Offset   int    `json:"offset,omitempty" jsonschema:"minimum=0"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type searchServiceNowOut struct {
	Incidents  []incidentView `json:"incidents"`
	NextOffset int            `json:"next_offset,omitempty" jsonschema_description:"of the next page"`
}

const defaultRows = 10

func searchServiceNowIncidents() Tool {
	return define(spec{
		name: "search_servicenow_incidents", title: "Search ServiceNow incidents", toolset: setServiceNow, readOnly: true, openWorld: true,
		description: "Find incidents in ServiceNow, newest first, by text, state and priority.",
	}, func(ctx context.Context, c *call, in searchServiceNowIn) (searchServiceNowOut, error) {
		s, err := c.snow(ctx, in.Instance, "", "")
		if err != nil {
			return searchServiceNowOut{}, err
		}
		q := servicenow.NewQuery(s.client.Destination())
		if in.State != "" {
			code, err := servicenow.StateCode(in.State)
			if err != nil {
				return searchServiceNowOut{}, usage("%v", err)
			}
			q.Is("state", code)
		}
		if in.Priority != 0 {
			q.Is("priority", strconv.Itoa(in.Priority))
		}
		if in.Limit == 0 {
			in.Limit = defaultRows
		}
		sent, err := s.x.Text(ctx, "query", in.Text)
		if err != nil {
			return searchServiceNowOut{}, err
		}
		if in.Text != "" {
			q.Contains(sent.Body, "short_description", "description")
		}
		q.Newest()
		if _, err := q.Encode(); err != nil {
			return searchServiceNowOut{}, s.failed(ctx, err)
		}
		rec, err := s.x.Begin(ctx, gate.Intent{Action: audit.ActionExternalRead, EntityType: setServiceNow, EntityID: "incident"}, sent)
		if err != nil {
			return searchServiceNowOut{}, err
		}
		page, err := s.client.Search(ctx, q, in.Limit, in.Offset)
		status := "ok"
		if err != nil {
			status = "error"
		}
		if endErr := rec.End(ctx, gate.Outcome{Status: status}); endErr != nil {
			return searchServiceNowOut{}, endErr
		}
		if err != nil {
			return searchServiceNowOut{}, s.failed(ctx, err)
		}
		out := searchServiceNowOut{Incidents: []incidentView{}, NextOffset: page.Next}
		for n := range page.Incidents {
			out.Incidents = append(out.Incidents, s.view(&page.Incidents[n]))
		}
		return out, s.x.Back(ctx, &out)
	})
}
