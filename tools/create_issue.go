package tools

import (
	"context"

	"github.com/tftsr/tftsr/internal/triage"
)

type createIssueIn struct {
	Title       string   `json:"title" gate:"text" jsonschema:"minLength=3,maxLength=300,example=Checkout answers 502 since 14:05 UTC" jsonschema_description:"what fails, for whom, since when; one line"`
	Description string   `json:"description,omitempty" gate:"text" jsonschema:"maxLength=20000" jsonschema_description:"what is known so far"`
	Severity    string   `json:"severity" gate:"enum" jsonschema:"enum=critical,enum=high,enum=medium,enum=low"`
	Category    string   `json:"category" gate:"enum" jsonschema:"example=databases" jsonschema_description:"IT domain; a wrong one is answered with the list"`
	Tags        []string `json:"tags,omitempty" gate:"text" jsonschema:"maxItems=20"`
}

type createIssueOut struct {
	Issue    issueView      `json:"issue"`
	Prepared []preparedView `json:"prepared,omitempty"`
}

type issueOut struct {
	Issue issueView `json:"issue"`
}

func createIssue() Tool {
	return define(spec{
		name: "create_issue", title: "Create issue", toolset: SetIssues, newIssue: true,
		description: "Open an incident to triage. Start here: logs, timeline, analysis and documents belong to an issue. " +
			"Sensitive values become tokens such as [Email_3].",
	}, func(ctx context.Context, c *call, in createIssueIn) (createIssueOut, error) {
		now := c.Now().UTC()
		issue := &triage.Issue{
			Owner: c.caller.ID, Title: in.Title, Description: in.Description,
			Severity: triage.Severity(in.Severity), Status: triage.StatusOpen, Category: in.Category,
			Tags: in.Tags, CreatedAt: now, UpdatedAt: now,
		}
		if err := issue.Validate(); err != nil {
			return createIssueOut{}, usage("%v", err)
		}
		if err := c.Gate.CreateIssue(ctx, issue); err != nil {
			return createIssueOut{}, err
		}
		if err := c.note(ctx, issue.ID, triage.EventTriageStarted, "Triage started."); err != nil {
			return createIssueOut{}, err
		}
		issue.Revision = 1
		return createIssueOut{viewIssue(issue), c.prepare(ctx, issue)}, nil
	})
}

// note adds one of the events that tools note by themselves.
func (c *call) note(ctx context.Context, issueID, eventType, text string) error {
	e, err := c.event(issueID, eventType, text)
	if err != nil {
		return err
	}
	return c.Store.AddEvent(ctx, &e)
}

// event is what happens now.
func (c *call) event(issueID, eventType, text string) (triage.TimelineEvent, error) {
	id, err := newID()
	now := c.Now().UTC()
	return triage.TimelineEvent{ID: id, Owner: c.caller.ID, IssueID: issueID, At: now, Type: eventType, Text: text, CreatedAt: now}, err
}
