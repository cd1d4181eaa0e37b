package tools

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// maxReason bounds what is repeated of a service's own words, in bytes.
const maxReason = 600

// outside is an exchange with one instance, for one call of a tool.
type outside struct {
	*call
	x    *gate.Crossing
	inst *store.Integration
}

// reach begins an exchange. category is that of the issue it is for, and may
// be empty, as may the id of the issue.
func (c *call) reach(ctx context.Context, service, instance, category, issueID string) (*outside, *integrations.Client, error) {
	if c.Services == nil {
		return nil, nil, usage("%s is not configured; the owner does that with `tftsr integration add %s NAME`", service, service)
	}
	inst, err := c.Services.Pick(ctx, service, instance, category)
	if errors.Is(err, integrations.ErrInstance) {
		return nil, nil, usage("%v", err)
	}
	if err != nil {
		return nil, nil, err
	}
	x, err := c.Gate.Cross(ctx, integrations.DestinationOf(inst), integrations.TrustOf(inst), issueID)
	if err != nil {
		return nil, nil, err
	}
	o := &outside{c, x, inst}
	client, err := c.Services.Client(ctx, inst)
	return o, client, o.failed(ctx, err)
}

// shown clears a text of the service and cuts it to limit bytes: in this
// order, since half of a value is not recognised.
func (o *outside) shown(ctx context.Context, text string, limit int) (string, error) {
	clean, err := o.x.BackText(ctx, clip(text, 8*limit)) // What is cut here is not shown anyway.
	return clip(clean, limit), err
}

// failed makes of an error what the model reads. What the service says is
// cleared first: it is text from outside.
func (o *outside) failed(ctx context.Context, err error) error {
	var e *integrations.Error
	switch {
	case errors.As(err, &e):
		text := e.Error()
		if e.Reason != "" {
			said, clearErr := o.shown(context.WithoutCancel(ctx), e.Reason, maxReason)
			if clearErr != nil {
				return clearErr
			}
			text += "; it says: " + said
		}
		return usage("%s", text)
	case errors.Is(err, servicenow.ErrID), errors.Is(err, servicenow.ErrValue), errors.Is(err, azuredevops.ErrID), errors.Is(err, azuredevops.ErrValue),
		errors.Is(err, azuredevops.ErrWIQL), errors.Is(err, gate.ErrForm), errors.Is(err, confluence.ErrValue), errors.Is(err, confluence.ErrSite):
		return usage("%v", err)
	}
	return err
}

// write is something that is to be written to an instance.
type write struct {
	tool     string
	target   string       // within the instance: "incident", or "incident/SYS_ID"
	entity   string       // the id that the record has it under
	what     string       // a sentence for the person
	note     string       // what the service says of it beforehand, cleared; may be empty
	action   audit.Action // on the record; empty for external_write
	body     any          // for authorise
	issueID  string
	approval string
}

// authorise clears the body and asks the person for exactly its bytes.
func (o *outside) authorise(ctx context.Context, w write) (gate.Outgoing, error) {
	out, err := o.x.JSON(ctx, w.body)
	if err != nil {
		return out, err
	}
	return out, o.ask(ctx, w, out)
}

// ask asks the person for exactly the bytes of out.
func (o *outside) ask(ctx context.Context, w write, out gate.Outgoing) error {
	asked, err := o.asked(w, out)
	if err != nil {
		return err
	}
	next, err := o.Gate.Authorize(ctx, o.req, asked)
	if err == nil && next != nil {
		err = &interrupt{next}
	}
	return err
}

// asked is what a person is asked about the bytes of out.
func (o *outside) asked(w write, out gate.Outgoing) (gate.Write, error) {
	exact, err := out.Body.Text(o.x.Destination())
	if err != nil {
		return gate.Write{}, err
	}
	var shown bytes.Buffer
	if err := json.Indent(&shown, []byte(out.Preview), "", "  "); err != nil {
		return gate.Write{}, err
	}
	keyed := ""
	if out.Keyed {
		keyed = out.Digest
	}
	preview := fmt.Sprintf("%s at %s:\n%s", w.what, o.inst.BaseURL, shown.String())
	if n := out.Restored.Total(); n > 0 {
		preview += fmt.Sprintf("\nOriginals go out in the place of tokens: %d.", n)
	}
	if w.note != "" {
		preview += "\n" + w.note
	}
	return gate.Write{
		Tool: w.tool, Destination: o.x.Destination() + gate.Destination("/"+w.target), IssueID: w.issueID,
		Payload: []byte(exact), Keyed: keyed, Preview: preview, ApprovalID: w.approval,
	}, nil
}

// send records the write, makes it, and records how it ended.
func (o *outside) send(ctx context.Context, w write, out gate.Outgoing, do func(context.Context) (map[string]any, error)) error {
	call, err := o.x.Begin(ctx, gate.Intent{
		Action: cmp.Or(w.action, audit.ActionExternalWrite), EntityType: o.inst.Service, EntityID: w.entity, Details: map[string]any{"tool": w.tool},
	}, out)
	if err != nil {
		return err
	}
	details, doErr := do(ctx)
	end := gate.Outcome{Status: "ok", Details: details}
	if doErr != nil {
		end.Status = "error"
		end.Details = map[string]any{"kind": string(integrations.KindOf(doErr))}
	}
	return errors.Join(doErr, call.End(ctx, end))
}

const setServiceNow = "servicenow"

// ticketOut is what every tool answers that writes an incident.
type ticketOut struct {
	ID        string `json:"id"`
	Number    string `json:"ticket_number" jsonschema:"example=INC0010001"`
	URL       string `json:"url"`
	Existing  bool   `json:"existing,omitempty" jsonschema_description:"it was filed before; nothing was sent"`
	State     string `json:"state"`
	StateCode string `json:"state_code"`
	Priority  string `json:"priority" jsonschema_description:"as the instance computed it"`
	Note      string `json:"note,omitempty"`
}

// incidentView is an incident as models see it.
type incidentView struct {
	ID           string `json:"id"`
	Number       string `json:"ticket_number" jsonschema:"example=INC0010001"`
	URL          string `json:"url"`
	Short        string `json:"short_description"`
	Description  string `json:"description,omitempty"`
	State        string `json:"state"`
	StateCode    string `json:"state_code"`
	Priority     string `json:"priority"`
	PriorityCode string `json:"priority_code"`
	Impact       string `json:"impact"`
	Urgency      string `json:"urgency"`
	Category     string `json:"category,omitempty"`
	Group        string `json:"assignment_group,omitempty"`
	Assigned     string `json:"assigned_to,omitempty"`
	CloseCode    string `json:"close_code,omitempty"`
	CloseNotes   string `json:"close_notes,omitempty"`
	Opened       string `json:"opened_at" jsonschema_description:"UTC"`
	Updated      string `json:"updated_at" jsonschema_description:"UTC"`
	IssueID      string `json:"issue_id,omitempty" jsonschema_description:"of the issue here that it was filed for"`
}

type snow struct {
	*outside
	client servicenow.Client
}

func (c *call) snow(ctx context.Context, instance, category, issueID string) (*snow, error) {
	o, client, err := c.reach(ctx, setServiceNow, instance, category, issueID)
	if err != nil {
		return nil, err
	}
	return &snow{o, servicenow.New(client)}, nil
}

func (s *snow) view(i *servicenow.Incident) incidentView {
	v := incidentView{
		ID: i.SysID.Value, Number: i.Number.Value, URL: s.client.URL(i.SysID.Value), Short: i.Short.Value, Description: i.Description.Value,
		State: i.State.Display, StateCode: i.State.Value, Priority: i.Priority.Display, PriorityCode: i.Priority.Value,
		Impact: i.Impact.Value, Urgency: i.Urgency.Value, Category: i.Category.Display, Group: i.Group.Display, Assigned: i.Assigned.Display,
		CloseCode: i.CloseCode.Display, CloseNotes: i.CloseNotes.Value, Opened: utc(i.Opened.Value), Updated: utc(i.Updated.Value),
	}
	if isIssueID(i.Correlation.Value) {
		v.IssueID = i.Correlation.Value
	}
	return v
}

// utc makes RFC 3339 of a time as the Table API stores it.
func utc(text string) string {
	t, err := time.Parse(time.DateTime, text)
	if err != nil {
		return text
	}
	return timestamp(t)
}

// ticket answers with an incident after it was read back.
func (s *snow) ticket(ctx context.Context, i *servicenow.Incident, want *servicenow.Level, existing bool) (ticketOut, error) {
	if !existing {
		// Rules of the instance change records after they were written.
		if again, err := s.client.Get(ctx, i.SysID.Value); err == nil {
			i = again
		}
	}
	out := ticketOut{
		ID: i.SysID.Value, Number: i.Number.Value, URL: s.client.URL(i.SysID.Value), Existing: existing,
		State: i.State.Display, StateCode: i.State.Value, Priority: i.Priority.Display,
	}
	if want != nil && (i.Impact.Value != want.Impact || i.Urgency.Value != want.Urgency) {
		out.Note = fmt.Sprintf("the instance has impact %s and urgency %s, not %s and %s as was sent", i.Impact.Value, i.Urgency.Value, want.Impact, want.Urgency)
	}
	return out, s.x.Back(ctx, &out)
}

// named finds the incident that a call is about.
func (s *snow) named(ctx context.Context, id string) (*servicenow.Incident, error) {
	i, err := s.client.Get(ctx, id)
	return i, s.failed(ctx, err)
}

// change updates an incident: it is found first, so that the approval is bound
// to its sys_id, whatever the number meant when the person was asked.
func (s *snow) change(ctx context.Context, tool, id, what, approval string, body servicenow.Change, level *servicenow.Level) (ticketOut, error) {
	i, err := s.named(ctx, id)
	if err != nil {
		return ticketOut{}, err
	}
	w := write{
		tool: tool, target: "incident/" + i.SysID.Value, entity: i.SysID.Value, what: what + " " + i.Number.Value, body: body, approval: approval,
	}
	if isIssueID(i.Correlation.Value) {
		if _, err := s.Store.Issue(ctx, i.Correlation.Value); err == nil {
			w.issueID = i.Correlation.Value
		}
	}
	out, err := s.authorise(ctx, w)
	if err != nil {
		return ticketOut{}, err
	}
	err = s.send(ctx, w, out, func(ctx context.Context) (map[string]any, error) {
		if i, err = s.client.Update(ctx, i.SysID.Value, out.Body); err != nil {
			return nil, err
		}
		return map[string]any{"number": i.Number.Value}, nil
	})
	if err != nil {
		return ticketOut{}, s.failed(ctx, err)
	}
	return s.ticket(ctx, i, level, false)
}
