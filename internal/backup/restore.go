package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// Target is the data folder that a backup is put back into.
type Target struct {
	DataDir string
	Claim   *sqlite.Claim
	Keys    *secrets.Keys   // of the folder, with the data key of the backup
	Keyring secrets.Keyring // may be nil
	// Replace allows a database that is there to be given up.
	Replace bool
	// Gate is how the gate of the folder is made: its configuration, places of
	// checkpoints and logger. Store, Keys, SignKey and HeadFile are set here.
	Gate gate.Options
}

// Restored is what [Contents.Restore] did.
type Restored struct {
	Head    audit.Head // of the record after it
	Entries int64      // that were put back
}

// Restore puts the database of the backup into the data folder, under a new
// key, with an entry of the record that names both heads: the one that was put
// back, and the newest one that is known outside the database. ctx carries
// the person. The secrets are in the database afterwards, or in the keyring
// where they still were; see [secrets.Store.Settle].
func (c *Contents) Restore(ctx context.Context, t Target) (r Restored, err error) {
	path := filepath.Join(t.DataDir, DatabaseFile)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 && !t.Replace {
		return r, fmt.Errorf("%s: %w", path, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if c.Bundle.KeyID() != t.Keys.ID() {
		return r, fmt.Errorf("%w: the data folder has key id %s, and the backup was made with %s: restore into a folder of its own",
			secrets.ErrKeyMismatch, t.Keys.ID(), c.Bundle.KeyID())
	}
	if len(t.Keys.DatabaseIDs()) > 1 {
		// A change was cut off. If the database that is there opens, this settles
		// which key it has; if not, it is given up anyway.
		if db, err := OpenDatabase(ctx, t.DataDir, t.Keys, t.Claim); err == nil {
			if err := db.Close(); err != nil {
				return r, err
			}
		}
	}
	before := t.Keys.DatabaseIDs()
	id, err := secrets.BeginRekey(ctx, t.DataDir)
	if err != nil {
		return r, err
	}
	placed, log := false, filepath.Join(t.DataDir, LogFile)
	madeLog := false
	staged, imported := filepath.Join(t.DataDir, stagedHead), sqlite.NewPath(path)+"-import"
	defer func() {
		err = errors.Join(err, sqlite.RemoveNew(path))
		if !placed {
			if madeLog {
				err = errors.Join(err, remove(log))
			}
			err = errors.Join(err, remove(staged), secrets.EndRekey(context.WithoutCancel(ctx), t.DataDir, before[0]))
		}
	}()
	if err := errors.Join(sqlite.RemoveNew(path), remove(staged)); err != nil {
		return r, err
	}
	if err := c.extract(ctx, imported); err != nil {
		return r, err
	}
	to := t.Keys.ForDatabase(id)
	defer to.Close()
	key := t.Keys.DatabaseKey(id)
	if err := c.convert(ctx, imported, sqlite.NewPath(path), key); err != nil {
		return r, fmt.Errorf("the database of the backup: %w", err)
	}
	// Before the record takes note of the heads that it is not an extension of:
	// servers went on while the backup was made, and its log may know more of them.
	if madeLog, err = c.placeLog(log); err != nil {
		return r, err
	}
	r, o, err := c.prepare(ctx, t, to, sqlite.NewPath(path), key, staged)
	if err != nil {
		return r, fmt.Errorf("the database of the backup: %w", err)
	}
	placed = true // or may be: the next to open it finds out
	if err := t.Claim.Replace(sqlite.NewPath(path)); err != nil {
		return r, err
	}
	t.Keys.UseDatabase(id)
	if err := settle(context.WithoutCancel(ctx), t.DataDir, id, []string{before[0], id}); err != nil {
		return r, err
	}
	return r, gate.AnchorRestored(context.WithoutCancel(ctx), o, r.Head)
}

// extract writes the database member into a file.
func (c *Contents) extract(ctx context.Context, path string) (err error) {
	in, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, &canceled{ctx, io.NewSectionReader(in, c.offset, c.Manifest.Members[memberDatabase].Size)})
	return err
}

// convert copies the database of the backup under the key that it is to have.
func (c *Contents) convert(ctx context.Context, from, to string, key [32]byte) (err error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: from, Key: c.key})
	if errors.Is(err, store.ErrWrongKey) {
		return fmt.Errorf("%w: its keys do not open it", ErrDamaged)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	head, err := headOf(ctx, db)
	if err != nil {
		return err
	}
	if head != c.Head {
		return fmt.Errorf("%w: its record is not the one that was signed", ErrDamaged)
	}
	return db.CopyTo(ctx, to, key)
}

// prepare makes of the copy what the folder is to have.
func (c *Contents) prepare(ctx context.Context, t Target, keys *secrets.Keys, path string, key [32]byte, staged string) (r Restored, o gate.Options, err error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Key: key})
	if err != nil {
		return r, o, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx); err != nil {
		return r, o, err
	}
	if err := secrets.Unbundle(ctx, db, t.Keyring, keys, c.Bundle); err != nil {
		return r, o, err
	}
	o = t.Gate
	o.Store, o.Keys, o.SignKey, o.HeadFile = db, keys, c.signer, filepath.Join(t.DataDir, HeadFile)
	kept, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: db, Keyring: t.Keyring, DataDir: t.DataDir})
	if err != nil {
		return r, o, err
	}
	item, err := secrets.AuditHead(ctx, kept)
	if err != nil {
		return r, o, err
	}
	if item != nil {
		o.Keyring = item
	}
	r.Entries = c.Head.Size
	r.Head, err = gate.StageRestore(ctx, o, staged)
	return r, o, err
}

// placeLog puts the log of checkpoints at path if there is none, and reports
// whether it did. One that is there knows more.
func (c *Contents) placeLog(path string) (made bool, err error) {
	if len(c.log) == 0 {
		return false, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = f.Write(c.log)
	return true, errors.Join(err, f.Sync(), f.Close())
}
