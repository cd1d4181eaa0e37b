package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// kills is how often the real process is killed: 20 times, or as
// TFTSR_TEST_KILLS says.
func kills(t *testing.T) int {
	text := os.Getenv("TFTSR_TEST_KILLS") //nolint:forbidigo // no setting of the program
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// child is a `tftsr` of a test, outside of the scripts.
func child(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := exec.LookPath("tftsr")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = []string{
		"PATH=" + filepath.Dir(exe), "HOME=" + dir, "USERPROFILE=" + dir, "TFTSR_CONFIG=none", "TFTSR_DATA_DIR=" + filepath.Join(dir, "data"),
		"TFTSR_DB_KEY=" + testKey, "TFTSR_LIMITS_CALLS_PER_SECOND=100000", "TFTSR_LIMITS_BURST=100000",
	}
	return cmd
}

// output runs a command that must succeed.
func output(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := child(t, dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tftsr %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return out
}

// acknowledged are the calls whose answers arrived: issues by id.
type acknowledged struct {
	mu     sync.Mutex
	issues []string
}

// TestKillLosesNothingAcknowledged kills `tftsr stdio` in the middle of calls.
// Afterwards the record verifies, whatever was answered is there, in the
// database and as an outcome on the record, and intents that were cut off are
// closed as interrupted by the next start.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acks acknowledged
	for i := range kills(t) {
		killed(t, dir, &acks, i%2 == 0)
	}
	if len(acks.issues) == 0 {
		t.Fatal("no call was answered before a kill: the test tested nothing")
	}

	// The next start closes what was left open.
	cmd, session := connect(t, dir)
	for _, id := range acks.issues {
		res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_issue", Arguments: map[string]any{"issue_id": id}})
		if err != nil || res.IsError {
			t.Errorf("issue %s was acknowledged and is gone: %v %v", id, err, res)
		}
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}

	var report struct {
		Intact   bool `json:"intact"`
		Findings []struct{ Kind, Text string }
	}
	if err := json.Unmarshal(output(t, dir, "audit", "verify", "--json"), &report); err != nil {
		t.Fatal(err)
	}
	if !report.Intact || len(report.Findings) != 0 {
		t.Errorf("the record after the kills: %+v", report)
	}
	checkOutcomes(t, dir, &acks)
}

// checkOutcomes reads the export: each intent of a call has one outcome, and
// every acknowledged issue one that says so.
func checkOutcomes(t *testing.T, dir string, acks *acknowledged) {
	t.Helper()
	type entry struct {
		Seq     int64  `json:"seq"`
		Details string `json:"details"` // the exact text that is hashed
	}
	type details struct {
		Phase  string `json:"phase"`
		Intent int64  `json:"intent"`
		Status string `json:"status"`
	}
	open := map[int64]bool{}
	status := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(output(t, dir, "audit", "export")))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Seq == 0 { // the head
			continue
		}
		var d details
		if err := json.Unmarshal([]byte(e.Details), &d); err != nil {
			t.Fatal(err)
		}
		switch d.Phase {
		case "intent":
			open[e.Seq] = true
		case "outcome":
			if !open[d.Intent] {
				t.Errorf("entry %d closes %d, which is not open", e.Seq, d.Intent)
			}
			delete(open, d.Intent)
			status[d.Status]++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(open) != 0 {
		t.Errorf("%d intents have no outcome", len(open))
	}
	if status["interrupted"] == 0 {
		t.Error("no call was interrupted: the kills came at the wrong time")
	}
	// Each acknowledged issue was made by one call, and read by one.
	if status["ok"] < 2*len(acks.issues) {
		t.Errorf("%d outcomes are ok, of %d acknowledged calls", status["ok"], 2*len(acks.issues))
	}
	t.Logf("%d issues acknowledged; outcomes: %v", len(acks.issues), status)
}

func connect(t *testing.T, dir string, env ...string) (*exec.Cmd, *mcp.ClientSession) {
	t.Helper()
	cmd := child(t, dir, "stdio")
	cmd.Env = append(cmd.Env, env...)
	return connectTo(t, cmd, cmd.Path)
}

// connectTo starts a server, by the program at path, and connects to it.
func connectTo(t *testing.T, cmd *exec.Cmd, path string) (*exec.Cmd, *mcp.ClientSession) {
	t.Helper()
	cmd.Path, cmd.Args[0] = path, path
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "kill", Version: "1"}, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}})
	session, err := client.Connect(t.Context(), &mcp.IOTransport{Reader: out, Writer: in}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, session
}

// killed starts a server, calls it from several sides, and kills it: soon, or soon after the first answer, which a busy machine gives late.
func killed(t *testing.T, dir string, acks *acknowledged, afterAnswer bool) {
	t.Helper()
	cmd, session := connect(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	answered := make(chan struct{}, 1)
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
					"title": fmt.Sprintf("Caller %d, call %d", i, n), "severity": "low", "category": "linux",
				}})
				if err != nil {
					return // The process is gone.
				}
				var out struct {
					Issue struct {
						ID string `json:"id"`
					} `json:"issue"`
				}
				b, err := json.Marshal(res.StructuredContent)
				if err == nil {
					err = json.Unmarshal(b, &out)
				}
				if err != nil || res.IsError || out.Issue.ID == "" {
					t.Errorf("create_issue: %v %s", err, b)
					return
				}
				acks.mu.Lock()
				acks.issues = append(acks.issues, out.Issue.ID)
				acks.mu.Unlock()
				select {
				case answered <- struct{}{}:
				default:
				}
			}
		})
	}
	if afterAnswer {
		select {
		case <-answered:
		case <-ctx.Done():
			t.Error("no call is answered")
		}
	}
	time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	session.Close()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the killed process ended with %v", err)
	}
}
