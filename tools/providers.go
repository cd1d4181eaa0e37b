package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/providers"
	"github.com/tftsr/tftsr/store"
)

// SetProviders is the toolset of AI providers, listed when one is configured.
const SetProviders = "providers"

// sender returns what reaches AI providers.
func (c *call) sender() (*providers.Sender, error) {
	if c.Providers == nil {
		return nil, usage("no AI provider is configured; the owner does that with `tftsr provider add KIND NAME`")
	}
	return c.Providers, nil
}

// provider opens the provider of a name, or the default one.
func (c *call) provider(ctx context.Context, name string) (providers.Provider, error) {
	s, err := c.sender()
	if err != nil {
		return nil, err
	}
	p, err := s.Open(ctx, name)
	return p, c.unanswered(ctx, err)
}

// unanswered makes of an error of a provider what the model reads: with the
// provider's own words, which are cleared first.
func (c *call) unanswered(ctx context.Context, err error) error {
	var e *providers.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		text, clearErr := c.Providers.Explain(ctx, err)
		if clearErr != nil {
			return clearErr
		}
		return usage("%s", text)
	case errors.Is(err, providers.ErrProvider), errors.Is(err, store.ErrBudget):
		return usage("%v", err)
	}
	return err
}

// progressEvery is the least time between two notifications of a stream.
const progressEvery = time.Second

// streaming returns what makes the listener of an answer of a provider: it
// tells the host how much has come. Pieces of the answer itself are not cleared
// and go nowhere. All listeners of a call count on, because progress only
// grows.
func (c *call) streaming(ctx context.Context) func(from string) func(piece string) {
	tell := c.progress(ctx)
	var last time.Time
	size := 0
	return func(from string) func(string) {
		return func(piece string) {
			size += len(piece)
			if now := c.Now(); now.Sub(last) >= progressEvery {
				last = now
				tell(float64(size), 0, fmt.Sprintf("%s has answered %d bytes so far", from, size))
			}
		}
	}
}

// silently listens to an answer of which nothing is told: it is streamed all
// the same, so that a silent provider is noticed.
func silently(string) {}

// clearFor clears texts for one destination; the first error ends it.
type clearFor struct {
	ctx context.Context //nolint:containedctx // It lives as long as one request is built.
	g   *gate.Gate
	to  gate.Destination
	err error
}

func (f *clearFor) text(s string) gate.Cleared {
	if f.err != nil {
		return gate.Cleared{}
	}
	c, err := f.g.Clear(f.ctx, f.to, s)
	f.err = err
	return c
}

// usageView is what an answer took.
type usageView struct {
	Input  int64   `json:"input_tokens"`
	Output int64   `json:"output_tokens"`
	USD    float64 `json:"usd,omitempty" jsonschema_description:"where the price is known"`
}

func viewUsage(u providers.Usage) *usageView {
	if !u.Known && !u.Priced {
		return nil
	}
	return &usageView{u.Input, u.Output, float64(u.MicroUSD) / 1e6}
}
