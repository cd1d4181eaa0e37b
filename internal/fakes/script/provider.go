package script

import (
	"context"
	"sync"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
)

// Provider is a provider in this process, for tests that need no wire. It is
// safe for concurrent use.
type Provider struct {
	Title  string // its name
	Script Script // nil means [Default]
	Able   providers.Traits
	// Fails, if not nil, is what comes in the place of answers.
	Fails error

	mu   sync.Mutex
	sent []Turn
}

// Name implements [providers.Provider].
func (p *Provider) Name() string { return p.Title }

// Destination implements [providers.Provider].
func (p *Provider) Destination() gate.Destination { return providers.DestinationOf(p.Title) }

// Model implements [providers.Provider].
func (p *Provider) Model() string { return "scripted" }

// Traits implements [providers.Provider].
func (p *Provider) Traits() providers.Traits { return p.Able }

// Sent returns what it was asked.
func (p *Provider) Sent() []Turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Turn(nil), p.sent...)
}

// Chat implements [providers.Provider].
func (p *Provider) Chat(ctx context.Context, r *providers.Request) (*providers.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var t Turn
	size := 0
	for _, m := range r.Messages {
		text := ""
		if m.Text.SHA256() != "" {
			var err error
			if text, err = m.Text.Text(p.Destination()); err != nil {
				return nil, err
			}
		}
		out := Message{Role: string(m.Role), Text: text}
		for _, c := range m.Calls {
			args, err := c.Arguments.Text(p.Destination())
			if err != nil {
				return nil, err
			}
			out.Calls = append(out.Calls, Call{c.Name, args})
		}
		size += len(text)
		t.Messages = append(t.Messages, out)
	}
	for _, tool := range r.Tools {
		t.Tools = append(t.Tools, tool.Name)
	}
	if r.Schema != nil {
		t.Schema = r.Schema.Name
	}
	p.mu.Lock()
	p.sent = append(p.sent, t)
	p.mu.Unlock()
	if p.Fails != nil {
		return nil, p.Fails
	}
	say := p.Script
	if say == nil {
		say = Default
	}
	a := say(t)
	reply := &providers.Reply{Text: a.Text, Stop: providers.StopEnd, Model: p.Model(), Usage: providers.Usage{Input: int64(size / 4), Output: int64(len(a.Text) / 4), Known: true, Priced: true}}
	for _, c := range a.Calls {
		reply.Calls = append(reply.Calls, providers.ReplyCall{Name: c.Name, Arguments: c.Arguments})
		reply.Stop = providers.StopTools
	}
	if r.OnText != nil {
		r.OnText(a.Text)
	}
	return reply, nil
}
