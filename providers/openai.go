package providers

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/shared"
)

// chatOpenAI speaks Chat Completions.
func (c *Client) chatOpenAI(ctx context.Context, q *Request) (*Reply, error) {
	params, err := c.openAIParams(q)
	if err != nil {
		return nil, err
	}
	hc, err := c.httpFor(q.Model)
	if err != nil {
		return nil, err
	}
	// Made without openai.NewClient, which reads the environment. Address and key
	// are the transport's: the library never has them.
	svc := openai.NewChatCompletionService(
		option.WithBaseURL(c.provider.BaseURL), option.WithHTTPClient(hc), option.WithMaxRetries(0),
	)
	opts := c.openAIFields()
	if q.OnText == nil {
		answer, err := svc.New(ctx, params, opts...)
		if err != nil {
			return nil, err
		}
		return c.readCompletion(answer)
	}
	if c.dialect.streamUsage {
		params.StreamOptions.IncludeUsage = param.NewOpt(true)
	}
	stream := svc.NewStreaming(ctx, params, opts...)
	defer stream.Close()
	reply, err := c.readChunks(stream, q.OnText)
	var whole *notStream
	if errors.As(err, &whole) {
		var answer openai.ChatCompletion
		if err := json.Unmarshal(whole.body, &answer); err != nil {
			return nil, &Error{Kind: KindProtocol, sent: true}
		}
		if reply, err = c.readCompletion(&answer); err == nil {
			q.OnText(reply.Text)
		}
	}
	return reply, err
}

func (c *Client) openAIFields() (opts []option.RequestOption) {
	for field, name := range map[string]string{c.dialect.user: "user_id", c.dialect.session: "session_id"} {
		if v := c.provider.Options[name]; v != "" && field != "" {
			opts = append(opts, option.WithJSONSet(field, v))
		}
	}
	return opts
}

func (c *Client) openAIParams(q *Request) (openai.ChatCompletionNewParams, error) {
	p := openai.ChatCompletionNewParams{Model: q.Model}
	for i := range q.Messages {
		m, err := c.openAIMessage(&q.Messages[i])
		if err != nil {
			return p, err
		}
		p.Messages = append(p.Messages, m)
	}
	if c.dialect.maxTokens == "max_completion_tokens" {
		p.MaxCompletionTokens = param.NewOpt(int64(q.MaxTokens))
	} else {
		p.MaxTokens = param.NewOpt(int64(q.MaxTokens))
	}
	for i := range q.Tools {
		t := &q.Tools[i]
		description, err := t.Description.Text(c.Destination())
		if err != nil {
			return p, err
		}
		schema, err := t.Parameters.Text(c.Destination())
		if err != nil {
			return p, err
		}
		f := shared.FunctionDefinitionParam{Name: t.Name, Description: param.NewOpt(description)}
		if err := json.Unmarshal([]byte(schema), &f.Parameters); err != nil {
			return p, &Error{Kind: KindInvalid, Detail: "the schema of tool " + t.Name + " is none"}
		}
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(f))
	}
	if q.Schema == nil {
		return p, nil
	}
	if c.dialect.json == jsonPrompt {
		p.Messages = append(p.Messages, openai.SystemMessage(strings.TrimSpace(askInWords(q.Schema))))
		return p, nil
	}
	p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
		Name: q.Schema.Name, Strict: param.NewOpt(true), Schema: q.Schema.JSON,
	}}
	return p, nil
}

func (c *Client) openAIMessage(m *Message) (openai.ChatCompletionMessageParamUnion, error) {
	text, err := m.said(c.Destination())
	if err != nil {
		return openai.ChatCompletionMessageParamUnion{}, err
	}
	switch m.Role {
	case RoleSystem:
		return openai.SystemMessage(text), nil
	case RoleTool:
		return openai.ToolMessage(text, m.CallID), nil
	case RoleAssistant:
		a := openai.ChatCompletionAssistantMessageParam{}
		if text != "" || len(m.Calls) == 0 {
			a.Content.OfString = param.NewOpt(text)
		}
		for _, call := range m.Calls {
			args, err := call.Arguments.Text(c.Destination())
			if err != nil {
				return openai.ChatCompletionMessageParamUnion{}, err
			}
			f := &openai.ChatCompletionMessageFunctionToolCallParam{
				ID: call.ID, Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: call.Name, Arguments: args},
			}
			if call.Signature != "" {
				// ai.google.dev/gemini-api/docs/thought-signatures
				f.SetExtraFields(map[string]any{"extra_content": map[string]any{"google": map[string]any{"thought_signature": call.Signature}}})
			}
			a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{OfFunction: f})
		}
		return openai.ChatCompletionMessageParamUnion{OfAssistant: &a}, nil
	}
	return openai.UserMessage(text), nil
}

// rawCall is a tool call as the vendors write it; in a stream, a part of one.
type rawCall struct {
	Index    *int
	ID       string
	Function struct {
		Name      string
		Arguments json.RawMessage
	}
	Extra struct {
		Google struct {
			Signature string `json:"thought_signature"`
		}
	} `json:"extra_content"`
}

func (c *Client) readCompletion(a *openai.ChatCompletion) (*Reply, error) {
	if a == nil {
		return nil, &Error{Kind: KindProtocol, Detail: "null", sent: true}
	}
	if len(a.Choices) == 0 {
		return nil, &Error{Kind: KindEmpty, Detail: "no choices", sent: true}
	}
	choice := a.Choices[0]
	r := &Reply{Text: contentText(choice.Message.JSON.Content.Raw()), Model: a.Model}
	var calls []rawCall
	if raw := choice.Message.JSON.ToolCalls.Raw(); raw != "" && json.Unmarshal([]byte(raw), &calls) != nil {
		return nil, &Error{Kind: KindProtocol, Detail: "tool calls of an unknown form", sent: true}
	}
	for _, call := range calls {
		r.Calls = append(r.Calls, ReplyCall{call.Function.Name, argumentsText(string(call.Function.Arguments)), signature(call.Extra.Google.Signature)})
	}
	r.Usage = usageOf(a.Usage.PromptTokens, a.Usage.CompletionTokens)
	return ended(r, choice.FinishReason, choice.Message.Refusal)
}

func (c *Client) readChunks(stream *ssestream.Stream[openai.ChatCompletionChunk], onText func(string)) (*Reply, error) {
	r := &Reply{}
	var text, refused strings.Builder
	var calls []rawCall
	var args []string
	finish, some := "", false
	for stream.Next() {
		chunk := stream.Current()
		some = true
		if chunk.Model != "" {
			r.Model = chunk.Model
		}
		if u := chunk.Usage; u.PromptTokens > 0 || u.CompletionTokens > 0 {
			r.Usage = usageOf(u.PromptTokens, u.CompletionTokens)
		}
		if len(chunk.Choices) == 0 {
			continue // Azure begins with one that tells of its filters; the last has the usage.
		}
		choice := chunk.Choices[0]
		piece := contentText(choice.Delta.JSON.Content.Raw())
		text.WriteString(piece)
		onText(piece)
		refused.WriteString(choice.Delta.Refusal)
		var parts []rawCall
		if raw := choice.Delta.JSON.ToolCalls.Raw(); raw != "" && json.Unmarshal([]byte(raw), &parts) != nil {
			return nil, &Error{Kind: KindProtocol, Detail: "tool calls of an unknown form", sent: true}
		}
		for _, p := range parts {
			at := len(calls) // Gemini and Ollama may leave the index out.
			if p.Index != nil && *p.Index >= 0 && *p.Index < len(calls) && (p.ID == "" || p.ID == calls[*p.Index].ID) {
				at = *p.Index
			}
			if at == len(calls) {
				calls, args = append(calls, p), append(args, "")
			}
			args[at] += argumentsText(string(p.Function.Arguments))
			if p.Extra.Google.Signature != "" {
				calls[at].Extra = p.Extra
			}
		}
		if choice.FinishReason != "" {
			finish = choice.FinishReason
		}
	}
	if err := stream.Err(); err != nil {
		return nil, streamError(err, some)
	}
	if finish == "" {
		return nil, &Error{Kind: KindTruncated, Detail: "the stream ended before the answer did", sent: true}
	}
	for i, call := range calls {
		r.Calls = append(r.Calls, ReplyCall{call.Function.Name, args[i], signature(call.Extra.Google.Signature)})
	}
	r.Text = text.String()
	return ended(r, finish, refused.String())
}

// streamError sorts an error in the middle of a stream.
func streamError(err error, some bool) error {
	var known *Error
	var whole *notStream
	if errors.As(err, &known) || errors.As(err, &whole) {
		return err
	}
	var event *ssestream.StreamError
	if errors.As(err, &event) {
		return toldInStream(event.Event.Data)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{Kind: KindTruncated, Detail: "an event of the stream is cut", sent: true}
	}
	if some {
		return failed("", err, true)
	}
	return err
}

// toldInStream reads an error that came where a piece of the answer should.
func toldInStream(data []byte) *Error {
	s := read(data)
	e := &Error{Code: strings.Join(s.codes, " "), Reason: s.message, Detail: "told in the middle of the answer", sent: true}
	if e.Kind = sortOut(0, s); e.Kind == KindInvalid {
		e.Kind = KindServer
	}
	return e
}

// signature keeps what a model wants back with a call, if it is what it says
// to be: Base64.
func signature(s string) string {
	if len(s) > 64<<10 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-") != "" {
		return ""
	}
	return s
}

func usageOf(in, out int64) Usage {
	if in < 0 || out < 0 {
		return Usage{}
	}
	return Usage{Input: in, Output: out, Known: in > 0 || out > 0}
}

// ended says why an answer ended, and whether it is one.
func ended(r *Reply, finish, refused string) (*Reply, error) {
	switch finish {
	case "content_filter", "refusal", "SAFETY", "safety":
		return nil, &Error{Kind: KindRefused, Code: finish, Reason: refused, sent: true}
	case "error":
		return nil, &Error{Kind: KindServer, Code: finish, sent: true}
	case "length", "model_length", "max_tokens", "model_context_window_exceeded":
		r.Stop = StopLength
	default:
		r.Stop = StopEnd
		if len(r.Calls) > 0 {
			r.Stop = StopTools
		}
	}
	switch {
	case refused != "":
		return nil, &Error{Kind: KindRefused, Reason: refused, sent: true}
	case strings.TrimSpace(r.Text) == "" && len(r.Calls) == 0 && r.Stop == StopLength:
		return nil, &Error{Kind: KindEmpty, Detail: "the whole of max_tokens went into thinking: allow more", sent: true}
	case strings.TrimSpace(r.Text) == "" && len(r.Calls) == 0:
		return nil, &Error{Kind: KindEmpty, sent: true}
	}
	return r, nil
}
