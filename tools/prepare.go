package tools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// A preparer clears what a service's instance would be sent for an issue that
// has just been opened, by a call that names nothing but the issue. It may read
// there, and writes nothing.
type preparer struct {
	service string
	tool    string // that sends it
	prepare func(ctx context.Context, c *call, i *store.Integration, issue *triage.Issue) (*outside, write, gate.Outgoing, error)
}

// preparers are the services that an issue can leave a ticket in when it opens.
func preparers() []preparer {
	return []preparer{
		{setServiceNow, "create_servicenow_incident", prepareServiceNow},
		{setAzureDevOps, "create_azuredevops_workitem", prepareAzureDevOps},
	}
}

// prepareTime bounds how long an issue waits for what is prepared for it.
const prepareTime = 10 * time.Second

// preparedView is a ticket that waits for a person since its issue was opened.
type preparedView struct {
	Tool       string `json:"tool" jsonschema_description:"sends it, called with issue_id and approval_id, once a person has approved it (tftsr approvals)"`
	Instance   string `json:"instance"`
	ApprovalID string `json:"approval_id,omitempty"`
	Note       string `json:"note,omitempty"`
}

// prepare leaves an approval in each service whose instance for the category of
// an issue has auto-create on. Nothing is sent. The issue stands whatever
// becomes of it, so that failures are notes.
func (c *call) prepare(ctx context.Context, issue *triage.Issue) []preparedView {
	if c.Services == nil {
		return nil
	}
	var views []preparedView
	for _, p := range preparers() {
		i, err := c.Services.Pick(ctx, p.service, "", issue.Category)
		if errors.Is(err, integrations.ErrInstance) || err == nil && (!i.AutoCreate || !c.offers(p)) {
			continue
		}
		v := preparedView{Tool: p.tool}
		var a *store.Approval
		if err == nil {
			v.Instance = i.Name
			a, err = c.prepareFor(ctx, p, i, issue)
		}
		var u *usageError
		switch {
		case a != nil:
			v.ApprovalID = a.ID
		case err == nil:
			v.Note = "it needs no approval here, and nothing was sent: call the tool"
		case errors.As(err, &u), gate.Actionable(err):
			v.Note = "nothing is prepared: " + err.Error()
		default:
			v.Note = "nothing is prepared, by a fault of tftsr: call the tool by yourself"
			if c.Log != nil {
				c.Log.ErrorContext(ctx, "a ticket could not be prepared", "tool", p.tool, "error", err)
			}
		}
		views = append(views, v)
	}
	return views
}

func (c *call) prepareFor(ctx context.Context, p preparer, i *store.Integration, issue *triage.Issue) (*store.Approval, error) {
	// The answer shows the tokens of the issue to the caller, and what is prepared
	// is what a call after that sends: an instance that is trusted gets originals
	// for tokens that were shown.
	b, err := json.Marshal(viewIssue(issue))
	if err != nil {
		return nil, err
	}
	if err := c.Gate.NoteShown(ctx, b); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	o, w, out, err := p.prepare(ctx, c, i, issue)
	if err != nil {
		return nil, err
	}
	asked, err := o.asked(w, out)
	if err != nil {
		return nil, err
	}
	asked.Preview = "Prepared when the issue was opened. It is sent when you have approved it and the agent calls the tool.\n" + asked.Preview
	return c.Gate.Prepare(ctx, asked)
}

// offers reports whether the tool that would send what p prepares is offered.
func (c *call) offers(p preparer) bool {
	cfg := c.Config
	sets := cfg.Toolsets
	if len(sets) == 0 && len(cfg.Tools) == 0 {
		sets = []string{p.service}
	}
	return !slices.Contains(cfg.ExcludeTools, p.tool) && (slices.Contains(sets, "all") || slices.Contains(sets, p.service) || slices.Contains(cfg.Tools, p.tool))
}
