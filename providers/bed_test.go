package providers_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
	"github.com/tftsr/tftsr/store/sqlite"

	fakeanthropic "github.com/tftsr/tftsr/internal/fakes/anthropic"
	fakegenai "github.com/tftsr/tftsr/internal/fakes/genai"
	fakeollama "github.com/tftsr/tftsr/internal/fakes/ollama"
	fakeopenai "github.com/tftsr/tftsr/internal/fakes/openai"
)

// bed is a store with a gate and a registry of providers.
type bed struct {
	t        testing.TB
	db       *sqlite.DB
	vault    *secrets.Store
	gate     *gate.Gate
	config   *config.Config
	registry *providers.Registry
	waits    []time.Duration
}

func newBed(t testing.TB) *bed {
	t.Helper()
	keys, err := secrets.NewKeys(sha256.Sum256([]byte("key of the providers' tests")), "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &bed{t: t, config: config.Default()}
	b.config.DataDir = dir
	if b.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "t.db"), Key: keys.DatabaseKey("t")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	if b.vault, err = secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.db}); err != nil {
		t.Fatal(err)
	}
	origin, err := b.db.Origin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	skey, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	if b.gate, err = gate.New(b.ctx(), gate.Options{Store: b.db, Keys: keys, Config: b.config, SignKey: skey, HeadFile: filepath.Join(dir, "head")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.gate.Close(context.Background()) })
	b.registry = providers.NewRegistry(providers.Options{Store: b.db, Secrets: b.vault, Config: b.config, Sleep: func(_ context.Context, d time.Duration) error {
		b.waits = append(b.waits, d)
		return nil
	}})
	return b
}

func (b *bed) ctx() context.Context {
	return gate.WithCaller(b.t.Context(), gate.Caller{ID: "ops", Channel: gate.ChannelStdio, Attended: true})
}

// add stores a provider with a key, which may be empty.
func (b *bed) add(p store.Provider, key string) {
	b.t.Helper()
	p.Owner, p.CreatedAt, p.UpdatedAt = "ops", time.Now(), time.Now()
	if err := providers.Check(&p); err != nil {
		b.t.Fatal(err)
	}
	if key != "" {
		if _, err := b.vault.Set(b.t.Context(), providers.SecretOf(p.Name), []byte(key), secrets.SetOptions{}); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := b.db.SaveProvider(b.t.Context(), &p); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) open(name string) *providers.Client {
	b.t.Helper()
	c, err := b.registry.Open(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// clear clears text for a provider.
func (b *bed) clear(p providers.Provider, text string) gate.Cleared {
	b.t.Helper()
	c, err := b.gate.Clear(b.ctx(), p.Destination(), text)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bed) ask(p providers.Provider, text string) *providers.Request {
	return &providers.Request{Messages: []providers.Message{
		{Role: providers.RoleSystem, Text: b.clear(p, "Be brief.")}, {Role: providers.RoleUser, Text: b.clear(p, text)},
	}}
}

// fake is a stand-in for a vendor.
type fake struct {
	name    string
	handler http.Handler
	wire    *script.Wire // nil for one that keeps its own
	add     store.Provider
	key     string
}

// fakes are stand-ins for every kind of provider, all with one script.
func fakes(s script.Script) []fake {
	var list []fake
	openAI := func(name string, o fakeopenai.Options, p store.Provider) {
		o.Script = s
		f := fakeopenai.New(o)
		key := fakeopenai.Key
		if o.Keyless {
			key = ""
		}
		list = append(list, fake{name, f, &f.Wire, p, key})
	}
	openAI("openai", fakeopenai.Options{}, store.Provider{Kind: "openai", BaseURL: "/v1", Model: "gpt-5.2"})
	openAI("azure", fakeopenai.Options{Dialect: fakeopenai.Azure}, store.Provider{Kind: "azure", Model: "triage-gpt"})
	openAI("azure-v1", fakeopenai.Options{Dialect: fakeopenai.Azure}, store.Provider{Kind: "azure", BaseURL: "/openai/v1", Model: "triage-gpt"})
	openAI("gemini", fakeopenai.Options{Dialect: fakeopenai.Gemini}, store.Provider{Kind: "gemini", BaseURL: "/v1beta/openai", Model: "gemini-3-flash"})
	openAI("mistral", fakeopenai.Options{Dialect: fakeopenai.Mistral}, store.Provider{Kind: "mistral", BaseURL: "/v1", Model: "magistral-medium-latest"})
	openAI("litellm", fakeopenai.Options{Dialect: fakeopenai.LiteLLM}, store.Provider{Kind: "litellm", BaseURL: "/v1", Model: "bedrock/anthropic.claude-sonnet-4"})
	openAI("vllm", fakeopenai.Options{Keyless: true, Models: []string{"m"}}, store.Provider{Kind: "vllm", BaseURL: "/v1", Model: "m"})
	openAI("lmstudio", fakeopenai.Options{Keyless: true, Models: []string{"m"}}, store.Provider{Kind: "lmstudio", BaseURL: "/v1", Model: "m"})
	openAI("custom", fakeopenai.Options{Path: "/llm/invoke/chat/completions", Header: "X-Acme-Key", Models: []string{"m"}}, store.Provider{
		Kind: "custom", BaseURL: "/llm", Model: "m",
		Options: map[string]string{"custom_endpoint_path": "/invoke/chat/completions", "custom_auth_header": "X-Acme-Key", "custom_auth_prefix": ""},
	})
	a := fakeanthropic.New(fakeanthropic.Options{Script: s})
	list = append(list, fake{"anthropic", a, &a.Wire, store.Provider{Kind: "anthropic", Model: "claude-sonnet-4-5"}, fakeanthropic.Key})
	g := fakegenai.New(fakegenai.Options{Script: s})
	list = append(list, fake{"genai", g, &g.Wire, store.Provider{Kind: "custom", BaseURL: "/app-gateway/api/v2/chat", Model: "VertexGemini", Options: map[string]string{"api_format": "msi_genai"}}, fakegenai.Key})
	o := fakeollama.New(fakeollama.Options{Installed: []string{ollamaModel}})
	list = append(list, fake{"ollama", o, nil, store.Provider{Kind: "ollama", Model: ollamaModel}, ""})
	return list
}

// ollamaModel is one of the catalogue that can call tools.
const ollamaModel = "qwen3:8b"

// start serves a fake and opens the provider that it stands in for.
func (b *bed) start(f fake) *providers.Client {
	b.t.Helper()
	srv := httptest.NewServer(f.handler)
	b.t.Cleanup(srv.Close)
	f.add.Name, f.add.BaseURL = f.name, srv.URL+f.add.BaseURL
	b.add(f.add, f.key)
	return b.open(f.name)
}
