package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Two hosts start a server each on one data folder and call at the same time.
// Every call succeeds, the same value is the same token in both, and the
// record of the two is one chain.
func TestTwoServersOnOneDataFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	const servers, callers, calls = 2, 3, 8
	for s := range servers {
		wg.Go(func() {
			cmd, session := connect(t, dir)
			var inner sync.WaitGroup
			for c := range callers {
				inner.Go(func() {
					for n := range calls {
						res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_issue", Arguments: map[string]any{
							"title": fmt.Sprintf("Server %d, caller %d, call %d", s, c, n), "severity": "low", "category": "linux",
							"description": fmt.Sprintf("from person%d@corp-mail.com", n),
						}})
						if err != nil || res.IsError {
							t.Errorf("create_issue: %v %+v", err, res)
						}
					}
				})
			}
			inner.Wait()
			session.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("server %d: %v", s, err)
			}
		})
	}
	wg.Wait()

	var report struct {
		Intact   bool
		Entries  int
		Findings []any
	}
	if err := json.Unmarshal(output(t, dir, "audit", "verify", "--json"), &report); err != nil {
		t.Fatal(err)
	}
	if !report.Intact || len(report.Findings) != 0 || report.Entries < 2*servers*callers*calls {
		t.Errorf("the record: %+v", report)
	}

	cmd, session := connect(t, dir)
	defer func() {
		session.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	tokens := map[string]map[string]bool{} // the number of a call to its descriptions
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_issues", Arguments: map[string]any{"limit": servers * callers * calls}})
	if err != nil || res.IsError {
		t.Fatalf("list_issues: %v %+v", err, res)
	}
	b, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Issues []struct{ Title, Description string }
	}
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Issues) != servers*callers*calls {
		t.Errorf("%d issues, want %d", len(list.Issues), servers*callers*calls)
	}
	for _, i := range list.Issues {
		n := i.Title[len(i.Title)-1:]
		if tokens[n] == nil {
			tokens[n] = map[string]bool{}
		}
		tokens[n][i.Description] = true
	}
	if len(tokens) != calls {
		t.Fatalf("issues of %d calls, want %d", len(tokens), calls)
	}
	for n, seen := range tokens {
		for text := range seen {
			if len(seen) != 1 || !strings.HasPrefix(text, "from [Email_") {
				t.Errorf("person%s is %v", n, seen)
			}
		}
	}
}
