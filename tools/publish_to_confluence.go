package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage/export"
	"github.com/tftsr/tftsr/store"
)

type publishConfluenceIn struct {
	DocumentID string   `json:"document_id,omitempty" gate:"id" jsonschema_description:"this, or content"`
	Content    string   `json:"content,omitempty" gate:"text" jsonschema:"maxLength=400000" jsonschema_description:"Markdown; needs title"`
	IssueID    string   `json:"issue_id,omitempty" gate:"id" jsonschema_description:"of content"`
	Title      string   `json:"title,omitempty" gate:"text" jsonschema:"maxLength=255" jsonschema_description:"that of the document unless given; unique in its space"`
	Space      string   `json:"space,omitempty" gate:"id" jsonschema:"example=OPS" jsonschema_description:"key; that of the instance unless given"`
	ParentID   string   `json:"parent_id,omitempty" gate:"id" jsonschema_description:"of a page"`
	Labels     []string `json:"labels,omitempty" gate:"text" jsonschema:"maxItems=10"`
	Instance   string   `json:"instance,omitempty" gate:"id"`
	ApprovalID string   `json:"approval_id,omitempty" gate:"id"`
}

func publishToConfluence() Tool {
	const name = "publish_to_confluence"
	return define(spec{
		name: name, title: "Publish to Confluence", toolset: setConfluence, openWorld: true, idempotent: true,
		description: "Publish a document, with its graphs, as a page of Confluence, once: a second call returns the first page. " +
			"A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in publishConfluenceIn) (pageOut, error) {
		if err := in.check(); err != nil {
			return pageOut{}, err
		}
		src, err := c.pageSource(ctx, in.DocumentID, in.IssueID, in.Title, in.Content)
		if err != nil {
			return pageOut{}, err
		}
		w, err := c.wiki(ctx, in.Instance, src.category(), src.issueID())
		if err != nil {
			return pageOut{}, err
		}
		space, err := w.space(ctx, in.Space)
		if err != nil {
			return pageOut{}, err
		}
		r, err := c.render(ctx, src, false)
		if err != nil {
			return pageOut{}, err
		}
		page, had, err := w.published(ctx, src, space, r)
		if err != nil {
			return pageOut{}, err
		}
		if page != nil {
			return w.complete(ctx, name, in, src, r, space, page, had)
		}
		return w.create(ctx, name, in, src, r, space)
	})
}

// check holds arguments to what the service takes, before anything is asked,
// and drops labels that are there twice.
func (in *publishConfluenceIn) check() error {
	if in.ParentID != "" {
		if err := confluence.CheckID(in.ParentID); err != nil {
			return usage("parent_id: %v", err)
		}
	}
	var once []string
	for _, l := range in.Labels {
		if err := confluence.CheckLabel(l); err != nil {
			return usage("labels: %v", err)
		}
		if !slices.Contains(once, l) {
			once = append(once, l)
		}
	}
	in.Labels = once
	return nil
}

// space finds the space that a call names, or that of the instance.
func (w *wiki) space(ctx context.Context, key string) (*confluence.Space, error) {
	key = cmp.Or(key, w.inst.SpaceKey)
	if key == "" {
		return nil, usage("name the space by its key; list_confluence_spaces shows them, and the owner sets one for the instance with --space")
	}
	if err := confluence.CheckKey(key); err != nil {
		return nil, usage("space: %v", err)
	}
	s, err := w.client.Space(ctx, key)
	if err != nil {
		return nil, w.failed(ctx, err)
	}
	if s == nil {
		return nil, usage("%s has no space %s, or the account may not see it; list_confluence_spaces shows those that it may", w.inst.Name, key)
	}
	return s, nil
}

// published finds the page of a source and its mark: by what the issue
// remembers, or by its title, where a crash or a lost answer kept it from being
// remembered. A page of that title that is another's is an error.
func (w *wiki) published(ctx context.Context, s *pageSource, space *confluence.Space, r rendered) (*confluence.Page, *confluence.Property, error) {
	if s.issue != nil {
		tickets, err := w.Store.TicketsOf(ctx, s.issue.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, t := range tickets {
			if t.Service != setConfluence || t.Instance != w.inst.Name || t.CorrelationID != s.correlation || t.State != store.TicketFiled {
				continue
			}
			page, err := w.client.Page(ctx, t.RemoteID)
			if integrations.KindOf(err) == integrations.KindNotFound {
				return nil, nil, usage("this was published as page %s at %s, which the account can no longer find there: ask a person before publishing it again", t.RemoteID, w.inst.Name)
			}
			if err != nil {
				return nil, nil, w.failed(ctx, err)
			}
			had, err := w.client.Marked(ctx, page.ID)
			return page, had, w.failed(ctx, err)
		}
	}
	page, err := w.titled(ctx, space, s.page.Title)
	if err != nil || page == nil {
		return nil, nil, err
	}
	had, err := w.client.Marked(ctx, page.ID)
	if err != nil {
		return nil, nil, w.failed(ctx, err)
	}
	if had != nil && had.Mark.Correlation == s.correlation {
		return page, had, w.remembered(ctx, s, page)
	}
	if had == nil && page.Version == 1 {
		// Its making was interrupted before it could be marked. Its anchor says so;
		// what a person changed since is theirs.
		if page, err = w.client.Page(ctx, page.ID); err != nil {
			return nil, nil, w.failed(ctx, err)
		}
		if page.Version == 1 && r.has(page.Body) {
			return page, nil, w.remembered(ctx, s, page)
		}
	}
	said, err := w.x.BackText(ctx, page.URL)
	if err != nil {
		return nil, nil, err
	}
	return nil, nil, usage("the space %s has a page of this title already, which is another's: %s. Give another title, or add to that page with update_confluence_page, page_id %s, expected_version %d",
		space.Key, said, page.ID, page.Version)
}

// titled looks for a page by its title, which is on the record: a title is
// text.
func (w *wiki) titled(ctx context.Context, space *confluence.Space, title string) (*confluence.Page, error) {
	sent, err := w.x.Text(ctx, "title", title)
	if err != nil {
		return nil, err
	}
	rec, err := w.x.Begin(ctx, gate.Intent{Action: audit.ActionExternalRead, EntityType: setConfluence, EntityID: "page"}, sent)
	if err != nil {
		return nil, err
	}
	page, err := w.client.Titled(ctx, space, sent.Body)
	status := "ok"
	if err != nil {
		status = "error"
	}
	return page, errors.Join(w.failed(ctx, err), rec.End(ctx, gate.Outcome{Status: status}))
}

// remembered keeps what was found only there.
func (w *wiki) remembered(ctx context.Context, s *pageSource, p *confluence.Page) error {
	return (&filing[confluence.Page]{outside: w.outside, issue: s.issue, correlation: s.correlation, name: pageName}).remember(ctx, p)
}

func pageName(p *confluence.Page) (id, number, url string) { return p.ID, p.ID, p.URL }

// create makes the page and what belongs to it.
func (w *wiki) create(ctx context.Context, tool string, in publishConfluenceIn, s *pageSource, r rendered, space *confluence.Space) (pageOut, error) {
	mark := confluence.Mark{Correlation: s.correlation, Version: 1, Digest: confluence.Digest(r.storage)}
	draft, inside := w.client.Draft(space, s.page.Title, in.ParentID, r.storage, mark)
	out, err := w.shaped(ctx, draft, nil)
	if err != nil {
		return pageOut{}, err
	}
	steps := []step{{what: "Create the page in the space " + space.Key, name: "page", out: out}}
	if !inside {
		s, err := w.mark(ctx, mark, nil)
		if err != nil {
			return pageOut{}, err
		}
		steps = append(steps, s)
	}
	more, err := w.belongings(ctx, s, in.Labels, r.figures)
	if err != nil {
		return pageOut{}, err
	}
	steps = append(steps, more...)
	wr := written(tool, "space/"+space.Key, cmp.Or(s.issueID(), s.correlation), "Publish a page in the space "+space.Key, in.ApprovalID, s)
	if err := w.askAll(ctx, wr, steps); err != nil {
		return pageOut{}, err
	}
	f := &filing[confluence.Page]{
		outside: w.outside, issue: s.issue, correlation: s.correlation, write: wr, out: out, name: pageName,
		post: func(ctx context.Context) (*confluence.Page, error) { return w.client.Create(ctx, out.Body) },
		find: func(ctx context.Context) (*confluence.Page, error) { return w.lost(ctx, space, s.page.Title, r) },
	}
	page, err := f.file(ctx)
	if err != nil {
		return pageOut{}, err
	}
	notes, err := w.rest(ctx, wr, page.ID, steps[1:])
	if err != nil {
		return pageOut{}, err
	}
	return w.answer(ctx, page, false, append(notes, s.notes...))
}

// lost looks for a page whose creation got no answer.
func (w *wiki) lost(ctx context.Context, space *confluence.Space, title string, r rendered) (*confluence.Page, error) {
	found, err := w.titled(ctx, space, title)
	if err != nil || found == nil {
		return nil, err
	}
	page, err := w.client.Page(ctx, found.ID)
	if err != nil || !r.has(page.Body) {
		return nil, err
	}
	return page, nil
}

// belongings are the steps for labels and pictures.
func (w *wiki) belongings(ctx context.Context, s *pageSource, labels []string, figures []export.ConfluenceFigure) ([]step, error) {
	var steps []step
	if len(labels) > 0 {
		st, err := w.labels(ctx, labels)
		if err != nil {
			return nil, err
		}
		steps = append(steps, st)
	}
	for _, f := range figures {
		st, err := w.attach(ctx, f, s.issueID())
		if err != nil {
			return nil, err
		}
		steps = append(steps, st)
	}
	return steps, nil
}

// complete does what a page lacks that is there, such as what was refused when
// it was made.
func (w *wiki) complete(ctx context.Context, tool string, in publishConfluenceIn, s *pageSource, r rendered, space *confluence.Space, page *confluence.Page, had *confluence.Property) (pageOut, error) {
	digest := confluence.Digest(r.storage)
	var steps []step
	notes := slices.Clone(s.notes)
	if page.SpaceID != "" && page.SpaceID != space.ID {
		notes = append(notes, "it was published before, in another space than "+space.Key+": a document has one page")
	}
	figures := r.figures
	switch {
	case had == nil && page.Version == 1:
		st, err := w.mark(ctx, confluence.Mark{Correlation: s.correlation, Version: 1, Digest: digest}, nil)
		if err != nil {
			return pageOut{}, err
		}
		steps = append(steps, st)
	case had == nil || had.Mark.Version != page.Version:
		notes, figures = append(notes, "people have changed the page since: tftsr only adds to it now, with update_confluence_page"), nil
	case had.Mark.Digest != digest:
		notes, figures = append(notes, fmt.Sprintf("the page shows an older state: update_confluence_page with page_id %s and expected_version %d brings it up to date", page.ID, page.Version)), nil
	}
	labels, err := w.missingLabels(ctx, page.ID, in.Labels)
	if notes, err = unseen(notes, "its labels", err); err != nil {
		return pageOut{}, err
	}
	figures, err = w.missingFigures(ctx, page.ID, figures)
	if notes, err = unseen(notes, "its graphs", err); err != nil {
		return pageOut{}, err
	}
	more, err := w.belongings(ctx, s, labels, figures)
	if err != nil {
		return pageOut{}, err
	}
	if steps = append(steps, more...); len(steps) == 0 {
		return w.answer(ctx, page, true, notes)
	}
	wr := written(tool, "page/"+page.ID, page.ID, "Complete the page "+page.ID, in.ApprovalID, s)
	if err := w.askAll(ctx, wr, steps); err != nil {
		return pageOut{}, err
	}
	done, err := w.rest(ctx, wr, page.ID, steps)
	if err != nil {
		return pageOut{}, err
	}
	return w.answer(ctx, page, false, append(done, notes...))
}

// unseen makes a note of what the service did not let be looked at, such as
// for want of a scope: the page is there all the same.
func unseen(notes []string, what string, err error) ([]string, error) {
	var u *usageError
	if errors.As(err, &u) {
		return append(notes, "not looked at: "+what+": "+u.text), nil
	}
	return notes, err
}

// missingLabels returns those that a page lacks.
func (w *wiki) missingLabels(ctx context.Context, id string, want []string) ([]string, error) {
	if len(want) == 0 {
		return nil, nil
	}
	have, err := w.client.Labels(ctx, id)
	if err != nil {
		return nil, w.failed(ctx, err)
	}
	return slices.DeleteFunc(slices.Clone(want), func(l string) bool { return slices.Contains(have, l) }), nil
}

// missingFigures returns those that are not attached to a page.
func (w *wiki) missingFigures(ctx context.Context, id string, want []export.ConfluenceFigure) ([]export.ConfluenceFigure, error) {
	var out []export.ConfluenceFigure
	for _, f := range want {
		has, err := w.client.HasFile(ctx, id, f.Name)
		if err != nil {
			return nil, w.failed(ctx, err)
		}
		if !has {
			out = append(out, f)
		}
	}
	return out, nil
}
