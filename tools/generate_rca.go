package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
)

const kindRCA = "rca"

type generateRCAIn struct {
	IssueID    string   `json:"issue_id" gate:"id"`
	AnalysisID string   `json:"analysis_id,omitempty" gate:"id" jsonschema_description:"the newest of the issue unless given"`
	Impact     string   `json:"impact,omitempty" gate:"text" jsonschema:"maxLength=5000" jsonschema_description:"who was affected, how badly, for how long"`
	Resolution string   `json:"resolution,omitempty" gate:"text" jsonschema:"maxLength=5000,example=The pool size was raised and the leak fixed." jsonschema_description:"what ended it"`
	WentWell   []string `json:"went_well,omitempty" gate:"text" jsonschema:"maxItems=20"`
	WentWrong  []string `json:"went_wrong,omitempty" gate:"text" jsonschema:"maxItems=20"`
	GotLucky   []string `json:"got_lucky,omitempty" gate:"text" jsonschema:"maxItems=20"`
}

type generateRCAOut struct {
	DocumentID string   `json:"document_id"`
	Title      string   `json:"title"`
	Version    int64    `json:"version"`
	SHA256     string   `json:"sha256"`
	Verdict    string   `json:"verdict" jsonschema:"example=LIKELY"`
	Claims     int      `json:"claims"`
	Cited      int      `json:"cited" jsonschema_description:"claims with evidence that resolves"`
	Missing    []string `json:"missing" jsonschema_description:"what the document lacks and how to close it"`
	Markdown   string   `json:"markdown"`
}

func generateRCA() Tool {
	return define(spec{
		name: "generate_rca", title: "Write root cause analysis", toolset: SetDocuments,
		description: "Write the RCA of an issue from its timeline, logs and five-whys analysis. It claims no more than the cited evidence supports, and lists what is missing. Again for the same issue, it makes the next version.",
	}, func(ctx context.Context, c *call, in generateRCAIn) (generateRCAOut, error) {
		input, err := c.rcaInput(ctx, in)
		if err != nil {
			return generateRCAOut{}, err
		}
		title, markdown, report, err := triage.Render(ctx, input, c.resolver(), nil)
		if err != nil {
			return generateRCAOut{}, stepError(err)
		}
		doc, err := c.saveRCA(ctx, in.IssueID, title, markdown)
		if err != nil {
			return generateRCAOut{}, err
		}
		if err := c.note(ctx, in.IssueID, triage.EventRCAGenerated, fmt.Sprintf("RCA version %d written: %s.", doc.Version, report.Verdict)); err != nil {
			return generateRCAOut{}, err
		}
		out := generateRCAOut{
			DocumentID: doc.ID, Title: doc.Title, Version: doc.Version, SHA256: doc.SHA256,
			Verdict: string(report.Verdict), Claims: report.Claims, Cited: report.Cited, Missing: []string{}, Markdown: doc.Markdown,
		}
		for _, id := range report.Unresolved {
			out.Missing = append(out.Missing, "evidence "+id+" no longer resolves: cite the lines anew")
		}
		for _, m := range report.Missing {
			out.Missing = append(out.Missing, fmt.Sprintf("%s: %s; %s", m.Section, m.What, m.Next))
		}
		return out, nil
	})
}

// rcaInput gathers what the document is made from.
func (c *call) rcaInput(ctx context.Context, in generateRCAIn) (triage.DocumentInput, error) {
	issue, err := c.Store.Issue(ctx, in.IssueID)
	if err != nil {
		return triage.DocumentInput{}, missing(err, "issue", "list_issues")
	}
	input := triage.DocumentInput{
		Issue: *issue, Impact: in.Impact, Resolution: in.Resolution,
		WentWell: in.WentWell, WentWrong: in.WentWrong, GotLucky: in.GotLucky,
	}
	if input.Events, err = c.Store.Events(ctx, issue.ID); err != nil {
		return input, err
	}
	if input.Logs, err = c.Store.LogsOf(ctx, issue.ID); err != nil {
		return input, err
	}
	analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
	if err != nil {
		return input, err
	}
	for i := range analyses {
		a := &analyses[i]
		switch {
		case in.AnalysisID == a.ID:
			input.Analysis = a
			return input, nil
		case in.AnalysisID == "" && (input.Analysis == nil || a.CreatedAt.After(input.Analysis.CreatedAt)):
			input.Analysis = a
		}
	}
	if in.AnalysisID != "" {
		return input, usage("the issue has no analysis with this id; get_issue shows those that it has")
	}
	return input, nil
}

// saveRCA stores the document, or the next version of the one that the issue
// has.
func (c *call) saveRCA(ctx context.Context, issueID, title, markdown string) (*triage.Document, error) {
	sum := sha256.Sum256([]byte(markdown))
	now := c.Now().UTC()
	docs, err := c.Store.DocumentsOf(ctx, issueID)
	if err != nil {
		return nil, err
	}
	for i := range docs {
		if docs[i].Kind != kindRCA {
			continue
		}
		d := docs[i]
		d.Title, d.Markdown, d.SHA256, d.UpdatedAt = title, markdown, hex.EncodeToString(sum[:]), now
		d.Version++
		return &d, c.Store.SaveDocument(ctx, &d)
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	d := &triage.Document{
		ID: id, Owner: c.caller.ID, IssueID: issueID, Kind: kindRCA, Title: title, Markdown: markdown,
		SHA256: hex.EncodeToString(sum[:]), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return d, c.Store.CreateDocument(ctx, d)
}
