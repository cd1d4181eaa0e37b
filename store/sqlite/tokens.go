package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

const tokenColumns = "name, owner, hash, attended, created_at, expires_at" //nolint:gosec // names of columns

func scanToken(r row) store.Token {
	t := store.Token{Name: r.text(0), Owner: r.text(1), Attended: r.bool(3), CreatedAt: r.time(4), ExpiresAt: r.time(5)}
	copy(t.Hash[:], r.raw(2))
	return t
}

// CreateToken implements [store.Tokens].
func (db *DB) CreateToken(ctx context.Context, t store.Token) error {
	err := db.write(ctx, func(c *conn) error {
		if _, err := c.exec("INSERT INTO tokens ("+tokenColumns+") VALUES (?, ?, ?, ?, ?, ?)",
			t.Name, t.Owner, t.Hash[:], t.Attended, t.CreatedAt, optTime(t.ExpiresAt)); err != nil {
			return constraint(err, "token "+t.Name)
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("create token: %w", err)
	}
	return nil
}

// ListTokens implements [store.Tokens], by name.
func (db *DB) ListTokens(ctx context.Context) ([]store.Token, error) {
	var list []store.Token
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+tokenColumns+" FROM tokens ORDER BY name", nil, func(r row) error {
			list = append(list, scanToken(r))
			return nil
		})
	})
	return list, err
}

// RevokeToken implements [store.Tokens].
func (db *DB) RevokeToken(ctx context.Context, name string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM tokens WHERE name = ?", name)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("token " + name)
		}
		return bump(c)
	})
}

// TokenByHash implements [store.Tokens]. An expired token is found too: its
// reader looks at ExpiresAt.
func (db *DB) TokenByHash(ctx context.Context, hash [32]byte) (*store.Token, error) {
	var t store.Token
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT "+tokenColumns+" FROM tokens WHERE hash = ?", []any{hash[:]}, func(r row) error {
			t = scanToken(r)
			return nil
		})
		if err == nil && !found {
			return notFound("token")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &t, nil
}
