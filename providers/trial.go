package providers

import (
	"context"
	"strings"
	"time"
)

// Tested is what a test of a provider found.
type Tested struct {
	Provider string
	Model    string // as the provider names it
	Text     string // what it said, one line; text from outside
	Models   []string
	Took     time.Duration
	Usage    Usage
}

// maxTestTokens bounds the answer of a test: enough for a model that thinks
// first.
const maxTestTokens = 512

// Test asks a provider, and no fallback of it, for a word.
func (s *Sender) Test(ctx context.Context, name string) (*Tested, error) {
	out := &Tested{}
	began := s.Now()
	answer, err := s.Send(ctx, Job{
		Provider: name, EntityType: "provider", EntityID: name, Only: true,
		Build: func(ctx context.Context, p Provider) (*Request, error) {
			out.Provider = p.Name()
			text, err := s.Gate.Clear(ctx, p.Destination(), "Answer with the single word: ready")
			if err != nil {
				return nil, err
			}
			return &Request{Messages: []Message{{Role: RoleUser, Text: text}}, MaxTokens: maxTestTokens}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	out.Took, out.Model, out.Usage = s.Now().Sub(began), answer.Model, answer.Usage
	out.Text = strings.Join(strings.Fields(answer.Text), " ")
	if len(out.Text) > 100 {
		out.Text = out.Text[:100] + "…"
	}
	p, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	// Which models there are is a courtesy: some keys may not ask.
	if lister, ok := p.(interface {
		Models(context.Context) ([]string, error)
	}); ok {
		if models, err := lister.Models(ctx); err == nil {
			out.Models = models
		}
	}
	return out, nil
}
