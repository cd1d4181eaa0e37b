package backup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store/sqlite"
)

// Rotation is what [RotateKey] did.
type Rotation struct {
	DatabaseID string // of the new key; it may be shown
	Resealed   int    // sealed secrets
}

// RotateKey encrypts the database anew, under a key derived for a fresh id,
// and seals anew the secrets that are sealed in it. db is open under a claim,
// stays open, and has the new key afterwards, as keys have. The copy is read
// and verified, all of it, before it takes the place of the old file.
func RotateKey(ctx context.Context, dataDir string, keys *secrets.Keys, db *sqlite.DB) (r Rotation, err error) {
	id, err := secrets.BeginRekey(ctx, dataDir)
	if err != nil {
		return Rotation{}, err
	}
	replaced := false
	defer func() {
		if !replaced {
			// Also when ctx has ended: the old file is in its place, and has its key.
			err = errors.Join(err, sqlite.RemoveNew(filepath.Join(dataDir, DatabaseFile)),
				secrets.EndRekey(context.WithoutCancel(ctx), dataDir, keys.DatabaseIDs()[0]))
		}
	}()
	to := keys.ForDatabase(id)
	defer to.Close()
	path, key := sqlite.NewPath(filepath.Join(dataDir, DatabaseFile)), keys.DatabaseKey(id)
	if err := db.CopyTo(ctx, path, key); err != nil {
		return Rotation{}, err
	}
	if r.Resealed, err = reseal(ctx, path, key, db, keys, to); err != nil {
		return Rotation{}, fmt.Errorf("the copy under the new key: %w", err)
	}
	if err := db.Replace(ctx, path, key); err != nil {
		// It may have come as far as the rename: the next to open it finds out.
		replaced = true
		return Rotation{}, err
	}
	replaced = true
	keys.UseDatabase(id)
	r.DatabaseID = id
	return r, secrets.EndRekey(context.WithoutCancel(ctx), dataDir, id)
}

func reseal(ctx context.Context, path string, key [32]byte, db *sqlite.DB, from, to *secrets.Keys) (n int, err error) {
	made, err := sqlite.Open(ctx, sqlite.Options{Path: path, Key: key})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	if n, err = secrets.Reseal(ctx, made, from, to); err != nil {
		return n, err
	}
	if err := made.Check(ctx); err != nil {
		return n, err
	}
	size, head, err := db.RecordHead(ctx)
	if err != nil {
		return n, err
	}
	if madeSize, madeHead, err := made.RecordHead(ctx); err != nil || madeSize != size || madeHead != head {
		return n, errors.Join(err, fmt.Errorf("it has %d entries of the record, and the database %d", madeSize, size))
	}
	return n, nil
}
