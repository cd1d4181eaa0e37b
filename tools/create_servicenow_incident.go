package tools

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/servicenow"
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

const (
	// claimTime is how long another call that is filing the same incident is
	// waited for. After it, the claim is one of a process that is gone.
	claimTime = 2 * time.Minute
	// lookups is how often an incident is looked for whose creation got no answer.
	lookups = 3
)

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
		// What is there already, by our own memory or only there: a crash or a lost
		// answer may have kept us from noting it.
		found, err := s.client.Find(ctx, issue.ID)
		if err != nil {
			return ticketOut{}, s.failed(ctx, err)
		}
		if found != nil {
			if err := s.filed(ctx, issue, found); err != nil {
				return ticketOut{}, err
			}
			return s.ticket(ctx, found, nil, true)
		}
		if err := s.known(ctx, issue); err != nil {
			return ticketOut{}, err
		}
		level, err := s.client.LevelOf(cmp.Or(in.Severity, string(issue.Severity)))
		if err != nil {
			return ticketOut{}, usage("%v", err)
		}
		body := s.client.NewDraft(cmp.Or(in.Short, issue.Title), cmp.Or(in.Description, issue.Description), level, issue.ID)
		w := write{
			tool: "create_servicenow_incident", target: "incident", entity: issue.ID, what: "File an incident", body: body,
			issueID: issue.ID, approval: in.ApprovalID,
		}
		out, err := s.authorise(ctx, w)
		if err != nil {
			return ticketOut{}, err
		}
		return s.file(ctx, issue, level, func() (*servicenow.Incident, error) {
			var made *servicenow.Incident
			err := s.send(ctx, w, out, func(ctx context.Context) (map[string]any, error) {
				if made, err = s.create(ctx, issue.ID, func() (*servicenow.Incident, error) { return s.client.Create(ctx, out.Body) }); err != nil {
					return nil, err
				}
				return map[string]any{"number": made.Number.Value, "remote_id": made.SysID.Value}, nil
			})
			return made, err
		})
	})
}

// known refuses where an incident was filed that can no longer be seen.
func (s *snow) known(ctx context.Context, issue *triage.Issue) error {
	tickets, err := s.Store.TicketsOf(ctx, issue.ID)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if t.Service == setServiceNow && t.Instance == s.inst.Name && t.State == store.TicketFiled {
			return usage("this issue was filed as %s at %s, which the account can no longer find there: ask a person before filing another", t.Number, s.inst.Name)
		}
	}
	return nil
}

// file sends what was approved unless another call does, and remembers it.
func (s *snow) file(ctx context.Context, issue *triage.Issue, level servicenow.Level, send func() (*servicenow.Incident, error)) (ticketOut, error) {
	now := s.Now().UTC()
	claim, mine, err := s.Store.ClaimTicket(ctx, store.Ticket{
		IssueID: issue.ID, Service: setServiceNow, Instance: s.inst.Name, Owner: s.caller.ID, CorrelationID: issue.ID, CreatedAt: now, UpdatedAt: now,
	}, now.Add(-claimTime))
	if err != nil {
		return ticketOut{}, missing(err, "issue", "list_issues")
	}
	if !mine {
		return ticketOut{}, usage("another call is filing this issue, or has filed it, just now; call again in two minutes, and it is found")
	}
	made, err := send()
	var e *integrations.Error
	switch {
	case errors.As(err, &e) && e.Lost:
		return ticketOut{}, usage("%v. It was looked for and is not there yet: call again in two minutes, which looks again before it files anything", s.failed(ctx, err))
	case err != nil && made == nil:
		dropErr := s.Store.DropTicket(context.WithoutCancel(ctx), claim)
		return ticketOut{}, errors.Join(s.failed(ctx, err), dropErr)
	}
	if err := errors.Join(err, s.filed(ctx, issue, made)); err != nil {
		return ticketOut{}, err
	}
	return s.ticket(ctx, made, &level, false)
}

// create makes an incident and, if no answer comes, looks for it.
func (s *snow) create(ctx context.Context, correlation string, post func() (*servicenow.Incident, error)) (*servicenow.Incident, error) {
	made, err := post()
	var e *integrations.Error
	if !errors.As(err, &e) || !e.Lost {
		return made, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTime/4)
	defer cancel()
	for try := range lookups {
		if found, findErr := s.client.Find(ctx, correlation); findErr == nil && found != nil {
			return found, nil
		}
		if try < lookups-1 && pause(ctx, s.lookAgain()) != nil {
			break
		}
	}
	return nil, err
}

// filed remembers the incident of an issue.
func (s *snow) filed(ctx context.Context, issue *triage.Issue, i *servicenow.Incident) error {
	now := s.Now().UTC()
	return s.Store.SaveTicket(context.WithoutCancel(ctx), store.Ticket{
		IssueID: issue.ID, Service: setServiceNow, Instance: s.inst.Name, Owner: s.caller.ID, CorrelationID: issue.ID, State: store.TicketFiled,
		RemoteID: i.SysID.Value, Number: i.Number.Value, URL: s.client.URL(i.SysID.Value), CreatedAt: now, UpdatedAt: now,
	})
}

// lookAgain is the wait between two looks for an incident.
func (c *call) lookAgain() time.Duration {
	if c.LookAgain > 0 {
		return c.LookAgain
	}
	return time.Second
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isIssueID reports whether a correlation id is one of ours: other tools write
// theirs into the same field.
func isIssueID(text string) bool {
	const canonical = len("0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44") // uuid.Parse takes other forms too
	return len(text) == canonical && uuid.Validate(text) == nil
}
