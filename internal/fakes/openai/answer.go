package openai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

type call struct {
	Index    *int   `json:"index,omitempty"`
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string `json:"name,omitempty"`
		Arguments string `json:"arguments"`
	} `json:"function"`
	Extra any `json:"extra_content,omitempty"`
}

type message struct {
	Role    string `json:"role,omitempty"`
	Content any    `json:"content"`
	Calls   []call `json:"tool_calls,omitempty"`
}

type choice struct {
	Index   int      `json:"index"`
	Message *message `json:"message,omitempty"`
	Delta   *message `json:"delta,omitempty"`
	Finish  any      `json:"finish_reason"`
}

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
	Filter  any      `json:"prompt_filter_results,omitempty"`
}

// Signature is what Gemini wants back with a call.
const Signature = "Q2FsbCBtZSBhZ2Fpbg=="

func (f *Fake) answer(w http.ResponseWriter, r *http.Request, in *request) {
	t := f.Take()
	if told, ok := asTrouble[t]; ok {
		f.fail(w, told)
		return
	}
	if t == script.Page {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, "<html><title>502 Bad Gateway</title></html>")
		return
	}
	a := f.o.Script(in.turn())
	if t == script.Empty {
		a = script.Answer{}
	}
	m := message{Role: "assistant", Content: a.Text}
	if t == script.List || strings.HasPrefix(in.Model, "magistral") {
		m.Content = parts(a.Text)
	}
	finish := "stop"
	for i, c := range a.Calls {
		out := call{ID: fmt.Sprintf("call_%d", i), Type: "function"}
		out.Function.Name, out.Function.Arguments = c.Name, c.Arguments
		if f.o.Dialect == Gemini {
			out.Extra = map[string]any{"google": map[string]any{"thought_signature": Signature}}
		}
		m.Calls = append(m.Calls, out)
		m.Content = nil
		finish = "tool_calls"
	}
	if t == script.Length {
		finish = "length"
	}
	size := 0
	for _, msg := range in.Messages {
		size += len(msg.Content)
	}
	used := &usage{Prompt: size / 4, Completion: len(a.Text)/4 + 1}
	used.Total = used.Prompt + used.Completion
	full := completion{ID: id(len(f.Seen())), Object: "chat.completion", Created: now, Model: in.Model + "-2026-01", Choices: []choice{{Message: &m, Finish: finish}}, Usage: used}
	if f.o.Dialect == LiteLLM {
		w.Header().Set("X-Litellm-Response-Cost", "0.00125")
	}
	if !in.Stream || t == script.NoStream {
		if t == script.Cut {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "5000")
			_, _ = fmt.Fprint(w, `{"id":"chatcmpl-1","choices":[{"mess`)
			return
		}
		writeJSON(w, http.StatusOK, full)
		return
	}
	f.stream(w, r, in, full, t)
}

// parts is the content of a model that shows what it thought.
func parts(text string) []any {
	return []any{
		map[string]any{"type": "thinking", "thinking": []any{map[string]any{"type": "text", "text": "(what the model thought)"}}},
		map[string]any{"type": "text", "text": text},
	}
}

// stream sends an answer in pieces.
func (f *Fake) stream(w http.ResponseWriter, r *http.Request, in *request, full completion, t script.Trouble) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := http.NewResponseController(w)
	send := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", b)
		_ = flush.Flush()
	}
	chunk := full
	chunk.Object, chunk.Usage = "chat.completion.chunk", nil
	if f.o.Dialect == Azure {
		first := chunk
		first.Choices, first.Model, first.Filter = []choice{}, "", []any{map[string]any{"prompt_index": 0, "content_filter_results": map[string]any{}}}
		send(first)
	}
	delta := func(m message, finish any) {
		chunk.Choices = []choice{{Delta: &m, Finish: finish}}
		send(chunk)
	}
	m := full.Choices[0].Message
	delta(message{Role: "assistant", Content: ""}, nil)
	pieces := []any{}
	if text, ok := m.Content.(string); ok {
		for _, p := range script.Pieces(text) {
			pieces = append(pieces, p)
		}
	} else if list, ok := m.Content.([]any); ok {
		for _, part := range list {
			p, ok := part.(map[string]any)["text"].(string)
			if !ok {
				pieces = append(pieces, []any{part})
				continue
			}
			for _, piece := range script.Pieces(p) {
				pieces = append(pieces, []any{map[string]any{"type": "text", "text": piece}})
			}
		}
	}
	for i, p := range pieces {
		if i == len(pieces)/2 {
			switch t {
			case script.Cut:
				_, _ = fmt.Fprint(w, `data: {"id":"chatcmpl-1","choices":[{"del`)
				_ = flush.Flush()
				panic(http.ErrAbortHandler)
			case script.Ends:
				return
			case script.Silent:
				<-r.Context().Done()
				return
			case script.ErrorInStream:
				send(map[string]any{"error": map[string]any{"message": "The server had an error processing your request", "type": "server_error", "code": "internal_error"}})
				return
			}
		}
		delta(message{Content: p}, nil)
	}
	for i, c := range m.Calls {
		// The name comes first, the arguments in pieces after it.
		begin := c
		begin.Index, begin.Function.Arguments = &i, ""
		delta(message{Calls: []call{begin}}, nil)
		for _, p := range script.Pieces(c.Function.Arguments) {
			part := call{Index: &i}
			part.Function.Arguments = p
			delta(message{Calls: []call{part}}, nil)
		}
	}
	delta(message{}, full.Choices[0].Finish)
	if in.StreamOptions.IncludeUsage {
		chunk.Choices, chunk.Usage = []choice{}, full.Usage
		send(chunk)
	}
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}
