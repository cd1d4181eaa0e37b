//go:build realollama

package providers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/store"

	fakeollama "github.com/tftsr/tftsr/internal/fakes/ollama"
)

// These tests run against a real Ollama server with a toy model, which
// scripts/real-ollama builds: `make real-ollama`.

const toyTemplate = "{{- if .Tools }}Tools: {{ range .Tools }}{{ .Function }}{{ end }}\n{{ end }}{{- range .Messages }}{{ .Role }}: {{ .Content }}{{ range .ToolCalls }}<tool>{\"name\":\"{{ .Function.Name }}\",\"arguments\":{{ .Function.Arguments }}}</tool>{{ end }}\n{{ end }}assistant: "

// realOllama starts the server and makes the models toy and, without tools,
// plain.
func realOllama(t *testing.T) (host string) {
	t.Helper()
	dir := os.Getenv("TFTSR_TEST_OLLAMA")
	if dir == "" {
		t.Fatal("TFTSR_TEST_OLLAMA names no folder: run `make real-ollama`")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	home := t.TempDir()
	cmd := exec.Command(filepath.Join(dir, "ollama"), "serve")
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "OLLAMA_HOST=" + addr, "OLLAMA_MODELS=" + filepath.Join(home, "models")}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", log.Bytes()[max(log.Len()-3000, 0):])
		}
	})
	host = "http://" + addr
	for range 100 {
		if resp, err := http.Get(host + "/api/version"); err == nil {
			_ = resp.Body.Close()
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	weights, err := os.ReadFile(filepath.Join(dir, "toy.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(weights))
	if got := request(t, host, "POST", "/api/blobs/"+digest, string(weights)); !strings.HasPrefix(got, "201 ") {
		t.Fatalf("blob: %s", got)
	}
	for name, template := range map[string]string{"toy": toyTemplate, "plain": "{{ range .Messages }}{{ .Content }}{{ end }}"} {
		body, _ := json.Marshal(map[string]any{"model": name, "files": map[string]string{"toy.gguf": digest}, "template": template})
		if got := request(t, host, "POST", "/api/create", string(body)); !strings.Contains(got, `"status":"success"`) {
			t.Fatalf("create %s: %s", name, got)
		}
	}
	return host
}

// toys are the same models of the fake.
func toys() *fakeollama.Fake {
	f := fakeollama.New(fakeollama.Options{Offline: true})
	m := fakeollama.Model{
		Family: "llama", Parameters: "82K", Count: 82368, Quantization: "unknown", Weights: 338368, Layers: 1, Heads: 4, KVHeads: 2, HeadDim: 16, Context: 32768, Embedding: 64,
	}
	plain := m
	plain.Name, plain.Template, plain.Capabilities = "plain:latest", "{{ range .Messages }}{{ .Content }}{{ end }}", []string{"completion"}
	m.Name, m.Template, m.Capabilities = "toy:latest", toyTemplate, []string{"completion", "tools"}
	f.Add(plain)
	f.Add(m)
	return f
}

// request returns status, headers that a client may look at, and body.
func request(t *testing.T, host, method, path, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, host+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return fmt.Sprintf("%s\nContent-Type: %s\nAllow: %s\nlength known: %v\n%s", resp.Status, resp.Header.Get("Content-Type"), resp.Header.Get("Allow"), resp.ContentLength >= 0, b)
}

// What differs from run to run, and what a random model says.
var volatile = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]+"`), `"TIME"`},
	{regexp.MustCompile(`"(digest|size|size_vram)":("[0-9a-f]{64}"|\d+)`), `"$1":0`},
	{regexp.MustCompile(`"((total|load|prompt_eval|eval)_(duration|count))":\d+`), `"$1":0`},
	{regexp.MustCompile(`"content":"(\\.|[^"\\])*"`), `"content":"…"`},
	{regexp.MustCompile(`(\{"model":"toy","created_at":"TIME","message":\{"role":"assistant","content":"…"\},"done":false\}\n)+`), "PIECES\n"},
	{regexp.MustCompile(`"done_reason":"(stop|length)"`), `"done_reason":"stop"`},
	{regexp.MustCompile(`lookup registry\.ollama\.ai[^"]*|dial tcp [^"]*`), "NO NETWORK"},
}

func steady(s string) string {
	for _, v := range volatile {
		s = v.is.ReplaceAllString(s, v.as)
	}
	return s
}

func TestTheFakeAnswersAsARealOllamaDoes(t *testing.T) {
	host := realOllama(t)
	srv := httptest.NewServer(toys())
	t.Cleanup(srv.Close)
	long := strings.Repeat("a ", 10_000)
	chat := func(more string) string {
		return `{"model":"toy","messages":[{"role":"user","content":"hello"}],"options":{"num_ctx":4096,"num_predict":4}` + more + `}`
	}
	for _, q := range [][3]string{
		{"GET", "/", ""},
		{"GET", "/api/version", ""},
		{"HEAD", "/api/tags", ""},
		{"GET", "/api/ps", ""},
		{"GET", "/nowhere", ""},
		{"GET", "/api/chat", ""},
		{"PUT", "/api/chat", ""},
		{"POST", "/api/tags", ""},
		{"POST", "/api/delete", "{}"},
		{"POST", "/api/chat", chat("")},
		{"POST", "/api/chat", chat(`,"stream":false`)},
		{"POST", "/api/chat", chat(`,"truncate":false,"keep_alive":"5m"`)},
		{"GET", "/api/ps", ""},
		{"POST", "/api/chat", chat(`,"format":"json","stream":false`)},
		{"POST", "/api/chat", chat(`,"format":""`)},
		{"POST", "/api/chat", chat(`,"format":"yaml"`)},
		{"POST", "/api/chat", chat(`,"format":{"type":"nonsense"}`)},
		{"POST", "/api/chat", chat(`,"format":7`)},
		{"POST", "/api/chat", chat(`,"stream":false,"format":"yaml"`)},
		{"POST", "/api/chat", chat(`,"think":true`)},
		{"POST", "/api/chat", chat(`,"think":false`)},
		{"POST", "/api/chat", chat(`,"keep_alive":"soon"`)},
		{"POST", "/api/chat", chat(`,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}}}}]`)},
		{"POST", "/api/chat", strings.Replace(chat(`,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}}}}]`), `"toy"`, `"plain"`, 1)},
		{"POST", "/api/chat", strings.Replace(chat(`,"truncate":false`), "hello", long, 1)},
		{"POST", "/api/chat", strings.Replace(chat(`,"truncate":false,"stream":false`), "hello", long, 1)},
		{"POST", "/api/chat", `{"model":"none","messages":[{"role":"user","content":"x"}]}`},
		{"POST", "/api/chat", `{"model":"","messages":[]}`},
		{"POST", "/api/chat", `{"model":"a b"}`},
		{"POST", "/api/chat", ``},
		{"POST", "/api/chat", `{`},
		{"POST", "/api/chat", `{"model":7}`},
		{"POST", "/api/chat", `[]`},
		{"POST", "/api/chat", `{"model":"toy","messages":[]}`},
		{"POST", "/api/chat", `{"model":"TOY","messages":[],"keep_alive":0}`},
		{"GET", "/api/ps", ""},
		{"POST", "/api/show", `{"model":"none"}`},
		{"POST", "/api/show", `{"model":""}`},
		{"POST", "/api/show", `{"model":"a b"}`},
		{"POST", "/api/show", ``},
		{"DELETE", "/api/delete", `{"model":"none"}`},
		{"DELETE", "/api/delete", `{"model":"a b"}`},
		{"DELETE", "/api/delete", `{"model":""}`},
		{"DELETE", "/api/delete", ``},
		{"POST", "/api/pull", `{"model":"a b"}`},
		{"POST", "/api/pull", `{"model":""}`},
		{"POST", "/api/pull", `{"model":"qwen3:8b"}`},
		{"POST", "/api/pull", `{"model":"qwen3:8b","stream":false}`},
		{"DELETE", "/api/delete", `{"model":"plain"}`},
		{"GET", "/api/tags", ""},
	} {
		for range 2 { // The runner is still going down after keep_alive 0.
			if q[1] == "/api/ps" {
				time.Sleep(500 * time.Millisecond)
			}
		}
		want, got := steady(request(t, host, q[0], q[1], q[2])), steady(request(t, srv.URL, q[0], q[1], q[2]))
		if strings.Contains(q[2], `"tools"`) { // Its parser of calls may hold back all that a random model says.
			want, got = strings.Replace(want, "PIECES\n", "", 1), strings.Replace(got, "PIECES\n", "", 1)
		}
		if want != got {
			body := q[2]
			if len(body) > 300 {
				body = body[:300] + "…"
			}
			t.Errorf("%s %s %s\nOllama:\n%s\nthe fake:\n%s", q[0], q[1], body, want, got)
		}
	}
}

// registryOf serves a model as Ollama's registry does.
func registryOf(t *testing.T, weights []byte) string {
	config := []byte(`{"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":"82K","file_type":"F32","architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`)
	blobs := map[string][]byte{}
	layer := func(kind string, b []byte) map[string]any {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(b))
		blobs[digest] = b
		return map[string]any{"mediaType": kind, "digest": digest, "size": len(b)}
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": layer("application/vnd.docker.container.image.v1+json", config),
		"layers": []any{layer("application/vnd.ollama.image.model", weights), layer("application/vnd.ollama.image.template", []byte(toyTemplate))},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/manifests/latest") && strings.HasPrefix(r.URL.Path, "/v2/acme/toy/") {
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
			_, _ = w.Write(manifest)
			return
		}
		if r.Method == http.MethodGet && r.URL.RawQuery == "" {
			// As the registry does: files are at another host.
			http.Redirect(w, r, "http://localhost:"+r.Host[strings.LastIndexByte(r.Host, ':')+1:]+r.URL.Path+"?file", http.StatusTemporaryRedirect)
			return
		}
		if b := blobs[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]; b != nil {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestTheClientManagesTheModelsOfARealOllama(t *testing.T) {
	host := realOllama(t)
	ctx := t.Context()
	weights, err := os.ReadFile(filepath.Join(os.Getenv("TFTSR_TEST_OLLAMA"), "toy.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	registry := registryOf(t, weights)
	c, err := ollama.New(ollama.Options{Host: host, Registries: []string{registry}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Version(ctx)
	if err != nil || v != "0.17.4" {
		t.Fatal(v, err)
	}
	t.Logf("Ollama %s", v)
	named := func(s string) ollama.Name {
		n, err := ollama.ParseName(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	list, err := c.List(ctx)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	specs, left, err := c.Specs(ctx)
	if err != nil || left != 1 || len(specs) != 1 {
		t.Fatalf("%+v, %d left out, %v", specs, left, err)
	}
	if s := specs[0]; s.Layers != 1 || s.KVHeads != 2 || s.KeyDim != 16 || s.ValueDim != 16 || s.Context != 32768 || s.Size < int64(len(weights)) {
		t.Errorf("%+v", s)
	}
	// From a registry that is configured; others are refused before anything leaves.
	from := strings.TrimPrefix(registry, "http://") + "/acme/toy"
	var last ollama.Progress
	if err := c.Pull(ctx, named(from), func(p ollama.Progress) { last = p }); err != nil {
		var e *ollama.Error
		errors.As(err, &e)
		t.Fatalf("%v: %s", err, e.Reason)
	}
	if last.Phase != ollama.PhaseDone || last.Completed != last.Total || last.Total < int64(len(weights)) {
		t.Errorf("the last line is %+v", last)
	}
	if err := c.Pull(ctx, named("127.0.0.1:1/acme/toy"), nil); !errors.Is(err, ollama.ErrRegistry) {
		t.Errorf("another registry: %v", err)
	}
	if err := c.Pull(ctx, named(from+":nothing"), nil); err == nil || !strings.Contains(err.Error(), "no model of this name and tag") {
		t.Errorf("a tag that is not there: %v", err)
	}
	if err := c.Delete(ctx, named(from)); err != nil {
		t.Fatal(err)
	}
	var gone *ollama.Error
	if err := c.Delete(ctx, named(from)); !errors.As(err, &gone) {
		t.Errorf("a second time: %v", err)
	}
}

func TestAConversationWithARealOllama(t *testing.T) {
	host := realOllama(t)
	b := newBed(t)
	for _, model := range []string{"toy", "plain"} {
		b.add(store.Provider{Name: model, Kind: "ollama", BaseURL: host, Model: model, Options: map[string]string{"context_tokens": "8192", "max_tokens": "64"}}, "")
	}
	p := b.open("toy")
	pieces := 0
	r := b.ask(p, "Say anything.")
	r.MaxTokens, r.OnText = 16, func(string) { pieces++ }
	reply, err := p.Chat(b.ctx(), r)
	var e *providers.Error
	// Random weights may end with any token, or with none that is text.
	if err != nil && !(errors.As(err, &e) && e.Kind == providers.KindEmpty) {
		t.Fatal(err)
	}
	if err == nil && (reply.Usage.Input < 10 || !reply.Usage.Known || pieces == 0) {
		t.Errorf("%+v after %d pieces", reply, pieces)
	}
	r = b.ask(p, "Is it down?")
	r.MaxTokens = 64
	r.Schema = &providers.Schema{Name: "verdict", JSON: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["verdict"],"properties":{"verdict":{"type":"string","enum":["yes","no"]}}}`)}
	if reply, err = p.Chat(b.ctx(), r); err != nil {
		t.Fatal(err)
	}
	var out struct{ Verdict string }
	if err := json.Unmarshal([]byte(reply.Text), &out); err != nil || out.Verdict != "yes" && out.Verdict != "no" {
		t.Errorf("%q: %v", reply.Text, err)
	}
	// A prompt of bytes that are a token each is longer than the estimate: it is an
	// error, and nothing is cut.
	r = b.ask(p, strings.Repeat("日本", 3_900))
	if _, err = p.Chat(b.ctx(), r); !errors.As(err, &e) || e.Kind != providers.KindContext {
		t.Errorf("a prompt that does not fit: %v", err)
	}
	plain := b.open("plain")
	r = b.ask(plain, "Call it.")
	r.Tools = []providers.Tool{{Name: "f", Description: b.clear(plain, "d"), Parameters: b.clear(plain, `{"type":"object","properties":{}}`)}}
	if _, err = plain.Chat(b.ctx(), r); !errors.As(err, &e) || !strings.Contains(e.Reason, "does not support tools") {
		t.Errorf("a model without tools: %v", err)
	}
	r = b.ask(p, "Say something.")
	r.Model = "nothing"
	if _, err = p.Chat(b.ctx(), r); !errors.As(err, &e) || e.Kind != providers.KindModel {
		t.Errorf("a model that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(b.ctx())
	r = b.ask(p, "Count.")
	r.MaxTokens, r.OnText = 4000, func(string) { cancel() }
	if _, err = p.Chat(ctx, r); !errors.Is(err, context.Canceled) && err == nil {
		t.Logf("it was faster than the cancellation: %v", err)
	}
	cancel()
}
