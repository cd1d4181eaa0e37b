package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

// AddRelease implements [store.Releases].
func (db *DB) AddRelease(ctx context.Context, r store.Release) error {
	err := db.write(ctx, func(c *conn) error {
		if _, err := c.exec("INSERT INTO releases (id, owner, type, spelling, note, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			r.ID, r.Owner, r.Type, r.Spelling[:], r.Note, r.CreatedAt); err != nil {
			return constraint(err, "release "+r.ID)
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("add release: %w", err)
	}
	return nil
}

// ListReleases implements [store.Releases], oldest first.
func (db *DB) ListReleases(ctx context.Context) ([]store.Release, error) {
	var list []store.Release
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT id, owner, type, spelling, note, created_at FROM releases ORDER BY n", nil, func(r row) error {
			rel := store.Release{ID: r.text(0), Owner: r.text(1), Type: r.text(2), Note: r.text(4), CreatedAt: r.time(5)}
			copy(rel.Spelling[:], r.raw(3))
			list = append(list, rel)
			return nil
		})
	})
	return list, err
}

// RemoveRelease implements [store.Releases].
func (db *DB) RemoveRelease(ctx context.Context, id string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM releases WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("release " + id)
		}
		return bump(c)
	})
}
