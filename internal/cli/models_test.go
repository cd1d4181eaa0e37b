package cli

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tftsr/tftsr/internal/fakes/ollama"
	models "github.com/tftsr/tftsr/providers/ollama"
)

// localModels serves a fake Ollama to a script.
func localModels(e *testscript.Env) {
	srv := httptest.NewServer(ollama.New(ollama.Options{Installed: []string{"llama3.2:3b", "gemma3:4b"}, Tick: time.Millisecond, Speed: 100e9, Free: 20e9}))
	e.Defer(srv.Close)
	e.Setenv("OLLAMA", srv.URL)
}

// TestTheBarShowsHowFarAPullIs draws it as a terminal of 60 columns would get it.
func TestTheBarShowsHowFarAPullIs(t *testing.T) {
	var out bytes.Buffer
	at := time.Unix(0, 0)
	b := &bar{w: &out, name: "qwen3:8b", width: func() int { return 100 }, now: func() time.Time { return at }}
	b.show(models.Progress{Phase: models.PhaseManifest})
	b.show(models.Progress{Phase: models.PhaseLoad, Completed: 1 << 30, Total: 4 << 30})
	at = at.Add(time.Millisecond)
	b.show(models.Progress{Phase: models.PhaseLoad, Completed: 1<<30 + 1, Total: 4 << 30}) // Too soon.
	at = at.Add(10 * time.Second)
	b.show(models.Progress{Phase: models.PhaseLoad, Completed: 2 << 30, Total: 4 << 30})
	b.show(models.Progress{Phase: models.PhaseVerify, Completed: 4 << 30, Total: 4 << 30})
	b.end()
	lines := strings.Split(strings.TrimPrefix(out.String(), "\r"), "\r")
	want := []string{
		"qwen3:8b: reading the manifest",
		"qwen3:8b:  25% [######..................] 1.0 GiB of 4.0 GiB",
		"qwen3:8b:  50% [############............] 2.0 GiB of 4.0 GiB, 102.4 MiB/s, 20s left",
		"qwen3:8b: checking digests",
		"", "",
	}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i := range want {
		if strings.TrimRight(lines[i], " ") != want[i] {
			t.Errorf("%q, want %q", lines[i], want[i])
		}
	}
	// What stood is wiped whole by what is shorter.
	if len(lines[3]) < len(lines[2]) || len(lines[4]) < len(strings.TrimRight(lines[3], " ")) {
		t.Errorf("remains stand: %q", lines)
	}
	// No line is longer than the terminal, or it would scroll.
	b.width = func() int { return 20 }
	out.Reset()
	at = at.Add(time.Second)
	b.show(models.Progress{Phase: models.PhaseLoad, Completed: 2 << 30, Total: 4 << 30})
	if got := strings.TrimPrefix(out.String(), "\r"); len(got) != 19 {
		t.Errorf("%q", got)
	}
}

func TestTheBarIsSilentWhereThereIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	b := (&app{streams: streams{err: &out}}).newBar("qwen3:8b")
	b.show(models.Progress{Phase: models.PhaseLoad, Completed: 1, Total: 2})
	b.show(models.Progress{Phase: models.PhaseDone, Completed: 2, Total: 2})
	b.end()
	if out.Len() > 0 || b.last.Completed != 2 {
		t.Errorf("%q, %+v", out.String(), b.last)
	}
}
