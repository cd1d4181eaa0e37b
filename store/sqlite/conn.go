package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	sqlite3 "github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"

	"github.com/tftsr/tftsr/store"
)

// maxValue bounds one stored value. A connection has 256 MiB of memory, and a
// value is in it several times while it is being written.
const maxValue = 32 << 20

// maxStatements bounds the prepared statements that a connection keeps.
const maxStatements = 128

// conn is one connection with its prepared statements. It is used by one
// goroutine at a time.
type conn struct {
	*sqlite3.Conn
	stmts map[string]*sqlite3.Stmt
	fts   bool
	log   *gatherFile // its write-ahead log, once it has committed something
}

// uri names the database for SQLite. The key is not in it: parameters of a
// URI can be read back by any code of the process. [handKey] adds what stands
// for it. modeof makes the files that SQLite adds as private as the database.
func uri(path, vfs string) string {
	p := filepath.ToSlash(path)
	if strings.HasPrefix(p, "//") { // a Windows share; what follows two slashes would be an authority
		p = "//" + p
	}
	u := "file:" + (&url.URL{Path: p}).EscapedPath() + "?vfs=" + vfs
	if runtime.GOOS != "windows" {
		u += "&modeof=" + strings.ReplaceAll(url.QueryEscape(path), "+", "%20")
	}
	return u
}

// openConn opens a connection and sets everything that is not kept in the
// database itself.
func (db *DB) openConn(ctx context.Context) (*conn, error) {
	// SQLite would make this file with the mode that the umask leaves. It
	// holds page numbers only, but nobody else needs those either.
	if f, err := os.OpenFile(db.opts.Path+"-shm", os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		f.Close()
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		c, err := db.connect()
		if err != nil {
			return nil, err
		}
		ok, err := checksummed(c)
		switch {
		case err == nil && (ok || try == headerTries):
			if !ok {
				err = fmt.Errorf("%w: the header of %s cannot be read: try again", store.ErrLocked, db.opts.Path)
				return nil, errors.Join(err, c.Close())
			}
			return &conn{Conn: c, stmts: make(map[string]*sqlite3.Stmt)}, nil
		case err != nil:
			return nil, errors.Join(err, c.Close())
		}
		if err := c.Close(); err != nil {
			return nil, err
		}
		time.Sleep(time.Millisecond)
	}
}

// headerTries is how often a connection is opened anew whose first look at the
// file fell into a write of its header.
const headerTries = 50

// connect opens a connection, and gives it its key and settings.
func (db *DB) connect() (*sqlite3.Conn, error) {
	key, forget := handKey(db.opts.Key)
	defer forget()
	// Without OPEN_CREATE: a database that somebody removes must not come back
	// empty.
	c, err := sqlite3.OpenFlags(uri(db.opts.Path, db.opts.vfs)+key, sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	if err := db.setUp(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// checksummed reports whether a connection computes and compares the checksums
// of pages, where the database has them: see [handedKeys].
func checksummed(c *sqlite3.Conn) (bool, error) {
	s, _, err := c.Prepare("PRAGMA checksum_verification")
	if err != nil {
		return false, err
	}
	on := s.Step() && s.ColumnText(0) == "1"
	if err := errors.Join(s.Err(), s.Close()); on || err != nil {
		return on, err
	}
	reserved, err := c.FileControl("main", sqlite3.FCNTL_RESERVE_BYTES)
	return reserved != checksumBytes, err
}

func (db *DB) setUp(c *sqlite3.Conn) error {
	// SQLite falls back to reading a file that it may not write.
	if readOnly, _ := c.ReadOnly("main"); readOnly {
		return sqlite3.READONLY
	}
	if err := c.BusyTimeout(db.opts.BusyTimeout); err != nil {
		return err
	}
	// The build's default for WAL is synchronous=NORMAL, which may lose the
	// newest transactions with the power. fullfsync is what makes a flush on
	// macOS reach the platter; elsewhere it has no effect. secure_delete writes
	// zeroes over what is deleted, so that what is gone is gone from the file.
	return c.Exec(fmt.Sprintf(`
		PRAGMA temp_store = MEMORY;
		PRAGMA cache_size = -%d;
		PRAGMA foreign_keys = ON;
		PRAGMA trusted_schema = OFF;
		PRAGMA secure_delete = ON;
		PRAGMA fullfsync = ON;
		PRAGMA checkpoint_fullfsync = ON;
		PRAGMA synchronous = FULL`, db.opts.CacheKB))
}

// fullText makes FTS5 known to the connection. Most never need it, and it
// costs a third of a millisecond.
func (c *conn) fullText() error {
	if c.fts {
		return nil
	}
	if err := fts5.Register(c.Conn); err != nil {
		return err
	}
	c.fts = true
	return nil
}

func (c *conn) close() error {
	var err error
	for _, s := range c.stmts {
		err = errors.Join(err, s.Close())
	}
	clear(c.stmts)
	return errors.Join(err, c.Close())
}

// prepare returns the statement of sql, reset and ready to bind.
func (c *conn) prepare(sql string) (*sqlite3.Stmt, error) {
	if s := c.stmts[sql]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		for old, s := range c.stmts {
			if !s.Busy() {
				delete(c.stmts, old)
				if err := s.Close(); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	s, _, err := c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = s
	return s, nil
}

// exec runs one statement and returns how many rows it changed.
func (c *conn) exec(sql string, args ...any) (int64, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	if err := bind(s, args); err != nil {
		return 0, err
	}
	err = s.Exec()
	n := c.Changes()
	return n, errors.Join(err, s.ClearBindings())
}

// query calls fn for each row. fn must not run the same statement again, and
// may return errStop to end without an error.
func (c *conn) query(sql string, args []any, fn func(row) error) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	if err := bind(s, args); err != nil {
		return err
	}
	defer func() {
		_ = s.Reset() // Gives the error of Step again, which is returned already.
		_ = s.ClearBindings()
	}()
	for s.Step() {
		if err := fn(row{s}); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
		if err := s.Err(); err != nil {
			return err
		}
	}
	return s.Err()
}

// queryRow calls fn for the first row and reports whether there is one.
func (c *conn) queryRow(sql string, args []any, fn func(row) error) (found bool, err error) {
	err = c.query(sql, args, func(r row) error {
		found = true
		if err := fn(r); err != nil {
			return err
		}
		return errStop
	})
	return found, err
}

type stop struct{}

func (stop) Error() string { return "stop" }

// errStop ends a query early.
var errStop error = stop{}

// bind binds arguments in order. Times become microseconds.
func bind(s *sqlite3.Stmt, args []any) error {
	for i, a := range args {
		var err error
		switch v := a.(type) {
		case nil:
			err = s.BindNull(i + 1)
		case int:
			err = s.BindInt64(i+1, int64(v))
		case int64:
			err = s.BindInt64(i+1, v)
		case bool:
			err = s.BindBool(i+1, v)
		case string:
			if len(v) > maxValue {
				return errTooLarge
			}
			err = s.BindText(i+1, v)
		case []byte:
			if len(v) > maxValue {
				return errTooLarge
			}
			err = s.BindBlob(i+1, v)
		case rawText:
			if len(v) > maxValue {
				return errTooLarge
			}
			err = s.BindRawText(i+1, v)
		case time.Time:
			err = s.BindInt64(i+1, v.UnixMicro())
		default:
			err = fmt.Errorf("argument %d has type %T, which cannot be bound", i+1, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rawText is bound as text.
type rawText []byte

// optTime is t, or NULL for the zero time.
func optTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// row reads the columns of the current row, counted from 0.
type row struct{ s *sqlite3.Stmt }

func (r row) text(i int) string   { return r.s.ColumnText(i) }
func (r row) int64(i int) int64   { return r.s.ColumnInt64(i) }
func (r row) int(i int) int       { return r.s.ColumnInt(i) }
func (r row) bool(i int) bool     { return r.s.ColumnInt64(i) != 0 }
func (r row) float(i int) float64 { return r.s.ColumnFloat(i) }

// blob returns a copy; nil for NULL.
func (r row) blob(i int) []byte {
	if r.s.ColumnType(i) == sqlite3.NULL {
		return nil
	}
	return r.s.ColumnBlob(i, []byte{})
}

// raw is valid until the next step.
func (r row) raw(i int) []byte { return r.s.ColumnRawBlob(i) }

// time returns the zero time for NULL.
func (r row) time(i int) time.Time {
	if r.s.ColumnType(i) == sqlite3.NULL {
		return time.Time{}
	}
	return time.UnixMicro(r.s.ColumnInt64(i)).UTC()
}
