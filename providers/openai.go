package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

// Chat Completions, as all who are compatible with it take them. The types are
// ours and the calls are the library's, made by the service of its package
// responses with a body of our own: the root package of the library, which has
// types for them, adds 20 MB to the program and 4 MB to the memory at rest, and
// its types lose what vendors add, such as lists of parts and signatures.
type chatRequest struct {
	Model               string        `json:"model"`
	Messages            []chatMessage `json:"messages"`
	MaxTokens           int           `json:"max_tokens,omitempty"`
	MaxCompletionTokens int           `json:"max_completion_tokens,omitempty"`
	Tools               []chatTool    `json:"tools,omitempty"`
	ResponseFormat      *chatFormat   `json:"response_format,omitempty"`
	Stream              bool          `json:"stream,omitempty"`
	StreamOptions       *chatStream   `json:"stream_options,omitempty"`
}

type chatStream struct {
	IncludeUsage bool `json:"include_usage"`
}

type chatMessage struct {
	Role       Role       `json:"role"`
	Content    *string    `json:"content,omitempty"`
	ToolCalls  []chatCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type chatCall struct {
	ID       string     `json:"id"`
	Type     string     `json:"type"`
	Function chatAsked  `json:"function"`
	Extra    *chatExtra `json:"extra_content,omitempty"`
}

type chatAsked struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// chatExtra is how Gemini wants back what it thought before a call:
// ai.google.dev/gemini-api/docs/thought-signatures.
type chatExtra struct {
	Google struct {
		Signature string `json:"thought_signature"`
	} `json:"google"`
}

type chatTool struct {
	Type     string   `json:"type"`
	Function chatFunc `json:"function"`
}

type chatFunc struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}

type chatFormat struct {
	Type   string `json:"type"`
	Schema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

// chatOpenAI speaks Chat Completions.
func (c *Client) chatOpenAI(ctx context.Context, q *Request) (*Reply, error) {
	body, err := c.chatBody(q)
	if err != nil {
		return nil, err
	}
	hc, err := c.httpFor(q.Model)
	if err != nil {
		return nil, err
	}
	// Made without openai.NewClient, which reads the environment. Address and key
	// are the transport's: the library never has them.
	svc := responses.NewResponseService(option.WithBaseURL(c.provider.BaseURL), option.WithHTTPClient(hc), option.WithMaxRetries(0))
	var resp *http.Response
	_, err = svc.New(ctx, responses.ResponseNewParams{}, option.WithRequestBody("application/json", bytes.NewReader(body)), option.WithResponseBodyInto(&resp))
	var whole *notStreamError
	switch {
	case errors.As(err, &whole):
		r, err := readWhole(bytes.NewReader(whole.body))
		if err == nil {
			q.OnText(r.Text)
		}
		return r, err
	case err != nil:
		return nil, err
	}
	defer resp.Body.Close()
	if q.OnText == nil {
		return readWhole(resp.Body)
	}
	return readChunks(ssestream.NewStream[chatAnswer](ssestream.NewDecoder(resp), nil), q.OnText)
}

// chatBody is the body of a request.
func (c *Client) chatBody(q *Request) ([]byte, error) {
	in, err := c.chatRequest(q)
	if err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	more := map[string]string{}
	for field, name := range map[string]string{c.dialect.user: "user_id", c.dialect.session: "session_id"} {
		if v := c.provider.Options[name]; v != "" && field != "" {
			more[field] = v
		}
	}
	if len(more) == 0 {
		return body, nil
	}
	extra, err := encode(more)
	if err != nil {
		return nil, err
	}
	return append(append(body[:len(body)-1], ','), extra[1:]...), nil
}

// encode encodes without the escapes that are for HTML only.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func (c *Client) chatRequest(q *Request) (*chatRequest, error) {
	in := &chatRequest{Model: q.Model, Stream: q.OnText != nil}
	if in.Stream && c.dialect.streamUsage {
		in.StreamOptions = &chatStream{true}
	}
	if c.dialect.maxTokens == "max_completion_tokens" {
		in.MaxCompletionTokens = q.MaxTokens
	} else {
		in.MaxTokens = q.MaxTokens
	}
	for i := range q.Messages {
		m, err := c.chatMessage(&q.Messages[i])
		if err != nil {
			return nil, err
		}
		in.Messages = append(in.Messages, m)
	}
	for i := range q.Tools {
		t := &q.Tools[i]
		description, err := t.Description.Text(c.Destination())
		if err != nil {
			return nil, err
		}
		schema, err := t.Parameters.Text(c.Destination())
		if err != nil {
			return nil, err
		}
		if !json.Valid([]byte(schema)) {
			return nil, &Error{Kind: KindInvalid, Detail: "the schema of tool " + t.Name + " is none"}
		}
		in.Tools = append(in.Tools, chatTool{"function", chatFunc{t.Name, description, json.RawMessage(schema)}})
	}
	switch {
	case q.Schema == nil:
	case c.dialect.json == jsonPrompt:
		words := strings.TrimSpace(askInWords(q.Schema))
		in.Messages = append(in.Messages, chatMessage{Role: RoleSystem, Content: &words})
	default:
		in.ResponseFormat = &chatFormat{Type: "json_schema"}
		s := &in.ResponseFormat.Schema
		s.Name, s.Strict, s.Schema = q.Schema.Name, true, q.Schema.JSON
	}
	return in, nil
}

func (c *Client) chatMessage(m *Message) (chatMessage, error) {
	text, err := m.said(c.Destination())
	if err != nil {
		return chatMessage{}, err
	}
	out := chatMessage{Role: m.Role, ToolCallID: m.CallID}
	if text != "" || len(m.Calls) == 0 {
		out.Content = &text
	}
	for _, call := range m.Calls {
		args, err := call.Arguments.Text(c.Destination())
		if err != nil {
			return chatMessage{}, err
		}
		oc := chatCall{ID: call.ID, Type: "function", Function: chatAsked{call.Name, args}}
		if call.Signature != "" {
			oc.Extra = new(chatExtra)
			oc.Extra.Google.Signature = call.Signature
		}
		out.ToolCalls = append(out.ToolCalls, oc)
	}
	return out, nil
}
