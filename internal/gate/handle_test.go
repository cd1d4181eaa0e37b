package gate

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAHandleIsOfUseToItsOwnerOnly(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	s, err := newSealer([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{asker: &asker{sealer: s}, opts: Options{Now: func() time.Time { return now }}}
	ada := WithCaller(context.Background(), Caller{ID: "ada", Channel: ChannelHTTP})
	eve := WithCaller(context.Background(), Caller{ID: "ada", Channel: ChannelStdio})
	const d = Destination("mcp:fs")
	sealed, err := g.Seal(ada, d, "address", []byte("file:///home/ada"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := g.Returned(ada, d, "address", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := got.Text(d); err != nil || text != "file:///home/ada" {
		t.Fatalf("%q %v", text, err)
	}
	if _, err := got.Text(Host); !errors.Is(err, ErrNotCleared) {
		t.Errorf("it goes elsewhere: %v", err)
	}
	forged := append([]byte{}, sealed...)
	forged[len(forged)-1] ^= 1
	for what, try := range map[string]func() ([]byte, error){
		"another caller":      func() ([]byte, error) { return g.Unseal(eve, d, "address", sealed) },
		"another destination": func() ([]byte, error) { return g.Unseal(ada, "mcp:f", "saddress", sealed) },
		"another use":         func() ([]byte, error) { return g.Unseal(ada, d, "cursor", sealed) },
		"a forgery":           func() ([]byte, error) { return g.Unseal(ada, d, "address", forged) },
		"nothing":             func() ([]byte, error) { return g.Unseal(ada, d, "address", nil) },
		"an old one": func() ([]byte, error) {
			now = now.Add(time.Hour)
			return g.Unseal(ada, d, "address", sealed)
		},
	} {
		if _, err := try(); !errors.Is(err, ErrHandle) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := g.Seal(context.Background(), d, "address", nil, time.Hour); !errors.Is(err, ErrNoCaller) {
		t.Errorf("without a caller: %v", err)
	}
}
