package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// firstDatabase is the id of the database with which a data folder begins.
const firstDatabase = "main"

// A database file gets another key by getting another id, from which the key is derived, and in two steps, so that a crash between any two
// writes leaves a file that opens: [BeginRekey] records the id that is to be beside the one that is, the new file is put in the place of the
// old one, and [EndRekey] records which of the two it is. In between both are tried.

// DatabaseIDs returns the id of the database file, and behind it that of the file that was to take its place, when a change was begun and its
// end is not recorded.
func (k *Keys) DatabaseIDs() []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.next != "" {
		return []string{k.database, k.next}
	}
	return []string{k.database}
}

// ForDatabase returns the same keys with the sealing key of another database id.
func (k *Keys) ForDatabase(id string) *Keys {
	k.mu.RLock()
	defer k.mu.RUnlock()
	other := &Keys{data: k.data, id: k.id, installation: k.installation, source: k.source, database: id}
	if k.sealing != nil {
		over := *k.sealing
		other.sealing = &over
	}
	return other
}

// UseDatabase makes id the one and only database id of k: the file that opened has it.
func (k *Keys) UseDatabase(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.database, k.next = id, ""
}

// BeginRekey records a fresh database id as the next one and returns it. The caller has the sole right to the database file.
func BeginRekey(ctx context.Context, dataDir string) (next string, err error) {
	err = changeRecord(ctx, dataDir, func(r *record) {
		next = randomID()
		r.NextDatabase = next
	})
	return next, err
}

// EndRekey records id, one of those recorded, as the one that the database file has.
func EndRekey(ctx context.Context, dataDir, id string) error {
	return changeRecord(ctx, dataDir, func(r *record) {
		if id == r.NextDatabase || id == cmp.Or(r.Database, firstDatabase) {
			r.Database, r.NextDatabase = id, ""
		}
		if r.Database == firstDatabase {
			r.Database = ""
		}
	})
}

// RecordedDatabaseIDs reads anew what [Keys.DatabaseIDs] returned: another process may have changed it.
func RecordedDatabaseIDs(dataDir string) ([]string, error) {
	r, err := readRecord(dataDir)
	if err != nil {
		return nil, err
	}
	ids := []string{firstDatabase}
	if r != nil && r.Database != "" {
		ids[0] = r.Database
	}
	if r != nil && r.NextDatabase != "" {
		ids = append(ids, r.NextDatabase)
	}
	return ids, nil
}

func changeRecord(ctx context.Context, dataDir string, change func(*record)) error {
	unlock, err := lockDir(ctx, dataDir)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := readRecord(dataDir)
	if err != nil {
		return err
	}
	if r == nil {
		return errors.New("change the key of the database: the data folder has no key record")
	}
	changed := *r
	change(&changed)
	if changed == *r {
		return nil
	}
	return changed.write(dataDir)
}

// Reseal seals the sealed rows, which were sealed under the sealing key of from, under that of to, and returns their number.
func Reseal(ctx context.Context, rows Rows, from, to *Keys) (int, error) {
	all, err := rows.Secrets(ctx)
	if err != nil {
		return 0, fmt.Errorf("seal secrets anew: %w", err)
	}
	n := 0
	for _, row := range all {
		if Place(row.Place) != PlaceSealed {
			continue
		}
		value, err := open(from.SealingKey(), row.Name, row.Sealed)
		if err == nil {
			row.Sealed, err = seal(to.SealingKey(), row.Name, value)
			wipe(value)
		}
		if err == nil {
			err = rows.PutSecret(ctx, row)
		}
		if err != nil {
			return n, fmt.Errorf("seal secret %s anew: %w", row.Name, err)
		}
		n++
	}
	return n, nil
}

// CheckSealed opens every sealed row and returns their number. The error names the first that does not open.
func (s *Store) CheckSealed(ctx context.Context) (int, error) {
	rows, err := s.o.Rows.Secrets(ctx)
	if err != nil {
		return 0, fmt.Errorf("check secrets: %w", err)
	}
	n := 0
	for _, row := range rows {
		if Place(row.Place) != PlaceSealed {
			continue
		}
		value, err := s.valueOf(ctx, row)
		if err != nil {
			return n, err
		}
		wipe(value)
		n++
	}
	return n, nil
}
