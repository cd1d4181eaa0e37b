package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"

	fakeanthropic "github.com/tftsr/tftsr/internal/fakes/anthropic"
	fakegenai "github.com/tftsr/tftsr/internal/fakes/genai"
	fakeollama "github.com/tftsr/tftsr/internal/fakes/ollama"
	fakeopenai "github.com/tftsr/tftsr/internal/fakes/openai"
)

// said is long enough to be cut in the middle of a stream, with runes of
// several bytes.
const said = "The pool ran dry after 14:05; connections were never returned – see line 12. Näheres im Log."

func says(text string) script.Script {
	return func(script.Turn) script.Answer { return script.Answer{Text: text} }
}

func kind(t *testing.T, err error) *providers.Error {
	t.Helper()
	var e *providers.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v", err)
	}
	return e
}

func TestEveryProviderAnswersWholeAndInPieces(t *testing.T) {
	b := newBed(t)
	for _, f := range fakes(says(said)) {
		c := b.start(f)
		if o, ok := f.handler.(*fakeollama.Fake); ok {
			o.Script(fakeollama.Reply{Content: said}, fakeollama.Reply{Content: said})
		}
		whole, err := c.Chat(b.ctx(), b.ask(c, "Why?"))
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		r := b.ask(c, "Why?")
		r.Trace = new(providers.Trace)
		var pieces []string
		r.OnText = func(p string) { pieces = append(pieces, p) }
		streamed, err := c.Chat(b.ctx(), r)
		if err != nil {
			t.Errorf("%s in pieces: %v", f.name, err)
			continue
		}
		if whole.Text != said || streamed.Text != said || strings.Join(pieces, "") != said || whole.Stop != providers.StopEnd {
			t.Errorf("%s: %q, in pieces %q from %d pieces, stop %s", f.name, whole.Text, streamed.Text, len(pieces), whole.Stop)
		}
		if len(pieces) < 2 && f.name != "genai" {
			t.Errorf("%s did not stream", f.name)
		}
		if !whole.Usage.Known && f.name != "genai" || r.Trace.Attempts != 1 || len(r.Trace.Bodies) != 1 || len(r.Trace.Bodies[0]) != 64 {
			t.Errorf("%s: usage %+v, trace %+v", f.name, whole.Usage, r.Trace)
		}
	}
}

func TestEveryProviderAnswersInTheFormOfASchema(t *testing.T) {
	b := newBed(t)
	schema := &providers.Schema{Name: "verdict", JSON: json.RawMessage(`{"type":"object","properties":{"cause":{"type":"string"}},"required":["cause"],"additionalProperties":false}`)}
	asked := func(turn script.Turn) script.Answer {
		if !strings.Contains(turn.Schema, "verdict") && !strings.Contains(turn.Schema, `"cause"`) {
			return script.Answer{Text: "nobody asked for JSON"}
		}
		return script.Answer{Text: `{"cause":"the pool {ran} dry"}`}
	}
	for _, f := range fakes(asked) {
		c := b.start(f)
		if o, ok := f.handler.(*fakeollama.Fake); ok {
			o.Script(fakeollama.Reply{Content: `{"cause":"the pool {ran} dry"}`}, fakeollama.Reply{Content: `{"cause":"the pool {ran} dry"}`})
		}
		for _, stream := range []bool{false, true} {
			r := b.ask(c, "Why?")
			r.Schema = schema
			if stream {
				r.OnText = func(string) {}
			}
			reply, err := c.Chat(b.ctx(), r)
			if err != nil {
				t.Errorf("%s: %v", f.name, err)
				continue
			}
			var v struct{ Cause string }
			raw, err := providers.Object(reply.Text)
			if err != nil || json.Unmarshal(raw, &v) != nil || v.Cause != "the pool {ran} dry" {
				t.Errorf("%s: %q, %v", f.name, reply.Text, err)
			}
		}
		if o, ok := f.handler.(*fakeollama.Fake); ok {
			for _, chat := range o.Chats() {
				if string(chat.Format) != string(schema.JSON) {
					t.Errorf("ollama was sent the format %s", chat.Format)
				}
			}
		}
	}
}

func TestEveryProviderCallsToolsAndIsGivenTheirResults(t *testing.T) {
	b := newBed(t)
	turns := func(turn script.Turn) script.Answer {
		if turn.Last("tool") == "" {
			return script.Answer{Calls: []script.Call{{Name: "search_log", Arguments: `{"text":"pool é"}`}, {Name: "read_log", Arguments: `{"from":3}`}}}
		}
		return script.Answer{Text: "done"}
	}
	for _, f := range fakes(turns) {
		c := b.start(f)
		if !c.Traits().Tools {
			if f.name != "genai" {
				t.Errorf("%s calls no tools", f.name)
			}
			continue
		}
		if o, ok := f.handler.(*fakeollama.Fake); ok {
			o.Script(fakeollama.Reply{ToolCalls: []fakeollama.ToolCall{
				{Function: fakeollama.FunctionCall{Name: "search_log", Arguments: map[string]any{"text": "pool é"}}},
				{Function: fakeollama.FunctionCall{Index: 1, Name: "read_log", Arguments: map[string]any{"from": 3}}},
			}}, fakeollama.Reply{Content: "done"})
		}
		r := b.ask(c, "Look.")
		for _, name := range []string{"search_log", "read_log"} {
			r.Tools = append(r.Tools, providers.Tool{Name: name, Description: b.clear(c, "Looks."), Parameters: b.clear(c, `{"type":"object","properties":{"text":{"type":"string"}}}`)})
		}
		r.OnText = func(string) {}
		reply, err := c.Chat(b.ctx(), r)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if len(reply.Calls) != 2 || reply.Stop != providers.StopTools || reply.Calls[0].Name != "search_log" || reply.Calls[0].Arguments != `{"text":"pool é"}` || reply.Calls[1].Arguments != `{"from":3}` {
			t.Errorf("%s: %+v", f.name, reply)
			continue
		}
		again := providers.Message{Role: providers.RoleAssistant}
		results := []providers.Message{}
		for i, call := range reply.Calls {
			id := providers.CallID(i + 1)
			again.Calls = append(again.Calls, providers.Call{ID: id, Name: call.Name, Arguments: b.clear(c, call.Arguments), Signature: call.Signature})
			results = append(results, providers.Message{Role: providers.RoleTool, CallID: id, Text: b.clear(c, "nothing found")})
		}
		r.Messages = append(append(r.Messages, again), results...)
		if reply, err = c.Chat(b.ctx(), r); err != nil || reply.Text != "done" {
			t.Errorf("%s after the results: %+v, %v", f.name, reply, err)
		}
		if f.name == "gemini" && !strings.Contains(string(f.wire.Seen()[1]), `"extra_content":{"google":{"thought_signature":"`+fakeopenai.Signature+`"}}`) {
			t.Errorf("gemini did not get its signature back: %s", f.wire.Seen()[1])
		}
	}
}

func TestEachTroubleOfEachVendorHasItsKind(t *testing.T) {
	b := newBed(t)
	want := map[script.Trouble]providers.Kind{
		script.RateLimited: providers.KindLimited, script.Quota: providers.KindBudget, script.Overloaded: providers.KindOverloaded, script.ServerError: providers.KindServer,
		script.TooLong: providers.KindContext, script.Refused: providers.KindRefused, script.Forbidden: providers.KindForbidden, script.Cut: providers.KindTruncated,
		script.Empty: providers.KindEmpty, script.Page: providers.KindServer,
	}
	for _, f := range fakes(says(said)) {
		if f.wire == nil {
			continue
		}
		c := b.start(f)
		for trouble, kindWanted := range want {
			if f.name == "genai" && (trouble == script.TooLong || trouble == script.Page) {
				continue
			}
			for _, stream := range []bool{false, true} {
				r := b.ask(c, "Why?")
				if stream {
					r.OnText = func(string) {}
				}
				r.Trace = new(providers.Trace)
				f.wire.Next(trouble, trouble, trouble)
				_, err := c.Chat(b.ctx(), r)
				e := kind(t, err)
				if e.Kind != kindWanted || e.Destination != c.Destination() {
					t.Errorf("%s %s: kind %s of %s; %v; it says %q", f.name, trouble, e.Kind, e.Destination, err, e.Reason)
				}
				if e.Reason != "" && strings.Contains(err.Error(), e.Reason) {
					t.Errorf("%s %s: the vendor's words are in the error itself", f.name, trouble)
				}
				if e.Reason == "" && e.Status >= 400 && trouble != script.Page {
					t.Errorf("%s %s: the vendor's words are lost", f.name, trouble)
				}
				again := trouble == script.RateLimited || trouble == script.Overloaded || (trouble == script.ServerError || trouble == script.Page) && f.name != "genai"
				// A fake GenAI that is overloaded may have worked on the request.
				again = again && (f.name != "genai" || trouble != script.Overloaded)
				if again != (r.Trace.Attempts == 3) || !again && r.Trace.Attempts != 1 {
					t.Errorf("%s %s: %d attempts", f.name, trouble, r.Trace.Attempts)
				}
				for f.wire.Take() != "" {
				}
			}
		}
	}
	for _, w := range b.waits {
		if w <= 0 || w > 25*time.Second {
			t.Errorf("it waited %s", w)
		}
	}
}

func TestAStreamThatIsCutIsNoAnswer(t *testing.T) {
	b := newBed(t)
	for _, f := range fakes(says(said)) {
		c := b.start(f)
		for _, trouble := range []script.Trouble{script.Cut, script.Ends, script.ErrorInStream} {
			if f.name == "genai" {
				continue
			}
			r := b.ask(c, "Why?")
			got := ""
			r.OnText = func(p string) { got += p }
			r.Trace = new(providers.Trace)
			if o, ok := f.handler.(*fakeollama.Fake); ok {
				o.Script(map[script.Trouble]fakeollama.Reply{
					script.Cut: {Content: said, Cut: true}, script.Ends: {Content: said, Cut: true}, script.ErrorInStream: {Content: said, Reason: "llama runner process no longer running: -1"},
				}[trouble])
			} else {
				f.wire.Next(trouble)
			}
			reply, err := c.Chat(b.ctx(), r)
			e := kind(t, err)
			wanted := providers.KindTruncated
			if trouble == script.ErrorInStream {
				wanted = providers.KindServer
				if f.name == "anthropic" {
					wanted = providers.KindOverloaded
				}
				if e.Reason == "" {
					t.Errorf("%s: the vendor's words are lost: %v", f.name, err)
				}
			}
			// What was shown already is not asked for again.
			if e.Kind != wanted || reply != nil || r.Trace.Attempts != 1 || got == "" {
				t.Errorf("%s %s: %s (%v), reply %v, %d attempts after %q", f.name, trouble, e.Kind, err, reply, r.Trace.Attempts, got)
			}
		}
	}
}

func TestSilenceEndsAndSoDoesCancelling(t *testing.T) {
	b := newBed(t)
	for _, f := range fakes(says(said)) {
		if f.name != "openai" && f.name != "anthropic" {
			continue
		}
		c := b.start(f)
		c.SetIdle(50 * time.Millisecond)
		r := b.ask(c, "Why?")
		r.OnText = func(string) {}
		f.wire.Next(script.Silent)
		_, err := c.Chat(b.ctx(), r)
		if e := kind(t, err); e.Kind != providers.KindTimeout {
			t.Errorf("%s: %v", f.name, err)
		}
		c.SetIdle(time.Minute)
		ctx, cancel := context.WithCancel(b.ctx())
		r.OnText = func(string) { cancel() }
		f.wire.Next(script.Silent)
		if _, err = c.Chat(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled with %v", f.name, err)
		}
	}
}

func TestRetriesWaitAsLongAsTheVendorSays(t *testing.T) {
	b := newBed(t)
	f := fakes(says(said))[0]
	c := b.start(f)
	f.wire.Next(script.RateLimited, script.Overloaded)
	r := b.ask(c, "Why?")
	r.Trace = new(providers.Trace)
	reply, err := c.Chat(b.ctx(), r)
	if err != nil || reply.Text != said || r.Trace.Attempts != 3 || len(r.Trace.Bodies) != 3 {
		t.Fatalf("%+v, %v, %+v", reply, err, r.Trace)
	}
	if b.waits[0] < 20*time.Millisecond || b.waits[0] > 25*time.Millisecond {
		t.Errorf("retry-after-ms 20 was %s", b.waits[0])
	}
	// Longer than anybody waits for: it is told.
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer slow.Close()
	b.add(store.Provider{Name: "slow", Kind: "vllm", BaseURL: slow.URL, Model: "m"}, "")
	c = b.open("slow")
	_, err = c.Chat(b.ctx(), b.ask(c, "Why?"))
	if e := kind(t, err); e.RetryAfter != time.Hour || !strings.Contains(err.Error(), "try again in 1h0m0s") || len(b.waits) != 2 {
		t.Errorf("%v after %d waits", err, len(b.waits))
	}
}

func TestNothingOfTheEnvironmentOrTheLibrariesLeaves(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_BASE_URL": "http://127.0.0.1:1", "OPENAI_ORG_ID": "org-leak", "OPENAI_PROJECT_ID": "proj-leak", "OPENAI_API_KEY": "sk-leak", "OPENAI_CUSTOM_HEADERS": "X-Leak: leak",
		"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "ANTHROPIC_API_KEY": "sk-leak", "ANTHROPIC_AUTH_TOKEN": "leak", "ANTHROPIC_CUSTOM_HEADERS": "X-Leak: leak",
		"HTTP_PROXY": "http://127.0.0.1:1", "OLLAMA_HOST": "127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	b := newBed(t)
	allowed := map[string]bool{
		"Accept": true, "Accept-Encoding": true, "Content-Length": true, "Content-Type": true, "User-Agent": true, "Authorization": true, "Api-Key": true,
		"X-Api-Key": true, "Anthropic-Version": true, "X-Msi-Genai-Api-Key": true, "X-Msi-Genai-Client": true, "X-Acme-Key": true,
	}
	for _, f := range fakes(says(said)) {
		var seen atomic.Pointer[http.Request]
		next := f.handler
		f.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Store(r.Clone(context.Background()))
			next.ServeHTTP(w, r)
		})
		c := b.start(f)
		if _, err := c.Chat(b.ctx(), b.ask(c, "Why?")); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		r := seen.Load()
		for name := range r.Header {
			if !allowed[name] {
				t.Errorf("%s was sent the header %s", f.name, name)
			}
		}
		if r.UserAgent() != "tftsr" || strings.Contains(r.URL.String(), "key=") || f.key != "" && strings.Contains(r.URL.String(), f.key) {
			t.Errorf("%s: agent %q, address %s", f.name, r.UserAgent(), r.URL)
		}
	}
}

func TestTextForOneProviderGoesToNoOther(t *testing.T) {
	b := newBed(t)
	list := fakes(says(said))
	for i, f := range list {
		c := b.start(f)
		other := b.ask(nowhere{}, "Why?")
		if _, err := c.Chat(b.ctx(), other); !errors.Is(err, gate.ErrNotCleared) {
			t.Errorf("%s took text of another: %v", f.name, err)
		}
		if list[i].wire != nil && len(list[i].wire.Seen()) != 0 {
			t.Errorf("%s was sent something", f.name)
		}
	}
}

type nowhere struct{ providers.Provider }

func (nowhere) Destination() gate.Destination { return "ai:provider/nowhere" }

func TestGenAIIsSentTheNewestPromptOfItsSession(t *testing.T) {
	b := newBed(t)
	g := fakegenai.New(fakegenai.Options{Script: says(said)})
	srv := httptest.NewServer(g)
	defer srv.Close()
	b.add(store.Provider{Name: "g", Kind: "msi_genai", BaseURL: srv.URL + "/app-gateway", Options: map[string]string{"user_id": "ada"}}, fakegenai.Key)
	c := b.open("g")
	r := b.ask(c, "first")
	one, err := c.Chat(b.ctx(), r)
	if err != nil || one.Session == "" {
		t.Fatalf("%+v, %v", one, err)
	}
	r.Session = one.Session
	r.Messages = append(r.Messages, providers.Message{Role: providers.RoleAssistant, Text: b.clear(c, said)}, providers.Message{Role: providers.RoleUser, Text: b.clear(c, "second")})
	if _, err := c.Chat(b.ctx(), r); err != nil {
		t.Fatal(err)
	}
	if got := g.Session(one.Session); len(got) != 4 || got[2].Text != "second" || g.Sessions() != 1 {
		t.Errorf("the session has %+v", got)
	}
	seen := g.Seen()
	for i, want := range []string{
		`{"model":"VertexGemini","prompt":"first","system":"Be brief.","userId":"ada"}`,
		`{"model":"VertexGemini","prompt":"second","system":"Be brief.","sessionId":"` + one.Session + `","userId":"ada"}`,
	} {
		head, body, _ := strings.Cut(string(seen[i]), "\r\n\r\n")
		if body != want || !strings.HasPrefix(head, "POST /app-gateway/api/v2/chat HTTP") || !strings.Contains(head, "X-Msi-Genai-Api-Key: "+fakegenai.Key) ||
			!strings.Contains(head, "X-Msi-Genai-Client: tftsr-devops-investigation") {
			t.Errorf("request %d: %s\n%s", i, head, body)
		}
	}
	g.Next(script.Quota)
	_, err = c.Chat(b.ctx(), r)
	if e := kind(t, err); e.Kind != providers.KindBudget || !strings.Contains(err.Error(), "$50 per user and month") {
		t.Errorf("%v", err)
	}
	g.Next(script.Forbidden)
	_, err = c.Chat(b.ctx(), r)
	if e := kind(t, err); e.Kind != providers.KindForbidden || !strings.Contains(err.Error(), "key of the other stage") {
		t.Errorf("%v", err)
	}
	p := store.Provider{Name: "s", Kind: "msi_genai", BaseURL: "stage"}
	if err := providers.Check(&p); err != nil || p.BaseURL != "https://genai-service.stage.commandcentral.com/app-gateway" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestOllamaGetsAContextForThePromptAndNothingIsCut(t *testing.T) {
	b := newBed(t)
	o := fakeollama.New(fakeollama.Options{Installed: []string{ollamaModel}})
	c := b.start(fake{name: "o", handler: o, add: store.Provider{Kind: "ollama", Model: ollamaModel, Options: map[string]string{"max_tokens": "256", "context_tokens": "16384"}}})
	for _, size := range []int{10, 9_000, 30_000} {
		if _, err := c.Chat(b.ctx(), b.ask(c, strings.Repeat("a word ", size/7))); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	chats := o.Chats()
	for i, want := range []int{4096, 4096, 12288} {
		if got := chats[i].Options; got.NumCtx != want || got.NumPredict != 256 || chats[i].Truncate == nil || *chats[i].Truncate {
			t.Errorf("request %d: %+v, truncate %v", i, got, chats[i].Truncate)
		}
	}
	_, err := c.Chat(b.ctx(), b.ask(c, strings.Repeat("a word ", 10_000)))
	if e := kind(t, err); e.Kind != providers.KindContext || len(o.Chats()) != 3 || !strings.Contains(err.Error(), "context_tokens") {
		t.Errorf("%v", err)
	}
	// Text whose tokens are shorter than was reckoned is sent once more, with all
	// the context that there is.
	o.Script(fakeollama.Reply{Status: 400, Reason: "the input length exceeds the context length"}, fakeollama.Reply{Content: "Yes."})
	reply, err := c.Chat(b.ctx(), b.ask(c, "aGVsbG8gd29ybGQ="))
	if chats := o.Chats(); err != nil || reply.Text != "Yes." || len(chats) != 5 || chats[3].Options.NumCtx != 4096 || chats[4].Options.NumCtx != 16384 {
		t.Errorf("%+v, %v: %d requests", reply, err, len(chats))
	}
	o.Script(fakeollama.Reply{Status: 400, Reason: "the input length exceeds the context length"}, fakeollama.Reply{Status: 400, Reason: "the input length exceeds the context length"})
	_, err = c.Chat(b.ctx(), b.ask(c, "aGVsbG8gd29ybGQ="))
	if e := kind(t, err); e.Kind != providers.KindContext || len(o.Chats()) != 7 {
		t.Errorf("%v after %d requests", err, len(o.Chats()))
	}
	b.add(store.Provider{Name: "none", Kind: "ollama", BaseURL: strings.TrimSuffix(c.BaseURL(), "/"), Model: "nothing:1b"}, "")
	none := b.open("none")
	_, err = none.Chat(b.ctx(), b.ask(none, "Why?"))
	if e := kind(t, err); e.Kind != providers.KindModel || e.Reason == "" {
		t.Errorf("%v", err)
	}
}

func TestAProviderOnAnotherMachineIsReachedByHTTPSOnly(t *testing.T) {
	for url, ok := range map[string]bool{
		"http://127.0.0.1:1234/v1": true, "http://localhost:1234": true, "http://[::1]:1234": true, "https://llm.example.com": true,
		"http://llm.example.com": false, "http://10.0.0.1": false, "ftp://x": false, "https://u:p@x.example": false, "https://x.example?key=1": false, "": false, "x": false,
	} {
		p := store.Provider{Name: "c", Kind: "custom", BaseURL: url, Model: "m"}
		if err := providers.Check(&p); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	for name, value := range map[string]string{
		"custom_auth_header": "Content-Length", "custom_endpoint_path": "//evil.example/x", "custom_auth_prefix": "a\r\nX: y", "api_format": "soap", "max_tokens": "-1",
		"price_in": "NaN", "unknown": "x", "user_id": "ü", "context_tokens": "1e9",
	} {
		p := store.Provider{Name: "c", Kind: "custom", BaseURL: "https://x.example", Model: "m", Options: map[string]string{name: value}}
		if err := providers.Check(&p); err == nil {
			t.Errorf("option %s=%q is taken", name, value)
		}
	}
	b := newBed(t)
	b.config.Egress.AllowedHosts = nil
	moved := httptest.NewServer(http.RedirectHandler("https://evil.example/v1", http.StatusTemporaryRedirect))
	defer moved.Close()
	b.add(store.Provider{Name: "moved", Kind: "vllm", BaseURL: moved.URL, Model: "m"}, "")
	c := b.open("moved")
	_, err := c.Chat(b.ctx(), b.ask(c, "Why?"))
	if e := kind(t, err); e.Kind != providers.KindRedirect || !strings.Contains(err.Error(), "evil.example") {
		t.Errorf("%v", err)
	}
}

func TestKeysAreInHeadersAndInNoText(t *testing.T) {
	b := newBed(t)
	for _, f := range fakes(says(said)) {
		if f.key == "" {
			continue
		}
		f.key = strings.Repeat("k", len(f.key)) // A wrong one, so that it is talked about.
		c := b.start(f)
		_, err := c.Chat(b.ctx(), b.ask(c, "Why?"))
		e := kind(t, err)
		if e.Kind != providers.KindAuth && f.name != "genai" || strings.Contains(err.Error(), f.key) {
			t.Errorf("%s: %s, %v", f.name, e.Kind, err)
		}
	}
	b.add(store.Provider{Name: "keyless", Kind: "openai", Model: "m"}, "")
	if _, err := b.registry.Open(t.Context(), "keyless"); err == nil || kind(t, err).Kind != providers.KindAuth {
		t.Errorf("without a key: %v", err)
	}
}

func TestOptionalFieldsReachEveryProvider(t *testing.T) {
	b := newBed(t)
	for _, f := range fakes(says(said)) {
		// The fake of Ollama keeps no headers, so they are kept before it.
		var arrived atomic.Value
		next := f.handler
		f.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if dump, err := httputil.DumpRequest(r, true); err == nil {
				arrived.CompareAndSwap(nil, string(dump))
			}
			next.ServeHTTP(w, r)
		})
		if f.name == "ollama" {
			f.key = "key-for-a-proxy"
			f.add.Options = map[string]string{"custom_auth_header": "X-Acme-Key", "custom_auth_prefix": "Token "}
		}
		opts := map[string]string{"user_id": "ada-77", "session_id": "sess-77"}
		for name, value := range f.add.Options {
			opts[name] = value
		}
		f.add.Options = opts
		c := b.start(f)
		r := b.ask(c, "Why?")
		r.Session = c.Traits().Session
		if _, err := c.Chat(b.ctx(), r); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		sent := arrived.Load().(string)
		if !strings.Contains(sent, "ada-77") || !strings.Contains(sent, "sess-77") {
			t.Errorf("%s was sent %s", f.name, sent)
		}
		if f.name == "ollama" && (!strings.Contains(sent, "X-Acme-Key: Token key-for-a-proxy\r\n") || strings.Contains(sent, "Authorization:") || strings.Count(sent, "key-for-a-proxy") != 1) {
			t.Errorf("%s was sent %s", f.name, sent)
		}
	}
}

func TestAFormatWorksWithEveryKind(t *testing.T) {
	b := newBed(t)
	a := fakeanthropic.New(fakeanthropic.Options{Script: says(said)})
	g := fakegenai.New(fakegenai.Options{Script: says(said)})
	for i, kindName := range providers.VendorNames() {
		for format, f := range map[string]fake{"anthropic": {handler: a, key: fakeanthropic.Key}, "msi_genai": {handler: g, key: fakegenai.Key}} {
			model := map[string]string{"anthropic": "claude-sonnet-4-5", "msi_genai": "ChatGPT4o"}[format]
			c := b.start(fake{name: format + string(rune('a'+i)), handler: f.handler, key: f.key, add: store.Provider{Kind: kindName, Model: model, Options: map[string]string{"api_format": format}}})
			if reply, err := c.Chat(b.ctx(), b.ask(c, "Why?")); err != nil || reply.Text != said {
				t.Errorf("%s as %s: %v", kindName, format, err)
			}
		}
	}
}

func TestAnAnswerOfAnySizeOrFormIsSurvived(t *testing.T) {
	b := newBed(t)
	var body atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body.Load().(string))
	}))
	defer srv.Close()
	for _, format := range []string{"openai", "anthropic", "msi_genai", "ollama"} {
		b.add(store.Provider{Name: format, Kind: "custom", BaseURL: srv.URL, Model: "m", Options: map[string]string{"api_format": format}}, "k")
		c := b.open(format)
		for _, text := range []string{
			``, `null`, `[]`, `{}`, `{"choices":[]}`, `{"choices":null}`, `{"choices":[{}]}`, `{"choices":[{"message":{"content":7}}]}`, `{"choices":[{"message":{"tool_calls":{"a":1}}}]}`,
			`{"content":[{"type":"text"}]}`, `{"status":true}`, `{"status":"yes","msg":"x"}`, `{"message":{"content":""},"done":true}`, `{"done":1}`, strings.Repeat(" ", 9<<20),
		} {
			body.Store(text)
			for _, stream := range []bool{false, true} {
				r := b.ask(c, "Why?")
				if stream {
					r.OnText = func(string) {}
				}
				reply, err := c.Chat(b.ctx(), r)
				if err == nil {
					t.Errorf("%s took %.60q as the answer %q", format, text, reply.Text)
				} else if e := kind(t, err); e.Kind == providers.KindUnreachable || len(err.Error()) > 400 {
					t.Errorf("%s: %.60q is %v", format, text, err)
				}
			}
		}
	}
}
