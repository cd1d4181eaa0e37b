package cli

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

func (a *app) auditCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read, verify and export the record of what happened",
		Long: `Every call, refusal, approval and change is an entry of an append-only record:
who, what, when, with which outcome, with digests and counts but never a value.
Each entry is chained to the one before, and the newest head is signed and kept
outside the database, so that what is edited, removed or cut off shows.`,
	}
	family(cmd)
	cmd.AddCommand(a.auditListCmd(), a.auditVerifyCmd(), a.auditExportCmd())
	return cmd
}

func (a *app) auditListCmd() *cobra.Command {
	var asJSON bool
	var f store.EntryFilter
	var action, since, until string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List entries, newest first",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Action = audit.Action(action)
			var err error
			if f.Since, err = parseTimeFlag("since", since); err != nil {
				return err
			}
			if f.Until, err = parseTimeFlag("until", until); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				entries, err := w.store.ListEntries(ctx, f)
				if err != nil {
					return err
				}
				return a.printEntries(entries, asJSON)
			})
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&asJSON, "json", false, "one JSON object a line")
	fl.IntVarP(&f.Limit, "limit", "n", 50, "how many")
	fl.Int64Var(&f.Before, "before", 0, "only entries with a smaller sequence")
	fl.StringVar(&action, "action", "", "only this `action`, such as tool_call or reveal")
	fl.StringVar(&f.EntityType, "entity-type", "", "only this type of entity")
	fl.StringVar(&f.EntityID, "entity", "", "only this entity")
	fl.StringVar(&f.UserID, "user", "", "only this user or token")
	fl.StringVar(&since, "since", "", "only at or after this `time` (2026-03-01T14:00:00Z)")
	fl.StringVar(&until, "until", "", "only before this `time`")
	return cmd
}

func parseTimeFlag(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError(fmt.Errorf("--%s %q is not a time like 2026-03-01T14:00:00Z or 2026-03-01", name, text))
}

func (a *app) printEntries(entries []audit.Entry, asJSON bool) error {
	if !asJSON {
		tw := a.table()
		for _, e := range entries {
			tw.row("%d\t%s\t%s\t%s\t%s\t%s\n", e.Seq, e.Timestamp.UTC().Format(time.RFC3339), e.Action,
				printable(join(e.EntityType, e.EntityID)), printable(e.UserID), printable(string(e.Details)))
		}
		return tw.Flush()
	}
	enc := encoder(a.out)
	for _, e := range entries {
		if err := enc.Encode(map[string]any{
			"seq": e.Seq, "timestamp": e.Timestamp.UTC(), "action": e.Action, "entity_type": e.EntityType, "entity_id": e.EntityID,
			"user_id": e.UserID, "details": json.RawMessage(e.Details),
			"prev_hash": hex.EncodeToString(e.PrevHash[:]), "entry_hash": hex.EncodeToString(e.EntryHash[:]),
		}); err != nil {
			return err
		}
	}
	return nil
}

func join(kind, id string) string {
	if id == "" {
		return kind
	}
	return kind + ":" + id
}

func (a *app) auditVerifyCmd() *cobra.Command {
	var from, key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that nothing was changed, removed or cut off",
		Long: `Verify reads the whole record, or an export of it, and checks every hash and
the signed head. It exits with 3 when something is wrong.

An export carries its verifier key, which its forger could have replaced: pin
the key that you noted earlier with --key.`,
		Example: `  tftsr audit verify
  tftsr audit verify --from record.jsonl --key tftsr/…+…+…`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from != "" {
				report, err := verifyExport(from, key, a.in)
				if err != nil {
					return err
				}
				return a.printReport(report, key, asJSON)
			}
			if key != "" {
				return usageError(errors.New("--key goes with --from"))
			}
			return a.auditVerify(cmd.Context(), asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "verify this export (`file` or -) instead of the database; needs no data folder")
	f.StringVar(&key, "key", "", "the verifier `key` that the export must be signed with")
	f.BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

// auditVerify verifies the database. A record that is so wrong that the gate
// refuses to start is verified all the same: that is what this is for.
func (a *app) auditVerify(ctx context.Context, asJSON bool) (err error) {
	w, err := a.openStore(ctx, mayPrompt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	report, err := gate.VerifyRecord(ctx, w.gateOptions())
	if err != nil {
		return err
	}
	return a.printReport(report, w.verifierKey, asJSON)
}

func verifyExport(name, key string, stdin io.Reader) (audit.Report, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return audit.Report{}, err
		}
		defer f.Close()
		in = f
	}
	return audit.VerifyExport(bufio.NewReaderSize(in, 1<<20), key)
}

func (a *app) printReport(r audit.Report, key string, asJSON bool) error {
	if asJSON {
		if err := encoder(a.out).Encode(map[string]any{
			"intact": r.OK(), "entries": r.Entries, "findings": listOf(r.Findings), "omitted": r.Omitted,
			"head": r.Newest.Hex(), "root": r.Head.Root.Hex(), "verifier_key": key,
		}); err != nil {
			return err
		}
	} else {
		for _, f := range r.Findings {
			kind := string(f.Kind)
			if f.Warning {
				kind = "warning: " + kind
			}
			a.printf("%s: %s\n", kind, printable(f.Text))
		}
		if r.OK() {
			a.printf("audit: %d entries verified\n", r.Entries)
			if key != "" {
				a.printf("verifier key: %s\n", key)
			}
		} else {
			a.printf("audit: the record does NOT verify (%d entries read)\n", r.Entries)
		}
	}
	if !r.OK() {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func (a *app) auditExportCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the record as JSON lines that verify without the database",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.writeTo(output, false, func(out io.Writer) error { return w.gate.ExportRecord(ctx, out) })
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which must not exist; else to stdout")
	return cmd
}
