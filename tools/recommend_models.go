package tools

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/hardware"
	"github.com/tftsr/tftsr/providers/ollama"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

type recommendModelsIn struct {
	Context int     `json:"context_tokens,omitempty" jsonschema:"minimum=512,maximum=10000000,example=32768" jsonschema_description:"that a conversation may have; 16384 unless given"`
	GPU     float64 `json:"gpu_gib,omitempty" jsonschema:"minimum=0,maximum=100000" jsonschema_description:"video memory of another machine to plan for"`
	RAM     float64 `json:"ram_gib,omitempty" jsonschema:"minimum=0,maximum=100000" jsonschema_description:"main memory of that machine"`
	Limit   int     `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50" jsonschema_description:"models to list; 6 unless given"`
}

type recommendModelsOut struct {
	Recommended string    `json:"recommended,omitempty" jsonschema:"example=qwen3:8b" jsonschema_description:"empty when nothing fits"`
	Why         string    `json:"why"`
	Context     int       `json:"context_tokens"`
	Models      []fitView `json:"models" jsonschema_description:"that can call tools; the best first"`
	Memory      []string  `json:"memory" jsonschema_description:"what was reckoned with"`
	BasedOn     string    `json:"based_on"`
	AsOf        string    `json:"as_of"`
	Notes       []string  `json:"notes,omitempty"`
}

type fitView struct {
	Model        string  `json:"model"`
	Installed    bool    `json:"installed"`
	RunsOn       string  `json:"runs_on" jsonschema_description:"gpu, gpu and cpu, cpu, or none"`
	Need         float64 `json:"need_gib"`
	Arithmetic   string  `json:"arithmetic"`
	Why          string  `json:"why"`
	Quantization string  `json:"quantization"`
}

// defaultContext is what a triage needs: a digest, some excerpts and the
// conversation.
const defaultContext = 16384

func recommendModels() Tool {
	return define(spec{
		name: "recommend_models", title: "Recommend models", toolset: SetModels, readOnly: true, openWorld: true,
		description: "Say which local models that can call tools fit this machine, or memories that are given, with the sums.",
	}, func(ctx context.Context, c *call, in recommendModelsIn) (recommendModelsOut, error) {
		if in.Context == 0 {
			in.Context = defaultContext
		}
		if in.Limit == 0 {
			in.Limit = 6
		}
		var budget sizing.Budget
		var notes []string
		if in.GPU > 0 || in.RAM > 0 {
			budget = sizing.BudgetFor(int64(in.GPU*(1<<30)), int64(in.RAM*(1<<30)))
		} else {
			r := hardware.Detect(ctx)
			budget, notes = sizing.BudgetOf(r), r.Notes
		}
		specs, more, err := c.specs(ctx)
		if err != nil {
			return recommendModelsOut{}, err
		}
		plan, table := sizing.Recommend(budget, specs, in.Context), sizing.Models()
		out := recommendModelsOut{
			Recommended: plan.Best, Why: plan.Why, Context: plan.Context, Models: []fitView{}, Memory: budget.Texts(),
			BasedOn: table.BasedOn, AsOf: table.AsOf, Notes: append(notes, more...),
		}
		for _, f := range plan.Fits[:min(in.Limit, len(plan.Fits))] {
			out.Models = append(out.Models, fitView{f.Model, f.Installed, f.Where, gib(f.Need.Total), f.Need.Arithmetic, f.Why, f.Quantization})
		}
		return out, nil
	})
}

// specs are the models of the table and those that are on the server, which
// are reckoned by what it says of them. notes say what was left out.
func (c *call) specs(ctx context.Context) (specs []sizing.Spec, notes []string, err error) {
	specs = slices.Clone(sizing.Models().Models)
	if c.Ollama == nil {
		return specs, nil, nil
	}
	m, err := c.models(ctx)
	if err != nil {
		return nil, nil, err
	}
	// A server that is away must not hold up what is arithmetic.
	quick, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	there, left, err := m.client.Specs(quick)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return specs, []string{"what is installed is not known: " + err.Error()}, nil
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("%d models on the server cannot call tools, run elsewhere or were not looked at", left))
	}
	if !m.client.Here() {
		notes = append(notes, "Ollama runs on another machine, "+m.client.Host()+": give gpu_gib and ram_gib of that one")
	}
	names := make([]ollama.Model, len(there))
	for i := range there {
		names[i].Name, names[i].Details.Quantization = there[i].Name, there[i].Quantization
	}
	if names, err = m.cleared(ctx, names); err != nil {
		return nil, nil, err
	}
	for i, s := range there {
		specs = slices.DeleteFunc(specs, func(o sizing.Spec) bool { return o.Name == s.Name })
		s.Name, s.Quantization = names[i].Name, names[i].Details.Quantization
		specs = append(specs, s)
	}
	return specs, notes, nil
}
