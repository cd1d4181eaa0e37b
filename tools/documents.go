package tools

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
)

// told is what only people can tell of an incident.
type told struct {
	Impact     string   `json:"impact,omitempty" gate:"text"`
	Resolution string   `json:"resolution,omitempty" gate:"text"`
	WentWell   []string `json:"went_well,omitempty" gate:"text"`
	WentWrong  []string `json:"went_wrong,omitempty" gate:"text"`
	GotLucky   []string `json:"got_lucky,omitempty" gate:"text"`
}

// toldMore is what a review of the whole incident asks for besides. Its names
// say it: each description is paid for in every conversation.
type toldMore struct {
	Leadup   string `json:"leadup,omitempty" gate:"text"`
	Detected string `json:"detected,omitempty" gate:"text"`
	Recovery string `json:"recovery,omitempty" gate:"text"`
}

// Bounds of what people tell, in bytes and entries.
const (
	maxTold     = 5000
	maxToldList = 20
)

// checkTold holds what people tell to its bounds.
func checkTold(in *triage.DocumentInput) error {
	for _, f := range []struct{ name, text string }{
		{"impact", in.Impact},
		{"leadup", in.Leadup},
		{"detected", in.Detected},
		{"resolution", in.Resolution},
		{"recovery", in.Recovery},
		{"backlog", in.Backlog},
		{"recurrence", in.Recurrence},
	} {
		if len(f.text) > maxTold {
			return usage("%s is longer than %d bytes: say it shorter", f.name, maxTold)
		}
	}
	for _, f := range []struct {
		name string
		list []string
	}{{"went_well", in.WentWell}, {"went_wrong", in.WentWrong}, {"got_lucky", in.GotLucky}} {
		if len(f.list) > maxToldList || len(strings.Join(f.list, "")) > maxTold {
			return usage("%s has more than %d entries or %d bytes: keep what matters", f.name, maxToldList, maxTold)
		}
	}
	return nil
}

// put hands what was told on.
func (in *told) put(d *triage.DocumentInput) {
	d.Impact, d.Resolution, d.WentWell, d.WentWrong, d.GotLucky = in.Impact, in.Resolution, in.WentWell, in.WentWrong, in.GotLucky
}

// documentOut is a document with what it stands on and what it lacks.
type documentOut struct {
	DocumentID string   `json:"document_id"`
	Version    int64    `json:"version"`
	Verdict    string   `json:"verdict" jsonschema:"example=LIKELY"`
	Coverage   string   `json:"coverage" jsonschema:"example=5 of 6 claims cited"` // by evidence that resolves
	Missing    []string `json:"missing" jsonschema_description:"what it lacks and how to close it"`
	Markdown   string   `json:"markdown"`
}

func documentAnswer(d *triage.Document, r triage.Completeness) documentOut {
	return documentOut{
		DocumentID: d.ID, Version: d.Version, Verdict: string(r.Verdict), Coverage: fmt.Sprintf("%d of %d claims cited", r.Cited, r.Claims), Missing: lacks(r), Markdown: d.Markdown,
	}
}

// lacks lists what a report misses. Evidence that does not resolve is among
// it.
func lacks(r triage.Completeness) []string {
	out := make([]string, len(r.Missing))
	for i, m := range r.Missing {
		out[i] = fmt.Sprintf("%s: %s; %s", m.Section, m.What, m.Next)
	}
	return out
}

// generate writes the next version of a document of the issue. input holds its
// kind, its template and what was told.
func (c *call) generate(ctx context.Context, issueID, analysisID string, input triage.DocumentInput) (documentOut, error) {
	if err := checkTold(&input); err != nil {
		return documentOut{}, err
	}
	if err := c.gather(ctx, issueID, analysisID, &input); err != nil {
		return documentOut{}, err
	}
	title, markdown, report, err := triage.Render(ctx, input, c.resolver(), c.templates())
	if err != nil {
		return documentOut{}, templateProblem(err)
	}
	doc, err := c.saveDocument(ctx, issueID, input.Kind, title, markdown)
	if err != nil {
		return documentOut{}, err
	}
	event, name := triage.EventRCAGenerated, "RCA"
	if input.Kind == triage.DocumentPostmortem {
		event, name = triage.EventPostmortemGenerated, "Postmortem"
	}
	if err := c.note(ctx, issueID, event, fmt.Sprintf("%s version %d written: %s.", name, doc.Version, report.Verdict)); err != nil {
		return documentOut{}, err
	}
	return documentAnswer(doc, report), nil
}

// templates returns the owner's folder of templates, or nil.
func (d *Deps) templates() fs.FS {
	if d.Config.Documents.Templates == "" {
		return nil
	}
	return os.DirFS(d.Config.Documents.Templates)
}

// templateProblem tells apart what the caller or the owner can mend.
func templateProblem(err error) error {
	var broken *triage.TemplateError
	switch {
	case errors.As(err, &broken):
		return usage("nothing was written: %v. The owner mends it in documents.templates and tries it with tftsr templates check; another template works meanwhile", broken)
	case errors.Is(err, triage.ErrNoTemplate):
		return usage("%v", err)
	}
	return stepError(err)
}

// gather adds what the store has to what was told.
func (c *call) gather(ctx context.Context, issueID, analysisID string, input *triage.DocumentInput) error {
	issue, err := c.Store.Issue(ctx, issueID)
	if err != nil {
		return missing(err, "issue", "list_issues")
	}
	input.Issue = *issue
	if input.Events, err = c.Store.Events(ctx, issue.ID); err != nil {
		return err
	}
	if input.Logs, err = c.Store.LogsOf(ctx, issue.ID); err != nil {
		return err
	}
	analyses, err := c.Store.AnalysesOf(ctx, issue.ID)
	if err != nil {
		return err
	}
	input.Analysis = newest(analyses, analysisID)
	if input.Analysis == nil && analysisID != "" {
		return usage("the issue has no analysis with this id; get_issue shows those that it has")
	}
	return nil
}

// newest returns the analysis of an id, or without one the newest; nil when
// there is none.
func newest(list []triage.Analysis, id string) *triage.Analysis {
	var out *triage.Analysis
	for i := range list {
		a := &list[i]
		if a.ID == id || id == "" && (out == nil || a.CreatedAt.After(out.CreatedAt)) {
			out = a
		}
	}
	return out
}

// saveDocument stores the document, or the next version of the one of its
// kind that the issue has. Its text is scanned once more: a template is the
// owner's and may hold what must not leave.
func (c *call) saveDocument(ctx context.Context, issueID string, kind triage.DocumentKind, title, markdown string) (*triage.Document, error) {
	docs, err := c.Store.DocumentsOf(ctx, issueID)
	if err != nil {
		return nil, err
	}
	for i := range docs {
		if docs[i].Kind == string(kind) {
			return c.saveVersion(ctx, &docs[i], title, markdown)
		}
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := c.Now().UTC()
	d := &triage.Document{ID: id, Owner: c.caller.ID, IssueID: issueID, Kind: string(kind), Version: 1, CreatedAt: now, UpdatedAt: now}
	if err := c.fill(ctx, d, title, markdown); err != nil {
		return nil, err
	}
	return d, c.Store.CreateDocument(ctx, d)
}

// saveVersion stores the version after that of old.
func (c *call) saveVersion(ctx context.Context, old *triage.Document, title, markdown string) (*triage.Document, error) {
	d := *old
	d.UpdatedAt = c.Now().UTC()
	d.Version++
	if err := c.fill(ctx, &d, title, markdown); err != nil {
		return nil, err
	}
	return &d, c.Store.SaveDocument(ctx, &d)
}

// maxDocument bounds what is stored of a document, in bytes.
const maxDocument = 2 << 20

func (c *call) fill(ctx context.Context, d *triage.Document, title, markdown string) (err error) {
	if len(markdown) > maxDocument {
		return usage("the document is larger than %d bytes: leave out what the logs hold anyway", maxDocument)
	}
	if d.Title, err = c.clear(ctx, title); err != nil {
		return err
	}
	if d.Markdown, err = c.clear(ctx, markdown); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(d.Markdown))
	d.SHA256 = hex.EncodeToString(sum[:])
	return nil
}

// clear scans text that was redacted before.
func (d *Deps) clear(ctx context.Context, text string) (string, error) {
	out, _, err := d.Gate.RedactText(ctx, pii.ModeCleared, text)
	return out, err
}

// analysisFor returns the analysis that a document was written from: the one
// that it names, else the newest of its issue, else nil.
func (d *Deps) analysisFor(ctx context.Context, doc *triage.Document, markdown string) (*triage.Analysis, error) {
	list, err := d.Store.AnalysesOf(ctx, doc.IssueID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if strings.Contains(markdown, list[i].ID) {
			return &list[i], nil
		}
	}
	return newest(list, ""), nil
}

// check compares the text of a document with its evidence and analysis as
// they are now.
func (d *Deps) check(ctx context.Context, doc *triage.Document, markdown string) (triage.Completeness, []string, error) {
	a, err := d.analysisFor(ctx, doc, markdown)
	if err != nil {
		return triage.Completeness{}, nil, err
	}
	report, faults, err := triage.CheckDocument(ctx, markdown, a, newResolver(d.Store, d.Gate, doc.Owner))
	if err != nil {
		return report, nil, stepError(err)
	}
	return report, faults, nil
}

// document reads a document, at a version when one is given.
func (c *call) document(ctx context.Context, id string, version int64) (*triage.Document, error) {
	if version == 0 {
		d, err := c.Store.Document(ctx, id)
		return d, missing(err, "document", "list_documents")
	}
	d, err := c.Store.DocumentVersion(ctx, id, version)
	return d, missing(err, "document of this version", "list_documents")
}

// kindName names a kind in a sentence.
func kindName(kind string) string {
	if kind == string(triage.DocumentRCA) {
		return "RCA"
	}
	return cmp.Or(kind, "document")
}
