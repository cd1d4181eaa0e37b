package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// relay offers what people approved of other MCP servers: their tools, prompts,
// resources and templates, under names of ours. What is offered is what the
// store says, from the start on and whether a server is attached or not; what
// the store says anew is seen within a second.
type relay struct {
	s   *Server
	reg *registry.Registry
	hub *registry.Hub

	loading sync.Mutex // held while the store is read

	mu         sync.RWMutex
	loaded     bool
	generation int64
	servers    map[string]store.MCPServer // enabled, by name
	offered    map[string]*relayed        // by kind and alias
	hidden     map[string]error           // why a tool or prompt is not offered, by kind and alias
	parked     map[string]*parkedCall
	updates    map[string]*subscription // by address of ours

	want   []store.MCPServer // what the connections are to be
	synced chan struct{}     // tells that want has changed

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// relayed is one thing that is offered.
type relayed struct {
	server  store.MCPServer
	pin     store.Pin
	defined *definedTool
	address string // of a resource or template
	vars    []string
}

// dest is where text for it goes.
func (t *relayed) dest() gate.Destination { return registry.Destination(&t.server) }

// same reports whether hosts and calls see no difference.
func (t *relayed) same(o *relayed) bool {
	return o != nil && t.pin.ApprovedCheck == o.pin.ApprovedCheck && t.pin.Policy == o.pin.Policy && t.server.ID == o.server.ID && t.server.UpdatedAt.Equal(o.server.UpdatedAt)
}

// lookEvery is how often it is looked whether the store has changed.
const lookEvery = 500 * time.Millisecond

func newRelay(s *Server, reg *registry.Registry) *relay {
	r := &relay{
		s: s, reg: reg, servers: map[string]store.MCPServer{}, offered: map[string]*relayed{}, hidden: map[string]error{},
		parked: map[string]*parkedCall{}, updates: map[string]*subscription{}, synced: make(chan struct{}, 1),
	}
	r.hub = reg.NewHub(r.updated)
	return r
}

// options says that lists change, and answers what our own handlers do not
// know.
func (r *relay) options(o *mcp.ServerOptions) {
	o.Capabilities.Tools.ListChanged = true
	o.Capabilities.Prompts.ListChanged = true
	o.Capabilities.Resources.ListChanged = true
	complete, subscribe, unsubscribe := o.CompletionHandler, o.SubscribeHandler, o.UnsubscribeHandler
	o.CompletionHandler = func(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
		if res, ours, err := r.complete(ctx, req); ours {
			return res, err
		}
		return complete(ctx, req)
	}
	o.SubscribeHandler = func(ctx context.Context, req *mcp.SubscribeRequest) error {
		if strings.HasPrefix(req.Params.URI, relayedPrefix) {
			return r.subscribe(ctx, req.Params.URI)
		}
		return subscribe(ctx, req)
	}
	o.UnsubscribeHandler = func(ctx context.Context, req *mcp.UnsubscribeRequest) error {
		if strings.HasPrefix(req.Params.URI, relayedPrefix) {
			r.unsubscribe(ctx, req.Params.URI)
			return nil
		}
		return unsubscribe(ctx, req)
	}
}

// start reads what is offered and attaches the servers, in the background. It
// may be called again; the first call counts.
func (r *relay) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	// A server that takes its time to end delays no list and no call.
	r.stopped.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-r.synced:
			}
			r.mu.RLock()
			want := r.want
			r.mu.RUnlock()
			r.hub.Sync(ctx, want)
		}
	})
	r.stopped.Add(1)
	go func() {
		defer r.stopped.Done()
		r.hub.Start()
		for {
			if err := r.fresh(ctx); err != nil && ctx.Err() == nil {
				r.s.fault(ctx, "the registered MCP servers cannot be read", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookEvery):
			}
			r.forgetParked(time.Now())
		}
	}()
}

// startRelay begins to attach other servers, if there are any.
func (s *Server) startRelay() {
	if s.relay != nil {
		s.relay.start()
	}
}

// attachAfter is when a server that was asked nothing yet attaches others.
const attachAfter = 250 * time.Millisecond

// close ends the connections.
func (r *relay) close() {
	r.mu.Lock()
	stop := r.stop
	if stop == nil {
		r.stop = func() {}
	}
	r.mu.Unlock()
	if stop != nil {
		stop()
	}
	r.stopped.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = r.hub.Close(ctx) // What is left then was killed.
}

// find returns what is offered under a name, and else says why nothing is.
func (r *relay) find(kind store.PinKind, alias string) (*relayed, error) {
	t, _, err := r.look(kind, alias)
	return t, err
}

// look does, and tells what is not offered from what does not exist.
func (r *relay) look(kind store.PinKind, alias string) (t *relayed, known bool, err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k := relayKey(kind, alias)
	if t := r.offered[k]; t != nil {
		return t, true, nil
	}
	if err := r.hidden[k]; err != nil {
		return nil, true, err
	}
	return nil, false, fmt.Errorf("there is no %s %s", kind, alias)
}

// hiddenError is about a tool that exists and is not offered. A model reads it in
// the result of the call, with what its owner can do: hosts show it nothing, or
// little, of errors of the protocol. It names the server and the tool, which the
// caller named, and nothing of what nobody approved.
type hiddenError struct{ error }

// policy is what the chain knows of a relayed tool before it runs.
func (r *relay) policy(ctx context.Context, name string) (toolPolicy, error) {
	r.start()
	if err := r.fresh(ctx); err != nil {
		return toolPolicy{}, err
	}
	t, known, err := r.look(store.PinTool, name)
	switch {
	case !known:
		return toolPolicy{}, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "unknown tool: tools/list names those that are offered"}
	case err != nil:
		return toolPolicy{}, &hiddenError{fmt.Errorf("the tool %s cannot be called: %w", name, err)}
	}
	reads := t.pin.Policy == store.ToolRead
	return toolPolicy{readOnly: reads, recordsItself: reads, order: len(r.s.tools)}, nil
}

// relayedName reports whether a name can be that of a relayed tool or prompt.
func relayedName(name string) bool { return strings.HasPrefix(name, "mcp_") }

// ready waits until it is known what is offered, for methods that need it.
func (r *relay) ready(ctx context.Context, method string) error {
	switch method {
	case "prompts/get", "resources/read", "resources/subscribe", "completion/complete":
		r.start()
		return r.fresh(ctx)
	case "tools/list", "prompts/list", "resources/list", "resources/templates/list":
		return r.fresh(ctx)
	}
	return nil
}

// live returns the name under which the server has, now, what was approved, and
// the catalog that says so.
func (r *relay) live(ctx context.Context, t *relayed) (raw string, checked *client.Catalog, err error) {
	x, err := r.hub.Live(ctx, t.server.Name)
	if err != nil {
		return "", nil, err
	}
	raw, err = x.Find(t.server.Name, &t.pin)
	return raw, x.Catalog(), err
}

// owner is who calls, for the calls that wait for a person.
func owner(ctx context.Context) string {
	c, _ := gate.CallerFrom(ctx)
	return c.Channel + ":" + c.ID
}
