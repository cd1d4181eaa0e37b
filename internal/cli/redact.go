package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/pii"
)

type redactOptions struct {
	files  []string
	output string
	gzip   bool
	vault  bool
	once   bool
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
files are scanned on all processors. UTF-16 and UTF-32 become UTF-8; all else
that is not redacted stays as it is, byte for byte.

With --vault the tokens are those of the workspace, so that "tftsr restore" can
undo them; passwords, keys and other secrets are never kept and stay tokens.

A password or a name that its context gives away ("password=x") is found again
where it stands bare. Files are read twice for it, so that it is found in front
of that context too, and in the other files named; a stream, which can be read
only once, and files with --one-pass, have it behind that context only.`,
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
	f.BoolVar(&o.once, "one-pass", false, "read files once: faster, and bare values are found behind their context only")
	f.StringVar(&o.preset, "preset", "", "strict, balanced or secrets-only (default: as configured, else balanced)")
	return cmd
}

func (a *app) redact(ctx context.Context, o redactOptions) error {
	if o.vault {
		return a.with(ctx, func(ctx context.Context, w *workspace) error {
			if err := a.learn("redact", o.files, o.once, func(in io.Reader, _ string) error { return w.gate.LearnStream(ctx, in) }); err != nil {
				return err
			}
			return a.redactTo(o, func(out io.Writer, in io.Reader, _ string) error {
				_, err := w.gate.RedactStream(ctx, pii.ModeRaw, out, in)
				return err
			})
		})
	}
	options, err := a.detection(o.preset)
	if err != nil {
		return err
	}
	options.Parallel = a.atRest(o.files...)
	known, readings, err := a.learnFiles(ctx, "redact", options, o.files, o.once)
	if err != nil {
		return err
	}
	tokens, harvest := pii.NewMemoryAllocator(), forward(o.files, o.once)
	return a.redactTo(o, func(out io.Writer, in io.Reader, name string) error {
		options.Known, options.Parallel = known, a.atRest(name)
		scanner, err := pii.NewScanner(options)
		if err != nil {
			return err
		}
		// What the first pass leaves is looked at again before it is written.
		final := pii.NewRedactor(scanner, tokens, pii.ModeCleared, out)
		r := pii.NewRedactor(scanner, tokens, pii.ModeRaw, final)
		r.Harvest, r.First = harvest, readings[name]
		in = sameLength(in, r.First)
		if _, err := io.CopyBuffer(r, untilDone{ctx, in}, make([]byte, 256<<10)); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
		return final.Close()
	})
}

// learnFiles returns what the files give away somewhere, or nil if that is nothing, and what was found in each of them, by
// name, where that is worth keeping for the second reading.
func (a *app) learnFiles(ctx context.Context, verb string, o pii.Options, files []string, once bool) (pii.Known, map[string]*pii.Reading, error) {
	scanner, err := pii.NewScanner(o)
	if err != nil {
		return nil, nil, err
	}
	known, readings := pii.NewHarvest(), map[string]*pii.Reading{}
	err = a.learn(verb, files, once, func(in io.Reader, name string) error {
		first, err := scanner.Read(ctx, in, known)
		if len(readings) < maxReadings {
			readings[name] = first
		}
		return err
	})
	if err != nil || known.Len() == 0 {
		return nil, readings, err
	}
	return known, readings, nil
}

// maxReadings bounds the memory for what was found in files: further ones are scanned twice.
const maxReadings = 2

// sameLength ends a file that has grown since it was first read where it ended then.
func sameLength(in io.Reader, first *pii.Reading) io.Reader {
	if first == nil {
		return in
	}
	return io.LimitReader(in, first.Size())
}

// rereadable reports whether an input can be read twice.
func rereadable(name string) bool {
	info, err := os.Stat(name)
	return name != "-" && err == nil && info.Mode().IsRegular()
}

// forward returns where what streams give away is kept, or nil if every input is read twice.
func forward(files []string, once bool) *pii.KnownSet {
	for _, name := range files {
		if once || !rereadable(name) {
			return pii.NewHarvest()
		}
	}
	return nil
}

// learn runs f over every input that can be read again. verb is what is done to them, for errors.
func (a *app) learn(verb string, files []string, once bool, f func(in io.Reader, name string) error) error {
	for _, name := range files {
		if once || !rereadable(name) {
			continue // What is wrong with it is said when it is read.
		}
		in, err := a.input(name)
		if err == nil {
			err = errors.Join(f(in, name), in.Close())
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", verb, name, err)
		}
	}
	return nil
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
