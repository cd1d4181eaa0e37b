package resources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/view"
	"github.com/tftsr/tftsr/store"
)

// Bounds of one page. What is read travels as text within JSON and stays
// below the default of limits.max_result_bytes; who reads on gets the address
// of the next page.
const (
	pageBytes  = 24_000
	pageLines  = 500
	pageEvents = 100
	lineBytes  = 2_000 // of one line of a log; a reference covers all of it
)

// read answers resources/read.
func (s *Set) read(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	a, ok := s.known(req.Params.URI)
	if !ok {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	contents, err := s.contents(ctx, a)
	if err != nil {
		return nil, s.failure(ctx, req.Params.URI, err)
	}
	return &mcp.ReadResourceResult{Contents: contents}, nil
}

// known parses the address of a resource that is offered.
func (s *Set) known(uri string) (address, bool) {
	a, ok := parse(uri)
	if !ok {
		return a, false
	}
	_, ok = s.offered[a.kind]
	return a, ok
}

// failure sorts an error into what the caller can act on and what is a fault
// of ours, whose cause stays on this side.
func (s *Set) failure(ctx context.Context, uri string, err error) error {
	var rpc *jsonrpc.Error
	switch {
	case errors.Is(err, store.ErrNotFound):
		return mcp.ResourceNotFoundError(uri)
	case errors.As(err, &rpc):
		return rpc
	case gate.Actionable(err):
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: err.Error()}
	}
	s.deps.Log.ErrorContext(ctx, "a resource failed", "error", err)
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "internal error: the resource could not be read; see the server's log on stderr"}
}

func badRequest(format string, args ...any) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf(format, args...)}
}

func (s *Set) contents(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	switch a.kind {
	case kindIssue:
		return s.issue(ctx, a)
	case kindTimeline:
		return s.timeline(ctx, a)
	case kindWhys:
		return s.whys(ctx, a)
	case kindDocument:
		return s.document(ctx, a)
	case kindLog:
		return s.log(ctx, a)
	case kindHead:
		return s.head(ctx, a)
	case kindDomain:
		text, ok := triage.DomainPrompt(a.id)
		if !ok {
			return nil, store.ErrNotFound
		}
		return one(a, typeMarkdown, text), nil
	}
	return nil, store.ErrNotFound
}

func one(a address, mime, text string) []*mcp.ResourceContents {
	return []*mcp.ResourceContents{{URI: a.String(), MIMEType: mime, Text: text}}
}

func asJSON(a address, v any) ([]*mcp.ResourceContents, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return one(a, typeJSON, string(b)), nil
}

// issueParts are what there is of an issue.
type issueParts struct {
	issue    *triage.Issue
	logs     []triage.Log
	analyses []triage.Analysis
	docs     []triage.Document
	events   []triage.TimelineEvent
}

func (s *Set) parts(ctx context.Context, id string) (p issueParts, err error) {
	if p.issue, err = s.deps.Store.Issue(ctx, id); err != nil {
		return p, err
	}
	if p.logs, err = s.deps.Store.LogsOf(ctx, id); err != nil {
		return p, err
	}
	if p.analyses, err = s.deps.Store.AnalysesOf(ctx, id); err != nil {
		return p, err
	}
	if p.docs, err = s.deps.Store.DocumentsOf(ctx, id); err != nil {
		return p, err
	}
	p.events, err = s.deps.Store.Events(ctx, id)
	return p, err
}

// issue also names the addresses of what belongs to it, as far as it is
// offered.
func (s *Set) issue(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	p, err := s.parts(ctx, a.id)
	if err != nil {
		return nil, err
	}
	out := struct {
		view.Whole
		Resources []string `json:"resources"`
	}{view.OfWhole(p.issue, p.logs, p.analyses, p.docs, p.events), []string{}}
	add := func(b address) {
		if _, ok := s.offered[b.kind]; ok {
			out.Resources = append(out.Resources, b.String())
		}
	}
	add(address{kind: kindTimeline, id: a.id})
	if len(p.analyses) > 0 {
		add(address{kind: kindWhys, id: a.id})
	}
	for i := range p.docs {
		add(address{kind: kindDocument, id: a.id, document: p.docs[i].ID})
	}
	for i := range p.logs {
		add(address{kind: kindLog, id: p.logs[i].ID})
	}
	add(address{kind: kindDomain, id: p.issue.Category})
	return asJSON(a, out)
}

// timeline gives the events of a page, and on the first one what all of them
// show.
func (s *Set) timeline(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	if _, err := s.deps.Store.Issue(ctx, a.id); err != nil {
		return nil, err
	}
	events, err := s.deps.Store.Events(ctx, a.id)
	if err != nil {
		return nil, err
	}
	from := max(a.from, 1)
	if from > 1 && from > int64(len(events)) {
		return nil, badRequest("the timeline has %d events; from is after its end", len(events))
	}
	t := view.OfTimeline(triage.AnalyseTimeline(events, triage.TimelineOptions{}))
	out := struct {
		view.Timeline
		Total int    `json:"total_events"`
		Next  string `json:"next,omitempty"`
	}{Timeline: t, Total: len(t.Events)}
	out.Events = t.Events[from-1:]
	size := 0
	for i := range out.Events {
		e := &out.Events[i]
		size += len(e.Text) + len(e.Source) + 200
		if i > 0 && (i == pageEvents || size > pageBytes) {
			out.Events = out.Events[:i]
			out.Next = address{kind: kindTimeline, id: a.id, from: from + int64(i)}.String()
			break
		}
	}
	if from > 1 {
		out.Phases, out.Durations, out.Findings = []view.Phase{}, []view.Duration{}, []view.Finding{}
	}
	out.Findings = out.Findings[:min(len(out.Findings), pageEvents)]
	return asJSON(a, out)
}

func (s *Set) whys(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	if _, err := s.deps.Store.Issue(ctx, a.id); err != nil {
		return nil, err
	}
	analyses, err := s.deps.Store.AnalysesOf(ctx, a.id)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i := range analyses {
		tree, err := triage.Tree(&analyses[i])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "Analysis %s, revision %d\n\n%s\n", analyses[i].ID, analyses[i].Revision, tree)
	}
	if b.Len() == 0 {
		b.WriteString("There is no analysis of this issue yet.\n")
	}
	return textPage(a, typeText, b.String())
}

func (s *Set) document(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	doc, err := s.deps.Store.Document(ctx, a.document)
	if err != nil {
		return nil, err
	}
	if doc.IssueID != a.id {
		return nil, store.ErrNotFound
	}
	return textPage(a, typeMarkdown, doc.Markdown)
}

// page is what goes with a page of lines: a second piece of content, so that
// the first is the text and nothing else.
type page struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Total int64  `json:"total_lines"`
	Ref   string `json:"ref,omitempty"` // cites the lines
	Next  string `json:"next,omitempty"`
	Note  string `json:"note,omitempty"`
}

// textPage gives whole lines of a text. A text that fits has no second piece.
func textPage(a address, mime, text string) ([]*mcp.ResourceContents, error) {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	p := page{From: max(a.from, 1), Total: int64(len(lines))}
	if p.From > 1 && p.From > p.Total {
		return nil, badRequest("the text has %d lines; from is after its end", p.Total)
	}
	var b strings.Builder
	p.To = p.From - 1
	for _, l := range lines[p.From-1:] {
		if b.Len() > 0 && b.Len()+len(l) > pageBytes {
			next := a
			next.from = p.To + 1
			p.Next = next.String()
			break
		}
		b.WriteString(l)
		p.To++
	}
	out := one(a, mime, b.String())
	if p.From > 1 || p.Next != "" {
		more, err := asJSON(a, p)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// log gives numbered lines of a redacted log, and how to cite them.
func (s *Set) log(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	l, err := s.deps.Store.Log(ctx, a.id)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Gate.MayRead(l, gate.Host); err != nil {
		return nil, err
	}
	from := max(a.from, 1)
	switch {
	case a.to != 0 && a.to < from:
		return nil, badRequest("to must not be before from; the log has %d lines", l.Lines)
	case from > 1 && from > l.Lines:
		return nil, badRequest("the log has %d lines; from is after its end", l.Lines)
	}
	p := page{From: from, To: from - 1, Total: l.Lines, Note: s.deps.Gate.ReviewNote(l)}
	var b strings.Builder
	var shown []string
	err = s.deps.Store.Lines(ctx, l.ID, from, a.to, func(n int64, line []byte) error {
		text := clip(strings.ToValidUTF8(strings.TrimSuffix(string(line), "\r"), "\uFFFD"))
		if len(shown) > 0 && (len(shown) == pageLines || b.Len()+len(text) > pageBytes) {
			p.Next = address{kind: kindLog, id: l.ID, from: n, to: a.to}.String()
			return io.EOF
		}
		fmt.Fprintf(&b, "%d\t%s\n", n, text)
		shown = append(shown, string(line))
		p.To = n
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(shown) > 0 {
		p.Ref = triage.NewLogRef(l.ID, from, shown).String()
	}
	more, err := asJSON(a, p)
	if err != nil {
		return nil, err
	}
	return append(one(a, typeText, b.String()), more...), nil
}

// clip cuts a long line at a rune boundary and says so.
func clip(s string) string {
	if len(s) <= lineBytes {
		return s
	}
	return strings.ToValidUTF8(s[:lineBytes], "") + " …[cut]"
}

// head gives the signed head, which proves something only as it is: where
// something of it would be redacted on the way, nothing is given.
func (s *Set) head(ctx context.Context, a address) ([]*mcp.ResourceContents, error) {
	c, err := s.deps.Gate.SignedHead(ctx)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(struct {
		Origin     string `json:"origin"`
		Entries    int64  `json:"entries"`
		Checkpoint string `json:"checkpoint"`
		Verifier   string `json:"verifier"` // not "key": what stands behind that name is taken for a secret
	}{c.Origin, c.Size, string(c.Note), s.deps.Gate.VerifierKey()})
	if err != nil {
		return nil, err
	}
	clean, _, err := s.deps.Gate.Check(ctx, b)
	if err != nil {
		return nil, err
	}
	if !clean {
		return nil, badRequest("the head cannot be handed on unchanged: a person gets it with `tftsr audit checkpoint`")
	}
	return one(a, typeJSON, string(b)), nil
}
