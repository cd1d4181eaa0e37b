package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	sqlite3 "github.com/ncruces/go-sqlite3"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

// vaultPrefix begins the names of the tables that may hold originals.
const vaultPrefix = "vault_"

// overlap is how much of a log's text before a piece [DB.Dump] repeats when
// the piece begins within a line, so that a search for anything shorter finds
// it across the seam.
const overlap = 4 << 10

// Check implements [store.Store]. It reads all pages and indexes, every value
// of every table including the vault, the chain of the record and its tree.
func (db *DB) Check(ctx context.Context) error {
	err := db.alone(ctx, func(c *conn) error {
		for _, pragma := range [...]string{"PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"} {
			if err := c.query(pragma, nil, func(r row) error {
				if finding := r.text(0); finding != "ok" {
					return fmt.Errorf("%w: %s: %s; keep the file as it is and restore from a backup", store.ErrDamaged, db.opts.Path, finding)
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return dump(c, func(string) bool { return true }, func(string, string, []byte) error { return nil })
	})
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if err := db.checkRecord(ctx); err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	return nil
}

// checkRecord checks the chain and computes the blocks of the tree anew.
func (db *DB) checkRecord(ctx context.Context) error {
	var next int64 = 1
	var prev audit.Hash
	if err := db.Entries(ctx, 1, 0, func(e audit.Entry) error {
		if e.Seq != next || e.PrevHash != prev || audit.HashOf(e) != e.EntryHash {
			return fmt.Errorf("%w: entry %d of the record does not follow from the one before", store.ErrDamaged, next)
		}
		next, prev = e.Seq+1, e.EntryHash
		return nil
	}); err != nil {
		return err
	}
	for n, more := int64(0), true; more; n++ {
		if err := db.readLong(ctx, func(c *conn) error {
			var kept []byte
			var err error
			more, err = c.queryRow("SELECT nodes FROM audit_tree WHERE block = ?", []any{n}, func(r row) error {
				kept = r.blob(0)
				return nil
			})
			if err != nil || !more {
				return err
			}
			want, err := block(c, n)
			if err != nil || !bytes.Equal(kept, want) {
				return errors.Join(fmt.Errorf("%w: block %d of the record's tree is not that of its entries", store.ErrDamaged, n), err)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// Dump implements [store.Store]. Numbers come as decimal text, and spans as
// "start end type". The index of the full-text search comes as the tables
// that it is made of, and as its terms.
func (db *DB) Dump(ctx context.Context, fn func(table, column string, value []byte) error) error {
	return db.alone(ctx, func(c *conn) error {
		if err := dump(c, func(table string) bool { return !strings.HasPrefix(table, vaultPrefix) }, fn); err != nil {
			return err
		}
		// The index keeps terms with their common beginnings left out; only this
		// view of it shows them whole.
		if err := c.Exec("CREATE VIRTUAL TABLE IF NOT EXISTS temp.issues_terms USING fts5vocab(main, issues_fts, row)"); err != nil {
			return err
		}
		return c.query("SELECT term FROM temp.issues_terms", nil, func(r row) error { return fn("issues_fts", "term", r.raw(0)) })
	})
}

// alone runs fn on a connection of its own, which may take its time and be
// left in any state.
func (db *DB) alone(ctx context.Context, fn func(*conn) error) error {
	release, err := db.use()
	if err != nil {
		return err
	}
	defer release()
	c, err := db.openConn(ctx)
	if err != nil {
		return db.fault(ctx, err)
	}
	defer c.closeQuietly()
	if err := c.fullText(); err != nil {
		return err
	}
	c.SetInterrupt(ctx)
	return db.fault(ctx, fn(c))
}

// dump calls fn with every value of the tables that want is true for.
func dump(c *conn, want func(table string) bool, fn func(table, column string, value []byte) error) error {
	var tables []string
	if err := c.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY name", nil, func(r row) error {
		if name := r.text(0); want(name) {
			tables = append(tables, name)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, table := range tables {
		d := dumper{fn: fn, table: table}
		sql := "SELECT * FROM " + sqlite3.QuoteIdentifier(table)
		switch table {
		case "log_chunks":
			sql += " ORDER BY log_n, seq"
		}
		if err := c.query(sql, nil, d.row); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

type dumper struct {
	fn      func(table, column string, value []byte) error
	table   string
	columns []string
	x       *inflater
	tail    []byte // end of the text of the piece before
}

func (d *dumper) row(r row) error {
	if d.columns == nil {
		for i := range r.s.ColumnCount() {
			d.columns = append(d.columns, r.s.ColumnName(i))
		}
	}
	for i, column := range d.columns {
		var value []byte
		switch r.s.ColumnType(i) {
		case sqlite3.NULL:
			continue
		case sqlite3.INTEGER:
			value = strconv.AppendInt(nil, r.int64(i), 10)
		case sqlite3.FLOAT:
			value = strconv.AppendFloat(nil, r.float(i), 'g', -1, 64)
		default:
			value = r.raw(i)
		}
		var err error
		if column == "data" {
			switch d.table {
			case "log_chunks":
				value, err = d.chunk(r, value)
			case "log_spans":
				value, err = d.spans(r, value)
			}
		}
		if err == nil {
			err = d.fn(d.table, column, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *dumper) index(column string) int {
	for i, name := range d.columns {
		if name == column {
			return i
		}
	}
	return 0
}

func (d *dumper) chunk(r row, data []byte) ([]byte, error) {
	if d.x == nil {
		d.x = inflaters.Get().(*inflater)
	}
	text, err := d.x.inflate(data, r.int64(d.index("size")))
	if err != nil {
		return nil, err
	}
	whole := text
	if r.bool(d.index("mid")) {
		whole = append(d.tail, text...)
	}
	d.tail = append([]byte(nil), text[max(0, len(text)-overlap):]...)
	return whole, nil
}

func (d *dumper) spans(r row, data []byte) ([]byte, error) {
	var b strings.Builder
	err := decodeSpans(data, r.int(d.index("spans")), func(s store.LogSpan) error {
		_, err := fmt.Fprintf(&b, "%d %d %s\n", s.Start, s.End, s.Type)
		return err
	})
	return []byte(b.String()), err
}
