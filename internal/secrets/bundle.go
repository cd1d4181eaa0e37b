package secrets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Bundle is all that a data folder needs beside its database: the data key and every secret, those of the keyring too. It leaves the process
// sealed only, and prints as a placeholder.
type Bundle struct {
	installation string
	key          [KeySize]byte
	items        []bundled
}

// bundled is a secret with its value.
type bundled struct {
	Name      string    `json:"name"`
	Owner     string    `json:"owner,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	Place     string    `json:"place"`
	Value     []byte    `json:"value"`
}

// Bundle reads every secret, expired ones and the signing key of the record too. One that cannot be read is an error: a backup without it would
// not be whole.
func (s *Store) Bundle(ctx context.Context) (*Bundle, error) {
	rows, err := s.o.Rows.Secrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("bundle of secrets: %w", err)
	}
	s.o.Keys.mu.RLock()
	b := &Bundle{installation: s.o.Keys.installation, key: s.o.Keys.data}
	s.o.Keys.mu.RUnlock()
	for _, row := range rows {
		value, err := s.valueOf(ctx, row)
		if err != nil {
			b.Close()
			return nil, fmt.Errorf("%w: a backup without it would not be whole; unlock the keyring, or remove the secret", err)
		}
		b.items = append(b.items, bundled{row.Name, row.Owner, row.ExpiresAt, row.CreatedAt, row.Place, value})
	}
	return b, nil
}

// Close wipes the bundle.
func (b *Bundle) Close() {
	wipe(b.key[:])
	for _, i := range b.items {
		wipe(i.Value)
	}
}

// KeyID is the id of the data key, as [Keys.ID].
func (b *Bundle) KeyID() string { return keyID(b.key[:]) }

// Installation is the id of the data folder, as [Keys.Installation].
func (b *Bundle) Installation() string { return b.installation }

// Secrets returns how many secrets of people there are.
func (b *Bundle) Secrets() int {
	n := 0
	for _, i := range b.items {
		if i.Name != auditRow {
			n++
		}
	}
	return n
}

// SigningKey returns the signing key of the record, empty when there is none.
func (b *Bundle) SigningKey() string {
	for _, i := range b.items {
		if i.Name == auditRow {
			return string(i.Value)
		}
	}
	return ""
}

// String shows nothing.
func (b *Bundle) String() string { return "secrets.Bundle(" + b.KeyID() + ")" }

// Format prints what String does, whatever the verb.
func (b *Bundle) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(b.String())) }

// bundleText is a bundle in clear text.
type bundleText struct {
	Version      int       `json:"version"`
	Installation string    `json:"installation"`
	DataKey      []byte    `json:"data_key"`
	Secrets      []bundled `json:"secrets"`
}

// MarshalSecret returns the clear text of the bundle, for whoever seals it. The caller wipes it.
func (b *Bundle) MarshalSecret() ([]byte, error) {
	return json.Marshal(bundleText{1, b.installation, b.key[:], b.items})
}

// MarshalJSON refuses: a bundle is not for encoders that meet it by chance.
func (b *Bundle) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a bundle of secrets is encoded by MarshalSecret only")
}

// ParseBundle is the inverse of MarshalSecret. Its errors hold nothing of the text.
func ParseBundle(text []byte) (*Bundle, error) {
	var t bundleText
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, errors.New("the sealed keys are damaged")
	}
	defer wipe(t.DataKey)
	b := &Bundle{installation: t.Installation, items: t.Secrets}
	switch {
	case t.Version > 1:
		return nil, errors.New("the sealed keys are of a newer version: use the newer program")
	case t.Version != 1 || len(t.DataKey) != KeySize || !hexID.MatchString(t.Installation):
		b.Close()
		return nil, errors.New("the sealed keys are damaged")
	}
	copy(b.key[:], t.DataKey)
	return b, nil
}

// Initialised reports whether a data folder has a data key.
func Initialised(dataDir string) (bool, error) {
	r, err := readRecord(dataDir)
	return r != nil, err
}

// Adopt sets up a data folder without key for the data key of a bundle: it puts the key where o says, as [Init] does with a new one, and keeps
// the id of the installation. The folder may hold no database of another key.
func Adopt(ctx context.Context, o InitOptions, b *Bundle) (InitResult, error) {
	o.bundle = b
	return Init(ctx, o)
}

// Unbundle writes the secrets of the bundle into the rows of a database that was put back, of which keys are the keys. A value that the keyring
// still holds stays there; every other one is sealed, whatever its place was: the keyring is not written to before the database is in its
// place. See [Store.Settle].
func Unbundle(ctx context.Context, rows Rows, keyring Keyring, keys *Keys, b *Bundle) error {
	s, err := NewStore(StoreOptions{Keys: keys, Rows: rows, Keyring: keyring})
	if err != nil {
		return err
	}
	old, err := rows.Secrets(ctx)
	if err != nil {
		return fmt.Errorf("put secrets back: %w", err)
	}
	for _, row := range old {
		if err := rows.DeleteSecret(ctx, row.Name); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("put secret %s back: %w", row.Name, err)
		}
	}
	for _, i := range b.items {
		row := SecretRow{Name: i.Name, Owner: i.Owner, ExpiresAt: i.ExpiresAt, CreatedAt: i.CreatedAt, Fingerprint: s.Fingerprint(i.Value), Place: string(PlaceSealed)}
		if Place(i.Place) == PlaceKeyring && keyring != nil {
			kept, err := keyring.Get(ctx, s.item(i.Name))
			if err == nil && s.Fingerprint(kept) == row.Fingerprint {
				row.Place = string(PlaceKeyring)
			}
			wipe(kept)
		}
		if row.Place == string(PlaceSealed) {
			if row.Sealed, err = seal(keys.SealingKey(), i.Name, i.Value); err != nil {
				return fmt.Errorf("put secret %s back: %w", i.Name, err)
			}
		}
		if err := rows.PutSecret(ctx, row); err != nil {
			return fmt.Errorf("put secret %s back: %w", i.Name, err)
		}
	}
	return nil
}

// Settle moves the secrets of a bundle that had been in a keyring into the one of this machine, as far as it takes them. The sealed row holds
// the value until the keyring does. It returns how many stay sealed.
func (s *Store) Settle(ctx context.Context, b *Bundle) (sealed int, err error) {
	unlock, err := lockDir(ctx, s.o.DataDir)
	if err != nil {
		return 0, err
	}
	defer unlock()
	for _, i := range b.items {
		row, err := s.o.Rows.Secret(ctx, i.Name)
		if err != nil {
			return sealed, fmt.Errorf("secret %s: %w", i.Name, err)
		}
		if row.Place != string(PlaceSealed) || Place(i.Place) != PlaceKeyring {
			continue
		}
		if err := s.toKeyring(ctx, i.Name, i.Value); err != nil {
			sealed++
			continue
		}
		row.Place, row.Sealed = string(PlaceKeyring), ""
		if err := s.o.Rows.PutSecret(ctx, row); err != nil {
			return sealed, fmt.Errorf("secret %s: %w", i.Name, err)
		}
	}
	return sealed, nil
}

// dataKey returns the key of a new data folder, and newRecord its record: fresh ones, or those of the bundle.
func (o *InitOptions) dataKey() [KeySize]byte {
	if o.bundle != nil {
		return o.bundle.key
	}
	return newDataKey()
}

// fits refuses a key that somebody holds out and that is not the one of the bundle.
func (o *InitOptions) fits(key [KeySize]byte, name string) error {
	if o.bundle != nil && key != o.bundle.key {
		return fmt.Errorf("%w: %s holds key id %s, and the backup was made with %s: take it away, and say where the key of the backup is to be",
			ErrKeyMismatch, name, keyID(key[:]), o.bundle.KeyID())
	}
	return nil
}

func (o *InitOptions) newRecord(source Source, keyID string) *record {
	rec := newRecord(source, keyID, o.Now())
	if o.bundle != nil {
		rec.Installation = cmp.Or(o.bundle.installation, rec.Installation)
	}
	return rec
}
