package tools

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type createServiceNowIn struct {
	IssueID     string `json:"issue_id" gate:"id"`
	Short       string `json:"short_description,omitempty" gate:"text" jsonschema:"maxLength=160" jsonschema_description:"the title of the issue unless given"`
	Description string `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"that of the issue unless given"`
	Severity    string `json:"severity,omitempty" gate:"enum" jsonschema:"example=P2" jsonschema_description:"critical, high, medium, low, or P1 to P4; that of the issue unless given"`
	Instance    string `json:"instance,omitempty" gate:"id"`
	ApprovalID  string `json:"approval_id,omitempty" gate:"id"`
}

func createServiceNowIncident() Tool {
	return define(spec{
		name: "create_servicenow_incident", title: "File a ServiceNow incident", toolset: setServiceNow, openWorld: true, idempotent: true,
		description: "File an incident in ServiceNow for an issue, once: a second call returns the first one. " +
			"A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in createServiceNowIn) (ticketOut, error) {
		issue, err := c.Store.Issue(ctx, in.IssueID)
		if err != nil {
			return ticketOut{}, missing(err, "issue", "list_issues")
		}
		s, err := c.snow(ctx, in.Instance, issue.Category, issue.ID)
		if err != nil {
			return ticketOut{}, err
		}
		f := filing[servicenow.Incident]{
			outside: s.outside, issue: issue,
			find: func(ctx context.Context) (*servicenow.Incident, error) { return s.client.Find(ctx, issue.ID) },
			name: func(i *servicenow.Incident) (id, number, url string) {
				return i.SysID.Value, i.Number.Value, s.client.URL(i.SysID.Value)
			},
		}
		// What is there already, by our own memory or only there: a crash or a lost
		// answer may have kept us from noting it.
		found, err := f.find(ctx)
		if err != nil {
			return ticketOut{}, s.failed(ctx, err)
		}
		if found != nil {
			if err := f.remember(ctx, found); err != nil {
				return ticketOut{}, err
			}
			return s.ticket(ctx, found, nil, true)
		}
		if err := s.known(ctx, issue); err != nil {
			return ticketOut{}, err
		}
		var level servicenow.Level
		if f.write, level, err = s.draft(issue, in); err != nil {
			return ticketOut{}, err
		}
		if f.out, err = s.authorise(ctx, f.write); err != nil {
			return ticketOut{}, err
		}
		f.post = func(ctx context.Context) (*servicenow.Incident, error) { return s.client.Create(ctx, f.out.Body) }
		made, err := f.file(ctx)
		if err != nil {
			return ticketOut{}, err
		}
		return s.ticket(ctx, made, &level, false)
	})
}

// draft is what is filed for an issue.
func (s *snow) draft(issue *triage.Issue, in createServiceNowIn) (write, servicenow.Level, error) {
	level, err := s.client.LevelOf(cmp.Or(in.Severity, string(issue.Severity)))
	if err == nil {
		err = s.client.Ready()
	}
	if err != nil {
		return write{}, level, usage("%v", err)
	}
	body := s.client.NewDraft(cmp.Or(in.Short, issue.Title), cmp.Or(in.Description, issue.Description), level, issue.ID)
	return write{
		tool: "create_servicenow_incident", target: "incident", entity: issue.ID, what: "File an incident", body: body,
		issueID: issue.ID, approval: in.ApprovalID,
	}, level, nil
}

func prepareServiceNow(ctx context.Context, c *call, i *store.Integration, issue *triage.Issue) (o *outside, w write, out gate.Outgoing, err error) {
	s, err := c.snow(ctx, i.Name, issue.Category, issue.ID)
	if err != nil {
		return nil, w, out, err
	}
	if w, _, err = s.draft(issue, createServiceNowIn{}); err != nil {
		return nil, w, out, err
	}
	out, err = s.x.JSON(ctx, w.body)
	return s.outside, w, out, err
}

// isIssueID reports whether a correlation id is one of ours: other tools write
// theirs into the same field.
func isIssueID(text string) bool {
	const canonical = len("0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44") // uuid.Parse takes other forms too
	return len(text) == canonical && uuid.Validate(text) == nil
}
