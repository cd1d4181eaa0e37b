package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tftsr/tftsr/internal/fakes/openai"
	"github.com/tftsr/tftsr/internal/fakes/script"
)

// A turn that waited for a person and was taken up belongs to the process that did: others are told to wait while it lives, and when it is
// killed in the middle, the next goes on at once. What was done before the kill is not done again.
func TestAKilledTurnIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var hold atomic.Bool
	asked := make(chan struct{}, 10)
	fake := openai.New(openai.Options{Script: func(turn script.Turn) script.Answer {
		if turn.Messages[len(turn.Messages)-1].Role != "tool" {
			return script.Answer{Calls: []script.Call{{Name: "add_timeline_event", Arguments: `{"at":"2026-03-01T14:05:02Z","text":"The pool ran dry"}`}}}
		}
		return script.Answer{Text: "It is noted."}
	}})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold.Load() { // The provider thinks, and the process that asked is killed.
			_, _ = io.Copy(io.Discard, r.Body) // Before that the server does not see that the client is gone.
			asked <- struct{}{}
			<-r.Context().Done()
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)

	said := func(text string, args ...string) string {
		t.Helper()
		cmd := child(t, dir, args...)
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tftsr %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	said(openai.Key+"\n", "provider", "add", "openai", "gpt", "--url", srv.URL+"/v1", "--model", "gpt-5.2")
	cmd, session := connect(t, dir)
	var opened struct {
		Issue struct{ ID string }
	}
	callInto(t, session, "", &opened, "create_issue", map[string]any{"title": "First", "severity": "low", "category": "databases"})
	issue := opened.Issue.ID
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	first := said("Note it.\n", "chat", issue)
	ids := regexp.MustCompile(`tftsr approvals approve ([0-9a-f-]{36})[\s\S]*--conversation ([0-9a-f-]{36})`).FindStringSubmatch(first)
	if ids == nil {
		t.Fatalf("nothing waits:\n%s", first)
	}
	output(t, dir, "approvals", "approve", ids[1])
	resume := []string{"chat", issue, "--conversation", ids[2]}

	hold.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	taken := exec.CommandContext(ctx, child(t, dir).Path, resume...)
	taken.Env = child(t, dir).Env
	if err := taken.Start(); err != nil {
		t.Fatal(err)
	}
	next(t, "that the provider is asked", asked)
	if text := fails(t, dir, resume...); !strings.Contains(text, "another call goes on with this conversation") {
		t.Errorf("while a living process has the turn, another says\n%s", text)
	}
	if err := taken.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := taken.Wait(); !errors.As(err, &exit) {
		t.Fatalf("the killed process ended with %v", err)
	}
	hold.Store(false)
	if text := said("", resume...); !strings.Contains(text, "It is noted.") {
		t.Errorf("after the kill:\n%s", text)
	}
	cmd, session = connect(t, dir)
	var line struct {
		Events []struct{ Text string }
	}
	callInto(t, session, "", &line, "list_timeline_events", map[string]any{"issue_id": issue})
	noted := 0
	for _, e := range line.Events {
		if e.Text == "The pool ran dry" {
			noted++
		}
	}
	if noted != 1 {
		t.Errorf("it was noted %d times: %+v", noted, line)
	}
	session.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	output(t, dir, "audit", "verify")
}
