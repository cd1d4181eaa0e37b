package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/store"
)

// PutResult implements [store.Results]. It also removes results that had
// expired when r was made.
func (db *DB) PutResult(ctx context.Context, r store.Result) error {
	err := db.write(ctx, func(c *conn) error {
		if _, err := c.exec("DELETE FROM results WHERE expires_at <= ?", r.CreatedAt); err != nil {
			return err
		}
		_, err := c.exec("INSERT INTO results (id, owner, tool, body, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			r.ID, r.Owner, r.Tool, r.Body, r.CreatedAt, r.ExpiresAt)
		return constraint(err, "result "+r.ID)
	})
	if err != nil {
		return fmt.Errorf("put result: %w", err)
	}
	return nil
}

// Result implements [store.Results]. One that has expired, or belongs to
// another owner, is not found.
func (db *DB) Result(ctx context.Context, id, owner string, now time.Time) (*store.Result, error) {
	var res store.Result
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT id, owner, tool, body, created_at, expires_at FROM results WHERE id = ? AND owner = ? AND expires_at > ?",
			[]any{id, owner, now}, func(r row) error {
				res = store.Result{ID: r.text(0), Owner: r.text(1), Tool: r.text(2), Body: r.blob(3), CreatedAt: r.time(4), ExpiresAt: r.time(5)}
				return nil
			})
		if err == nil && !found {
			return notFound("result " + id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &res, nil
}
