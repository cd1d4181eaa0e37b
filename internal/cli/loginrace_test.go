package cli

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
)

// TestProcessesThatRenewOneLoginLoseNothing lets commands and servers use one
// login at the same time, at a service that ends a login when a refresh token is
// shown twice. Tokens live for less than the minute that they are wanted for,
// so that every call renews them.
func TestProcessesThatRenewOneLoginLoseNothing(t *testing.T) {
	t.Parallel()
	service := fake.New(fake.Options{TokenLife: 30 * time.Second})
	srv := httptest.NewServer(service)
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	output(t, dir, "integration", "add", "servicenow", "sso", "--url", srv.URL, "--auth", "oauth", "--client-id", fake.ClientID)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	logIn(t, child(t, dir, "login", "servicenow", "sso", "--no-browser", "--port", fmt.Sprint(port)))

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { output(t, dir, "integration", "test", "servicenow", "sso") })
	}
	for range 2 {
		wg.Go(func() {
			cmd, session := connect(t, dir)
			for range 4 {
				res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "test_servicenow_connection", Arguments: map[string]any{}})
				if err != nil || res.IsError {
					t.Errorf("%v %+v", err, res)
				}
			}
			session.Close()
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	output(t, dir, "integration", "test", "servicenow", "sso") // The login is still one.
}

// logIn runs tftsr login and opens what it shows as a browser does.
func logIn(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(errs); lines.Scan(); {
		t.Log(lines.Text())
		if !strings.HasPrefix(lines.Text(), "http") {
			continue
		}
		resp, err := http.Get(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}
