package resources

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// Bounds of a completion. The protocol allows 100 values; what is looked
// through is the newest of what there is.
const (
	maxValues    = 50
	lookedIssues = 200
	lookedLogs   = 50 // issues whose logs are looked through
)

// complete answers completion/complete for arguments of prompts and of
// resource templates. What it does not know has no completions.
func (s *Set) complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	begun := strings.TrimSpace(req.Params.Argument.Value)
	given := map[string]string{}
	if c := req.Params.Context; c != nil {
		given = c.Arguments
	}
	var values []string
	var err error
	switch what, category := s.completed(req.Params); what {
	case kindIssue:
		values, err = s.issueIDs(ctx, begun, category)
	case kindDocument:
		values, err = s.documentIDs(ctx, begun, given["issue"])
	case kindLog:
		values, err = s.logIDs(ctx, begun)
	case kindDomain:
		for _, name := range triage.CategoryNames() {
			if strings.HasPrefix(name, strings.ToLower(begun)) {
				values = append(values, name)
			}
		}
	case "symptom":
		values, err = s.titles(ctx, begun, category)
	}
	if err != nil {
		return nil, s.failure(ctx, "", err)
	}
	out := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}, Total: len(values)}}
	out.Completion.HasMore = len(values) > maxValues
	out.Completion.Values = append(out.Completion.Values, values[:min(len(values), maxValues)]...)
	return out, nil
}

// completed says what an argument names, and the category of the prompt that
// it belongs to, if it has one. What is not offered has no completions.
func (s *Set) completed(p *mcp.CompleteParams) (what, category string) {
	switch p.Ref.Type {
	case "ref/prompt":
		for _, def := range prompts() {
			if def.definition.Name != p.Ref.Name {
				continue
			}
			for _, a := range def.definition.Arguments {
				if a.Name == p.Argument.Name {
					what = map[string]string{"issue_id": kindIssue, "domain": kindDomain, "symptom": "symptom"}[a.Name]
				}
			}
			category = def.category
		}
	case "ref/resource":
		for _, k := range s.offered {
			if k.Template == p.Ref.URI && strings.Contains(k.Template, "{"+p.Argument.Name+"}") {
				what = map[string]string{"issue": kindIssue, "document": kindDocument, "log": kindLog, "name": kindDomain}[p.Argument.Name]
			}
		}
	}
	need := what
	if what == "symptom" {
		need = kindIssue
	}
	if _, ok := s.offered[need]; !ok {
		return "", ""
	}
	return what, category
}

// issueIDs completes the id of an issue: its beginning, or words of the issue.
func (s *Set) issueIDs(ctx context.Context, begun, category string) (ids []string, err error) {
	issues, err := s.newest(ctx, category)
	for i := range issues {
		if strings.HasPrefix(issues[i].ID, begun) {
			ids = append(ids, issues[i].ID)
		}
	}
	if err != nil || len(ids) > 0 {
		return ids, err
	}
	hits, err := s.deps.Store.SearchIssues(ctx, begun, store.IssueFilter{Limit: maxValues})
	for i := range hits {
		ids = append(ids, hits[i].Issue.ID)
	}
	return ids, err
}

// newest returns the newest issues of a category, or of all where it has none.
func (s *Set) newest(ctx context.Context, category string) ([]triage.Issue, error) {
	issues, _, err := s.deps.Store.ListIssues(ctx, store.IssueFilter{Limit: lookedIssues, Category: category})
	if err == nil && len(issues) == 0 && category != "" {
		issues, _, err = s.deps.Store.ListIssues(ctx, store.IssueFilter{Limit: lookedIssues})
	}
	return issues, err
}

// titles completes a symptom with what was said of earlier issues.
func (s *Set) titles(ctx context.Context, begun, category string) (titles []string, err error) {
	issues, err := s.newest(ctx, category)
	for i := range issues {
		if strings.Contains(strings.ToLower(issues[i].Title), strings.ToLower(begun)) {
			titles = append(titles, issues[i].Title)
		}
	}
	return titles, err
}

func (s *Set) documentIDs(ctx context.Context, begun, issue string) (ids []string, err error) {
	if !isID(issue) {
		return nil, nil
	}
	docs, err := s.deps.Store.DocumentsOf(ctx, issue)
	for i := range docs {
		if strings.HasPrefix(docs[i].ID, begun) {
			ids = append(ids, docs[i].ID)
		}
	}
	return ids, err
}

func (s *Set) logIDs(ctx context.Context, begun string) (ids []string, err error) {
	issues, err := s.newest(ctx, "")
	for i := range issues[:min(len(issues), lookedLogs)] {
		logs, err := s.deps.Store.LogsOf(ctx, issues[i].ID)
		if err != nil {
			return nil, err
		}
		for _, l := range logs {
			if strings.HasPrefix(l.ID, begun) {
				ids = append(ids, l.ID)
			}
		}
	}
	return ids, err
}
