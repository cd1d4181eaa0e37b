package server

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/names"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/gate"
)

// handleTime is for how long an address that a server gave can be read.
const handleTime = 24 * time.Hour

// answerText is all text of an answer, to be cleared at once.
type answerText struct {
	Parts      []partText      `json:"parts"`
	Structured json.RawMessage `json:"structured,omitempty"`
	Text       string          `json:"text,omitempty"` // a description
}

// partText is the text of one piece of content.
type partText struct {
	Text        string `json:"text,omitempty"`
	Name        string `json:"name,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	MIMEType    string `json:"mime,omitempty"`
}

// toolAnswer is an answer of a tool for the host.
func (e *exchange) toolAnswer(ctx context.Context, res *mcp.CallToolResult) (*mcp.CallToolResult, error) {
	if res == nil {
		return nil, errNoResult
	}
	in := answerText{Parts: textsOf(res.Content)}
	if res.StructuredContent != nil {
		doc, err := encode(res.StructuredContent)
		if err != nil {
			return nil, fmt.Errorf("%w: an answer cannot be encoded", gate.ErrScan)
		}
		in.Structured = doc
	}
	clean, err := e.cleared(ctx, in)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	out := &mcp.CallToolResult{IsError: res.IsError, Meta: e.label()}
	if out.Content, err = e.contents(ctx, res.Content, clean.Parts); err != nil {
		return nil, err
	}
	if res.StructuredContent != nil {
		out.StructuredContent = clean.Structured
	}
	for _, note := range e.told() {
		out.Content = append(out.Content, &mcp.TextContent{Text: "[tftsr] " + note})
	}
	return out, nil
}

// label is the _meta of an answer: whose it is, and what went out for it.
func (e *exchange) label() mcp.Meta {
	about := map[string]any{"server": e.t.server.Name}
	if told := e.told(); len(told) > 0 {
		about["notes"] = told
	}
	return mcp.Meta{untrustedKey: about}
}

// cleared clears all text of an answer.
func (e *exchange) cleared(ctx context.Context, in answerText) (answerText, error) {
	doc, err := encode(in)
	if err != nil {
		return in, fmt.Errorf("%w: an answer cannot be encoded", gate.ErrScan)
	}
	if doc, err = e.back(ctx, doc); err != nil {
		return in, err
	}
	var out answerText
	if err := json.Unmarshal(doc, &out); err != nil || len(out.Parts) != len(in.Parts) {
		return in, fmt.Errorf("%w: a redacted answer has another shape", gate.ErrScan)
	}
	return out, nil
}

// textsOf takes the text out of content.
func textsOf(content []mcp.Content) []partText {
	out := make([]partText, len(content))
	for i, c := range content {
		switch c := c.(type) {
		case *mcp.TextContent:
			out[i].Text = c.Text
		case *mcp.ImageContent:
			out[i].MIMEType = c.MIMEType
		case *mcp.AudioContent:
			out[i].MIMEType = c.MIMEType
		case *mcp.ResourceLink:
			out[i] = partText{Name: c.Name, Title: c.Title, Description: c.Description, MIMEType: c.MIMEType}
		case *mcp.EmbeddedResource:
			if c.Resource != nil {
				out[i] = partText{Text: c.Resource.Text, MIMEType: c.Resource.MIMEType}
			}
		}
	}
	return out
}

// contents is content for the host: cleared text, binary that nothing has to be
// cut out of, addresses as handles.
func (e *exchange) contents(ctx context.Context, in []mcp.Content, text []partText) ([]mcp.Content, error) {
	out := make([]mcp.Content, 0, len(in)+1)
	for i, c := range in {
		clean, err := e.content(ctx, c, text[i])
		if err != nil {
			return nil, err
		}
		out = append(out, clean)
	}
	return out, nil
}

func (e *exchange) content(ctx context.Context, c mcp.Content, text partText) (mcp.Content, error) {
	switch c := c.(type) {
	case *mcp.TextContent:
		return &mcp.TextContent{Text: text.Text}, nil
	case *mcp.ImageContent:
		if ok, err := e.x.BackBytes(ctx, c.Data); err != nil || !ok {
			return &mcp.TextContent{Text: withheldBytes("image", text.MIMEType)}, err
		}
		return &mcp.ImageContent{Data: c.Data, MIMEType: text.MIMEType}, nil
	case *mcp.AudioContent:
		if ok, err := e.x.BackBytes(ctx, c.Data); err != nil || !ok {
			return &mcp.TextContent{Text: withheldBytes("recording", text.MIMEType)}, err
		}
		return &mcp.AudioContent{Data: c.Data, MIMEType: text.MIMEType}, nil
	case *mcp.ResourceLink:
		uri, err := e.handle(ctx, c.URI)
		return &mcp.ResourceLink{URI: uri, Name: text.Name, Title: text.Title, Description: text.Description, MIMEType: text.MIMEType}, err
	case *mcp.EmbeddedResource:
		if c.Resource == nil {
			return &mcp.TextContent{}, nil
		}
		uri, err := e.handle(ctx, c.Resource.URI)
		if err != nil {
			return nil, err
		}
		r := &mcp.ResourceContents{URI: uri, MIMEType: text.MIMEType, Text: text.Text}
		if c.Resource.Blob != nil {
			if ok, err := e.x.BackBytes(ctx, c.Resource.Blob); err != nil || !ok {
				return &mcp.TextContent{Text: withheldBytes("file", text.MIMEType)}, err
			}
			r.Blob = c.Resource.Blob
		}
		return &mcp.EmbeddedResource{Resource: r}, nil
	}
	return &mcp.TextContent{Text: fmt.Sprintf("[tftsr] content of the type %T is not relayed", c)}, nil
}

// withheldBytes stands for binary content that holds what must not be sent.
func withheldBytes(what, mime string) string {
	return "[tftsr] " + strings.Join(strings.Fields(what+" "+mime), " ") + ": withheld, because it holds what looks like a sensitive value"
}

// handle is the address under which the host finds what the server has under
// uri: the one that is offered, or one that only this caller can use.
func (e *exchange) handle(ctx context.Context, uri string) (string, error) {
	if uri == "" {
		return "", nil
	}
	sealed, err := e.r.s.gate.Seal(ctx, e.t.dest(), registry.UseAddress, []byte(uri), handleTime)
	if err != nil {
		return "", err
	}
	return relayedPrefix + e.t.server.Name + "/at/" + names.Letters(sealed), nil
}

// resourceAnswer is what a server has under an address, for the host. The
// address of what was asked for is the one that it was asked by.
func (e *exchange) resourceAnswer(ctx context.Context, asked, raw string, res *mcp.ReadResourceResult) (*mcp.ReadResourceResult, error) {
	if res == nil {
		return nil, errNoResult
	}
	in := answerText{Parts: make([]partText, len(res.Contents))}
	for i, c := range res.Contents {
		if c != nil {
			in.Parts[i] = partText{Text: c.Text, MIMEType: c.MIMEType}
		}
	}
	clean, err := e.cleared(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{}, Meta: e.label()}
	for i, c := range res.Contents {
		if c == nil {
			continue
		}
		r := &mcp.ResourceContents{URI: asked, Text: clean.Parts[i].Text, MIMEType: clean.Parts[i].MIMEType, Meta: label(e.t.server.Name)}
		if c.URI != "" && c.URI != raw {
			if r.URI, err = e.handle(ctx, c.URI); err != nil {
				return nil, err
			}
		}
		if c.Blob != nil {
			ok, err := e.x.BackBytes(ctx, c.Blob)
			if err != nil {
				return nil, err
			}
			if !ok {
				r.Text, r.MIMEType = withheldBytes("file", r.MIMEType), "text/plain"
			} else {
				r.Blob = c.Blob
			}
		}
		out.Contents = append(out.Contents, r)
	}
	return out, nil
}

// promptAnswer is a prompt of a server for the host.
func (e *exchange) promptAnswer(ctx context.Context, res *mcp.GetPromptResult) (*mcp.GetPromptResult, error) {
	if res == nil {
		return nil, errNoResult
	}
	content := make([]mcp.Content, len(res.Messages))
	for i, m := range res.Messages {
		if content[i] = m.Content; m.Content == nil {
			content[i] = &mcp.TextContent{}
		}
	}
	clean, err := e.cleared(ctx, answerText{Parts: textsOf(content), Text: res.Description})
	if err != nil {
		return nil, err
	}
	out := &mcp.GetPromptResult{Description: clean.Text, Messages: []*mcp.PromptMessage{}, Meta: e.label()}
	if content, err = e.contents(ctx, content, clean.Parts); err != nil {
		return nil, err
	}
	for i, m := range res.Messages {
		role := m.Role
		if role != "assistant" {
			role = "user"
		}
		out.Messages = append(out.Messages, &mcp.PromptMessage{Role: role, Content: content[i]})
	}
	return out, nil
}

// values are the parameters of a query as a value that is cleared, without
// those that are empty.
func values(in map[string]string) map[string]string {
	out := maps.Clone(in)
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}
