package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
)

func TestInstancesTellTheLivingFromTheDead(t *testing.T) {
	dir := t.TempDir()
	// Left by a process that died: a file that nobody locks.
	dead := uuid.NewString()
	deadFile := filepath.Join(dir, dead+lockSuffix)
	other := filepath.Join(dir, "migrate"+lockSuffix)
	for _, name := range []string{deadFile, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := newInstance(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newInstance(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(deadFile); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the file of a dead instance is left")
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("a file that is not an instance's was removed")
	}
	for id, want := range map[string]bool{a.id: true, b.id: true, dead: false, uuid.NewString(): false, "": false, "../../x": false} {
		if a.alive(id) != want {
			t.Errorf("alive(%q) is %v", id, !want)
		}
	}
	if err := b.release(); err != nil {
		t.Fatal(err)
	}
	if a.alive(b.id) {
		t.Error("an instance that was released is alive")
	}
	if err := a.release(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}
