package tools

import (
	"context"
	"math"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type findSimilarIssuesIn struct {
	IssueID string `json:"issue_id,omitempty" gate:"id"`
	Text    string `json:"text,omitempty" gate:"text" jsonschema:"maxLength=5000,example=too many clients" jsonschema_description:"instead of issue_id"`
	Limit   int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=20"`
}

type similarView struct {
	IssueID       string   `json:"issue_id"`
	Title         string   `json:"title"`
	Status        string   `json:"status" jsonschema:"example=resolved"`
	CreatedAt     string   `json:"created_at"`
	Score         float64  `json:"score" jsonschema_description:"about the share of what is rare that both have"`
	Terms         []string `json:"terms" jsonschema_description:"words in common, the rarest first"`
	Tags          []string `json:"tags,omitempty" jsonschema_description:"in common"`
	SameCategory  bool     `json:"same_category"`
	Evidence      []string `json:"evidence,omitempty" jsonschema_description:"lines that both cite, with * for what varies"`
	Cause         string   `json:"cause,omitempty" jsonschema_description:"of the earlier issue"`
	CauseRecurs   bool     `json:"cause_recurs" jsonschema_description:"it is the cause of this issue too"`
	Measure       string   `json:"measure,omitempty" jsonschema_description:"strongest of what was to be done then"`
	MeasureRecurs bool     `json:"measure_recurs" jsonschema_description:"it is to be done again: was it done?"`
}

type findSimilarIssuesOut struct {
	Hits []similarView `json:"hits"`
}

const (
	defaultSimilar = 5
	// maxCompared is how many issues with rare words in common are compared in
	// full.
	maxCompared = 40
)

func findSimilarIssues() Tool {
	return define(spec{
		name: "find_similar_issues", title: "Find similar issues", toolset: SetIssues, readOnly: true,
		description: "Issues like this one or a text: why, their cause and remedy, and whether these recur.",
	}, func(ctx context.Context, c *call, in findSimilarIssuesIn) (findSimilarIssuesOut, error) {
		q, err := c.comparable(ctx, in)
		if err != nil {
			return findSimilarIssuesOut{}, err
		}
		text := q.Text()
		like, err := c.Store.IssuesLike(ctx, text, maxCompared)
		if err != nil {
			return findSimilarIssuesOut{}, err
		}
		found := like.Issues
		if len(found) == 0 { // It has common words only: the newest that have all of them.
			hits, err := c.Store.SearchIssues(ctx, text, store.IssueFilter{})
			if err != nil {
				return findSimilarIssuesOut{}, err
			}
			for i := range hits {
				found = append(found, hits[i].Issue)
			}
		}
		all := make([]triage.Comparable, len(found))
		for i := range found {
			all[i].Issue = found[i]
			if all[i].Analyses, err = c.Store.AnalysesOf(ctx, found[i].ID); err != nil {
				return findSimilarIssuesOut{}, err
			}
		}
		limit := in.Limit
		if limit == 0 {
			limit = defaultSimilar
		}
		out := findSimilarIssuesOut{Hits: []similarView{}}
		for _, s := range triage.RankSimilar(q, all, like.Total, like.Words, limit) {
			out.Hits = append(out.Hits, viewSimilar(s))
		}
		return out, nil
	})
}

// comparable returns what is compared with the other issues.
func (c *call) comparable(ctx context.Context, in findSimilarIssuesIn) (q triage.Comparable, err error) {
	switch {
	case (in.IssueID == "") == (in.Text == ""):
		return q, usage("give issue_id or text, one of them")
	case in.Text != "":
		q.Issue.Description = in.Text
		return q, nil
	}
	issue, err := c.Store.Issue(ctx, in.IssueID)
	if err != nil {
		return q, missing(err, "issue", "list_issues")
	}
	q.Issue = *issue
	q.Analyses, err = c.Store.AnalysesOf(ctx, issue.ID)
	return q, err
}

func viewSimilar(s triage.Similar) similarView {
	v := similarView{
		IssueID: s.Issue.ID, Title: s.Issue.Title, Status: string(s.Issue.Status), CreatedAt: timestamp(s.Issue.CreatedAt),
		Score: math.Round(s.Score*100) / 100, Terms: s.Terms, Tags: s.Tags, SameCategory: s.SameCategory, Evidence: s.Evidence,
		Cause: s.Cause, CauseRecurs: s.CauseRecurs, Measure: s.Measure, MeasureRecurs: s.MeasureRecurs,
	}
	if v.Terms == nil {
		v.Terms = []string{}
	}
	return v
}
