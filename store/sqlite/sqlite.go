// Package sqlite keeps a [store.Store] in one encrypted SQLite file.
//
// The file is encrypted with Adiantum under a key that the caller gives, each
// page of 4096 bytes as one block, and each page carries a checksum inside the
// block: a changed byte makes the whole page random, and the checksum shows
// it. The engine is SQLite translated to Go, so nothing needs a C compiler.
// Commits are flushed to the disk before they are acknowledged. Several
// processes of one machine may share the file; it is not for network file
// systems.
//
// What this does not show is a whole file put back from an earlier day, or a
// cut write-ahead log: both are consistent. The signed head of the record,
// which is kept elsewhere, is what shows them.
//
// The package never writes an unencrypted database, never reads a key from
// anywhere, and never puts a key or a stored value into an error.
package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/tftsr/tftsr/store"
)

// Options configures [Open]. Path and Key are required.
type Options struct {
	// Path is the database file. Its folder is made with mode 0700 when it is
	// missing, and the file with 0600.
	Path string
	// Key is the key of this file and of no other.
	Key [32]byte
	// Dir holds the lock files of running instances, and the one that
	// migrations take. All processes on one database must agree on it. Empty
	// means "run" beside the database.
	Dir string
	// BusyTimeout is how long a write waits for another process; then it fails
	// with [store.ErrLocked]. 0 means 5 seconds.
	BusyTimeout time.Duration
	// CacheKB is the page cache of one connection in KiB. 0 means 1024.
	CacheKB int
	// Claim, if not nil, is the claim under which the database is opened. Without
	// one a share is taken, for which a claim of another process is waited for as
	// long as BusyTimeout says.
	Claim *Claim
	// Readers bounds the connections for reading that are opened, when they
	// are first needed, beside the one for writing. 0 means 3.
	Readers int

	vfs string // tests put a failing one in
}

// defaultBusy is how long one process waits for another.
const defaultBusy = 5 * time.Second

// DB is an open database. It implements [store.Store] and is safe for
// concurrent use.
type DB struct {
	opts     Options
	instance *instance
	share    *flock.Flock // nil with a claim

	// writing holds the right to use writer. It is a channel and not a mutex
	// so that waiting for it ends with the context.
	writing chan struct{}
	writer  *conn

	readers chan *conn // idle connections
	opened  atomic.Int32

	queue   appendQueue
	indexed atomic.Bool // all logs are in the index
	staged  atomic.Bool // this instance has begun to store a log

	chainOnly bool // benchmarks leave the tree out, to see what it costs
	closed    atomic.Bool
	done      chan struct{} // closed by Close
	once      sync.Once
	uses      sync.WaitGroup
	useMu     sync.Mutex // orders uses.Add before uses.Wait
}

var _ store.Store = (*DB)(nil)

// Open opens the database at o.Path, and makes it when there is none. It
// brings the schema up to date; several processes may do so at once.
//
// The errors are [store.ErrWrongKey], [store.ErrDamaged], [store.ErrReadOnly],
// [store.ErrFull], [store.ErrLocked] and [store.ErrNewer]. When the key is
// wrong, nothing of the files is touched.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Path == "" {
		return nil, errors.New("open database: no path was given")
	}
	if o.Key == [32]byte{} {
		return nil, fmt.Errorf("open database: %w: no key was given", store.ErrWrongKey)
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	o.Path = path
	o.Dir = cmp.Or(o.Dir, filepath.Join(filepath.Dir(path), "run"))
	o.BusyTimeout = cmp.Or(o.BusyTimeout, defaultBusy)
	o.CacheKB = cmp.Or(o.CacheKB, 1024)
	o.Readers = cmp.Or(o.Readers, 3)
	o.vfs = cmp.Or(o.vfs, vfsName)

	db := &DB{
		opts:    o,
		writing: make(chan struct{}, 1),
		readers: make(chan *conn, o.Readers),
		done:    make(chan struct{}),
	}
	if err := db.open(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", db.fault(ctx, err))
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	for _, dir := range [...]string{filepath.Dir(db.opts.Path), db.opts.Dir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := db.takeShare(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil && db.share != nil {
			_ = db.share.Close()
		}
	}()
	if err := removeLeftovers(db.opts.Path); err != nil {
		return err
	}
	isNew, err := checkKey(db.opts.Path, db.opts.Key)
	if err != nil {
		return err
	}
	if db.instance, err = newInstance(db.opts.Dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			db.writer.closeQuietly()
			_ = db.instance.release()
		}
	}()
	if isNew {
		if err := db.create(); err != nil {
			return err
		}
	}
	if db.writer, err = db.openConn(ctx); err != nil {
		return err
	}
	return db.migrate(ctx)
}

// takeShare takes part in the right to the file, unless the caller has it all.
func (db *DB) takeShare(ctx context.Context) error {
	if db.opts.Claim != nil {
		if db.opts.Claim.path != db.opts.Path {
			return fmt.Errorf("the claim is of %s, not of %s", db.opts.Claim.path, db.opts.Path)
		}
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, db.opts.BusyTimeout)
	defer cancel()
	l := shareLock(db.opts.Path, db.opts.Dir)
	ok, err := l.TryRLockContext(waiting, 5*time.Millisecond)
	if ok {
		db.share = l
		return nil
	}
	_ = l.Close()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s is being replaced by another tftsr (db rotate-key or db restore): try again when that is done", store.ErrLocked, db.opts.Path)
	}
	return err
}

func (c *conn) closeQuietly() {
	if c != nil {
		_ = c.close() // The error that led here is the one to report.
	}
}

// Close waits for calls under way, drops logs that are not committed, and
// closes the database. Other calls then fail.
func (db *DB) Close() error {
	var err error
	db.once.Do(func() {
		db.useMu.Lock()
		db.closed.Store(true)
		db.useMu.Unlock()
		close(db.done)
		db.uses.Wait()
		err = db.dropStaged()
		close(db.readers)
		for c := range db.readers {
			err = errors.Join(err, c.close())
		}
		if db.writer != nil {
			err = errors.Join(err, db.writer.close())
		}
		err = errors.Join(err, db.instance.release())
		if db.share != nil {
			err = errors.Join(err, db.share.Close())
		}
		if err != nil {
			err = fmt.Errorf("close database: %w", db.fault(context.Background(), err))
		}
	})
	return err
}

// errClosed is returned by every method after [DB.Close].
var errClosed = errors.New("database is closed")

// use notes that a call is under way, until the returned function is called.
func (db *DB) use() (func(), error) {
	db.useMu.Lock()
	defer db.useMu.Unlock()
	if db.closed.Load() {
		return nil, errClosed
	}
	db.uses.Add(1)
	return db.uses.Done, nil
}
