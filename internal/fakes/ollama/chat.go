package ollama

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Script queues answers: each chat takes the next. Without one the fake makes
// up its own, the same for the same request: see [Fake.reply].
func (f *Fake) Script(replies ...Reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replies = append(f.replies, replies...)
}

// Chats returns what was asked so far.
func (f *Fake) Chats() []ChatRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.chats)
}

// chatResponse is ChatResponse of api/types.go.
type chatResponse struct {
	Model      string    `json:"model"`
	CreatedAt  time.Time `json:"created_at"`
	Message    Message   `json:"message"`
	Done       bool      `json:"done"`
	DoneReason string    `json:"done_reason,omitempty"`
	metrics
}

type metrics struct {
	TotalDuration      int64 `json:"total_duration,omitempty"` // nanoseconds
	LoadDuration       int64 `json:"load_duration,omitempty"`
	PromptEvalCount    int   `json:"prompt_eval_count,omitempty"`
	PromptEvalDuration int64 `json:"prompt_eval_duration,omitempty"`
	EvalCount          int   `json:"eval_count,omitempty"`
	EvalDuration       int64 `json:"eval_duration,omitempty"`
}

// Tokens is how the fake counts: four bytes are a token, and each message has
// four besides.
func Tokens(messages []Message, tools []ToolSpec) int {
	n := 0
	for _, m := range messages {
		n += 4 + tokens(m.Content) + tokens(m.Thinking)
	}
	for _, t := range tools {
		n += tokens(t.Function.Name) + tokens(t.Function.Description) + tokens(string(t.Function.Parameters))
	}
	return n
}

func tokens(s string) int { return (len(s) + 3) / 4 }

func (f *Fake) chat(w http.ResponseWriter, r *http.Request) {
	var in ChatRequest
	if !read(w, r, &in) {
		return
	}
	if !valid(in.Model) {
		fail(w, http.StatusBadRequest, "model is required")
		return
	}
	// What Ollama's runner says ends a stream that has begun, for a client that did
	// not ask for an answer in one piece.
	refuse := func(status int, reason string) {
		if in.Stream != nil && !*in.Stream {
			fail(w, status, reason)
			return
		}
		(&stream{w: w, r: r}).fail(status, reason)
	}
	f.mu.Lock()
	f.chats = append(f.chats, in)
	m, ok := f.installed(in.Model)
	f.mu.Unlock()
	can := func(what string) bool { return slices.Contains(m.Capabilities, what) }
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "model '"+in.Model+"' not found")
		return
	case len(in.Messages) == 0 && in.KeepAlive == "0":
		f.unload(m.Name)
		answer(w, http.StatusOK, chatResponse{Model: in.Model, CreatedAt: f.now(), Message: Message{Role: "assistant"}, Done: true, DoneReason: "unload"})
		return
	case wantsThinking(in.Think) && !can("thinking"):
		fail(w, http.StatusBadRequest, fmt.Sprintf("%q does not support thinking", in.Model))
		return
	case !can("completion"):
		fail(w, http.StatusBadRequest, fmt.Sprintf("%q does not support chat", in.Model))
		return
	case len(in.Tools) > 0 && !can("tools"):
		fail(w, http.StatusBadRequest, full(m.Name)+" does not support tools")
		return
	}
	limit := in.Options.NumCtx
	if limit == 0 {
		limit = f.options().Context
	}
	limit = min(max(limit, 4), m.Context)
	f.hold(m.Name, limit)
	if len(in.Messages) == 0 {
		answer(w, http.StatusOK, chatResponse{Model: in.Model, CreatedAt: f.now(), Message: Message{Role: "assistant"}, Done: true, DoneReason: "load"})
		return
	}
	prompt := Tokens(in.Messages, in.Tools)
	if prompt > limit {
		if in.Truncate != nil && !*in.Truncate {
			refuse(http.StatusBadRequest, "the input length exceeds the context length")
			return
		}
		prompt = limit // Without a word.
	}
	reply, scripted := f.next()
	if !scripted {
		var problem string
		if reply, problem = f.reply(in); problem != "" {
			refuse(http.StatusInternalServerError, problem)
			return
		}
	}
	if reply.Status != 0 {
		refuse(reply.Status, reply.Reason)
		return
	}
	f.speak(w, r, in, reply, prompt)
}

func wantsThinking(think json.RawMessage) bool {
	return len(think) > 0 && string(think) != "false" && string(think) != "null"
}

func (f *Fake) now() time.Time { return f.options().Now().UTC() }

func (f *Fake) next() (Reply, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.replies) == 0 {
		return Reply{}, false
	}
	r := f.replies[0]
	f.replies = f.replies[1:]
	return r, true
}

// hold notes that a model is loaded, for the five minutes that Ollama keeps it.
func (f *Fake) hold(name string, context int) {
	f.unload(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded = append(f.loaded, loaded{name, context, f.o.Now().Add(5 * time.Minute)})
}

func (f *Fake) unload(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded = slices.DeleteFunc(f.loaded, func(l loaded) bool { return same(l.name, name) })
}

// reply makes up an answer: JSON that fits the format, where there is one; a
// call of a tool that the user names; or what was said, repeated. problem is
// what Ollama says of a format that is none.
func (f *Fake) reply(in ChatRequest) (r Reply, problem string) {
	last := in.Messages[len(in.Messages)-1]
	switch format := strings.TrimSpace(string(in.Format)); {
	case format == "", format == "null", format == `""`:
	case format == `"json"`:
		return Reply{Content: `{"answer":"` + strings.ToUpper(last.Role) + `"}`}, ""
	case format[0] != '{':
		return r, "invalid format: " + fmt.Sprintf("%q", format) + `; expected "json" or a valid JSON Schema object`
	default:
		var schema map[string]any
		if json.Unmarshal(in.Format, &schema) != nil || !known(schema) {
			return r, "invalid JSON schema in format"
		}
		b, err := json.Marshal(instance(schema, schema, 0))
		if err != nil {
			return r, "invalid JSON schema in format"
		}
		return Reply{Content: string(b)}, ""
	}
	if last.Role == "user" {
		for _, t := range in.Tools {
			if !strings.Contains(last.Content, t.Function.Name) {
				continue
			}
			var schema map[string]any
			_ = json.Unmarshal(t.Function.Parameters, &schema) // Without one there are no arguments.
			args, _ := instance(schema, schema, 0).(map[string]any)
			if args == nil {
				args = map[string]any{}
			}
			return Reply{ToolCalls: []ToolCall{{Function: FunctionCall{Name: t.Function.Name, Arguments: args}}}}, ""
		}
	}
	return Reply{Content: "You said: " + last.Content}, ""
}

// speak sends the answer, in pieces or whole.
func (f *Fake) speak(w http.ResponseWriter, r *http.Request, in ChatRequest, reply Reply, prompt int) {
	pieces := strings.SplitAfter(reply.Content, " ")
	end := chatResponse{Model: in.Model, Message: Message{Role: "assistant"}, Done: true, DoneReason: "stop"}
	if limit := in.Options.NumPredict; limit > 0 && len(pieces) > limit {
		pieces, end.DoneReason = pieces[:limit], "length"
	}
	for i := range reply.ToolCalls {
		f.mu.Lock()
		f.ids++
		reply.ToolCalls[i].ID = fmt.Sprintf("call_%08d", f.ids)
		f.mu.Unlock()
		reply.ToolCalls[i].Function.Index = i
	}
	end.metrics = metrics{3e8, 1e8, prompt, 1e8, max(1, len(pieces)), 1e8}
	if in.Stream != nil && !*in.Stream {
		switch {
		case reply.Cut:
			panic(http.ErrAbortHandler)
		case reply.Reason != "":
			fail(w, http.StatusInternalServerError, reply.Reason)
			return
		}
		if !wait(r, reply.Wait) {
			return
		}
		end.CreatedAt = f.now()
		end.Message.Content, end.Message.Thinking, end.Message.ToolCalls = strings.Join(pieces, ""), reply.Thinking, reply.ToolCalls
		answer(w, http.StatusOK, end)
		return
	}
	s := &stream{w: w, r: r}
	say := func(m Message) bool {
		if !wait(r, reply.Wait) {
			return false
		}
		m.Role = "assistant"
		return s.write(chatResponse{Model: in.Model, CreatedAt: f.now(), Message: m}) == nil
	}
	if reply.Thinking != "" && !say(Message{Thinking: reply.Thinking}) {
		return
	}
	for i, piece := range pieces {
		if i >= len(pieces)/2 && (reply.Cut || reply.Reason != "") {
			if reply.Cut {
				panic(http.ErrAbortHandler)
			}
			s.fail(http.StatusInternalServerError, reply.Reason)
			return
		}
		if piece != "" && !say(Message{Content: piece}) {
			return
		}
	}
	if len(reply.ToolCalls) > 0 && !say(Message{ToolCalls: reply.ToolCalls}) {
		return
	}
	end.CreatedAt = f.now()
	_ = s.write(end) // A caller that is gone is told nothing.
}

func wait(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return r.Context().Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// known reports whether the type of a schema is one.
func known(schema map[string]any) bool {
	kind, ok := schema["type"].(string)
	return !ok || slices.Contains([]string{"object", "array", "string", "number", "integer", "boolean", "null"}, kind)
}

// instance makes a value that fits a JSON schema, always the same one: the
// first of an enum, the smallest number, every property of an object.
func instance(schema, root map[string]any, depth int) any {
	if depth > 8 {
		return nil
	}
	if ref, ok := schema["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		for _, defs := range []string{"$defs", "definitions"} {
			if all, ok := root[defs].(map[string]any); ok {
				if s, ok := all[name].(map[string]any); ok {
					return instance(s, root, depth+1)
				}
			}
		}
	}
	if c, ok := schema["const"]; ok {
		return c
	}
	if enum, ok := schema["enum"].([]any); ok && len(enum) > 0 {
		return enum[0]
	}
	for _, of := range []string{"anyOf", "oneOf", "allOf"} {
		if list, ok := schema[of].([]any); ok && len(list) > 0 {
			if s, ok := list[0].(map[string]any); ok {
				return instance(s, root, depth+1)
			}
		}
	}
	kind, _ := schema["type"].(string)
	if list, ok := schema["type"].([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	number := func(key string) float64 { n, _ := schema[key].(float64); return n }
	switch kind {
	case "string":
		return strings.Repeat("x", int(min(max(1, number("minLength")), 1000)))
	case "integer", "number":
		return number("minimum")
	case "boolean":
		return true
	case "null":
		return nil
	case "array":
		items, _ := schema["items"].(map[string]any)
		out := []any{}
		for range int(min(max(1, number("minItems")), 100)) {
			out = append(out, instance(items, root, depth+1))
		}
		return out
	}
	out := map[string]any{}
	props, _ := schema["properties"].(map[string]any)
	for name, p := range props {
		if s, ok := p.(map[string]any); ok {
			out[name] = instance(s, root, depth+1)
		}
	}
	return out
}
