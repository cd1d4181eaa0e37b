package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

func (a *app) auditProveCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "prove SEQ",
		Short: "Prove one entry to somebody who may not see the others",
		Long: `Prove writes a small file with the entry, its way to the root of the Merkle
tree, and the checkpoint that signs that root. Whoever has the file and the
verifier key checks it with "tftsr audit check-proof": they need no data folder
and see no other entry.`,
		Example: `  tftsr audit prove 4711 -o entry-4711.json
  tftsr audit check-proof entry-4711.json --key tftsr/…+…+…`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || seq < 1 {
				return usageError(fmt.Errorf("%q is not the number of an entry: tftsr audit list shows them", args[0]))
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				proof, err := w.gate.ProveEntry(ctx, seq)
				if errors.Is(err, store.ErrNotFound) {
					return withHint(fmt.Errorf("there is no entry %d", seq), "tftsr audit list shows those that there are")
				}
				if err != nil {
					return err
				}
				err = a.writeTo(output, false, func(out io.Writer) error { return encoder(out).Encode(proof) })
				if err == nil {
					a.sayf("verifier key: %s", w.verifierKey)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which must not exist; else to stdout")
	cmd.Flags().Bool("json", true, "as JSON, the one form that there is")
	return cmd
}

// maxProofFile bounds what is read as a proof, in bytes.
const maxProofFile = 2 << 20

func (a *app) auditCheckProofCmd() *cobra.Command {
	var key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check-proof FILE|-",
		Short: "Check the proof of one entry; needs no data folder",
		Long: `Check-proof checks a file that "tftsr audit prove" or the tool get_audit_proof
made, with nothing but the verifier key of the record, and prints what it
proves. It exits with 3 when the proof does not hold.`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if key == "" {
				return usageError(errors.New("--key is needed: the verifier key, from its owner and not from whoever sent the proof"))
			}
			in, err := a.input(args[0])
			if err != nil {
				return fmt.Errorf("proof %s: %w", args[0], err)
			}
			text, err := io.ReadAll(io.LimitReader(in, maxProofFile))
			if err = errors.Join(err, in.Close()); err != nil {
				return fmt.Errorf("proof %s: %w", args[0], err)
			}
			proof, head, err := audit.CheckProof(bytes.TrimSpace(text), key)
			return a.printProof(proof, head, err, asJSON)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the verifier `key` of the record")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func (a *app) printProof(p audit.Proof, h audit.Head, bad error, asJSON bool) error {
	switch {
	case asJSON:
		out := map[string]any{"proven": bad == nil}
		if bad != nil {
			out["reason"] = bad.Error()
		} else {
			out["seq"], out["entry_hash"], out["record"], out["size"] = p.Seq, p.Hash.Hex(), h.Origin, h.Size
			if p.Entry != nil {
				out["entry"] = entryJSON(*p.Entry)
			}
		}
		if err := encoder(a.out).Encode(out); err != nil {
			return err
		}
	case bad != nil:
		a.printf("audit: NOT proven: %s\n", printable(bad.Error()))
	case p.Entry == nil:
		a.printf("audit: proven: an entry with the hash %s is number %d of the %d that record %s had; its content is not in the proof\n", p.Hash.Hex(), p.Seq, h.Size, printable(h.Origin))
	default:
		a.printf("audit: proven: this is entry %d of the %d that record %s had\n", p.Seq, h.Size, printable(h.Origin))
		if err := a.printEntries([]audit.Entry{*p.Entry}, false); err != nil {
			return err
		}
	}
	if bad != nil {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func (a *app) auditCheckpointCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Sign the record as it is now, and say where that is kept",
		Long: `Checkpoint signs the size and the root of the record and prints that as a signed
note. Keep it where nobody who can write here can write: later,
"tftsr audit verify --anchor" shows whether the record still extends it. It is
also handed to the keyring, audit.anchor_file and audit.anchor_command, and the
command fails when one of them did not take it.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				c, reached, failed, err := w.gate.Checkpoint(ctx)
				if err != nil {
					return err
				}
				reasons := map[string]string{}
				for name, err := range failed {
					reasons[name] = err.Error()
				}
				if asJSON {
					err = encoder(a.out).Encode(map[string]any{
						"size": c.Size, "root": c.Root.Hex(), "checkpoint": string(c.Note), "kept": listOf(reached), "failed": reasons, "verifier_key": w.verifierKey,
					})
				} else {
					a.printf("%s", c.Note)
					for _, name := range reached {
						a.sayf("kept: %s", name)
					}
				}
				for _, name := range slices.Sorted(maps.Keys(reasons)) {
					err = errors.Join(err, fmt.Errorf("the %s did not take the checkpoint: %s", name, reasons[name]))
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

// entryJSON is an entry as `tftsr audit list --json` prints it.
func entryJSON(e audit.Entry) map[string]any {
	return map[string]any{
		"seq": e.Seq, "timestamp": e.Timestamp.UTC(), "action": e.Action, "entity_type": e.EntityType, "entity_id": e.EntityID,
		"user_id": e.UserID, "details": json.RawMessage(e.Details), "prev_hash": e.PrevHash.Hex(), "entry_hash": e.EntryHash.Hex(),
	}
}
