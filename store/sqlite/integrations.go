package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tftsr/tftsr/store"
)

const integrationColumns = "service, name, owner, base_url, username, project_name, space_key, auth, client_id, options, auto_create, trust_types, trust_fields, fingerprint, expires_at, created_at, updated_at"

func scanIntegration(r row) (store.Integration, error) {
	i := store.Integration{
		Service: r.text(0), Name: r.text(1), Owner: r.text(2), BaseURL: r.text(3), Username: r.text(4), ProjectName: r.text(5), SpaceKey: r.text(6),
		Auth: r.text(7), ClientID: r.text(8), AutoCreate: r.bool(10), Fingerprint: r.text(13), ExpiresAt: r.time(14), CreatedAt: r.time(15), UpdatedAt: r.time(16),
	}
	for n, into := range map[int]any{9: &i.Options, 11: &i.TrustTypes, 12: &i.TrustFields} {
		if err := json.Unmarshal([]byte(r.text(n)), into); err != nil {
			return i, fmt.Errorf("%w: integration %s/%s", store.ErrDamaged, i.Service, i.Name)
		}
	}
	return i, nil
}

// SaveIntegration implements [store.Integrations].
func (db *DB) SaveIntegration(ctx context.Context, i *store.Integration) error {
	var lists [3]string
	for n, v := range []any{i.Options, i.TrustTypes, i.TrustFields} {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("save integration: %w", err)
		}
		lists[n] = string(b)
	}
	err := db.write(ctx, func(c *conn) error {
		// An instance that is replaced keeps its row, on which its categories depend.
		if _, err := c.exec(`INSERT INTO integrations (`+integrationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (service, name) DO UPDATE SET owner = excluded.owner, base_url = excluded.base_url, username = excluded.username,
			project_name = excluded.project_name, space_key = excluded.space_key, auth = excluded.auth, client_id = excluded.client_id,
			options = excluded.options, auto_create = excluded.auto_create, trust_types = excluded.trust_types, trust_fields = excluded.trust_fields,
			fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, created_at = excluded.created_at, updated_at = excluded.updated_at`,
			i.Service, i.Name, i.Owner, i.BaseURL, i.Username, i.ProjectName, i.SpaceKey, i.Auth, i.ClientID, lists[0], i.AutoCreate, lists[1], lists[2],
			i.Fingerprint, optTime(i.ExpiresAt), i.CreatedAt, i.UpdatedAt); err != nil {
			return err
		}
		if _, err := c.exec("DELETE FROM integration_categories WHERE service = ? AND name = ?", i.Service, i.Name); err != nil {
			return err
		}
		for _, category := range i.Categories {
			if _, err := c.exec("INSERT INTO integration_categories (service, category, name, owner) VALUES (?, ?, ?, ?)", i.Service, category, i.Name, i.Owner); err != nil {
				return constraint(err, "default of "+i.Service+" for category "+category)
			}
		}
		return bump(c)
	})
	if err != nil {
		return fmt.Errorf("save integration: %w", err)
	}
	return nil
}

// Integration implements [store.Integrations].
func (db *DB) Integration(ctx context.Context, service, name string) (*store.Integration, error) {
	list, err := db.integrations(ctx, "WHERE service = ? AND name = ?", service, name)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("integration " + service + "/" + name)
	}
	return &list[0], nil
}

// ListIntegrations implements [store.Integrations].
func (db *DB) ListIntegrations(ctx context.Context, service string) ([]store.Integration, error) {
	return db.integrations(ctx, "WHERE ?1 = '' OR service = ?1", service)
}

func (db *DB) integrations(ctx context.Context, where string, args ...any) ([]store.Integration, error) {
	var list []store.Integration
	err := db.read(ctx, func(c *conn) error {
		list = nil
		if err := c.query("SELECT "+integrationColumns+" FROM integrations "+where+" ORDER BY service, name", args, func(r row) error {
			i, err := scanIntegration(r)
			list = append(list, i)
			return err
		}); err != nil {
			return err
		}
		return c.query("SELECT service, name, category FROM integration_categories ORDER BY category", nil, func(r row) error {
			n := slices.IndexFunc(list, func(i store.Integration) bool { return i.Service == r.text(0) && i.Name == r.text(1) })
			if n >= 0 {
				list[n].Categories = append(list[n].Categories, r.text(2))
			}
			return nil
		})
	})
	return list, err
}

// DeleteIntegration implements [store.Integrations].
func (db *DB) DeleteIntegration(ctx context.Context, service, name string) error {
	return db.write(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM integrations WHERE service = ? AND name = ?", service, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("integration " + service + "/" + name)
		}
		return bump(c)
	})
}
