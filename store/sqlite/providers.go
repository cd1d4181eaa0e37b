package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tftsr/tftsr/store"
)

const providerColumns = "name, kind, owner, base_url, model, options, fallback, is_default, fingerprint, expires_at, created_at, updated_at"

func scanProvider(r row) (store.Provider, error) {
	p := store.Provider{
		Name: r.text(0), Kind: r.text(1), Owner: r.text(2), BaseURL: r.text(3), Model: r.text(4), Default: r.bool(7),
		Fingerprint: r.text(8), ExpiresAt: r.time(9), CreatedAt: r.time(10), UpdatedAt: r.time(11),
	}
	for n, into := range map[int]any{5: &p.Options, 6: &p.Fallback} {
		if err := json.Unmarshal([]byte(r.text(n)), into); err != nil {
			return p, fmt.Errorf("%w: provider %s", store.ErrDamaged, p.Name)
		}
	}
	return p, nil
}

// SaveProvider implements [store.Providers].
func (db *DB) SaveProvider(ctx context.Context, p *store.Provider) error {
	options, err := json.Marshal(p.Options)
	if err != nil {
		return fmt.Errorf("save provider: %w", err)
	}
	fallback, err := json.Marshal(p.Fallback)
	if err != nil {
		return fmt.Errorf("save provider: %w", err)
	}
	err = db.write(ctx, func(c *conn) error {
		if p.Default {
			if _, err := c.exec("UPDATE providers SET is_default = 0 WHERE name <> ?", p.Name); err != nil {
				return err
			}
		} else {
			other := false
			if _, err := c.queryRow("SELECT 1 FROM providers WHERE is_default = 1 AND name <> ?", []any{p.Name}, func(row) error {
				other = true
				return nil
			}); err != nil {
				return err
			}
			p.Default = !other
		}
		if _, err := c.exec("INSERT OR REPLACE INTO providers ("+providerColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			p.Name, p.Kind, p.Owner, p.BaseURL, p.Model, string(options), string(fallback), p.Default, p.Fingerprint, optTime(p.ExpiresAt), p.CreatedAt, p.UpdatedAt); err != nil {
			return err
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("save provider: %w", err)
	}
	return nil
}

// Provider implements [store.Providers].
func (db *DB) Provider(ctx context.Context, name string) (*store.Provider, error) {
	list, err := db.providers(ctx, "WHERE name = ?", name)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("provider " + name)
	}
	return &list[0], nil
}

// ListProviders implements [store.Providers].
func (db *DB) ListProviders(ctx context.Context) ([]store.Provider, error) {
	return db.providers(ctx, "")
}

func (db *DB) providers(ctx context.Context, where string, args ...any) ([]store.Provider, error) {
	var list []store.Provider
	err := db.read(ctx, func(c *conn) error {
		list = nil
		return c.query("SELECT "+providerColumns+" FROM providers "+where+" ORDER BY name", args, func(r row) error {
			p, err := scanProvider(r)
			list = append(list, p)
			return err
		})
	})
	return list, err
}

// DeleteProvider implements [store.Providers]. When it was the default, the
// first of the others is.
func (db *DB) DeleteProvider(ctx context.Context, name string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM providers WHERE name = ?", name)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("provider " + name)
		}
		if _, err := c.exec(`UPDATE providers SET is_default = 1 WHERE name = (SELECT min(name) FROM providers)
			AND NOT EXISTS (SELECT 1 FROM providers WHERE is_default = 1)`); err != nil {
			return err
		}
		return bump(c)
	})
}
