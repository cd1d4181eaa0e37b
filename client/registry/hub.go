package registry

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Hub keeps the connections of one process to the servers that the store has,
// and what each offers in their pins. It is safe for concurrent use.
type Hub struct {
	r   *Registry
	set *client.Set
	// updated is told of a resource that changed, by its address as the server
	// gives it, and of a server whose state changed when that is empty.
	updated func(server, uri string)

	syncing sync.Mutex // held by Sync
	noting  sync.Mutex // held while a health is compared and stored

	mu      sync.Mutex
	servers map[string]store.MCPServer // those of the set, by name
	indexes map[string]*Index
	noted   map[string]store.ServerHealth
	failed  map[string]string // why a server is not in the set, by name
}

// NewHub makes a hub without servers. updated may be nil; it must return soon.
func (r *Registry) NewHub(updated func(server, uri string)) *Hub {
	return r.newHub(updated, r.o.Log)
}

func (r *Registry) newHub(updated func(server, uri string), log *slog.Logger) *Hub {
	h := &Hub{
		r: r, updated: updated, servers: map[string]store.MCPServer{}, indexes: map[string]*Index{},
		noted: map[string]store.ServerHealth{}, failed: map[string]string{},
	}
	h.set = client.NewSet(client.Options{
		Version: r.o.Version, Logger: log, Changed: h.changed,
		ResourceUpdated: func(server, uri string) {
			if h.updated != nil {
				h.updated(server, uri)
			}
		},
	})
	return h
}

// Set is the set of connections.
func (h *Hub) Set() *client.Set { return h.set }

// Start begins to attach servers, in the background.
func (h *Hub) Start() { h.set.Start() }

// Close ends all connections.
func (h *Hub) Close(ctx context.Context) error { return h.set.Close(ctx) }

// Sync makes the set what the store says: servers that are new, changed,
// disabled or gone. It returns when those that go have ended, so that a name is
// free again then.
func (h *Hub) Sync(ctx context.Context, servers []store.MCPServer) {
	h.syncing.Lock()
	defer h.syncing.Unlock()
	h.mu.Lock()
	had := maps.Clone(h.servers)
	h.mu.Unlock()
	want := map[string]bool{}
	for _, s := range servers {
		if !s.Enabled {
			continue
		}
		want[s.Name] = true
		old, there := had[s.Name]
		if there && old.ID == s.ID && old.UpdatedAt.Equal(s.UpdatedAt) {
			continue
		}
		cfg, err := h.r.ClientConfig(ctx, &s)
		if err == nil && there {
			err = h.set.Replace(cfg)
		} else if err == nil {
			err = h.set.Add(cfg)
		}
		h.mu.Lock()
		delete(h.indexes, s.Name)
		delete(h.noted, s.Name)
		delete(h.failed, s.Name)
		if err == nil {
			h.servers[s.Name] = s
		} else {
			h.failed[s.Name] = err.Error()
		}
		h.mu.Unlock()
		if err != nil {
			h.drop([]string{s.Name})
			health := store.ServerHealth{Status: store.ServerError, LastError: h.r.clear(ctx, err.Error()), At: h.r.o.Now().UTC(), DiscoveredAt: s.Health.DiscoveredAt}
			if s.Auth == store.AuthOAuth {
				health.Status = store.ServerNeedsAuth
			}
			h.note(ctx, &s, health)
		}
	}
	var gone []string
	for name := range had {
		if !want[name] {
			gone = append(gone, name)
		}
	}
	h.drop(gone)
}

// drop ends connections, together.
func (h *Hub) drop(names []string) {
	var wg sync.WaitGroup
	for _, name := range names {
		h.mu.Lock()
		delete(h.servers, name)
		delete(h.indexes, name)
		delete(h.noted, name)
		h.mu.Unlock()
		wg.Go(func() { _ = h.set.Remove(name) }) // It may never have been in the set.
	}
	wg.Wait()
}

func (h *Hub) server(name string) (store.MCPServer, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.servers[name]
	return s, ok
}

// changed is told by the set, from one goroutine.
func (h *Hub) changed(c client.Change) {
	s, ok := h.server(c.Server)
	if !ok || c.Removed {
		return
	}
	ctx := context.Background()
	if c.Catalog {
		if _, err := h.catalog(ctx, &s); err != nil {
			h.r.o.Log.ErrorContext(ctx, "what an MCP server offers cannot be kept: all of it stays blocked", "server", s.Name, "error", err)
		}
	}
	h.Refresh(ctx, &s)
	if h.updated != nil {
		h.updated(s.Name, "")
	}
}

// catalog returns the index of what a server offers now, after it was noted.
func (h *Hub) catalog(ctx context.Context, s *store.MCPServer) (*Index, error) {
	c, ok := h.set.Catalog(s.Name)
	if !ok {
		return nil, nil //nolint:nilnil // It offers nothing yet.
	}
	h.mu.Lock()
	x := h.indexes[s.Name]
	h.mu.Unlock()
	if x != nil && x.catalog == c {
		return x, nil
	}
	x, err := h.r.Note(ctx, s, c)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now, ok := h.servers[s.Name]; ok && now.ID == s.ID {
		h.indexes[s.Name] = x
	}
	return x, nil
}

// attachTime is how long a call waits for a server that is being attached.
const attachTime = 10 * time.Second

// Live returns what a server offers now, after waiting a while for one that is
// being attached. It fails with a [*StateError] for one that cannot be used.
func (h *Hub) Live(ctx context.Context, name string) (*Index, error) {
	wait, cancel := context.WithTimeout(ctx, attachTime)
	defer cancel()
	s, err := h.present(wait, name)
	if err != nil {
		return nil, err
	}
	st, err := h.set.Settle(wait, name)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil || st.Status != client.Connected:
		return nil, &StateError{name, store.ServerStatus(st.Status), h.r.clear(ctx, st.Err)}
	}
	x, err := h.catalog(ctx, &s)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, &StateError{name, store.ServerUnreachable, "it has not said yet what it offers"}
	}
	return x, nil
}

// present waits until a server is in the set: one that has just been registered
// or enabled may be on its way.
func (h *Hub) present(ctx context.Context, name string) (store.MCPServer, error) {
	for {
		h.mu.Lock()
		s, ok := h.servers[name]
		why := h.failed[name]
		h.mu.Unlock()
		switch {
		case ok:
			return s, nil
		case why != "":
			return s, &StateError{name, store.ServerError, h.r.clear(ctx, why)}
		}
		select {
		case <-ctx.Done():
			return s, &StateError{name, store.ServerUnreachable, "it is not there yet"}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Discover asks a server anew what it offers and returns how it is then.
func (h *Hub) Discover(ctx context.Context, name string) (store.ServerHealth, error) {
	wait, cancel := context.WithTimeout(ctx, 2*attachTime)
	defer cancel()
	s, err := h.present(wait, name)
	if err != nil {
		return store.ServerHealth{}, err
	}
	before, _ := h.set.Catalog(name)
	if err := h.set.Retry(name); err != nil {
		return store.ServerHealth{}, err
	}
	st, err := h.set.Settle(wait, name)
	if err != nil && ctx.Err() != nil {
		return store.ServerHealth{}, err
	}
	// An attached server is settled while its list is on its way.
	for st.Status == client.Connected && wait.Err() == nil {
		if now, _ := h.set.Catalog(name); now != before {
			break
		}
		select {
		case <-wait.Done():
		case <-time.After(20 * time.Millisecond):
		}
		st, _ = h.set.State(name)
	}
	if _, err := h.catalog(ctx, &s); err != nil {
		return store.ServerHealth{}, err
	}
	h.Refresh(ctx, &s)
	now, err := h.r.o.Store.Server(ctx, name)
	if err != nil {
		return store.ServerHealth{}, err
	}
	return now.Health, nil
}

// Look connects to one server for a person, notes what it offers, and returns
// how it is. Nothing of the connection stays.
func (r *Registry) Look(ctx context.Context, s *store.MCPServer) (store.ServerHealth, error) {
	h := r.newHub(nil, slog.New(slog.DiscardHandler)) // The person is told.
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = h.Close(end)
	}()
	one := *s
	one.Enabled = true
	h.Sync(ctx, []store.MCPServer{one})
	h.Start()
	if _, there := h.server(s.Name); there {
		if _, err := h.set.Settle(ctx, s.Name); err != nil {
			return store.ServerHealth{}, err
		}
		if _, err := h.catalog(ctx, &one); err != nil {
			return store.ServerHealth{}, err
		}
		h.Refresh(ctx, &one)
	}
	now, err := r.o.Store.Server(ctx, s.Name)
	if err != nil {
		return store.ServerHealth{}, err
	}
	return now.Health, nil
}

// What is sealed of what servers say, for [gate.Gate.Seal].
const (
	// UseAddress is the use of an address that a server gave.
	UseAddress = "address"
	// UseCall is the use of a call that waits for a person.
	UseCall = "call"
)

// Destination is where text for a server goes.
func Destination(s *store.MCPServer) gate.Destination { return client.Destination(s.Name) }

// logLines and logBytes bound what is shown of what a server wrote.
const (
	logLines = 20
	logBytes = 4000
)

// Log returns the last lines that a server wrote to stderr, redacted.
func (h *Hub) Log(ctx context.Context, name string) ([]string, error) {
	lines := h.set.Log(name)
	lines = lines[max(0, len(lines)-logLines):]
	if len(lines) == 0 {
		return nil, nil
	}
	text := strings.Join(lines, "\n")
	text = pins.Clean(text[max(0, len(text)-logBytes):])
	clean, _, err := h.r.o.Gate.RedactText(ctx, pii.ModeRaw, text)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(clean), "\n"), nil
}

// Instructions are the approved ones of a server, without what nobody sees.
func Instructions(p *store.Pin) string {
	var whole pins.Server
	if decode(p.Approved, &whole) != nil {
		return ""
	}
	return pins.Clean(whole.Instructions)
}
