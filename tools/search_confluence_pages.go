package tools

import (
	"context"
	"errors"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
)

type searchConfluenceIn struct {
	Text     string `json:"text,omitempty" gate:"text" jsonschema:"maxLength=200,example=checkout runbook" jsonschema_description:"words in the title or the text"`
	Space    string `json:"space,omitempty" gate:"id" jsonschema:"example=OPS"`
	Label    string `json:"label,omitempty" gate:"text" jsonschema:"maxLength=100"`
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50" jsonschema_description:"10 unless given"`
	Offset   int    `json:"offset,omitempty" jsonschema:"minimum=0,maximum=150"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

// wikiPageView is a page as models see it.
type wikiPageView struct {
	ID       string `json:"id" jsonschema:"example=98305"`
	Title    string `json:"title"`
	Space    string `json:"space,omitempty"`
	Version  int    `json:"version"`
	Excerpt  string `json:"excerpt,omitempty"`
	URL      string `json:"url"`
	Modified string `json:"modified_at,omitempty"`
}

type searchConfluenceOut struct {
	Pages      []wikiPageView `json:"pages"`
	NextOffset int            `json:"next_offset,omitempty" jsonschema_description:"of the next part"`
	Note       string         `json:"note,omitempty"`
}

func searchConfluencePages() Tool {
	return define(spec{
		name: "search_confluence_pages", title: "Search Confluence pages", toolset: setConfluence, readOnly: true, openWorld: true,
		description: "Find pages in Confluence, last changed first, by words, space and label.",
	}, func(ctx context.Context, c *call, in searchConfluenceIn) (searchConfluenceOut, error) {
		w, err := c.wiki(ctx, in.Instance, "", "")
		if err != nil {
			return searchConfluenceOut{}, err
		}
		if in.Text == "" && in.Space == "" && in.Label == "" {
			return searchConfluenceOut{}, usage("name what to look for: text, space or label")
		}
		if in.Limit == 0 {
			in.Limit = defaultRows
		}
		q := confluence.NewQuery(w.client.Destination())
		if in.Space != "" {
			if err := confluence.CheckKey(in.Space); err != nil {
				return searchConfluenceOut{}, usage("space: %v", err)
			}
			q.InSpace(in.Space)
		}
		text, err := w.x.Text(ctx, "query", in.Text)
		if err != nil {
			return searchConfluenceOut{}, err
		}
		if in.Text != "" {
			q.Contains(text.Body)
		}
		if in.Label != "" {
			label, err := w.x.Text(ctx, "label", in.Label)
			if err != nil {
				return searchConfluenceOut{}, err
			}
			if label.Preview != in.Label || confluence.CheckLabel(in.Label) != nil {
				return searchConfluenceOut{}, usage("label: %v", confluence.CheckLabel("no label"))
			}
			q.Labelled(label.Body)
		}
		if _, err := q.Newest().Encode(); err != nil {
			return searchConfluenceOut{}, w.failed(ctx, err)
		}
		rec, err := w.x.Begin(ctx, gate.Intent{Action: audit.ActionExternalRead, EntityType: setConfluence, EntityID: "page"}, text)
		if err != nil {
			return searchConfluenceOut{}, err
		}
		out, err := w.search(ctx, q, in, text)
		status := "ok"
		if err != nil {
			status = "error"
		}
		if err := errors.Join(w.failed(ctx, err), rec.End(ctx, gate.Outcome{Status: status})); err != nil {
			return searchConfluenceOut{}, err
		}
		return out, w.x.Back(ctx, &out)
	})
}

// search reads from the beginning: where a part begins is a matter of the
// service's, which it may word as it likes.
func (w *wiki) search(ctx context.Context, q *confluence.Query, in searchConfluenceIn, text gate.Outgoing) (searchConfluenceOut, error) {
	out := searchConfluenceOut{Pages: []wikiPageView{}}
	var hits []confluence.Hit
	more := ""
	for cursor := ""; ; {
		found, err := w.client.Search(ctx, q, in.Offset+in.Limit, cursor)
		if integrations.KindOf(err) == integrations.KindGone {
			return w.byTitle(ctx, in, text)
		}
		if err != nil {
			return out, err
		}
		// Pages that the account may not see are missing from a part.
		hits, more = append(hits, found.Hits...), found.Next
		if len(hits) >= in.Offset+in.Limit || more == "" || more == cursor {
			break
		}
		cursor = more
	}
	end := min(len(hits), in.Offset+in.Limit)
	for _, h := range hits[min(in.Offset, end):end] {
		out.Pages = append(out.Pages, wikiPageView{h.ID, h.Title, h.Space, h.Version, h.Excerpt, h.URL, h.Modified})
	}
	if end < len(hits) || more != "" {
		out.NextOffset = in.Offset + in.Limit
	}
	return out, nil
}

// byTitle is what is left where the search was withdrawn: a page of exactly
// that title.
func (w *wiki) byTitle(ctx context.Context, in searchConfluenceIn, text gate.Outgoing) (searchConfluenceOut, error) {
	out := searchConfluenceOut{Pages: []wikiPageView{}, Note: "this site has no text search for this login: a page whose title is exactly the text was looked for, which needs a space"}
	if in.Space == "" || in.Text == "" || in.Label != "" {
		return out, nil
	}
	space, err := w.client.Space(ctx, in.Space)
	if err != nil || space == nil {
		return out, err
	}
	p, err := w.client.Titled(ctx, space, text.Body)
	if p != nil {
		out.Pages = append(out.Pages, wikiPageView{ID: p.ID, Title: p.Title, Space: space.Key, Version: p.Version, URL: p.URL})
	}
	return out, err
}
