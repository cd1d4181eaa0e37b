package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/triage"
)

// exportFolder is below the data folder. Exports go nowhere else: where a file
// of an agent's lands is the owner's to say.
const exportFolder = "exports"

type exportDocumentIn struct {
	DocumentID string `json:"document_id" gate:"id"`
	Format     string `json:"format,omitempty" gate:"enum" jsonschema:"enum=md,example=md" jsonschema_description:"Markdown"`
}

type exportDocumentOut struct {
	File   string `json:"file" jsonschema:"example=exports/rca-0197-v1.md" jsonschema_description:"below the server's data folder; the owner finds it with tftsr config show"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

func exportDocument() Tool {
	return define(spec{
		name: "export_document", title: "Export document", toolset: SetDocuments, idempotent: true,
		description: "Write a document to a file in the server's export folder. It holds tokens; the owner can write one with the real names: tftsr export ID --restore.",
	}, func(ctx context.Context, c *call, in exportDocumentIn) (exportDocumentOut, error) {
		doc, err := c.Store.Document(ctx, in.DocumentID)
		if err != nil {
			return exportDocumentOut{}, missing(err, "document", "get_issue")
		}
		name := fmt.Sprintf("%s-%s-v%d.md", doc.Kind, doc.ID, doc.Version)
		if err := writeExport(filepath.Join(c.Config.DataDir, exportFolder), name, []byte(doc.Markdown)); err != nil {
			return exportDocumentOut{}, err
		}
		file := path.Join(exportFolder, name)
		if err := c.note(ctx, doc.IssueID, triage.EventDocumentExported, fmt.Sprintf("Version %d of the %s exported as Markdown.", doc.Version, doc.Kind)); err != nil {
			return exportDocumentOut{}, err
		}
		return exportDocumentOut{File: file, SHA256: doc.SHA256, Bytes: len(doc.Markdown)}, nil
	})
}

// writeExport puts a file in place as a whole: a reader sees the old one or
// the new one, never half of either.
func writeExport(dir, name string, data []byte) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".export-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, name))
}
