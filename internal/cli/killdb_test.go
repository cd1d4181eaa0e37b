package cli

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestKillLeavesTheOldStateOrTheNew kills the commands that replace the database
// or write a backup of it, at moments all over the time that they take. After
// each kill the data folder opens, checks, verifies, has what it had and the
// secret, and the next run of the command does its work.
func TestKillLeavesTheOldStateOrTheNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pass := filepath.Join(dir, "pass")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := child(t, dir, "secret", "set", "servicenow/prod")
	set.Stdin = strings.NewReader("S3cr3tValue-with-an-end")
	if out, err := set.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd, session := connect(t, dir)
	for range 5 {
		res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
			"title": "Mail for alice@corp-mail.com", "severity": "low", "category": "linux",
		}})
		if err != nil || res.IsError {
			t.Fatalf("%v %+v", err, res)
		}
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "whole.backup")
	output(t, dir, "db", "backup", "--passphrase-file", pass, whole)
	made := filepath.Join(dir, "made.backup")

	for name, args := range map[string][]string{
		"rotate-key": {"db", "rotate-key"},
		"restore":    {"db", "restore", "--replace", "--passphrase-file", pass, whole},
		"backup":     {"db", "backup", "--passphrase-file", pass, made},
		"forget":     {"forget", "--older-than", "90d"},
	} {
		began := time.Now()
		output(t, dir, args...)
		took := time.Since(began)
		cut, runs := 0, kills(t)
		if os.Getenv("TFTSR_TEST_KILLS") == "" { //nolint:forbidigo // no setting of the program
			runs = 4 // Each is followed by commands that read all of the folder.
		}
		for i := range runs {
			_ = os.Remove(made)
			// All over the time that it takes, and anywhere in each part of it.
			part := took / time.Duration(runs)
			if killCommand(t, child(t, dir, args...), part*time.Duration(i)+rand.N(part)) {
				cut++
			}
			checkFolder(t, dir, name)
			if _, err := os.Stat(made); err == nil {
				output(t, dir, "db", "check", made)
			}
		}
		if cut == 0 {
			t.Errorf("%s: no run was cut off: the test tested nothing", name)
		}
		_ = os.Remove(made)
		output(t, dir, args...)
		checkFolder(t, dir, name)
		t.Logf("%s: %d of %d runs were cut off; a whole one took %s", name, cut, runs, took.Round(time.Millisecond))
	}
	for _, pattern := range []string{"data/tftsr.db.new*", "data/audit.head.new"} {
		if left, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
}

// killCommand kills a command after some time and reports whether that was
// before its end.
func killCommand(t *testing.T, cmd *exec.Cmd, after time.Duration) bool {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() < 0 {
		return true
	}
	if err != nil {
		t.Errorf("tftsr %s: %v\n%s", strings.Join(cmd.Args[1:], " "), err, &stderr)
	}
	return false
}

// checkFolder demands that the data folder is whole.
func checkFolder(t *testing.T, dir, after string) {
	t.Helper()
	output(t, dir, "db", "check")
	var report struct{ Intact bool }
	if err := json.Unmarshal(output(t, dir, "audit", "verify", "--json"), &report); err != nil || !report.Intact {
		t.Fatalf("%s: the record does not verify: %v", after, err)
	}
	var stats struct{ Rows map[string]int64 }
	if err := json.Unmarshal(output(t, dir, "db", "stats", "--json"), &stats); err != nil || stats.Rows["issues"] != 5 {
		t.Fatalf("%s: %+v, %v", after, stats, err)
	}
	if out := output(t, dir, "secret", "list"); !strings.Contains(string(out), "servicenow/prod") {
		t.Fatalf("%s: the secret is gone: %s", after, out)
	}
}
