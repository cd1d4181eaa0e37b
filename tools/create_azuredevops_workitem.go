package tools

import (
	"cmp"
	"context"
	"strconv"

	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type createAzureDevOpsIn struct {
	IssueID     string `json:"issue_id" gate:"id"`
	Title       string `json:"title,omitempty" gate:"text" jsonschema:"maxLength=255" jsonschema_description:"that of the issue unless given"`
	Description string `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"in Markdown; that of the issue unless given"`
	Type        string `json:"type,omitempty" gate:"text" jsonschema:"maxLength=128,example=Bug" jsonschema_description:"the configured one unless given"`
	Severity    string `json:"severity,omitempty" gate:"enum" jsonschema:"example=P2" jsonschema_description:"critical, high, medium, low, or P1 to P4; that of the issue unless given"`
	Instance    string `json:"instance,omitempty" gate:"id"`
	ApprovalID  string `json:"approval_id,omitempty" gate:"id"`
}

func createAzureDevOpsWorkItem() Tool {
	return define(spec{
		name: "create_azuredevops_workitem", title: "File an Azure DevOps work item", toolset: setAzureDevOps, openWorld: true, idempotent: true,
		description: "File a work item in Azure DevOps for an issue, once: a second call returns the first one. " +
			"A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in createAzureDevOpsIn) (workItemOut, error) {
		issue, err := c.Store.Issue(ctx, in.IssueID)
		if err != nil {
			return workItemOut{}, missing(err, "issue", "list_issues")
		}
		s, err := c.ado(ctx, in.Instance, issue.Category, issue.ID)
		if err != nil {
			return workItemOut{}, err
		}
		f := filing[azuredevops.Item]{
			outside: s.outside, issue: issue,
			find: func(ctx context.Context) (*azuredevops.Item, error) { return s.filedFor(ctx, issue.ID) },
			name: func(i *azuredevops.Item) (id, number, url string) {
				id = strconv.Itoa(i.ID)
				return id, id, s.client.URL(i.ID)
			},
		}
		found, err := f.find(ctx)
		if err != nil {
			return workItemOut{}, s.failed(ctx, err)
		}
		if found != nil {
			if err := f.remember(ctx, found); err != nil {
				return workItemOut{}, err
			}
			return s.read(ctx, found, azuredevops.Level{}, true)
		}
		if err := s.known(ctx, issue); err != nil {
			return workItemOut{}, err
		}
		p, level, err := s.draft(ctx, issue, in)
		if err != nil {
			return workItemOut{}, err
		}
		if f.out, err = s.propose(ctx, p); err != nil {
			return workItemOut{}, err
		}
		f.write = p.write
		f.post = func(ctx context.Context) (*azuredevops.Item, error) { return s.client.Create(ctx, p.kind, f.out.Body) }
		made, err := f.file(ctx)
		if err != nil {
			return workItemOut{}, err
		}
		return s.read(ctx, made, level, false)
	})
}

// draft is what is filed for an issue: the project's types are read for it.
func (s *ado) draft(ctx context.Context, issue *triage.Issue, in createAzureDevOpsIn) (*proposal, azuredevops.Level, error) {
	t, fields, err := s.kind(ctx, in.Type)
	if err != nil {
		return nil, azuredevops.Level{}, err
	}
	draft, content, err := s.client.NewDraft(t, fields, cmp.Or(in.Severity, string(issue.Severity)), azuredevops.TagOf(issue.ID))
	if err != nil {
		return nil, azuredevops.Level{}, s.refused(ctx, err)
	}
	content.Title, content.Description = cmp.Or(in.Title, issue.Title), cmp.Or(in.Description, issue.Description)
	return &proposal{
		write:   write{tool: "create_azuredevops_workitem", target: "workitem", entity: issue.ID, what: "File a " + t.Name + " in the project " + s.inst.ProjectName, issueID: issue.ID, approval: in.ApprovalID},
		content: content, kind: t.Name,
		build: func(text string) (any, error) { return s.client.Patch(draft, text) },
	}, draft.Level, nil
}

func prepareAzureDevOps(ctx context.Context, c *call, i *store.Integration, issue *triage.Issue) (o *outside, w write, out gate.Outgoing, err error) {
	s, err := c.ado(ctx, i.Name, issue.Category, issue.ID)
	if err != nil {
		return nil, w, out, err
	}
	p, _, err := s.draft(ctx, issue, createAzureDevOpsIn{})
	if err != nil {
		return nil, w, out, err
	}
	out, err = p.patch(ctx, s.x)
	return s.outside, p.write, out, s.failed(ctx, err)
}
