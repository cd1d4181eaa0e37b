package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/yosida95/uritemplate/v3"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/names"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// getPrompt handles prompts/get.
func (r *relay) getPrompt(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	res, err := r.prompt(ctx, req)
	return res, protocolError(err)
}

func (r *relay) prompt(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	t, err := r.find(store.PinPrompt, req.Params.Name)
	if err != nil {
		return nil, mistaken("%v", err)
	}
	args, err := json.Marshal(values(req.Params.Arguments))
	if err != nil {
		return nil, err
	}
	back := func(e *exchange, reply client.Reply, q *asked, err error) (*mcp.GetPromptResult, error) {
		switch {
		case err != nil:
			return nil, e.failed(ctx, err)
		case q != nil:
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{}, InputRequests: q.requests, RequestState: q.state}, nil
		}
		res, err := e.promptAnswer(ctx, reply.Prompt)
		return res, e.failed(ctx, err)
	}
	if isParked(req.Params.RequestState) {
		return back(r.resume(ctx, req, t, "prompts/get", args, req.Params.RequestState, req.Params.InputResponses))
	}
	if req.Params.RequestState != "" {
		return nil, r.strange(ctx, t)
	}
	e, err := r.begin(ctx, t, "prompts/get", args)
	if err != nil {
		return nil, err
	}
	if e.sent, err = e.x.JSON(ctx, json.RawMessage(args)); err != nil {
		return nil, e.failed(ctx, err)
	}
	if err := e.refuse(); err != nil {
		return nil, err
	}
	raw, checked, err := r.live(ctx, t)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	e.checked = checked
	reply, q, err := e.run(ctx, req, audit.ActionPromptGet, "mcp_prompt", func(ctx context.Context, c client.Call) (client.Reply, error) {
		return r.hub.Set().GetPrompt(ctx, client.PromptCall{Call: c, Prompt: raw, Arguments: e.sent.Body})
	})
	return back(e, reply, q, err)
}

// readResource handles resources/read of a resource that is offered.
func (r *relay) readResource(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	t, err := r.find(store.PinResource, lastPart(req.Params.URI))
	if err != nil || t.address != req.Params.URI {
		return nil, r.noSuch(req, err)
	}
	res, err := r.read(ctx, req, t, func(_ *exchange, raw string) (gate.Outgoing, error) { return r.own(ctx, t, raw) })
	return res, protocolError(err)
}

// noSuch says why there is nothing at an address.
func (r *relay) noSuch(req *mcp.ReadResourceRequest, err error) error {
	if errors.Is(err, registry.ErrHidden) {
		return protocolError(mistaken("%v", err))
	}
	return mcp.ResourceNotFoundError(req.Params.URI)
}

// own is an address that the server itself gave, on its way back.
func (r *relay) own(ctx context.Context, t *relayed, raw string) (gate.Outgoing, error) {
	sealed, err := r.s.gate.Seal(ctx, t.dest(), registry.UseAddress, []byte(raw), handleTime)
	if err != nil {
		return gate.Outgoing{}, err
	}
	body, err := r.s.gate.Returned(ctx, t.dest(), registry.UseAddress, sealed)
	return gate.Outgoing{Body: body, Digest: body.SHA256()}, err
}

// readTemplate handles resources/read of an address made of a template.
func (r *relay) readTemplate(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	u, err := url.Parse(req.Params.URI)
	if err != nil {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	t, err := r.find(store.PinTemplate, lastPart(u.Path))
	if err != nil || !strings.HasPrefix(req.Params.URI, relayedPrefix+t.server.Name+"/"+t.pin.Alias) {
		return nil, r.noSuch(req, err)
	}
	given := map[string]string{}
	for name, v := range u.Query() {
		given[name] = v[0]
	}
	res, err := r.read(ctx, req, t, func(e *exchange, raw string) (gate.Outgoing, error) {
		for name := range given {
			if !slices.Contains(t.vars, name) {
				return gate.Outgoing{}, mistaken("this address has no parameter of that name; there are: %s", strings.Join(t.vars, ", "))
			}
		}
		out, err := e.x.JSON(ctx, values(given))
		if err != nil {
			return out, err
		}
		tmpl, err := uritemplate.New(raw)
		if err != nil {
			return out, mistaken("the template of %s is none", t.server.Name)
		}
		return e.x.DeriveText(ctx, out, func(text string) (string, error) {
			var in map[string]string
			if err := json.Unmarshal([]byte(text), &in); err != nil {
				return "", err
			}
			vals := uritemplate.Values{}
			for name, v := range in {
				vals.Set(name, uritemplate.String(v))
			}
			return tmpl.Expand(vals)
		})
	})
	return res, protocolError(err)
}

// readHandle handles resources/read of an address that stands for one which a
// server gave this caller.
func (r *relay) readHandle(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	name, handle, ok := strings.Cut(strings.TrimPrefix(req.Params.URI, relayedPrefix), "/at/")
	sealed, isHandle := names.Bytes(handle)
	r.mu.RLock()
	s, known := r.servers[name]
	r.mu.RUnlock()
	if !ok || !isHandle || !known {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	t := &relayed{server: s, pin: store.Pin{Kind: store.PinResource, Name: "address"}}
	body, err := r.s.gate.Returned(ctx, t.dest(), registry.UseAddress, sealed)
	if errors.Is(err, gate.ErrHandle) {
		return nil, protocolError(mistaken("%v", err))
	}
	if err != nil {
		return nil, err
	}
	res, err := r.read(ctx, req, t, func(*exchange, string) (gate.Outgoing, error) {
		return gate.Outgoing{Body: body, Digest: body.SHA256()}, nil
	})
	return res, protocolError(err)
}

// read reads a resource at the address that address makes.
func (r *relay) read(ctx context.Context, req *mcp.ReadResourceRequest, t *relayed, address func(e *exchange, raw string) (gate.Outgoing, error)) (*mcp.ReadResourceResult, error) {
	asking := json.RawMessage(req.Params.URI)
	back := func(e *exchange, reply client.Reply, q *asked, err error) (*mcp.ReadResourceResult, error) {
		switch {
		case err != nil:
			return nil, e.failed(ctx, err)
		case q != nil:
			// The SDK takes a missing list for a fault of ours when it asks a host of the
			// older era.
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{}, InputRequests: q.requests, RequestState: q.state}, nil
		}
		raw, err := e.sent.Body.Text(t.dest())
		if err != nil {
			return nil, err
		}
		res, err := e.resourceAnswer(ctx, req.Params.URI, raw, reply.Resource)
		return res, e.failed(ctx, err)
	}
	if isParked(req.Params.RequestState) {
		return back(r.resume(ctx, req, t, "resources/read", asking, req.Params.RequestState, req.Params.InputResponses))
	}
	if req.Params.RequestState != "" {
		return nil, r.strange(ctx, t)
	}
	e, err := r.begin(ctx, t, "resources/read", asking)
	if err != nil {
		return nil, err
	}
	raw := ""
	if t.pin.Alias != "" {
		if raw, e.checked, err = r.live(ctx, t); err != nil {
			return nil, e.failed(ctx, err)
		}
	}
	if e.sent, err = address(e, raw); err != nil {
		return nil, e.failed(ctx, err)
	}
	if err := e.refuse(); err != nil {
		return nil, err
	}
	reply, q, err := e.run(ctx, req, audit.ActionResourceRead, "mcp_resource", func(ctx context.Context, c client.Call) (client.Reply, error) {
		return r.hub.Set().ReadResource(ctx, client.ResourceCall{Call: c, URI: e.sent.Body})
	})
	return back(e, reply, q, err)
}

// complete handles completion/complete for what is relayed; ok is false for
// everything else.
func (r *relay) complete(ctx context.Context, req *mcp.CompleteRequest) (res *mcp.CompleteResult, ok bool, err error) {
	ref := req.Params.Ref
	kind, alias := store.PinPrompt, ref.Name
	switch {
	case ref.Type == "ref/prompt" && relayedName(ref.Name):
	case ref.Type == "ref/resource" && strings.HasPrefix(ref.URI, relayedPrefix):
		path, _, _ := strings.Cut(ref.URI, "{")
		kind, alias = store.PinTemplate, lastPart(path)
	default:
		return nil, false, nil
	}
	t, err := r.find(kind, alias)
	if err != nil {
		return nil, true, protocolError(mistaken("%v", err))
	}
	res, err = r.completions(ctx, req, t)
	return res, true, protocolError(err)
}

func (r *relay) completions(ctx context.Context, req *mcp.CompleteRequest, t *relayed) (*mcp.CompleteResult, error) {
	p := req.Params
	known := map[string]string{}
	if p.Context != nil {
		known = values(p.Context.Arguments)
	}
	e, err := r.begin(ctx, t, "completion/complete", nil)
	if err != nil {
		return nil, err
	}
	more, err := e.x.JSON(ctx, known)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	if e.sent, err = e.x.Text(ctx, p.Argument.Name, p.Argument.Value); err != nil {
		return nil, e.failed(ctx, err)
	}
	e.sent.Tokens, e.sent.Restored = sum(e.sent.Tokens, more.Tokens), sum(e.sent.Restored, more.Restored)
	if err := e.refuse(); err != nil {
		return nil, err
	}
	raw, checked, err := r.live(ctx, t)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	e.checked = checked
	ref := &mcp.CompleteReference{Type: p.Ref.Type, Name: raw}
	if t.pin.Kind == store.PinTemplate {
		ref = &mcp.CompleteReference{Type: p.Ref.Type, URI: raw}
	}
	var res *mcp.CompleteResult
	_, _, err = e.run(ctx, req, audit.ActionComplete, "mcp_completion", func(ctx context.Context, c client.Call) (_ client.Reply, err error) {
		res, err = r.hub.Set().Complete(ctx, client.CompleteCall{Call: c, Ref: ref, Argument: p.Argument.Name, Value: e.sent.Body, Context: more.Body})
		return client.Reply{}, err
	})
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	in := answerText{}
	for _, v := range res.Completion.Values[:min(len(res.Completion.Values), maxCompletions)] {
		in.Parts = append(in.Parts, partText{Text: v})
	}
	clean, err := e.cleared(ctx, in)
	if err != nil {
		return nil, e.failed(ctx, err)
	}
	out := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}, Total: res.Completion.Total, HasMore: res.Completion.HasMore}}
	for _, v := range clean.Parts {
		out.Completion.Values = append(out.Completion.Values, v.Text)
	}
	return out, nil
}

// maxCompletions is the protocol's bound.
const maxCompletions = 100

func lastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// subscription is what hosts wait for at one address.
type subscription struct {
	t   *relayed
	raw string
	n   int
}

// subscribe handles resources/subscribe of a relayed resource.
func (r *relay) subscribe(ctx context.Context, uri string) error {
	t, err := r.find(store.PinResource, lastPart(uri))
	if err != nil || t.address != uri {
		return mcp.ResourceNotFoundError(uri)
	}
	raw, _, err := r.live(ctx, t)
	if err != nil {
		return protocolError(mistaken("%v", err))
	}
	out, err := r.own(ctx, t, raw)
	if err != nil {
		return err
	}
	r.mu.Lock()
	sub := r.updates[uri]
	if sub == nil {
		sub = &subscription{t: t, raw: raw}
		r.updates[uri] = sub
	}
	sub.n++
	first := sub.n == 1
	r.mu.Unlock()
	if !first {
		return nil
	}
	if err := r.hub.Set().Subscribe(ctx, t.server.Name, out.Body); err != nil {
		r.unsubscribe(ctx, uri)
		e, beginErr := r.begin(ctx, t, "resources/subscribe", nil)
		if beginErr != nil {
			return beginErr
		}
		return protocolError(e.failed(ctx, err))
	}
	return nil
}

func (r *relay) unsubscribe(ctx context.Context, uri string) {
	r.mu.Lock()
	sub := r.updates[uri]
	last := false
	if sub != nil {
		if sub.n--; sub.n <= 0 {
			delete(r.updates, uri)
			last = true
		}
	}
	r.mu.Unlock()
	if !last {
		return
	}
	if out, err := r.own(ctx, sub.t, sub.raw); err == nil {
		_ = r.hub.Set().Unsubscribe(ctx, sub.t.server.Name, out.Body) // The server may be gone.
	}
}

// updated is told by the hub of a resource that changed.
func (r *relay) updated(server, raw string) {
	if raw == "" {
		return
	}
	r.mu.RLock()
	var uris []string
	for uri, sub := range r.updates {
		if sub.t.server.Name == server && sub.raw == raw {
			uris = append(uris, uri)
		}
	}
	r.mu.RUnlock()
	for _, uri := range uris {
		_ = r.s.mcp.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: uri}) // It never fails in this version.
	}
}
