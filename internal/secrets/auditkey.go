package secrets

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// auditRow is the row that says where the signing key is, and that there is one.
const auditRow = internalPrefix + "audit-key"

// AuditKey returns the Ed25519 key that signs the heads of the record, in the text forms of golang.org/x/mod/sumdb/note: skey signs and is a
// secret, vkey verifies and may be published. The first call creates it, as an item of its own in the keyring or as a sealed row; where one
// was created it is never replaced: a key that has gone missing is an error, since a new one could sign a forged record.
//
// origin is the name of the log and of the signer, without white space or plus sign; it is fixed when the key is created.
func AuditKey(ctx context.Context, s *Store, origin string) (skey, vkey string, err error) {
	if origin == "" || strings.ContainsFunc(origin, func(r rune) bool { return unicode.IsSpace(r) || r == '+' }) {
		return "", "", errors.New("audit key: the origin must have no white space and no plus sign")
	}
	skey, err = s.auditKey(ctx, origin)
	if err != nil {
		return "", "", fmt.Errorf("audit signing key: %w", err)
	}
	vkey, err = verifierKey(skey)
	if err != nil {
		return "", "", fmt.Errorf("audit signing key: %w", err)
	}
	if name, _, _ := strings.Cut(vkey, "+"); name != origin {
		return "", "", fmt.Errorf("audit signing key: it was created for %s, not for %s", name, origin)
	}
	return skey, vkey, nil
}

func (s *Store) auditKey(ctx context.Context, origin string) (string, error) {
	if value, err := s.existingAuditKey(ctx); value != "" || err != nil {
		return value, err
	}
	unlock, err := lockDir(ctx, s.o.DataDir)
	if err != nil {
		return "", err
	}
	defer unlock()
	// Another process may have been first.
	if value, err := s.existingAuditKey(ctx); value != "" || err != nil {
		return value, err
	}
	// An item without a row is what a crash between the two leaves behind. It may have signed nothing, but taking it over is always right.
	if s.o.Keyring != nil {
		value, err := s.o.Keyring.Get(ctx, s.item(auditRow))
		if err == nil {
			_, err := s.set(ctx, auditRow, value, SetOptions{})
			return string(value), err
		}
		if !errors.Is(err, ErrNotFound) && (!errors.Is(err, ErrUnavailable) || errors.Is(err, ErrLocked) || errors.Is(err, ErrTimeout)) {
			return "", err
		}
	}
	skey, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", err
	}
	if _, err := s.set(ctx, auditRow, []byte(skey), SetOptions{}); err != nil {
		return "", err
	}
	return skey, nil
}

// existingAuditKey returns the key, or nothing when none was ever created.
func (s *Store) existingAuditKey(ctx context.Context) (string, error) {
	if _, err := s.o.Rows.Secret(ctx, auditRow); errors.Is(err, ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	value, err := s.get(ctx, auditRow)
	if errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("%w: the keyring has no item %s any more: restore it from a backup; the record cannot be signed without it", ErrKeyMissing, s.item(auditRow))
	}
	if err != nil {
		return "", err
	}
	defer wipe(value)
	return string(value), nil
}

// verifierKey computes the verifier key of a signer key, whose form is PRIVATE+KEY+<name>+<hash>+base64(1 || seed).
func verifierKey(skey string) (string, error) {
	if _, err := note.NewSigner(skey); err != nil {
		return "", errors.New("it is not a note signer key: restore it from a backup")
	}
	fields := strings.Split(skey, "+")
	if len(fields) < 5 {
		return "", errors.New("it is not a note signer key: restore it from a backup")
	}
	// base64 may itself hold plus signs, so the last field starts at the fourth plus.
	seed, err := base64.StdEncoding.DecodeString(strings.Join(fields[4:], "+"))
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("it is not an Ed25519 signer key")
	}
	defer wipe(seed)
	public, ok := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("it is not an Ed25519 signer key")
	}
	return note.NewEd25519VerifierKey(fields[2], public)
}

// HeadItem keeps the newest checkpoint of the record in the keyring, beside the key that signs it. It is safe for concurrent use.
type HeadItem struct {
	keyring Keyring
	item    string
}

// AuditHead returns where the newest checkpoint of the record is kept, or nil where the signing key is not in the keyring: then there is
// none, or it is locked, and a process that asked it would make its user wait.
func AuditHead(ctx context.Context, s *Store) (*HeadItem, error) {
	row, err := s.o.Rows.Secret(ctx, auditRow)
	if err != nil {
		return nil, fmt.Errorf("audit signing key: %w", err)
	}
	if s.o.Keyring == nil || row.Place != string(PlaceKeyring) {
		return nil, nil //nolint:nilnil // There is no place, which is no error.
	}
	return &HeadItem{s.o.Keyring, AuditHeadItem(s.o.Keys.Installation())}, nil
}

// LoadHead returns what was kept, nil when that was nothing.
func (h *HeadItem) LoadHead(ctx context.Context) ([]byte, error) {
	note, err := h.keyring.Get(ctx, h.item)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keyring item %s: %w", h.item, err)
	}
	return note, nil
}

// SaveHead replaces what was kept.
func (h *HeadItem) SaveHead(ctx context.Context, note []byte) error {
	if err := h.keyring.Set(ctx, h.item, note); err != nil {
		return fmt.Errorf("keyring item %s: %w", h.item, err)
	}
	return nil
}
