package triage

import (
	"bytes"
	"context"
	"io/fs"
)

// DocumentKind is what a document is for.
type DocumentKind string

// The kinds of documents: an analysis of causes, and a review of the whole
// incident.
const (
	DocumentRCA        DocumentKind = "rca"
	DocumentPostmortem DocumentKind = "postmortem"
)

// Title names the kind in a heading.
func (k DocumentKind) Title() string {
	if k == DocumentPostmortem {
		return "Postmortem"
	}
	return "Root cause analysis"
}

// tool is the one that writes documents of the kind.
func (k DocumentKind) tool() string {
	if k == DocumentPostmortem {
		return "generate_postmortem"
	}
	return "generate_rca"
}

// DocumentInput is what a document is made from. Everything but Issue may be
// missing; the document then says what is.
type DocumentInput struct {
	Kind     DocumentKind // empty: DocumentRCA
	Template string       // one of TemplateNames; empty: the default of the kind
	Issue    Issue
	Events   []TimelineEvent
	Logs     []Log
	Analysis *Analysis // nil when there is none

	// What only people can tell; paragraphs of text, and in the lists an entry
	// for each sentence.
	Impact     string // who was affected, how much, how long
	Leadup     string // what came before it and made it possible
	Detected   string // how it was noticed
	Resolution string // what ended it
	Recovery   string // how service came back after that
	Backlog    string // whether work that was planned would have prevented it
	Recurrence string // earlier incidents with the same cause
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

// Render writes a document as Markdown from a template: the one of this name
// in templates, or of [Templates] when that has none or is nil. It resolves
// every cited excerpt again, and a claim whose evidence no longer resolves
// loses its verdict in the document. The same input gives the same bytes. Text
// from logs and callers arrives in the template escaped; it cannot start
// headings, cells, fences, links or HTML. The report misses only what the
// template has a place for. A template that is broken is a [TemplateError].
func Render(ctx context.Context, in DocumentInput, r Resolver, templates fs.FS) (title, markdown string, report Completeness, err error) {
	if in.Kind == "" {
		in.Kind = DocumentRCA
	}
	if in.Template == "" {
		in.Template = DefaultTemplate(in.Kind)
	}
	t, err := parseTemplate(templates, in.Template)
	if err != nil {
		return "", "", Completeness{}, err
	}
	d, report, err := documentData(ctx, in, r, fieldsOf(t))
	if err != nil {
		return "", "", Completeness{}, err
	}
	var b bytes.Buffer
	if err := t.Execute(&limited{&b, maxRendered}, d); err != nil {
		return "", "", Completeness{}, templateError(in.Template, err)
	}
	return in.Kind.Title() + ": " + tidy(plain(in.Issue.Title)), collapse(b.String()), report, nil
}
