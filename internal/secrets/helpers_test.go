package secrets

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("TFTSR_TEST_FIRST_START"); dir != "" {
		os.Exit(firstStartChild(dir))
	}
	scryptWorkFactor = 8 // a second for each passphrase would be spent on nothing here
	os.Exit(m.Run())
}

var testNow = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func clock() time.Time { return testNow }

// textKey is a data key in its text form, different for each n.
func textKey(n byte) string {
	var key [KeySize]byte
	for i := range key {
		key[i] = n + byte(i)
	}
	return base64.StdEncoding.EncodeToString(key[:])
}

func idOf(t *testing.T, text string) string {
	t.Helper()
	key, err := parseKey([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return keyID(key[:])
}

func writeTemp(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustResolve(t *testing.T, o Options) *Keys {
	t.Helper()
	keys, err := Resolve(t.Context(), o)
	if err != nil {
		t.Fatalf("Resolve: %v", err)
	}
	return keys
}

// mustContain fails unless the text holds every part.
func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q\nlacks %q", text, part)
		}
	}
}

// memoryRows is a table of secrets in memory.
type memoryRows struct {
	mu   sync.Mutex
	rows map[string]SecretRow
	err  error
}

func (m *memoryRows) PutSecret(_ context.Context, row SecretRow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	if m.rows == nil {
		m.rows = map[string]SecretRow{}
	}
	m.rows[row.Name] = row
	return nil
}

func (m *memoryRows) Secret(_ context.Context, name string) (SecretRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[name]
	if !ok {
		return SecretRow{}, fmt.Errorf("row: %w", ErrNotFound)
	}
	return row, nil
}

func (m *memoryRows) Secrets(context.Context) ([]SecretRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []SecretRow
	for _, row := range m.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b SecretRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, nil
}

func (m *memoryRows) DeleteSecret(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, name)
	return nil
}
