package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
)

func (a *app) secretCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Keep API keys and passwords in the OS keyring",
		Long: `Secrets live in the OS keyring, or sealed in the database where there is none.
A value comes by prompt or stdin, never as an argument, and is never shown
again.`,
	}
	var expires string
	set := &cobra.Command{
		Use:     "set NAME",
		Short:   "Keep a value; it is asked for, or read from stdin",
		Example: "  pass show servicenow/prod | tftsr secret set servicenow/prod",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 { // It may be the value: it is not said again.
				return usageError(withHint(errors.New("secret set takes a name and nothing else"), "give the value by stdin or at the prompt; one given as an argument is in the history of your shell"))
			}
			return exactly(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.secretSet(cmd.Context(), args[0], expires)
		},
	}
	set.Flags().StringVar(&expires, "expires", "", "`date` (2027-01-31) after which it is no longer used")

	var asJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List names, places and fingerprints, never values",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				infos, err := w.secrets.List(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return encoder(a.out).Encode(listOf(infos))
				}
				tw := a.table()
				for _, i := range infos {
					tw.row("%s\t%s\t%s\t%s\n", i.Name, i.Place, i.Fingerprint, shortTime(i.ExpiresAt))
				}
				return tw.Flush()
			})
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")

	rm := &cobra.Command{
		Use:   "rm NAME",
		Short: "Forget a value",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				if err := secrets.CheckName(args[0]); err != nil {
					return usageError(err)
				}
				intent := gate.Intent{Action: audit.ActionSecretDelete, EntityType: "secret", EntityID: args[0]}
				err := w.recorded(ctx, intent, func() error { return w.secrets.Delete(ctx, args[0]) })
				if errors.Is(err, secrets.ErrNotFound) {
					return withHint(fmt.Errorf("there is no secret %q", args[0]), "tftsr secret list shows their names")
				}
				return err
			})
		},
	}
	family(cmd)
	cmd.AddCommand(set, list, rm)
	return cmd
}

func (a *app) secretSet(ctx context.Context, name, expires string) error {
	if err := secrets.CheckName(name); err != nil {
		return usageError(err)
	}
	o := secrets.SetOptions{Owner: osUser()}
	if expires != "" {
		t, err := time.Parse(time.DateOnly, expires)
		if err != nil {
			return usageError(fmt.Errorf("--expires %q is not a date like 2027-01-31", expires))
		}
		o.ExpiresAt = t
	}
	value, err := a.readSecret(name)
	defer clear(value)
	if err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		intent := gate.Intent{Action: audit.ActionSecretSet, EntityType: "secret", EntityID: name}
		return w.recorded(ctx, intent, func() error {
			info, err := w.secrets.Set(ctx, name, value, o)
			if err == nil {
				a.printf("%s kept in %s, fingerprint %s\n", info.Name, info.Place, info.Fingerprint)
			}
			return err
		})
	})
}

// readSecret asks on a terminal, else reads stdin, without its last line feed.
func (a *app) readSecret(name string) ([]byte, error) {
	if a.onTerminal() {
		return a.askSecret("value of " + name + ": ")
	}
	value, err := io.ReadAll(io.LimitReader(a.in, secrets.MaxValueBytes+2))
	if err != nil {
		return nil, err
	}
	value = bytes.TrimSuffix(bytes.TrimSuffix(value, []byte("\n")), []byte("\r"))
	if len(value) == 0 {
		return nil, usageError(errors.New("stdin holds no value"))
	}
	return value, nil
}

// recorded does something of the owner's between a durable intent and its
// outcome: no record, no act.
func (w *workspace) recorded(ctx context.Context, intent gate.Intent, act func() error) error {
	c, err := w.gate.Begin(ctx, intent)
	if err != nil {
		return err
	}
	actErr := act()
	status := "ok"
	if actErr != nil {
		status = "error"
	}
	return errors.Join(actErr, c.End(ctx, gate.Outcome{Status: status}))
}

// listOf makes an empty list print as [] and not as null.
func listOf[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
