package providers

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"
)

// chatAnthropic speaks the Messages API. An answer that has to fit a schema is
// asked for as the call of a tool with that schema, which every model can.
func (c *Client) chatAnthropic(ctx context.Context, q *Request) (*Reply, error) {
	params, err := c.anthropicParams(q)
	if err != nil {
		return nil, err
	}
	hc, err := c.httpFor(q.Model)
	if err != nil {
		return nil, err
	}
	// Made without anthropic.NewClient, which reads the environment and profiles.
	svc := anthropic.NewMessageService(
		option.WithoutEnvironmentDefaults(), option.WithBaseURL(c.provider.BaseURL), option.WithHTTPClient(hc), option.WithMaxRetries(0),
	)
	if q.OnText == nil {
		m, err := svc.New(ctx, params, option.WithRequestTimeout(c.timeout()))
		if err != nil {
			return nil, err
		}
		return c.readMessage(m, q)
	}
	stream := svc.NewStreaming(ctx, params)
	defer func() { _ = stream.Close() }()
	var m anthropic.Message
	some, stopped := false, false
	for stream.Next() {
		event := stream.Current()
		some = true
		switch event.Type {
		case "content_block_delta":
			q.OnText(event.Delta.Text)
		case "message_stop":
			stopped = true
		}
		if err := m.Accumulate(event); err != nil {
			return nil, &Error{Kind: KindProtocol, Detail: "events that do not follow each other", sent: true}
		}
		if stopped {
			break
		}
	}
	if err := stream.Err(); err != nil && !stopped {
		return c.anthropicStreamError(err, some, q)
	}
	if !stopped {
		return nil, &Error{Kind: KindTruncated, Detail: "the stream ended before the answer did", sent: true}
	}
	return c.readMessage(&m, q)
}

func (c *Client) anthropicStreamError(err error, some bool, q *Request) (*Reply, error) {
	var known *Error
	if errors.As(err, &known) {
		return nil, err
	}
	var whole *notStreamError
	if errors.As(err, &whole) {
		var m anthropic.Message
		if json.Unmarshal(whole.body, &m) != nil {
			return nil, &Error{Kind: KindProtocol, sent: true}
		}
		r, err := c.readMessage(&m, q)
		if err == nil {
			q.OnText(r.Text)
		}
		return r, err
	}
	var told *anthropic.Error
	if errors.As(err, &told) {
		return nil, toldInStream([]byte(told.RawJSON()))
	}
	if _, data, ok := strings.Cut(err.Error(), "received error while streaming: "); ok {
		return nil, toldInStream([]byte(data))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, &Error{Kind: KindTruncated, Detail: "an event of the stream is cut", sent: true}
	}
	if some {
		return nil, failed(c.Destination(), err, true)
	}
	return nil, err
}

func (c *Client) anthropicParams(q *Request) (anthropic.MessageNewParams, error) {
	p := anthropic.MessageNewParams{Model: q.Model, MaxTokens: int64(q.MaxTokens)}
	if v := c.provider.Options["user_id"]; v != "" && c.dialect.user != "" {
		p.Metadata.UserID = param.NewOpt(v)
	}
	for i := range q.Messages {
		m := &q.Messages[i]
		text, err := m.said(c.Destination())
		if err != nil {
			return p, err
		}
		var blocks []anthropic.ContentBlockParamUnion
		switch m.Role {
		case RoleSystem:
			p.System = append(p.System, anthropic.TextBlockParam{Text: text})
			continue
		case RoleTool:
			blocks = append(blocks, anthropic.NewToolResultBlock(m.CallID, text, false))
		default:
			if text != "" { // An empty block is refused.
				blocks = append(blocks, anthropic.NewTextBlock(text))
			}
		}
		for _, call := range m.Calls {
			args, err := call.Arguments.Text(c.Destination())
			if err != nil {
				return p, err
			}
			blocks = append(blocks, anthropic.NewToolUseBlock(call.ID, json.RawMessage(args), call.Name))
		}
		role := anthropic.MessageParamRoleUser
		if m.Role == RoleAssistant {
			role = anthropic.MessageParamRoleAssistant
		}
		// The results of all calls of a turn stand in one message.
		if n := len(p.Messages); n > 0 && p.Messages[n-1].Role == role {
			p.Messages[n-1].Content = append(p.Messages[n-1].Content, blocks...)
		} else if len(blocks) > 0 {
			p.Messages = append(p.Messages, anthropic.MessageParam{Role: role, Content: blocks})
		}
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
		tool, err := anthropicTool(t.Name, description, []byte(schema))
		if err != nil {
			return p, err
		}
		p.Tools = append(p.Tools, tool)
	}
	switch {
	case q.Schema == nil:
	case c.dialect.json == jsonPrompt:
		p.System = append(p.System, anthropic.TextBlockParam{Text: strings.TrimSpace(askInWords(q.Schema))})
	default:
		tool, err := anthropicTool(q.Schema.Name, "Give your answer by calling this tool.", q.Schema.JSON)
		if err != nil {
			return p, err
		}
		p.Tools = append(p.Tools, tool)
		p.ToolChoice = anthropic.ToolChoiceParamOfTool(q.Schema.Name)
	}
	return p, nil
}

func anthropicTool(name, description string, schema []byte) (anthropic.ToolUnionParam, error) {
	var s struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
	}
	var all map[string]any
	if json.Unmarshal(schema, &s) != nil || json.Unmarshal(schema, &all) != nil {
		return anthropic.ToolUnionParam{}, &Error{Kind: KindInvalid, Detail: "the schema of tool " + name + " is none"}
	}
	for _, known := range []string{"type", "properties", "required"} {
		delete(all, known)
	}
	t := anthropic.ToolParam{
		Name: name, Description: param.NewOpt(description),
		InputSchema: anthropic.ToolInputSchemaParam{Required: s.Required, ExtraFields: all},
	}
	if len(s.Properties) > 0 {
		t.InputSchema.Properties = s.Properties
	}
	return anthropic.ToolUnionParam{OfTool: &t}, nil
}

func (c *Client) readMessage(m *anthropic.Message, q *Request) (*Reply, error) {
	if m == nil {
		return nil, &Error{Kind: KindProtocol, Detail: "null", sent: true}
	}
	r := &Reply{Model: m.Model}
	// What was read from the cache or written to it was read, too.
	u := m.Usage
	r.Usage = usageOf(u.InputTokens+u.CacheReadInputTokens+u.CacheCreationInputTokens, u.OutputTokens)
	var text strings.Builder
	for _, b := range m.Content {
		switch b.Type {
		case "text":
			text.WriteString(b.Text)
		case "tool_use":
			if q.Schema != nil && b.Name == q.Schema.Name {
				text.Reset() // Whatever it said before, this is the answer.
				text.Write(b.Input)
				r.Text = text.String()
				return ended(r, string(m.StopReason), "")
			}
			r.Calls = append(r.Calls, ReplyCall{Name: b.Name, Arguments: string(b.Input)})
		}
	}
	r.Text = text.String()
	return ended(r, string(m.StopReason), "")
}
