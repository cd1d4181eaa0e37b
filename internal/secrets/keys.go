package secrets

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
)

// KeySize is the length of the data key and of every key derived from it, in bytes.
const KeySize = 32

// Keys is the data key of an installation and all that is derived from it. Derivation is HKDF-SHA256 (RFC 5869) without salt, which a
// uniformly random input does not need, and with the purpose as info. A Keys prints as a placeholder in every form. It is safe for concurrent
// use.
type Keys struct {
	mu           sync.RWMutex
	data         [KeySize]byte
	sealing      *[KeySize]byte // TFTSR_ENCRYPTION_KEY
	id           string
	installation string
	source       Source
	database     string // id of the database whose rows are sealed
	next         string // see DatabaseIDs
}

// NewKeys wraps a data key that the caller already has, for tests and tools. Use [Resolve] everywhere else.
func NewKeys(dataKey [KeySize]byte, installation string) (*Keys, error) {
	return newKeys(dataKey, installation, SourceEnv, "")
}

func newKeys(dataKey [KeySize]byte, installation string, source Source, sealing string) (*Keys, error) {
	k := &Keys{data: dataKey, id: keyID(dataKey[:]), installation: installation, source: source, database: firstDatabase}
	if sealing != "" {
		over, err := parseKey([]byte(sealing))
		if err != nil {
			return nil, fmt.Errorf("TFTSR_ENCRYPTION_KEY: %w", err)
		}
		k.sealing = &over
	}
	return k, nil
}

// keyID identifies a data key without giving it away.
func keyID(dataKey []byte) string {
	mac := hmac.New(sha256.New, dataKey)
	mac.Write([]byte("tftsr key id"))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// ID identifies the data key: 32 hex digits. It may be shown and recorded.
func (k *Keys) ID() string { return k.id }

// Installation is the random id of the data folder: 32 hex digits. It may be shown and recorded.
func (k *Keys) Installation() string { return k.installation }

// Source says where the data key came from.
func (k *Keys) Source() Source { return k.source }

// DatabaseKey derives the key of one database file. Each file, a backup too, has an id of its own: the cipher's tweak is the offset in the
// file only, so two files under one key would accept each other's pages.
func (k *Keys) DatabaseKey(databaseID string) [KeySize]byte { return k.derive("database", databaseID) }

// SealingKey is the AES-256 key of sealed rows. It changes with the id of the database: see [Keys.ForDatabase]. TFTSR_ENCRYPTION_KEY, where
// given, is this key itself.
func (k *Keys) SealingKey() [KeySize]byte {
	k.mu.RLock()
	over, database := k.sealing, k.database
	if over != nil {
		defer k.mu.RUnlock()
		return *over
	}
	k.mu.RUnlock()
	if database == firstDatabase {
		database = "" // as it was before there were others
	}
	return k.derive("sealing", database)
}

// FingerprintKey keys the fingerprints by which a secret is recognised that is not kept.
func (k *Keys) FingerprintKey() [KeySize]byte { return k.derive("fingerprint", "") }

// StateKey seals the state that travels through a client between two requests.
func (k *Keys) StateKey() [KeySize]byte { return k.derive("state", "") }

// DigestKey keys the digests of an issue's unredacted content in the record. salt is random, is kept with the issue and is deleted with it:
// without the salt nobody, the holder of the data key included, can test a guess against a digest any more.
func (k *Keys) DigestKey(issueID string, salt []byte) [KeySize]byte {
	return k.derive("digest", digestSubject(issueID, salt))
}

func digestSubject(issueID string, salt []byte) string {
	return fmt.Sprintf("%d:%s:%x", len(issueID), issueID, salt)
}

// DigestKeyOf is DigestKey for what concerns several issues, whose salts it has by their ids: without any one of them it cannot be made. For
// one it is that issue's, for none that of the installation.
func (k *Keys) DigestKeyOf(salts map[string][]byte) [KeySize]byte {
	if len(salts) == 0 {
		return k.DigestKey("", nil)
	}
	var subjects []string
	for _, id := range slices.Sorted(maps.Keys(salts)) {
		subjects = append(subjects, digestSubject(id, salts[id]))
	}
	return k.derive("digest", strings.Join(subjects, ","))
}

// derive returns the key for a purpose and a subject. The version in the info string changes whenever the meaning of a purpose does.
func (k *Keys) derive(purpose, subject string) [KeySize]byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out, err := hkdf.Key(sha256.New, k.data[:], nil, "tftsr v1 "+purpose+"\x00"+subject, KeySize)
	if err != nil {
		// hkdf.Key fails only for lengths that do not depend on any input: more than 255 blocks, or a key below 112 bits in FIPS mode.
		panic("secrets: " + err.Error())
	}
	defer wipe(out)
	return [KeySize]byte(out)
}

// Close destroys the data key. It is overwritten with random bytes rather than zeros, so that a key derived afterwards by mistake opens
// nothing and is known to nobody.
func (k *Keys) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, _ = rand.Read(k.data[:])
	if k.sealing != nil {
		_, _ = rand.Read(k.sealing[:])
	}
}

// String names the key by its id.
func (k *Keys) String() string {
	if k == nil {
		return "secrets.Keys(nil)"
	}
	return "secrets.Keys(" + k.id + " from " + string(k.source) + ")"
}

// Format prints what String does, whatever the verb.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// MarshalText returns what String does; encoding/json uses it too.
func (k *Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue returns what String does.
func (k *Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// parseKey reads base64 (RFC 4648 §4, padded, canonical) of exactly 32 bytes, white space around it ignored. Anything else is refused, so
// that a password is never mistaken for a key. The error does not repeat the text.
func parseKey(text []byte) (key [KeySize]byte, err error) {
	s := strings.TrimSpace(string(text))
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	defer wipe(raw)
	n, err := base64.StdEncoding.Strict().Decode(raw, []byte(s))
	if err != nil || n != KeySize || len(s) != base64.StdEncoding.EncodedLen(KeySize) {
		return key, fmt.Errorf("%w: make a key with `openssl rand -base64 32`", ErrBadKey)
	}
	copy(key[:], raw)
	return key, nil
}

// formatKey is the inverse of parseKey.
func formatKey(key [KeySize]byte) []byte {
	out := make([]byte, base64.StdEncoding.EncodedLen(KeySize))
	base64.StdEncoding.Encode(out, key[:])
	return out
}
