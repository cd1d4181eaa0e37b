package cli

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/demo"
)

// TestADemoThatLeaksToAServiceFails lets the stand-in have originals, which a
// person may want and a demo may not: the search must find them.
func TestADemoThatLeaksToAServiceFails(t *testing.T) {
	t.Parallel()
	exe, err := exec.LookPath("tftsr")
	if err != nil {
		t.Fatal(err)
	}
	err = demo.Run(t.Context(), demo.Options{Binary: exe, Incident: "redis-disk-full", Era: "modern", Out: io.Discard, Outside: func() []demo.Outside {
		list := standIns()[:1]
		list[0].Add = append(list[0].Add, "--trust-type", "*", "--trust-field", "*")
		return list
	}})
	if !errors.Is(err, demo.ErrLeak) || !strings.Contains(err.Error(), "in what servicenow received") || strings.Contains(err.Error(), "in the frames") {
		t.Fatalf("%v", err)
	}
}
