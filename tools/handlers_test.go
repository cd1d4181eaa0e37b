package tools

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/fakes/azuredevops"
	wikifake "github.com/tftsr/tftsr/internal/fakes/confluence"
	"github.com/tftsr/tftsr/internal/fakes/ollama"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"
)

// bench is a set of tools on a real store and a real gate, and a host that
// calls them over MCP. The chain of the server is left out: what it does is
// tested there.
type bench struct {
	t       testing.TB
	deps    *Deps
	gate    *gate.Gate
	channel string
	session *mcp.ClientSession
}

// setup changes the configuration or the client before they are used.
type setup struct {
	config  func(*config.Config)
	channel string // of the caller; stdio unless given
	era     string // protocol revision; the older one unless given
	roots   []string
	during  func() // runs while a question is open
	answer  string // to questions: accept, decline or cancel; empty when the host cannot ask
}

func newBench(t testing.TB, s setup) *bench {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	keys, err := secrets.NewKeys(sha256.Sum256([]byte("key of the tools' tests")), "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "tftsr.db"), Key: keys.DatabaseKey("test")})
	if err != nil {
		t.Fatal(err)
	}
	origin, err := db.Origin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	skey, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.DataDir = dir
	if s.config != nil {
		s.config(cfg)
	}
	b := &bench{t: t, channel: gate.ChannelStdio}
	if s.channel != "" {
		b.channel = s.channel
	}
	b.gate, err = gate.New(b.person(), gate.Options{Store: db, Keys: keys, Config: cfg, SignKey: skey, HeadFile: filepath.Join(dir, "audit.head")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.gate.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b.deps = &Deps{Gate: b.gate, Store: db, Config: cfg, Now: time.Now}
	b.connect(s)
	return b
}

func (b *bench) person() context.Context {
	return gate.WithCaller(context.Background(), gate.Caller{ID: "ops", Channel: gate.ChannelTerminal, Attended: true})
}

func (b *bench) connect(s setup) {
	b.t.Helper()
	b.session = b.dial(b.server(), s, newHost(s.roots, s.answer, s.during))
}

func (b *bench) server() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "tftsr", Version: "test"}, nil)
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			return next(gate.WithCaller(ctx, gate.Caller{ID: "agent", Channel: b.channel, Attended: true}), method, req)
		}
	})
	for _, tool := range All() {
		tool.Register(server, b.deps)
	}
	return server
}

// connectWith connects another host instead, with options of its own.
func (b *bench) connectWith(s setup, options *mcp.ClientOptions) {
	b.t.Helper()
	b.session = b.dial(b.server(), s, mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, options))
}

func (b *bench) dial(server *mcp.Server, s setup, client *mcp.Client) *mcp.ClientSession {
	b.t.Helper()
	st, ct := mcp.NewInMemoryTransports()
	if _, err := server.Connect(b.t.Context(), st, nil); err != nil {
		b.t.Fatal(err)
	}
	era := s.era
	if era == "" {
		era = "2025-11-25"
	}
	session, err := client.Connect(b.t.Context(), ct, &mcp.ClientSessionOptions{ProtocolVersion: era})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { session.Close() })
	return session
}

// try calls a tool and returns its structured answer, or the text of the
// error that a model reads.
func (b *bench) try(tool string, args map[string]any) (map[string]any, string) {
	b.t.Helper()
	if args == nil {
		args = map[string]any{}
	}
	res, err := b.session.CallTool(b.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return nil, "protocol error: " + err.Error()
	}
	if res.IsError {
		text := ""
		for _, c := range res.Content {
			if t, ok := c.(*mcp.TextContent); ok {
				text += t.Text
			}
		}
		return nil, text
	}
	out, ok := res.StructuredContent.(map[string]any)
	if !ok {
		b.t.Fatalf("%s: structured content is %T", tool, res.StructuredContent)
	}
	return out, ""
}

func (b *bench) call(tool string, args map[string]any) map[string]any {
	b.t.Helper()
	out, problem := b.try(tool, args)
	if problem != "" {
		b.t.Fatalf("%s: %s", tool, problem)
	}
	return out
}

func (b *bench) issue() string {
	b.t.Helper()
	out := b.call("create_issue", map[string]any{"title": "Checkout answers 502", "severity": "high", "category": "databases"})
	return at[string](b.t, out, "issue", "id")
}

// log registers a text as a log and returns its id.
func (b *bench) log(issue, text string) string {
	b.t.Helper()
	return at[string](b.t, b.call("redact_log", map[string]any{"issue_id": issue, "text": text, "name": "app.log"}), "log", "id")
}

// at walks into a decoded answer.
func at[T any](t testing.TB, v any, path ...any) T {
	t.Helper()
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: %T is no object", path, v)
			}
			v = m[key]
		case int:
			l, ok := v.([]any)
			if !ok || key >= len(l) {
				t.Fatalf("%v: no element %d in %v", path, key, v)
			}
			v = l[key]
		}
	}
	out, ok := v.(T)
	if !ok {
		t.Fatalf("%v is %T (%v)", path, v, v)
	}
	return out
}

func TestMistakesAreAnsweredWithWhatToDo(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	log := b.log(issue, "one\ntwo\nthree\n")
	const nobody = "0197a1f0-0000-7000-8000-000000000000"
	for _, test := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"create_issue", map[string]any{"title": "x y z", "severity": "high", "category": "dbs"}, "databases"},
		{"create_issue", map[string]any{"title": "x y z", "severity": "sev1", "category": "databases"}, "severity"},
		{"create_issue", map[string]any{"title": "x y z", "severity": "high", "category": "databases", "owner": "me"}, "owner"},
		{"get_issue", map[string]any{"issue_id": nobody}, "list_issues shows"},
		{"update_issue", map[string]any{"issue_id": issue, "revision": 7, "title": "new title"}, "read it again"},
		{"list_issues", map[string]any{"since": "yesterday"}, "2026-03-01T14:05:00Z"},
		{"add_timeline_event", map[string]any{"issue_id": issue, "at": "14:05", "text": "x"}, "at must be a time like"},
		{"redact_log", map[string]any{"issue_id": issue}, "either path or text"},
		{"redact_log", map[string]any{"issue_id": issue, "path": "/x", "text": "y"}, "either path or text"},
		{"redact_log", map[string]any{"issue_id": nobody, "text": "y"}, "list_issues shows"},
		{"read_log", map[string]any{"log_id": nobody}, "list_logs shows"},
		{"read_log", map[string]any{"log_id": log, "from": 9}, "the log has 3 lines"},
		{"read_log", map[string]any{"log_id": log, "from": 3, "to": 2}, "to must not be before from"},
		{"search_log", map[string]any{"log_id": log, "pattern": "("}, "not a valid RE2 expression"},
		{"search_log", map[string]any{"log_id": log}, "give at least one of"},
		{"search_log", map[string]any{"log_id": log, "template": "t000000"}, "digest_log shows"},
		{"search_log", map[string]any{"log_id": log, "text": "one", "from": 9}, "the log has 3 lines"},
		{"search_log", map[string]any{"log_id": log, "since": "14:05"}, "since must be a time like"},
		{"digest_log", map[string]any{"log_id": nobody}, "list_logs shows"},
		{"digest_log", map[string]any{"log_id": log, "compare_to": log}, "compared with itself"},
		{"digest_log", map[string]any{"log_id": log, "compare_to": nobody}, "list_logs shows"},
		{"digest_log", map[string]any{"log_id": log, "since": "2026-03-01T14:05:00Z", "until": "2026-03-01T14:00:00Z"}, "since must be before until"},
		{"correlate_logs", map[string]any{"logs": []any{map[string]any{"log_id": log}}}, "logs"},
		{"correlate_logs", map[string]any{"logs": []any{map[string]any{"log_id": log}, map[string]any{"log_id": nobody}}}, "list_logs shows"},
		{"correlate_logs", map[string]any{"logs": []any{map[string]any{"log_id": log}, map[string]any{"log_id": log, "offset_seconds": 1e12}}}, "century"},
		{"five_whys_step", map[string]any{}, "give issue_id to begin"},
		{"five_whys_step", map[string]any{"analysis_id": nobody}, "get_issue shows"},
		{"generate_rca", map[string]any{"issue_id": issue, "analysis_id": nobody}, "get_issue shows"},
		{"export_document", map[string]any{"document_id": nobody}, "list_documents shows"},
		{"get_document", map[string]any{"document_id": nobody}, "list_documents shows"},
		{"update_document", map[string]any{"document_id": nobody, "version": 1, "markdown": "x"}, "list_documents shows"},
		{"list_documents", map[string]any{"issue_id": nobody}, "list_issues shows"},
		{"generate_rca", map[string]any{"issue_id": issue, "template": "nosuch"}, "there are: atlassian, google-sre, rca, servicenow-problem, short"},
		{"generate_postmortem", map[string]any{"issue_id": issue, "impact": strings.Repeat("x", 5001)}, "impact is longer than 5000 bytes"},
		{"generate_postmortem", map[string]any{"issue_id": issue, "went_well": slices.Repeat([]string{"x"}, 21)}, "went_well has more than 20 entries"},
		{"read_result", map[string]any{"result_id": nobody}, "repeated"},
	} {
		_, problem := b.try(test.tool, test.args)
		if !strings.Contains(problem, test.want) || strings.HasPrefix(problem, "protocol error") {
			t.Errorf("%s %v: answered %q, want a tool error that says %q", test.tool, test.args, problem, test.want)
		}
	}
}

func TestIssueLivesFromOpenToDeleted(t *testing.T) {
	b := newBench(t, setup{config: func(c *config.Config) { c.Writes.Default = config.WriteAllow }})
	id := b.issue()
	b.call("update_issue", map[string]any{"issue_id": id, "revision": 1, "status": "resolved", "root_cause": "the pool leaked", "tags": []string{"nginx"}})
	got := b.call("get_issue", map[string]any{"issue_id": id})
	if at[string](t, got, "issue", "status") != "resolved" || at[string](t, got, "issue", "resolved_at") == "" || at[float64](t, got, "issue", "revision") != 2 {
		t.Errorf("after the update: %v", got["issue"])
	}
	hits := b.call("search_issues", map[string]any{"query": `leaked "AND (NEAR *`})
	if at[string](t, hits, "hits", 0, "issue", "id") != id || !strings.Contains(at[string](t, hits, "hits", 0, "snippet"), "«") {
		t.Errorf("search found %v", hits)
	}
	if list := b.call("list_issues", map[string]any{"status": "open"}); len(at[[]any](t, list, "issues")) != 0 {
		t.Errorf("a resolved issue is listed as open: %v", list)
	}
	b.call("add_timeline_event", map[string]any{"issue_id": id, "at": "2026-03-01T14:20:00Z", "type": "Detected", "text": "page"})
	b.call("add_timeline_event", map[string]any{"issue_id": id, "at": "2026-03-01T14:05:00Z", "type": "impact-started", "text": "502s"})
	line := b.call("list_timeline_events", map[string]any{"issue_id": id})
	if at[string](t, line, "events", 0, "type") != "impact_started" || at[string](t, line, "durations", 0, "value") != "15m0s" {
		t.Errorf("timeline: %v", line)
	}
	b.call("delete_issue", map[string]any{"issue_id": id})
	if _, problem := b.try("get_issue", map[string]any{"issue_id": id}); !strings.Contains(problem, "there is no issue") {
		t.Errorf("after the deletion get_issue answers %q", problem)
	}
}

func TestDeletionWaitsForAPersonAndHoldsForWhatWasShown(t *testing.T) {
	b := newBench(t, setup{})
	id := b.issue()
	pending := func() string {
		t.Helper()
		_, problem := b.try("delete_issue", map[string]any{"issue_id": id})
		_, rest, ok := strings.Cut(problem, "tftsr approvals approve ")
		if !ok {
			t.Fatalf("a host that cannot ask is answered %q", problem)
		}
		return strings.TrimRight(strings.Fields(rest)[0], ".,;`'\"")
	}
	first := pending()
	if _, err := b.gate.AnswerApproval(b.person(), first, true); err != nil {
		t.Fatal(err)
	}
	// What would be deleted has changed since it was shown.
	b.log(id, "a new log\n")
	if _, problem := b.try("delete_issue", map[string]any{"issue_id": id, "approval_id": first}); problem == "" {
		t.Fatal("an approval of other content was accepted")
	}
	second := pending()
	if _, problem := b.try("delete_issue", map[string]any{"issue_id": id, "approval_id": second}); problem == "" {
		t.Fatal("an approval that nobody gave was accepted")
	}
	if _, err := b.gate.AnswerApproval(b.person(), second, true); err != nil {
		t.Fatal(err)
	}
	b.call("delete_issue", map[string]any{"issue_id": id, "approval_id": second})
	if _, problem := b.try("get_issue", map[string]any{"issue_id": id}); problem == "" {
		t.Error("the issue is still there")
	}
}

func TestWhatChangesWhileThePersonIsAskedIsNotDeleted(t *testing.T) {
	for _, era := range []string{"2025-11-25", "2026-07-28"} {
		for name, change := range map[string]func(*bench, string) error{
			"nothing": func(*bench, string) error { return nil },
			"title": func(b *bench, id string) error {
				_, err := b.deps.Store.UpdateIssue(context.Background(), id, 0, func(i *triage.Issue) error { i.Title = "PROD evidence"; return nil })
				return err
			},
			"timeline": func(b *bench, id string) error {
				return b.deps.Store.AddEvent(context.Background(), &triage.TimelineEvent{ID: "0197a1f0-0000-7000-8000-000000000001", Owner: "agent", IssueID: id, At: time.Now(), Type: "note", Text: "x", CreatedAt: time.Now()})
			},
		} {
			t.Run(era+" "+name, func(t *testing.T) {
				var b *bench
				var id string
				asked := 0
				b = newBench(t, setup{era: era, answer: "accept", during: func() {
					if asked++; asked == 1 {
						if err := change(b, id); err != nil {
							t.Error(err)
						}
					}
				}})
				id = b.issue()
				_, problem := b.try("delete_issue", map[string]any{"issue_id": id})
				// The later era asks anew by itself when what it asks about changed.
				again := name != "nothing" && asked == 2
				if (name == "nothing") != (problem == "") && !again {
					t.Errorf("asked %d times, answered %q", asked, problem)
				}
			})
		}
	}
}

func TestTimesMayHaveAnyZone(t *testing.T) {
	b := newBench(t, setup{})
	spec, err := gate.ArgsOf(reflect.TypeFor[addTimelineEventIn]())
	if err != nil {
		t.Fatal(err)
	}
	ctx := gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio})
	args := json.RawMessage(`{"issue_id":"x","at":"2026-03-01T14:05:00+02:00","text":"y"}`)
	if _, _, _, err := b.gate.ClearArgs(ctx, spec, args); err != nil {
		t.Error(err)
	}
}

func TestBrokenGzipAndCursorsAreTheCallersToMend(t *testing.T) {
	dir := t.TempDir()
	var z bytes.Buffer
	zw := gzip.NewWriter(&z)
	fmt.Fprint(zw, strings.Repeat("a line of a log\n", 1000))
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.log.gz")
	if err := os.WriteFile(cut, z.Bytes()[:z.Len()-12], 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, setup{config: func(c *config.Config) { c.AllowedFolders = []string{dir} }})
	if _, problem := b.try("redact_log", map[string]any{"issue_id": b.issue(), "path": cut}); !strings.Contains(problem, "not a complete gzip file") {
		t.Errorf("a cut gzip file is answered %q", problem)
	}
	if _, problem := b.try("list_issues", map[string]any{"cursor": "abc"}); !strings.Contains(problem, "leave it out") {
		t.Errorf("a made-up cursor is answered %q", problem)
	}
	if _, problem := b.try("create_issue", map[string]any{"title": strings.Repeat("x", 30000), "severity": "low", "category": "linux"}); len(problem) > 1000 || !strings.Contains(problem, "title") {
		t.Errorf("a title that is too long is answered with %d bytes", len(problem))
	}
}

func TestReadLogPagesAndItsReferencesResolve(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	var text strings.Builder
	for i := 1; i <= 250; i++ {
		fmt.Fprintf(&text, "line %d from 10.1.2.%d\r\n", i, i%3+1)
	}
	log := b.log(issue, text.String())

	page := b.call("read_log", map[string]any{"log_id": log})
	if n := len(at[[]any](t, page, "lines")); n != 100 || at[float64](t, page, "next_from") != 101 {
		t.Errorf("the first page has %d lines and goes on at %v", n, page["next_from"])
	}
	if s := at[string](t, page, "lines", 0, "text"); strings.Contains(s, "10.1.2.") {
		t.Errorf("a line holds an address: %s", s)
	}
	token := strings.TrimSuffix(strings.Fields(at[string](t, page, "lines", 0, "text"))[3], "\r")
	// The chain quotes tokens in patterns; without it, that is ours to do.
	found := b.call("search_log", map[string]any{"log_id": log, "pattern": b.gate.QuotePattern(token + "$|" + token + "\r$"), "context": 1, "max_lines": 5})
	if m := at[float64](t, found, "matches"); m != 84 && m != 83 {
		t.Errorf("%s occurs %v times, want 83 or 84", token, m)
	}
	ref := at[string](t, b.call("search_log", map[string]any{"log_id": log, "pattern": "^line 7 "}), "lines", 0, "ref")

	step := b.call("five_whys_step", map[string]any{"issue_id": issue, "step_id": "s1", "problem": map[string]any{"what": "Checkout answers 502 to every request since 14:05"}})
	analysis := at[string](t, step, "analysis_id")
	again := b.call("five_whys_step", map[string]any{"issue_id": issue, "step_id": "s1", "problem": map[string]any{"what": "Checkout answers 502 to every request since 14:05"}})
	if at[string](t, again, "analysis_id") != analysis {
		t.Error("a first step that is repeated begins another analysis")
	}
	node := []any{map[string]any{"id": "n1", "claim": "The seventh connection exhausted the pool of the checkout service"}}
	for i, e := range []struct {
		ref, quote string
		verified   float64
	}{
		{ref, "line 7 from", 1},
		{ref[:len(ref)-1] + flip(ref[len(ref)-1]), "line 7 from", 1},
		{ref, "line 8 from", 1},
		{strings.Replace(ref, "L7-L7", "L999-L999", 1), "line 7 from", 1},
	} {
		args := map[string]any{"analysis_id": analysis, "revision": i + 1, "evidence": []any{
			map[string]any{"on": "n1", "type": "log_excerpt", "effect": "supports", "ref": e.ref, "text": e.quote},
		}}
		if i == 0 {
			args["nodes"] = node
		}
		out := b.call("five_whys_step", args)
		if v := at[float64](t, out, "coverage", "verified"); v != e.verified {
			t.Errorf("evidence %d: %v excerpts verified, want %v", i, v, e.verified)
		}
		if at[string](t, out, "verdict") == "CONFIRMED" {
			t.Errorf("evidence %d: confirmed without a rejected alternative", i)
		}
	}
	shown := b.call("five_whys_step", map[string]any{"analysis_id": analysis})
	if at[float64](t, shown, "revision") != 5 {
		t.Errorf("looking changed the analysis: %v", shown["revision"])
	}
}

func flip(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

func TestRCAGrowsByVersionsAndExportsWhole(t *testing.T) {
	b := newBench(t, setup{})
	issue := b.issue()
	first := b.call("generate_rca", map[string]any{"issue_id": issue})
	if len(at[[]any](t, first, "missing")) == 0 || at[string](t, first, "verdict") == "CONFIRMED" {
		t.Errorf("an RCA of nothing claims to be complete: %v", first)
	}
	second := b.call("generate_rca", map[string]any{"issue_id": issue, "impact": "Every checkout failed for 40 minutes."})
	if second["document_id"] != first["document_id"] || at[float64](t, second, "version") != 2 {
		t.Errorf("the second RCA is document %v version %v", second["document_id"], second["version"])
	}
	for range 2 {
		out := b.call("export_document", map[string]any{"document_id": second["document_id"], "format": "md"})
		file := filepath.Join(b.deps.Config.DataDir, filepath.FromSlash(at[string](t, out, "file")))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if hex.EncodeToString(sum[:]) != at[string](t, out, "sha256") || string(data) != at[string](t, second, "markdown") {
			t.Error("the exported file is not the document")
		}
		files, err := os.ReadDir(filepath.Dir(file))
		if err != nil || len(files) != 1 {
			t.Errorf("the export folder holds %d files (%v), want 1", len(files), err)
		}
	}
}

func TestRequiredReviewHoldsALogBack(t *testing.T) {
	b := newBench(t, setup{config: func(c *config.Config) { c.Review = config.ReviewRequired }})
	log := b.log(b.issue(), "mail from jane.roe@acme-widgets.com\n")
	_, problem := b.try("read_log", map[string]any{"log_id": log})
	if !strings.Contains(problem, "tftsr review") || strings.HasPrefix(problem, "protocol error") {
		t.Errorf("a log that waits for review is answered %q", problem)
	}
	if err := b.gate.ApproveLog(b.person(), log); err != nil {
		t.Fatal(err)
	}
	if text := at[string](t, b.call("read_log", map[string]any{"log_id": log}), "lines", 0, "text"); !strings.Contains(text, "[Email_1]") {
		t.Errorf("the approved log reads %q", text)
	}
}

func TestRequiredReviewIsAskedForInTheHost(t *testing.T) {
	for _, era := range []string{"2025-11-25", "2026-07-28"} {
		for answer, want := range map[string]string{"accept": "", "decline": "no", "cancel": "tftsr review"} {
			t.Run(era+" "+answer, func(t *testing.T) {
				b := newBench(t, setup{era: era, answer: answer, config: func(c *config.Config) { c.Review = config.ReviewRequired }})
				log := b.log(b.issue(), "mail from jane.roe@acme-widgets.com\n")
				_, problem := b.try("read_log", map[string]any{"log_id": log})
				if (want == "") != (problem == "") || !strings.Contains(problem, want) {
					t.Fatalf("answered %q, want %q", problem, want)
				}
				state := at[string](t, b.call("list_logs", nil), "logs", 0, "review")
				if (state == "approved") != (answer == "accept") {
					t.Errorf("after %s the log is %s", answer, state)
				}
			})
		}
	}
}

func TestUnreviewedLogsSaySo(t *testing.T) {
	b := newBench(t, setup{})
	log := b.log(b.issue(), "mail from jane.roe@acme-widgets.com\n")
	if note := at[string](t, b.call("read_log", map[string]any{"log_id": log}), "note"); !strings.Contains(note, "unreviewed") {
		t.Errorf("the note is %q", note)
	}
}

func TestVerifyAuditAnswersForTheRecord(t *testing.T) {
	b := newBench(t, setup{})
	b.issue()
	out := b.call("verify_audit", nil)
	if !at[bool](t, out, "intact") || len(at[[]any](t, out, "findings")) != 0 || at[string](t, out, "verifier_key") == "" {
		t.Errorf("verify_audit: %v", out)
	}
	list := b.call("list_audit", map[string]any{"limit": 1})
	if at[string](t, list, "entries", 0, "action") != "start" {
		t.Errorf("list_audit: %v", list)
	}
}

// A proof survives the way to the agent, and holds without anything else.
func TestAProofThatAnAgentFetchedHolds(t *testing.T) {
	b := newBench(t, setup{})
	b.log(b.issue(), "mail from jane.roe@acme-widgets.com, password=Tr0ub4dor&3x\n")
	entries := at[[]any](t, b.call("list_audit", map[string]any{"limit": 100}), "entries")
	if len(entries) == 0 {
		t.Fatal("there are no entries")
	}
	for i := range entries {
		seq := at[float64](t, entries[i], "seq")
		out := b.call("get_audit_proof", map[string]any{"seq": seq})
		proof, head, err := audit.CheckProof(mustJSON(out["proof"]), at[string](t, out, "verifier_key"))
		if err != nil || proof.Seq != int64(seq) || proof.Hash.Hex() != at[string](t, entries[i], "entry_hash") || head.Size < int64(seq) {
			t.Errorf("entry %v: %v", seq, err)
		}
	}
	for _, seq := range []int{9999, 1 << 40} {
		if _, problem := b.try("get_audit_proof", map[string]any{"seq": seq}); !strings.Contains(problem, "list_audit") {
			t.Errorf("entry %d is answered %q", seq, problem)
		}
	}
}

func TestTheRecordIsFiltered(t *testing.T) {
	b := newBench(t, setup{})
	if err := b.gate.Note(b.person(), gate.Intent{Action: audit.ActionReview, EntityType: "log", EntityID: "x"}); err != nil {
		t.Fatal(err)
	}
	call, err := b.gate.Begin(b.person(), gate.Intent{Action: audit.ActionToolCall, EntityType: "tool", EntityID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.End(b.person(), gate.Outcome{Status: "error"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args map[string]any
		want int
	}{
		{map[string]any{"action": "review"}, 1},
		{map[string]any{"outcome": "error"}, 1},
		{map[string]any{"outcome": "ok"}, 0},
		{map[string]any{"entity_type": "tool"}, 2},
		{map[string]any{"entity_id": "x"}, 3},
		{map[string]any{"entity_id": "x", "action": "review"}, 1},
		{map[string]any{"user_id": "nobody"}, 0},
		{map[string]any{"since": "2100-01-01T00:00:00Z"}, 0},
		{map[string]any{"until": "2020-01-01T00:00:00Z"}, 0},
	} {
		if got := at[[]any](t, b.call("list_audit", test.args), "entries"); len(got) != test.want {
			t.Errorf("%v: %d entries, want %d", test.args, len(got), test.want)
		}
	}
}

func TestLogsAreReadBelowAllowedFoldersOnly(t *testing.T) {
	inside, outside := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	good := write(inside, "app.log", "fine\n")
	secret := write(outside, "shadow", "root\n")
	zipped := filepath.Join(inside, "old.log.gz")
	f, err := os.Create(zipped)
	if err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(f)
	fmt.Fprint(zw, "one\ntwo\n")
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(secret, filepath.Join(inside, "out.log")))
	must(os.Symlink("app.log", filepath.Join(inside, "current.log")))
	must(os.Symlink(outside, filepath.Join(inside, "dir")))
	must(os.Mkdir(filepath.Join(inside, "sub"), 0o700))
	pipe := filepath.Join(inside, "pipe")
	must(makePipe(pipe))

	b := newBench(t, setup{config: func(c *config.Config) { c.AllowedFolders = []string{inside} }})
	issue := b.issue()
	for _, test := range []struct{ name, path, want string }{
		{"a file", good, ""},
		{"a file by its URI", "file://" + filepath.ToSlash(good), ""},
		{"gzip", zipped, ""},
		{"a link that stays inside", filepath.Join(inside, "current.log"), ""},
		{"dots that stay inside", filepath.Join(inside, "sub") + "/../app.log", ""},
		{"outside", secret, "outside the folders"},
		{"dots that lead out", inside + "/../" + filepath.Base(outside) + "/shadow", "outside the folders"},
		{"a link that leads out", filepath.Join(inside, "out.log"), "symbolic link"},
		{"a folder link that leads out", filepath.Join(inside, "dir", "shadow"), "symbolic link"},
		{"a folder", filepath.Join(inside, "sub"), "is a folder"},
		{"a pipe", pipe, "not a regular file"},
		{"a device", "/dev/zero", "outside the folders"},
		{"nothing", filepath.Join(inside, "none.log"), "no file at path"},
		{"relative", "app.log", "must be absolute"},
		{"another host", "file://example.com/etc/passwd", "must be absolute"},
	} {
		_, problem := b.try("redact_log", map[string]any{"issue_id": issue, "path": test.path})
		switch {
		case test.want == "" && problem != "":
			t.Errorf("%s: refused: %s", test.name, problem)
		case test.want != "" && !strings.Contains(problem, test.want):
			t.Errorf("%s: answered %q, want %q", test.name, problem, test.want)
		case strings.Contains(problem, inside) || strings.Contains(problem, outside):
			t.Errorf("%s: the answer names a path: %s", test.name, problem)
		}
	}
}

func TestRootsOfTheHostAreAllowedFoldersOnStdioOnly(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.log")
	if err := os.WriteFile(file, []byte("fine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	roots := []string{"file://" + filepath.ToSlash(dir)}
	for _, era := range []string{"2025-11-25", "2026-07-28"} {
		for channel, want := range map[string]string{gate.ChannelStdio: "", gate.ChannelHTTP: "no folder is open"} {
			t.Run(era+" "+channel, func(t *testing.T) {
				b := newBench(t, setup{era: era, channel: channel, roots: roots})
				_, problem := b.try("redact_log", map[string]any{"issue_id": b.issue(), "path": file})
				if (want == "") != (problem == "") || !strings.Contains(problem, want) {
					t.Errorf("answered %q, want %q", problem, want)
				}
			})
		}
	}
}

func TestAnswersFitTheirSchemas(t *testing.T) {
	b, instance := snowBench(t, allow)
	b.ollama(ollama.New(ollama.Options{Installed: []string{"qwen3:0.6b", "gemma3:4b"}}))
	incident := instance.Seed(map[string]string{"short_description": "down"}, false)
	project := azuredevops.New(azuredevops.Options{})
	b.project(project, false)
	item := strconv.Itoa(project.Seed(azuredevops.Project, "Bug", map[string]any{"System.Title": "down", "System.Tags": "a; b"}, false))
	pages := wikifake.New(wikifake.Options{})
	b.wiki(pages, false)
	runbook := pages.Seed("OPS", "Runbook", "<p>x</p>", false)
	issue := b.issue()
	log := b.log(issue, "mail from jane.roe@acme-widgets.com\n")
	b.scripted(nil)
	if err := b.gate.ApproveLog(b.person(), log); err != nil {
		t.Fatal(err)
	}
	if err := b.deps.Store.SaveProvider(t.Context(), &store.Provider{Name: "gone", Kind: "openai", BaseURL: "https://llm.example.com", Model: "m"}); err != nil {
		t.Fatal(err)
	}
	doc := b.call("generate_rca", map[string]any{"issue_id": issue})["document_id"]
	analysis := b.call("five_whys_step", map[string]any{"issue_id": issue, "problem": map[string]any{"what": "Checkout answers 504"}})["analysis_id"]
	args := map[string]map[string]any{
		"create_issue":         {"title": "Another one", "severity": "low", "category": "linux"},
		"get_issue":            {"issue_id": issue},
		"list_issues":          {},
		"update_issue":         {"issue_id": issue, "status": "investigating"},
		"search_issues":        {"query": "checkout"},
		"find_similar_issues":  {"text": "checkout 502"},
		"add_timeline_event":   {"issue_id": issue, "at": "2026-03-01T14:05:00Z", "text": "502s"},
		"list_timeline_events": {"issue_id": issue},
		"redact_log":           {"issue_id": issue, "text": "10.1.2.3\n"},
		"list_logs":            {},
		"digest_log":           {"log_id": log},
		"search_log":           {"log_id": log, "text": "mail"},
		"correlate_logs":       {"logs": []any{map[string]any{"log_id": log}, map[string]any{"log_id": log}}},
		"read_log":             {"log_id": log},
		"five_whys_step":       {"issue_id": issue, "problem": map[string]any{"what": "Checkout answers 502 to every request"}},
		"get_five_whys":        {"analysis_id": analysis},
		"generate_rca":         {"issue_id": issue},
		"generate_postmortem":  {"issue_id": issue, "template": "atlassian"},
		"get_document":         {"document_id": doc},
		"update_document":      {"document_id": doc, "version": 2, "markdown": "# Title\n\nPlain words.\n"},
		"list_documents":       {"issue_id": issue},
		"export_document":      {"document_id": doc, "format": "html"},
		"list_audit":           {},
		"verify_audit":         {},
		"get_audit_proof":      {"seq": 1},
		"delete_issue":         {"issue_id": issue},

		"list_providers": {},
		"set_provider":   {"issue_id": issue, "provider": "scripted"},
		"test_provider":  {},
		"analyze_log":    {"log_id": log},
		"triage_chat":    {"issue_id": issue, "message": "Why?"},
		"draft_section":  {"issue_id": issue, "section": "Impact"},

		"test_servicenow_connection":  {},
		"search_servicenow_incidents": {"text": "down"},
		"create_servicenow_incident":  {"issue_id": issue},
		"get_servicenow_incident":     {"id": incident},
		"update_servicenow_incident":  {"id": incident, "work_notes": "looking"},
		"resolve_servicenow_incident": {"id": incident, "close_notes": "restarted", "close_code": "Solved"},

		"test_confluence_connection": {},
		"list_confluence_spaces":     {},
		"search_confluence_pages":    {"text": "runbook"},
		"publish_to_confluence":      {"document_id": doc},
		"update_confluence_page":     {"page_id": runbook, "expected_version": 1, "document_id": doc},

		"test_azuredevops_connection":     {},
		"list_azuredevops_workitem_types": {"type": "Bug"},
		"search_azuredevops_workitems":    {"text": "down"},
		"create_azuredevops_workitem":     {"issue_id": issue},
		"get_azuredevops_workitem":        {"id": item},
		"update_azuredevops_workitem":     {"id": item, "comment": "looking"},
		"ollama_status":                   {},
		"list_ollama_models":              {},
		"show_ollama_model":               {"model": "qwen3:0.6b", "part": "license"},
		"pull_ollama_model":               {"model": "qwen3:8b"},
		"delete_ollama_model":             {"model": "gemma3:4b"},
		"ollama_install_guide":            {"platform": "linux"},
		"detect_hardware":                 {},
		"recommend_models":                {},

		"list_mcp_servers":    {},
		"mcp_server_status":   {"server": "runbooks"},
		"discover_mcp_server": {"server": "runbooks"},
	}
	b.mcpServer("runbooks")
	result, err := b.gate.KeepResult(gate.WithCaller(t.Context(), gate.Caller{ID: "agent", Channel: gate.ChannelStdio}), "read_log", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	args["read_result"] = map[string]any{"result_id": result}
	// The order of the list puts the deletion before what needs the issue.
	all := All()
	slices.SortStableFunc(all, func(x, y Tool) int {
		return cmp.Compare(bool2int(x.Name == "delete_issue"), bool2int(y.Name == "delete_issue"))
	})
	for _, tool := range all {
		in, ok := args[tool.Name]
		if !ok {
			t.Errorf("%s is not tried", tool.Name)
			continue
		}
		out := b.call(tool.Name, in)
		for _, schema := range []any{closed(t, tool.Answer()), tool.Definition.OutputSchema} {
			strict, err := resolve(schema)
			if err != nil {
				t.Fatal(err)
			}
			if err := strict.Validate(out); err != nil {
				t.Errorf("%s: %v\n%v", tool.Name, err, out)
			}
		}
	}
}

func bool2int(b bool) int {
	if b {
		return 1
	}
	return 0
}

// closed makes a schema refuse fields that it does not name, but for objects
// whose keys are data.
func closed(t *testing.T, schema any) json.RawMessage {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(schema.(json.RawMessage), &v); err != nil {
		t.Fatal(err)
	}
	var walk func(m map[string]any)
	walk = func(m map[string]any) {
		if props, ok := m["properties"].(map[string]any); ok {
			m["additionalProperties"] = false
			for _, p := range props {
				walk(p.(map[string]any))
			}
		}
		if items, ok := m["items"].(map[string]any); ok {
			walk(items)
		}
	}
	walk(v)
	return mustJSON(v)
}
