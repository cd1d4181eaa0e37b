package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

func (a *app) restoreCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "restore [FILE…|-]",
		Short: "Put the originals back in place of tokens",
		Long: `Restore writes text in which the workspace's tokens are replaced by the values
that they stand for. Secrets stay tokens: nothing keeps them. It needs a
terminal, and each use is an entry of the record, written before anything is
shown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.person(); err != nil {
				return withHint(err, "run it in a terminal")
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.restore(ctx, w, names(args), output)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which must not exist")
	return cmd
}

func (a *app) restore(ctx context.Context, w *workspace, files []string, output string) error {
	return a.writeTo(output, false, func(out io.Writer) error {
		for _, name := range files {
			in, err := a.input(name)
			if err != nil {
				return fmt.Errorf("restore %s: %w", name, err)
			}
			_, err = w.gate.RestoreStream(ctx, gate.Terminal, out, in)
			if err := errors.Join(err, in.Close()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

func (a *app) exportCmd() *cobra.Command {
	var restore bool
	var output string
	cmd := &cobra.Command{
		Use:   "export DOC",
		Short: "Write a document to a file, with the real names if you ask for them",
		Long: `Export writes the document with this id as Markdown. With --restore the tokens
are replaced by the values that they stand for, for people: it needs a
terminal, and is an entry of the record.`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.person(); restore && err != nil {
				return withHint(err, "run it in a terminal, or export without --restore")
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.export(ctx, w, args[0], restore, output)
			})
		},
	}
	cmd.Flags().BoolVar(&restore, "restore", false, "put the originals back in place of tokens")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which must not exist; else to stdout")
	return cmd
}

func (a *app) export(ctx context.Context, w *workspace, id string, restore bool, output string) error {
	doc, err := w.store.Document(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return withHint(fmt.Errorf("there is no document %q", id), "generate_rca and get_issue name the documents of an issue")
	}
	if err != nil {
		return fmt.Errorf("document %s: %w", id, err)
	}
	text := doc.Markdown
	if restore {
		if text, _, err = w.gate.Restore(ctx, gate.Terminal, text); err != nil {
			return err
		}
	}
	err = a.writeTo(output, false, func(out io.Writer) error {
		_, err := io.WriteString(out, text)
		return err
	})
	if err != nil {
		return err
	}
	if output != "" && output != "-" {
		abs, err := filepath.Abs(output)
		if err != nil {
			abs = output
		}
		a.sayf("wrote %s", abs)
	}
	return nil
}
