package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
)

// ring is a keyring in memory.
type ring struct {
	mu    sync.Mutex
	items map[string]string
}

func (r *ring) Get(_ context.Context, item string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.items[item]; ok {
		return []byte(v), nil
	}
	return nil, secrets.ErrNotFound
}

func (r *ring) Set(_ context.Context, item string, value []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.items == nil {
		r.items = map[string]string{}
	}
	r.items[item] = string(value)
	return nil
}

func (r *ring) Delete(_ context.Context, item string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.items[item]; !ok {
		return secrets.ErrNotFound
	}
	delete(r.items, item)
	return nil
}

// realRing is the keyring of the platform.
func realRing(t *testing.T) secrets.Keyring {
	t.Helper()
	if os.Getenv("TFTSR_TEST_KEYRING") != "1" {
		t.Skip("NOT RUN: needs a keyring of its own; run: scripts/with-keyring go test ./internal/backup/")
	}
	return secrets.SystemKeyring(secrets.KeyringOptions{BusAddress: os.Getenv("DBUS_SESSION_BUS_ADDRESS")})
}

func TestTheKeyringHoldsTheRecordAndComesBack(t *testing.T) {
	holdAndComeBack(t, &ring{}, &ring{})
}

// The same with the Secret Service of the platform.
func TestTheRealKeyringHoldsTheRecordAndComesBack(t *testing.T) {
	platform := realRing(t)
	holdAndComeBack(t, platform, platform)
}

// holdAndComeBack: the keyring has the newest checkpoint, and alone shows that
// the rest of the folder was put back. After a restore in place it has that of
// the restored record, and shows a rollback behind that too. On a new machine
// the data key and the secrets go into the keyring there.
func holdAndComeBack(t *testing.T, here, there secrets.Keyring) {
	dir := filepath.Join(t.TempDir(), "data")
	f := openFolder(t, dir, "", here)
	item, ok := f.options().Keyring.(*secrets.HeadItem)
	if !ok {
		t.Fatal("the keyring is no place of checkpoints")
	}
	f.issue("one")
	f.secret("servicenow/prod", "S3cr3t")
	f.calls(3)
	f.checkpoint()
	path := f.write("a.backup")
	f.close()
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	copyFolder(t, dir, yesterday)

	f = openFolder(t, dir, "", here)
	f.calls(30)
	newest := f.checkpoint()
	if note := kept(t, item); note != string(newest.Note) {
		t.Errorf("the keyring has\n%s, want\n%s", note, newest.Note)
	}
	f.close()
	tampered := func(when, from string) {
		t.Helper()
		now := filepath.Join(t.TempDir(), "now")
		copyFolder(t, dir, now)
		copyFolder(t, from, dir)
		if _, err := tryFolder(t, dir, "", here); !errors.Is(err, gate.ErrTampered) {
			t.Errorf("%s: %v", when, err)
		}
		copyFolder(t, now, dir)
	}
	tampered("the whole folder of yesterday", yesterday)

	if _, err := restore(t, opened(t, path), dir, "", here, true); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	copyFolder(t, dir, restored)
	f = openFolder(t, dir, "", here)
	if kinds, intact := f.kinds(); !intact || !slices.Equal(kinds, []audit.Kind{audit.KindRestored}) {
		t.Errorf("after the restore: intact %v, %v", intact, kinds)
	}
	f.wantSecret("servicenow/prod", "S3cr3t")
	f.calls(2) // The new history is shorter than the one that was given up.
	f.close()
	tampered("the folder as it was right after the restore", restored)
	tampered("the whole folder of yesterday, after the restore", yesterday)
	f = openFolder(t, dir, "", here)
	f.close()

	// Another machine.
	c := opened(t, path)
	elsewhere := adopt(t, c, secrets.InitOptions{Source: secrets.SourceKeyring, Keyring: there})
	if _, err := restore(t, c, elsewhere, "", there, false); err != nil {
		t.Fatal(err)
	}
	g := openFolder(t, elsewhere, "", there)
	if sealed, err := g.secrets.Settle(t.Context(), c.Bundle); err != nil || sealed != 0 {
		t.Errorf("%d secrets stay sealed, %v", sealed, err)
	}
	g.wantSecret("servicenow/prod", "S3cr3t")
	list, err := g.secrets.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Place != secrets.PlaceKeyring {
		t.Errorf("%+v, %v", list, err)
	}
	if got := g.issues(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("issues %v", got)
	}
	g.close()
	g = openFolder(t, elsewhere, "", there) // The signing key is in the keyring now, and so is the head.
	if g.options().Keyring == nil {
		t.Error("the keyring is no place of checkpoints there")
	}
	g.checkpoint()
}

func kept(t *testing.T, item *secrets.HeadItem) string {
	t.Helper()
	// A place outside the folder gets at most one a second.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	note, err := item.LoadHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(note)
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(from)), os.Chmod(to, 0o700)); err != nil {
		t.Fatal(err)
	}
}
