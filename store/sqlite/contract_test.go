package sqlite

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/storetest"
)

var testKey = [32]byte{'t', 'e', 's', 't'}

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestContract(t *testing.T) {
	var mu sync.Mutex
	paths := make(map[*testing.T]string)
	storetest.Run(t, func(t *testing.T) store.Store {
		mu.Lock()
		defer mu.Unlock()
		if paths[t] == "" {
			paths[t] = filepath.Join(t.TempDir(), "tftsr.db")
		}
		return openAt(t, paths[t])
	})
}
