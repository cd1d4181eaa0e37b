package sqlite

import (
	"context"
	"fmt"
	"os"

	sqlite3 "github.com/ncruces/go-sqlite3"
)

// Stats describes a database. It holds numbers and names of tables and types,
// no values.
type Stats struct {
	Schema    int64            `json:"schema"`
	Bytes     int64            `json:"bytes"`     // of the file
	LogBytes  int64            `json:"log_bytes"` // of the write-ahead log
	Pages     int64            `json:"pages"`
	FreePages int64            `json:"free_pages"`
	Rows      map[string]int64 `json:"rows"` // by table
	// Originals counts the values that can be restored, Forgotten those that
	// were forgotten, and Fingerprints those that were never kept.
	Originals map[string]int64 `json:"originals"` // by type
	Forgotten int64            `json:"forgotten"`
	// Fingerprints are of secrets, and of whatever was found while originals
	// were not kept.
	Fingerprints int64 `json:"fingerprints"`
}

// Stats counts what the database holds.
func (db *DB) Stats(ctx context.Context) (*Stats, error) {
	s := &Stats{Rows: map[string]int64{}, Originals: map[string]int64{}}
	for path, at := range map[string]*int64{db.opts.Path: &s.Bytes, db.opts.Path + "-wal": &s.LogBytes} {
		if info, err := os.Stat(path); err == nil {
			*at = info.Size()
		}
	}
	err := db.readLong(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			for pragma, at := range map[string]*int64{"user_version": &s.Schema, "page_count": &s.Pages, "freelist_count": &s.FreePages} {
				if _, err := c.queryRow("PRAGMA "+pragma, nil, func(r row) error { *at = r.int64(0); return nil }); err != nil {
					return err
				}
			}
			var tables []string
			if err := c.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name", nil, func(r row) error {
				tables = append(tables, r.text(0))
				return nil
			}); err != nil {
				return err
			}
			for _, t := range tables {
				if _, err := c.queryRow("SELECT count(*) FROM "+sqlite3.QuoteIdentifier(t), nil, func(r row) error { s.Rows[t] = r.int64(0); return nil }); err != nil {
					return err
				}
			}
			return c.query(`SELECT i.type, count(v.value), count(*) - count(v.value) FROM vault_values v JOIN vault_identities i ON i.id = v.identity_id
				GROUP BY i.type`, nil, func(r row) error {
				if n := r.int64(1); n > 0 {
					s.Originals[r.text(0)] = n
				}
				s.Fingerprints += r.int64(2)
				return nil
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("describe database: %w", err)
	}
	return s, nil
}
