package secrets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// Service is the name under which all items are kept in the OS keyring.
const Service = "tftsr"

// DefaultKeyringTimeout bounds one keyring call. The Secret Service blocks for ever when it waits for a prompt that nobody answers.
const DefaultKeyringTimeout = 5 * time.Second

// Keyring keeps small values outside the data folder. Its errors match [ErrNotFound], [ErrUnavailable] (with [ErrLocked] and [ErrTimeout]) or
// [ErrTooBig], and never hold a value. Implementations are safe for concurrent use.
type Keyring interface {
	// Get returns the value of an item, or ErrNotFound.
	Get(ctx context.Context, item string) ([]byte, error)
	// Set creates or replaces an item.
	Set(ctx context.Context, item string, value []byte) error
	// Delete removes an item, or returns ErrNotFound.
	Delete(ctx context.Context, item string) error
}

// KeyringOptions configures [SystemKeyring].
type KeyringOptions struct {
	// BusAddress is the process's own DBUS_SESSION_BUS_ADDRESS. Only Linux and the BSDs look at it.
	BusAddress string
	// Timeout bounds each call; zero means [DefaultKeyringTimeout].
	Timeout time.Duration
}

// SystemKeyring is the keyring of the platform: Secret Service, macOS Keychain, Windows Credential Manager. It makes no call to find out
// whether one is there.
func SystemKeyring(o KeyringOptions) Keyring {
	var blocked error
	if !slices.Contains([]string{"windows", "darwin", "ios"}, runtime.GOOS) && !hasBus(o.BusAddress, "/run/user") {
		// Without a bus the D-Bus library would run dbus-launch, which leaves daemons behind and finds a keyring that nobody can unlock.
		blocked = fmt.Errorf("%w: there is no D-Bus session bus", ErrUnavailable)
	}
	return newGuarded(blocked, o.Timeout, osBackend{})
}

// hasBus reports whether the D-Bus library would find a session bus without starting one. It looks where the library looks.
func hasBus(address, runUser string) bool {
	if address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return true
	}
	_, err := os.Stat(filepath.Join(runUser, strconv.Itoa(os.Getuid()), "bus"))
	return err == nil
}

// backend is the blocking form of a keyring, as go-keyring has it.
type backend interface {
	get(item string) (string, error)
	set(item, value string) error
	del(item string) error
}

type osBackend struct{}

func (osBackend) get(item string) (string, error) { return keyring.Get(Service, item) }
func (osBackend) set(item, value string) error    { return keyring.Set(Service, item, value) }
func (osBackend) del(item string) error           { return keyring.Delete(Service, item) }

// guarded gives a blocking backend time-outs. Calls take turns: one that hangs holds the turn, so that however many follow, at most one
// goroutine is stuck.
type guarded struct {
	blocked error
	timeout time.Duration
	turn    chan struct{}
	backend backend
}

func newGuarded(blocked error, timeout time.Duration, b backend) *guarded {
	if timeout <= 0 {
		timeout = DefaultKeyringTimeout
	}
	return &guarded{blocked: blocked, timeout: timeout, turn: make(chan struct{}, 1), backend: b}
}

// call runs f with the time-out. A Set that timed out may still take effect later.
func (g *guarded) call(ctx context.Context, f func() (string, error)) (string, error) {
	if g.blocked != nil {
		return "", g.blocked
	}
	ctx, cancel := context.WithTimeoutCause(ctx, g.timeout, ErrTimeout)
	defer cancel()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	type result struct {
		value string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-g.turn }()
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, classify(r.err)
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// classify gives the library's errors a type. It types three; the rest are texts of the platform, which name collections and sockets but no
// values.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooBig
	case strings.Contains(err.Error(), "failed to unlock"):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func (g *guarded) Get(ctx context.Context, item string) ([]byte, error) {
	value, err := g.call(ctx, func() (string, error) { return g.backend.get(item) })
	if err != nil {
		return nil, fmt.Errorf("keyring item %s: %w", item, err)
	}
	return []byte(value), nil
}

func (g *guarded) Set(ctx context.Context, item string, value []byte) error {
	text := string(value)
	_, err := g.call(ctx, func() (string, error) { return "", g.backend.set(item, text) })
	if err != nil {
		return fmt.Errorf("keyring item %s: %w", item, err)
	}
	return nil
}

func (g *guarded) Delete(ctx context.Context, item string) error {
	_, err := g.call(ctx, func() (string, error) { return "", g.backend.del(item) })
	if err != nil {
		return fmt.Errorf("keyring item %s: %w", item, err)
	}
	return nil
}

// MemoryKeyring is a keyring for tests. The zero value is empty and works.
type MemoryKeyring struct {
	// Err, when set, is what every call returns.
	Err error
	// MaxBytes, when positive, is the size above which Set returns ErrTooBig.
	MaxBytes int

	mu    sync.Mutex
	items map[string][]byte
}

// Get implements [Keyring].
func (m *MemoryKeyring) Get(_ context.Context, item string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Err != nil {
		return nil, m.Err
	}
	value, ok := m.items[item]
	if !ok {
		return nil, fmt.Errorf("keyring item %s: %w", item, ErrNotFound)
	}
	return slices.Clone(value), nil
}

// Set implements [Keyring].
func (m *MemoryKeyring) Set(_ context.Context, item string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Err != nil {
		return m.Err
	}
	if m.MaxBytes > 0 && len(value) > m.MaxBytes {
		return fmt.Errorf("keyring item %s: %w", item, ErrTooBig)
	}
	if m.items == nil {
		m.items = map[string][]byte{}
	}
	m.items[item] = slices.Clone(value)
	return nil
}

// Delete implements [Keyring].
func (m *MemoryKeyring) Delete(_ context.Context, item string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Err != nil {
		return m.Err
	}
	if _, ok := m.items[item]; !ok {
		return fmt.Errorf("keyring item %s: %w", item, ErrNotFound)
	}
	delete(m.items, item)
	return nil
}

// Items returns the names of all items, sorted.
func (m *MemoryKeyring) Items() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.items))
	for name := range m.items {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
