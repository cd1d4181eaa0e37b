package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/tools"
)

// keyed are the fields of an entry that hold keyed digests.
var keyed = []string{"args", "params", "answers", "reply", "text"}

// digests returns the keyed digests on the record, each with the key that its
// entry names.
func (f *fixture) digests(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range f.entries(t) {
		d := detail(t, e)
		for _, field := range keyed {
			digest, ok := d[field].(string)
			if !ok {
				continue
			}
			key, ok := d["digest_key"].(string)
			if !ok {
				t.Errorf("entry %d has %s and does not say under which key: %s", e.Seq, field, e.Details)
			}
			out[digest] = key
		}
	}
	return out
}

func asPerson(ctx context.Context) context.Context {
	return gate.WithCaller(ctx, gate.Caller{ID: "ada", Channel: gate.ChannelTerminal})
}

// Whatever arrives in a call that concerns an issue, by its id or by that of
// anything that belongs to it, and whatever arrives within such a call, is on
// the record under a key that forgetting the issue destroys: afterwards no key
// that is left, nor any put together from those that are, gives any of these
// digests for the very bytes.
func TestForgettingAnIssueDestroysTheKeysOfAllItsDigests(t *testing.T) {
	for era := range eras {
		t.Run(era, func(t *testing.T) { forgetDigests(t, era) })
	}
}

func forgetDigests(t *testing.T, era string) {
	f := newFixture(t, func(_ *config.Config, o *Options) { o.Tools = tools.All() })
	f.tool("ask", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ans, next, err := f.gate.Ask(ctx, req, gate.Question{Key: "q", Message: "Who was it?", Schema: map[string]any{
			"type": "object", "properties": map[string]any{"who": map[string]any{"type": "string"}},
		}})
		if err != nil || next != nil {
			return next, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: ans.Action}}}, nil
	})
	answer := &mcp.ElicitResult{Action: "accept", Content: map[string]any{"who": "Maria of room 12"}}
	f.elicit = func(*mcp.ElicitRequest) (*mcp.ElicitResult, error) { return answer, nil }
	cs := f.connectStdio(t, era)
	ctx := asPerson(t.Context())

	arrived := map[string][]byte{} // what was sent, by what it is
	send := func(what, tool string, args map[string]any) {
		t.Helper()
		b, err := json.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		arrived[what] = b
		// Whether it succeeds is no matter: what it was called with is on the record.
		_, _ = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(b)})
	}
	send("create", "create_issue", map[string]any{"title": "Login of Maria fails", "severity": "low", "category": "linux"})
	list, _, err := f.store.ListIssues(ctx, store.IssueFilter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	id := list[0].ID
	ids := map[string]string{"issue": id}
	for n, what := range []string{"log", "analysis", "document", "event", "approval", "other"} {
		ids[what] = fmt.Sprintf("0195f000-0000-7000-8000-%012x", n+1)
	}
	l, _, err := f.gate.RedactLog(ctx, gate.LogRequest{IssueID: id, Name: "a.log", R: strings.NewReader("a line\n")})
	if err != nil {
		t.Fatal(err)
	}
	ids["log"] = l.ID
	if err := f.store.CreateAnalysis(ctx, &triage.Analysis{ID: ids["analysis"], IssueID: id}); err != nil {
		t.Fatal(err)
	}
	if err := f.store.CreateDocument(ctx, &triage.Document{ID: ids["document"], IssueID: id}); err != nil {
		t.Fatal(err)
	}
	if err := f.store.AddEvent(ctx, &triage.TimelineEvent{ID: ids["event"], IssueID: id}); err != nil {
		t.Fatal(err)
	}
	if err := f.store.CreateIssue(ctx, &triage.Issue{ID: ids["other"]}); err != nil {
		t.Fatal(err)
	}
	send("issue", "get_issue", map[string]any{"issue_id": id})
	send("log", "read_log", map[string]any{"log_id": ids["log"]})
	send("analysis", "five_whys_step", map[string]any{"analysis_id": ids["analysis"]})
	send("document", "export_document", map[string]any{"document_id": ids["document"]})
	send("approval", "delete_issue", map[string]any{"issue_id": ids["other"], "approval_id": ids["log"]})
	send("text", "search_issues", map[string]any{"query": "like " + strings.ToUpper(id)})
	send("question", "ask", map[string]any{"about": id})
	// What a person answered: within the call, or with the next round of it.
	if era == "legacy" {
		arrived["reply"], err = json.Marshal(answer)
	} else {
		arrived["answers"], err = json.Marshal(mcp.InputResponseMap{"q": answer})
	}
	if err != nil {
		t.Fatal(err)
	}
	// Parameters of what is no tool, and what the host notifies of meanwhile.
	params := &mcp.ReadResourceParams{URI: "tftsr://issues/" + id}
	_, _ = cs.ReadResource(t.Context(), params) // There is none; what it was asked for is on the record.
	started, goOn := make(chan struct{}), make(chan struct{})
	f.tool("wait", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		close(started)
		<-goOn
		return &mcp.CallToolResult{}, nil
	})
	ended := make(chan error)
	go func() {
		_, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "wait", Arguments: map[string]any{"log": ids["log"]}})
		ended <- err
	}()
	<-started
	f.server.notes.flush() // A group of its own.
	note := &mcp.ProgressNotificationParams{ProgressToken: "p", Progress: 1, Message: "Maria called again"}
	if err := cs.NotifyProgress(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_issue", Arguments: map[string]any{"issue_id": ids["other"]}}); err != nil {
		t.Fatal(err) // What comes after it has been answered.
	}
	f.server.notes.flush()
	close(goOn)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := f.gate.RestoreStream(ctx, gate.Terminal, &bytes.Buffer{}, strings.NewReader("of "+id)); err != nil {
		t.Fatal(err)
	}

	before := f.digests(t)
	of := func(ids ...string) gate.DigestKey {
		t.Helper()
		k, err := f.gate.KeyFor(ctx, ids)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	own, both := of(id), of(id, ids["other"])
	for what, b := range arrived {
		key := own
		if what == "approval" {
			key = both
		}
		if name, ok := before[key.Digest(b)]; !ok || name != key.String() {
			t.Errorf("%s: %s is not on the record under the key of its issues, which it calls %q", what, b, name)
		}
	}
	var named []string
	for digest, name := range before {
		if strings.Contains(name, id) {
			named = append(named, digest)
		}
	}
	// Beside those: parameters of the resource, the notification, the call that
	// waits, the text that was restored.
	if len(named) < len(arrived)+4 {
		t.Errorf("%d digests are under the key of the issue, want %d: %v", len(named), len(arrived)+4, slices.Sorted(maps.Values(before)))
	}

	if _, err := f.gate.Forget(ctx, gate.ForgetRequest{IssueID: id}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []gate.DigestKey{of(), of(id), of(ids["other"]), of(id, ids["other"]), of(slices.Collect(maps.Values(ids))...)} {
		for what, b := range arrived {
			if _, ok := before[key.Digest(b)]; ok {
				t.Errorf("%s can still be recognised, under the key %s", what, key)
			}
		}
	}
}

// What concerns no issue stays under the key of the installation.
func TestDigestsOfNoIssueAreOfTheInstallation(t *testing.T) {
	f := newFixture(t, func(_ *config.Config, o *Options) { o.Tools = tools.All() })
	cs := f.connectStdio(t, "modern")
	args := json.RawMessage(`{"query":"nothing","since":"2026-03-01T14:05:00Z"}`)
	if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "search_issues", Arguments: args}); err != nil {
		t.Fatal(err)
	}
	key, err := f.gate.KeyFor(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := f.digests(t)
	if got[key.Digest(args)] != "installation" {
		t.Errorf("the digests are %v", got)
	}
	for _, name := range got {
		if name != "installation" {
			t.Errorf("a digest is under the key %q", name)
		}
	}
}
