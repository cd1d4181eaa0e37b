package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// rotate gives the database of a folder that is closed another key.
func rotate(ctx context.Context, t *testing.T, dir string) (Rotation, error) {
	t.Helper()
	claim, err := Claim(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := claim.Release(); err != nil {
			t.Error(err)
		}
	}()
	keys, err := secrets.Resolve(t.Context(), secrets.Options{DataDir: dir, DBKey: textKey(1)})
	if err != nil {
		t.Fatal(err)
	}
	db, err := OpenDatabase(t.Context(), dir, keys, claim)
	if err != nil {
		t.Fatal(err)
	}
	r, err := RotateKey(ctx, dir, keys, db)
	if err == nil {
		if _, err := db.Generation(t.Context()); err != nil {
			t.Errorf("the database does not go on under its new key: %v", err)
		}
	}
	return r, errors.Join(err, db.Close())
}

func TestARotatedKeyIsTheOnlyOneThatOpens(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.issue("one")
	f.secret("a", "first")
	f.secret("b", "second")
	f.calls(3)
	old := f.keys.DatabaseKey(f.keys.DatabaseIDs()[0])
	f.close()
	r, err := rotate(t.Context(), t, f.dir)
	if err != nil || r.Resealed != 3 { // The signing key is sealed too.
		t.Fatalf("%+v, %v", r, err)
	}
	if ids, err := secrets.RecordedDatabaseIDs(f.dir); err != nil || !slices.Equal(ids, []string{r.DatabaseID}) {
		t.Errorf("recorded are %v, want %s: %v", ids, r.DatabaseID, err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(f.dir, DatabaseFile), Key: old}); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("under the old key: %v", err)
	}
	g := openFolder(t, f.dir, textKey(1), nil)
	g.wantSecret("a", "first")
	g.wantSecret("b", "second")
	if kinds, intact := g.kinds(); !intact || len(kinds) != 0 {
		t.Errorf("intact %v, %v", intact, kinds)
	}
	if left := leftovers(t, f.dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestARotationThatIsBrokenOffChangesNothing(t *testing.T) {
	f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
	f.secret("a", "first")
	before := f.keys.DatabaseIDs()
	f.close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rotate(ended, t, f.dir); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if ids, err := secrets.RecordedDatabaseIDs(f.dir); err != nil || !slices.Equal(ids, before) {
		t.Errorf("recorded are %v, want %v: %v", ids, before, err)
	}
	openFolder(t, f.dir, textKey(1), nil).wantSecret("a", "first")
	if left := leftovers(t, f.dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A change that a crash cut off is ended by the next to open the database,
// which finds out how far it had come: the staged head goes with the database
// that it is of, and with no other.
func TestAChangeThatACrashCutOffIsEnded(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		f := openFolder(t, filepath.Join(t.TempDir(), "data"), textKey(1), nil)
		f.issue("one")
		before := f.keys.DatabaseIDs()[0]
		f.close()
		next, err := secrets.BeginRekey(t.Context(), f.dir)
		if err != nil {
			t.Fatal(err)
		}
		head := readFile(t, filepath.Join(f.dir, HeadFile))
		staged := filepath.Join(f.dir, stagedHead)
		if err := os.WriteFile(staged, head, 0o600); err != nil {
			t.Fatal(err)
		}
		want := before
		if replaced {
			want = next
			keys, err := secrets.Resolve(t.Context(), secrets.Options{DataDir: f.dir, DBKey: textKey(1)})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(f.dir, DatabaseFile)
			db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Key: keys.DatabaseKey(before)})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.CopyTo(t.Context(), sqlite.NewPath(path), keys.DatabaseKey(next)), db.Close()); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Rename(sqlite.NewPath(path), path), os.Remove(filepath.Join(f.dir, HeadFile))); err != nil {
				t.Fatal(err)
			}
		}
		keys, err := secrets.Resolve(t.Context(), secrets.Options{DataDir: f.dir, DBKey: textKey(1)})
		if err != nil {
			t.Fatal(err)
		}
		if ids := keys.DatabaseIDs(); !slices.Equal(ids, []string{before, next}) {
			t.Fatalf("the keys are %v", ids)
		}
		db, err := OpenDatabase(t.Context(), f.dir, keys, nil)
		if err != nil {
			t.Fatalf("replaced %v: %v", replaced, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if ids, err := secrets.RecordedDatabaseIDs(f.dir); err != nil || !slices.Equal(ids, []string{want}) || !slices.Equal(keys.DatabaseIDs(), ids) {
			t.Errorf("replaced %v: recorded are %v, want %s: %v", replaced, ids, want, err)
		}
		if _, err := os.Stat(staged); err == nil {
			t.Errorf("replaced %v: the staged head is still there", replaced)
		}
		if got := readFile(t, filepath.Join(f.dir, HeadFile)); string(got) != string(head) {
			t.Errorf("replaced %v: the head is another one", replaced)
		}
	}
}
