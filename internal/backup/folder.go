// Package backup takes a data folder as a whole: it opens the database with
// the key that it has, gives it another key, writes it into one sealed file,
// and puts it back from one.
//
// Whatever it replaces, it replaces by one rename, and what goes with that is
// prepared before and finished after, by the next process if need be: killed
// at any moment, either the old state is whole or the new one. It asks nobody,
// and writes no key anywhere but sealed.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// The files of a data folder, beside those that internal/secrets keeps.
const (
	DatabaseFile = "tftsr.db"
	HeadFile     = "audit.head"
	LogFile      = "checkpoints.log"
)

// stagedHead is the head file of a database that is being put back, until the
// database is in its place.
const stagedHead = HeadFile + ".new"

// Claim takes the sole right to the database of a data folder, for
// [RotateKey] and [Restore].
func Claim(ctx context.Context, dataDir string) (*sqlite.Claim, error) {
	return sqlite.ClaimFile(ctx, filepath.Join(dataDir, DatabaseFile), "", 0)
}

// OpenDatabase opens the database of a data folder. Where a change of its key
// was cut off it finds out how far that had come, and finishes or forgets it.
// claim may be nil.
func OpenDatabase(ctx context.Context, dataDir string, keys *secrets.Keys, claim *sqlite.Claim) (*sqlite.DB, error) {
	if err := missing(dataDir); err != nil {
		return nil, err
	}
	ids := keys.DatabaseIDs()
	for {
		db, id, err := openAny(ctx, dataDir, keys, claim, ids)
		if errors.Is(err, store.ErrWrongKey) {
			// Between the reading of the key record and now, another process may have
			// changed the key.
			now, readErr := secrets.RecordedDatabaseIDs(dataDir)
			if readErr == nil && !within(ids, now) {
				ids = now
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if err := settle(ctx, dataDir, id, ids); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		keys.UseDatabase(id)
		return db, nil
	}
}

// missing refuses to begin a new database where the record of one that is gone
// has left its signed heads: a new record would take their place.
func missing(dataDir string) error {
	path := filepath.Join(dataDir, DatabaseFile)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // Opening it says what is wrong.
	}
	for _, name := range []string{HeadFile, LogFile} {
		if info, err := os.Stat(filepath.Join(dataDir, name)); err == nil && info.Size() > 0 {
			return fmt.Errorf("%w: %s is missing or empty, and %s of its record is there: put it back, or a backup with `tftsr db restore`; "+
				"to begin anew, use another data folder", store.ErrDamaged, path, name)
		}
	}
	return nil
}

func within(known, ids []string) bool {
	seen := map[string]bool{}
	for _, id := range known {
		seen[id] = true
	}
	for _, id := range ids {
		if !seen[id] {
			return false
		}
	}
	return true
}

func openAny(ctx context.Context, dataDir string, keys *secrets.Keys, claim *sqlite.Claim, ids []string) (db *sqlite.DB, id string, err error) {
	for _, id = range ids {
		db, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dataDir, DatabaseFile), Key: keys.DatabaseKey(id), Claim: claim})
		if !errors.Is(err, store.ErrWrongKey) {
			return db, id, err
		}
	}
	return nil, "", err
}

// settle ends a change of the database that was cut off: id opened it. The
// caller has it open, so nobody is at work on a change.
func settle(ctx context.Context, dataDir, id string, ids []string) error {
	head := filepath.Join(dataDir, stagedHead)
	if len(ids) == 1 {
		return nil
	}
	var err error
	if id == ids[0] {
		err = remove(head)
	} else if err = os.Rename(head, filepath.Join(dataDir, HeadFile)); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = syncDir(dataDir)
	}
	if err != nil {
		return fmt.Errorf("end a change of the database that was cut off: %w", err)
	}
	return secrets.EndRekey(ctx, dataDir, id)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the names in a folder durable, where the platform can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // Windows and some file systems refuse this on folders.
	return d.Close()
}
