package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/internal/gate"
)

// Call is what every call has.
type Call struct {
	Server string
	// Owner is who calls, [gate.Caller.ID]: only they can answer what the server asks in the course of it.
	Owner string
	// Checked is the catalog that the caller looked at before. When the server offers something else by the time that the call can be sent,
	// because it was attached anew or said so, the call is not sent ([KindChanged]). nil means that of the moment of the call, if there is one.
	Checked *Catalog
	// Progress is told of the call's progress, in order, from one goroutine; nil for nothing. It must return soon. It is not called after
	// the call returned.
	Progress func(Progress)
}

// Progress is how far a call is. Message is NOT cleared.
type Progress struct {
	Progress, Total float64 // Total is 0 when it is not known
	Message         string
}

// ToolCall calls a tool.
type ToolCall struct {
	Call
	Tool      string       // as the server spells it
	Arguments gate.Cleared // a JSON object for [Destination]; the zero value means none
}

// ResourceCall reads a resource.
type ResourceCall struct {
	Call
	URI gate.Cleared
}

// PromptCall gets a prompt.
type PromptCall struct {
	Call
	Prompt    string       // as the server spells it
	Arguments gate.Cleared // a JSON object of strings; the zero value means none
}

// CompleteCall asks for completions of an argument.
type CompleteCall struct {
	Call
	Ref      *mcp.CompleteReference
	Argument string
	Value    gate.Cleared // what was typed so far
	Context  gate.Cleared // a JSON object of strings: arguments that are known already; the zero value means none
}

// Reply is what a call came to: exactly one of its pointers is set. Nothing in it is cleared.
type Reply struct {
	Tool     *mcp.CallToolResult
	Resource *mcp.ReadResourceResult
	Prompt   *mcp.GetPromptResult
	// Parked: the server asks something before it goes on. See [Set.Resume].
	Parked *Parked
}

// Parked is a call that waits for a person. In either era of the server it is the same: the caller puts the questions to its own host,
// in the host's era, and brings the answers to [Set.Resume]. The SDK answers nothing by itself.
type Parked struct {
	// ID is random, 128 bits, and of use to the same owner only; still, it is sealed before it goes to a host.
	ID        string
	Server    string
	Questions map[string]*mcp.ElicitParams // by the key that the answer comes under; of mode "form". NOT cleared.
	Expires   time.Time                    // then the questions are answered with "cancel" and the call is given up
}

// Answer answers one question.
type Answer struct {
	Action  string       // "accept", "decline" or "cancel"
	Content gate.Cleared // with "accept": a JSON object for [Destination]; the zero value means none
}

// CallTool calls a tool. Errors are an [*Error], [gate.ErrNotCleared] or that of ctx; when ctx ends, the server is told that the call was
// given up.
func (s *Set) CallTool(ctx context.Context, c ToolCall) (Reply, error) {
	text, err := optional(c.Arguments, c.Server)
	if err != nil {
		return Reply{}, err
	}
	if text == "" {
		text = "{}"
	}
	return s.do(ctx, c.Call, func(ctx context.Context, sess *session, r round) (Reply, error) {
		p := &mcp.CallToolParams{Name: c.Tool, Arguments: json.RawMessage(text), InputResponses: r.answers, RequestState: r.state}
		if c.Progress != nil {
			p.SetProgressToken(r.token)
		}
		res, err := sess.cs.CallTool(ctx, p)
		return Reply{Tool: res}, err
	})
}

// ReadResource reads a resource, with the errors of [Set.CallTool].
func (s *Set) ReadResource(ctx context.Context, c ResourceCall) (Reply, error) {
	uri, err := c.URI.Text(Destination(c.Server))
	if err != nil {
		return Reply{}, err
	}
	return s.do(ctx, c.Call, func(ctx context.Context, sess *session, r round) (Reply, error) {
		p := &mcp.ReadResourceParams{URI: uri, InputResponses: r.answers, RequestState: r.state}
		if c.Progress != nil {
			p.SetProgressToken(r.token)
		}
		res, err := uncached(ctx, func(ctx context.Context) (*mcp.ReadResourceResult, error) { return sess.cs.ReadResource(ctx, p) })
		return Reply{Resource: res}, err
	})
}

// GetPrompt gets a prompt, with the errors of [Set.CallTool].
func (s *Set) GetPrompt(ctx context.Context, c PromptCall) (Reply, error) {
	args, err := stringMap(c.Arguments, c.Server)
	if err != nil {
		return Reply{}, err
	}
	return s.do(ctx, c.Call, func(ctx context.Context, sess *session, r round) (Reply, error) {
		p := &mcp.GetPromptParams{Name: c.Prompt, Arguments: args, InputResponses: r.answers, RequestState: r.state}
		if c.Progress != nil {
			p.SetProgressToken(r.token)
		}
		res, err := sess.cs.GetPrompt(ctx, p)
		return Reply{Prompt: res}, err
	})
}

// Complete asks for completions of an argument of a prompt or a resource template, with the errors of [Set.CallTool]. The result is NOT
// cleared.
func (s *Set) Complete(ctx context.Context, c CompleteCall) (*mcp.CompleteResult, error) {
	value, err := optional(c.Value, c.Server)
	if err != nil {
		return nil, err
	}
	known, err := stringMap(c.Context, c.Server)
	if err != nil {
		return nil, err
	}
	var res *mcp.CompleteResult
	_, err = s.do(ctx, c.Call, func(ctx context.Context, sess *session, _ round) (Reply, error) {
		p := &mcp.CompleteParams{Ref: c.Ref, Argument: mcp.CompleteParamsArgument{Name: c.Argument, Value: value}}
		if len(known) > 0 {
			p.Context = &mcp.CompleteContext{Arguments: known}
		}
		var err error
		res, err = sess.cs.Complete(ctx, p)
		return Reply{}, err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// Subscribe asks to be told when a resource changes, see [Options.ResourceUpdated], also by the sessions to come. Who subscribes twice
// unsubscribes twice.
func (s *Set) Subscribe(ctx context.Context, server string, uri gate.Cleared) error {
	text, err := uri.Text(Destination(server))
	if err != nil {
		return err
	}
	_, err = s.do(ctx, Call{Server: server}, func(ctx context.Context, sess *session, _ round) (Reply, error) {
		srv := sess.srv
		srv.mu.Lock()
		first := srv.subs[text] == 0
		if first && len(srv.subs) >= maxSubscriptions {
			srv.mu.Unlock()
			return Reply{}, &Error{Kind: KindBusy, Server: server, Detail: "too many of its resources are subscribed to"}
		}
		srv.subs[text]++
		srv.mu.Unlock()
		if !first {
			return Reply{}, nil
		}
		err := sess.cs.Subscribe(ctx, &mcp.SubscribeParams{URI: text})
		if err != nil {
			srv.forget(text)
		}
		return Reply{}, err
	})
	return err
}

// Unsubscribe takes one [Set.Subscribe] back.
func (s *Set) Unsubscribe(ctx context.Context, server string, uri gate.Cleared) error {
	text, err := uri.Text(Destination(server))
	if err != nil {
		return err
	}
	srv := s.server(server)
	if srv == nil || !srv.forget(text) {
		return nil
	}
	_, err = s.do(ctx, Call{Server: server}, func(ctx context.Context, sess *session, _ round) (Reply, error) {
		if sess.srv.cfg.Transport == Stdio && sess.era() == Modern {
			// A server of the Go SDK (v1.8.0) would not tell of changes of lists any more once one stream of its only session ends. What it
			// says of the resource is dropped from now on.
			return Reply{}, nil
		}
		return Reply{}, sess.cs.Unsubscribe(ctx, &mcp.UnsubscribeParams{URI: text})
	})
	return err
}

const maxSubscriptions = 1000

// forget takes one subscription back, and reports whether it was the last.
func (s *server) forget(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.subs[uri]
	if n > 1 {
		s.subs[uri]--
		return false
	}
	delete(s.subs, uri)
	return n == 1
}

// optional returns the text of c for a server, or "" for the zero value.
func optional(c gate.Cleared, server string) (string, error) {
	if c.SHA256() == "" {
		return "", nil
	}
	return c.Text(Destination(server))
}

// stringMap returns the text of c as an object of strings.
func stringMap(c gate.Cleared, server string) (map[string]string, error) {
	text, err := optional(c, server)
	if err != nil || text == "" {
		return nil, err
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, errors.New("the arguments are not a JSON object of strings")
	}
	return m, nil
}

// asks returns what the server wants to know before it goes on; nil when it does not.
func (r Reply) asks() (mcp.InputRequestMap, string) {
	switch {
	case r.Tool != nil:
		return r.Tool.InputRequests, r.Tool.RequestState
	case r.Resource != nil:
		return r.Resource.InputRequests, r.Resource.RequestState
	case r.Prompt != nil:
		return r.Prompt.InputRequests, r.Prompt.RequestState
	}
	return nil, ""
}

// rpcError returns an error that the server answered with; nil if err is none.
func rpcError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		e := *own // err holds own: it must not hold itself.
		return &e
	}
	var rpc *jsonrpc.Error
	if !errors.As(err, &rpc) || rpc.Code == codeRejected {
		return nil
	}
	if kind := syntheticKind(rpc); kind != "" {
		return &Error{Kind: kind, Lost: true, err: err}
	}
	e := &Error{Kind: KindRPC, Code: rpc.Code, Reason: rpc.Message, Data: rpc.Data, err: err}
	if len(e.Reason) > maxReason {
		e.Reason = e.Reason[:maxReason]
	}
	if len(e.Data) > maxReason {
		e.Data = nil
	}
	return e
}

// codeRejected is what the SDK's transports give an error of their own (ErrRejected of its internal/jsonrpc2).
const codeRejected = -32005

// maxReason bounds, in bytes, what a server says of an error.
const maxReason = 64 << 10
