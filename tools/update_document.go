package tools

import (
	"context"
	"fmt"
	"strings"
)

type updateDocumentIn struct {
	DocumentID string `json:"document_id" gate:"id"`
	Version    int64  `json:"version" jsonschema:"example=1" jsonschema_description:"that you edited"`
	Markdown   string `json:"markdown" gate:"text"`
}

// maxFaults bounds how many faults of a text are told at once.
const maxFaults = 10

func updateDocument() Tool {
	return define(spec{
		name: "update_document", title: "Edit document", toolset: SetDocuments,
		description: "Store a document's next version, whole. Refused when it claims more than cited evidence shows.",
	}, func(ctx context.Context, c *call, in updateDocumentIn) (documentOut, error) {
		old, err := c.document(ctx, in.DocumentID, 0)
		if err != nil {
			return documentOut{}, err
		}
		if old.Version != in.Version {
			return documentOut{}, usage("the document is at version %d and you edited version %d: read it with get_document and repeat with your changes", old.Version, in.Version)
		}
		if strings.TrimSpace(in.Markdown) == "" {
			return documentOut{}, usage("markdown is empty: give the whole new text")
		}
		report, faults, err := c.check(ctx, old, in.Markdown)
		if err != nil {
			return documentOut{}, err
		}
		if len(faults) > 0 {
			more := ""
			if n := len(faults) - maxFaults; n > 0 {
				faults, more = faults[:maxFaults], fmt.Sprintf("; and %d more", n)
			}
			return documentOut{}, usage("nothing was stored: %s%s", strings.Join(faults, "; "), more)
		}
		title := old.Title
		if heading, ok := strings.CutPrefix(strings.TrimSpace(in.Markdown), "# "); ok {
			heading, _, _ = strings.Cut(heading, "\n")
			title = plainTitle(heading, title)
		}
		doc, err := c.saveVersion(ctx, old, title, in.Markdown)
		if err != nil {
			return documentOut{}, err
		}
		return documentAnswer(doc, report), nil
	})
}

const maxTitle = 300

// plainTitle reads the text of a heading without what escapes Markdown.
func plainTitle(heading, otherwise string) string {
	heading = strings.TrimSpace(heading)
	var b strings.Builder
	for i := range len(heading) {
		if heading[i] == '\\' && i+1 < len(heading) && strings.IndexByte("\\`*_[]|#~!$<>&.()-+=", heading[i+1]) >= 0 {
			continue
		}
		b.WriteByte(heading[i])
	}
	s := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String())
	if s == "" || len(s) > maxTitle {
		return otherwise
	}
	return s
}
