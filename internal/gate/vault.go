package gate

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

const (
	// vaultCache is how many values a process remembers the token of, so that
	// text that repeats itself costs no query. What falls out is asked for
	// again.
	vaultCache = 1 << 16
	// allocateBatch is how many values one transaction of the store gives
	// tokens to.
	allocateBatch = 512
)

// vault gives out the tokens of values: from memory where it can, else from
// the store, which gives every process the same. It holds keyed hashes and
// tokens; the values that it has seen live in the set of known values, and of
// secrets only their fingerprints.
type vault struct {
	store store.Vault
	key   [32]byte
	known *pii.KnownSet
	now   func() time.Time
	// originals says that originals are kept. Without them there are placeholders only:
	// the same value is the same token, and nothing can be restored.
	originals bool

	mu         sync.Mutex
	young, old map[spelling]pii.Token // Two generations make a bounded cache that forgets the unused.
	seq        int64                  // Known values are loaded up to here.
	day        int64                  // On which the cache was last emptied, in days since 1970.
}

// spelling identifies a value as it is written.
type spelling struct {
	typ  pii.Type
	hash [16]byte
}

func newVault(s store.Vault, key [32]byte, originals bool, now func() time.Time) *vault {
	return &vault{store: s, key: key, known: pii.NewKnownSet(key), originals: originals, now: now, young: map[spelling]pii.Token{}}
}

// spell returns the identity of a value as it is written. The same value has
// the same hash as in the set of known values, by which secrets are found
// again.
func (v *vault) spell(t pii.Type, value []byte) spelling {
	return spelling{t, v.known.Fingerprint(value)}
}

// identity returns the keyed hash of what a value means, whatever its
// spelling: HMAC-SHA256 over the name of the type and the canonical form,
// truncated to 128 bits.
func (v *vault) identity(t pii.Type, value []byte) [16]byte {
	name := t.String()
	mac := hmac.New(sha256.New, v.key[:])
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(name)))
	mac.Write([]byte("identity\x00"))
	mac.Write(n[:])
	mac.Write([]byte(name))
	mac.Write(pii.Canonical(t, value))
	return [16]byte(mac.Sum(nil)[:16])
}

// describe returns what the store needs to know of a value. A secret is
// described by its hashes and its length only.
func (v *vault) describe(s spelling, value []byte) store.VaultValue {
	d := store.VaultValue{
		Type:        s.typ,
		Label:       pii.Label(s.typ, value),
		Length:      len(value),
		Identity:    v.identity(s.typ, value),
		Spelling:    s.hash,
		Recoverable: v.originals && s.typ.Class() != pii.ClassSecret,
		SeenAt:      v.now().UTC(),
	}
	switch {
	case d.Recoverable:
		d.Value = append([]byte(nil), value...)
	case !pii.Knowable(s.typ, value):
		// A fingerprint does not show that a value is too short or too common
		// to be looked for. A length of 0 does: no value has it.
		d.Length = 0
	}
	return d
}

// cached returns the token of a spelling if it is in memory.
func (v *vault) cached(s spelling) (pii.Token, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t, ok := v.young[s]; ok {
		return t, true
	}
	t, ok := v.old[s]
	if ok {
		v.keep(s, t)
	}
	return t, ok
}

// keep remembers a token. The caller holds mu.
func (v *vault) keep(s spelling, t pii.Token) {
	if len(v.young) >= vaultCache/2 {
		v.old, v.young = v.young, make(map[spelling]pii.Token)
	}
	v.young[s] = t
}

// allocate gets the tokens of values from the store and hands each to fn.
func (v *vault) allocate(ctx context.Context, values []store.VaultValue, fn func(spelling, pii.Token)) error {
	for len(values) > 0 {
		batch := values[:min(len(values), allocateBatch)]
		values = values[len(batch):]
		tokens, err := v.store.Allocate(ctx, batch)
		if err != nil {
			return fmt.Errorf("get tokens for detected values: %w", err)
		}
		if len(tokens) != len(batch) {
			return fmt.Errorf("get tokens for detected values: asked for %d, got %d", len(batch), len(tokens))
		}
		for i, t := range tokens {
			d := &batch[i]
			// Whatever the store answers is written into text that leaves.
			if !t.Valid() || t.Type() != d.Type {
				return fmt.Errorf("get tokens for detected values: the answer for a value of type %s is not a token of it", d.Type)
			}
			if t.Variant == 1 {
				t.Variant = 0 // The two are the same; as a key only one will do, and it is that of pii.ParseToken.
			}
			s := spelling{d.Type, d.Spelling}
			if d.Recoverable {
				v.known.Add(d.Type, d.Value)
			} else {
				v.known.AddFingerprint(d.Type, d.Length, d.Spelling)
			}
			v.mu.Lock()
			v.keep(s, t)
			v.mu.Unlock()
			fn(s, t)
		}
	}
	return nil
}

// refresh learns the values that other processes have found since.
func (v *vault) refresh(ctx context.Context) error {
	v.mu.Lock()
	seq := v.seq
	// Once a day every value is asked for again, so that the store sees which
	// ones still occur.
	if day := v.now().Unix() / (24 * 60 * 60); day != v.day {
		v.day, v.old, v.young = day, nil, map[spelling]pii.Token{}
	}
	v.mu.Unlock()
	err := v.store.KnownValues(ctx, seq, func(k store.KnownValue) error {
		if len(k.Value) > 0 {
			v.known.Add(k.Type, k.Value)
		} else {
			v.known.AddFingerprint(k.Type, k.Length, k.Spelling)
		}
		seq = max(seq, k.Seq)
		return nil
	})
	if err != nil {
		return fmt.Errorf("load known values: %w", err)
	}
	v.mu.Lock()
	v.seq = max(v.seq, seq)
	v.mu.Unlock()
	return nil
}

// pass is the allocator of one redaction. Values without a token in memory get
// a stand-in and are noted; the caller then allocates them together and
// redacts again. So a text costs one transaction, however many values are new
// in it, and none when all are known. A pass is for one goroutine.
type pass struct {
	collector
	tokens map[spelling]pii.Token // Of this text, which the cache may have forgotten.
}

func (v *vault) newPass() *pass { return &pass{collector: collector{v: v}} }

// Token implements [pii.Allocator].
func (p *pass) Token(t pii.Type, value []byte) (pii.Token, error) {
	if tok, ok := p.tokens[p.v.spell(t, value)]; ok {
		return tok, nil
	}
	return p.collector.Token(t, value)
}

// complete reports whether every token given out since the last fill was real.
func (p *pass) complete() bool { return len(p.order) == 0 }

// fill allocates what is missing.
func (p *pass) fill(ctx context.Context) error {
	if p.tokens == nil {
		p.tokens = map[spelling]pii.Token{}
	}
	return p.drain(ctx, func(s spelling, t pii.Token) { p.tokens[s] = t })
}
