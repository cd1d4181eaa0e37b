package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/pii"
)

type redactOptions struct {
	files  []string
	output string
	gzip   bool
	vault  bool
	preset string
}

func (a *app) redactCmd() *cobra.Command {
	var o redactOptions
	cmd := &cobra.Command{
		Use:   "redact [FILE…|-]",
		Short: "Write text with everything sensitive replaced by tokens",
		Long: `Redact writes files or stdin (plain or gzip) to stdout with every sensitive
value replaced by a token such as [Email_3]; the same value is the same token
throughout one run. What was redacted is scanned once more before it is
written. It streams, in constant memory, and needs no key and no data folder;
files are scanned on all processors.

With --vault the tokens are those of the workspace, so that "tftsr restore" can
undo them; passwords, keys and other secrets are never kept and stay tokens.`,
		Example: `  tftsr redact app.log > app.redacted.log
  kubectl logs deploy/web | tftsr redact | less
  tftsr redact --gzip -o share.log.gz /var/log/syslog.1.gz`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = names(args)
			return a.redact(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write to this `file`, which must not exist")
	f.BoolVar(&o.gzip, "gzip", false, "compress the answer")
	f.BoolVar(&o.vault, "vault", false, "use the workspace's tokens")
	f.StringVar(&o.preset, "preset", "balanced", "strict, balanced or secrets-only")
	return cmd
}

func (a *app) redact(ctx context.Context, o redactOptions) error {
	if o.vault {
		return a.with(ctx, func(ctx context.Context, w *workspace) error {
			return a.redactTo(o, func(out io.Writer, in io.Reader, _ string) error {
				_, err := w.gate.RedactStream(ctx, pii.ModeRaw, out, in)
				return err
			})
		})
	}
	preset, ok := pii.ParsePreset(o.preset)
	if !ok {
		return usageError(fmt.Errorf("unknown preset %q: use strict, balanced or secrets-only", o.preset))
	}
	tokens := pii.NewMemoryAllocator()
	return a.redactTo(o, func(out io.Writer, in io.Reader, name string) error {
		scanner, err := pii.NewScanner(pii.Options{Preset: preset, Parallel: a.atRest(name)})
		if err != nil {
			return err
		}
		// What the first pass leaves is looked at again before it is written.
		final := pii.NewRedactor(scanner, tokens, pii.ModeCleared, out)
		r := pii.NewRedactor(scanner, tokens, pii.ModeRaw, final)
		if _, err := io.CopyBuffer(r, untilDone{ctx, in}, make([]byte, 256<<10)); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
		return final.Close()
	})
}

// redactTo runs every input through f into one output.
func (a *app) redactTo(o redactOptions, f func(out io.Writer, in io.Reader, name string) error) error {
	return a.writeTo(o.output, o.gzip, func(out io.Writer) error {
		for _, name := range o.files {
			in, err := a.input(name)
			if err == nil {
				err = errors.Join(f(out, in, name), in.Close())
			}
			if err != nil {
				return fmt.Errorf("redact %s: %w", name, err)
			}
		}
		return nil
	})
}

// untilDone ends a copy when the context does.
type untilDone struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
