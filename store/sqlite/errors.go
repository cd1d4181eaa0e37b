package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	sqlite3 "github.com/ncruces/go-sqlite3"

	"github.com/tftsr/tftsr/store"
)

// errTooLarge is for a single value that would strain the memory of a
// connection.
var errTooLarge = fmt.Errorf("value is larger than %d MiB: split it, or store it as a log", maxValue>>20)

// fault turns an error of the engine or of the file system into one that
// callers can test for, with what to do about it. The text of the engine's
// own error names tables and files, never values or keys.
func (db *DB) fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if isOurs(err) {
		return err
	}
	// A call that is broken off fails as interrupted, or as busy while it waits.
	if errors.Is(err, sqlite3.INTERRUPT) || errors.Is(err, sqlite3.BUSY) {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
	}
	return fault(db.opts.Path, err)
}

func fault(path string, err error) error {
	hint, kind := classify(err)
	if kind == nil {
		return err
	}
	return fmt.Errorf("%w: %s: %s (%w%s)", kind, path, hint, err, codeOf(err))
}

// codeOf names the extended result code of the engine, of which its text tells
// only the family (https://sqlite.org/rescode.html).
func codeOf(err error) string {
	var code sqlite3.ExtendedErrorCode
	if !errors.As(err, &code) {
		return ""
	}
	return fmt.Sprintf(", result code %d", code)
}

// classify returns the contract's error for err, or nil, and what to do.
func classify(err error) (hint string, kind error) {
	// What the operating system says is more exact than the code that the
	// engine makes of it.
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.IOERR_SHMSIZE), isQuota(err):
		return "free some space on this volume, then try again", store.ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission), errors.Is(err, sqlite3.READONLY), errors.Is(err, sqlite3.PERM):
		return "make the folder writable for this user, or choose another with TFTSR_DATA_DIR", store.ErrReadOnly
	case errors.Is(err, sqlite3.IOERR_DATA), errors.Is(err, sqlite3.IOERR_CORRUPTFS), errors.Is(err, sqlite3.IOERR_SHORT_READ),
		errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return "keep the file as it is and restore from a backup", store.ErrDamaged
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED), errors.Is(err, sqlite3.PROTOCOL):
		return "another tftsr is writing; try again, or end the process that hangs", store.ErrLocked
	}
	return "", nil
}

// isOurs reports whether err already is one of the contract's errors.
func isOurs(err error) bool {
	for _, e := range [...]error{
		store.ErrNotFound, store.ErrConflict, store.ErrSpent, store.ErrLocked, store.ErrWrongKey,
		store.ErrDamaged, store.ErrReadOnly, store.ErrFull, store.ErrNewer,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// constraint gives the violations of keys their meaning: a taken id is a
// conflict, a missing parent is not found.
func constraint(err error, what string) error {
	switch {
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY), errors.Is(err, sqlite3.CONSTRAINT_ROWID):
		return fmt.Errorf("%s exists already: %w", what, store.ErrConflict)
	case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY):
		return fmt.Errorf("what %s belongs to: %w", what, store.ErrNotFound)
	}
	return err
}

func notFound(what string) error { return fmt.Errorf("%s: %w", what, store.ErrNotFound) }
