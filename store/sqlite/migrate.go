package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	"github.com/pressly/goose/v3"

	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/migrations"
)

// migrationTable is where the migrations that have run are listed.
const migrationTable = "_migrations"

// schemaLock is held while a database is made or its schema changed.
func (db *DB) schemaLock(ctx context.Context) (unlock func(), err error) {
	// Making a schema is short, but waiting for it takes as long as it needs.
	ctx, cancel := context.WithTimeout(ctx, max(30*time.Second, db.opts.BusyTimeout))
	defer cancel()
	l := flock.New(filepath.Join(db.opts.Dir, "migrate"+lockSuffix))
	ok, err := l.TryLockContext(ctx, 5*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) || err == nil && !ok {
		return nil, fmt.Errorf("%w: another tftsr is bringing its schema up to date; try again", store.ErrLocked)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = l.Close() }, nil
}

// create makes the file, so that it is private from the start.
func (db *DB) create() error {
	f, err := os.OpenFile(db.opts.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// migrate brings the schema up to date. The usual case, that it is, costs one
// read.
func (db *DB) migrate(ctx context.Context) error {
	newest := migrations.SQLiteVersion()
	current, err := db.version()
	if err != nil {
		return err
	}
	if current == newest {
		return nil
	}
	unlock, err := db.schemaLock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if current, err = db.version(); err != nil {
		return err
	}
	switch {
	case current == newest:
		return db.reopen(ctx) // The file was empty when this connection looked at it.
	case current > newest:
		return fmt.Errorf("%w: %s has schema %d, and this program knows up to %d; use the newer program", store.ErrNewer, db.opts.Path, current, newest)
	case current == 0:
		if err := db.format(); err != nil {
			return err
		}
	}
	if err := db.runMigrations(ctx); err != nil {
		return err
	}
	// A new connection sees the new schema, and keeps the files of the log in
	// place that the connection of the migrations took away with it.
	if err := db.reopen(ctx); err != nil {
		return err
	}
	if current, err = db.version(); err == nil && current != newest {
		err = fmt.Errorf("schema is %d after the migration to %d", current, newest)
	}
	return err
}

// reopen opens the connection for writing anew.
func (db *DB) reopen(ctx context.Context) error {
	err := db.writer.close()
	db.writer = nil
	if err == nil {
		db.writer, err = db.openConn(ctx)
	}
	return err
}

// format gives an empty database what only an empty one can be given. It is
// begun anew when an earlier first start was killed in the middle.
func (db *DB) format() error {
	if err := db.writer.Exec(fmt.Sprintf("PRAGMA page_size = %d", pageSize)); err != nil {
		return err
	}
	if err := db.writer.EnableChecksums("main"); err != nil {
		return err
	}
	return db.writer.Exec("PRAGMA journal_mode = WAL")
}

// version returns the number of the schema, after checking that the pages
// have checksums: without them damage could pass unseen.
func (db *DB) version() (int64, error) {
	var version int64
	if _, err := db.writer.queryRow("PRAGMA user_version", nil, func(r row) error {
		version = r.int64(0)
		return nil
	}); err != nil || version == 0 {
		return 0, err
	}
	reserved, err := db.writer.FileControl("main", sqlite3.FCNTL_RESERVE_BYTES)
	if err != nil {
		return 0, err
	}
	if reserved != checksumBytes {
		return 0, fmt.Errorf("%w: %s has no page checksums: keep the file as it is and restore from a backup", store.ErrDamaged, db.opts.Path)
	}
	return version, nil
}

func (db *DB) runMigrations(ctx context.Context) (err error) {
	key, forget := handKey(db.opts.Key)
	defer forget()
	pool, err := driver.Open(uri(db.opts.Path, db.opts.vfs)+key, func(c *sqlite3.Conn) error {
		if err := db.setUp(c); err != nil {
			return err
		}
		if ok, err := checksummed(c); !ok || err != nil {
			return errors.Join(err, fmt.Errorf("%w: the header of %s cannot be read: try again", store.ErrLocked, db.opts.Path))
		}
		return fts5.Register(c)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, migrations.SQLite(),
		goose.WithTableName(migrationTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}
