package providers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Ollama's own interface, github.com/ollama/ollama/docs/api.md. Its
// OpenAI-compatible one cuts a prompt that is longer than the context without
// a word; here the context is as long as the prompt needs, and truncate:false
// makes an error of one that does not fit.
type ollamaRequest struct {
	Model    string          `json:"model"`
	Messages []ollamaMessage `json:"messages"`
	Tools    []ollamaTool    `json:"tools,omitempty"`
	Format   json.RawMessage `json:"format,omitempty"`
	Options  struct {
		NumCtx     int `json:"num_ctx"`
		NumPredict int `json:"num_predict"`
	} `json:"options"`
	Stream   bool `json:"stream"`
	Truncate bool `json:"truncate"`
}

type ollamaMessage struct {
	Role      string       `json:"role"`
	Content   string       `json:"content"`
	ToolCalls []ollamaCall `json:"tool_calls,omitempty"`
	ToolName  string       `json:"tool_name,omitempty"`
}

type ollamaCall struct {
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

type ollamaTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

type ollamaAnswer struct {
	Model      string
	Message    ollamaMessage
	Done       bool
	DoneReason string `json:"done_reason"`
	In         int64  `json:"prompt_eval_count"`
	Out        int64  `json:"eval_count"`
	Error      string
}

const (
	bytesPerToken = 3 // of English and of logs, at worst about this
	contextStep   = 2048
	minContext    = 4096
	maxEvent      = 4 << 20 // bytes of a line of a stream
)

func (c *Client) chatOllama(ctx context.Context, q *Request) (*Reply, error) {
	in, size, err := c.ollamaRequest(q)
	if err != nil {
		return nil, err
	}
	need := size/bytesPerToken + q.MaxTokens + contextStep/4
	limit := c.Traits().ContextTokens
	if need > limit {
		return nil, &Error{Kind: KindContext, Detail: fmt.Sprintf("about %d tokens with the answer, of at most %d; context_tokens of the provider raises that if the model and the memory allow it", need, limit)}
	}
	// Steps, because a model is loaded anew for another context.
	in.Options.NumCtx = min(max((need+contextStep-1)/contextStep*contextStep, minContext), limit)
	in.Options.NumPredict = q.MaxTokens
	r, err := c.sendOllama(ctx, q, in)
	var e *Error
	if errors.As(err, &e) && e.Kind == KindContext && e.Status != 0 && in.Options.NumCtx < limit {
		// Its tokens are shorter than was reckoned: base64, digits, other scripts.
		in.Options.NumCtx = limit
		return c.sendOllama(ctx, q, in)
	}
	return r, err
}

func (c *Client) sendOllama(ctx context.Context, q *Request, in *ollamaRequest) (*Reply, error) {
	r := &Reply{}
	var text strings.Builder
	done := false
	err := c.post(ctx, q.Model, in, func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, maxEvent)
		for lines.Scan() && !done {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var a ollamaAnswer
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				return &Error{Kind: KindTruncated, Detail: "a line of the stream is cut", sent: true}
			}
			if a.Error != "" {
				return toldInStream(lines.Bytes())
			}
			text.WriteString(a.Message.Content)
			if q.OnText != nil {
				q.OnText(a.Message.Content)
			}
			for _, call := range a.Message.ToolCalls {
				r.Calls = append(r.Calls, ReplyCall{Name: call.Function.Name, Arguments: argumentsText(string(call.Function.Arguments))})
			}
			if a.Model != "" {
				r.Model = a.Model
			}
			if done = a.Done; done {
				r.Usage = usageOf(a.In, a.Out)
				r.Stop = Stop(a.DoneReason)
			}
		}
		return lines.Err()
	})
	var whole *notStreamError
	if errors.As(err, &whole) {
		return nil, &Error{Kind: KindProtocol, Detail: "no stream", sent: true}
	}
	if err != nil {
		return nil, err
	}
	if !done {
		return nil, &Error{Kind: KindTruncated, Detail: "the stream ended before the answer did", sent: true}
	}
	r.Text = text.String()
	return ended(r, string(r.Stop), "")
}

// ollamaRequest returns the request without its options, and how many bytes of
// text it has.
func (c *Client) ollamaRequest(q *Request) (*ollamaRequest, int, error) {
	in := &ollamaRequest{Model: q.Model, Stream: true}
	size := 0
	names := map[string]string{} // of tools, by the ids of their calls
	for i := range q.Messages {
		m := &q.Messages[i]
		text, err := m.said(c.Destination())
		if err != nil {
			return nil, 0, err
		}
		size += len(text) + 16
		out := ollamaMessage{Role: string(m.Role), Content: text, ToolName: names[m.CallID]}
		for _, call := range m.Calls {
			args, err := call.Arguments.Text(c.Destination())
			if err != nil {
				return nil, 0, err
			}
			size += len(args) + 32
			names[call.ID] = call.Name
			var oc ollamaCall
			oc.Function.Name, oc.Function.Arguments = call.Name, json.RawMessage(args)
			out.ToolCalls = append(out.ToolCalls, oc)
		}
		in.Messages = append(in.Messages, out)
	}
	for i := range q.Tools {
		t := &q.Tools[i]
		description, err := t.Description.Text(c.Destination())
		if err != nil {
			return nil, 0, err
		}
		schema, err := t.Parameters.Text(c.Destination())
		if err != nil {
			return nil, 0, err
		}
		size += len(description) + len(schema) + 64
		ot := ollamaTool{Type: "function"}
		ot.Function.Name, ot.Function.Description, ot.Function.Parameters = t.Name, description, json.RawMessage(schema)
		in.Tools = append(in.Tools, ot)
	}
	if q.Schema != nil {
		if c.dialect.json == jsonPrompt {
			words := strings.TrimSpace(askInWords(q.Schema))
			in.Messages = append(in.Messages, ollamaMessage{Role: string(RoleSystem), Content: words})
			size += len(words)
		} else {
			in.Format = q.Schema.JSON
		}
	}
	return in, size, nil
}
