package client

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

// clearer returns what clears a text for a server, which only a gate can.
func clearer(t testing.TB, server string) func(text string) gate.Cleared {
	t.Helper()
	keys, err := secrets.NewKeys([32]byte{1}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(dir, "t.db"), Key: keys.DatabaseKey("t")})
	if err != nil {
		t.Fatal(err)
	}
	vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: db})
	if err != nil {
		t.Fatal(err)
	}
	skey, _, err := secrets.AuditKey(context.Background(), vault, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx := gate.WithCaller(context.Background(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
	g, err := gate.New(ctx, gate.Options{Store: db, Keys: keys, Config: config.Default(), SignKey: skey, HeadFile: filepath.Join(dir, "head"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = g.Close(context.Background())
		_ = db.Close()
	})
	return func(text string) gate.Cleared {
		c, err := g.Clear(ctx, Destination(server), text)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}
