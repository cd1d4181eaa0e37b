package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

// Generation implements [store.Store].
func (db *DB) Generation(ctx context.Context) (int64, error) {
	var g int64
	err := db.read(ctx, func(c *conn) error {
		_, err := c.queryRow("SELECT value FROM meta WHERE key = 'generation'", nil, func(r row) error {
			g = r.int64(0)
			return nil
		})
		return err
	})
	return g, err
}

// Bump implements [store.Store]. Changes of tokens and releases advance the
// generation by themselves.
func (db *DB) Bump(ctx context.Context) error { return db.write(ctx, bump) }

func bump(c *conn) error {
	_, err := c.exec("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
	return err
}

// Origin implements [store.Record].
func (db *DB) Origin(ctx context.Context) (string, error) {
	var origin string
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT value FROM meta WHERE key = 'origin'", nil, func(r row) error {
			origin = r.text(0)
			return nil
		})
		if err == nil && !found {
			return fmt.Errorf("%w: the name of the record is gone", store.ErrDamaged)
		}
		return err
	})
	return origin, err
}
