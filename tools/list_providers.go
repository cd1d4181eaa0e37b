package tools

import (
	"context"
	"time"

	"github.com/tftsr/tftsr/providers"
)

type listProvidersIn struct{}

type providerView struct {
	Name     string   `json:"name" jsonschema:"example=claude"`
	Kind     string   `json:"kind" jsonschema:"example=anthropic"`
	Model    string   `json:"model"`
	Models   []string `json:"models,omitempty" jsonschema_description:"that are known without asking it"`
	Default  bool     `json:"default,omitempty"`
	Ready    bool     `json:"ready"`
	Note     string   `json:"note,omitempty" jsonschema_description:"why it is not ready"`
	Tools    bool     `json:"calls_tools,omitempty"`
	Context  int      `json:"context_tokens,omitempty"`
	Fallback []string `json:"fallback,omitempty"`
}

type budgetView struct {
	Scope  string  `json:"per" jsonschema:"example=day"`
	Tokens int64   `json:"tokens,omitempty"`
	USD    float64 `json:"usd,omitempty"`
}

type listProvidersOut struct {
	Providers []providerView `json:"providers"`
	Budgets   []budgetView   `json:"budgets,omitempty"`
	Today     *usageView     `json:"spent_today,omitempty"`
}

func listProviders() Tool {
	return define(spec{
		name: "list_providers", title: "List AI providers", toolset: SetProviders, readOnly: true,
		description: "List the configured AI providers, the budgets and what was spent today.",
	}, func(ctx context.Context, c *call, _ listProvidersIn) (listProvidersOut, error) {
		list, err := c.Store.ListProviders(ctx)
		if err != nil {
			return listProvidersOut{}, err
		}
		out := listProvidersOut{Providers: []providerView{}}
		for i := range list {
			p := &list[i]
			v := providerView{Name: p.Name, Kind: p.Kind, Model: p.Model, Models: providers.KnownModels(p), Default: p.Default, Fallback: p.Fallback}
			if client, err := c.provider(ctx, p.Name); err == nil {
				t := client.Traits()
				v.Ready, v.Tools, v.Context = true, t.Tools, t.ContextTokens
			} else if told := answer(err); told != nil {
				v.Note = told.Error()
			}
			out.Providers = append(out.Providers, v)
		}
		limits, err := c.Store.Budgets(ctx)
		if err != nil {
			return out, err
		}
		for _, b := range limits {
			out.Budgets = append(out.Budgets, budgetView{b.Scope, b.Tokens, float64(b.MicroUSD) / 1e6})
		}
		spent, err := c.Store.Spent(ctx, c.Now().UTC().Format(time.DateOnly), "")
		if spent.Calls > 0 {
			out.Today = &usageView{spent.Input, spent.Output, float64(spent.MicroUSD) / 1e6}
		}
		return out, err
	})
}
