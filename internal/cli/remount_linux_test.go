package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sys/unix"
)

// A file system becomes read-only under a running server, as one does that the
// kernel found damaged: no call is answered from then on as if it were on the
// record, the server stays and says why, and goes on when the folder can be
// written again.
//
// The kernel refuses to make a mount read-only through which files are open for
// writing, and only a damaged disk can make it. So the folder is mounted again,
// read-only, over itself: the database stays open as it was, and the files that
// the server opens anew for each head and checkpoint cannot be written, whoever
// has what rights. It needs the right to mount.
func TestAFolderThatBecomesReadOnlyStopsTheCallsAndNotTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", data, "tmpfs", 0, "size=16m,mode=700"); err != nil {
		t.Skipf("NOT RUN: no tmpfs can be mounted here (%v); run as root", err)
	}
	mounts := 1
	unmount := func() {
		t.Helper()
		if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
		mounts--
	}
	t.Cleanup(func() {
		for mounts > 0 {
			unmount()
		}
	})
	cmd, session := connect(t, dir)
	create := func() (string, bool) {
		t.Helper()
		res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
			"title": "A title", "severity": "low", "category": "linux",
		}})
		if err != nil {
			return err.Error(), false
		}
		return "", !res.IsError
	}
	acknowledged := 0
	if text, ok := create(); !ok {
		t.Fatal(text)
	}
	acknowledged++

	if err := unix.Mount(data, data, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	mounts++
	if err := unix.Mount("", data, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "x"), nil, 0o600); !os.IsPermission(err) && !strings.Contains(err.Error(), "read-only") {
		t.Fatalf("the folder can be written: %v", err)
	}
	// What is signed lags one group behind what is recorded, so that a call or
	// two may pass before it shows.
	refused := ""
	for deadline := time.Now().Add(patience); refused == "" && time.Now().Before(deadline); {
		if text, ok := create(); ok {
			acknowledged++
		} else {
			refused = text
		}
	}
	if refused == "" {
		t.Fatalf("%d calls were answered over a read-only folder", acknowledged)
	}
	if !strings.Contains(refused, "record") {
		t.Errorf("the caller is told %q", refused)
	}
	if _, ok := create(); ok {
		t.Error("a call is answered after one was refused")
	}
	// Another start is told at once what is wrong.
	if code, _, stderr := run(t, child(t, dir, "audit", "list")); code != exitFailure || !strings.Contains(stderr, "read-only") || !strings.Contains(stderr, "hint: make the data folder writable") {
		t.Errorf("another process: exit code %d, %s", code, stderr)
	}

	unmount()
	ok := false
	for deadline := time.Now().Add(patience); !ok && time.Now().Before(deadline); {
		_, ok = create()
	}
	if !ok {
		t.Fatal("no call is answered after the folder can be written again")
	}
	acknowledged++
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_issues", Arguments: map[string]any{"limit": 200}})
	if err != nil || res.IsError {
		t.Fatal(err, res)
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	output(t, dir, "audit", "verify")
	output(t, dir, "db", "check")
	t.Logf("%d calls were answered; then: %s", acknowledged, refused)
}
