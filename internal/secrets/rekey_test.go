package secrets

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestTheKeyOfADatabaseChangesInTwoSteps(t *testing.T) {
	dir := t.TempDir()
	o := Options{DataDir: dir, DBKey: textKey(1)}
	keys := mustResolve(t, o)
	if got := keys.DatabaseIDs(); !slices.Equal(got, []string{firstDatabase}) {
		t.Fatalf("a new folder has the databases %v", got)
	}
	recorded := func(want ...string) {
		t.Helper()
		if got, err := RecordedDatabaseIDs(dir); err != nil || !slices.Equal(got, want) {
			t.Errorf("recorded are %v, want %v: %v", got, want, err)
		}
		if got := mustResolve(t, o).DatabaseIDs(); !slices.Equal(got, want) {
			t.Errorf("the next start tries %v, want %v", got, want)
		}
	}
	recorded(firstDatabase)
	next, err := BeginRekey(t.Context(), dir)
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	recorded(firstDatabase, next)
	// An id that was never begun ends nothing.
	if err := EndRekey(t.Context(), dir, "other"); err != nil {
		t.Fatal(err)
	}
	recorded(firstDatabase, next)
	// It was given up; another begins and comes to its end.
	if err := EndRekey(t.Context(), dir, firstDatabase); err != nil {
		t.Fatal(err)
	}
	recorded(firstDatabase)
	second, err := BeginRekey(t.Context(), dir)
	if err != nil || second == next {
		t.Fatal(second, err)
	}
	if err := EndRekey(t.Context(), dir, second); err != nil {
		t.Fatal(err)
	}
	recorded(second)
	if err := EndRekey(t.Context(), dir, second); err != nil { // once more, after a crash
		t.Fatal(err)
	}
	recorded(second)

	if keys.DatabaseKey(firstDatabase) == keys.DatabaseKey(second) {
		t.Error("two databases have one key")
	}
	other := keys.ForDatabase(second)
	if other.SealingKey() == keys.SealingKey() || other.ID() != keys.ID() || other.Installation() != keys.Installation() {
		t.Error("the keys of another database are not those of the same installation with another sealing key")
	}
	keys.UseDatabase(second)
	if other.SealingKey() != keys.SealingKey() || !slices.Equal(keys.DatabaseIDs(), []string{second}) {
		t.Errorf("the keys that changed over are not those: %v", keys.DatabaseIDs())
	}

	empty := t.TempDir()
	if _, err := BeginRekey(t.Context(), empty); err == nil {
		t.Error("a folder without keys begins to change one")
	}
	if got, err := RecordedDatabaseIDs(empty); err != nil || !slices.Equal(got, []string{firstDatabase}) {
		t.Errorf("a folder without record: %v, %v", got, err)
	}
}

func TestResealingReachesEverySealedRowAndNoOther(t *testing.T) {
	keys := mustResolve(t, Options{DataDir: t.TempDir(), DBKey: textKey(1)})
	to := keys.ForDatabase("next")
	rows := &memoryRows{}
	s, err := NewStore(StoreOptions{Keys: keys, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"a": "first", "b": "second"} {
		if _, err := s.Set(t.Context(), name, []byte(value), SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	inRing := SecretRow{Name: "c", Place: string(PlaceKeyring)}
	if err := rows.PutSecret(t.Context(), inRing); err != nil {
		t.Fatal(err)
	}
	if n, err := s.CheckSealed(t.Context()); err != nil || n != 2 {
		t.Errorf("%d rows open, %v", n, err)
	}
	if n, err := Reseal(t.Context(), rows, keys, to); err != nil || n != 2 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if rows.rows["c"] != inRing {
		t.Error("the row of a secret in the keyring was changed")
	}
	if _, err := s.CheckSealed(t.Context()); err == nil {
		t.Error("the old key still opens what was sealed anew")
	}
	after, err := NewStore(StoreOptions{Keys: to, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Get(t.Context(), "b"); err != nil || string(got) != "second" {
		t.Errorf("under the new key: %q, %v", got, err)
	}
	// From the wrong key it stops and names the secret, not its value.
	if n, err := Reseal(t.Context(), rows, keys, to); err == nil || n != 0 || !strings.Contains(err.Error(), "secret a") || strings.Contains(err.Error(), "first") {
		t.Errorf("from the wrong key: %d, %v", n, err)
	}
	rows.err = errors.New("the disk is full")
	if _, err := Reseal(t.Context(), rows, to, keys); !errors.Is(err, rows.err) {
		t.Errorf("on a full disk: %v", err)
	}
}
