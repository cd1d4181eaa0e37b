package tools

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/internal/gate"
)

type updateAzureDevOpsIn struct {
	ID          string `json:"id" gate:"id" jsonschema:"example=1234"`
	Comment     string `json:"comment,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"in Markdown; where findings belong"`
	Title       string `json:"title,omitempty" gate:"text" jsonschema:"maxLength=255"`
	Description string `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"replaces the whole text"`
	Severity    string `json:"severity,omitempty" gate:"enum" jsonschema_description:"critical, high, medium, low, or P1 to P4"`
	State       string `json:"state,omitempty" gate:"text" jsonschema:"maxLength=128,example=Active"`
	Rev         int    `json:"rev,omitempty" jsonschema:"minimum=1" jsonschema_description:"revision that was read; a newer one is a conflict"`
	Instance    string `json:"instance,omitempty" gate:"id"`
	ApprovalID  string `json:"approval_id,omitempty" gate:"id"`
}

func updateAzureDevOpsWorkItem() Tool {
	return define(spec{
		name: "update_azuredevops_workitem", title: "Update an Azure DevOps work item", toolset: setAzureDevOps, openWorld: true, destructive: true,
		description: "Comment on a work item of Azure DevOps or change it. A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in updateAzureDevOpsIn) (workItemOut, error) {
		changes := in.Title != "" || in.Description != "" || in.Severity != "" || in.State != ""
		if !changes && in.Comment == "" {
			return workItemOut{}, usage("name at least one thing to change, such as comment")
		}
		s, err := c.ado(ctx, in.Instance, "", "")
		if err != nil {
			return workItemOut{}, err
		}
		i, err := s.named(ctx, in.ID)
		if err != nil {
			return workItemOut{}, err
		}
		if in.Rev > 0 && in.Rev != i.Rev {
			return workItemOut{}, usage("work item %d is at revision %d now, not %d: it was changed there meanwhile; read it with get_azuredevops_workitem, and repeat the change if it still holds", i.ID, i.Rev, in.Rev)
		}
		p := &proposal{
			write: write{
				tool: "update_azuredevops_workitem", target: "workitem/" + strconv.Itoa(i.ID), entity: strconv.Itoa(i.ID),
				what: "Change work item " + strconv.Itoa(i.ID) + " of the project " + s.inst.ProjectName, approval: in.ApprovalID,
			},
			content: azuredevops.Content{Title: in.Title, Description: in.Description, Comment: in.Comment}, id: i.ID,
		}
		if id := i.Issue(); id != "" {
			if _, err := s.Store.Issue(ctx, id); err == nil {
				p.issueID = id
			}
		}
		// A comment alone changes nothing that somebody else could have changed.
		if !changes && s.client.Markdown() {
			return s.comment(ctx, i, p)
		}
		change, err := s.change(ctx, i, in.Severity, in.State)
		if err != nil {
			return workItemOut{}, err
		}
		p.build = func(text string) (any, error) { return s.client.ChangePatch(change, text) }
		if p.replaces, err = s.replaced(ctx, change.Replaces(i), in.Description != ""); err != nil {
			return workItemOut{}, err
		}
		out, err := s.propose(ctx, p)
		if errors.Is(err, gate.ErrMismatch) {
			return workItemOut{}, usage("%v. Work item %d is at revision %d now, and an approval holds for one revision", gate.ErrMismatch, i.ID, i.Rev)
		}
		if err != nil {
			return workItemOut{}, err
		}
		err = s.send(ctx, p.write, out, func(ctx context.Context) (map[string]any, error) {
			after, err := s.update(ctx, i, out)
			if err != nil {
				return nil, err
			}
			i = after
			return map[string]any{"rev": i.Rev}, nil
		})
		switch {
		case integrations.KindOf(err) == integrations.KindConflict:
			return workItemOut{}, s.conflict(ctx, i.ID, err)
		case err != nil:
			return workItemOut{}, s.failed(ctx, err)
		}
		return s.read(ctx, i, change.Level, false)
	})
}

// replaced says what of the text is lost that is there: people wrote it.
func (s *ado) replaced(ctx context.Context, old string, description bool) (string, error) {
	if !description || old == "" {
		return "", nil
	}
	begin, err := s.shown(ctx, old, maxOld)
	return fmt.Sprintf("It replaces the text that is there, of %d characters, which begins: %s", len([]rune(old)), begin), err
}

// maxOld is how much is shown of a text that is replaced, in bytes.
const maxOld = 300

// change reads what an update is to be, by the type of the item.
func (s *ado) change(ctx context.Context, i *azuredevops.Item, severity, state string) (azuredevops.Change, error) {
	t, fields, err := s.kind(ctx, i.Type())
	if err != nil {
		return azuredevops.Change{}, err
	}
	ch := azuredevops.NewChange(i.Rev, fields)
	if severity != "" {
		if ch.Level, err = s.client.LevelOf(severity, fields); err != nil {
			return ch, s.refused(ctx, err)
		}
		if ch.Level == (azuredevops.Level{}) {
			return ch, usage("a %s has neither a priority nor a severity", t.Name)
		}
	}
	if state != "" {
		if ch.State, err = s.client.StateOf(t, state); err != nil {
			return ch, s.refused(ctx, err)
		}
	}
	return ch, nil
}

// update writes a change and, if no answer comes, looks whether it is there.
func (s *ado) update(ctx context.Context, before *azuredevops.Item, out gate.Outgoing) (*azuredevops.Item, error) {
	after, err := s.client.Update(ctx, before.ID, out.Body)
	return s.lookFor(ctx, before, after, err, func(now *azuredevops.Item, comments []azuredevops.Comment) (bool, error) {
		return s.client.Holds(now, comments, out.Body)
	})
}

// lookFor returns the item after a write; where no answer came, it reads the
// item to see whether the write was done.
func (s *ado) lookFor(ctx context.Context, before, after *azuredevops.Item, err error, done func(*azuredevops.Item, []azuredevops.Comment) (bool, error)) (*azuredevops.Item, error) {
	var e *integrations.Error
	if !errors.As(err, &e) || !e.Lost {
		return after, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTime/4)
	defer cancel()
	for try := range lookups {
		now, readErr := s.client.Get(ctx, before.ID)
		if readErr == nil && now.Rev > before.Rev {
			comments, commentErr := s.client.Comments(ctx, before.ID, shownComments)
			if ok, holdErr := done(now, comments); ok && errors.Join(commentErr, holdErr) == nil {
				return now, nil
			}
		}
		if try < lookups-1 && pause(ctx, s.lookAgain()) != nil {
			break
		}
	}
	return nil, err
}

// comment adds a comment by itself.
func (s *ado) comment(ctx context.Context, i *azuredevops.Item, p *proposal) (workItemOut, error) {
	p.target, p.what = p.target+"/comment", "Comment on work item "+strconv.Itoa(i.ID)+" of the project "+s.inst.ProjectName
	p.build = func(text string) (any, error) { return azuredevops.CommentBody(text) }
	out, err := p.patch(ctx, s.x)
	if err != nil {
		return workItemOut{}, s.failed(ctx, err)
	}
	if err := s.ask(ctx, p.write, out); err != nil {
		return workItemOut{}, err
	}
	err = s.send(ctx, p.write, out, func(ctx context.Context) (map[string]any, error) {
		_, err := s.lookFor(ctx, i, nil, s.client.AddComment(ctx, i.ID, out.Body), func(_ *azuredevops.Item, comments []azuredevops.Comment) (bool, error) {
			return s.client.HoldsComment(comments, out.Body)
		})
		return nil, err
	})
	if err != nil {
		return workItemOut{}, s.failed(ctx, err)
	}
	return s.read(ctx, i, azuredevops.Level{}, false)
}
