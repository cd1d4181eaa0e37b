package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// driftFile is where the offset of the clock is, in the home of the program.
const driftFile = "drift"

// driftingClock is the time of the machine, as somebody has set it.
func driftingClock() time.Time {
	home, err := os.UserHomeDir()
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(filepath.Join(home, driftFile))
	if err != nil {
		panic(err)
	}
	drift, err := time.ParseDuration(string(text))
	if err != nil {
		panic(err)
	}
	return time.Now().Add(drift)
}

// A server goes on while the clock of its machine is set back, and forward
// again: every call is answered and recorded, the order of the record is that
// of what happened, and the record says that the clock was set back. So does a
// start in the past.
func TestAClockThatIsSetBackStopsNothingAndIsOnTheRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	set := func(drift string) {
		t.Helper()
		// As a whole, since the server reads it at any moment.
		next := filepath.Join(dir, "next")
		if err := os.WriteFile(next, []byte(drift), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, driftFile)); err != nil {
			t.Fatal(err)
		}
	}
	drifting, err := exec.LookPath("tftsr-drifting")
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	create := func(session *mcp.ClientSession) {
		t.Helper()
		for range 3 {
			made++
			res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
				"title": "Of alice@corp-mail.com", "severity": "low", "category": "linux",
			}})
			if err != nil || res.IsError {
				t.Fatalf("call %d: %v %+v", made, err, res)
			}
		}
	}
	set("0s")
	cmd, session := connectTo(t, child(t, dir, "stdio"), drifting)
	create(session)
	for _, drift := range []string{"-1h", "-48h", "-2m", "1h"} {
		set(drift)
		create(session)
	}
	set("-3h")
	create(session)
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	set("-4h") // A start before the end of the last process.
	cmd, session = connectTo(t, child(t, dir, "stdio"), drifting)
	create(session)
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_issues", Arguments: map[string]any{"limit": 100}})
	if err != nil || res.IsError {
		t.Fatal(err, res)
	}
	b, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Issues []struct{ ID string } }
	if err := json.Unmarshal(b, &list); err != nil || len(list.Issues) != made {
		t.Errorf("%d issues are listed, %d were made: %v", len(list.Issues), made, err)
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}

	set("0s")
	var report struct {
		Intact   bool
		Findings []struct {
			Kind    string
			Warning bool
		}
	}
	if err := json.Unmarshal(output(t, dir, "audit", "verify", "--json"), &report); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, f := range report.Findings {
		if !f.Warning {
			t.Errorf("%s is no warning", f.Kind)
		}
		kinds = append(kinds, f.Kind)
	}
	back := len(slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k != "time_backwards" }))
	// To -1h, -48h, -3h, and -4h. Between -48h and -2m nothing was recorded for
	// two days, as the clock had it.
	if !report.Intact || back != 4 || !slices.Contains(kinds, "silence") || len(kinds) != 5 {
		t.Errorf("intact %v, findings %v", report.Intact, kinds)
	}
	output(t, dir, "db", "check")
}
