package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/gate"
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
