package tools

import (
	"context"

	"github.com/tftsr/tftsr/integrations/confluence"
)

type listConfluenceSpacesIn struct {
	Limit    int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,example=20" jsonschema_description:"50 unless given"`
	Offset   int    `json:"offset,omitempty" jsonschema:"minimum=0,maximum=2000"`
	Instance string `json:"instance,omitempty" gate:"id"`
}

type spaceView struct {
	Key  string `json:"key" jsonschema:"example=OPS"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type listConfluenceSpacesOut struct {
	Spaces     []spaceView `json:"spaces"`
	NextOffset int         `json:"next_offset,omitempty"`
}

const defaultSpaces = 50

func listConfluenceSpaces() Tool {
	return define(spec{
		name: "list_confluence_spaces", title: "List Confluence spaces", toolset: setConfluence, readOnly: true, openWorld: true,
		description: "List the spaces of Confluence that the account may see, with their keys.",
	}, func(ctx context.Context, c *call, in listConfluenceSpacesIn) (listConfluenceSpacesOut, error) {
		w, err := c.wiki(ctx, in.Instance, "", "")
		if err != nil {
			return listConfluenceSpacesOut{}, err
		}
		if in.Limit == 0 {
			in.Limit = defaultSpaces
		}
		const atOnce = 200
		var all []confluence.Space
		more := ""
		for cursor := ""; ; {
			list, next, err := w.client.Spaces(ctx, atOnce, cursor)
			if err != nil {
				return listConfluenceSpacesOut{}, w.failed(ctx, err)
			}
			all, more = append(all, list...), next
			if len(all) >= in.Offset+in.Limit || next == "" || next == cursor {
				break
			}
			cursor = next
		}
		out := listConfluenceSpacesOut{Spaces: []spaceView{}}
		end := min(len(all), in.Offset+in.Limit)
		for _, s := range all[min(in.Offset, end):end] {
			out.Spaces = append(out.Spaces, spaceView{s.Key, s.Name, s.URL})
		}
		if end < len(all) || more != "" {
			out.NextOffset = in.Offset + in.Limit
		}
		return out, w.x.Back(ctx, &out)
	})
}
