package anthropic

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

type message struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Role    string  `json:"role"`
	Model   string  `json:"model"`
	Content []block `json:"content"`
	Stop    any     `json:"stop_reason"`
	Usage   usage   `json:"usage"`
}

type usage struct {
	Input  int `json:"input_tokens"`
	Cached int `json:"cache_read_input_tokens"`
	Output int `json:"output_tokens"`
}

// cached is how many tokens of each request the fake says it had read before.
const cached = 3

func (f *Fake) answer(w http.ResponseWriter, r *http.Request, in *request) {
	t := f.Take()
	switch t {
	case script.RateLimited:
		w.Header().Set("Retry-After", "1")
		fail(w, http.StatusTooManyRequests, "rate_limit_error", "This request would exceed your organization's rate limit of 30,000 input tokens per minute.")
		return
	case script.Overloaded:
		fail(w, 529, "overloaded_error", "Overloaded")
		return
	case script.ServerError:
		fail(w, http.StatusInternalServerError, "api_error", "Internal server error")
		return
	case script.Quota:
		fail(w, http.StatusBadRequest, "invalid_request_error", "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.")
		return
	case script.TooLong:
		fail(w, http.StatusBadRequest, "invalid_request_error", "prompt is too long: 210512 tokens > 200000 maximum")
		return
	case script.Forbidden:
		fail(w, http.StatusForbidden, "permission_error", "Your API key does not have permission to use the specified resource.")
		return
	case script.Page:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, "<html><title>502 Bad Gateway</title></html>")
		return
	}
	a := f.o.Script(in.turn())
	m := message{ID: fmt.Sprintf("msg_fake%04d", len(f.Seen())), Type: "message", Role: "assistant", Model: in.Model + "-20260101", Content: []block{}, Stop: "end_turn"}
	m.Usage = usage{Input: in.size / 4, Cached: cached, Output: len(a.Text)/4 + 1}
	switch {
	case t == script.Empty:
	case t == script.Refused:
		m.Stop = "refusal"
	case in.ToolChoice.Type == "tool":
		m.Content, m.Stop = append(m.Content, block{Type: "tool_use", ID: "toolu_0", Name: in.ToolChoice.Name, Input: json.RawMessage(a.Text)}), "tool_use"
	default:
		if a.Text != "" {
			m.Content = append(m.Content, block{Type: "text", Text: a.Text})
		}
		for i, c := range a.Calls {
			m.Content = append(m.Content, block{Type: "tool_use", ID: fmt.Sprintf("toolu_%d", i), Name: c.Name, Input: json.RawMessage(c.Arguments)})
			m.Stop = "tool_use"
		}
	}
	if t == script.Length {
		m.Stop = "max_tokens"
	}
	if !in.Stream || t == script.NoStream {
		if t == script.Cut {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "4000")
			_, _ = fmt.Fprint(w, `{"id":"msg_1","content":[{"ty`)
			return
		}
		writeJSON(w, http.StatusOK, m)
		return
	}
	stream(w, r, m, t)
}

// stream sends the events of a message, with pings between them.
func stream(w http.ResponseWriter, r *http.Request, m message, t script.Trouble) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := http.NewResponseController(w)
	send := func(event string, v map[string]any) {
		v["type"] = event
		b, err := json.Marshal(v)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, b)
		_ = flush.Flush()
	}
	begin := m
	begin.Content, begin.Stop, begin.Usage.Output = []block{}, nil, 1
	send("message_start", map[string]any{"message": begin})
	send("ping", map[string]any{})
	for i, b := range m.Content {
		first, pieces, field := b, script.Pieces(b.Text), "text"
		first.Text = ""
		if b.Type == "tool_use" {
			first.Input, pieces, field = json.RawMessage("{}"), script.Pieces(string(b.Input)), "partial_json"
		}
		start := map[string]any{"type": first.Type, "text": ""}
		if b.Type == "tool_use" {
			start = map[string]any{"type": first.Type, "id": first.ID, "name": first.Name, "input": map[string]any{}}
		}
		send("content_block_start", map[string]any{"index": i, "content_block": start})
		for j, p := range pieces {
			if j == len(pieces)/2 {
				switch t {
				case script.Cut:
					_, _ = fmt.Fprint(w, "event: content_block_delta\ndata: {\"type\":\"content_bl")
					_ = flush.Flush()
					panic(http.ErrAbortHandler)
				case script.Ends:
					return
				case script.Silent:
					<-r.Context().Done()
					return
				case script.ErrorInStream:
					send("error", map[string]any{"error": map[string]string{"type": "overloaded_error", "message": "Overloaded"}})
					return
				}
			}
			send("content_block_delta", map[string]any{"index": i, "delta": map[string]string{"type": map[string]string{"text": "text_delta", "partial_json": "input_json_delta"}[field], field: p}})
		}
		send("content_block_stop", map[string]any{"index": i})
	}
	send("message_delta", map[string]any{"delta": map[string]any{"stop_reason": m.Stop, "stop_sequence": nil}, "usage": map[string]int{"output_tokens": m.Usage.Output}})
	send("message_stop", map[string]any{})
}
