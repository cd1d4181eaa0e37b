package tools

import (
	"context"
	"errors"

	"github.com/tftsr/tftsr/providers/ollama"
)

type ollamaStatusIn struct{}

type ollamaStatusOut struct {
	Running bool          `json:"running"`
	Host    string        `json:"host" jsonschema:"example=http://127.0.0.1:11434"`
	Version string        `json:"version,omitempty"`
	Models  int           `json:"models"`
	Loaded  []loadedModel `json:"loaded"`
	Problem string        `json:"problem,omitempty" jsonschema_description:"why it cannot be used, and what mends it"`
}

// loadedModel is a model that is in memory.
type loadedModel struct {
	Model   string  `json:"model"`
	Size    float64 `json:"size_gib"`
	GPU     float64 `json:"on_gpu_gib"`
	Context int     `json:"context_tokens"`
	Until   string  `json:"until"`
}

func ollamaStatus() Tool {
	return define(spec{
		name: "ollama_status", title: "Ollama status", toolset: SetModels, readOnly: true, openWorld: true,
		description: "Say whether Ollama runs, its version, and which models are in memory.",
	}, func(ctx context.Context, c *call, _ ollamaStatusIn) (ollamaStatusOut, error) {
		m, err := c.models(ctx)
		if err != nil {
			return ollamaStatusOut{}, err
		}
		out := ollamaStatusOut{Host: m.client.Host(), Loaded: []loadedModel{}}
		err = m.status(ctx, &out)
		var u *usageError
		if err = m.failed(ctx, err); errors.As(err, &u) {
			out.Problem, err = u.text, nil
		}
		return out, err
	})
}

func (m *models) status(ctx context.Context, out *ollamaStatusOut) error {
	version, err := m.client.Version(ctx)
	if err != nil {
		return err
	}
	out.Running = true
	list, err := m.client.List(ctx)
	if err != nil {
		return err
	}
	out.Models = len(list)
	loaded, err := m.client.Loaded(ctx)
	if err != nil {
		return err
	}
	texts := struct{ Version, Models []string }{Version: []string{clip(version, 100)}}
	for i := range loaded {
		texts.Models = append(texts.Models, loaded[i].Name)
	}
	if err := m.x.Back(ctx, &texts); err != nil {
		return err
	}
	out.Version = texts.Version[0]
	for i, l := range loaded {
		out.Loaded = append(out.Loaded, loadedModel{texts.Models[i], gib(l.Size), gib(l.SizeVRAM), l.ContextLength, timestamp(l.ExpiresAt.UTC())})
	}
	return nil
}

// cleared returns the names of models as the host may see them.
func (m *models) cleared(ctx context.Context, list []ollama.Model) ([]ollama.Model, error) {
	type texts struct{ Name, Parameters, Quantization, Family, Remote string }
	all := make([]texts, len(list))
	for i := range list {
		d := &list[i].Details
		all[i] = texts{list[i].Name, d.ParameterSize, d.Quantization, d.Family, list[i].RemoteHost}
	}
	if err := m.x.Back(ctx, &all); err != nil {
		return nil, err
	}
	for i := range list {
		d := &list[i].Details
		list[i].Name, d.ParameterSize, d.Quantization, d.Family, list[i].RemoteHost = all[i].Name, all[i].Parameters, all[i].Quantization, all[i].Family, all[i].Remote
	}
	return list, nil
}
