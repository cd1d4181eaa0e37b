package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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
Each entry is chained to the one before and is a leaf of a Merkle tree, whose
root is signed and kept outside the database, so that what is edited, removed,
rewritten or cut off shows, and so that one entry can be proven to somebody
who sees no other.`,
	}
	family(cmd)
	cmd.AddCommand(a.auditListCmd(), a.auditVerifyCmd(), a.auditExportCmd(), a.auditProveCmd(), a.auditCheckProofCmd(), a.auditCheckpointCmd())
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
	fl.StringVar(&f.Outcome, "outcome", "", "only this `outcome`: ok, error, refused, cancelled, interrupted or input_required")
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
		if err := enc.Encode(entryJSON(e)); err != nil {
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
	var anchors []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that nothing was changed, removed or cut off",
		Long: `Verify reads the whole record, or an export of it, and checks every hash, and
every checkpoint that it finds: in audit.head, checkpoints.log, the keyring and
audit.anchor_file. It exits with 3 when something is wrong.

--anchor names a file with checkpoints that were kept elsewhere: what
"tftsr audit checkpoint" printed, what audit.anchor_command received, another
checkpoints.log, or an older export. The record must extend them.

An export carries its verifier key, which its forger could have replaced: pin
the key that you noted earlier with --key.`,
		Example: `  tftsr audit verify
  tftsr audit verify --anchor /media/stick/checkpoint.txt
  tftsr audit verify --from record.jsonl --key tftsr/…+…+…`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				if key != "" {
					return usageError(errors.New("--key goes with --from"))
				}
				return a.auditVerify(cmd.Context(), anchors, asJSON)
			}
			if key == "" && len(anchors) > 0 {
				return usageError(errors.New("--anchor needs the --key that signed its checkpoints, when it goes with --from"))
			}
			if key != "" && !audit.IsVerifierKey(key) {
				return usageError(withHint(errors.New("--key is not a verifier key"), "it is the line that `tftsr audit verify` prints on the machine of the record"))
			}
			kept, bad, err := a.anchors(anchors, key, "")
			if err != nil {
				return err
			}
			report, err := verifyExport(from, key, a.in, kept)
			if err != nil {
				return err
			}
			return a.printReport(report, bad, key, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "verify this export (`file` or -) instead of the database; needs no data folder")
	f.StringVar(&key, "key", "", "the verifier `key` that the export must be signed with")
	f.StringArrayVar(&anchors, "anchor", nil, "compare with the checkpoints in this `file` too; may be repeated")
	f.BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

// anchors reads files of checkpoints. One that holds none is a mistake of the
// caller's: a comparison with nothing would look like one that found nothing.
func (a *app) anchors(names []string, key, origin string) (list []audit.Anchor, bad []audit.Finding, err error) {
	for _, name := range names {
		in, err := a.input(name)
		if err != nil {
			return nil, nil, fmt.Errorf("anchor %s: %w", name, err)
		}
		good, findings, err := audit.ReadCheckpoints(in, key, origin, name)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, nil, fmt.Errorf("anchor %s: %w", name, err)
		}
		if len(good) == 0 && len(findings) == 0 {
			return nil, nil, usageError(fmt.Errorf("anchor %s holds no checkpoint", name))
		}
		bad = append(bad, findings...)
		for _, c := range good {
			list = append(list, audit.Anchor{Head: c.Head, From: name})
		}
	}
	return list, bad, nil
}

// auditVerify verifies the database. A record that is so wrong that the gate
// refuses to start is verified all the same: that is what this is for.
func (a *app) auditVerify(ctx context.Context, names []string, asJSON bool) (err error) {
	w, err := a.openStore(ctx, mayPrompt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	origin, err := w.store.Origin(ctx)
	if err != nil {
		return err
	}
	kept, bad, err := a.anchors(names, w.verifierKey, origin)
	if err != nil {
		return err
	}
	report, err := gate.VerifyRecord(ctx, w.gateOptions(), kept...)
	if err != nil {
		return err
	}
	return a.printReport(report, bad, w.verifierKey, asJSON)
}

func verifyExport(name, key string, stdin io.Reader, anchors []audit.Anchor) (audit.Report, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return audit.Report{}, err
		}
		defer f.Close()
		in = f
	}
	lines := bufio.NewReaderSize(in, 1<<20)
	// Of a file that is something else every line would be a finding.
	if first, err := lines.Peek(1); err == nil && first[0] != '{' {
		return audit.Report{}, usageError(withHint(fmt.Errorf("%s is not an export of the record", name),
			"`tftsr audit export` makes one; `tftsr db check` is for backups, and --anchor for checkpoints"))
	}
	return audit.VerifyExport(lines, key, anchors...)
}

// printReport prints a report, with what was found beside it.
func (a *app) printReport(r audit.Report, beside []audit.Finding, key string, asJSON bool) error {
	intact := r.OK() && !slices.ContainsFunc(beside, func(f audit.Finding) bool { return !f.Warning })
	r.Findings = append(r.Findings, beside...)
	if asJSON {
		if err := encoder(a.out).Encode(map[string]any{
			"intact": intact, "entries": r.Entries, "findings": listOf(r.Findings), "omitted": r.Omitted,
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
		if intact {
			a.printf("audit: %d entries verified\n", r.Entries)
			if key != "" {
				a.printf("verifier key: %s\n", key)
			}
		} else {
			a.printf("audit: the record does NOT verify (%d entries read)\n", r.Entries)
		}
	}
	if !intact {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func (a *app) auditExportCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the record as JSON lines that verify without the database",
		Long: `Export writes every entry and every checkpoint of the record, one JSON object a
line, and the verifier key. Somebody who has the file and that key verifies it
with "tftsr audit verify --from", or with the few lines of Python that
docs/audit.md has.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.writeTo(output, false, func(out io.Writer) error { return w.gate.ExportRecord(ctx, out) })
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which must not exist; else to stdout")
	cmd.Flags().Bool("jsonl", true, "as JSON lines, the one form that there is")
	return cmd
}
