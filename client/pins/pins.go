// Package pins holds what other MCP servers offer to models to what a person
// approved of it: every field that a model or a person can see, of tools,
// prompts, resources, templates and instructions, by a digest of its canonical
// JSON. What is new or has changed stays hidden until somebody approves it; what
// has changed once is never taken for approved by itself, though it change back.
// It also says what differs, makes invisible characters visible or removes
// them, and looks for signs of poisoned descriptions. Those raise the loudness
// of an approval: that none is found means nothing.
//
// The package is pure: it reads and keeps nothing, and redacts nothing. A pin
// that it cannot verify is never approved.
package pins

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tftsr/tftsr/store"
)

// Thing is one thing that a server offers, as it is now.
type Thing struct {
	Kind       store.PinKind
	Name       string
	Definition []byte // canonical JSON of every field
	Digest     string // hex, of the definition as the server sent it
}

// Server is what a server says of itself as a whole. Its version is not of it:
// that changes with every release.
type Server struct {
	Name         string     `json:"name,omitempty"`
	Title        string     `json:"title,omitempty"`
	Description  string     `json:"description,omitempty"`
	WebsiteURL   string     `json:"websiteUrl,omitempty"`
	Icons        []mcp.Icon `json:"icons,omitempty"`
	Instructions string     `json:"instructions,omitempty"`
}

// Of describes a thing. The digest is of everything that v has in JSON.
func Of(kind store.PinKind, name string, v any) (Thing, error) {
	doc, err := Canonical(v)
	if err != nil {
		return Thing{}, fmt.Errorf("%s: %w", kind, err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "tftsr-pin-v1\n%s\n%d:%s\n%s", kind, len(name), name, doc))
	return Thing{Kind: kind, Name: name, Definition: doc, Digest: hex.EncodeToString(sum[:])}, nil
}

// ErrCorrupt is returned for a pin that is not as it was stored.
var ErrCorrupt = errors.New("what was approved is not as it was stored: approve it anew with tftsr server approve")

// Verify checks that what was approved is still what is stored.
func Verify(p *store.Pin) error {
	if p.ApprovedCheck == "" || p.Approved == nil || check(p) != p.ApprovedCheck {
		return ErrCorrupt
	}
	return nil
}

// check binds the approved definition to its digest and to all that says under
// which name it may be used.
func check(p *store.Pin) string {
	h := sha256.New()
	for _, part := range []string{"tftsr-approved-v1", string(p.Kind), p.Name, p.Alias, p.ApprovedDigest, string(p.Approved)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Usable says whether a thing may be offered and used now.
func Usable(p *store.Pin) bool {
	return p.State == store.PinApproved && p.Policy != store.ToolOff && (p.Alias != "" || p.Kind == store.PinInstructions) && Verify(p) == nil
}

// seenEvery is how finely it is noted when a thing was last there.
const seenEvery = 24 * time.Hour

// Update returns the pins of a server after it was seen with now. Only kinds in
// whole were listed to their end: of others, nothing is taken for removed.
// alias gives the name of a new tool, prompt, resource or template, or "" where
// it can have none.
func Update(had []store.Pin, now []Thing, whole []store.PinKind, alias func(kind store.PinKind, name string) string, at time.Time) []store.Pin {
	type key struct {
		kind store.PinKind
		name string
	}
	there := map[key]*Thing{}
	for i := range now {
		there[key{now[i].Kind, now[i].Name}] = &now[i]
	}
	var out []store.Pin
	for _, p := range had {
		k := key{p.Kind, p.Name}
		t := there[k]
		delete(there, k)
		switch {
		case t != nil:
			out = append(out, seen(p, t, alias, at))
		case !slices.Contains(whole, p.Kind) || p.State == store.PinChanged:
			// A changed thing that goes away and comes back has still changed.
			out = append(out, p)
		case p.State != store.PinPending:
			p.State = store.PinRemoved
			out = append(out, p)
		}
	}
	for i := range now {
		t := &now[i]
		if there[key{t.Kind, t.Name}] != t {
			continue // It was there before, or is given twice; the last counts.
		}
		p := store.Pin{Kind: t.Kind, Name: t.Name, State: store.PinPending, FirstSeen: at, LastSeen: at, Seen: t.Definition, SeenDigest: t.Digest}
		if t.Kind == store.PinTool {
			p.Policy = store.ToolConfirm
		}
		p.Alias = alias(t.Kind, t.Name)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b store.Pin) int {
		if a.Kind != b.Kind {
			return compare(string(a.Kind), string(b.Kind))
		}
		return compare(a.Name, b.Name)
	})
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func seen(p store.Pin, t *Thing, alias func(store.PinKind, string) string, at time.Time) store.Pin {
	if p.SeenDigest != t.Digest || at.Sub(p.LastSeen) >= seenEvery {
		p.Seen, p.SeenDigest, p.LastSeen = t.Definition, t.Digest, at
	}
	switch {
	case p.State == store.PinPending:
		if p.Alias == "" {
			p.Alias = alias(p.Kind, p.Name)
		}
	case p.State == store.PinChanged, t.Digest != p.ApprovedDigest, Verify(&p) != nil:
		p.State = store.PinChanged
	default: // It may have been away.
		p.State = store.PinApproved
	}
	return p
}

// Approve makes what the server says now what is approved. digest is that of
// the definition which the person was shown: when the server has changed it
// since, the error says so. A tool that has changed is confirmed by a person
// from then on, whatever was set before.
func Approve(p *store.Pin, digest, by string, at time.Time) error {
	switch {
	case p.State == store.PinRemoved:
		return errors.New("the server has it no more")
	case p.SeenDigest != digest:
		return errors.New("it has changed since it was shown: look again")
	case p.Alias == "" && p.Kind != store.PinInstructions:
		return errors.New("it can have no name of its own here")
	}
	if p.State == store.PinChanged && p.Policy == store.ToolRead {
		p.Policy = store.ToolConfirm
	}
	p.State, p.Approved, p.ApprovedDigest, p.ApprovedBy, p.ApprovedAt = store.PinApproved, p.Seen, p.SeenDigest, by, at
	p.ApprovedCheck = check(p)
	return nil
}
