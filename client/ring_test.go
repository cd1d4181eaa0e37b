package client

import (
	"strings"
	"testing"
)

// What a program says of its end stands before the stack that its interpreter prints.
func TestTheLineThatSaysWhyIsFoundBeforeTheStack(t *testing.T) {
	r := &ring{}
	for _, line := range []string{
		"reading settings", `{"level":"fatal","message":"Authentication failed - check your tokens","stacktrace":"` + strings.Repeat("x", 2000) + `"}`,
		"node:child_process:955", "    throw err;", "    ^", "", "Error: Command failed: /opt/server --transport stdio",
		"    at genericNodeError (node:internal/errors:983:15)", "    at wrappedFn (node:internal/errors:537:14)", "    at checkExecSyncError (node:child_process:916:11)",
		"    at Object.execFileSync (node:child_process:952:15)", "    at Module._compile (node:internal/modules/cjs/loader:1781:14) {", "  status: 1,", "  signal: null,",
		"  output: [ null, null, null ],", "  pid: 24845,", "  stdout: null,", "  stderr: null", "}", "Node.js v22.23.3",
	} {
		_, _ = r.Write([]byte(line + "\n"))
	}
	got := r.telling(10)
	for _, want := range []string{"Authentication failed - check your tokens", "Error: Command failed: /opt/server", "Node.js v22.23.3"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "    at ") || len(got) > 10*(tellingLine+10) || strings.Count(got, "\n") > 9 {
		t.Errorf("too much:\n%s", got)
	}
	if (&ring{}).telling(10) != "" {
		t.Error("something of nothing")
	}
}
