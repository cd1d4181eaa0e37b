package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/backup"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
)

func (a *app) dbBackupCmd() *cobra.Command {
	var recipients []string
	var passphraseFile string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the database, its keys and all secrets into one sealed file",
		Long: `Backup writes a new file with the encrypted database under a random key of its
own, and with that key, the data key and every secret sealed for a passphrase or
for age recipients. Whoever opens it has everything: keep the passphrase, or the
recipient's identity, away from the machine. Servers go on meanwhile.

The passphrase is asked for twice, or read from stdin or a file.`,
		Example: `  tftsr db backup /mnt/usb/tftsr-2027-01-31.backup
  tftsr db backup --recipient age1… nightly.backup
  tftsr db check nightly.backup`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(cmd, "recipient", "passphrase-file"); err != nil {
				return err
			}
			o := backup.Options{Program: Version(), Now: time.Now()}
			for _, text := range recipients {
				r, err := age.ParseX25519Recipient(text)
				if err != nil {
					return usageError(withHint(fmt.Errorf("--recipient %q is not an age recipient", text), "age-keygen makes an identity and prints its recipient, age1…"))
				}
				o.Recipients = append(o.Recipients, r)
			}
			if _, err := os.Lstat(args[0]); err == nil {
				return usageError(fmt.Errorf("%s exists; name another file or remove it first", args[0]))
			}
			if len(o.Recipients) == 0 {
				var err error
				if o.Passphrase, err = a.newBackupPassphrase(passphraseFile); err != nil {
					return err
				}
				defer clear(o.Passphrase)
			}
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.backup(ctx, w, args[0], o, asJSON)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&recipients, "recipient", "r", nil, "seal for this age `recipient` (age1…), more than once for several")
	f.StringVar(&passphraseFile, "passphrase-file", "", "read the passphrase from this `file`, which only you can read")
	f.BoolVar(&asJSON, "json", false, "print the manifest as a JSON object")
	return cmd
}

func (a *app) backup(ctx context.Context, w *workspace, path string, o backup.Options, asJSON bool) error {
	call, err := w.gate.Begin(ctx, gate.Intent{Action: audit.ActionBackup, EntityType: "database", EntityID: w.keys.Installation()})
	if err != nil {
		return err
	}
	m, err := backup.Write(ctx, path, backup.Source{DataDir: w.config.DataDir, DB: w.db, Secrets: w.secrets, Keys: w.keys, SignKey: w.signKey}, o)
	out := gate.Outcome{Status: "error"}
	if err == nil {
		out = gate.Outcome{Status: "ok", Details: map[string]any{"sha256": m.Members["database"].SHA256, "entries": m.Entries, "sealed_for": m.SealedFor}}
	}
	if err := errors.Join(err, call.End(ctx, out)); err != nil {
		return err
	}
	if asJSON {
		return encoder(a.out).Encode(m)
	}
	a.printf("wrote %s: %d bytes of database, %d entries, sealed for %s\n", path, m.Members["database"].Size, m.Entries, m.SealedFor)
	return nil
}

// newBackupPassphrase reads a new passphrase from a file, asks for it twice,
// or reads a line from stdin.
func (a *app) newBackupPassphrase(file string) ([]byte, error) {
	p, err := a.backupPassphrase(file, "new passphrase of the backup: ")
	if err != nil {
		return nil, err
	}
	if file == "" && a.onTerminal() {
		again, err := a.askSecret("once more: ")
		defer clear(again)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(p, again) {
			return nil, errors.New("the two passphrases differ; nothing was made")
		}
	}
	if len(p) < backup.MinPassphrase {
		return nil, usageError(fmt.Errorf("the passphrase is too short: use at least %d characters, several random words at best", backup.MinPassphrase))
	}
	return p, nil
}

func (a *app) backupPassphrase(file, prompt string) ([]byte, error) {
	if file != "" {
		return secrets.ReadPassphraseFile(file)
	}
	if a.onTerminal() {
		return a.askSecret(prompt)
	}
	const most = 4 << 10
	p, err := io.ReadAll(io.LimitReader(a.in, most))
	if err != nil {
		return nil, err
	}
	p, _, _ = bytes.Cut(p, []byte("\n"))
	if p = bytes.TrimSuffix(p, []byte("\r")); len(p) == 0 {
		return nil, usageError(withHint(errors.New("stdin holds no passphrase"), "run it in a terminal, or use --passphrase-file or an age key"))
	}
	return p, nil
}

type restoreDBOptions struct {
	identity, passphraseFile string
	replace, asJSON          bool
	key                      initOptions
}

func (a *app) dbRestoreCmd() *cobra.Command {
	var o restoreDBOptions
	cmd := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "Put a backup back, in place of the database or on a new machine",
		Long: `Restore puts the database of a backup into the data folder, under a new key.
In a new data folder it sets up the data key of the backup too, in the OS
keyring or where you say. The secrets come back with it.

An entry of the record names what was put back and the newest state that was
known outside the database, so that everybody sees that it is no rollback.
What came after the backup is gone, and what was forgotten after it is there
again. No server may have the database open meanwhile: end the hosts first.`,
		Example: `  tftsr db restore /mnt/usb/tftsr-2027-01-31.backup
  tftsr db restore --identity key.txt --key-file ~/.tftsr-key nightly.backup
  tftsr db restore --replace nightly.backup`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(cmd, "identity", "passphrase-file"); err != nil {
				return err
			}
			if err := oneOf(cmd, "key-file", "key-passphrase", "key-systemd", "key-keyring"); err != nil {
				return err
			}
			return a.restoreDB(terminalContext(cmd.Context()), args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.identity, "identity", "i", "", "open it with the age identities in this `file`")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "read the passphrase of the backup from this `file`, which only you can read")
	f.BoolVar(&o.replace, "replace", false, "give up the database that is there")
	f.StringVar(&o.key.keyFile, "key-file", "", "new data folder: keep the data key in this `file`")
	f.BoolVar(&o.key.passphrase, "key-passphrase", false, "new data folder: seal the data key under a passphrase (asked, or in TFTSR_PASSPHRASE_FILE)")
	f.BoolVar(&o.key.systemd, "key-systemd", false, "new data folder: make an encrypted systemd credential of the data key")
	f.BoolVar(&o.key.keyring, "key-keyring", false, "new data folder: put the data key into the OS keyring")
	f.BoolVar(&o.asJSON, "json", false, "as a JSON object")
	return cmd
}

func thereIsADatabase(err error) error {
	return withHint(fmt.Errorf("there is a database: %w", err), "back it up if it opens, then give it up with --replace; or choose another folder with --data-dir")
}

func (a *app) restoreDB(ctx context.Context, path string, o restoreDBOptions) (err error) {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	archive, err := backup.Read(ctx, path)
	if err != nil {
		return err
	}
	// Before anybody types a passphrase. Restore looks again.
	if info, err := os.Stat(filepath.Join(cfg.DataDir, databaseFile)); err == nil && info.Size() > 0 && !o.replace {
		return thereIsADatabase(fmt.Errorf("%s: %w", filepath.Join(cfg.DataDir, databaseFile), fs.ErrExist))
	}
	identities, err := a.identities(o)
	if err != nil {
		return err
	}
	contents, err := archive.Open(identities)
	if errors.Is(err, backup.ErrWrongKey) {
		return &exitError{exitNoKey, err}
	}
	if err != nil {
		return err
	}
	defer contents.Close()
	if a.claim, err = backup.Claim(ctx, cfg.DataDir); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, a.claim.Release())
		a.claim = nil
	}()
	keyring := a.keyring(cfg)
	next, err := a.adoptKey(ctx, cfg, keyring, o, contents.Bundle)
	if err != nil {
		return err
	}
	if a.keys, err = a.resolveKeys(ctx, cfg, keyring, mayPrompt); err != nil {
		return err
	}
	restored, err := contents.Restore(ctx, backup.Target{
		DataDir: cfg.DataDir, Claim: a.claim, Keys: a.keys, Keyring: keyring, Replace: o.replace,
		Gate: gate.Options{Config: cfg, Logger: a.logger(cfg)},
	})
	if errors.Is(err, fs.ErrExist) {
		return thereIsADatabase(err)
	}
	if err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, w *workspace) error {
		sealed, err := w.secrets.Settle(ctx, contents.Bundle)
		if err != nil {
			return err
		}
		return a.printRestored(restored, contents, sealed, next, o.asJSON)
	})
}

func (a *app) printRestored(r backup.Restored, c *backup.Contents, sealed int, next string, asJSON bool) error {
	if asJSON {
		return encoder(a.out).Encode(map[string]any{
			"entries": r.Entries, "backup_created_at": shortTime(c.Manifest.CreatedAt), "key_id": c.Bundle.KeyID(),
			"secrets": c.Bundle.Secrets(), "sealed": sealed, "next": next,
		})
	}
	a.printf("put back the database of %s: %d entries, %d secrets, data key id %s\n",
		shortTime(c.Manifest.CreatedAt), r.Entries, c.Bundle.Secrets(), c.Bundle.KeyID())
	if sealed > 0 {
		a.printf("%d secrets that had been in a keyring are sealed in the database: the keyring of this machine did not take them\n", sealed)
	}
	if next != "" {
		a.printf("%s\n", next)
	}
	return nil
}

// identities are what may open a backup.
func (a *app) identities(o restoreDBOptions) ([]age.Identity, error) {
	if o.identity == "" {
		p, err := a.backupPassphrase(o.passphraseFile, "passphrase of the backup: ")
		if err != nil {
			return nil, err
		}
		defer clear(p)
		return backup.Identities(p)
	}
	text, err := secrets.ReadPrivate(o.identity)
	if err != nil {
		return nil, fmt.Errorf("identity file: %w", err)
	}
	defer clear(text)
	list, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		// The parser's error quotes the line.
		return nil, usageError(withHint(fmt.Errorf("%s holds no age identities", o.identity), "it is the file that age-keygen made"))
	}
	return list, nil
}

// adoptKey puts the data key of a backup where the person says, unless the
// data folder has one. It returns what is to be done for the next start.
func (a *app) adoptKey(ctx context.Context, cfg *config.Config, keyring secrets.Keyring, o restoreDBOptions, b *secrets.Bundle) (string, error) {
	there, err := secrets.Initialised(cfg.DataDir)
	if err != nil || there {
		return "", err
	}
	in, err := a.initKey(cfg, o.key)
	if err != nil {
		return "", err
	}
	in.Keyring = keyring
	res, err := secrets.Adopt(ctx, in, b)
	if errors.Is(err, secrets.ErrNoKeySource) {
		return "", &exitError{exitNoKey, withHint(fmt.Errorf("%w: the OS keyring cannot keep the data key", secrets.ErrNoKeySource),
			"say where it is to be: --key-file FILE, --key-passphrase or --key-systemd")}
	}
	return res.Next, err
}
