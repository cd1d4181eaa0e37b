package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/export"
	"github.com/tftsr/tftsr/internal/triage/picture"
	"github.com/tftsr/tftsr/store"
)

// exportFolder is below the data folder. Exports go nowhere else: where a file
// of an agent's lands is the owner's to say.
const exportFolder = "exports"

type exportDocumentIn struct {
	DocumentID string `json:"document_id" gate:"id"`
	Format     string `json:"format,omitempty" gate:"enum" jsonschema:"enum=markdown,enum=md,enum=html,enum=pdf,enum=confluence,example=pdf"`
}

type exportDocumentOut struct {
	File    string   `json:"file" jsonschema:"example=exports/rca-0197-v1.md" jsonschema_description:"below the data folder, which tftsr config show names"`
	SHA256  string   `json:"sha256"`
	Bytes   int      `json:"bytes"`
	Missing []string `json:"missing"` // what no longer holds or could not be shown
}

func exportDocument() Tool {
	return define(spec{
		name: "export_document", title: "Export document", toolset: SetDocuments, idempotent: true,
		description: "Write a document, with its tokens, to a file in the server's export folder. The owner gets real names by tftsr export ID --restore.",
	}, func(ctx context.Context, c *call, in exportDocumentIn) (exportDocumentOut, error) {
		doc, err := c.document(ctx, in.DocumentID, 0)
		if err != nil {
			return exportDocumentOut{}, err
		}
		form, ok := export.FormatOf(in.Format)
		if !ok {
			return exportDocumentOut{}, usage("there is no format %s: choose markdown, html, pdf or confluence", in.Format)
		}
		data, notes, err := c.export(ctx, doc, form)
		if err != nil {
			return exportDocumentOut{}, err
		}
		name := fmt.Sprintf("%s-%s-v%d%s", doc.Kind, doc.ID, doc.Version, form.Suffix())
		if err := writeExport(filepath.Join(c.Config.DataDir, exportFolder), name, data); err != nil {
			return exportDocumentOut{}, err
		}
		if err := c.note(ctx, doc.IssueID, triage.EventDocumentExported, fmt.Sprintf("Version %d of the %s exported as %s.", doc.Version, kindName(doc.Kind), form.Name())); err != nil {
			return exportDocumentOut{}, err
		}
		sum := sha256.Sum256(data)
		return exportDocumentOut{File: path.Join(exportFolder, name), SHA256: hex.EncodeToString(sum[:]), Bytes: len(data), Missing: notes}, nil
	})
}

// export writes a document in a format. Its text is scanned again, as a whole
// and as it will be seen.
func (c *call) export(ctx context.Context, doc *triage.Document, form export.Format) (data []byte, notes []string, err error) {
	d, figure, notes, err := c.Exportable(ctx, doc)
	if err != nil {
		return nil, nil, err
	}
	o := export.Options{
		Figure: figure,
		Redact: func(s string) (string, error) { return c.clear(ctx, s) },
	}
	if form == export.FormatPDF {
		if o.Font, err = ReadFont(c.Config.Documents.Font); err != nil {
			return nil, nil, usage("%v; other formats need no font", err)
		}
	}
	data, more, err := form.Write(d, o)
	if errors.Is(err, export.ErrFont) || errors.Is(err, export.ErrTooLarge) || errors.Is(err, export.ErrHidden) {
		return nil, nil, usage("%v", err)
	}
	return data, append(notes, more...), err
}

// Exportable returns a document as it may be written now: scanned again, and
// with a warning above it when its evidence or the verdict has changed since;
// and what draws its figures. The notes say what it lacks.
func (d *Deps) Exportable(ctx context.Context, doc *triage.Document) (out export.Document, figure func(language, source string) *picture.Picture, notes []string, err error) {
	report, faults, err := d.check(ctx, doc, doc.Markdown)
	if err != nil {
		return out, nil, nil, err
	}
	text := doc.Markdown
	if warning := triage.Warning(report, faults); warning != "" {
		text = warning + "\n" + text
	}
	if text, err = d.clear(ctx, text); err != nil {
		return out, nil, nil, err
	}
	title, err := d.clear(ctx, doc.Title)
	if err != nil {
		return out, nil, nil, err
	}
	if figure, err = d.figures(ctx, doc); err != nil {
		return out, nil, nil, err
	}
	out = export.Document{Title: title, Markdown: text, ID: doc.ID, Version: doc.Version, Date: doc.UpdatedAt}
	return out, figure, append(lacks(report), faults...), nil
}

// figures returns what draws the figures of a document: those of the revision
// of the analysis that it names, and of the newest.
func (d *Deps) figures(ctx context.Context, doc *triage.Document) (func(language, source string) *picture.Picture, error) {
	newest, err := d.analysisFor(ctx, doc, doc.Markdown)
	if err != nil {
		return nil, err
	}
	var named *triage.Analysis
	if id, revision := triage.AnalysisNamed(doc.Markdown); newest != nil && newest.ID == id && newest.Revision != revision {
		named, err = d.Store.AnalysisAt(ctx, id, revision)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return triage.Figures(ctx, newResolver(d.Store, d.Gate, doc.Owner), named, newest)
}

// maxFont bounds the size of a font file, in bytes. Fonts of all of Unicode
// have some 25 MB.
const maxFont = 64 << 20

// ReadFont reads the font that documents.font names; without a name there is
// none. Errors do not name the file.
func ReadFont(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, errors.New("the font that documents.font names cannot be read: the owner mends the configuration")
	case !info.Mode().IsRegular() || info.Size() > maxFont:
		return nil, errors.New("documents.font names no font file: the owner mends the configuration")
	}
	return os.ReadFile(file)
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
