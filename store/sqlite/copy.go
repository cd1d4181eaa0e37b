package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// CopyTo writes the database, as it is at one moment, into a new file under
// another key. Reading and writing go on meanwhile, in this process and in
// others. The copy has no free pages, so that nothing deleted is in it, and is
// not yet flushed to the disk. After an error nothing is left of it.
func (db *DB) CopyTo(ctx context.Context, path string, key [32]byte) error {
	err := db.alone(ctx, func(c *conn) (err error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, removeAll(path, path+"-journal", path+"-wal", path+"-shm"))
			}
		}()
		// Only a URI can tell VACUUM the key of its target. It is bound, so that it
		// is in no text of a statement that an error could repeat.
		if _, err = c.exec("VACUUM INTO ?", uri(path, db.opts.vfs)+"&hexkey="+hex.EncodeToString(key[:])); err != nil {
			return db.withoutKey(err, key)
		}
		// The copy is made with a rollback journal.
		target := &DB{opts: db.opts}
		target.opts.Path, target.opts.Key = path, key
		made, err := target.openConn(ctx)
		if err != nil {
			return err
		}
		return errors.Join(made.Exec("PRAGMA journal_mode = WAL"), made.close())
	})
	if err != nil {
		return fmt.Errorf("copy database to %s: %w", path, err)
	}
	return nil
}

// withoutKey makes sure of what the engine's errors do not do anyway: repeat
// a file name with the key in it.
func (db *DB) withoutKey(err error, key [32]byte) error {
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), hex.EncodeToString(key[:])) {
		return err
	}
	return errors.New("the engine failed with an error that names the key")
}

// Replace puts the closed database at from, which opens with key, in the place
// of this one, and goes on with it. It needs [Options.Claim]. Calls under way
// are waited for, and others wait; what they find afterwards is the new file.
// After an error of which the database does not recover, calls fail.
func (db *DB) Replace(ctx context.Context, from string, key [32]byte) error {
	if db.opts.Claim == nil {
		return errors.New("replace database: it was opened without a claim")
	}
	db.useMu.Lock()
	defer db.useMu.Unlock()
	if db.closed.Load() {
		return errClosed
	}
	db.uses.Wait()
	for {
		select {
		case c := <-db.readers:
			db.opened.Add(-1)
			if err := c.close(); err != nil {
				return fmt.Errorf("replace database: %w", db.fault(ctx, err))
			}
			continue
		default:
		}
		break
	}
	if db.writer != nil {
		err := db.writer.close() // The last to close copies the log into the file and removes it.
		db.writer = nil
		if err != nil {
			return fmt.Errorf("replace database: %w", db.fault(ctx, err))
		}
	}
	if err := db.opts.Claim.Replace(from); err != nil {
		return err
	}
	db.opts.Key = key
	c, err := db.openConn(ctx)
	if err != nil {
		return fmt.Errorf("replace database: open the new one: %w", db.fault(ctx, err))
	}
	db.writer = c
	return nil
}
