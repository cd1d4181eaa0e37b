package secrets

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Place says where the value of a secret is.
type Place string

const (
	// PlaceKeyring: an item of the OS keyring.
	PlaceKeyring Place = "keyring"
	// PlaceSealed: a row of the database, sealed under the sealing key.
	PlaceSealed Place = "sealed"
)

// SecretRow is what the database keeps of a secret.
type SecretRow struct {
	Name        string
	Owner       string
	Place       string    // a [Place]
	Fingerprint string    // keyed; 16 hex digits
	Sealed      string    // base64(nonce || ciphertext || tag) when Place is sealed, else empty
	ExpiresAt   time.Time // zero: never
	CreatedAt   time.Time
}

// Rows is the table of secrets. The store implements it.
type Rows interface {
	// PutSecret inserts a row or replaces the one of that name, durably.
	PutSecret(ctx context.Context, row SecretRow) error
	// Secret returns the row of a name, or an error that matches [ErrNotFound].
	Secret(ctx context.Context, name string) (SecretRow, error)
	// Secrets returns all rows, ordered by name.
	Secrets(ctx context.Context) ([]SecretRow, error)
	// DeleteSecret removes a row. That there is none may be nil or ErrNotFound.
	DeleteSecret(ctx context.Context, name string) error
}

// Info describes a secret without its value.
type Info struct {
	Name        string    `json:"name"`
	Owner       string    `json:"owner,omitempty"`
	Place       Place     `json:"place"`
	Fingerprint string    `json:"fingerprint"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	CreatedAt   time.Time `json:"created_at"`
}

// StoreOptions configures a [Store]. Keys and Rows are required.
type StoreOptions struct {
	Keys *Keys
	Rows Rows
	// Keyring holds the values. Nil: all are sealed rows.
	Keyring Keyring
	// DataDir is where the lock file is that keeps two processes from creating one thing twice.
	DataDir string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store keeps API keys, tokens and passwords: an item of the keyring each, or a sealed row where the keyring is missing or the value too large
// for it. It is safe for concurrent use, by several processes too.
type Store struct {
	o StoreOptions
}

// NewStore returns a store of secrets.
func NewStore(o StoreOptions) (*Store, error) {
	if o.Keys == nil || o.Rows == nil {
		return nil, errors.New("secrets: a store needs keys and rows")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{o}, nil
}

// MaxValueBytes is the largest value of a secret.
const MaxValueBytes = 64 << 10

// internalPrefix marks rows that are ours and that no command lists or changes.
const internalPrefix = "tftsr/"

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*$`)

// CheckName says whether a name is good for a secret: at most 100 bytes of lower-case letters, digits and _ . - in parts separated by
// slashes, as in servicenow/prod. Names under tftsr/ are reserved.
func CheckName(name string) error {
	switch {
	case len(name) > 100 || !nameForm.MatchString(name):
		return errors.New("not a name for a secret: use at most 100 lower-case letters, digits, dots, dashes and underscores, in parts separated by /, as in servicenow/prod")
	case strings.HasPrefix(name, internalPrefix):
		return errors.New("names under tftsr/ are reserved")
	}
	return nil
}

// SetOptions goes with a value.
type SetOptions struct {
	Owner string
	// Place asks for a place. Empty: the keyring where it takes the value, else a sealed row.
	Place Place
	// ExpiresAt is when the value stops being valid; zero means never.
	ExpiresAt time.Time
}

// Set keeps a value under a name, replacing one that is there. The caller may wipe value afterwards.
func (s *Store) Set(ctx context.Context, name string, value []byte, o SetOptions) (Info, error) {
	if err := CheckName(name); err != nil {
		return Info{}, err
	}
	unlock, err := lockDir(ctx, s.o.DataDir)
	if err != nil {
		return Info{}, err
	}
	defer unlock()
	return s.set(ctx, name, value, o)
}

func (s *Store) set(ctx context.Context, name string, value []byte, o SetOptions) (Info, error) {
	if len(value) == 0 || len(value) > MaxValueBytes {
		return Info{}, fmt.Errorf("secret %s: the value has %d bytes; at least 1 and at most %d are kept", name, len(value), MaxValueBytes)
	}
	old, err := s.o.Rows.Secret(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Info{}, fmt.Errorf("secret %s: %w", name, err)
	}
	row := SecretRow{
		Name: name, Owner: o.Owner, Fingerprint: s.Fingerprint(value), ExpiresAt: o.ExpiresAt.UTC(), CreatedAt: s.o.Now().UTC(),
	}
	if o.ExpiresAt.IsZero() {
		row.ExpiresAt = time.Time{}
	}
	switch o.Place {
	case "", PlaceKeyring:
		err := s.toKeyring(ctx, name, value)
		if err == nil {
			row.Place = string(PlaceKeyring)
			break
		}
		// A keyring that is there but is locked or stuck is a passing state; a value that moved to another place because of it would surprise.
		// Only when there is none, or when it cannot hold the value, is a sealed row the place.
		passing := errors.Is(err, ErrLocked) || errors.Is(err, ErrTimeout)
		if o.Place == PlaceKeyring || passing || (!errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrTooBig)) {
			return Info{}, fmt.Errorf("secret %s: %w", name, err)
		}
		fallthrough
	case PlaceSealed:
		row.Place = string(PlaceSealed)
		if row.Sealed, err = seal(s.o.Keys.SealingKey(), name, value); err != nil {
			return Info{}, fmt.Errorf("secret %s: %w", name, err)
		}
	default:
		return Info{}, fmt.Errorf("secret %s: place %q is not known: use keyring or sealed", name, o.Place)
	}
	if err := s.o.Rows.PutSecret(ctx, row); err != nil {
		return Info{}, fmt.Errorf("secret %s: %w", name, err)
	}
	if old.Place == string(PlaceKeyring) && row.Place == string(PlaceSealed) && s.o.Keyring != nil {
		// The old value is no longer referred to; that it stays behind in a keyring that does not answer is no reason to fail.
		_ = s.o.Keyring.Delete(ctx, s.item(name))
	}
	return info(row), nil
}

// toKeyring stores a value as an item. The keyrings take text only, so anything else counts as too big for them.
func (s *Store) toKeyring(ctx context.Context, name string, value []byte) error {
	if s.o.Keyring == nil {
		return ErrUnavailable
	}
	if !utf8.Valid(value) || slices.Contains(value, 0) {
		return fmt.Errorf("%w: it is not text", ErrTooBig)
	}
	return s.o.Keyring.Set(ctx, s.item(name), value)
}

// item names the keyring item of a secret.
func (s *Store) item(name string) string {
	if name == auditRow {
		return itemAuditKey + "/" + s.o.Keys.Installation()
	}
	return itemSecret + "/" + s.o.Keys.Installation() + "/" + name
}

// Get returns the value of a secret; the caller wipes it after use. An expired one is [ErrExpired]; one that is not what was set is
// [ErrChanged].
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return s.get(ctx, name)
}

func (s *Store) get(ctx context.Context, name string) ([]byte, error) {
	row, err := s.o.Rows.Secret(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("secret %s: %w%s", name, ErrNotFound, setHint(name))
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	if !row.ExpiresAt.IsZero() && !s.o.Now().Before(row.ExpiresAt) {
		return nil, fmt.Errorf("secret %s: %w on %s%s", name, ErrExpired, row.ExpiresAt.Format(time.DateOnly), setHint(name))
	}
	return s.valueOf(ctx, row)
}

// valueOf returns the value of a row, whether or not it has expired.
func (s *Store) valueOf(ctx context.Context, row SecretRow) (value []byte, err error) {
	name := row.Name
	switch Place(row.Place) {
	case PlaceKeyring:
		if s.o.Keyring == nil {
			return nil, fmt.Errorf("secret %s is in a keyring: %w", name, ErrUnavailable)
		}
		if value, err = s.o.Keyring.Get(ctx, s.item(name)); err != nil {
			return nil, fmt.Errorf("secret %s: %w", name, err)
		}
	case PlaceSealed:
		if value, err = open(s.o.Keys.SealingKey(), name, row.Sealed); err != nil {
			return nil, fmt.Errorf("secret %s: %w", name, err)
		}
	default:
		return nil, fmt.Errorf("secret %s: its row names an unknown place", name)
	}
	if !hmac.Equal([]byte(s.Fingerprint(value)), []byte(row.Fingerprint)) {
		wipe(value)
		return nil, fmt.Errorf("secret %s: %w%s", name, ErrChanged, setHint(name))
	}
	return value, nil
}

// setHint says how to set a secret, unless it is ours.
func setHint(name string) string {
	if strings.HasPrefix(name, internalPrefix) {
		return ""
	}
	return ": set it with `tftsr secret set " + name + "`"
}

// List describes all secrets, ordered by name.
func (s *Store) List(ctx context.Context) ([]Info, error) {
	rows, err := s.o.Rows.Secrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	infos := make([]Info, 0, len(rows))
	for _, row := range rows {
		if !strings.HasPrefix(row.Name, internalPrefix) {
			infos = append(infos, info(row))
		}
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

// Delete forgets a secret. A keyring that does not answer is an error, and the row stays, so that the value is not left behind unseen.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	unlock, err := lockDir(ctx, s.o.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	row, err := s.o.Rows.Secret(ctx, name)
	if err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	if row.Place == string(PlaceKeyring) {
		if s.o.Keyring == nil {
			return fmt.Errorf("secret %s is in a keyring: %w", name, ErrUnavailable)
		}
		if err := s.o.Keyring.Delete(ctx, s.item(name)); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("secret %s: %w", name, err)
		}
	}
	if err := s.o.Rows.DeleteSecret(ctx, name); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}

// Fingerprint recognises a value without giving it away: 16 hex digits of an HMAC-SHA256 under the fingerprint key.
func (s *Store) Fingerprint(value []byte) string {
	key := s.o.Keys.FingerprintKey()
	defer wipe(key[:])
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("stored secret\x00"))
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func info(row SecretRow) Info {
	return Info{
		Name: row.Name, Owner: row.Owner, Place: Place(row.Place), Fingerprint: row.Fingerprint, ExpiresAt: row.ExpiresAt, CreatedAt: row.CreatedAt,
	}
}
