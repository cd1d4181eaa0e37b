package secrets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// stubBackend answers every call with f.
type stubBackend struct{ f func() (string, error) }

func (b stubBackend) get(string) (string, error) { return b.f() }
func (b stubBackend) set(string, string) error   { _, err := b.f(); return err }
func (b stubBackend) del(string) error           { _, err := b.f(); return err }

// each runs the three calls of a keyring.
func each(ctx context.Context, k Keyring) map[string]error {
	_, errGet := k.Get(ctx, "item")
	return map[string]error{"get": errGet, "set": k.Set(ctx, "item", []byte("hunter2")), "delete": k.Delete(ctx, "item")}
}

func TestKeyringErrorsAreTyped(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want []error
		not  []error
	}{
		{keyring.ErrNotFound, []error{ErrNotFound}, []error{ErrUnavailable}},
		{keyring.ErrSetDataTooBig, []error{ErrTooBig}, []error{ErrUnavailable}},
		{errors.New("failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'"), []error{ErrLocked, ErrUnavailable}, []error{ErrTimeout}},
		{errors.New("The name org.freedesktop.secrets was not provided by any .service files"), []error{ErrUnavailable}, []error{ErrLocked, ErrTimeout, ErrNotFound}},
		{keyring.ErrUnsupportedPlatform, []error{ErrUnavailable}, []error{ErrLocked}},
	} {
		g := newGuarded(nil, 0, stubBackend{func() (string, error) { return "", tt.err }})
		for call, err := range each(t.Context(), g) {
			for _, want := range tt.want {
				if !errors.Is(err, want) {
					t.Errorf("%s, %v: %v is not %v", call, tt.err, err, want)
				}
			}
			for _, not := range tt.not {
				if errors.Is(err, not) {
					t.Errorf("%s, %v: %v is %v", call, tt.err, err, not)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error holds the value", call)
			}
		}
	}
}

func TestHangingKeyringTimesOutAndHoldsOneGoroutine(t *testing.T) {
	release := make(chan struct{})
	var mu sync.Mutex
	calls := 0
	g := newGuarded(nil, 30*time.Millisecond, stubBackend{func() (string, error) {
		mu.Lock()
		calls++
		mu.Unlock()
		<-release
		return "", nil
	}})
	start := time.Now()
	for call, err := range each(t.Context(), g) {
		if !errors.Is(err, ErrTimeout) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, want ErrTimeout", call, err)
		}
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("three calls took %s", d)
	}
	before := runtime.NumGoroutine()
	for range 5 {
		_ = each(t.Context(), g)
	}
	mu.Lock()
	if calls != 1 {
		t.Errorf("%d calls are stuck, want 1", calls)
	}
	mu.Unlock()
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("goroutines grew from %d to %d", before, after)
	}
	close(release)
	// The one that hung has come back: the keyring works again.
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := g.Get(t.Context(), "item"); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("still failing: %v", err)
		}
	}
}

func TestHangingKeyringFailsTheFirstStartAtOnce(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	g := newGuarded(nil, 20*time.Millisecond, stubBackend{func() (string, error) { <-release; return "", nil }})
	_, err := Resolve(t.Context(), Options{DataDir: t.TempDir(), Keyring: g})
	if !errors.Is(err, ErrNoKeySource) || !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v, want ErrNoKeySource and ErrTimeout", err)
	}
}

func TestCancelledContextMakesNoCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := newGuarded(nil, 0, stubBackend{func() (string, error) { t.Error("the keyring was called"); return "", nil }})
	for call, err := range each(ctx, g) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", call, err)
		}
	}
}

func TestWithoutABusNoCallIsMade(t *testing.T) {
	run := t.TempDir()
	for _, tt := range []struct {
		address string
		want    bool
	}{{"", false}, {"autolaunch:", false}, {"autolaunch:scope=*user", false}, {"unix:path=/tmp/bus", true}} {
		if got := hasBus(tt.address, run); got != tt.want {
			t.Errorf("address %q: %v, want %v", tt.address, got, tt.want)
		}
	}
	socket := filepath.Join(run, strconv.Itoa(os.Getuid()), "bus")
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !hasBus("", run) {
		t.Error("the user's bus was not found")
	}
	g := newGuarded(fmt.Errorf("%w: there is no D-Bus session bus", ErrUnavailable), 0, stubBackend{func() (string, error) { t.Error("the keyring was called"); return "", nil }})
	for call, err := range each(t.Context(), g) {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", call, err)
		}
	}
}

// TestRealKeyring crosses the platform's own keyring with everything that this package keeps in one.
func TestRealKeyring(t *testing.T) {
	if os.Getenv("TFTSR_TEST_KEYRING") != "1" {
		t.Skip("NOT RUN: needs a keyring of its own; run: scripts/with-keyring go test ./internal/secrets/")
	}
	ring := SystemKeyring(KeyringOptions{BusAddress: os.Getenv("DBUS_SESSION_BUS_ADDRESS")})
	ctx := t.Context()
	dir := t.TempDir()
	keys := mustResolve(t, Options{DataDir: dir, Keyring: ring})
	if again := mustResolve(t, Options{DataDir: dir, Keyring: ring}); again.ID() != keys.ID() {
		t.Error("the second start found another data key")
	}
	other := mustResolve(t, Options{DataDir: t.TempDir(), Keyring: ring})
	if other.ID() == keys.ID() {
		t.Error("two data folders share a key")
	}
	if again := mustResolve(t, Options{DataDir: dir, Keyring: ring}); again.ID() != keys.ID() {
		t.Error("a second data folder took the first one's item")
	}

	s, err := NewStore(StoreOptions{Keys: keys, Keyring: ring, Rows: &memoryRows{}, DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"plain": "hunter2", "lines": "-----BEGIN X-----\nabc\n-----END X-----\n", "utf-8": "pässwörd ✓", "spaces": "  a b\t", "long": strings.Repeat("x", 60_000),
	} {
		info, err := s.Set(ctx, name, []byte(value), SetOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if runtime.GOOS == "linux" && info.Place != PlaceKeyring {
			t.Errorf("%s is in %s", name, info.Place)
		}
		if got, err := s.Get(ctx, name); err != nil || string(got) != value {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
		if _, err := s.Set(ctx, name, []byte(value+"2"), SetOptions{}); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
		if got, err := s.Get(ctx, name); err != nil || string(got) != value+"2" {
			t.Errorf("%s again: got %d bytes, %v", name, len(got), err)
		}
		if err := s.Delete(ctx, name); err != nil {
			t.Errorf("delete %s: %v", name, err)
		}
		if _, err := ring.Get(ctx, s.item(name)); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s after Delete: %v, want ErrNotFound", name, err)
		}
	}
	skey, vkey, err := AuditKey(ctx, s, "tftsr.example/log")
	if err != nil {
		t.Fatal(err)
	}
	skey2, vkey2, err := AuditKey(ctx, s, "tftsr.example/log")
	if err != nil || skey2 != skey || vkey2 != vkey {
		t.Errorf("the signing key changed, or %v", err)
	}
	if _, err := ring.Get(ctx, "audit-key/"+keys.Installation()); err != nil {
		t.Errorf("the signing key is not an item of its own: %v", err)
	}
	if err := ring.Delete(ctx, "no such item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleting nothing: %v, want ErrNotFound", err)
	}
}
