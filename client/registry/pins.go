package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/client"
	"github.com/tftsr/tftsr/client/names"
	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

// thing is one thing of a catalog: as the server names it, and as it is pinned.
type thing struct {
	pins.Thing
	raw string
}

// Index finds what is pinned in what a server offers now.
type Index struct {
	catalog *client.Catalog
	things  []thing
	by      map[string]*thing // by kind and redacted name
}

func key(kind store.PinKind, name string) string { return string(kind) + " " + name }

// index describes a catalog. Names and definitions are redacted; the digests are
// of what was sent.
func (r *Registry) index(ctx context.Context, c *client.Catalog) (*Index, error) {
	x := &Index{catalog: c, by: map[string]*thing{}}
	add := func(kind store.PinKind, name string, v any) error {
		t, err := pins.Of(kind, name, v)
		if err != nil {
			return fmt.Errorf("%w: %s of server %s: %w", gate.ErrScan, kind, c.Server, err)
		}
		x.things = append(x.things, thing{t, name})
		return nil
	}
	var errs []error
	for _, t := range c.Tools {
		errs = append(errs, add(store.PinTool, t.Name, t))
	}
	for _, t := range c.Resources {
		errs = append(errs, add(store.PinResource, t.URI, t))
	}
	for _, t := range c.Templates {
		errs = append(errs, add(store.PinTemplate, t.URITemplate, t))
	}
	for _, t := range c.Prompts {
		errs = append(errs, add(store.PinPrompt, t.Name, t))
	}
	whole := pins.Server{Instructions: c.Instructions}
	if i := c.Info; i != nil {
		whole.Name, whole.Title, whole.Description, whole.WebsiteURL, whole.Icons = i.Name, i.Title, i.Description, i.WebsiteURL, i.Icons
	}
	errs = append(errs, add(store.PinInstructions, "", whole))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := r.redact(ctx, x.things); err != nil {
		return nil, err
	}
	for i := range x.things {
		// Of two of one name the last counts, as it does for the pins.
		x.by[key(x.things[i].Kind, x.things[i].Name)] = &x.things[i]
	}
	return x, nil
}

// redactStep is how many definitions are redacted at once.
const redactStep = 50

func (r *Registry) redact(ctx context.Context, all []thing) error {
	type pair struct {
		Name       string          `json:"name"`
		Definition json.RawMessage `json:"definition"`
	}
	for part := range slices.Chunk(all, redactStep) {
		pairs := make([]pair, len(part))
		for i := range part {
			pairs[i] = pair{part[i].Name, part[i].Definition}
		}
		doc, err := json.Marshal(pairs)
		if err != nil {
			return fmt.Errorf("%w: definitions cannot be encoded", gate.ErrScan)
		}
		clean, counts, err := r.o.Gate.RedactJSON(ctx, pii.ModeRaw, doc)
		if err != nil {
			return err
		}
		if counts.Total() == 0 && string(clean) == string(doc) {
			continue
		}
		pairs = nil
		if err := json.Unmarshal(clean, &pairs); err != nil || len(pairs) != len(part) {
			return fmt.Errorf("%w: redacted definitions have another shape", gate.ErrScan)
		}
		for i := range part {
			part[i].Name = pairs[i].Name
			if part[i].Definition, err = pins.Canonical(pairs[i].Definition); err != nil {
				return fmt.Errorf("%w: redacted definitions have another shape", gate.ErrScan)
			}
		}
	}
	return nil
}

// Catalog is the one that was indexed.
func (x *Index) Catalog() *client.Catalog { return x.catalog }

// ErrHidden is what every refusal to use a thing of a server matches.
var ErrHidden = errors.New("it is not offered")

// Find returns the name under which a server has, now, what a pin approves.
func (x *Index) Find(server string, p *store.Pin) (string, error) {
	t := x.by[key(p.Kind, p.Name)]
	switch {
	case t == nil:
		return "", fmt.Errorf("%w: %s has this %s no more", ErrHidden, server, p.Kind)
	case !pins.Usable(p) || t.Digest != p.ApprovedDigest:
		return "", Hidden(server, p)
	}
	return t.raw, nil
}

// Hidden says why a thing is not usable, and what the owner can do.
func Hidden(server string, p *store.Pin) error {
	why := "nobody has approved it yet"
	switch {
	case p.Policy == store.ToolOff:
		return fmt.Errorf("%w: this tool is off; the owner changes that with `tftsr server edit %s --policy TOOL=confirm`", ErrHidden, server)
	case p.State == store.PinChanged, p.State == store.PinApproved && p.SeenDigest != p.ApprovedDigest:
		why = "it has changed since a person approved it"
	case p.State == store.PinApproved:
		why = "it is not as a person approved it"
	case p.State == store.PinRemoved:
		return fmt.Errorf("%w: %s has this %s no more", ErrHidden, server, p.Kind)
	}
	return fmt.Errorf("%w: %s; the owner looks at it with `tftsr server approve %s`", ErrHidden, why, server)
}

// Note stores what a server offers now: what is new waits for approval, what has
// changed is blocked. It returns the index of the catalog.
func (r *Registry) Note(ctx context.Context, s *store.MCPServer, c *client.Catalog) (*Index, error) {
	x, err := r.index(ctx, c)
	if err != nil {
		return nil, err
	}
	taken, err := r.taken(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	now := make([]pins.Thing, len(x.things))
	for i, t := range x.things {
		now[i] = t.Thing
	}
	err = r.o.Store.UpdatePins(ctx, s.ID, func(had []store.Pin) ([]store.Pin, error) {
		given := map[string]bool{}
		for _, p := range had {
			given[aliasKey(p.Kind, p.Alias)] = true
		}
		alias := func(kind store.PinKind, name string) string {
			a := aliasFor(s.Name, kind, name)
			if k := aliasKey(kind, a); a == "" || given[k] || names.Check(a, s.Name, func(string) string { return taken[k] }) != nil {
				return ""
			}
			given[aliasKey(kind, a)] = true
			return a
		}
		return pins.Update(had, now, wholeKinds(c), alias, r.o.Now().UTC()), nil
	})
	return x, err
}

// aliasFor is the name that a thing would have if nobody else has it.
func aliasFor(server string, kind store.PinKind, name string) string {
	switch kind {
	case store.PinTool, store.PinPrompt:
		if strings.Contains(name, "[") {
			return "" // What was redacted in it would be lost on the way back.
		}
		return names.Of(server, name)
	case store.PinResource, store.PinTemplate:
		return names.Address(server, string(kind), name)
	}
	return ""
}

func aliasKey(kind store.PinKind, alias string) string { return key(kind, alias) }

// taken gives who has a name: our own tools, and things of other servers.
func (r *Registry) taken(ctx context.Context, id string) (map[string]string, error) {
	servers, err := r.o.Store.ListServers(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.o.Store.Pins(ctx, "")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, name := range r.o.Ours {
		out[aliasKey(store.PinTool, name)] = "a tool of ours"
	}
	for _, s := range servers {
		if s.ID == id {
			continue
		}
		for _, p := range all[s.ID] {
			if p.Alias != "" {
				out[aliasKey(p.Kind, p.Alias)] = p.Name + " of " + s.Name
			}
		}
	}
	return out, nil
}

// NoName says why a thing has no name of its own.
func (r *Registry) NoName(ctx context.Context, s *store.MCPServer, p *store.Pin) error {
	a := aliasFor(s.Name, p.Kind, p.Name)
	if a == "" {
		return errors.New("its name holds what looks like a sensitive value")
	}
	taken, err := r.taken(ctx, s.ID)
	if err != nil {
		return err
	}
	if err := names.Check(a, s.Name, func(alias string) string { return taken[aliasKey(p.Kind, alias)] }); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s is another %s of the same server", names.ErrTaken, a, p.Kind)
}

// wholeKinds are the kinds that a catalog has all of.
func wholeKinds(c *client.Catalog) []store.PinKind {
	if len(c.Cut) > 0 {
		return []store.PinKind{store.PinInstructions}
	}
	return []store.PinKind{store.PinTool, store.PinResource, store.PinTemplate, store.PinPrompt, store.PinInstructions}
}

// Pins returns the pins of a server.
func (r *Registry) Pins(ctx context.Context, s *store.MCPServer) ([]store.Pin, error) {
	all, err := r.o.Store.Pins(ctx, s.ID)
	return all[s.ID], err
}

// Approve approves things of a server, by kind and name, as the person saw them:
// each with the digest that was shown.
func (r *Registry) Approve(ctx context.Context, s *store.MCPServer, shown []store.Pin, by string) error {
	return r.o.Store.UpdatePins(ctx, s.ID, func(had []store.Pin) ([]store.Pin, error) {
		for _, want := range shown {
			i := slices.IndexFunc(had, func(p store.Pin) bool { return p.Kind == want.Kind && p.Name == want.Name })
			if i < 0 {
				return nil, fmt.Errorf("%s %s: the server has it no more", want.Kind, pins.Visible(want.Name))
			}
			if err := pins.Approve(&had[i], want.SeenDigest, by, r.o.Now().UTC()); err != nil {
				return nil, fmt.Errorf("%s %s: %w", want.Kind, pins.Visible(want.Name), err)
			}
		}
		return had, nil
	})
}

// SetPolicy sets the policies of tools, by the names that the server gives them
// or that hosts see; "*" is all.
func (r *Registry) SetPolicy(ctx context.Context, s *store.MCPServer, policies map[string]store.ToolPolicy) error {
	for _, policy := range policies {
		if policy != store.ToolOff && policy != store.ToolRead && policy != store.ToolConfirm {
			return fmt.Errorf("the policy of a tool is %s, %s or %s", store.ToolOff, store.ToolRead, store.ToolConfirm)
		}
	}
	var wrong error // Without the words that the store puts before it.
	err := r.o.Store.UpdatePins(ctx, s.ID, func(had []store.Pin) ([]store.Pin, error) {
		// "*" sorts before every name, so that a name says the last word.
		for _, name := range slices.Sorted(maps.Keys(policies)) {
			policy := policies[name]
			found := false
			for i := range had {
				if p := &had[i]; p.Kind == store.PinTool && (name == "*" || name == p.Name || name == p.Alias) {
					p.Policy, found = policy, true
				}
			}
			if !found {
				wrong = fmt.Errorf("%s has no tool %q: tftsr server show %s lists them", s.Name, name, s.Name)
				return nil, wrong
			}
		}
		return had, nil
	})
	if wrong != nil {
		return wrong
	}
	return err
}

// Known are the names that those of a server are compared with: our own tools,
// and the tools of other servers.
func (r *Registry) Known(ctx context.Context, s *store.MCPServer) (pins.Known, error) {
	servers, err := r.o.Store.ListServers(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.o.Store.Pins(ctx, "")
	if err != nil {
		return nil, err
	}
	out := pins.Known{}
	for _, other := range servers {
		if other.ID == s.ID {
			continue
		}
		for _, p := range all[other.ID] {
			if p.Kind == store.PinTool {
				out[p.Name] = other.Name
			}
		}
	}
	for _, name := range r.o.Ours {
		out[name] = "tftsr"
	}
	return out, nil
}

// ReadOnly reports whether a server says of a tool that it only reads. That is
// a proposal: a person sets the policy.
func ReadOnly(p *store.Pin) bool {
	var t struct {
		Annotations struct {
			ReadOnly bool `json:"readOnlyHint"`
		} `json:"annotations"`
	}
	return decode(p.Seen, &t) == nil && t.Annotations.ReadOnly
}
