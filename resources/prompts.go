package resources

import (
	"context"
	"embed"
	"errors"
	"strings"
	"text/template"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

//go:embed prompts/*.md
var promptFiles embed.FS

// promptDef is one prompt: that of a domain, or one with a file of its own.
type promptDef struct {
	definition *mcp.Prompt
	category   string // of a domain prompt
	file       string // of another
}

// Prompts returns the definitions of all prompts: those with a text of their
// own, then one for each domain.
func Prompts() []*mcp.Prompt {
	var out []*mcp.Prompt
	for _, p := range prompts() {
		out = append(out, p.definition)
	}
	return out
}

// prompts returns all prompts, in the order of [Prompts].
func prompts() []promptDef {
	issue := &mcp.PromptArgument{Name: "issue_id", Title: "Issue", Description: "The issue to work on, if it is open already; completed by id or by words of it."}
	symptom := &mcp.PromptArgument{Name: "symptom", Title: "Symptom", Description: "What is seen, in your own words."}
	out := []promptDef{{
		definition: &mcp.Prompt{
			Name: "blameless_postmortem", Title: "Blameless postmortem",
			Description: "Write what an incident teaches, from its evidence, without looking for somebody to blame.",
			Arguments:   []*mcp.PromptArgument{{Name: "issue_id", Title: issue.Title, Description: "The issue to write about.", Required: true}},
		},
		file: "blameless_postmortem",
	}, {
		definition: &mcp.Prompt{
			Name: "start_triage", Title: "Start triage",
			Description: "Lead the triage of an incident, from the first report to the root cause.",
			Arguments: []*mcp.PromptArgument{
				symptom, {Name: "domain", Title: "Domain", Description: "The IT domain, if it is clear; its expert notes are added."}, issue,
			},
		},
		file: "start_triage",
	}}
	for _, c := range triage.Categories() {
		out = append(out, promptDef{
			definition: &mcp.Prompt{
				Name: PromptName(c.Name), Title: "Triage: " + c.Title,
				Description: "Expert notes for triage: " + c.Title + ". What to ask, gather and look for, and which commands only read.",
				Arguments:   []*mcp.PromptArgument{issue, symptom},
			},
			category: c.Name,
		})
	}
	return out
}

// PromptName returns the name of the prompt of a category.
func PromptName(category string) string { return "triage_" + strings.ReplaceAll(category, "-", "_") }

// prompt answers prompts/get: the notes, then what is known of the incident.
func (s *Set) prompt(ctx context.Context, p promptDef, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	arg := func(name string) string { return strings.TrimSpace(req.Params.Arguments[name]) }
	for name := range req.Params.Arguments {
		if !strings.Contains(" issue_id symptom domain ", " "+name+" ") {
			return nil, badRequest("the prompt does not take all of these arguments: prompts/list names those that it takes")
		}
	}
	out := &mcp.GetPromptResult{Description: p.definition.Description}
	say := func(text string) {
		out.Messages = append(out.Messages, &mcp.PromptMessage{Role: "user", Content: &mcp.TextContent{Text: text}})
	}
	domain := p.category
	if p.file != "" {
		text, err := s.fill(p.file)
		if err != nil {
			return nil, s.failure(ctx, "", err)
		}
		say(text)
		domain = strings.ToLower(arg("domain"))
	}
	if domain != "" {
		text, ok := triage.DomainPrompt(domain)
		if !ok {
			return nil, badRequest("domain is none of: %s", strings.Join(triage.CategoryNames(), ", "))
		}
		say(text)
	}
	if symptom := arg("symptom"); symptom != "" {
		say("What is seen: " + symptom)
	}
	id := arg("issue_id")
	if id == "" {
		for _, a := range p.definition.Arguments {
			if a.Name == "issue_id" && a.Required {
				return nil, badRequest("the prompt needs issue_id: list_issues shows those that there are")
			}
		}
		return out, nil
	}
	text, err := s.about(ctx, id)
	if err != nil {
		return nil, err
	}
	say(text)
	return out, nil
}

// about says what is known of an issue, as its resource does.
func (s *Set) about(ctx context.Context, id string) (string, error) {
	if _, ok := s.offered[kindIssue]; !ok {
		return "The issue is " + id + ".", nil
	}
	contents, err := s.issue(ctx, address{kind: kindIssue, id: id})
	if errors.Is(err, store.ErrNotFound) {
		return "", badRequest("there is no issue with this id: list_issues shows those that exist")
	}
	if err != nil {
		return "", s.failure(ctx, "", err)
	}
	return "The issue as it is kept now:\n\n" + contents[0].Text, nil
}

// fill writes a prompt that has a file. It names only tools that are offered.
func (s *Set) fill(name string) (string, error) {
	t, err := template.New(name+".md").Funcs(template.FuncMap{"has": func(tool string) bool { return s.tools[tool] }}).ParseFS(promptFiles, "prompts/"+name+".md")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", err
	}
	return b.String(), nil
}
