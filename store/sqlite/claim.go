package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"github.com/tftsr/tftsr/store"
)

// newSuffix ends the name of a file that is being made to take the place of
// the database. Only the holder of a [Claim] makes one, so whoever opens the
// database removes what is left of one.
const newSuffix = ".new"

// NewPath names the file in which a claim's holder prepares what is to take
// the place of the database at path.
func NewPath(path string) string { return path + newSuffix }

// Claim is the sole right to a database file. Every open [DB] holds a share of
// it, and the operating system takes both away from a process that ends.
type Claim struct {
	path string
	lock *flock.Flock
}

// ClaimFile waits for the sole right to the database at path, as long as
// wait, 5 seconds if that is 0. If somebody still has the database open then,
// the error wraps [store.ErrLocked] and names the processes. dir is
// [Options.Dir].
func ClaimFile(ctx context.Context, path, dir string, wait time.Duration) (*Claim, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("claim database: %w", err)
	}
	dir = cmp.Or(dir, filepath.Join(filepath.Dir(path), "run"))
	for _, d := range [...]string{filepath.Dir(path), dir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("claim database: %w", fault(path, err))
		}
	}
	l := shareLock(path, dir)
	waiting, cancel := context.WithTimeout(ctx, cmp.Or(wait, defaultBusy))
	defer cancel()
	ok, err := l.TryLockContext(waiting, 5*time.Millisecond)
	if ok {
		return &Claim{path, l}, nil
	}
	_ = l.Close()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: %s is open in %s: end them (a server ends with the host that started it), then try again",
			store.ErrLocked, path, openIn(dir))
	}
	return nil, fmt.Errorf("claim database: %w", fault(path, err))
}

// shareLock is the lock whose shares are held by all who have the database
// open.
func shareLock(path, dir string) *flock.Flock {
	return flock.New(filepath.Join(dir, filepath.Base(path)+lockSuffix), flock.SetPermissions(0o600))
}

// openIn names the processes that have a database open.
func openIn(dir string) string {
	entries, _ := os.ReadDir(dir)
	var pids []int
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), lockSuffix)
		if !ok || uuid.Validate(id) != nil || !(&instance{dir: dir}).alive(id) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
		if err == nil && convErr == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		return "other tftsr processes"
	}
	slices.Sort(pids)
	names := make([]string, 0, len(pids))
	for _, pid := range slices.Compact(pids) {
		names = append(names, strconv.Itoa(pid))
	}
	return "the tftsr processes " + strings.Join(names, ", ")
}

// Release gives the right back.
func (c *Claim) Release() error {
	if err := c.lock.Close(); err != nil {
		return fmt.Errorf("release database: %w", err)
	}
	return nil
}

// Replace puts the closed database at from in the place of the claimed one,
// which must be closed too. The change is one rename: a crash leaves the one
// or the other, whole. What was there is gone afterwards.
func (c *Claim) Replace(from string) error {
	err := func() error {
		f, err := os.OpenFile(from, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
		if info, err := os.Stat(from + "-wal"); err == nil && info.Size() > 0 {
			return fmt.Errorf("%s has a log that was not closed", from)
		}
		if err := os.Rename(from, c.path); err != nil {
			return err
		}
		// The log of the old file, if it had one, is under another key: to the
		// new one it is noise that is passed over. It goes after the rename, so
		// that until then the old state is whole.
		return errors.Join(removeAll(c.path+"-wal", c.path+"-shm", c.path+"-journal", from+"-shm", from+"-wal"), syncDir(filepath.Dir(c.path)))
	}()
	if err != nil {
		return fmt.Errorf("replace database: %w", fault(c.path, err))
	}
	return nil
}

// RemoveNew removes what was prepared to take the place of the database at
// path. The caller has the claim to it, or shares it and knows that nobody has.
func RemoveNew(path string) error {
	p := NewPath(path)
	return removeAll(p+"-wal", p+"-shm", p+"-journal", p, p+"-import-wal", p+"-import-shm", p+"-import-journal", p+"-import")
}

// removeLeftovers removes what a holder of a claim who died has begun. It
// looks for little: every start pays for it.
func removeLeftovers(path string) error {
	for _, suffix := range []string{"", "-import"} {
		if _, err := os.Lstat(NewPath(path) + suffix); !errors.Is(err, fs.ErrNotExist) {
			return RemoveNew(path)
		}
	}
	return nil
}

func removeAll(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
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
