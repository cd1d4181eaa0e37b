package tools

import (
	"context"
	"errors"
	"slices"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/internal/gate"
)

type updateConfluenceIn struct {
	PageID     string `json:"page_id" gate:"id" jsonschema:"example=98305"`
	Expected   int    `json:"expected_version" jsonschema:"minimum=1" jsonschema_description:"that the page has now"`
	DocumentID string `json:"document_id,omitempty" gate:"id" jsonschema_description:"this, or content"`
	Content    string `json:"content,omitempty" gate:"text" jsonschema:"maxLength=400000" jsonschema_description:"Markdown; needs title"`
	Title      string `json:"title,omitempty" gate:"text" jsonschema:"maxLength=255" jsonschema_description:"heading of what is added, or of the page"`
	Instance   string `json:"instance,omitempty" gate:"id"`
	ApprovalID string `json:"approval_id,omitempty" gate:"id"`
}

func updateConfluencePage() Tool {
	const name = "update_confluence_page"
	return define(spec{
		name: name, title: "Update a Confluence page", toolset: setConfluence, openWorld: true, destructive: true,
		description: "Bring a page that tftsr wrote up to date, or add a part at the end of a page that people wrote. " +
			"A person approves the exact content; if that is pending, call again with approval_id.",
	}, func(ctx context.Context, c *call, in updateConfluenceIn) (pageOut, error) {
		if err := confluence.CheckID(in.PageID); err != nil {
			return pageOut{}, usage("page_id: %v", err)
		}
		in.Title = pageTitle(in.Title)
		src, err := c.pageSource(ctx, in.DocumentID, "", in.Title, in.Content)
		if err != nil {
			return pageOut{}, err
		}
		w, err := c.wiki(ctx, in.Instance, src.category(), src.issueID())
		if err != nil {
			return pageOut{}, err
		}
		page, err := w.client.Page(ctx, in.PageID)
		if err != nil {
			return pageOut{}, w.failed(ctx, err)
		}
		had, err := w.client.Marked(ctx, page.ID)
		if err != nil {
			return pageOut{}, w.failed(ctx, err)
		}
		own := had != nil && had.Mark.Version == page.Version
		if own && src.document == nil {
			// Content that is given for a page of ours replaces it and keeps its name.
			src.correlation = had.Mark.Correlation
		}
		if own && had.Mark.Correlation != src.correlation {
			return pageOut{}, usage("page %s is of another document: publish_to_confluence makes or finds the page of this one", page.ID)
		}
		r, err := c.render(ctx, src, !own)
		if err != nil {
			return pageOut{}, err
		}
		same := own && had.Mark.Digest == confluence.Digest(r.storage) && (in.Title == "" || in.Title == page.Title)
		if same || !own && r.has(page.Body) {
			return w.answer(ctx, page, true, append(src.notes, "the page has this already; nothing was sent"))
		}
		if page.Version != in.Expected {
			return pageOut{}, w.conflict(ctx, page, in.Expected)
		}
		return w.update(ctx, name, in, src, r, page, had, own)
	})
}

// conflict says that a page is at another version than a call expects.
func (w *wiki) conflict(ctx context.Context, page *confluence.Page, expected int) error {
	said, err := w.x.BackText(ctx, page.URL)
	if err != nil {
		return err
	}
	return usage("page %s is at version %d and not at %d: somebody has changed it since. Nothing was sent. Look at it, %s, and call again with expected_version %d if the change still fits",
		page.ID, page.Version, expected, said, page.Version)
}

// update sends the next version: all of a page of ours, or what stands there
// with a part behind it.
func (w *wiki) update(ctx context.Context, tool string, in updateConfluenceIn, s *pageSource, r rendered, page *confluence.Page, had *confluence.Property, own bool) (pageOut, error) {
	message := "tftsr " + confluence.Digest(r.anchor+r.storage)
	title, storage, what := s.page.Title, r.storage, "Replace the text of the page "+page.ID
	kept := map[string]string{}
	if !own || in.Title == "" {
		kept["title"], title = page.Title, ""
	}
	if !own {
		// What people wrote goes back as it is, macros and all.
		kept[w.client.StorageField()], what = page.Body, "Add a part at the end of the page "+page.ID
	}
	out, err := w.shaped(ctx, w.client.Change(page.ID, title, storage, message, page.Version+1), kept)
	if err != nil {
		return pageOut{}, err
	}
	steps := []step{{what: what, name: "page", out: out}}
	if own {
		st, err := w.mark(ctx, confluence.Mark{Correlation: s.correlation, Version: page.Version + 1, Digest: confluence.Digest(r.storage)}, had)
		if err != nil {
			return pageOut{}, err
		}
		steps = append(steps, st)
	}
	figures, err := w.missingFigures(ctx, page.ID, r.figures)
	unlooked, err := unseen(nil, "its graphs", err)
	if err != nil {
		return pageOut{}, err
	}
	more, err := w.belongings(ctx, s, nil, figures)
	if err != nil {
		return pageOut{}, err
	}
	steps = append(steps, more...)
	wr := written(tool, "page/"+page.ID, page.ID, what, in.ApprovalID, s)
	if err := w.askAll(ctx, wr, steps); err != nil {
		return pageOut{}, err
	}
	next := page
	err = w.send(ctx, wr, out, func(ctx context.Context) (map[string]any, error) {
		if next, err = w.change(ctx, page, message, out.Body); err != nil {
			return nil, err
		}
		return map[string]any{"part": "page", "version": next.Version}, nil
	})
	switch {
	case integrations.KindOf(err) == integrations.KindConflict:
		var u *usageError
		said := w.failed(ctx, err)
		if errors.As(said, &u) {
			said = usage("somebody saved page %s between the look and the write; theirs stands and nothing of this was written (%s). Look at it and call again with its new version", page.ID, u.text)
		}
		return pageOut{}, said
	case err != nil:
		return pageOut{}, w.failed(ctx, err)
	}
	notes, err := w.rest(ctx, wr, page.ID, steps[1:])
	if err != nil {
		return pageOut{}, err
	}
	return w.answer(ctx, next, false, slices.Concat(notes, unlooked, s.notes))
}

// change sends a version and, if no answer comes, looks whether it is there.
func (w *wiki) change(ctx context.Context, page *confluence.Page, message string, body gate.Cleared) (*confluence.Page, error) {
	next, err := w.client.Update(ctx, page.ID, body)
	var e *integrations.Error
	if !errors.As(err, &e) || !e.Lost {
		return next, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTime/4)
	defer cancel()
	for try := range lookups {
		now, findErr := w.client.Page(ctx, page.ID)
		if findErr == nil && now.Version > page.Version {
			if now.Version == page.Version+1 && now.Message == message {
				return now, nil
			}
			break // Another's.
		}
		if try < lookups-1 && pause(ctx, w.lookAgain()) != nil {
			break
		}
	}
	return nil, err
}
