package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/export"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

type exportOptions struct {
	restore bool
	format  string
	output  string
}

func (a *app) exportCmd() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export DOC",
		Short: "Write a document to a file, with the real names if you ask for them",
		Long: `Export writes the document with this id as Markdown, as one HTML page, as PDF
or in the storage format of Confluence; see docs/documents.md. With --restore
the tokens are replaced by the values that they stand for, for people: it needs
a terminal, and is an entry of the record.`,
		Example: `  tftsr export 0197a1f0-7c1e-7d3a-9f1e-0123456789ab --format pdf -o rca.pdf`,
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, ok := export.FormatOf(o.format)
			if !ok {
				return usageError(fmt.Errorf("there is no format %q: choose markdown, html, pdf or confluence", o.format))
			}
			if err := a.person(); o.restore && err != nil {
				return withHint(err, "run it in a terminal, or export without --restore")
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.export(ctx, w, args[0], form, o)
			})
		},
	}
	cmd.Flags().BoolVar(&o.restore, "restore", false, "put the originals back in place of tokens")
	cmd.Flags().StringVarP(&o.format, "format", "f", "markdown", "`format`: markdown, html, pdf or confluence")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "write to this `file`, which must not exist; else to stdout")
	return cmd
}

func (a *app) export(ctx context.Context, w *workspace, id string, form export.Format, o exportOptions) error {
	doc, err := w.store.Document(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return withHint(fmt.Errorf("there is no document %q", id), "generate_rca and get_issue name the documents of an issue")
	}
	if err != nil {
		return fmt.Errorf("document %s: %w", id, err)
	}
	data, notes, err := a.exported(ctx, w, doc, form, o.restore)
	if err != nil {
		return err
	}
	err = a.writeTo(o.output, false, func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range notes {
		a.sayf("note: %s", printable(n))
	}
	if o.output != "" && o.output != "-" {
		abs, err := filepath.Abs(o.output)
		if err != nil {
			abs = o.output
		}
		a.sayf("wrote %s", abs)
	}
	return nil
}

// exported writes the document: scanned again, or with the originals in it,
// which is on the record before they are.
func (a *app) exported(ctx context.Context, w *workspace, doc *triage.Document, form export.Format, restore bool) ([]byte, []string, error) {
	deps := &tools.Deps{Gate: w.gate, Store: w.store, Config: w.config, Now: time.Now}
	d, figure, missing, err := deps.Exportable(ctx, doc)
	if err != nil {
		return nil, nil, fmt.Errorf("document %s: %w", doc.ID, err)
	}
	eo := export.Options{Figure: figure, Redact: func(s string) (string, error) {
		out, _, err := w.gate.RedactText(ctx, pii.ModeCleared, s)
		return out, err
	}}
	put := func(s string) (string, error) {
		out, _, err := w.gate.Restore(ctx, gate.Terminal, s)
		return out, err
	}
	if restore && form == export.FormatMarkdown {
		text, err := put(d.Markdown)
		return []byte(text), missing, err
	}
	if restore {
		eo.Restore = put
	}
	if form == export.FormatPDF {
		if eo.Font, err = tools.ReadFont(w.config.Documents.Font); err != nil {
			return nil, nil, usageError(err)
		}
	}
	data, notes, err := form.Write(d, eo)
	if err != nil {
		return nil, nil, fmt.Errorf("document %s: %w", doc.ID, err)
	}
	return data, append(missing, notes...), nil
}
