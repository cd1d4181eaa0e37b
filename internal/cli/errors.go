package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// exitError carries an exit code. Without an error nothing more is printed:
// the command has said it all.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(err error) error { return &exitError{exitUsage, err} }

// hinted is an error with a hint of what to do.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

func withHint(err error, hint string) error { return &hinted{err, hint} }

func hintFor(err error) string {
	var h *hinted
	switch {
	case errors.As(err, &h):
		return h.hint
	case errors.Is(err, store.ErrWrongKey):
		return "the data key is not the one this database was made with; `tftsr config show --origin` says where the key comes from"
	case errors.Is(err, store.ErrLocked):
		return "another tftsr holds the database; wait for it or stop it"
	case errors.Is(err, store.ErrReadOnly):
		return "make the data folder writable for this user, or move it with TFTSR_DATA_DIR"
	case errors.Is(err, store.ErrFull):
		return "free some space in the data folder's volume"
	}
	return ""
}

// keyError says that there is no data key, unless it is the data folder that
// keeps it from being found.
func keyError(err error, dir string) error {
	var p *fs.PathError
	if errors.As(err, &p) && !errors.Is(err, fs.ErrNotExist) && (p.Path == dir || filepath.Dir(p.Path) == dir) {
		if errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("%w: %w", store.ErrFull, err)
		}
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return &exitError{exitNoKey, err}
}

func exitCode(err error) int {
	var e *exitError
	switch {
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, store.ErrWrongKey), errors.Is(err, secrets.ErrNoKeySource), errors.Is(err, secrets.ErrKeyMismatch), errors.Is(err, secrets.ErrKeyMissing),
		errors.Is(err, secrets.ErrBadKey), errors.Is(err, secrets.ErrBadPassphrase), errors.Is(err, secrets.ErrBadPermissions), errors.Is(err, secrets.ErrUnavailable):
		return exitNoKey
	}
	return exitFailure
}
