package client

import (
	"testing"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/gate/gatetest"
)

// clearer returns what clears a text for a server, which only a gate can.
func clearer(t testing.TB, server string) func(text string) gate.Cleared {
	t.Helper()
	return gatetest.New(t).Clearer(Destination(server))
}
