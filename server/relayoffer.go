package server

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/store"
)

// fresh makes what is offered what the store says now.
func (r *relay) fresh(ctx context.Context) error {
	g, err := r.s.store.Generation(ctx)
	if err != nil {
		return err
	}
	if r.upToDate(g) {
		return nil
	}
	r.loading.Lock()
	defer r.loading.Unlock()
	if g, err = r.s.store.Generation(ctx); err != nil || r.upToDate(g) {
		return err
	}
	servers, err := r.reg.Servers(ctx)
	if err != nil {
		return err
	}
	all, err := r.s.store.Pins(ctx, "")
	if err != nil {
		return err
	}
	enabled := map[string]store.MCPServer{}
	offered, hidden := map[string]*relayed{}, map[string]error{}
	for _, s := range servers {
		if s.Enabled {
			enabled[s.Name] = s
		}
		for _, p := range all[s.ID] {
			k := relayKey(p.Kind, p.Alias)
			switch {
			case p.Alias == "":
			case !s.Enabled:
				hidden[k] = fmt.Errorf("the MCP server %s is disabled; the owner enables it with `tftsr server enable %s`", s.Name, s.Name)
			case !pins.Usable(&p):
				hidden[k] = registry.Hidden(s.Name, &p)
			case p.Kind == store.PinTool && r.s.config.ReadOnly && p.Policy != store.ToolRead:
				hidden[k] = errors.New("this server is read-only, and no person has said of the tool that it only reads")
			default:
				offered[k] = &relayed{server: s, pin: p, defined: &definedTool{}}
			}
		}
	}
	r.offer(offered, hidden)
	r.mu.Lock()
	r.servers, r.hidden, r.generation, r.loaded = enabled, hidden, g, true
	r.mu.Unlock()
	r.mu.Lock()
	r.want = servers
	r.mu.Unlock()
	select {
	case r.synced <- struct{}{}:
	default: // It is on its way, and takes what is wanted when it comes to it.
	}
	return nil
}

func (r *relay) upToDate(g int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.loaded && r.generation == g
}

func relayKey(kind store.PinKind, alias string) string { return string(kind) + " " + alias }

// offer tells the SDK what is offered from now on, and with that the hosts.
func (r *relay) offer(now map[string]*relayed, hidden map[string]error) {
	r.mu.RLock()
	was := maps.Clone(r.offered)
	r.mu.RUnlock()
	for k, old := range was {
		if now[k] == nil {
			r.withdraw(k, old)
		}
	}
	for k, t := range now {
		old := was[k]
		if t.same(old) {
			t.defined, t.address, t.vars = old.defined, old.address, old.vars
			r.put(k, t)
			continue
		}
		if err := r.register(k, t); err != nil {
			if old != nil {
				r.withdraw(k, old)
			}
			hidden[k] = err
			r.s.log.Warn("something of an MCP server cannot be offered", "server", t.server.Name, "kind", string(t.pin.Kind), "name", t.pin.Alias)
		}
	}
}

func (r *relay) put(k string, t *relayed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offered[k] = t
}

// anyArguments is what the SDK is told of the arguments of every relayed tool.
var anyArguments = &jsonschema.Schema{Type: "object"}

// listed returns the definition of a tool that the SDK lists under its name; nil
// for one that cannot be offered, or is no more.
func (r *relay) listed(name string) *mcp.Tool {
	t, err := r.find(store.PinTool, name)
	if err != nil {
		return nil
	}
	def, _, err := t.tool()
	if err != nil {
		r.s.log.Warn("something of an MCP server cannot be offered", "server", t.server.Name, "kind", string(t.pin.Kind), "name", t.pin.Alias)
		return nil
	}
	return def
}

// register gives a thing to the SDK, which panics at what it cannot offer.
func (r *relay) register(k string, t *relayed) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the definition is not one that the protocol allows")
		}
	}()
	switch t.pin.Kind {
	case store.PinTool:
		// Before it is offered: a call may come at once. The SDK, which would read a
		// schema twice, gets the name; the list is made of our own definitions.
		r.put(k, t)
		r.s.mcp.AddTool(&mcp.Tool{Name: t.pin.Alias, InputSchema: anyArguments}, r.callTool)
	case store.PinPrompt:
		def, err := t.prompt()
		if err != nil {
			return err
		}
		r.put(k, t)
		r.s.mcp.AddPrompt(def, r.getPrompt)
	case store.PinResource:
		def, err := t.resource()
		if err != nil {
			return err
		}
		r.put(k, t)
		r.s.mcp.AddResource(def, r.readResource)
	case store.PinTemplate:
		def, err := t.template()
		if err != nil {
			return err
		}
		r.put(k, t)
		r.s.mcp.AddResourceTemplate(def, r.readTemplate)
	default: // Instructions are shown by list_mcp_servers.
		r.put(k, t)
	}
	return nil
}

func (r *relay) withdraw(k string, t *relayed) {
	r.mu.Lock()
	delete(r.offered, k)
	r.mu.Unlock()
	switch t.pin.Kind {
	case store.PinTool:
		r.s.mcp.RemoveTools(t.pin.Alias)
	case store.PinPrompt:
		r.s.mcp.RemovePrompts(t.pin.Alias)
	case store.PinResource:
		r.s.mcp.RemoveResources(t.address)
	case store.PinTemplate:
		r.s.mcp.RemoveResourceTemplates(t.address)
	default:
	}
}
