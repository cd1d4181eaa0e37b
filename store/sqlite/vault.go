package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// knownBatch is how many values are read at a time.
const knownBatch = 512

// seenAgain is how much later a value is noted as seen again: looking it up
// must not mean writing.
const seenAgain = 24 * time.Hour

// Allocate implements [store.Vault]. What has a token already is looked up
// without a transaction: tokens never change.
func (db *DB) Allocate(ctx context.Context, values []store.VaultValue) ([]pii.Token, error) {
	if len(values) == 0 {
		return nil, nil
	}
	tokens := make([]pii.Token, len(values))
	missing := false
	var touched map[int64]time.Time // seen today for the first time
	err := db.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			for i := range values {
				tok, seq, seen, err := findToken(c, &values[i])
				if err != nil {
					return err
				}
				tokens[i] = tok
				missing = missing || tok.Ordinal == 0
				if tok.Ordinal != 0 && values[i].SeenAt.Sub(seen) >= seenAgain {
					if touched == nil {
						touched = map[int64]time.Time{}
					}
					touched[seq] = values[i].SeenAt
				}
			}
			return nil
		})
	})
	if err == nil && (missing || len(touched) > 0) {
		err = db.write(ctx, func(c *conn) error {
			for seq, at := range touched {
				if _, err := c.exec("UPDATE vault_values SET seen_at = ? WHERE seq = ?", at, seq); err != nil {
					return err
				}
			}
			for i := range values {
				if tokens[i].Ordinal != 0 {
					continue
				}
				var err error
				if tokens[i], err = makeToken(c, &values[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("allocate tokens: %w", err)
	}
	return tokens, nil
}

func findToken(c *conn, v *store.VaultValue) (t pii.Token, seq int64, seen time.Time, err error) {
	_, err = c.queryRow(`SELECT i.label, i.ordinal, v.variant, v.seq, v.seen_at FROM vault_identities i JOIN vault_values v ON v.identity_id = i.id
		WHERE i.identity = ? AND v.spelling = ?`, []any{v.Identity[:], v.Spelling[:]}, func(r row) error {
		t = pii.Token{Label: r.text(0), Ordinal: r.int(1), Variant: r.int(2)}
		seq, seen = r.int64(3), r.time(4)
		return nil
	})
	return t, seq, seen, err
}

// makeToken returns the token of v and makes it unless another value of the
// batch, or another process, just has.
func makeToken(c *conn, v *store.VaultValue) (pii.Token, error) {
	var t pii.Token
	if v.Label == "" || v.Type.Class() == 0 {
		return t, fmt.Errorf("a value of type %s has no label or no class", v.Type)
	}
	var (
		identity  int64
		spelled   bool
		forgotten bool
	)
	known, err := c.queryRow(`SELECT id, label, ordinal,
			(SELECT variant FROM vault_values WHERE identity_id = id AND spelling = ?),
			(SELECT max(variant) FROM vault_values WHERE identity_id = id), forgotten_at IS NOT NULL
		FROM vault_identities WHERE identity = ?`,
		[]any{v.Spelling[:], v.Identity[:]}, func(r row) error {
			identity = r.int64(0)
			t = pii.Token{Label: r.text(1), Ordinal: r.int(2), Variant: r.int(3)}
			if spelled = t.Variant != 0; !spelled {
				t.Variant = r.int(4) + 1
			}
			forgotten = r.bool(5)
			return nil
		})
	if err != nil || spelled {
		return t, err
	}
	if !known {
		t = pii.Token{Label: v.Label, Variant: 1}
		if _, err := c.queryRow("INSERT INTO vault_labels (label, last) VALUES (?, 1) ON CONFLICT (label) DO UPDATE SET last = last + 1 RETURNING last",
			[]any{v.Label}, func(r row) error {
				t.Ordinal = r.int(0)
				return nil
			}); err != nil {
			return t, err
		}
		if _, err := c.exec("INSERT INTO vault_identities (identity, type, label, ordinal) VALUES (?, ?, ?, ?)",
			v.Identity[:], v.Type.String(), v.Label, t.Ordinal); err != nil {
			return t, err
		}
		identity = c.LastInsertRowID()
	}
	// A secret is not kept, whatever the caller says of it, and of a value that
	// was forgotten no other spelling.
	var value any
	length := v.Length
	if v.Recoverable && v.Type.Class() != pii.ClassSecret {
		if forgotten {
			length = knownLength(v.Type, v.Value)
		} else {
			value = v.Value
		}
	}
	_, err = c.exec("INSERT INTO vault_values (identity_id, variant, spelling, length, value, seen_at) VALUES (?, ?, ?, ?, ?, ?)",
		identity, t.Variant, v.Spelling[:], length, value, seenAt(v))
	return t, err
}

func seenAt(v *store.VaultValue) any {
	if v.SeenAt.IsZero() {
		return 0
	}
	return v.SeenAt
}

// Original implements [store.Vault].
func (db *DB) Original(ctx context.Context, t pii.Token) ([]byte, error) {
	var value []byte
	err := db.read(ctx, func(c *conn) error {
		found, err := c.queryRow(`SELECT v.value FROM vault_identities i JOIN vault_values v ON v.identity_id = i.id
			WHERE i.label = ? AND i.ordinal = ? AND v.variant = ? AND v.value IS NOT NULL`,
			[]any{t.Label, t.Ordinal, max(t.Variant, 1)}, func(r row) error {
				value = r.blob(0)
				return nil
			})
		if err == nil && !found {
			return notFound("original of " + t.String())
		}
		return err
	})
	return value, err
}

// Spelling implements [store.Vault].
func (db *DB) Spelling(ctx context.Context, t pii.Token) (spelling [16]byte, err error) {
	err = db.read(ctx, func(c *conn) error {
		found, err := c.queryRow(`SELECT v.spelling FROM vault_identities i JOIN vault_values v ON v.identity_id = i.id
			WHERE i.label = ? AND i.ordinal = ? AND v.variant = ?`,
			[]any{t.Label, t.Ordinal, max(t.Variant, 1)}, func(r row) error {
				copy(spelling[:], r.raw(0))
				return nil
			})
		if err == nil && !found {
			return notFound("token " + t.String())
		}
		return err
	})
	return spelling, err
}

// KnownValues implements [store.Vault]. No connection is held while fn runs.
func (db *DB) KnownValues(ctx context.Context, seq int64, fn func(store.KnownValue) error) error {
	for {
		var batch []store.KnownValue
		err := db.read(ctx, func(c *conn) error {
			return c.query(`SELECT v.seq, i.type, v.value, v.length, v.spelling FROM vault_values v JOIN vault_identities i ON i.id = v.identity_id
				WHERE v.seq > ? ORDER BY v.seq LIMIT ?`, []any{seq, knownBatch}, func(r row) error {
				k := store.KnownValue{Seq: r.int64(0), Value: r.blob(2), Length: r.int(3)}
				copy(k.Spelling[:], r.raw(4))
				var ok bool
				if k.Type, ok = pii.ParseType(r.text(1)); !ok {
					// Leaving it out would let the value pass unmatched.
					return fmt.Errorf("%w: the vault holds a value of type %s, which this program does not know", store.ErrNewer, r.text(1))
				}
				batch = append(batch, k)
				return nil
			})
		})
		if err != nil {
			return err
		}
		for _, k := range batch {
			if err := fn(k); err != nil {
				return err
			}
			seq = k.Seq
		}
		if len(batch) < knownBatch {
			return nil
		}
	}
}
