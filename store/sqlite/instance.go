package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
)

const lockSuffix = ".lock"

// instance is one open database of one process. While it lives it holds a
// lock on a file of its own; the operating system drops the lock with the
// process, however that ends. Other instances can so tell what a living one
// is still doing from what a dead one left.
type instance struct {
	id   string
	dir  string
	lock *flock.Flock
}

// newInstance takes the lock of a new instance and removes the files of dead
// ones.
func newInstance(dir string) (*instance, error) {
	sweepInstances(dir)
	for range 10 {
		id := uuid.NewString()
		path := filepath.Join(dir, id+lockSuffix)
		l := flock.New(path)
		ok, err := l.TryLock()
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // A sweep tries the file just now.
		}
		// A sweep may have removed it between its creation and its locking.
		held, err1 := l.Stat()
		there, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(held, there) {
			// For people: see openIn. Windows keeps others from reading it.
			_ = os.WriteFile(path, strconv.AppendInt(nil, int64(os.Getpid()), 10), 0o600)
			return &instance{id: id, dir: dir, lock: l}, nil
		}
		_ = l.Close()
	}
	return nil, fmt.Errorf("lock files in %s are taken away as soon as they are made", dir)
}

// Holder is the id of the instance.
func (db *DB) Holder() string { return db.instance.id }

// Held asks the lock of the instance, which the operating system drops with
// its process.
func (db *DB) Held(holder string) bool { return db.instance.alive(holder) }

func (i *instance) release() error {
	err := i.lock.Close()
	if rm := os.Remove(i.lock.Path()); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

// alive reports whether the instance with this id is still there. One whose
// state cannot be found out counts as alive: its work is then left to it.
func (i *instance) alive(id string) bool {
	if id == i.id {
		return true
	}
	if uuid.Validate(id) != nil {
		return false
	}
	path := filepath.Join(i.dir, id+lockSuffix)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	l := flock.New(path, flock.SetFlag(os.O_RDWR)) // must not make the file
	ok, err := l.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil || !ok {
		return true
	}
	_ = l.Close()
	return false
}

// sweepInstances removes lock files that nobody holds. What goes wrong is
// left for the next time.
func sweepInstances(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), lockSuffix)
		if !ok || uuid.Validate(id) != nil {
			continue
		}
		l := flock.New(filepath.Join(dir, e.Name()), flock.SetFlag(os.O_RDWR))
		if ok, err := l.TryLock(); err != nil || !ok {
			continue
		}
		// Removed while it is held, so that nobody can take it in between.
		// Windows refuses that; there it goes after it is released.
		rm := os.Remove(l.Path())
		_ = l.Close()
		if rm != nil {
			_ = os.Remove(l.Path())
		}
	}
}
