package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/backup"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

func (a *app) dbCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Back up, restore, check and re-encrypt the database",
		Long: `The database is one encrypted file in the data folder. docs/store.md says how
to lose a machine without losing what is in it.`,
	}
	family(cmd)
	cmd.AddCommand(a.dbBackupCmd(), a.dbRestoreCmd(), a.dbRotateCmd(), a.dbCheckCmd(), a.dbStatsCmd())
	return cmd
}

// alone claims the database for this process, opens the data folder, runs f
// and closes.
func (a *app) alone(ctx context.Context, f func(context.Context, *workspace) error) (err error) {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if a.claim, err = backup.Claim(ctx, cfg.DataDir); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, a.claim.Release())
		a.claim = nil
	}()
	return a.with(ctx, f)
}

func (a *app) dbRotateCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rotate-key",
		Short: "Encrypt the database anew, under a new key",
		Long: `Rotate-key derives a new key for the database file, writes the file anew under
it, and seals anew the secrets that are sealed in it. The data key, from which
both are derived, stays where it is. The old file is in its place until the new
one has been read and verified.

No server may have the database open meanwhile: end the hosts first. Backups
have keys of their own and stay as they are.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.alone(cmd.Context(), func(ctx context.Context, w *workspace) error {
				call, err := w.gate.Begin(ctx, gate.Intent{Action: audit.ActionRekey, EntityType: "database", EntityID: w.keys.Installation()})
				if err != nil {
					return err
				}
				r, err := backup.RotateKey(ctx, w.config.DataDir, w.keys, w.db)
				out := gate.Outcome{Status: "error"}
				if err == nil {
					out = gate.Outcome{Status: "ok", Details: map[string]any{"database": r.DatabaseID, "resealed": r.Resealed}}
				}
				if err := errors.Join(err, call.End(ctx, out)); err != nil {
					return err
				}
				if asJSON {
					return encoder(a.out).Encode(map[string]any{"database": r.DatabaseID, "resealed": r.Resealed})
				}
				a.printf("the database has a new key (id %s); %d sealed secrets were sealed anew\n", r.DatabaseID, r.Resealed)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

func (a *app) dbCheckCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [BACKUP]",
		Short: "Read all of the database, or of a backup, and say what is damaged",
		Long: `Check reads every page, row and index of the database, decompresses every log,
opens every sealed secret and verifies the record. Servers go on meanwhile. Of a
backup it compares every part with its digest, for which it needs no key. It
exits with 3 when something is damaged.`,
		Args: between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.checkBackup(cmd.Context(), args[0], asJSON)
			}
			return a.checkDatabase(cmd.Context(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}

// checked prints what a check found.
func (a *app) checked(asJSON bool, problems []string, text string, more map[string]any) error {
	if asJSON {
		out := map[string]any{"intact": len(problems) == 0, "problems": listOf(problems)}
		maps.Copy(out, more)
		if err := encoder(a.out).Encode(out); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			a.printf("problem: %s\n", printable(p))
		}
		if len(problems) == 0 {
			a.printf("%s\n", text)
		}
	}
	if len(problems) > 0 {
		return &exitError{exitFindings, nil}
	}
	return nil
}

func (a *app) checkDatabase(ctx context.Context, asJSON bool) (err error) {
	var problems []string
	w, err := a.openStore(ctx, mayPrompt)
	if errors.Is(err, store.ErrDamaged) {
		return a.checked(asJSON, []string{err.Error()}, "", nil)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	if err := w.store.Check(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		problems = append(problems, err.Error())
	}
	if _, err := w.secrets.CheckSealed(ctx); err != nil {
		problems = append(problems, err.Error())
	}
	report, err := gate.VerifyRecord(ctx, w.gateOptions())
	if err != nil {
		problems = append(problems, err.Error())
	} else if err := report.Err(); err != nil {
		problems = append(problems, err.Error())
	}
	return a.checked(asJSON, problems, fmt.Sprintf("the database is whole: every page and row reads, and %d entries verify", report.Entries),
		map[string]any{"entries": report.Entries})
}

func (a *app) checkBackup(ctx context.Context, path string, asJSON bool) error {
	archive, err := backup.Read(ctx, path)
	if errors.Is(err, backup.ErrDamaged) {
		return a.checked(asJSON, []string{err.Error()}, "", nil)
	}
	if err != nil {
		return err
	}
	m := archive.Manifest
	return a.checked(asJSON, nil, fmt.Sprintf("the backup is whole: made %s, data key id %s, %d entries, sealed for %s",
		shortTime(m.CreatedAt), printable(m.KeyID), m.Entries, printable(m.SealedFor)), map[string]any{"manifest": m})
}

func (a *app) dbStatsCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Say how much the database holds",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			w, err := a.openStore(ctx, mayPrompt)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, w.close(ctx)) }()
			s, err := w.db.Stats(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return encoder(a.out).Encode(s)
			}
			tw := a.table()
			tw.row("schema\t%d\n", s.Schema)
			tw.row("file\t%d bytes, %d pages, %d of them free\n", s.Bytes, s.Pages, s.FreePages)
			tw.row("log\t%d bytes\n", s.LogBytes)
			for _, t := range slices.Sorted(maps.Keys(s.Originals)) {
				tw.row("originals\t%d of type %s\n", s.Originals[t], t)
			}
			tw.row("no originals\t%d values known by a fingerprint only\n", s.Fingerprints)
			for _, t := range slices.Sorted(maps.Keys(s.Rows)) {
				tw.row("%s\t%d rows\n", t, s.Rows[t])
			}
			return tw.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object")
	return cmd
}
