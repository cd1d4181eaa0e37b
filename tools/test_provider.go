package tools

import (
	"context"
	"errors"

	"github.com/tftsr/tftsr/internal/pii"
)

type testProviderIn struct {
	Provider string `json:"provider,omitempty" gate:"id" jsonschema:"example=claude" jsonschema_description:"the default one unless given"`
}

type testProviderOut struct {
	Success  bool       `json:"success"`
	Message  string     `json:"message" jsonschema:"example=claude answers and accepts the key"`
	Provider string     `json:"provider,omitempty"`
	Model    string     `json:"model,omitempty"`
	Models   []string   `json:"models,omitempty" jsonschema_description:"that it offers"`
	Millis   int64      `json:"milliseconds,omitempty"`
	Usage    *usageView `json:"usage,omitempty"`
}

// maxModels bounds a listing: gateways offer hundreds.
const maxModels = 60

func testProvider() Tool {
	return define(spec{
		name: "test_provider", title: "Test an AI provider", toolset: SetProviders, openWorld: true,
		description: "Ask an AI provider for one word, to see that it answers, takes the key and has the model.",
	}, func(ctx context.Context, c *call, in testProviderIn) (testProviderOut, error) {
		s, err := c.sender()
		if err != nil {
			return testProviderOut{}, err
		}
		res, err := s.Test(ctx, in.Provider)
		if err = c.unanswered(ctx, err); err != nil {
			var u *usageError
			if errors.As(err, &u) {
				return testProviderOut{Message: u.text}, nil
			}
			return testProviderOut{}, err
		}
		out := testProviderOut{
			Success: true, Message: res.Provider + " answers and accepts the key", Provider: res.Provider,
			Models: res.Models[:min(len(res.Models), maxModels)], Millis: res.Took.Milliseconds(), Usage: viewUsage(res.Usage),
		}
		out.Model, _, err = c.Gate.RedactText(ctx, pii.ModeAgent, res.Model)
		return out, err
	})
}
