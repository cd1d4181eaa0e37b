package gate

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const (
	// maxIDs bounds the ids that are looked for in one message.
	maxIDs = 4096
	// maxNamed bounds the issues that the name of a key lists.
	maxNamed = 8
	// idSize is the length of a UUID in its text form (RFC 9562, section 4).
	idSize = 36
)

// DigestKey keys the digests of what arrived unredacted, for one call. Where
// the call concerns issues it depends on a salt of each of them, which is kept
// with the issue and goes with it: after that nobody, the holder of the data key
// included, can test a guess against the digests. The zero value is no key;
// [Gate.KeyFor] makes one. It is not changed, and safe for concurrent use.
type DigestKey struct {
	keys  *secrets.Keys
	salts map[string][]byte // by issue
	fresh string            // an issue that this call is about to make
}

// KeyFor returns the key for a call that names ids: of issues, or of their
// logs, analyses, documents, events and approvals. Others count for nothing,
// and without any the key is that of the installation.
func (c *clearer) KeyFor(ctx context.Context, ids []string) (DigestKey, error) {
	k := DigestKey{keys: c.keys}
	if len(ids) == 0 {
		return k, nil
	}
	var err error
	if k.salts, err = c.store.IssueSalts(ctx, ids); err != nil {
		return DigestKey{}, fmt.Errorf("get the digest keys of issues: %w", err)
	}
	return k, nil
}

// KeyForNew is [Gate.KeyFor] for a call that is to make an issue: its arguments
// are of that issue, which gets its id and its salt before it is there. If it is
// not made, the key is gone with the call.
func (c *clearer) KeyForNew(ctx context.Context, ids []string) (DigestKey, error) {
	k, err := c.KeyFor(ctx, ids)
	if err != nil {
		return k, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return DigestKey{}, fmt.Errorf("make an id: %w", err)
	}
	var salt [32]byte
	_, _ = rand.Read(salt[:]) // never fails, says crypto/rand
	k.fresh, k.salts = id.String(), maps.Clone(k.salts)
	if k.salts == nil {
		k.salts = map[string][]byte{}
	}
	k.salts[k.fresh] = salt[:]
	return k, nil
}

// With returns the key for what concerns the issues of both.
func (k DigestKey) With(other DigestKey) DigestKey {
	switch {
	case len(other.salts) == 0:
		return k
	case len(k.salts) == 0:
		return other
	}
	out := DigestKey{keys: k.keys, salts: maps.Clone(k.salts)}
	maps.Copy(out.salts, other.salts)
	return out
}

// OfIssues reports whether the key depends on any issue.
func (k DigestKey) OfIssues() bool { return len(k.salts) > 0 }

// Digest returns the hex HMAC-SHA256 of b: how the record names what it must
// not hold.
func (k DigestKey) Digest(b []byte) string {
	mac := k.new()
	mac.Write(b)
	return hex.EncodeToString(mac.Sum(nil))
}

func (k DigestKey) new() hash.Hash {
	key := k.keys.DigestKeyOf(k.salts)
	return hmac.New(sha256.New, key[:])
}

// keyName is the name of a key in the details of an entry.
type keyName string

// Name says on what the key depends, as the record has it: "installation", or
// "issue" and the ids of the issues, the first eight of them.
func (k DigestKey) Name() keyName {
	if len(k.salts) == 0 {
		return "installation"
	}
	ids := slices.Sorted(maps.Keys(k.salts))
	name := "issue " + strings.Join(ids[:min(len(ids), maxNamed)], " ")
	if more := len(ids) - maxNamed; more > 0 {
		name += fmt.Sprintf(" and %d more", more)
	}
	return keyName(name)
}

// String and GoString keep the salts out of whatever prints a key.
func (k DigestKey) String() string { return string(k.Name()) }

// GoString is String.
func (k DigestKey) GoString() string { return k.String() }

type digestKeyKey struct{}

// WithDigestKey returns a context for what runs within a call, with its key.
func WithDigestKey(ctx context.Context, k DigestKey) context.Context {
	return context.WithValue(ctx, digestKeyKey{}, k)
}

// KeyOf returns the key of the call that ctx is within, that of the
// installation where there is none.
func (c *clearer) KeyOf(ctx context.Context) DigestKey {
	if k, ok := ctx.Value(digestKeyKey{}).(DigestKey); ok {
		return k
	}
	return DigestKey{keys: c.keys}
}

// CreateIssue stores an issue. If the call was announced by [Gate.KeyForNew]
// the issue gets the id and the salt that the digests of the call are keyed
// with; otherwise it gets an id of its own.
func (c *clearer) CreateIssue(ctx context.Context, i *triage.Issue) error {
	k := c.KeyOf(ctx)
	if k.fresh != "" {
		i.ID = k.fresh
		err := c.store.CreateIssueWithSalt(ctx, i, [32]byte(k.salts[k.fresh]))
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		// A second issue of one call, or a second run of its handler.
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	i.ID = id.String()
	return c.store.CreateIssue(ctx, i)
}

// IDsIn returns the UUIDs that occur in b, each once, in lower case, at most
// 4,096 of them.
func IDsIn(b []byte) []string {
	var f idFinder
	f.find(b)
	return f.ids
}

// idFinder gathers the ids of one or several texts.
type idFinder struct {
	ids  []string
	seen map[string]bool
}

func (f *idFinder) find(b []byte) {
	const first = 8 // digits before the first hyphen
	for from := first; from < len(b); {
		n := bytes.IndexByte(b[from:], '-')
		if n < 0 {
			return
		}
		at := from + n - first
		switch {
		case at+idSize > len(b):
			return
		case isID(b[at : at+idSize]):
			f.add(strings.ToLower(string(b[at : at+idSize])))
			from = at + idSize + first
		default:
			from = at + first + 1
		}
	}
}

func (f *idFinder) add(id string) {
	if f.seen[id] || len(f.ids) >= maxIDs {
		return
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[id] = true
	f.ids = append(f.ids, id)
}

// idWriter finds the ids in what is written to it, also where it is cut.
type idWriter struct {
	idFinder
	tail []byte
}

func (w *idWriter) Write(p []byte) (int, error) {
	head := p[:min(len(p), idSize-1)]
	w.find(append(w.tail, head...))
	w.find(p)
	w.tail = append(w.tail, p[max(0, len(p)-idSize+1):]...)
	w.tail = append(w.tail[:0], w.tail[max(0, len(w.tail)-idSize+1):]...)
	return len(p), nil
}

// isID reports whether b, of 36 bytes, is a UUID with hyphens.
func isID(b []byte) bool {
	for i, c := range b {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
