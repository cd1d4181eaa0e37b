package sqlite

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/secrets"
)

const secretColumns = "name, owner, place, fingerprint, sealed, expires_at, created_at" //nolint:gosec // names of columns

func scanSecret(r row) secrets.SecretRow {
	return secrets.SecretRow{
		Name: r.text(0), Owner: r.text(1), Place: r.text(2), Fingerprint: r.text(3), Sealed: r.text(4),
		ExpiresAt: r.time(5), CreatedAt: r.time(6),
	}
}

// PutSecret implements [secrets.Rows].
func (db *DB) PutSecret(ctx context.Context, s secrets.SecretRow) error {
	return db.write(ctx, func(c *conn) error {
		_, err := c.exec("INSERT OR REPLACE INTO secrets ("+secretColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
			s.Name, s.Owner, s.Place, s.Fingerprint, s.Sealed, optTime(s.ExpiresAt), s.CreatedAt)
		return err
	})
}

// Secret implements [secrets.Rows].
func (db *DB) Secret(ctx context.Context, name string) (secrets.SecretRow, error) {
	var s secrets.SecretRow
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow("SELECT "+secretColumns+" FROM secrets WHERE name = ?", []any{name}, func(r row) error {
			s = scanSecret(r)
			return nil
		})
		if err == nil && !found {
			return fmt.Errorf("secret %s: %w", name, secrets.ErrNotFound)
		}
		return err
	})
	return s, err
}

// Secrets implements [secrets.Rows].
func (db *DB) Secrets(ctx context.Context) ([]secrets.SecretRow, error) {
	var list []secrets.SecretRow
	err := db.read(ctx, func(c *conn) error {
		return c.query("SELECT "+secretColumns+" FROM secrets ORDER BY name", nil, func(r row) error {
			list = append(list, scanSecret(r))
			return nil
		})
	})
	return list, err
}

// DeleteSecret implements [secrets.Rows].
func (db *DB) DeleteSecret(ctx context.Context, name string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM secrets WHERE name = ?", name)
		if err == nil && n == 0 {
			return fmt.Errorf("secret %s: %w", name, secrets.ErrNotFound)
		}
		return err
	})
}
