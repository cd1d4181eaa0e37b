// Package anthropic is Anthropic's Messages API to try tftsr on without an
// account and to test it with: `tftsr fake anthropic`. It sends the events,
// blocks and errors of docs.anthropic.com/en/api, and refuses fields and orders
// of messages that the service refuses.
//
// It is no server for anything but this machine and keeps nothing on disk.
package anthropic

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

// Key is the key of a fake, which is no secret: it serves this machine only.
const Key = "sk-ant-fake-1c9d5e3a" //nolint:gosec // as above

// Models are those that it has.
var Models = []string{"claude-sonnet-4-5", "claude-haiku-4-5"}

// Options set a fake up. The zero value is a service without trouble.
type Options struct {
	ContextTokens int           // as four bytes a token; 0 means 200,000
	Script        script.Script // nil means [script.Default]
}

// Fake is the service. It is safe for concurrent use.
type Fake struct {
	script.Wire
	o Options
}

// New returns a fake.
func New(o Options) *Fake {
	if o.Script == nil {
		o.Script = script.Default
	}
	if o.ContextTokens == 0 {
		o.ContextTokens = 200_000
	}
	return &Fake{o: o}
}

type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	ToolUseID string          `json:"tool_use_id,omitempty"`
	Content   json.RawMessage `json:"content,omitempty"`
}

type request struct {
	Model     string
	MaxTokens *int `json:"max_tokens"`
	System    []block
	Messages  []struct {
		Role    string
		Content []block
	}
	Tools []struct {
		Name   string
		Schema struct{ Type string } `json:"input_schema"`
	}
	ToolChoice struct{ Type, Name string } `json:"tool_choice"`
	Stream     bool
	size       int
}

var known = []string{"model", "max_tokens", "system", "messages", "tools", "tool_choice", "stream", "metadata", "temperature", "top_p", "top_k", "stop_sequences", "thinking", "service_tier"}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f.Note(r); err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	switch {
	case r.Header.Get("X-Api-Key") != Key:
		fail(w, http.StatusUnauthorized, "authentication_error", "invalid x-api-key")
		return
	case r.Header.Get("Anthropic-Version") == "":
		fail(w, http.StatusBadRequest, "invalid_request_error", "anthropic-version: header is required")
		return
	case r.Method == http.MethodGet && r.URL.Path == "/v1/models":
		list(w)
		return
	case r.Method != http.MethodPost || r.URL.Path != "/v1/messages":
		fail(w, http.StatusNotFound, "not_found_error", "Not Found")
		return
	}
	body, err := io.ReadAll(r.Body)
	in := request{size: len(body)}
	var names map[string]json.RawMessage
	if err != nil || json.Unmarshal(body, &in) != nil || json.Unmarshal(body, &names) != nil {
		fail(w, http.StatusBadRequest, "invalid_request_error", "The request body is not valid JSON")
		return
	}
	for name := range names {
		if !slices.Contains(known, name) {
			fail(w, http.StatusBadRequest, "invalid_request_error", name+": Extra inputs are not permitted")
			return
		}
	}
	if said := f.invalid(&in); said != "" {
		fail(w, http.StatusBadRequest, "invalid_request_error", said)
		return
	}
	if !slices.Contains(Models, in.Model) {
		fail(w, http.StatusNotFound, "not_found_error", "model: "+in.Model)
		return
	}
	f.answer(w, r, &in)
}

// invalid checks what the service checks of a request.
func (f *Fake) invalid(in *request) string {
	if in.MaxTokens == nil {
		return "max_tokens: Field required"
	}
	if len(in.Messages) == 0 {
		return "messages: at least one message is required"
	}
	if in.Messages[0].Role != "user" {
		return "messages: first message must use the \"user\" role"
	}
	var open []string // calls of the message before
	for i, m := range in.Messages {
		if m.Role != "user" && m.Role != "assistant" {
			return fmt.Sprintf("messages.%d.role: Input should be 'user' or 'assistant'", i)
		}
		var results, calls []string
		for j, b := range m.Content {
			switch b.Type {
			case "text":
				if b.Text == "" {
					return fmt.Sprintf("messages.%d.content.%d: text content blocks must be non-empty", i, j)
				}
			case "tool_use":
				calls = append(calls, b.ID)
				if b.ID == "" || !strings.HasPrefix(strings.TrimSpace(string(b.Input)), "{") {
					return fmt.Sprintf("messages.%d.content.%d.tool_use.input: Input should be a valid dictionary", i, j)
				}
			case "tool_result":
				results = append(results, b.ToolUseID)
			}
		}
		for _, id := range open {
			if !slices.Contains(results, id) {
				return fmt.Sprintf("messages.%d: `tool_use` ids were found without `tool_result` blocks immediately after: %s.", i-1, id)
			}
		}
		for _, id := range results {
			if !slices.Contains(open, id) {
				return fmt.Sprintf("messages.%d: unexpected `tool_use_id` found in `tool_result` blocks: %s.", i, id)
			}
		}
		open = calls
	}
	for i, t := range in.Tools {
		if t.Schema.Type != "object" {
			return fmt.Sprintf("tools.%d.custom.input_schema.type: Field required", i)
		}
	}
	if in.size/4 > f.o.ContextTokens {
		return fmt.Sprintf("prompt is too long: %d tokens > %d maximum", in.size/4, f.o.ContextTokens)
	}
	return ""
}

func list(w http.ResponseWriter) {
	var data []map[string]string
	for _, m := range Models {
		data = append(data, map[string]string{"type": "model", "id": m, "display_name": m})
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": data, "has_more": false})
}

func fail(w http.ResponseWriter, status int, kind, message string) {
	writeJSON(w, status, map[string]any{"type": "error", "error": map[string]string{"type": kind, "message": message}, "request_id": "req_fake"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // The client is gone then.
}

// turn is the request as the script reads it.
func (in *request) turn() script.Turn {
	var t script.Turn
	for _, b := range in.System {
		t.Messages = append(t.Messages, script.Message{Role: "system", Text: b.Text})
	}
	for _, m := range in.Messages {
		out := script.Message{Role: m.Role}
		for _, b := range m.Content {
			switch b.Type {
			case "text":
				out.Text += b.Text
			case "tool_use":
				out.Calls = append(out.Calls, script.Call{Name: b.Name, Arguments: string(b.Input)})
			case "tool_result":
				t.Messages = append(t.Messages, script.Message{Role: "tool", Text: string(b.Content)})
			}
		}
		if out.Text != "" || len(out.Calls) > 0 {
			t.Messages = append(t.Messages, out)
		}
	}
	for _, tool := range in.Tools {
		if in.ToolChoice.Type != "tool" {
			t.Tools = append(t.Tools, tool.Name)
		}
	}
	t.Schema = in.ToolChoice.Name
	return t
}
