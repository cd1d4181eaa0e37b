package secrets

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func testKeys(t *testing.T) *Keys {
	t.Helper()
	key, err := parseKey([]byte(textKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(key, strings.Repeat("ab", 16))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// derived lists every key that a Keys gives out.
func derived(k *Keys) map[string][KeySize]byte {
	return map[string][KeySize]byte{
		"database a": k.DatabaseKey("a"), "database b": k.DatabaseKey("b"), "database": k.DatabaseKey(""), "sealing": k.SealingKey(),
		"fingerprint": k.FingerprintKey(), "state": k.StateKey(), "digest i": k.DigestKey("i", nil), "digest j": k.DigestKey("j", nil),
		"digest i salted": k.DigestKey("i", []byte("s")), "digest i:s": k.DigestKey("i:s", nil), "digest i:73": k.DigestKey("i:73", nil),
	}
}

func TestEveryPurposeAndSubjectHasItsOwnKey(t *testing.T) {
	keys := testKeys(t)
	seen := map[[KeySize]byte]string{keys.data: "the data key", {}: "zero"}
	for name, key := range derived(keys) {
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s are the same key", name, other)
		}
		seen[key] = name
	}
}

// TestDerivationNeverChanges pins the derivation: another result would make every database unreadable. The values were computed with an
// independent HKDF (Python's hmac and hashlib).
func TestDerivationNeverChanges(t *testing.T) {
	keys := testKeys(t)
	for name, tt := range map[string]struct {
		got  [KeySize]byte
		want string
	}{
		"database":    {keys.DatabaseKey("db-1"), "b6d452104d5b99349e33d8ec3fa399cee91b52b1d161b3c65679427150fd7c16"},
		"sealing":     {keys.SealingKey(), "e6f4c5cecc1a41e4f1373a3c4c8b865f02781c7663884ddc0136bc6246728bb7"},
		"fingerprint": {keys.FingerprintKey(), "8914b702e76f65702a74cff7b5e8df41f6894f807352115c1075227f413e6c83"},
		"state":       {keys.StateKey(), "34589ea6aa93c571a94db3c051c1f9f84e1567f0742a488a33a9c38b4fab117d"},
		"digest":      {keys.DigestKey("issue-1", []byte{1, 2}), "390f0071a80707ed13589e2c6dee13617a0cc89329e0cf54777f79ace8c69335"},
	} {
		if got := hex.EncodeToString(tt.got[:]); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if keys.ID() != "eac87b201941b95c050ed51b24859318" {
		t.Errorf("key id %s", keys.ID())
	}
}

func TestEncryptionKeyOverridesTheSealingKeyOnly(t *testing.T) {
	plain, over := mustResolve(t, Options{DataDir: t.TempDir(), DBKey: textKey(1)}), mustResolve(t, Options{DataDir: t.TempDir(), DBKey: textKey(1), EncryptionKey: textKey(5)})
	want, err := parseKey([]byte(textKey(5)))
	if err != nil {
		t.Fatal(err)
	}
	if over.SealingKey() != want {
		t.Error("the sealing key is not TFTSR_ENCRYPTION_KEY")
	}
	a, b := derived(plain), derived(over)
	for name := range a {
		if (a[name] == b[name]) != (name != "sealing") {
			t.Errorf("%s: same %v", name, a[name] == b[name])
		}
	}
	if plain.ID() != over.ID() {
		t.Error("the key id changed")
	}
}

func TestKeysPrintAsAPlaceholder(t *testing.T) {
	keys := mustResolve(t, Options{DataDir: t.TempDir(), DBKey: textKey(1), EncryptionKey: textKey(5)})
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", keys, "wrapped", struct{ K *Keys }{keys})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", keys)
	js, err := json.Marshal(map[string]any{"k": keys})
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(js)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		out += fmt.Sprintf(verb, keys) + fmt.Sprintf(verb, struct{ K *Keys }{keys})
	}
	mustContain(t, out, "secrets.Keys("+keys.ID())
	for _, text := range []string{textKey(1), textKey(5)} {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		list := strings.Trim(fmt.Sprintf("%d", raw), "[]")
		for _, form := range []string{text[:20], hex.EncodeToString(raw)[:20], strings.ToUpper(hex.EncodeToString(raw))[:20], list[:20]} {
			if strings.Contains(out, form) {
				t.Errorf("the key shows as %s", form)
			}
		}
	}
}

func TestClosedKeysDeriveNothingThatIsKnown(t *testing.T) {
	keys := mustResolve(t, Options{DataDir: t.TempDir(), DBKey: textKey(1), EncryptionKey: textKey(5)})
	zero, err := NewKeys([KeySize]byte{}, "")
	if err != nil {
		t.Fatal(err)
	}
	before, ofZero := derived(keys), derived(zero)
	keys.Close()
	for name, key := range derived(keys) {
		if key == before[name] || key == ofZero[name] || key == ([KeySize]byte{}) {
			t.Errorf("%s is still a known key", name)
		}
	}
}
