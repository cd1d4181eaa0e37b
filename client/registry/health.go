package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// Refresh notes how a server is now.
func (h *Hub) Refresh(ctx context.Context, s *store.MCPServer) {
	st, ok := h.set.State(s.Name)
	if !ok {
		return
	}
	health := h.r.health(ctx, st)
	if c, ok := h.set.Catalog(s.Name); ok {
		health.Protocol, health.DiscoveredAt = c.Version, st.LastConnected.UTC().Truncate(time.Microsecond)
	} else {
		health.Protocol, health.DiscoveredAt = s.Health.Protocol, s.Health.DiscoveredAt
	}
	if st.Status == client.Connected {
		all, err := h.r.Pins(ctx, s)
		if err != nil {
			h.r.o.Log.ErrorContext(ctx, "pins of an MCP server cannot be read", "server", s.Name, "error", err)
			return
		}
		health.Status = StatusOf(all)
	}
	h.note(ctx, s, health)
}

// StatusOf is that of a server that answers: whether a person has approved
// anything of it, and whether that has changed.
func StatusOf(all []store.Pin) store.ServerStatus {
	status := store.ServerPending
	for i := range all {
		switch {
		case all[i].State == store.PinChanged:
			return store.ServerBlocked
		case all[i].State == store.PinApproved && pins.Verify(&all[i]) != nil:
			return store.ServerBlocked
		case all[i].State == store.PinApproved:
			status = store.ServerConnected
		}
	}
	return status
}

// note stores the health of a server unless it is known already.
func (h *Hub) note(ctx context.Context, s *store.MCPServer, now store.ServerHealth) {
	h.noting.Lock()
	defer h.noting.Unlock()
	h.mu.Lock()
	was, noted := h.noted[s.Name]
	same := noted && was.Status == now.Status && was.LastError == now.LastError && was.Protocol == now.Protocol && was.DiscoveredAt.Equal(now.DiscoveredAt)
	h.noted[s.Name] = now
	h.mu.Unlock()
	if same {
		return
	}
	if err := h.r.o.Store.NoteHealth(ctx, s.ID, now); err != nil && !errors.Is(err, store.ErrNotFound) {
		h.r.o.Log.ErrorContext(ctx, "how an MCP server is cannot be noted", "server", s.Name, "error", err)
	}
}

// maxSaid bounds what is kept of a server's own words, in bytes.
const maxSaid = 400

// health is the state of a connection as it is kept: redacted.
func (r *Registry) health(ctx context.Context, st client.State) store.ServerHealth {
	h := store.ServerHealth{Status: store.ServerStatus(st.Status), At: r.o.Now().UTC(), LastError: st.Err}
	if st.Said != "" {
		h.LastError = strings.TrimSuffix(h.LastError, ".") + "; it says: " + clip(pins.Clean(st.Said), maxSaid)
	}
	h.LastError = r.clear(ctx, h.LastError)
	return h
}

// clear redacts a text for people; one that cannot be scanned is not said.
func (r *Registry) clear(ctx context.Context, text string) string {
	clean, _, err := r.o.Gate.RedactText(ctx, pii.ModeRaw, text)
	if err != nil {
		return "what went wrong could not be checked for sensitive values"
	}
	return clean
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// StateError says why a server cannot be used now. Its text holds none of the
// server's.
type StateError struct {
	Server string
	Status store.ServerStatus
	Why    string
}

// Error says what is wrong and what mends it.
func (e *StateError) Error() string {
	text := fmt.Sprintf("the MCP server %s is %s", e.Server, e.Status)
	if e.Why != "" {
		text += ": " + strings.TrimSuffix(e.Why, ".")
	}
	switch e.Status {
	case store.ServerNeedsAuth:
		text += fmt.Sprintf("; the owner logs in with `tftsr server login %s`", e.Server)
	case store.ServerBlocked:
		text += fmt.Sprintf("; the owner looks at it with `tftsr server approve %s`", e.Server)
	default:
		text += "; mcp_server_status says more"
	}
	return text
}

// Health is how a server is: as this process sees it, or as it was noted last.
func (h *Hub) Health(ctx context.Context, s *store.MCPServer) store.ServerHealth {
	now, there := h.server(s.Name)
	if !there || now.ID != s.ID {
		return s.Health
	}
	h.Refresh(ctx, s)
	h.mu.Lock()
	defer h.mu.Unlock()
	if health, ok := h.noted[s.Name]; ok {
		return health
	}
	return s.Health
}
