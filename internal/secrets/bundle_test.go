package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// memoryRing is a keyring in memory.
type memoryRing struct {
	mu    sync.Mutex
	items map[string]string
	full  bool // takes nothing more
}

func (r *memoryRing) Get(_ context.Context, item string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.items[item]; ok {
		return []byte(v), nil
	}
	return nil, ErrNotFound
}

func (r *memoryRing) Set(_ context.Context, item string, value []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		return fmt.Errorf("%w: it is locked", ErrUnavailable)
	}
	if r.items == nil {
		r.items = map[string]string{}
	}
	r.items[item] = string(value)
	return nil
}

func (r *memoryRing) Delete(_ context.Context, item string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.items[item]; !ok {
		return ErrNotFound
	}
	delete(r.items, item)
	return nil
}

// bundledFolder makes a folder with two secrets in its keyring, and its
// bundle.
func bundledFolder(t *testing.T, ring Keyring) (*Keys, *Store, *Bundle) {
	t.Helper()
	dir := t.TempDir()
	keys := mustResolve(t, Options{DataDir: dir, DBKey: textKey(1)})
	s, err := NewStore(StoreOptions{Keys: keys, Rows: &memoryRows{}, Keyring: ring, DataDir: dir, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Set(t.Context(), "small", []byte("in the keyring"), SetOptions{ExpiresAt: testNow.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := AuditKey(t.Context(), s, "tftsr.example/log"); err != nil {
		t.Fatal(err)
	}
	b, err := s.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return keys, s, b
}

func TestABundleHoldsEverySecretAndShowsNone(t *testing.T) {
	keys, _, b := bundledFolder(t, &memoryRing{})
	if b.KeyID() != keys.ID() || b.Installation() != keys.Installation() || b.Secrets() != 1 || !strings.HasPrefix(b.SigningKey(), "PRIVATE+KEY+") {
		t.Errorf("%v of %s: %d secrets", b, b.Installation(), b.Secrets())
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(verb, b); got != "secrets.Bundle("+keys.ID()+")" {
			t.Errorf("%s shows %q", verb, got)
		}
	}
	if text, err := json.Marshal(map[string]any{"bundle": b}); err == nil {
		t.Errorf("an encoder made %s of it", text)
	}
	text, err := b.MarshalSecret()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseBundle(text)
	if err != nil {
		t.Fatal(err)
	}
	if again.key != b.key || again.SigningKey() != b.SigningKey() || again.Secrets() != 1 || !again.items[0].CreatedAt.Equal(b.items[0].CreatedAt) {
		t.Error("what was read is not what was written")
	}
	again.Close()
	if again.key != [KeySize]byte{} || strings.Trim(again.SigningKey(), "\x00") != "" {
		t.Error("a closed bundle still holds its values")
	}
	for name, change := range map[string]func(map[string]any){
		"newer":              func(m map[string]any) { m["version"] = 2 },
		"no version":         func(m map[string]any) { delete(m, "version") },
		"a short key":        func(m map[string]any) { m["data_key"] = "AAAA" },
		"no installation":    func(m map[string]any) { m["installation"] = "" },
		"a path for one":     func(m map[string]any) { m["installation"] = "../x" },
		"secrets of no form": func(m map[string]any) { m["secrets"] = "x" },
	} {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		bad, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseBundle(bad); err == nil || strings.Contains(err.Error(), "keyring") || (name == "newer") != strings.Contains(err.Error(), "newer program") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseBundle(text[:len(text)/2]); err == nil || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("half of it: %v", err)
	}
}

func TestABundleWithoutASecretIsNone(t *testing.T) {
	ring := &memoryRing{}
	_, s, _ := bundledFolder(t, ring)
	clear(ring.items)
	if _, err := s.Bundle(t.Context()); err == nil || !strings.Contains(err.Error(), "would not be whole") {
		t.Errorf("the keyring has lost its items: %v", err)
	}
}

// A value that the keyring still holds stays there; every other one is sealed
// until the database is in its place, and goes into the keyring then, as far as
// that takes it.
func TestSecretsComeBackSealedAndSettleInTheKeyring(t *testing.T) {
	ring := &memoryRing{}
	_, old, b := bundledFolder(t, ring)
	dir := t.TempDir()
	if _, err := Adopt(t.Context(), InitOptions{DataDir: dir, Source: SourceEnv, DBKey: textKey(1)}, b); err != nil {
		t.Fatal(err)
	}
	keys := mustResolve(t, Options{DataDir: dir, DBKey: textKey(1)})
	if keys.Installation() != b.Installation() {
		t.Fatalf("the installation is %s, was %s", keys.Installation(), b.Installation())
	}
	for name, c := range map[string]struct {
		there  *memoryRing
		place  Place // before it settles
		sealed int   // after
	}{
		"the same keyring":       {ring, PlaceKeyring, 0},
		"a new keyring":          {&memoryRing{}, PlaceSealed, 0},
		"a keyring that is full": {&memoryRing{full: true}, PlaceSealed, 2},
		"another value in it":    {&memoryRing{items: map[string]string{old.item("small"): "changed since"}}, PlaceSealed, 0},
	} {
		rows := &memoryRows{}
		if err := rows.PutSecret(t.Context(), SecretRow{Name: "of the backup's rows", Place: string(PlaceSealed), Sealed: "x"}); err != nil {
			t.Fatal(err)
		}
		if err := Unbundle(t.Context(), rows, c.there, keys, b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(rows.rows) != 2 || rows.rows["small"].Place != string(c.place) || !rows.rows["small"].ExpiresAt.Equal(testNow.Add(time.Hour)) {
			t.Errorf("%s: %d rows, the secret is in %s", name, len(rows.rows), rows.rows["small"].Place)
		}
		s, err := NewStore(StoreOptions{Keys: keys, Rows: rows, Keyring: c.there, DataDir: dir, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		want := func(when string) {
			t.Helper()
			if got, err := s.Get(t.Context(), "small"); err != nil || string(got) != "in the keyring" {
				t.Errorf("%s, %s: %d bytes, %v", name, when, len(got), err)
			}
		}
		want("before it settles")
		if sealed, err := s.Settle(t.Context(), b); err != nil || sealed != c.sealed {
			t.Errorf("%s: %d stay sealed, want %d: %v", name, sealed, c.sealed, err)
		}
		want("afterwards")
		if in := c.there.items[s.item("small")] == "in the keyring"; in == (c.sealed > 0) {
			t.Errorf("%s: in the keyring: %v", name, in)
		}
	}
}

func TestABackupsKeyIsNotPutOverAnother(t *testing.T) {
	_, _, b := bundledFolder(t, nil)
	for name, o := range map[string]InitOptions{
		"the environment holds another": {Source: SourceEnv, DBKey: textKey(9)},
		"the file holds another":        {Source: SourceFile, KeyFile: writeTemp(t, "key", textKey(9)+"\n", 0o600)},
	} {
		o.DataDir = t.TempDir()
		if _, err := Adopt(t.Context(), o, b); !errors.Is(err, ErrKeyMismatch) {
			t.Errorf("%s: %v", name, err)
		}
		if there, err := Initialised(o.DataDir); there || err != nil {
			t.Errorf("%s: the folder has a key: %v %v", name, there, err)
		}
	}
}
