package tools

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
)

// ProposersOf lets configured providers propose causes.
func ProposersOf(s *providers.Sender) Proposers {
	return func(name string) (Proposer, error) {
		ctx, cancel := context.WithTimeout(context.Background(), openTime)
		defer cancel()
		p, err := s.Open(ctx, name)
		if err != nil {
			return nil, err
		}
		return &proposer{s, p}, nil
	}
}

// openTime is how long the key of a provider may take to come from a keyring.
const openTime = 10 * time.Second

type proposer struct {
	sender   *providers.Sender
	provider providers.Provider
}

// Destination implements [Proposer].
func (p *proposer) Destination() gate.Destination { return p.provider.Destination() }

// Names implements [Proposer].
func (p *proposer) Names() (provider, model string) { return p.provider.Name(), p.provider.Model() }

// Propose implements [Proposer]. The brief is on the record already; the
// budget holds here too.
func (p *proposer) Propose(ctx context.Context, issueID string, brief gate.Cleared) (string, error) {
	answer, err := p.sender.Send(ctx, providers.Job{
		Provider: p.provider.Name(), IssueID: issueID, EntityType: "analysis", Only: true, Recorded: true,
		Build: func(context.Context, providers.Provider) (*providers.Request, error) {
			return &providers.Request{Messages: []providers.Message{{Role: providers.RoleUser, Text: brief}}}, nil
		},
	})
	if err != nil {
		text, clearErr := p.sender.Explain(ctx, err)
		if clearErr != nil {
			return "", clearErr
		}
		return "", usage("%s", text)
	}
	return answer.Text, nil
}
