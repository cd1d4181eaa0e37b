package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

type forgetOptions struct {
	issue      string
	keepShared bool
	value      bool
	olderThan  string
	asJSON     bool
}

func (a *app) forgetCmd() *cobra.Command {
	var o forgetOptions
	cmd := &cobra.Command{
		Use:   "forget [TOKEN…]",
		Short: "Remove originals from the vault, for good",
		Long: `Forget removes originals: those of an issue, single values, or those that were
not seen for some time. Their tokens stay in every text, and nothing can restore
them afterwards. What is forgotten is still recognised and redacted if it comes
again: a keyed hash of it stays, and its length. With --issue the key of the
digests of the issue is destroyed too.

A value comes by prompt or stdin, one a line, or by its token; never as an
argument. Backups that were made before still hold what is forgotten: remove
them. Servers go on meanwhile.`,
		Example: `  tftsr forget --issue 0197a1f0-…
  tftsr forget --value                 asks for it
  tftsr forget --value '[Email_3]'
  tftsr forget --older-than 90d`,
		Args: func(_ *cobra.Command, args []string) error {
			for _, text := range args {
				// It may be the value: it is not said again.
				if _, n, ok := pii.ParseToken([]byte(text)); !ok || n != len(text) {
					return usageError(withHint(errors.New("forget takes tokens as arguments, like '[Email_3]', and nothing else"),
						"give a value by stdin or at the prompt of --value; one given as an argument is in the history of your shell"))
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(cmd, "issue", "value", "older-than"); err != nil {
				return err
			}
			return a.forget(cmd.Context(), args, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.issue, "issue", "", "forget all values that occur in the issue of this `id`")
	f.BoolVar(&o.keepShared, "keep-shared", false, "with --issue: keep values that occur in other issues too")
	f.BoolVar(&o.value, "value", false, "forget values: by token, at the prompt, or from stdin, one a line")
	f.StringVar(&o.olderThan, "older-than", "", "forget what was not seen for this `time` (90d, 36h)")
	f.BoolVar(&o.asJSON, "json", false, "as a JSON object")
	return cmd
}

func (a *app) forget(ctx context.Context, tokens []string, o forgetOptions) error {
	req := gate.ForgetRequest{IssueID: o.issue, KeepShared: o.keepShared, Tokens: tokens}
	switch {
	case len(tokens) > 0 && (o.issue != "" || o.olderThan != ""):
		return usageError(errors.New("tokens go with --value, not with --issue or --older-than"))
	case o.keepShared && o.issue == "":
		return usageError(errors.New("--keep-shared goes with --issue"))
	case o.issue == "" && o.olderThan == "" && !o.value && len(tokens) == 0:
		return usageError(withHint(errors.New("say what to forget"), "--issue ID, --value, --older-than 90d, or tokens"))
	case o.olderThan != "":
		d, err := config.ParseDays(o.olderThan)
		if err != nil || d < time.Minute {
			return usageError(fmt.Errorf("--older-than %q is not a time span like 90d or 36h", o.olderThan))
		}
		req.OlderThan = d
	case o.value && len(tokens) == 0:
		values, err := a.readValues()
		if err != nil {
			return err
		}
		req.Values = values
		defer func() {
			for _, v := range values {
				clear(v)
			}
		}()
	}
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		done, err := w.gate.Forget(ctx, req)
		switch {
		case errors.Is(err, store.ErrNotFound) && o.issue != "":
			return withHint(fmt.Errorf("there is no issue %q", o.issue), "what belonged to one that was deleted goes with --older-than or by its tokens")
		case errors.Is(err, store.ErrNotFound):
			return withHint(fmt.Errorf("there is no such token: %w", err), "nothing was forgotten; a token is spelled as in the texts, like '[Email_3]'")
		case errors.Is(err, gate.ErrNothingToForget):
			return withHint(err, "spell it as it was found, or name its token; it may never have been found")
		case err != nil:
			return err
		}
		return a.printForgotten(done, o.asJSON)
	})
}

// readValues asks for one value, or reads them from stdin, one a line.
func (a *app) readValues() ([][]byte, error) {
	if a.onTerminal() {
		v, err := a.askSecret("value to forget: ")
		if err == nil && len(v) == 0 {
			err = usageError(errors.New("no value was given"))
		}
		return [][]byte{v}, err
	}
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(a.in, most))
	if err != nil {
		return nil, err
	}
	var values [][]byte
	for line := range bytes.Lines(text) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			values = append(values, line)
		}
	}
	if len(values) == 0 {
		return nil, usageError(errors.New("stdin holds no value"))
	}
	return values, nil
}

func (a *app) printForgotten(f *store.Forgotten, asJSON bool) error {
	tokens := []string{}
	for _, t := range f.Tokens {
		tokens = append(tokens, t.String())
	}
	if asJSON {
		return encoder(a.out).Encode(map[string]any{
			"forgotten": tokens, "forgotten_before": f.Before, "digest_keys": f.DigestKeys, "purged": f.Purged,
		})
	}
	a.printf("forgot %d values; %d were forgotten before; destroyed %d digest keys\n", len(tokens), f.Before, f.DigestKeys)
	if len(tokens) > 0 {
		a.printf("%s\n", strings.Join(tokens, " "))
	}
	if !f.Purged {
		a.sayf("warning: other processes were reading all the time, so the write-ahead log still holds old pages; run it again")
	}
	return nil
}
