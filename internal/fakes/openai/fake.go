// Package openai is a provider that speaks Chat Completions, to try tftsr on
// without an account and to test it with: `tftsr fake openai`. It has the
// dialects of OpenAI, Azure OpenAI, Google Gemini, Mistral and LiteLLM: their
// addresses, keys, fields and errors, as their documentation has them. Fields
// that a vendor does not know are refused as that vendor refuses them.
//
// It is no server for anything but this machine and keeps nothing on disk.
package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

// Key is the key of a fake, which is no secret: it serves this machine only.
const Key = "sk-fake-4f9a1c7e2b8d" //nolint:gosec // as above

// The dialects.
const (
	OpenAI  = "openai"
	Azure   = "azure"
	Gemini  = "gemini"
	Mistral = "mistral"
	LiteLLM = "litellm"
)

// Dialects are all of them.
var Dialects = []string{OpenAI, Azure, Gemini, Mistral, LiteLLM}

// Options set a fake up. The zero value is OpenAI without trouble.
type Options struct {
	Dialect string
	// Models are those that it has; nil means [Models] of the dialect.
	Models []string
	// ContextTokens is how much it reads, as four bytes a token; 0 means 128,000.
	ContextTokens int
	Script        script.Script // nil means [script.Default]
	// Path and Header are where a custom provider has its interface and its key;
	// empty means those of the dialect.
	Path, Header, Prefix string
	Keyless              bool
}

// Fake is a provider. It is safe for concurrent use.
type Fake struct {
	script.Wire
	o Options
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Dialect == "" {
		o.Dialect = OpenAI
	}
	if o.Models == nil {
		o.Models = Models(o.Dialect)
	}
	if o.ContextTokens == 0 {
		o.ContextTokens = 128_000
	}
	if o.Script == nil {
		o.Script = script.Default
	}
	if o.Path == "" {
		o.Path = map[string]string{Gemini: "/v1beta/openai"}[o.Dialect]
		if o.Path == "" {
			o.Path = "/v1"
		}
		o.Path += "/chat/completions"
	}
	if o.Header == "" {
		o.Header, o.Prefix = "Authorization", "Bearer "
		if o.Dialect == Azure {
			o.Header, o.Prefix = "api-key", ""
		}
	}
	return &Fake{o: o}
}

// Models returns the models of a dialect.
func Models(dialect string) []string {
	return map[string][]string{
		OpenAI: {"gpt-5.2", "gpt-4o"}, Azure: {"triage-gpt"}, Gemini: {"gemini-3-flash"}, Mistral: {"mistral-large-latest", "magistral-medium-latest"},
		LiteLLM: {"bedrock/anthropic.claude-sonnet-4"},
	}[dialect]
}

// request is what clients send, as far as the fake looks into it.
type request struct {
	Model    string
	Messages []struct {
		Role      string
		Content   json.RawMessage
		ToolCalls []struct {
			ID       string
			Function struct{ Name, Arguments string }
		} `json:"tool_calls"`
		ToolCallID string `json:"tool_call_id"`
	}
	Stream        bool
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens           *int `json:"max_tokens"`
	MaxCompletionTokens *int `json:"max_completion_tokens"`
	Tools               []struct {
		Type     string
		Function struct {
			Name       string
			Parameters json.RawMessage
		}
	}
	ResponseFormat struct {
		Type       string
		JSONSchema struct{ Name string } `json:"json_schema"`
	} `json:"response_format"`
}

// fields are those that each dialect knows.
var fields = map[string][]string{
	OpenAI: {
		"model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "tools", "tool_choice", "response_format", "user",
		"temperature", "top_p", "seed", "stop", "store", "metadata", "parallel_tool_calls", "reasoning_effort", "prompt_cache_key", "safety_identifier",
	},
	Azure:   {"model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "tools", "tool_choice", "response_format", "user", "temperature", "top_p", "seed", "stop"},
	Gemini:  {"model", "messages", "stream", "max_tokens", "tools", "tool_choice", "response_format", "temperature", "top_p", "stop", "n", "reasoning_effort"},
	Mistral: {"model", "messages", "stream", "max_tokens", "tools", "tool_choice", "response_format", "temperature", "top_p", "stop", "random_seed", "safe_prompt", "parallel_tool_calls"},
	LiteLLM: {"model", "messages", "stream", "stream_options", "max_tokens", "tools", "tool_choice", "response_format", "user", "temperature", "litellm_session_id", "metadata"},
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f.Note(r); err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if !f.o.Keyless && r.Header.Get(f.o.Header) != f.o.Prefix+Key {
		f.fail(w, unauthorised)
		return
	}
	list := strings.TrimSuffix(f.o.Path, "/chat/completions") + "/models"
	if r.Method == http.MethodGet && r.URL.Path == list && f.o.Dialect != Azure {
		f.list(w)
		return
	}
	deployment, ok := f.route(r)
	if !ok {
		f.fail(w, noRoute)
		return
	}
	body, err := io.ReadAll(r.Body)
	var in request
	var names map[string]json.RawMessage
	if err != nil || json.Unmarshal(body, &in) != nil || json.Unmarshal(body, &names) != nil {
		f.fail(w, badJSON)
		return
	}
	if deployment != "" {
		in.Model = deployment
	}
	for _, name := range sorted(names) {
		if !slices.Contains(fields[f.o.Dialect], name) {
			f.failWith(w, unknownField, name)
			return
		}
	}
	if !slices.Contains(f.o.Models, in.Model) {
		f.failWith(w, noModel, in.Model)
		return
	}
	if t := f.invalid(&in); t != "" {
		f.failWith(w, t, "")
		return
	}
	f.answer(w, r, &in)
}

func sorted(m map[string]json.RawMessage) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// route reports whether a request is for the interface, and at Azure for which
// deployment.
func (f *Fake) route(r *http.Request) (string, bool) {
	if r.Method != http.MethodPost {
		return "", false
	}
	if f.o.Dialect != Azure {
		return "", r.URL.Path == f.o.Path
	}
	if r.URL.Path == "/openai/v1/chat/completions" {
		return "", true
	}
	name, found := strings.CutPrefix(r.URL.Path, "/openai/deployments/")
	name, right := strings.CutSuffix(name, "/chat/completions")
	return name, found && right && r.URL.Query().Get("api-version") != ""
}

// invalid checks what a vendor checks beyond the names of fields.
func (f *Fake) invalid(in *request) trouble {
	size := 0
	calls := map[string]bool{}
	for i, m := range in.Messages {
		size += len(m.Content)
		for _, c := range m.ToolCalls {
			if f.o.Dialect == Mistral && (len(c.ID) != 9 || strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
				return badCallID
			}
			calls[c.ID] = true
		}
		if m.Role == "tool" && (i == 0 || !calls[m.ToolCallID]) {
			return strayResult
		}
	}
	switch {
	case len(in.Messages) == 0:
		return noMessages
	case f.o.Dialect == OpenAI && in.MaxTokens != nil && (strings.HasPrefix(in.Model, "gpt-5") || strings.HasPrefix(in.Model, "o")):
		return wrongMaxTokens
	case size/4 > f.o.ContextTokens:
		return tooLong
	}
	return ""
}

func (f *Fake) list(w http.ResponseWriter) {
	type model struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	out := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{Object: "list"}
	for _, m := range f.o.Models {
		if f.o.Dialect == Gemini {
			m = "models/" + m
		}
		out.Data = append(out.Data, model{m, "model"})
	}
	writeJSON(w, http.StatusOK, out)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // The client is gone then.
}

// turn is the request as the script reads it.
func (in *request) turn() script.Turn {
	var t script.Turn
	for _, m := range in.Messages {
		out := script.Message{Role: m.Role}
		if json.Unmarshal(m.Content, &out.Text) != nil {
			out.Text = string(m.Content)
		}
		for _, c := range m.ToolCalls {
			out.Calls = append(out.Calls, script.Call{Name: c.Function.Name, Arguments: c.Function.Arguments})
		}
		t.Messages = append(t.Messages, out)
	}
	for _, tool := range in.Tools {
		t.Tools = append(t.Tools, tool.Function.Name)
	}
	t.Schema = in.ResponseFormat.JSONSchema.Name
	if last := t.Last("system"); t.Schema == "" && strings.Contains(last, "JSON schema") {
		t.Schema = last
	}
	return t
}

// now is the time of answers: they are the same each time.
var now = time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC).Unix()

func id(n int) string { return fmt.Sprintf("chatcmpl-fake%04d", n) }
