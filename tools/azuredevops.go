package tools

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

const setAzureDevOps = "azuredevops"

// workItemOut is what every tool answers that writes a work item.
type workItemOut struct {
	ID       string `json:"id" jsonschema:"example=1234"`
	Number   string `json:"ticket_number" jsonschema:"example=1234"`
	URL      string `json:"url"`
	Existing bool   `json:"existing,omitempty" jsonschema_description:"it was filed before; nothing was sent"`
	Type     string `json:"type"`
	State    string `json:"state"`
	Priority int    `json:"priority,omitempty" jsonschema_description:"as the service made it"`
	Severity string `json:"severity,omitempty" jsonschema_description:"as the service made it"`
	Rev      int    `json:"rev"`
	Note     string `json:"note,omitempty"`
}

// workItemView is a work item as models see it.
type workItemView struct {
	ID          string   `json:"id" jsonschema:"example=1234"`
	URL         string   `json:"url"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	State       string   `json:"state"`
	Priority    int      `json:"priority,omitempty"`
	Severity    string   `json:"severity,omitempty"`
	Area        string   `json:"area_path,omitempty"`
	Assigned    string   `json:"assigned_to,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Created     string   `json:"created_at" jsonschema_description:"UTC"`
	Changed     string   `json:"changed_at" jsonschema_description:"UTC"`
	Rev         int      `json:"rev" jsonschema_description:"for update_azuredevops_workitem"`
	IssueID     string   `json:"issue_id,omitempty" jsonschema_description:"of the issue here that it was filed for"`
}

// ado is an exchange with a project of Azure DevOps.
type ado struct {
	*outside
	client azuredevops.Client
}

func (c *call) ado(ctx context.Context, instance, category, issueID string) (*ado, error) {
	o, client, err := c.reach(ctx, setAzureDevOps, instance, category, issueID)
	if err != nil {
		return nil, err
	}
	return &ado{o, azuredevops.New(client)}, nil
}

func (s *ado) view(i *azuredevops.Item, long bool) workItemView {
	v := workItemView{
		ID: strconv.Itoa(i.ID), URL: s.client.URL(i.ID), Type: i.Type(), Title: i.Title(), State: i.State(), Priority: i.Priority(), Severity: i.Severity(),
		Area: i.Area(), Assigned: i.Assigned(), Tags: i.Tags(), Created: i.Created(), Changed: i.Changed(), Rev: i.Rev, IssueID: i.Issue(),
	}
	if long {
		v.Description = i.Description()
	}
	return v
}

// find asks for the items of a query, which holds text that was cleared, at
// most top of them. Those that the account may not read are missing.
func (s *ado) find(ctx context.Context, query gate.Outgoing, skip, top int) (items []azuredevops.Item, more bool, err error) {
	ids, err := s.client.Find(ctx, query.Body, skip+top+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(ids) > skip+top; more {
		ids = ids[:skip+top]
	}
	if ids = ids[min(skip, len(ids)):]; len(ids) == 0 {
		return nil, more, nil
	}
	batch, err := s.x.JSON(ctx, azuredevops.NewBatch(ids))
	if err != nil {
		return nil, false, err
	}
	items, err = s.client.Read(ctx, batch.Body)
	return items, more, err
}

// filedFor returns the work item that was filed for an issue, or nil. A tag is
// found by others that hold it too, so that what is found is looked at.
func (s *ado) filedFor(ctx context.Context, issueID string) (*azuredevops.Item, error) {
	none, err := s.x.JSON(ctx, struct{}{})
	if err != nil {
		return nil, err
	}
	query, err := s.x.Derive(ctx, none, func(string) (any, error) { return azuredevops.NewQuery().Tag(azuredevops.TagOf(issueID)), nil })
	if err != nil {
		return nil, err
	}
	items, _, err := s.find(ctx, query, 0, defaultRows)
	if err != nil {
		return nil, err
	}
	var first *azuredevops.Item
	for n := range items {
		if items[n].Issue() == issueID && (first == nil || items[n].ID < first.ID) {
			first = &items[n]
		}
	}
	return first, nil
}

// kind returns a type of the project with its fields: the one that is asked
// for, or that of new work items.
func (s *ado) kind(ctx context.Context, want string) (azuredevops.Type, []azuredevops.Field, error) {
	types, err := s.client.Types(ctx)
	if err != nil {
		return azuredevops.Type{}, nil, s.failed(ctx, err)
	}
	t, err := s.client.Choose(types, want)
	if err != nil {
		return t, nil, s.refused(ctx, err)
	}
	fields, err := s.client.Fields(ctx, t.Name)
	return t, fields, s.failed(ctx, err)
}

// proposal is a write with what its patch is made of.
type proposal struct {
	write
	content azuredevops.Content
	build   func(text string) (any, error)
	kind    string // of a create
	id      int    // of a change
	// replaces says what is lost by a change, cleared; it may be empty.
	replaces string
}

// patch clears the text of a proposal and makes its patch.
func (p *proposal) patch(ctx context.Context, x *gate.Crossing) (gate.Outgoing, error) {
	out, err := x.JSON(ctx, p.content)
	if err != nil {
		return out, err
	}
	return x.Derive(ctx, out, p.build)
}

// propose lets the service check a proposal, and asks the person for exactly
// its bytes. The service checks it with tokens, whatever it is trusted with:
// originals leave when the person has said so. What the person has approved is
// not checked again.
func (s *ado) propose(ctx context.Context, p *proposal) (gate.Outgoing, error) {
	if p.approval == "" {
		if err := s.check(ctx, p); err != nil {
			return gate.Outgoing{}, err
		}
	}
	out, err := p.patch(ctx, s.x)
	if err != nil {
		return out, s.failed(ctx, err)
	}
	if p.replaces != "" {
		p.note = strings.TrimSpace(p.replaces + "\n" + p.note)
	}
	return out, s.ask(ctx, p.write, out)
}

// check does a dry run and notes what the service would make of the proposal.
func (s *ado) check(ctx context.Context, p *proposal) error {
	x, err := s.Gate.Cross(ctx, s.x.Destination(), gate.Trust{}, p.issueID)
	if err != nil {
		return err
	}
	out, err := p.patch(ctx, x)
	if err != nil {
		return s.failed(ctx, err)
	}
	rec, err := x.Begin(ctx, gate.Intent{
		Action: audit.ActionExternalRead, EntityType: setAzureDevOps, EntityID: p.entity, Details: map[string]any{"tool": p.tool, "validate_only": true},
	}, out)
	if err != nil {
		return err
	}
	would, err := s.client.Validate(ctx, p.kind, p.id, out.Body)
	if endErr := rec.End(ctx, statusOf(err)); endErr != nil {
		return endErr
	}
	if integrations.KindOf(err) == integrations.KindConflict {
		return s.conflict(ctx, p.id, err)
	}
	if err != nil {
		return s.failed(ctx, err)
	}
	p.note, err = s.x.BackText(ctx, "Azure DevOps checked it and would make: "+stateOf(would))
	return err
}

// statusOf is the outcome of a call that read.
func statusOf(err error) gate.Outcome {
	if err != nil {
		return gate.Outcome{Status: "error", Details: map[string]any{"kind": string(integrations.KindOf(err))}}
	}
	return gate.Outcome{Status: "ok"}
}

// stateOf says how an item stands.
func stateOf(i *azuredevops.Item) string {
	text := fmt.Sprintf("%s, state %s", i.Type(), i.State())
	if p := i.Priority(); p > 0 {
		text += fmt.Sprintf(", priority %d", p)
	}
	if v := i.Severity(); v != "" {
		text += ", severity " + v
	}
	return text + "."
}

// conflict explains that an item was changed by somebody else.
func (s *ado) conflict(ctx context.Context, id int, err error) error {
	now, readErr := s.client.Get(ctx, id)
	if readErr != nil {
		return s.failed(ctx, err)
	}
	return usage("%v. Work item %d is at revision %d now: read it with get_azuredevops_workitem, and repeat the change if it still holds", s.failed(ctx, err), id, now.Rev)
}

// read answers with an item after it was read back.
func (s *ado) read(ctx context.Context, i *azuredevops.Item, want azuredevops.Level, existing bool) (workItemOut, error) {
	if !existing {
		// Rules and people change items after they were written.
		if again, err := s.client.Get(ctx, i.ID); err == nil {
			i = again
		}
	}
	id := strconv.Itoa(i.ID)
	out := workItemOut{
		ID: id, Number: id, URL: s.client.URL(i.ID), Existing: existing, Type: i.Type(), State: i.State(), Priority: i.Priority(), Severity: i.Severity(), Rev: i.Rev,
	}
	var notes []string
	if want.Priority > 0 && want.Priority != i.Priority() {
		notes = append(notes, fmt.Sprintf("priority %d, not %d as was sent", i.Priority(), want.Priority))
	}
	if want.Severity != "" && want.Severity != i.Severity() {
		notes = append(notes, fmt.Sprintf("severity %s, not %s as was sent", cmp.Or(i.Severity(), "none"), want.Severity))
	}
	if len(notes) > 0 {
		out.Note = "the service has " + strings.Join(notes, " and ")
	}
	return out, s.x.Back(ctx, &out)
}

// named finds the work item that a call is about.
func (s *ado) named(ctx context.Context, text string) (*azuredevops.Item, error) {
	id, err := azuredevops.ParseID(text)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	i, err := s.client.Get(ctx, id)
	return i, s.failed(ctx, err)
}

// refused tells a refusal of ours that holds names of the service.
func (s *ado) refused(ctx context.Context, err error) error {
	text, clearErr := s.x.BackText(ctx, err.Error())
	if clearErr != nil {
		return clearErr
	}
	return usage("%s", text)
}
