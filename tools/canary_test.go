package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"

	fakeanthropic "github.com/tftsr/tftsr/internal/fakes/anthropic"
	fakegenai "github.com/tftsr/tftsr/internal/fakes/genai"
	fakeollama "github.com/tftsr/tftsr/internal/fakes/ollama"
	fakeopenai "github.com/tftsr/tftsr/internal/fakes/openai"
)

// canaries are values planted in every place that a conversation can have text
// from, each another one, so that what leaks says from where.
type canaries map[string]string

func (c canaries) plant(place string) string {
	if c[place] == "" {
		n := len(c)
		switch n % 3 {
		case 0:
			c[place] = fmt.Sprintf("canary%02d.%s@acme-widgets.com", n, strings.ReplaceAll(place, " ", "-"))
		case 1:
			c[place] = fmt.Sprintf("10.77.%d.%d", n+10, n+100)
		default:
			sum := sha256.Sum256([]byte(place))
			c[place] = "AKIA" + base32.StdEncoding.EncodeToString(sum[:])[:16]
		}
	}
	return c[place]
}

// leaks returns the places whose canary is in what was sent, as it is or in an
// encoding.
func (c canaries) leaks(sent []byte) (places []string) {
	for place, value := range c {
		for _, form := range []string{value, base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)), url.QueryEscape(value), fmt.Sprintf("%x", value)} {
			if bytes.Contains(bytes.ToLower(sent), []byte(strings.ToLower(form))) {
				places = append(places, place)
				break
			}
		}
	}
	return places
}

// tapped keeps every byte that comes to a handler.
type tapped struct {
	next http.Handler
	mu   sync.Mutex
	seen [][]byte
}

func (w *tapped) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	b, err := httputil.DumpRequest(r, true)
	if err != nil {
		http.Error(rw, "unreadable", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	w.seen = append(w.seen, b)
	w.mu.Unlock()
	w.next.ServeHTTP(rw, r)
}

// reached configures a fake as the provider of a name, which is the default.
func (b *bench) reached(t *testing.T, h http.Handler, p store.Provider, key string) *tapped {
	t.Helper()
	tap := &tapped{next: h}
	srv := httptest.NewServer(tap)
	t.Cleanup(srv.Close)
	keys, err := secrets.NewKeys([32]byte{1}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.deps.Store})
	if err != nil {
		t.Fatal(err)
	}
	p.BaseURL, p.Owner, p.Default = srv.URL+p.BaseURL, "ops", true
	if err := providers.Check(&p); err != nil {
		t.Fatal(err)
	}
	if key != "" {
		if _, err := vault.Set(t.Context(), providers.SecretOf(p.Name), []byte(key), secrets.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.deps.Store.SaveProvider(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	registry := providers.NewRegistry(providers.Options{Store: b.deps.Store, Secrets: vault, Config: b.deps.Config, Sleep: func(context.Context, time.Duration) error { return nil }})
	b.deps.Providers = &providers.Sender{
		Gate: b.gate, Store: b.deps.Store, Now: time.Now,
		Open: func(ctx context.Context, name string) (providers.Provider, error) { return registry.Open(ctx, name) },
	}
	b.deps.Proposers = ProposersOf(b.deps.Providers)
	return tap
}

// No byte of a planted value reaches any provider, whatever it is planted in.
// The chain of the server, which clears arguments too, is left out here: what
// stands before the wire has to hold by itself.
func TestNoPlantedValueReachesAProvider(t *testing.T) {
	c := canaries{}
	var issue, log string
	talk := func(turn script.Turn) script.Answer {
		if turn.Schema != "" || len(turn.Tools) == 0 || turn.Last("tool") != "" {
			a := script.Default(script.Turn{Messages: turn.Messages, Schema: turn.Schema})
			a.Text = strings.Replace(a.Text, "You said", "Tell "+c.plant("answer of the provider")+". You said", 1)
			return a
		}
		return script.Answer{Text: "I ask for " + c.plant("text beside a call"), Calls: []script.Call{
			{Name: "search_log", Arguments: `{"log_id":"` + log + `","text":"` + c.plant("arguments of a call") + `"}`},
			{Name: "read_log", Arguments: `{"log_id":"` + log + `"}`},
			{Name: "read_log", Arguments: `{"log_id":"` + c.plant("id of a call") + `"}`},
			{Name: "list_timeline_events", Arguments: `{}`},
			{Name: "list_logs", Arguments: `{}`},
			{Name: "add_timeline_event", Arguments: `{"at":"2026-03-01T14:05:03Z","text":"` + c.plant("arguments of a write") + `","source":"` + c.plant("source of a write") + `","approval_id":"` + c.plant("approval of a write") + `"}`},
			{Name: "drop_" + c.plant("name of a tool"), Arguments: `{}`},
		}}
	}
	type fake struct {
		name    string
		handler http.Handler
		p       store.Provider
		key     string
		troubles
	}
	chat := func(name, dialect, path, model string) fake {
		f := fakeopenai.New(fakeopenai.Options{Dialect: dialect, Script: talk})
		return fake{name, f, store.Provider{Name: name, Kind: name, BaseURL: path, Model: model}, fakeopenai.Key, f}
	}
	anthropic := fakeanthropic.New(fakeanthropic.Options{Script: talk})
	genai := fakegenai.New(fakegenai.Options{Script: talk})
	for _, f := range []fake{
		chat("openai", fakeopenai.OpenAI, "/v1", "gpt-5.2"), chat("azure", fakeopenai.Azure, "", "triage-gpt"), chat("gemini", fakeopenai.Gemini, "/v1beta/openai", "gemini-3-flash"),
		chat("mistral", fakeopenai.Mistral, "/v1", "mistral-large-latest"), chat("litellm", fakeopenai.LiteLLM, "/v1", "bedrock/anthropic.claude-sonnet-4"),
		{"anthropic", anthropic, store.Provider{Name: "anthropic", Kind: "anthropic", Model: "claude-sonnet-4-5"}, fakeanthropic.Key, anthropic},
		{"genai", genai, store.Provider{Name: "genai", Kind: "msi_genai", BaseURL: "/app-gateway", Model: "VertexGemini"}, fakegenai.Key, genai},
		{"ollama", fakeollama.New(fakeollama.Options{Installed: []string{"qwen3:8b"}}), store.Provider{Name: "ollama", Kind: "ollama", Model: "qwen3:8b", Options: map[string]string{"context_tokens": "40000"}}, "", nil},
	} {
		b := newBench(t, setup{})
		tap := b.reached(t, f.handler, f.p, f.key)
		issue = b.call("create_issue", map[string]any{"title": "Down for " + c.plant("title"), "description": "Ask " + c.plant("description"), "severity": "high", "category": "databases"})["issue"].(map[string]any)["id"].(string)
		b.call("add_timeline_event", map[string]any{"issue_id": issue, "at": "2026-03-01T14:05:00Z", "text": "Told by " + c.plant("timeline")})
		out := b.call("redact_log", map[string]any{"issue_id": issue, "name": "app-" + c.plant("name of a file") + ".log", "text": "2026-03-01T14:05:02Z ERROR pool of " + c.plant("log") + " exhausted\n2026-03-01T14:05:03Z INFO key " + c.plant("second line of a log") + "\n"})
		log = out["log"].(map[string]any)["id"].(string)
		if err := b.gate.ApproveLog(b.person(), log); err != nil {
			t.Fatal(err)
		}
		b.try("five_whys_step", map[string]any{"issue_id": issue, "mode": "provider", "problem": map[string]any{"what": "Down for " + c.plant("problem"), "where": c.plant("where it is")}})
		first, problem := b.try("triage_chat", map[string]any{"issue_id": issue, "message": "Why is " + c.plant("typed text") + " down?", "log_ids": []any{log}})
		if problem != "" {
			t.Errorf("%s: %s", f.name, problem)
			continue
		}
		id := first["conversation_id"].(string)
		waiting, err := b.deps.Store.ListApprovals(t.Context(), store.ApprovalPending, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range waiting { // A provider that calls no tools waits for nothing.
			if _, err := b.gate.AnswerApproval(b.person(), a.ID, true); err != nil {
				t.Fatal(err)
			}
			if _, problem := b.try("triage_chat", map[string]any{"conversation_id": id}); problem != "" {
				t.Errorf("%s goes on: %s", f.name, problem)
			}
		}
		if f.troubles != nil && f.name != "genai" && len(waiting) != 1 {
			t.Errorf("%s: %d writes wait", f.name, len(waiting))
		}
		// As if something had come into the store uncleared.
		v, err := b.deps.Store.Conversation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.deps.Store.SaveConversation(t.Context(), v, []store.ChatMessage{
			{Owner: "ops", Role: "user", Text: "And " + c.plant("history"), CreatedAt: time.Now()}, {Owner: "ops", Role: "assistant", Text: "Then " + c.plant("answer in the history"), CreatedAt: time.Now()},
		}); err != nil {
			t.Fatal(err)
		}
		if _, problem := b.try("triage_chat", map[string]any{"conversation_id": id, "message": "And " + c.plant("second message")}); problem != "" {
			t.Errorf("%s, second turn: %s", f.name, problem)
		}
		b.try("analyze_log", map[string]any{"log_id": log, "question": "Is it " + c.plant("question") + "?"})
		b.try("draft_section", map[string]any{"issue_id": issue, "section": "Impact on " + c.plant("section"), "wishes": "Name " + c.plant("wishes")})
		b.try("test_provider", map[string]any{})
		if f.troubles != nil {
			f.Next(script.Refused)
			_, problem := b.try("triage_chat", map[string]any{"conversation_id": id, "message": "Again " + c.plant("message after an error")})
			if problem == "" {
				t.Errorf("%s: the error is lost", f.name)
			}
			b.try("triage_chat", map[string]any{"conversation_id": id, "message": "Once more, after: " + problem + c.plant("error text")})
		}
		tap.mu.Lock()
		all := bytes.Join(tap.seen, []byte("\n"))
		requests := len(tap.seen)
		tap.mu.Unlock()
		if places := c.leaks(all); len(places) > 0 {
			t.Errorf("%s was sent the values planted in: %v", f.name, places)
		}
		if requests < 5 || !bytes.Contains(all, []byte("[Email_")) || !bytes.Contains(all, []byte("[PrivateIPv4_")) {
			t.Errorf("%s: only %d requests, or no tokens in them: the test tests nothing", f.name, requests)
		}
		if err := b.deps.Store.Dump(t.Context(), func(table, column string, value []byte) error {
			if (table == "messages" || table == "conversations" || table == "approvals" || table == "audit_log") && !bytes.Contains(value, []byte("history")) {
				for _, place := range c.leaks(value) {
					if place != "history" && place != "answer in the history" {
						t.Errorf("%s: %s.%s holds the value planted in %s", f.name, table, column, place)
					}
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	if len(c) < 20 {
		t.Errorf("only %d places were planted", len(c))
	}
}

// troubles is what fakes of vendors can have.
type troubles interface{ Next(...script.Trouble) }
