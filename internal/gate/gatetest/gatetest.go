// Package gatetest gives tests a gate in a folder of its own, with all that it
// stands on: what a gate clears can be had from a gate only.
package gatetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store/sqlite"
)

// Bed is a gate and what it stands on. It lasts as long as its test.
type Bed struct {
	Config  *config.Config
	Store   *sqlite.DB
	Secrets *secrets.Store
	Gate    *gate.Gate

	t testing.TB
}

// New makes a bed with the default configuration and an empty store.
func New(t testing.TB) *Bed {
	t.Helper()
	keys, err := secrets.NewKeys([32]byte{1}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	b := &Bed{Config: config.Default(), t: t}
	b.Config.DataDir = t.TempDir()
	if b.Store, err = sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(b.Config.DataDir, "t.db"), Key: keys.DatabaseKey("t")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Store.Close() })
	if b.Secrets, err = secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.Store}); err != nil {
		t.Fatal(err)
	}
	sign, _, err := secrets.AuditKey(context.Background(), b.Secrets, "test")
	if err != nil {
		t.Fatal(err)
	}
	b.Gate, err = gate.New(b.Context(), gate.Options{
		Store: b.Store, Keys: keys, Config: b.Config, SignKey: sign, HeadFile: filepath.Join(b.Config.DataDir, "head"), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Gate.Close(context.Background()) })
	return b
}

// Context is that of an agent's call.
func (b *Bed) Context() context.Context {
	return gate.WithCaller(context.Background(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
}

// Clearer returns what clears a text for d, and ends the test where that fails.
func (b *Bed) Clearer(d gate.Destination) func(text string) gate.Cleared {
	return func(text string) gate.Cleared {
		b.t.Helper()
		c, err := b.Gate.Clear(b.Context(), d, text)
		if err != nil {
			b.t.Fatal(err)
		}
		return c
	}
}
