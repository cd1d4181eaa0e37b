package tools

import "context"

type searchIssuesIn struct {
	Query string `json:"query" gate:"text" jsonschema:"minLength=1,maxLength=500,example=too many clients" jsonschema_description:"tokens such as [Email_3] find their value"`
	issueFilterIn
}

type issueHit struct {
	Issue   issueView `json:"issue"`
	Snippet string    `json:"snippet" jsonschema_description:"matches are set in « »"`
	LogID   string    `json:"log_id,omitempty" jsonschema_description:"of the snippet"`
	Talk    string    `json:"conversation_id,omitempty" jsonschema_description:"of the snippet"`
	Score   float64   `json:"score"`
}

type searchIssuesOut struct {
	Hits []issueHit `json:"hits" jsonschema_description:"best first"`
}

func searchIssues() Tool {
	return define(spec{
		name: "search_issues", title: "Search issues", toolset: SetIssues, readOnly: true,
		description: "Find earlier issues by words of their texts, logs and conversations.",
	}, func(ctx context.Context, c *call, in searchIssuesIn) (searchIssuesOut, error) {
		f, err := in.filter()
		if err != nil {
			return searchIssuesOut{}, err
		}
		hits, err := c.Store.SearchIssues(ctx, in.Query, f)
		if err != nil {
			return searchIssuesOut{}, err
		}
		out := searchIssuesOut{Hits: []issueHit{}}
		for i := range hits {
			h := &hits[i]
			logs := h.Logs
			if h.LogID != "" {
				logs = []string{h.LogID}
			}
			if may, err := c.readable(ctx, logs, c.to); err != nil {
				return searchIssuesOut{}, err
			} else if !may {
				h.Snippet = "" // That the issue has the words is said, their text is not.
			}
			out.Hits = append(out.Hits, issueHit{viewIssue(&h.Issue), h.Snippet, h.LogID, h.ConversationID, h.Score})
		}
		return out, nil
	})
}
