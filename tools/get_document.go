package tools

import (
	"context"
)

type getDocumentIn struct {
	DocumentID string `json:"document_id" gate:"id" jsonschema:"example=0197a1f0-7c1e-7d3a-9f1e-0123456789ab"`
	Version    int64  `json:"version,omitempty"`
}

type getDocumentOut struct {
	Document documentView `json:"document"`
	Markdown string       `json:"markdown"`
}

func getDocument() Tool {
	return define(spec{
		name: "get_document", title: "Read document", toolset: SetDocuments, readOnly: true,
		description: "Read a document, or an older version of it, as Markdown.",
	}, func(ctx context.Context, c *call, in getDocumentIn) (getDocumentOut, error) {
		d, err := c.document(ctx, in.DocumentID, in.Version)
		if err != nil {
			return getDocumentOut{}, err
		}
		return getDocumentOut{viewDocument(d), d.Markdown}, nil
	})
}
