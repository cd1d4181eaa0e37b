package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/resources"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
	"github.com/tftsr/tftsr/tools"
)

const (
	issueID    = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"
	logID      = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b55"
	documentID = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b66"
)

// offerAll offers every tool, and with that every resource.
func offerAll(_ *config.Config, o *Options) { o.Tools = tools.All() }

var seededAt = time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)

// seed keeps an issue with a timeline of two events, a log of lines lines and
// a document.
func (f *fixture) seed(t testing.TB, lines int) {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(f.store.CreateIssue(ctx, &triage.Issue{
		ID: issueID, Owner: "tester", Title: "Checkout answers 502", Severity: triage.SeverityHigh, Status: triage.StatusOpen,
		Category: "databases", CreatedAt: seededAt, UpdatedAt: seededAt,
	}))
	f.event(t, 1, triage.EventImpactStarted)
	f.event(t, 2, triage.EventDetected)
	w, err := f.store.NewLog(ctx, logID)
	ok(err)
	for n := 1; n <= lines; n++ {
		_, err := fmt.Fprintf(w, "line %d of the log: too many clients already\n", n)
		ok(err)
	}
	ok(w.Commit(ctx, &triage.Log{ID: logID, Owner: "tester", IssueID: issueID, Name: "app.log", Lines: int64(lines), Review: triage.Unreviewed, CreatedAt: seededAt, RedactedSHA256: strings.Repeat("0", 64)}, nil))
	ok(f.store.CreateDocument(ctx, &triage.Document{
		ID: documentID, Owner: "tester", IssueID: issueID, Kind: "rca", Title: "RCA", Markdown: "# RCA\n\nThe pool was too small.\n", Version: 1, CreatedAt: seededAt, UpdatedAt: seededAt,
	}))
}

func (f *fixture) event(t testing.TB, n int, typ string) {
	t.Helper()
	at := seededAt.Add(time.Duration(n) * time.Minute)
	if err := f.store.AddEvent(context.WithoutCancel(t.Context()), &triage.TimelineEvent{
		ID: fmt.Sprintf("0197a1f0-5c3e-7d52-9a51-%012d", n), Owner: "tester", IssueID: issueID, At: at, Type: typ, Text: "what happened", Source: "log:a#L1", CreatedAt: at,
	}); err != nil {
		t.Error(err)
	}
}

// note puts an entry on the record, as every process does when it changes
// something.
func (f *fixture) note(t testing.TB) {
	t.Helper()
	ctx := gate.WithCaller(context.WithoutCancel(t.Context()), gate.Caller{ID: "ops", Channel: gate.ChannelTerminal, Attended: true})
	if err := f.gate.Note(ctx, gate.Intent{Action: audit.ActionProtocol, EntityType: "mcp_method", EntityID: "ping", Details: map[string]any{}}); err != nil {
		t.Error(err)
	}
}

func readText(t *testing.T, cs *mcp.ClientSession, uri string) []string {
	t.Helper()
	res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		t.Fatalf("%s: %v", uri, err)
	}
	if res.CacheScope != "private" && res.CacheScope != "" {
		t.Errorf("%s may be cached by everybody: %q", uri, res.CacheScope)
	}
	var out []string
	for _, c := range res.Contents {
		out = append(out, c.Text)
	}
	return out
}

func TestResourcesShowWhatToolsShow(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		for uri, wants := range map[string][]string{
			"tftsr://issues/" + issueID:                              {`"title":"Checkout answers 502"`, `"name":"time_to_detect","value":"1m0s"`, `"tftsr://logs/` + logID + `"`, `"tftsr://domains/databases"`},
			"tftsr://issues/" + issueID + "/timeline":                {`"type":"impact_started"`, `"total_events":2`, "no event says when it was resolved"},
			"tftsr://issues/" + issueID + "/whys":                    {"no analysis of this issue yet"},
			"tftsr://issues/" + issueID + "/documents/" + documentID: {"# RCA\n\nThe pool was too small.\n"},
			"tftsr://logs/" + logID + "?from=2&to=2":                 {"2\tline 2 of the log: too many clients already\n", `"ref":"log:` + logID + `#L2-L2@`, "unreviewed"},
			"tftsr://audit/head":                                     {`"entries":`, `"checkpoint":"`, `"verifier":"`},
			"tftsr://domains/linux":                                  {"# Triage: Linux", "## Not harmless"},
		} {
			got := strings.Join(readText(t, cs, uri), "\n")
			for _, want := range wants {
				if !strings.Contains(got, want) {
					t.Errorf("%s lacks %q:\n%s", uri, want, got)
				}
			}
		}
		if _, d, ok := f.lastOf(t, audit.ActionResourceRead, audit.PhaseOutcome); !ok || d["status"] != "ok" {
			t.Errorf("the read is not on the record: %v", d)
		}
		f.paired(t)
	})
}

func TestWhatIsLongIsReadInPagesThatMissNothing(t *testing.T) {
	f := newFixture(t, offerAll)
	f.seed(t, 1300)
	for n := 3; n <= 250; n++ {
		f.event(t, n, "note")
	}
	cs := f.connectStdio(t, "modern")
	next := "tftsr://logs/" + logID
	want, pages := 1, 0
	for next != "" {
		c := readText(t, cs, next)
		for line := range strings.Lines(c[0]) {
			if !strings.HasPrefix(line, fmt.Sprintf("%d\tline %d of", want, want)) {
				t.Fatalf("line %d is %q", want, line)
			}
			want++
		}
		var p struct {
			To, From, Total_lines int64
			Next, Ref             string
		}
		if err := json.Unmarshal([]byte(c[1]), &p); err != nil || p.To != int64(want-1) {
			t.Fatal(c[1], err)
		}
		ref, err := triage.ParseLogRef(p.Ref)
		if err != nil || ref.From != p.From || ref.To != p.To {
			t.Errorf("the page of %d to %d is cited by %s", p.From, p.To, p.Ref)
		}
		next = p.Next
		pages++
	}
	if want != 1301 || pages < 3 {
		t.Errorf("%d lines in %d pages", want-1, pages)
	}
	seen, next := 0, "tftsr://issues/"+issueID+"/timeline"
	for next != "" {
		var p struct {
			Events []struct{ At string }
			Next   string
		}
		if err := json.Unmarshal([]byte(readText(t, cs, next)[0]), &p); err != nil {
			t.Fatal(err)
		}
		seen += len(p.Events)
		next = p.Next
	}
	if seen != 250 {
		t.Errorf("the pages of the timeline have %d events", seen)
	}
	long := strings.Repeat("A sentence of the document that goes on for a while.\n", 2000)
	if err := f.store.SaveDocument(t.Context(), &triage.Document{ID: documentID, Owner: "tester", IssueID: issueID, Kind: "rca", Title: "RCA", Markdown: long, Version: 2, CreatedAt: seededAt, UpdatedAt: seededAt}); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for next = "tftsr://issues/" + issueID + "/documents/" + documentID; next != ""; {
		c := readText(t, cs, next)
		all.WriteString(c[0])
		var p struct{ Next string }
		if err := json.Unmarshal([]byte(c[1]), &p); err != nil {
			t.Fatal(err)
		}
		next = p.Next
	}
	if all.String() != long {
		t.Error("the pages of the document are not the document")
	}
	for _, beyond := range []string{"tftsr://logs/" + logID + "?from=1301", "tftsr://logs/" + logID + "?from=5&to=4", "tftsr://issues/" + issueID + "/timeline?from=251"} {
		if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: beyond}); err == nil || !strings.Contains(err.Error(), "has") {
			t.Errorf("%s is answered %v", beyond, err)
		}
	}
}

func TestIssuesAreListedInPagesBehindTheOthers(t *testing.T) {
	f := newFixture(t, offerAll)
	for n := range 230 {
		if err := f.store.CreateIssue(t.Context(), &triage.Issue{
			ID: fmt.Sprintf("0197a1f0-5c3e-7d52-9a51-%012d", n), Owner: "tester", Title: fmt.Sprint("Issue ", n), Severity: "low", Status: "open", Category: "linux",
			CreatedAt: seededAt.Add(time.Duration(n) * time.Second), UpdatedAt: seededAt,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for era := range eras {
		cs := f.connectStdio(t, era)
		var uris []string
		pages := 0
		var p mcp.ListResourcesParams
		for {
			res, err := cs.ListResources(t.Context(), &p)
			if err != nil {
				t.Fatal(err)
			}
			pages++
			for _, r := range res.Resources {
				uris = append(uris, r.URI)
			}
			if p.Cursor = res.NextCursor; p.Cursor == "" {
				break
			}
		}
		if len(uris) != 17+230 || pages != 4 || uris[17] != "tftsr://issues/0197a1f0-5c3e-7d52-9a51-000000000229" {
			t.Errorf("%s: %d resources on %d pages, the first issue is %s", era, len(uris), pages, uris[min(17, len(uris)-1)])
		}
		for _, bad := range []string{"i.", "i.-1.", "i.99999.", "i.0.!", "i.x", "nonsense"} {
			if _, err := cs.ListResources(t.Context(), &mcp.ListResourcesParams{Cursor: bad}); err == nil {
				t.Errorf("the cursor %q is taken", bad)
			}
		}
	}
}

func TestWhatIsNotThereHasTheCodeOfItsEra(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 1)
		want := int64(jsonrpc.CodeInvalidParams)
		if cs.InitializeResult() != nil && cs.InitializeResult().ProtocolVersion < modern {
			want = -32002
		}
		for _, uri := range []string{
			"tftsr://issues/0197a1f0-0000-7000-8000-000000000000", "tftsr://issues/0197a1f0-0000-7000-8000-000000000000/timeline",
			"tftsr://issues/" + issueID + "/documents/" + logID, "tftsr://logs/" + documentID, "tftsr://domains/windows95", "tftsr://nothing", "file:///etc/passwd",
			"tftsr://issues/0197a1f0-0000-7000-8000-000000000000/documents/" + documentID,
		} {
			_, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
			var rpc *jsonrpc.Error
			if !errors.As(err, &rpc) || rpc.Code != want {
				t.Errorf("%s: %v, want the code %d", uri, err, want)
			}
		}
	})
}

func TestALogThatWaitsForItsReviewIsNotRead(t *testing.T) {
	required := func(c *config.Config, o *Options) { offerAll(c, o); c.Review = config.ReviewRequired }
	bothTransports(t, required, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		_, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://logs/" + logID})
		if err == nil || !strings.Contains(err.Error(), "tftsr review "+logID) {
			t.Errorf("an unreviewed log is answered %v", err)
		}
		if err := f.store.SetReview(t.Context(), logID, triage.Approved, "ops", seededAt); err != nil {
			t.Fatal(err)
		}
		if got := readText(t, cs, "tftsr://logs/"+logID)[0]; !strings.Contains(got, "line 3") {
			t.Errorf("an approved log is read as %q", got)
		}
		if err := f.store.SetReview(t.Context(), logID, triage.Rejected, "ops", seededAt); err != nil {
			t.Fatal(err)
		}
		if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "tftsr://logs/" + logID}); err == nil {
			t.Error("a rejected log is read")
		}
	})
}

func TestNoResourceOpensADoorThatToolsLeaveShut(t *testing.T) {
	kinds := map[string]bool{}
	for _, k := range resources.Kinds() {
		kinds[k.Template] = len(k.Tools) == 0
		if len(k.Tools) > 0 && !anyTool(k.Tools) {
			t.Errorf("%s is shown by none of the tools that there are: %v", k.Name, k.Tools)
		}
	}
	f := newFixture(t, func(_ *config.Config, o *Options) {
		o.Tools, _ = tools.Select(tools.All(), tools.Selection{Tools: []string{"create_issue", "list_logs"}})
	})
	f.seed(t, 3)
	cs, legacy := f.connectStdio(t, "modern"), f.connectStdio(t, "legacy")
	res, err := cs.ListResourceTemplates(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.ResourceTemplates {
		if !kinds[r.URITemplate] {
			t.Errorf("%s is offered although no tool shows it", r.URITemplate)
		}
	}
	for _, uri := range []string{"tftsr://logs/" + logID, "tftsr://issues/" + issueID, "tftsr://audit/head", "tftsr://issues/" + issueID + "/timeline"} {
		if _, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil {
			t.Errorf("%s is read although no tool shows it", uri)
		}
		if err := legacy.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err == nil {
			t.Errorf("%s is subscribed to although no tool shows it", uri)
		}
	}
	list, err := cs.ListResources(t.Context(), nil)
	if err != nil || len(list.Resources) != 16 || list.NextCursor != "" {
		t.Errorf("%d resources, then %q, %v", len(list.Resources), list.NextCursor, err)
	}
	// Nor do completions and prompts say what no tool says.
	done, err := cs.Complete(t.Context(), &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "triage_databases"}, Argument: mcp.CompleteParamsArgument{Name: "symptom", Value: "check"}})
	if err != nil || len(done.Completion.Values) != 0 {
		t.Errorf("completed with %v, %v", done, err)
	}
	p, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "triage_databases", Arguments: map[string]string{"issue_id": issueID}})
	if err != nil || strings.Contains(seen(t, p, nil), "Checkout") {
		t.Errorf("the prompt says %s, %v", seen(t, p, nil), err)
	}
}

func anyTool(names []string) bool {
	for _, tool := range tools.All() {
		for _, n := range names {
			if tool.Name == n {
				return true
			}
		}
	}
	return false
}

func TestPromptsNameOnlyToolsThatAreOffered(t *testing.T) {
	known := map[string]bool{}
	for _, tool := range tools.All() {
		known[tool.Name] = true
	}
	for name, sel := range map[string]tools.Selection{"all": {}, "one": {Tools: []string{"create_issue"}}} {
		offered, err := tools.Select(tools.All(), sel)
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t, func(_ *config.Config, o *Options) { o.Tools = offered })
		f.seed(t, 1)
		has := map[string]bool{}
		for _, tool := range offered {
			has[tool.Name] = true
		}
		cs := f.connectStdio(t, "modern")
		named := 0
		for _, prompt := range []string{"start_triage", "blameless_postmortem"} {
			p, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: prompt, Arguments: map[string]string{"issue_id": issueID}})
			if err != nil {
				t.Fatal(err)
			}
			text := p.Messages[0].Content.(*mcp.TextContent).Text
			for _, m := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(text, -1) {
				named++
				if !has[m[1]] {
					t.Errorf("%s: %s names %s, which is not offered", name, prompt, m[1])
				}
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "\n\n\n") || len(text) > triage.MaxDomainPrompt {
				t.Errorf("%s is not well written:\n%s", prompt, text)
			}
		}
		if name == "all" && named < 8 {
			t.Errorf("only %d tools are named", named)
		}
	}
}

func TestPromptsHoldTheNotesAndTheIssue(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		list, err := cs.ListPrompts(t.Context(), nil)
		if err != nil || len(list.Prompts) != 18 {
			t.Fatalf("%d prompts, %v", len(list.Prompts), err)
		}
		get := func(name string, args map[string]string) string {
			t.Helper()
			p, err := cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: name, Arguments: args})
			return seen(t, p, err)
		}
		for _, c := range triage.Categories() {
			got := get(resources.PromptName(c.Name), map[string]string{"issue_id": issueID, "symptom": "it hangs, says " + email})
			note, _ := triage.DomainPrompt(c.Name)
			quoted, _ := json.Marshal(note)
			if !strings.Contains(got, strings.Trim(string(quoted), `"`)) || !strings.Contains(got, "it hangs, says [Email_1]") || !strings.Contains(got, "Checkout answers 502") {
				t.Errorf("%s: %s", c.Name, got)
			}
		}
		for args, want := range map[*map[string]string]string{
			{"issue_id": documentID}:    "there is no issue",
			{"domain": "windows95"}:     "domain is none of",
			{"colour": "red"}:           "does not take all of these",
			{"domain": "PUBLIC-SAFETY"}: "urn:service:test.sos",
		} {
			if got := get("start_triage", *args); !strings.Contains(got, want) {
				t.Errorf("%v is answered %s", *args, got)
			}
		}
		if got := get("blameless_postmortem", nil); !strings.Contains(got, "needs issue_id") {
			t.Errorf("without an issue: %s", got)
		}
	})
}

func TestArgumentsAreCompleted(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		prompt := func(name string) *mcp.CompleteReference {
			return &mcp.CompleteReference{Type: "ref/prompt", Name: name}
		}
		template := func(uri string) *mcp.CompleteReference { return &mcp.CompleteReference{Type: "ref/resource", URI: uri} }
		for _, c := range []struct {
			ref         *mcp.CompleteReference
			name, value string
			given       map[string]string
			want        string
		}{
			{prompt("triage_databases"), "issue_id", "0197", nil, issueID},
			{prompt("triage_linux"), "issue_id", "", nil, issueID}, // None of Linux: all.
			{prompt("triage_databases"), "issue_id", "checkout", nil, issueID},
			{prompt("triage_databases"), "symptom", "CHECK", nil, "Checkout answers 502"},
			{prompt("start_triage"), "domain", "pub", nil, "public-safety"},
			{prompt("start_triage"), "domain", "x", nil, ""},
			{prompt("triage_databases"), "domain", "", nil, ""},
			{prompt("nothing"), "issue_id", "", nil, ""},
			{template("tftsr://issues/{issue}"), "issue", "0197a1f0", nil, issueID},
			{template("tftsr://issues/{issue}/documents/{document}{?from}"), "document", "", map[string]string{"issue": issueID}, documentID},
			{template("tftsr://issues/{issue}/documents/{document}{?from}"), "document", "", nil, ""},
			{template("tftsr://logs/{log}{?from,to}"), "log", "0", nil, logID},
			{template("tftsr://domains/{name}"), "name", "HP", nil, "hpe"},
			{template("tftsr://logs/{log}{?from,to}"), "from", "", nil, ""},
		} {
			p := &mcp.CompleteParams{Ref: c.ref, Argument: mcp.CompleteParamsArgument{Name: c.name, Value: c.value}}
			if c.given != nil {
				p.Context = &mcp.CompleteContext{Arguments: c.given}
			}
			res, err := cs.Complete(t.Context(), p)
			if err != nil {
				t.Errorf("%v %s %q: %v", c.ref, c.name, c.value, err)
				continue
			}
			if got := strings.Join(res.Completion.Values, ","); got != c.want {
				t.Errorf("%v %s %q is completed with %q, want %q", c.ref, c.name, c.value, got, c.want)
			}
		}
	})
}

// updated waits for the next change that a client is told of.
func updated(f *fixture, within time.Duration) string {
	select {
	case n := <-f.notices:
		return n
	case <-time.After(within):
		return ""
	}
}

func TestSubscribersAreToldOfEveryChange(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		uris := map[string]func(){
			"tftsr://issues/" + issueID: func() {
				if _, err := f.store.UpdateIssue(t.Context(), issueID, 0, func(i *triage.Issue) error { i.Title = "Other"; return nil }); err != nil {
					t.Error(err)
				}
			},
			"tftsr://issues/" + issueID + "/timeline": func() { f.event(t, 3, "note") },
			"tftsr://issues/" + issueID + "/documents/" + documentID: func() {
				if err := f.store.SaveDocument(t.Context(), &triage.Document{ID: documentID, Owner: "tester", IssueID: issueID, Kind: "rca", Title: "RCA", Markdown: "x", Version: 2, CreatedAt: seededAt, UpdatedAt: seededAt}); err != nil {
					t.Error(err)
				}
			},
			"tftsr://logs/" + logID: func() {
				if err := f.store.SetReview(t.Context(), logID, triage.Approved, "ops", seededAt); err != nil {
					t.Error(err)
				}
			},
		}
		for uri := range uris {
			if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
				t.Fatalf("%s: %v", uri, err)
			}
		}
		quiet := func(when string) {
			t.Helper()
			f.note(t)
			if got := updated(f, 1100*time.Millisecond); got != "" {
				t.Errorf("told of %s %s", got, when)
			}
		}
		quiet("although nothing changed")
		for uri, change := range uris {
			change()
			f.note(t)
			told := map[string]bool{}
			for range 2 { // What belongs to an issue changes the issue too.
				told[updated(f, 5*time.Second)] = true
				if uri == "tftsr://issues/"+issueID || uri == "tftsr://logs/"+logID {
					break
				}
			}
			if !told[uri] || told[""] {
				t.Errorf("%s changed: told of %v", uri, told)
			}
		}
		for uri := range uris {
			if err := cs.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: uri}); err != nil {
				t.Errorf("%s: %v", uri, err)
			}
		}
		f.event(t, 4, "note")
		quiet("after the end of the subscription")
	})
}

func TestWhatCannotChangeOrIsNotThereIsNotSubscribedTo(t *testing.T) {
	f := newFixture(t, offerAll)
	f.seed(t, 3)
	cs := f.connectStdio(t, "legacy")
	in, out, _ := f.stdio(t)
	lines := bufio.NewScanner(out)
	for i, bad := range []string{"tftsr://issues/0197a1f0-0000-7000-8000-000000000000", "tftsr://domains/linux", "tftsr://logs/" + logID + "?from=1", "tftsr://nothing"} {
		if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: bad}); err == nil {
			t.Errorf("%s is subscribed to", bad)
		}
		// The client of the SDK does not tell why a stream ended.
		fmt.Fprintf(in, `{"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{%s,"notifications":{"resourceSubscriptions":[%q]}}}`+"\n", i, modernMeta, bad)
		if !lines.Scan() || !strings.Contains(lines.Text(), `"code":-32602`) {
			t.Errorf("%s: %s", bad, lines.Text())
		}
	}
}

// modernMeta is what a request of the modern era carries.
const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"host","version":"1"}}`

func TestChangesOfAnotherProcessAreToldToo(t *testing.T) {
	f := newFixture(t, offerAll)
	f.seed(t, 3)
	cs := f.connectStdio(t, "legacy")
	if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "tftsr://issues/" + issueID + "/timeline"}); err != nil {
		t.Fatal(err)
	}
	other, err := sqlite.Open(t.Context(), f.options)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	f2 := &fixture{t: t, store: &hookStore{Store: other}, gate: f.gate}
	f2.event(t, 9, "note")
	f2.note(t)
	start := time.Now()
	if got := updated(f, 5*time.Second); got != "tftsr://issues/"+issueID+"/timeline" {
		t.Errorf("told of %q", got)
	}
	t.Logf("told after %s", time.Since(start))
}

func TestTheHeadOfTheRecordDoesNotAnnounceItself(t *testing.T) {
	f := newFixture(t, offerAll)
	cs := f.connectStdio(t, "modern")
	if err := cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "tftsr://audit/head"}); err != nil {
		t.Fatal(err)
	}
	f.note(t)
	if got := updated(f, 5*time.Second); got != "tftsr://audit/head" {
		t.Fatalf("told of %q", got)
	}
	// The notification itself goes on the record, a second later.
	more := 0
	for updated(f, 3*time.Second) != "" {
		if more++; more > 1 {
			t.Fatal("each notification makes another")
		}
	}
}

func TestSubscriptionsAreBoundedAndEndWithTheirSession(t *testing.T) {
	f := newFixture(t, offerAll)
	for n := range 70 {
		if err := f.store.CreateIssue(t.Context(), &triage.Issue{
			ID: fmt.Sprintf("0197a1f0-5c3e-7d52-9a51-%012d", n), Owner: "tester", Title: "x", Severity: "low", Status: "open", Category: "linux", CreatedAt: seededAt, UpdatedAt: seededAt,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // More than there is room for, if those of ended sessions stayed.
		in, out, _ := f.stdio(t)
		cs := f.connect(t, "legacy", &mcp.IOTransport{Reader: out, Writer: in})
		var err error
		n := 0
		for ; n < 70 && err == nil; n++ {
			err = cs.Subscribe(t.Context(), &mcp.SubscribeParams{URI: fmt.Sprintf("tftsr://issues/0197a1f0-5c3e-7d52-9a51-%012d", n)})
		}
		if n != 65 || err == nil || !strings.Contains(err.Error(), "too many subscriptions") {
			t.Errorf("%d subscriptions, %v", n, err)
		}
		cs.Close()
		time.Sleep(50 * time.Millisecond)
	}
}

func TestResourcesFailClosed(t *testing.T) {
	bothTransports(t, offerAll, func(t *testing.T, f *fixture, cs *mcp.ClientSession) {
		f.seed(t, 3)
		// The store holds a value that it should not: the way out finds it.
		if err := f.store.CreateDocument(t.Context(), &triage.Document{ID: logID, Owner: "tester", IssueID: issueID, Kind: "rca", Title: "RCA", Markdown: planted, Version: 1, CreatedAt: seededAt, UpdatedAt: seededAt}); err != nil {
			t.Fatal(err)
		}
		uri := "tftsr://issues/" + issueID + "/documents/" + logID
		broken := func() error { return errors.New("the vault is broken: " + email) }
		f.store.allocating.Store(&broken)
		res, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		if got := seen(t, res, err); !strings.Contains(got, "withheld") || leaks([]byte(got)) != nil {
			t.Errorf("with a broken scanner: %s", got)
		}
		f.store.allocating.Store(nil)
		res, err = cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		if got := seen(t, res, err); leaks([]byte(got)) != nil || !strings.Contains(got, "[Email_1]") {
			t.Errorf("the way out lets through %s", got)
		}
		full := func([]audit.Draft) error { return store.ErrFull }
		f.store.appending.Store(&full)
		for _, try := range []func() (any, error){
			func() (any, error) { return cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}) },
			func() (any, error) { return cs.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "triage_linux"}) },
			func() (any, error) { return cs.ListResources(t.Context(), nil) },
		} {
			if res, err := try(); err == nil {
				t.Errorf("without a record: %s", seen(t, res, nil))
			}
		}
		f.store.appending.Store(nil)
		// The planted document must not fail the search of the store.
		if err := f.store.DeleteIssue(t.Context(), issueID); err != nil {
			t.Fatal(err)
		}
	})
}
