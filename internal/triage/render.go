package triage

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"text/template"
)

//go:embed templates/*.tmpl
var embedded embed.FS

// rcaTemplate is the name of the RCA's template in its file system.
const rcaTemplate = "rca.md.tmpl"

// Templates returns the templates that come with the program. Each may be
// overridden by a file of the same name in another file system given to
// [RenderRCA].
func Templates() fs.FS {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic("triage: embedded templates: " + err.Error()) // a constant path
	}
	return sub
}

// RCAInput is what a root cause analysis is made from. Everything but Issue
// may be missing; the document then says what is.
type RCAInput struct {
	Issue    Issue
	Events   []TimelineEvent
	Logs     []Log
	Analysis *Analysis // nil when there is none

	// What only people can tell; each entry is a sentence.
	Impact     string
	Resolution string
	WentWell   []string
	WentWrong  []string
	GotLucky   []string
}

// Missing is a gap in a document, and how to close it.
type Missing struct {
	Section string `json:"section" gate:"enum"`
	What    string `json:"what" gate:"text"`
	Next    string `json:"next" gate:"text"`
}

// Completeness reports what a rendered document stands on and what it lacks.
type Completeness struct {
	Complete   bool      `json:"complete"` // nothing is missing
	Verdict    Verdict   `json:"verdict" gate:"enum"`
	Claims     int       `json:"claims"`               // causal claims that the document makes
	Cited      int       `json:"cited"`                // of them, those with evidence that resolves
	Unresolved []string  `json:"unresolved" gate:"id"` // evidence that no longer resolves, by id
	Missing    []Missing `json:"missing"`              // in the order of the sections
}

// RenderRCA writes a root cause analysis as Markdown from the template
// rca.md.tmpl of templates, or of [Templates] when that has none or is nil. It
// resolves every cited excerpt again, and a claim whose evidence no longer
// resolves loses its verdict in the document. The same input gives the same
// bytes. Text from logs and callers arrives in the template escaped; it cannot
// start headings, cells, fences, links or HTML.
func RenderRCA(ctx context.Context, in RCAInput, r Resolver, templates fs.FS) (title, markdown string, report Completeness, err error) {
	d, report, err := rcaDataOf(ctx, in, r)
	if err != nil {
		return "", "", Completeness{}, err
	}
	t, err := parseTemplate(templates, rcaTemplate)
	if err != nil {
		return "", "", Completeness{}, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return "", "", Completeness{}, fmt.Errorf("fill the template %s: %w", rcaTemplate, err)
	}
	return "Root cause analysis: " + tidy(plain(in.Issue.Title)), collapse(b.String()), report, nil
}

func parseTemplate(templates fs.FS, name string) (*template.Template, error) {
	if templates == nil {
		templates = Templates()
	}
	text, err := fs.ReadFile(templates, name)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = fs.ReadFile(Templates(), name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the template %s: %w", name, err)
	}
	t, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("the template %s is not valid: %w", name, err)
	}
	return t, nil
}
