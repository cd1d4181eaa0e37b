package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tftsr/tftsr/internal/fakes/azuredevops"
	"github.com/tftsr/tftsr/internal/fakes/confluence"
	"github.com/tftsr/tftsr/internal/fakes/openai"
	"github.com/tftsr/tftsr/internal/fakes/script"
	fake "github.com/tftsr/tftsr/internal/fakes/servicenow"
)

// snow gives a script a ServiceNow of its own at $SNOW.
func snow(e *testscript.Env) {
	srv := httptest.NewServer(fake.New(fake.Options{}))
	e.Defer(srv.Close)
	e.Setenv("SNOW", srv.URL)
	chat := httptest.NewServer(openai.New(openai.Options{}))
	e.Defer(chat.Close)
	e.Setenv("OPENAI", chat.URL)
	triage := httptest.NewServer(openai.New(openai.Options{Script: script.Triage}))
	e.Defer(triage.Close)
	e.Setenv("TRIAGE", triage.URL)
}

// wikis gives a script a Confluence Cloud of its own at $WIKI, and a Data Center
// at $DC.
func wikis(e *testscript.Env) {
	for name, o := range map[string]confluence.Options{"WIKI": {Strange: "https://other.atlassian.net"}, "DC": {DataCenter: true, Context: "/confluence"}} {
		srv := httptest.NewServer(confluence.New(o))
		e.Defer(srv.Close)
		e.Setenv(name, srv.URL+o.Context)
	}
}

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// ado gives a script an organization of Azure DevOps of its own at $ADO.
func ado(e *testscript.Env) {
	srv := httptest.NewServer(azuredevops.New(azuredevops.Options{}))
	e.Defer(srv.Close)
	e.Setenv("ADO", srv.URL+"/"+azuredevops.Organization)
}

// cmdLogin runs tftsr login and opens the address that it shows, as the
// person's browser would.
func cmdLogin(ts *testscript.TestScript, neg bool, args []string) {
	exe, err := exec.LookPath("tftsr")
	ts.Check(err)
	port, err := freePort()
	ts.Check(err)
	cmd := exec.Command(exe, append([]string{"login", "--no-browser", "--port", fmt.Sprint(port)}, args...)...)
	cmd.Env, cmd.Dir = env(ts), ts.MkAbs(".")
	var out bytes.Buffer
	cmd.Stdout = &out
	errs, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		ts.Logf("%s", lines.Text())
		if strings.HasPrefix(lines.Text(), "http") {
			resp, err := http.Get(lines.Text())
			ts.Check(err)
			_, _ = io.Copy(io.Discard, resp.Body)
			ts.Check(resp.Body.Close())
		}
	}
	if err := cmd.Wait(); (err != nil) != neg {
		ts.Fatalf("login: %v\n%s", err, out.String())
	}
	if !neg && !strings.HasPrefix(out.String(), "logged in to ") {
		ts.Fatalf("stdout is %q", out.String())
	}
}

func TestAFakeServesThisMachineOnly(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, []string{"fake", "servicenow", "--addr", "127.0.0.1:0"}, strings.NewReader(""), w, io.Discard, []string{})
	}()
	base, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(strings.TrimSpace(base) + "/api/now/table/incident")
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if code := Run(t.Context(), []string{"fake", "servicenow", "--addr", "0.0.0.0:0"}, strings.NewReader(""), io.Discard, io.Discard, []string{}); code != exitUsage {
		t.Errorf("it would serve the network: %d", code)
	}
}
