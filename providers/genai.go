package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// genAIRequest is POST …/api/v2/chat of MSI GenAI. The service keeps the
// conversation under the session.
type genAIRequest struct {
	Model     string `json:"model"`
	Prompt    string `json:"prompt"`
	System    string `json:"system,omitempty"`
	SessionID string `json:"sessionId,omitempty"`
	UserID    string `json:"userId,omitempty"`
}

type genAIAnswer struct {
	Status        *bool  `json:"status"`
	SessionID     string `json:"sessionId"`
	Msg           string `json:"msg"`
	InitialPrompt bool   `json:"initialPrompt"`
}

// chatGenAI sends the newest message of the user, and the system's.
func (c *Client) chatGenAI(ctx context.Context, q *Request) (*Reply, error) {
	in := genAIRequest{Model: q.Model, SessionID: q.Session, UserID: c.provider.Options["user_id"]}
	var system []string
	for i := range q.Messages {
		m := &q.Messages[i]
		text, err := m.said(c.Destination())
		if err != nil {
			return nil, err
		}
		switch m.Role {
		case RoleSystem:
			system = append(system, text)
		case RoleUser:
			in.Prompt = text
		}
	}
	in.System = strings.Join(system, "\n\n")
	if q.Schema != nil {
		in.Prompt += askInWords(q.Schema)
	}
	var out genAIAnswer
	if err := c.post(ctx, q.Model, in, func(r io.Reader) error { return json.NewDecoder(r).Decode(&out) }); err != nil {
		return nil, err
	}
	switch {
	case out.Status == nil:
		return nil, &Error{Kind: KindProtocol, Detail: "the answer has no status", sent: true}
	case !*out.Status:
		s := said{message: out.Msg}
		e := &Error{Kind: sortOut(0, s), Status: http.StatusOK, Reason: out.Msg, Detail: "the service answered with status false", sent: true}
		return nil, explainGenAI(e)
	case strings.TrimSpace(out.Msg) == "":
		return nil, &Error{Kind: KindEmpty, sent: true}
	}
	if q.OnText != nil {
		q.OnText(out.Msg)
	}
	return &Reply{Text: out.Msg, Stop: StopEnd, Session: out.SessionID}, nil
}

// explainGenAI adds what users of the service have to know.
func explainGenAI(e *Error) *Error {
	switch {
	case e.Kind == KindBudget:
		e.Detail = "MSI GenAI allows $50 per user and month; it starts anew on the first"
	case e.Status == http.StatusForbidden:
		e.Detail = "MSI GenAI answers 403 to a key of the other stage, to a model that the key may not use, to a client name that it does not know, and outside the company's network"
	}
	return e
}

// post sends a JSON body and hands the answer to fn.
func (c *Client) post(ctx context.Context, model string, in any, fn func(io.Reader) error) error {
	body, err := encode(in)
	if err != nil {
		return err
	}
	hc, err := c.httpFor(model)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.provider.BaseURL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := hc.Do(r)
	if err != nil {
		e := failed(c.Destination(), err, false)
		if c.dialect.format == formatGenAI {
			e = explainGenAI(e)
		}
		return e
	}
	defer resp.Body.Close()
	if err := fn(resp.Body); err != nil {
		e := failed(c.Destination(), err, true)
		if e.Kind == KindUnreachable {
			e.Kind = KindProtocol
		}
		return e
	}
	return nil
}
