package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/export"
	"github.com/tftsr/tftsr/internal/triage/picture"
)

// pageSource is what a page is made of: a document, or Markdown.
type pageSource struct {
	issue       *triage.Issue // nil when it is of none
	document    *triage.Document
	page        export.Document
	figure      func(language, source string) *picture.Picture
	correlation string
	notes       []string
}

// pageSource reads what a call names.
func (c *call) pageSource(ctx context.Context, documentID, issueID, title, content string) (*pageSource, error) {
	title = pageTitle(title)
	switch {
	case (documentID == "") == (content == ""):
		return nil, usage("name a document by document_id, or give content: one of both")
	case documentID != "" && issueID != "":
		return nil, usage("a document is of its issue: leave issue_id out")
	case documentID == "":
		if title == "" || strings.TrimSpace(content) == "" {
			return nil, usage("content needs a title, and neither may be empty")
		}
		s := &pageSource{page: export.Document{Title: title, Markdown: content}, correlation: correlationOf(issueID, title)}
		if issueID == "" {
			return s, nil
		}
		var err error
		s.issue, err = c.Store.Issue(ctx, issueID)
		return s, missing(err, "issue", "list_issues")
	}
	doc, err := c.document(ctx, documentID, 0)
	if err != nil {
		return nil, err
	}
	s := &pageSource{document: doc, correlation: doc.ID}
	if s.issue, err = c.Store.Issue(ctx, doc.IssueID); err != nil {
		return nil, missing(err, "issue", "list_issues")
	}
	if s.page, s.figure, s.notes, err = c.Exportable(ctx, doc); err != nil {
		return nil, err
	}
	s.page.Title = pageTitle(s.page.Title)
	if title != "" {
		s.page.Title = title
	}
	return s, nil
}

// maxPageTitle is the length of a title that the service takes, in characters.
const maxPageTitle = 255

// pageTitle is a title on one line, without what no title shows.
func pageTitle(s string) string {
	s = strings.Join(strings.Fields(triage.Plain(s)), " ")
	if r := []rune(s); len(r) > maxPageTitle {
		s = string(r[:maxPageTitle-1]) + "…"
	}
	return s
}

// correlationOf names given content: the same title of the same issue is the
// same page.
func correlationOf(issueID, title string) string {
	sum := sha256.Sum256([]byte(issueID + "\x00" + title))
	return "content-" + hex.EncodeToString(sum[:8])
}

func (s *pageSource) issueID() string {
	if s.issue == nil {
		return ""
	}
	return s.issue.ID
}

func (s *pageSource) category() string {
	if s.issue == nil {
		return ""
	}
	return s.issue.Category
}

// rendered is a source in the storage format.
type rendered struct {
	storage string
	figures []export.ConfluenceFigure
	anchor  string
}

// render writes a source. What is seen of it and of its pictures is scanned as
// a whole; a picture in which something is found is shown as its source.
func (c *call) render(ctx context.Context, s *pageSource, part bool) (rendered, error) {
	var scanErr error
	o := export.Options{Redact: func(text string) (string, error) { return c.clear(ctx, text) }}
	if s.figure != nil {
		o.Figure = func(language, source string) *picture.Picture {
			p := s.figure(language, source)
			if p == nil || scanErr != nil {
				return nil
			}
			svg := string(p.SVG())
			clean, err := c.clear(ctx, svg)
			if err != nil {
				scanErr = err
			}
			if clean != svg {
				return nil
			}
			return p
		}
	}
	r := rendered{anchor: "tftsr-" + s.correlation}
	if part {
		r.anchor = "tftsr-" + confluence.Digest(s.page.Title+"\x00"+s.page.Markdown)
	}
	body, figures, err := export.ConfluencePage(s.page, o, export.ConfluenceOptions{Anchor: r.anchor, Part: part})
	if errors.Is(err, export.ErrTooLarge) || errors.Is(err, export.ErrHidden) {
		return r, usage("%v", err)
	}
	r.storage, r.figures = string(body), figures
	return r, errors.Join(err, scanErr)
}

// has reports whether a page holds what is found by an anchor.
func (r rendered) has(storage string) bool {
	return strings.Contains(storage, `<ac:parameter ac:name="">`+r.anchor+`</ac:parameter>`)
}
