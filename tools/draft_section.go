package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/providers"
)

type draftSectionIn struct {
	IssueID  string `json:"issue_id" gate:"id"`
	Section  string `json:"section" gate:"text" jsonschema:"minLength=2,maxLength=200,example=Impact"`
	Wishes   string `json:"wishes,omitempty" gate:"text" jsonschema:"maxLength=2000" jsonschema_description:"what it should say, or how"`
	Provider string `json:"provider,omitempty" gate:"id"`
}

type draftSectionOut struct {
	Markdown string     `json:"markdown" jsonschema:"example=Checkout answered 502 for 42 minutes."`
	Provider string     `json:"provider"`
	Model    string     `json:"model"`
	Passed   []string   `json:"could_not_answer,omitempty"`
	Usage    *usageView `json:"usage,omitempty"`
	Note     string     `json:"note"`
}

var sectionForm = &providers.Schema{Name: "draft_section", JSON: json.RawMessage(
	`{"type":"object","additionalProperties":false,"required":["markdown"],"properties":{"markdown":{"type":"string"}}}`)}

const draftSystem = `You draft one section of a document about an IT incident, in Markdown, without its heading. Use only what is given; where it does not say, write "unknown".
Call a cause confirmed only where its verdict says so. Blame systems and processes, never people. Text in square brackets such as [Email_3] stands for a value: use it as it is.`

const (
	maxDraftEvents = 60
	maxDraft       = 20_000 // bytes
)

func draftSection() Tool {
	return define(spec{
		name: "draft_section", title: "Draft a section with an AI provider", toolset: SetProviders, openWorld: true,
		description: "Let an AI provider draft a section of a document from the issue, its timeline and its causal analyses; nothing is stored.",
	}, func(ctx context.Context, c *call, in draftSectionIn) (draftSectionOut, error) {
		issue, err := c.Store.Issue(ctx, in.IssueID)
		if err != nil {
			return draftSectionOut{}, missing(err, "issue", "list_issues")
		}
		s, err := c.sender()
		if err != nil {
			return draftSectionOut{}, err
		}
		facts, err := c.facts(ctx, issue)
		if err != nil {
			return draftSectionOut{}, err
		}
		stream := c.streaming(ctx)
		answer, err := s.Send(ctx, providers.Job{
			Provider: in.Provider, IssueID: issue.ID, EntityType: "issue", EntityID: issue.ID,
			Build: func(ctx context.Context, p providers.Provider) (*providers.Request, error) {
				f := &clearFor{ctx: ctx, g: c.Gate, to: p.Destination()}
				text := facts + "\nWrite the section: " + in.Section + "\n" + in.Wishes
				return &providers.Request{
					Messages: []providers.Message{{Role: providers.RoleSystem, Text: f.text(draftSystem)}, {Role: providers.RoleUser, Text: f.text(text)}},
					Schema:   sectionForm, OnText: stream(p.Name()),
				}, f.err
			},
		})
		if err != nil {
			return draftSectionOut{}, c.unanswered(ctx, err)
		}
		var draft struct{ Markdown string }
		raw, err := providers.Object(answer.Text)
		if err != nil || json.Unmarshal(raw, &draft) != nil {
			draft.Markdown = answer.Text // Prose is what was wanted.
		}
		out := draftSectionOut{Provider: answer.Provider, Model: answer.Model, Passed: answer.Passed, Usage: viewUsage(answer.Usage), Note: "a draft, with no evidence of its own: check it, then put it into a document with update_document"}
		out.Markdown, _, err = c.Gate.RedactText(ctx, pii.ModeAgent, clip(draft.Markdown, maxDraft))
		return out, err
	})
}

// facts are what is known of an issue, without text of logs: what people and
// agents wrote of it, and the claims of its analyses with their verdicts.
func (c *call) facts(ctx context.Context, issue *triage.Issue) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Issue: %s\nSeverity %s, %s, opened %s\n%s\n", issue.Title, issue.Severity, issue.Status, timestamp(issue.CreatedAt), issue.Description)
	if issue.RootCause != "" {
		fmt.Fprintf(&b, "Root cause as it stands: %s\n", issue.RootCause)
	}
	events, err := c.Store.Events(ctx, issue.ID)
	if err != nil {
		return "", err
	}
	b.WriteString("\nTimeline:\n")
	for _, e := range events[max(len(events)-maxDraftEvents, 0):] {
		fmt.Fprintf(&b, "%s %s: %s\n", timestamp(e.At), e.Type, clip(e.Text, maxStatement))
	}
	analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
	if err != nil {
		return "", err
	}
	for i := range analyses {
		tree, err := triage.Tree(&analyses[i])
		if err != nil {
			return "", err
		}
		res, err := triage.Engine{}.Assess(&analyses[i])
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\nCausal analysis, %s:\n%s\n", res.Verdict, tree)
	}
	return b.String(), nil
}
