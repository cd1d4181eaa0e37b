package pii

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// firstCall names, in a child of the test, the call that is made in a program that has scanned nothing yet.
const firstCall = "PII_TEST_FIRST_CALL"

func init() {
	if os.Getenv(firstCall) == "" {
		prepare() // Tests of single functions look at tables without a scan.
	}
}

// aKey is of a form that only a row of vendorTable knows.
const aKey = "ghp_" + "R7nQ2vKx9LmT4wZs8YbC3dFg6HjP1k0FVixj"

// firstCalls are the ways into the package that need its tables. Each reports whether it saw what they hold.
var firstCalls = map[string]func() bool{
	"Scan": func() bool {
		s, err := NewScanner(Options{})
		return err == nil && len(s.Scan(nil, []byte("x "+aKey+" y"))) == 1
	},
	"Redact": func() bool {
		s, err := NewScanner(Options{})
		out, _, err2 := s.RedactString(NewMemoryAllocator(), ModeRaw, "x "+aKey+" y")
		return err == nil && err2 == nil && !strings.Contains(out, aKey)
	},
	"RedactJSON": func() bool {
		s, err := NewScanner(Options{})
		out, _, err2 := s.RedactJSON(NewMemoryAllocator(), ModeRaw, []byte(`{"password": "tr0ub4dor"}`))
		return err == nil && err2 == nil && !strings.Contains(string(out), "tr0ub4dor")
	},
	"Redactor": func() bool {
		s, err := NewScanner(Options{})
		var out strings.Builder
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, &out)
		_, err2 := io.WriteString(r, "x "+aKey+" y")
		return err == nil && err2 == nil && r.Close() == nil && !strings.Contains(out.String(), aKey)
	},
	"ScanReader": func() bool {
		s, err := NewScanner(Options{})
		n := 0
		_, err2 := s.ScanReader(context.Background(), strings.NewReader("x "+aKey+" y"), func(Finding, Excerpt) error { n++; return nil })
		return err == nil && err2 == nil && n == 1
	},
	"RuleDoc":  func() bool { return RuleDoc(ruleVendor).Vendor != "" },
	"RuleName": func() bool { return strings.HasPrefix(ruleVendor.String(), "vendor:") },
	"Knowable": func() bool {
		return !Knowable(UserName, []byte("warning")) && Knowable(UserName, []byte("zv.kowalczyk"))
	},
}

// TestTablesAreThereWhicheverCallComesFirst makes each of firstCalls the first one of a process.
func TestTablesAreThereWhicheverCallComesFirst(t *testing.T) {
	if name := os.Getenv(firstCall); name != "" {
		if !firstCalls[name]() {
			t.Fatal("the tables are empty")
		}
		return
	}
	for name := range firstCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestTablesAreThereWhicheverCallComesFirst$") //nolint:gosec // This very program.
			cmd.Env = append(os.Environ(), firstCall+"="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
